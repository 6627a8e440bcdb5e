//! Delivers what was committed: in order, by priority, as fast as each platform allows, until it arrives or a person
//! has to look.
//!
//! Owns the way from the delivery table to the connectors. The table is the truth: fresh deliveries come straight from
//! the commit, the table is read at start, after a fault, and when memory was full. Nothing else sends.

mod bucket;
mod buckets;
mod inbox;
mod recent;
mod relay;
mod results;
mod retry;
mod schedule;
mod sending;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use self::buckets::Buckets;
use self::inbox::Inbox;
use self::relay::Relay;
use crate::clock::Clock;
use crate::connectors::Connector;
use crate::model::Timestamp;
use crate::model::capability::{Capabilities, Rate, TextUnit};
use crate::model::directory::Place;
use crate::model::ids::{DeliveryId, IdentityRef, LoginName, MessageRef, PlaceRef};
use crate::storage::unit::{Accept, DeliveryStep, NewDelivery};
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};
use crate::supervisor::{Bell, Restart, Supervisor};

/// What every platform bears, for a login that is not running: its deliveries wait in the table.
static UNKNOWN: LazyLock<Arc<Capabilities>> = LazyLock::new(|| {
    Arc::new(Capabilities {
        edit: false,
        delete: false,
        react: false,
        buttons: false,
        forms: false,
        form_max: None,
        threads: false,
        private: false,
        typing: false,
        moderates: crate::model::capability::Moderates::default(),
        file_bytes_max: None,
        caption_max: None,
        text_max: 2000,
        unit: TextUnit::Utf16,
        idempotent_send: false,
        place_rate: Rate { burst: 1, per_ms: 1000 },
        login_rate: Rate { burst: 1, per_ms: 1000 },
    })
});

/// So many are shown of what a login may send: enough for a screen.
const LEVELS_MAX: usize = 20;

/// What a person decides about a delivery that did not simply arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Failed or perhaps sent: it is tried again.
    Again,
    /// It is not sent any more.
    GiveUp,
    /// Perhaps sent, and seen on the platform.
    Arrived,
}

/// How the sending through a login stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Deliveries in memory; when they are very many, more wait in the table. None while the login does not run.
    pub waiting: Option<usize>,
    /// For how long the oldest of those that wait has been waiting; none when nothing waits.
    pub oldest: Option<Duration>,
    /// What the whole login may send just now, once it has sent something, and then each busy place: those first that wait,
    /// and no more of them than are worth showing.
    pub levels: Vec<Level>,
    /// So many more busy places there are.
    pub more: usize,
}

/// How much may be sent at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Everything that counts against this place's limit; none for the whole login.
    pub place: Option<PlaceRef>,
    /// So many just now.
    pub left: u32,
    /// So many when nothing was sent lately.
    pub most: u32,
    /// The platform asked to wait until then.
    pub paused_until: Option<Timestamp>,
}

/// All relays, one for each login.
pub struct Outbox {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    /// Rung when a relay has stored an event that somebody waits for.
    events: Bell,
    logins: Mutex<HashMap<LoginName, Login>>,
}

#[derive(Clone)]
struct Login {
    connector: Arc<dyn Connector>,
    inbox: Arc<Inbox>,
    buckets: Arc<Buckets>,
}

impl Outbox {
    /// Without logins. `events` is rung when an event was stored that the dispatcher should read from the table.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>, events: Bell) -> Self {
        Self {
            storage,
            clock,
            events,
            logins: Mutex::new(HashMap::new()),
        }
    }

    /// Starts the relay of a login, which first brings what the table holds for it.
    pub fn add(&self, connector: Arc<dyn Connector>, supervisor: &Supervisor) {
        let name = connector.login().clone();
        let (inbox, buckets) = (Arc::new(Inbox::new()), Arc::<Buckets>::default());
        let login = Login {
            connector: Arc::clone(&connector),
            inbox: Arc::clone(&inbox),
            buckets: Arc::clone(&buckets),
        };
        self.logins().insert(name.clone(), login);
        let (storage, clock, events) = (Arc::clone(&self.storage), Arc::clone(&self.clock), self.events.clone());
        let stop = supervisor.stop();
        supervisor.spawn(format!("outbox-relay-{name}"), Restart::Backoff, move || {
            let relay = Relay::new(
                Arc::clone(&connector),
                Arc::clone(&storage),
                Arc::clone(&clock),
                Arc::clone(&inbox),
                Arc::clone(&buckets),
                events.clone(),
            );
            relay.run(stop.clone())
        });
    }

    /// What the login can do in this place.
    pub fn capabilities(&self, login: &LoginName, place: &PlaceRef) -> Arc<Capabilities> {
        match self.logins().get(login) {
            Some(login) => login.connector.capabilities(place),
            None => Arc::clone(&UNKNOWN),
        }
    }

    /// Whether the login can show something in this place to this person alone just now.
    pub fn reaches_alone(&self, login: &LoginName, place: &PlaceRef, person: &IdentityRef) -> bool {
        let login = self.logins().get(login).cloned();
        login.is_some_and(|login| login.connector.reaches_alone(place, person))
    }

    /// The thread that the login can open below this, if it can open any in that place.
    pub fn thread_at(&self, login: &LoginName, from: &MessageRef) -> Option<PlaceRef> {
        let login = self.logins().get(login).cloned();
        login.and_then(|login| login.connector.thread_at(from))
    }

    /// Takes deliveries that were just committed. They lie in the table, too: what does not fit in memory is read later.
    pub fn hand_over(&self, deliveries: Vec<NewDelivery>) {
        if deliveries.is_empty() {
            return;
        }
        let logins = self.logins();
        for delivery in deliveries {
            if let Some(login) = logins.get(&delivery.login) {
                login.inbox.push(delivery);
            }
        }
    }

    /// The table may hold deliveries that were not handed over.
    pub fn look_again(&self) {
        for login in self.logins().values() {
            login.inbox.look_again();
        }
    }

    /// Shows in a place that an answer is being written. Lost when the login is busy or gone.
    pub fn typing(&self, place: &Place, name: Option<String>) {
        if let Some(login) = self.logins().get(&place.login) {
            login.inbox.typing(place.native.clone(), name);
        }
    }

    /// What a person decides about a delivery. `also` is written in the same unit.
    ///
    /// # Errors
    ///
    /// [`WriteError::Conflict`] when it is in another state by now.
    pub async fn decide(&self, id: DeliveryId, decision: Decision, also: Vec<Unit>) -> Result<(), WriteError> {
        let at = self.clock.now();
        let step = match decision {
            Decision::Again => DeliveryStep::Again { id, due: at },
            Decision::GiveUp => DeliveryStep::GiveUp { id, at },
            Decision::Arrived => DeliveryStep::Arrived { id, at },
        };
        let event = results::of_decision(&*self.storage, &*self.clock, id, &step)
            .await
            .map_err(|error| WriteError::Broken(Box::new(error)))?;
        let told = event.is_some();
        let mut units = vec![Unit::Delivery(step)];
        units.extend(event.map(|event| {
            Unit::Accept(Accept {
                directory: Vec::new(),
                events: vec![event],
                cursor: None,
            })
        }));
        units.extend(also);
        self.storage.write(Unit::All(units)).await?;
        self.decided(id);
        if told {
            self.events.ring();
        }
        Ok(())
    }

    /// A person has decided about a delivery, and the table says what.
    pub fn decided(&self, id: DeliveryId) {
        for login in self.logins().values() {
            login.inbox.decided(id);
        }
    }

    /// How much waits to be sent through a login, and what holds it up.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub async fn queue(&self, login: &LoginName) -> Result<Queue, ReadError> {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let mut oldest: Option<Timestamp> = None;
        for priority in schedule::PRIORITIES {
            for row in self.storage.deliveries_open(login, priority, 0, 1).await? {
                // Its due time moves with each try.
                let message = match row.new.message {
                    Some(id) => self.storage.message(id).await?,
                    None => None,
                };
                let since = message.map_or(row.new.due, |message| message.new.at);
                oldest = oldest.into_iter().chain([since]).min();
            }
        }
        let running = self.logins().get(login).cloned();
        let levels = running.as_ref().map(|login| login.buckets.levels(now, elapsed));
        let mut levels = levels.unwrap_or_default();
        let more = levels.len().saturating_sub(LEVELS_MAX);
        levels.truncate(LEVELS_MAX);
        Ok(Queue {
            waiting: running.map(|login| login.inbox.in_memory()),
            oldest: oldest.map(|due| now.since(due)),
            levels,
            more,
        })
    }

    /// How many deliveries are in memory, by login.
    pub fn sizes(&self) -> Vec<(LoginName, usize)> {
        let logins = self.logins();
        logins
            .iter()
            .map(|(name, login)| (name.clone(), login.inbox.in_memory()))
            .collect()
    }

    /// Whether all relays have nothing to do but wait for time to pass.
    pub fn is_quiet(&self) -> bool {
        let now = self.clock.elapsed();
        self.logins().values().all(|login| login.inbox.is_quiet(now))
    }

    fn logins(&self) -> std::sync::MutexGuard<'_, HashMap<LoginName, Login>> {
        self.logins.lock().expect("no code panics while it holds the logins")
    }
}
