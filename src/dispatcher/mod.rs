//! From an accepted event to one committed outcome.
//!
//! `accept` stores what connectors, the console and jobs hand in; `lanes` keep order; handlers and the plugin chain
//! decide; `commit` writes all of it in one unit. Nothing here sends.

mod accept;
pub mod chain;
mod choice;
mod commands;
mod commit;
mod conversations;
mod directory;
mod fold;
mod generations;
#[cfg(any(test, fuzzing))]
mod given;
pub mod handler;
mod instead;
mod lane;
mod lanes;
mod language_model;
mod moderated;
mod openings;
mod options;
pub mod outcome;
mod plan;
pub mod question;
mod refill;
mod snapshot;
mod turn;

use std::convert::Infallible;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::broadcast;

pub use self::commands::{CommandNames, NoCommands};
use self::conversations::Conversations;
use self::directory::Directory;
pub use self::handler::{Handler, HandlerError, KnowledgeSource, Snapshot};
use self::lanes::Lanes;
pub use self::language_model::{Asker, Completed, LanguageModel, ModelError, NoLanguageModel, Role, Turn};
use self::openings::Openings;
pub use self::options::{LoginOptions, NewPlaces, Options};
pub use self::outcome::{Flow, Outcome, Stance};
use crate::clock::Clock;
use crate::connectors::Signal;
use crate::model::conversation::LaneKey;
use crate::model::ids::{DeliveryId, LoginName};
use crate::outbox::Outbox;
use crate::storage::{Change, SharedStorage};
use crate::supervisor::{Bell, Restart, Supervisor};

/// Turns at once. Most of them wait for the disk, and the more wait, the more one sync writes.
const TURNS_MAX: usize = 256;

/// Signals that a slow listener may lag behind; they are true only now, so it loses the rest.
const SIGNALS_MAX: usize = 64;

/// What the dispatcher is made of.
pub struct Parts {
    /// Where everything is kept.
    pub storage: SharedStorage,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// What sends.
    pub outbox: Arc<Outbox>,
    /// Rung when a commit has made a job.
    pub jobs: Bell,
    /// Rung by others who have stored an event for us.
    pub events: Bell,
    /// In the order in which they see events.
    pub handlers: Vec<Arc<dyn Handler>>,
    /// Which commands plugins have.
    pub commands: Arc<dyn CommandNames>,
    /// Whom logins serve.
    pub options: Options,
}

/// Takes events in and sees to it that each is handled once, in order within its lane. Clones are the same dispatcher.
#[derive(Clone)]
pub struct Dispatcher {
    core: Arc<Core>,
}

struct Core {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    outbox: Arc<Outbox>,
    jobs: Bell,
    events: Bell,
    handlers: Vec<Arc<dyn Handler>>,
    commands: Arc<dyn CommandNames>,
    options: Options,
    directory: Directory,
    conversations: Conversations,
    openings: Openings,
    lanes: Lanes,
    signals: broadcast::Sender<(LoginName, Signal)>,
}

impl Dispatcher {
    /// Nothing runs before [`Dispatcher::start`].
    pub fn new(parts: Parts) -> Self {
        let Parts {
            storage,
            clock,
            outbox,
            jobs,
            events,
            handlers,
            commands,
            options,
        } = parts;
        let core = Core {
            directory: Directory::new(Arc::clone(&storage), Arc::clone(&clock)),
            conversations: Conversations::new(Arc::clone(&storage)),
            openings: Openings::new(Arc::clone(&storage), Arc::clone(&outbox)),
            lanes: Lanes::default(),
            signals: broadcast::channel(SIGNALS_MAX).0,
            storage,
            clock,
            outbox,
            jobs,
            events,
            handlers,
            commands,
            options,
        };
        // The table may hold what an earlier process has accepted.
        core.lanes.fall_behind();
        Self { core: Arc::new(core) }
    }

    /// Starts the lanes on `runtime` and everything else on the caller's.
    pub fn start(&self, supervisor: &Supervisor, runtime: &Handle) {
        for number in 0..TURNS_MAX {
            let core = Arc::clone(&self.core);
            let work = move || turn::work(Arc::clone(&core));
            supervisor.spawn_on(runtime, format!("lanes-{number}"), Restart::Backoff, work);
        }
        let (core, stop) = (Arc::clone(&self.core), supervisor.stop());
        supervisor.spawn("lanes-refill", Restart::Backoff, move || {
            refill::run(Arc::clone(&core), stop.clone())
        });
        let (core, tasks) = (Arc::clone(&self.core), supervisor.clone());
        supervisor.spawn("lanes-clock", Restart::Backoff, move || {
            watch(Arc::clone(&core), tasks.clone())
        });
        let (core, tasks) = (Arc::clone(&self.core), supervisor.clone());
        // Heard from now on, not from the task's first step: what is changed in between counts, too.
        let mut heard = Some(self.core.storage.changes());
        supervisor.spawn("directory", Restart::Backoff, move || {
            follow(Arc::clone(&core), tasks.clone(), heard.take())
        });
    }

    /// Signals of all logins, from now on.
    pub fn signals(&self) -> broadcast::Receiver<(LoginName, Signal)> {
        self.core.signals.subscribe()
    }

    /// How many events are in memory, and in how many lanes.
    pub fn sizes(&self) -> (usize, usize) {
        self.core.lanes.sizes()
    }

    /// How many events of a lane are in memory and have not had their turn.
    pub fn waiting(&self, lane: &LaneKey) -> usize {
        self.core.lanes.waiting(lane)
    }

    /// Whether nothing is to be done but to wait for time to pass.
    pub fn is_quiet(&self) -> bool {
        self.core.lanes.is_quiet(self.core.clock.elapsed())
    }
}

/// Wakes lanes that were put aside, hears of events that others stored, and stops the lanes.
async fn watch(core: Arc<Core>, supervisor: Supervisor) -> Result<(), Infallible> {
    let stop = supervisor.stop();
    loop {
        let now = core.clock.elapsed();
        let next = core.lanes.wake_delayed(now);
        tokio::select! {
            () = stop.requested() => {
                core.lanes.stop();
                return Ok(());
            }
            () = core.events.rung() => core.lanes.fall_behind(),
            () = core.lanes.delayed() => {}
            () = core.clock.sleep_until(next.unwrap_or_default()), if next.is_some() => {}
        }
    }
}

/// Hears what people change by the console or a command: places, people, what becomes of a delivery. Without what was `heard`
/// it starts again, and has missed changes.
async fn follow(
    core: Arc<Core>,
    supervisor: Supervisor,
    heard: Option<broadcast::Receiver<Change>>,
) -> Result<(), Infallible> {
    let stop = supervisor.stop();
    let mut changes = if let Some(heard) = heard {
        heard
    } else {
        let changes = core.storage.changes();
        believe_nothing(&core).await;
        changes
    };
    loop {
        tokio::select! {
            () = stop.requested() => return Ok(()),
            change = changes.recv() => match change {
                Ok(Change::Settings) => core.directory.forget(),
                Ok(Change::ConversationMoved { from, to }) => {
                    core.conversations.forget(&from);
                    core.conversations.forget(&to);
                }
                // After the lane of the conversation that came with it.
                Ok(Change::Delivery(id)) if core.openings.holds(id) => look(&core, id).await,
                Ok(Change::DeliveryDecided(id)) => {
                    core.outbox.decided(id);
                    look(&core, id).await;
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => believe_nothing(&core).await,
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            }
        }
    }
}

/// Changes were missed: whatever is known may have changed.
async fn believe_nothing(core: &Core) {
    core.directory.forget();
    core.conversations.forget_all();
    for id in core.openings.all() {
        look(core, id).await;
    }
    core.outbox.look_again();
}

/// Hears whether a thread is still being opened. What cannot be read now is looked up when it matters.
async fn look(core: &Core, id: DeliveryId) {
    if let Err(error) = core.openings.look(id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "it could not be read whether delivery {id} opens a thread"
        );
    }
}

#[cfg(test)]
mod tests;
