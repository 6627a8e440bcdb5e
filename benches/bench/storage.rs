//! What storage costs beside bare SQLite that writes the same rows, in CPU time for each message.
//!
//! Three stages of three batches share the disk's sync as they do under load: new events are accepted, the earlier
//! batch's outcomes are committed (event, conversation, two messages, a delivery), and the deliveries of the batch
//! before that end.

use std::time::Duration;

use futures_util::future::join_all;
use switchboard::clock::TestClock;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::Accept;
use switchboard::storage::{Storage as _, Unit};

use crate::bare_sqlite;
use crate::figures::{cpu, share};
use crate::rows::{START, commit, ended, event};

/// Measures and prints.
pub fn run(short: bool) {
    let messages: u128 = if short { 2_000 } else { 20_000 };
    println!("storage: CPU for each message, microseconds (three stages, synchronous=FULL)");
    println!(
        "{:>6} {:>10} {:>12} {:>10} {:>8}",
        "batch", "3 tables", "same rows", "storage", "ratio"
    );
    for batch in [1, 8, 64, 256] {
        let rounds = (messages / batch).clamp(50, 2_000);
        let three = bare_sqlite::three_tables(batch, rounds);
        let same = bare_sqlite::same_rows(batch, rounds);
        let ours = storage(batch, rounds);
        println!(
            "{batch:>6} {three:>10.1} {same:>12.1} {ours:>10.1} {:>8.2}",
            ours / same
        );
    }
}

fn storage(batch: u128, rounds: u128) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = std::sync::Arc::new(TestClock::new(START));
    let storage = SqliteStorage::open(&folder.path().join("bench.db"), &Options::default(), clock).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let mut spent = Duration::ZERO;
    for round in 0..rounds {
        let mut units = vec![Unit::Accept(Accept {
            directory: Vec::new(),
            events: (round * batch..(round + 1) * batch).map(event).collect(),
            cursor: None,
        })];
        if round >= 1 {
            units.extend(((round - 1) * batch..round * batch).map(commit));
        }
        if round >= 2 {
            units.push(Unit::All(
                ((round - 2) * batch..(round - 1) * batch).map(ended).collect(),
            ));
        }
        let before = cpu();
        let results = runtime.block_on(join_all(units.into_iter().map(|unit| storage.write(unit))));
        spent += cpu().saturating_sub(before);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    share(spent, usize::try_from(rounds * batch).expect("few messages"))
}
