//! Who comes and goes. Pure.
//!
//! Telegram tells it in up to two ways: by a line in the chat, which channels and large groups do not have, and by the
//! member's new standing, which only administrators are told: <https://core.telegram.org/bots/api#update>. Both are one event.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use teloxide_core::types::{ChatMemberKind, ChatMemberUpdated, User};

use super::inbound::{Reader, person, seconds};
use super::names;
use crate::model::directory::SeenPlace;
use crate::model::event::{EventBody, Membership, Source};
use crate::model::ids::{IdentityRef, PlaceRef};
use crate::model::{Event, Timestamp};

/// Comings and goings that are remembered; both ways tell of one within moments.
const TOLD_MAX: usize = 512;

/// So far apart may be what both ways say of the time.
const APART_MAX: Duration = Duration::from_secs(5);

impl Reader {
    /// A line in the chat says so of these people.
    pub(super) fn members(&self, users: &[User], change: Membership, place: &SeenPlace, at: Timestamp) -> Vec<Event> {
        // Of the bot itself `my_chat_member` tells, also where there is no line in the chat.
        let others = users.iter().filter(|user| user.id.0 != self.bot_id);
        others
            .map(|user| self.member(place.clone(), user, change, at))
            .collect()
    }

    /// Somebody stands differently in a chat that the bot administers.
    pub(super) fn membership(&self, change: &ChatMemberUpdated) -> Option<Event> {
        let user = &change.new_chat_member.user;
        let membership = membership(change).filter(|_| user.id.0 != self.bot_id)?;
        let place = self.place(&change.chat, None);
        Some(self.member(place, user, membership, seconds(change.date.timestamp())))
    }

    /// The bot was added, removed or blocked: the place is known from now on.
    pub(super) fn own_membership(&self, change: &ChatMemberUpdated, stamp: &str) -> Option<Event> {
        let private = change.chat.is_private();
        // A person who opens a private chat says `/start`, and comes by that.
        let membership = membership(change).filter(|change| !(private && *change == Membership::Joined))?;
        // In a private chat it is the person who comes, and goes by blocking the bot.
        let who = if private {
            person(&change.from)
        } else {
            person(&change.new_chat_member.user)
        };
        let place = self.place(&change.chat, None);
        let body = EventBody::Member { change: membership };
        let dedupe = format!("telegram/{stamp}");
        Some(self.event(place, Some(who), seconds(change.date.timestamp()), dedupe, body))
    }

    /// Both ways tell the same event.
    fn member(&self, place: SeenPlace, user: &User, change: Membership, at: Timestamp) -> Event {
        let PlaceRef { scope, id } = names::whole_chat(&place.native);
        let way = match change {
            Membership::Joined => "in",
            Membership::Left => "out",
            // The line in the chat says of a ban only that they left, and perhaps before it is told as one.
            Membership::Banned => "banned",
        };
        let dedupe = format!("{scope}/{id}/member/{}/{way}/{}", user.id, at.as_millis() / 1_000);
        self.event(place, Some(person(user)), at, dedupe, EventBody::Member { change })
    }
}

fn membership(change: &ChatMemberUpdated) -> Option<Membership> {
    let was = change.old_chat_member.is_present();
    let is = change.new_chat_member.is_present();
    match (&change.new_chat_member.kind, was, is) {
        (ChatMemberKind::Banned(_), ..) => Some(Membership::Banned),
        (_, false, true) => Some(Membership::Joined),
        (_, true, false) => Some(Membership::Left),
        _ => None,
    }
}

/// What was lately told of members: the two ways may differ by a second, and their events then by their key.
#[derive(Debug, Default)]
pub(super) struct Lately(Mutex<VecDeque<Move>>);

/// One coming or going, and the update that told it first.
#[derive(Debug)]
struct Move {
    update: u32,
    place: PlaceRef,
    who: IdentityRef,
    change: Membership,
    at: Timestamp,
}

impl Lately {
    /// Remembers what the event tells of a member; answers whether this is the first update that tells so. An update that
    /// comes again, because it was not stored, is it still.
    pub(super) fn note(&self, update: u32, event: &Event) -> bool {
        let (
            EventBody::Member { change },
            Source::Platform {
                place,
                author: Some(who),
                ..
            },
        ) = (&event.body, &event.source)
        else {
            return true;
        };
        let next = Move {
            update,
            place: names::whole_chat(&place.native),
            who: who.native.clone(),
            change: *change,
            at: event.occurred_at,
        };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = told.iter().find(|known| known.says(&next)) {
            return known.update == update;
        }
        // Who goes may come again at once.
        told.retain(|known| known.comes() == next.comes() || known.place != next.place || known.who != next.who);
        if told.len() >= TOLD_MAX {
            told.pop_front();
        }
        told.push_back(next);
        true
    }
}

impl Move {
    fn comes(&self) -> bool {
        self.change == Membership::Joined
    }

    /// Whether it told what the other one tells. Who is banned has left, and not the other way round.
    fn says(&self, other: &Self) -> bool {
        let apart = self.at.since(other.at).max(other.at.since(self.at));
        let change =
            self.change == other.change || (self.change, other.change) == (Membership::Banned, Membership::Left);
        self.place == other.place && self.who == other.who && change && apart <= APART_MAX
    }
}
