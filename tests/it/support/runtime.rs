//! Storage, dispatcher, relay, jobs and a loopback login, with the handlers that a test is about. Whole conversations are
//! dialogs and have the whole program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Handle;

use switchboard::clock::{Clock, TestClock};
use switchboard::connectors::loopback::Loopback;
use switchboard::connectors::{Acceptance, Connector, EventSink as _};
use switchboard::dialog::{self, LOGIN, Quiet};
use switchboard::dispatcher::{
    CommandNames, Dispatcher, Handler, LoginOptions, NewPlaces, NoCommands, Options, Parts as DispatcherParts,
};
use switchboard::jobs::Jobs;
use switchboard::model::capability::Capabilities;
use switchboard::model::conversation::LaneKey;
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, InMessage};
use switchboard::model::ids::{CommunityId, LoginName, MessageRef, PlaceRef};
use switchboard::model::{Content, Conversation, Event, EventBody, Timestamp};
use switchboard::outbox::Outbox;
use switchboard::storage::core::{StoredDelivery, StoredMessage};
use switchboard::storage::sqlite::{Options as SqliteOptions, SqliteStorage};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Page, SharedStorage, Unit};
use switchboard::supervisor::{Bell, Restart, Stage, Stop, Supervisor};

/// After so long in real time a task hangs.
const PATIENCE: Duration = Duration::from_mins(1);

const DATABASE: &str = "switchboard.db";

/// What handlers of a test may be made of.
pub struct Parts {
    pub storage: SharedStorage,
    pub clock: Arc<dyn Clock>,
    pub jobs_bell: Bell,
}

type MakeHandler = Box<dyn Fn(&Parts) -> Arc<dyn Handler>>;

/// How a test's runtime differs from the usual one.
pub struct Builder {
    handlers: Vec<MakeHandler>,
    abilities: Capabilities,
    new_places: NewPlaces,
    commands: Arc<dyn CommandNames>,
    neighbours: Vec<&'static str>,
    pages_max: Option<u32>,
}

/// More steps of the clock than any test needs.
const STEPS_MAX: u32 = 10_000;

/// A whole runtime. Fails on drop if something was left undone.
pub struct TestRuntime {
    pub clock: Arc<TestClock>,
    pub storage: SharedStorage,
    pub dispatcher: Dispatcher,
    pub outbox: Arc<Outbox>,
    pub jobs: Arc<Jobs>,
    pub platform: Arc<Loopback>,
    pub community: CommunityId,
    sqlite: Arc<SqliteStorage>,
    supervisor: Supervisor,
    builder: Builder,
    folder: TempDir,
    said: AtomicU64,
    may_be_open: bool,
}

/// What is left of a runtime whose process died: its folder, and the platform, which goes on.
pub struct Remains {
    builder: Builder,
    folder: TempDir,
    clock: Arc<TestClock>,
    platform: Arc<Loopback>,
    said: u64,
}

impl Remains {
    /// Starts everything again.
    pub async fn start(self) -> TestRuntime {
        TestRuntime::run(self).await
    }
}

/// Lives until the process dies: whatever is under way then goes no further and records nothing.
pub fn until_death(life: impl Future<Output = Remains>) -> Remains {
    process().block_on(life)
}

/// Lives as the next process does.
pub fn after_death(life: impl Future<Output = ()>) {
    process().block_on(life);
}

fn process() -> tokio::runtime::Runtime {
    let process = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    process.expect("a runtime can be made")
}

impl Builder {
    /// Adds a handler behind those added before.
    pub fn handler<H: Handler + 'static>(mut self, make: impl Fn(&Parts) -> H + 'static) -> Self {
        self.handlers.push(Box::new(move |parts| Arc::new(make(parts))));
        self
    }

    /// What the platform can do.
    pub fn abilities(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.abilities);
        self
    }

    /// What becomes of new shared places.
    pub fn new_places(mut self, new_places: NewPlaces) -> Self {
        self.new_places = new_places;
        self
    }

    /// Which commands there are.
    pub fn commands(mut self, commands: impl CommandNames + 'static) -> Self {
        self.commands = Arc::new(commands);
        self
    }

    /// How large the database may become, as on a small disk.
    pub fn pages_max(mut self, pages: u32) -> Self {
        self.pages_max = Some(pages);
        self
    }

    fn database(&self, path: &Path, time: &Arc<dyn Clock>) -> Arc<SqliteStorage> {
        let options = SqliteOptions {
            pages_max: self.pages_max,
            ..SqliteOptions::for_testing()
        };
        SqliteStorage::open(path, &options, Arc::clone(time)).expect("a database")
    }

    /// A login that serves another community, which has its name.
    pub fn neighbour(mut self, login: &'static str) -> Self {
        self.neighbours.push(login);
        self
    }

    /// Starts everything.
    pub async fn start(self) -> TestRuntime {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_790_000_000_000)));
        let platform = Arc::new(Loopback::with_abilities(LOGIN, self.abilities.clone()));
        let new = Remains {
            builder: self,
            folder,
            clock,
            platform,
            said: 0,
        };
        new.start().await
    }
}

impl TestRuntime {
    pub fn builder() -> Builder {
        Builder {
            handlers: Vec::new(),
            abilities: Loopback::abilities(),
            new_places: NewPlaces::Enabled,
            commands: Arc::new(NoCommands),
            neighbours: Vec::new(),
            pages_max: None,
        }
    }

    async fn run(from: Remains) -> Self {
        let Remains {
            builder,
            folder,
            clock,
            platform,
            said,
        } = from;
        let path = folder.path().join(DATABASE);
        let time: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let sqlite = builder.database(&path, &time);
        let storage: SharedStorage = Arc::clone(&sqlite) as SharedStorage;
        let own = community(&storage, &*time, "Test").await;
        let (jobs_bell, events) = (Bell::default(), Bell::default());
        let outbox = Arc::new(Outbox::new(Arc::clone(&storage), Arc::clone(&time), events.clone()));
        let jobs = Arc::new(Jobs::new(
            Arc::clone(&storage),
            Arc::clone(&time),
            jobs_bell.clone(),
            events.clone(),
        ));
        let parts = Parts {
            storage: Arc::clone(&storage),
            clock: Arc::clone(&time),
            jobs_bell: jobs_bell.clone(),
        };
        let mut options = Options::one_community(own);
        options.default_login.new_places = builder.new_places;
        for login in &builder.neighbours {
            let elsewhere = LoginOptions {
                community: community(&storage, &*time, login).await,
                ..options.default_login
            };
            options.logins.insert((*login).into(), elsewhere);
        }
        let dispatcher = Dispatcher::new(DispatcherParts {
            storage: Arc::clone(&storage),
            clock: time,
            outbox: Arc::clone(&outbox),
            jobs: jobs_bell,
            events,
            handlers: builder.handlers.iter().map(|make| make(&parts)).collect(),
            commands: Arc::clone(&builder.commands),
            options,
        });
        let supervisor = Supervisor::new(Stop::new());
        dispatcher.start(&supervisor.stage(Stage::Turns), &Handle::current());
        outbox.add(Arc::clone(&platform) as _, &supervisor.stage(Stage::Sending));
        let intake = supervisor.stage(Stage::Intake);
        let (source, sink, stop) = (Arc::clone(&platform), dispatcher.clone(), intake.stop());
        intake.spawn("loopback", Restart::Backoff, move || {
            let (source, sink, stop) = (Arc::clone(&source), Arc::new(sink.clone()), stop.clone());
            async move { source.run(sink, None, stop).await }
        });
        jobs.start(&supervisor);
        Self {
            clock,
            storage,
            dispatcher,
            outbox,
            jobs,
            platform,
            community: own,
            sqlite,
            supervisor,
            builder,
            folder,
            said: AtomicU64::new(said),
            may_be_open: false,
        }
    }

    /// Starts one more login beside the loopback, where it would go on.
    pub fn connect(&self, login: Arc<dyn Connector>) {
        self.outbox
            .add(Arc::clone(&login), &self.supervisor.stage(Stage::Sending));
        let intake = self.supervisor.stage(Stage::Intake);
        let (storage, sink, stop) = (Arc::clone(&self.storage), self.dispatcher.clone(), intake.stop());
        let name = login.login().to_string();
        intake.spawn(name, Restart::Backoff, move || {
            let (login, storage) = (Arc::clone(&login), Arc::clone(&storage));
            let (sink, stop) = (Arc::new(sink.clone()), stop.clone());
            async move {
                let cursor = storage.cursor(login.login()).await.expect("cursors can be read");
                login.run(sink, cursor, stop).await
            }
        });
    }

    /// Requested as soon as the program begins to end.
    pub fn ending(&self) -> Stop {
        self.supervisor.stage(Stage::Intake).stop()
    }

    /// Ends everything and starts it again on the same folder; the platform goes on.
    pub async fn restart(self) -> Self {
        self.restart_after(|| {}).await
    }

    /// As [`TestRuntime::restart`]; `meanwhile` happens while nothing runs.
    pub async fn restart_after(self, meanwhile: impl FnOnce()) -> Self {
        assert!(self.supervisor.shut_down(PATIENCE).await, "a task did not stop");
        self.sqlite.close().await;
        let remains = self.die();
        meanwhile();
        remains.start().await
    }

    /// What is left when nothing more is recorded. The process dies when the tokio runtime it ran on is dropped.
    pub fn die(mut self) -> Remains {
        self.may_be_open = true;
        Remains {
            builder: std::mem::replace(&mut self.builder, Self::builder()),
            folder: std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a temporary folder")),
            clock: Arc::clone(&self.clock),
            platform: Arc::clone(&self.platform),
            said: self.said.load(Ordering::SeqCst),
        }
    }

    /// The file of the database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }

    /// How the platform names a place: the channel `name`, or somebody's direct chat.
    pub fn place(name: &str) -> PlaceRef {
        dialog::place(name)
    }

    /// A message in a direct chat, not handed in.
    pub fn message(&self, who: &str, text: &str) -> Event {
        self.event(who, who, Audience::Direct, |native| {
            EventBody::Message(in_words(native, text, Addressed::Direct))
        })
    }

    /// A message in a place of several people, not handed in.
    pub fn shared(&self, who: &str, place: &str, text: &str, addressed: Addressed) -> Event {
        self.event(who, place, Audience::Public, |native| {
            EventBody::Message(in_words(native, text, addressed))
        })
    }

    /// Something that `who` does in `place`, not handed in. `body` gets a fresh native id.
    pub fn event(
        &self,
        who: &str,
        place: &str,
        audience: Audience,
        body: impl FnOnce(MessageRef) -> EventBody,
    ) -> Event {
        let number = self.said.fetch_add(1, Ordering::SeqCst);
        dialog::event((who, place, audience), (number, self.clock.now()), body)
    }

    /// Hands events in, as the connector does.
    pub async fn accept(&self, events: Vec<Event>) -> Vec<Acceptance> {
        let login = LoginName::from(LOGIN);
        self.dispatcher
            .accept(&login, events, None)
            .await
            .expect("accepting works")
    }

    /// `who` says something in a direct chat.
    pub async fn say(&self, who: &str, text: &str) -> Acceptance {
        let event = self.message(who, text);
        self.accept(vec![event]).await[0]
    }

    /// What has arrived in the direct chat of `who`.
    pub fn heard(&self, who: &str) -> Vec<String> {
        self.platform.texts(&Self::place(who))
    }

    /// The open conversation in the direct chat of `who`.
    pub async fn conversation(&self, who: &str) -> Option<Conversation> {
        let place = self
            .storage
            .place_by_native(&Self::place(who))
            .await
            .expect("places can be read")?;
        let lane = LaneKey::of_place(place.id);
        self.storage
            .conversation_of_lane(&lane)
            .await
            .expect("conversations can be read")
    }

    /// What was said in the open conversation of `who`, oldest first.
    pub async fn transcript(&self, who: &str) -> Vec<StoredMessage> {
        let conversation = self.conversation(who).await.expect("a conversation is open");
        let page = Page {
            before: None,
            limit: 1000,
        };
        let mut messages = self
            .storage
            .messages_of_conversation(conversation.id, page)
            .await
            .expect("messages can be read");
        messages.reverse();
        messages
    }

    /// All deliveries, oldest first.
    pub async fn deliveries(&self) -> Vec<StoredDelivery> {
        let page = Page {
            before: None,
            limit: 10_000,
        };
        let mut deliveries = self
            .storage
            .deliveries(None, page, None)
            .await
            .expect("deliveries can be read");
        deliveries.reverse();
        deliveries
    }

    /// Moves the clock and waits until all that this brings about is done.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.settled().await;
    }

    /// The bot reads along there from now on.
    pub async fn reads_along(&self, place: &str) {
        let first = self.shared("carol", place, "Hello", Addressed::Mention);
        self.accept(vec![first]).await;
        self.settled().await;
        self.reads_along_there(place, true).await;
    }

    /// Whether it reads along in a place that is known.
    pub async fn reads_along_there(&self, place: &str, reads_along: bool) {
        let stored = self.storage.place_by_native(&Self::place(place)).await;
        let mut stored = stored.expect("places can be read").expect("the place is known");
        stored.overheard = reads_along;
        let change = Unit::Directory(DirectoryUnit::Place(stored));
        self.storage.write(change).await.expect("places can be written");
        // The dispatcher hears of it a little later. An edit of nothing tells whether it has.
        let told = async {
            loop {
                let edit = |native| EventBody::Edited(in_words(native, "", Addressed::Overheard));
                let edit = self.event("nobody", place, Audience::Public, edit);
                let heard = self.accept(vec![edit]).await != [Acceptance::NotHere];
                if heard == reads_along {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), told).await;
        assert!(waited.is_ok(), "the dispatcher never heard of it");
        self.settled().await;
    }

    /// Waits until there are so many deliveries, sent or not.
    pub async fn until_deliveries(&self, count: usize) {
        let there = async {
            while self.deliveries().await.len() < count {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), there).await;
        assert!(
            waited.is_ok(),
            "{count} deliveries never came: {:#?}",
            self.deliveries().await
        );
    }

    /// Lets time pass in such steps until it is so.
    pub async fn advance_until(&self, step: Duration, so: impl Fn(&Self) -> bool) {
        for _ in 0..STEPS_MAX {
            if so(self) {
                return;
            }
            self.advance(step).await;
        }
        panic!("it never came to that: {:#?}", self.deliveries().await);
    }

    /// Waits until all events are handled, whatever is left to do because of them.
    pub async fn dispatched(&self) {
        let mut changes = self.storage.changes();
        let handled = async {
            while !self.dispatcher.is_quiet() || self.dispatcher.sizes().0 > 0 {
                let _ = tokio::time::timeout(Duration::from_millis(2), changes.recv()).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, handled).await;
        assert!(waited.is_ok(), "events are not handled");
    }

    /// Waits until nothing is left to do but to wait for time to pass.
    pub async fn settled(&self) {
        let quiet = Quiet {
            dispatcher: &self.dispatcher,
            outbox: &self.outbox,
            jobs: &self.jobs,
            platforms: std::slice::from_ref(&self.platform),
            storage: &self.storage,
            clock: &*self.clock,
        };
        quiet.settled().await.expect("everything settles");
    }
}

impl Drop for TestRuntime {
    fn drop(&mut self) {
        for stage in [Stage::Intake, Stage::Turns, Stage::Sending, Stage::Rest] {
            self.supervisor.stage(stage).stop().request();
        }
        if self.may_be_open || std::thread::panicking() {
            return;
        }
        assert_eq!(self.dispatcher.sizes().0, 0, "events are left in the lanes");
        let open: usize = self.outbox.sizes().iter().map(|(_, size)| size).sum();
        assert_eq!(open, 0, "deliveries are left in the outbox");
    }
}

/// The community of that name, made if it is new.
async fn community(storage: &SharedStorage, clock: &dyn Clock, name: &str) -> CommunityId {
    let known = storage.communities().await.expect("communities can be read");
    if let Some(community) = known.iter().find(|community| community.name == name) {
        return community.id;
    }
    let id = CommunityId(clock.id());
    let unit = DirectoryUnit::Community {
        id,
        name: name.to_owned(),
        language: "en".to_owned(),
        zone: "Europe/Berlin".to_owned(),
    };
    storage
        .write(Unit::Directory(unit))
        .await
        .expect("a community can be written");
    id
}

/// A message that is this text and nothing more.
pub fn in_words(native: MessageRef, text: &str, addressed: Addressed) -> InMessage {
    InMessage {
        native,
        content: Content::plain(text),
        addressed,
        reply_to: None,
        mentions: Vec::new(),
        files: Vec::new(),
    }
}
