//! Sleeps until the next job is due, and fires it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::{Jobs, repeat};
use crate::model::Timestamp;
use crate::model::amount;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::EventId;
use crate::storage::core::StoredJob;
use crate::storage::unit::{JobStep, JobWork, NewEvent, NewJob};
use crate::storage::{ReadError, Unit, WriteError};
use crate::supervisor::{Restart, Stage, Supervisor};
use crate::telemetry::{self, Metric};

/// Jobs fired between two looks at the clock.
const BATCH: u32 = 64;

/// The longest sleep: the wall clock may be set, and another process may have written a job.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// The wait after the database failed.
const FAULT_WAIT: Duration = Duration::from_secs(1);

/// The wait before failed upkeep runs again; it doubles with each failure.
const RETRY_MIN: Duration = Duration::from_mins(1);

/// Failures of upkeep before a person has to look.
const ATTEMPTS_MAX: u32 = 6;

/// Clocks are corrected by less all the time, and nobody needs to know.
const SET_BACK_MIN: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Runs until the supervisor stops.
pub(super) async fn run(jobs: Arc<Jobs>, supervisor: Supervisor) -> Result<(), Infallible> {
    let stop = supervisor.stop();
    let mut seen = (jobs.clock.now(), jobs.clock.elapsed());
    while !stop.is_requested() {
        // Before the look at what is due, so that a clock that moves meanwhile is not slept through.
        let begun = jobs.clock.elapsed();
        let now = jobs.clock.now();
        if let Some(by) = set_back(seen.0, now, begun.saturating_sub(seen.1)) {
            tracing::warn!(
                "the clock was set back by {}: what is planned comes when it shows that time again",
                amount::span(by)
            );
        }
        seen = (now, begun);
        let wait = match round(&jobs, &supervisor).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "jobs could not be run, trying again"
                );
                FAULT_WAIT
            }
        };
        tokio::select! {
            () = stop.requested() => {}
            () = jobs.bell.rung() => {}
            () = jobs.clock.sleep_until(begun + wait) => {}
        }
    }
    Ok(())
}

/// How far the wall clock was set back while `passed` went by.
fn set_back(before: Timestamp, now: Timestamp, passed: Duration) -> Option<Duration> {
    let by = (before + passed).since(now);
    (by >= SET_BACK_MIN).then_some(by)
}

/// Fires what is due; says how long to sleep.
async fn round(jobs: &Arc<Jobs>, supervisor: &Supervisor) -> Result<Duration, RunError> {
    loop {
        let due = jobs.storage.jobs_due(jobs.clock.now(), BATCH).await?;
        let mut fired = false;
        for job in due {
            fired |= fire(jobs, supervisor, job).await?;
        }
        if !fired {
            break;
        }
    }
    let next = jobs.storage.job_next_due().await?;
    let wait = next.map_or(SLEEP_MAX, |next| next.since(jobs.clock.now()).min(SLEEP_MAX));
    // Upkeep that is running is due all the time.
    Ok(if wait.is_zero() { FAULT_WAIT } else { wait })
}

/// Fires one job; whether its row changed.
async fn fire(jobs: &Arc<Jobs>, supervisor: &Supervisor, job: StoredJob) -> Result<bool, RunError> {
    match &job.new.work {
        JobWork::Upkeep { name } => Ok(start_upkeep(jobs, supervisor, name.clone(), job)),
        JobWork::Event { .. } => {
            let event = event(&job.new, EventId(jobs.clock.id()), jobs.clock.now());
            let event = match event {
                Some(event) => Some(where_it_is_held(jobs, event).await?),
                None => None,
            };
            let stored = event.is_some();
            let step = done(&job.new, jobs.clock.now(), event);
            let fired = write(jobs, step).await?;
            if fired && stored {
                jobs.events.ring();
            }
            Ok(true)
        }
    }
}

/// Writes a step; whether the job was still as it was read.
async fn write(jobs: &Jobs, step: JobStep) -> Result<bool, WriteError> {
    match jobs.storage.write(Unit::Job(step)).await {
        Ok(_) => {
            telemetry::count(Metric::JobsFiredTotal);
            Ok(true)
        }
        Err(WriteError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The step that ends this run of the job. Moments missed meanwhile are skipped.
fn done(job: &NewJob, now: Timestamp, event: Option<NewEvent>) -> JobStep {
    let next = match &job.repeat {
        None => None,
        Some(repeat) => match repeat::next_after(repeat, now.max(job.due)) {
            Ok(next) => Some(next),
            Err(error) => {
                return JobStep::Failed {
                    id: job.id,
                    attempt: 1,
                    due: None,
                    reason: error.to_string(),
                };
            }
        },
    };
    JobStep::Fired {
        id: job.id,
        due: job.due,
        next,
        event: event.map(Box::new),
    }
}

/// The event that a job appends; the same for the same job and moment, so that it can be stored only once.
fn event(job: &NewJob, id: EventId, now: Timestamp) -> Option<NewEvent> {
    let JobWork::Event {
        community,
        place,
        lane,
        event,
    } = &job.work
    else {
        return None;
    };
    let mut event = Event::clone(event);
    event.occurred_at = job.due;
    event.dedupe = format!("job/{}/{}/{}", job.key, job.id, job.due.as_millis());
    if let EventBody::Timer { due, .. } = &mut event.body {
        *due = job.due;
    }
    Some(NewEvent {
        id,
        community: *community,
        place: *place,
        author: None,
        lane: lane.clone(),
        received_at: now,
        event,
    })
}

/// A conversation may have gone on in a thread since the job was made.
async fn where_it_is_held(jobs: &Jobs, mut event: NewEvent) -> Result<NewEvent, ReadError> {
    if let Source::Internal {
        conversation: Some(conversation),
        ..
    } = event.event.source
        && let Some(held) = jobs.storage.conversation(conversation).await?
    {
        (event.place, event.lane) = (Some(held.place), held.lane);
    }
    Ok(event)
}

/// Runs upkeep beside the runner, which must not wait for a backup; whether it was begun.
fn start_upkeep(jobs: &Arc<Jobs>, supervisor: &Supervisor, name: String, job: StoredJob) -> bool {
    // From the first moment on in which the program ends: what breaks off because of it is not begun again.
    let ending = supervisor.stage(Stage::Intake).stop();
    if ending.is_requested() {
        return false;
    }
    let work = jobs
        .upkeep
        .lock()
        .expect("no code panics while it holds the upkeep")
        .get(&name)
        .cloned();
    let mut running = jobs
        .running
        .lock()
        .expect("no code panics while it holds the running jobs");
    if !running.insert(name.clone()) {
        return false;
    }
    drop(running);
    let jobs = Arc::clone(jobs);
    supervisor.spawn(format!("upkeep-{name}"), Restart::Never, move || {
        let (jobs, name, job, work) = (Arc::clone(&jobs), name.clone(), job.clone(), work.clone());
        let ending = ending.clone();
        async move {
            let result = match work {
                Some(work) => work(job.new.key.clone()).await,
                None => Err(format!("this program knows no upkeep called {name}")),
            };
            let step = match result {
                Ok(()) => Some(done(&job.new, jobs.clock.now(), None)),
                // It stays due, and is run after the next start.
                Err(_) if ending.is_requested() => None,
                Err(reason) => Some(failed(&jobs, &job, reason)),
            };
            let written = match step {
                Some(step) => write(&jobs, step).await.map(drop),
                None => Ok(()),
            };
            jobs.running
                .lock()
                .expect("no code panics while it holds the running jobs")
                .remove(&name);
            jobs.bell.ring();
            written
        }
    });
    true
}

fn failed(jobs: &Jobs, job: &StoredJob, reason: String) -> JobStep {
    telemetry::count(Metric::JobsFailedTotal);
    let attempt = job.attempt + 1;
    let wait = RETRY_MIN.saturating_mul(2_u32.saturating_pow(attempt - 1));
    let due = (attempt < ATTEMPTS_MAX).then(|| jobs.clock.now() + wait);
    tracing::warn!(job.key = %job.new.key, error = %reason, "job {} failed", job.new.key);
    JobStep::Failed {
        id: job.new.id,
        attempt,
        due,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(now_ms: i64, expected: Option<u64>) {
        let before = Timestamp::from_millis(100_000);
        let by = set_back(before, Timestamp::from_millis(now_ms), Duration::from_secs(10));
        assert_eq!(by, expected.map(Duration::from_secs));
    }

    #[test]
    fn a_clock_that_was_set_back_is_told_from_one_that_goes_on() {
        check(110_000, None);
        check(109_000, None);
        check(500_000, None);
        check(50_000, Some(60));
    }
}
