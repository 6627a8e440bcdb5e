//! What somebody reads who called the bot, where a plugin broke or is paused and nobody else answered: a kind line in place of
//! silence. Pure.

use super::members::Member;
use super::words::words;
use super::{lower, step};
use crate::clock::Clock;
use crate::dispatcher::{Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::button::ButtonOwner;
use crate::model::directory::Audience;
use crate::model::event::{Addressed, EventBody};
use crate::model::ids::{MessageId, PlaceId};
use crate::model::{Action, Content};
use crate::storage::core::{StoredEvent, Verdict};

/// Whether this plugin should have seen the event and could not handle it. One that is only tried says nothing to anybody.
pub(super) fn is_broken(member: &Member, outcome: &Outcome) -> bool {
    let own = outcome.steps.iter().rfind(|step| step.who == member.id.as_str());
    member.settings.enabled && own.is_some_and(|step| matches!(step.verdict, Verdict::Failed | Verdict::Held))
}

/// Adds the line for this plugin, which is broken, where somebody has called the bot and hears nothing from anybody, neither from
/// the handlers before the chain nor from another plugin. Whatever was overheard stays without one.
pub(super) fn own_up(
    member: &Member,
    (event, snapshot): (&StoredEvent, &Snapshot),
    clock: &dyn Clock,
    so_far: &Outcome,
    outcome: &mut Outcome,
) {
    let (Some(place), Some(author)) = (&snapshot.place, &snapshot.author) else {
        return;
    };
    let mut actions = so_far.actions.iter().chain(&outcome.actions);
    let answered = actions.any(|(_, action)| is_noticed(action, place.id));
    if answered || !is_called(&event.new.event.body, snapshot) {
        return;
    }
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

/// Whether whoever called the bot there sees that something came of it. A reaction, a note for staff, and what is said elsewhere are
/// no answer.
fn is_noticed(action: &Action, place: PlaceId) -> bool {
    match action {
        Action::Send(send) => send.place == place || send.only.is_some(),
        Action::Edit { .. }
        | Action::SetButtons { .. }
        | Action::Delete { .. }
        | Action::Moderate(_)
        | Action::HandOff { .. } => true,
        Action::React { .. } | Action::Note { .. } => false,
    }
}

/// Whether somebody waits for what a plugin says.
fn is_called(body: &EventBody, snapshot: &Snapshot) -> bool {
    match body {
        EventBody::Command { .. } => true,
        EventBody::Message(message) => message.addressed != Addressed::Overheard,
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_what_is_said_to_whoever_called_is_an_answer() {
        let place = |number| PlaceId(Uuid::from_u128(number));
        let message = MessageId(Uuid::from_u128(3));
        let said = |number| {
            let send = Send::new(
                message,
                place(number),
                Author::Host,
                Content::plain("x"),
                Priority::Answer,
            );
            Action::Send(send)
        };
        let note = Action::Note {
            author: Author::Host,
            content: Content::plain("x"),
        };
        let reaction = Action::React {
            message,
            emoji: "👍".to_owned(),
            add: true,
        };
        assert!(is_noticed(&said(1), place(1)));
        for action in [said(2), note, reaction] {
            assert!(!is_noticed(&action, place(1)), "{action:?}");
        }
    }
}
