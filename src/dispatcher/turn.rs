//! One event's turn: the handlers in order, the fold, the commit; again when somebody else was faster.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::handler::{HandlerError, Snapshot};
use super::lanes::Item;
use super::outcome::{Flow, Outcome};
use super::{Core, fold};
use crate::model::Timestamp;
use crate::model::ids::EventSeq;
use crate::storage::core::{EventState, StoredEvent, Trace, TraceStep, Verdict};
use crate::storage::unit::{Commit, EventEnd};
use crate::storage::{ReadError, Unit, WriteError};
use crate::telemetry::{self, Metric};

/// A third loser in a row points at a fault, not at bad luck: a person looks.
const TRIES_MAX: u32 = 3;

/// So often a handler may ask to be called again for one event.
const WAITS_MAX: u32 = 5;

/// So long a handler may keep its lane waiting for one event.
const WAIT_SUM_MAX: Duration = Duration::from_mins(1);

/// The wait before it is looked again whether a thread is there in which somebody has written already.
const OPENING_WAIT: Duration = Duration::from_secs(1);

/// So long what somebody wrote in a thread waits for it: who opens one by hand, below a message whose own thread the platform
/// holds up, is heard after this as anywhere else.
const OPENING_WAIT_SUM_MAX: Duration = Duration::from_mins(10);

/// The wait before an event is tried again whose outcome could not be stored: long enough for a disk to be freed.
const FAULT_WAIT: Duration = Duration::from_secs(2);

/// What a try came to.
enum Tried {
    Done,
    /// Somebody else was faster.
    Lost(String),
    /// Not now.
    Wait(Duration),
}

/// Why a turn came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Takes turns until the dispatcher stops. Many of these run at once.
pub(super) async fn work(core: Arc<Core>) -> Result<(), Infallible> {
    while let Some(item) = core.lanes.next().await {
        core.take_turn(item).await;
    }
    Ok(())
}

impl Core {
    async fn take_turn(&self, mut item: Item) {
        let (lane, seq) = (item.event.new.lane.clone(), item.event.seq);
        match self.run(&mut item).await {
            Ok(None) | Err(TurnError::Write(WriteError::Stopping)) => {}
            Ok(Some(wait)) => {
                self.lanes.delay(item, self.clock.elapsed() + wait);
                return;
            }
            Err(error) => {
                tracing::error!(
                    event.seq = seq.0,
                    error = &error as &dyn std::error::Error,
                    "event {} could not be handled, trying again",
                    seq.0
                );
                self.conversations.forget(&lane);
                if !self.lanes.is_stopping() {
                    self.lanes.delay(item, self.clock.elapsed() + FAULT_WAIT);
                    return;
                }
            }
        }
        self.lanes.finish(&lane, seq);
    }

    /// Handles the event, or says how long it has to wait.
    async fn run(&self, item: &mut Item) -> Result<Option<Duration>, TurnError> {
        let mut lost = String::new();
        for _ in 0..TRIES_MAX {
            match self.attempt(item).await? {
                Tried::Done => return Ok(None),
                Tried::Wait(wait) => return Ok(Some(wait)),
                Tried::Lost(what) => {
                    telemetry::count(Metric::EventConflictsTotal);
                    self.conversations.forget(&item.event.new.lane);
                    if self.is_over(item.event.seq).await? {
                        return Ok(None);
                    }
                    lost = what;
                }
            }
        }
        self.park(
            &item.event,
            format!("{lost} {TRIES_MAX} times while this event was being handled"),
        )
        .await?;
        Ok(None)
    }

    async fn attempt(&self, item: &mut Item) -> Result<Tried, TurnError> {
        // From when it came, so that those who wait behind one another wait no longer than the first: by the wall clock, which goes on
        // over a restart, and by the one that nobody sets back.
        let by_wall = self.clock.now().since(item.event.new.received_at);
        let waited = by_wall.max(self.clock.elapsed().saturating_sub(item.came));
        if waited < OPENING_WAIT_SUM_MAX && self.is_coming(&item.event).await? {
            return Ok(Tried::Wait(OPENING_WAIT));
        }
        item.begun.get_or_insert_with(|| self.clock.elapsed());
        item.turns += 1;
        let mut snapshot = self.snapshot(item).await?;
        if is_nobodys(&item.event, &snapshot) {
            return tried(self.pass_by(&item.event, snapshot.now).await);
        }
        let first = match self.choice(&item.event, &snapshot).await? {
            None => self.instead(&item.event).await?,
            chosen => chosen,
        };
        let mut outcome = first.unwrap_or_default();
        outcome.steps.extend(item.postponed.iter().cloned());
        for number in 0..self.handlers.len() {
            if outcome.flow == Flow::Stop {
                break;
            }
            if let Some(wait) = self.handle(number, item, &snapshot, &mut outcome).await {
                return Ok(Tried::Wait(wait));
            }
        }
        self.open_for_staff(&item.event, &mut snapshot, &outcome).await?;
        fold::settle(&mut outcome, snapshot.conversation.as_ref(), &item.event.new.event.body);
        let tried = tried(self.commit(&item.event, &snapshot, outcome).await)?;
        if let Tried::Done = tried {
            telemetry::count_for(Metric::EventsHandledTotal, item.event.new.event.body.kind());
            let took = self.clock.now().since(item.event.new.received_at);
            telemetry::observe(Metric::EventHandleSeconds, "", took);
        }
        Ok(tried)
    }

    /// Whether the event is of a thread into which a conversation is on its way. What is known of the lane is right again
    /// when it has come or will not.
    async fn is_coming(&self, event: &StoredEvent) -> Result<bool, ReadError> {
        let place = event.new.place.filter(|_| event.new.event.body.is_overheard());
        let place = match place {
            Some(id) => self.directory.place_of(id).await?,
            None => None,
        };
        let Some(thread) = place.filter(|place| place.thread) else {
            return Ok(false);
        };
        let Some(opening) = self.openings.of(&thread).await? else {
            return Ok(false);
        };
        if self.conversations.of_lane(&event.new.lane).await?.is_some() {
            return Ok(false);
        }
        let open = self.openings.look(opening).await?;
        if !open {
            self.conversations.forget(&event.new.lane);
        }
        Ok(open)
    }

    /// Runs one handler; says how long to wait when it asks for that.
    async fn handle(
        &self,
        number: usize,
        item: &mut Item,
        snapshot: &Snapshot,
        outcome: &mut Outcome,
    ) -> Option<Duration> {
        let handler = &self.handlers[number];
        if !handler.wants(&item.event.new.event) {
            return None;
        }
        let call = AssertUnwindSafe(handler.handle(&item.event, snapshot, outcome))
            .catch_unwind()
            .await;
        let problem = match call {
            Ok(Ok(next)) => {
                fold::add(outcome, next);
                return None;
            }
            Ok(Err(HandlerError::RetryAfter(wait))) => {
                let waited = self.clock.elapsed().saturating_sub(item.begun.unwrap_or_default());
                if item.waits < WAITS_MAX && waited + wait <= WAIT_SUM_MAX && !self.lanes.is_stopping() {
                    item.waits += 1;
                    let line = format!(
                        "turn {}: asked for the event again in {} ms",
                        item.turns,
                        wait.as_millis()
                    );
                    item.postponed.push(step(handler.name(), Verdict::Held, line));
                    return Some(wait);
                }
                "asked for more time than an event may take".to_owned()
            }
            Ok(Err(HandlerError::Failed(problem))) => problem,
            Err(_) => "broke while it handled the event".to_owned(),
        };
        tracing::warn!(
            event.seq = item.event.seq.0,
            handler.name = handler.name(),
            error = %problem,
            "handler {} failed at event {}",
            handler.name(),
            item.event.seq.0
        );
        outcome.steps.push(step(handler.name(), Verdict::Failed, problem));
        None
    }

    async fn is_over(&self, seq: EventSeq) -> Result<bool, ReadError> {
        let event = self.storage.event(seq).await?;
        Ok(event.is_none_or(|(event, _)| event.state != EventState::Accepted))
    }

    /// Nothing comes of the event, and what it says is not kept as a message.
    async fn pass_by(&self, event: &StoredEvent, at: Timestamp) -> Result<(), TurnError> {
        let why = "not meant for the bot, and the conversation has ended or did not come into this thread".to_owned();
        let commit = alone(event, EventEnd::Handled, at, step("dispatcher", Verdict::Filtered, why));
        self.storage.write(Unit::Commit(Box::new(commit))).await?;
        Ok(())
    }

    /// A person has to look: the event stays visible, and its lane goes on.
    async fn park(&self, event: &StoredEvent, why: String) -> Result<(), WriteError> {
        tracing::error!(event.seq = event.seq.0, "event {} is parked: {why}", event.seq.0);
        let commit = alone(
            event,
            EventEnd::Parked,
            self.clock.now(),
            step("dispatcher", Verdict::Failed, why),
        );
        match self.storage.write(Unit::Commit(Box::new(commit))).await {
            // Somebody ended it meanwhile, which is as good.
            Ok(_) | Err(WriteError::Conflict { .. }) => {
                telemetry::count(Metric::EventsParkedTotal);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether it was taken in as part of a conversation that is not there.
fn is_nobodys(event: &StoredEvent, snapshot: &Snapshot) -> bool {
    let reads_along = snapshot.place.as_ref().is_none_or(|place| place.overheard);
    let unheard = event.new.event.body.is_overheard() && !reads_along;
    unheard && (snapshot.fresh || snapshot.conversation.is_none())
}

/// Somebody who was faster is no fault.
fn tried(written: Result<(), TurnError>) -> Result<Tried, TurnError> {
    match written {
        Ok(()) => Ok(Tried::Done),
        Err(TurnError::Write(WriteError::Conflict { what })) => Ok(Tried::Lost(what)),
        Err(error) => Err(error),
    }
}

/// The end of an event of which nothing comes.
fn alone(event: &StoredEvent, end: EventEnd, at: Timestamp, why: TraceStep) -> Commit {
    Commit {
        event: event.seq,
        end,
        at,
        conversation: None,
        messages: Vec::new(),
        for_owners: false,
        changed_messages: Vec::new(),
        deliveries: Vec::new(),
        buttons: Vec::new(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: Trace {
            steps: vec![why],
            sent: Vec::new(),
        },
        also: Vec::new(),
    }
}

pub(super) fn step(who: &str, verdict: Verdict, line: String) -> TraceStep {
    TraceStep {
        who: who.to_owned(),
        verdict,
        line,
        cpu_us: None,
        calls: Vec::new(),
        actions: Vec::new(),
    }
}
