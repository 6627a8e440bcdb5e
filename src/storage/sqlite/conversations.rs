//! SQL of conversations and the log of their changes of hands.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::ApplyError;
use super::values::{Count, Json};
use super::write::Write;
use crate::model::Timestamp;
use crate::model::conversation::{Conversation, HolderKind, LaneKey, Transition};
use crate::model::ids::{CommunityId, ConversationId};
use crate::storage::Change;
use crate::storage::core::{ConversationFilter, ConversationOrder, LoggedTransition};
use crate::storage::unit::ConversationWrite;

/// Inserts or compares and sets the row, and logs the changes of hands.
pub(super) fn put(write: &mut Write<'_>, new: &ConversationWrite, at: Timestamp) -> Result<(), ApplyError> {
    let row = &new.after;
    let from = match (new.before, new.transitions.is_empty()) {
        (Some(_), false) => holder_of(write.connection(), row.id)?,
        _ => None,
    };
    let held = Json(&row.holder);
    let kind = row.holder.kind();
    match new.before {
        None => {
            write.execute(
                "INSERT INTO conversation (id, community, place, asker, lane, holder, held, version, misses, opened_at,
                                           changed_at, active_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    row.id,
                    row.community,
                    row.place,
                    row.asker,
                    row.lane,
                    kind,
                    held,
                    row.version,
                    row.misses,
                    row.opened_at,
                    row.changed_at,
                    row.active_at
                ],
            )?;
        }
        Some(before) => write.execute_one(
            "the conversation",
            // Who started it never changes, and its index is not to be written for each message.
            "UPDATE conversation
                SET place = ?3, lane = ?4, holder = ?5, held = ?6, version = ?7, misses = ?8, changed_at = ?9,
                    active_at = ?10
              WHERE id = ?1 AND version = ?2",
            params![
                row.id,
                before,
                row.place,
                row.lane,
                kind,
                held,
                row.version,
                row.misses,
                row.changed_at,
                row.active_at
            ],
        )?,
    }
    log(write, row.id, from, &new.transitions, at)?;
    write.change(Change::Conversation(row.id));
    Ok(())
}

fn holder_of(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<HolderKind>> {
    connection
        .prepare_cached("SELECT holder FROM conversation WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

fn log(
    write: &Write<'_>,
    id: ConversationId,
    mut from: Option<HolderKind>,
    transitions: &[Transition],
    at: Timestamp,
) -> Result<(), ApplyError> {
    for transition in transitions {
        write.execute(
            "INSERT INTO transition (conversation, from_holder, held, actor, reason, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                id,
                from,
                Json(&transition.to),
                Json(&transition.actor),
                transition.reason,
                at
            ],
        )?;
        from = Some(transition.to.kind());
    }
    Ok(())
}

const CONVERSATION: &str = "SELECT id, community, place, asker, lane, held, version, misses, opened_at, changed_at,
                                   active_at
                              FROM conversation";

fn read_conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let Json(holder) = row.get(5)?;
    Ok(Conversation {
        id: row.get(0)?,
        community: row.get(1)?,
        place: row.get(2)?,
        asker: row.get(3)?,
        lane: row.get(4)?,
        holder,
        version: row.get(6)?,
        misses: row.get(7)?,
        opened_at: row.get(8)?,
        changed_at: row.get(9)?,
        active_at: row.get(10)?,
    })
}

pub(super) fn conversation(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Conversation>> {
    connection
        .prepare_cached(&format!("{CONVERSATION} WHERE id = ?1"))?
        .query_row([id], read_conversation)
        .optional()
}

pub(super) fn open_of_lane(connection: &Connection, lane: &LaneKey) -> rusqlite::Result<Option<Conversation>> {
    connection
        .prepare_cached(&format!("{CONVERSATION} WHERE lane = ?1 AND holder <> 'closed'"))?
        .query_row([lane], read_conversation)
        .optional()
}

pub(super) fn closed_last_of_lane(connection: &Connection, lane: &LaneKey) -> rusqlite::Result<Option<Conversation>> {
    connection
        .prepare_cached(&format!(
            "{CONVERSATION} WHERE lane = ?1 AND holder = 'closed' ORDER BY changed_at DESC, id DESC LIMIT 1"
        ))?
        .query_row([lane], read_conversation)
        .optional()
}

/// Open ones are few and are sorted; of the closed ones the index gives the newest.
pub(super) fn list(
    connection: &Connection,
    filter: &ConversationFilter,
    limit: u32,
) -> rusqlite::Result<Vec<Conversation>> {
    let wanted = |kind: HolderKind| filter.holders.is_empty() || filter.holders.contains(&kind);
    let (behind, order) = match filter.order {
        ConversationOrder::ActiveLast => ("(active_at, id) < (?2, ?7)", "active_at DESC, id DESC"),
        ConversationOrder::HeldLongest => ("(changed_at, id) > (?2, ?7)", "changed_at, id"),
    };
    let mut found = Vec::new();
    for (closed, condition) in [(false, "holder <> 'closed'"), (true, "holder = 'closed'")] {
        if closed && !wanted(HolderKind::Closed) {
            continue;
        }
        // Holders are filtered in the statement so that the limit counts what is shown.
        let holders: Vec<_> = filter.holders.iter().map(|kind| kind.as_str()).collect();
        let mut statement = connection.prepare_cached(&format!(
            "{CONVERSATION}
              WHERE {condition} AND (?1 IS NULL OR community = ?1) AND (?2 IS NULL OR {behind})
                AND (?3 = '[]' OR holder IN (SELECT value FROM json_each(?3)))
                AND (?5 IS NULL OR held ->> '$.agent' = ?5) AND (?6 IS NULL OR asker = ?6)
              ORDER BY {order} LIMIT ?4"
        ))?;
        let rows = statement.query_map(
            params![
                filter.community,
                filter.after.map(|after| after.at),
                Json(&holders),
                limit,
                // As it stands in the JSON of the holder.
                filter.agent.map(|agent| agent.0.to_string()),
                filter.asker,
                filter.after.map(|after| after.id)
            ],
            read_conversation,
        )?;
        for row in rows {
            found.push(row?);
        }
    }
    match filter.order {
        ConversationOrder::ActiveLast => {
            found.sort_by_key(|conversation| std::cmp::Reverse((conversation.active_at, conversation.id)));
        }
        ConversationOrder::HeldLongest => found.sort_by_key(|conversation| (conversation.changed_at, conversation.id)),
    }
    found.truncate(limit as usize);
    Ok(found)
}

pub(super) fn counts(connection: &Connection, community: CommunityId) -> rusqlite::Result<Vec<(HolderKind, u64)>> {
    connection
        .prepare_cached(
            "SELECT holder, count(*) FROM conversation WHERE community = ?1 AND holder <> 'closed' GROUP BY holder
              UNION ALL
             SELECT 'closed', count(*) FROM conversation WHERE community = ?1 AND holder = 'closed'
             HAVING count(*) > 0",
        )?
        .query_map([community], |row| {
            row.get(1).map(|Count(count)| Ok((row.get(0)?, count)))?
        })?
        .collect()
}

pub(super) fn transitions(connection: &Connection, id: ConversationId) -> rusqlite::Result<Vec<LoggedTransition>> {
    connection
        .prepare_cached(
            "SELECT from_holder, held, actor, reason, at FROM transition WHERE conversation = ?1 ORDER BY seq",
        )?
        .query_map([id], transition)?
        .collect()
}

pub(super) fn last_transitions(
    connection: &Connection,
    ids: &[ConversationId],
) -> rusqlite::Result<BTreeMap<ConversationId, LoggedTransition>> {
    // The index ends with the row's number, so that each look is one step, however long the log is.
    let mut last = connection.prepare_cached(
        "SELECT from_holder, held, actor, reason, at FROM transition WHERE conversation = ?1 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut found = BTreeMap::new();
    for id in ids {
        if let Some(logged) = last.query_row([id], transition).optional()? {
            found.insert(*id, logged);
        }
    }
    Ok(found)
}

fn transition(row: &Row<'_>) -> rusqlite::Result<LoggedTransition> {
    let Json(to) = row.get(1)?;
    let Json(actor) = row.get(2)?;
    Ok(LoggedTransition {
        from: row.get(0)?,
        to,
        actor,
        reason: row.get(3)?,
        at: row.get(4)?,
    })
}
