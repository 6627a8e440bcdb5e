//! What was said while nothing ran: answered, late, or no longer anybody's to answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, SystemClock, TestClock};
use switchboard::dispatcher::Outcome;
use switchboard::model::EventBody;
use tokio::sync::watch;

use super::connect;
use super::fake::{BOT, DIRECT, Fake, HELP};
use crate::support::{Script, TestRuntime};

/// What was said, and whether it was late.
type Heard = watch::Sender<BTreeSet<(String, bool)>>;

/// Waits until so much was handled.
async fn handled(heard: &Heard, count: usize) -> BTreeSet<(String, bool)> {
    let mut all = heard.subscribe();
    let enough = tokio::time::timeout(Duration::from_mins(1), all.wait_for(|all| all.len() >= count));
    let enough = enough.await.is_ok();
    let all = heard.borrow().clone();
    assert!(enough, "{all:?}");
    all
}

/// It is said to the bot in the channel, and alone.
fn says(fake: &Fake, text: &str) {
    fake.says(HELP, &format!("<@{BOT}> {text} in the channel"));
    fake.says(DIRECT, &format!("{text} alone"));
}

fn pass(fake: &Fake, clock: &TestClock, minutes: u64) {
    fake.passes(Duration::from_mins(minutes));
    clock.advance(Duration::from_mins(minutes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_late_after_ten_minutes_and_not_even_heard_after_a_day() {
    let (fake, folder) = (Fake::start().await, tempfile::tempdir().unwrap());
    let heard: Arc<Heard> = Arc::default();
    let notes = Arc::clone(&heard);
    let runtime = TestRuntime::builder().handler(move |_| {
        let notes = Arc::clone(&notes);
        Script::new(move |event, snapshot| {
            if let EventBody::Message(said) = &event.new.event.body {
                let said = (said.content.to_plain(), snapshot.late);
                notes.send_if_modified(|all| all.insert(said));
            }
            Ok(Outcome::default())
        })
    });
    let runtime = runtime.start().await;
    // Ids on Discord tell the time, so that both have to have the same.
    runtime.clock.set(SystemClock::new().now());
    connect(&runtime, &fake, folder.path());
    fake.welcomed(1).await;
    says(&fake, "before");
    handled(&heard, 2).await;
    runtime.settled().await;

    let clock = Arc::clone(&runtime.clock);
    let away = || {
        fake.forget_sessions();
        pass(&fake, &clock, 55);
        says(&fake, "more than a day ago");
        pass(&fake, &clock, 20);
        says(&fake, "within the day");
        pass(&fake, &clock, 24 * 60 - 30);
        says(&fake, "fifteen minutes ago");
        pass(&fake, &clock, 10);
        says(&fake, "a moment ago");
        pass(&fake, &clock, 5);
    };
    let runtime = runtime.restart_after(away).await;
    connect(&runtime, &fake, folder.path());
    fake.welcomed(2).await;
    says(&fake, "now");
    let all = handled(&heard, 10).await;
    runtime.settled().await;
    let both = |(text, late): (&str, bool)| {
        [
            (format!("{text} in the channel"), late),
            (format!("{text} alone"), late),
        ]
    };
    let expected = [
        ("before", false),
        ("within the day", true),
        ("fifteen minutes ago", true),
        ("a moment ago", false),
        ("now", false),
    ];
    assert_eq!(all, expected.into_iter().flat_map(both).collect());
    assert_eq!(heard.borrow().len(), 10);
}
