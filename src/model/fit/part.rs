//! What an action asks of one place, with the platform's names filled in.

use crate::model::Timestamp;
use crate::model::action::{Author, FileRef};
use crate::model::button::Button;
use crate::model::content::Content;
use crate::model::ids::{IdentityRef, MessageId, MessageRef, PluginId};
use crate::model::measure::Measure;

/// What an action asks of one place, with the platform's names filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// To say something.
    Send(SendPart),
    /// To say it differently.
    Edit(EditPart),
    /// To leave the text and replace the buttons.
    SetButtons {
        /// Which message.
        message: MessageId,
        /// Its last appearance.
        last: MessageCopy,
        /// What that appearance says.
        content: Content,
        /// The new buttons.
        buttons: Vec<Button>,
    },
    /// To take it back.
    Delete {
        /// Which message.
        message: MessageId,
        /// All its appearances here.
        copies: Vec<MessageCopy>,
        /// Of the reader, BCP 47.
        language: Option<String>,
        /// Whether it is in a conversation, where staff can be told what still stands.
        in_conversation: bool,
    },
    /// To do something about somebody, or about what they said.
    Moderate(ModerationPart),
    /// To react, or take a reaction back.
    React {
        /// Which appearance.
        target: MessageRef,
        /// One emoji.
        emoji: String,
        /// Whether to add.
        add: bool,
        /// Our id of what is said instead, where there are no reactions; none where nothing may be said.
        instead: Option<MessageId>,
        /// Whose words that is.
        author: Author,
    },
}

/// What is to be done about somebody who breaks the rules of the place.
#[derive(Clone, Debug, PartialEq)]
pub struct ModerationPart {
    /// What.
    pub deed: Deed,
    /// Who asks for it.
    pub by: PluginId,
    /// Why.
    pub reason: String,
    /// Whether there is a conversation in which staff can be told that it was not done.
    pub in_conversation: bool,
}

/// What is done about them.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// What they said is deleted.
    Remove {
        /// As the platform names it.
        target: MessageRef,
        /// As we do.
        message: MessageId,
    },
    /// Something is done about themselves.
    Measure {
        /// Whom.
        person: IdentityRef,
        /// What.
        measure: Measure,
        /// Mutes end within what the place can from now on.
        now: Timestamp,
    },
}

/// What is to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct SendPart {
    /// Our id of it.
    pub message: MessageId,
    /// Whose words these are.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// Where `content` does not fit.
    pub short: Option<Content>,
    /// Below it.
    pub buttons: Vec<Button>,
    /// With it.
    pub files: Vec<FileRef>,
    /// Which message it answers.
    pub reply_to: Option<MessageRef>,
    /// In a thread below `reply_to`.
    pub thread: Option<ThreadPart>,
    /// Seen by this identity alone, or not sent.
    pub only: Option<IdentityRef>,
    /// Whether one person alone reads the place anyway.
    pub direct: bool,
    /// Whether the one whom it is for alone has a direct chat with us, to where it may go.
    pub direct_chat: bool,
    /// Of the reader, BCP 47.
    pub language: Option<String>,
}

impl SendPart {
    /// One word as the answer to a message.
    pub(super) fn word(message: MessageId, author: Author, word: &str, reply_to: MessageRef) -> Self {
        Self {
            message,
            author,
            content: Content::plain(word),
            short: None,
            buttons: Vec::new(),
            files: Vec::new(),
            reply_to: Some(reply_to),
            thread: None,
            only: None,
            direct: false,
            direct_chat: false,
            language: None,
        }
    }
}

/// A thread that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPart {
    /// As people see it.
    pub name: String,
    /// Stands before the text where there is no thread.
    pub tag: String,
}

/// What is to be said differently.
#[derive(Clone, Debug, PartialEq)]
pub struct EditPart {
    /// Which message.
    pub message: MessageId,
    /// Whose words these are.
    pub author: Author,
    /// Seen by this identity alone.
    pub only: Option<IdentityRef>,
    /// Its appearances here, by piece.
    pub copies: Vec<MessageCopy>,
    /// What it said.
    pub before: Content,
    /// What it says.
    pub content: Content,
    /// Below it.
    pub buttons: Vec<Button>,
    /// Whether one person alone reads the place anyway.
    pub direct: bool,
    /// Of the reader, BCP 47.
    pub language: Option<String>,
}

/// One appearance of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCopy {
    /// From 0.
    pub piece: u16,
    /// As the platform names it.
    pub target: MessageRef,
    /// What stands there.
    pub holds: Holds,
}

/// What stands in one appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text alone.
    Text,
    /// Files, with text or room for it.
    TextAndFiles,
    /// A file behind the text.
    FileAlone,
}

impl Holds {
    /// What a piece that was sent so holds.
    pub fn of(piece: u16, content: &Content, files: &[FileRef]) -> Self {
        match files {
            [] => Self::Text,
            _ if piece > 0 && content.is_empty() => Self::FileAlone,
            _ => Self::TextAndFiles,
        }
    }
}
