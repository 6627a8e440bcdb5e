//! One exchange, and who may answer in it.
//!
//! Owns the states, what is true in each, and which change may follow which. Storing is `storage`, deciding when is
//! `dispatcher` and `handoff`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, CommunityId, ConversationId, IdentityId, PlaceId, PluginId, QueueName, Version};
use super::timestamp::Timestamp;

/// One exchange. At most one is open for each lane key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Ours.
    pub id: ConversationId,
    /// Whom it serves.
    pub community: CommunityId,
    /// Where it is held.
    pub place: PlaceId,
    /// Who started it.
    pub asker: Option<IdentityId>,
    /// The order-keeping queue its events run in.
    pub lane: LaneKey,
    /// Who may answer in it now.
    pub holder: Holder,
    /// Counts its changes; every commit compares it.
    pub version: Version,
    /// Abstentions, "not it" and repeated questions in a row.
    pub misses: u32,
    /// When it started.
    pub opened_at: Timestamp,
    /// When it last changed hands.
    pub changed_at: Timestamp,
    /// When anybody last said something in it.
    pub active_at: Timestamp,
}

/// Which events are kept in order with each other: the place for direct chats and threads, place and author elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneKey(pub String);

impl LaneKey {
    /// The lane of a direct chat or thread.
    pub fn of_place(place: PlaceId) -> Self {
        Self(place.to_string())
    }

    /// The lane of what servers elsewhere tell a plugin: in order, and beside all that it is told of places.
    pub fn of_webhooks(community: CommunityId, plugin: &PluginId) -> Self {
        Self(format!("webhook/{community}/{plugin}"))
    }

    /// The lane of one author in a shared place.
    pub fn of_author(place: PlaceId, author: IdentityId) -> Self {
        Self(format!("{place}/{author}"))
    }
}

/// Who may answer in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "holder", rename_all = "snake_case")]
pub enum Holder {
    /// The plugins.
    Bot,
    /// Members.
    Peers,
    /// Nobody yet; staff have been asked for.
    Waiting {
        /// Where it waits.
        queue: QueueName,
    },
    /// This member of staff, and nobody else.
    Person {
        /// Who.
        agent: AccountId,
    },
    /// Put aside by this member of staff.
    Snoozed {
        /// Who.
        agent: AccountId,
        /// Until when.
        until: Timestamp,
    },
    /// Nobody; it has ended.
    Closed {
        /// How it ended.
        how: Closing,
    },
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// It went quiet.
    Quiet,
    /// Staff closed it; only such a one reopens to staff.
    Staff,
}

/// A holder without what is true in that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// The plugins.
    Bot,
    /// Members.
    Peers,
    /// Nobody yet.
    Waiting,
    /// A member of staff.
    Person,
    /// Put aside.
    Snoozed,
    /// Ended.
    Closed,
}

impl Holder {
    /// Which state.
    pub fn kind(&self) -> HolderKind {
        match self {
            Self::Bot => HolderKind::Bot,
            Self::Peers => HolderKind::Peers,
            Self::Waiting { .. } => HolderKind::Waiting,
            Self::Person { .. } => HolderKind::Person,
            Self::Snoozed { .. } => HolderKind::Snoozed,
            Self::Closed { .. } => HolderKind::Closed,
        }
    }

    /// Whether plugins may answer what is said. In `Waiting` and `Person` they may not, whatever they say.
    pub fn bot_may_answer(&self) -> bool {
        matches!(self, Self::Bot | Self::Peers)
    }
}

impl HolderKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Bot,
        Self::Peers,
        Self::Waiting,
        Self::Person,
        Self::Snoozed,
        Self::Closed,
    ];

    /// The word in the database and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Peers => "peers",
            Self::Waiting => "waiting",
            Self::Person => "person",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for HolderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who caused a transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A member.
    Identity(IdentityId),
    /// A member of staff.
    Account(AccountId),
    /// A plugin, by id.
    Plugin(PluginId),
    /// Switchboard itself: a clock.
    Host,
}

/// A change of hands: what the transition log keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Who holds it from now on.
    pub to: Holder,
    /// Who caused it.
    pub actor: Actor,
    /// Why, for staff.
    pub reason: String,
}

/// Why a change of hands may not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a conversation cannot go from {from} to {to}")]
pub struct TransitionError {
    /// Who holds it.
    pub from: HolderKind,
    /// Who was to hold it.
    pub to: HolderKind,
}

impl Conversation {
    /// Changes hands at `at`, or says why it may not.
    ///
    /// # Errors
    ///
    /// When the change is not one of the table in `may_follow`.
    pub fn apply(&mut self, transition: &Transition, at: Timestamp) -> Result<(), TransitionError> {
        let (from, to) = (self.holder.kind(), transition.to.kind());
        if !may_follow(from, to) {
            return Err(TransitionError { from, to });
        }
        self.holder = transition.to.clone();
        self.changed_at = at;
        Ok(())
    }
}

/// Which state may follow which. A closed conversation reopens to staff only, as waiting; a new message to the bot
/// starts a new one.
pub fn may_follow(from: HolderKind, to: HolderKind) -> bool {
    use HolderKind::{Bot, Closed, Peers, Person, Snoozed, Waiting};
    match from {
        Bot => matches!(to, Peers | Waiting | Person | Closed),
        Peers => matches!(to, Bot | Waiting | Person | Closed),
        Waiting => matches!(to, Bot | Person | Waiting | Closed),
        Person => matches!(to, Bot | Waiting | Person | Snoozed | Closed),
        Snoozed => matches!(to, Person | Waiting | Bot | Closed),
        Closed => matches!(to, Waiting),
    }
}

#[cfg(test)]
mod tests;
