//! Threads that answers are about to open. What is said in one before it is on disk that it is there belongs to the
//! conversation that is on its way into it.
//!
//! In memory, so that nothing is asked for what is overheard: read once, then kept by whoever commits an opening and by
//! who hears that one has ended. It is forgotten only after what is known of the thread's lane.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::OnceCell;

use crate::model::directory::Place;
use crate::model::fit::FittedBody;
use crate::model::ids::{DeliveryId, LoginName, MessageRef};
use crate::outbox::Outbox;
use crate::storage::core::{DeliveryState, StoredDelivery};
use crate::storage::unit::NewDelivery;
use crate::storage::{ReadError, SharedStorage};

/// More are open only where a platform has been away for long, and then nobody writes there. Some 200 bytes each.
const OPENINGS_MAX: u32 = 4096;

/// A thread that is being opened: by which login, below which message.
type Opening = (LoginName, MessageRef);

/// All threads that are being opened.
pub(super) struct Openings {
    storage: SharedStorage,
    outbox: Arc<Outbox>,
    /// What the table held at first.
    read: OnceCell<()>,
    open: Mutex<HashMap<DeliveryId, Opening>>,
}

impl Openings {
    pub(super) fn new(storage: SharedStorage, outbox: Arc<Outbox>) -> Self {
        Self {
            storage,
            outbox,
            read: OnceCell::new(),
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<DeliveryId, Opening>> {
        self.open.lock().expect("no code panics while it holds the openings")
    }

    /// The delivery that is about to open this thread.
    pub(super) async fn of(&self, thread: &Place) -> Result<Option<DeliveryId>, ReadError> {
        self.read.get_or_try_init(|| self.read_all()).await?;
        let open = self.open();
        let mut found = open.iter().filter(|(_, (login, from))| {
            *login == thread.login && self.outbox.thread_at(login, from).as_ref() == Some(&thread.native)
        });
        Ok(found.next().map(|(id, _)| *id))
    }

    async fn read_all(&self) -> Result<(), ReadError> {
        let stored = self.storage.openings(OPENINGS_MAX).await?;
        self.begin(stored.iter().map(|delivery| &delivery.new));
        Ok(())
    }

    /// These are about to be written. What is no thread is left out.
    pub(super) fn begin<'d>(&self, deliveries: impl IntoIterator<Item = &'d NewDelivery>) {
        for delivery in deliveries {
            let FittedBody::Thread { from, .. } = &delivery.action.body else {
                continue;
            };
            let mut open = self.open();
            if open.len() < OPENINGS_MAX as usize {
                open.insert(delivery.id, (delivery.login.clone(), from.clone()));
            }
        }
    }

    /// These were not written after all.
    pub(super) fn forget(&self, deliveries: &[DeliveryId]) {
        let mut open = self.open();
        for id in deliveries {
            open.remove(id);
        }
    }

    /// Whether the delivery is one of these.
    pub(super) fn holds(&self, id: DeliveryId) -> bool {
        self.open().contains_key(&id)
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<DeliveryId> {
        self.open().keys().copied().collect()
    }

    /// Whether the table still says that it is being opened; who has ended is forgotten.
    pub(super) async fn look(&self, id: DeliveryId) -> Result<bool, ReadError> {
        let stored = self.storage.delivery(id).await?.filter(is_open);
        match &stored {
            Some(stored) => self.begin([&stored.new]),
            None => self.forget(&[id]),
        }
        Ok(stored.is_some())
    }
}

fn is_open(delivery: &StoredDelivery) -> bool {
    matches!(delivery.state, DeliveryState::Queued | DeliveryState::Sending)
}
