//! What looks at an event: built-in features and, as the last of them, the chain of plugins.

use std::sync::Arc;

use async_trait::async_trait;

use super::outcome::Outcome;
use crate::model::directory::{Identity, Place};
use crate::model::finding::{AskScope, EntryText, Finding};
use crate::model::ids::{EntryId, MessageId};
use crate::model::{Conversation, Event, Timestamp};
use crate::storage::core::{Community, StoredButton, StoredEvent, StoredMessage};

/// Code that acts on events. Handlers run in the order in which `app.rs` puts them, one event of a lane at a time.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Its name in the trace.
    fn name(&self) -> &'static str;

    /// Whether it wants to see the event. Asked for every event: must be cheap.
    fn wants(&self, event: &Event) -> bool;

    /// Decides. Must not change anything by itself: what it wants done is its outcome. `so_far` is the fold of what
    /// earlier handlers asked for.
    ///
    /// # Errors
    ///
    /// An error is a failed step; the next handler runs.
    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, so_far: &Outcome)
    -> Result<Outcome, HandlerError>;
}

/// How things stood when the event's turn came. The commit checks that they still stand so.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Counts the turns of this event from 1.
    pub attempt: u32,
    /// The time of this turn.
    pub now: Timestamp,
    /// Whom the event concerns.
    pub community: Arc<Community>,
    /// Where it happened.
    pub place: Option<Arc<Place>>,
    /// Who caused it.
    pub author: Option<Arc<Identity>>,
    /// The conversation it belongs to: the open one of its lane, or a new one that the commit will insert.
    pub conversation: Option<Conversation>,
    /// Whether `conversation` is new with this event.
    pub fresh: bool,
    /// Our id of what the event says, for events of kind message.
    pub message: Option<MessageId>,
    /// The message that the event is about: answered, reacted to, pressed under, edited.
    pub about: Option<StoredMessage>,
    /// The button that was pressed, if it lives.
    pub button: Option<StoredButton>,
    /// Older than the lateness limit: answer nobody in public.
    pub late: bool,
}

/// Why a handler did not decide.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// Try again after a while, in this lane.
    #[error("try again {}", crate::model::amount::after(*.0))]
    RetryAfter(std::time::Duration),
    /// It broke. The step is marked as failed.
    #[error("{0}")]
    Failed(String),
}

/// Where plugins find answers; the knowledge feature is behind it.
#[async_trait]
pub trait KnowledgeSource: Send + Sync {
    /// Finds the entry that answers, or says why none does.
    async fn ask(&self, scope: &AskScope, question: &str, limit: u32) -> Result<Finding, HandlerError>;

    /// One entry, if the scope may see it.
    async fn entry(&self, scope: &AskScope, id: &EntryId) -> Result<Option<EntryText>, HandlerError>;
}
