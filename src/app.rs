//! The composition root: configuration in, running parts out. Only `cli` imports it.
//!
//! Owns which parts there are, how they are joined, and in which order they start and stop. What a part does is its own.

pub mod community;
mod data_folder;
mod probes;
mod transcript;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

pub use self::data_folder::{DataFolder, DataFolderError, Layout};
pub use self::transcript::{StorageTranscript, web_chat_key};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::connectors::web_chat::WebChat;
use crate::connectors::{Connector, EventSink};
use crate::dispatcher::{Dispatcher, Handler, NoCommands, Options, Parts};
use crate::http::{Listener, Mount};
use crate::jobs::Jobs;
use crate::knowledge::{FeedbackHandler, GapHandler, Knowledge};
use crate::model::ids::CommunityId;
use crate::outbox::Outbox;
use crate::plugin_host::{CacheOptions, HostOptions, PluginHost};
use crate::storage::SharedStorage;
use crate::storage::sqlite::{self, SqliteStorage};
use crate::supervisor::{Bell, Restart, Stop, Supervisor};

/// What is in hand gets so long to finish; whoever runs us (systemd, Docker) kills at 10 s and more.
const STOP_PATIENCE: Duration = Duration::from_secs(9);

/// The running program.
pub struct App {
    supervisor: Supervisor,
    storage: Arc<SqliteStorage>,
    host: PluginHost,
    url: String,
    community: CommunityId,
    // The last to go: the lock on the data folder.
    folder: DataFolder,
}

impl App {
    /// Starts everything; answers when messages are taken in.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from starting. Nothing runs then.
    pub async fn start(config: &Config) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let folder = DataFolder::take(&config.written.data)?;
        let sqlite = SqliteStorage::open(
            &folder.layout().database(),
            &sqlite::Options::default(),
            Arc::clone(&clock),
        )?;
        let storage: SharedStorage = Arc::<SqliteStorage>::clone(&sqlite);
        let knowledge = Knowledge::new(Arc::clone(&storage), Arc::clone(&clock));
        let community = community::ensure(&storage, &knowledge, &*clock, &config.written.community).await?;

        let (http, chat) = config.web();
        // Before anything runs: an address in use is the most likely reason not to start.
        let listener = Listener::bind(http, Arc::clone(&clock)).await?;
        let cache = CacheOptions {
            folder: folder.layout().plugin_cache(),
            key: folder.key("plugin-cache.key")?,
        };
        let options = HostOptions {
            cache: Some(cache),
            ..HostOptions::default()
        };
        let host = PluginHost::start(options, Arc::clone(&clock))?;

        let supervisor = Supervisor::new(Stop::new());
        let (events, work) = (Bell::default(), Bell::default());
        let outbox = Arc::new(Outbox::new(Arc::clone(&storage), Arc::clone(&clock), events.clone()));
        let jobs = Arc::new(Jobs::new(
            Arc::clone(&storage),
            Arc::clone(&clock),
            work.clone(),
            events.clone(),
        ));
        let dispatcher = Dispatcher::new(Parts {
            storage: Arc::clone(&storage),
            clock: Arc::clone(&clock),
            outbox: Arc::clone(&outbox),
            jobs: work,
            events,
            handlers: handlers(&storage),
            commands: Arc::new(NoCommands),
            options: Options::one_community(community),
        });

        let key = web_chat_key(&storage).await.context("read the web chat's key")?;
        let transcript = StorageTranscript::new(Arc::clone(&storage), folder.layout().files());
        let web_chat = Arc::new(WebChat::new(chat, key, transcript, Arc::clone(&clock)));

        upkeep::register(&jobs, &sqlite, &*clock).await?;
        dispatcher.start(&supervisor, &host.handle());
        jobs.start(&supervisor);
        connect(web_chat.clone(), &outbox, &dispatcher, &storage, &supervisor);
        let probes = probes::probes(
            Arc::clone(&storage),
            dispatcher.clone(),
            Arc::clone(&outbox),
            Arc::clone(&web_chat),
            supervisor.stop(),
        );
        let mounts = vec![Mount {
            prefix: "",
            router: web_chat.router(),
        }];
        let url = listener.url();
        let pages = listener.app(mounts, probes);
        let (listener, stop) = (Arc::new(listener), supervisor.stop());
        supervisor.spawn("http", Restart::Backoff, move || {
            let (listener, pages, stop) = (Arc::clone(&listener), pages.clone(), stop.clone());
            async move { listener.serve(pages, stop).await }
        });
        Ok(Self {
            supervisor,
            storage: sqlite,
            host,
            url,
            community,
            folder,
        })
    }

    /// Where people reach it, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whom it serves.
    pub fn community(&self) -> CommunityId {
        self.community
    }

    /// Finishes what is in hand, writes it, and lets go of the data folder. Says whether everything ended in time.
    pub async fn stop(self) -> bool {
        let ended = self.supervisor.shut_down(STOP_PATIENCE).await;
        self.storage.close().await;
        drop(self.host);
        drop(self.folder);
        ended
    }
}

/// In the order in which they see an event.
fn handlers(storage: &SharedStorage) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(FeedbackHandler::new(Arc::clone(storage))),
        Arc::new(GapHandler),
    ]
}

/// Starts a login: what it is told goes to the dispatcher, what is to be said through it comes from the outbox.
fn connect(
    connector: Arc<dyn Connector>,
    outbox: &Arc<Outbox>,
    dispatcher: &Dispatcher,
    storage: &SharedStorage,
    supervisor: &Supervisor,
) {
    outbox.add(Arc::clone(&connector), supervisor);
    let sink: Arc<dyn EventSink> = Arc::new(dispatcher.clone());
    let (storage, stop) = (Arc::clone(storage), supervisor.stop());
    let name = format!("connector-{}", connector.login());
    supervisor.spawn(name, Restart::Backoff, move || {
        let (connector, sink) = (Arc::clone(&connector), Arc::clone(&sink));
        let (storage, stop) = (Arc::clone(&storage), stop.clone());
        async move {
            let cursor = storage.cursor(connector.login()).await.context("read the cursor")?;
            connector.run(sink, cursor, stop).await.context("run the connector")
        }
    });
}
