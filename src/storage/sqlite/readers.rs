//! Lends read-only connections.
//!
//! A short read (a row or a few by key) runs where it is asked for: the pages are in memory and a thread hop costs more
//! than the read. A heavy one (a list, a search, a count) runs on tokio's blocking threads, a few at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connect_reader;
use crate::storage::ReadError;

/// Connections kept open between reads. More exist only for the moment of a read.
const IDLE_MAX: usize = 4;

/// Heavy reads at once; the others wait, so that a page full of lists cannot take all cores from the path.
const HEAVY_MAX: usize = 4;

/// The pool of read-only connections. Clones share it.
#[derive(Clone)]
pub(super) struct Readers {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    heavy: Semaphore,
}

impl Readers {
    /// Opens nothing yet.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                idle: Mutex::new(Vec::new()),
                heavy: Semaphore::new(HEAVY_MAX),
            }),
        }
    }

    /// A short read, at once. `what` is the address of the error: the table.
    pub(super) fn read<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        let connection = self.take().map_err(|error| read_error(what, error))?;
        let result = read(&connection);
        self.give_back(connection);
        result.map_err(|error| read_error(what, error))
    }

    /// A heavy read, on a thread that may block.
    pub(super) async fn read_heavy<T, F>(&self, what: &'static str, read: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = self.inner.heavy.acquire().await.expect("the semaphore is never closed");
        let this = self.clone();
        let result = tokio::task::spawn_blocking(move || this.read(what, read)).await;
        drop(permit);
        result.unwrap_or_else(|panic| Err(read_error(what, panic)))
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect_reader(&self.inner.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}

fn read_error(what: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError {
        what,
        source: Box::new(error),
    }
}
