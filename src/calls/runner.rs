//! Sends what is due, many calls at once, and writes what came of each.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::retry::{self, Next};
use super::{Calls, key};
use crate::model::call::CallEnd;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::{CallId, EventId};
use crate::storage::calls::{CallState, CallUnit, NewCall, StoredCall};
use crate::storage::unit::NewEvent;
use crate::storage::{Change, ReadError, Unit, WriteError};
use crate::supervisor::Stop;
use crate::telemetry::{self, Metric};

/// Calls on their way at once. Each holds a socket and at most two bodies.
const AT_ONCE: usize = 32;

/// Those of one plugin in one community, so that one whose server is slow leaves room for the others.
const EACH_AT_ONCE: u32 = 4;

/// Rows read at once: those that are on their way, which are due all the time, and as many again.
const READ_AT_ONCE: u32 = 64;

/// The longest sleep: the wall clock may be set.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// The wait after the database failed.
const FAULT_WAIT: Duration = Duration::from_secs(1);

/// Calls on their way.
#[derive(Default)]
struct Sending {
    tasks: FuturesUnordered<BoxFuture<'static, CallId>>,
    ids: HashSet<CallId>,
}

/// Runs until `stop`; what is on its way then is waited for.
pub(super) async fn run(calls: Calls, stop: Stop, heard: Option<Receiver<Change>>) -> Result<(), Infallible> {
    let mut changes = heard.unwrap_or_else(|| calls.storage.changes());
    let mut sending = Sending::default();
    while !stop.is_requested() {
        // Before the look at what is due, so that a clock that moves meanwhile is not slept through.
        let begun = calls.clock.elapsed();
        let wait = match begin(&calls, &mut sending).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "calls of plugins could not be read, trying again"
                );
                FAULT_WAIT
            }
        };
        tokio::select! {
            () = stop.requested() => {}
            () = made(&mut changes) => {}
            () = calls.clock.sleep_until(begun + wait) => {}
            Some(id) = sending.tasks.next() => {
                sending.ids.remove(&id);
            }
        }
    }
    while sending.tasks.next().await.is_some() {}
    Ok(())
}

/// Resolves when there may be a call more.
async fn made(changes: &mut Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Calls) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            // Storage is gone, and so are we soon.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Begins to send what is due and not on its way, as far as there is room; says how long to sleep.
async fn begin(calls: &Calls, sending: &mut Sending) -> Result<Duration, ReadError> {
    let now = calls.clock.now();
    for call in calls.storage.calls_due(now, EACH_AT_ONCE, READ_AT_ONCE).await? {
        if sending.ids.len() < AT_ONCE && sending.ids.insert(call.new.id) {
            sending.tasks.push(Box::pin(send(calls.clone(), call)));
        }
    }
    let next = calls.storage.call_next_due(now).await?;
    Ok(next.map_or(SLEEP_MAX, |next| next.since(now).min(SLEEP_MAX)))
}

/// Sends the call once and writes what came of it.
async fn send(calls: Calls, call: StoredCall) -> CallId {
    let id = call.new.id;
    let unit = step(&calls, call).await;
    let ended = matches!(unit, CallUnit::Ended { .. });
    loop {
        match calls.storage.write(Unit::Call(unit.clone())).await {
            Ok(_) => break,
            // Its plugin was taken out meanwhile, with all its calls; or we stop, and it is sent again after the next start, with
            // the same key.
            Err(WriteError::Conflict { .. } | WriteError::Stopping) => return id,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what came of call {id} could not be stored, trying again"
                );
                // Not to be sent again before this is known.
                calls.clock.sleep_until(calls.clock.elapsed() + FAULT_WAIT).await;
            }
        }
    }
    if ended {
        calls.events.ring();
    }
    id
}

/// What is written after the call was sent once.
async fn step(calls: &Calls, call: StoredCall) -> CallUnit {
    let StoredCall { new, tries, state } = call;
    match state {
        CallState::Open => {}
        CallState::Ended(end) if calls.caller.hears(&new).await => return ended(calls, new, tries, end).await,
        CallState::Ended(_) => return delayed(calls, &new, retry::NOT_NOW_WAIT),
        CallState::Unreadable(why) => {
            tracing::error!(call.id = %new.id, plugin = %new.plugin, error = %why, "the row of call {} cannot be read", new.id);
            let problem = "what is stored of it cannot be read".to_owned();
            return ended(calls, new, tries, CallEnd::Unanswered { problem }).await;
        }
    }
    if let Some(end) = retry::too_old(new.made_at, calls.clock.now()) {
        return ended(calls, new, tries, end).await;
    }
    let sent = calls.caller.send(&new, &key(&new)).await;
    let (tries, now) = (tries + u32::from(sent.has_left()), calls.clock.now());
    let jitter = calls.clock.id().as_bytes()[15];
    match retry::next(sent, tries, new.made_at, now, jitter) {
        Next::Again(wait) => {
            tracing::debug!(call.id = %new.id, plugin = %new.plugin, tries, "call {} is sent again in {wait:?}", new.id);
            let (id, due) = (new.id, now + wait);
            CallUnit::Postponed { id, tries, due }
        }
        Next::Later(wait) => delayed(calls, &new, wait),
        Next::End(end) => ended(calls, new, tries, end).await,
    }
}

fn delayed(calls: &Calls, call: &NewCall, wait: Duration) -> CallUnit {
    tracing::debug!(call.id = %call.id, plugin = %call.plugin, "call {} waits for its plugin for {wait:?}", call.id);
    CallUnit::Delayed {
        id: call.id,
        due: calls.clock.now() + wait,
    }
}

/// The end of a call, with the event that tells of it.
async fn ended(calls: &Calls, call: NewCall, tries: u32, end: CallEnd) -> CallUnit {
    match &end {
        CallEnd::Answered { .. } => telemetry::count_for(Metric::CallsEndedTotal, "answered"),
        CallEnd::Unanswered { problem } => {
            telemetry::count_for(Metric::CallsEndedTotal, "unanswered");
            tracing::warn!(call.id = %call.id, plugin = %call.plugin, tries, error = %problem, "call {} has no answer", call.id);
        }
        CallEnd::Unsent { problem } => {
            telemetry::count_for(Metric::CallsEndedTotal, "unsent");
            tracing::warn!(call.id = %call.id, plugin = %call.plugin, reason = %problem, "call {} is not sent", call.id);
        }
    }
    let (mut place, mut lane) = (call.place, call.lane);
    if let Some(id) = call.conversation {
        // The conversation may have gone on in a thread since. One that was not kept, or cannot be read, has not.
        if let Ok(Some(held)) = calls.storage.conversation(id).await {
            (place, lane) = (Some(held.place), held.lane);
        }
    }
    let now = calls.clock.now();
    let event = NewEvent {
        id: EventId(calls.clock.id()),
        community: call.community,
        place,
        author: call.author,
        lane,
        received_at: now,
        event: Event {
            source: Source::Internal {
                conversation: call.conversation,
                place,
            },
            occurred_at: now,
            dedupe: format!("call/{}", call.id),
            hops: call.hops.saturating_add(1),
            body: EventBody::CallEnded {
                plugin: call.plugin,
                community: call.community,
                name: call.name,
                tries,
                end,
            },
        },
    };
    CallUnit::Ended {
        id: call.id,
        event: Box::new(event),
    }
}
