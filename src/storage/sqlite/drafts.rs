//! SQL of entries that nobody has published yet.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::draft::{Draft, Fixes, Quoted, Words};
use crate::model::ids::{AccountId, CommunityId, ConversationId, DraftId, EntryId, MessageId};
use crate::storage::drafts::{DraftReads, DraftUnit};
use crate::storage::{Applied, Change, Page, ReadError};

/// More drafts of one conversation or entry are a mistake.
const RELATED_MAX: u32 = 20;

/// What was changed by somebody else.
const DRAFT: &str = "the draft";

pub(super) fn apply(write: &mut Write<'_>, unit: &DraftUnit) -> Result<Applied, ApplyError> {
    match unit {
        DraftUnit::Insert(draft) => insert(write, draft)?,
        DraftUnit::Change { before, after } => {
            let (by, at) = after.published.unzip();
            write.execute_one(
                DRAFT,
                "UPDATE knowledge_draft
                    SET entry = ?3, body = ?4, edited_by = ?5, changed_at = ?6, words = ?7, cluster = ?8,
                        published_by = ?9, published_at = ?10, version = ?11, quoted = ?12
                  WHERE id = ?1 AND version = ?2 AND published_at IS NULL",
                params![
                    after.id,
                    before,
                    after.entry.id,
                    Json(&after.entry),
                    after.edited_by,
                    after.changed_at,
                    after.words.as_ref().map(Json),
                    after.cluster,
                    by,
                    at,
                    after.version,
                    Json(&after.quoted)
                ],
            )?;
        }
        DraftUnit::Drop { id, before } => write.execute_one(
            DRAFT,
            "DELETE FROM knowledge_draft WHERE id = ?1 AND version = ?2 AND published_at IS NULL",
            params![id, before],
        )?,
        DraftUnit::Refused { messages, at } => {
            for message in messages {
                write.execute(
                    "INSERT INTO knowledge_refused (message, at) VALUES (?1, ?2) ON CONFLICT (message) DO NOTHING",
                    params![message, at],
                )?;
            }
        }
    }
    write.change(Change::Knowledge);
    Ok(Applied::Done)
}

fn insert(write: &Write<'_>, draft: &Draft) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO knowledge_draft
             (id, community, entry, body, made_by, made_at, edited_by, changed_at, words, fixes, cluster, conversation,
              version, quoted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            draft.id,
            draft.community,
            draft.entry.id,
            Json(&draft.entry),
            draft.made_by,
            draft.made_at,
            draft.edited_by,
            draft.changed_at,
            draft.words.as_ref().map(Json),
            draft.fixes.as_ref().map(Json),
            draft.cluster,
            draft.conversation,
            draft.version,
            Json(&draft.quoted)
        ],
    )?;
    Ok(())
}

const COLUMNS: &str = "SELECT seq, id, community, body, made_by, made_at, edited_by, changed_at, words, fixes, cluster,
                              conversation, published_by, published_at, version, quoted
                         FROM knowledge_draft";

fn read_draft(row: &Row<'_>) -> rusqlite::Result<(i64, Draft)> {
    let Json(entry) = row.get(3)?;
    let words: Option<Json<Words>> = row.get(8)?;
    let fixes: Option<Json<Fixes>> = row.get(9)?;
    let Json(quoted): Json<Vec<Quoted>> = row.get(15)?;
    let published: (Option<AccountId>, Option<Timestamp>) = (row.get(12)?, row.get(13)?);
    let draft = Draft {
        id: row.get(1)?,
        community: row.get(2)?,
        entry,
        made_by: row.get(4)?,
        made_at: row.get(5)?,
        edited_by: row.get(6)?,
        changed_at: row.get(7)?,
        words: words.map(|Json(words)| words),
        fixes: fixes.map(|Json(fixes)| fixes),
        cluster: row.get(10)?,
        quoted,
        conversation: row.get(11)?,
        published: published.0.zip(published.1),
        version: row.get(14)?,
    };
    Ok((row.get(0)?, draft))
}

#[async_trait]
impl DraftReads for SqliteStorage {
    async fn draft(&self, id: DraftId) -> Result<Option<Draft>, ReadError> {
        self.readers.read("knowledge_draft", |connection| {
            let found = connection
                .prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?
                .query_row([id], read_draft)
                .optional()?;
            Ok(found.map(|(_, draft)| draft))
        })
    }

    async fn drafts(&self, community: CommunityId, page: Page) -> Result<Vec<(i64, Draft)>, ReadError> {
        self.readers.read("knowledge_draft", |connection| {
            connection
                .prepare_cached(&format!(
                    "{COLUMNS} WHERE community = ?1 AND published_at IS NULL AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
                ))?
                .query_map(
                    params![community, page.before.unwrap_or(i64::MAX), page.limit],
                    read_draft,
                )?
                .collect()
        })
    }

    async fn drafts_of(
        &self,
        community: CommunityId,
        conversation: Option<ConversationId>,
        entry: Option<&EntryId>,
    ) -> Result<Vec<Draft>, ReadError> {
        self.readers.read("knowledge_draft", |connection| {
            let found = connection
                .prepare_cached(&format!(
                    "{COLUMNS} WHERE community = ?1 AND published_at IS NULL AND (conversation = ?2 OR entry = ?3)
                      ORDER BY seq DESC LIMIT ?4"
                ))?
                .query_map(params![community, conversation, entry, RELATED_MAX], read_draft)?
                .collect::<rusqlite::Result<Vec<(i64, Draft)>>>()?;
            Ok(found.into_iter().map(|(_, draft)| draft).collect())
        })
    }

    async fn draft_of_words(
        &self,
        community: CommunityId,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Option<Draft>, ReadError> {
        self.readers.read("knowledge_draft", |connection| {
            let found = connection
                .prepare_cached(&format!(
                    "{COLUMNS} WHERE community = ?1 AND conversation = ?2
                        AND EXISTS (SELECT 1 FROM json_each(words, '$.messages') WHERE value = ?3)
                      ORDER BY published_at IS NULL DESC, seq DESC LIMIT 1"
                ))?
                .query_row(params![community, conversation, message.0.to_string()], read_draft)
                .optional()?;
            Ok(found.map(|(_, draft)| draft))
        })
    }

    async fn is_refused(&self, messages: &[MessageId]) -> Result<bool, ReadError> {
        self.readers.read("knowledge_refused", |connection| {
            let mut known =
                connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM knowledge_refused WHERE message = ?1)")?;
            for message in messages {
                if known.query_row([message], |row| row.get(0))? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
