//! What handles events and sends answers, and how its parts are joined.
//!
//! The program runs it on the system's clock, dialogs run it on one that they move.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::Why;
use super::calls::ByPlugins;
use super::commands::Commands;
use super::intake::Intake;
use super::listening::Listening;
use super::offering::{Shelf, keep_offered};
use super::profiles::keep_profile;
use super::upkeep;
use crate::calendar::{Calendar, Publisher};
use crate::calls::Calls;
use crate::clock::Clock;
use crate::connectors::logins::Logins;
use crate::connectors::{Connector, EventSink};
use crate::dispatcher::chain::{self, Chain, Refreshed, Roster};
use crate::dispatcher::{Dispatcher, Handler, LanguageModel, Options, Parts};
use crate::handoff::{Handoff, Welcome};
use crate::help::Help;
use crate::installer::{self, ChatParts, Installer, PluginChat};
use crate::jobs::Jobs;
use crate::knowledge::{self, Authors, FeedbackHandler, GapHandler, Knowledge, Nightly, TakenBack};
use crate::model::Event;
use crate::model::command::Command;
use crate::model::ids::CommunityId;
use crate::outbox::Outbox;
use crate::person::Persons;
use crate::plugin_host::{Packages, PluginHost};
use crate::storage::{Change, SharedStorage, WriteError};
use crate::supervisor::{Bell, Restart, Stage, Stop, Supervisor};

/// Parts that most others need.
#[derive(Clone)]
pub struct Base {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub storage: SharedStorage,
    /// What the bot knows.
    pub knowledge: Knowledge,
    /// What plugins may ask for words.
    pub language_model: Arc<dyn LanguageModel>,
    /// The community of this installation.
    pub community: CommunityId,
    /// Owns every task.
    pub supervisor: Supervisor,
}

/// What handles events and sends answers.
pub struct Running {
    /// Takes events in and handles them.
    pub dispatcher: Dispatcher,
    /// Sends.
    pub outbox: Arc<Outbox>,
    /// Does what is due later.
    pub jobs: Arc<Jobs>,
    /// Sends what plugins want changed on servers elsewhere.
    calls: Calls,
    /// How the logins stand.
    pub logins: Logins,
    /// The plugins.
    pub roster: Arc<Roster>,
    /// What brings plugins in and out.
    pub installer: Arc<Installer>,
    /// The posts.
    pub calendar: Calendar,
    /// What the menus of platforms show.
    commands: watch::Sender<Vec<Command>>,
    /// Wakes the dispatcher.
    events: Bell,
}

impl Running {
    /// Joins the parts. Nothing runs before [`Running::start`].
    pub fn assemble(
        base: &Base,
        host: &PluginHost,
        (bundled, settings): (Packages, installer::Settings),
        options: Options,
    ) -> Self {
        let (storage, clock) = (&base.storage, &base.clock);
        let (events, work) = (Bell::default(), Bell::default());
        let outbox = Arc::new(Outbox::new(Arc::clone(storage), Arc::clone(clock), events.clone()));
        let jobs = Jobs::new(Arc::clone(storage), Arc::clone(clock), work.clone(), events.clone());
        let rules = settings.rules.clone();
        let roster = Arc::new(Roster::new(host.clone(), Arc::clone(storage), bundled.clone(), rules));
        let installer = Arc::new(Installer::new(installer::Parts {
            storage: Arc::clone(storage),
            clock: Arc::clone(clock),
            host: host.clone(),
            bundled,
            settings,
        }));
        let commands = Arc::new(Commands {
            roster: Arc::clone(&roster),
            storage: Arc::clone(storage),
        });
        let caller = Arc::new(ByPlugins(Arc::clone(&roster)));
        let calls = Calls::new(Arc::clone(storage), Arc::clone(clock), caller, events.clone());
        let calendar = Calendar::new(Arc::clone(storage), Arc::clone(clock), work.clone());
        let dispatcher = Dispatcher::new(Parts {
            storage: Arc::clone(storage),
            clock: Arc::clone(clock),
            outbox: Arc::clone(&outbox),
            jobs: work,
            events: events.clone(),
            handlers: handlers(base, &roster, &commands, &installer),
            commands,
            options,
        });
        Self {
            dispatcher,
            outbox,
            jobs: Arc::new(jobs),
            calls,
            logins: Logins::default(),
            roster,
            installer,
            calendar,
            commands: watch::Sender::default(),
            events,
        }
    }

    /// Starts everything, in the order that loses nothing: what lies in the table since the last time is handled by
    /// plugins that run, and what is said then is fitted to platforms that are known. Messages are taken in last.
    ///
    /// # Errors
    ///
    /// When the settings of plugins cannot be read, or what they are told cannot be stored.
    pub async fn start(&self, base: &Base, host: &PluginHost, logins: Vec<Arc<dyn Connector>>) -> Result<()> {
        // Heard from before anything is read, so that no change falls in between.
        let heard = base.storage.changes();
        let (roster, starting) = (Arc::clone(&self.roster), base.clone());
        // Plugins run on their own runtime alone.
        let ready = host.handle().spawn(async move { refreshed(&roster, &starting).await });
        let ready = ready.await??;
        let commands = self.all_commands(base).offered(base.community).await;
        self.commands.send_replace(commands.context("read the commands")?);
        for login in &logins {
            self.send_through(Arc::clone(login), base);
        }
        self.dispatcher
            .start(&base.supervisor.stage(Stage::Turns), &host.handle());
        self.dispatcher
            .accept_internal(ready)
            .await
            .context("tell plugins that they may begin")?;
        self.plan_nights(base).await?;
        self.jobs.start(&base.supervisor);
        self.calls.start(&base.supervisor.stage(Stage::Sending));
        self.follow_plugins(base, host, heard);
        for login in logins {
            self.listen_to(login, base);
        }
        Ok(())
    }

    /// What is done with questions that have no good answer is done at night.
    async fn plan_nights(&self, base: &Base) -> Result<()> {
        let nightly = Arc::new(Nightly::new(base.knowledge.clone(), self.events.clone()));
        self.jobs.register(knowledge::JOB, move || {
            let nightly = Arc::clone(&nightly);
            async move { nightly.run().await.map_err(|error| error.to_string()) }
        });
        upkeep::schedule(&self.jobs, &*base.clock, knowledge::JOB, knowledge::SCHEDULE).await
    }

    /// Starts one more login.
    pub fn connect(&self, login: Arc<dyn Connector>, base: &Base) {
        self.send_through(Arc::clone(&login), base);
        self.listen_to(login, base);
    }

    fn all_commands(&self, base: &Base) -> Commands {
        Commands {
            roster: Arc::clone(&self.roster),
            storage: Arc::clone(&base.storage),
        }
    }

    /// The login's menus show the commands. Whoever rings has them offered again.
    fn offer_on(&self, login: Arc<dyn Connector>, base: &Base) -> Bell {
        let intake = base.supervisor.stage(Stage::Intake);
        let (bell, stop) = (Bell::default(), intake.stop());
        let shown_from = Shelf {
            commands: self.commands.subscribe(),
            storage: Arc::clone(&base.storage),
            logins: self.logins.clone(),
            moved: bell.clone(),
        };
        let name = format!("commands-{}", login.login());
        intake.spawn(name, Restart::Backoff, move || {
            keep_offered(Arc::clone(&login), shown_from.clone(), stop.clone())
        });
        bell
    }

    /// What the login can do and hear is stored.
    fn keep_profile_of(&self, login: Arc<dyn Connector>, base: &Base) {
        let intake = base.supervisor.stage(Stage::Intake);
        let (logins, storage, stop) = (self.logins.clone(), Arc::clone(&base.storage), intake.stop());
        let name = format!("profile-{}", login.login());
        intake.spawn(name, Restart::Backoff, move || {
            keep_profile(Arc::clone(&login), logins.clone(), Arc::clone(&storage), stop.clone())
        });
    }

    /// What is to be said through a login comes from the outbox.
    fn send_through(&self, login: Arc<dyn Connector>, base: &Base) {
        self.outbox.add(login, &base.supervisor.stage(Stage::Sending));
    }

    /// What a login is told goes to the dispatcher.
    fn listen_to(&self, login: Arc<dyn Connector>, base: &Base) {
        let moved = self.offer_on(Arc::clone(&login), base);
        self.keep_profile_of(Arc::clone(&login), base);
        let sink: Arc<dyn EventSink> = Arc::new(Intake {
            dispatcher: self.dispatcher.clone(),
            logins: self.logins.clone(),
            clock: Arc::clone(&base.clock),
            moved,
        });
        let intake = base.supervisor.stage(Stage::Intake);
        let name = format!("connector-{}", login.login());
        let listening = Listening {
            login,
            sink,
            storage: Arc::clone(&base.storage),
            clock: Arc::clone(&base.clock),
            stop: intake.stop(),
        };
        intake.spawn(name, Restart::Never, move || {
            let listening = listening.clone();
            async move {
                listening.keep().await;
                Ok::<(), Infallible>(())
            }
        });
    }

    /// Starts, changes and stops plugins whenever their settings change, from what was `heard` on.
    fn follow_plugins(&self, base: &Base, host: &PluginHost, heard: Receiver<Change>) {
        let supervisor = base.supervisor.stage(Stage::Turns);
        let following = Following {
            roster: Arc::clone(&self.roster),
            dispatcher: self.dispatcher.clone(),
            commands: self.commands.clone(),
            all: self.all_commands(base),
            base: base.clone(),
            stop: supervisor.stop(),
        };
        let mut heard = Some(heard);
        supervisor.spawn_on(&host.handle(), "plugins", Restart::Backoff, move || {
            following.clone().run(heard.take())
        });
    }
}

/// What follows the settings of plugins.
#[derive(Clone)]
struct Following {
    roster: Arc<Roster>,
    dispatcher: Dispatcher,
    commands: watch::Sender<Vec<Command>>,
    all: Commands,
    base: Base,
    stop: Stop,
}

impl Following {
    /// Without what was `heard` it starts again: what it failed at, and what was changed since, is looked at first.
    async fn run(self, heard: Option<Receiver<Change>>) -> Result<()> {
        let mut changes = if let Some(heard) = heard {
            heard
        } else {
            let changes = self.base.storage.changes();
            self.refresh().await?;
            changes
        };
        while let Some(change) = self.stop.until(changes.recv()).await {
            match change {
                Ok(Change::Plugins) | Err(RecvError::Lagged(_)) => self.refresh().await?,
                Ok(_) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
        Ok(())
    }

    async fn refresh(&self) -> Result<()> {
        let ready = refreshed(&self.roster, &self.base).await?;
        let commands = self.all.offered(self.base.community).await?;
        self.commands.send_replace(commands);
        self.dispatcher.accept_internal(ready).await?;
        Ok(())
    }
}

/// Makes anew who serves whom, and gives what plugins are told first. An update that does not start is undone.
async fn refreshed(roster: &Roster, base: &Base) -> Result<Vec<Event>> {
    let Refreshed { ready, undone } = roster.refresh(base.clock.now()).await?;
    if undone.is_empty() {
        return Ok(ready);
    }
    for unit in undone {
        match base.storage.write(unit).await {
            // Somebody was faster, and has decided about it.
            Ok(_) | Err(WriteError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(roster.refresh(base.clock.now()).await?.ready)
}

/// In the order in which they see an event.
fn handlers(
    base: &Base,
    roster: &Arc<Roster>,
    commands: &Arc<Commands>,
    installer: &Arc<Installer>,
) -> Vec<Arc<dyn Handler>> {
    let (storage, clock) = (&base.storage, &base.clock);
    vec![
        Arc::new(TakenBack),
        Arc::new(Persons::new(Arc::clone(storage), Arc::clone(clock))),
        Arc::new(Authors::new(Arc::clone(storage), Arc::clone(clock))),
        Arc::new(PluginChat::new(ChatParts {
            installer: Arc::clone(installer),
            roster: Arc::clone(roster),
            storage: Arc::clone(storage),
            clock: Arc::clone(clock),
            explains: Arc::new(Why(Arc::clone(storage))),
        })),
        Arc::new(Help::new(Arc::<Commands>::clone(commands), Arc::clone(clock))),
        Arc::new(Handoff::new(Arc::clone(storage), Arc::clone(clock))),
        Arc::new(Welcome::new(Arc::clone(clock))),
        Arc::new(Publisher::new(Arc::clone(storage))),
        Arc::new(FeedbackHandler::new(Arc::clone(storage))),
        Arc::new(Chain::new(chain::Parts {
            roster: Arc::clone(roster),
            storage: Arc::clone(storage),
            knowledge: Arc::new(base.knowledge.clone()),
            language_model: Arc::clone(&base.language_model),
            clock: Arc::clone(clock),
            next_due: |repeat, after| crate::jobs::next_after(repeat, after).map_err(|error| error.to_string()),
        })),
        Arc::new(GapHandler),
    ]
}
