//! Entries on their way: made of questions, of a conversation or of an entry, and published by somebody who did not write them.
//!
//! A draft that was made of what people said holds the words of one person, with personal data masked, and none of the bot. That
//! person is asked, and nothing of theirs is published before they have said yes: see `author`.

mod author;
mod make;
mod publish;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

pub use self::author::{Authors, NAME};
pub use self::make::Origin;
pub use self::publish::{Publisher, Refusal};
use super::scoring::fold;
use super::{EditError, Knowledge, check};
use crate::model::Timestamp;
use crate::model::cluster::{Cluster, ClusterStateError, ClusterStateKind};
use crate::model::directory::Audience;
use crate::model::draft::{Consent, Draft};
use crate::model::entry::{Answer, Channels, Entry, Visibility};
use crate::model::ids::{
    AccountId, ClusterId, CommunityId, ConversationId, DraftId, EntryId, MessageId, PlaceId, Version,
};
use crate::storage::clusters::ClusterUnit;
use crate::storage::drafts::DraftUnit;
use crate::storage::{Page, ReadError, SharedStorage, Unit, WriteError};

/// Who has not answered for so long may be asked once more: they may have overlooked it, and twice in a week is a nuisance.
const AGAIN_AFTER: Duration = Duration::from_hours(7 * 24);

/// How a name begins that stands for no words, and how many digits are behind it.
const UNNAMED: &str = "draft-";

/// See [`UNNAMED`].
const ID_DIGITS: usize = 8;

/// Why nothing was done with a draft.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// It is not there, or another community's.
    #[error("this draft is no longer there")]
    Gone,
    /// What it was to be made of is not there.
    #[error("there is nothing to make a draft of")]
    Nothing,
    /// None of the wordings can be added to the entry.
    #[error("none of these wordings can be added")]
    NoWays,
    /// It may not be; the sentence is for whoever wanted it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The questions cannot be answered by it.
    #[error(transparent)]
    State(#[from] ClusterStateError),
    /// The entry cannot be stored so.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written, or somebody else was faster.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Knowledge {
    /// One draft of the community, published or not, as it is by now: words that their author has taken back are not in it.
    pub async fn draft(&self, community: CommunityId, id: DraftId) -> Result<Option<Draft>, DraftError> {
        let found = self.storage.draft(id).await?;
        let Some(draft) = found.filter(|draft| draft.community == community) else {
            return Ok(None);
        };
        match self.withdrawal(&draft).await? {
            Some(unit) => {
                self.storage.write(unit).await?;
                Ok(self.storage.draft(id).await?)
            }
            None => Ok(Some(draft)),
        }
    }

    /// Drafts that nobody has published, with their place in the order, those begun last first; each as it is by now.
    pub async fn drafts(&self, community: CommunityId, page: Page) -> Result<Vec<(i64, Draft)>, ReadError> {
        let mut drafts = self.storage.drafts(community, page).await?;
        for (_, draft) in &mut drafts {
            self.withdraw(draft).await?;
        }
        Ok(drafts)
    }

    /// Those of them that were made of a conversation.
    pub async fn drafts_of_conversation(
        &self,
        community: CommunityId,
        id: ConversationId,
    ) -> Result<Vec<Draft>, ReadError> {
        self.drafts_of(community, (Some(id), None)).await
    }

    /// Those of them that are for an entry.
    pub async fn drafts_of_entry(&self, community: CommunityId, id: &EntryId) -> Result<Vec<Draft>, ReadError> {
        self.drafts_of(community, (None, Some(id))).await
    }

    async fn drafts_of(
        &self,
        community: CommunityId,
        (conversation, entry): (Option<ConversationId>, Option<&EntryId>),
    ) -> Result<Vec<Draft>, ReadError> {
        let mut drafts = self.storage.drafts_of(community, conversation, entry).await?;
        for draft in &mut drafts {
            self.withdraw(draft).await?;
        }
        Ok(drafts)
    }

    /// Takes out for a list what somebody has taken back; it is written when the draft is opened, or at night.
    async fn withdraw(&self, draft: &mut Draft) -> Result<(), ReadError> {
        if let Some(after) = withdrawn(&self.storage, draft, self.clock.now()).await? {
            *draft = after;
        }
        Ok(())
    }

    /// Changes what a draft says. `entry.rev` is the stored revision that the text was seen beside: another one by now is shown
    /// instead, so that nobody's change is lost.
    pub async fn save_draft(
        &self,
        community: CommunityId,
        (id, seen): (DraftId, Version),
        mut entry: Entry,
        by: AccountId,
    ) -> Result<Draft, DraftError> {
        let draft = self.open_draft(community, id).await?;
        if draft.words.is_some() {
            // Whose name stands below somebody's words is theirs to say.
            entry.credit.clone_from(&draft.entry.credit);
        }
        self.check_base(community, &entry).await?;
        let faults = check::faults(&entry);
        if !faults.is_empty() {
            return Err(EditError::Faulty(faults).into());
        }
        let after = Draft {
            entry,
            edited_by: by,
            changed_at: self.clock.now(),
            version: seen.next(),
            ..draft
        };
        self.write_draft(vec![changed(seen, &after)]).await?;
        Ok(after)
    }

    /// Throws a draft away. Its questions have the answer then that they had before, if any.
    pub async fn drop_draft(&self, community: CommunityId, (id, seen): (DraftId, Version)) -> Result<(), DraftError> {
        let draft = self.open_draft(community, id).await?;
        let mut units = vec![Unit::Draft(DraftUnit::Drop { id, before: seen })];
        let now = self.clock.now();
        units.extend(self.cluster_of(&draft, |row| row.undrafted(id, now)).await?);
        self.write_draft(units).await
    }

    /// What an account of the console says of its own words.
    pub async fn answer_as_author(
        &self,
        community: CommunityId,
        (id, seen): (DraftId, Version),
        consent: Consent,
        (by, name): (AccountId, &str),
    ) -> Result<(), DraftError> {
        let draft = self.open_draft(community, id).await?;
        let own = draft.words.as_ref().is_some_and(|words| words.account() == Some(by));
        if !own {
            return Err(Refusal::NotTheirs.into());
        }
        let now = self.clock.now();
        let mut units = vec![changed(seen, &answered(&draft, consent.clone(), name, now))];
        if consent == Consent::Refused {
            units.extend(draft.words.map(|words| refused(words.messages, now)));
        }
        self.write_draft(units).await
    }

    /// Where the author of a draft's words is asked: where they talk to us alone, else where they said it, if others read that, too.
    /// None where neither is.
    pub async fn place_to_ask(&self, draft: &Draft) -> Result<Option<PlaceId>, ReadError> {
        let Some(words) = &draft.words else { return Ok(None) };
        let Some(author) = words.identity() else {
            return Ok(None);
        };
        if let Some(chat) = self.storage.direct_chat(draft.community, author).await? {
            return Ok(Some(chat));
        }
        let Some(said) = self.storage.message(words.message).await? else {
            return Ok(None);
        };
        let place = self.storage.place(said.new.place).await?;
        let shared = place.filter(|place| place.enabled && place.audience != Audience::Direct);
        Ok(shared.map(|place| place.id))
    }

    /// There is no way to ask the author.
    pub async fn cannot_ask(&self, draft: &Draft) -> Result<(), WriteError> {
        self.storage
            .write(unreachable(draft, self.clock.now()))
            .await
            .map(|_| ())
    }

    /// What is written where somebody has taken back what is in a draft: whoever asked at any time, an author before they allowed it
    /// to be published.
    pub(super) async fn withdrawal(&self, draft: &Draft) -> Result<Option<Unit>, ReadError> {
        let after = withdrawn(&self.storage, draft, self.clock.now()).await?;
        Ok(after.map(|after| changed(draft.version, &after)))
    }

    async fn open_draft(&self, community: CommunityId, id: DraftId) -> Result<Draft, DraftError> {
        let draft = self.draft(community, id).await?;
        let open = draft.filter(|draft| draft.published.is_none());
        open.ok_or(DraftError::Gone)
    }

    /// Refuses a text that does not go on from what is stored, and shows both.
    async fn check_base(&self, community: CommunityId, entry: &Entry) -> Result<(), DraftError> {
        let stored = self.get(community, &entry.id).await?;
        let now = stored.as_ref().map_or(0, |stored| stored.entry.rev);
        if now == entry.rev {
            return Ok(());
        }
        let stored = stored.map(Box::new);
        Err(EditError::Stale { stored }.into())
    }

    /// The change of the draft's questions, if they are still waiting for it.
    async fn cluster_of(
        &self,
        draft: &Draft,
        after: impl FnOnce(&Cluster) -> Option<Cluster>,
    ) -> Result<Option<Unit>, ReadError> {
        let Some(id) = draft.cluster else { return Ok(None) };
        let found = self.storage.cluster(id).await?;
        Ok(found.and_then(|found| Some(cluster_changed(&found.cluster, after(&found.cluster)?))))
    }

    /// The questions among which one of these messages stands, where `entry` is said to all who asked them; none where somebody writes an
    /// answer to them already, or nothing is to be done about them.
    async fn cluster_asked_in(
        &self,
        community: CommunityId,
        messages: &[MessageId],
        entry: &Entry,
    ) -> Result<Option<Cluster>, ReadError> {
        for message in messages {
            let Some(id) = self.storage.cluster_of_question(*message).await? else {
                continue;
            };
            let found = self.counted(community, id).await?.map(|counted| counted.cluster);
            let open =
                |row: &Cluster| !matches!(row.state.kind(), ClusterStateKind::Drafted | ClusterStateKind::Closed);
            if let Some(row) = found.filter(open)
                && self.is_said_to_all(community, id, entry).await?
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    async fn write_draft(&self, mut units: Vec<Unit>) -> Result<(), DraftError> {
        units.extend(self.also.iter().cloned());
        self.storage.write(Unit::All(units)).await?;
        Ok(())
    }
}

/// The draft without what somebody has taken back, with the next version; none where nobody has taken back anything.
async fn withdrawn(storage: &SharedStorage, draft: &Draft, now: Timestamp) -> Result<Option<Draft>, ReadError> {
    if draft.published.is_some() {
        return Ok(None);
    }
    let mut after = draft.clone();
    after.quoted.clear();
    for quoted in &draft.quoted {
        if all_taken_back(storage, &quoted.messages, draft.made_at).await? {
            // Also where a form has put its spaces and marks otherwise.
            let (entry, gone) = (&mut after.entry, fold(&quoted.text));
            entry.aliases.retain(|alias| fold(alias) != gone);
            if fold(&entry.question) == gone {
                entry.question.clear();
            }
        } else {
            after.quoted.push(quoted.clone());
        }
    }
    if is_taken_back(storage, draft).await? {
        after = answered(&after, Consent::Refused, "", now);
    } else if after.quoted == draft.quoted {
        return Ok(None);
    } else {
        after.version = draft.version.next();
        after.changed_at = now;
    }
    Ok(Some(after))
}

/// Whether the author has deleted any of what they said, or says something else there by now, before they allowed it to be published.
async fn is_taken_back(storage: &SharedStorage, draft: &Draft) -> Result<bool, ReadError> {
    let Some(words) = draft.words.as_ref().filter(|words| words.consent.is_open()) else {
        return Ok(false);
    };
    for message in &words.messages {
        if is_gone_since(storage, *message, draft.made_at).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nobody says so any more.
async fn all_taken_back(
    storage: &SharedStorage,
    messages: &[MessageId],
    made_at: Timestamp,
) -> Result<bool, ReadError> {
    for message in messages {
        if !is_gone_since(storage, *message, made_at).await? {
            return Ok(false);
        }
    }
    Ok(!messages.is_empty())
}

/// Whether a message was deleted, or says something else since then. What has left by retention was not taken back.
async fn is_gone_since(storage: &SharedStorage, message: MessageId, made_at: Timestamp) -> Result<bool, ReadError> {
    let said = storage.message(message).await?;
    Ok(said.is_some_and(|said| said.deleted_at.is_some() || said.edited_at.is_some_and(|at| at > made_at)))
}

fn cluster_changed(before: &Cluster, after: Cluster) -> Unit {
    Unit::Cluster(ClusterUnit::Change {
        before: before.version,
        after: Box::new(after),
        by: None,
    })
}

fn changed(before: Version, after: &Draft) -> Unit {
    Unit::Draft(DraftUnit::Change {
        before,
        after: Box::new(after.clone()),
    })
}

/// What is written where somebody does not want what they said to be published.
fn refused(messages: Vec<MessageId>, at: Timestamp) -> Unit {
    Unit::Draft(DraftUnit::Refused { messages, at })
}

/// Whether nobody has asked the author, who is no account of the console: those read it there.
pub(super) fn is_unasked(draft: &Draft) -> bool {
    let words = draft.words.as_ref();
    words.is_some_and(|words| words.consent == Consent::Unasked && words.identity().is_some())
}

/// Whether nobody has named the new entry of a draft yet: it is named by its question when it is published.
pub fn is_unnamed(entry: &Entry) -> bool {
    let digits = entry.id.as_str().strip_prefix(UNNAMED);
    let made = |digits: &str| digits.len() == ID_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    entry.rev == 0 && digits.is_some_and(made)
}

/// Whether the author was asked so lately that they are left in peace.
pub fn was_asked_lately(draft: &Draft, now: Timestamp) -> bool {
    let words = draft.words.as_ref();
    words.is_some_and(|words| matches!(words.consent, Consent::Asked { at, .. } if now.since(at) < AGAIN_AFTER))
}

/// What is written where there is no way to ask the author.
pub(super) fn unreachable(draft: &Draft, at: Timestamp) -> Unit {
    let mut after = draft.clone();
    after.version = draft.version.next();
    if let Some(words) = &mut after.words {
        words.consent = Consent::Unreachable { at };
    }
    changed(draft.version, &after)
}

/// The draft after its author has answered. With a yes to their name it stands below the answer; with a no nothing of what they said
/// is kept.
fn answered(draft: &Draft, consent: Consent, name: &str, at: Timestamp) -> Draft {
    let mut after = draft.clone();
    after.version = draft.version.next();
    after.changed_at = at;
    let Some(words) = &mut after.words else { return after };
    if words.consent == Consent::Named {
        // They may think better of it.
        after.entry.credit = None;
    }
    match consent {
        Consent::Named => after.entry.credit = credit(name),
        Consent::Refused => {
            words.take_out(&mut after.entry);
            words.said.clear();
        }
        _ => {}
    }
    words.consent = consent;
    after
}

/// A name on one line, as far as it fits below an answer.
fn credit(name: &str) -> Option<String> {
    let line: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(check::CREDIT_CHARS_MAX)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// A new entry with this question.
fn fresh(id: EntryId, question: String) -> Entry {
    Entry {
        id,
        question,
        aliases: Vec::new(),
        answer: Answer {
            full: String::new(),
            short: None,
            steps: Vec::new(),
        },
        language: None,
        translations: BTreeMap::new(),
        visibility: Visibility::Public,
        channels: Channels::default(),
        sources: Vec::new(),
        credit: None,
        owner: None,
        review_by: None,
        until: None,
        related: Vec::new(),
        escalate_to: None,
        rev: 0,
    }
}

/// A name that no entry and no draft has, until the draft is published. It says nothing of what anybody asked: names stay where words are
/// taken out.
async fn free_id(knowledge: &Knowledge, community: CommunityId) -> Result<EntryId, ReadError> {
    loop {
        let number = knowledge.clock.id().simple().to_string();
        // The end of it is chance, and names are typed.
        let id = EntryId::from(format!("{UNNAMED}{}", &number[number.len() - ID_DIGITS..]));
        // An id that was taken away goes on counting, which is fine; one that is there would be overwritten.
        let drafts = knowledge.storage.drafts_of(community, None, Some(&id)).await?;
        if knowledge.get(community, &id).await?.is_none() && drafts.is_empty() {
            return Ok(id);
        }
    }
}

/// The cluster of an id, if it is this community's.
async fn cluster(knowledge: &Knowledge, community: CommunityId, id: ClusterId) -> Result<Cluster, DraftError> {
    let found = knowledge.counted(community, id).await?;
    found.map(|counted| counted.cluster).ok_or(DraftError::Gone)
}
