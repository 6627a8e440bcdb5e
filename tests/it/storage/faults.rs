//! When the disk lets us down: a clear error, nothing lost, nothing half.

use std::io::{Seek, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use switchboard::model::ids::EventSeq;
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::sqlite::{Moment, Options};
use switchboard::storage::{Applied, Storage, Unit, WriteError};

use super::{fresh, given, reopen};

/// SQLite's default.
const PAGE_BYTES: u64 = 4096;

/// Writes until storage refuses, and answers how many events were taken and the refusal.
async fn fill(storage: &dyn Storage) -> (i64, WriteError) {
    for number in 1..10_000 {
        let mut event = given::event(number);
        event.event.dedupe = format!("{}{number}", "x".repeat(4096));
        if let Err(error) = storage.write(given::accept(vec![event])).await {
            return (i64::try_from(number).unwrap() - 1, error);
        }
    }
    panic!("never full");
}

#[tokio::test]
async fn a_full_disk_says_so_and_keeps_what_was_accepted() {
    let small = Options {
        pages_max: Some(200),
        ..Options::for_testing()
    };
    let (folder, storage) = fresh(&small);
    given::a_place(&*storage).await;
    let (taken, error) = fill(&*storage).await;
    assert!(matches!(error, WriteError::DiskFull), "{error:?}");
    assert!(taken > 0);
    drop(storage);

    let storage = reopen(&folder, &Options::for_testing());
    let kept = storage.events_unhandled(EventSeq(0), 10_000).await.unwrap();
    assert_eq!(i64::try_from(kept.len()).unwrap(), taken);
    given::accepted(&*storage, 20_000).await;
}

#[tokio::test]
async fn a_read_only_file_is_refused_with_what_to_do() {
    let (folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    storage.close().await;
    let read_only = Options {
        read_only: true,
        ..Options::for_testing()
    };
    drop(storage);
    let storage = reopen(&folder, &read_only);
    let error = storage.write(given::accept(vec![given::event(10)])).await.unwrap_err();
    let WriteError::Broken(cause) = error else {
        panic!("{error:?}")
    };
    assert!(cause.to_string().contains("make the data folder writable"), "{cause}");
}

#[tokio::test]
async fn a_corrupt_page_is_an_error_that_names_the_way_out() {
    let (folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    for number in 10..200 {
        given::accepted(&*storage, number).await;
    }
    storage.close().await;
    drop(storage);
    let path = folder.path().join("switchboard.db");
    let page: u64 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'event'", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
        .try_into()
        .unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((page - 1) * PAGE_BYTES)).unwrap();
    file.write_all(&[0xAA; PAGE_BYTES as usize]).unwrap();
    drop(file);

    let storage = reopen(&folder, &Options::for_testing());
    let refused = storage.write(given::accept(vec![given::event(300)])).await;
    let Err(WriteError::Broken(cause)) = refused else {
        panic!("{refused:?}")
    };
    assert!(cause.to_string().contains("switchboard restore"), "{cause}");
    let report = switchboard::storage::sqlite::verify(&path).unwrap();
    assert!(!report.problems.is_empty());
}

#[tokio::test]
async fn a_clock_set_back_does_not_change_the_order() {
    let (_folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    for (number, millis) in [(10, 2_000), (11, 1_000), (12, 3_000)] {
        let mut event = given::event(number);
        event.received_at = switchboard::model::Timestamp::from_millis(millis);
        storage.write(given::accept(vec![event])).await.unwrap();
    }
    let events = storage.events_unhandled(EventSeq(0), 10).await.unwrap();
    let order: Vec<_> = events.iter().map(|event| event.new.id.0.as_u128()).collect();
    assert_eq!(order, [10, 11, 12]);
}

#[tokio::test]
async fn a_refused_unit_leaves_the_others_of_its_batch() {
    let (_folder, storage) = fresh(&Options::for_testing());
    given::a_place(&*storage).await;
    let good = async || storage.write(given::accept(vec![given::event(10)])).await;
    let bad = async || {
        let commit = given::commit(EventSeq(77));
        storage.write(Unit::Commit(Box::new(commit))).await
    };
    let (first, second, third) = tokio::join!(good(), bad(), good());
    assert!(matches!(first, Ok(Applied::Events(_))), "{first:?}");
    given::assert_conflict(second);
    assert!(matches!(third, Ok(Applied::Events(_))), "{third:?}");
}

#[tokio::test]
async fn each_batch_passes_its_moments_in_order() {
    let (seen, order) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, check) = (seen.clone(), order.clone());
    let options = Options {
        at_moment: Some(Arc::new(move |moment| {
            let expected = [Moment::Applied, Moment::Committed, Moment::Answered];
            let number = count.fetch_add(1, Ordering::SeqCst);
            if expected[number % 3] != moment {
                check.fetch_add(1, Ordering::SeqCst);
            }
        })),
        ..Options::for_testing()
    };
    let (_folder, storage) = fresh(&options);
    given::a_place(&*storage).await;
    given::accepted(&*storage, 10).await;
    storage.close().await;
    assert_eq!(seen.load(Ordering::SeqCst), 6);
    assert_eq!(order.load(Ordering::SeqCst), 0, "moments out of order");
}

#[tokio::test]
async fn a_closed_storage_says_that_it_is_stopping() {
    let (_folder, storage) = fresh(&Options::for_testing());
    storage.close().await;
    let error = storage.write(given::accept(vec![given::event(10)])).await.unwrap_err();
    assert!(matches!(error, WriteError::Stopping), "{error:?}");
}
