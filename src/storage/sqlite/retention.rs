//! Forgets what is old: payloads and traces first, then what was said, last the audit.
//!
//! What is to go is found by a reader, a stretch at a time, and taken away by the writer between batches, so that
//! nobody waits for it. The newest row of a table always stays: sequence numbers are never given out twice.

use std::time::Duration;

use rusqlite::{Connection, Statement, params};

use super::SqliteStorage;
use super::values::Count;
use crate::model::Timestamp;
use crate::storage::plugins::SET_ASIDE_FOR;
use crate::storage::{ReadError, WriteError};

/// Rows that go at once: a few milliseconds of the writer.
const ROWS_AT_ONCE: u32 = 500;

/// Pages given back to the file system at once.
const PAGES_AT_ONCE: u32 = 500;

const DAY: Duration = Duration::from_hours(24);

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// What platforms told us, and what happened on the way.
    pub payloads: Duration,
    /// What was said, with conversations and deliveries.
    pub messages: Duration,
    /// What people did in the console.
    pub audit: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            payloads: 14 * DAY,
            messages: 365 * DAY,
            audit: 730 * DAY,
        }
    }
}

/// How many rows went, or would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// What, in words for people, and how many.
    pub rows: Vec<(&'static str, u64)>,
}

/// Rows with a sequence number: a reader finds the next stretch, the writer takes it away.
/// `?1` is the time before which things go, `?2` where the stretch begins, `?3` where it ends.
struct Stretches {
    what: &'static str,
    age: fn(&Retention) -> Duration,
    count: &'static str,
    find: &'static str,
    take: &'static [&'static str],
}

/// In the order in which things go: what refers before what is referred to.
const STRETCHES: &[Stretches] = &[
    Stretches {
        what: "payloads and traces of events",
        age: |keep| keep.payloads,
        count: "SELECT count(*) FROM event WHERE payload IS NOT NULL AND state <> 'accepted' AND received_at < ?1",
        find: "SELECT max(seq) FROM (SELECT seq FROM event
                WHERE seq > ?2 AND payload IS NOT NULL AND state <> 'accepted' AND received_at < ?1
                ORDER BY seq LIMIT ?3)",
        take: &["UPDATE event SET payload = NULL, trace = NULL
                  WHERE seq > ?2 AND seq <= ?3 AND state <> 'accepted' AND received_at < ?1"],
    },
    Stretches {
        what: "deliveries",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM delivery WHERE ended_at < ?1 AND seq < (SELECT max(seq) FROM delivery)",
        find: "SELECT max(seq) FROM (SELECT seq FROM delivery WHERE seq > ?2 AND ended_at < ?1 ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM delivery
                  WHERE seq > ?2 AND seq <= ?3 AND ended_at < ?1 AND seq < (SELECT max(seq) FROM delivery)"],
    },
    Stretches {
        what: "questions to the knowledge base",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_asked WHERE at < ?1 AND seq < (SELECT max(seq) FROM knowledge_asked)",
        find: "SELECT max(seq) FROM (SELECT seq FROM knowledge_asked WHERE seq > ?2 AND at < ?1 ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM knowledge_asked
                  WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM knowledge_asked)"],
    },
    Stretches {
        what: "what people said of answers",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_feedback WHERE at < ?1 AND seq < (SELECT max(seq) FROM knowledge_feedback)",
        find: "SELECT max(seq) FROM (SELECT seq FROM knowledge_feedback WHERE seq > ?2 AND at < ?1
                                      ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM knowledge_feedback
                  WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM knowledge_feedback)"],
    },
    Stretches {
        what: "messages",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM message WHERE at < ?1 AND seq < (SELECT max(seq) FROM message)",
        find: "SELECT max(seq) FROM (SELECT seq FROM message WHERE seq > ?2 AND at < ?1 ORDER BY seq LIMIT ?3)",
        take: &[
            "DELETE FROM message_words
              WHERE rowid IN (SELECT seq FROM message
                               WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM message))",
            "DELETE FROM message
              WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM message)",
        ],
    },
    Stretches {
        what: "questions without a good answer",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_unanswered
                 WHERE at < ?1 AND seq < (SELECT max(seq) FROM knowledge_unanswered)",
        find: "SELECT max(seq) FROM (SELECT seq FROM knowledge_unanswered WHERE seq > ?2 AND at < ?1
                                      ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM knowledge_unanswered
                  WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM knowledge_unanswered)"],
    },
    Stretches {
        what: "events",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM event
                 WHERE state <> 'accepted' AND received_at < ?1 AND seq < (SELECT max(seq) FROM event)",
        find: "SELECT max(seq) FROM (SELECT seq FROM event
                WHERE seq > ?2 AND state <> 'accepted' AND received_at < ?1 ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM event
                  WHERE seq > ?2 AND seq <= ?3 AND state <> 'accepted' AND received_at < ?1
                    AND seq < (SELECT max(seq) FROM event)"],
    },
    Stretches {
        what: "lines of the audit",
        age: |keep| keep.audit,
        count: "SELECT count(*) FROM audit WHERE at < ?1 AND seq < (SELECT max(seq) FROM audit)",
        find: "SELECT max(seq) FROM (SELECT seq FROM audit WHERE seq > ?2 AND at < ?1 ORDER BY seq LIMIT ?3)",
        take: &["DELETE FROM audit
                  WHERE seq > ?2 AND seq <= ?3 AND at < ?1 AND seq < (SELECT max(seq) FROM audit)"],
    },
];

/// Rows whose age an index knows, or of which there are few. `?1` is the time before which things go, `?2` how many go at once.
struct Indexed {
    what: &'static str,
    age: fn(&Retention) -> Duration,
    count: &'static str,
    take: &'static [&'static str],
}

const INDEXED: &[Indexed] = &[
    Indexed {
        what: "conversations",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM conversation WHERE holder = 'closed' AND active_at < ?1",
        take: &[
            "DELETE FROM transition
              WHERE conversation IN (SELECT id FROM conversation WHERE holder = 'closed' AND active_at < ?1
                                      ORDER BY id LIMIT ?2)",
            "DELETE FROM conversation
              WHERE id IN (SELECT id FROM conversation WHERE holder = 'closed' AND active_at < ?1
                            ORDER BY id LIMIT ?2)",
        ],
    },
    Indexed {
        what: "questions to the language model",
        age: |keep| keep.payloads,
        count: "SELECT count(*) FROM consultation WHERE at < ?1",
        take: &["DELETE FROM consultation WHERE seq IN (SELECT seq FROM consultation WHERE at < ?1 LIMIT ?2)"],
    },
    Indexed {
        what: "drafts that nobody published",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_draft WHERE published_at IS NULL AND changed_at < ?1",
        take: &[
            // Its questions stand as before it was begun, as when somebody throws it away.
            "UPDATE knowledge_cluster
                SET state = coalesce(held ->> '$.earlier.state', 'new'),
                    held = coalesce(held -> '$.earlier', '{\"state\":\"new\"}'), version = version + 1
              WHERE state = 'drafted'
                AND replace(held ->> '$.draft', '-', '') IN (
                    SELECT lower(hex(id)) FROM knowledge_draft WHERE published_at IS NULL AND changed_at < ?1
                     ORDER BY seq LIMIT ?2)",
            "DELETE FROM knowledge_draft
              WHERE seq IN (SELECT seq FROM knowledge_draft WHERE published_at IS NULL AND changed_at < ?1
                             ORDER BY seq LIMIT ?2)",
        ],
    },
    Indexed {
        what: "clusters of which no question is left",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_cluster c
                 WHERE state IN ('new', 'closed') AND changed_at < ?1
                   AND NOT EXISTS (SELECT 1 FROM knowledge_unanswered q WHERE q.cluster = c.id)",
        take: &["DELETE FROM knowledge_cluster
                  WHERE id IN (SELECT id FROM knowledge_cluster c
                                WHERE state IN ('new', 'closed') AND changed_at < ?1
                                  AND NOT EXISTS (SELECT 1 FROM knowledge_unanswered q WHERE q.cluster = c.id)
                                ORDER BY id LIMIT ?2)"],
    },
    Indexed {
        what: "drafts that were published",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_draft WHERE published_at < ?1",
        take: &["DELETE FROM knowledge_draft
                  WHERE seq IN (SELECT seq FROM knowledge_draft WHERE published_at < ?1 ORDER BY seq LIMIT ?2)"],
    },
    Indexed {
        what: "what people did not want published",
        age: |keep| keep.messages,
        count: "SELECT count(*) FROM knowledge_refused WHERE at < ?1",
        take: &["DELETE FROM knowledge_refused
                  WHERE message IN (SELECT message FROM knowledge_refused WHERE at < ?1 ORDER BY message LIMIT ?2)"],
    },
    Indexed {
        what: "buttons that have expired",
        age: |_| Duration::ZERO,
        count: "SELECT count(*) FROM button WHERE expires < ?1",
        take: &["DELETE FROM button WHERE id IN (SELECT id FROM button WHERE expires < ?1 LIMIT ?2)"],
    },
    Indexed {
        what: "codes that link accounts and have expired",
        age: |_| Duration::ZERO,
        count: "SELECT count(*) FROM link_code WHERE expires < ?1",
        take: &["DELETE FROM link_code WHERE id IN (SELECT id FROM link_code WHERE expires < ?1 LIMIT ?2)"],
    },
    Indexed {
        what: "attempts to link accounts that have expired",
        age: |_| Duration::ZERO,
        count: "SELECT count(*) FROM link_attempt WHERE expires < ?1",
        take: &["DELETE FROM link_attempt
                  WHERE (community, identity, what) IN (SELECT community, identity, what FROM link_attempt
                                                         WHERE expires < ?1 LIMIT ?2)"],
    },
    Indexed {
        what: "keys of plugins that have expired",
        age: |_| Duration::ZERO,
        count: "SELECT count(*) FROM kv WHERE expires < ?1",
        take: &["DELETE FROM kv
                  WHERE (plugin, community, key) IN (SELECT plugin, community, key FROM kv WHERE expires < ?1 LIMIT ?2)"],
    },
    Indexed {
        what: "what plugins kept before an update",
        age: |_| SET_ASIDE_FOR,
        count: "SELECT count(*) FROM plugin_before WHERE at < ?1",
        take: &[
            "DELETE FROM kv_before
              WHERE (community, plugin) IN (SELECT community, plugin FROM plugin_before WHERE at < ?1
                                             ORDER BY community, plugin LIMIT ?2)",
            "DELETE FROM plugin_before
              WHERE (community, plugin) IN (SELECT community, plugin FROM plugin_before WHERE at < ?1
                                             ORDER BY community, plugin LIMIT ?2)",
        ],
    },
];

impl SqliteStorage {
    /// Says what [`SqliteStorage::forget`] would take away now.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn forget_preview(&self, keep: &Retention) -> Result<Forgotten, ReadError> {
        let mut rows = Vec::new();
        let stretches = STRETCHES.iter().map(|rule| (rule.what, rule.age, rule.count));
        let indexed = INDEXED.iter().map(|rule| (rule.what, rule.age, rule.count));
        for (what, age, count) in stretches.chain(indexed) {
            let before = self.clock.now() - age(keep);
            let count = move |connection: &Connection| connection.query_row(count, [before], |row| row.get(0));
            let Count(found) = self.readers.read_heavy(what, count).await?;
            rows.push((what, found));
        }
        Ok(Forgotten { rows })
    }

    /// Takes away what is older than it is kept, and gives the room back to the file system.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written; what went before that is gone, and the rest goes next time.
    pub async fn forget(&self, keep: &Retention) -> Result<Forgotten, WriteError> {
        let mut rows = Vec::new();
        for rule in STRETCHES {
            let before = self.clock.now() - (rule.age)(keep);
            rows.push((rule.what, self.forget_stretches(rule, before).await?));
        }
        for rule in INDEXED {
            let before = self.clock.now() - (rule.age)(keep);
            rows.push((rule.what, self.forget_indexed(rule, before).await?));
        }
        self.give_room_back().await?;
        Ok(Forgotten { rows })
    }

    async fn forget_stretches(&self, rule: &'static Stretches, before: Timestamp) -> Result<u64, WriteError> {
        let (mut from, mut gone) = (0_i64, 0);
        loop {
            let find = move |connection: &Connection| {
                connection.query_row(rule.find, params![before, from, ROWS_AT_ONCE], |row| row.get(0))
            };
            let found: Option<i64> = self
                .readers
                .read_heavy(rule.what, find)
                .await
                .map_err(|error| WriteError::Broken(Box::new(error)))?;
            let Some(to) = found else {
                return Ok(gone);
            };
            gone += self
                .take(rule.take, move |statement| statement.execute(params![before, from, to]))
                .await?;
            from = to;
        }
    }

    async fn forget_indexed(&self, rule: &'static Indexed, before: Timestamp) -> Result<u64, WriteError> {
        let mut gone = 0;
        loop {
            let some = self
                .take(rule.take, move |statement| {
                    statement.execute(params![before, ROWS_AT_ONCE])
                })
                .await?;
            gone += some;
            if some < u64::from(ROWS_AT_ONCE) {
                return Ok(gone);
            }
        }
    }

    /// Runs the statements in one transaction, and answers how many rows the last one took.
    async fn take(
        &self,
        statements: &'static [&'static str],
        run: impl Fn(&mut Statement<'_>) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<u64, WriteError> {
        self.writer
            .work(move |connection| {
                let transaction = connection.transaction()?;
                let mut rows = 0;
                for sql in statements {
                    rows = run(&mut *transaction.prepare_cached(sql)?)?;
                }
                transaction.commit()?;
                Ok(rows as u64)
            })
            .await
    }

    async fn give_room_back(&self) -> Result<(), WriteError> {
        loop {
            let left = self
                .writer
                .work(|connection| {
                    // Each step of the statement frees one page.
                    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
                    let mut rows = statement.query([])?;
                    while rows.next()?.is_some() {}
                    Ok(connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, u32>(0))?)
                })
                .await?;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
