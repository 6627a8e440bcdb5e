//! SQL of what plugins keep.
//!
//! The version of a key is made of the number of the event that wrote it. So a key that was deleted and made again
//! never has a version that somebody read before, and no counter has to be kept for keys that are gone.

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::ApplyError;
use super::values::Count;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, EventSeq, PluginId, Version};
use crate::storage::core::KvEntry;
use crate::storage::unit::{KvChange, KvRead, KvWrite};

/// Answers `Conflict` when the key is not as it was read.
pub(super) fn check(write: &Write<'_>, read: &KvRead, at: Timestamp) -> Result<(), ApplyError> {
    let now: Option<Version> = write
        .connection()
        .prepare_cached(
            "SELECT version FROM kv
              WHERE plugin = ?1 AND community = ?2 AND key = ?3 AND (expires IS NULL OR expires > ?4)",
        )?
        .query_row(params![read.plugin, read.community, read.key, at], |row| row.get(0))
        .optional()?;
    if now == read.version {
        Ok(())
    } else {
        Err(ApplyError::conflict(format!("key {:?} of {}", read.key, read.plugin)))
    }
}

/// Writes the key with the version of the event.
pub(super) fn put(write: &Write<'_>, new: &KvWrite, event: EventSeq, at: Timestamp) -> Result<(), ApplyError> {
    match &new.change {
        KvChange::Set { value, expires } => set(write, new, value, *expires, event),
        KvChange::Delete => {
            write.execute(
                "DELETE FROM kv WHERE plugin = ?1 AND community = ?2 AND key = ?3",
                params![new.plugin, new.community, new.key],
            )?;
            Ok(())
        }
        KvChange::Add { by, expires } => add(write, new, (*by, *expires, None), event, at),
        KvChange::Count { max, expires } => add(write, new, (1, Some(*expires), Some(*max)), event, at),
    }
}

/// Raises a counter, to `max` at most.
fn add(
    write: &Write<'_>,
    new: &KvWrite,
    (by, expires, max): (i64, Option<Timestamp>, Option<i64>),
    event: EventSeq,
    at: Timestamp,
) -> Result<(), ApplyError> {
    let found: Option<(Vec<u8>, Option<Timestamp>)> = write
        .connection()
        .prepare_cached(
            "SELECT value, expires FROM kv
              WHERE plugin = ?1 AND community = ?2 AND key = ?3 AND (expires IS NULL OR expires > ?4)",
        )?
        .query_row(params![new.plugin, new.community, new.key, at], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (before, expires) = match found {
        Some((value, expires)) => (number(&value), expires),
        None => (0, expires),
    };
    let sum = before.saturating_add(by);
    if max.is_some_and(|max| sum > max) {
        return Err(ApplyError::conflict(format!("counter {:?} of {}", new.key, new.plugin)));
    }
    set(write, new, sum.to_string().as_bytes(), expires, event)
}

/// What is no number counts from 0: the plugin said that it is a counter.
fn number(value: &[u8]) -> i64 {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn set(
    write: &Write<'_>,
    new: &KvWrite,
    value: &[u8],
    expires: Option<Timestamp>,
    event: EventSeq,
) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO kv (plugin, community, key, value, version, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (plugin, community, key) DO UPDATE SET value = ?4, version = ?5, expires = ?6",
        // Wraps after four thousand million events; then only a key untouched for that long could look unchanged.
        params![
            new.plugin,
            new.community,
            new.key,
            value,
            event.0 & i64::from(u32::MAX),
            expires
        ],
    )?;
    Ok(())
}

pub(super) fn get(
    connection: &Connection,
    plugin: &PluginId,
    community: CommunityId,
    key: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<KvEntry>> {
    connection
        .prepare_cached(
            "SELECT key, value, version FROM kv
              WHERE plugin = ?1 AND community = ?2 AND key = ?3 AND (expires IS NULL OR expires > ?4)",
        )?
        .query_row(params![plugin, community, key, now], read_entry)
        .optional()
}

fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<KvEntry> {
    Ok(KvEntry {
        key: row.get(0)?,
        value: row.get(1)?,
        version: row.get(2)?,
    })
}

pub(super) fn scan(
    connection: &Connection,
    plugin: &PluginId,
    community: CommunityId,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
    now: Timestamp,
) -> rusqlite::Result<Vec<KvEntry>> {
    connection
        .prepare_cached(
            "SELECT key, value, version FROM kv
              WHERE plugin = ?1 AND community = ?2 AND key >= ?3 AND substr(key, 1, length(?3)) = ?3
                AND (?4 IS NULL OR key > ?4) AND (expires IS NULL OR expires > ?5)
              ORDER BY key LIMIT ?6",
        )?
        .query_map(params![plugin, community, prefix, after, now, limit], read_entry)?
        .collect()
}

pub(super) fn usage(
    connection: &Connection,
    plugin: &PluginId,
    community: CommunityId,
) -> rusqlite::Result<(u64, u64)> {
    connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0)
               FROM kv WHERE plugin = ?1 AND community = ?2",
        )?
        .query_row(params![plugin, community], |row| {
            let (Count(keys), Count(bytes)) = (row.get(0)?, row.get(1)?);
            Ok((keys, bytes))
        })
}
