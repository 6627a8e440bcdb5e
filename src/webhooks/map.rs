//! Which address is whose: made anew when who serves whom is, so that a call costs one look.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::Addresses;
use crate::dispatcher::chain::{Door, Roster};
use crate::storage::webhooks::{Replaced, replaced};
use crate::storage::{ReadError, SharedStorage};

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
#[derive(Default)]
pub(super) struct Map {
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    /// Of which generation of the roster; none before the first look.
    generation: Option<u64>,
    doors: HashMap<[u8; 32], Arc<Known>>,
}

impl Map {
    /// Whose address it is.
    pub(super) async fn find(
        &self,
        token: &str,
        (roster, addresses): (&Roster, &Addresses),
        storage: &SharedStorage,
    ) -> Result<Option<Arc<Known>>, ReadError> {
        let at = digest(token);
        // Read before the doors and the numbers, so that what changes meanwhile is looked at next time.
        let generation = roster.generation();
        {
            let made = self.made();
            if made.generation == Some(generation) {
                return Ok(made.doors.get(&at).cloned());
            }
        }
        let numbers = storage.webhooks_replaced().await?;
        let mut made = self.made();
        // Whoever came at the same moment may have looked later.
        if made.generation.is_none_or(|made| made < generation) {
            made.generation = Some(generation);
            let before = std::mem::take(&mut made.doors);
            made.doors = of(roster.doors(), (addresses, &numbers), &before);
        }
        Ok(made.doors.get(&at).cloned())
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().expect("nothing panics while looking")
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
