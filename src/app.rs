//! The composition root: configuration in, running parts out. Only `cli` and `dialog` import it.
//!
//! Owns which parts there are, how they are joined, and in which order they start and stop. What a part does is its own.

mod bots;
mod buttons;
mod calls;
mod commands;
pub mod community;
mod community_file;
pub mod control;
mod desk;
mod direct_chats;
mod files;
mod intake;
mod listening;
mod offering;
mod ops;
mod pages;
pub mod paths;
mod probes;
mod profiles;
mod running;
mod said;
mod transcript;
pub mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;

use self::bots::Bots;
use self::desk::Desk;
use self::ops::Why;
pub use self::ops::{Ops, is_named};
pub use self::running::{Base, Running};
pub use self::transcript::{StorageTranscript, web_chat_key};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::connectors::Connector;
use crate::connectors::terminal::Terminal;
use crate::connectors::web_chat::{self, WebChat};
use crate::console::access::links::Links;
use crate::console::{ConsoleParts, ConsoleState, UpkeepShown};
use crate::dispatcher::chain::Roster;
use crate::dispatcher::{LanguageModel, NoLanguageModel, Options};
use crate::http::{Listener, Mount};
use crate::installer::{self, Installer};
use crate::knowledge::{ConsultSettings, Knowledge, embeddings};
use crate::language_model::Endpoint;
use crate::plugin_host::recording::Recordings;
use crate::plugin_host::{CacheOptions, HostOptions, Limits, Packages, PluginHost};
use crate::storage::SharedStorage;
use crate::storage::data_folder::DataFolder;
use crate::storage::files::Files;
use crate::storage::sqlite::{self, SqliteStorage};
use crate::supervisor::{Restart, Stage, Stop, Supervisor};
use crate::webhooks::{self, Addresses, Webhooks};

/// What is in hand gets so long to finish; whoever runs us (systemd, Docker) kills at 10 s and more.
const STOP_PATIENCE: Duration = Duration::from_secs(9);

/// The running program.
pub struct App {
    base: Base,
    running: Running,
    storage: Arc<SqliteStorage>,
    host: PluginHost,
    recordings: Arc<Recordings>,
    url: Option<String>,
    first_owner: Option<String>,
    // The last to go: the lock on the data folder.
    folder: DataFolder,
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
        let folder = DataFolder::take_soon(&config.written.data).await?;
        make_folders(&folder)?;
        let sqlite = SqliteStorage::open(&folder.database(), &sqlite::Options::default(), Arc::clone(&clock))?;
        let storage: SharedStorage = Arc::<SqliteStorage>::clone(&sqlite);
        let supervisor = Supervisor::new(Stop::new());
        let knowledge = with_sentence_model(knowledge(&storage, &clock, &supervisor), config).await?;
        let community = community::ensure(&storage, &knowledge, &*clock, &config.written.community).await?;
        let (http, chat) = config.web();
        // Before anything runs: an address in use is the most likely reason not to start.
        let listener = if listen {
            Some(Listener::bind(http, Arc::clone(&clock)).await?)
        } else {
            None
        };
        let recordings = Arc::new(Recordings::new(paths::recordings(folder.path()), Arc::clone(&clock)));
        let host = start_host(&folder, &clock, config, &recordings)?;
        let language_model = language_model(config, &storage, &clock);
        let knowledge = consulting(knowledge, &language_model, config);
        let base = Base {
            clock,
            storage,
            knowledge,
            language_model,
            community,
            supervisor,
        };
        let files = Files::new(folder.files());
        let terminal = Arc::new(Terminal::new(Arc::clone(&base.clock)));
        let mut logins: Vec<Arc<dyn Connector>> = vec![terminal.clone()];
        let bots = Bots::new(config, listen, &files, &base.storage, &base.clock)?;
        logins.extend(bots.logins());
        let url = listener.as_ref().map(Listener::url);
        let mut pages = None;
        if let Some(listener) = listener {
            let web_chat = web_chat(chat, &files, &base).await?;
            logins.push(web_chat.clone());
            pages = Some(Pages {
                listener,
                web_chat,
                webhook: bots.telegram.and_then(|telegram| telegram.router()),
                addresses: addresses(&base.storage).await?,
            });
        }
        let plugins = (Packages::bundled(), config.plugins());
        let running = Running::assemble(&base, &host, plugins, Options::one_community(community));
        let kept = (&files, &recordings);
        upkeep::register(&running.jobs, &sqlite, kept, (&base.knowledge, &base.clock), config).await?;
        base.knowledge.start(&base.supervisor);
        running.start(&base, &host, logins.clone()).await?;
        let installer = Arc::clone(&running.installer);
        let mut first_owner = None;
        if let Some(pages) = pages {
            first_owner = invite_first_owner(&base, &pages.listener.url()).await?;
            serve(pages, &running, files.clone(), upkeep::shown(config), &sqlite, &base);
        }
        let ways = (url.clone(), installer, Arc::clone(&recordings));
        let ops = Ops::beside(&base, &sqlite, &folder, &running, ways, logins);
        listen_to_commands(&folder, ops, terminal, &base.supervisor)?;
        Ok(Self {
            base,
            running,
            storage: sqlite,
            host,
            recordings,
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
        self.recordings.close();
        // Gone already is as good.
        let _ = std::fs::remove_file(paths::socket(self.folder.path()));
        drop((self.running, self.base, self.storage, self.host));
        drop(self.folder);
        ended
    }
}

/// Its long work ends with the first stage: it is of use to nobody any more.
fn knowledge(storage: &SharedStorage, clock: &Arc<dyn Clock>, supervisor: &Supervisor) -> Knowledge {
    let knowledge = Knowledge::new(Arc::clone(storage), Arc::clone(clock));
    knowledge.stopping(supervisor.stage(Stage::Intake).stop())
}

fn make_folders(folder: &DataFolder) -> Result<()> {
    for needed in [
        folder.files(),
        paths::backups(folder.path()),
        paths::plugin_cache(folder.path()),
    ] {
        std::fs::create_dir_all(&needed).with_context(|| format!("make {}", needed.display()))?;
    }
    Ok(())
}

async fn web_chat(settings: web_chat::Settings, files: &Files, base: &Base) -> Result<Arc<WebChat>> {
    let key = web_chat_key(&base.storage).await.context("read the web chat's key")?;
    let transcript = StorageTranscript::new(Arc::clone(&base.storage));
    let files = Arc::new(files.clone());
    Ok(Arc::new(WebChat::new(
        settings,
        key,
        transcript,
        files,
        Arc::clone(&base.clock),
    )))
}

/// The same knowledge base with the sentence model that the configuration names, if it names one.
async fn with_sentence_model(knowledge: Knowledge, config: &Config) -> Result<Knowledge> {
    let Some(settings) = config.embeddings() else {
        return Ok(knowledge);
    };
    let opening = settings.clone();
    let model = tokio::task::spawn_blocking(move || embeddings::open(&opening)).await?;
    Ok(knowledge.with_sentence_model(model.context("start the sentence model")?, &settings))
}

/// What plugins and the knowledge base may ask: what the configuration names, or nobody.
fn language_model(config: &Config, storage: &SharedStorage, clock: &Arc<dyn Clock>) -> Arc<dyn LanguageModel> {
    let endpoint = config
        .language_model()
        .and_then(|settings| Endpoint::new(settings, Arc::clone(storage), Arc::clone(clock)));
    match endpoint {
        Some(endpoint) => Arc::new(endpoint),
        None => Arc::new(NoLanguageModel),
    }
}

/// The knowledge base may ask it, too, where there is one.
fn consulting(knowledge: Knowledge, model: &Arc<dyn LanguageModel>, config: &Config) -> Knowledge {
    let Some(settings) = config.language_model() else {
        return knowledge;
    };
    let settings = ConsultSettings {
        model: settings.name,
        person_day: settings.answers_person_day,
        timeout: settings.answers_timeout,
    };
    knowledge.consulting(Arc::clone(model), settings)
}

fn start_host(
    folder: &DataFolder,
    clock: &Arc<dyn Clock>,
    config: &Config,
    recordings: &Arc<Recordings>,
) -> Result<PluginHost> {
    let cache = CacheOptions {
        folder: paths::plugin_cache(folder.path()),
        key: paths::key(folder.path(), "plugin-cache.key").context("read the key of the plugin cache")?,
    };
    let mut limits = Limits::default();
    if let Some(model) = config.language_model() {
        limits.model_wait = model.timeout;
    }
    let options = HostOptions {
        limits,
        cache: Some(cache),
        secrets: config.plugins().secrets,
        inside: config.plugins().inside,
        recorder: Some(Arc::<Recordings>::clone(recordings)),
        ..HostOptions::default()
    };
    Ok(PluginHost::start(options, Arc::clone(clock))?)
}

/// What installs plugins in this installation.
fn installer(storage: &SharedStorage, clock: &Arc<dyn Clock>, host: &PluginHost, config: &Config) -> Installer {
    Installer::new(installer::Parts {
        storage: Arc::clone(storage),
        clock: Arc::clone(clock),
        host: host.clone(),
        bundled: Packages::bundled(),
        settings: config.plugins(),
    })
}

/// The one-time link that makes the first account, as long as there is none.
async fn invite_first_owner(base: &Base, public_url: &str) -> Result<Option<String>> {
    let links = Links {
        storage: &*base.storage,
        clock: &*base.clock,
        public_url,
    };
    let link = links.first_owner(base.community).await;
    link.context("make the first account's link")
}

/// Where servers call plugins: derived from the key that this installation signs with, so that it is the same from any backup.
async fn addresses(storage: &SharedStorage) -> Result<Addresses> {
    let key = web_chat_key(storage)
        .await
        .context("read the key of this installation")?;
    Ok(Addresses::new(key))
}

/// What stands behind the one address beside the console.
struct Pages {
    listener: Listener,
    web_chat: Arc<WebChat>,
    /// Where Telegram calls.
    webhook: Option<Router>,
    /// Where servers call plugins.
    addresses: Addresses,
}

/// Puts web chat, webhook, console and probes behind the one address.
fn serve(pages: Pages, running: &Running, files: Files, upkeep: UpkeepShown, sqlite: &Arc<SqliteStorage>, base: &Base) {
    let Pages {
        listener,
        web_chat,
        webhook,
        addresses,
    } = pages;
    let supervisor = &base.supervisor.stage(Stage::Intake);
    let stop = supervisor.stop();
    let console = ConsoleState::new(ConsoleParts {
        storage: Arc::clone(&base.storage),
        clock: Arc::clone(&base.clock),
        desk: Desk::start(running, base, supervisor),
        logins: running.logins.clone(),
        plugins: Arc::<Roster>::clone(&running.roster),
        installer: Arc::clone(&running.installer),
        knowledge: base.knowledge.clone(),
        calendar: running.calendar.clone(),
        outbox: Arc::clone(&running.outbox),
        files,
        public_url: listener.url(),
        upkeep,
        stop: stop.clone(),
    });
    let mut mounts = vec![
        Mount {
            prefix: "",
            router: web_chat.router(),
        },
        Mount {
            prefix: "/console",
            router: crate::console::router(console),
        },
    ];
    mounts.extend(webhook.map(|router| Mount { prefix: "", router }));
    let webhooks = Webhooks::new(webhooks::Parts {
        roster: Arc::clone(&running.roster),
        addresses,
        dispatcher: running.dispatcher.clone(),
        storage: Arc::clone(&base.storage),
        clock: Arc::clone(&base.clock),
    });
    mounts.push(Mount {
        prefix: "",
        router: Arc::new(webhooks).router(),
    });
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
