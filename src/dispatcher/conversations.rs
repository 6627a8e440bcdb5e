//! The open conversation of each lane, and of threads the one that staff closed last, in memory. What is stored is the truth: every commit compares the version, and a
//! loser forgets what it found here. That a lane has none is believed without a look, so that nothing is read for what is
//! merely overheard: whoever writes one says so here, or is heard of.

use std::sync::{Mutex, MutexGuard};

use super::generations::Generations;
use crate::model::conversation::{Closing, Conversation, Holder, HolderKind, LaneKey};
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

/// What is known of one question about lanes.
struct Memory {
    lanes: Generations<LaneKey, Known>,
    /// Numbers the reads.
    reads: u64,
}

impl Memory {
    fn new() -> Self {
        Self {
            lanes: Generations::new(LANES_MAX),
            reads: 0,
        }
    }

    /// What is known of the lane, else the number of the read that has to find out.
    fn ask(&mut self, lane: &LaneKey) -> Result<Option<Conversation>, u64> {
        if let Some(Known::Read(known)) = self.lanes.get(lane) {
            return Ok(known);
        }
        self.reads += 1;
        self.lanes.insert(lane.clone(), Known::Asked(self.reads));
        Err(self.reads)
    }

    /// What a read has found.
    fn answer(&mut self, lane: &LaneKey, read: u64, found: Option<Conversation>) {
        if matches!(self.lanes.get(lane), Some(Known::Asked(by)) if by == read) {
            self.lanes.insert(lane.clone(), Known::Read(found));
        }
    }
}

struct State {
    open: Memory,
    /// Asked of threads alone.
    closed: Memory,
}

/// The open conversation of each lane that was used lately.
pub(super) struct Conversations {
    storage: SharedStorage,
    state: Mutex<State>,
}

impl Conversations {
    pub(super) fn new(storage: SharedStorage) -> Self {
        let state = State {
            open: Memory::new(),
            closed: Memory::new(),
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
        let asked = self.state().open.ask(lane);
        let read = match asked {
            Ok(known) => return Ok(known),
            Err(read) => read,
        };
        let found = self.storage.conversation_of_lane(lane).await?;
        self.state().open.answer(lane, read, found.clone());
        Ok(found)
    }

    /// The conversation of a lane that ended last, if staff closed it.
    pub(super) async fn closed_by_staff(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError> {
        let asked = self.state().closed.ask(lane);
        let read = match asked {
            Ok(known) => return Ok(known),
            Err(read) => read,
        };
        let found = self.storage.conversation_closed_last(lane).await?.filter(is_by_staff);
        self.state().closed.answer(lane, read, found.clone());
        Ok(found)
    }

    /// This was written.
    pub(super) fn written(&self, conversation: &Conversation) {
        let (lane, mut state) = (&conversation.lane, self.state());
        if conversation.holder.kind() == HolderKind::Closed {
            let by_staff = Some(conversation.clone()).filter(is_by_staff);
            state.closed.lanes.insert(lane.clone(), Known::Read(by_staff));
            state.open.lanes.insert(lane.clone(), Known::Read(None));
        } else {
            state
                .open
                .lanes
                .insert(lane.clone(), Known::Read(Some(conversation.clone())));
        }
    }

    /// What is known of this lane is not true any more.
    pub(super) fn forget(&self, lane: &LaneKey) {
        let mut state = self.state();
        state.open.lanes.remove(lane);
        state.closed.lanes.remove(lane);
    }

    /// What changed was not heard of.
    pub(super) fn forget_all(&self) {
        let mut state = self.state();
        state.open.lanes.clear();
        state.closed.lanes.clear();
    }
}

fn is_by_staff(conversation: &Conversation) -> bool {
    conversation.holder == (Holder::Closed { how: Closing::Staff })
}
