//! Remembers whether the last write failed, so that whoever asks hears why nothing is taken in.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SqliteStorage;
use super::backup::with_suffix;
use super::failure::Failure;

/// A disk counts as full until so much can be written: some hundred messages, so that the next one is not refused again.
const ROOM_BYTES: usize = 1024 * 1024;

/// What the last batch came to. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Health {
    pub(super) fn failed(&self, failure: &Failure) {
        *self.failure() = Some(failure.clone());
    }

    /// Something was written. A small unit may still fit on a full disk, and another page of a damaged file may still
    /// be good, so those stay known.
    pub(super) fn wrote(&self) {
        let mut known = self.failure();
        if matches!(*known, Some(Failure::Broken(_))) {
            *known = None;
        }
    }

    fn has_room(&self) {
        let mut known = self.failure();
        if matches!(*known, Some(Failure::DiskFull)) {
            *known = None;
        }
    }

    fn known(&self) -> Option<Failure> {
        self.failure().clone()
    }

    fn failure(&self) -> MutexGuard<'_, Option<Failure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteStorage {
    /// Whether something can be written; else why not and what to do, in words for the operator.
    ///
    /// After a failure it tries a write that changes nothing, so that the answer is of now.
    ///
    /// # Errors
    ///
    /// Why nothing can be written.
    pub async fn writable(&self) -> Result<(), String> {
        match self.health.known() {
            None => return Ok(()),
            Some(Failure::Damaged(_)) => {}
            Some(Failure::DiskFull) => {
                let (scratch, health) = (with_suffix(&self.path, ".room"), self.health.clone());
                let looked = tokio::task::spawn_blocking(move || {
                    if room(&scratch).is_ok() {
                        health.has_room();
                    }
                });
                looked.await.expect("looking for room does not panic");
            }
            Some(Failure::Broken(_)) => {
                let health = self.health.clone();
                let tried = self.writer.work(move |connection| {
                    connection.execute("UPDATE search_state SET indexed_to = indexed_to", [])?;
                    health.wrote();
                    Ok(())
                });
                tried.await.map_err(|error| chain(&error))?;
            }
        }
        self.health.known().map_or(Ok(()), |failure| Err(failure.to_string()))
    }
}

/// Whether a file of [`ROOM_BYTES`] can be written, by writing one.
fn room(scratch: &Path) -> io::Result<()> {
    let write = || {
        let mut file = File::create(scratch)?;
        file.write_all(&vec![0; ROOM_BYTES])?;
        file.sync_all()
    };
    let written = write();
    std::fs::remove_file(scratch)?;
    written
}

/// The error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
