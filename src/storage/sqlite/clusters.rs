//! SQL of questions without a good answer, and of which of them mean the same.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failure::ApplyError;
use super::knowledge::insert_unanswered;
use super::values::{Count, Json, words};
use super::write::Write;
use super::{SqliteStorage, offered};
use crate::model::Timestamp;
use crate::model::cluster::{Cluster, ClusterStateKind};
use crate::model::ids::{AccountId, ClusterId, CommunityId, ConversationId, MessageId, MessageSeq, Version};
use crate::storage::clusters::{
    AskedQuestion, ClusterFilter, ClusterReads, ClusterUnit, CountedCluster, Offered, QuestionRef, Said,
};
use crate::storage::unit::MessageChange;
use crate::storage::{Applied, Change, ReadError};

/// What is longer is a story; its beginning names it.
const QUESTION_CHARS_MAX: usize = 500;

words! {
    ClusterStateKind {
        New = "new",
        Drafted = "drafted",
        Published = "published",
        Watching = "watching",
        Closed = "closed",
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &ClusterUnit) -> Result<Applied, ApplyError> {
    match unit {
        ClusterUnit::Looked {
            community,
            from,
            to,
            found,
            at,
        } => {
            looked(write, *community, "seen", (from.0, to.0), *at)?;
            for question in found {
                insert_unanswered(write, question)?;
            }
        }
        ClusterUnit::LookedAtOffered {
            community,
            from,
            to,
            found,
            at,
        } => {
            looked(write, *community, "offered", (*from, *to), *at)?;
            for question in found {
                insert_unanswered(write, question)?;
            }
        }
        ClusterUnit::Make { cluster, questions } => {
            insert(write, cluster)?;
            join(write, cluster.id, questions)?;
        }
        ClusterUnit::Join { cluster, questions } => join(write, *cluster, questions)?,
        ClusterUnit::Change { before, after, by } => change(write, after, *before, *by)?,
    }
    write.change(Change::Knowledge);
    Ok(Applied::Done)
}

/// Messages, which are `seen`, or what was `offered` were looked through so far.
fn looked(
    write: &Write<'_>,
    community: CommunityId,
    column: &str,
    (from, to): (i64, i64),
    at: Timestamp,
) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO knowledge_looked (community, seen, at) VALUES (?1, 0, ?2) ON CONFLICT (community) DO NOTHING",
        params![community, at],
    )?;
    write.execute_one(
        "what was looked through",
        &format!("UPDATE knowledge_looked SET {column} = ?3, at = ?4 WHERE community = ?1 AND {column} = ?2"),
        params![community, from, to, at],
    )
}

fn insert(write: &Write<'_>, cluster: &Cluster) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO knowledge_cluster
             (id, community, asked, state, held, reopened, owner, due, version, made_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            cluster.id,
            cluster.community,
            cluster.asked,
            cluster.state.kind(),
            Json(&cluster.state),
            cluster.reopened,
            cluster.owner,
            cluster.due,
            cluster.version,
            cluster.made_at,
            cluster.changed_at
        ],
    )?;
    Ok(())
}

fn join(write: &Write<'_>, cluster: ClusterId, questions: &[QuestionRef]) -> Result<(), ApplyError> {
    write.execute(
        "UPDATE knowledge_unanswered
            SET cluster = ?1,
                -- What comes to settled questions was settled before it was asked.
                settled_at = CASE WHEN (SELECT c.state FROM knowledge_cluster c WHERE c.id = ?1) = 'closed' THEN at END
          WHERE cluster IS NULL AND settled_at IS NULL
            AND (seq, at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))
            AND EXISTS (SELECT 1 FROM knowledge_cluster c
                         WHERE c.id = ?1 AND (c.state <> 'closed' OR c.held ->> '$.how.how' = 'settled'))",
        params![cluster, Json(&questions)],
    )?;
    Ok(())
}

fn change(write: &Write<'_>, after: &Cluster, before: Version, by: Option<AccountId>) -> Result<(), ApplyError> {
    write.execute_one(
        "the question",
        "UPDATE knowledge_cluster
            SET state = ?3, held = ?4, reopened = ?5, owner = ?6, due = ?7, version = ?8, changed_at = ?9
          WHERE id = ?1 AND version = ?2",
        params![
            after.id,
            before,
            after.state.kind(),
            Json(&after.state),
            after.reopened,
            after.owner,
            after.due,
            after.version,
            after.changed_at
        ],
    )?;
    match after.state.kind() {
        ClusterStateKind::Closed => write.execute(
            "UPDATE knowledge_unanswered SET settled_at = ?2, settled_by = ?3
              WHERE cluster = ?1 AND settled_at IS NULL",
            params![after.id, after.changed_at, by],
        )?,
        ClusterStateKind::New => write.execute(
            "UPDATE knowledge_unanswered SET settled_at = NULL, settled_by = NULL
              WHERE cluster = ?1 AND settled_at IS NOT NULL",
            [after.id],
        )?,
        _ => 0,
    };
    Ok(())
}

/// A question that its asker says differently is looked at anew; one that is taken back is gone.
pub(super) fn message_changed(write: &Write<'_>, change: &MessageChange) -> Result<(), ApplyError> {
    match &change.content {
        Some(content) => {
            let question: String = content.to_plain().chars().take(QUESTION_CHARS_MAX).collect();
            write.execute(
                "UPDATE knowledge_unanswered SET question = ?2, cluster = NULL, settled_at = NULL, settled_by = NULL
                  WHERE message = ?1 AND question <> ?2",
                params![change.message, question],
            )?;
        }
        None => {
            write.execute("DELETE FROM knowledge_unanswered WHERE message = ?1", [change.message])?;
        }
    }
    Ok(())
}

/// A question with who asked it and where: `q`, `place` and `identity` are joined to it.
const QUESTION: &str = "SELECT q.seq, q.question, q.missed, q.reason, place.audience, q.identity, identity.name,
                               coalesce(person.person, q.identity), q.message, q.conversation, q.cluster, q.at
                          FROM knowledge_unanswered q
                          LEFT JOIN place ON place.id = q.place
                          LEFT JOIN identity ON identity.id = q.identity
                          LEFT JOIN person_identity person
                            ON person.community = q.community AND person.identity = q.identity";

fn read_question(row: &Row<'_>) -> rusqlite::Result<AskedQuestion> {
    Ok(AskedQuestion {
        seq: row.get(0)?,
        question: row.get(1)?,
        missed: row.get(2)?,
        reason: row.get(3)?,
        audience: row.get(4)?,
        identity: row.get(5)?,
        name: row.get(6)?,
        person: row.get(7)?,
        message: row.get(8)?,
        conversation: row.get(9)?,
        cluster: row.get(10)?,
        at: row.get(11)?,
    })
}

fn questions(connection: &Connection, condition: &str, params: impl Params) -> rusqlite::Result<Vec<AskedQuestion>> {
    connection
        .prepare_cached(&format!("{QUESTION} WHERE {condition}"))?
        .query_map(params, read_question)?
        .collect()
}

/// Clusters with their counts: people, not messages. Of an account that is linked with others one is counted.
const CLUSTER: &str = "SELECT c.id, c.community, c.asked, c.held, c.reopened, c.owner, c.due, c.version, c.made_at,
                              c.changed_at, count(DISTINCT coalesce(person.person, q.identity)) AS people,
                              count(q.seq) AS times, coalesce(max(q.at), c.made_at) AS last_at
                         FROM knowledge_cluster c
                         LEFT JOIN knowledge_unanswered q ON q.cluster = c.id
                         LEFT JOIN person_identity person
                           ON person.community = q.community AND person.identity = q.identity";

fn read_cluster(row: &Row<'_>) -> rusqlite::Result<CountedCluster> {
    let Json(state) = row.get(3)?;
    Ok(CountedCluster {
        cluster: Cluster {
            id: row.get(0)?,
            community: row.get(1)?,
            asked: row.get(2)?,
            state,
            reopened: row.get(4)?,
            owner: row.get(5)?,
            due: row.get(6)?,
            version: row.get(7)?,
            made_at: row.get(8)?,
            changed_at: row.get(9)?,
        },
        people: row.get(10)?,
        times: row.get(11)?,
        last_at: row.get(12)?,
        asked: None,
        public: None,
    })
}

/// Adds the question that stands for all, and one that everybody could read.
fn with_words(connection: &Connection, mut counted: CountedCluster) -> rusqlite::Result<CountedCluster> {
    let (id, asked) = (counted.cluster.id, counted.cluster.asked);
    let stands_first = "q.cluster = ?1 ORDER BY (q.seq = ?2) DESC, q.seq LIMIT 1";
    counted.asked = questions(connection, stands_first, params![id, asked])?.pop();
    let public = format!("place.audience = 'public' AND {stands_first}");
    counted.public = questions(connection, &public, params![id, asked])?.pop();
    Ok(counted)
}

fn clusters(
    connection: &Connection,
    community: CommunityId,
    filter: &ClusterFilter,
) -> rusqlite::Result<Vec<CountedCluster>> {
    let states: Vec<_> = filter.states.iter().map(|state| state.as_str()).collect();
    let found: Vec<CountedCluster> = connection
        .prepare_cached(&format!(
            "{CLUSTER}
              WHERE c.community = ?1 AND c.state IN (SELECT value FROM json_each(?2))
              GROUP BY c.id
             HAVING c.state <> 'new' OR c.reopened > 0 OR people >= ?3
              ORDER BY (c.state = 'new' AND c.reopened > 0) DESC, people DESC, last_at DESC, c.id
              LIMIT ?4 OFFSET ?5"
        ))?
        .query_map(
            params![community, Json(&states), filter.people_min, filter.limit, filter.skip],
            read_cluster,
        )?
        .collect::<Result<_, _>>()?;
    found
        .into_iter()
        .map(|counted| with_words(connection, counted))
        .collect()
}

/// The last message before then, or `after` where that is later. Numbers and moments grow together, so halving finds it without
/// reading what lies between.
fn last_before(connection: &Connection, after: MessageSeq, since: Timestamp) -> rusqlite::Result<MessageSeq> {
    let newest: Option<i64> = connection.query_row("SELECT max(seq) FROM message", [], |row| row.get(0))?;
    let mut next = connection.prepare_cached("SELECT seq, at FROM message WHERE seq > ?1 ORDER BY seq LIMIT 1")?;
    let (mut low, mut high) = (after.0, newest.unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, Timestamp)> = next
            .query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((seq, at)) if at < since => low = seq,
            _ => high = middle,
        }
    }
    Ok(MessageSeq(low))
}

/// Where somebody else than whoever began it said something in this stretch.
fn conversations(
    connection: &Connection,
    community: CommunityId,
    (from, to): (MessageSeq, MessageSeq),
) -> rusqlite::Result<Vec<ConversationId>> {
    connection
        .prepare_cached(
            "SELECT DISTINCT m.conversation
               FROM message m JOIN conversation c ON c.id = m.conversation
              WHERE m.seq > ?2 AND m.seq <= ?3 AND m.community = ?1 AND m.note = 0 AND m.deleted_at IS NULL
                AND m.for_owners = 0 AND m.only_for IS NULL AND c.asker IS NOT NULL
                AND (m.author ->> '$.t' = 'staff'
                     OR (m.author ->> '$.t' = 'identity'
                         AND replace(m.author ->> '$.id', '-', '') <> lower(hex(c.asker))))
              ORDER BY m.conversation",
        )?
        .query_map(params![community, from, to], |row| row.get(0))?
        .collect()
}

#[async_trait]
impl ClusterReads for SqliteStorage {
    async fn clusters(&self, community: CommunityId, filter: &ClusterFilter) -> Result<Vec<CountedCluster>, ReadError> {
        let filter = filter.clone();
        self.readers
            .read_heavy("knowledge_cluster", move |connection| {
                clusters(connection, community, &filter)
            })
            .await
    }

    async fn cluster(&self, id: ClusterId) -> Result<Option<CountedCluster>, ReadError> {
        let read = move |connection: &Connection| {
            let found = connection
                .prepare_cached(&format!("{CLUSTER} WHERE c.id = ?1 GROUP BY c.id"))?
                .query_row([id], read_cluster)
                .optional()?;
            found.map(|counted| with_words(connection, counted)).transpose()
        };
        self.readers.read_heavy("knowledge_cluster", read).await
    }

    async fn cluster_questions(&self, id: ClusterId, limit: u32) -> Result<Vec<AskedQuestion>, ReadError> {
        self.readers.read("knowledge_unanswered.cluster", |connection| {
            questions(
                connection,
                "q.cluster = ?1 ORDER BY q.at DESC, q.seq DESC LIMIT ?2",
                params![id, limit],
            )
        })
    }

    async fn cluster_of_question(&self, message: MessageId) -> Result<Option<ClusterId>, ReadError> {
        self.readers.read("knowledge_unanswered.cluster", |connection| {
            let found: Option<Option<ClusterId>> = connection
                .prepare_cached("SELECT cluster FROM knowledge_unanswered WHERE message = ?1")?
                .query_row([message], |row| row.get(0))
                .optional()?;
            Ok(found.flatten())
        })
    }

    async fn cluster_askers(&self, id: ClusterId, from: Timestamp, to: Timestamp) -> Result<u32, ReadError> {
        self.readers.read("knowledge_unanswered.cluster", |connection| {
            connection
                .prepare_cached(
                    "SELECT count(DISTINCT coalesce(person.person, q.identity))
                       FROM knowledge_unanswered q
                       LEFT JOIN person_identity person
                         ON person.community = q.community AND person.identity = q.identity
                      WHERE q.cluster = ?1 AND q.at >= ?2 AND q.at < ?3",
                )?
                .query_row(params![id, from, to], |row| row.get(0))
        })
    }

    async fn questions_open(
        &self,
        community: CommunityId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AskedQuestion>, ReadError> {
        self.readers
            .read_heavy("knowledge_unanswered", move |connection| {
                questions(
                    connection,
                    "q.community = ?1 AND q.settled_at IS NULL AND q.at >= ?2 ORDER BY q.seq DESC LIMIT ?3",
                    params![community, since, limit],
                )
            })
            .await
    }

    async fn questions_settled(
        &self,
        community: CommunityId,
        of_each: u32,
        limit: u32,
    ) -> Result<Vec<AskedQuestion>, ReadError> {
        self.readers
            .read_heavy("knowledge_unanswered", move |connection| {
                questions(
                    connection,
                    // What came to them since says nothing of what somebody has settled: by it they would grow into something else.
                    "q.seq IN (SELECT seq FROM (
                                 SELECT u.seq, row_number() OVER (PARTITION BY u.cluster ORDER BY u.seq DESC) AS nth
                                   FROM knowledge_cluster c JOIN knowledge_unanswered u ON u.cluster = c.id
                                  WHERE c.community = ?1 AND c.state = 'closed' AND c.held ->> '$.how.how' = 'settled'
                                    AND u.settled_by IS NOT NULL)
                                WHERE nth <= ?2)
                      ORDER BY q.seq DESC LIMIT ?3",
                    params![community, of_each, limit],
                )
            })
            .await
    }

    async fn questions_alone(&self, community: CommunityId, since: Timestamp) -> Result<u32, ReadError> {
        self.readers
            .read_heavy("knowledge_unanswered", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT count(*) FROM knowledge_unanswered
                          WHERE community = ?1 AND settled_at IS NULL AND at >= ?2 AND cluster IS NULL",
                    )?
                    .query_row(params![community, since], |row| row.get(0))
            })
            .await
    }

    async fn looked(&self, community: CommunityId) -> Result<(MessageSeq, Option<Timestamp>), ReadError> {
        self.readers.read("knowledge_looked", |connection| {
            let found = connection
                .prepare_cached("SELECT seen, at FROM knowledge_looked WHERE community = ?1")?
                .query_row([community], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found.unwrap_or((MessageSeq(0), None)))
        })
    }

    async fn looked_at_offered(&self, community: CommunityId) -> Result<i64, ReadError> {
        self.readers.read("knowledge_looked", |connection| {
            let found = connection
                .prepare_cached("SELECT offered FROM knowledge_looked WHERE community = ?1")?
                .query_row([community], |row| row.get(0))
                .optional()?;
            Ok(found.unwrap_or(0))
        })
    }

    async fn offered(
        &self,
        community: CommunityId,
        after: i64,
        within: (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Offered, ReadError> {
        self.readers
            .read_heavy("knowledge_asked.offered", move |connection| {
                offered::look(connection, community, after, within, limit)
            })
            .await
    }

    async fn people_said(
        &self,
        community: CommunityId,
        after: MessageSeq,
        since: Timestamp,
        limit: u32,
    ) -> Result<Said, ReadError> {
        let read = move |connection: &Connection| {
            let from = last_before(connection, after, since)?;
            let (to, seen): (Option<MessageSeq>, u32) = connection
                .prepare_cached(
                    "SELECT max(seq), count(*) FROM (SELECT seq FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?2)",
                )?
                .query_row(params![from, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let to = to.unwrap_or(from);
            Ok(Said {
                to,
                conversations: conversations(connection, community, (from, to))?,
                more: seen >= limit,
            })
        };
        self.readers.read_heavy("message.author", read).await
    }

    async fn loop_waiting(&self, community: CommunityId, account: AccountId) -> Result<u64, ReadError> {
        self.readers.read("knowledge_cluster", |connection| {
            let Count(waiting) = connection
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM knowledge_cluster
                              WHERE community = ?1 AND state = 'new' AND reopened > 0)
                          + (SELECT count(*) FROM knowledge_draft
                              WHERE community = ?1 AND published_at IS NULL AND made_by <> ?2 AND edited_by <> ?2)",
                )?
                .query_row(params![community, account], |row| row.get(0))?;
            Ok(waiting)
        })
    }
}
