//! What drafts are made of: questions that mean the same, a conversation, or an entry that is to be changed.

use super::{DraftError, changed, cluster, cluster_changed, credit, free_id, fresh};
use crate::knowledge::answered::{Answer as Said, Talk};
use crate::knowledge::clusters::is_direct;
use crate::knowledge::look::talk;
use crate::knowledge::mask::mask;
use crate::knowledge::scoring::fold;
use crate::knowledge::speakers::{Speakers, conversations, names};
use crate::knowledge::{EditError, Knowledge, check};
use crate::model::Timestamp;
use crate::model::cluster::Cluster;
use crate::model::directory::Audience;
use crate::model::draft::{Consent, Draft, Fixes, Quoted, Words};
use crate::model::entry::{Entry, Visibility};
use crate::model::ids::{
    AccountId, ClusterId, CommunityId, ConversationId, DraftId, EntryId, MessageId, PlaceId, Version,
};
use crate::storage::clusters::AskedQuestion;
use crate::storage::core::StoredMessage;
use crate::storage::drafts::DraftUnit;
use crate::storage::{ReadError, Unit};

/// Other ways to ask that a draft begins with: more can be added, fewer would be forgotten.
const ALIASES_MAX: usize = 8;

/// Questions of a cluster that are looked at for them, the newest first.
const QUESTIONS_MAX: u32 = 300;

/// Conversations of a cluster that are looked through for an answer of a person.
const CONVERSATIONS_MAX: usize = 10;

/// A member's message that is longer is no question.
const QUESTION_CHARS_MAX: usize = check::QUESTION_CHARS_MAX;

/// What a draft was made of, beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    words: Option<Words>,
    quoted: Vec<Quoted>,
    fixes: Option<Fixes>,
    cluster: Option<ClusterId>,
    conversation: Option<ConversationId>,
    /// When what it was made of was read; none for just now. Whatever is said otherwise since then was taken back.
    read_at: Option<Timestamp>,
}

/// What people said that a draft of a cluster is made of.
struct SaidOf {
    /// Whatever is taken back since then is in no draft.
    read_at: Timestamp,
    asked: Vec<AskedQuestion>,
    speakers: Speakers,
    /// What a person answered, with the conversation.
    answer: Option<(Told, Said, ConversationId)>,
}

/// A conversation as drafts are made of it.
struct Told {
    messages: Vec<StoredMessage>,
    answers: Vec<Said>,
    /// Of all who take part.
    names: Vec<String>,
    /// Who could read it: of several places the most private.
    visibility: Visibility,
}

impl Knowledge {
    /// What each person answered in a conversation of the community, in the order in which they began, apart from what they do not
    /// want published.
    pub async fn answers_of_people(&self, id: ConversationId) -> Result<Vec<Said>, ReadError> {
        let told = self.told(id).await?;
        Ok(told.map(|told| told.answers).unwrap_or_default())
    }

    /// Makes a draft of what one person answered in a conversation: `answer` is the message in which they began. Where there is one
    /// already, published or not, that is it. Where others ask what was asked there, it answers them, too.
    pub async fn draft_of_conversation(
        &self,
        community: CommunityId,
        id: ConversationId,
        answer: MessageId,
        by: (AccountId, &str),
    ) -> Result<Draft, DraftError> {
        // Two who press at once make one draft, whose author is asked once.
        let _one_at_a_time = self.editing.lock().await;
        if let Some(draft) = self.storage.draft_of_words(community, id, answer).await? {
            return Ok(draft);
        }
        let conversation = self.storage.conversation(id).await?;
        if conversation.is_none_or(|conversation| conversation.community != community) {
            return Err(DraftError::Gone);
        }
        let told = self.told(id).await?.ok_or(DraftError::Nothing)?;
        let said = told.answers.iter().find(|said| said.messages.first() == Some(&answer));
        let said = said.ok_or(DraftError::Nothing)?;
        let asked = said.question.and_then(|asked| told.message(asked));
        let question = asked.map(|asked| told.masked(asked)).unwrap_or_default();
        let quoted = asked.map(|asked| Quoted {
            text: question.clone(),
            messages: vec![asked.new.id],
        });
        let mut entry = fresh(free_id(self, community).await?, question);
        told.answer(said, &mut entry);
        let asked_too = self
            .cluster_asked_in(community, said.question.as_slice(), &entry)
            .await?;
        let origin = Origin {
            words: Some(told.words(said)),
            quoted: quoted.into_iter().collect(),
            cluster: asked_too.as_ref().map(|row| row.id),
            conversation: Some(id),
            ..Origin::default()
        };
        let number = DraftId(self.clock.id());
        let mut also = Vec::new();
        if let Some(before) = asked_too {
            let after = before.drafted(number, self.clock.now())?;
            also.push(cluster_changed(&before, after));
        }
        self.insert_as(number, community, (entry, origin), (by, also)).await
    }

    /// Makes a draft of questions that mean the same: with what a person answered to one of them where others could read it, if
    /// anybody did, and with the words in which they were asked there as other ways to ask. With `entry` those are added to it; where
    /// none can be, there is no draft.
    pub async fn draft_of_cluster(
        &self,
        community: CommunityId,
        id: ClusterId,
        entry: Option<&EntryId>,
        by: (AccountId, &str),
    ) -> Result<Draft, DraftError> {
        // Hundreds of conversations may be read, in which others edit.
        let mut said = self.said_of(community, id, entry.is_none()).await?;
        let _one_at_a_time = self.editing.lock().await;
        let before = cluster(self, community, id).await?;
        let (asked, speakers) = (&said.asked, &said.speakers);
        let stands = stands_for_all(&before, asked);
        let question = stands.map(|stands| speakers.masked(stands)).unwrap_or_default();
        let mut origin = Origin {
            cluster: Some(id),
            read_at: Some(said.read_at),
            ..Origin::default()
        };
        let mut draft = if let Some(entry) = entry {
            self.get(community, entry).await?.ok_or(DraftError::Gone)?.entry
        } else {
            origin.quoted.extend(said_so(&question, asked, speakers));
            let mut draft = fresh(free_id(self, community).await?, question);
            if stands.is_some_and(|stands| stands.audience == Some(Audience::Group)) {
                draft.visibility = Visibility::Members;
            }
            if let Some((told, answered, conversation)) = said.answer.take() {
                let words = told.words(&answered);
                match self
                    .storage
                    .draft_of_words(community, conversation, words.message)
                    .await?
                {
                    Some(known) if known.published.is_none() && known.cluster == Some(id) => return Ok(known),
                    Some(known) if known.cluster.is_none() && known.published.is_none() => {
                        return self.draft_for_cluster(known, (&before, asked, speakers), by.0).await;
                    }
                    // It answers other questions already, or has not helped, and its author is asked once.
                    Some(_) => {}
                    None => {
                        told.answer(&answered, &mut draft);
                        origin.words = Some(words);
                        origin.conversation = Some(conversation);
                    }
                }
            }
            draft
        };
        let ways = draft.aliases.len();
        origin.quoted.extend(add_aliases(&mut draft, asked, speakers));
        if entry.is_some() && draft.aliases.len() == ways {
            return Err(DraftError::NoWays);
        }
        let number = DraftId(self.clock.id());
        let after = before.drafted(number, self.clock.now())?;
        let also = vec![cluster_changed(&before, after)];
        self.insert_as(number, community, (draft, origin), (by, also)).await
    }

    /// What people said that a draft of a cluster is made of; what they answered only where that is `wanted`.
    async fn said_of(&self, community: CommunityId, id: ClusterId, wanted: bool) -> Result<SaidOf, DraftError> {
        cluster(self, community, id).await?;
        let read_at = self.clock.now();
        let asked = self.storage.cluster_questions(id, QUESTIONS_MAX).await?;
        let read_along = conversations(asked.iter().filter(|question| !is_direct(question)));
        Ok(SaidOf {
            read_at,
            speakers: Speakers::read(&self.storage, read_along).await?,
            answer: if wanted { self.answer_to(&asked).await? } else { None },
            asked,
        })
    }

    /// A draft that was made of a conversation answers these questions, too.
    async fn draft_for_cluster(
        &self,
        draft: Draft,
        (before, asked, speakers): (&Cluster, &[AskedQuestion], &Speakers),
        by: AccountId,
    ) -> Result<Draft, DraftError> {
        let now = self.clock.now();
        let mut after = Draft {
            cluster: Some(before.id),
            edited_by: by,
            changed_at: now,
            version: draft.version.next(),
            ..draft.clone()
        };
        let added = add_aliases(&mut after.entry, asked, speakers);
        after.quoted.extend(added);
        let units = vec![
            changed(draft.version, &after),
            cluster_changed(before, before.drafted(draft.id, now)?),
        ];
        self.write_draft(units).await?;
        Ok(after)
    }

    /// Makes a draft of a text that somebody wrote. `entry.rev` is the stored revision that it goes on from, and `fixes` the answer
    /// that it sets right.
    pub async fn draft_of_text(
        &self,
        community: CommunityId,
        entry: Entry,
        fixes: Option<Fixes>,
        by: (AccountId, &str),
    ) -> Result<Draft, DraftError> {
        let faults = check::faults(&entry);
        if !faults.is_empty() {
            return Err(EditError::Faulty(faults).into());
        }
        self.check_base(community, &entry).await?;
        let origin = Origin {
            fixes,
            ..Origin::default()
        };
        let number = DraftId(self.clock.id());
        self.insert_as(number, community, (entry, origin), (by, Vec::new()))
            .await
    }

    async fn insert_as(
        &self,
        id: DraftId,
        community: CommunityId,
        (entry, origin): (Entry, Origin),
        ((by, name), also): ((AccountId, &str), Vec<Unit>),
    ) -> Result<Draft, DraftError> {
        let now = self.clock.now();
        let mut draft = Draft {
            id,
            community,
            entry,
            made_by: by,
            made_at: origin.read_at.unwrap_or(now),
            edited_by: by,
            changed_at: now,
            words: origin.words,
            fixes: origin.fixes,
            cluster: origin.cluster,
            quoted: origin.quoted,
            conversation: origin.conversation,
            published: None,
            version: Version(1),
        };
        if let Some(words) = draft.words.as_mut().filter(|words| words.account() == Some(by)) {
            // Whoever makes a draft of their own words has said yes.
            words.consent = Consent::Named;
            draft.entry.credit = credit(name);
        }
        let mut units = vec![Unit::Draft(DraftUnit::Insert(Box::new(draft.clone())))];
        units.extend(also);
        self.write_draft(units).await?;
        Ok(draft)
    }

    /// What a person answered to one of these questions where others could read it: the newest.
    async fn answer_to(&self, asked: &[AskedQuestion]) -> Result<Option<(Told, Said, ConversationId)>, ReadError> {
        let mut seen: Vec<ConversationId> = Vec::new();
        for question in asked.iter().filter(|question| !is_direct(question)) {
            let Some(id) = question.conversation.filter(|id| !seen.contains(id)) else {
                continue;
            };
            if seen.len() >= CONVERSATIONS_MAX {
                break;
            }
            seen.push(id);
            let Some(told) = self.told(id).await? else { continue };
            let said = told.answers.iter().find(|said| said.question == question.message);
            if let Some(said) = said.filter(|_| question.message.is_some()).cloned() {
                return Ok(Some((told, said, id)));
            }
        }
        Ok(None)
    }

    async fn told(&self, id: ConversationId) -> Result<Option<Told>, ReadError> {
        let Some((messages, asker, people)) = self.talk(id).await? else {
            return Ok(None);
        };
        let mut answers = Vec::new();
        for said in talk(&messages, asker, &people, said_in) {
            // Whoever has said no once is not asked again.
            if !self.storage.is_refused(&said.messages).await? {
                answers.push(said);
            }
        }
        let visibility = self.readers(&messages).await?;
        let names = names(&messages, &people);
        Ok(Some(Told {
            messages,
            answers,
            names,
            visibility,
        }))
    }

    /// Who could read all of it where it was said: what is not known was for nobody else.
    async fn readers(&self, messages: &[StoredMessage]) -> Result<Visibility, ReadError> {
        let mut places: Vec<PlaceId> = messages.iter().map(|message| message.new.place).collect();
        places.sort_unstable();
        places.dedup();
        let mut visibility = Visibility::Public;
        for place in places {
            let audience = self.storage.place(place).await?.map(|place| place.audience);
            visibility = match (audience, visibility) {
                (Some(Audience::Group), Visibility::Public) => Visibility::Members,
                (Some(Audience::Public | Audience::Group), so_far) => so_far,
                (Some(Audience::Direct) | None, _) => Visibility::Staff,
            };
        }
        Ok(visibility)
    }
}

impl Told {
    fn message(&self, id: MessageId) -> Option<&StoredMessage> {
        self.messages.iter().find(|message| message.new.id == id)
    }

    /// A question in as many words as an entry may have.
    fn masked(&self, asked: &StoredMessage) -> String {
        // Masked before it is cut: half a number is known for none.
        let line = mask(&asked.new.content.to_plain(), &self.names)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        line.chars().take(QUESTION_CHARS_MAX).collect()
    }

    /// Puts what somebody said into an entry, for nobody else to read than those who could read it there.
    fn answer(&self, said: &Said, entry: &mut Entry) {
        entry.answer.full = cut(mask(&said.text, &self.names), check::FULL_BYTES_MAX);
        if entry.visibility == Visibility::Public || self.visibility == Visibility::Staff {
            entry.visibility = self.visibility;
        }
    }

    fn words(&self, said: &Said) -> Words {
        Words {
            author: said.author.clone(),
            message: said.messages.first().copied().unwrap_or(MessageId(uuid::Uuid::nil())),
            messages: said.messages.clone(),
            said: cut(mask(&said.text, &self.names), check::FULL_BYTES_MAX),
            consent: Consent::Unasked,
        }
    }
}

fn said_in(talk: &Talk<'_>) -> Vec<Said> {
    talk.answers()
}

fn cut(mut text: String, bytes_max: usize) -> String {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// The question that stands for all, where others could read it: what was said to the bot alone is in no draft that nobody has made
/// of that very conversation.
fn stands_for_all<'a>(cluster: &Cluster, asked: &'a [AskedQuestion]) -> Option<&'a AskedQuestion> {
    let of = |audience: Audience| {
        let mut read = asked.iter().filter(move |question| question.audience == Some(audience));
        let newest = read.clone().next();
        read.find(|question| question.seq == cluster.asked).or(newest)
    };
    // What members alone read would make an entry for them alone.
    of(Audience::Public).or_else(|| of(Audience::Group))
}

/// Adds the words in which it was asked where all could read them who may read the entry, and that it does not have: what was asked
/// most first. Gives back what was added.
fn add_aliases(entry: &mut Entry, asked: &[AskedQuestion], speakers: &Speakers) -> Vec<Quoted> {
    let public = entry.visibility == Visibility::Public;
    let readable =
        |question: &&AskedQuestion| !is_direct(question) && (!public || question.audience == Some(Audience::Public));
    let asked: Vec<&AskedQuestion> = asked.iter().filter(readable).collect();
    let mut known: Vec<String> = entry.aliases.iter().map(|alias| fold(alias)).collect();
    known.push(fold(&entry.question));
    let mut wordings: Vec<(usize, String)> = Vec::new();
    for question in &asked {
        let text = speakers
            .masked(question)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let folded = fold(&text);
        match wordings.iter_mut().find(|(_, other)| fold(other) == folded) {
            Some((times, _)) => *times += 1,
            None if folded.is_empty() || known.contains(&folded) => {}
            None if text.chars().count() <= QUESTION_CHARS_MAX => wordings.push((1, text)),
            None => {}
        }
    }
    wordings.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let room = check::ALIASES_MAX.saturating_sub(entry.aliases.len()).min(ALIASES_MAX);
    let added: Vec<String> = wordings.into_iter().take(room).map(|(_, text)| text).collect();
    let quoted = added
        .iter()
        .filter_map(|text| said_so(text, asked.iter().copied(), speakers));
    let quoted = quoted.collect();
    entry.aliases.extend(added);
    quoted
}

/// Which messages say this; none where they are not known.
fn said_so<'a>(text: &str, asked: impl IntoIterator<Item = &'a AskedQuestion>, speakers: &Speakers) -> Option<Quoted> {
    let wanted = fold(text);
    let same = |question: &&AskedQuestion| !is_direct(question) && fold(&speakers.masked(question)) == wanted;
    let said = asked.into_iter().filter(same);
    let messages: Vec<MessageId> = said.filter_map(|question| question.message).collect();
    (!messages.is_empty()).then(|| Quoted {
        text: text.to_owned(),
        messages,
    })
}
