//! What the web chat reads, filled from storage.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::web_chat::{Line, Transcript, TranscriptError};
use crate::model::action::Author;
use crate::model::ids::{MessageId, MessageSeq, PlaceRef};
use crate::storage::core::{DeliveryState, StoredMessage};
use crate::storage::web_chat::{SigningKey, WebChatUnit};
use crate::storage::{Page, ReadError, SharedStorage, Unit};

/// Messages of this installation, as the web chat needs them.
pub struct StorageTranscript {
    storage: SharedStorage,
}

impl StorageTranscript {
    /// Reads from `storage`.
    pub fn new(storage: SharedStorage) -> Arc<Self> {
        Arc::new(Self { storage })
    }

    async fn line_of(&self, stored: StoredMessage, place: PlaceRef) -> Result<Line, TranscriptError> {
        let mut new = stored.new;
        if stored.removed.is_some() && stored.deleted_at.is_some() {
            // Staff alone go on seeing it.
            (new.content, new.files) = Default::default();
        }
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

fn unread(error: ReadError) -> TranscriptError {
    TranscriptError(Box::new(error))
}
