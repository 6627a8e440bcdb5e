//! A yes or no in words to what a handler asked last: whoever has buttons may write all the same.

use std::time::Duration;

use super::Snapshot;
use crate::model::action::Author;
use crate::model::button::{ButtonEffect, Presser};
use crate::model::event::{Addressed, InMessage};
use crate::model::ids::MessageId;
use crate::storage::core::{StoredButton, StoredMessage};
use crate::storage::{Page, ReadError, SharedStorage};

/// What was asked last is looked for among so many messages; behind more of the person's own it is no answer to it.
const LOOK_BACK: u32 = 10;

/// In whichever language: whoever reads one may write another.
const YES: &[&str] = &["yes", "yeah", "yep", "ja", "sí", "si", "oui", "نعم"];

/// The same.
const NO: &[&str] = &["no", "nope", "nein", "non", "لا"];

/// What was asked last, and may still be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The message that asks.
    pub message: MessageId,
    /// What can be answered, as far as it is the author's to press and no one else's.
    pub buttons: Vec<StoredButton>,
}

/// Whether a message, written to us alone, is a yes or a no and nothing else.
pub fn yes_or_no(message: &InMessage) -> Option<bool> {
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

/// The question that a word answers; none where nothing of ours waits for one. Only what was said last here can be meant: the word
/// answers whoever has spoken since. Who `replies` says of themselves what they answer, and means nothing else. After `life` a word on
/// its own is no answer any more.
///
/// # Errors
///
/// When storage cannot be read.
pub async fn asked_last(
    storage: &SharedStorage,
    snapshot: &Snapshot,
    replies: bool,
    life: Duration,
) -> Result<Option<Question>, ReadError> {
    let open = snapshot.conversation.as_ref().filter(|_| !snapshot.fresh);
    let (Some(conversation), Some(author)) = (open, &snapshot.author) else {
        return Ok(None);
    };
    let page = Page {
        before: None,
        limit: LOOK_BACK,
    };
    let newest = storage.messages_of_conversation(conversation.id, page).await?;
    let last = newest.into_iter().find(is_ours);
    let Some(question) = last.filter(|last| is_open(snapshot, last, life)) else {
        return Ok(None);
    };
    let about = snapshot.about.as_ref().map(|about| about.new.id);
    if replies && about != Some(question.new.id) {
        return Ok(None);
    }
    let mut buttons = Vec::new();
    for shown in &question.new.buttons {
        if let ButtonEffect::Press { id } = shown.effect {
            buttons.extend(storage.button(id).await?);
        }
    }
    buttons.retain(|button| button.meaning.presser == Presser::Identity(author.id));
    Ok(Some(Question {
        message: question.new.id,
        buttons,
    }))
}

/// Whether the visitor reads it or has read it, and has not written it themselves.
fn is_ours(message: &StoredMessage) -> bool {
    !matches!(message.new.author, Author::Identity { .. }) && !message.new.note
}

/// What was taken back waits for no answer, and the word is no answer to what was said before it.
fn is_open(snapshot: &Snapshot, question: &StoredMessage, life: Duration) -> bool {
    let age = snapshot.now.since(question.new.at);
    let here = snapshot
        .place
        .as_ref()
        .is_some_and(|place| place.id == question.new.place);
    let stands = question.new.author == Author::Host && question.deleted_at.is_none();
    stands && here && age < life
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
        assert_eq!(yes_or_no(&message), expected, "{text}");
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
