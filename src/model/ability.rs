//! What a login can do and hear, one thing at a time, with the reason for each that is missing.
//!
//! Admins read it; the conformance suite proves it: what is not named as lacking has to be shown.

use serde::{Deserialize, Serialize};

use super::capability::Capabilities;

/// One thing that a login can do or hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Edit own messages.
    Edit,
    /// Delete own messages.
    Delete,
    /// React.
    React,
    /// Buttons that come back as presses.
    Buttons,
    /// Forms behind buttons.
    Forms,
    /// Open a thread for an answer.
    Threads,
    /// Messages that one member of a shared place alone sees.
    Private,
    /// Show that an answer is being written.
    Typing,
    /// Delete what others say.
    Remove,
    /// Mute others for a while.
    Mute,
    /// Take others out.
    Kick,
    /// Take others out for good.
    Ban,
    /// Send files.
    SendFiles,
    /// Show the commands in a menu.
    Menu,
    /// Repeat a send of which nobody knows whether it arrived.
    Repeat,
    /// Hear what is not meant for it.
    ReadAlong,
    /// Hear that somebody changed a message.
    HearEdits,
    /// Hear that somebody took a message back.
    HearDeletes,
    /// Hear reactions.
    HearReactions,
    /// Hear that somebody is typing.
    HearTyping,
    /// Hear who comes and goes.
    HearMembers,
    /// Take files in.
    TakeFiles,
    /// Hear what was said while nothing ran.
    CatchUp,
    /// Read what was said before it came.
    History,
    /// Know in which time zone somebody is.
    Zone,
}

impl Ability {
    /// In the order in which they are shown: what it does, then what it hears.
    pub const ALL: [Self; 25] = [
        Self::Edit,
        Self::Delete,
        Self::React,
        Self::Buttons,
        Self::Forms,
        Self::Threads,
        Self::Private,
        Self::Typing,
        Self::Remove,
        Self::Mute,
        Self::Kick,
        Self::Ban,
        Self::SendFiles,
        Self::Menu,
        Self::Repeat,
        Self::ReadAlong,
        Self::HearEdits,
        Self::HearDeletes,
        Self::HearReactions,
        Self::HearTyping,
        Self::HearMembers,
        Self::TakeFiles,
        Self::CatchUp,
        Self::History,
        Self::Zone,
    ];

    /// For admins: behind *It can* or *It cannot*.
    pub fn words(self) -> &'static str {
        match self {
            Self::Edit => "edit its messages",
            Self::Delete => "delete its messages",
            Self::React => "react to messages",
            Self::Buttons => "show buttons",
            Self::Forms => "ask with a form",
            Self::Threads => "open a thread for an answer",
            Self::Private => "answer one person alone in a shared place",
            Self::Typing => "show that an answer is being written",
            Self::Remove => "delete what others say",
            Self::Mute => "mute members",
            Self::Kick => "take members out",
            Self::Ban => "ban members",
            Self::SendFiles => "send files",
            Self::Menu => "show commands in a menu",
            Self::Repeat => "repeat by itself what was perhaps sent",
            Self::ReadAlong => "read what is not meant for it",
            Self::HearEdits => "hear of edits",
            Self::HearDeletes => "hear of deletions",
            Self::HearReactions => "hear of reactions",
            Self::HearTyping => "hear that somebody is typing",
            Self::HearMembers => "hear who comes and goes",
            Self::TakeFiles => "take files in",
            Self::CatchUp => "hear what was said while it was away",
            Self::History => "read what was said before it came",
            Self::Zone => "know in which time zone somebody is",
        }
    }

    /// What `fit` goes by, for those that it uses; none for the others.
    pub fn of(self, capabilities: &Capabilities) -> Option<bool> {
        match self {
            Self::Edit => Some(capabilities.edit),
            Self::Delete => Some(capabilities.delete),
            Self::React => Some(capabilities.react),
            Self::Buttons => Some(capabilities.buttons),
            Self::Forms => Some(capabilities.forms),
            Self::Threads => Some(capabilities.threads),
            Self::Private => Some(capabilities.private),
            Self::Typing => Some(capabilities.typing),
            Self::Remove => Some(capabilities.moderates.remove),
            Self::Mute => Some(capabilities.moderates.mute_seconds_max.is_some()),
            Self::Kick => Some(capabilities.moderates.kick),
            Self::Ban => Some(capabilities.moderates.ban),
            Self::SendFiles => Some(capabilities.file_bytes_max.is_some()),
            Self::Repeat => Some(capabilities.idempotent_send),
            Self::Menu
            | Self::ReadAlong
            | Self::HearEdits
            | Self::HearDeletes
            | Self::HearReactions
            | Self::HearTyping
            | Self::HearMembers
            | Self::TakeFiles
            | Self::CatchUp
            | Self::History
            | Self::Zone => None,
        }
    }
}

/// One thing that a login cannot do or hear, at all or somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// Which.
    pub ability: Ability,
    /// Why, and what happens instead or how to change that, as one sentence for admins.
    pub reason: String,
}

impl Lack {
    /// With its reason.
    pub fn new(ability: Ability, reason: impl Into<String>) -> Self {
        Self {
            ability,
            reason: reason.into(),
        }
    }
}

/// What a login can do and hear, as things stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// In a place of several people.
    pub shared: Capabilities,
    /// In a direct chat.
    pub direct: Capabilities,
    /// What is missing; what is not named here it can.
    pub lacks: Vec<Lack>,
    /// What it can, but not everywhere: where, and what an admin can do about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Lack>,
}

impl Profile {
    /// Why it cannot; none when it can.
    pub fn lack(&self, ability: Ability) -> Option<&str> {
        let lack = self.lacks.iter().find(|lack| lack.ability == ability);
        lack.map(|lack| lack.reason.as_str())
    }

    /// Where it can, when that is not everywhere.
    pub fn only(&self, ability: Ability) -> Option<&str> {
        let only = self.only.iter().find(|only| only.ability == ability);
        only.map(|only| only.reason.as_str())
    }
}
