//! What the web chat reads, filled from storage.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::connectors::web_chat::{Line, Transcript, TranscriptError};
use crate::model::action::Author;
use crate::model::ids::{MessageId, MessageSeq, PlaceRef};
use crate::storage::core::{DeliveryState, StoredMessage};
use crate::storage::web_chat::{SigningKey, WebChatUnit};
use crate::storage::{Page, ReadError, SharedStorage, Unit};

/// Messages and files of this installation, as the web chat needs them.
pub struct StorageTranscript {
    storage: SharedStorage,
    files: PathBuf,
}

impl StorageTranscript {
    /// `files` is the folder that holds files by their digest; it exists.
    pub fn new(storage: SharedStorage, files: PathBuf) -> Arc<Self> {
        Arc::new(Self { storage, files })
    }

    async fn line_of(&self, stored: StoredMessage, place: PlaceRef) -> Result<Line, TranscriptError> {
        let new = stored.new;
        let only = match new.only {
            Some(identity) => self.storage.identity(identity).await.map_err(unread)?,
            None => None,
        };
        Ok(Line {
            seq: stored.seq,
            id: new.id,
            place,
            native: new.native.map(|native| native.id),
            author: new.author,
            only: only.map(|identity| identity.native),
            content: new.content,
            buttons: new.buttons,
            files: new.files,
            at: new.at,
            edited: stored.edited_at.is_some(),
            deleted: stored.deleted_at.is_some(),
        })
    }

    /// Whether what we say never left: it failed, or a person gave it up.
    async fn never_left(&self, message: &StoredMessage) -> Result<bool, TranscriptError> {
        if matches!(message.new.author, Author::Identity { .. }) {
            return Ok(false);
        }
        let deliveries = self
            .storage
            .deliveries_of_message(message.new.id)
            .await
            .map_err(unread)?;
        let ended = |state| matches!(state, DeliveryState::Failed | DeliveryState::GivenUp);
        Ok(deliveries.first().is_some_and(|delivery| ended(delivery.state)))
    }
}

#[async_trait]
impl Transcript for StorageTranscript {
    async fn line(&self, message: MessageId) -> Result<Option<Line>, TranscriptError> {
        let Some(stored) = self.storage.message(message).await.map_err(unread)? else {
            return Ok(None);
        };
        let Some(place) = self.storage.place(stored.new.place).await.map_err(unread)? else {
            return Ok(None);
        };
        self.line_of(stored, place.native).await.map(Some)
    }

    async fn lines(
        &self,
        place: &PlaceRef,
        before: Option<MessageSeq>,
        limit: u32,
    ) -> Result<Vec<Line>, TranscriptError> {
        let Some(known) = self.storage.place_by_native(place).await.map_err(unread)? else {
            return Ok(Vec::new());
        };
        let page = Page {
            before: before.map(|seq| seq.0),
            limit,
        };
        let mut lines = Vec::new();
        for stored in self.storage.messages_of_place(known.id, page).await.map_err(unread)? {
            if !self.never_left(&stored).await? {
                lines.push(self.line_of(stored, place.clone()).await?);
            }
        }
        lines.reverse();
        Ok(lines)
    }

    async fn store_file(&self, bytes: Vec<u8>) -> Result<String, TranscriptError> {
        let folder = self.files.clone();
        let stored = tokio::task::spawn_blocking(move || store(&folder, &bytes)).await;
        stored.map_err(io::Error::other).flatten().map_err(unwritten)
    }

    async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, TranscriptError> {
        if !is_digest(sha256) {
            return Ok(None);
        }
        match tokio::fs::read(self.files.join(sha256)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TranscriptError {
                action: "read",
                source: Box::new(error),
            }),
        }
    }
}

/// The key that signs visitors' tokens; makes and keeps one at the first start.
///
/// # Errors
///
/// When storage can neither be read nor written.
pub async fn web_chat_key(storage: &SharedStorage) -> anyhow::Result<[u8; 32]> {
    if let Some(SigningKey(key)) = storage.web_chat_key().await? {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the system has a random generator");
    let unit = WebChatUnit::KeepKey(SigningKey(key));
    storage.write(Unit::WebChat(unit)).await?;
    Ok(key)
}

/// Nobody ever sees a half-written file under its digest: it gets its name when it is on disk.
fn store(folder: &Path, bytes: &[u8]) -> io::Result<String> {
    use std::io::Write as _;
    let digest = hexadecimal(&Sha256::digest(bytes));
    let path = folder.join(&digest);
    if path.exists() {
        return Ok(digest);
    }
    let mut file = tempfile_in(folder, &digest)?;
    file.1.write_all(bytes)?;
    file.1.sync_all()?;
    std::fs::rename(&file.0, &path)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(digest)
}

/// Two uploads of the same bytes at once each get a file of their own; whoever is last wins, with the same bytes.
fn tempfile_in(folder: &Path, digest: &str) -> io::Result<(PathBuf, std::fs::File)> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let path = folder.join(format!("{digest}.{:016x}.part", u64::from_be_bytes(random)));
    let file = std::fs::File::create_new(&path)?;
    Ok((path, file))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unread(error: ReadError) -> TranscriptError {
    TranscriptError {
        action: "read",
        source: Box::new(error),
    }
}

fn unwritten(error: io::Error) -> TranscriptError {
    TranscriptError {
        action: "written",
        source: Box::new(error),
    }
}
