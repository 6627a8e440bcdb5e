//! The whole program in a temporary folder, on a clock that the dialog moves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::elsewhere::Elsewhere;
use super::kit::Kit;
use super::line::Spot;
use super::quiet::{LOGIN, Quiet, event_on, message_id, place_on};
use super::told_model::ToldModel;
use crate::app::{Base, Running, community};
use crate::clock::{Clock, TestClock};
use crate::connectors::loopback::Loopback;
use crate::connectors::{Acceptance, Connector};
use crate::dispatcher::chain::Serving;
use crate::dispatcher::{LoginOptions, NewPlaces, Options};
use crate::installer;
use crate::knowledge::{ConsultSettings, Knowledge};
use crate::model::bytes::Bytes;
use crate::model::event::{EventBody, Source};
use crate::model::ids::{CommunityId, MessageRef};
use crate::model::{Event, Timestamp};
use crate::plugin_host::{Packages, PluginHost};
use crate::storage::SharedStorage;
use crate::storage::core::Verdict;
use crate::storage::sqlite::{Options as SqliteOptions, SqliteStorage};
use crate::supervisor::{Stop, Supervisor};

/// 2026-09-21 14:13:20 UTC.
const BEGINS: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// After so long in real time a task hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Of one person and one day to the language model: few enough for a dialog to come to the end of them.
const QUESTIONS_MAX: u32 = 5;

/// A running program and the platform around it.
pub(super) struct World<'a> {
    pub(super) clock: Arc<TestClock>,
    /// The web first, then the others in the order in which they came.
    pub(super) platforms: Vec<Arc<Loopback>>,
    pub(super) running: Running,
    pub(super) base: Base,
    /// Servers that are no platform.
    pub(super) elsewhere: Arc<Elsewhere>,
    /// What plugins may ask for words.
    pub(super) language_model: Arc<ToldModel>,
    kit: Cow<'a, Kit>,
    sqlite: Arc<SqliteStorage>,
    folder: TempDir,
    /// Numbers what happens.
    said: u64,
    /// What each said last in each place.
    last: HashMap<(String, String), MessageRef>,
}

impl<'a> World<'a> {
    /// The first start: the community is made.
    pub(super) async fn begin(kit: Cow<'a, Kit>) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a temporary folder")?;
        let clock = Arc::new(TestClock::new(BEGINS));
        let platforms = vec![Arc::new(Loopback::new(LOGIN))];
        let (elsewhere, language_model) = (Arc::default(), Arc::default());
        let around = (&elsewhere, &language_model);
        let (sqlite, base, running) = start(&kit, folder.path(), &clock, &platforms, around).await?;
        let world = Self {
            clock,
            platforms,
            running,
            base,
            elsewhere,
            language_model,
            kit,
            sqlite,
            folder,
            said: 0,
            last: HashMap::new(),
        };
        world.settled().await?;
        Ok(world)
    }

    /// The program is down for so long, and starts again on the same folder. The platform goes on.
    pub(super) async fn restart(&mut self, down: Duration) -> Result<()> {
        self.stop().await?;
        self.clock.advance(down);
        self.start_again().await
    }

    /// The program goes on with other plugins on the same folder, or as before where they do not start.
    pub(super) async fn go_on_with(&mut self, kit: Kit) -> Result<()> {
        self.stop().await?;
        let before = std::mem::replace(&mut self.kit, Cow::Owned(kit));
        let started = self.start_again().await;
        if started.is_err() {
            self.kit = before;
            self.start_again().await?;
        }
        started
    }

    async fn stop(&self) -> Result<()> {
        ensure!(self.base.supervisor.shut_down(PATIENCE).await, "a task did not stop");
        self.sqlite.close().await;
        Ok(())
    }

    async fn start_again(&mut self) -> Result<()> {
        let started = start(
            &self.kit,
            self.folder.path(),
            &self.clock,
            &self.platforms,
            (&self.elsewhere, &self.language_model),
        )
        .await?;
        (self.sqlite, self.base, self.running) = started;
        self.settled().await
    }

    /// What plugins wrote into their logs since the last start, oldest first.
    pub(super) fn log(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for plugin in self.running.roster.list(self.community()) {
            let written = plugin.log.iter().rev();
            lines.extend(written.map(|line| format!("{} {}: {}", plugin.id, line.level, line.text)));
        }
        lines
    }

    /// Ends everything.
    pub(super) async fn end(self) -> Result<()> {
        self.stop().await
    }

    pub(super) fn storage(&self) -> &SharedStorage {
        &self.base.storage
    }

    pub(super) fn packages(&self) -> &Packages {
        &self.kit.packages
    }

    pub(super) fn community(&self) -> CommunityId {
        self.base.community
    }

    /// The platform of this name, which connects when it is first named.
    pub(super) fn platform(&mut self, name: &str) -> Arc<Loopback> {
        let login = login_of(name);
        if let Some(known) = self.platforms.iter().find(|known| known.login().as_str() == login) {
            return Arc::clone(known);
        }
        let platform = Arc::new(Loopback::new(login));
        self.platforms.push(Arc::clone(&platform));
        self.running.connect(Arc::<Loopback>::clone(&platform), &self.base);
        platform
    }

    /// The name of what is said there after the next thing that happens.
    pub(super) fn next_but_one(&self, spot: Spot<'_>) -> MessageRef {
        MessageRef {
            place: place_on(login_of(spot.platform), spot.name()),
            id: message_id(self.said + 2),
        }
    }

    /// Somebody does something in a place, and all that this brings about is done.
    pub(super) async fn happens(&mut self, spot: Spot<'_>, body: impl FnOnce(MessageRef) -> EventBody) -> Result<()> {
        self.said += 1;
        let (who, when) = ((spot.who, spot.name(), spot.audience()), (self.said, self.clock.now()));
        let event = event_on(login_of(spot.platform), who, when, body);
        if let EventBody::Message(said) = &event.body {
            self.last
                .insert((spot.who.to_owned(), spot.name().to_owned()), said.native.clone());
        }
        self.platform(spot.platform).happen([event]);
        self.settled().await
    }

    /// The message that `who` wrote last in a place.
    pub(super) fn last_said(&self, who: &str, place: &str) -> Option<MessageRef> {
        self.last.get(&(who.to_owned(), place.to_owned())).cloned()
    }

    /// Staff do something. Answers why not, where they were refused.
    pub(super) async fn staff(&mut self, source: Source, body: EventBody) -> Result<Option<String>> {
        self.said += 1;
        let event = Event {
            source,
            occurred_at: self.clock.now(),
            dedupe: format!("console/{}", self.said),
            hops: 0,
            body,
        };
        let accepted = self.running.dispatcher.accept_internal(vec![event]).await?;
        self.settled().await?;
        let Some(Acceptance::Stored(seq)) = accepted.first() else {
            bail!("what staff did was not taken in: {accepted:?}");
        };
        let stored = self.storage().event(*seq).await?;
        let trace = stored.and_then(|(_, trace)| trace).unwrap_or_default();
        let mut steps = trace.steps.into_iter();
        let refused = steps.find(|step| matches!(step.verdict, Verdict::Held | Verdict::Failed));
        Ok(refused.map(|step| step.line))
    }

    /// A server elsewhere calls the first plugin that has the endpoint. Who it is was looked at by the host, as far as a dialog goes.
    pub(super) async fn webhook(&mut self, endpoint: &str, body: &str) -> Result<()> {
        self.said += 1;
        let doors = self.running.roster.doors();
        let door = doors.into_iter().find(|door| door.hook.endpoint() == endpoint);
        let door = door.with_context(|| format!("no plugin has the webhook {endpoint}"))?;
        let is_json = serde_json::from_str::<serde_json::Value>(body).is_ok();
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: None,
            },
            occurred_at: self.clock.now(),
            dedupe: format!("webhook/{}", self.said),
            hops: 0,
            body: EventBody::Webhook {
                plugin: door.plugin,
                community: door.community,
                endpoint: endpoint.to_owned(),
                media_type: if is_json { "application/json" } else { "text/plain" }.to_owned(),
                body: Bytes(body.as_bytes().to_vec()),
            },
        };
        self.running.dispatcher.accept_internal(vec![event]).await?;
        self.settled().await
    }

    /// Time passes.
    pub(super) async fn advance(&self, by: Duration) -> Result<()> {
        self.clock.advance(by);
        self.settled().await
    }

    pub(super) async fn settled(&self) -> Result<()> {
        let quiet = Quiet {
            dispatcher: &self.running.dispatcher,
            outbox: &self.running.outbox,
            jobs: &self.running.jobs,
            platforms: &self.platforms,
            storage: &self.base.storage,
            clock: &*self.base.clock,
        };
        quiet.settled().await
    }
}

/// A dialog's model answers at once or not at all.
fn consult() -> ConsultSettings {
    ConsultSettings {
        model: "told".to_owned(),
        person_day: QUESTIONS_MAX,
        timeout: PATIENCE,
    }
}

/// What a dialog calls the web is the login that tests have always had.
pub(super) fn login_of(platform: &str) -> &str {
    if platform == "web" { LOGIN } else { platform }
}

async fn start(
    kit: &Kit,
    folder: &Path,
    clock: &Arc<TestClock>,
    platforms: &[Arc<Loopback>],
    (elsewhere, language_model): (&Arc<Elsewhere>, &Arc<ToldModel>),
) -> Result<(Arc<SqliteStorage>, Base, Running)> {
    let time: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    let path = folder.join("switchboard.db");
    let sqlite = SqliteStorage::open(&path, &SqliteOptions::for_testing(), Arc::clone(&time))?;
    let storage: SharedStorage = Arc::<SqliteStorage>::clone(&sqlite);
    let knowledge = Knowledge::new(Arc::clone(&storage), Arc::clone(&time));
    let knowledge = knowledge.consulting(Arc::<ToldModel>::clone(language_model), consult());
    let known = storage.communities().await?;
    let community = match known.first() {
        Some(community) => community.id,
        None => community::make(&storage, &knowledge, &*time, kit.start.clone(), &kit.packages).await?,
    };
    let mut options = Options::one_community(community);
    options.default_login = LoginOptions {
        community,
        new_places: NewPlaces::Enabled,
    };
    let host = PluginHost::start(kit.host_options(Arc::<Elsewhere>::clone(elsewhere)), Arc::clone(&time))?;
    let base = Base {
        clock: time,
        storage,
        knowledge,
        language_model: Arc::<ToldModel>::clone(language_model) as _,
        community,
        supervisor: Supervisor::new(Stop::new()),
    };
    let running = Running::assemble(
        &base,
        &host,
        (kit.packages.clone(), installer::Settings::default()),
        options,
    );
    let logins = platforms
        .iter()
        .map(|platform| Arc::<Loopback>::clone(platform) as Arc<dyn Connector>);
    running.start(&base, &host, logins.collect()).await?;
    for plugin in running.roster.list(community) {
        if let Serving::NotStarted(why) = &plugin.serving {
            base.supervisor.shut_down(PATIENCE).await;
            sqlite.close().await;
            bail!("the plugin {} does not start: {why}", plugin.id);
        }
    }
    Ok((sqlite, base, running))
}
