//! How much a plugin may still keep in a community: what is stored, and what waits for its commit, of all events at once.

use std::sync::{Arc, Mutex};

/// Keys, and bytes of keys and values.
pub(super) type Amount = (u64, u64);

/// The room of one plugin in one community, shared by all of its versions that are at work there. Whatever is stored, waits and is left
/// is never more than the quota, as far as the plugin's own writes decide that.
#[derive(Debug, Default)]
pub struct Room {
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    /// What can be taken without a look at what is stored.
    left: Amount,
    /// All that was ever taken …
    taken: Amount,
    /// … and that of it which was committed or given up.
    released: Amount,
}

/// A point in time before a look at what is stored.
pub(super) struct Before(Amount);

/// What one event has taken; it counts until this goes.
#[derive(Debug)]
pub(super) struct Holding {
    room: Arc<Room>,
    amount: Amount,
}

/// Room that is set aside for what an event writes, until the last of these is dropped: not before its commit.
#[derive(Clone, Debug, Default)]
pub struct Held {
    _holding: Option<Arc<Holding>>,
}

impl Room {
    /// To be asked for before the look at what is stored: what is committed meanwhile counts twice rather than not at all.
    pub(super) fn before(&self) -> Before {
        Before(self.ledger().released)
    }

    /// Counts anew: so much may be there, and so much was stored after `before`.
    pub(super) fn look(&self, before: &Before, quota: Amount, stored: Amount) {
        let mut ledger = self.ledger();
        let left = |quota: u64, stored: u64, taken: u64, released: u64| quota.saturating_sub(stored + taken - released);
        ledger.left = (
            left(quota.0, stored.0, ledger.taken.0, before.0.0),
            left(quota.1, stored.1, ledger.taken.1, before.0.1),
        );
    }

    /// Nothing can be taken before a look at what is stored.
    pub(super) fn forget(&self) {
        self.ledger().left = (0, 0);
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics while holding the room")
    }
}

impl Holding {
    pub(super) fn new(room: Arc<Room>) -> Self {
        Self { room, amount: (0, 0) }
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Takes room for one key with so many bytes, if that is left.
    pub(super) fn take(&mut self, bytes: u64) -> bool {
        let mut ledger = self.room.ledger();
        let fits = ledger.left.0 >= 1 && ledger.left.1 >= bytes;
        if fits {
            ledger.left = (ledger.left.0 - 1, ledger.left.1 - bytes);
            ledger.taken = (ledger.taken.0 + 1, ledger.taken.1 + bytes);
            self.amount = (self.amount.0 + 1, self.amount.1 + bytes);
        }
        fits
    }

    /// Hands over what was taken; what is taken from now on is the next event's.
    pub(super) fn hand_over(&mut self) -> Held {
        if self.amount == (0, 0) {
            return Held::default();
        }
        let next = Self::new(Arc::clone(&self.room));
        Held {
            _holding: Some(Arc::new(std::mem::replace(self, next))),
        }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut ledger = self.room.ledger();
        ledger.released = (ledger.released.0 + self.amount.0, ledger.released.1 + self.amount.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Amount = (10, 100);

    /// Takes until nothing is left, with a look at what is stored whenever it seems so. Answers how many keys it got.
    fn fill(holding: &mut Holding, stored: Amount, bytes: u64) -> u64 {
        for keys in 0.. {
            if !holding.take(bytes) {
                let before = holding.room().before();
                holding.room().look(&before, QUOTA, stored);
                if !holding.take(bytes) {
                    return keys;
                }
            }
        }
        unreachable!("the quota ends it")
    }

    #[test]
    fn what_waits_in_one_event_is_not_there_for_another() {
        let room = Arc::new(Room::default());
        let (mut one, mut two) = (Holding::new(Arc::clone(&room)), Holding::new(room));
        assert_eq!(fill(&mut one, (0, 0), 30), 3);
        assert_eq!(fill(&mut two, (0, 0), 30), 0);
        assert_eq!(fill(&mut two, (0, 0), 1), 7, "keys count, too");
        drop(one);
        assert_eq!(fill(&mut two, (0, 0), 30), 3, "the first was given up");
    }

    #[test]
    fn what_was_handed_over_counts_until_it_is_dropped() {
        let room = Arc::new(Room::default());
        let (mut one, mut two) = (Holding::new(Arc::clone(&room)), Holding::new(room));
        assert_eq!(fill(&mut one, (0, 0), 50), 2);
        let held = one.hand_over();
        assert_eq!(fill(&mut one, (0, 0), 50), 0);
        drop(held.clone());
        assert_eq!(fill(&mut two, (0, 0), 50), 0);
        drop(held);
        assert_eq!(fill(&mut two, (2, 100), 50), 0, "now it is stored");
        assert_eq!(fill(&mut two, (1, 50), 50), 1, "a key was deleted");
    }

    #[test]
    fn what_is_committed_during_the_look_counts_twice_rather_than_not_at_all() {
        let room = Arc::new(Room::default());
        let (mut one, mut two) = (Holding::new(Arc::clone(&room)), Holding::new(Arc::clone(&room)));
        assert_eq!(fill(&mut one, (0, 0), 50), 2);
        let before = room.before();
        drop(one.hand_over());
        room.look(&before, QUOTA, (0, 0));
        assert!(!two.take(1));
    }
}
