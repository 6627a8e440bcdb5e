//! What Telegram needs to know of messages, filled from storage.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::telegram::{Found, StoredMessages};
use crate::model::action::Author;
use crate::model::ids::MessageRef;
use crate::storage::SharedStorage;

/// What was said.
pub(super) struct Said {
    storage: SharedStorage,
}

impl Said {
    pub(super) fn new(storage: SharedStorage) -> Arc<Self> {
        Arc::new(Self { storage })
    }
}

#[async_trait]
impl StoredMessages for Said {
    async fn find(&self, message: &MessageRef) -> Result<Option<Found>, Box<dyn std::error::Error + Send + Sync>> {
        let Some(stored) = self.storage.message_within(message).await? else {
            return Ok(None);
        };
        let place = self.storage.place(stored.new.place).await?;
        Ok(place.map(|place| Found {
            place: place.native,
            ours: !matches!(stored.new.author, Author::Identity { .. }),
        }))
    }
}
