//! Calls of plugins are sent until somebody answers, and told once, whatever dies in between.

mod child;
mod edges;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use switchboard::calls::{Caller, Calls, Sent};
use switchboard::clock::TestClock;
use switchboard::model::EventBody;
use switchboard::model::bytes::Bytes;
use switchboard::model::call::CallEnd;
use switchboard::storage::calls::{CallReads as _, CallUnit, NewCall};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::{Change, Page, Storage as _, Unit};
use switchboard::supervisor::{Bell, Stop, Supervisor};

/// Set for the child: where it dies, in which life it is, and the folder it works in.
const CHILD: &str = "SWITCHBOARD_CALLS_CHILD";

/// Where the child dies by itself: before the server has the call, before and after it is written what came of it.
const POINTS: [&str; 5] = ["before-arrival", "after-arrival", "applied", "committed", "answered"];

/// Deaths at each point, each time one step later.
const DEATHS: u32 = 4;

#[test]
fn nothing_is_lost_and_nothing_is_told_twice_when_the_process_is_killed() {
    if let Ok(spec) = std::env::var(CHILD) {
        child::run(&spec);
        return;
    }
    for point in POINTS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut died = 0;
        for life in 0..DEATHS {
            died += u32::from(!spawn(&format!(
                "{point} {} {life} {}",
                life + 1,
                folder.path().display()
            )));
        }
        assert_eq!(died, DEATHS, "{point}: it ended early each time");
        let last = format!("never 0 {DEATHS} {}", folder.path().display());
        assert!(spawn(&last), "{point}: the last life did not finish");
        check(folder.path(), point);
    }
}

/// Its plugin is off by now.
struct Off;

#[async_trait]
impl Caller for Off {
    async fn send(&self, _: &NewCall, _: &str) -> Sent {
        let problem = "garden/shop is off or gone".to_owned();
        Sent::Off { problem }
    }

    async fn hears(&self, _: &NewCall) -> bool {
        true
    }
}

#[tokio::test]
async fn a_call_of_a_plugin_that_is_off_ends_unsent_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::new(child::begins(0)));
    let storage = SqliteStorage::open(
        &folder.path().join(child::DATABASE),
        &Options::for_testing(),
        clock.clone(),
    );
    let storage = storage.expect("the database opens");
    let mut changes = storage.changes();
    let supervisor = Supervisor::new(Stop::new());
    Calls::new(storage.clone(), clock, Arc::new(Off), Bell::default()).start(&supervisor);
    let make = CallUnit::Make(Box::new(child::call(1)));
    storage.write(Unit::Call(make)).await.expect("it is made");
    let seq = loop {
        if let Change::Event(seq) = changes.recv().await.expect("storage tells") {
            break seq;
        }
    };
    let (event, _) = storage.event(seq).await.expect("readable").expect("it is there");
    let body = event.new.event.body;
    assert!(
        matches!(&body, EventBody::CallEnded { tries: 0, end: CallEnd::Unsent { problem }, .. } if problem == "garden/shop is off or gone"),
        "{body:?}"
    );
    assert!(
        supervisor.shut_down(std::time::Duration::from_secs(10)).await,
        "it stops"
    );
    storage.close().await;
}

/// Its plugin is held back: at first nothing can be sent for it, and then it cannot be told.
#[derive(Default)]
struct Held {
    runs: std::sync::atomic::AtomicBool,
}

impl Held {
    fn runs(&self) -> bool {
        self.runs.load(std::sync::atomic::Ordering::SeqCst)
    }
}

#[async_trait]
impl Caller for Held {
    async fn send(&self, _: &NewCall, _: &str) -> Sent {
        if self.runs() {
            return Sent::Answered {
                status: 201,
                body: b"made".to_vec(),
                retry_after: None,
            };
        }
        let problem = "the plugin was not running".to_owned();
        Sent::NotNow { problem }
    }

    async fn hears(&self, _: &NewCall) -> bool {
        self.runs()
    }
}

#[tokio::test]
async fn what_cannot_be_sent_or_told_now_waits_and_is_told_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::new(child::begins(0)));
    let path = folder.path().join(child::DATABASE);
    let storage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).expect("the database opens");
    let mut changes = storage.changes();
    let supervisor = Supervisor::new(Stop::new());
    let caller = Arc::new(Held::default());
    Calls::new(
        storage.clone(),
        clock.clone(),
        Arc::<Held>::clone(&caller),
        Bell::default(),
    )
    .start(&supervisor);
    let (sent, kept) = (child::call(1), child::call(2));
    let keep = CallUnit::Keep {
        call: Box::new(kept),
        tries: 3,
        end: Box::new(CallEnd::Answered {
            status: 409,
            body: Bytes::default(),
        }),
        due: child::begins(0),
    };
    let make = CallUnit::Make(Box::new(sent));
    let both = Unit::All(vec![Unit::Call(make), Unit::Call(keep)]);
    storage.write(both).await.expect("they are made");
    // Both are put off, whatever was tried so far: these two changes and one for each.
    let mut put_off = 0;
    while put_off < 4 {
        match changes.recv().await.expect("storage tells") {
            Change::Calls => put_off += 1,
            other => panic!("nobody is told yet: {other:?}"),
        }
    }
    caller.runs.store(true, std::sync::atomic::Ordering::SeqCst);
    clock.advance(std::time::Duration::from_secs(31));
    let mut told = BTreeMap::new();
    while told.len() < 2 {
        if let Change::Event(seq) = changes.recv().await.expect("storage tells") {
            let (event, _) = storage.event(seq).await.expect("readable").expect("it is there");
            let EventBody::CallEnded { name, tries, end, .. } = event.new.event.body else {
                panic!("it is about a call")
            };
            let CallEnd::Answered { status, .. } = end else {
                panic!("{end:?}")
            };
            told.insert(name, (tries, status));
        }
    }
    let expected = [("order-1", (1, 201)), ("order-2", (3, 409))].map(|(name, end)| (name.to_owned(), end));
    assert_eq!(told, BTreeMap::from(expected));
    assert!(
        supervisor.shut_down(std::time::Duration::from_secs(10)).await,
        "it stops"
    );
    storage.close().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_ends_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::new(child::begins(0)));
    let path = folder.path().join(child::DATABASE);
    let storage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).expect("the database opens");
    let makes = [1, 2].map(|number| Unit::Call(CallUnit::Make(Box::new(child::call(number)))));
    storage.write(Unit::All(makes.into())).await.expect("they are made");
    let database = rusqlite::Connection::open(&path).expect("it opens");
    let broken = "UPDATE call SET request = '{\"V9\": 7}' WHERE name = 'order-1'";
    assert_eq!(database.execute(broken, []).expect("it can be written"), 1);
    let mut changes = storage.changes();
    let supervisor = Supervisor::new(Stop::new());
    let caller = Arc::new(Held::default());
    caller.runs.store(true, std::sync::atomic::Ordering::SeqCst);
    Calls::new(storage.clone(), clock, caller, Bell::default()).start(&supervisor);
    let mut told = BTreeMap::new();
    while told.len() < 2 {
        if let Change::Event(seq) = changes.recv().await.expect("storage tells") {
            let (event, _) = storage.event(seq).await.expect("readable").expect("it is there");
            if let EventBody::CallEnded { name, end, .. } = event.new.event.body {
                told.insert(name, matches!(end, CallEnd::Answered { status: 201, .. }));
            }
        }
    }
    let expected = [("order-1".to_owned(), false), ("order-2".to_owned(), true)];
    assert_eq!(told, BTreeMap::from(expected));
    assert!(
        supervisor.shut_down(std::time::Duration::from_secs(10)).await,
        "it stops"
    );
    storage.close().await;
}

/// Runs the child until it dies or finishes; whether it finished.
fn spawn(spec: &str) -> bool {
    let test = "calls::nothing_is_lost_and_nothing_is_told_twice_when_the_process_is_killed";
    let child = Command::new(std::env::current_exe().expect("this binary has a path"))
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, spec)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    child.expect("the test binary can start itself").success()
}

/// Every call was sent, always with the same key, and told once; what the server refused for now was sent again.
#[tokio::main(flavor = "current_thread")]
async fn check(folder: &std::path::Path, point: &str) {
    let log = std::fs::read_to_string(folder.join(child::SERVER)).expect("the server has a log");
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in log.lines() {
        let (url, key) = line.split_once(' ').expect("address and key");
        keys.entry(url).or_default().insert(key);
    }
    assert_eq!(keys.len() as u128, child::CALLS, "{point}: {log}");
    assert!(keys.values().all(|keys| keys.len() == 1), "{point}: {keys:?}");
    let all: BTreeSet<_> = keys.values().flatten().collect();
    assert_eq!(all.len(), keys.len(), "{point}: no two calls have one key");
    // Twice by the server's wish, and again only what was on its way at a death.
    let most = 2 * child::CALLS + u128::from(DEATHS) * child::AT_ONCE;
    let sent = log.lines().count() as u128;
    assert!((2 * child::CALLS..=most).contains(&sent), "{point}: {sent} were sent");

    let clock = Arc::new(TestClock::new(child::begins(DEATHS + 1)));
    let storage = SqliteStorage::open(&folder.join(child::DATABASE), &Options::for_testing(), clock.clone());
    let storage = storage.expect("the database opens");
    let page = Page {
        before: None,
        limit: 1_000,
    };
    let mut told = BTreeMap::new();
    for (event, _) in storage.events(None, page, None).await.expect("events can be read") {
        if let EventBody::CallEnded { name, end, .. } = event.new.event.body {
            let answered = matches!(end, CallEnd::Answered { status: 200, .. });
            assert!(told.insert(name, answered).is_none(), "{point}: told twice");
        }
    }
    assert_eq!(told.len() as u128, child::CALLS, "{point}: {told:?}");
    assert!(told.values().all(|answered| *answered), "{point}: {told:?}");
    let open = storage
        .calls_due(child::begins(1_000), 9, 99)
        .await
        .expect("calls can be read");
    assert_eq!(open, [], "{point}");
    storage.close().await;
}
