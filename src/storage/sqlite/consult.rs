//! SQL of questions to the language model about what the entries leave undecided.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::words;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::consult::{ConsultReads, ConsultUnit, Consultation, Mode, NewConsultation};
use crate::storage::{Applied, Change, Page, ReadError};

words! {
    Mode {
        Off = "off",
        Select = "select",
        Compose = "compose",
    }
}

/// What completes "… was changed by somebody else": whoever asks has had their share.
const SHARE: &str = "somebody's share of the language model";

const BEGIN: &str = "
    INSERT INTO consultation (id, community, conversation, asker, mode, question, prompt, digest, at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
     WHERE (SELECT count(*) FROM consultation WHERE community = ?2 AND asker = ?4 AND at >= ?10) < ?11";

pub(super) fn apply(write: &mut Write<'_>, unit: &ConsultUnit) -> Result<Applied, ApplyError> {
    match unit {
        ConsultUnit::Mode { community, mode } => {
            write.execute(
                "INSERT INTO consulting (community, mode) VALUES (?1, ?2)
                     ON CONFLICT (community) DO UPDATE SET mode = excluded.mode",
                params![community, mode],
            )?;
            write.change(Change::Settings);
        }
        ConsultUnit::Begin { new, since, max } => begin(write, new, *since, *max)?,
        ConsultUnit::End { id, output, came } => {
            // What is kept no longer has no end.
            write.execute(
                "UPDATE consultation SET output = ?2, came = ?3 WHERE id = ?1 AND came IS NULL",
                params![id, output, came],
            )?;
        }
    }
    Ok(Applied::Done)
}

fn begin(write: &Write<'_>, new: &NewConsultation, since: Timestamp, max: u32) -> Result<(), ApplyError> {
    write.execute_one(
        SHARE,
        BEGIN,
        params![
            new.id,
            new.community,
            new.conversation,
            new.asker,
            new.mode,
            new.question,
            new.prompt,
            new.digest.as_slice(),
            new.at,
            since,
            max,
        ],
    )
}

#[async_trait]
impl ConsultReads for SqliteStorage {
    async fn consulting(&self, community: CommunityId) -> Result<Mode, ReadError> {
        self.readers.read("consulting", |connection| {
            let mode = connection
                .prepare_cached("SELECT mode FROM consulting WHERE community = ?1")?
                .query_row([community], |row| row.get(0))
                .optional()?;
            Ok(mode.unwrap_or_default())
        })
    }

    async fn consulted(
        &self,
        community: CommunityId,
        digest: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<String>, ReadError> {
        self.readers.read("consultation.output", |connection| {
            connection
                .prepare_cached(
                    "SELECT output FROM consultation
                      WHERE community = ?1 AND digest = ?2 AND at >= ?3 AND output IS NOT NULL
                      ORDER BY at DESC, seq DESC LIMIT 1",
                )?
                .query_row(params![community, digest.as_slice(), since], |row| row.get(0))
                .optional()
        })
    }

    async fn consultations(&self, community: CommunityId, page: Page) -> Result<Vec<Consultation>, ReadError> {
        let read = move |connection: &rusqlite::Connection| {
            connection
                .prepare_cached(
                    "SELECT seq, conversation, mode, question, prompt, output, came, at FROM consultation
                      WHERE community = ?1 AND seq < ?2
                      ORDER BY seq DESC LIMIT ?3",
                )?
                .query_map(
                    params![community, page.before.unwrap_or(i64::MAX), page.limit],
                    consultation,
                )?
                .collect()
        };
        self.readers.read_heavy("consultation", read).await
    }
}

fn consultation(row: &Row<'_>) -> rusqlite::Result<Consultation> {
    Ok(Consultation {
        seq: row.get(0)?,
        conversation: row.get(1)?,
        mode: row.get(2)?,
        question: row.get(3)?,
        prompt: row.get(4)?,
        output: row.get(5)?,
        came: row.get(6)?,
        at: row.get(7)?,
    })
}
