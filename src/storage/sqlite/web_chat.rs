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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::storage::sqlite::Options;
    use crate::storage::{Storage, Unit};

    #[tokio::test]
    async fn the_first_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("switchboard.db");
        let storage = SqliteStorage::open(&path, &Options::for_testing(), Arc::new(SystemClock::new())).unwrap();
        assert_eq!(storage.web_chat_key().await.unwrap(), None);
        for byte in [7, 8] {
            let unit = WebChatUnit::KeepKey(SigningKey([byte; 32]));
            storage.write(Unit::WebChat(unit)).await.unwrap();
        }
        assert_eq!(storage.web_chat_key().await.unwrap(), Some(SigningKey([7; 32])));
    }
}
