//! What is written and read of planned posts.

use async_trait::async_trait;

use super::{Page, ReadError};
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId, MessageId, PlaceId, PostId, Version};

/// Something that will be said at a time that a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Ours.
    pub id: PostId,
    /// Whose.
    pub community: CommunityId,
    /// Where it appears.
    pub place: PlaceId,
    /// Who wrote it.
    pub author: AccountId,
    /// In markdown.
    pub text: String,
    /// The wall time that was chosen, as `2026-12-24T18:00`; empty while nobody has chosen one.
    pub local: String,
    /// IANA name of the zone in which `local` is read.
    pub zone: String,
    /// What has become of it.
    pub state: PostState,
    /// The moment that `local` means, once it is planned.
    pub due: Option<Timestamp>,
    /// What was said, once it is.
    pub message: Option<MessageId>,
    /// Why it did not appear, for staff.
    pub reason: Option<String>,
    /// Counts its changes.
    pub version: Version,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// What has become of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostState {
    /// It is being written.
    Draft,
    /// It appears at its time.
    Scheduled,
    /// It is on its way.
    Publishing,
    /// It has appeared.
    Published,
    /// It has not appeared.
    Failed,
    /// Nobody knows whether it has appeared; it is not sent again by itself.
    Unconfirmed,
    /// It was called off before its time.
    Cancelled,
}

impl PostState {
    /// The word in the database and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Publishing => "publishing",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether its text and time can still be changed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Scheduled)
    }
}

/// Writes of planned posts.
#[derive(Clone, Debug)]
pub enum PostUnit {
    /// A new one.
    Insert(Box<Post>),
    /// The row as it will be, with the next version. Precondition: the version before it.
    Change {
        /// The version that was read.
        before: Version,
        /// The row after the change.
        after: Box<Post>,
    },
}

/// Reads of planned posts.
#[async_trait]
pub trait PostReads: Send + Sync {
    /// One post.
    async fn post(&self, id: PostId) -> Result<Option<Post>, ReadError>;
    /// The post that said this.
    async fn post_of_message(&self, message: MessageId) -> Result<Option<Post>, ReadError>;
    /// Posts of a community in one of these states, all when there is none, with their place in the order; those begun
    /// last first.
    async fn posts(
        &self,
        community: CommunityId,
        states: &[PostState],
        page: Page,
    ) -> Result<Vec<(i64, Post)>, ReadError>;
}
