//! The truth: what is written is a [`Unit`], what is read is a trait per aggregate.
//!
//! No transaction leaves this module, and SQL lives in it and nowhere else. A unit carries its preconditions, is all or
//! nothing, and answers [`WriteError::Conflict`] when a precondition no longer holds.

pub mod accounts;
pub mod calls;
pub mod clusters;
pub mod consult;
pub mod core;
pub mod data_folder;
pub mod drafts;
pub mod files;
pub mod handoff;
pub mod knowledge;
pub mod person;
pub mod plugins;
pub mod posts;
pub mod quality;
pub mod sqlite;
pub mod tokens;
pub mod twin;
pub mod unit;
pub mod upkeep;
pub mod web_chat;
pub mod webhooks;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;

pub use self::unit::{Applied, Unit};
use crate::model::conversation::LaneKey;
use crate::model::ids::{ConversationId, DeliveryId, EventSeq, MessageId, PlaceId, PostId};

/// Where everything is kept.
#[async_trait]
pub trait Storage:
    core::CoreReads
    + accounts::AccountReads
    + calls::CallReads
    + clusters::ClusterReads
    + drafts::DraftReads
    + consult::ConsultReads
    + handoff::HandoffReads
    + knowledge::KnowledgeReads
    + person::PersonReads
    + plugins::PluginReads
    + posts::PostReads
    + quality::QualityReads
    + tokens::TokenReads
    + twin::TwinReads
    + upkeep::UpkeepReads
    + web_chat::WebChatReads
    + webhooks::WebhookReads
    + Send
    + Sync
{
    /// Applies the unit wholly or not at all, and answers when it is on disk.
    async fn write(&self, unit: Unit) -> Result<Applied, WriteError>;

    /// Tells of each change after it is on disk. A receiver that lags misses changes and must read again; nothing
    /// depends on it for its correctness.
    fn changes(&self) -> broadcast::Receiver<Change>;
}

/// A shared handle.
pub type SharedStorage = Arc<dyn Storage>;

/// Something changed and is on disk. Carries names only; who wants more reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An event was stored, handled or parked.
    Event(EventSeq),
    /// A conversation changed hands or got a message.
    Conversation(ConversationId),
    /// Something was said, edited or deleted in a place.
    Message {
        /// Where.
        place: PlaceId,
        /// What.
        message: MessageId,
    },
    /// A conversation went on in another place, in another lane.
    ConversationMoved {
        /// Out of this lane.
        from: LaneKey,
        /// Into this one.
        to: LaneKey,
    },
    /// A delivery changed its state.
    Delivery(DeliveryId),
    /// A person decided about a delivery: it is tried again, given up, or has arrived.
    DeliveryDecided(DeliveryId),
    /// A post changed.
    Post(PostId),
    /// Entries of the knowledge base changed.
    Knowledge,
    /// Plugins, their settings or grants changed.
    Plugins,
    /// An endpoint at which servers elsewhere call a plugin has another address.
    Webhooks,
    /// A plugin asks for a call to a server elsewhere, or one is sent again later.
    Calls,
    /// A platform told of a place that is new, or of another name of it.
    Place(PlaceId),
    /// Accounts, communities or places changed.
    Settings,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A precondition no longer holds: read again and decide again.
    #[error("{what} was changed by somebody else")]
    Conflict {
        /// What was expected to be unchanged.
        what: String,
    },
    /// The disk is full. Nothing was written; what was accepted before is safe.
    #[error("the disk is full")]
    DiskFull,
    /// The database cannot be written: read-only, corrupt, gone.
    #[error("the database cannot be written")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program is stopping.
    #[error("storage is stopping")]
    Stopping,
}

/// Why nothing could be read. The error has an address: the statement's name.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {what}")]
pub struct ReadError {
    /// What was read: table, and column or row where known.
    pub what: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A stretch of a long list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only rows before this sequence number; none for the newest.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: u32,
}
