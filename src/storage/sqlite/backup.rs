//! Copies of the whole database: made while it is written to, looked through, and put back.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{SqliteStorage, schema};

/// Problems listed of a broken file; the first ones say enough.
const PROBLEMS_MAX: u32 = 20;

/// What is counted, so that a person can see that a copy holds what it should.
const COUNTED: [&str; 5] = ["event", "conversation", "message", "delivery", "job"];

/// References without foreign keys, because they lie on the message path. Each answers how many rows refer to nothing.
const STRAYS: [(&str, &str); 2] = [
    (
        "messages of a conversation that is not there",
        "SELECT count(*) FROM message m
          WHERE m.conversation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.id = m.conversation)",
    ),
    (
        "open deliveries of a message that is not there",
        "SELECT count(*) FROM delivery d
          WHERE d.state IN ('queued', 'sending') AND d.message IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = d.message)",
    ),
];

/// Why a copy was not made or put back. What was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database could not be read or copied.
    #[error("cannot copy the database to {}", path.display())]
    Copy {
        /// Where to.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("cannot write {}", path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The copy is not whole.
    #[error("{} is damaged: {}", path.display(), problems.join("; "))]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problems: Vec<String>,
    },
}

/// What a database file holds, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The number of its last migration.
    pub schema: u32,
    /// How many rows its main tables have.
    pub counts: Vec<(&'static str, u64)>,
    /// Empty when it is whole.
    pub problems: Vec<String>,
}

impl SqliteStorage {
    /// Copies the database as it is at this moment, while writing goes on. The copy is looked through before it gets
    /// its name, so that a file of that name is always whole.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written, or is not whole.
    pub async fn backup(&self, to: &Path) -> Result<Report, BackupError> {
        let (from, to) = (self.path.clone(), to.to_owned());
        tokio::task::spawn_blocking(move || copy(&from, &to))
            .await
            .expect("copying does not panic")
    }
}

fn copy(from: &Path, to: &Path) -> Result<Report, BackupError> {
    let partial = beside(to, "partial");
    remove(&partial)?;
    let vacuum = || {
        let connection = super::connect_reader(from)?;
        connection.execute("VACUUM INTO ?1", [partial.to_string_lossy()])
    };
    vacuum().map_err(|source| BackupError::Copy {
        path: to.to_owned(),
        source,
    })?;
    let report = verify_whole(&partial)?;
    put_in_place(&partial, to)?;
    Ok(report)
}

/// Puts a copy in the place of the database `to`, which no process may have open. What was there is kept beside it as
/// `….before-restore`.
///
/// # Errors
///
/// When the copy is not whole or cannot be put there.
pub fn restore(from: &Path, to: &Path) -> Result<Report, BackupError> {
    let report = verify_whole(from)?;
    let partial = beside(to, "partial");
    std::fs::copy(from, &partial).map_err(|source| write_error(&partial, source))?;
    // The log belongs to the old file: left in place, it would be applied to the new one.
    for suffix in ["-wal", "-shm", ""] {
        let old = with_suffix(to, suffix);
        let kept = with_suffix(&beside(to, "before-restore"), suffix);
        remove(&kept)?;
        match std::fs::rename(&old, &kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(write_error(&kept, error)),
            _ => {}
        }
    }
    put_in_place(&partial, to)?;
    Ok(report)
}

/// Looks through a database file: pages, foreign keys, strays, schema and counts.
///
/// # Errors
///
/// When the file cannot be opened at all; what is wrong inside is in the report.
pub fn verify(path: &Path) -> Result<Report, BackupError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|source| BackupError::Copy {
            path: path.to_owned(),
            source,
        })?;
    let schema = schema::version(&connection);
    if !matches!(schema, Ok(1..)) {
        // Everything else would say the same again.
        let problem = match schema {
            Err(error) if error.sqlite_error_code() != Some(ErrorCode::NotADatabase) => error.to_string(),
            _ => "it is no database of Switchboard".to_owned(),
        };
        return Ok(Report {
            schema: 0,
            counts: Vec::new(),
            problems: vec![problem],
        });
    }
    let mut problems = Vec::new();
    let mut note = |what: &str, result: rusqlite::Result<Vec<String>>| match result {
        Ok(found) => problems.extend(found),
        Err(error) => problems.push(format!("{what}: {error}")),
    };
    note("pages", integrity(&connection));
    note("foreign keys", foreign_keys(&connection));
    for (what, sql) in STRAYS {
        let found = count(&connection, sql);
        note(
            what,
            found.map(|found| (found > 0).then(|| format!("{found} {what}")).into_iter().collect()),
        );
    }
    let schema = schema::version(&connection).unwrap_or(0);
    if schema == 0 || schema > schema::newest() {
        note(
            "schema",
            Ok(vec![format!("schema {schema} is not one that this release knows")]),
        );
    }
    let mut counts = Vec::new();
    for table in COUNTED {
        match count(&connection, &format!("SELECT count(*) FROM {table}")) {
            Ok(rows) => counts.push((table, rows)),
            Err(error) => note(table, Err(error)),
        }
    }
    Ok(Report {
        schema,
        counts,
        problems,
    })
}

fn verify_whole(path: &Path) -> Result<Report, BackupError> {
    let report = verify(path)?;
    if report.problems.is_empty() {
        return Ok(report);
    }
    Err(BackupError::Damaged {
        path: path.to_owned(),
        problems: report.problems,
    })
}

fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({PROBLEMS_MAX})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    lines.filter(|line| !matches!(line, Ok(line) if line == "ok")).collect()
}

fn foreign_keys(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = statement.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} refers to a {parent} that is not there"))
    })?;
    rows.take(PROBLEMS_MAX as usize).collect()
}

fn count(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    connection.query_row(sql, [], |row| {
        let super::values::Count(rows) = row.get(0)?;
        Ok(rows)
    })
}

/// On disk before it gets its name, and the name on disk before we say so.
fn put_in_place(partial: &Path, to: &Path) -> Result<(), BackupError> {
    let sync = || {
        File::open(partial)?.sync_all()?;
        std::fs::rename(partial, to)?;
        match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    sync().map_err(|source| write_error(to, source))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write_error(path, error)),
        _ => Ok(()),
    }
}

fn write_error(path: &Path, source: io::Error) -> BackupError {
    BackupError::Write {
        path: path.to_owned(),
        source,
    }
}

fn beside(path: &Path, word: &str) -> PathBuf {
    with_suffix(path, &format!(".{word}"))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
