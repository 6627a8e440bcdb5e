//! What Discord needs to know of direct chats, filled from storage.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::discord::DirectChats;
use crate::model::ids::{LoginName, PlaceRef};
use crate::storage::SharedStorage;

/// Each chat costs a request at a start after a pause; whoever wrote longer ago has to write again.
const CHATS_MAX: u32 = 200;

/// The direct chats of one login.
pub(super) struct StoredDirectChats {
    login: LoginName,
    storage: SharedStorage,
}

impl StoredDirectChats {
    pub(super) fn new(login: &str, storage: SharedStorage) -> Arc<Self> {
        Arc::new(Self {
            login: login.into(),
            storage,
        })
    }
}

#[async_trait]
impl DirectChats for StoredDirectChats {
    async fn recent(&self) -> Result<Vec<PlaceRef>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.storage.direct_places(&self.login, CHATS_MAX).await?)
    }
}
