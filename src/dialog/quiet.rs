//! How the in-memory platform names things, and when nothing is left to do on it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::line;
use crate::clock::Clock;
use crate::connectors::loopback::Loopback;
use crate::dispatcher::Dispatcher;
use crate::jobs::Jobs;
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use crate::model::event::Source;
use crate::model::ids::{EventSeq, IdentityRef, MessageRef, NativeId, PlaceRef};
use crate::model::{Event, EventBody, Timestamp};
use crate::outbox::Outbox;
use crate::storage::SharedStorage;
use crate::storage::core::DeliveryState;

/// After so long in real time something hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The longest time between two looks at whether everything is quiet.
const LOOK: Duration = Duration::from_millis(2);

/// More than any test leaves unhandled.
const EVENTS_MAX: u32 = 10_000;

/// The name of the login, and of what its ids are unique in.
pub const LOGIN: &str = "loopback";

/// What stands for somebody who keeps the place, where the names of roles stand.
const KEEPER: &str = "keeper";

/// How the platform names a place: the channel `name`, or somebody's direct chat.
pub fn place(name: &str) -> PlaceRef {
    place_on(LOGIN, name)
}

/// The same on another platform, whose login and scope are called so.
pub(super) fn place_on(login: &str, name: &str) -> PlaceRef {
    PlaceRef {
        scope: login.into(),
        id: name.into(),
    }
}

/// What the platform says of somebody: `dora(moderator, made 2d, joined 5m)`, or `dora(keeper)` who keeps the place.
#[derive(Debug, Default, PartialEq)]
struct Told<'a> {
    name: &'a str,
    roles: Vec<NativeId>,
    /// How old the account is, and for how long it has been there.
    made: Option<Duration>,
    joined: Option<Duration>,
    standing: Standing,
}

impl<'a> Told<'a> {
    fn read(who: &'a str) -> Self {
        let Some((name, rest)) = who.strip_suffix(')').and_then(|who| who.split_once('(')) else {
            return Self {
                name: who,
                ..Self::default()
            };
        };
        let mut told = Self {
            name,
            ..Self::default()
        };
        for part in rest.split(',').map(str::trim) {
            let ago = |word| part.strip_prefix(word).and_then(line::duration);
            match (ago("made "), ago("joined ")) {
                (Some(made), _) => told.made = Some(made),
                (_, Some(joined)) => told.joined = Some(joined),
                (None, None) if part == KEEPER => told.standing = Standing::Keeper,
                (None, None) => told.roles.push(part.into()),
            }
        }
        told
    }
}

/// Something that `who` does at `now` in a place; `number` makes its ids.
pub fn event(
    spot: (&str, &str, Audience),
    when: (u64, Timestamp),
    body: impl FnOnce(MessageRef) -> EventBody,
) -> Event {
    event_on(LOGIN, spot, when, body)
}

/// How a platform names what is said.
pub(super) fn message_id(number: u64) -> NativeId {
    NativeId::from(format!("m{number}"))
}

/// The same on another platform.
pub(super) fn event_on(
    login: &str,
    (who, name, audience): (&str, &str, Audience),
    (number, now): (u64, Timestamp),
    body: impl FnOnce(MessageRef) -> EventBody,
) -> Event {
    let native = place_on(login, name);
    let id = message_id(number);
    let told = Told::read(who);
    let who = told.name;
    Event {
        source: Source::Platform {
            login: login.into(),
            place: SeenPlace {
                native: native.clone(),
                space: None,
                parent: None,
                name: name.to_owned(),
                audience,
                thread: false,
            },
            author: Some(SeenIdentity {
                native: IdentityRef {
                    scope: login.into(),
                    id: who.into(),
                },
                name: who.to_owned(),
                bot: false,
                language: None,
                roles: told.roles,
                created_at: told.made.map(|made| now - made),
                joined_at: told.joined.map(|joined| now - joined),
                standing: told.standing,
            }),
        },
        occurred_at: now,
        dedupe: format!("{login}/{number}"),
        hops: 0,
        body: body(MessageRef { place: native, id }),
    }
}

/// Who may still have something to do.
pub struct Quiet<'a> {
    /// Handles events.
    pub dispatcher: &'a Dispatcher,
    /// Sends.
    pub outbox: &'a Outbox,
    /// Does what is due.
    pub jobs: &'a Jobs,
    /// Tell events.
    pub platforms: &'a [Arc<Loopback>],
    /// Keeps events.
    pub storage: &'a SharedStorage,
    /// Says what is due.
    pub clock: &'a dyn Clock,
}

impl Quiet<'_> {
    /// Waits until nothing is left to do but to wait for time to pass.
    ///
    /// # Errors
    ///
    /// When something hangs, or the database cannot be read.
    pub async fn settled(&self) -> Result<()> {
        let mut changes = self.storage.changes();
        let wait = async {
            while !self.is_quiet().await? {
                // A change is the signal; the limit is for what changes nothing on disk.
                let _ = tokio::time::timeout(LOOK, changes.recv()).await;
            }
            Ok(())
        };
        if let Ok(settled) = tokio::time::timeout(PATIENCE, wait).await {
            return settled;
        }
        bail!(
            "not settled: events in memory and lanes {:?}, deliveries {:?}, dispatcher quiet {}, outbox quiet {}",
            self.dispatcher.sizes(),
            self.outbox.sizes(),
            self.dispatcher.is_quiet(),
            self.outbox.is_quiet()
        )
    }

    async fn is_quiet(&self) -> Result<bool> {
        if !self.jobs.is_quiet().await? {
            return Ok(false);
        }
        // A call that is on its way is due until it has ended.
        if !self.storage.calls_due(self.clock.now(), 1, 1).await?.is_empty() {
            return Ok(false);
        }
        let before = self.platforms.iter().all(|platform| platform.is_told())
            && self.dispatcher.is_quiet()
            && self.outbox.is_quiet();
        let stored = self.storage.events_unhandled(EventSeq(0), EVENTS_MAX).await?.len();
        let open = self.storage.delivery_counts(None).await?.into_iter();
        let open = open.filter(|(state, _)| matches!(state, DeliveryState::Queued | DeliveryState::Sending));
        let open: u64 = open.map(|(_, count)| count).sum();
        let known: usize = self.outbox.sizes().iter().map(|(_, size)| size).sum();
        // What lies in the tables is known to dispatcher and relays, and waits for its time.
        let all_known = stored == self.dispatcher.sizes().0 && open == u64::try_from(known).unwrap_or(u64::MAX);
        Ok(before && all_known && self.dispatcher.is_quiet() && self.outbox.is_quiet())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_platform_says_of_somebody_stands_behind_their_name() {
        let told = Told::read("dora(moderator, made 2d, joined 5m)");
        let expected = Told {
            name: "dora",
            roles: vec!["moderator".into()],
            made: Some(Duration::from_hours(48)),
            joined: Some(Duration::from_mins(5)),
            standing: Standing::Untold,
        };
        assert_eq!(told, expected);
        let keeper = Told::read("dora(keeper)");
        assert_eq!((keeper.standing, keeper.roles.len()), (Standing::Keeper, 0));
        assert_eq!(Told::read("alice").name, "alice");
    }
}
