//! The web chat: a page for visitors, and the connector behind it.
//!
//! The store is the platform here. What a visitor says is acknowledged when it is on disk; what is delivered to them is
//! read from the [`Transcript`], at once by open pages and later by those that come back. So nothing is kept twice, and
//! a browser that was away misses nothing. Owns the page, its sockets and signatures; knows nothing of conversations.

mod config;
mod files;
mod hub;
mod inbound;
mod limits;
mod outbound;
mod page;
mod routes;
mod session;
mod token;
mod transcript;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;

pub use self::config::{Config, Settings};
use self::hub::Hub;
use self::limits::Limits;
use self::outbound::{Frame, View};
use self::page::Page;
use self::token::{Signer, Visitor};
pub use self::transcript::{Line, Transcript, TranscriptError};
use crate::clock::Clock;
use crate::connectors::files::FileStore;
use crate::connectors::logins::LoginState;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt, Signal};
use crate::model::ability::{Ability, Lack, Profile};
use crate::model::capability::{Capabilities, Moderates, Rate, TextUnit};
use crate::model::directory::SeenPlace;
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{LoginName, MessageId, NativeId, PlaceRef};
use crate::supervisor::Stop;

/// Where the web chat's native ids are unique.
const SCOPE: &str = "web_chat";

/// The native id of the place whose messages every visitor sees: planned posts go there.
const EVERYONE: &str = "everyone";

/// The beginning of a file's address.
const FILE_PATH: &str = "/chat/file/";

/// Open pages are told to reconnect and go; one that does not is cut off with the program.
const GOODBYE_MAX: Duration = Duration::from_secs(3);

/// The web chat of this installation.
pub struct WebChat {
    login: LoginName,
    capabilities: Arc<Capabilities>,
    shared: SharedChat,
}

/// What routes and sessions share.
struct Shared {
    login: LoginName,
    settings: Settings,
    page: Page,
    signer: Signer,
    transcript: Arc<dyn Transcript>,
    files: Arc<dyn FileStore>,
    clock: Arc<dyn Clock>,
    hub: Arc<Hub>,
    limits: Limits,
    live: RwLock<Option<Live>>,
}

type SharedChat = Arc<Shared>;

/// What is known while the connector runs.
#[derive(Clone)]
struct Live {
    events: Arc<dyn EventSink>,
    stop: Stop,
}

impl WebChat {
    /// `key` signs visitors' tokens; with another key every visitor begins anew.
    pub fn new(
        settings: Settings,
        key: [u8; 32],
        transcript: Arc<dyn Transcript>,
        files: Arc<dyn FileStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let login = LoginName::from(SCOPE);
        Self {
            login: login.clone(),
            capabilities: Arc::new(capabilities()),
            shared: Arc::new(Shared {
                login,
                page: Page::new(&settings),
                settings,
                signer: Signer::new(key),
                transcript,
                files,
                clock,
                hub: Arc::default(),
                limits: Limits::default(),
                live: RwLock::default(),
            }),
        }
    }

    /// Its pages; they stand at the root of the listener.
    pub fn router(&self) -> Router {
        routes::router(Arc::clone(&self.shared))
    }

    /// The place whose messages every visitor sees. `app` makes it known, so that posts can be planned for it.
    pub fn everyone() -> SeenPlace {
        inbound::shared_place()
    }

    /// How many pages are connected.
    pub fn connections(&self) -> usize {
        self.shared.hub.count()
    }

    async fn show(&self, place: &PlaceRef, message: MessageId) -> Result<(), DeliveryError> {
        let line = self.shared.transcript.line(message).await.map_err(|error| {
            tracing::error!(error = %error, message.id = %message, "message {message} could not be read for the web chat");
            DeliveryError::Unreachable {
                detail: error.to_string(),
            }
        })?;
        let line = line.ok_or_else(|| DeliveryError::Refused {
            public: "the message is no longer stored".into(),
        })?;
        let view = View::of(&line, &self.shared.signer, self.shared.clock.now());
        let only = line.only.as_ref().map(|identity| &identity.id);
        self.tell(only.unwrap_or(&place.id), &Frame::Line { line: view })
    }

    /// Whoever is not connected reads it when they come back.
    fn tell(&self, whom: &NativeId, frame: &Frame<'_>) -> Result<(), DeliveryError> {
        let frame: Arc<str> = frame.to_json().into();
        if whom.as_str() == EVERYONE {
            self.shared.hub.tell_everyone(&frame);
            return Ok(());
        }
        let visitor = whom.as_str().parse().map(Visitor).map_err(|_| DeliveryError::Refused {
            public: "there is no such visitor".into(),
        })?;
        self.shared.hub.tell(visitor, &frame, None);
        Ok(())
    }
}

#[async_trait]
impl Connector for WebChat {
    fn login(&self) -> &LoginName {
        &self.login
    }

    fn capabilities(&self, _place: &PlaceRef) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    fn profile(&self) -> Profile {
        Profile {
            shared: Capabilities::clone(&self.capabilities),
            direct: Capabilities::clone(&self.capabilities),
            lacks: lacks(),
            only: Vec::new(),
        }
    }

    async fn run(&self, events: Arc<dyn EventSink>, _cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        events.signal(&self.shared.login, Signal::Login(LoginState::Connected));
        let live = Live {
            events,
            stop: stop.clone(),
        };
        self.shared.set_live(Some(live));
        stop.requested().await;
        self.shared.set_live(None);
        let _ = tokio::time::timeout(GOODBYE_MAX, self.shared.hub.emptied()).await;
        Ok(())
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let native = match &action.body {
            FittedBody::Send { message, piece, .. } => {
                self.show(&action.place, *message).await?;
                Some(NativeId::from(receipt(*message, *piece)))
            }
            FittedBody::Edit { message, .. }
            | FittedBody::Delete { message, .. }
            | FittedBody::Remove { message, .. } => {
                self.show(&action.place, *message).await?;
                None
            }
            FittedBody::Typing { name } => {
                let name = name.as_deref();
                self.tell(&action.place.id, &Frame::Typing { name })?;
                None
            }
            FittedBody::Measure { .. } | FittedBody::React { .. } | FittedBody::Thread { .. } => {
                return Err(DeliveryError::Refused {
                    public: "the web chat has neither measures nor reactions nor threads".into(),
                });
            }
        };
        Ok(Receipt::of(native))
    }
}

/// The page shows whole messages, under the id of the first piece.
fn receipt(message: MessageId, piece: u16) -> String {
    match piece {
        0 => message.to_string(),
        _ => format!("{message}/{piece}"),
    }
}

/// What the page does not have.
fn lacks() -> Vec<Lack> {
    let alone = "each visitor is alone in their chat";
    let reactions = "the page has no reactions; buttons ask what is to be known";
    vec![
        Lack::new(Ability::React, reactions),
        Lack::new(Ability::Threads, alone),
        Lack::new(
            Ability::Mute,
            "each visitor is alone in their chat and disturbs nobody; how fast they may write is limited for all",
        ),
        Lack::new(Ability::Kick, alone),
        Lack::new(
            Ability::Ban,
            "visitors have no account: whoever is shut out begins anew with another browser",
        ),
        Lack::new(Ability::Menu, "the page has no menu; commands are typed"),
        Lack::new(Ability::ReadAlong, alone),
        Lack::new(Ability::HearReactions, reactions),
        Lack::new(Ability::HearMembers, alone),
        Lack::new(
            Ability::CatchUp,
            "pages talk with the running program alone, and send again what it did not take",
        ),
        Lack::new(Ability::History, "nothing is said there before the program runs"),
        Lack::new(Ability::Zone, "the page does not ask the browser for it"),
    ]
}

fn capabilities() -> Capabilities {
    // Sending is a look into the store: nothing but the browser's own pace needs a limit.
    let rate = Rate {
        burst: 1_000,
        per_ms: 1_000,
    };
    Capabilities {
        edit: true,
        delete: true,
        react: false,
        buttons: true,
        forms: true,
        form_max: None,
        threads: false,
        private: true,
        typing: true,
        moderates: Moderates {
            remove: true,
            ..Moderates::default()
        },
        file_bytes_max: Some(files::FILE_BYTES_MAX as u64),
        caption_max: None,
        text_max: inbound::TEXT_CHARS_MAX,
        unit: TextUnit::Characters,
        idempotent_send: true,
        place_rate: rate,
        login_rate: rate,
    }
}

impl Shared {
    fn live(&self) -> Option<Live> {
        self.live
            .read()
            .expect("nothing panics while holding this lock")
            .clone()
    }

    fn set_live(&self, live: Option<Live>) {
        *self.live.write().expect("nothing panics while holding this lock") = live;
    }
}
