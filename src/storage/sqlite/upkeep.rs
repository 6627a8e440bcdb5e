//! SQL of the upkeep of knowledge bases.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::{Count, Json};
use super::write::Write;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, EntryId};
use crate::model::upkeep::{Finding, Link, LinkState};
use crate::storage::upkeep::{KeptFinding, LookedOver, UpkeepReads, UpkeepUnit, Use};
use crate::storage::{Applied, Change, ReadError};

pub(super) fn apply(write: &mut Write<'_>, unit: &UpkeepUnit) -> Result<Applied, ApplyError> {
    match unit {
        UpkeepUnit::LookedOver {
            community,
            looked,
            findings,
        } => looked_over(write, *community, looked, findings)?,
        UpkeepUnit::Dismiss {
            community,
            key,
            entries,
            by,
            at,
        } => write.execute_one(
            "the finding",
            "UPDATE knowledge_finding SET dismissed_at = ?4, dismissed_by = ?5
             WHERE community = ?1 AND key = ?2 AND entries = ?3",
            params![community, key, Json(entries), at, by],
        )?,
        UpkeepUnit::Link { community, link } => {
            let (state, since) = words_of(link.state);
            write.execute(
                "INSERT INTO knowledge_link (community, url, state, failing_since, why, looked_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (community, url) DO UPDATE
                     SET state = excluded.state, failing_since = excluded.failing_since, why = excluded.why,
                         looked_at = excluded.looked_at",
                params![community, link.url, state, since, link.why, link.looked_at],
            )?;
        }
        UpkeepUnit::ForgetLinks { community, urls } => {
            for url in urls {
                write.execute(
                    "DELETE FROM knowledge_link WHERE community = ?1 AND url = ?2",
                    params![community, url],
                )?;
            }
        }
    }
    write.change(Change::Knowledge);
    Ok(Applied::Done)
}

fn looked_over(
    write: &Write<'_>,
    community: CommunityId,
    looked: &LookedOver,
    findings: &[Finding],
) -> Result<(), ApplyError> {
    // A number below zero marks what was not found again.
    write.execute(
        "UPDATE knowledge_finding SET number = -1 WHERE community = ?1",
        params![community],
    )?;
    for (number, finding) in (0_i64..).zip(findings) {
        write.execute(
            "INSERT INTO knowledge_finding (community, key, concern, entries, number) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (community, key) DO UPDATE
                 SET dismissed_at = CASE entries WHEN excluded.entries THEN dismissed_at END,
                     dismissed_by = CASE entries WHEN excluded.entries THEN dismissed_by END,
                     concern = excluded.concern, entries = excluded.entries, number = excluded.number",
            params![
                community,
                finding.key(),
                Json(&finding.concern),
                Json(&finding.entries),
                number
            ],
        )?;
    }
    write.execute(
        "DELETE FROM knowledge_finding WHERE community = ?1 AND number < 0",
        params![community],
    )?;
    write.execute(
        "INSERT INTO knowledge_looked_over (community, at, compared, left_out) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (community) DO UPDATE
             SET at = excluded.at, compared = excluded.compared, left_out = excluded.left_out",
        params![community, looked.at, looked.compared, looked.left_out],
    )?;
    Ok(())
}

#[async_trait]
impl UpkeepReads for SqliteStorage {
    async fn findings(&self, community: CommunityId) -> Result<(Option<LookedOver>, Vec<KeptFinding>), ReadError> {
        self.readers
            .read_heavy("knowledge_finding", move |connection| findings(connection, community))
            .await
    }

    async fn dead_links_open(&self, community: CommunityId) -> Result<u64, ReadError> {
        self.readers.read("knowledge_finding.concern", |connection| {
            // Keys begin with their kind, and the primary key finds those of one kind.
            let Count(count) = connection
                .prepare_cached(
                    "SELECT count(*) FROM knowledge_finding found
                     WHERE community = ?1 AND key >= 'dead_link ' AND key < 'dead_link!' AND dismissed_at IS NULL
                       AND NOT EXISTS (SELECT 1 FROM json_each(found.entries) named
                                         LEFT JOIN knowledge_entry entry
                                                ON entry.community = ?1 AND entry.id = named.value ->> '$[0]'
                                        WHERE entry.revision IS NOT named.value ->> '$[1]')",
                )?
                .query_row([community], |row| row.get(0))?;
            Ok(count)
        })
    }

    async fn links(&self, community: CommunityId) -> Result<Vec<Link>, ReadError> {
        self.readers
            .read_heavy("knowledge_link", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT url, state, failing_since, why, looked_at FROM knowledge_link
                         WHERE community = ?1 ORDER BY url",
                    )?
                    .query_map([community], link)?
                    .collect()
            })
            .await
    }

    async fn entries_used(&self, community: CommunityId) -> Result<Use, ReadError> {
        self.readers
            .read_heavy("message.cites", move |connection| used(connection, community))
            .await
    }
}

fn findings(
    connection: &Connection,
    community: CommunityId,
) -> rusqlite::Result<(Option<LookedOver>, Vec<KeptFinding>)> {
    let looked = connection
        .prepare_cached("SELECT at, compared, left_out FROM knowledge_looked_over WHERE community = ?1")?
        .query_row([community], |row| {
            Ok(LookedOver {
                at: row.get(0)?,
                compared: row.get(1)?,
                left_out: row.get(2)?,
            })
        })
        .optional()?;
    let found = connection
        .prepare_cached(
            "SELECT concern, entries, dismissed_at IS NOT NULL FROM knowledge_finding
             WHERE community = ?1 ORDER BY number",
        )?
        .query_map([community], |row| {
            let (Json(concern), Json(entries)) = (row.get(0)?, row.get(1)?);
            Ok(KeptFinding {
                finding: Finding { concern, entries },
                dismissed: row.get(2)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok((looked, found))
}

fn used(connection: &Connection, community: CommunityId) -> rusqlite::Result<Use> {
    let last = connection
        .prepare_cached(
            "SELECT cited.value ->> '$[0]' AS entry, max(message.at)
               FROM message, json_each(message.cites) cited
              WHERE message.community = ?1 AND message.cites IS NOT NULL
              GROUP BY entry ORDER BY entry",
        )?
        .query_map([community], |row| {
            Ok((row.get::<_, EntryId>(0)?, row.get::<_, Timestamp>(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let known_since = connection
        .prepare_cached("SELECT at FROM message WHERE community = ?1 ORDER BY seq LIMIT 1")?
        .query_row([community], |row| row.get(0))
        .optional()?;
    Ok(Use { last, known_since })
}

fn words_of(state: LinkState) -> (&'static str, Option<Timestamp>) {
    match state {
        LinkState::There => ("there", None),
        LinkState::Failing { since } => ("failing", Some(since)),
        LinkState::Dead { since } => ("dead", Some(since)),
        LinkState::Unknown => ("unknown", None),
    }
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let (state, since): (String, Option<Timestamp>) = (row.get(1)?, row.get(2)?);
    let state = match (state.as_str(), since) {
        ("there", _) => LinkState::There,
        ("failing", Some(since)) => LinkState::Failing { since },
        ("dead", Some(since)) => LinkState::Dead { since },
        _ => LinkState::Unknown,
    };
    Ok(Link {
        url: row.get(0)?,
        state,
        why: row.get(3)?,
        looked_at: row.get(4)?,
    })
}
