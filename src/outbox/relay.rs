//! Sends what one login has to deliver. One task owns the schedule and all that is under way.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::buckets::Buckets;
use super::inbox::{Contents, Inbox};
use super::recent::Recent;
use super::results::{self, Ended};
use super::retry::{self, Next};
use super::schedule::{PRIORITIES, Pick, Row, Schedule};
use super::sending::{Fate, Outcome, is_too_late, send};
use crate::clock::Clock;
use crate::connectors::{Connector, DeliveryError};
use crate::model::amount;
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, PlaceRef};
use crate::storage::core::DeliveryState;
use crate::storage::unit::{DeliveryStep, NewDelivery};
use crate::storage::{SharedStorage, WriteError};
use crate::supervisor::{Bell, Stop};
use crate::telemetry::{self, Metric};

/// Sends under way at once; platforms answer in a tenth of a second, so that is hundreds a second.
const UNDER_WAY_MAX: usize = 64;

/// Deliveries of one priority in memory; what is more waits in the table. Some 1 KB each.
const IN_MEMORY_MAX: usize = 2048;

/// Results that may wait to be written; above it nothing is sent, because nobody could record it.
const RESULTS_MAX: usize = 1024;

/// Read from the table at once.
const PAGE: u32 = 256;

/// The wait after the database failed.
const FAULT_WAIT: Duration = Duration::from_secs(1);

/// After the stop is asked for, the relay goes on so long with what is due; the rest is sent after the next start.
const STOP_PATIENCE: Duration = Duration::from_secs(4);

/// What came of something under way.
enum Done {
    /// One send, begun at this time.
    Sent(Box<Row>, Duration, Result<Outcome, WriteError>),
    /// These steps; with those that a person ended meanwhile.
    Written(Vec<DeliveryStep>, Result<Vec<DeliveryId>, WriteError>),
    Typed,
}

/// One login's relay.
pub(super) struct Relay {
    connector: Arc<dyn Connector>,
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    inbox: Arc<Inbox>,
    events: Bell,
    schedule: Schedule,
    buckets: Arc<Buckets>,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    sending: usize,
    results: Vec<DeliveryStep>,
    writing: bool,
    /// To be tried again at this time, once it is written that they were not sent.
    unrecorded: HashMap<DeliveryId, (Row, Duration)>,
    /// A person decided about these while they were under way: whether they are tried again, the table says.
    decided: HashSet<DeliveryId>,
    /// How deliveries ended whose results are not written yet.
    fates: HashMap<DeliveryId, Fate>,
    /// Read from the table, perhaps to be handed over yet.
    recent: Recent,
    /// Nothing is written before this time: the database has failed.
    broken_until: Option<Duration>,
    /// For each priority, whether the table holds what memory does not, and from where to read on.
    behind: [Option<i64>; 4],
    /// Deliveries found as `Sending` at the first look are of a process that died.
    first_look: bool,
}

impl Relay {
    pub(super) fn new(
        connector: Arc<dyn Connector>,
        storage: SharedStorage,
        clock: Arc<dyn Clock>,
        inbox: Arc<Inbox>,
        buckets: Arc<Buckets>,
        events: Bell,
    ) -> Self {
        Self {
            connector,
            storage,
            clock,
            inbox,
            events,
            schedule: Schedule::new(Arc::clone(&buckets)),
            buckets,
            under_way: FuturesUnordered::new(),
            sending: 0,
            results: Vec::new(),
            writing: false,
            unrecorded: HashMap::new(),
            decided: HashSet::new(),
            fates: HashMap::new(),
            recent: Recent::default(),
            broken_until: None,
            behind: [Some(0); 4],
            first_look: true,
        }
    }

    /// Runs until `stop`, and then until all that can be sent at once is sent and recorded, within limits.
    pub(super) async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        let mut stopped_at = None;
        loop {
            let contents = self.inbox.take();
            self.open(contents);
            self.read_table().await;
            let patient = stopped_at.is_none_or(|since| self.clock.elapsed() < since + STOP_PATIENCE);
            let until = if patient { self.start_sends() } else { None };
            self.start_write();
            let idle = self.under_way.is_empty();
            let quiet =
                idle && self.results.is_empty() && !self.is_behind() && !self.schedule.has_ready(self.clock.elapsed());
            self.inbox.report(self.schedule.len(), quiet, until);
            let gauge = i64::try_from(self.schedule.len()).unwrap_or(i64::MAX);
            telemetry::set(Metric::DeliveriesQueued, self.connector.login().as_str(), gauge);
            if stop.is_requested() {
                stopped_at.get_or_insert_with(|| self.clock.elapsed());
                if idle && (self.results.is_empty() || !patient) {
                    return Ok(());
                }
            }
            let clock = Arc::clone(&self.clock);
            tokio::select! {
                done = self.under_way.next(), if !idle => {
                    if let Some(done) = done {
                        self.finish(done).await;
                    }
                }
                () = self.inbox.filled() => {}
                () = clock.sleep_until(until.unwrap_or_default()), if until.is_some() => {}
                () = stop.requested(), if stopped_at.is_none() => {}
            }
        }
    }

    fn is_behind(&self) -> bool {
        self.behind.iter().any(Option::is_some)
    }

    fn open(&mut self, contents: Contents) {
        if contents.look_again {
            self.behind = [Some(0); 4];
        }
        for delivery in contents.fresh {
            if self.recent.holds(delivery.id) {
                continue;
            }
            let priority = delivery.priority;
            // A row left to the table must not be overtaken by a later one.
            if self.behind[priority as usize].is_some() || self.schedule.count(priority) >= IN_MEMORY_MAX {
                self.behind[priority as usize].get_or_insert(0);
            } else {
                let row = self.row(delivery, 0);
                self.add(row);
            }
        }
        for id in contents.decided {
            // What was decided was decided before it was sent, and is told late.
            if self.schedule.is_repeated(id) {
                continue;
            }
            if !self.schedule.remove(id) && self.schedule.knows(id) {
                self.decided.insert(id);
            }
        }
        for (place, name) in contents.typing {
            self.type_in(place, name);
        }
    }

    fn row(&self, new: NewDelivery, attempt: u32) -> Row {
        let counted_in = self.connector.counted_in(&new.action.place);
        Row {
            new,
            attempt,
            cut: None,
            unsure: false,
            counted_in,
        }
    }

    fn add(&mut self, row: Row) {
        let now = self.clock.now();
        let wait = if row.new.action.body.is_too_late(now) {
            // Whoever has to hear that it is not done hears it at once.
            Duration::ZERO
        } else {
            row.new.due.since(now)
        };
        self.schedule.add(row, self.clock.elapsed(), wait);
    }

    fn type_in(&mut self, place: PlaceRef, name: Option<String>) {
        if !self.connector.capabilities(&place).typing {
            return;
        }
        let connector = Arc::clone(&self.connector);
        let action = FittedAction {
            delivery: DeliveryId(self.clock.id()),
            place,
            body: FittedBody::Typing { name },
        };
        self.under_way.push(Box::pin(async move {
            // True only now: what does not arrive is not missed.
            let _ = connector.deliver(&action).await;
            Done::Typed
        }));
    }

    /// Reads what memory lacks, the lowest priority first: whatever is committed while it reads goes no later than what was
    /// committed after it.
    async fn read_table(&mut self) {
        for priority in PRIORITIES.into_iter().rev() {
            while let Some(after) = self.behind[priority as usize] {
                if self.schedule.count(priority) + PAGE as usize > IN_MEMORY_MAX || self.is_broken() {
                    break;
                }
                let page = self
                    .storage
                    .deliveries_open(self.connector.login(), priority, after, PAGE)
                    .await;
                match page {
                    Ok(page) => {
                        let full = page.len() == PAGE as usize;
                        self.behind[priority as usize] = full.then(|| page.last().map_or(after, |row| row.seq));
                        for row in page {
                            self.take_stored(row.new, row.attempt, row.state).await;
                        }
                    }
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "deliveries could not be read");
                        self.broken_until = Some(self.clock.elapsed() + FAULT_WAIT);
                    }
                }
            }
        }
        if !self.is_behind() {
            self.first_look = false;
        }
    }

    async fn take_stored(&mut self, new: NewDelivery, attempt: u32, state: DeliveryState) {
        // How it ended may not be on disk yet.
        if self.schedule.knows(new.id) || self.fates.contains_key(&new.id) {
            return;
        }
        if state == DeliveryState::Sending {
            if !self.first_look {
                return;
            }
            // Marked before it was sent, and nobody is left who knows what became of it.
            if !new.idempotent {
                self.perhaps_sent(new, attempt).await;
                return;
            }
        }
        self.recent.add(new.id);
        let unsure = state == DeliveryState::Sending;
        let row = self.row(new, attempt);
        self.add(Row { unsure, ..row });
    }

    async fn perhaps_sent(&mut self, new: NewDelivery, attempt: u32) {
        let reason = "the program stopped while it was being sent".to_owned();
        // Where it was sent, what it waited for may have yet to tell once more: the table knows it then.
        let fate = match new.after {
            Some(_) => Fate::Open,
            None => Fate::perhaps_sent(&new.action),
        };
        self.fates.insert(new.id, fate);
        let row = self.row(new, attempt);
        let step = Ended::PerhapsSent(reason)
            .step(&row, &*self.storage, &*self.clock)
            .await;
        self.results.push(step);
    }

    fn is_broken(&mut self) -> bool {
        if self.broken_until.is_some_and(|until| until <= self.clock.elapsed()) {
            self.broken_until = None;
        }
        self.broken_until.is_some()
    }

    /// Starts what may be sent now; says when the next look is due.
    fn start_sends(&mut self) -> Option<Duration> {
        if self.is_broken() {
            return self.broken_until;
        }
        while self.sending < UNDER_WAY_MAX && self.results.len() < RESULTS_MAX {
            let connector = Arc::clone(&self.connector);
            let now = self.clock.elapsed();
            match self
                .schedule
                .next(now, |row| connector.capabilities(&row.action.place).as_ref().clone())
            {
                Pick::Send(mut row) => {
                    self.sending += 1;
                    let (connector, storage) = (Arc::clone(&self.connector), Arc::clone(&self.storage));
                    let clock = Arc::clone(&self.clock);
                    let fate = row.new.after.and_then(|after| self.fates.get(&after).cloned());
                    self.under_way.push(Box::pin(async move {
                        let result = send(&*connector, (&storage, &*clock), &mut row, fate).await;
                        Done::Sent(row, now, result)
                    }));
                }
                Pick::Until(until) => return Some(until),
                Pick::Nothing => return None,
            }
        }
        None
    }

    fn start_write(&mut self) {
        if self.writing || self.results.is_empty() || self.is_broken() {
            return;
        }
        let count = self.results.len().min(results::GROUP_MAX);
        let steps: Vec<DeliveryStep> = self.results.drain(..count).collect();
        self.writing = true;
        let storage = Arc::clone(&self.storage);
        self.under_way.push(Box::pin(async move {
            let result = results::write(&*storage, &steps).await;
            Done::Written(steps, result)
        }));
    }

    async fn finish(&mut self, done: Done) {
        match done {
            Done::Typed => {}
            Done::Written(steps, result) => {
                self.writing = false;
                match result {
                    Ok(over) => {
                        for id in steps.iter().filter_map(results::step_id) {
                            self.fates.remove(&id);
                            self.recorded(id, over.contains(&id)).await;
                        }
                        if steps.iter().any(results::brings_event) {
                            self.events.ring();
                        }
                    }
                    Err(error) => {
                        self.broken(&error);
                        self.results.splice(0..0, steps);
                    }
                }
            }
            Done::Sent(row, begun, result) => {
                self.sending -= 1;
                match result {
                    Ok(outcome) => self.sent(*row, begun, outcome).await,
                    Err(error) => {
                        self.broken(&error);
                        self.retry(*row, FAULT_WAIT);
                    }
                }
            }
        }
    }

    fn broken(&mut self, error: &WriteError) {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "deliveries could not be recorded, trying again"
        );
        self.broken_until = Some(self.clock.elapsed() + FAULT_WAIT);
    }

    async fn sent(&mut self, row: Row, begun: Duration, outcome: Outcome) {
        match outcome {
            Outcome::Arrived(receipt) => self.end(row, Ended::Arrived(receipt)).await,
            Outcome::Orphaned => self.end(row, Ended::Orphaned).await,
            Outcome::TooEarly => self.retry(row, FAULT_WAIT),
            Outcome::Over => self.over(&row.new),
            Outcome::TooLate => {
                let ended = Ended::too_late(row.unsure);
                self.end(row, ended).await;
            }
            Outcome::PerhapsSent(reason) => self.end(row, Ended::PerhapsSent(reason)).await,
            Outcome::Not(error) => self.failed(row, begun, &error).await,
        }
    }

    async fn failed(&mut self, mut row: Row, begun: Duration, error: &DeliveryError) {
        let now = self.clock.elapsed();
        row.unsure |= matches!(error, DeliveryError::Lost { .. });
        if let DeliveryError::Busy {
            retry_after,
            whole_login,
            ..
        } = error
        {
            let place = (!whole_login).then_some(&row.counted_in);
            self.buckets.pause(place, now + *retry_after);
        }
        // Being asked to wait is no attempt that failed.
        let busy = matches!(error, DeliveryError::Busy { .. });
        let attempt = row.attempt + u32::from(!busy);
        let jitter = self.clock.id().as_bytes()[15];
        let repeated = retry::repeat(error, row.cut.as_ref(), begun, now).filter(|_| !row.new.idempotent);
        match repeated.unwrap_or_else(|| retry::next(error, attempt, row.new.idempotent, jitter)) {
            // It will not be done, so nobody has to wait to hear that.
            Next::RetryAfter(wait) if row.new.action.body.is_too_late(self.clock.now() + wait) => {
                let ended = Ended::too_late(row.unsure);
                self.end(row, ended).await;
            }
            Next::RetryAfter(wait) => {
                self.tell_again(&row, error, wait);
                // What waits for another token is not late by itself: whoever starts again, perhaps with one, asks at once. While
                // it runs, the login's bucket knows until when. Any other wait a restart must not cut short.
                let for_a_person = matches!(error, DeliveryError::Busy { can_be_ended: true, .. });
                let wait = if for_a_person { Duration::ZERO } else { wait };
                let due = self.clock.now() + wait;
                self.results.push(DeliveryStep::Retry {
                    id: row.new.id,
                    attempt,
                    due,
                    reason: error.to_string(),
                });
                // Else it would be marked anew before the mark is taken off, and the mark would be taken off while it is sent.
                self.unrecorded.insert(row.new.id, (Row { attempt, ..row }, now + wait));
            }
            Next::RepeatAfter(wait, cut) => {
                self.tell_again(&row, error, wait);
                // It stays marked, so nobody can give it up: what was heard meanwhile is of before. Whether it was called off is
                // looked up before it is sent again.
                self.decided.remove(&row.new.id);
                self.schedule.retry(Row { cut: Some(cut), ..row }, now, wait);
            }
            Next::Fail(reason) => self.end(row, Ended::Failed(reason)).await,
            Next::Refuse(reason, how) => self.end(row, Ended::Refused(reason, how)).await,
            Next::PerhapsSent(reason) => self.end(row, Ended::PerhapsSent(reason)).await,
        }
    }

    /// It is on disk that it was not sent, or that a person ended it before.
    async fn recorded(&mut self, id: DeliveryId, over: bool) {
        let Some((row, at)) = self.unrecorded.remove(&id) else {
            return;
        };
        if over {
            self.over(&row.new);
            return;
        }
        // It may have been called off as long as it stood as being sent, and what waits for it must not wait for another try. Where
        // that cannot be read now, it is read before that.
        if let Ok(true) = is_too_late(&self.storage, &*self.clock, &row.new).await {
            let ended = Ended::too_late(row.unsure);
            self.end(row, ended).await;
            return;
        }
        self.retry(row, at.saturating_sub(self.clock.elapsed()));
    }

    /// It is tried again, if no person decided about it meanwhile.
    fn retry(&mut self, row: Row, wait: Duration) {
        if self.decided.contains(&row.new.id) {
            self.over(&row.new);
            self.behind = [Some(0); 4];
        } else {
            self.schedule.retry(row, self.clock.elapsed(), wait);
        }
    }

    /// It is under way no more.
    fn over(&mut self, delivery: &NewDelivery) {
        self.decided.remove(&delivery.id);
        self.schedule.ended(delivery, self.clock.elapsed());
    }

    fn tell_again(&self, row: &Row, error: &DeliveryError, wait: Duration) {
        telemetry::count_for(Metric::DeliveryRetriesTotal, self.connector.login().as_str());
        tracing::warn!(
            connector.name = %self.connector.login(),
            delivery.id = %row.new.id,
            error = %error,
            "delivery {} via {} is tried again {}",
            row.new.id,
            self.connector.login(),
            amount::after(wait)
        );
    }

    async fn end(&mut self, row: Row, ended: Ended) {
        self.fates.insert(row.new.id, Fate::of(&ended, &row.new.action));
        let step = ended.step(&row, &*self.storage, &*self.clock).await;
        self.results.push(step);
        self.over(&row.new);
    }
}

#[cfg(test)]
mod tests;
