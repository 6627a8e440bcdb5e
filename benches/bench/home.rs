//! A community in a temporary folder, with the plugins that a bench wants.

use std::sync::Arc;

use async_trait::async_trait;
use switchboard::clock::{Clock, SystemClock};
use switchboard::dispatcher::chain::settings::PluginsFile;
use switchboard::dispatcher::chain::{self, Chain, Listed, Roster, Rules, Serving};
use switchboard::dispatcher::{HandlerError, KnowledgeSource};
use switchboard::model::finding::{AskScope, EntryText, Finding};
use switchboard::model::ids::{CommunityId, EntryId};
use switchboard::plugin_host::{CacheOptions, HostOptions, PluginHost};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{SharedStorage, Unit};
use tempfile::TempDir;

use crate::packages;

/// A database with one community, and the sandbox.
pub struct Home {
    pub storage: SharedStorage,
    pub clock: Arc<dyn Clock>,
    pub host: PluginHost,
    pub community: CommunityId,
    _folder: TempDir,
}

/// The bench's plugins ask nothing.
struct NoKnowledge;

#[async_trait]
impl KnowledgeSource for NoKnowledge {
    async fn ask(&self, _: &AskScope, _: &str, _: u32) -> Result<Finding, HandlerError> {
        Err(HandlerError::Failed("there is none".into()))
    }

    async fn entry(&self, _: &AskScope, _: &EntryId) -> Result<Option<EntryText>, HandlerError> {
        Ok(None)
    }
}

impl Home {
    /// `fresh`: each event gets a new instance.
    pub fn new(fresh: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let path = folder.path().join("bench.db");
        let storage: SharedStorage =
            SqliteStorage::open(&path, &Options::default(), Arc::clone(&clock)).expect("a database");
        let options = HostOptions {
            fresh,
            cache: Some(CacheOptions {
                folder: folder.path().join("cache"),
                key: [1; 32],
            }),
            ..HostOptions::default()
        };
        let host = PluginHost::start(options, Arc::clone(&clock)).expect("the sandbox starts");
        let home = Self {
            community: CommunityId(clock.id()),
            storage,
            clock,
            host,
            _folder: folder,
        };
        let community = DirectoryUnit::Community {
            id: home.community,
            name: "Bench".into(),
            language: "en".into(),
            zone: "UTC".into(),
        };
        let storage = Arc::clone(&home.storage);
        home.run(async move { storage.write(Unit::Directory(community)).await })
            .expect("a community can be written");
        home
    }

    /// Runs on the plugins' own runtime, as lanes do.
    pub fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (answer, wait) = std::sync::mpsc::channel();
        drop(self.host.handle().spawn(async move { answer.send(work.await) }));
        wait.recv().expect("the work ends")
    }

    /// The three plugins and `idle` more, all warm.
    pub fn roster(&self, idle: usize) -> Arc<Roster> {
        let (packages, toml) = packages::chain(idle);
        let roster = Arc::new(Roster::new(
            self.host.clone(),
            Arc::clone(&self.storage),
            packages.clone(),
            Rules::default(),
        ));
        let (storage, community, now) = (Arc::clone(&self.storage), self.community, self.clock.now());
        let refreshed = Arc::clone(&roster);
        self.run(async move {
            let file = PluginsFile::parse(&toml, &packages).expect("the settings are sound");
            let stored = storage.plugin_settings(community).await.expect("settings can be read");
            let units = file.units(community, &stored, &packages, now);
            storage.write(Unit::All(units)).await.expect("settings can be written");
            refreshed.refresh(now).await.expect("settings can be read");
        });
        let listed = roster.list(self.community);
        let runs = |plugin: &Listed| matches!(plugin.serving, Serving::Running(_));
        assert!(listed.iter().all(runs), "{listed:?}");
        roster
    }

    /// The chain as the program puts it together.
    pub fn chain(&self, roster: Arc<Roster>) -> Chain {
        Chain::new(chain::Parts {
            roster,
            storage: Arc::clone(&self.storage),
            knowledge: Arc::new(NoKnowledge),
            language_model: Arc::new(switchboard::dispatcher::NoLanguageModel),
            clock: Arc::clone(&self.clock),
            next_due: |repeat, after| switchboard::jobs::next_after(repeat, after).map_err(|error| error.to_string()),
        })
    }
}
