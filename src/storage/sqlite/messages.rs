//! SQL of what was said, and of buttons under it.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use super::{clusters, deliveries, search};
use crate::model::content::Content;
use crate::model::ids::{
    ButtonId, CommunityId, ConversationId, MessageId, MessageRef, NativeId, PlaceId, PlaceRef, PluginId,
};
use crate::model::measure::{Removal, RemovalState};
use crate::storage::core::{StoredButton, StoredMessage};
use crate::storage::unit::{MessageChange, NewButton, NewMessage};
use crate::storage::{Change, Page};

/// What became of a message that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is stored.
    Stored,
    /// The plugin has said something under this name before: it is dropped, and so is what belongs to it.
    NameTaken,
}

/// Stores a message once under its id.
pub(super) fn put(
    write: &mut Write<'_>,
    community: CommunityId,
    new: &NewMessage,
    for_owners: bool,
) -> Result<Put, ApplyError> {
    let (plugin, name) = new.name.as_ref().map(|(plugin, name)| (plugin, name)).unzip();
    if let (Some(plugin), Some(name)) = (plugin, name)
        && is_name_taken(write.connection(), community, plugin, name)?
    {
        return Ok(Put::NameTaken);
    }
    write.execute(
        "INSERT INTO message (id, community, conversation, place, author, native, reply_to, note, only_for, content,
                              buttons, files, cites, plugin, name, at, for_owners)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (id) DO NOTHING",
        params![
            new.id,
            community,
            new.conversation,
            new.place,
            Json(&new.author),
            new.native.as_ref().map(|native| &native.id),
            new.reply_to,
            new.note,
            new.only,
            Json(&new.content),
            some(&new.buttons),
            some(&new.files),
            some(&new.cites),
            plugin,
            name,
            new.at,
            for_owners
        ],
    )?;
    write.change(Change::Message {
        place: new.place,
        message: new.id,
    });
    Ok(Put::Stored)
}

/// Empty lists take no room.
fn some<T: serde::Serialize>(list: &Vec<T>) -> Option<Json<&Vec<T>>> {
    (!list.is_empty()).then_some(Json(list))
}

fn is_name_taken(
    connection: &Connection,
    community: CommunityId,
    plugin: &PluginId,
    name: &str,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM message WHERE community = ?1 AND plugin = ?2 AND name = ?3")?
        .exists(params![community, plugin, name])
}

/// Edits or empties a message; one that is gone stays gone.
pub(super) fn change(write: &mut Write<'_>, change: &MessageChange) -> Result<(), ApplyError> {
    let place: Option<PlaceId> = match &change.content {
        Some(content) => write
            .connection()
            .prepare_cached(
                "UPDATE message SET content = ?2, buttons = iif(?3, ?4, buttons), edited_at = ?5
                  WHERE id = ?1 AND deleted_at IS NULL
                 RETURNING place",
            )?
            .query_row(
                params![
                    change.message,
                    Json(content),
                    change.buttons.is_some(),
                    change.buttons.as_ref().and_then(some),
                    change.at
                ],
                |row| row.get(0),
            ),
        None if let Some(removed) = &change.removed => write
            .connection()
            .prepare_cached(
                "UPDATE message
                    SET removed = ?3, deleted_at = iif(?4, ?2, NULL), buttons = iif(?4, NULL, buttons)
                  WHERE id = ?1 AND deleted_at IS NULL
                 RETURNING place",
            )?
            .query_row(
                params![
                    change.message,
                    change.at,
                    Json(removed),
                    removed.state == RemovalState::Done
                ],
                |row| row.get(0),
            ),
        None => write
            .connection()
            .prepare_cached(
                "UPDATE message SET content = ?2, buttons = NULL, files = NULL, cites = NULL, deleted_at = ?3
                  WHERE id = ?1 AND deleted_at IS NULL
                 RETURNING place",
            )?
            .query_row(params![change.message, Json(&Content::default()), change.at], |row| {
                row.get(0)
            }),
    }
    .optional()?;
    if let Some(place) = place {
        if change.content.is_none() && change.removed.is_none() {
            deliveries::empty(write, change.message)?;
        }
        search::reindex(write.connection(), change.message)?;
        clusters::message_changed(write, change)?;
        write.change(Change::Message {
            place,
            message: change.message,
        });
    }
    Ok(())
}

pub(super) fn put_button(write: &Write<'_>, new: &NewButton) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO button (id, message, meaning, expires) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
        params![new.id, new.message, Json(&new.meaning), new.expires],
    )?;
    Ok(())
}

pub(super) fn button(connection: &Connection, id: ButtonId) -> rusqlite::Result<Option<StoredButton>> {
    connection
        .prepare_cached("SELECT message, meaning, expires FROM button WHERE id = ?1")?
        .query_row([id], |row| {
            let Json(meaning) = row.get(1)?;
            Ok(StoredButton {
                message: row.get(0)?,
                meaning,
                expires: row.get(2)?,
            })
        })
        .optional()
}

const MESSAGE: &str = "SELECT m.seq, m.id, m.conversation, m.place, m.author, m.native, m.reply_to, m.note, m.only_for,
                              m.content, m.buttons, m.files, m.cites, m.plugin, m.name, m.at, m.edited_at,
                              m.deleted_at, p.scope, p.native, m.removed, m.for_owners
                         FROM message m LEFT JOIN place p ON p.id = m.place";

fn read_message(row: &Row<'_>) -> rusqlite::Result<StoredMessage> {
    let Json(author) = row.get(4)?;
    let Json(content) = row.get(9)?;
    let native: Option<NativeId> = row.get(5)?;
    let plugin: Option<PluginId> = row.get(13)?;
    let name: Option<String> = row.get(14)?;
    let removed: Option<Json<Removal>> = row.get(20)?;
    let native = match native {
        Some(id) => Some(MessageRef {
            place: PlaceRef {
                scope: row.get(18)?,
                id: row.get(19)?,
            },
            id,
        }),
        None => None,
    };
    Ok(StoredMessage {
        seq: row.get(0)?,
        new: NewMessage {
            id: row.get(1)?,
            conversation: row.get(2)?,
            place: row.get(3)?,
            author,
            native,
            reply_to: row.get(6)?,
            note: row.get(7)?,
            only: row.get(8)?,
            content,
            buttons: list(row, 10)?,
            files: list(row, 11)?,
            cites: list(row, 12)?,
            name: plugin.zip(name),
            at: row.get(15)?,
        },
        edited_at: row.get(16)?,
        deleted_at: row.get(17)?,
        removed: removed.map(|Json(removed)| removed),
        for_owners: row.get(21)?,
    })
}

fn list<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<T>> {
    let list: Option<Json<Vec<T>>> = row.get(column)?;
    Ok(list.map(|Json(list)| list).unwrap_or_default())
}

fn one(connection: &Connection, condition: &str, params: impl Params) -> rusqlite::Result<Option<StoredMessage>> {
    connection
        .prepare_cached(&format!("{MESSAGE} WHERE {condition}"))?
        .query_row(params, read_message)
        .optional()
}

/// Several by a condition; what stands behind `WHERE`, with order and limit.
pub(super) fn many(
    connection: &Connection,
    condition: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<StoredMessage>> {
    connection
        .prepare_cached(&format!("{MESSAGE} WHERE {condition}"))?
        .query_map(params, read_message)?
        .collect()
}

pub(super) fn message(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<StoredMessage>> {
    one(connection, "m.id = ?1", [id])
}

/// A received one, else one whose copy of ours is called so.
pub(super) fn by_native(connection: &Connection, native: &MessageRef) -> rusqlite::Result<Option<StoredMessage>> {
    let received = one(
        connection,
        "m.place = (SELECT id FROM place WHERE scope = ?1 AND native = ?2) AND m.native = ?3
          ORDER BY m.seq DESC LIMIT 1",
        params![native.place.scope, native.place.id, native.id],
    )?;
    if received.is_some() {
        return Ok(received);
    }
    one(
        connection,
        "m.id = (SELECT d.message FROM delivery d
                  WHERE d.place = (SELECT id FROM place WHERE scope = ?1 AND native = ?2) AND d.native = ?3
                    AND d.kind = 'send'
                  ORDER BY d.seq DESC LIMIT 1)",
        params![native.place.scope, native.place.id, native.id],
    )
}

/// The same in a place or in one within it.
pub(super) fn within(connection: &Connection, native: &MessageRef) -> rusqlite::Result<Option<StoredMessage>> {
    const PLACES: &str = "(SELECT id FROM place WHERE scope = ?1 AND native = ?2
                           UNION ALL
                           SELECT part.id FROM place whole JOIN place part ON part.parent = whole.id
                            WHERE whole.scope = ?1 AND whole.native = ?2)";
    let params = params![native.place.scope, native.place.id, native.id];
    let received = format!("m.place IN {PLACES} AND m.native = ?3 ORDER BY m.seq DESC LIMIT 1");
    let found = one(connection, &received, params)?;
    if found.is_some() {
        return Ok(found);
    }
    let sent = format!(
        "m.id = (SELECT d.message FROM delivery d
                  WHERE d.place IN {PLACES} AND d.native = ?3 AND d.kind = 'send'
                  ORDER BY d.seq DESC LIMIT 1)"
    );
    one(connection, &sent, params)
}

pub(super) fn by_name(
    connection: &Connection,
    community: CommunityId,
    plugin: &PluginId,
    name: &str,
) -> rusqlite::Result<Option<StoredMessage>> {
    one(
        connection,
        "m.community = ?1 AND m.plugin = ?2 AND m.name = ?3",
        params![community, plugin, name],
    )
}

pub(super) fn of_conversation(
    connection: &Connection,
    id: ConversationId,
    page: Page,
) -> rusqlite::Result<Vec<StoredMessage>> {
    many(
        connection,
        "m.conversation = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3",
        params![id, page.before.unwrap_or(i64::MAX), page.limit],
    )
}

pub(super) fn of_place(connection: &Connection, place: PlaceId, page: Page) -> rusqlite::Result<Vec<StoredMessage>> {
    many(
        connection,
        "m.place = ?1 AND m.seq < ?2 AND m.note = 0 ORDER BY m.seq DESC LIMIT ?3",
        params![place, page.before.unwrap_or(i64::MAX), page.limit],
    )
}
