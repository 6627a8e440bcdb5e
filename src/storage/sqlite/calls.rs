//! SQL of calls of plugins to servers elsewhere.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::failure::ApplyError;
use super::values::{Count, Json};
use super::write::Write;
use super::{SqliteStorage, events};
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::calls::{CallReads, CallUnit, NewCall, StoredCall};
use crate::storage::{Applied, Change, ReadError};

const WHAT: &str = "the call";

const MAKE: &str = "
    INSERT INTO call (id, community, plugin, event, name, place, author, conversation, lane, hops, made_at, due, request)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12)
    ON CONFLICT DO NOTHING";

const POSTPONED: &str = "UPDATE call SET tries = ?2, due = ?3 WHERE id = ?1 AND tries = ?2 - 1";

/// Of each plugin its first few, so that one with many leaves room for the others.
const DUE: &str = "
    SELECT id, community, plugin, event, name, place, author, conversation, lane, hops, made_at, request, tries
      FROM call
     WHERE seq IN (SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY community, plugin ORDER BY due, seq) AS turn
                                      FROM call WHERE due <= ?1)
                    WHERE turn <= ?2)
     ORDER BY due, seq LIMIT ?3";

pub(super) fn apply(write: &mut Write<'_>, unit: &CallUnit) -> Result<Applied, ApplyError> {
    match unit {
        CallUnit::Make(call) => make(write, call)?,
        CallUnit::Postponed { id, tries, due } => write.execute_one(WHAT, POSTPONED, params![id, tries, due])?,
        CallUnit::Ended { id, event } => {
            write.execute_one(WHAT, "DELETE FROM call WHERE id = ?1", [id])?;
            return Ok(Applied::Events(vec![events::insert(write, event)?]));
        }
    }
    write.change(Change::Calls);
    Ok(Applied::Done)
}

fn make(write: &Write<'_>, call: &NewCall) -> Result<(), ApplyError> {
    write.execute_one(
        WHAT,
        MAKE,
        params![
            call.id,
            call.community,
            call.plugin,
            call.event,
            call.name,
            call.place,
            call.author,
            call.conversation,
            call.lane,
            call.hops,
            call.made_at,
            Json(&call.request)
        ],
    )
}

fn read_call(row: &Row<'_>) -> rusqlite::Result<StoredCall> {
    let Json(request) = row.get(11)?;
    Ok(StoredCall {
        new: NewCall {
            id: row.get(0)?,
            community: row.get(1)?,
            plugin: row.get(2)?,
            event: row.get(3)?,
            name: row.get(4)?,
            place: row.get(5)?,
            author: row.get(6)?,
            conversation: row.get(7)?,
            lane: row.get(8)?,
            hops: row.get(9)?,
            made_at: row.get(10)?,
            request,
        },
        tries: row.get(12)?,
    })
}

#[async_trait]
impl CallReads for SqliteStorage {
    async fn calls_due(&self, now: Timestamp, each: u32, limit: u32) -> Result<Vec<StoredCall>, ReadError> {
        self.readers.read("call", |connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let rows = statement.query_map(params![now, each, limit], read_call)?;
            rows.collect()
        })
    }

    async fn call_next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, ReadError> {
        self.readers.read("call", |connection| {
            connection
                .prepare_cached("SELECT due FROM call WHERE due > ?1 ORDER BY due LIMIT 1")?
                .query_row([now], |row| row.get(0))
                .optional()
        })
    }

    async fn calls_open(&self, community: CommunityId, plugin: &PluginId) -> Result<u64, ReadError> {
        self.readers.read("call", |connection| {
            connection
                .prepare_cached("SELECT count(*) FROM call WHERE community = ?1 AND plugin = ?2")?
                .query_row(params![community, plugin], |row| row.get(0))
                .map(|Count(count)| count)
        })
    }
}
