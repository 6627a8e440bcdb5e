//! What should be done. Plugins, people in the console and jobs all make these; only the outbox carries them out.

use serde::{Deserialize, Serialize};

use super::button::{Button, ButtonMeaning};
use super::content::Content;
use super::ids::{AccountId, ButtonId, EntryId, IdentityId, MessageId, PlaceId, PluginId, QueueName};
use super::measure::Measure;

/// What should be done, with our own ids; the outbox turns it into deliveries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Action {
    /// Says something.
    Send(Send),
    /// Says it differently, on all copies.
    Edit {
        /// Which message.
        message: MessageId,
        /// The new text.
        content: Content,
        /// The new buttons.
        buttons: Vec<Button>,
        /// Rows behind the new buttons.
        meanings: Vec<(ButtonId, ButtonMeaning)>,
    },
    /// Leaves the text, replaces the buttons.
    SetButtons {
        /// Which message.
        message: MessageId,
        /// The new buttons.
        buttons: Vec<Button>,
        /// Rows behind the new buttons.
        meanings: Vec<(ButtonId, ButtonMeaning)>,
    },
    /// Takes it back, on all copies.
    Delete {
        /// Which message.
        message: MessageId,
    },
    /// Reacts to a message, or takes the reaction back.
    React {
        /// Which message.
        message: MessageId,
        /// One emoji.
        emoji: String,
        /// Whether to add.
        add: bool,
    },
    /// For staff, beside the conversation. Never leaves.
    Note {
        /// Who wrote it.
        author: Author,
        /// What it says.
        content: Content,
    },
    /// A person is wanted.
    HandOff {
        /// Which queue, none for the default one.
        queue: Option<QueueName>,
        /// Why, for staff and for the audit.
        reason: String,
        /// What it is about.
        topic: Option<String>,
    },
    /// Something is done about somebody who breaks the rules of a place.
    Moderate(Moderate),
}

/// Deletes what somebody said, does something about them, or both. With neither it is a warning, which is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moderate {
    /// About whom.
    pub person: IdentityId,
    /// Theirs, to be deleted.
    pub messages: Vec<MessageId>,
    /// What is done about them, and where: a platform does it for all that the place is in.
    pub measure: Option<(Measure, PlaceId)>,
    /// Why, for staff and for the platform's own log.
    pub reason: String,
}

/// Says something in one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// Our id of what is said; chosen by whoever makes the action.
    pub message: MessageId,
    /// Where.
    pub place: PlaceId,
    /// In a thread that this send opens below what it answers, where the place has threads.
    pub thread: bool,
    /// Which message it answers.
    pub reply_to: Option<MessageId>,
    /// Seen by this identity alone, or not sent.
    pub only: Option<IdentityId>,
    /// Whose words these are.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// For platforms where `content` does not fit.
    pub short: Option<Content>,
    /// Below it.
    pub buttons: Vec<Button>,
    /// Rows behind the buttons.
    pub meanings: Vec<(ButtonId, ButtonMeaning)>,
    /// With it.
    pub files: Vec<FileRef>,
    /// Entries the text rests on, with the revision served.
    pub cites: Vec<(EntryId, u32)>,
    /// A plugin's own name for it: a second send under a name in use is dropped.
    pub name: Option<String>,
    /// Who goes first.
    pub priority: Priority,
}

impl Send {
    /// Says `content` in `place`, and nothing more.
    pub fn new(message: MessageId, place: PlaceId, author: Author, content: Content, priority: Priority) -> Self {
        Self {
            message,
            place,
            thread: false,
            reply_to: None,
            only: None,
            author,
            content,
            short: None,
            buttons: Vec::new(),
            meanings: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            priority,
        }
    }
}

/// Whose words a message is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Author {
    /// A member, by their account.
    Identity {
        /// Which account.
        id: IdentityId,
    },
    /// A plugin.
    Plugin {
        /// Which plugin.
        id: PluginId,
    },
    /// Staff, from the console.
    Staff {
        /// Which account.
        id: AccountId,
        /// As the visitor sees it.
        name: String,
    },
    /// Switchboard itself: notices of the queue, posts.
    Host,
}

/// Who goes first. The order is strict, but campaigns get at least one slot in twenty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person's reply.
    Reply,
    /// An answer of a plugin.
    Answer,
    /// A notice of the queue, an edit, a reaction.
    Notice,
    /// A planned post.
    Campaign,
}

/// A file in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// SHA-256 of the bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// As the sender named it; shown, never used as a path.
    pub name: String,
    /// As recognised from the bytes, else `application/octet-stream`.
    pub media_type: String,
    /// Size.
    pub bytes: u64,
    /// What it shows, for those who cannot see it.
    pub alt: String,
}
