//! An action cut and degraded to what a platform can do.
//!
//! Owns the type that connectors deliver. Only [`Capabilities::fit`](super::capability::Capabilities) makes one, so a
//! connector never checks a length or an ability again.

pub mod part;
pub mod rules;
mod title;
mod words;

pub use self::title::title;

use serde::{Deserialize, Serialize};

use super::action::{Author, FileRef};
use super::button::Button;
use super::content::Content;
use super::ids::{DeliveryId, IdentityRef, MessageId, MessageRef, PlaceRef, PluginId};
use super::measure::Measure;
use super::timestamp::Timestamp;

/// One request to a platform, ready to be rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedAction {
    /// Stable over retries: the nonce, where the platform knows one.
    pub delivery: DeliveryId,
    /// Where.
    pub place: PlaceRef,
    /// What.
    pub body: FittedBody,
}

/// What is requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum FittedBody {
    /// One piece of a message.
    Send {
        /// Whose piece it is.
        message: MessageId,
        /// From 0.
        piece: u16,
        /// How many there are.
        pieces: u16,
        /// Within the platform's limit.
        content: Content,
        /// Under the last piece.
        buttons: Vec<Button>,
        /// With the last piece; where a message holds one file at most, each in a piece of its own behind the text.
        files: Vec<FileRef>,
        /// Which message it answers.
        reply_to: Option<MessageRef>,
        /// It is for a thread, and stands under this short name where that could not be opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<String>,
        /// Seen by this identity alone.
        only: Option<IdentityRef>,
        /// Whose words these are.
        author: Author,
    },
    /// New text or new buttons for one piece.
    Edit {
        /// Which appearance.
        target: MessageRef,
        /// Whose piece it is.
        message: MessageId,
        /// From 0.
        piece: u16,
        /// Within the platform's limit.
        content: Content,
        /// Under it.
        buttons: Vec<Button>,
        /// Whose words these are; none where they are the platform's own line or stay as they were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<Author>,
    },
    /// Takes one piece back.
    Delete {
        /// Which appearance.
        target: MessageRef,
        /// Whose piece it is.
        message: MessageId,
    },
    /// Deletes what somebody else said.
    Remove {
        /// Which message, as the platform names it.
        target: MessageRef,
        /// As we do.
        message: MessageId,
        /// For the platform's own log, where it has one.
        reason: String,
        /// Who asked for it; for the audit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PluginId>,
    },
    /// Does something about somebody, in all that the place is in.
    Measure {
        /// About whom.
        person: IdentityRef,
        /// What.
        measure: Measure,
        /// For the platform's own log, where it has one.
        reason: String,
        /// Who asked for it; for the audit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PluginId>,
        /// What has not been done by then is not done any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_after: Option<Timestamp>,
    },
    /// Reacts, or takes the reaction back.
    React {
        /// Which appearance.
        target: MessageRef,
        /// One emoji.
        emoji: String,
        /// Whether to add.
        add: bool,
        /// Whether the emoji may be said where the platform takes no such reaction.
        #[serde(default)]
        or_said: bool,
    },
    /// Opens a thread below a message; one that is there already is as good. What goes into it waits for its receipt.
    Thread {
        /// Below which message.
        from: MessageRef,
        /// As people see it.
        name: String,
    },
    /// Shows that an answer is being written. Never stored, never retried.
    Typing {
        /// As the visitor sees who types.
        name: Option<String>,
    },
}

impl FittedBody {
    /// What the thread is called that it opens.
    pub fn thread_name(&self) -> Option<&str> {
        match self {
            Self::Thread { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether it is too late for it at that time.
    pub fn is_too_late(&self, at: Timestamp) -> bool {
        matches!(self, Self::Measure { not_after: Some(end), .. } if *end <= at)
    }

    /// Whether it is something about somebody else, or about what they said: then it is written down what came of it, whatever
    /// that is.
    pub fn is_deed(&self) -> bool {
        matches!(self, Self::Remove { .. } | Self::Measure { .. })
    }

    /// The thread that it was for could not be opened: it is said without one, under its short name.
    pub fn stays_outside(&mut self) {
        if let Self::Send { thread, content, .. } = self
            && let Some(tag) = thread.take()
        {
            rules::put_before(content, &tag);
        }
    }
}
