//! What is written and read of calls: requests of plugins to servers elsewhere that change something there.

use async_trait::async_trait;

use super::ReadError;
use super::unit::NewEvent;
use crate::model::Timestamp;
use crate::model::call::{CallEnd, CallRequest};
use crate::model::conversation::LaneKey;
use crate::model::ids::{CallId, CommunityId, ConversationId, EventId, IdentityId, PlaceId, PluginId};

/// Writes of calls. A call is there until it has ended.
#[derive(Clone, Debug)]
pub enum CallUnit {
    /// A plugin asks for it; written with the commit of its event.
    Make(Box<NewCall>),
    /// It was sent, nobody took it, and it is sent again. Precondition: it has been sent `tries - 1` times and has not ended.
    Postponed {
        /// Which.
        id: CallId,
        /// How often it was sent by now.
        tries: u32,
        /// When it is sent again.
        due: Timestamp,
    },
    /// It could not be sent or told now, and is looked at again. Precondition: it has not ended.
    Delayed {
        /// Which.
        id: CallId,
        /// When it is looked at again.
        due: Timestamp,
    },
    /// It has ended while its plugin could not be told, which it is later; written with the commit of the event that was to tell it.
    Keep {
        /// What is known of it by then: what was sent is not.
        call: Box<NewCall>,
        /// How often it was sent.
        tries: u32,
        /// What came of it.
        end: Box<CallEnd>,
        /// When its plugin may be told.
        due: Timestamp,
    },
    /// It is over, and its plugin is told. Precondition: it has not ended.
    Ended {
        /// Which.
        id: CallId,
        /// What tells the plugin.
        event: Box<NewEvent>,
    },
}

/// A call as a plugin asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// Ours.
    pub id: CallId,
    /// In which community.
    pub community: CommunityId,
    /// Of which plugin.
    pub plugin: PluginId,
    /// Because of which event.
    pub event: EventId,
    /// The plugin's name for it; one event makes one call of a name.
    pub name: String,
    /// Where the event happened.
    pub place: Option<PlaceId>,
    /// Who caused it.
    pub author: Option<IdentityId>,
    /// The conversation it belonged to.
    pub conversation: Option<ConversationId>,
    /// Whose lane it ran in.
    pub lane: LaneKey,
    /// How many events of ours led to it.
    pub hops: u8,
    /// When.
    pub made_at: Timestamp,
    /// What is sent.
    pub request: CallRequest,
}

/// What is to be done with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It is sent.
    Open,
    /// Its plugin is told of this end.
    Ended(CallEnd),
    /// Nothing can be done with its row but to say so, for this reason.
    Unreadable(String),
}

/// A call whose plugin has not been told of its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCall {
    /// As it was asked for.
    pub new: NewCall,
    /// How often it was sent, as far as that was written.
    pub tries: u32,
    /// What is to be done with it.
    pub state: CallState,
}

/// Reads of calls.
#[async_trait]
pub trait CallReads: Send + Sync {
    /// Calls that are due, the most overdue first: of each plugin in each community at most `each`.
    async fn calls_due(&self, now: Timestamp, each: u32, limit: u32) -> Result<Vec<StoredCall>, ReadError>;
    /// When the first call is due that is not due yet.
    async fn call_next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, ReadError>;
    /// How many calls of a plugin have not ended.
    async fn calls_open(&self, community: CommunityId, plugin: &PluginId) -> Result<u64, ReadError>;
}
