//! SQL of staff's hours and of how long people waited.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::hours::Hours;
use crate::model::ids::{CommunityId, QueueName};
use crate::storage::handoff::{HandoffReads, HandoffUnit};
use crate::storage::{Applied, Change, ReadError};

pub(super) fn apply(write: &mut Write<'_>, unit: &HandoffUnit) -> Result<Applied, ApplyError> {
    let HandoffUnit::Hours { community, hours } = unit;
    write.execute(
        "INSERT INTO hours (community, lines) VALUES (?1, ?2)
             ON CONFLICT (community) DO UPDATE SET lines = excluded.lines",
        params![community, Json(hours)],
    )?;
    write.change(Change::Settings);
    Ok(Applied::Done)
}

#[async_trait]
impl HandoffReads for SqliteStorage {
    async fn hours(&self, community: CommunityId) -> Result<Hours, ReadError> {
        self.readers.read("hours", |connection| {
            let mut statement = connection.prepare_cached("SELECT lines FROM hours WHERE community = ?1")?;
            let found = statement
                .query_row([community], |row| {
                    let Json(hours) = row.get(0)?;
                    Ok(hours)
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    async fn waits(
        &self,
        community: CommunityId,
        queue: &QueueName,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Duration>, ReadError> {
        let queue = queue.clone();
        let read = move |connection: &rusqlite::Connection| {
            // Read from the end of the log, so that the limit bounds the work where many are taken.
            let sql = "SELECT taken.at - (SELECT entered.at FROM transition entered
                                           WHERE entered.conversation = taken.conversation AND entered.seq < taken.seq
                                             AND entered.held ->> '$.holder' = 'waiting'
                                             AND entered.held ->> '$.queue' = ?2
                                           ORDER BY entered.seq DESC LIMIT 1) AS wait
                         FROM transition taken JOIN conversation ON conversation.id = taken.conversation
                        WHERE conversation.community = ?1 AND taken.from_holder = 'waiting'
                          AND taken.held ->> '$.holder' = 'person' AND taken.at >= ?3 AND wait IS NOT NULL
                        ORDER BY taken.seq DESC LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![community, queue, since, limit], |row| row.get::<_, i64>(0))?;
            let waits: Vec<i64> = rows.collect::<Result<_, _>>()?;
            let millis = waits.into_iter().filter_map(|wait| u64::try_from(wait).ok());
            Ok(millis.map(Duration::from_millis).collect())
        };
        self.readers.read_heavy("waits", read).await
    }
}
