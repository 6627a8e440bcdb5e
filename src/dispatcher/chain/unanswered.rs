//! What somebody reads who called one plugin, which broke or is paused: a kind line in place of silence. Pure.

use super::members::Member;
use super::words::words;
use super::{lower, step};
use crate::clock::Clock;
use crate::dispatcher::{Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::button::ButtonOwner;
use crate::model::directory::Audience;
use crate::model::event::{Addressed, EventBody};
use crate::model::ids::MessageId;
use crate::model::{Action, Content};
use crate::storage::core::{StoredEvent, Verdict};

/// Adds the line, where the event was for this plugin alone and nothing came of it. Whatever was overheard stays without one.
pub(super) fn own_up(
    member: &Member,
    event: &StoredEvent,
    snapshot: &Snapshot,
    clock: &dyn Clock,
    outcome: &mut Outcome,
) {
    let own = outcome.steps.iter().rfind(|step| step.who == member.id.as_str());
    let broke = own.is_some_and(|step| matches!(step.verdict, Verdict::Failed | Verdict::Held));
    if !broke || !outcome.actions.is_empty() || !is_called(&event.new.event.body, snapshot) {
        return;
    }
    let (Some(place), Some(author)) = (&snapshot.place, &snapshot.author) else {
        return;
    };
    let held = snapshot.conversation.as_ref();
    let by_people = held.is_some_and(|held| !held.holder.bot_may_answer());
    if author.bot || snapshot.late || by_people {
        return;
    }
    let content = Content::plain(words(&lower::language(snapshot)).failed);
    let mut send = Send::new(MessageId(clock.id()), place.id, Author::Host, content, Priority::Answer);
    send.reply_to = snapshot.message;
    if is_private(member, &event.new.event.body, snapshot) && place.audience != Audience::Direct {
        send.only = Some(author.id);
    }
    outcome.actions.push((None, Action::Send(send)));
    let line = "said that it did not work".to_owned();
    outcome.steps.push(step(&"chain".into(), Verdict::Acted, line));
}

/// Whether somebody waits for what the plugin says.
fn is_called(body: &EventBody, snapshot: &Snapshot) -> bool {
    match body {
        EventBody::Command { .. } => true,
        EventBody::Message(message) => message.addressed == Addressed::Direct,
        EventBody::Press { .. } => {
            let button = snapshot.button.as_ref();
            button.is_some_and(|button| matches!(button.meaning.owner, ButtonOwner::Plugin(_)))
        }
        _ => false,
    }
}

/// Whether the answer would have been for one person alone.
fn is_private(member: &Member, body: &EventBody, snapshot: &Snapshot) -> bool {
    let button = snapshot.button.as_ref();
    button.is_some_and(|button| button.meaning.private)
        || matches!(body, EventBody::Command { name, .. } if member.manifest.is_private(name))
}
