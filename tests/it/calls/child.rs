//! The process that is killed: it makes some calls in its first life, and sends them until all have ended.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::calls::{Caller, Calls, Sent};
use switchboard::clock::{Clock, TestClock};
use switchboard::model::Timestamp;
use switchboard::model::bytes::Bytes;
use switchboard::model::call::CallRequest;
use switchboard::model::conversation::LaneKey;
use switchboard::model::ids::{CallId, CommunityId, EventId};
use switchboard::storage::calls::{CallReads as _, CallUnit, NewCall};
use switchboard::storage::sqlite::{Moment, Options, SqliteStorage};
use switchboard::storage::{Storage as _, Unit};
use switchboard::supervisor::{Bell, Stop, Supervisor};
use uuid::Uuid;

/// What has arrived: a line for each request, with address and key.
pub const SERVER: &str = "server.log";

pub const DATABASE: &str = "switchboard.db";

/// Calls in all.
pub const CALLS: u128 = 30;

/// Those of one plugin that are on their way at once.
pub const AT_ONCE: u128 = 4;

/// When a life begins.
pub fn begins(life: u32) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000) + Duration::from_mins(1) * life
}

/// Dies at the given count of a named point.
struct Death {
    point: String,
    left: AtomicU64,
}

impl Death {
    fn at(&self, point: &str) {
        if self.point == point && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}

/// A server that outlives the process, and has no time when it is asked for the first time.
struct Server {
    log: PathBuf,
    death: Arc<Death>,
}

#[async_trait]
impl Caller for Server {
    async fn send(&self, call: &NewCall, key: &str) -> Sent {
        self.death.at("before-arrival");
        let line = format!("{} {key}\n", call.request.url);
        let before = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut log = File::options()
            .append(true)
            .create(true)
            .open(&self.log)
            .expect("the log opens");
        log.write_all(line.as_bytes()).expect("the log can be written");
        self.death.at("after-arrival");
        Sent::Answered {
            status: if before.contains(&line) { 200 } else { 503 },
            body: Vec::new(),
            retry_after: None,
        }
    }

    async fn hears(&self, _: &NewCall) -> bool {
        true
    }
}

/// Runs until all calls have ended, or until it dies.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn run(spec: &str) {
    let mut words = spec.splitn(4, ' ');
    let mut word = || words.next().expect("point, count, life, folder").to_owned();
    let (point, after, life) = (word(), word(), word());
    let folder = word();
    let folder = Path::new(&folder);
    let life: u32 = life.parse().expect("a number");
    let death = Arc::new(Death {
        point,
        left: AtomicU64::new(after.parse().expect("a number")),
    });
    let clock = Arc::new(TestClock::new(begins(life)));
    let time: Arc<dyn Clock> = clock.clone();
    // The calls are there before anything can die.
    let storage = SqliteStorage::open(&folder.join(DATABASE), &Options::default(), Arc::clone(&time));
    let storage = storage.expect("the database opens");
    if life == 0 {
        let calls = (1..=CALLS).map(|number| Unit::Call(CallUnit::Make(Box::new(call(number)))));
        storage.write(Unit::All(calls.collect())).await.expect("calls are made");
    }
    storage.close().await;
    let dying = Arc::clone(&death);
    let options = Options {
        at_moment: Some(Arc::new(move |moment| {
            dying.at(match moment {
                Moment::Applied => "applied",
                Moment::Committed => "committed",
                Moment::Answered => "answered",
            });
        })),
        ..Options::default()
    };
    let storage = SqliteStorage::open(&folder.join(DATABASE), &options, Arc::clone(&time)).expect("it opens again");
    let server = Server {
        log: folder.join(SERVER),
        death,
    };
    let mut changes = storage.changes();
    let supervisor = Supervisor::new(Stop::new());
    Calls::new(storage.clone(), time, Arc::new(server), Bell::default()).start(&supervisor);
    while !storage
        .calls_due(begins(1_000), 1, 1)
        .await
        .expect("readable")
        .is_empty()
    {
        // What is put off is due at once; what is on its way is waited for.
        clock.advance(Duration::from_millis(100));
        let _ = tokio::time::timeout(Duration::from_millis(2), changes.recv()).await;
    }
    assert!(supervisor.shut_down(Duration::from_secs(10)).await, "it stops");
    storage.close().await;
}

/// The call with that number.
pub fn call(number: u128) -> NewCall {
    NewCall {
        id: CallId(Uuid::from_u128(number)),
        community: CommunityId(Uuid::from_u128(1)),
        plugin: "garden/shop".into(),
        event: EventId(Uuid::from_u128(number)),
        name: format!("order-{number}"),
        place: None,
        author: None,
        conversation: None,
        lane: LaneKey(format!("lane/{number}")),
        hops: 0,
        made_at: begins(0),
        request: CallRequest {
            method: "POST".to_owned(),
            url: format!("https://shop.example/orders/{number}"),
            headers: Vec::new(),
            body: Bytes::default(),
        },
    }
}
