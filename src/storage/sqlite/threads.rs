//! SQL of threads that answers open: in the unit that says that one is there, what belongs into it goes there.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::ApplyError;
use super::write::Write;
use super::{deliveries, directory};
use crate::model::conversation::LaneKey;
use crate::model::directory::Place;
use crate::model::ids::{ConversationId, DeliveryId, MessageId, PlaceId};
use crate::storage::Change;
use crate::storage::unit::OpenedThread;

/// The thread that this delivery was to open is there: the deliveries that wait for it are sent into it, and their
/// conversation is held there. Where none waits, because the answer went without it meanwhile, nothing moves.
pub(super) fn opened(write: &mut Write<'_>, id: DeliveryId, thread: &OpenedThread) -> Result<(), ApplyError> {
    let Some(opening) = deliveries::delivery(write.connection(), id)? else {
        return Ok(());
    };
    let waiting = behind(write.connection(), id)?;
    let parent = directory::place(write.connection(), opening.new.place)?;
    let Some(parent) = parent.filter(|_| !waiting.is_empty()) else {
        return Ok(());
    };
    let place = place(write, &parent, thread, opening.new.action.body.thread_name())?;
    let mut said = BTreeSet::new();
    for (delivery, message) in waiting.into_iter().chain([(id, opening.new.message)]) {
        write.execute(
            "UPDATE delivery SET place = ?2, action = json_set(action, '$.place.scope', ?3, '$.place.id', ?4)
              WHERE id = ?1",
            params![delivery, place.id, place.native.scope, place.native.id],
        )?;
        write.change(Change::Delivery(delivery));
        said.extend(message);
    }
    for message in said {
        write.execute(
            "UPDATE message SET place = ?2 WHERE id = ?1 AND place = ?3",
            params![message, place.id, parent.id],
        )?;
        write.change(Change::Message {
            place: place.id,
            message,
        });
    }
    match opening.new.conversation {
        Some(conversation) => move_conversation(write, conversation, parent.id, place.id),
        None => Ok(()),
    }
}

/// All deliveries that wait for this one. What failed meanwhile may be sent again; what was given up is not.
fn behind(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<(DeliveryId, Option<MessageId>)>> {
    connection
        .prepare_cached(
            "WITH RECURSIVE behind (id) AS (
                 SELECT ?1 UNION SELECT delivery.id FROM delivery JOIN behind ON delivery.after = behind.id
             )
             SELECT id, message FROM delivery
              WHERE id IN (SELECT id FROM behind) AND id <> ?1 AND state NOT IN ('delivered', 'given_up')
              ORDER BY seq",
        )?
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The thread as a place. Somebody may have written there already; then it is as it was made for them.
fn place(
    write: &mut Write<'_>,
    parent: &Place,
    thread: &OpenedThread,
    name: Option<&str>,
) -> Result<Place, ApplyError> {
    if let Some(known) = directory::place_by_native(write.connection(), &thread.native)? {
        return Ok(known);
    }
    let place = Place {
        id: thread.place,
        native: thread.native.clone(),
        parent: Some(parent.id),
        // The platform tells it with what is said there, too.
        name: format!("{} / {}", parent.name, name.unwrap_or_default()),
        thread: true,
        ..parent.clone()
    };
    directory::see_place(write, &place)?;
    write.change(Change::Place(place.id));
    Ok(place)
}

/// The conversation is held in the thread from now on, whoever holds it, and whoever has read it before reads it again.
/// It stays where it is when it has moved already, or when another one is open in the thread's lane.
fn move_conversation(write: &mut Write<'_>, id: ConversationId, from: PlaceId, to: PlaceId) -> Result<(), ApplyError> {
    let lane: Option<LaneKey> = write
        .connection()
        .prepare_cached("SELECT lane FROM conversation WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let into = LaneKey::of_place(to);
    let moved = write.execute(
        "UPDATE OR IGNORE conversation SET place = ?2, lane = ?3, version = version + 1
          WHERE id = ?1 AND place = ?4",
        params![id, to, into, from],
    )?;
    if moved == 0 {
        // What is being decided about it may count on a thread that is still to come.
        write.execute("UPDATE conversation SET version = version + 1 WHERE id = ?1", [id])?;
    }
    write.change(Change::Conversation(id));
    if let Some(lane) = lane.filter(|_| moved == 1) {
        write.change(Change::ConversationMoved { from: lane, to: into });
    }
    Ok(())
}
