//! What plugins keep under keys.

use std::time::Duration;

use switchboard::model::Timestamp;
use switchboard::model::ids::Version;
use switchboard::storage::unit::{KvChange, KvRead, KvWrite};
use switchboard::storage::{Storage, Unit};

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY};

fn read(version: Option<Version>) -> KvRead {
    KvRead {
        plugin: "garden/tips".into(),
        community: COMMUNITY,
        key: "count".to_owned(),
        version,
    }
}

async fn wrote(storage: &dyn Storage, event: u128, seen: Option<KvRead>, change: KvChange) -> bool {
    let mut commit = given::commit(given::accepted(storage, event).await);
    commit.kv_read = seen.into_iter().collect();
    commit.kv = vec![KvWrite {
        plugin: "garden/tips".into(),
        community: COMMUNITY,
        key: "count".to_owned(),
        change,
    }];
    match storage.write(Unit::Commit(Box::new(commit))).await {
        Ok(_) => true,
        conflict => {
            given::assert_conflict(conflict);
            false
        }
    }
}

async fn value(storage: &dyn Storage, at: Timestamp) -> Option<(String, Version)> {
    let entry = storage
        .kv_get(&"garden/tips".into(), COMMUNITY, "count", at)
        .await
        .unwrap();
    entry.map(|entry| (String::from_utf8(entry.value).unwrap(), entry.version))
}

fn set(text: &str) -> KvChange {
    KvChange::Set {
        value: text.as_bytes().to_vec(),
        expires: None,
    }
}

pub async fn a_replaced_key_is_a_conflict_for_who_read_it(storage: &dyn Storage) {
    assert!(wrote(storage, 10, Some(read(None)), set("a")).await);
    assert!(!wrote(storage, 11, Some(read(None)), set("b")).await);
    let (_, version) = value(storage, START).await.unwrap();
    assert!(wrote(storage, 12, Some(read(Some(version))), set("c")).await);
    assert!(!wrote(storage, 13, Some(read(Some(version))), set("d")).await);
    assert_eq!(value(storage, START).await.unwrap().0, "c");
    let usage = storage.kv_usage(&"garden/tips".into(), COMMUNITY).await.unwrap();
    assert_eq!(usage, (1, 6));
}

pub async fn a_key_made_again_has_another_version(storage: &dyn Storage) {
    assert!(wrote(storage, 10, None, set("a")).await);
    let (_, first) = value(storage, START).await.unwrap();
    assert!(wrote(storage, 11, None, KvChange::Delete).await);
    assert!(wrote(storage, 12, None, set("a")).await);
    assert!(!wrote(storage, 13, Some(read(Some(first))), set("b")).await);
}

pub async fn counters_add_up(storage: &dyn Storage) {
    for (event, by) in [(10, 2), (11, 40), (12, -1)] {
        assert!(wrote(storage, event, None, KvChange::Add { by, expires: None }).await);
    }
    assert_eq!(value(storage, START).await.unwrap().0, "41");
}

pub async fn a_counter_is_raised_to_its_limit_and_no_further(storage: &dyn Storage) {
    let count = || KvChange::Count {
        max: 2,
        expires: START + Duration::from_mins(1),
    };
    for (event, counted) in [(10, true), (11, true), (12, false)] {
        assert_eq!(wrote(storage, event, None, count()).await, counted, "{event}");
    }
    assert_eq!(value(storage, START).await.unwrap().0, "2");
}

pub async fn keys_expire(storage: &dyn Storage) {
    let later = START + Duration::from_mins(1);
    let change = KvChange::Set {
        value: b"a".to_vec(),
        expires: Some(later),
    };
    assert!(wrote(storage, 10, None, change).await);
    assert!(value(storage, START).await.is_some());
    assert!(value(storage, later).await.is_none());
    let scan = async |after, at| {
        let plugin = "garden/tips".into();
        storage
            .kv_scan(&plugin, COMMUNITY, "co", after, 10, at)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(scan(None, START).await, 1);
    assert_eq!(scan(Some("count"), START).await, 0);
    assert_eq!(scan(None, later).await, 0);
}
