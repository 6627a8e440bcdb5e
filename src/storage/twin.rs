//! What is read of earlier questions, to put them again.

use async_trait::async_trait;

use super::ReadError;
use crate::model::Timestamp;
use crate::model::directory::Audience;
use crate::model::ids::{CommunityId, ConversationId, EntryId, PlaceId};

/// A question that the bot has answered, or that got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedBefore {
    /// What was asked, as plain text.
    pub question: String,
    /// Where.
    pub place: Option<PlaceId>,
    /// In which exchange, as far as that is known.
    pub conversation: Option<ConversationId>,
    /// Where the ids of that place are unique: the platform, and perhaps a bot. Empty when the place is gone.
    pub scope: String,
    /// Who reads along there.
    pub audience: Audience,
    /// Whether nobody else could read it.
    pub private: bool,
    /// Whether the bot only overheard it.
    pub overheard: bool,
    /// When.
    pub at: Timestamp,
}

/// What somebody said of an answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidOf {
    /// What was asked.
    pub question: String,
    /// The entry that was given.
    pub entry: EntryId,
    /// Whether it helped.
    pub helpful: bool,
}

/// Reads of earlier questions.
#[async_trait]
pub trait TwinReads: Send + Sync {
    /// Questions since then that are still kept, the newest first: those that were answered, and those that got no answer, asked or
    /// overheard.
    /// What is for owners alone, or was taken back, is not among them.
    async fn asked_before(
        &self,
        community: CommunityId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AskedBefore>, ReadError>;
    /// What people said of answers to questions that are still kept, the newest first.
    async fn said_of_answers(&self, community: CommunityId, limit: u32) -> Result<Vec<SaidOf>, ReadError>;
}
