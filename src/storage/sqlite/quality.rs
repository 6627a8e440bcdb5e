//! SQL about how good answers are.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::{Count, Json, words};
use super::write::Write;
use crate::model::directory::Audience;
use crate::model::ids::{CommunityId, EntryId};
use crate::model::quality::{Fits, Precision, Trial};
use crate::model::{Content, Timestamp};
use crate::storage::knowledge::Feedback;
use crate::storage::quality::{
    Asked, AskedCount, AskedFilter, AskedRow, Decided, Kept, Label, QualityReads, QualityUnit,
};
use crate::storage::{Applied, Change, Page, ReadError};

words! {
    Decided {
        Answer = "answer",
        Suggest = "suggest",
        NothingFound = "nothing_found",
        Uncertain = "uncertain",
        StaffOnly = "staff_only",
        NotHere = "not_here",
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &QualityUnit) -> Result<Applied, ApplyError> {
    match unit {
        QualityUnit::Asked(asked) => insert(write, asked)?,
        QualityUnit::Again { answer } => {
            write.execute("UPDATE knowledge_asked SET again = 0 WHERE answer = ?1", [answer])?;
        }
        QualityUnit::Judged {
            community,
            seq,
            fits,
            by,
            at,
        } => {
            write.execute_one(
                "the question",
                "UPDATE knowledge_asked
                    SET verdict = ?3, verdict_by = iif(?3 IS NULL, NULL, ?4), verdict_at = iif(?3 IS NULL, NULL, ?5)
                  WHERE community = ?1 AND seq = ?2 AND entry IS NOT NULL",
                params![community, seq, fits, by, at],
            )?;
            write.change(Change::Knowledge);
        }
        QualityUnit::Precision { community, precision } => {
            write.execute(
                "INSERT INTO knowledge_quality (community, precision) VALUES (?1, ?2)
                     ON CONFLICT (community) DO UPDATE SET precision = excluded.precision",
                params![community, Json(precision)],
            )?;
            write.change(Change::Settings);
        }
        QualityUnit::Fitted { community, fits } => {
            write.execute(
                "INSERT INTO knowledge_quality (community, fits) VALUES (?1, ?2)
                     ON CONFLICT (community) DO UPDATE SET fits = excluded.fits",
                params![community, Json(fits.as_ref())],
            )?;
        }
        QualityUnit::Tried { community, trial } => {
            write.execute(
                "INSERT INTO knowledge_quality (community, trial) VALUES (?1, ?2)
                     ON CONFLICT (community) DO UPDATE SET trial = excluded.trial",
                params![community, Json(trial.as_ref())],
            )?;
        }
    }
    Ok(Applied::Done)
}

/// What was pressed below an answer is said of the question, too. What is pressed last counts.
pub(super) fn pressed(write: &Write<'_>, feedback: &Feedback) -> Result<(), ApplyError> {
    write.execute(
        "UPDATE knowledge_asked SET pressed = ?3 WHERE answer = ?1 AND entry = ?2",
        params![feedback.message, feedback.entry, feedback.helpful],
    )?;
    Ok(())
}

fn insert(write: &Write<'_>, asked: &Asked) -> Result<(), ApplyError> {
    let (entry, revision) = asked.entry.as_ref().map(|(entry, revision)| (entry, revision)).unzip();
    write.execute(
        "INSERT INTO knowledge_asked (community, message, asker, overheard, language, entry, revision, probability, exact,
                                      scoring, decision, answer, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            asked.community,
            asked.message,
            asked.asker,
            asked.overheard,
            asked.language,
            entry,
            revision,
            asked.probability,
            asked.exact,
            asked.scoring,
            asked.decision,
            asked.answer,
            asked.at,
        ],
    )?;
    Ok(())
}

#[async_trait]
impl QualityReads for SqliteStorage {
    async fn quality(&self, community: CommunityId) -> Result<Kept, ReadError> {
        self.readers.read("knowledge_quality", |connection| {
            let found = connection
                .prepare_cached("SELECT precision, fits FROM knowledge_quality WHERE community = ?1")?
                .query_row([community], |row| {
                    let precision: Option<Json<Precision>> = row.get(0)?;
                    let fits: Option<Json<Fits>> = row.get(1)?;
                    Ok(Kept {
                        precision: precision.map(|Json(precision)| precision).unwrap_or_default(),
                        fits: fits.map(|Json(fits)| fits),
                    })
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    async fn trial(&self, community: CommunityId) -> Result<Option<Trial>, ReadError> {
        self.readers
            .read_heavy("knowledge_quality.trial", move |connection| {
                let found: Option<Option<Json<Trial>>> = connection
                    .prepare_cached("SELECT trial FROM knowledge_quality WHERE community = ?1")?
                    .query_row([community], |row| row.get(0))
                    .optional()?;
                Ok(found.flatten().map(|Json(trial)| trial))
            })
            .await
    }

    async fn labels(
        &self,
        community: CommunityId,
        scoring: &str,
        overheard: bool,
        limit: u32,
    ) -> Result<Vec<Label>, ReadError> {
        let scoring = scoring.to_owned();
        self.readers
            .read_heavy("knowledge_asked", move |connection| {
                connection
                    .prepare_cached(
                        "SELECT seq, probability, coalesce(verdict, pressed, again), verdict IS NOT NULL, asker, entry
                           FROM knowledge_asked
                          WHERE community = ?1 AND coalesce(verdict, pressed, again) IS NOT NULL
                            AND scoring = ?2 AND overheard = ?3 AND exact = 0 AND entry IS NOT NULL
                          ORDER BY seq DESC LIMIT ?4",
                    )?
                    .query_map(params![community, scoring, overheard, limit], |row| {
                        Ok(Label {
                            seq: row.get(0)?,
                            probability: row.get(1)?,
                            right: row.get(2)?,
                            by_staff: row.get(3)?,
                            asker: row.get(4)?,
                            entry: row.get(5)?,
                        })
                    })?
                    .collect()
            })
            .await
    }

    async fn asked_counts(&self, community: CommunityId, since: Timestamp) -> Result<Vec<AskedCount>, ReadError> {
        self.readers
            .read_heavy("knowledge_asked", move |connection| {
                connection
                    .prepare_cached(
                        // An entry without a file is exported to this one.
                        "SELECT overheard, iif(kept.id IS NULL, '', coalesce(kept.file, 'entries.yaml')) AS topic,
                                coalesce(language, '') AS spoken, answer IS NOT NULL AS answered,
                                coalesce(verdict, pressed, again) AS fits, count(*)
                           FROM knowledge_asked asked
                           LEFT JOIN knowledge_entry kept ON kept.community = asked.community AND kept.id = asked.entry
                          WHERE asked.community = ?1 AND asked.at >= ?2
                          GROUP BY overheard, topic, spoken, answered, fits
                          ORDER BY overheard, topic, spoken, answered, fits",
                    )?
                    .query_map(params![community, since], |row| {
                        let Count(count) = row.get(5)?;
                        Ok(AskedCount {
                            overheard: row.get(0)?,
                            topic: row.get(1)?,
                            language: row.get(2)?,
                            answered: row.get(3)?,
                            fits: row.get(4)?,
                            count,
                        })
                    })?
                    .collect()
            })
            .await
    }

    async fn asked_count(&self, community: CommunityId, filter: &AskedFilter) -> Result<u64, ReadError> {
        let filter = filter.clone();
        self.readers
            .read_heavy("knowledge_asked", move |connection| {
                count(connection, community, &filter)
            })
            .await
    }

    async fn asked(
        &self,
        community: CommunityId,
        filter: &AskedFilter,
        page: Page,
    ) -> Result<Vec<AskedRow>, ReadError> {
        let filter = filter.clone();
        self.readers
            .read_heavy("knowledge_asked", move |connection| {
                list(connection, community, &filter, page)
            })
            .await
    }
}

/// What an [`AskedFilter`] chooses: of a community and period, then each of its parts where it is set.
macro_rules! chosen {
    () => {
        "
          WHERE asked.community = ?1 AND asked.at >= ?2
            AND (?3 IS NULL OR asked.overheard = ?3)
            AND (?4 IS NULL OR iif(kept.id IS NULL, '', coalesce(kept.file, 'entries.yaml')) = ?4)
            AND (?5 IS NULL OR coalesce(asked.language, '') = ?5)
            AND (?6 IS NULL OR (asked.answer IS NOT NULL) = ?6)
            AND (?7 IS NULL OR (coalesce(asked.verdict, asked.pressed, asked.again) IS NOT NULL) = ?7)
            AND (?8 IS NULL OR coalesce(asked.verdict, asked.pressed, asked.again) = ?8)
            AND asked.probability >= ?9"
    };
}

fn count(connection: &Connection, community: CommunityId, filter: &AskedFilter) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT count(*)
               FROM knowledge_asked asked
               LEFT JOIN knowledge_entry kept ON kept.community = asked.community AND kept.id = asked.entry",
        chosen!()
    ))?;
    let of = params![
        community,
        filter.since,
        filter.overheard,
        filter.topic,
        filter.language,
        filter.answered,
        filter.judged,
        filter.fits,
        filter.from,
    ];
    let Count(count) = statement.query_row(of, |row| row.get(0))?;
    Ok(count)
}

fn list(
    connection: &Connection,
    community: CommunityId,
    filter: &AskedFilter,
    page: Page,
) -> rusqlite::Result<Vec<AskedRow>> {
    // The period begins at a number, so that a page never reads what lies before it.
    let mut statement = connection.prepare_cached(
        concat!(
            "SELECT asked.seq, asked.message, question.place, asked.asker, asked.overheard, asked.language, asked.entry,
                asked.revision, asked.probability, asked.exact, asked.scoring, asked.decision, asked.answer, asked.at,
                asked.verdict, asked.pressed, asked.again,
                question.content, question.conversation, question.deleted_at, question.for_owners, place.audience, said.content,
                question.only_for IS NOT NULL OR said.only_for IS NOT NULL
           FROM knowledge_asked asked
           LEFT JOIN knowledge_entry kept ON kept.community = asked.community AND kept.id = asked.entry
           LEFT JOIN message question ON question.id = asked.message
           LEFT JOIN message said ON said.id = asked.answer
           LEFT JOIN place ON place.id = question.place",
            chosen!(),
            "
            AND asked.seq >= (SELECT min(first.seq) FROM knowledge_asked first WHERE first.community = ?1 AND first.at >= ?2)
            AND (?10 IS NULL OR asked.seq < ?10)
          ORDER BY asked.seq DESC LIMIT ?11"
        ),
    )?;
    let of = params![
        community,
        filter.since,
        filter.overheard,
        filter.topic,
        filter.language,
        filter.answered,
        filter.judged,
        filter.fits,
        filter.from,
        page.before,
        page.limit,
    ];
    statement.query_map(of, |row| read_row(row, community))?.collect()
}

fn read_row(row: &Row<'_>, community: CommunityId) -> rusqlite::Result<AskedRow> {
    let entry: Option<EntryId> = row.get(6)?;
    let revision: Option<u32> = row.get(7)?;
    let again: Option<bool> = row.get(16)?;
    let audience: Option<Audience> = row.get(21)?;
    let said: Option<Json<Content>> = row.get(22)?;
    let for_one: Option<bool> = row.get(23)?;
    Ok(AskedRow {
        seq: row.get(0)?,
        asked: Asked {
            community,
            message: row.get(1)?,
            asker: row.get(3)?,
            overheard: row.get(4)?,
            language: row.get(5)?,
            entry: entry.zip(revision),
            probability: row.get(8)?,
            exact: row.get(9)?,
            scoring: row.get(10)?,
            decision: row.get(11)?,
            answer: row.get(12)?,
            at: row.get(13)?,
        },
        verdict: row.get(14)?,
        pressed: row.get(15)?,
        again: again.is_some(),
        question: question(row)?,
        place: row.get(2)?,
        conversation: row.get(18)?,
        // A place that is gone may have been a chat of two.
        private: for_one == Some(true) || audience.is_none_or(|audience| audience == Audience::Direct),
        said: said.map(|Json(content)| content),
    })
}

/// What was asked, as long as it stands and is for all staff.
fn question(row: &Row<'_>) -> rusqlite::Result<Option<Content>> {
    let content: Option<Json<Content>> = row.get(17)?;
    let deleted: Option<Timestamp> = row.get(19)?;
    let for_owners: Option<bool> = row.get(20)?;
    let stands = deleted.is_none() && for_owners == Some(false);
    Ok(content.filter(|_| stands).map(|Json(content)| content))
}
