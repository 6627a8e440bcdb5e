//! SQL of the knowledge base.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::failure::ApplyError;
use super::values::{Json, words};
use super::write::Write;
use super::{SqliteStorage, quality};
use crate::model::action::Author;
use crate::model::entry::Entry;
use crate::model::ids::{CommunityId, ConversationId, EntryId, IdentityId, MessageId};
use crate::model::{Content, Timestamp};
use crate::storage::knowledge::{
    Feedback, FeedbackCount, KnowledgeReads, KnowledgeUnit, Missed, Remembered, Revision, Served, ServedLately,
    StoredEmbedding, StoredEntry, Unanswered,
};
use crate::storage::{Applied, Change, ReadError};

/// A conversation in which more was refused has been handed over long ago.
const REFUSED_MAX: u32 = 100;

/// So many answers in ten minutes are looked at; more than a person reads.
const LATELY_MAX: u32 = 10;

words! {
    Missed {
        Abstained = "abstained",
        NotIt = "not_it",
        AskedAgain = "asked_again",
        Untaken = "untaken",
        ByPeople = "by_people",
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &KnowledgeUnit) -> Result<Applied, ApplyError> {
    match unit {
        KnowledgeUnit::Put { .. } => put(write, unit)?,
        KnowledgeUnit::Move { community, id, file } => {
            write.execute(
                "UPDATE knowledge_entry SET file = ?3 WHERE community = ?1 AND id = ?2",
                params![community, id, file],
            )?;
        }
        KnowledgeUnit::Remove { .. } => remove(write, unit)?,
        KnowledgeUnit::Remember { community, what, at } => {
            write.execute(
                "INSERT INTO knowledge_import (community, entry, origin, digests, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (community, entry) DO UPDATE
                     SET origin = excluded.origin, digests = excluded.digests, at = excluded.at",
                params![community, what.entry, what.origin, Json(&what.digests), at],
            )?;
        }
        // No entry changed, so nobody is told.
        KnowledgeUnit::Embed { community, embeddings } => return embed(write, *community, embeddings),
        KnowledgeUnit::ForgetEmbeddings { community, texts } => return forget_embeddings(write, *community, texts),
        KnowledgeUnit::Feedback(feedback) => insert_feedback(write, feedback)?,
        KnowledgeUnit::Unanswered(question) => insert_unanswered(write, question)?,
    }
    write.change(Change::Knowledge);
    Ok(Applied::Done)
}

fn put(write: &Write<'_>, unit: &KnowledgeUnit) -> Result<(), ApplyError> {
    let KnowledgeUnit::Put {
        community,
        entry,
        file,
        expected,
        by,
        at,
    } = unit
    else {
        return Ok(());
    };
    let what = format!("the entry {}", entry.id);
    match expected {
        // A second new one of the same id breaks the primary key, which is a conflict.
        None => write.execute_one(
            &what,
            "INSERT INTO knowledge_entry (community, id, revision, file, body, changed_at, changed_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![community, entry.id, entry.rev, file, Json(entry.as_ref()), at, by],
        )?,
        Some(expected) => write.execute_one(
            &what,
            "UPDATE knowledge_entry
             SET revision = ?3, file = coalesce(?4, file), body = ?5, changed_at = ?6, changed_by = ?7
             WHERE community = ?1 AND id = ?2 AND revision = ?8",
            params![
                community,
                entry.id,
                entry.rev,
                file,
                Json(entry.as_ref()),
                at,
                by,
                expected
            ],
        )?,
    }
    write.execute_one(
        &what,
        "INSERT INTO knowledge_revision (community, id, revision, body, changed_at, changed_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![community, entry.id, entry.rev, Json(entry.as_ref()), at, by],
    )
}

fn remove(write: &Write<'_>, unit: &KnowledgeUnit) -> Result<(), ApplyError> {
    let KnowledgeUnit::Remove {
        community,
        id,
        expected,
        by,
        at,
    } = unit
    else {
        return Ok(());
    };
    let what = format!("the entry {id}");
    write.execute_one(
        &what,
        "DELETE FROM knowledge_entry WHERE community = ?1 AND id = ?2 AND revision = ?3",
        params![community, id, expected],
    )?;
    // Taking it away is a revision without a text, so that the next one of this id goes on counting.
    write.execute_one(
        &what,
        "INSERT INTO knowledge_revision (community, id, revision, body, changed_at, changed_by)
         VALUES (?1, ?2, ?3, NULL, ?4, ?5)",
        params![community, id, expected + 1, at, by],
    )
}

fn embed(write: &Write<'_>, community: CommunityId, embeddings: &[StoredEmbedding]) -> Result<Applied, ApplyError> {
    for embedding in embeddings {
        write.execute(
            "INSERT INTO knowledge_embedding (community, text, model, numbers) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (community, text) DO UPDATE SET model = excluded.model, numbers = excluded.numbers",
            params![community, embedding.text, embedding.model, embedding.numbers],
        )?;
    }
    Ok(Applied::Done)
}

fn forget_embeddings(write: &Write<'_>, community: CommunityId, texts: &[[u8; 16]]) -> Result<Applied, ApplyError> {
    for text in texts {
        write.execute(
            "DELETE FROM knowledge_embedding WHERE community = ?1 AND text = ?2",
            params![community, text],
        )?;
    }
    Ok(Applied::Done)
}

fn insert_feedback(write: &Write<'_>, feedback: &Feedback) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO knowledge_feedback
             (community, entry, revision, message, conversation, identity, helpful, asked, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (message, entry, identity) DO UPDATE
             SET revision = excluded.revision, helpful = excluded.helpful, at = excluded.at",
        params![
            feedback.community,
            feedback.entry,
            feedback.revision,
            feedback.message,
            feedback.conversation,
            feedback.identity,
            feedback.helpful,
            feedback.asked,
            feedback.at,
        ],
    )?;
    quality::pressed(write, feedback)
}

/// A question that was taken back in the meantime is not kept: its deletion has emptied what there was, and will not come again.
pub(super) fn insert_unanswered(write: &Write<'_>, question: &Unanswered) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO knowledge_unanswered
             (community, question, missed, reason, place, identity, message, conversation, at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
          WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = ?7 AND deleted_at IS NOT NULL)
         ON CONFLICT (message) WHERE message IS NOT NULL DO NOTHING",
        params![
            question.community,
            question.question,
            question.missed,
            question.reason,
            question.place,
            question.identity,
            question.message,
            question.conversation,
            question.at,
        ],
    )?;
    Ok(())
}

#[async_trait]
impl KnowledgeReads for SqliteStorage {
    async fn entries(&self, community: CommunityId) -> Result<Vec<StoredEntry>, ReadError> {
        self.readers
            .read_heavy("knowledge_entry", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT body, file, changed_at, changed_by FROM knowledge_entry WHERE community = ?1 ORDER BY id",
                    )?
                    .query_map([community], stored_entry)?
                    .collect()
            })
            .await
    }

    async fn entry_revision_last(&self, community: CommunityId, id: &EntryId) -> Result<Option<u32>, ReadError> {
        self.readers.read("knowledge_revision.revision", |connection| {
            connection
                .prepare_cached("SELECT max(revision) FROM knowledge_revision WHERE community = ?1 AND id = ?2")?
                .query_row(params![community, id], |row| row.get(0))
        })
    }

    async fn entry_history(
        &self,
        community: CommunityId,
        id: &EntryId,
        limit: u32,
    ) -> Result<Vec<Revision>, ReadError> {
        self.readers.read("knowledge_revision", |connection| {
            connection
                .prepare_cached(
                    "SELECT revision, body, changed_at, changed_by FROM knowledge_revision
                     WHERE community = ?1 AND id = ?2 ORDER BY revision DESC LIMIT ?3",
                )?
                .query_map(params![community, id, limit], revision)?
                .collect()
        })
    }

    async fn entries_imported(&self, community: CommunityId) -> Result<Vec<Remembered>, ReadError> {
        self.readers
            .read_heavy("knowledge_import", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT entry, origin, digests FROM knowledge_import WHERE community = ?1 ORDER BY entry",
                    )?
                    .query_map([community], |row| {
                        let Json(digests) = row.get(2)?;
                        Ok(Remembered {
                            entry: row.get(0)?,
                            origin: row.get(1)?,
                            digests,
                        })
                    })?
                    .collect()
            })
            .await
    }

    async fn embeddings(
        &self,
        community: CommunityId,
        after: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<StoredEmbedding>, ReadError> {
        self.readers
            .read_heavy("knowledge_embedding", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT text, model, numbers FROM knowledge_embedding
                         WHERE community = ?1 AND text > coalesce(?2, x'') ORDER BY text LIMIT ?3",
                    )?
                    .query_map(params![community, after, limit], |row| {
                        Ok(StoredEmbedding {
                            text: row.get(0)?,
                            model: row.get(1)?,
                            numbers: row.get(2)?,
                        })
                    })?
                    .collect()
            })
            .await
    }

    async fn entries_served(&self, conversation: ConversationId, since: Timestamp) -> Result<Served, ReadError> {
        self.readers.read("knowledge_feedback.entry", |connection| {
            let refused = connection
                .prepare_cached(
                    "SELECT DISTINCT entry FROM knowledge_feedback WHERE conversation = ?1 AND helpful = 0 LIMIT ?2",
                )?
                .query_map(params![conversation, REFUSED_MAX], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let lately: Vec<(Vec<(EntryId, u32)>, MessageId, Content, Author)> = connection
                .prepare_cached(
                    "SELECT answer.cites, answer.id, question.content, question.author
                       FROM message answer JOIN message question ON question.id = answer.reply_to
                      WHERE answer.conversation = ?1 AND answer.at >= ?2 AND answer.cites IS NOT NULL
                        AND question.deleted_at IS NULL
                        AND NOT EXISTS (SELECT 1 FROM knowledge_feedback said WHERE said.message = answer.id AND said.helpful = 1)
                      ORDER BY answer.seq DESC LIMIT ?3",
                )?
                .query_map(params![conversation, since, LATELY_MAX], |row| {
                    let (Json(cites), Json(content), Json(author)) = (row.get(0)?, row.get(2)?, row.get(3)?);
                    Ok((cites, row.get(1)?, content, author))
                })?
                .collect::<Result<_, _>>()?;
            let lately = lately.into_iter().flat_map(|(cites, answer, question, asked_by)| {
                let said = move |(entry, _)| ServedLately {
                    entry,
                    answer,
                    question: question.clone(),
                    asked_by: asked_by.clone(),
                };
                cites.into_iter().map(said).collect::<Vec<_>>()
            });
            Ok(Served {
                refused,
                lately: lately.collect(),
            })
        })
    }

    async fn feedback_of(&self, message: MessageId, identity: IdentityId) -> Result<Option<bool>, ReadError> {
        self.readers.read("knowledge_feedback.helpful", |connection| {
            connection
                .prepare_cached(
                    "SELECT helpful FROM knowledge_feedback WHERE message = ?1 AND identity = ?2 ORDER BY at DESC LIMIT 1",
                )?
                .query_row(params![message, identity], |row| row.get(0))
                .optional()
        })
    }

    async fn feedback_counts(&self, community: CommunityId) -> Result<Vec<FeedbackCount>, ReadError> {
        self.readers
            .read_heavy("knowledge_feedback", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT entry, revision, sum(helpful), sum(1 - helpful)
                           FROM (SELECT entry, revision, helpful, max(revision) OVER (PARTITION BY entry) AS newest
                                   FROM knowledge_feedback WHERE community = ?1)
                          WHERE revision = newest GROUP BY entry ORDER BY entry",
                    )?
                    .query_map([community], |row| {
                        Ok(FeedbackCount {
                            entry: row.get(0)?,
                            revision: row.get(1)?,
                            helpful: row.get(2)?,
                            not_it: row.get(3)?,
                        })
                    })?
                    .collect()
            })
            .await
    }
}

fn stored_entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    let Json(entry): Json<Entry> = row.get(0)?;
    Ok(StoredEntry {
        entry,
        file: row.get(1)?,
        changed_at: row.get(2)?,
        changed_by: row.get(3)?,
    })
}

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let body: Option<Json<Entry>> = row.get(1)?;
    Ok(Revision {
        revision: row.get(0)?,
        entry: body.map(|Json(entry)| entry),
        at: row.get(2)?,
        by: row.get(3)?,
    })
}
