//! What is due later: fires once, at its time, also when the program was down across it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::model::conversation::LaneKey;
use switchboard::model::event::Source;
use switchboard::model::ids::JobId;
use switchboard::model::{Event, EventBody, Timestamp};
use switchboard::storage::Page;
use switchboard::storage::unit::{JobChange, JobWork, NewJob, Repeat};
use switchboard::supervisor::Bell;

use crate::support::TestRuntime;

fn job(runtime: &TestRuntime, key: &str, due: Timestamp, repeat: Option<Repeat>, work: Option<JobWork>) -> JobChange {
    let plugin = "test/tips".into();
    let event = Event {
        source: Source::Internal {
            conversation: None,
            place: None,
        },
        occurred_at: due,
        dedupe: String::new(),
        hops: 0,
        body: EventBody::Timer {
            plugin,
            id: key.to_owned(),
            due,
            payload: String::new(),
        },
    };
    let timer = JobWork::Event {
        community: runtime.community,
        place: None,
        lane: LaneKey(format!("timer/{key}")),
        event: Box::new(event),
    };
    JobChange::Put(NewJob {
        id: JobId(runtime.clock.id()),
        key: key.to_owned(),
        due,
        repeat,
        work: work.unwrap_or(timer),
    })
}

/// The moments at which timers went off, oldest first.
async fn fired(runtime: &TestRuntime) -> Vec<Timestamp> {
    let page = Page {
        before: None,
        limit: 100,
    };
    let events = runtime
        .storage
        .events(None, page, None)
        .await
        .expect("events can be read");
    let mut due: Vec<Timestamp> = events
        .iter()
        .filter_map(|(event, _)| match &event.new.event.body {
            EventBody::Timer { due, .. } => Some(*due),
            _ => None,
        })
        .collect();
    due.reverse();
    due
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_fires_once_at_its_time() {
    let runtime = TestRuntime::builder().start().await;
    let due = runtime.clock.now() + minutes(10);
    runtime
        .jobs
        .change(job(&runtime, "a", due, None, None))
        .await
        .expect("stored");
    runtime.advance(minutes(9)).await;
    assert_eq!(fired(&runtime).await, []);
    runtime.advance(minutes(1)).await;
    runtime.advance(minutes(60)).await;
    assert_eq!(fired(&runtime).await, [due]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_taken_back_does_not_fire() {
    let runtime = TestRuntime::builder().start().await;
    let due = runtime.clock.now() + minutes(10);
    runtime
        .jobs
        .change(job(&runtime, "a", due, None, None))
        .await
        .expect("stored");
    runtime
        .jobs
        .change(JobChange::Cancel { key: "a".to_owned() })
        .await
        .expect("stored");
    runtime.advance(minutes(20)).await;
    assert_eq!(fired(&runtime).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moments_missed_while_the_program_was_down_fire_once() {
    let runtime = TestRuntime::builder().start().await;
    let due = runtime.clock.now() + minutes(10);
    let hourly = Repeat {
        cron: "0 * * * *".to_owned(),
        zone: "UTC".to_owned(),
    };
    runtime
        .jobs
        .change(job(&runtime, "a", due, Some(hourly), None))
        .await
        .expect("stored");
    runtime.settled().await;
    let clock = Arc::clone(&runtime.clock);
    let runtime = runtime.restart_after(|| clock.advance(minutes(5 * 60))).await;
    runtime.settled().await;
    assert_eq!(fired(&runtime).await, [due]);
    let next = runtime.jobs.next_due().await.expect("readable").expect("due again");
    assert!(
        next > runtime.clock.now() && next.as_millis() % 3_600_000 == 0,
        "{next}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_that_fails_is_run_again() {
    let runtime = TestRuntime::builder().start().await;
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    runtime.jobs.register("sweep", move || {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                Err("the disk is busy".to_owned())
            } else {
                Ok(())
            }
        }
    });
    let work = JobWork::Upkeep {
        name: "sweep".to_owned(),
    };
    let due = runtime.clock.now();
    runtime
        .jobs
        .change(job(&runtime, "upkeep/sweep", due, None, Some(work)))
        .await
        .expect("stored");
    runtime.settled().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    runtime.advance(minutes(1)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert!(
        runtime
            .storage
            .jobs_by_key("upkeep/sweep", 10)
            .await
            .expect("readable")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_that_the_end_of_the_program_broke_off_is_run_after_the_next_start() {
    let runtime = TestRuntime::builder().start().await;
    let (begun, ending) = (Bell::default(), runtime.ending());
    let (bell, runs) = (begun.clone(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    runtime.jobs.register("long", move || {
        let (begun, ending) = (begun.clone(), ending.clone());
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            begun.ring();
            ending.requested().await;
            Err("it was broken off".to_owned())
        }
    });
    let work = JobWork::Upkeep {
        name: "long".to_owned(),
    };
    let due = runtime.clock.now();
    let planned = job(&runtime, "upkeep/long", due, None, Some(work));
    runtime.jobs.change(planned).await.expect("stored");
    bell.rung().await;
    // Earlier than it is due, so that it waits for whoever knows it.
    let clock = Arc::clone(&runtime.clock);
    let runtime = runtime.restart_after(|| clock.set(due - minutes(60))).await;
    assert_eq!(
        runs.load(Ordering::SeqCst),
        1,
        "nobody begins it while the program ends"
    );
    let waits = runtime.storage.jobs_by_key("upkeep/long", 10).await.expect("readable");
    let waits: Vec<_> = waits
        .into_iter()
        .map(|job| (job.new.due, job.attempt, job.reason))
        .collect();
    assert_eq!(waits, [(due, 0, None)], "no failure is counted");
    let done = Arc::clone(&runs);
    runtime.jobs.register("long", move || {
        done.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    });
    runtime.advance(minutes(60)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let left = runtime.storage.jobs_by_key("upkeep/long", 10).await.expect("readable");
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_repeats_nothing_and_keeps_what_is_planned() {
    let runtime = TestRuntime::builder().start().await;
    let start = runtime.clock.now();
    let due = start + minutes(10);
    runtime
        .jobs
        .change(job(&runtime, "first", due, None, None))
        .await
        .expect("a job can be planned");
    runtime.advance(minutes(10)).await;
    assert_eq!(fired(&runtime).await, [due]);

    runtime.clock.set(start - minutes(60));
    let again = start - minutes(50);
    runtime
        .jobs
        .change(job(&runtime, "second", again, None, None))
        .await
        .expect("a job can be planned");
    runtime.settled().await;
    assert_eq!(fired(&runtime).await, [due], "nothing is due yet");
    runtime.advance(minutes(10)).await;
    assert_eq!(fired(&runtime).await, [due, again]);
    runtime.advance(minutes(120)).await;
    assert_eq!(fired(&runtime).await, [due, again], "each fired once");
}
