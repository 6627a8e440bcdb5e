//! Calls whose server does not answer, and a process that ends while one is on its way.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::calls::{Caller, Calls, Sent};
use switchboard::clock::TestClock;
use switchboard::model::EventBody;
use switchboard::storage::calls::{CallReads as _, CallUnit, NewCall};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::{Change, Storage as _, Unit};
use switchboard::supervisor::{Bell, Stop, Supervisor};
use tokio::sync::{Notify, Semaphore};

use super::child;

/// How many calls of one plugin are on their way at once.
const EACH_AT_ONCE: usize = 4;

/// Answers the calls of all plugins but one, whose server does not answer before it is let.
struct Server {
    hangs: &'static str,
    let_go: Semaphore,
    /// Plugin and key of each that arrived.
    arrived: Mutex<Vec<(String, String)>>,
    news: Notify,
}

impl Server {
    fn new(hangs: &'static str) -> Arc<Self> {
        Arc::new(Self {
            hangs,
            let_go: Semaphore::new(0),
            arrived: Mutex::default(),
            news: Notify::new(),
        })
    }

    fn keys(&self, plugin: &str) -> Vec<String> {
        let arrived = self.arrived.lock().expect("nobody panics while holding it");
        let its = arrived.iter().filter(|(of, _)| of == plugin);
        its.map(|(_, key)| key.clone()).collect()
    }
}

#[async_trait]
impl Caller for Server {
    async fn send(&self, call: &NewCall, key: &str) -> Sent {
        let plugin = call.plugin.to_string();
        let hangs = plugin == self.hangs;
        let arrived = (plugin, key.to_owned());
        self.arrived
            .lock()
            .expect("nobody panics while holding it")
            .push(arrived);
        self.news.notify_one();
        if hangs {
            self.let_go.acquire().await.expect("it is never closed").forget();
        }
        Sent::Answered {
            status: 200,
            body: Vec::new(),
            retry_after: None,
        }
    }

    async fn hears(&self, _: &NewCall) -> bool {
        true
    }
}

struct Life {
    storage: Arc<SqliteStorage>,
    changes: tokio::sync::broadcast::Receiver<Change>,
    supervisor: Supervisor,
}

fn live(folder: &Path, life: u32, server: &Arc<Server>) -> Life {
    let clock = Arc::new(TestClock::new(child::begins(life)));
    let path = folder.join(child::DATABASE);
    let storage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).expect("the database opens");
    let changes = storage.changes();
    let supervisor = Supervisor::new(Stop::new());
    Calls::new(storage.clone(), clock, Arc::<Server>::clone(server), Bell::default()).start(&supervisor);
    Life {
        storage,
        changes,
        supervisor,
    }
}

impl Life {
    async fn make(&self, calls: impl IntoIterator<Item = NewCall>) {
        let calls = calls.into_iter().map(|call| Unit::Call(CallUnit::Make(Box::new(call))));
        let made = self.storage.write(Unit::All(calls.collect())).await;
        made.expect("they are made");
    }

    /// Of which calls somebody is told next, and how often they were sent.
    async fn told(&mut self, count: usize) -> BTreeMap<String, u32> {
        let mut told = BTreeMap::new();
        while told.len() < count {
            if let Change::Event(seq) = self.changes.recv().await.expect("storage tells") {
                let (event, _) = self.storage.event(seq).await.expect("readable").expect("it is there");
                if let EventBody::CallEnded { name, tries, .. } = event.new.event.body {
                    assert!(told.insert(name, tries).is_none(), "told twice");
                }
            }
        }
        told
    }
}

#[tokio::test]
async fn a_server_that_hangs_holds_up_its_own_plugin_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::new("garden/shop");
    let mut life = live(folder.path(), 0, &server);
    let slow = (1..=8).map(child::call);
    let others = (9..=11).map(|number| NewCall {
        plugin: format!("garden/other-{number}").into(),
        ..child::call(number)
    });
    life.make(slow.chain(others)).await;
    let told = life.told(3).await;
    let names: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(names, ["order-10", "order-11", "order-9"]);
    while server.keys("garden/shop").len() < EACH_AT_ONCE {
        server.news.notified().await;
    }
    // Whoever comes now is not held up, either; and of the slow one no more are on their way.
    life.make([NewCall {
        plugin: "garden/late".into(),
        ..child::call(12)
    }])
    .await;
    assert_eq!(life.told(1).await.into_keys().collect::<Vec<_>>(), ["order-12"]);
    assert_eq!(server.keys("garden/shop").len(), EACH_AT_ONCE);
    server.let_go.add_permits(8);
    assert_eq!(life.told(8).await.len(), 8);
    assert!(life.supervisor.shut_down(Duration::from_secs(10)).await, "it stops");
    life.storage.close().await;
}

#[tokio::test]
async fn what_is_on_its_way_when_the_process_stops_is_sent_again_with_the_same_key_and_told_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::new("garden/shop");
    let life = live(folder.path(), 0, &server);
    life.make([child::call(1)]).await;
    while server.keys("garden/shop").is_empty() {
        server.news.notified().await;
    }
    let ended = life.supervisor.shut_down(Duration::from_millis(10)).await;
    assert!(!ended, "its server has not answered, and nobody waits for ever");
    life.storage.close().await;
    drop(life);

    server.let_go.add_permits(2);
    let mut life = live(folder.path(), 1, &server);
    assert_eq!(life.told(1).await, BTreeMap::from([("order-1".to_owned(), 1)]));
    let keys = server.keys("garden/shop");
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    let open = life.storage.calls_due(child::begins(1_000), 9, 9).await;
    assert_eq!(open.expect("calls can be read"), []);
    assert!(life.supervisor.shut_down(Duration::from_secs(10)).await, "it stops");
    life.storage.close().await;
}
