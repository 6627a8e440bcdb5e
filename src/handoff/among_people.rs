//! When people talk with each other where the bot reads along: it does not talk over them. Pure.

use super::acted;
use crate::dispatcher::{Flow, Outcome, Snapshot};
use crate::model::conversation::{Actor, Conversation, Holder, HolderKind, Transition};
use crate::model::event::{Addressed, EventBody, InMessage};

/// What becomes of something that people say to each other; none when it may be for the bot.
pub(super) fn silence(event: &EventBody, snapshot: &Snapshot, conversation: &Conversation) -> Option<Outcome> {
    let (EventBody::Message(said), Some(author)) = (event, &snapshot.author) else {
        return None;
    };
    let held = conversation.holder.kind();
    if !matches!(held, HolderKind::Bot | HolderKind::Peers) {
        return None;
    }
    let own = conversation.asker == Some(author.id);
    let mut outcome = if author.staff && is_for_people(said, own) {
        acted("a member of staff speaks here: the bot is silent".to_owned())
    } else if held == HolderKind::Peers && said.addressed == Addressed::Overheard {
        acted("people talk here: the bot speaks only when it is called".to_owned())
    } else {
        return None;
    };
    if author.staff && !own && held == HolderKind::Bot {
        outcome.transitions.push(Transition {
            to: Holder::Peers,
            actor: Actor::Identity(author.id),
            reason: "a member of staff answered where it was asked".to_owned(),
        });
    }
    outcome.flow = Flow::Stop;
    Some(outcome)
}

/// Whether a member of staff says it to people. In somebody else's conversation a reply to the bot sets it right; only who
/// calls it by name, or by a command, wants an answer.
fn is_for_people(said: &InMessage, own: bool) -> bool {
    match said.addressed {
        Addressed::Overheard => true,
        Addressed::Reply => !own,
        Addressed::Direct | Addressed::Mention | Addressed::Prefix => false,
    }
}
