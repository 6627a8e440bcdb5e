//! SQL of accounts, sessions, invites and the audit.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use sha2::{Digest, Sha256};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::person;
use super::values::words;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId};
use crate::storage::accounts::{
    Account, AccountReads, AccountUnit, AuditRow, Failures, Invite, InvitePurpose, NewAudit, Role, Session, TokenHash,
};
use crate::storage::{Applied, Change, Page, ReadError};

/// A form that is older is refused by its session long before.
const FORM_KEPT: Duration = Duration::from_hours(24);

const ACCOUNT_COLUMNS: &str = "a.id, a.email, a.name, a.password, a.zone, a.created_at, a.disabled_at";
const SESSION_COLUMNS: &str = "token, account, agent, created_at, seen_at, community";
const AUDIT_COLUMNS: &str = "seq, account, community, act, subject, at, hash";
const INVITE_COLUMNS: &str = "token, community, role, account, created_by, created_at, expires, ended_at";

words! {
    Role {
        Owner = "owner",
        Agent = "agent",
        Content = "content",
        Viewer = "viewer",
    }
}

impl ToSql for TokenHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for TokenHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self)
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &AccountUnit) -> Result<Applied, ApplyError> {
    match unit {
        AccountUnit::Join { invite, account } => join(write, *invite, account)?,
        AccountUnit::Reset { invite, password, at } => reset(write, *invite, password, *at)?,
        AccountUnit::SetPassword { account, password } => set_password(write, *account, password)?,
        AccountUnit::SetProfile { account, name, zone } => {
            let sql = "UPDATE account SET name = ?2, zone = ?3 WHERE id = ?1";
            write.execute_one("the account", sql, params![account, name, zone])?;
        }
        AccountUnit::SetRole {
            account,
            community,
            role,
        } => {
            let before = ownerless(write)?;
            set_role(write, *account, *community, *role)?;
            owners_stay(write, before)?;
        }
        AccountUnit::SetDisabled { account, since } => {
            let before = ownerless(write)?;
            let sql = "UPDATE account SET disabled_at = ?2 WHERE id = ?1";
            write.execute_one("the account", sql, params![account, since])?;
            if since.is_some() {
                shut_out(write, *account)?;
            }
            owners_stay(write, before)?;
        }
        AccountUnit::SessionBegin(session) => begin_session(write, session)?,
        AccountUnit::SessionCommunity { token, community } => {
            let sql = "UPDATE session SET community = ?2 WHERE token = ?1";
            write.execute_one("the session", sql, params![token, community])?;
        }
        AccountUnit::SessionSeen { token, at } => {
            // A session that was ended at the same moment stays ended.
            write.execute("UPDATE session SET seen_at = ?2 WHERE token = ?1", params![token, at])?;
        }
        AccountUnit::SessionEnd { token } => {
            write.execute("DELETE FROM session WHERE token = ?1", params![token])?;
        }
        AccountUnit::SessionsEnd { account, except } => end_sessions(write, *account, *except)?,
        AccountUnit::Invite(invite) => insert_invite(write, invite)?,
        AccountUnit::InviteEnd { token, at } => {
            let sql = "UPDATE invite SET ended_at = ?2 WHERE token = ?1 AND ended_at IS NULL";
            write.execute_one("the link", sql, params![token, at])?;
        }
        AccountUnit::LoginFailed { keys, at } => {
            let sql = "INSERT INTO login_failure (key, count, last_at) VALUES (?1, 1, ?2)
                       ON CONFLICT (key) DO UPDATE SET count = count + 1, last_at = excluded.last_at";
            for key in keys {
                write.execute(sql, params![key, at])?;
            }
            return Ok(Applied::Done);
        }
        AccountUnit::LoginSucceeded { key } => {
            write.execute("DELETE FROM login_failure WHERE key = ?1", params![key])?;
            return Ok(Applied::Done);
        }
        AccountUnit::FormUsed { key, at } => {
            use_form(write, key, *at)?;
            return Ok(Applied::Done);
        }
        AccountUnit::Audit(line) => {
            append_audit(write, line)?;
            return Ok(Applied::Done);
        }
    }
    write.change(Change::Settings);
    Ok(Applied::Done)
}

fn begin_session(write: &mut Write<'_>, session: &Session) -> Result<(), ApplyError> {
    let sql = "INSERT INTO session (token, account, agent, created_at, seen_at, community)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Session {
        token,
        account,
        agent,
        created_at,
        seen_at,
        community,
    } = session;
    write.execute(sql, params![token, account, agent, created_at, seen_at, community])?;
    Ok(())
}

/// Each form acts once: a second sending is a conflict.
fn use_form(write: &mut Write<'_>, key: &TokenHash, at: Timestamp) -> Result<(), ApplyError> {
    write.execute("DELETE FROM form_used WHERE at < ?1", params![at - FORM_KEPT])?;
    write.execute_one(
        "the form",
        "INSERT INTO form_used (key, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![key, at],
    )?;
    Ok(())
}

fn join(write: &mut Write<'_>, invite: TokenHash, account: &Account) -> Result<(), ApplyError> {
    let at = account.created_at;
    let InvitePurpose::Join { community, role } = use_invite(write, invite, at)? else {
        return Err(ApplyError::conflict("the link"));
    };
    write.execute_one(
        "the e-mail address",
        "INSERT INTO account (id, email, name, password, zone, created_at, disabled_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email) DO NOTHING",
        params![
            account.id,
            account.email,
            account.name,
            account.password,
            account.zone,
            account.created_at,
            account.disabled_at
        ],
    )?;
    set_role(write, account.id, community, Some(role))
}

fn reset(write: &mut Write<'_>, invite: TokenHash, password: &str, at: Timestamp) -> Result<(), ApplyError> {
    let InvitePurpose::Reset { account } = use_invite(write, invite, at)? else {
        return Err(ApplyError::conflict("the link"));
    };
    set_password(write, account, password)?;
    end_sessions(write, account, None)
}

/// Marks a live link as used and says what it is for.
fn use_invite(write: &mut Write<'_>, token: TokenHash, at: Timestamp) -> Result<InvitePurpose, ApplyError> {
    let sql = "UPDATE invite SET ended_at = ?2 WHERE token = ?1 AND ended_at IS NULL AND expires > ?2";
    write.execute_one("the link", sql, params![token, at])?;
    let sql = format!("SELECT {INVITE_COLUMNS} FROM invite WHERE token = ?1");
    let invite = write
        .connection()
        .prepare_cached(&sql)?
        .query_row(params![token], invite_row)?;
    Ok(invite.purpose)
}

fn insert_invite(write: &mut Write<'_>, invite: &Invite) -> Result<(), ApplyError> {
    let (community, role, account) = match invite.purpose {
        InvitePurpose::Join { community, role } => (Some(community), Some(role), None),
        InvitePurpose::Reset { account } => (None, None, Some(account)),
    };
    write.execute(
        "INSERT INTO invite (token, community, role, account, created_by, created_at, expires, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            invite.token,
            community,
            role,
            account,
            invite.created_by,
            invite.created_at,
            invite.expires,
            invite.ended_at
        ],
    )?;
    Ok(())
}

fn set_password(write: &mut Write<'_>, account: AccountId, password: &str) -> Result<(), ApplyError> {
    let sql = "UPDATE account SET password = ?2 WHERE id = ?1";
    write.execute_one("the account", sql, params![account, password])?;
    // Whoever knew the old one may have let an account of theirs act.
    person::nobody_acts_for(write, account, None)
}

fn set_role(
    write: &mut Write<'_>,
    account: AccountId,
    community: CommunityId,
    role: Option<Role>,
) -> Result<(), ApplyError> {
    match role {
        Some(role) => write.execute(
            "INSERT INTO account_membership (account, community, role) VALUES (?1, ?2, ?3)
             ON CONFLICT (account, community) DO UPDATE SET role = excluded.role",
            params![account, community, role],
        )?,
        None => write.execute(
            "DELETE FROM account_membership WHERE account = ?1 AND community = ?2",
            params![account, community],
        )?,
    };
    if role != Some(Role::Owner) {
        person::nobody_acts_for(write, account, Some(community))?;
    }
    Ok(())
}

/// Whoever is signed in is not any more, and nobody acts for the account.
fn shut_out(write: &mut Write<'_>, account: AccountId) -> Result<(), ApplyError> {
    end_sessions(write, account, None)?;
    person::nobody_acts_for(write, account, None)
}

/// How many communities have accounts, but no owner who can sign in.
fn ownerless(write: &Write<'_>) -> Result<u32, ApplyError> {
    let sql = "SELECT count(*) FROM (
                   SELECT 1 FROM account_membership m JOIN account a ON a.id = m.account
                   GROUP BY m.community HAVING sum(m.role = 'owner' AND a.disabled_at IS NULL) = 0)";
    let count = write
        .connection()
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))?;
    Ok(count)
}

/// Refuses a change that took the last owner from a community.
fn owners_stay(write: &Write<'_>, ownerless_before: u32) -> Result<(), ApplyError> {
    if ownerless(write)? > ownerless_before {
        return Err(ApplyError::conflict("the last owner"));
    }
    Ok(())
}

fn end_sessions(write: &mut Write<'_>, account: AccountId, except: Option<TokenHash>) -> Result<(), ApplyError> {
    write.execute(
        "DELETE FROM session WHERE account = ?1 AND (?2 IS NULL OR token <> ?2)",
        params![account, except],
    )?;
    Ok(())
}

fn append_audit(write: &mut Write<'_>, line: &NewAudit) -> Result<(), ApplyError> {
    let before: Option<[u8; 32]> = write
        .connection()
        .prepare_cached("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let NewAudit {
        account,
        community,
        act,
        subject,
        at,
    } = line;
    let hash = chain(&before.unwrap_or_default(), (*account, *community), act, subject, *at);
    write.execute(
        "INSERT INTO audit (account, community, act, subject, at, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![account, community, act, subject, at, hash],
    )?;
    Ok(())
}

/// The hash of a line: of the line before and of all that this one says, each part with its length.
fn chain(
    before: &[u8; 32],
    (account, community): (Option<AccountId>, Option<CommunityId>),
    act: &str,
    subject: &str,
    at: Timestamp,
) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(before);
    let mut put = |part: &[u8]| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    // Lines from before communities were kept have none, and keep their hash.
    if let Some(community) = community {
        put(community.0.as_bytes());
    }
    put(&account.map_or([0; 16], |account| *account.0.as_bytes()));
    put(act.as_bytes());
    put(subject.as_bytes());
    digest.update(at.as_millis().to_be_bytes());
    digest.finalize().into()
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        password: row.get(3)?,
        zone: row.get(4)?,
        created_at: row.get(5)?,
        disabled_at: row.get(6)?,
    })
}

fn session_row(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        token: row.get(0)?,
        account: row.get(1)?,
        agent: row.get(2)?,
        created_at: row.get(3)?,
        seen_at: row.get(4)?,
        community: row.get(5)?,
    })
}

fn invite_row(row: &Row<'_>) -> rusqlite::Result<Invite> {
    let purpose = match row.get::<_, Option<CommunityId>>(1)? {
        Some(community) => InvitePurpose::Join {
            community,
            role: row.get(2)?,
        },
        None => InvitePurpose::Reset { account: row.get(3)? },
    };
    Ok(Invite {
        token: row.get(0)?,
        purpose,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        expires: row.get(6)?,
        ended_at: row.get(7)?,
    })
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(0)?,
        account: row.get(1)?,
        community: row.get(2)?,
        act: row.get(3)?,
        subject: row.get(4)?,
        at: row.get(5)?,
        hash: row.get(6)?,
    })
}

/// Retention takes lines off the front, so the first that is left is believed; each later one must fit it.
fn first_broken(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare(&format!("SELECT {AUDIT_COLUMNS} FROM audit ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let mut before: Option<(i64, [u8; 32])> = None;
    while let Some(row) = rows.next()? {
        let line = audit_row(row)?;
        let (last, hash) = match before {
            Some(before) => before,
            None if line.seq == 1 => (0, [0; 32]),
            None => {
                before = Some((line.seq, line.hash));
                continue;
            }
        };
        let whose = (line.account, line.community);
        let expected = chain(&hash, whose, &line.act, &line.subject, line.at);
        if line.seq != last + 1 || line.hash != expected {
            return Ok(Some(line.seq));
        }
        before = Some((line.seq, line.hash));
    }
    Ok(None)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(params, read).optional()
}

fn many<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.collect()
}

#[async_trait]
impl AccountReads for SqliteStorage {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, ReadError> {
        self.readers.read("account", |connection| {
            let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM account a WHERE a.id = ?1");
            one(connection, &sql, params![id], account_row)
        })
    }

    async fn account_by_email(&self, email: &str) -> Result<Option<Account>, ReadError> {
        self.readers.read("account", |connection| {
            let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM account a WHERE a.email = ?1");
            one(connection, &sql, params![email], account_row)
        })
    }

    async fn accounts(&self, community: CommunityId) -> Result<Vec<(Account, Role)>, ReadError> {
        self.readers.read("account", |connection| {
            let sql = format!(
                "SELECT {ACCOUNT_COLUMNS}, m.role FROM account_membership m JOIN account a ON a.id = m.account
                 WHERE m.community = ?1 ORDER BY a.name, a.id"
            );
            many(connection, &sql, params![community], |row| {
                Ok((account_row(row)?, row.get(7)?))
            })
        })
    }

    async fn memberships(&self, account: AccountId) -> Result<Vec<(CommunityId, Role)>, ReadError> {
        self.readers.read("account_membership", |connection| {
            let sql = "SELECT community, role FROM account_membership WHERE account = ?1 ORDER BY community";
            many(connection, sql, params![account], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    async fn accounts_empty(&self) -> Result<bool, ReadError> {
        self.readers.read("account", |connection| {
            connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM account)", [], |row| row.get(0))
        })
    }

    async fn session(&self, token: TokenHash) -> Result<Option<Session>, ReadError> {
        self.readers.read("session", |connection| {
            let sql = format!("SELECT {SESSION_COLUMNS} FROM session WHERE token = ?1");
            one(connection, &sql, params![token], session_row)
        })
    }

    async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, ReadError> {
        self.readers.read("session", |connection| {
            let sql = format!("SELECT {SESSION_COLUMNS} FROM session WHERE account = ?1 ORDER BY seen_at DESC, token");
            many(connection, &sql, params![account], session_row)
        })
    }

    async fn invite(&self, token: TokenHash) -> Result<Option<Invite>, ReadError> {
        self.readers.read("invite", |connection| {
            let sql = format!("SELECT {INVITE_COLUMNS} FROM invite WHERE token = ?1");
            one(connection, &sql, params![token], invite_row)
        })
    }

    async fn invites(&self, community: CommunityId, at: Timestamp) -> Result<Vec<Invite>, ReadError> {
        self.readers.read("invite", |connection| {
            let sql = format!(
                "SELECT {INVITE_COLUMNS} FROM invite WHERE community = ?1 AND ended_at IS NULL AND expires > ?2
                 ORDER BY created_at DESC, token"
            );
            many(connection, &sql, params![community, at], invite_row)
        })
    }

    async fn login_failures(&self, key: &str) -> Result<Failures, ReadError> {
        let found = self.readers.read("login_failure", |connection| {
            let sql = "SELECT count, last_at FROM login_failure WHERE key = ?1";
            one(connection, sql, params![key], |row| {
                Ok(Failures {
                    count: row.get(0)?,
                    last_at: row.get(1)?,
                })
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    async fn audit(&self, community: CommunityId, page: Page) -> Result<Vec<AuditRow>, ReadError> {
        self.readers.read("audit", |connection| {
            let sql = format!(
                "SELECT {AUDIT_COLUMNS} FROM audit
                 WHERE seq < ?1 AND (community = ?3 OR (community IS NULL AND (account IS NULL
                       OR account IN (SELECT account FROM account_membership WHERE community = ?3))))
                 ORDER BY seq DESC LIMIT ?2"
            );
            let before = page.before.unwrap_or(i64::MAX);
            many(connection, &sql, params![before, page.limit, community], audit_row)
        })
    }

    async fn audit_broken_at(&self) -> Result<Option<i64>, ReadError> {
        self.readers.read_heavy("audit", first_broken).await
    }
}
