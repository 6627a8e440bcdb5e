//! An in-memory platform for tests, dialogs and the load generator, with faults on demand.
//!
//! It is both sides: the connector that Switchboard uses, and the platform behind it, which remembers what arrived.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::logins::LoginState;
use super::{AcceptError, Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt, Signal};
use crate::model::Event;
use crate::model::ability::{Ability, Lack, Profile};
use crate::model::capability::{Capabilities, Moderates, Rate, TextUnit};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, LoginName, MessageRef, NativeId, PlaceRef};
use crate::supervisor::{Bell, Stop};

/// A rate that nothing in a test reaches.
const FAST: Rate = Rate {
    burst: 1_000_000,
    per_ms: 1,
};

/// Before the message below which a thread hangs, in the thread's name.
const IN_THREAD: char = '/';

/// What nobody needs here.
const NOT_PLAYED: [Ability; 5] = [
    Ability::Menu,
    Ability::HearTyping,
    Ability::CatchUp,
    Ability::History,
    Ability::Zone,
];

/// What goes wrong with the next delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it arrives.
    Fine,
    /// It is refused for good.
    Refuse(String),
    /// It cannot be done in this place, and something else may be.
    NotHere(String),
    /// The platform asks to wait.
    Busy {
        /// How long.
        retry_after: Duration,
        /// Whether the whole login has to wait.
        whole_login: bool,
    },
    /// The token is none any more: the whole login waits for a person to put in another.
    BadToken {
        /// How long.
        retry_after: Duration,
    },
    /// Cut off before anything arrived, and before anything was taken.
    Unreachable,
    /// Cut off; it did not arrive.
    CutBefore,
    /// Cut off; it has arrived.
    CutAfter,
    /// It has arrived, and the platform says so when [`Loopback::answers`] tells it to.
    Unanswered,
}

/// What goes wrong with the next event on its way to Switchboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    Fine,
    /// It is told twice.
    Twice,
    /// It is told after the one behind it.
    Swapped,
    /// It is told when [`Loopback::let_go`] says so.
    Held,
}

/// Something that arrived on the platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Where.
    pub place: PlaceRef,
    /// What.
    pub body: FittedBody,
    /// The platform's id of it.
    pub native: NativeId,
}

/// Events on their way to Switchboard.
#[derive(Debug, Default)]
struct Stream {
    /// To be told, in this order.
    waiting: VecDeque<Event>,
    /// To be told after the next one.
    swapped: Option<Event>,
    held: VecDeque<Event>,
    mishaps: VecDeque<Mishap>,
    /// Handed to Switchboard, which has not answered yet.
    telling: bool,
}

impl Stream {
    fn happen(&mut self, event: Event) {
        match self.mishaps.pop_front().unwrap_or(Mishap::Fine) {
            Mishap::Held => return self.held.push_back(event),
            Mishap::Swapped if self.swapped.is_none() => {
                self.swapped = Some(event);
                return;
            }
            Mishap::Twice => self.waiting.push_back(event.clone()),
            Mishap::Fine | Mishap::Swapped => {}
        }
        self.waiting.push_back(event);
        self.waiting.extend(self.swapped.take());
    }
}

#[derive(Debug, Default)]
struct State {
    stream: Stream,
    faults: VecDeque<Fault>,
    arrivals: Vec<Arrival>,
    known: HashMap<DeliveryId, NativeId>,
    typing: Vec<(PlaceRef, Option<String>)>,
    log: Option<File>,
    /// A send is known again for so long, as it says with each that is cut off.
    drops_repeats_for: Duration,
    /// Arrivals are kept in memory; not under load.
    forgetful: bool,
}

/// One login of the in-memory platform.
#[derive(Debug)]
pub struct Loopback {
    login: LoginName,
    abilities: Arc<Capabilities>,
    state: Mutex<State>,
    happened: Bell,
    answers: Bell,
    arrived: watch::Sender<usize>,
}

impl Loopback {
    /// Everything it could do is possible, and nothing goes wrong until asked to.
    pub fn new(login: impl Into<LoginName>) -> Self {
        Self::with_abilities(login, Self::abilities())
    }

    /// A platform that can do less.
    pub fn with_abilities(login: impl Into<LoginName>, abilities: Capabilities) -> Self {
        Self {
            login: login.into(),
            abilities: Arc::new(abilities),
            state: Mutex::default(),
            happened: Bell::default(),
            answers: Bell::default(),
            arrived: watch::Sender::new(0),
        }
    }

    /// What [`Loopback::new`] can do.
    pub fn abilities() -> Capabilities {
        Capabilities {
            edit: true,
            delete: true,
            react: true,
            buttons: true,
            forms: true,
            form_max: None,
            threads: false,
            private: true,
            typing: true,
            moderates: Moderates {
                remove: true,
                mute_seconds_max: Some(u32::MAX),
                kick: true,
                ban: true,
            },
            file_bytes_max: Some(10_000_000),
            caption_max: None,
            text_max: 4000,
            unit: TextUnit::Utf16,
            idempotent_send: true,
            place_rate: FAST,
            login_rate: FAST,
        }
    }

    /// Appends a line to this file for each arrival, so that the platform outlives the process; and reads back what
    /// arrived before, so that a repeated delivery is known.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn log_to(&self, path: &Path) -> std::io::Result<()> {
        let before = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut state = self.state();
        for line in before.lines() {
            let mut words = line.split(' ');
            if let (Some(delivery), Some(native)) = (words.next().and_then(|id| id.parse().ok()), words.next()) {
                state.known.insert(delivery, native.into());
            }
        }
        state.log = Some(File::options().append(true).create(true).open(path)?);
        Ok(())
    }

    /// Forgets what arrived, for load that would fill the memory.
    pub fn forget_arrivals(&self) {
        self.state().forgetful = true;
    }

    /// Members do this, one after the other. It is told while the connector runs.
    pub fn happen(&self, events: impl IntoIterator<Item = Event>) {
        let mut state = self.state();
        events.into_iter().for_each(|event| state.stream.happen(event));
        drop(state);
        self.happened.ring();
    }

    /// The next events go wrong like this, one each.
    pub fn mishaps(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.state().stream.mishaps.extend(mishaps);
    }

    /// What was held back is told now.
    pub fn let_go(&self) {
        let mut state = self.state();
        let stream = &mut state.stream;
        stream.waiting.extend(stream.swapped.take());
        stream.waiting.append(&mut stream.held);
        drop(state);
        self.happened.ring();
    }

    /// Whether all that can be told was told and taken in.
    pub fn is_told(&self) -> bool {
        let state = self.state();
        state.stream.waiting.is_empty() && !state.stream.telling
    }

    /// The next deliveries go wrong like this, one each.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The platform says of the delivery that is unanswered that it has arrived.
    pub fn answers(&self) {
        self.answers.ring();
    }

    /// A repeated send is dropped for so long.
    pub fn drops_repeats_for(&self, span: Duration) {
        self.state().drops_repeats_for = span;
    }

    /// What has arrived, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.state().arrivals.clone()
    }

    /// The plain texts that arrived in a place, in order.
    pub fn texts(&self, place: &PlaceRef) -> Vec<String> {
        let state = self.state();
        let here = state.arrivals.iter().filter(|arrival| arrival.place == *place);
        here.filter_map(|arrival| text(&arrival.body)).collect()
    }

    /// Who was shown as typing where, in order.
    pub fn typing(&self) -> Vec<(PlaceRef, Option<String>)> {
        self.state().typing.clone()
    }

    /// Counts arrivals; changes with each.
    pub fn arrived(&self) -> watch::Receiver<usize> {
        self.arrived.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the platform")
    }

    fn next(&self) -> Option<Event> {
        let mut state = self.state();
        let next = state.stream.waiting.pop_front();
        state.stream.telling = next.is_some();
        next
    }

    fn not_taken(&self, event: Event) {
        let mut state = self.state();
        state.stream.waiting.push_front(event);
        state.stream.telling = false;
    }

    fn arrive(&self, state: &mut State, action: &FittedAction) -> NativeId {
        if (self.abilities.idempotent_send || !state.drops_repeats_for.is_zero())
            && let Some(native) = state.known.get(&action.delivery)
        {
            return native.clone();
        }
        let native = NativeId::from(format!("n{}", action.delivery));
        if let Some(log) = &mut state.log {
            let text = text(&action.body).unwrap_or_default().replace('\n', " ");
            let line = format!("{} {native} {} {text}\n", action.delivery, action.place.id);
            log.write_all(line.as_bytes())
                .expect("the log of a test platform can be written");
        }
        if !state.forgetful {
            state.known.insert(action.delivery, native.clone());
            state.arrivals.push(Arrival {
                delivery: action.delivery,
                place: action.place.clone(),
                body: action.body.clone(),
                native: native.clone(),
            });
        }
        self.arrived.send_modify(|count| *count += 1);
        native
    }

    /// What comes of a delivery, and whether that is said at once.
    fn take(&self, action: &FittedAction) -> (Result<Receipt, DeliveryError>, bool) {
        let mut state = self.state();
        if let FittedBody::Typing { name } = &action.body {
            state.typing.push((action.place.clone(), name.clone()));
            return (Ok(Receipt::of(None)), true);
        }
        let repeatable_for = state.drops_repeats_for;
        let lost = || DeliveryError::Lost {
            detail: "the connection was cut".to_owned(),
            repeatable_for,
        };
        let fault = state.faults.pop_front().unwrap_or(Fault::Fine);
        let at_once = fault != Fault::Unanswered;
        let answer = match fault {
            Fault::Fine | Fault::Unanswered => Ok(receipt(action, self.arrive(&mut state, action))),
            Fault::Refuse(public) => Err(DeliveryError::Refused { public }),
            Fault::NotHere(public) => Err(DeliveryError::NotHere { public }),
            Fault::Busy {
                retry_after,
                whole_login,
            } => Err(DeliveryError::Busy {
                retry_after,
                whole_login,
                can_be_ended: false,
            }),
            Fault::BadToken { retry_after } => Err(DeliveryError::Busy {
                retry_after,
                whole_login: true,
                can_be_ended: true,
            }),
            Fault::Unreachable => Err(DeliveryError::Unreachable {
                detail: "no route".to_owned(),
            }),
            Fault::CutBefore => Err(lost()),
            Fault::CutAfter => {
                self.arrive(&mut state, action);
                Err(lost())
            }
        };
        (answer, at_once)
    }
}

#[async_trait]
impl Connector for Loopback {
    fn login(&self) -> &LoginName {
        &self.login
    }

    fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities> {
        let mut here = Arc::clone(&self.abilities);
        if here.threads && place.id.as_str().contains(IN_THREAD) {
            Arc::make_mut(&mut here).threads = false;
        }
        here
    }

    fn thread_at(&self, from: &MessageRef) -> Option<PlaceRef> {
        Some(thread_below(from))
    }

    fn profile(&self) -> Profile {
        let able = |ability: &Ability| ability.of(&self.abilities).unwrap_or(!NOT_PLAYED.contains(ability));
        let missing = Ability::ALL.into_iter().filter(|ability| !able(ability));
        Profile {
            shared: Capabilities::clone(&self.abilities),
            direct: Capabilities::clone(&self.abilities),
            lacks: missing
                .map(|ability| Lack::new(ability, "this platform in memory does not play it"))
                .collect(),
            only: Vec::new(),
        }
    }

    async fn run(&self, events: Arc<dyn EventSink>, _: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        events.signal(&self.login, Signal::Login(LoginState::Connected));
        loop {
            while let Some(event) = self.next() {
                let taken = events.accept(&self.login, vec![event.clone()], None).await;
                match taken {
                    Ok(_) => {}
                    Err(error) => {
                        self.not_taken(event);
                        return match error {
                            AcceptError::Stopping => Ok(()),
                            AcceptError::Storage(_) => Err(ConnectorError::Lost(error.to_string())),
                        };
                    }
                }
            }
            tokio::select! {
                () = stop.requested() => return Ok(()),
                () = self.happened.rung() => {}
            }
        }
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let (answer, at_once) = self.take(action);
        if !at_once {
            self.answers.rung().await;
        }
        answer
    }
}

/// A thread is a place of its own, named after where it hangs, so that it is the same however often it is opened.
fn receipt(action: &FittedAction, native: NativeId) -> Receipt {
    let FittedBody::Thread { from, .. } = &action.body else {
        return Receipt::of(Some(native));
    };
    Receipt {
        native: None,
        thread: Some(thread_below(from)),
    }
}

fn thread_below(from: &MessageRef) -> PlaceRef {
    PlaceRef {
        scope: from.place.scope.clone(),
        id: format!("{}{IN_THREAD}{}", from.place.id, from.id).into(),
    }
}

/// What a body says, if it says something.
fn text(body: &FittedBody) -> Option<String> {
    match body {
        FittedBody::Send { content, .. } | FittedBody::Edit { content, .. } => Some(content.to_plain()),
        FittedBody::Delete { .. }
        | FittedBody::Remove { .. }
        | FittedBody::Measure { .. }
        | FittedBody::React { .. }
        | FittedBody::Thread { .. }
        | FittedBody::Typing { .. } => None,
    }
}
