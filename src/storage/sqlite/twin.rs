//! SQL of earlier questions.

use std::collections::HashSet;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::SqliteStorage;
use super::values::Json;
use crate::model::directory::Audience;
use crate::model::ids::{CommunityId, MessageId};
use crate::model::{Content, Timestamp};
use crate::storage::ReadError;
use crate::storage::twin::{AskedBefore, SaidOf, TwinReads};

#[async_trait]
impl TwinReads for SqliteStorage {
    async fn asked_before(
        &self,
        community: CommunityId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AskedBefore>, ReadError> {
        self.readers
            .read_heavy("message.cites", move |connection| {
                let answered = answered(connection, community, since, limit)?;
                // What was answered and did not help is among both, and was asked once.
                let known: HashSet<MessageId> = answered.iter().map(|(message, _)| *message).collect();
                let missed = unanswered(connection, community, since, limit)?.into_iter();
                let missed = missed.filter(|(message, _)| message.is_none_or(|message| !known.contains(&message)));
                let mut asked: Vec<AskedBefore> = answered.into_iter().map(|(_, asked)| asked).collect();
                asked.extend(missed.map(|(_, asked)| asked));
                asked.append(&mut passed_over(connection, community, since, limit)?);
                asked.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.question.cmp(&other.question)));
                asked.truncate(limit as usize);
                Ok(asked)
            })
            .await
    }

    async fn said_of_answers(&self, community: CommunityId, limit: u32) -> Result<Vec<SaidOf>, ReadError> {
        self.readers
            .read_heavy("knowledge_feedback", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT question.content, feedback.entry, feedback.helpful
                           FROM knowledge_feedback feedback JOIN message question ON question.id = feedback.asked
                          WHERE feedback.community = ?1 AND question.deleted_at IS NULL AND question.removed IS NULL
                          ORDER BY feedback.seq DESC LIMIT ?2",
                    )?
                    .query_map(params![community, limit], |row| {
                        let Json(content): Json<Content> = row.get(0)?;
                        Ok(SaidOf {
                            question: content.to_plain(),
                            entry: row.get(1)?,
                            helpful: row.get(2)?,
                        })
                    })?
                    .collect()
            })
            .await
    }
}

fn answered(
    connection: &Connection,
    community: CommunityId,
    since: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<(MessageId, AskedBefore)>> {
    connection
        .prepare_cached(
            "SELECT question.content, question.place, place.scope, place.audience,
                    question.only_for IS NOT NULL OR answer.only_for IS NOT NULL, question.at,
                    coalesce(kept.overheard, 0), question.conversation, question.id
               FROM message answer
               JOIN message question ON question.id = answer.reply_to
               LEFT JOIN knowledge_asked kept ON kept.answer = answer.id
               LEFT JOIN place ON place.id = question.place
              WHERE answer.community = ?1 AND answer.at >= ?2 AND answer.cites IS NOT NULL
                AND question.deleted_at IS NULL AND question.removed IS NULL AND question.for_owners = 0
              ORDER BY answer.seq DESC LIMIT ?3",
        )?
        .query_map(params![community, since, limit], |row| {
            let Json(content): Json<Content> = row.get(0)?;
            Ok((row.get(8)?, asked(content.to_plain(), row)?))
        })?
        .collect()
}

fn unanswered(
    connection: &Connection,
    community: CommunityId,
    since: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<(Option<MessageId>, AskedBefore)>> {
    connection
        .prepare_cached(
            "SELECT unanswered.question, unanswered.place, place.scope, place.audience, 0, unanswered.at, 0,
                    unanswered.conversation, unanswered.message
               FROM knowledge_unanswered unanswered LEFT JOIN place ON place.id = unanswered.place
              WHERE unanswered.community = ?1 AND unanswered.at >= ?2
              ORDER BY unanswered.seq DESC LIMIT ?3",
        )?
        .query_map(params![community, since, limit], |row| {
            Ok((row.get(8)?, asked(row.get(0)?, row)?))
        })?
        .collect()
}

/// What was overheard and not answered: nobody asked the bot, so it counts as no question without an answer.
fn passed_over(
    connection: &Connection,
    community: CommunityId,
    since: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<AskedBefore>> {
    connection
        .prepare_cached(
            "SELECT question.content, question.place, place.scope, place.audience, question.only_for IS NOT NULL,
                    question.at, 1, question.conversation
               FROM knowledge_asked kept
               JOIN message question ON question.id = kept.message
               LEFT JOIN place ON place.id = question.place
              WHERE kept.community = ?1 AND kept.at >= ?2 AND kept.overheard = 1 AND kept.answer IS NULL
                AND question.deleted_at IS NULL AND question.removed IS NULL AND question.for_owners = 0
              ORDER BY kept.seq DESC LIMIT ?3",
        )?
        .query_map(params![community, since, limit], |row| {
            let Json(content): Json<Content> = row.get(0)?;
            asked(content.to_plain(), row)
        })?
        .collect()
}

/// Where it was asked, behind the first column.
fn asked(question: String, row: &Row<'_>) -> rusqlite::Result<AskedBefore> {
    let audience: Option<Audience> = row.get(3)?;
    // Whoever could read along in a place that is gone, nobody knows any more: all, as far as answers go.
    let known = audience.unwrap_or(Audience::Public);
    Ok(AskedBefore {
        question,
        place: row.get(1)?,
        scope: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        audience: known,
        private: row.get::<_, bool>(4)? || audience.is_none_or(|audience| audience == Audience::Direct),
        overheard: row.get(6)?,
        conversation: row.get(7)?,
        at: row.get(5)?,
    })
}
