//! Reads a number or a label as the press of a button, where buttons are shown as a numbered list.
//!
//! The message stays a message of the conversation; the press follows it as an event of its own, so that whoever handles
//! presses need not know how it came about.

use std::time::Duration;

use super::Core;
use super::handler::Snapshot;
use super::outcome::{Flow, Outcome};
use super::turn::step;
use crate::model::action::Author;
use crate::model::button::{Button, ButtonEffect};
use crate::model::conversation::HolderKind;
use crate::model::event::{Event, EventBody, HOPS_MAX, InMessage};
use crate::model::ids::{ButtonId, EventId, MessageRef};
use crate::storage::core::{StoredEvent, StoredMessage, Verdict};
use crate::storage::unit::NewEvent;
use crate::storage::{Page, ReadError};

/// A day later nobody remembers which list a number was for.
const CHOICE_LIFE: Duration = Duration::from_hours(24);

/// The newest list is looked for among so many messages; what lies further back is not what is answered.
const LOOK_BACK: u32 = 20;

/// Longer than any label; a longer text is no choice.
const CHOICE_CHARS_MAX: usize = 80;

impl Core {
    /// What becomes of a message that chooses from a list; none for every other event. Asks the table only in places
    /// without buttons.
    pub(super) async fn choice(&self, event: &StoredEvent, snapshot: &Snapshot) -> Result<Option<Outcome>, ReadError> {
        let (EventBody::Message(message), Some(place), Some(conversation), false) = (
            &event.new.event.body,
            &snapshot.place,
            &snapshot.conversation,
            snapshot.fresh,
        ) else {
            return Ok(None);
        };
        let waits = conversation.holder.kind() == HolderKind::Waiting;
        let may_choose = waits || conversation.holder.bot_may_answer();
        if self.outbox.capabilities(&place.login, &place.native).buttons || !may_choose {
            return Ok(None);
        }
        let Some(text) = chosen(message) else {
            return Ok(None);
        };
        let page = Page {
            before: None,
            limit: LOOK_BACK,
        };
        let messages = match &snapshot.about {
            Some(about) if !about.new.buttons.is_empty() => vec![about.clone()],
            _ => self.storage.messages_of_conversation(conversation.id, page).await?,
        };
        let list = messages.into_iter().find(is_list);
        // Who waits chooses from what they were told about that; what the bot offered before is over.
        let counts = |list: &StoredMessage| {
            snapshot.now.since(list.new.at) < CHOICE_LIFE && (!waits || list.new.at >= conversation.changed_at)
        };
        let Some(list) = list.filter(counts) else {
            return Ok(None);
        };
        let Some((button, label)) = pick(&list.new.buttons, &text) else {
            return Ok(None);
        };
        let hops = event.new.event.hops.saturating_add(1);
        if hops > HOPS_MAX {
            return Ok(None);
        }
        let copies = self.storage.deliveries_of_message(list.new.id).await?;
        let native = copies.into_iter().rev().find_map(|copy| copy.native);
        let press = EventBody::Press {
            message: native.map(|id| MessageRef {
                place: place.native.clone(),
                id,
            }),
            button,
            values: Vec::new(),
        };
        let line = format!("read as a press of \u{201c}{label}\u{201d}");
        let mut outcome = Outcome {
            flow: Flow::Stop,
            steps: vec![step("dispatcher", Verdict::Acted, line)],
            ..Outcome::default()
        };
        outcome.events.push(self.press(event, press, hops));
        Ok(Some(outcome))
    }

    fn press(&self, cause: &StoredEvent, body: EventBody, hops: u8) -> NewEvent {
        let event = Event {
            source: cause.new.event.source.clone(),
            occurred_at: cause.new.event.occurred_at,
            dedupe: format!("choice/{}", cause.new.id),
            hops,
            body,
        };
        NewEvent {
            id: EventId(self.clock.id()),
            received_at: self.clock.now(),
            event,
            ..cause.new.clone()
        }
    }
}

/// The text of a message that may be a choice, folded.
fn chosen(message: &InMessage) -> Option<String> {
    if !message.files.is_empty() {
        return None;
    }
    let text = folded(&message.content.to_plain());
    (!text.is_empty() && text.chars().count() <= CHOICE_CHARS_MAX).then_some(text)
}

fn is_list(message: &StoredMessage) -> bool {
    let ours = !matches!(message.new.author, Author::Identity { .. });
    ours && !message.new.buttons.is_empty() && message.deleted_at.is_none()
}

/// The button that the text names by its number or its label.
fn pick(buttons: &[Button], text: &str) -> Option<(ButtonId, String)> {
    let by_number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let button = match by_number {
        Some(at) => buttons.get(at)?,
        None => buttons.iter().find(|button| folded(&button.label) == text)?,
    };
    match button.effect {
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => Some((id, button.label.clone())),
        ButtonEffect::Link { .. } => None,
    }
}

/// Lower case without what people put around a number or a word.
fn folded(text: &str) -> String {
    let around = |letter: char| letter.is_whitespace() || letter.is_ascii_punctuation();
    text.trim_matches(around).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let press = |number, label: &str| Button {
            label: label.to_owned(),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        let link = Button {
            label: "Read more".to_owned(),
            effect: ButtonEffect::Link {
                url: "https://example.org/".to_owned(),
            },
        };
        let buttons = [
            press(1, "Helpful"),
            press(2, "Not it"),
            link,
            press(4, "A person, please"),
        ];
        let found = pick(&buttons, &folded(text)).map(|(_, label)| label);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn a_number_or_the_words_of_a_label_choose() {
        check("2", Some("Not it"));
        check(" #4. ", Some("A person, please"));
        check("(1)", Some("Helpful"));
        check("a PERSON, please!", Some("A person, please"));
    }

    #[test]
    fn everything_else_is_a_message() {
        for text in ["0", "5", "3", "2 bananas", "not", "read more", "-", ""] {
            check(text, None);
        }
    }
}
