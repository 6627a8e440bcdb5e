//! SQL of deliveries: each step names the states it may be taken from.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failure::ApplyError;
use super::values::{Count, Json, words};
use super::write::Write;
use super::{events, threads};
use crate::model::Timestamp;
use crate::model::action::Priority;
use crate::model::event::DeliveryEnd;
use crate::model::fit::FittedBody;
use crate::model::ids::{
    CommunityId, ConversationId, DeliveryId, IdentityRef, LoginName, MessageId, NativeId, PlaceId,
};
use crate::model::measure::TAKEN_WITHIN;
use crate::storage::core::{DeliveryState, StoredDelivery};
use crate::storage::unit::{DeliveryStep, NewDelivery};
use crate::storage::{Applied, Change, Page};

words! {
    DeliveryState {
        Queued = "queued",
        Sending = "sending",
        Delivered = "delivered",
        Failed = "failed",
        PerhapsSent = "perhaps_sent",
        GivenUp = "given_up",
    }
}

const fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Reply => 0,
        Priority::Answer => 1,
        Priority::Notice => 2,
        Priority::Campaign => 3,
    }
}

const fn priority(rank: i64) -> Priority {
    match rank {
        0 => Priority::Reply,
        1 => Priority::Answer,
        2 => Priority::Notice,
        _ => Priority::Campaign,
    }
}

const fn kind(body: &FittedBody) -> &'static str {
    match body {
        FittedBody::Send { .. } => "send",
        FittedBody::Edit { .. } => "edit",
        FittedBody::Delete { .. } => "delete",
        FittedBody::Remove { .. } => "remove",
        FittedBody::Measure { .. } => "measure",
        FittedBody::React { .. } => "react",
        FittedBody::Thread { .. } => "thread",
        FittedBody::Typing { .. } => "typing",
    }
}

pub(super) fn put(write: &mut Write<'_>, new: &NewDelivery) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO delivery (id, kind, login, place, conversation, message, piece, priority, after, due, action,
                               idempotent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            new.id,
            kind(&new.action.body),
            new.login,
            new.place,
            new.conversation,
            new.message,
            new.piece,
            rank(new.priority),
            new.after,
            new.due,
            Json(&new.action),
            new.idempotent
        ],
    )?;
    write.change(Change::Delivery(new.id));
    Ok(())
}

/// What a step that begins somewhere else is answered with.
const WHAT: &str = "the delivery";

/// Takes a step, or answers `Conflict` when the delivery is not where the step begins.
pub(super) fn step(write: &mut Write<'_>, step: &DeliveryStep) -> Result<Applied, ApplyError> {
    let mut applied = Applied::Done;
    let id = match step {
        DeliveryStep::Sending { id } => {
            write.execute_one(
                WHAT,
                // One that may be repeated was perhaps marked before, by a process that died.
                "UPDATE delivery SET state = 'sending'
                  WHERE id = ?1 AND (state = 'queued' OR state = 'sending' AND idempotent = 1)",
                [id],
            )?;
            id
        }
        DeliveryStep::Retry {
            id,
            attempt,
            due,
            reason,
        } => {
            write.execute_one(
                WHAT,
                "UPDATE delivery SET state = 'queued', attempt = ?2, due = ?3, reason = ?4
                  WHERE id = ?1 AND state IN ('queued', 'sending')",
                params![id, attempt, due, reason],
            )?;
            id
        }
        DeliveryStep::Ended {
            id,
            native,
            end,
            at,
            thread,
            event,
        } => {
            ended(write, *id, native.as_ref(), end, *at)?;
            if let Some(thread) = thread {
                threads::opened(write, *id, thread)?;
            }
            if let Some(event) = event {
                applied = Applied::Events(vec![events::insert(write, event)?]);
            }
            id
        }
        DeliveryStep::Again { id, .. }
        | DeliveryStep::GiveUp { id, .. }
        | DeliveryStep::CalledOff { id, .. }
        | DeliveryStep::Arrived { id, .. } => {
            decided(write, step)?;
            id
        }
    };
    write.change(Change::Delivery(*id));
    if matches!(
        step,
        DeliveryStep::Again { .. } | DeliveryStep::GiveUp { .. } | DeliveryStep::Arrived { .. }
    ) {
        write.change(Change::DeliveryDecided(*id));
    }
    Ok(applied)
}

fn ended(
    write: &Write<'_>,
    id: DeliveryId,
    native: Option<&NativeId>,
    end: &DeliveryEnd,
    at: Timestamp,
) -> Result<(), ApplyError> {
    let (state, reason) = match end {
        DeliveryEnd::Delivered => (DeliveryState::Delivered, None),
        DeliveryEnd::Failed { reason } => (DeliveryState::Failed, Some(reason)),
        DeliveryEnd::PerhapsSent { reason } => (DeliveryState::PerhapsSent, Some(reason)),
    };
    write.execute_one(
        WHAT,
        "UPDATE delivery
            SET state = ?2, native = ?3, ended_at = ?4, reason = coalesce(?5, reason), attempt = attempt + 1
          WHERE id = ?1 AND state IN ('queued', 'sending')",
        params![id, state, native, at, reason],
    )
}

/// What a person has decided.
fn decided(write: &Write<'_>, step: &DeliveryStep) -> Result<(), ApplyError> {
    match step {
        DeliveryStep::Again { id, due } => write.execute_one(
            WHAT,
            // Whoever wants it done after all wants it within the same time from now on.
            "UPDATE delivery SET state = 'queued', attempt = 0, due = ?2, ended_at = NULL,
                    action = iif(kind = 'measure', json_replace(action, '$.body.not_after', ?3), action)
              WHERE id = ?1 AND state IN ('failed', 'perhaps_sent')",
            params![id, due, *due + TAKEN_WITHIN],
        ),
        DeliveryStep::GiveUp { id, at } => write.execute_one(
            WHAT,
            "UPDATE delivery SET state = 'given_up', ended_at = ?2
              WHERE id = ?1 AND state IN ('queued', 'failed', 'perhaps_sent')",
            params![id, at],
        ),
        DeliveryStep::CalledOff { id, at } => write.execute_one(
            WHAT,
            "UPDATE delivery SET action = json_set(action, '$.body.not_after', ?2)
              WHERE id = ?1 AND kind = 'measure' AND state = 'sending'",
            params![id, at],
        ),
        DeliveryStep::Arrived { id, at } => write.execute_one(
            WHAT,
            "UPDATE delivery SET state = 'delivered', ended_at = ?2 WHERE id = ?1 AND state = 'perhaps_sent'",
            params![id, at],
        ),
        DeliveryStep::Sending { .. } | DeliveryStep::Retry { .. } | DeliveryStep::Ended { .. } => Ok(()),
    }
}

/// Takes the text out of what was sent of a message that is deleted. What is still to be sent keeps it.
pub(super) fn empty(write: &Write<'_>, message: MessageId) -> Result<(), ApplyError> {
    write.execute(
        "UPDATE delivery SET action = json_set(action, '$.body.content', json('{\"blocks\":[]}'))
          WHERE message = ?1 AND kind IN ('send', 'edit') AND state NOT IN ('queued', 'sending')",
        [message],
    )?;
    Ok(())
}

const DELIVERY: &str = "SELECT seq, id, login, place, conversation, message, piece, priority, after, due, action,
                               idempotent, state, attempt, ended_at, native, reason
                          FROM delivery";

fn read_delivery(row: &Row<'_>) -> rusqlite::Result<StoredDelivery> {
    let Json(action) = row.get(10)?;
    Ok(StoredDelivery {
        seq: row.get(0)?,
        new: NewDelivery {
            id: row.get(1)?,
            login: row.get(2)?,
            place: row.get(3)?,
            conversation: row.get(4)?,
            message: row.get(5)?,
            piece: row.get(6)?,
            priority: priority(row.get(7)?),
            after: row.get(8)?,
            due: row.get(9)?,
            action,
            idempotent: row.get(11)?,
        },
        state: row.get(12)?,
        attempt: row.get(13)?,
        ended_at: row.get(14)?,
        native: row.get(15)?,
        reason: row.get(16)?,
    })
}

fn many(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Vec<StoredDelivery>> {
    connection
        .prepare_cached(&format!("{DELIVERY} {rest}"))?
        .query_map(params, read_delivery)?
        .collect()
}

/// Queued and sending ones of a login and priority, in the order they were made. Each half comes in order out of the
/// index, so that a window over a long backlog sorts two windows and not the backlog.
pub(super) fn open(
    connection: &Connection,
    login: &LoginName,
    priority: Priority,
    after: i64,
    limit: u32,
) -> rusqlite::Result<Vec<StoredDelivery>> {
    let half = |state: &str| {
        many(
            connection,
            &format!("WHERE state = '{state}' AND login = ?1 AND priority = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4"),
            params![login, rank(priority), after, limit],
        )
    };
    let mut found = half("queued")?;
    found.append(&mut half("sending")?);
    found.sort_by_key(|delivery| delivery.seq);
    found.truncate(limit as usize);
    Ok(found)
}

pub(super) fn delivery(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<StoredDelivery>> {
    connection
        .prepare_cached(&format!("{DELIVERY} WHERE id = ?1"))?
        .query_row([id], read_delivery)
        .optional()
}

pub(super) fn list(
    connection: &Connection,
    community: Option<CommunityId>,
    page: Page,
    state: Option<DeliveryState>,
) -> rusqlite::Result<Vec<StoredDelivery>> {
    // The word stands in the statement, so that the partial index is used.
    let filter = match state {
        None => "",
        Some(DeliveryState::Queued) => "state = 'queued' AND",
        Some(DeliveryState::Sending) => "state = 'sending' AND",
        Some(DeliveryState::Delivered) => "state = 'delivered' AND",
        Some(DeliveryState::Failed) => "state = 'failed' AND",
        Some(DeliveryState::PerhapsSent) => "state = 'perhaps_sent' AND",
        Some(DeliveryState::GivenUp) => "state = 'given_up' AND",
    };
    many(
        connection,
        &format!("WHERE {filter} seq < ?1 AND {OF_COMMUNITY} ORDER BY seq DESC LIMIT ?2"),
        params![page.before.unwrap_or(i64::MAX), page.limit, community],
    )
}

/// A delivery is its place's.
const OF_COMMUNITY: &str = "(?3 IS NULL OR place IN (SELECT id FROM place WHERE community = ?3))";

pub(super) fn counts(
    connection: &Connection,
    community: Option<CommunityId>,
) -> rusqlite::Result<Vec<(DeliveryState, u64)>> {
    connection
        .prepare_cached(
            "SELECT state, count(*) FROM delivery
              WHERE state <> 'delivered' AND (?1 IS NULL OR place IN (SELECT id FROM place WHERE community = ?1))
              GROUP BY state",
        )?
        .query_map([community], |row| {
            row.get(1).map(|Count(count)| Ok((row.get(0)?, count)))?
        })?
        .collect()
}

/// The thread that is being opened for the conversation.
pub(super) fn thread_opening(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Option<DeliveryId>> {
    connection
        .prepare_cached(
            "SELECT id FROM delivery
              WHERE conversation = ?1 AND kind = 'thread' AND state IN ('queued', 'sending')
              ORDER BY seq LIMIT 1",
        )?
        .query_row([conversation], |row| row.get(0))
        .optional()
}

/// Measures about somebody that have not ended, in all that the place is in; what takes them back is none.
pub(super) fn measures_open(
    connection: &Connection,
    person: &IdentityRef,
    place: PlaceId,
) -> rusqlite::Result<Vec<StoredDelivery>> {
    many(
        connection,
        // The first term names the index.
        "WHERE state <> 'delivered' AND state IN ('queued', 'sending') AND kind = 'measure'
           AND action ->> '$.body.person.scope' = ?1 AND action ->> '$.body.person.id' = ?2
           AND action ->> '$.body.measure.t' <> 'lift'
           AND (place = ?3 OR place IN (SELECT other.id FROM place AS own JOIN place AS other ON other.space = own.space
                                         WHERE own.id = ?3))
         ORDER BY seq",
        params![person.scope, person.id, place],
    )
}

/// All threads that are being opened.
pub(super) fn openings(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<StoredDelivery>> {
    many(
        connection,
        "WHERE kind = 'thread' AND state IN ('queued', 'sending') ORDER BY seq LIMIT ?1",
        [limit],
    )
}

/// Sends only: an edit on its way is no copy.
pub(super) fn of_message(connection: &Connection, id: MessageId) -> rusqlite::Result<Vec<StoredDelivery>> {
    many(
        connection,
        "WHERE message = ?1 AND kind = 'send' ORDER BY piece, seq",
        [id],
    )
}
