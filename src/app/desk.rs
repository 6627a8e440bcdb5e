//! What the console needs of the dispatcher, the outbox and the jobs.

use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;

use super::running::{Base, Running};
use super::upkeep::look_soon;
use crate::clock::Clock;
use crate::connectors::{AcceptError, Acceptance, Signal};
use crate::console::{PluginsRunning, StaffDesk};
use crate::dispatcher::Dispatcher;
use crate::dispatcher::chain::{Listed, LogLine, Roster};
use crate::jobs::Jobs;
use crate::model::Event;
use crate::model::ids::{CommunityId, PlaceId, PlaceRef, PluginId};
use crate::outbox::Outbox;
use crate::storage::{SharedStorage, WriteError};
use crate::supervisor::{Restart, Supervisor};

/// Typing that a slow page may lag behind; it is true only now, so it loses the rest.
const TYPING_MAX: usize = 64;

/// Joins the console with what runs.
pub(super) struct Desk {
    dispatcher: Dispatcher,
    outbox: Arc<Outbox>,
    jobs: Arc<Jobs>,
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    supervisor: Supervisor,
    typing: broadcast::Sender<PlaceRef>,
}

impl Desk {
    /// Begins to pass on who is typing.
    pub(super) fn start(running: &Running, base: &Base, supervisor: &Supervisor) -> Arc<Self> {
        let (typing, _) = broadcast::channel(TYPING_MAX);
        let (signals, sender, stop) = (running.dispatcher.clone(), typing.clone(), supervisor.stop());
        supervisor.spawn("typing", Restart::Backoff, move || {
            let (mut signals, sender, stop) = (signals.signals(), sender.clone(), stop.clone());
            async move {
                loop {
                    let signal = tokio::select! {
                        () = stop.requested() => return Ok::<(), Infallible>(()),
                        signal = signals.recv() => signal,
                    };
                    match signal {
                        // Nobody may be looking; the signal is lost then.
                        Ok((_, Signal::Typing { place })) => drop(sender.send(place.native)),
                        Ok((_, Signal::Login(_) | Signal::Moved)) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => return Ok(()),
                    }
                }
            }
        });
        Arc::new(Self {
            dispatcher: running.dispatcher.clone(),
            outbox: Arc::clone(&running.outbox),
            jobs: Arc::clone(&running.jobs),
            storage: Arc::clone(&base.storage),
            clock: Arc::clone(&base.clock),
            supervisor: supervisor.clone(),
            typing,
        })
    }
}

impl PluginsRunning for Roster {
    fn running(&self, community: CommunityId) -> Vec<Listed> {
        self.list(community)
    }

    fn log(&self, community: CommunityId, plugin: &PluginId) -> Vec<LogLine> {
        Roster::log(self, community, plugin)
    }
}

#[async_trait]
impl StaffDesk for Desk {
    async fn hand_in(&self, event: Event) -> Result<Acceptance, AcceptError> {
        let answers = self.dispatcher.accept_internal(vec![event]).await?;
        Ok(answers.into_iter().next().unwrap_or(Acceptance::NotHere))
    }

    fn staff_types(&self, place: PlaceId, name: &str) {
        let (storage, outbox, name) = (Arc::clone(&self.storage), Arc::clone(&self.outbox), name.to_owned());
        self.supervisor.spawn("staff-typing", Restart::Never, move || {
            let (storage, outbox, name) = (Arc::clone(&storage), Arc::clone(&outbox), name.clone());
            async move {
                if let Some(place) = storage.place(place).await? {
                    outbox.typing(&place, Some(name));
                }
                Ok::<(), crate::storage::ReadError>(())
            }
        });
    }

    fn visitors_typing(&self) -> broadcast::Receiver<PlaceRef> {
        self.typing.subscribe()
    }

    async fn look_over(&self, community: CommunityId) -> Result<(), WriteError> {
        look_soon(&self.jobs, &self.storage, &*self.clock, community).await
    }
}
