//! What storage promises, checked over its trait so that a second database has to keep the same promises; and what it
//! says when the disk lets it down.

mod conformance;
mod faults;
pub mod given;
mod upkeep;

use std::sync::Arc;

use switchboard::clock::TestClock;
use switchboard::model::Timestamp;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use tempfile::TempDir;

/// Where test clocks start; any moment is as good.
pub const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// A fresh database in a folder of its own.
pub fn fresh(options: &Options) -> (TempDir, Arc<SqliteStorage>) {
    let (folder, _, storage) = fresh_at(options);
    (folder, storage)
}

/// The same, with the clock to move.
pub fn fresh_at(options: &Options) -> (TempDir, Arc<TestClock>, Arc<SqliteStorage>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::new(START));
    let storage = open(&folder, options, clock.clone());
    (folder, clock, storage)
}

/// Opens the database of the folder once more.
pub fn reopen(folder: &TempDir, options: &Options) -> Arc<SqliteStorage> {
    open(folder, options, Arc::new(TestClock::new(START)))
}

fn open(folder: &TempDir, options: &Options, clock: Arc<TestClock>) -> Arc<SqliteStorage> {
    SqliteStorage::open(&folder.path().join("switchboard.db"), options, clock).unwrap()
}
