//! SQL of planned posts.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::{Json, words};
use super::write::Write;
use crate::model::ids::{CommunityId, MessageId, PostId};
use crate::storage::posts::{Post, PostReads, PostState, PostUnit};
use crate::storage::{Applied, Change, Page, ReadError};

words! {
    PostState {
        Draft = "draft",
        Scheduled = "scheduled",
        Publishing = "publishing",
        Published = "published",
        Failed = "failed",
        Unconfirmed = "unconfirmed",
        Cancelled = "cancelled",
    }
}

pub(super) fn apply(write: &mut Write<'_>, unit: &PostUnit) -> Result<Applied, ApplyError> {
    let post = match unit {
        PostUnit::Insert(post) => {
            insert(write, post)?;
            post
        }
        PostUnit::Change { before, after } => {
            write.execute_one(
                "the post",
                "UPDATE post
                    SET place = ?3, text = ?4, local = ?5, zone = ?6, state = ?7, due = ?8, message = ?9, reason = ?10,
                        version = ?11, changed_at = ?12
                  WHERE id = ?1 AND version = ?2",
                params![
                    after.id,
                    before,
                    after.place,
                    after.text,
                    after.local,
                    after.zone,
                    after.state,
                    after.due,
                    after.message,
                    after.reason,
                    after.version,
                    after.changed_at
                ],
            )?;
            after
        }
    };
    write.change(Change::Post(post.id));
    Ok(Applied::Done)
}

fn insert(write: &Write<'_>, post: &Post) -> Result<(), ApplyError> {
    write.execute(
        "INSERT INTO post (id, community, place, author, text, local, zone, state, due, message, reason, version,
                           created_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            post.id,
            post.community,
            post.place,
            post.author,
            post.text,
            post.local,
            post.zone,
            post.state,
            post.due,
            post.message,
            post.reason,
            post.version,
            post.created_at,
            post.changed_at
        ],
    )?;
    Ok(())
}

fn read_post(row: &Row<'_>) -> rusqlite::Result<(i64, Post)> {
    let post = Post {
        id: row.get(1)?,
        community: row.get(2)?,
        place: row.get(3)?,
        author: row.get(4)?,
        text: row.get(5)?,
        local: row.get(6)?,
        zone: row.get(7)?,
        state: row.get(8)?,
        due: row.get(9)?,
        message: row.get(10)?,
        reason: row.get(11)?,
        version: row.get(12)?,
        created_at: row.get(13)?,
        changed_at: row.get(14)?,
    };
    Ok((row.get(0)?, post))
}

#[async_trait]
impl PostReads for SqliteStorage {
    async fn post(&self, id: PostId) -> Result<Option<Post>, ReadError> {
        self.readers.read("post", |connection| {
            let sql =
                "SELECT seq, id, community, place, author, text, local, zone, state, due, message, reason, version,
                              created_at, changed_at
                         FROM post WHERE id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_row([id], read_post).optional()?;
            Ok(found.map(|(_, post)| post))
        })
    }

    async fn post_of_message(&self, message: MessageId) -> Result<Option<Post>, ReadError> {
        self.readers.read("post", |connection| {
            let sql =
                "SELECT seq, id, community, place, author, text, local, zone, state, due, message, reason, version,
                              created_at, changed_at
                         FROM post WHERE message = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_row([message], read_post).optional()?;
            Ok(found.map(|(_, post)| post))
        })
    }

    async fn posts(
        &self,
        community: CommunityId,
        states: &[PostState],
        page: Page,
    ) -> Result<Vec<(i64, Post)>, ReadError> {
        let states: Vec<_> = states.iter().map(|state| state.as_str()).collect();
        let read = move |connection: &rusqlite::Connection| {
            let sql =
                "SELECT seq, id, community, place, author, text, local, zone, state, due, message, reason, version,
                              created_at, changed_at
                         FROM post
                        WHERE community = ?1 AND (?2 IS NULL OR seq < ?2)
                          AND (?4 = '[]' OR state IN (SELECT value FROM json_each(?4)))
                        ORDER BY seq DESC LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![community, page.before, page.limit, Json(&states)], read_post)?;
            rows.collect()
        };
        self.readers.read_heavy("post", read).await
    }
}
