//! Discord: channels, threads and forum posts of guilds, and direct chats, through one bot.
//!
//! Owns the bot's connections. `inbound` reads payloads and `outbound` writes requests, both pure; `gateway` and
//! `session` hear, `rest` asks and `deliver` does what is asked for; `failure` says what an error of Discord means, and `profile` what
//! Discord can and may, from <https://discord.com/developers/docs>.

mod acknowledge;
mod catch_up;
mod channels;
mod config;
mod deliver;
mod dispatch;
mod download;
mod embeds;
mod examine;
mod failure;
mod form;
mod frames;
mod gateway;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod inbound;
mod interactions;
mod menu;
mod menus;
mod moderate;
mod names;
mod opening;
mod outbound;
mod payload;
mod permissions;
mod position;
mod profile;
mod render;
mod rest;
mod session;
mod sources;
mod text;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serenity::model::id::ChannelId;
use tokio::sync::Semaphore;

pub use self::config::{Config, Settings};
use self::embeds::Embeds;
use self::failure::Repeat;
use self::interactions::Interactions;
use self::menus::Menus;
use self::outbound::Request;
use self::profile::{capabilities, lacks, only};
use self::rest::Rest;
use crate::clock::Clock;
use crate::connectors::examination::Examination;
use crate::connectors::files::FileStore;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt};
use crate::model::ability::{Lack, Profile};
use crate::model::button::Form;
use crate::model::capability::Capabilities;
use crate::model::command::{Menu, MenuChange};
use crate::model::directory::{Place, SeenIdentity};
use crate::model::fit::FittedAction;
use crate::model::ids::{ButtonId, IdentityRef, LoginName, MessageRef, NativeId, PlaceRef};
use crate::secret::Secret;
use crate::supervisor::Stop;

/// Name of the login.
pub const NAME: &str = "discord";

/// Messages with files on their way at once.
const UPLOADS_MAX: usize = 2;

/// The direct chats that people wrote in lately, which Discord does not list for bots. `app` fills it from storage.
#[async_trait]
pub trait DirectChats: Send + Sync {
    /// The latest first.
    async fn recent(&self) -> Result<Vec<PlaceRef>, Box<dyn std::error::Error + Send + Sync>>;
}

/// What is stored of buttons, because Discord is told at once what a press does. `app` fills it from storage.
#[async_trait]
pub trait Buttons: Send + Sync {
    /// What the button does for this person; nothing where it is not for them.
    async fn does(
        &self,
        button: ButtonId,
        presser: &SeenIdentity,
    ) -> Result<Does, Box<dyn std::error::Error + Send + Sync>>;
}

/// What a button does beyond being pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Does {
    /// It opens this form.
    pub form: Option<Form>,
    /// What follows is seen by the presser alone.
    pub private: bool,
}

/// What the rest of the program keeps for the bot.
pub struct Kept {
    /// Whom it talks to alone.
    pub direct_chats: Arc<dyn DirectChats>,
    /// What its buttons do.
    pub buttons: Arc<dyn Buttons>,
    /// The files that come and go.
    pub files: Arc<dyn FileStore>,
}

/// One bot on Discord.
pub struct Discord {
    login: LoginName,
    token: Secret,
    api_url: String,
    gateway_url: Option<String>,
    rest: Rest,
    direct_chats: Arc<dyn DirectChats>,
    buttons: Arc<dyn Buttons>,
    files: Arc<dyn FileStore>,
    uploads: Semaphore,
    interactions: Interactions,
    /// Commands whose answers are seen by those alone who give them.
    private: Mutex<HashSet<String>>,
    menus: Menus,
    embeds: Embeds,
    capabilities: Arc<Capabilities>,
    /// In channels where it may open threads.
    above_threads: Arc<Capabilities>,
    /// Those channels, as far as the gateway has told.
    with_threads: Mutex<HashSet<ChannelId>>,
    /// What its owner has not turned on, once that is known.
    deaf: Mutex<Vec<Lack>>,
    clock: Arc<dyn Clock>,
}

impl Discord {
    /// The bot of these settings. Nothing is sent yet.
    pub fn new(settings: &Settings, kept: Kept, clock: Arc<dyn Clock>) -> Self {
        let Kept {
            direct_chats,
            buttons,
            files,
        } = kept;
        Self {
            login: NAME.into(),
            token: settings.token.clone(),
            api_url: settings.api_url.clone(),
            gateway_url: settings.gateway_url.clone(),
            rest: Rest::new(&settings.token, &settings.api_url, Arc::clone(&clock)),
            direct_chats,
            buttons,
            files,
            uploads: Semaphore::new(UPLOADS_MAX),
            interactions: Interactions::new(Arc::clone(&clock)),
            private: Mutex::default(),
            menus: Menus::default(),
            embeds: Embeds::default(),
            capabilities: Arc::new(capabilities(false)),
            above_threads: Arc::new(capabilities(true)),
            with_threads: Mutex::default(),
            deaf: Mutex::default(),
            clock,
        }
    }

    /// Where threads may be opened.
    fn with_threads(&self) -> MutexGuard<'_, HashSet<ChannelId>> {
        self.with_threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether only who gives the command sees the answer.
    fn is_private(&self, command: &str) -> bool {
        let private = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        private.contains(command)
    }
}

#[async_trait]
impl Connector for Discord {
    fn login(&self) -> &LoginName {
        &self.login
    }

    fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities> {
        let above_threads = names::channel(place).is_some_and(|channel| self.with_threads().contains(&channel));
        Arc::clone(if above_threads {
            &self.above_threads
        } else {
            &self.capabilities
        })
    }

    /// A command from the menu is no message.
    fn thread_at(&self, from: &MessageRef) -> Option<PlaceRef> {
        names::message_id(from).map(|from| names::place(outbound::thread_below(from)))
    }

    fn profile(&self) -> Profile {
        let deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Profile {
            shared: Capabilities::clone(&self.above_threads),
            direct: Capabilities::clone(&self.capabilities),
            lacks: lacks().into_iter().chain(deaf).collect(),
            only: only(),
        }
    }

    async fn run(&self, events: Arc<dyn EventSink>, cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        session::run(self, &*events, cursor, &stop).await
    }

    fn reaches_alone(&self, place: &PlaceRef, person: &IdentityRef) -> bool {
        let known = names::user(person).zip(names::channel(place));
        known.is_some_and(|(person, channel)| self.interactions.reach(person, channel))
    }

    async fn offer(&self, menu: &Menu) -> Result<Option<Duration>, DeliveryError> {
        let private = menu.commands.iter().filter(|command| command.private);
        let private = private.map(|command| command.name.clone()).collect();
        *self.private.lock().unwrap_or_else(PoisonError::into_inner) = private;
        let shown = self.menus.offer(&self.rest, menu, self.clock.now()).await;
        shown.map_err(|failure| failure::of_delivery(&failure, Repeat::Always))
    }

    fn menu_changes(&self) -> Option<Vec<MenuChange>> {
        Some(self.menus.written())
    }

    async fn examine(&self, places: &[Place]) -> Examination {
        examine::examine(self, places).await
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let request = outbound::request(action);
        let (channel, request) = request.map_err(|public| DeliveryError::Refused { public })?;
        let (repeat, thread) = (request.repeat(), request.thread());
        let reacts = matches!(request, Request::React { .. });
        let moderates = matches!(request, Request::Remove { .. } | Request::Measure { .. });
        // In memory as long as they are on their way.
        let _room = if request.has_files() {
            Some(self.uploads.acquire().await)
        } else {
            None
        };
        let bytes = self.read_files(&request).await?;
        let sent = self.call(channel, request, bytes).await;
        let sent = sent.map_err(|failure| match failure::of_delivery(&failure, repeat) {
            // It may say something all the same.
            DeliveryError::Refused { public } if reacts && failure::is_not_permitted(&failure) => {
                DeliveryError::NotHere { public }
            }
            DeliveryError::Refused { .. } if moderates && failure::is_not_permitted(&failure) => {
                DeliveryError::Refused {
                    public: moderate::NOT_PERMITTED.to_owned(),
                }
            }
            error => error,
        })?;
        Ok(Receipt {
            native: sent.map(|message| NativeId::from(message.to_string())),
            thread: thread.map(names::place),
        })
    }
}
