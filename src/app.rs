//! The composition root: configuration in, running parts out. Only `cli` imports it.
//!
//! Owns which parts there are, how they are joined, and in which order they start and stop. What a part does is its own.

pub mod community;
mod community_file;
pub mod control;
mod desk;
mod ops;
pub mod paths;
mod probes;
mod transcript;
pub mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::broadcast::error::RecvError;

use self::desk::Desk;
pub use self::ops::Ops;
pub use self::transcript::{StorageTranscript, web_chat_key};
use crate::calendar::{Calendar, Publisher};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::connectors::terminal::Terminal;
use crate::connectors::web_chat::WebChat;
use crate::connectors::{Connector, EventSink};
use crate::console::access::links::Links;
use crate::console::{ConsoleParts, ConsoleState, UpkeepShown};
use crate::dispatcher::chain::{self, Chain, Roster};
use crate::dispatcher::{Dispatcher, Handler, Options, Parts};
use crate::handoff::Handoff;
use crate::http::{Listener, Mount};
use crate::jobs::Jobs;
use crate::knowledge::{FeedbackHandler, GapHandler, Knowledge};
use crate::model::ids::CommunityId;
use crate::outbox::Outbox;
use crate::plugin_host::{CacheOptions, HostOptions, Packages, PluginHost};
use crate::storage::data_folder::DataFolder;
use crate::storage::files::Files;
use crate::storage::sqlite::{self, SqliteStorage};
use crate::storage::{Change, SharedStorage};
use crate::supervisor::{Bell, Restart, Stage, Stop, Supervisor};

/// What is in hand gets so long to finish; whoever runs us (systemd, Docker) kills at 10 s and more.
const STOP_PATIENCE: Duration = Duration::from_secs(9);

/// The running program.
pub struct App {
    base: Base,
    running: Running,
    storage: Arc<SqliteStorage>,
    host: PluginHost,
    url: Option<String>,
    first_owner: Option<String>,
    // The last to go: the lock on the data folder.
    folder: DataFolder,
}

/// Parts that most others need.
#[derive(Clone)]
struct Base {
    clock: Arc<dyn Clock>,
    storage: SharedStorage,
    knowledge: Knowledge,
    community: CommunityId,
    supervisor: Supervisor,
}

impl App {
    /// Starts everything; answers when messages are taken in. Without `listen` there are no pages: for a chat in the
    /// terminal while nothing else runs.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from starting. Nothing runs then.
    pub async fn start(config: &Config, listen: bool) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let folder = DataFolder::take(&config.written.data)?;
        for needed in [
            folder.files(),
            paths::backups(folder.path()),
            paths::plugin_cache(folder.path()),
        ] {
            std::fs::create_dir_all(&needed).with_context(|| format!("make {}", needed.display()))?;
        }
        let sqlite = SqliteStorage::open(&folder.database(), &sqlite::Options::default(), Arc::clone(&clock))?;
        let storage: SharedStorage = Arc::<SqliteStorage>::clone(&sqlite);
        let knowledge = Knowledge::new(Arc::clone(&storage), Arc::clone(&clock));
        let community = community::ensure(&storage, &knowledge, &*clock, &config.written.community).await?;
        let (http, chat) = config.web();
        // Before anything runs: an address in use is the most likely reason not to start.
        let listener = if listen {
            Some(Listener::bind(http, Arc::clone(&clock)).await?)
        } else {
            None
        };
        let host = start_host(&folder, &clock)?;
        let base = Base {
            supervisor: Supervisor::new(Stop::new()),
            clock,
            storage,
            knowledge,
            community,
        };
        let files = Files::new(folder.files());
        let running = run(&base, &host, &sqlite, &files, config).await?;

        let terminal = Arc::new(Terminal::new(Arc::clone(&base.clock)));
        running.connect(terminal.clone(), &base);
        let url = listener.as_ref().map(Listener::url);
        let mut first_owner = None;
        if let Some(listener) = listener {
            let key = web_chat_key(&base.storage).await.context("read the web chat's key")?;
            let transcript = StorageTranscript::new(Arc::clone(&base.storage), files.clone());
            let web_chat = Arc::new(WebChat::new(chat, key, transcript, Arc::clone(&base.clock)));
            running.connect(web_chat.clone(), &base);
            let links = Links {
                storage: &*base.storage,
                clock: &*base.clock,
                public_url: &listener.url(),
            };
            first_owner = links
                .first_owner(community)
                .await
                .context("make the first account's link")?;
            let shown = upkeep::shown(config);
            serve(listener, &running, web_chat, files.clone(), shown, &sqlite, &base);
        }
        let ops = Ops::beside(&base, &sqlite, files.clone(), &running, url.clone());
        listen_to_commands(&folder, ops, terminal, &base.supervisor)?;
        Ok(Self {
            base,
            running,
            storage: sqlite,
            host,
            url,
            first_owner,
            folder,
        })
    }

    /// Starts one more login beside those of the configuration.
    pub fn connect(&self, connector: Arc<dyn Connector>) {
        self.running.connect(connector, &self.base);
    }

    /// Where people reach it, without a slash at the end; none when it does not listen.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The one-time link that makes the first account, as long as there is none.
    pub fn first_owner(&self) -> Option<&str> {
        self.first_owner.as_deref()
    }

    /// Finishes what is in hand, writes it, and lets go of the data folder. Says whether everything ended in time.
    pub async fn stop(self) -> bool {
        let ended = self.base.supervisor.shut_down(STOP_PATIENCE).await;
        self.storage.close().await;
        // Gone already is as good.
        let _ = std::fs::remove_file(paths::socket(self.folder.path()));
        drop((self.running, self.base, self.storage, self.host));
        drop(self.folder);
        ended
    }
}

fn start_host(folder: &DataFolder, clock: &Arc<dyn Clock>) -> Result<PluginHost> {
    let cache = CacheOptions {
        folder: paths::plugin_cache(folder.path()),
        key: paths::key(folder.path(), "plugin-cache.key").context("read the key of the plugin cache")?,
    };
    let options = HostOptions {
        cache: Some(cache),
        ..HostOptions::default()
    };
    Ok(PluginHost::start(options, Arc::clone(clock))?)
}

/// What handles events and sends answers.
struct Running {
    dispatcher: Dispatcher,
    outbox: Arc<Outbox>,
    roster: Arc<Roster>,
    calendar: Calendar,
}

async fn run(
    base: &Base,
    host: &PluginHost,
    sqlite: &Arc<SqliteStorage>,
    files: &Files,
    config: &Config,
) -> Result<Running> {
    let (storage, clock) = (&base.storage, &base.clock);
    let (events, work) = (Bell::default(), Bell::default());
    let outbox = Arc::new(Outbox::new(Arc::clone(storage), Arc::clone(clock), events.clone()));
    let jobs = Arc::new(Jobs::new(
        Arc::clone(storage),
        Arc::clone(clock),
        work.clone(),
        events.clone(),
    ));
    let roster = Arc::new(Roster::new(host.clone(), Arc::clone(storage), Packages::bundled()));
    let calendar = Calendar::new(Arc::clone(storage), Arc::clone(clock), work.clone());
    let dispatcher = Dispatcher::new(Parts {
        storage: Arc::clone(storage),
        clock: Arc::clone(clock),
        outbox: Arc::clone(&outbox),
        jobs: work,
        events,
        handlers: handlers(storage, clock, &base.knowledge, &roster),
        commands: Arc::<Roster>::clone(&roster),
        options: Options::one_community(base.community),
    });
    upkeep::register(&jobs, sqlite, files, clock, config).await?;
    dispatcher.start(&base.supervisor.stage(Stage::Turns), &host.handle());
    jobs.start(&base.supervisor);
    // Plugins start before the first message is taken in, on their own runtime.
    let (first, now) = (Arc::clone(&roster), clock.now());
    let ready = host.handle().spawn(async move { first.refresh(now).await }).await??;
    dispatcher
        .accept_internal(ready)
        .await
        .context("tell plugins that they may begin")?;
    follow_plugins(&roster, &dispatcher, base, host);
    Ok(Running {
        dispatcher,
        outbox,
        roster,
        calendar,
    })
}

impl Running {
    /// Starts a login: what it is told goes to the dispatcher, what is to be said through it comes from the outbox.
    fn connect(&self, connector: Arc<dyn Connector>, base: &Base) {
        self.outbox
            .add(Arc::clone(&connector), &base.supervisor.stage(Stage::Sending));
        let sink: Arc<dyn EventSink> = Arc::new(self.dispatcher.clone());
        let intake = base.supervisor.stage(Stage::Intake);
        let (storage, stop) = (Arc::clone(&base.storage), intake.stop());
        let name = format!("connector-{}", connector.login());
        intake.spawn(name, Restart::Backoff, move || {
            let (connector, sink) = (Arc::clone(&connector), Arc::clone(&sink));
            let (storage, stop) = (Arc::clone(&storage), stop.clone());
            async move {
                let cursor = storage.cursor(connector.login()).await.context("read the cursor")?;
                connector.run(sink, cursor, stop).await.context("run the connector")
            }
        });
    }
}

/// In the order in which they see an event.
pub fn handlers(
    storage: &SharedStorage,
    clock: &Arc<dyn Clock>,
    knowledge: &Knowledge,
    roster: &Arc<Roster>,
) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(Handoff::new(Arc::clone(storage), Arc::clone(clock))),
        Arc::new(Publisher::new(Arc::clone(storage))),
        Arc::new(FeedbackHandler::new(Arc::clone(storage))),
        Arc::new(Chain::new(chain::Parts {
            roster: Arc::clone(roster),
            storage: Arc::clone(storage),
            knowledge: Arc::new(knowledge.clone()),
            clock: Arc::clone(clock),
            next_due: |repeat, after| crate::jobs::next_after(repeat, after).map_err(|error| error.to_string()),
        })),
        Arc::new(GapHandler),
    ]
}

/// Starts, changes and stops plugins whenever their settings change.
fn follow_plugins(roster: &Arc<Roster>, dispatcher: &Dispatcher, base: &Base, host: &PluginHost) {
    let (roster, dispatcher, base) = (Arc::clone(roster), dispatcher.clone(), base.clone());
    let supervisor = base.supervisor.stage(Stage::Turns);
    let stop = supervisor.stop();
    supervisor.spawn_on(&host.handle(), "plugins", Restart::Backoff, move || {
        let (roster, dispatcher, base) = (Arc::clone(&roster), dispatcher.clone(), base.clone());
        let stop = stop.clone();
        async move {
            let mut changes = base.storage.changes();
            loop {
                let change = tokio::select! {
                    () = stop.requested() => return Ok::<(), anyhow::Error>(()),
                    change = changes.recv() => change,
                };
                match change {
                    Ok(Change::Plugins) | Err(RecvError::Lagged(_)) => {
                        let ready = roster.refresh(base.clock.now()).await?;
                        dispatcher.accept_internal(ready).await?;
                    }
                    Ok(_) => {}
                    Err(RecvError::Closed) => return Ok(()),
                }
            }
        }
    });
}

/// Puts web chat, console and probes behind the one address.
fn serve(
    listener: Listener,
    running: &Running,
    web_chat: Arc<WebChat>,
    files: Files,
    upkeep: UpkeepShown,
    sqlite: &Arc<SqliteStorage>,
    base: &Base,
) {
    let supervisor = &base.supervisor.stage(Stage::Intake);
    let stop = supervisor.stop();
    let console = ConsoleState::new(ConsoleParts {
        storage: Arc::clone(&base.storage),
        clock: Arc::clone(&base.clock),
        desk: Desk::start(&running.dispatcher, &running.outbox, &base.storage, supervisor),
        plugins: Arc::<Roster>::clone(&running.roster),
        knowledge: base.knowledge.clone(),
        calendar: running.calendar.clone(),
        outbox: Arc::clone(&running.outbox),
        files,
        public_url: listener.url(),
        upkeep,
        stop: stop.clone(),
    });
    let mounts = vec![
        Mount {
            prefix: "",
            router: web_chat.router(),
        },
        Mount {
            prefix: "/console",
            router: crate::console::router(console),
        },
    ];
    let probes = probes::probes(
        Arc::clone(sqlite),
        running.dispatcher.clone(),
        Arc::clone(&running.outbox),
        web_chat,
        stop.clone(),
    );
    let pages = listener.app(mounts, probes);
    let listener = Arc::new(listener);
    supervisor.spawn("http", Restart::Backoff, move || {
        let (listener, pages, stop) = (Arc::clone(&listener), pages.clone(), stop.clone());
        async move { listener.serve(pages, stop).await }
    });
}

/// Opens the socket that commands talk to.
fn listen_to_commands(folder: &DataFolder, ops: Ops, terminal: Arc<Terminal>, supervisor: &Supervisor) -> Result<()> {
    let socket = control::bind(&paths::socket(folder.path())).context("open the control socket")?;
    let (socket, ops) = (Arc::new(socket), Arc::new(ops));
    // Who is in a chat sees the answer to what they said last.
    let stops = control::Stops {
        intake: supervisor.stage(Stage::Intake).stop(),
        talks: supervisor.stop(),
    };
    supervisor.spawn("control", Restart::Backoff, move || {
        control::serve(
            Arc::clone(&socket),
            Arc::clone(&ops),
            Arc::clone(&terminal),
            stops.clone(),
        )
    });
    Ok(())
}
