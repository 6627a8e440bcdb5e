//! An entry that nobody has published yet: who wrote it, whose words it holds, and whether those may be published.

use serde::{Deserialize, Serialize};

use super::action::Author;
use super::entry::{Answer, Entry};
use super::ids::{AccountId, ClusterId, CommunityId, ConversationId, DraftId, IdentityId, MessageId, Version};
use super::timestamp::Timestamp;

/// Of what an author has said, so many of the pieces that an answer shares with it make the answer theirs: one in two.
const SHARE_OF_THEIRS: usize = 2;

/// Words of a piece: shorter ones are shared by chance, longer ones are gone with a single change.
const PIECE_WORDS: usize = 3;

/// An entry that nobody has published yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Ours.
    pub id: DraftId,
    /// Whose.
    pub community: CommunityId,
    /// As it would be published; `rev` is the stored revision that it goes on from, 0 for a new entry.
    pub entry: Entry,
    /// Who made it.
    pub made_by: AccountId,
    /// When.
    pub made_at: Timestamp,
    /// Who changed it last.
    pub edited_by: AccountId,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Whose words it was made of; none when staff wrote it themselves.
    pub words: Option<Words>,
    /// The answer that it sets right.
    pub fixes: Option<Fixes>,
    /// The questions that it answers.
    pub cluster: Option<ClusterId>,
    /// What is in it in the words of whoever asked, to be taken out when they take it back.
    pub quoted: Vec<Quoted>,
    /// The conversation that it was made of.
    pub conversation: Option<ConversationId>,
    /// Who published it, and when; none as long as nobody has.
    pub published: Option<(AccountId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

/// A question or another way to ask, in the words of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// As it stands in the entry.
    pub text: String,
    /// The messages that say so.
    pub messages: Vec<MessageId>,
}

/// Somebody's words, of which a draft was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Whose.
    pub author: Author,
    /// The message in which they began to say it.
    pub message: MessageId,
    /// All in which they said it.
    pub messages: Vec<MessageId>,
    /// What they said, with personal data masked. Emptied once it may not be used.
    pub said: String,
    /// Whether it may be published.
    pub consent: Consent,
}

/// Whether an author's words may be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Consent {
    /// Nobody has asked them.
    Unasked,
    /// They were asked and have not answered.
    Asked {
        /// When they were asked last.
        at: Timestamp,
        /// In which message; none in the console.
        message: Option<MessageId>,
    },
    /// There is no way to ask them.
    Unreachable {
        /// Since when that is known.
        at: Timestamp,
    },
    /// Yes, with their name.
    Named,
    /// Yes, without their name.
    Unnamed,
    /// No.
    Refused,
}

impl Consent {
    /// Whether they said yes.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Named | Self::Unnamed)
    }

    /// Whether an answer of theirs would still change something.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Unasked | Self::Asked { .. } | Self::Unreachable { .. })
    }
}

/// The answer that a draft sets right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixes {
    /// Which message said it.
    pub message: MessageId,
    /// The revision that was served.
    pub revision: u32,
}

impl Words {
    /// The account on a platform that said it; none for an account of the console.
    pub fn identity(&self) -> Option<IdentityId> {
        match &self.author {
            Author::Identity { id } => Some(*id),
            _ => None,
        }
    }

    /// The account of the console that said it.
    pub fn account(&self) -> Option<AccountId> {
        match &self.author {
            Author::Staff { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// Whether that answer still is in these words: half of its pieces, or of theirs, are the same.
    pub fn are_in(&self, answer: &str) -> bool {
        let (theirs, now) = (pieces(&self.said), pieces(answer));
        let shared = now.iter().filter(|piece| theirs.contains(piece)).count();
        let fewer = theirs.len().min(now.len());
        fewer > 0 && shared * SHARE_OF_THEIRS >= fewer
    }

    /// Whether any answer of the entry is in these words, its short form and its translations included.
    fn are_in_any(&self, entry: &Entry) -> bool {
        let translated = entry.translations.values().map(|translation| &translation.answer);
        let mut answers = std::iter::once(&entry.answer).chain(translated);
        answers.any(|answer| self.are_in(&answer.markdown()) || self.are_in_short(answer))
    }

    fn are_in_short(&self, answer: &Answer) -> bool {
        answer.short.as_ref().is_some_and(|short| self.are_in(short))
    }

    /// Takes these words out of every answer that is in them.
    pub fn take_out(&self, entry: &mut Entry) {
        let translated = entry
            .translations
            .values_mut()
            .map(|translation| &mut translation.answer);
        for answer in std::iter::once(&mut entry.answer).chain(translated) {
            if self.are_in_short(answer) {
                answer.short = None;
            }
            if self.are_in(&answer.markdown()) {
                answer.full.clear();
                answer.short = None;
                answer.steps.clear();
            }
        }
    }
}

impl Draft {
    /// Whether it holds words that its author has not allowed to be published.
    pub fn waits_for_author(&self) -> bool {
        self.words
            .as_ref()
            .is_some_and(|words| !words.consent.is_given() && words.are_in_any(&self.entry))
    }
}

/// A few words each, in lower case, one beginning with each word. A text that is shorter than one is a piece itself.
fn pieces(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    words
        .windows(PIECE_WORDS.min(words.len()))
        .map(|piece| piece.join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[track_caller]
    fn check(said: &str, answer: &str, expected: bool) {
        let words = Words {
            author: Author::Host,
            message: MessageId(Uuid::nil()),
            messages: Vec::new(),
            said: said.to_owned(),
            consent: Consent::Unasked,
        };
        assert_eq!(words.are_in(answer), expected, "{said:?} in {answer:?}");
    }

    const SAID: &str = "You park behind the hall. The gate opens at seven, and the code is on the sign.";

    #[test]
    fn words_that_were_touched_up_are_still_those_of_their_author() {
        check(SAID, SAID, true);
        check(
            SAID,
            "You can park behind the hall. The gate opens at seven; the code is on the sign!",
            true,
        );
        check(
            SAID,
            &format!("Good news. {SAID} See you there, and mind the step."),
            true,
        );
        check(SAID, "The gate opens at seven", true);
        check("Yes.", "yes", true);
    }

    #[test]
    fn words_in_the_short_answer_are_theirs_and_are_taken_out_too() {
        let entry = r#"{"id":"park","question":"Where?","answer":{"full":"At the back."}}"#;
        let mut entry: Entry = serde_json::from_str(entry).unwrap();
        entry.answer.short = Some("The gate opens at seven".to_owned());
        let words = Words {
            author: Author::Host,
            message: MessageId(Uuid::nil()),
            messages: Vec::new(),
            said: SAID.to_owned(),
            consent: Consent::Unasked,
        };
        assert!(words.are_in_any(&entry));
        words.take_out(&mut entry);
        assert_eq!((entry.answer.full.as_str(), entry.answer.short), ("At the back.", None));
    }

    #[test]
    fn what_somebody_else_wrote_is_not() {
        check(
            SAID,
            "Parking is at the back of the building from 7:00. A sign there shows the code.",
            false,
        );
        check(SAID, "", false);
        check("", SAID, false);
        check("نعم يمكنك", "لا", false);
    }
}
