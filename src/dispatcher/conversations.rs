//! The open conversation of each lane, in memory. What is stored is the truth: every commit compares the version, and a
//! loser forgets what it found here.

use std::sync::{Mutex, MutexGuard};

use super::generations::Generations;
use crate::model::conversation::{Conversation, HolderKind, LaneKey};
use crate::storage::{ReadError, SharedStorage};

/// Lanes of each generation; a quarter of a kilobyte each.
const LANES_MAX: usize = 8192;

/// The open conversation of each lane that was used lately; `None` inside for a lane that has none.
pub(super) struct Conversations {
    storage: SharedStorage,
    open: Mutex<Generations<LaneKey, Option<Conversation>>>,
}

impl Conversations {
    pub(super) fn new(storage: SharedStorage) -> Self {
        Self {
            storage,
            open: Mutex::new(Generations::new(LANES_MAX)),
        }
    }

    fn open(&self) -> MutexGuard<'_, Generations<LaneKey, Option<Conversation>>> {
        self.open
            .lock()
            .expect("no code panics while it holds the conversations")
    }

    /// The open conversation of a lane.
    pub(super) async fn of_lane(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError> {
        if let Some(known) = self.open().get(lane) {
            return Ok(known);
        }
        let found = self.storage.conversation_of_lane(lane).await?;
        self.open().insert(lane.clone(), found.clone());
        Ok(found)
    }

    /// This was written.
    pub(super) fn written(&self, conversation: &Conversation) {
        let closed = conversation.holder.kind() == HolderKind::Closed;
        let open = (!closed).then(|| conversation.clone());
        self.open().insert(conversation.lane.clone(), open);
    }

    /// What is known of this lane is not true any more.
    pub(super) fn forget(&self, lane: &LaneKey) {
        self.open().remove(lane);
    }
}
