//! *Never mind*: whoever waits leaves the queue again, by the button below the notice or in words. Pure but for ids.

use serde::{Deserialize, Serialize};

use super::words::{Words, is_never_mind};
use super::{acted, message, passed};
use crate::clock::Clock;
use crate::dispatcher::{Flow, Outcome, Snapshot, Stance};
use crate::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use crate::model::conversation::{Actor, Conversation, Holder, HolderKind, Transition};
use crate::model::event::{Addressed, EventBody};
use crate::model::ids::{ButtonId, MessageId};
use crate::model::{Action, Content};
use crate::storage::core::StoredButton;

/// What a press below the notice says: the button's payload, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "queue", rename_all = "snake_case")]
enum QueuePress {
    /// No person is needed any more.
    NeverMind,
}

/// A notice of the queue, with the way out of it below. Only who waits may take that. `to` is what they said, where others would
/// not know whom it is for.
pub(super) fn offered(
    clock: &dyn Clock,
    conversation: &Conversation,
    (text, to): (&str, Option<MessageId>),
    words: &Words,
) -> Action {
    let mut send = message::line(clock, conversation.place, Content::plain(text));
    send.reply_to = to;
    if let Some(asker) = conversation.asker {
        let id = ButtonId(clock.id());
        send.buttons.push(Button {
            label: words.never_mind.to_owned(),
            effect: ButtonEffect::Press { id },
        });
        let meaning = ButtonMeaning {
            owner: ButtonOwner::Host,
            payload: serde_json::to_string(&QueuePress::NeverMind).expect("words are JSON"),
            presser: Presser::Identity(asker),
            private: false,
        };
        send.meanings.push((id, meaning));
    }
    Action::Send(send)
}

/// Whether this is the button of a notice.
pub(super) fn is_ours(button: &StoredButton) -> bool {
    button.meaning.owner == ButtonOwner::Host && serde_json::from_str::<QueuePress>(&button.meaning.payload).is_ok()
}

/// Whether who waits says to the bot, and nothing else, that they need nobody any more.
pub(super) fn is_said(event: &EventBody, snapshot: &Snapshot, conversation: &Conversation) -> bool {
    let EventBody::Message(said) = event else { return false };
    let own = snapshot
        .author
        .as_ref()
        .is_some_and(|author| conversation.asker == Some(author.id));
    // What they say to others may be about anything.
    let to_us = said.addressed != Addressed::Overheard && said.files.is_empty();
    conversation.holder.kind() == HolderKind::Waiting && own && to_us && is_never_mind(&said.content.to_plain())
}

/// What comes of it: out of the queue and back to the bot, unless somebody has taken it. `notice` shows the button that is used
/// up by it, `to` is what they said, where others would not know whom the answer is for.
pub(super) fn leave(
    clock: &dyn Clock,
    conversation: &Conversation,
    words: &Words,
    (notice, to): (Option<MessageId>, Option<MessageId>),
) -> Outcome {
    let said = |text: &str| {
        let mut send = message::line(clock, conversation.place, Content::plain(text));
        send.reply_to = to;
        (None, Action::Send(send))
    };
    let mut outcome = match conversation.holder.kind() {
        HolderKind::Waiting => {
            let mut outcome = acted("left the queue".to_owned());
            outcome.transitions.push(Transition {
                to: Holder::Bot,
                actor: conversation.asker.map_or(Actor::Host, Actor::Identity),
                reason: "resolved by the member, who needs nobody any more".to_owned(),
            });
            // What the bot did not know before is settled: the next question begins anew.
            outcome.stance = Stance::Answered;
            outcome.actions.push(said(words.left));
            outcome
        }
        HolderKind::Person | HolderKind::Snoozed => {
            let mut outcome = acted("somebody has taken it: it stays with them".to_owned());
            outcome.actions.push(said(words.answered_already));
            outcome
        }
        HolderKind::Bot | HolderKind::Peers | HolderKind::Closed => passed("it does not wait any more"),
    };
    if let Some(message) = notice {
        let used = Action::SetButtons {
            message,
            buttons: Vec::new(),
            meanings: Vec::new(),
        };
        outcome.actions.insert(0, (None, used));
    }
    outcome.flow = Flow::Stop;
    outcome
}
