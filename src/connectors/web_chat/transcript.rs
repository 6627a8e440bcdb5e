//! What the web chat needs to know of what is stored. `app` fills it from storage.

use async_trait::async_trait;

use crate::model::action::{Author, FileRef};
use crate::model::button::Button;
use crate::model::content::Content;
use crate::model::ids::{IdentityRef, MessageId, MessageSeq, NativeId, PlaceRef};
use crate::model::timestamp::Timestamp;

/// Stored messages. The store is the platform: what a browser shows is read from here.
#[async_trait]
pub trait Transcript: Send + Sync {
    /// One thing said, with its text as it is now.
    async fn line(&self, message: MessageId) -> Result<Option<Line>, TranscriptError>;

    /// What was said in a place, the newest `limit` before `before`, oldest first. Leaves out notes, and what was
    /// given up before it was sent. A place that nobody has written in yet is empty.
    async fn lines(
        &self,
        place: &PlaceRef,
        before: Option<MessageSeq>,
        limit: u32,
    ) -> Result<Vec<Line>, TranscriptError>;
}

/// One thing said.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its place in the order of all messages.
    pub seq: MessageSeq,
    /// Ours.
    pub id: MessageId,
    /// Where.
    pub place: PlaceRef,
    /// As the browser that sent it named it; none for what others said.
    pub native: Option<NativeId>,
    /// Whose words.
    pub author: Author,
    /// Seen by this identity alone.
    pub only: Option<IdentityRef>,
    /// What it says; empty when it was taken back.
    pub content: Content,
    /// Below it.
    pub buttons: Vec<Button>,
    /// With it.
    pub files: Vec<FileRef>,
    /// When it was said.
    pub at: Timestamp,
    /// Whether it was changed since.
    pub edited: bool,
    /// Whether it was taken back.
    pub deleted: bool,
}

/// Why storage did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the transcript cannot be read")]
pub struct TranscriptError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
