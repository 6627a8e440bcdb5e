//! What is written and read of visitors of the web chat.

use async_trait::async_trait;

/// Writes of visitors of the web chat.
#[derive(Clone, Debug)]
pub enum WebChatUnit {}

/// Reads of visitors of the web chat.
#[async_trait]
pub trait WebChatReads: Send + Sync {}
