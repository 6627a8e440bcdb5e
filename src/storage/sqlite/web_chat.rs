//! SQL of the web chat.

use async_trait::async_trait;
use rusqlite::OptionalExtension;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::web_chat::{SigningKey, WebChatReads, WebChatUnit};
use crate::storage::{Applied, ReadError};

pub(super) fn apply(write: &mut Write<'_>, unit: &WebChatUnit) -> Result<Applied, ApplyError> {
    let WebChatUnit::KeepKey(SigningKey(key)) = unit;
    write.execute(
        "INSERT INTO web_chat_key (one, key) VALUES (1, ?1) ON CONFLICT (one) DO NOTHING",
        [key],
    )?;
    Ok(Applied::Done)
}

#[async_trait]
impl WebChatReads for SqliteStorage {
    async fn web_chat_key(&self) -> Result<Option<SigningKey>, ReadError> {
        self.readers.read("web_chat_key", |connection| {
            connection
                .prepare_cached("SELECT key FROM web_chat_key WHERE one = 1")?
                .query_row([], |row| row.get(0).map(SigningKey))
                .optional()
        })
    }
}
