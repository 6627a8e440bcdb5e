//! What the web chat needs to know of what is stored. `app` fills it from storage.

use async_trait::async_trait;

use crate::model::action::{Author, FileRef};
use crate::model::button::Button;
use crate::model::content::Content;
use crate::model::ids::{IdentityRef, MessageId, MessageSeq, NativeId, PlaceRef};
use crate::model::timestamp::Timestamp;

/// Stored messages and files. The store is the platform: what a browser shows is read from here.
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

    /// Keeps the bytes and answers their SHA-256 as 64 hexadecimal digits. On disk when it answers.
    async fn store_file(&self, bytes: Vec<u8>) -> Result<String, TranscriptError>;

    /// The bytes with this digest, if they are kept.
    async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, TranscriptError>;
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
#[error("the transcript cannot be {action}")]
pub struct TranscriptError {
    /// What was tried: `read`, `written`.
    pub action: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
