//! The truth on SQLite: one writer thread with group commit, readers apart.
//!
//! `writer` owns the one connection that writes; `write` is what a unit is applied through; `readers` lends read-only
//! connections; each aggregate has a file of its own that holds its SQL. Nothing else in the crate speaks SQL.

mod accounts;
mod backup;
mod calls;
mod clusters;
mod commit;
mod consult;
mod conversations;
mod core;
mod deliveries;
mod directory;
mod drafts;
mod events;
mod failure;
mod files;
mod handoff;
mod health;
mod jobs;
mod knowledge;
mod kv;
mod messages;
mod offered;
mod person;
mod plugins;
mod posts;
mod quality;
mod readers;
mod retention;
mod schema;
mod search;
mod threads;
mod tokens;
mod twin;
mod upkeep;
mod values;
mod web_chat;
mod webhooks;
mod write;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::broadcast;

pub use self::backup::{BackupError, Report, restore, verify};
use self::health::Health;
use self::readers::Readers;
pub use self::retention::{Forgotten, Retention};
pub use self::writer::Moment;
use self::writer::{Told, Writer};
use super::{Applied, Change, Storage, Unit, WriteError};
use crate::clock::Clock;

/// How long a connection waits for another one's lock. Ours never wait for each other; a backup tool may hold it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages are kept in memory up to so many KiB for each connection. Filled on use, so an idle process stays small.
const CACHE_KIB: i64 = 8 * 1024;

/// All statements of the path are prepared once; more than the program has would be a leak.
const STATEMENTS_MAX: usize = 256;

/// Receivers that are further behind than this read again. Pages and the relay are never so slow in normal running.
const CHANGES_MAX: usize = 4096;

/// How the database is opened.
#[derive(Clone)]
pub struct Options {
    /// Whether a commit waits for the disk. Off only in tests and where everything can be made again.
    pub sync: bool,
    /// Whether SQLite refuses every write, as it does when the file is not ours to write.
    pub read_only: bool,
    /// The database grows to so many pages at most; none for as large as the disk.
    pub pages_max: Option<u32>,
    /// Called by the writer at each [`Moment`]; the crash test ends the process in it.
    pub at_moment: Option<Arc<dyn Fn(Moment) + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sync: true,
            read_only: false,
            pages_max: None,
            at_moment: None,
        }
    }
}

impl Options {
    /// For tests: does not wait for the disk.
    pub fn for_testing() -> Self {
        Self {
            sync: false,
            ..Self::default()
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("sync", &self.sync)
            .field("pages_max", &self.pages_max)
            .finish_non_exhaustive()
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be opened or brought up to date.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It was written by a newer release.
    #[error(
        "the database {} was written by a newer release (schema {found}, this one knows {known}); start that release, \
         or restore a backup from before the upgrade",
        path.display()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema's number.
        found: u32,
        /// The highest we know.
        known: u32,
    },
    /// The system refused a thread or a file.
    #[error("cannot start the storage writer")]
    Start(#[source] std::io::Error),
}

impl OpenError {
    /// With what to do about it.
    fn open(path: &Path, error: rusqlite::Error) -> Self {
        Self::Open {
            path: path.to_owned(),
            source: failure::Failure::from(error).to_string().into(),
        }
    }
}

/// Everything, in one SQLite file.
pub struct SqliteStorage {
    writer: Writer,
    readers: Readers,
    changes: broadcast::Sender<Change>,
    clock: Arc<dyn Clock>,
    path: PathBuf,
    health: Health,
}

impl SqliteStorage {
    /// Opens the file, makes it where there is none, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no database, or is of a newer release.
    pub fn open(path: &Path, options: &Options, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        let open_error = |error| OpenError::open(path, error);
        let mut connection = open_writer(path).map_err(open_error)?;
        schema::refuse_newer(&connection, path)?;
        prepare_writer(&connection, options).map_err(open_error)?;
        schema::migrate(&mut connection, path)?;
        if options.read_only {
            connection.pragma_update(None, "query_only", true).map_err(open_error)?;
        }
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let health = Health::default();
        let told = Told {
            changes: changes.clone(),
            health: health.clone(),
            at_moment: options.at_moment.clone(),
        };
        let writer = Writer::start(connection, told).map_err(OpenError::Start)?;
        Ok(Arc::new(Self {
            writer,
            readers: Readers::new(path),
            changes,
            clock,
            path: path.to_owned(),
            health,
        }))
    }

    /// Ends the writer when all that was handed in is on disk. Later writes answer [`WriteError::Stopping`].
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

impl SqliteStorage {
    /// Puts everything that was said into the index of words. Upkeep calls it now and then, so that a search seldom
    /// has much to catch up.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub async fn index_messages(&self) -> Result<(), WriteError> {
        while self
            .writer
            .work(|connection| Ok(search::index_some(connection)?))
            .await?
        {}
        Ok(())
    }

    /// A search that misses the newest is better than none.
    async fn catch_up_search(&self) {
        if let Err(error) = self.index_messages().await {
            tracing::warn!(error = %error, "search could not catch up with the newest messages: {error}");
        }
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn write(&self, unit: Unit) -> Result<Applied, WriteError> {
        self.writer.write(unit).await
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

impl fmt::Debug for SqliteStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStorage")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    tune(&connection)?;
    Ok(connection)
}

fn prepare_writer(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    // Only takes hold before the first table, so it stands before everything else that writes.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", if options.sync { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if let Some(pages) = options.pages_max {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    tune(&connection)?;
    Ok(connection)
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}
