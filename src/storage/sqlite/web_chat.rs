//! SQL of visitors of the web chat.

use async_trait::async_trait;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::Applied;
use crate::storage::web_chat::{WebChatReads, WebChatUnit};

pub(super) fn apply(_write: &mut Write<'_>, unit: &WebChatUnit) -> Result<Applied, ApplyError> {
    match *unit {}
}

#[async_trait]
impl WebChatReads for SqliteStorage {}
