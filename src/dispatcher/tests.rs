//! What is changed by others is heard from the start on, and after a restart nothing old is believed.

use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::clock::TestClock;
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::Unit;
use crate::storage::sqlite::{Options as SqliteOptions, SqliteStorage};
use crate::storage::unit::DirectoryUnit;
use crate::supervisor::Stop;

const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));

async fn names(storage: &SharedStorage, name: &str) {
    let unit = DirectoryUnit::Community {
        id: COMMUNITY,
        name: name.to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    };
    storage.write(Unit::Directory(unit)).await.expect("it can be written");
}

/// A dispatcher that does not run yet, and knows the community as `Garden`.
async fn with_a_garden() -> (Dispatcher, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
    let database = folder.path().join("switchboard.db");
    let storage: SharedStorage =
        SqliteStorage::open(&database, &SqliteOptions::for_testing(), Arc::clone(&clock)).expect("a database");
    names(&storage, "Garden").await;
    let events = Bell::default();
    let dispatcher = Dispatcher::new(Parts {
        outbox: Arc::new(Outbox::new(Arc::clone(&storage), Arc::clone(&clock), events.clone())),
        storage,
        clock,
        jobs: Bell::default(),
        events,
        handlers: Vec::new(),
        commands: Arc::new(NoCommands),
        options: Options::one_community(COMMUNITY),
    });
    assert_eq!(known(&dispatcher).await, "Garden");
    (dispatcher, folder)
}

async fn known(dispatcher: &Dispatcher) -> String {
    let community = dispatcher.core.directory.community(COMMUNITY).await;
    community.expect("it can be read").name.clone()
}

#[tokio::test]
async fn what_is_changed_before_its_tasks_have_begun_is_heard() {
    let (dispatcher, _folder) = with_a_garden().await;
    let supervisor = Supervisor::new(Stop::new());
    dispatcher.start(&supervisor, &Handle::current());
    let storage = Arc::clone(&dispatcher.core.storage);
    // On a thread that this one waits for, so that no task of the dispatcher can have taken a step.
    let elsewhere = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(names(&storage, "Orchard"));
    });
    elsewhere.join().expect("it is written");
    let heard = async {
        while known(&dispatcher).await != "Orchard" {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), heard).await;
    assert!(waited.is_ok(), "the dispatcher never heard of it");
    assert!(supervisor.shut_down(Duration::from_secs(10)).await);
}

#[tokio::test]
async fn who_hears_changes_again_after_a_fault_believes_nothing_of_before() {
    let (dispatcher, _folder) = with_a_garden().await;
    names(&dispatcher.core.storage, "Orchard").await;
    assert_eq!(known(&dispatcher).await, "Garden", "nobody has told it yet");
    let supervisor = Supervisor::new(Stop::new());
    supervisor.stop().request();
    let ended = follow(Arc::clone(&dispatcher.core), supervisor, None).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(known(&dispatcher).await, "Orchard");
}
