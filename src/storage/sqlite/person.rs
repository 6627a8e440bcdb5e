//! SQL of persons, of who acts for an owner of the console, and of the codes that link identities.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::SqliteStorage;
use super::directory::read_identity;
use super::failure::ApplyError;
use super::values::{Count, Json, words};
use super::write::Write;
use crate::model::Timestamp;
use crate::model::action::Author;
use crate::model::ids::{AccountId, CommunityId, IdentityId, LinkCodeId, PersonId, PlaceId};
use crate::storage::person::{CodeHash, Limited, LinkAttempts, LinkCode, Linked, PersonReads, PersonUnit, Traces};
use crate::storage::{Applied, ReadError};

/// What was changed by somebody else, when an identity does not act for an owner any more.
const OWNER: &str = "who acts for the owner";

words! {
    Limited {
        WrongCode = "wrong_code",
        Link = "link",
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &PersonUnit) -> Result<Applied, ApplyError> {
    match unit {
        PersonUnit::Code { code, hash } => put_code(write, code, *hash)?,
        PersonUnit::Entered { code, by, expires } => write.execute_one(
            "the code",
            "UPDATE link_code SET entered_by = ?2, expires = ?3 WHERE id = ?1 AND entered_by IS NULL",
            params![code, by, expires],
        )?,
        PersonUnit::Dead { code } => {
            write.execute("DELETE FROM link_code WHERE id = ?1", [code])?;
        }
        PersonUnit::Counted {
            what,
            community,
            identity,
            attempts,
        } => {
            write.execute(
                "INSERT INTO link_attempt (community, identity, what, count, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (community, identity, what) DO UPDATE SET count = ?4, expires = ?5",
                params![community, identity, what, attempts.count, attempts.expires],
            )?;
        }
        PersonUnit::Link {
            code,
            by,
            linked_before,
            person,
            at,
        } => {
            let found = entered(write, *code, *by, linked_before)?;
            link(write, &found, *by, *person, *at)?;
        }
        PersonUnit::Unlink { community, identity } => unlink(write, *community, *identity)?,
        PersonUnit::Act { code, account, at } => act(write, *code, *account, *at)?,
        PersonUnit::StillActs {
            community,
            identity,
            account,
        } => {
            let now = owner_behind(write.connection(), *community, *identity)?;
            if now != Some(*account) {
                return Err(ApplyError::conflict(OWNER));
            }
        }
        PersonUnit::ActNoMore {
            community,
            identity,
            account,
        } => write.execute_one(
            OWNER,
            "DELETE FROM owner_identity WHERE community = ?1 AND identity = ?2 AND account = ?3",
            params![community, identity, account],
        )?,
    }
    Ok(Applied::Done)
}

fn act(write: &Write<'_>, code: LinkCodeId, account: AccountId, at: Timestamp) -> Result<(), ApplyError> {
    let lives = "id = ?1 AND entered_by IS NULL AND expires > ?2";
    let found = find_code(write.connection(), lives, params![code, at])?;
    let found = found.ok_or_else(|| ApplyError::conflict("the code"))?;
    write.execute("DELETE FROM link_code WHERE id = ?1", [found.id])?;
    write.execute(
        "INSERT INTO owner_identity (community, identity, account, since) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (community, identity) DO UPDATE SET account = excluded.account, since = excluded.since",
        params![found.community, found.identity, account, at],
    )?;
    // The role is looked at where it is used, and here by the same eyes.
    match owner_behind(write.connection(), found.community, found.identity)? {
        Some(_) => Ok(()),
        None => Err(ApplyError::conflict("the account's role")),
    }
}

/// For whom an identity acts, if that is an owner now who may sign in.
fn owner_behind(
    connection: &Connection,
    community: CommunityId,
    identity: IdentityId,
) -> rusqlite::Result<Option<AccountId>> {
    connection
        .prepare_cached(
            "SELECT acting.account FROM owner_identity acting
               JOIN account ON account.id = acting.account AND account.disabled_at IS NULL
               JOIN account_membership member
                 ON member.account = acting.account AND member.community = acting.community AND member.role = 'owner'
              WHERE acting.community = ?1 AND acting.identity = ?2",
        )?
        .query_row(params![community, identity], |row| row.get(0))
        .optional()
}

/// Nobody acts for an account any more: in one community, or in all.
pub(super) fn nobody_acts_for(
    write: &Write<'_>,
    account: AccountId,
    community: Option<CommunityId>,
) -> Result<(), ApplyError> {
    write.execute(
        "DELETE FROM owner_identity WHERE account = ?1 AND (?2 IS NULL OR community = ?2)",
        params![account, community],
    )?;
    Ok(())
}

fn put_code(write: &Write<'_>, code: &LinkCode, hash: CodeHash) -> Result<(), ApplyError> {
    write.execute(
        "DELETE FROM link_code WHERE community = ?1 AND identity = ?2",
        params![code.community, code.identity],
    )?;
    write.execute(
        "INSERT INTO link_code (id, community, identity, place, message, hash, expires, entered_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            code.id,
            code.community,
            code.identity,
            code.place,
            code.message,
            hash.0,
            code.expires,
            code.entered_by
        ],
    )?;
    Ok(())
}

/// The code, if things still stand as whoever decided saw them.
fn entered(
    write: &Write<'_>,
    code: LinkCodeId,
    by: IdentityId,
    linked_before: &[IdentityId],
) -> Result<LinkCode, ApplyError> {
    let found = find_code(write.connection(), "id = ?1 AND entered_by = ?2", params![code, by])?;
    let found = found.ok_or_else(|| ApplyError::conflict("the code"))?;
    let mut linked = others(write.connection(), found.community, found.identity)?;
    linked.extend(others(write.connection(), found.community, by)?);
    let mut expected = linked_before.to_vec();
    linked.sort_unstable();
    expected.sort_unstable();
    if linked == expected {
        Ok(found)
    } else {
        Err(ApplyError::conflict("the person"))
    }
}

/// Whom an identity is linked with.
fn others(connection: &Connection, community: CommunityId, identity: IdentityId) -> rusqlite::Result<Vec<IdentityId>> {
    let Some(person) = person_of(connection, community, identity)? else {
        return Ok(Vec::new());
    };
    connection
        .prepare_cached("SELECT identity FROM person_identity WHERE community = ?1 AND person = ?2 AND identity <> ?3")?
        .query_map(params![community, person, identity], |row| row.get(0))?
        .collect()
}

fn link(write: &Write<'_>, found: &LinkCode, by: IdentityId, fresh: PersonId, at: Timestamp) -> Result<(), ApplyError> {
    write.execute("DELETE FROM link_code WHERE id = ?1", [found.id])?;
    let shown_to = person_of(write.connection(), found.community, found.identity)?;
    let entered = person_of(write.connection(), found.community, by)?;
    let person = shown_to.or(entered).unwrap_or(fresh);
    if let Some(other) = entered.filter(|other| *other != person) {
        write.execute(
            "UPDATE person_identity SET person = ?3 WHERE community = ?1 AND person = ?2",
            params![found.community, other, person],
        )?;
    }
    for identity in [found.identity, by] {
        write.execute(
            "INSERT INTO person_identity (community, identity, person, since) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (community, identity) DO NOTHING",
            params![found.community, identity, person, at],
        )?;
    }
    Ok(())
}

fn unlink(write: &Write<'_>, community: CommunityId, identity: IdentityId) -> Result<(), ApplyError> {
    let Some(person) = person_of(write.connection(), community, identity)? else {
        return Err(ApplyError::conflict("the person"));
    };
    write.execute(
        "DELETE FROM person_identity WHERE community = ?1 AND identity = ?2",
        params![community, identity],
    )?;
    // Whoever is left alone is a person without a row, like everybody who was never linked.
    write.execute(
        "DELETE FROM person_identity
          WHERE community = ?1 AND person = ?2
            AND (SELECT count(*) FROM person_identity WHERE community = ?1 AND person = ?2) = 1",
        params![community, person],
    )?;
    Ok(())
}

fn person_of(
    connection: &Connection,
    community: CommunityId,
    identity: IdentityId,
) -> rusqlite::Result<Option<PersonId>> {
    connection
        .prepare_cached("SELECT person FROM person_identity WHERE community = ?1 AND identity = ?2")?
        .query_row(params![community, identity], |row| row.get(0))
        .optional()
}

fn find_code(connection: &Connection, which: &str, params: impl Params) -> rusqlite::Result<Option<LinkCode>> {
    connection
        .prepare_cached(&format!(
            "SELECT id, community, identity, place, message, expires, entered_by FROM link_code WHERE {which}"
        ))?
        .query_row(params, read_code)
        .optional()
}

fn read_code(row: &Row<'_>) -> rusqlite::Result<LinkCode> {
    Ok(LinkCode {
        id: row.get(0)?,
        community: row.get(1)?,
        identity: row.get(2)?,
        place: row.get(3)?,
        message: row.get(4)?,
        expires: row.get(5)?,
        entered_by: row.get(6)?,
    })
}

#[async_trait]
impl PersonReads for SqliteStorage {
    async fn link_code_by_hash(&self, community: CommunityId, hash: CodeHash) -> Result<Option<LinkCode>, ReadError> {
        self.readers.read("link_code", |connection| {
            find_code(connection, "community = ?1 AND hash = ?2", params![community, hash.0])
        })
    }

    async fn link_code_of(&self, community: CommunityId, identity: IdentityId) -> Result<Option<LinkCode>, ReadError> {
        self.readers.read("link_code", |connection| {
            find_code(
                connection,
                "community = ?1 AND identity = ?2",
                params![community, identity],
            )
        })
    }

    async fn link_code(&self, id: LinkCodeId) -> Result<Option<LinkCode>, ReadError> {
        self.readers
            .read("link_code", |connection| find_code(connection, "id = ?1", [id]))
    }

    async fn link_attempts(
        &self,
        community: CommunityId,
        identity: IdentityId,
        what: Limited,
    ) -> Result<Option<LinkAttempts>, ReadError> {
        self.readers.read("link_attempt", |connection| {
            connection
                .prepare_cached(
                    "SELECT count, expires FROM link_attempt WHERE community = ?1 AND identity = ?2 AND what = ?3",
                )?
                .query_row(params![community, identity, what], |row| {
                    Ok(LinkAttempts {
                        count: row.get(0)?,
                        expires: row.get(1)?,
                    })
                })
                .optional()
        })
    }

    async fn direct_chat(&self, community: CommunityId, identity: IdentityId) -> Result<Option<PlaceId>, ReadError> {
        self.readers.read("place", |connection| {
            connection
                .prepare_cached(
                    "SELECT place.id FROM conversation JOIN place ON place.id = conversation.place
                      WHERE conversation.asker = ?2 AND place.community = ?1 AND place.audience = 'direct'
                        AND place.enabled = 1
                      ORDER BY conversation.opened_at DESC LIMIT 1",
                )?
                .query_row(params![community, identity], |row| row.get(0))
                .optional()
        })
    }

    async fn linked(&self, community: CommunityId, identity: IdentityId) -> Result<Vec<Linked>, ReadError> {
        self.readers.read("person_identity", |connection| {
            let Some(person) = person_of(connection, community, identity)? else {
                return Ok(Vec::new());
            };
            connection
                .prepare_cached(
                    "SELECT identity.id, scope, native, name, bot, staff, roles, language, since
                       FROM person_identity JOIN identity ON identity.id = person_identity.identity
                      WHERE community = ?1 AND person = ?2 AND identity.id <> ?3
                      ORDER BY since, identity.id",
                )?
                .query_map(params![community, person, identity], |row| {
                    Ok(Linked {
                        identity: read_identity(row)?,
                        since: row.get(8)?,
                    })
                })?
                .collect()
        })
    }

    async fn acts_for(&self, community: CommunityId, identity: IdentityId) -> Result<Option<AccountId>, ReadError> {
        self.readers.read("owner_identity", |connection| {
            owner_behind(connection, community, identity)
        })
    }

    async fn traces(&self, community: CommunityId, identity: IdentityId) -> Result<Traces, ReadError> {
        let author = Author::Identity { id: identity };
        let read = move |connection: &Connection| {
            let written = connection
                .prepare_cached(
                    "SELECT place, count(*) FROM message
                      WHERE conversation IN (SELECT id FROM conversation WHERE community = ?1 AND asker = ?2)
                        AND author = ?3
                      GROUP BY place ORDER BY count(*) DESC, min(at)",
                )?
                .query_map(params![community, identity, Json(&author)], |row| {
                    let Count(messages) = row.get(1)?;
                    Ok((row.get(0)?, messages))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Traces::new(identity, written))
        };
        // There is no index by who asked: people look, one at a time.
        self.readers.read_heavy("conversation.asker", read).await
    }

    async fn acting_for(&self, community: CommunityId, account: AccountId) -> Result<Vec<Linked>, ReadError> {
        self.readers.read("owner_identity", |connection| {
            connection
                .prepare_cached(
                    "SELECT identity.id, scope, native, name, bot, staff, roles, language, since
                       FROM owner_identity JOIN identity ON identity.id = owner_identity.identity
                      WHERE community = ?1 AND account = ?2
                      ORDER BY since, identity.id",
                )?
                .query_map(params![community, account], |row| {
                    Ok(Linked {
                        identity: read_identity(row)?,
                        since: row.get(8)?,
                    })
                })?
                .collect()
        })
    }
}
