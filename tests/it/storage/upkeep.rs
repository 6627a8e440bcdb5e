//! Copies, putting back, and forgetting.

use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::jobs::{Jobs, next_after};
use switchboard::model::EventBody;
use switchboard::model::action::FileRef;
use switchboard::model::directory::Identity;
use switchboard::model::ids::{EventSeq, IdentityId, IdentityRef, JobId, LinkCodeId, MessageId};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::files::{Files, Sweep};
use switchboard::storage::person::{CodeHash, Limited, LinkAttempts, LinkCode, PersonReads as _, PersonUnit};
use switchboard::storage::quality::QualityReads as _;
use switchboard::storage::sqlite::{BackupError, Options, Retention, restore, verify};
use switchboard::storage::unit::{DirectoryUnit, JobWork, NewJob, Repeat};
use switchboard::storage::{Page, Storage as _, Unit};
use switchboard::supervisor::Bell;
use uuid::Uuid;

use super::conformance::judged;
use super::{START, fresh, fresh_at, given, reopen};

const NEWEST: Page = Page {
    before: None,
    limit: 10,
};

#[tokio::test]
async fn a_copy_made_while_writing_is_whole_and_can_be_put_back() {
    let (folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    given::accepted(&*storage, 10).await;
    let copy = folder.path().join("copy.db");
    let (report, later) = tokio::join!(storage.backup(&copy), given::accepted(&*storage, 11));
    let report = report.unwrap();
    assert_eq!(report.problems, [""; 0]);
    assert_eq!(verify(&copy).unwrap(), report);
    storage.close().await;
    drop(storage);

    restore(&copy, &folder.path().join("switchboard.db")).unwrap();
    let storage = reopen(&folder, &Options::for_testing());
    let events = storage.events_unhandled(EventSeq(0), 10).await.unwrap();
    let counted = report.counts.iter().find(|(table, _)| *table == "event").unwrap().1;
    assert_eq!(events.len() as u64, counted);
    assert!(events.iter().all(|event| event.seq <= later));
}

#[tokio::test]
async fn a_damaged_copy_is_not_put_back() {
    let (folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    let copy = folder.path().join("copy.db");
    std::fs::write(&copy, b"this is no database at all").unwrap();
    let error = restore(&copy, &folder.path().join("switchboard.db")).unwrap_err();
    assert!(matches!(error, BackupError::Damaged { .. }), "{error:?}");
    assert_eq!(storage.communities().await.unwrap().len(), 1);
}

/// An event that was handled at the start, with a message.
async fn said_long_ago(storage: &dyn switchboard::storage::Storage, number: u128) -> EventSeq {
    let seq = given::accepted(storage, number).await;
    let mut commit = given::commit(seq);
    commit.messages = vec![given::message(number, "long ago")];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    seq
}

#[tokio::test]
async fn what_is_old_is_forgotten_and_the_dry_run_says_how_much() {
    let (_folder, clock, storage) = fresh_at(&Options::for_testing());
    given::a_place(&*storage).await;
    let old = said_long_ago(&*storage, 10).await;
    said_long_ago(&*storage, 11).await;
    storage.index_messages().await.unwrap();
    let keep = Retention::default();
    let preview = async || storage.forget_preview(&keep).await.unwrap();

    clock.advance(Duration::from_hours(15 * 24));
    let before = preview().await;
    assert_eq!(before.rows[0], ("payloads and traces of events", 2));
    assert_eq!(before.rows.iter().map(|(_, rows)| rows).sum::<u64>(), 2);
    assert_eq!(storage.forget(&keep).await.unwrap(), before);
    assert_eq!(storage.event(old).await.unwrap(), None);
    let repeated = storage.write(given::accept(vec![given::event(10)])).await.unwrap();
    assert_eq!(
        repeated,
        switchboard::storage::Applied::Events(vec![switchboard::storage::unit::Stored::Duplicate(old)]),
        "a late repeat is still known"
    );
    assert!(storage.message(MessageId(Uuid::from_u128(10))).await.unwrap().is_some());

    clock.advance(Duration::from_hours(360 * 24));
    let before = preview().await;
    assert_eq!(storage.forget(&keep).await.unwrap(), before);
    let found = storage.search(given::COMMUNITY, "ago", NEWEST).await.unwrap();
    let found: Vec<_> = found.iter().map(|found| found.new.id.0.as_u128()).collect();
    assert_eq!(
        found,
        [11],
        "the newest row stays, so that its number is not given out again"
    );
}

#[tokio::test]
async fn questions_to_the_knowledge_base_are_forgotten_with_what_was_said() {
    let (_folder, clock, storage) = fresh_at(&Options::for_testing());
    given::a_place(&*storage).await;
    for number in [10, 11] {
        judged::ask(&*storage, judged::asked(number)).await;
    }
    let left = async || {
        let counts = storage.asked_counts(given::COMMUNITY, START).await.unwrap();
        counts.iter().map(|count| count.count).sum::<u64>()
    };
    clock.advance(Duration::from_hours(364 * 24));
    storage.forget(&Retention::default()).await.unwrap();
    assert_eq!(left().await, 2);
    clock.advance(Duration::from_hours(2 * 24));
    let before = storage.forget_preview(&Retention::default()).await.unwrap();
    assert!(
        before.rows.contains(&("questions to the knowledge base", 1)),
        "{before:?}"
    );
    storage.forget(&Retention::default()).await.unwrap();
    assert_eq!(
        left().await,
        1,
        "the newest row stays, so that its number is not given out again"
    );
}

#[tokio::test]
async fn what_is_not_handled_is_never_forgotten() {
    let (_folder, clock, storage) = fresh_at(&Options::for_testing());
    given::a_place(&*storage).await;
    let waiting = given::accepted(&*storage, 10).await;
    said_long_ago(&*storage, 11).await;
    clock.advance(Duration::from_hours(3 * 365 * 24));
    storage.forget(&Retention::default()).await.unwrap();
    let left = storage.events_unhandled(EventSeq(0), 10).await.unwrap();
    assert_eq!(left.iter().map(|event| event.seq).collect::<Vec<_>>(), [waiting]);
}

#[tokio::test]
async fn codes_that_link_accounts_are_forgotten_when_they_have_expired() {
    let (_folder, clock, storage) = fresh_at(&Options::for_testing());
    given::a_place(&*storage).await;
    let id = IdentityId(Uuid::from_u128(11));
    let identity = Identity {
        id,
        native: IdentityRef {
            scope: "loopback".into(),
            id: "alice".into(),
        },
        name: "Alice".to_owned(),
        bot: false,
        staff: false,
        roles: Vec::new(),
        language: None,
    };
    let expires = START + Duration::from_mins(10);
    let code = LinkCode {
        id: LinkCodeId(Uuid::from_u128(1)),
        community: given::COMMUNITY,
        identity: id,
        place: given::PLACE,
        message: MessageId(Uuid::from_u128(1)),
        expires,
        entered_by: None,
    };
    let units = vec![
        Unit::Directory(DirectoryUnit::Identity(identity)),
        Unit::Person(PersonUnit::Code {
            code: code.clone(),
            hash: CodeHash([7; 32]),
        }),
        Unit::Person(PersonUnit::Counted {
            what: Limited::Link,
            community: given::COMMUNITY,
            identity: id,
            attempts: LinkAttempts { count: 1, expires },
        }),
    ];
    storage.write(Unit::All(units)).await.unwrap();
    let keep = Retention::default();
    storage.forget(&keep).await.unwrap();
    assert_eq!(storage.link_code(code.id).await.unwrap(), Some(code.clone()));
    clock.advance(Duration::from_mins(11));
    let gone = storage.forget(&keep).await.unwrap();
    assert_eq!(gone.rows.iter().map(|(_, rows)| rows).sum::<u64>(), 2, "{gone:?}");
    assert_eq!(storage.link_code(code.id).await.unwrap(), None);
    let counted = storage.link_attempts(given::COMMUNITY, id, Limited::Link).await;
    assert_eq!(counted.unwrap(), None);
}

fn file(sha256: &str) -> FileRef {
    FileRef {
        sha256: sha256.to_owned(),
        name: "picture.png".to_owned(),
        media_type: "image/png".to_owned(),
        bytes: 3,
        alt: String::new(),
    }
}

#[tokio::test]
async fn files_go_when_no_message_and_no_waiting_event_names_them() {
    let (folder, clock, storage) = fresh_at(&Options::for_testing());
    given::a_place(&*storage).await;
    let files = Files::new(folder.path().join("files"));
    let [said, waiting, nobodys] = [b"abc", b"def", b"ghi"].map(|bytes| files.put(bytes).unwrap());
    let seq = given::accepted(&*storage, 10).await;
    let mut commit = given::commit(seq);
    let mut message = given::message(10, "look");
    message.files = vec![file(&said)];
    commit.messages = vec![message];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let mut event = given::event(11);
    let EventBody::Message(message) = &mut event.event.body else {
        panic!("a message")
    };
    message.files = vec![file(&waiting)];
    storage.write(given::accept(vec![event])).await.unwrap();

    // The files are of the system's time; the clock of the test is moved far beyond it.
    clock.advance(Duration::from_hours(24 * 365 * 100));
    assert_eq!(storage.sweep_files(&files, Sweep::Count).await.unwrap(), 1);
    assert_eq!(storage.sweep_files(&files, Sweep::Remove).await.unwrap(), 1);
    assert_eq!(files.get(&nobodys).unwrap(), None);
    assert!(files.get(&said).unwrap().is_some());
    assert!(files.get(&waiting).unwrap().is_some());
}

#[tokio::test]
async fn upkeep_that_was_missed_while_down_stays_due() {
    let (_folder, clock, storage) = fresh_at(&Options::for_testing());
    // As at a start, before anything runs.
    let start = async |cron: &str| {
        let jobs = Jobs::new(storage.clone(), clock.clone(), Bell::default(), Bell::default());
        let repeat = Repeat {
            cron: cron.to_owned(),
            zone: "UTC".to_owned(),
        };
        let job = NewJob {
            id: JobId(clock.id()),
            key: "upkeep/backup".to_owned(),
            due: next_after(&repeat, clock.now()).unwrap(),
            repeat: Some(repeat),
            work: JobWork::Upkeep {
                name: "backup".to_owned(),
            },
        };
        jobs.plan(job).await.unwrap();
        storage.job_next_due().await.unwrap().unwrap()
    };
    let due = start("0 * * * *").await;
    assert!(due > START);
    clock.advance(Duration::from_hours(5));
    assert_eq!(start("0 * * * *").await, due, "it is made up for");
    assert!(start("30 4 * * *").await > clock.now(), "another schedule begins anew");
}

#[test]
fn an_upgrade_keeps_the_old_database_beside_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("switchboard.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../src/storage/migrations/sqlite/0001_core.sql"))
        .unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);

    drop(reopen(&folder, &Options::for_testing()));
    let version = |path: &std::path::Path| -> u32 {
        let database = rusqlite::Connection::open(path).unwrap();
        database
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    };
    assert!(version(&path) > 1);
    let copy = folder.path().join("switchboard.db.before-upgrade-from-1");
    assert_eq!(version(&copy), 1);
    assert_eq!(verify(&copy).unwrap().problems, [""; 0]);
}

#[tokio::test]
async fn an_upgrade_keeps_what_is_to_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("switchboard.db")).unwrap();
    old.execute_batch(include_str!("../../../src/storage/migrations/sqlite/0001_core.sql"))
        .unwrap();
    let kept = given::delivery(40, MessageId(Uuid::from_u128(31)));
    let id = |id: Uuid| id.as_bytes().to_vec();
    old.execute(
        "INSERT INTO delivery (seq, id, kind, login, place, message, piece, priority, due, action, idempotent)
         VALUES (7, ?1, 'send', 'loopback', ?2, ?3, 0, 1, ?4, ?5, 1)",
        rusqlite::params![
            id(kept.id.0),
            id(kept.place.0),
            id(kept.message.unwrap().0),
            kept.due.as_millis(),
            serde_json::to_string(&kept.action).unwrap()
        ],
    )
    .unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);

    let storage = reopen(&folder, &Options::for_testing());
    let open = storage
        .deliveries_open(&"loopback".into(), kept.priority, 0, 10)
        .await
        .unwrap();
    let open: Vec<_> = open.into_iter().map(|delivery| (delivery.seq, delivery.new)).collect();
    assert_eq!(open, [(7, kept)]);
}

/// A database as it was before the migration whose name ends so.
fn before_migration(path: &std::path::Path, name: &str) -> rusqlite::Connection {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage/migrations/sqlite");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let old = rusqlite::Connection::open(path).unwrap();
    for file in files.iter().take_while(|file| !file.to_string_lossy().ends_with(name)) {
        old.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        let number: u32 = file.file_name().unwrap().to_string_lossy()[..4].parse().unwrap();
        old.pragma_update(None, "user_version", number).unwrap();
    }
    old
}

#[tokio::test]
async fn what_owners_said_about_plugins_before_an_upgrade_is_theirs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let old = before_migration(&folder.path().join("switchboard.db"), "_doors.sql");
    let id = |number: u128| Uuid::from_u128(number).as_bytes().to_vec();
    let say = |number: u128, conversation: u128, author: &str, text: &str| {
        let content = serde_json::to_string(&switchboard::model::Content::plain(text)).unwrap();
        let row = rusqlite::params![id(number), id(1), id(conversation), id(2), author, content];
        old.execute(
            "INSERT INTO message (id, community, conversation, place, author, note, content, at)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0)",
            row,
        )
        .unwrap();
    };
    let member = r#"{"t":"identity","id":"00000000-0000-0000-0000-000000000005"}"#;
    let host = r#"{"t":"host"}"#;
    say(10, 100, member, "/plugin config acme/refunds shop=x");
    say(11, 100, host, "shop is x");
    say(12, 100, member, "thank you");
    say(20, 200, member, "hello");
    say(21, 200, host, "A colleague comes.");
    drop(old);
    let storage = reopen(&folder, &Options::for_testing());
    for (number, for_owners) in [(10, true), (11, true), (12, false), (20, false), (21, false)] {
        let stored = storage.message(MessageId(Uuid::from_u128(number))).await.unwrap();
        assert_eq!(stored.unwrap().for_owners, for_owners, "{number}");
    }
}
