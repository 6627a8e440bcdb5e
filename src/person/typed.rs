//! A yes or no in words to what was asked last: whoever has buttons may write all the same.

use super::press::PersonPress;
use super::{Asker, CODE_LIFE, Persons};
use crate::dispatcher::Outcome;
use crate::model::action::Author;
use crate::model::button::{ButtonEffect, Presser};
use crate::model::event::{Addressed, InMessage};
use crate::storage::core::StoredMessage;
use crate::storage::{Page, ReadError};

/// What was asked last is looked for among so many messages; behind more of the person's own it is no answer to it.
const LOOK_BACK: u32 = 10;

/// In whichever language: whoever reads one may write another.
const YES: &[&str] = &["yes", "yeah", "yep", "ja", "sí", "si", "oui", "نعم"];

/// The same.
const NO: &[&str] = &["no", "nope", "nein", "non", "لا"];

/// Whether a message, written to us alone, is a yes or a no and nothing else.
pub(super) fn answer(message: &InMessage) -> Option<bool> {
    if message.addressed != Addressed::Direct || !message.files.is_empty() {
        return None;
    }
    let text = message.content.to_plain().to_lowercase();
    let word = text.trim_matches(|letter: char| !letter.is_alphanumeric());
    match word {
        word if YES.contains(&word) => Some(true),
        word if NO.contains(&word) => Some(false),
        _ => None,
    }
}

impl Persons {
    /// What comes of a yes or no; none where nothing of ours waits for one. Only what was said last here can be meant: the word
    /// answers whoever has spoken since. Who `replies` says of themselves what they answer, and means nothing else.
    pub(super) async fn answered(
        &self,
        asker: &Asker<'_>,
        yes: bool,
        replies: bool,
    ) -> Result<Option<Outcome>, ReadError> {
        let open = asker.snapshot.conversation.as_ref().filter(|_| !asker.snapshot.fresh);
        let Some(conversation) = open else { return Ok(None) };
        let page = Page {
            before: None,
            limit: LOOK_BACK,
        };
        let newest = self.storage.messages_of_conversation(conversation.id, page).await?;
        let last = newest.into_iter().find(is_ours);
        let Some(question) = last.filter(|last| is_open(asker, last)) else {
            return Ok(None);
        };
        let about = asker.snapshot.about.as_ref().map(|about| about.new.id);
        if replies && about != Some(question.new.id) {
            return Ok(None);
        }
        for shown in &question.new.buttons {
            let ButtonEffect::Press { id } = shown.effect else {
                continue;
            };
            let Some(button) = self.storage.button(id).await? else {
                continue;
            };
            let theirs = button.meaning.presser == Presser::Identity(asker.author.id);
            let press = PersonPress::of(&button).filter(|press| theirs && press.says(yes));
            if let Some(press) = press {
                return self.pressed(asker, press, question.new.id).await.map(Some);
            }
        }
        Ok(None)
    }
}

/// Whether the visitor reads it or has read it, and has not written it themselves.
fn is_ours(message: &StoredMessage) -> bool {
    !matches!(message.new.author, Author::Identity { .. }) && !message.new.note
}

/// A word on its own is an answer only as long as a code would wait for one. What was taken back waits for none, and the word is no
/// answer to what was said before it.
fn is_open(asker: &Asker<'_>, question: &StoredMessage) -> bool {
    let age = asker.snapshot.now.since(question.new.at);
    let stands = question.new.author == Author::Host && question.deleted_at.is_none();
    stands && question.new.place == asker.place.id && age < CODE_LIFE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;
    use crate::model::ids::{MessageRef, PlaceRef};

    #[track_caller]
    fn check(text: &str, addressed: Addressed, expected: Option<bool>) {
        let message = InMessage {
            native: MessageRef {
                place: PlaceRef {
                    scope: "t".into(),
                    id: "p".into(),
                },
                id: "1".into(),
            },
            content: Content::plain(text),
            addressed,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        };
        assert_eq!(answer(&message), expected, "{text}");
    }

    #[test]
    fn a_word_alone_is_an_answer_in_each_language() {
        for text in ["yes", "Yes!", "JA", "¡Sí!", "oui", "نعم"] {
            check(text, Addressed::Direct, Some(true));
        }
        for text in ["No", "nein.", "non", "لا"] {
            check(text, Addressed::Direct, Some(false));
        }
    }

    #[test]
    fn what_says_more_or_is_said_to_others_is_none() {
        for text in ["", "yes but", "no idea", "yesterday"] {
            check(text, Addressed::Direct, None);
        }
        check("yes", Addressed::Mention, None);
    }
}
