//! What ends by a clock: quiet conversations and snoozes.

use std::time::Duration;

use super::{acted, passed};
use crate::clock::Clock;
use crate::dispatcher::{Outcome, Snapshot};
use crate::model::Timestamp;
use crate::model::conversation::{Actor, Closing, Conversation, Holder, HolderKind, Transition};
use crate::model::directory::Audience;
use crate::model::event::{ConversationDue, Event, EventBody, Source};
use crate::model::ids::{ConversationId, JobId};
use crate::storage::core::StoredEvent;
use crate::storage::unit::{JobChange, JobWork, NewJob};

/// Where others talk too, half an hour of quiet is the end of an exchange.
const QUIET_SHARED: Duration = Duration::from_mins(30);

/// In a direct chat or thread people come back the same day.
const QUIET_DIRECT: Duration = Duration::from_hours(24);

/// Puts a job about the conversation into the table, in place of the one before.
pub(super) fn job(clock: &dyn Clock, conversation: &Conversation, what: ConversationDue, due: Timestamp) -> JobChange {
    let id = JobId(clock.id());
    let event = Event {
        source: Source::Internal {
            conversation: Some(conversation.id),
            place: Some(conversation.place),
        },
        occurred_at: due,
        // The runner names it by the job and the moment it was due.
        dedupe: String::new(),
        hops: 0,
        body: EventBody::ConversationDue { job: id, what },
    };
    JobChange::Put(NewJob {
        id,
        key: key(conversation.id, what),
        due,
        repeat: None,
        work: JobWork::Event {
            community: conversation.community,
            place: Some(conversation.place),
            lane: conversation.lane.clone(),
            event: Box::new(event),
        },
    })
}

fn key(conversation: ConversationId, what: ConversationDue) -> String {
    let word = match what {
        ConversationDue::SnoozeEnds => "snooze",
        ConversationDue::QuietEnds => "quiet",
        ConversationDue::AgentGone => "gone",
    };
    format!("{word}/{conversation}")
}

/// It was woken or closed before its time.
pub(super) fn cancel_snooze(conversation: ConversationId) -> JobChange {
    JobChange::Cancel {
        key: key(conversation, ConversationDue::SnoozeEnds),
    }
}

/// It was closed by hand.
pub(super) fn cancel_quiet(conversation: ConversationId) -> JobChange {
    JobChange::Cancel {
        key: key(conversation, ConversationDue::QuietEnds),
    }
}

/// Ends a conversation of the bot that has been quiet long enough; looks again later at any other.
pub(super) fn quiet_ends(
    event: &StoredEvent,
    snapshot: &Snapshot,
    conversation: &Conversation,
    clock: &dyn Clock,
) -> Outcome {
    if conversation.holder.kind() == HolderKind::Closed {
        return passed("it is closed already");
    }
    let alone = snapshot
        .place
        .as_deref()
        .is_some_and(|place| place.audience == Audience::Direct || place.thread);
    let quiet = if alone { QUIET_DIRECT } else { QUIET_SHARED };
    // With the clock set back, the moment that the job was due still holds.
    let due = event.new.event.occurred_at.max(snapshot.now);
    let ends = conversation.active_at + quiet;
    if conversation.holder.bot_may_answer() && ends <= due {
        let mut outcome = acted("closed: it has gone quiet".to_owned());
        outcome.transitions.push(Transition {
            to: Holder::Closed { how: Closing::Quiet },
            actor: Actor::Host,
            reason: "nobody wrote for a while".to_owned(),
        });
        return outcome;
    }
    let again = if ends > due { ends } else { due + quiet };
    let mut outcome = passed("not quiet for long enough, or with a person");
    let looks_again = job(clock, conversation, ConversationDue::QuietEnds, again);
    outcome.jobs.push(looks_again);
    outcome
}

/// Wakes a conversation for its agent.
pub(super) fn snooze_ends(now: Timestamp, conversation: &Conversation) -> Outcome {
    match conversation.holder {
        Holder::Snoozed { agent, until } if until <= now => {
            let mut outcome = acted("woke the conversation for its agent".to_owned());
            outcome.transitions.push(Transition {
                to: Holder::Person { agent },
                actor: Actor::Host,
                reason: "its time has come".to_owned(),
            });
            outcome
        }
        _ => passed("it is not put aside any more"),
    }
}
