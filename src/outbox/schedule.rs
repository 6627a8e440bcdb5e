//! Whose turn it is among the deliveries of one login. Pure: it does no I/O and is told the time.
//!
//! Owns order, priorities and rates. A person's reply goes first, then answers, notices, campaigns; order holds within
//! place, conversation and priority. A delivery that waits holds back only those behind it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::buckets::Buckets;
use super::retry::Cut;
use crate::model::action::Priority;
use crate::model::capability::Capabilities;
use crate::model::ids::{ConversationId, DeliveryId, PlaceId, PlaceRef};
use crate::storage::unit::NewDelivery;

/// One slot in so many goes to a campaign, however busy the rest is.
const CAMPAIGN_EVERY: u32 = 20;

/// All priorities, the first one first.
pub(super) const PRIORITIES: [Priority; 4] = [Priority::Reply, Priority::Answer, Priority::Notice, Priority::Campaign];

/// A delivery in memory.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) new: NewDelivery,
    /// How often it was tried before.
    pub(super) attempt: u32,
    /// Set while it is repeated because it was cut off.
    pub(super) cut: Option<Cut>,
    /// An earlier try was cut off, so that it may have been done all the same.
    pub(super) unsure: bool,
    /// The place whose limits it counts against.
    pub(super) counted_in: PlaceRef,
}

/// Deliveries that keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ChainKey {
    priority: Priority,
    place: PlaceId,
    conversation: Option<ConversationId>,
}

impl ChainKey {
    fn of(row: &NewDelivery) -> Self {
        Self {
            priority: row.priority,
            place: row.place,
            conversation: row.conversation,
        }
    }
}

#[derive(Debug, Default)]
struct Chain {
    rows: VecDeque<Row>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    Ready,
    Sending,
    Waiting,
    /// Another delivery has to end first.
    Blocked,
}

/// What to do now.
#[derive(Debug)]
pub(super) enum Pick {
    /// Send this.
    Send(Box<Row>),
    /// Nothing before this time.
    Until(Duration),
    /// Nothing at all.
    Nothing,
}

/// The deliveries of one login that are in memory.
#[derive(Debug)]
pub(super) struct Schedule {
    chains: HashMap<ChainKey, Chain>,
    ready: [VecDeque<ChainKey>; 4],
    waiting: BinaryHeap<Reverse<(Duration, ChainKey)>>,
    /// Chains whose head waits for this delivery.
    blocked: HashMap<DeliveryId, Vec<ChainKey>>,
    known: BTreeMap<DeliveryId, Priority>,
    counts: [usize; 4],
    buckets: Arc<Buckets>,
    since_campaign: u32,
}

impl Schedule {
    pub(super) fn new(buckets: Arc<Buckets>) -> Self {
        Self {
            chains: HashMap::new(),
            ready: Default::default(),
            waiting: BinaryHeap::new(),
            blocked: HashMap::new(),
            known: BTreeMap::new(),
            counts: [0; 4],
            buckets,
            since_campaign: 0,
        }
    }

    /// Whether the delivery is here, waiting or being sent.
    pub(super) fn knows(&self, id: DeliveryId) -> bool {
        self.known.contains_key(&id)
    }

    /// How many there are of a priority.
    pub(super) fn count(&self, priority: Priority) -> usize {
        self.counts[priority as usize]
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether something waits that could be sent now.
    pub(super) fn has_ready(&self, now: Duration) -> bool {
        self.is_lined_up() && self.buckets.login_free_at(now) <= now
    }

    fn is_lined_up(&self) -> bool {
        self.ready.iter().any(|queue| !queue.is_empty())
    }

    /// Adds a delivery behind its chain; `wait` is how far off its due time is.
    pub(super) fn add(&mut self, row: Row, now: Duration, wait: Duration) {
        if self.known.insert(row.new.id, row.new.priority).is_some() {
            return;
        }
        self.counts[row.new.priority as usize] += 1;
        let key = ChainKey::of(&row.new);
        let chain = self.chains.entry(key).or_default();
        chain.rows.push_back(row);
        if chain.phase == Phase::Idle {
            self.line_up(key, now, wait);
        }
    }

    /// Whether the delivery is being repeated: it stays marked in the table until that is over, so that nobody can have decided
    /// about it since. That it was called off is looked up before each repeat.
    pub(super) fn is_repeated(&self, id: DeliveryId) -> bool {
        let mut rows = self.chains.values().flat_map(|chain| &chain.rows);
        rows.any(|row| row.new.id == id && row.cut.is_some())
    }

    /// Takes a delivery out that is not being sent; whether it was here.
    pub(super) fn remove(&mut self, id: DeliveryId) -> bool {
        for chain in self.chains.values_mut() {
            let sending = usize::from(chain.phase == Phase::Sending);
            if let Some(position) = chain.rows.iter().skip(sending).position(|row| row.new.id == id) {
                let row = chain.rows.remove(position + sending);
                if let Some(row) = row {
                    self.forget(&row.new);
                }
                return true;
            }
        }
        false
    }

    /// The next delivery. It stays at the head of its chain until [`Schedule::ended`] or [`Schedule::retry`].
    pub(super) fn next(&mut self, now: Duration, abilities: impl Fn(&NewDelivery) -> Capabilities) -> Pick {
        self.wake(now);
        // While nothing goes out at all nobody is looked at: a long queue costs no more than a short one.
        let login_free_at = self.buckets.login_free_at(now);
        if login_free_at > now && self.is_lined_up() {
            return Pick::Until(login_free_at);
        }
        let mut until: Option<Duration> = None;
        for priority in self.order() {
            for _ in 0..self.ready[priority as usize].len() {
                let Some(key) = self.ready[priority as usize].pop_front() else {
                    break;
                };
                let Some(row) = self.chains.get(&key).and_then(|chain| chain.rows.front()) else {
                    self.chains.remove(&key);
                    continue;
                };
                if let Some(after) = row.new.after.filter(|after| self.knows(*after)) {
                    self.set_phase(key, Phase::Blocked);
                    self.blocked.entry(after).or_default().push(key);
                    continue;
                }
                let free_at = self.buckets.free_at(&row.counted_in, now, || abilities(&row.new));
                if free_at <= now {
                    let row = row.clone();
                    self.start(key, &row.counted_in, now);
                    return Pick::Send(Box::new(row));
                }
                until = Some(until.map_or(free_at, |until| until.min(free_at)));
                self.put_off(key, free_at);
            }
        }
        if let Some(Reverse((time, _))) = self.waiting.peek() {
            until = Some(until.map_or(*time, |until| until.min(*time)));
        }
        until.map_or(Pick::Nothing, Pick::Until)
    }

    /// The delivery at the head has ended, one way or other.
    pub(super) fn ended(&mut self, row: &NewDelivery, now: Duration) {
        let key = ChainKey::of(row);
        self.forget(row);
        let Some(chain) = self.chains.get_mut(&key) else { return };
        chain.rows.pop_front();
        chain.phase = Phase::Idle;
        if chain.rows.is_empty() {
            self.chains.remove(&key);
        } else {
            self.line_up(key, now, Duration::ZERO);
        }
    }

    /// The delivery at the head is tried again after `wait`, as it is now.
    pub(super) fn retry(&mut self, row: Row, now: Duration, wait: Duration) {
        let key = ChainKey::of(&row.new);
        let Some(chain) = self.chains.get_mut(&key) else { return };
        if let Some(head) = chain.rows.front_mut() {
            *head = row;
        }
        chain.phase = Phase::Idle;
        self.line_up(key, now, wait);
    }

    /// Priorities in the order in which they are looked at now.
    fn order(&self) -> [Priority; 4] {
        let [reply, answer, notice, campaign] = PRIORITIES;
        if self.since_campaign + 1 >= CAMPAIGN_EVERY {
            [campaign, reply, answer, notice]
        } else {
            PRIORITIES
        }
    }

    fn start(&mut self, key: ChainKey, place: &PlaceRef, now: Duration) {
        if let Some(chain) = self.chains.get_mut(&key) {
            chain.phase = Phase::Sending;
        }
        self.buckets.take(place, now);
        let waits = !self.ready[Priority::Campaign as usize].is_empty();
        self.since_campaign = match key.priority {
            Priority::Campaign => 0,
            _ if waits => self.since_campaign + 1,
            _ => 0,
        };
    }

    fn line_up(&mut self, key: ChainKey, now: Duration, wait: Duration) {
        if wait.is_zero() {
            self.set_phase(key, Phase::Ready);
            self.ready[key.priority as usize].push_back(key);
        } else {
            self.put_off(key, now + wait);
        }
    }

    fn put_off(&mut self, key: ChainKey, until: Duration) {
        self.set_phase(key, Phase::Waiting);
        self.waiting.push(Reverse((until, key)));
    }

    fn set_phase(&mut self, key: ChainKey, phase: Phase) {
        if let Some(chain) = self.chains.get_mut(&key) {
            chain.phase = phase;
        }
    }

    fn wake(&mut self, now: Duration) {
        while let Some(Reverse((until, key))) = self.waiting.peek().copied() {
            if until > now {
                return;
            }
            self.waiting.pop();
            self.set_phase(key, Phase::Ready);
            self.ready[key.priority as usize].push_back(key);
        }
    }

    fn forget(&mut self, row: &NewDelivery) {
        if self.known.remove(&row.id).is_some() {
            self.counts[row.priority as usize] -= 1;
        }
        for key in self.blocked.remove(&row.id).unwrap_or_default() {
            self.set_phase(key, Phase::Ready);
            self.ready[key.priority as usize].push_back(key);
        }
    }
}

#[cfg(test)]
mod tests;
