//! Whether a member of staff is still with a conversation they hold. Pure.

use std::time::Duration;

use super::{acted, clocks, passed};
use crate::clock::Clock;
use crate::dispatcher::Outcome;
use crate::model::Timestamp;
use crate::model::action::Author;
use crate::model::conversation::{Actor, Conversation, Holder, Transition};
use crate::model::event::ConversationDue;
use crate::model::ids::{AccountId, QueueName};
use crate::storage::core::StoredMessage;

/// Long enough to look something up, short enough for a visitor who waits.
const GONE_AFTER: Duration = Duration::from_mins(10);

/// What was last seen of who holds a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    /// An open page of the console, a reply here, or the claim itself.
    seen: Timestamp,
    /// Whether the visitor has the last word.
    owes: bool,
}

impl Presence {
    /// From the last use of the console and the newest messages, newest first.
    pub(super) fn of(
        conversation: &Conversation,
        agent: AccountId,
        console: Option<Timestamp>,
        messages: &[StoredMessage],
    ) -> Self {
        let own = messages
            .iter()
            .find(|message| matches!(&message.new.author, Author::Staff { id, .. } if *id == agent));
        let seen = [console, own.map(|own| own.new.at)].into_iter().flatten();
        let last = messages.iter().find_map(|message| match message.new.author {
            Author::Identity { .. } => Some(true),
            Author::Staff { .. } if !message.new.note => Some(false),
            _ => None,
        });
        Self {
            seen: seen.fold(conversation.changed_at, Timestamp::max),
            owes: last.unwrap_or(true),
        }
    }

    /// Whether nothing was seen of them for so long that the visitor needs somebody else.
    pub(super) fn is_gone(self, now: Timestamp) -> bool {
        now.since(self.seen) >= GONE_AFTER
    }

    /// What the look at its time brings: the conversation goes back to its queue, or the next look is planned. Who
    /// is gone and owes nothing is looked for again when the visitor writes.
    pub(super) fn looked(
        self,
        clock: &dyn Clock,
        now: Timestamp,
        conversation: &Conversation,
        queue: QueueName,
    ) -> Outcome {
        if !self.is_gone(now) {
            let mut outcome = passed("whoever holds it is there");
            outcome.jobs.push(watch(clock, conversation, self.seen));
            return outcome;
        }
        if !self.owes {
            return passed("whoever holds it is away, and the visitor waits for nothing");
        }
        let mut outcome = acted("put back into its queue: whoever held it is away".to_owned());
        outcome.transitions.push(returned(queue));
        outcome
    }
}

/// The next look at whoever holds the conversation.
pub(super) fn watch(
    clock: &dyn Clock,
    conversation: &Conversation,
    seen: Timestamp,
) -> crate::storage::unit::JobChange {
    clocks::job(clock, conversation, ConversationDue::AgentGone, seen + GONE_AFTER)
}

/// Back to where it waited.
pub(super) fn returned(queue: QueueName) -> Transition {
    Transition {
        to: Holder::Waiting { queue },
        actor: Actor::Host,
        reason: "whoever held it is away".to_owned(),
    }
}
