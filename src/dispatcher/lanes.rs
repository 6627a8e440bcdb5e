//! Keeps events in order: one queue for each lane, one event of a lane at a time, many lanes at once.
//!
//! Owns what is in memory of accepted events and nothing of what they mean. The table is the truth: what does not fit
//! here stays there, and `refill` brings it when there is room.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::conversation::LaneKey;
use crate::model::directory::{Identity, Place};
use crate::model::ids::EventSeq;
use crate::storage::core::{StoredEvent, TraceStep};
use crate::supervisor::Bell;

/// A person types less in the time that one answer takes; when full, the connector stops reading.
pub(super) const LANE_QUEUE_MAX: usize = 64;

/// Events in memory over all lanes; some 2 KB each, so a backlog costs at most about 8 MB.
pub(super) const IN_HAND_MAX: usize = 4096;

/// An event in memory, with what accepting has looked up already.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) event: StoredEvent,
    pub(super) place: Option<Arc<Place>>,
    pub(super) author: Option<Arc<Identity>>,
    /// How many turns it had, with the one it is in.
    pub(super) turns: u32,
    /// How often a handler asked to be called again.
    pub(super) waits: u32,
    /// A line for each time a handler asked to be called again.
    pub(super) postponed: Vec<TraceStep>,
    /// When it came into memory, by [`Clock::elapsed`](crate::clock::Clock::elapsed).
    pub(super) came: Duration,
    /// When its first turn began, by the same.
    pub(super) begun: Option<Duration>,
}

impl Item {
    /// It comes into memory now.
    pub(super) fn new(event: StoredEvent, now: Duration) -> Self {
        Self {
            event,
            place: None,
            author: None,
            turns: 0,
            waits: 0,
            postponed: Vec::new(),
            came: now,
            begun: None,
        }
    }
}

/// All lanes that have something to do.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    state: Mutex<State>,
    ready: Notify,
    room: Notify,
    delayed: Bell,
    /// Rung when the table has events that memory has not.
    pub(super) behind: Bell,
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<LaneKey, Lane>,
    ready: VecDeque<LaneKey>,
    delayed: BinaryHeap<Reverse<(Duration, LaneKey)>>,
    in_hand: HashSet<EventSeq>,
    tickets: u64,
    open_tickets: usize,
    behind: bool,
    /// Something was left in the table since the last look at it.
    dirty: bool,
    stopping: bool,
}

#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<Queued>,
    /// Writes under way that may bring events of this lane.
    tickets: Vec<u64>,
    phase: Phase,
}

#[derive(Debug)]
struct Queued {
    item: Item,
    /// Writes with a ticket below this one may still bring an earlier event.
    barrier: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    Ready,
    Running,
    Delayed,
}

/// What became of an event read from the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// It is in memory, now or before.
    Taken,
    /// Its lane is full; it stays in the table.
    LaneFull,
}

/// A write under way that will bring events. Dropped without [`Reservation::fill`], it leaves them to the table.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    lanes: &'a Lanes,
    keys: Vec<LaneKey>,
    ticket: u64,
    filled: bool,
}

impl Lanes {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the lanes")
    }

    /// Waits until these lanes have room.
    pub(super) async fn room(&self, keys: &[LaneKey]) {
        loop {
            let changed = self.room.notified();
            if self.state().has_room(keys) {
                return;
            }
            changed.await;
        }
    }

    /// Announces a write, so that no later event of these lanes overtakes what it brings.
    pub(super) fn reserve(&self, keys: Vec<LaneKey>) -> Reservation<'_> {
        let mut state = self.state();
        let ticket = state.tickets;
        state.tickets += 1;
        state.open_tickets += 1;
        for key in &keys {
            if let Some(lane) = state.lanes.get_mut(key) {
                lane.tickets.push(ticket);
            } else {
                let lane = Lane {
                    tickets: vec![ticket],
                    ..Lane::default()
                };
                state.lanes.insert(key.clone(), lane);
            }
        }
        Reservation {
            lanes: self,
            keys,
            ticket,
            filled: false,
        }
    }

    /// Resolves when a turn ends.
    pub(super) async fn something_finished(&self) {
        let changed = self.room.notified();
        if self.state().in_hand.is_empty() {
            return;
        }
        changed.await;
    }

    /// The next event whose turn it is; none when stopping and nothing is left.
    pub(super) async fn next(&self) -> Option<Item> {
        loop {
            let rung = self.ready.notified();
            {
                let mut state = self.state();
                if let Some(item) = state.take() {
                    if !state.ready.is_empty() {
                        self.ready.notify_one();
                    }
                    return Some(item);
                }
                if state.stopping {
                    return None;
                }
            }
            rung.await;
        }
    }

    /// The turn of this event is over.
    pub(super) fn finish(&self, key: &LaneKey, seq: EventSeq) {
        let mut state = self.state();
        state.in_hand.remove(&seq);
        if let Some(lane) = state.lanes.get_mut(key) {
            lane.phase = Phase::Idle;
        }
        state.settle(key);
        self.wake(state);
        self.room.notify_waiters();
    }

    /// Puts the event back at the head of its lane, to be tried again at `until`.
    pub(super) fn delay(&self, item: Item, until: Duration) {
        let mut state = self.state();
        let key = item.event.new.lane.clone();
        let lane = state.lanes.entry(key.clone()).or_default();
        lane.queue.push_front(Queued { item, barrier: 0 });
        lane.phase = Phase::Delayed;
        state.delayed.push(Reverse((until, key)));
        drop(state);
        self.delayed.ring();
    }

    /// Wakes lanes whose wait is over; says when the next one is.
    pub(super) fn wake_delayed(&self, now: Duration) -> Option<Duration> {
        let mut state = self.state();
        let mut next = None;
        while let Some(Reverse((until, key))) = state.delayed.pop() {
            if until > now {
                next = Some(until);
                state.delayed.push(Reverse((until, key)));
                break;
            }
            if let Some(lane) = state.lanes.get_mut(&key) {
                lane.phase = Phase::Idle;
            }
            state.settle(&key);
        }
        self.wake(state);
        next
    }

    /// Resolves when a lane was put aside.
    pub(super) async fn delayed(&self) {
        self.delayed.rung().await;
    }

    /// From now on events are read from the table, until memory has caught up with it.
    pub(super) fn fall_behind(&self) {
        let mut state = self.state();
        state.behind = true;
        state.dirty = true;
        drop(state);
        self.behind.ring();
    }

    pub(super) fn is_behind(&self) -> bool {
        self.state().behind
    }

    /// A reading of the table begins.
    pub(super) fn begin_pass(&self) {
        self.state().dirty = false;
    }

    /// The reading has come to its end; whether nothing was left in the table meanwhile.
    pub(super) fn caught_up(&self) -> bool {
        let mut state = self.state();
        state.behind = state.dirty;
        !state.behind
    }

    /// Takes an event read from the table, if there is room for it.
    pub(super) fn offer(&self, event: StoredEvent, now: Duration) -> Offer {
        let mut state = self.state();
        if state.in_hand.contains(&event.seq) {
            return Offer::Taken;
        }
        let key = event.new.lane.clone();
        if state
            .lanes
            .get(&key)
            .is_some_and(|lane| lane.queue.len() >= LANE_QUEUE_MAX)
        {
            return Offer::LaneFull;
        }
        state.insert(&key, Item::new(event, now));
        state.settle(&key);
        self.wake(state);
        Offer::Taken
    }

    /// No new event is begun once the queues are empty.
    pub(super) fn stop(&self) {
        self.state().stopping = true;
        self.ready.notify_waiters();
        self.room.notify_waiters();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.state().stopping
    }

    /// How many events are in memory, and in how many lanes.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let state = self.state();
        (state.in_hand.len(), state.lanes.len())
    }

    /// How many events of a lane have not had their turn.
    pub(super) fn waiting(&self, key: &LaneKey) -> usize {
        self.state().lanes.get(key).map_or(0, |lane| lane.queue.len())
    }

    /// Whether there is nothing to do but wait.
    pub(super) fn is_quiet(&self, now: Duration) -> bool {
        let state = self.state();
        if state.delayed.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            return false;
        }
        let waiting = state.delayed.len();
        !state.behind && state.open_tickets == 0 && state.ready.is_empty() && state.lanes.len() == waiting
    }

    fn wake(&self, state: MutexGuard<'_, State>) {
        let any = !state.ready.is_empty();
        let stopping = state.stopping;
        drop(state);
        if any {
            self.ready.notify_one();
        }
        if stopping {
            self.ready.notify_waiters();
        }
    }
}

impl State {
    fn has_room(&self, keys: &[LaneKey]) -> bool {
        self.stopping
            || self.in_hand.len() < IN_HAND_MAX
                && keys
                    .iter()
                    .all(|key| self.lanes.get(key).is_none_or(|lane| lane.queue.len() < LANE_QUEUE_MAX))
    }

    fn insert(&mut self, key: &LaneKey, item: Item) {
        if !self.in_hand.insert(item.event.seq) {
            return;
        }
        let barrier = self.tickets;
        if !self.lanes.contains_key(key) {
            self.lanes.insert(key.clone(), Lane::default());
        }
        let lane = self.lanes.get_mut(key).expect("the lane was just made");
        // Answers of two writes may come in another order than their events were stored in.
        let behind = lane
            .queue
            .iter()
            .rev()
            .take_while(|queued| queued.item.event.seq > item.event.seq)
            .count();
        let position = lane.queue.len() - behind;
        lane.queue.insert(position, Queued { item, barrier });
    }

    /// Makes the lane ready if it may run, removes it if it has nothing to do.
    fn settle(&mut self, key: &LaneKey) {
        let Some(lane) = self.lanes.get_mut(key) else { return };
        if lane.phase != Phase::Idle {
            return;
        }
        match lane.queue.front() {
            Some(front) if lane.tickets.iter().all(|ticket| *ticket >= front.barrier) => {
                lane.phase = Phase::Ready;
                self.ready.push_back(key.clone());
            }
            None if lane.tickets.is_empty() => {
                self.lanes.remove(key);
            }
            Some(_) | None => {}
        }
    }

    fn take(&mut self) -> Option<Item> {
        let key = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&key).expect("a ready lane is in the map");
        lane.phase = Phase::Running;
        let queued = lane.queue.pop_front().expect("a ready lane has an event");
        Some(queued.item)
    }
}

impl Reservation<'_> {
    /// The write is on disk and brought these events.
    pub(super) fn fill(mut self, items: impl IntoIterator<Item = Item>) {
        self.filled = true;
        let lanes = self.lanes;
        let mut state = lanes.state();
        let mut overflow = state.behind;
        for item in items {
            let key = item.event.new.lane.clone();
            let full = state
                .lanes
                .get(&key)
                .is_some_and(|lane| lane.queue.len() >= 2 * LANE_QUEUE_MAX);
            // What is left in the table must not be overtaken, so all later events are left there, too.
            overflow |= full || state.in_hand.len() >= 2 * IN_HAND_MAX;
            if overflow {
                state.behind = true;
                state.dirty = true;
            } else {
                state.insert(&key, item);
            }
        }
        self.release(&mut state);
        lanes.wake(state);
        if overflow {
            lanes.behind.ring();
        }
    }

    fn release(&self, state: &mut State) {
        state.open_tickets -= 1;
        for key in &self.keys {
            if let Some(lane) = state.lanes.get_mut(key) {
                lane.tickets.retain(|ticket| *ticket != self.ticket);
            }
            state.settle(key);
        }
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.filled {
            return;
        }
        // Nobody knows whether the write happened: the table knows.
        let mut state = self.lanes.state();
        self.release(&mut state);
        state.behind = true;
        state.dirty = true;
        self.lanes.wake(state);
        self.lanes.behind.ring();
    }
}
