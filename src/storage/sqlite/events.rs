//! SQL of events: accepted once, ended once.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::directory;
use super::failure::ApplyError;
use super::values::{Json, words};
use super::write::Write;
use crate::model::Timestamp;
use crate::model::directory::{Place, SeenIdentity};
use crate::model::ids::{CommunityId, ConversationId, EventSeq, IdentityId, MessageId, MessageRef, PlaceId};
use crate::storage::core::{EventState, LastSeen, StoredEvent, Trace};
use crate::storage::unit::{Accept, DirectoryUnit, EventEnd, NewEvent, Stored};
use crate::storage::{Applied, Change, Page};

words! {
    EventState { Accepted = "accepted", Handled = "handled", Parked = "parked" }
}

/// The directory, the events, the cursor behind them.
pub(super) fn accept(write: &mut Write<'_>, accept: &Accept) -> Result<Applied, ApplyError> {
    for unit in &accept.directory {
        directory::apply(write, unit)?;
        if let DirectoryUnit::Place(Place { id: place, .. }) | DirectoryUnit::Moved { place, .. } = unit {
            write.change(Change::Place(*place));
        }
    }
    let stored = accept
        .events
        .iter()
        .map(|event| insert(write, event))
        .collect::<Result<_, _>>()?;
    if let Some((login, cursor)) = &accept.cursor {
        directory::put_cursor(write, login, cursor)?;
    }
    Ok(Applied::Events(stored))
}

/// Stores the event, or answers the number under which it is stored already.
pub(super) fn insert(write: &mut Write<'_>, new: &NewEvent) -> Result<Stored, ApplyError> {
    let inserted = write.execute(
        "INSERT INTO event (id, dedupe, kind, community, place, author, lane, received_at, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (dedupe) DO NOTHING",
        params![
            new.id,
            new.event.dedupe,
            new.event.body.kind(),
            new.community,
            new.place,
            new.author,
            new.lane,
            new.received_at,
            Json(&new.event)
        ],
    )?;
    if inserted == 1 {
        let seq = EventSeq(write.connection().last_insert_rowid());
        write.change(Change::Event(seq));
        return Ok(Stored::New(seq));
    }
    let seq = write
        .connection()
        .prepare_cached("SELECT seq FROM event WHERE dedupe = ?1")?
        .query_row([&new.event.dedupe], |row| row.get(0))?;
    Ok(Stored::Duplicate(seq))
}

/// Ends the event, which must not have ended. Answers whom it concerns.
pub(super) fn end(
    write: &mut Write<'_>,
    seq: EventSeq,
    end: EventEnd,
    at: Timestamp,
    conversation: Option<ConversationId>,
    trace: &Trace,
) -> Result<CommunityId, ApplyError> {
    let state = match end {
        EventEnd::Handled => EventState::Handled,
        EventEnd::Parked => EventState::Parked,
    };
    let trace = (*trace != Trace::default()).then_some(Json(trace));
    let community = write
        .connection()
        .prepare_cached(
            "UPDATE event SET state = ?2, ended_at = ?3, conversation = ?4, trace = ?5
              WHERE seq = ?1 AND state = 'accepted'
             RETURNING community",
        )?
        .query_row(params![seq, state, at, conversation, trace], |row| row.get(0))
        .optional()?
        .ok_or_else(|| ApplyError::conflict(format!("event {}", seq.0)))?;
    write.change(Change::Event(seq));
    Ok(community)
}

/// Rows that retention has emptied are no longer shown; they only stop a late repeat.
const EVENT: &str = "SELECT seq, id, community, place, author, lane, received_at, state, payload, trace
                       FROM event
                      WHERE payload IS NOT NULL";

fn read_event(row: &Row<'_>) -> rusqlite::Result<(StoredEvent, Option<Trace>)> {
    let Json(event) = row.get(8)?;
    let trace: Option<Json<Trace>> = row.get(9)?;
    let stored = StoredEvent {
        seq: row.get(0)?,
        new: NewEvent {
            id: row.get(1)?,
            community: row.get(2)?,
            place: row.get(3)?,
            author: row.get(4)?,
            lane: row.get(5)?,
            received_at: row.get(6)?,
            event,
        },
        state: row.get(7)?,
    };
    Ok((stored, trace.map(|Json(trace)| trace)))
}

/// Accepted ones, oldest first, behind `after`.
pub(super) fn unhandled(connection: &Connection, after: EventSeq, limit: u32) -> rusqlite::Result<Vec<StoredEvent>> {
    connection
        .prepare_cached(&format!(
            "{EVENT} AND state = 'accepted' AND seq > ?1 ORDER BY seq LIMIT ?2"
        ))?
        .query_map(params![after, limit], |row| read_event(row).map(|(event, _)| event))?
        .collect()
}

pub(super) fn event(connection: &Connection, seq: EventSeq) -> rusqlite::Result<Option<(StoredEvent, Option<Trace>)>> {
    connection
        .prepare_cached(&format!("{EVENT} AND seq = ?1"))?
        .query_row([seq], read_event)
        .optional()
}

pub(super) fn events(
    connection: &Connection,
    community: Option<CommunityId>,
    page: Page,
    state: Option<EventState>,
) -> rusqlite::Result<Vec<(StoredEvent, Option<Trace>)>> {
    // The word stands in the statement where it is not "handled", so that the partial index is used.
    let filter = match state {
        None => "",
        Some(EventState::Accepted) => "state = 'accepted' AND",
        Some(EventState::Parked) => "state = 'parked' AND",
        Some(EventState::Handled) => "state = 'handled' AND",
    };
    connection
        .prepare_cached(&format!(
            "{EVENT} AND {filter} seq < ?1 AND (?3 IS NULL OR community = ?3) ORDER BY seq DESC LIMIT ?2"
        ))?
        .query_map(
            params![page.before.unwrap_or(i64::MAX), page.limit, community],
            read_event,
        )?
        .collect()
}

/// Also what retention has emptied.
pub(super) fn stored_at(connection: &Connection, dedupe: &str) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT received_at FROM event WHERE dedupe = ?1")?
        .query_row([dedupe], |row| row.get(0))
        .optional()
}

pub(super) fn trace_of(connection: &Connection, dedupe: &str) -> rusqlite::Result<Option<Trace>> {
    let trace: Option<Option<Json<Trace>>> = connection
        .prepare_cached("SELECT trace FROM event WHERE dedupe = ?1")?
        .query_row([dedupe], |row| row.get(0))
        .optional()?;
    Ok(trace.flatten().map(|Json(trace)| trace))
}

/// What is said has the id of its event. No index: people ask for it, one at a time.
pub(super) fn of_message(
    connection: &Connection,
    id: MessageId,
) -> rusqlite::Result<Option<(StoredEvent, Option<Trace>)>> {
    connection
        .prepare_cached(&format!("{EVENT} AND id = ?1"))?
        .query_row([id], read_event)
        .optional()
}

/// Who has done nothing among so many events of all is not looked for further back: each row costs, and there is no index.
const SEEN_WITHIN: u32 = 20_000;

/// What the platform told of somebody when they last did something in each space of a community.
pub(super) fn last_seen(
    connection: &Connection,
    who: IdentityId,
    community: CommunityId,
) -> rusqlite::Result<Vec<LastSeen>> {
    connection
        .prepare_cached(
            // What could not tell how they stand says so. What says nothing of it is good where nobody stands above others; in a space
            // it was stored before that was told, and knows of their roles at least.
            "SELECT space, author FROM (
                 SELECT place.space, event.payload -> '$.source.author' AS author,
                        row_number() OVER (
                            PARTITION BY place.space
                            ORDER BY CASE coalesce(event.payload ->> '$.source.author.standing',
                                                   iif(place.space IS NULL, 'untold', ''))
                                          WHEN 'unknown' THEN 2
                                          WHEN '' THEN 1
                                          ELSE 0
                                     END, event.seq DESC
                        ) AS number
                   FROM event LEFT JOIN place ON place.id = event.place
                  WHERE event.seq > (SELECT max(seq) FROM event) - ?3 AND event.author = ?1 AND event.community = ?2
                    AND event.payload ->> '$.source.author' IS NOT NULL)
              WHERE number = 1
              ORDER BY space",
        )?
        .query_map(params![who, community, SEEN_WITHIN], |row| {
            let (space, Json(mut who)): (_, Json<SeenIdentity>) = (row.get(0)?, row.get(1)?);
            who.standing = who.standing.within(space);
            Ok(LastSeen { space, who })
        })?
        .collect()
}

/// An answer that stands further away in the order of events than this is not looked for: each row near it costs.
const ANSWER_NEAR: u32 = 500;

pub(super) fn is_answered(
    connection: &Connection,
    event: EventSeq,
    place: PlaceId,
    message: &MessageRef,
    asker: IdentityId,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM event JOIN identity ON identity.id = event.author
                  WHERE event.seq BETWEEN ?1 - ?2 AND ?1 + ?2 AND event.place = ?3 AND event.kind = 'message'
                    AND event.author <> ?4 AND identity.bot = 0
                    AND event.payload ->> '$.body.body.reply_to.id' = ?5)",
        )?
        .query_row(params![event, ANSWER_NEAR, place, asker, message.id], |row| row.get(0))
}

pub(super) fn of_conversation(
    connection: &Connection,
    id: ConversationId,
    page: Page,
) -> rusqlite::Result<Vec<(StoredEvent, Option<Trace>)>> {
    connection
        .prepare_cached(&format!(
            "{EVENT} AND conversation = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        ))?
        .query_map(params![id, page.before.unwrap_or(i64::MAX), page.limit], read_event)?
        .collect()
}
