//! SQL of calls of plugins to servers elsewhere.

use std::borrow::Cow;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::failure::ApplyError;
use super::values::{Count, Json};
use super::write::Write;
use super::{SqliteStorage, events};
use crate::model::Timestamp;
use crate::model::call::{CallEnd, CallRequest};
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::calls::{CallReads, CallState, CallUnit, NewCall, StoredCall};
use crate::storage::{Applied, Change, ReadError};

const WHAT: &str = "the call";

const MAKE: &str = "
    INSERT INTO call (id, community, plugin, event, name, place, author, conversation, lane, hops, made_at, due, request, tries, ended)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
    ON CONFLICT DO NOTHING";

const POSTPONED: &str = "UPDATE call SET tries = ?2, due = ?3 WHERE id = ?1 AND tries = ?2 - 1";

const DELAYED: &str = "UPDATE call SET due = ?2 WHERE id = ?1";

/// Of each plugin its first few, so that one with many leaves room for the others.
const DUE: &str = "
    SELECT id, community, plugin, event, name, place, author, conversation, lane, hops, made_at, request, tries, ended
      FROM call
     WHERE seq IN (SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY community, plugin ORDER BY due, seq) AS turn
                                      FROM call WHERE due <= ?1)
                    WHERE turn <= ?2)
     ORDER BY due, seq LIMIT ?3";

/// What is sent, as it is stored.
#[derive(Serialize, Deserialize)]
enum StoredRequest<'a> {
    V1(Cow<'a, CallRequest>),
}

/// What came of it, as it is stored.
#[derive(Serialize, Deserialize)]
enum StoredEnd<'a> {
    V1(Cow<'a, CallEnd>),
}

pub(super) fn apply(write: &mut Write<'_>, unit: &CallUnit) -> Result<Applied, ApplyError> {
    match unit {
        CallUnit::Make(call) => make(write, call, call.made_at, (0, None))?,
        CallUnit::Keep { call, tries, end, due } => make(write, call, *due, (*tries, Some(end)))?,
        CallUnit::Delayed { id, due } => write.execute_one(WHAT, DELAYED, params![id, due])?,
        CallUnit::Postponed { id, tries, due } => write.execute_one(WHAT, POSTPONED, params![id, tries, due])?,
        CallUnit::Ended { id, event } => {
            write.execute_one(WHAT, "DELETE FROM call WHERE id = ?1", [id])?;
            return Ok(Applied::Events(vec![events::insert(write, event)?]));
        }
    }
    write.change(Change::Calls);
    Ok(Applied::Done)
}

fn make(
    write: &Write<'_>,
    call: &NewCall,
    due: Timestamp,
    (tries, end): (u32, Option<&CallEnd>),
) -> Result<(), ApplyError> {
    let request = StoredRequest::V1(Cow::Borrowed(&call.request));
    let end = end.map(|end| StoredEnd::V1(Cow::Borrowed(end)));
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
            due,
            Json(&request),
            tries,
            end.as_ref().map(Json)
        ],
    )
}

fn read_call(row: &Row<'_>) -> rusqlite::Result<StoredCall> {
    let (request, state) = match content(&row.get::<_, String>(11)?, row.get(13)?) {
        Ok(content) => content,
        // It ends alone: the rows beside it are read.
        Err(error) => (CallRequest::default(), CallState::Unreadable(error.to_string())),
    };
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
        state,
    })
}

fn content(request: &str, ended: Option<String>) -> Result<(CallRequest, CallState), serde_json::Error> {
    let StoredRequest::V1(request) = serde_json::from_str(request)?;
    let state = match ended {
        None => CallState::Open,
        Some(ended) => {
            let StoredEnd::V1(end) = serde_json::from_str(&ended)?;
            CallState::Ended(end.into_owned())
        }
    };
    Ok((request.into_owned(), state))
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
