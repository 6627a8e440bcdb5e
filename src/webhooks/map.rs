//! Which address is whose: made anew when who serves whom is, or an address is replaced, so that a call costs one look.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::Addresses;
use crate::dispatcher::chain::{Door, Roster};
use crate::storage::webhooks::{Replaced, replaced};
use crate::storage::{Change, ReadError, SharedStorage};

/// Calls of one address whose bodies are read at once: whoever knows one address leaves room for all others.
const CALLS_EACH: usize = 8;

/// An endpoint with what is counted of it.
pub(super) struct Known {
    pub(super) door: Door,
    /// Calls that are read.
    pub(super) room: Arc<Semaphore>,
    /// Whether the owner was told that its secret is missing.
    told: AtomicBool,
}

/// All endpoints, by the digest of their tokens: the time that a look takes tells of the digest, and so of nothing.
pub(super) struct Map {
    made: Mutex<Made>,
}

struct Made {
    /// Of which generations; none before the first look.
    of: Option<Generations>,
    doors: HashMap<[u8; 32], Arc<Known>>,
    /// Tells when an address was replaced: before whoever replaces it hears that it is.
    changes: Receiver<Change>,
    /// How often that was heard.
    replaced: u64,
}

/// That of the roster, and that of the addresses. Both only grow, and are read together: of two the later one is later in both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Generations {
    roster: u64,
    addresses: u64,
}

impl Map {
    /// Nothing is known before the first look.
    pub(super) fn new(changes: Receiver<Change>) -> Self {
        let made = Made {
            of: None,
            doors: HashMap::new(),
            changes,
            replaced: 0,
        };
        Self { made: Mutex::new(made) }
    }

    /// Whose address it is.
    pub(super) async fn find(
        &self,
        token: &str,
        (roster, addresses): (&Roster, &Addresses),
        storage: &SharedStorage,
    ) -> Result<Option<Arc<Known>>, ReadError> {
        let at = digest(token);
        // Read before the doors and the numbers, so that what changes meanwhile is looked at next time.
        let generations = {
            let mut made = self.made();
            let generations = made.generations(roster);
            if made.of == Some(generations) {
                return Ok(made.doors.get(&at).cloned());
            }
            generations
        };
        let numbers = storage.webhooks_replaced().await?;
        let mut made = self.made();
        // Whoever came at the same moment may have looked later.
        if made.of.is_none_or(|made| made < generations) {
            made.of = Some(generations);
            let before = std::mem::take(&mut made.doors);
            made.doors = of(roster.doors(), (addresses, &numbers), &before);
        }
        Ok(made.doors.get(&at).cloned())
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().expect("nothing panics while looking")
    }
}

impl Made {
    fn generations(&mut self, roster: &Roster) -> Generations {
        loop {
            match self.changes.try_recv() {
                // Among what was missed one may have been replaced.
                Ok(Change::Webhooks) | Err(TryRecvError::Lagged(_)) => self.replaced += 1,
                Ok(_) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Generations {
            roster: roster.generation(),
            addresses: self.replaced,
        }
    }
}

impl Known {
    /// Whether the owner is told for the first time.
    pub(super) fn tell_once(&self) -> bool {
        !self.told.swap(true, Ordering::Relaxed)
    }
}

fn of(
    doors: Vec<Door>,
    (addresses, numbers): (&Addresses, &[Replaced]),
    before: &HashMap<[u8; 32], Arc<Known>>,
) -> HashMap<[u8; 32], Arc<Known>> {
    let known = |door: Door| {
        let number = replaced(numbers, door.community, &door.plugin, door.hook.endpoint());
        let at = digest(&addresses.token(door.community, &door.plugin, door.hook.endpoint(), number));
        // What is on its way still counts.
        let room = before.get(&at).map(|known| Arc::clone(&known.room));
        let known = Known {
            room: room.unwrap_or_else(|| Arc::new(Semaphore::new(CALLS_EACH))),
            told: AtomicBool::new(false),
            door,
        };
        (at, Arc::new(known))
    };
    doors.into_iter().map(known).collect()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
