//! SQL of communities, spaces, places, identities, memberships and cursors.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::ApplyError;
use super::values::{Json, words};
use super::write::Write;
use crate::connectors::Cursor;
use crate::model::ability::Profile;
use crate::model::command::MenuPlace;
use crate::model::directory::{Audience, Identity, Place, SeenPlace, Space};
use crate::model::ids::{CommunityId, IdentityId, IdentityRef, LoginName, NativeId, PlaceId, PlaceRef, Scope, SpaceId};
use crate::storage::Page;
use crate::storage::core::Community;
use crate::storage::unit::DirectoryUnit;

words! {
    Audience { Direct = "direct", Group = "group", Public = "public" }
}

/// The columns of a place, in the order in which they are written.
macro_rules! columns {
    ($place:expr) => {
        params![
            $place.id,
            $place.native.scope,
            $place.native.id,
            $place.login,
            $place.community,
            $place.space,
            $place.parent,
            $place.name,
            $place.audience,
            $place.thread,
            $place.enabled,
            $place.overheard
        ]
    };
}

/// Later news replaces earlier. A place is as a platform tells of it.
pub(super) fn apply(write: &mut Write<'_>, unit: &DirectoryUnit) -> Result<(), ApplyError> {
    match unit {
        DirectoryUnit::Community {
            id,
            name,
            language,
            zone,
        } => {
            write.execute(
                "INSERT INTO community (id, name, language, zone) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, language = ?3, zone = ?4",
                params![id, name, language, zone],
            )?;
        }
        DirectoryUnit::Roles { community, roles } => write.execute_one(
            "the community",
            "UPDATE community SET roles = ?2 WHERE id = ?1",
            params![community, Json(roles)],
        )?,
        DirectoryUnit::Space {
            id,
            login,
            native,
            community,
            name,
        } => {
            write.execute(
                "INSERT INTO space (id, login, native, community, name) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET login = ?2, native = ?3, community = ?4, name = ?5",
                params![id, login, native, community, name],
            )?;
        }
        DirectoryUnit::Place(place) => see_place(write, place)?,
        DirectoryUnit::Moved { place, from, to } => move_place(write, *place, from, to)?,
        DirectoryUnit::Login { name, profile } => {
            write.execute(
                "INSERT INTO login (name, profile) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET profile = ?2",
                params![name, Json(profile)],
            )?;
        }
        DirectoryUnit::Identity(identity) => put_identity(write, identity)?,
        DirectoryUnit::Membership {
            identity,
            space,
            since: Some(since),
        } => {
            write.execute(
                "INSERT INTO membership (identity, space, since) VALUES (?1, ?2, ?3)
                 ON CONFLICT (identity, space) DO NOTHING",
                params![identity, space, since],
            )?;
        }
        DirectoryUnit::Membership {
            identity,
            space,
            since: None,
        } => {
            write.execute(
                "DELETE FROM membership WHERE identity = ?1 AND space = ?2",
                params![identity, space],
            )?;
        }
    }
    Ok(())
}

/// A place as a platform tells of it. What hangs in another one begins as open as that is by now, and one that is known stays as
/// open as it is: what was read before somebody closed it opens nothing.
pub(super) fn see_place(write: &Write<'_>, place: &Place) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO place (id, scope, native, login, community, space, parent, name, audience, thread, enabled,
                            overheard)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
                 coalesce((SELECT enabled FROM place WHERE id = ?7), ?11),
                 coalesce((SELECT overheard FROM place WHERE id = ?7), ?12))
         ON CONFLICT (id) DO UPDATE SET scope = ?2, native = ?3, login = ?4, community = ?5, space = ?6, parent = ?7,
             name = ?8, audience = ?9, thread = ?10",
        columns!(place),
    )?;
    Ok(())
}

/// A place as a person wants it. Whatever hangs in it is as open from now on, unless a person has chosen otherwise there: what is
/// set to be as what it hangs in goes on following that.
pub(super) fn set_place(write: &Write<'_>, place: &Place) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO place (id, scope, native, login, community, space, parent, name, audience, thread, enabled,
                            overheard)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (id) DO UPDATE SET scope = ?2, native = ?3, login = ?4, community = ?5, space = ?6, parent = ?7,
             name = ?8, audience = ?9, thread = ?10, enabled = ?11, overheard = ?12,
             own = EXISTS (SELECT 1 FROM place AS above
                            WHERE above.id = ?7 AND (above.enabled <> ?11 OR above.overheard <> ?12))",
        columns!(place),
    )?;
    write.execute(
        "UPDATE place SET enabled = ?2, overheard = ?3 WHERE parent = ?1 AND own = 0",
        params![place.id, place.enabled, place.overheard],
    )?;
    Ok(())
}

/// What refers to a place by our id.
const OF_A_PLACE: [(&str, &str); 9] = [
    ("event", "place"),
    ("message", "place"),
    ("delivery", "place"),
    ("conversation", "place"),
    ("post", "place"),
    ("link_code", "place"),
    ("call", "place"),
    ("knowledge_unanswered", "place"),
    ("place", "parent"),
];

fn move_place(write: &Write<'_>, id: PlaceId, from: &PlaceRef, to: &SeenPlace) -> Result<(), ApplyError> {
    let known = place(write.connection(), id)?;
    if known.is_none_or(|known| known.native != *from) {
        return Ok(());
    }
    // The platform counts anew: what was said before must not be found under the new numbers.
    for table in ["message", "delivery"] {
        write.execute(
            &format!("UPDATE {table} SET native = ?2 || '/' || native WHERE place = ?1 AND native IS NOT NULL"),
            params![id, from.id],
        )?;
    }
    write.execute(
        "UPDATE delivery SET action = json_set(action, '$.place.scope', ?2, '$.place.id', ?3)
          WHERE place = ?1 AND state <> 'delivered'",
        params![id, to.native.scope, to.native.id],
    )?;
    // Something may have happened under the new name before the platform told that it is the same place, or under the
    // old name after it did. The older one is the one that people know.
    let mut id = id;
    if let Some(other) = place_by_native(write.connection(), &to.native)? {
        let younger = if seq(write, other.id)? > seq(write, id)? {
            other.id
        } else {
            std::mem::replace(&mut id, other.id)
        };
        for (table, column) in OF_A_PLACE {
            write.execute(
                &format!("UPDATE {table} SET {column} = ?1 WHERE {column} = ?2"),
                params![id, younger],
            )?;
        }
        write.execute("DELETE FROM place WHERE id = ?1", [younger])?;
    }
    write.execute(
        "UPDATE place SET scope = ?2, native = ?3 WHERE id = ?1",
        params![id, to.native.scope, to.native.id],
    )?;
    write.execute(
        "UPDATE OR IGNORE space SET native = ?2 WHERE id = (SELECT space FROM place WHERE id = ?1) AND ?2 IS NOT NULL",
        params![id, to.space],
    )?;
    Ok(())
}

/// In the order in which places were first seen.
fn seq(write: &Write<'_>, id: PlaceId) -> rusqlite::Result<i64> {
    let mut statement = write
        .connection()
        .prepare_cached("SELECT seq FROM place WHERE id = ?1")?;
    statement.query_row([id], |row| row.get(0))
}

fn put_identity(write: &Write<'_>, identity: &Identity) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO identity (id, scope, native, name, bot, staff, roles, language)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET scope = ?2, native = ?3, name = ?4, bot = ?5, staff = ?6, roles = ?7,
             language = ?8",
        params![
            identity.id,
            identity.native.scope,
            identity.native.id,
            identity.name,
            identity.bot,
            identity.staff,
            Json(&identity.roles),
            identity.language
        ],
    )?;
    Ok(())
}

/// Where the login goes on after a restart.
pub(super) fn put_cursor(write: &Write<'_>, login: &LoginName, cursor: &Cursor) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO cursor (login, position) VALUES (?1, ?2) ON CONFLICT (login) DO UPDATE SET position = ?2",
        params![login, cursor.0],
    )?;
    Ok(())
}

/// A profile that another release wrote and this one cannot read is as good as none: it is written anew when the login
/// next begins to hear.
pub(super) fn profiles(connection: &Connection) -> rusqlite::Result<BTreeMap<LoginName, Profile>> {
    let mut statement = connection.prepare_cached("SELECT name, profile FROM login")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut profiles = BTreeMap::new();
    for row in rows {
        let (name, written) = row?;
        if let Ok(profile) = serde_json::from_str(&written) {
            profiles.insert(name, profile);
        }
    }
    Ok(profiles)
}

pub(super) fn cursor(connection: &Connection, login: &LoginName) -> rusqlite::Result<Option<Cursor>> {
    connection
        .prepare_cached("SELECT position FROM cursor WHERE login = ?1")?
        .query_row([login], |row| row.get(0).map(Cursor))
        .optional()
}

pub(super) fn communities(connection: &Connection) -> rusqlite::Result<Vec<Community>> {
    connection
        .prepare_cached("SELECT id, name, language, zone, roles FROM community ORDER BY name")?
        .query_map([], |row| {
            let Json(roles) = row.get(4)?;
            Ok(Community {
                id: row.get(0)?,
                name: row.get(1)?,
                language: row.get(2)?,
                zone: row.get(3)?,
                roles,
            })
        })?
        .collect()
}

const PLACE: &str = "SELECT seq, id, scope, native, login, community, space, parent, name, audience, thread, enabled,
                            overheard
                       FROM place";

fn read_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        id: row.get(1)?,
        native: PlaceRef {
            scope: row.get(2)?,
            id: row.get(3)?,
        },
        login: row.get(4)?,
        community: row.get(5)?,
        space: row.get(6)?,
        parent: row.get(7)?,
        name: row.get(8)?,
        audience: row.get(9)?,
        thread: row.get(10)?,
        enabled: row.get(11)?,
        overheard: row.get(12)?,
    })
}

pub(super) fn place(connection: &Connection, id: PlaceId) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(&format!("{PLACE} WHERE id = ?1"))?
        .query_row([id], read_place)
        .optional()
}

pub(super) fn place_by_native(connection: &Connection, native: &PlaceRef) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(&format!("{PLACE} WHERE scope = ?1 AND native = ?2"))?
        .query_row(params![native.scope, native.id], read_place)
        .optional()
}

/// By name. `page.before` counts the places already shown, because names have no sequence number.
pub(super) fn places(connection: &Connection, community: CommunityId, page: Page) -> rusqlite::Result<Vec<Place>> {
    connection
        .prepare_cached(&format!(
            "{PLACE} WHERE community = ?1 ORDER BY name, seq LIMIT ?2 OFFSET ?3"
        ))?
        .query_map(
            params![community, page.limit, page.before.unwrap_or(0).max(0)],
            read_place,
        )?
        .collect()
}

pub(super) fn shared_places(
    connection: &Connection,
    community: CommunityId,
    limit: u32,
) -> rusqlite::Result<Vec<Place>> {
    connection
        .prepare_cached(&format!(
            "{PLACE} WHERE community = ?1 AND audience <> 'direct' ORDER BY thread, name, seq LIMIT ?2"
        ))?
        .query_map(params![community, limit], read_place)?
        .collect()
}

pub(super) fn direct_places(connection: &Connection, login: &LoginName, limit: u32) -> rusqlite::Result<Vec<PlaceRef>> {
    connection
        .prepare_cached(
            "SELECT scope, native FROM place WHERE login = ?1 AND audience = 'direct'
             ORDER BY (SELECT max(message.seq) FROM message WHERE message.place = place.id) DESC, seq DESC LIMIT ?2",
        )?
        .query_map(params![login, limit], |row| {
            Ok(PlaceRef {
                scope: row.get(0)?,
                id: row.get(1)?,
            })
        })?
        .collect()
}

pub(super) fn menu_places(connection: &Connection, login: &LoginName) -> rusqlite::Result<Vec<MenuPlace>> {
    connection
        .prepare_cached(
            "SELECT place.scope, place.native, space.native, place.enabled
               FROM place LEFT JOIN space ON space.id = place.space
              WHERE place.login = ?1 AND place.audience <> 'direct' AND place.thread = 0 ORDER BY place.seq",
        )?
        .query_map([login], |row| {
            Ok(MenuPlace {
                native: PlaceRef {
                    scope: row.get(0)?,
                    id: row.get(1)?,
                },
                space: row.get(2)?,
                enabled: row.get(3)?,
            })
        })?
        .collect()
}

pub(super) fn direct_place_of(
    connection: &Connection,
    who: IdentityId,
    login: &LoginName,
) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(&format!(
            "{PLACE} WHERE id = (SELECT conversation.place FROM conversation JOIN place ON place.id = conversation.place
                                  WHERE conversation.asker = ?1 AND place.login = ?2 AND place.audience = 'direct'
                                  ORDER BY conversation.opened_at DESC LIMIT 1)"
        ))?
        .query_row(params![who, login], read_place)
        .optional()
}

pub(super) fn space_by_native(
    connection: &Connection,
    login: &LoginName,
    native: &str,
) -> rusqlite::Result<Option<(SpaceId, Option<CommunityId>)>> {
    connection
        .prepare_cached("SELECT id, community FROM space WHERE login = ?1 AND native = ?2")?
        .query_row(params![login, native], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

pub(super) fn spaces(connection: &Connection, community: CommunityId) -> rusqlite::Result<Vec<Space>> {
    connection
        .prepare_cached("SELECT id, login, name FROM space WHERE community = ?1 ORDER BY login, name, id")?
        .query_map([community], |row| {
            Ok(Space {
                id: row.get(0)?,
                login: row.get(1)?,
                name: row.get(2)?,
            })
        })?
        .collect()
}

const IDENTITY: &str = "SELECT id, scope, native, name, bot, staff, roles, language FROM identity";

/// Of the columns of [`IDENTITY`].
pub(super) fn read_identity(row: &Row<'_>) -> rusqlite::Result<Identity> {
    let (scope, id): (Scope, NativeId) = (row.get(1)?, row.get(2)?);
    let Json(roles) = row.get(6)?;
    Ok(Identity {
        id: row.get(0)?,
        native: IdentityRef { scope, id },
        name: row.get(3)?,
        bot: row.get(4)?,
        staff: row.get(5)?,
        roles,
        language: row.get(7)?,
    })
}

pub(super) fn identity(connection: &Connection, id: IdentityId) -> rusqlite::Result<Option<Identity>> {
    connection
        .prepare_cached(&format!("{IDENTITY} WHERE id = ?1"))?
        .query_row([id], read_identity)
        .optional()
}

/// Of the last events of the community; who did nothing for so long is not looked for.
pub(super) fn people_lately(
    connection: &Connection,
    community: CommunityId,
    limit: u32,
) -> rusqlite::Result<Vec<Identity>> {
    connection
        .prepare_cached(&format!(
            "{IDENTITY} WHERE bot = 0 AND id IN (
                 SELECT author FROM (SELECT community, author FROM event ORDER BY seq DESC LIMIT 20000)
                  WHERE community = ?1 AND author IS NOT NULL)
             ORDER BY name, id LIMIT ?2"
        ))?
        .query_map(params![community, limit], read_identity)?
        .collect()
}

pub(super) fn identity_by_native(connection: &Connection, native: &IdentityRef) -> rusqlite::Result<Option<Identity>> {
    connection
        .prepare_cached(&format!("{IDENTITY} WHERE scope = ?1 AND native = ?2"))?
        .query_row(params![native.scope, native.id], read_identity)
        .optional()
}
