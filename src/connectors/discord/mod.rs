//! Discord: channels, threads and forum posts of guilds, and direct chats, through one bot.
//!
//! Owns the bot's connections. `inbound` reads payloads and `outbound` writes requests, both pure; `gateway` and
//! `session` hear, `rest` asks; `failure` says what an error of Discord means. What Discord can and may is from
//! <https://discord.com/developers/docs>.

mod acknowledge;
mod catch_up;
mod channels;
mod config;
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
mod render;
mod rest;
mod session;
mod sources;
mod text;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use serenity::builder::{CreateMessage, EditMessage};
use serenity::http::{LightMethod, Request as Call, Route};
use serenity::model::id::{ChannelId, InteractionId, MessageId};
use tokio::sync::Semaphore;

pub use self::config::{Config, Settings};
use self::embeds::Embeds;
use self::failure::{Failure, Repeat};
use self::interactions::{Alone, Ended, Held, Interactions, Seen};
use self::menus::Menus;
use self::outbound::Request;
use self::payload::Sent;
use self::rest::Rest;
use crate::clock::Clock;
use crate::connectors::examination::Examination;
use crate::connectors::files::FileStore;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt};
use crate::model::ability::{Ability, Lack, Profile};
use crate::model::action::FileRef;
use crate::model::button::Form;
use crate::model::capability::{Capabilities, Rate, TextUnit};
use crate::model::command::{Menu, MenuChange};
use crate::model::directory::{Place, SeenIdentity};
use crate::model::fit::FittedAction;
use crate::model::ids::{ButtonId, IdentityRef, LoginName, MessageRef, NativeId, PlaceRef};
use crate::secret::Secret;
use crate::supervisor::Stop;

/// Name of the login.
pub const NAME: &str = "discord";

/// Room for the marks of signs that stand for themselves.
const ESCAPES_MAX: usize = 100;

/// What `fit` may fill; the name of a person of staff comes before it.
const TEXT_MAX: usize = render::WORDS_MAX - outbound::SPEAKER_MAX - ESCAPES_MAX;

/// Five messages in five seconds in a channel; Discord says how much is left with each answer, and this is what it says.
const PLACE_RATE: Rate = Rate {
    burst: 5,
    per_ms: 5_000,
};

/// Fifty requests a second over all, by
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>.
const LOGIN_RATE: Rate = Rate {
    burst: 50,
    per_ms: 1_000,
};

/// What bots may send in guilds without boosts, by
/// <https://discord.com/developers/docs/reference#uploading-files>.
const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;

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

    async fn call(
        &self,
        channel_id: ChannelId,
        request: Request,
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<Option<MessageId>, Failure> {
        match request {
            Request::Send {
                message,
                embedding,
                files,
                answers,
                only,
            } => {
                if let Some(only) = only {
                    let alone = self.interactions.alone(answers, only, channel_id).await?;
                    return self.send_alone(&alone, &message, &files, bytes).await.map(Some);
                }
                if let Some(filled) = self.fill(answers, &message, &files).await {
                    return filled.map(Some);
                }
                let said = self.say(channel_id, &message, embedding.as_deref(), &files, bytes);
                said.await.map(Some)
            }
            Request::Edit {
                message,
                edit,
                embedding,
            } => self.edit(channel_id, message, &edit, embedding.as_deref()).await,
            Request::Delete(message_id) => {
                let held = self.interactions.way_to(message_id);
                self.take_back(route_to(held.as_ref(), channel_id, message_id)).await
            }
            Request::Remove { message, reason } => {
                let route = Route::ChannelMessage {
                    channel_id,
                    message_id: message,
                };
                self.take_back_for(route, Some(&reason)).await
            }
            Request::Measure { user, measure, reason } => moderate::measure(self, channel_id, user, measure, &reason)
                .await
                .map(|()| None),
            Request::React { message, emoji, add } => self.react((channel_id, message), &emoji, add).await,
            Request::Thread { from, name } => {
                let route = Route::ChannelMessageThreads {
                    channel_id,
                    message_id: from,
                };
                match self.rest.tell(LightMethod::Post, route, &outbound::thread(&name)).await {
                    // By us before a cut, or by somebody else.
                    Err(failure) if failure::is_opened_already(&failure) => Ok(None),
                    result => result.map(|()| None),
                }
            }
            Request::Typing => {
                let route = Route::ChannelTyping { channel_id };
                let typed = self.rest.call(Call::new(route, LightMethod::Post)).await;
                typed.map(|_| None)
            }
        }
    }

    async fn react(
        &self,
        (channel_id, message_id): (ChannelId, MessageId),
        emoji: &str,
        add: bool,
    ) -> Result<Option<MessageId>, Failure> {
        let reaction: String = url::form_urlencoded::byte_serialize(emoji.as_bytes()).collect();
        let route = Route::ChannelMessageReactionMe {
            channel_id,
            message_id,
            reaction: &reaction,
        };
        if add {
            let added = self.rest.call(Call::new(route, LightMethod::Put)).await;
            return added.map(|_| None);
        }
        self.take_back(route).await
    }

    /// Says it in the channel, with its sources as embeds where they are shown.
    async fn say(
        &self,
        channel_id: ChannelId,
        message: &CreateMessage,
        embedding: Option<&CreateMessage>,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<MessageId, Failure> {
        let post = |message, bytes| {
            let route = Route::ChannelMessages { channel_id };
            self.post(route, outbound::plain(message), files, bytes)
        };
        let sent = match embedding.filter(|_| self.embeds.may_show(channel_id, self.clock.elapsed())) {
            None => post(message, bytes).await?,
            Some(embedding) => match post(embedding, bytes.clone()).await {
                // Perhaps only the embeds are not permitted; nothing was sent.
                Err(failure) if failure::is_not_permitted(&failure) => {
                    self.embeds.hides(channel_id, self.clock.elapsed());
                    post(message, bytes).await?
                }
                sent => sent?,
            },
        };
        if embedding.is_some() && !sent.shows_sources() {
            let words = outbound::filled(message);
            match self.say_in_words(channel_id, sent.id, &words).await {
                // With files it is not sent again, and it stands.
                Err(failure) if !files.is_empty() => {
                    let why = failure::words(&failure);
                    tracing::warn!(login = %self.login, %channel_id, error = %why, "an answer stands without its source: {why}");
                }
                said => said?,
            }
        }
        Ok(sent.id)
    }

    async fn edit(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        edit: &EditMessage,
        embedding: Option<&EditMessage>,
    ) -> Result<Option<MessageId>, Failure> {
        if let Some(Held { application, token }) = self.interactions.way_to(message_id) {
            let route = Route::WebhookFollowupMessage {
                application_id: application,
                token: &token,
                message_id,
            };
            let edit = outbound::edit_for_one(edit);
            return self.rest.tell(LightMethod::Patch, route, &edit).await.map(|()| None);
        }
        let route = || Route::ChannelMessage { channel_id, message_id };
        if let Some(embedding) = embedding.filter(|_| self.embeds.may_show(channel_id, self.clock.elapsed())) {
            let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, route(), embedding).await;
            match sent {
                Ok(sent) if sent.shows_sources() => return Ok(None),
                Ok(_) => return self.say_in_words(channel_id, message_id, edit).await.map(|()| None),
                Err(failure) if failure::is_not_permitted(&failure) => {
                    self.embeds.hides(channel_id, self.clock.elapsed());
                }
                Err(failure) => return Err(failure),
            }
        }
        self.rest.tell(LightMethod::Patch, route(), edit).await.map(|()| None)
    }

    /// Discord has left out the embeds with the sources of a message that stands already: they are said in words.
    async fn say_in_words(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        words: &impl serde::Serialize,
    ) -> Result<(), Failure> {
        self.embeds.hides(channel_id, self.clock.elapsed());
        let route = Route::ChannelMessage { channel_id, message_id };
        match self.rest.tell(LightMethod::Patch, route, words).await {
            // Both together are to be done again, and Discord knows the message again.
            Err(failure) if failure::may_pass(&failure) => Err(Failure::CutOff { in_waiting: false }),
            Err(failure) => {
                let why = failure::words(&failure);
                tracing::warn!(login = %self.login, %channel_id, error = %why, "an answer stands without its source: {why}");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The answer to a command takes the place that Discord holds open for it; none where there is no such place, or
    /// no longer.
    async fn fill(
        &self,
        answers: Option<InteractionId>,
        message: &CreateMessage,
        files: &[FileRef],
    ) -> Option<Result<MessageId, Failure>> {
        // Files need a message of their own, and the place is given up by itself.
        let answers = answers.filter(|_| files.is_empty())?;
        let held = self.interactions.take(answers).await?;
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: held.application,
            token: &held.token,
        };
        let filled = outbound::filled(message);
        let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, route, &filled).await;
        self.interactions.settle(answers, failure::ended(sent.as_ref().err()));
        match sent {
            Err(failure) if failure::is_out_of_reach(&failure) => None,
            result => Some(result.map(|sent| sent.id)),
        }
    }

    /// Shows it to one person alone.
    async fn send_alone(
        &self,
        alone: &Alone,
        message: &CreateMessage,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<MessageId, Failure> {
        let Held { application, token } = &alone.held;
        let original = || Route::WebhookOriginalInteractionResponse {
            application_id: *application,
            token,
        };
        let settle = |ended| self.interactions.settle(alone.interaction, ended);
        if alone.place == Some(Seen::ByAll) {
            let closed = self.take_back(original()).await;
            // Else what comes next would stand in that place, where all would see it; to close it again does no harm.
            settle(closed.is_ok().then_some(Ended::Surely));
            closed.map_err(failure::unsent)?;
        }
        let sent = if alone.place == Some(Seen::ByOne) && files.is_empty() {
            let filled = outbound::filled(message);
            let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, original(), &filled).await;
            // Perhaps filled is as good as filled: what comes next is seen by that person alone, too.
            settle(failure::ended(sent.as_ref().err()).map(|_| Ended::Surely));
            sent?.id
        } else {
            if alone.place == Some(Seen::ByOne) {
                settle(Some(Ended::Surely));
            }
            let route = Route::WebhookFollowupMessages {
                application_id: *application,
                token,
            };
            self.post(route, outbound::for_one(message), files, bytes).await?.id
        };
        self.interactions.went(sent, alone);
        Ok(sent)
    }

    async fn post(
        &self,
        route: Route<'_>,
        message: Value,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<Sent, Failure> {
        if files.is_empty() {
            return self.rest.send(LightMethod::Post, route, &message).await;
        }
        let described = outbound::described(message, files);
        self.rest.upload(route, &described, bytes).await
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

    /// The files of a message, with their names.
    async fn read_files(&self, request: &Request) -> Result<Vec<(String, Vec<u8>)>, DeliveryError> {
        let Request::Send { files, .. } = request else {
            return Ok(Vec::new());
        };
        let mut read = Vec::with_capacity(files.len());
        for file in files {
            let bytes = self.files.get(&file.sha256).await;
            let bytes = bytes.map_err(|error| DeliveryError::Unreachable {
                detail: error.to_string(),
            })?;
            let bytes = bytes.ok_or_else(|| DeliveryError::Refused {
                public: "the file is no longer kept".to_owned(),
            })?;
            read.push((file.name.clone(), bytes));
        }
        Ok(read)
    }

    async fn take_back(&self, route: Route<'_>) -> Result<Option<MessageId>, Failure> {
        self.take_back_for(route, None).await
    }

    async fn take_back_for(&self, route: Route<'_>, reason: Option<&str>) -> Result<Option<MessageId>, Failure> {
        let call = Call::new(route, LightMethod::Delete).headers(reason.map(moderate::reason));
        match self.rest.call(call).await {
            Err(failure) if failure::is_gone_already(&failure) => Ok(None),
            result => result.map(|_| None),
        }
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

/// What one person alone sees is out of the channel's reach.
fn route_to(held: Option<&Held>, channel_id: ChannelId, message_id: MessageId) -> Route<'_> {
    match held {
        Some(Held { application, token }) => Route::WebhookFollowupMessage {
            application_id: *application,
            token,
            message_id,
        },
        None => Route::ChannelMessage { channel_id, message_id },
    }
}

/// What Discord does not let bots do or know, and what is not there yet.
fn lacks() -> Vec<Lack> {
    vec![
        Lack::new(
            Ability::Private,
            "only as the answer to what they pressed or gave from the menu there in the last 14 minutes; else it goes to the \
             direct chat that they began, or is not sent",
        ),
        Lack::new(
            Ability::Repeat,
            "Discord knows a message again for some minutes only; what was cut off is repeated for one, and then waits for a person",
        ),
        Lack::new(
            Ability::History,
            "what was said before the bot came is not read, because nobody asked the bot",
        ),
        Lack::new(Ability::Zone, "Discord does not tell it"),
    ]
}

/// What it needs permissions for that not every bot has.
fn only() -> Vec<Lack> {
    let where_it_has =
        |permission| format!("only where it has the permission *{permission}*, and not about who stands above it");
    vec![
        Lack::new(Ability::Remove, "only where it has the permission *Manage Messages*"),
        Lack::new(Ability::Mute, where_it_has("Moderate Members")),
        Lack::new(Ability::Kick, where_it_has("Kick Members")),
        Lack::new(Ability::Ban, where_it_has("Ban Members")),
    ]
}

fn capabilities(threads: bool) -> Capabilities {
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: true,
        form_max: Some(form::FORM_MAX),
        threads,
        private: false,
        typing: true,
        // Direct chats are not told apart by their names; there Discord refuses it.
        moderates: moderate::ABLE,
        file_bytes_max: Some(FILE_BYTES_MAX),
        caption_max: None,
        text_max: TEXT_MAX,
        unit: TextUnit::Utf16,
        idempotent_send: false,
        place_rate: PLACE_RATE,
        login_rate: LOGIN_RATE,
    }
}
