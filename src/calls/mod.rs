//! Calls of plugins to servers elsewhere that change something there: sent after the commit that made them, sent again until
//! somebody answers, and told to the plugin as an event.
//!
//! Owns when a call is sent and when it is over; what may be sent, and how, is the [`Caller`]'s business. A call's row goes in the
//! unit that stores the event with its answer, so that the plugin hears of it once, whatever dies in between. What a server does
//! twice with one key is its own matter: whoever reads `Idempotency-Key` does it once.

mod retry;
mod runner;

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::storage::SharedStorage;
use crate::storage::calls::NewCall;
use crate::supervisor::{Bell, Restart, Supervisor};

/// Sends a call once.
#[async_trait]
pub trait Caller: Send + Sync {
    /// Sends it, if its plugin still may. `key` is the same for each repeat.
    async fn send(&self, call: &NewCall, key: &str) -> Sent;

    /// Whether its plugin can be told how it ended, or never will be: it is neither on its way up nor held back.
    async fn hears(&self, call: &NewCall) -> bool;
}

/// What came of sending a call once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The server answered.
    Answered {
        /// 200 and so on.
        status: u16,
        /// What it said.
        body: Vec<u8>,
        /// Its word for when to come again, as its header has it.
        retry_after: Option<String>,
    },
    /// Nobody knows whether it arrived.
    Lost {
        /// Why, for people.
        problem: String,
    },
    /// Nothing has left: the plugin is not running now, or something of ours is not there. Another time it may be sent.
    NotNow {
        /// Why, in words that the plugin may hear.
        problem: String,
    },
    /// Nothing has left, and it would be the same another time.
    Refused {
        /// Why, for people.
        problem: String,
    },
    /// Nothing has left: the plugin is off or gone.
    Off {
        /// Why, as the rest of "not sent, because …".
        problem: String,
    },
}

impl Sent {
    /// Whether something may have arrived, which is what counts as a try.
    fn has_left(&self) -> bool {
        matches!(self, Self::Answered { .. } | Self::Lost { .. })
    }
}

/// Sends calls. Clones share everything.
#[derive(Clone)]
pub struct Calls {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    caller: Arc<dyn Caller>,
    /// Rung when an answer is stored as an event.
    events: Bell,
}

impl Calls {
    /// Nothing is sent before [`Calls::start`]. `events` wakes the dispatcher.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>, caller: Arc<dyn Caller>, events: Bell) -> Self {
        Self {
            storage,
            clock,
            caller,
            events,
        }
    }

    /// Starts sending.
    pub fn start(&self, supervisor: &Supervisor) {
        let (calls, stop) = (self.clone(), supervisor.stop());
        // Heard from now on, not from the task's first step: what is made in between counts, too.
        let mut heard = Some(self.storage.changes());
        supervisor.spawn("calls", Restart::Backoff, move || {
            runner::run(calls.clone(), stop.clone(), heard.take())
        });
    }
}

/// By which a server knows the call again: made of event, plugin and name, and telling none of them.
fn key(call: &NewCall) -> String {
    let text = format!("{}\0{}\0{}", call.event, call.plugin, call.name);
    hex::encode(Sha256::digest(text))
}
