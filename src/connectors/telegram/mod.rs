//! Telegram: private chats, groups, supergroups, forum topics and channels, through one bot.
//!
//! Owns the bot's connection. `inbound` reads updates and `outbound` writes requests, both pure; `session` polls or
//! lets `webhook` be called, `download` fetches files or has `local` read them, and `delivery` sends; `failure` says what
//! an error of the Bot API means, and `keepers` who administers a chat. Limits of the platform are from
//! <https://core.telegram.org/bots/faq> and <https://core.telegram.org/bots/api>.

mod album;
mod ask;
mod attachment;
mod config;
mod delivery;
mod download;
mod examine;
mod failure;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod inbound;
mod keepers;
mod local;
mod members;
mod menu;
mod menus;
mod moderate;
mod names;
mod outbound;
mod recall;
mod render;
mod session;
mod text;
mod told;
mod webhook;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use teloxide_core::prelude::*;
use tokio::sync::Semaphore;

pub use self::config::{Config, Settings};
use self::keepers::Keepers;
use self::members::Lately;
use self::menus::Menus;
use self::names::Chat;
use self::recall::Memory;
pub use self::recall::{Found, StoredMessages};
use self::webhook::Webhook;
use crate::clock::Clock;
use crate::connectors::examination::Examination;
use crate::connectors::files::FileStore;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt};
use crate::model::ability::{Ability, Lack, Profile};
use crate::model::capability::{Capabilities, Moderates, Rate, TextUnit};
use crate::model::command::Menu;
use crate::model::directory::Place;
use crate::model::fit::FittedAction;
use crate::model::ids::{LoginName, NativeId, PlaceRef};
use crate::supervisor::Stop;

/// Name of the login.
const NAME: &str = "telegram";

/// What `fit` may fill; the name of a person of staff comes before it.
const TEXT_MAX: usize = outbound::WORDS_MAX - outbound::SPEAKER_MAX;

/// The same for a text that stands with a file.
const CAPTION_MAX: usize = outbound::CAPTION_MAX - outbound::SPEAKER_MAX;

/// A send that takes longer is cut off; Telegram answers within a second or two.
const SEND_PATIENCE: Duration = Duration::from_secs(20);

/// Bots send no larger files: <https://core.telegram.org/bots/api#sending-files>.
const FILE_BYTES_MAX: u64 = 50 * 1024 * 1024;

/// A file that takes longer is cut off: 50 MB at 4 Mbit/s.
const FILE_PATIENCE: Duration = Duration::from_mins(2);

/// So many files are in memory at once on their way out, none larger than [`FILE_BYTES_MAX`].
const UPLOADS_MAX: usize = 2;

/// One message a second in a chat, and short bursts.
const PRIVATE_RATE: Rate = Rate {
    burst: 4,
    per_ms: 4_000,
};

/// Twenty messages a minute in a group.
const GROUP_RATE: Rate = Rate {
    burst: 20,
    per_ms: 60_000,
};

/// Thirty messages a second over all chats.
const LOGIN_RATE: Rate = Rate {
    burst: 30,
    per_ms: 1_000,
};

/// What others keep for it.
pub struct Kept {
    /// The files that come and go.
    pub files: Arc<dyn FileStore>,
    /// What was said.
    pub messages: Arc<dyn StoredMessages>,
}

/// One bot on Telegram.
pub struct Telegram {
    login: LoginName,
    /// The number before the colon of the token: message ids of private chats and small groups are unique within it.
    bot_id: u64,
    sender: Bot,
    poller: Bot,
    /// For files, in and out.
    carrier: Bot,
    files: Arc<dyn FileStore>,
    stored: Arc<dyn StoredMessages>,
    memory: Memory,
    lately: Lately,
    keepers: Keepers,
    /// Where a server of our own has files on this machine.
    local_files: Option<PathBuf>,
    uploads: Semaphore,
    menus: Menus,
    private: Arc<Capabilities>,
    basic_group: Arc<Capabilities>,
    group: Arc<Capabilities>,
    /// What the bot's settings keep from it, once they are known.
    deaf: Mutex<Option<Lack>>,
    /// None: it asks.
    webhook: Option<Webhook>,
    clock: Arc<dyn Clock>,
}

impl Telegram {
    /// The bot of these settings, with what is kept for it. Nothing is sent yet.
    pub fn new(settings: &Settings, kept: Kept, clock: Arc<dyn Clock>) -> Self {
        let bot = |patience| {
            let client = teloxide_core::net::default_reqwest_settings().timeout(patience).build();
            // Building fails only where TLS cannot be set up, which is compiled in.
            let client = client.expect("a client can be built");
            Bot::with_client(settings.token.expose(), client).set_api_url(settings.api_url.clone())
        };
        Self {
            login: NAME.into(),
            bot_id: settings.bot_id,
            sender: bot(SEND_PATIENCE),
            poller: bot(session::POLL_PATIENCE),
            carrier: bot(FILE_PATIENCE),
            files: kept.files,
            stored: kept.messages,
            memory: Memory::default(),
            lately: Lately::default(),
            keepers: Keepers::default(),
            local_files: settings.local_files.clone(),
            uploads: Semaphore::new(UPLOADS_MAX),
            menus: Menus::default(),
            private: Arc::new(capabilities(PRIVATE_RATE, moderate::IN_PRIVATE)),
            basic_group: Arc::new(capabilities(GROUP_RATE, moderate::IN_BASIC_GROUPS)),
            group: Arc::new(capabilities(GROUP_RATE, moderate::IN_SUPERGROUPS)),
            deaf: Mutex::default(),
            webhook: settings.webhook.clone().map(Webhook::new),
            clock,
        }
    }

    /// The page that Telegram calls, which stands at the root of the listener; none when the bot asks.
    pub fn router(self: &Arc<Self>) -> Option<Router> {
        self.webhook.is_some().then(|| webhook::router(Arc::clone(self)))
    }
}

#[async_trait]
impl Connector for Telegram {
    fn login(&self) -> &LoginName {
        &self.login
    }

    fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities> {
        match Chat::parse(place, self.bot_id) {
            Some(chat) if chat.is_private() => Arc::clone(&self.private),
            Some(_) if names::is_of_bot(place) => Arc::clone(&self.basic_group),
            _ => Arc::clone(&self.group),
        }
    }

    fn profile(&self) -> Profile {
        let deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Profile {
            shared: Capabilities::clone(&self.group),
            direct: Capabilities::clone(&self.private),
            lacks: lacks().into_iter().chain(deaf).collect(),
            only: only(),
        }
    }

    fn counted_in(&self, place: &PlaceRef) -> PlaceRef {
        names::whole_chat(place)
    }

    async fn run(&self, events: Arc<dyn EventSink>, cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        session::run(self, events, cursor, &stop).await
    }

    async fn offer(&self, menu: &Menu) -> Result<Option<Duration>, DeliveryError> {
        let offered = self.menus.offer(&self.sender, menu, self.bot_id).await;
        offered
            .map(|()| None)
            .map_err(|error| failure::of_delivery(&error, true))
    }

    async fn examine(&self, places: &[Place]) -> Examination {
        examine::examine(self, places).await
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let request = outbound::request(action, self.bot_id);
        let (chat, request) = request.map_err(|public| DeliveryError::Refused { public })?;
        let sent = self.carry_out(chat, request).await?;
        if let Some(message) = &sent {
            self.memory.sent(message, chat.thread());
        }
        let native = sent.map(|message| NativeId::from(message.id.0.to_string()));
        Ok(Receipt::of(native))
    }
}

/// What Telegram does not let bots do or know.
fn lacks() -> Vec<Lack> {
    vec![
        Lack::new(
            Ability::Forms,
            "Telegram has no forms behind buttons; the button comes back empty, and the plugin asks in words",
        ),
        Lack::new(
            Ability::Threads,
            "Telegram has no threads for single messages; the answer is a reply with a short tag",
        ),
        Lack::new(
            Ability::Private,
            "Telegram shows a group's messages to all of it; what is private goes to the chat that they began, or is not sent",
        ),
        Lack::new(
            Ability::Repeat,
            "Telegram does not know a message again; what was perhaps sent waits for a person",
        ),
        Lack::new(Ability::HearDeletes, "Telegram does not tell bots of them"),
        Lack::new(Ability::HearTyping, "Telegram does not tell bots of it"),
        Lack::new(
            Ability::History,
            "Telegram shows bots what was said in the last 24 hours since they came, and nothing older",
        ),
        Lack::new(Ability::Zone, "Telegram does not tell it"),
    ]
}

/// What Telegram tells only some bots, in some chats: <https://core.telegram.org/bots/api#update>.
fn only() -> Vec<Lack> {
    vec![
        Lack::new(
            Ability::HearReactions,
            "in groups only where it is an administrator; in channels, and of who reacts unnamed, Telegram tells only how many: that is \
             counted, and nothing follows from it",
        ),
        Lack::new(
            Ability::HearMembers,
            "in channels and large groups, which have no lines in the chat for it, only where it is an administrator",
        ),
        Lack::new(
            Ability::Remove,
            "in groups only where it is an administrator with the right to delete messages",
        ),
        Lack::new(
            Ability::Mute,
            "only in supergroups, and where it is an administrator with the right to ban members; an administrator is muted by nobody",
        ),
        Lack::new(
            Ability::Kick,
            "only where it is an administrator with the right to ban members",
        ),
        Lack::new(
            Ability::Ban,
            "only in supergroups, and where it is an administrator with the right to ban members",
        ),
    ]
}

fn capabilities(place_rate: Rate, moderates: Moderates) -> Capabilities {
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: false,
        form_max: None,
        threads: false,
        private: false,
        typing: true,
        moderates,
        file_bytes_max: Some(FILE_BYTES_MAX),
        caption_max: Some(CAPTION_MAX),
        text_max: TEXT_MAX,
        unit: TextUnit::Utf16,
        idempotent_send: false,
        place_rate,
        login_rate: LOGIN_RATE,
    }
}
