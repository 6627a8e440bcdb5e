//! What a connector is, and nothing of what Switchboard does with it.
//!
//! A connector knows one platform. It turns payloads into events and actions into requests with pure functions; only
//! its session does I/O. Imports `model` alone.

pub mod backoff;
pub mod discord;
pub mod examination;
pub mod files;
#[cfg(any(test, fuzzing))]
mod hostile;
pub mod logins;
pub mod loopback;
mod platform_clock;
mod pressed;
pub mod telegram;
pub mod terminal;
pub mod web_chat;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::examination::Examination;
use self::logins::LoginState;
use crate::model::Event;
use crate::model::ability::Profile;
use crate::model::amount;
use crate::model::capability::Capabilities;
use crate::model::command::{Menu, MenuChange};
use crate::model::directory::{Place, SeenPlace};
use crate::model::fit::FittedAction;
use crate::model::ids::{EventSeq, IdentityRef, LoginName, MessageRef, NativeId, PlaceRef};
use crate::supervisor::Stop;

/// A position in a platform's stream of events, as the connector writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One login of one platform.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Its name in the configuration.
    fn login(&self) -> &LoginName;

    /// What it can do in this place. Must not do I/O.
    fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities>;

    /// What it can do and hear as things stand, for admins. Read whenever the login begins to hear. Must not do I/O.
    fn profile(&self) -> Profile;

    /// The place whose limits a send to this one counts against: itself, or one that it shares them with, such as the
    /// group of a topic. Must not do I/O.
    fn counted_in(&self, place: &PlaceRef) -> PlaceRef {
        place.clone()
    }

    /// Whether something can be shown in this place to this person alone just now, because of what they did there. Must not
    /// do I/O.
    fn reaches_alone(&self, _place: &PlaceRef, _person: &IdentityRef) -> bool {
        false
    }

    /// The thread that can be opened below this, which may be no message but a command from a menu, as the platform will
    /// name it: what is said there may be told before it is known that it is there. Whoever opens threads says so here, too.
    /// Must not do I/O.
    fn thread_at(&self, _from: &MessageRef) -> Option<PlaceRef> {
        None
    }

    /// Reads the platform until `stop`. Returns an error when it has to be started again.
    async fn run(&self, events: Arc<dyn EventSink>, cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError>;

    /// Shows these commands, and no others, in the platform's menus, and only where they are answered. Writes nothing that
    /// stands there already. Answers after what time they are to be offered again, where the platform shows a part of them
    /// no sooner. A platform without menus does nothing. Must not retry by itself.
    async fn offer(&self, _menu: &Menu) -> Result<Option<Duration>, DeliveryError> {
        Ok(None)
    }

    /// What it wrote last to each of its menus since the program started, the latest first; none where the platform has no
    /// menus that tell. Must not do I/O.
    fn menu_changes(&self) -> Option<Vec<MenuChange>> {
        None
    }

    /// Looks from the platform's side whether it can do its work: the login itself, and each of these places. Sends
    /// nothing to anybody, retries nothing, and works whether or not it runs. A platform without another side finds
    /// nothing.
    async fn examine(&self, _places: &[Place]) -> Examination {
        Examination::default()
    }

    /// Does one thing on the platform. Must not retry by itself.
    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError>;
}

/// Where a connector hands in what happened.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Stores the events and the cursor in one unit, and answers when they are on disk. Only then may the connector
    /// acknowledge them to its platform. Waits while the lanes are full.
    async fn accept(
        &self,
        login: &LoginName,
        events: Vec<Event>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Acceptance>, AcceptError>;

    /// Whether the event would be kept if it were handed in now: a connector asks before it fetches what is large.
    async fn keeps(&self, _login: &LoginName, _event: &Event) -> Result<bool, AcceptError> {
        Ok(true)
    }

    /// Passes on what is true only now and never stored.
    fn signal(&self, login: &LoginName, signal: Signal);
}

/// What became of one event handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Stored, and will be handled.
    Stored(EventSeq),
    /// Known already; nothing happens.
    Duplicate(EventSeq),
    /// Of a place where Switchboard does not act; dropped and counted.
    NotHere,
    /// The press of a button that is for somebody else; dropped and counted. Where a platform can say so to whoever pressed it
    /// alone, it does.
    NotTheirs,
}

/// What is true only now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Somebody is typing in this place.
    Typing {
        /// Where.
        place: SeenPlace,
    },
    /// The login stands so from now on.
    Login(LoginState),
    /// The login came somewhere or went, so that its menus are to be offered again.
    Moved,
}

/// Why events were not stored.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Storage refused; the connector keeps the events and tries again.
    #[error("events could not be stored")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program is stopping; the platform will tell us again.
    #[error("stopping")]
    Stopping,
}

/// What the platform calls the thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id of the message, none for actions that make none.
    pub native: Option<NativeId>,
    /// The place that was opened, or was there already: a thread.
    pub thread: Option<PlaceRef>,
}

impl Receipt {
    /// Of what has this name, or makes nothing that would have one.
    pub fn of(native: Option<NativeId>) -> Self {
        Self { native, thread: None }
    }
}

/// Why a delivery did not arrive. Each answers: try again? when? was it perhaps sent? what may a person read?
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The platform wants us to wait. Not sent.
    #[error("the platform asks to wait {}", amount::span(*retry_after))]
    Busy {
        /// How long.
        retry_after: Duration,
        /// Whether the whole login has to wait, or only this place.
        whole_login: bool,
        /// Whether a person can end the wait, such as by another token: then it is not waited for over a restart.
        can_be_ended: bool,
    },
    /// It could not be reached, or said that it is broken, before it took anything. Not sent.
    #[error("not reachable: {detail}")]
    Unreachable {
        /// For the log; no text of the message, no token.
        detail: String,
    },
    /// It was cut off in the middle: perhaps sent.
    #[error("cut off: {detail}")]
    Lost {
        /// For the log.
        detail: String,
        /// So long after the first try the platform is sure to drop a second one; zero where it is not.
        repeatable_for: Duration,
    },
    /// It will never be taken as it is. Not sent.
    #[error("refused: {public}")]
    Refused {
        /// For staff.
        public: String,
    },
    /// This cannot be done in this place, and something else may be. Not sent.
    #[error("not possible here: {public}")]
    NotHere {
        /// For staff.
        public: String,
    },
}

/// Why a connector's session ended.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// Start again after a while.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The platform does not take the login's credentials. Starting again does not help before an admin has put in others.
    #[error("bad credentials: {0}")]
    BadCredentials(String),
    /// Starting again does not help; an admin has to act.
    #[error("stopped: {0}")]
    Fatal(String),
}
