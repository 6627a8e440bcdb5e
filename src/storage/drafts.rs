//! What is written and read of entries that nobody has published yet.

use async_trait::async_trait;

use super::{Page, ReadError};
use crate::model::Timestamp;
use crate::model::draft::Draft;
use crate::model::ids::{CommunityId, ConversationId, DraftId, EntryId, MessageId, Version};

/// Writes of drafts.
#[derive(Clone, Debug)]
pub enum DraftUnit {
    /// A new one.
    Insert(Box<Draft>),
    /// The row as it will be, with the next version. Preconditions: the version before it, and nobody has published it.
    Change {
        /// The version that was read.
        before: Version,
        /// The row after the change.
        after: Box<Draft>,
    },
    /// It is thrown away, with all it says. Preconditions: this version, and nobody has published it.
    Drop {
        /// Which.
        id: DraftId,
        /// The version that was read.
        before: Version,
    },
    /// Somebody does not want what they said in these messages to be published. Kept as long as messages, also where there is no
    /// draft any more.
    Refused {
        /// All in which they said it.
        messages: Vec<MessageId>,
        /// When.
        at: Timestamp,
    },
}

/// Reads of drafts.
#[async_trait]
pub trait DraftReads: Send + Sync {
    /// One draft, published or not.
    async fn draft(&self, id: DraftId) -> Result<Option<Draft>, ReadError>;
    /// Drafts that nobody has published, with their place in the order, those begun last first.
    async fn drafts(&self, community: CommunityId, page: Page) -> Result<Vec<(i64, Draft)>, ReadError>;
    /// Those of them that were made of a conversation, or are for an entry, those begun last first.
    async fn drafts_of(
        &self,
        community: CommunityId,
        conversation: Option<ConversationId>,
        entry: Option<&EntryId>,
    ) -> Result<Vec<Draft>, ReadError>;
    /// The draft that was made of what somebody said in this message of a conversation: one that nobody has published before one that
    /// somebody has, and then the newest.
    async fn draft_of_words(
        &self,
        community: CommunityId,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Option<Draft>, ReadError>;
    /// Whether somebody said of any of these messages that it is not to be published.
    async fn is_refused(&self, messages: &[MessageId]) -> Result<bool, ReadError>;
}
