//! SQL of durable later work.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::events;
use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use crate::model::Timestamp;
use crate::storage::Applied;
use crate::storage::core::StoredJob;
use crate::storage::unit::{JobChange, JobStep, NewJob};

/// Makes, replaces or takes back a job.
pub(super) fn change(write: &Write<'_>, change: &JobChange) -> Result<(), ApplyError> {
    match change {
        JobChange::Put(job) => write.execute(
            "INSERT INTO job (key, id, due, repeat, work) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET id = ?2, due = ?3, repeat = ?4, work = ?5, attempt = 0, reason = NULL,
                 parked = 0",
            params![job.key, job.id, job.due, job.repeat.as_ref().map(Json), Json(&job.work)],
        )?,
        JobChange::Cancel { key } => write.execute("DELETE FROM job WHERE key = ?1", [key])?,
    };
    Ok(())
}

/// A step in a job's life.
pub(super) fn step(write: &mut Write<'_>, step: &JobStep) -> Result<Applied, ApplyError> {
    const WHAT: &str = "the job";
    match step {
        JobStep::Change(job) => change(write, job)?,
        JobStep::Fired { id, due, next, event } => {
            match next {
                Some(next) => write.execute_one(
                    WHAT,
                    "UPDATE job SET due = ?3, attempt = 0, reason = NULL WHERE id = ?1 AND due = ?2 AND parked = 0",
                    params![id, due, next],
                )?,
                None => write.execute_one(
                    WHAT,
                    "DELETE FROM job WHERE id = ?1 AND due = ?2 AND parked = 0",
                    params![id, due],
                )?,
            }
            if let Some(event) = event {
                return Ok(Applied::Events(vec![events::insert(write, event)?]));
            }
        }
        JobStep::Failed {
            id,
            attempt,
            due,
            reason,
        } => write.execute_one(
            WHAT,
            "UPDATE job SET attempt = ?2, due = coalesce(?3, due), parked = ?3 IS NULL, reason = ?4
              WHERE id = ?1 AND parked = 0",
            params![id, attempt, due, reason],
        )?,
    }
    Ok(Applied::Done)
}

const JOB: &str = "SELECT id, key, due, repeat, work, attempt, reason FROM job";

fn read_job(row: &Row<'_>) -> rusqlite::Result<StoredJob> {
    let repeat: Option<Json<_>> = row.get(3)?;
    let Json(work) = row.get(4)?;
    Ok(StoredJob {
        new: NewJob {
            id: row.get(0)?,
            key: row.get(1)?,
            due: row.get(2)?,
            repeat: repeat.map(|Json(repeat)| repeat),
            work,
        },
        attempt: row.get(5)?,
        reason: row.get(6)?,
    })
}

fn many(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Vec<StoredJob>> {
    connection
        .prepare_cached(&format!("{JOB} {rest}"))?
        .query_map(params, read_job)?
        .collect()
}

pub(super) fn due(connection: &Connection, at: Timestamp, limit: u32) -> rusqlite::Result<Vec<StoredJob>> {
    many(
        connection,
        "WHERE parked = 0 AND due <= ?1 ORDER BY due LIMIT ?2",
        params![at, limit],
    )
}

pub(super) fn next_due(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT due FROM job WHERE parked = 0 ORDER BY due LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()
}

/// Also parked ones. A range over the keys and not `LIKE`, so that nothing in the prefix is a pattern.
pub(super) fn by_key(connection: &Connection, prefix: &str, limit: u32) -> rusqlite::Result<Vec<StoredJob>> {
    many(
        connection,
        "WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?2",
        params![prefix, limit],
    )
}
