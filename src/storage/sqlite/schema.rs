//! Brings a database to the schema of this release.
//!
//! The number of the last migration that was applied is in `PRAGMA user_version`. A migration that was released is
//! never edited.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::OpenError;

/// A step of the schema.
struct Migration {
    number: u32,
    sql: &'static str,
}

/// In order. A new one is a file, a line here, and a case in the conformance suite.
const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sql: include_str!("../migrations/sqlite/0001_core.sql"),
    },
    Migration {
        number: 2,
        sql: include_str!("../migrations/sqlite/0002_knowledge.sql"),
    },
    Migration {
        number: 3,
        sql: include_str!("../migrations/sqlite/0003_accounts.sql"),
    },
    Migration {
        number: 4,
        sql: include_str!("../migrations/sqlite/0004_posts.sql"),
    },
    Migration {
        number: 5,
        sql: include_str!("../migrations/sqlite/0005_plugins.sql"),
    },
    Migration {
        number: 6,
        sql: include_str!("../migrations/sqlite/0006_web_chat.sql"),
    },
    Migration {
        number: 7,
        sql: include_str!("../migrations/sqlite/0007_whose.sql"),
    },
    Migration {
        number: 8,
        sql: include_str!("../migrations/sqlite/0008_handoff.sql"),
    },
    Migration {
        number: 9,
        sql: include_str!("../migrations/sqlite/0009_logins.sql"),
    },
    Migration {
        number: 10,
        sql: include_str!("../migrations/sqlite/0010_person.sql"),
    },
    Migration {
        number: 11,
        sql: include_str!("../migrations/sqlite/0011_roles.sql"),
    },
    Migration {
        number: 12,
        sql: include_str!("../migrations/sqlite/0012_threads.sql"),
    },
    Migration {
        number: 13,
        sql: include_str!("../migrations/sqlite/0013_opening.sql"),
    },
    Migration {
        number: 14,
        sql: include_str!("../migrations/sqlite/0014_within.sql"),
    },
    Migration {
        number: 15,
        sql: include_str!("../migrations/sqlite/0015_import.sql"),
    },
    Migration {
        number: 16,
        sql: include_str!("../migrations/sqlite/0016_own.sql"),
    },
    Migration {
        number: 17,
        sql: include_str!("../migrations/sqlite/0017_package.sql"),
    },
    Migration {
        number: 18,
        sql: include_str!("../migrations/sqlite/0018_dry_run.sql"),
    },
    Migration {
        number: 19,
        sql: include_str!("../migrations/sqlite/0019_outside.sql"),
    },
    Migration {
        number: 20,
        sql: include_str!("../migrations/sqlite/0020_moderation.sql"),
    },
    Migration {
        number: 21,
        sql: include_str!("../migrations/sqlite/0021_owner.sql"),
    },
    Migration {
        number: 22,
        sql: include_str!("../migrations/sqlite/0022_within.sql"),
    },
    Migration {
        number: 23,
        sql: include_str!("../migrations/sqlite/0023_doors.sql"),
    },
    Migration {
        number: 24,
        sql: include_str!("../migrations/sqlite/0024_upkeep.sql"),
    },
    Migration {
        number: 25,
        sql: include_str!("../migrations/sqlite/0025_consult.sql"),
    },
    Migration {
        number: 26,
        sql: include_str!("../migrations/sqlite/0026_quality.sql"),
    },
    Migration {
        number: 27,
        sql: include_str!("../migrations/sqlite/0027_loop.sql"),
    },
    Migration {
        number: 28,
        sql: include_str!("../migrations/sqlite/0028_embeddings.sql"),
    },
    Migration {
        number: 29,
        sql: include_str!("../migrations/sqlite/0029_refused.sql"),
    },
    Migration {
        number: 30,
        sql: include_str!("../migrations/sqlite/0030_dry_run_since.sql"),
    },
    Migration {
        number: 31,
        sql: include_str!("../migrations/sqlite/0031_feedback.sql"),
    },
    Migration {
        number: 32,
        sql: include_str!("../migrations/sqlite/0032_untaken.sql"),
    },
];

/// The number of the newest migration.
pub(super) fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// The number of the last migration that the database has.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a database of a newer release, before anything in it is touched.
pub(super) fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let found = version(connection).map_err(|error| OpenError::open(path, error))?;
    if found <= newest() {
        return Ok(());
    }
    Err(OpenError::Newer {
        path: path.to_owned(),
        found,
        known: newest(),
    })
}

/// Applies what is missing, each migration wholly or not at all. A database that holds something is backed up first,
/// beside itself.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let open_error = |error| OpenError::open(path, error);
    let found = version(connection).map_err(open_error)?;
    if found > 0 && found < newest() {
        let copy = upgrade_copy(path, found);
        tracing::info!(
            from = found,
            to = newest(),
            "upgrading the database; the old one is kept as {}",
            copy.display()
        );
        keep_copy(connection, &copy).map_err(open_error)?;
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        let apply = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration.sql)?;
            transaction.pragma_update(None, "user_version", migration.number)?;
            transaction.commit()
        };
        apply(connection).map_err(open_error)?;
    }
    Ok(())
}

fn upgrade_copy(path: &Path, found: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".before-upgrade-from-{found}"));
    path.with_file_name(name)
}

fn keep_copy(connection: &Connection, copy: &Path) -> rusqlite::Result<()> {
    // An upgrade that was cut off left one of the same state; VACUUM INTO only writes to a new file.
    let _ = std::fs::remove_file(copy);
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    Ok(())
}
