//! What is written and read of the web chat: the key that signs its visitors' tokens. Its messages are the core's.

use async_trait::async_trait;

use super::ReadError;

/// The key that signs what visitors hold. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(pub [u8; 32]);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Writes of the web chat.
#[derive(Clone, Debug)]
pub enum WebChatUnit {
    /// Keeps this key, unless there is one: the first stays.
    KeepKey(SigningKey),
}

/// Reads of the web chat.
#[async_trait]
pub trait WebChatReads: Send + Sync {
    /// The key, once one is kept.
    async fn web_chat_key(&self) -> Result<Option<SigningKey>, ReadError>;
}
