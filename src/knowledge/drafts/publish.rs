//! Who may publish a draft: somebody who did not write it, once whoever said it has said yes.

use super::{DraftError, Knowledge, changed, cluster_changed, is_unnamed};
use crate::knowledge::check;
use crate::knowledge::import::name_of;
use crate::model::cluster::Cluster;
use crate::model::draft::{Consent, Draft};
use crate::model::entry::Entry;
use crate::model::ids::{AccountId, ClusterId, CommunityId, DraftId, EntryId, IdentityId, Version};
use crate::storage::knowledge::StoredEntry;
use crate::storage::{ReadError, Unit};

/// Whoever wants to publish, as far as that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// Who.
    pub account: AccountId,
    /// Whether they are an owner of the community.
    pub is_owner: bool,
    /// Their accounts on platforms.
    pub identities: Vec<IdentityId>,
    /// Whether somebody else could publish it: may edit knowledge, and has not written it.
    pub others: bool,
}

/// Why a draft is not published. The sentence is shown in the console as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// They made it or changed it last.
    #[error(
        "You wrote this, so a second pair of eyes comes first. Somebody else who may edit knowledge can publish it: please ask a \
         colleague to look at it."
    )]
    Own,
    /// They said it.
    #[error(
        "These are your own words, so a second pair of eyes comes first. Somebody else who may edit knowledge can publish them: please \
         ask a colleague to look at them."
    )]
    OwnWords,
    /// The author has not said yes.
    #[error(
        "Whoever said this has not answered yet whether it may be published. Please wait for them, or write the answer in your own \
         words: then it can be published without them."
    )]
    Waits,
    /// The author cannot be asked.
    #[error(
        "Whoever said this cannot be asked whether it may be published. Please write the answer in your own words: then it can be \
         published without them."
    )]
    Unreachable,
    /// Its question or its answer is not written.
    #[error("A question or an answer is still missing. Please edit the draft and write it: then it can be published.")]
    Incomplete,
    /// It says what is there.
    #[error(
        "The entry says all of this already, so there is nothing to publish. Please edit the draft, or throw it away."
    )]
    Same,
    /// Something in brackets stands for what was masked.
    #[error(
        "Something in brackets stands where personal data was taken out, such as [name]. Please edit the text so that it reads well \
         without."
    )]
    Masked,
    /// They say something of somebody else's words.
    #[error("Only whoever said this can say whether it may be published.")]
    NotTheirs,
}

/// Whether the draft may be published, and whether that is an owner's word alone.
fn judge(draft: &Draft, who: &Publisher) -> Result<bool, Refusal> {
    if draft.waits_for_author() {
        let unreachable = draft
            .words
            .as_ref()
            .is_some_and(|words| matches!(words.consent, Consent::Unreachable { .. }));
        return Err(if unreachable {
            Refusal::Unreachable
        } else {
            Refusal::Waits
        });
    }
    if draft.entry.question.trim().is_empty() || draft.entry.answer.markdown().is_empty() {
        return Err(Refusal::Incomplete);
    }
    if check::is_masked(&draft.entry) {
        return Err(Refusal::Masked);
    }
    let wrote = who.account == draft.made_by || who.account == draft.edited_by;
    let said = draft.words.as_ref().is_some_and(|words| {
        let known = words.identity().is_some_and(|author| who.identities.contains(&author));
        known || words.account() == Some(who.account)
    });
    match (wrote, said) {
        (false, false) => Ok(false),
        // Where nobody else is, an owner answers for it alone, and the audit says so.
        _ if who.is_owner && !who.others => Ok(true),
        (true, _) => Err(Refusal::Own),
        (false, true) => Err(Refusal::OwnWords),
    }
}

impl Knowledge {
    /// Publishes a draft in place of the revision that it goes on from. `line` makes the line of the audit of whether it is an owner's
    /// word alone, and of what the entry is called. Its questions are watched from then on.
    pub async fn publish(
        &self,
        community: CommunityId,
        (id, seen): (DraftId, Version),
        who: &Publisher,
        line: impl FnOnce(bool, &EntryId) -> Unit,
    ) -> Result<Draft, DraftError> {
        let draft = self.open_draft(community, id).await?;
        let entry = self.as_published(&draft).await?;
        let draft = Draft { entry, ..draft };
        let stored = self.get(community, &draft.entry.id).await?;
        if is_stored(&draft, stored.as_ref()) {
            return Err(Refusal::Same.into());
        }
        let alone = judge(&draft, who)?;
        let now = self.clock.now();
        let mut after = draft.clone();
        after.published = Some((who.account, now));
        after.version = seen.next();
        if let Some(words) = &mut after.words {
            // The entry has them now; that they may be there is what is kept.
            words.said.clear();
        }
        let answered = self.answered_by(&draft).await?;
        after.cluster = answered.as_ref().map(|(cluster, _)| *cluster).or(draft.cluster);
        let mut units = vec![changed(seen, &after), line(alone, &draft.entry.id)];
        units.extend(answered.map(|(_, answered)| answered));
        let (entry, base) = (draft.entry.clone(), draft.entry.rev);
        let expected = (base > 0).then_some(base);
        self.along(units)
            .put(community, entry, expected, Some(who.account))
            .await?;
        Ok(after)
    }

    /// The entry of a draft as publishing stores it. One that nobody has named is named by its question, and by a number behind that
    /// where another entry has the name.
    pub async fn as_published(&self, draft: &Draft) -> Result<Entry, ReadError> {
        let mut entry = draft.entry.clone();
        if is_unnamed(&entry) {
            let name = name_of(&entry.question);
            entry.id = name.clone();
            let mut number = 1_u32;
            while self.get(draft.community, &entry.id).await?.is_some() {
                number += 1;
                entry.id = EntryId::from(format!("{name}-{number}"));
            }
        }
        Ok(entry)
    }

    /// The questions that a draft answers, as they are once it is published.
    async fn answered_by(&self, draft: &Draft) -> Result<Option<(ClusterId, Unit)>, DraftError> {
        let (entry, now) = (&draft.entry.id, self.clock.now());
        if let Some(cluster) = draft.cluster {
            let by_draft = |row: &Cluster| row.answered_by(draft.id, entry, now);
            let unit = self.cluster_of(draft, by_draft).await?;
            return Ok(unit.map(|unit| (cluster, unit)));
        }
        // What was asked in its conversation may have come to its questions since.
        let asked: Vec<_> = draft.quoted.iter().flat_map(|quoted| quoted.messages.clone()).collect();
        let found = self.cluster_asked_in(draft.community, &asked, &draft.entry).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let answered = row.answered(entry, now)?;
        Ok(Some((row.id, cluster_changed(&row, answered))))
    }

    /// Why it would not be published for them, beside `stored`, the entry as it is; none when it would.
    pub fn refusal(draft: &Draft, who: &Publisher, stored: Option<&StoredEntry>) -> Option<Refusal> {
        if is_stored(draft, stored) {
            return Some(Refusal::Same);
        }
        judge(draft, who).err()
    }
}

/// Whether publishing it would change nothing.
fn is_stored(draft: &Draft, stored: Option<&StoredEntry>) -> bool {
    stored.is_some_and(|stored| {
        let rev = stored.entry.rev;
        Entry {
            rev,
            ..draft.entry.clone()
        } == stored.entry
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::knowledge::drafts::{answered, fresh};
    use crate::model::Timestamp;
    use crate::model::action::Author;
    use crate::model::draft::Words;
    use crate::model::ids::MessageId;

    const ANN: AccountId = AccountId(Uuid::from_u128(1));
    const BEN: AccountId = AccountId(Uuid::from_u128(2));
    const CAT: AccountId = AccountId(Uuid::from_u128(3));
    const CATS: IdentityId = IdentityId(Uuid::from_u128(4));
    const SAID: &str = "The gate behind the hall opens at seven in the morning.";

    fn draft(made_by: AccountId, edited_by: AccountId) -> Draft {
        let mut entry = fresh("gate".into(), "When does the gate open?".to_owned());
        entry.answer.full = SAID.to_owned();
        Draft {
            id: DraftId(Uuid::nil()),
            community: CommunityId(Uuid::nil()),
            entry,
            made_by,
            made_at: Timestamp::default(),
            edited_by,
            changed_at: Timestamp::default(),
            words: None,
            fixes: None,
            cluster: None,
            quoted: Vec::new(),
            conversation: None,
            published: None,
            version: Version(1),
        }
    }

    fn said_by(author: Author, consent: Consent) -> Draft {
        Draft {
            words: Some(Words {
                author,
                message: MessageId(Uuid::nil()),
                messages: Vec::new(),
                said: SAID.to_owned(),
                consent,
            }),
            ..draft(ANN, ANN)
        }
    }

    fn who(account: AccountId, is_owner: bool, others: bool) -> Publisher {
        Publisher {
            account,
            is_owner,
            identities: if account == CAT { vec![CATS] } else { Vec::new() },
            others,
        }
    }

    #[test]
    fn what_lacks_its_question_or_its_answer_is_not_published() {
        let mut unasked = draft(ANN, ANN);
        unasked.entry.question.clear();
        let mut unanswered = draft(ANN, ANN);
        unanswered.entry.answer.full = " ".to_owned();
        for draft in [unasked, unanswered] {
            assert_eq!(judge(&draft, &who(BEN, true, false)), Err(Refusal::Incomplete));
        }
    }

    #[test]
    fn what_the_entry_says_already_is_not_published() {
        let draft = draft(ANN, ANN);
        let mut stored = StoredEntry {
            entry: draft.entry.clone(),
            file: None,
            changed_at: Timestamp::default(),
            changed_by: None,
        };
        stored.entry.rev = 7;
        let refusal = |stored: Option<&StoredEntry>| Knowledge::refusal(&draft, &who(BEN, false, true), stored);
        assert_eq!(refusal(Some(&stored)), Some(Refusal::Same));
        assert_eq!(refusal(None), None);
        stored.entry.aliases.push("When is the gate open?".to_owned());
        assert_eq!(refusal(Some(&stored)), None);
    }

    #[test]
    fn who_made_it_or_changed_it_last_does_not_publish_it() {
        assert_eq!(judge(&draft(ANN, ANN), &who(BEN, false, true)), Ok(false));
        for own in [draft(BEN, ANN), draft(ANN, BEN), draft(BEN, BEN)] {
            assert_eq!(judge(&own, &who(BEN, true, true)), Err(Refusal::Own));
        }
    }

    #[test]
    fn who_said_it_does_not_publish_it_by_whichever_account() {
        let of_account = said_by(
            Author::Staff {
                id: CAT,
                name: "Cat".to_owned(),
            },
            Consent::Named,
        );
        let of_identity = said_by(Author::Identity { id: CATS }, Consent::Named);
        for draft in [of_account, of_identity] {
            assert_eq!(judge(&draft, &who(CAT, true, true)), Err(Refusal::OwnWords));
            assert_eq!(judge(&draft, &who(BEN, false, true)), Ok(false));
        }
    }

    #[test]
    fn an_owner_with_nobody_beside_them_publishes_alone() {
        assert_eq!(judge(&draft(ANN, ANN), &who(ANN, true, false)), Ok(true));
        assert_eq!(judge(&draft(ANN, ANN), &who(ANN, false, false)), Err(Refusal::Own));
        let words = said_by(Author::Identity { id: CATS }, Consent::Unasked);
        assert_eq!(judge(&words, &who(ANN, true, false)), Err(Refusal::Waits));
    }

    #[test]
    fn without_a_yes_an_answer_is_published_in_other_words_alone() {
        let at = Timestamp::default();
        let asked = Consent::Asked { at, message: None };
        for (consent, expected) in [
            (Consent::Unasked, Some(Refusal::Waits)),
            (asked, Some(Refusal::Waits)),
            (Consent::Unreachable { at }, Some(Refusal::Unreachable)),
            (Consent::Named, None),
            (Consent::Unnamed, None),
        ] {
            let mut draft = said_by(Author::Identity { id: CATS }, consent.clone());
            assert_eq!(
                Knowledge::refusal(&draft, &who(BEN, false, true), None),
                expected,
                "{consent:?}"
            );
            "From 7:00 on you can come in at the back.".clone_into(&mut draft.entry.answer.full);
            assert_eq!(
                Knowledge::refusal(&draft, &who(BEN, false, true), None),
                None,
                "{consent:?}"
            );
        }
    }

    #[test]
    fn a_no_takes_the_words_out_and_a_yes_adds_the_name_that_was_meant() {
        let asked = said_by(Author::Identity { id: CATS }, Consent::Unasked);
        let at = Timestamp::default();
        let refused = answered(&asked, Consent::Refused, "Cat", at);
        assert_eq!(
            (refused.entry.answer.full.as_str(), refused.entry.credit.clone()),
            ("", None)
        );
        assert_eq!(refused.words.unwrap().said, "");
        let mut rewritten = asked.clone();
        "From 7:00 on you can come in at the back.".clone_into(&mut rewritten.entry.answer.full);
        let refused = answered(&rewritten, Consent::Refused, "Cat", at);
        assert_eq!(refused.entry.answer.full, rewritten.entry.answer.full);
        let named = answered(&asked, Consent::Named, " Cat\n the\u{7} first ", at);
        assert_eq!(named.entry.credit.as_deref(), Some("Cat the first"));
        assert_eq!(answered(&asked, Consent::Unnamed, "Cat", at).entry.credit, None);
    }

    #[test]
    fn what_stands_for_personal_data_is_not_published() {
        let changes: [fn(&mut Draft); 4] = [
            |draft| draft.entry.question.push_str(" [name]"),
            |draft| draft.entry.answer.full.push_str(" [phone number]"),
            |draft| draft.entry.aliases.push("order [number]?".to_owned()),
            |draft| draft.entry.answer.steps.push("see [link]".to_owned()),
        ];
        for change in changes {
            let mut draft = draft(ANN, ANN);
            change(&mut draft);
            assert_eq!(judge(&draft, &who(BEN, false, true)), Err(Refusal::Masked));
        }
    }
}
