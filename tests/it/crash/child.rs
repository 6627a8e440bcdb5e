//! The process that is killed: a whole runtime under load, with a platform that outlives it.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::runtime::Handle;

use switchboard::clock::{Clock, SystemClock};
use switchboard::connectors::loopback::Loopback;
use switchboard::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt};
use switchboard::dispatcher::{Dispatcher, LoginOptions, NewPlaces, NoCommands, Options, Outcome, Parts};
use switchboard::model::ability::Profile;
use switchboard::model::action::Priority;
use switchboard::model::capability::Capabilities;
use switchboard::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use switchboard::model::event::{Addressed, InMessage, Source};
use switchboard::model::fit::FittedAction;
use switchboard::model::ids::{CommunityId, EventSeq, IdentityRef, LoginName, MessageId, MessageRef, PlaceRef};
use switchboard::model::{Action, Content, Event, EventBody};
use switchboard::outbox::Outbox;
use switchboard::storage::sqlite::{Moment, Options as SqliteOptions, SqliteStorage};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{SharedStorage, Unit};
use switchboard::supervisor::{Bell, Stop, Supervisor};
use uuid::Uuid;

use crate::support::{Script, answer};

/// Events in all, over all lives of the process.
pub const EVENTS: u64 = 800;

/// Handed in at once.
const BATCH: u64 = 8;

/// Each has a direct chat, but for the first few, who ask in the channel.
const VISITORS: u64 = 10;
const IN_CHANNEL: u64 = 3;

/// Where answers open threads.
pub const CHANNEL: &str = "channel";

/// The logins: the first drops repeated sends by itself, the second does not.
pub const LOGINS: [&str; 2] = ["nonce", "plain"];

/// Dies at the given count of a named point.
#[derive(Debug)]
struct Death {
    point: String,
    left: AtomicU64,
}

impl Death {
    fn at(&self, point: &str) {
        if self.point == point && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}

/// A connector in whose middle the process may die.
struct Dying {
    platform: Loopback,
    death: Arc<Death>,
}

#[async_trait]
impl Connector for Dying {
    fn login(&self) -> &LoginName {
        self.platform.login()
    }

    fn profile(&self) -> Profile {
        self.platform.profile()
    }

    fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities> {
        self.platform.capabilities(place)
    }

    fn thread_at(&self, from: &MessageRef) -> Option<PlaceRef> {
        self.platform.thread_at(from)
    }

    async fn run(&self, events: Arc<dyn EventSink>, from: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        self.platform.run(events, from, stop).await
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        self.death.at("before-arrival");
        let receipt = self.platform.deliver(action).await;
        self.death.at("after-arrival");
        receipt
    }
}

/// Runs until all events are handed in and answered, or until it dies.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn run(spec: &str) {
    let mut words = spec.splitn(3, ' ');
    let mut word = || words.next().expect("point, count, folder").to_owned();
    let (point, after, folder) = (word(), word().parse().expect("a count"), word());
    let death = Arc::new(Death {
        point,
        left: AtomicU64::new(after),
    });
    let folder = Path::new(&folder);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let storage = open(folder, &death, &clock);
    let community = CommunityId(Uuid::from_u128(1));
    let unit = DirectoryUnit::Community {
        id: community,
        name: "Crash".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    };
    storage
        .write(Unit::Directory(unit))
        .await
        .expect("the community is written");
    let (jobs, events) = (Bell::default(), Bell::default());
    let outbox = Arc::new(Outbox::new(Arc::clone(&storage), Arc::clone(&clock), events.clone()));
    let dispatcher = Dispatcher::new(Parts {
        storage: Arc::clone(&storage),
        clock: Arc::clone(&clock),
        outbox: Arc::clone(&outbox),
        jobs,
        events,
        handlers: vec![Arc::new(answering(Arc::clone(&clock)))],
        commands: Arc::new(NoCommands),
        options: with_channels(community),
    });
    let supervisor = Supervisor::new(Stop::new());
    for (number, login) in LOGINS.iter().enumerate() {
        let mut abilities = Loopback::abilities();
        abilities.idempotent_send = number == 0;
        abilities.threads = true;
        let platform = Loopback::with_abilities(*login, abilities);
        platform
            .log_to(&folder.join(format!("{login}.log")))
            .expect("the platform's log opens");
        outbox.add(
            Arc::new(Dying {
                platform,
                death: Arc::clone(&death),
            }),
            &supervisor,
        );
    }
    dispatcher.start(&supervisor, &Handle::current());
    let loads = LOGINS
        .iter()
        .enumerate()
        .map(|(number, login)| load(&dispatcher, &*clock, folder, number as u64, login));
    futures_util::future::join_all(loads).await;
    let mut changes = storage.changes();
    while !(dispatcher.is_quiet() && outbox.is_quiet() && is_done(&storage).await) {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(5), changes.recv()).await;
    }
}

/// Whether nothing is left, also nothing that waits for a time to come.
async fn is_done(storage: &SharedStorage) -> bool {
    let events = storage.events_unhandled(EventSeq(0), 1).await.expect("readable");
    let mut open = events.len();
    for login in LOGINS {
        for priority in [Priority::Reply, Priority::Answer] {
            let rows = storage.deliveries_open(&login.into(), priority, 0, 1).await;
            open += rows.expect("readable").len();
        }
    }
    open == 0
}

/// The channel is open from the start.
fn with_channels(community: CommunityId) -> Options {
    let mut options = Options::one_community(community);
    for login in LOGINS {
        let login_options = LoginOptions {
            community,
            new_places: NewPlaces::Enabled,
        };
        options.logins.insert(login.into(), login_options);
    }
    options
}

fn open(folder: &Path, death: &Arc<Death>, clock: &Arc<dyn Clock>) -> SharedStorage {
    let death = Arc::clone(death);
    let options = SqliteOptions {
        at_moment: Some(Arc::new(move |moment| {
            death.at(match moment {
                Moment::Applied => "applied",
                Moment::Committed => "committed",
                Moment::Answered => "answered",
            });
        })),
        ..SqliteOptions::default()
    };
    SqliteStorage::open(&folder.join("switchboard.db"), &options, Arc::clone(clock)).expect("the database opens")
}

/// Answers number `n` with `answer n`; every third goes out as a person's reply. In the channel answers open threads, and are
/// in two pieces.
fn answering(clock: Arc<dyn Clock>) -> Script {
    Script::new(move |event, snapshot| {
        let EventBody::Message(message) = &event.new.event.body else {
            return Ok(Outcome::default());
        };
        let number = message.content.to_plain();
        let (plugin, action) = answer(
            MessageId(clock.id()),
            snapshot,
            "test/echo",
            &format!("answer {number}"),
        );
        let Action::Send(mut send) = action else {
            return Ok(Outcome::default());
        };
        if number.parse::<u64>().is_ok_and(|number| number % 3 == 0) {
            send.priority = Priority::Reply;
        }
        if snapshot
            .place
            .as_ref()
            .is_some_and(|place| place.audience == Audience::Public)
        {
            send.thread = true;
            let more = "x".repeat(Loopback::abilities().text_max);
            send.content = Content::plain(&format!("answer {number}\n\n{more}"));
        }
        Ok(Outcome {
            actions: vec![(plugin, Action::Send(send))],
            ..Outcome::default()
        })
    })
}

/// Hands in what an earlier life has not been told is stored. The last batch may be handed in twice.
async fn load(dispatcher: &Dispatcher, clock: &dyn Clock, folder: &Path, login_number: u64, login: &str) {
    let path = folder.join(format!("accepted-{login}"));
    let mut next = std::fs::read_to_string(&path).map_or(0, |text| text.lines().count() as u64 * BATCH);
    let mut log = File::options()
        .append(true)
        .create(true)
        .open(&path)
        .expect("the log opens");
    let share = EVENTS / LOGINS.len() as u64;
    while next < share {
        let events = (next..next + BATCH)
            .map(|number| event(clock, login, login_number * share + number))
            .collect();
        dispatcher
            .accept(&login.into(), events, None)
            .await
            .expect("events are accepted");
        log.write_all(b"batch\n").expect("the log can be written");
        println!("batch");
        next += BATCH;
    }
}

fn event(clock: &dyn Clock, login: &str, number: u64) -> Event {
    let visitor = format!("visitor{}", number % VISITORS);
    let (place, audience) = if number % VISITORS < IN_CHANNEL {
        (CHANNEL, Audience::Public)
    } else {
        (visitor.as_str(), Audience::Direct)
    };
    let place = PlaceRef {
        scope: login.into(),
        id: place.into(),
    };
    Event {
        source: Source::Platform {
            login: login.into(),
            place: SeenPlace {
                native: place.clone(),
                space: None,
                parent: None,
                name: place.id.to_string(),
                audience,
                thread: false,
            },
            author: Some(SeenIdentity {
                native: IdentityRef {
                    scope: login.into(),
                    id: visitor.as_str().into(),
                },
                name: visitor,
                bot: false,
                language: None,
                roles: Vec::new(),
                created_at: None,
                joined_at: None,
                standing: Standing::Untold,
            }),
        },
        occurred_at: clock.now(),
        dedupe: format!("load/{number}"),
        hops: 0,
        body: EventBody::Message(InMessage {
            native: MessageRef {
                place,
                id: format!("m{number}").into(),
            },
            content: Content::plain(&number.to_string()),
            addressed: if audience == Audience::Direct {
                Addressed::Direct
            } else {
                Addressed::Mention
            },
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        }),
    }
}
