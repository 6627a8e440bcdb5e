//! The open conversation of each lane, in memory. What is stored is the truth: every commit compares the version, and a
//! loser forgets what it found here. That a lane has none is believed without a look, so that nothing is read for what is
//! merely overheard: whoever writes one says so here, or is heard of.

use std::sync::{Mutex, MutexGuard};

use super::generations::Generations;
use crate::model::conversation::{Conversation, HolderKind, LaneKey};
use crate::storage::{ReadError, SharedStorage};

/// Lanes of each generation; a quarter of a kilobyte each.
const LANES_MAX: usize = 8192;

/// What is known of a lane.
#[derive(Clone, Debug)]
enum Known {
    /// Somebody is reading it, in this read. What they find counts unless something else becomes known meanwhile.
    Asked(u64),
    /// Its open conversation, if it has one.
    Read(Option<Conversation>),
}

struct State {
    lanes: Generations<LaneKey, Known>,
    /// Numbers the reads.
    reads: u64,
}

/// The open conversation of each lane that was used lately.
pub(super) struct Conversations {
    storage: SharedStorage,
    state: Mutex<State>,
}

impl Conversations {
    pub(super) fn new(storage: SharedStorage) -> Self {
        let state = State {
            lanes: Generations::new(LANES_MAX),
            reads: 0,
        };
        Self {
            storage,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the conversations")
    }

    /// The open conversation of a lane.
    pub(super) async fn of_lane(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError> {
        let read = match self.ask(lane) {
            Ok(known) => return Ok(known),
            Err(read) => read,
        };
        let found = self.storage.conversation_of_lane(lane).await?;
        let mut state = self.state();
        if matches!(state.lanes.get(lane), Some(Known::Asked(by)) if by == read) {
            state.lanes.insert(lane.clone(), Known::Read(found.clone()));
        }
        Ok(found)
    }

    /// What is known of the lane, else the number of the read that has to find out.
    fn ask(&self, lane: &LaneKey) -> Result<Option<Conversation>, u64> {
        let mut state = self.state();
        if let Some(Known::Read(known)) = state.lanes.get(lane) {
            return Ok(known);
        }
        state.reads += 1;
        let read = state.reads;
        state.lanes.insert(lane.clone(), Known::Asked(read));
        Err(read)
    }

    /// This was written.
    pub(super) fn written(&self, conversation: &Conversation) {
        let closed = conversation.holder.kind() == HolderKind::Closed;
        let open = (!closed).then(|| conversation.clone());
        self.state().lanes.insert(conversation.lane.clone(), Known::Read(open));
    }

    /// What is known of this lane is not true any more.
    pub(super) fn forget(&self, lane: &LaneKey) {
        self.state().lanes.remove(lane);
    }

    /// What changed was not heard of.
    pub(super) fn forget_all(&self) {
        self.state().lanes.clear();
    }
}
