//! How work reaches a relay: a bounded box in memory, with the table behind it.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::model::ids::{DeliveryId, PlaceRef};
use crate::storage::unit::NewDelivery;
use crate::supervisor::Bell;

/// Fresh deliveries that wait for the relay; what is more stays in the table until the relay reads it.
const FRESH_MAX: usize = 1024;

/// Typing signals that wait; more are dropped, because they are true only now.
const TYPING_MAX: usize = 64;

/// What the relay finds when it looks.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) fresh: Vec<NewDelivery>,
    /// A person decided about these; they are read anew.
    pub(super) decided: Vec<DeliveryId>,
    pub(super) typing: Vec<(PlaceRef, Option<String>)>,
    /// The table has to be read.
    pub(super) look_again: bool,
}

#[derive(Debug, Default)]
struct State {
    contents: Contents,
    in_memory: usize,
    quiet: bool,
    /// When the relay looks again by itself.
    until: Option<Duration>,
}

/// One relay's box.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    bell: Bell,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            bell: Bell::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the box")
    }

    fn change(&self, change: impl FnOnce(&mut Contents)) {
        let mut state = self.state();
        state.quiet = false;
        change(&mut state.contents);
        drop(state);
        self.bell.ring();
    }

    pub(super) fn push(&self, delivery: NewDelivery) {
        self.change(|contents| {
            // What is left to the table must not be overtaken by what comes after it.
            if contents.look_again || contents.fresh.len() >= FRESH_MAX {
                contents.look_again = true;
            } else {
                contents.fresh.push(delivery);
            }
        });
    }

    pub(super) fn look_again(&self) {
        self.change(|contents| contents.look_again = true);
    }

    pub(super) fn decided(&self, id: DeliveryId) {
        self.change(|contents| {
            contents.decided.push(id);
            contents.look_again = true;
        });
    }

    pub(super) fn typing(&self, place: PlaceRef, name: Option<String>) {
        self.change(|contents| {
            if contents.typing.len() < TYPING_MAX {
                contents.typing.push((place, name));
            }
        });
    }

    /// Takes everything out.
    pub(super) fn take(&self) -> Contents {
        std::mem::take(&mut self.state().contents)
    }

    /// Resolves when there may be something.
    pub(super) async fn filled(&self) {
        self.bell.rung().await;
    }

    /// The relay says how it stands before it waits. It is quiet only if nothing came in meanwhile.
    pub(super) fn report(&self, in_memory: usize, quiet: bool, until: Option<Duration>) {
        let mut state = self.state();
        state.in_memory = in_memory;
        state.until = until;
        let contents = &state.contents;
        let empty = contents.fresh.is_empty()
            && contents.decided.is_empty()
            && contents.typing.is_empty()
            && !contents.look_again;
        state.quiet = quiet && empty;
    }

    pub(super) fn in_memory(&self) -> usize {
        self.state().in_memory
    }

    /// Whether the relay does nothing but wait for a time that has not come.
    pub(super) fn is_quiet(&self, now: Duration) -> bool {
        let state = self.state();
        state.quiet && state.until.is_none_or(|until| until > now)
    }
}
