//! Makes one outcome of what the handlers asked for. Pure: what may be said at all is decided here.

use super::outcome::{Flow, Outcome, Stance};
use crate::model::Action;
use crate::model::action::{Priority, Send};
use crate::model::conversation::{Actor, Conversation, Holder, HolderKind, Transition};
use crate::model::event::EventBody;
use crate::model::ids::PluginId;
use crate::storage::core::{TraceStep, Verdict};

/// The queue of a handoff that names none.
const QUEUE_DEFAULT: &str = "normal";

/// Adds what the next handler asks for.
pub(super) fn add(sum: &mut Outcome, next: Outcome) {
    sum.actions.extend(next.actions);
    sum.transitions.extend(next.transitions);
    sum.stance = stronger(std::mem::take(&mut sum.stance), next.stance);
    sum.flow = if next.flow == Flow::Stop { Flow::Stop } else { sum.flow };
    sum.kv_read.extend(next.kv_read);
    sum.kv.extend(next.kv);
    sum.held.extend(next.held);
    sum.jobs.extend(next.jobs);
    sum.events.extend(next.events);
    sum.found.extend(next.found);
    sum.also.extend(next.also);
    sum.for_owners |= next.for_owners;
    sum.steps.extend(next.steps);
}

fn stronger(first: Stance, second: Stance) -> Stance {
    fn weight(stance: &Stance) -> u8 {
        match stance {
            Stance::Neutral => 0,
            Stance::Abstained(_) => 1,
            Stance::Answered => 2,
            Stance::Missed => 3,
        }
    }
    if weight(&second) > weight(&first) {
        second
    } else {
        first
    }
}

/// Misses in a row after this event. What somebody chose from an offer is no answer yet that ends the row: they may say that it
/// was not it, either.
pub(super) fn misses(before: u32, stance: &Stance, chosen: bool) -> u32 {
    match stance {
        Stance::Neutral => before,
        Stance::Answered if chosen => before,
        Stance::Answered => 0,
        Stance::Abstained(_) | Stance::Missed => before.saturating_add(1),
    }
}

/// Drops what must not be said, and turns handing off into a change of hands.
///
/// A plugin says nothing to a visitor while a person holds the pen or is waited for. A handoff overrules the answers of
/// all other plugins to the same event; its own reply stays, as a notice.
pub(super) fn settle(outcome: &mut Outcome, conversation: Option<&Conversation>, body: &EventBody) {
    let Some(conversation) = conversation else { return };
    let silent = !conversation.holder.bot_may_answer();
    let handoff = outcome.actions.iter().rev().find_map(|(plugin, action)| match action {
        Action::HandOff { queue, reason, .. } => Some((plugin.clone(), queue.clone(), reason.clone())),
        _ => None,
    });
    let mut overruled = Vec::new();
    let actions = std::mem::take(&mut outcome.actions);
    for (plugin, action) in actions {
        let (Action::Send(mut send), Some(id)) = (action.clone(), &plugin) else {
            outcome.actions.push((plugin, action));
            continue;
        };
        if send.place != conversation.place {
            outcome.actions.push((plugin, action));
        } else if silent && !is_answered(body) {
            outcome.actions.push((plugin, note(send)));
        } else if silent || handoff.as_ref().is_some_and(|(by, ..)| by.as_ref() != Some(id)) {
            overruled.push(id.clone());
        } else {
            if handoff.is_some() {
                send.priority = Priority::Notice;
            }
            outcome.actions.push((plugin, Action::Send(send)));
        }
    }
    overrule(&mut outcome.steps, &overruled, silent);
    if let Some((plugin, queue, reason)) = handoff
        && matches!(conversation.holder.kind(), HolderKind::Bot | HolderKind::Peers)
    {
        let queue = queue.unwrap_or_else(|| QUEUE_DEFAULT.into());
        let actor = plugin.map_or(Actor::Host, Actor::Plugin);
        outcome.transitions.push(Transition {
            to: Holder::Waiting { queue },
            actor,
            reason,
        });
    }
}

/// A plugin's post into a conversation that it must not speak in: staff read it.
fn note(send: Send) -> Action {
    Action::Note {
        author: send.author,
        content: send.content,
    }
}

/// Whether what a plugin sends because of such an event is an answer to somebody.
fn is_answered(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Message(_)
            | EventBody::Edited(_)
            | EventBody::Deleted { .. }
            | EventBody::Reaction { .. }
            | EventBody::Command { .. }
            | EventBody::Press { .. }
            | EventBody::ConversationChanged { .. }
    )
}

fn overrule(steps: &mut [TraceStep], plugins: &[PluginId], silent: bool) {
    let why = if silent {
        "not said: a person answers in this conversation"
    } else {
        "not said: another plugin asked for a person"
    };
    for step in steps
        .iter_mut()
        .filter(|step| plugins.iter().any(|plugin| plugin.as_str() == step.who))
    {
        step.verdict = Verdict::Overruled;
        if !step.line.is_empty() {
            step.line.push_str("; ");
        }
        step.line.push_str(why);
    }
}
