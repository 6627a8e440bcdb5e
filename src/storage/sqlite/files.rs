//! Which files are named, and what becomes of the others.

use std::collections::HashSet;

use rusqlite::Connection;

use super::SqliteStorage;
use crate::storage::files::{Files, Sweep};
use crate::storage::{ReadError, WriteError};

/// Messages name files, and so do events that are to become messages.
const NAMED: &str = "
    SELECT json_extract(file.value, '$.sha256') FROM message, json_each(message.files) AS file
     WHERE message.files IS NOT NULL
    UNION
    SELECT found.value FROM event, json_tree(event.payload) AS found
     WHERE event.state <> 'handled' AND event.payload IS NOT NULL AND found.key = 'sha256'";

impl SqliteStorage {
    /// Removes files that nothing names any more, or says how many there are.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or the disk refuses.
    pub async fn sweep_files(&self, files: &Files, sweep: Sweep) -> Result<u64, WriteError> {
        let named = self
            .files_named()
            .await
            .map_err(|error| WriteError::Broken(Box::new(error)))?;
        let (files, now) = (files.clone(), self.clock.now());
        tokio::task::spawn_blocking(move || files.sweep(&named, now, sweep))
            .await
            .expect("sweeping does not panic")
            .map_err(|error| WriteError::Broken(Box::new(error)))
    }

    async fn files_named(&self) -> Result<HashSet<String>, ReadError> {
        let read = |connection: &Connection| {
            let mut statement = connection.prepare_cached(NAMED)?;
            let digests = statement.query_map([], |row| row.get(0))?;
            digests.collect()
        };
        self.readers.read_heavy("files that are named", read).await
    }
}
