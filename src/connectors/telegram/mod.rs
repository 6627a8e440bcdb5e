//! Telegram: private chats, groups, supergroups, forum topics and channels, through one bot.
//!
//! Owns the bot's connection. `inbound` reads updates and `outbound` writes requests, both pure; `session` polls;
//! `failure` says what an error of the Bot API means. Limits of the platform are from
//! <https://core.telegram.org/bots/faq> and <https://core.telegram.org/bots/api>.

mod config;
mod failure;
mod inbound;
mod names;
mod outbound;
mod render;
mod session;
mod text;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use teloxide_core::prelude::*;
use teloxide_core::types::{ChatAction, Message};

pub use self::config::{Config, Settings};
use self::names::Chat;
use self::outbound::{Request, Text};
use crate::clock::Clock;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt};
use crate::model::capability::{Capabilities, Rate, TextUnit};
use crate::model::fit::FittedAction;
use crate::model::ids::{LoginName, NativeId, PlaceRef};
use crate::supervisor::Stop;

/// Name of the login.
const NAME: &str = "telegram";

/// What `fit` may fill; the name of a person of staff comes before it.
const TEXT_MAX: usize = outbound::WORDS_MAX - outbound::SPEAKER_MAX;

/// A send that takes longer is cut off; Telegram answers within a second or two.
const SEND_PATIENCE: Duration = Duration::from_secs(20);

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

/// One bot on Telegram.
pub struct Telegram {
    login: LoginName,
    /// The number before the colon of the token: message ids of private chats and small groups are unique within it.
    bot_id: u64,
    sender: Bot,
    poller: Bot,
    private: Arc<Capabilities>,
    group: Arc<Capabilities>,
    clock: Arc<dyn Clock>,
}

impl Telegram {
    /// The bot of these settings. Nothing is sent yet.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
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
            private: Arc::new(capabilities(PRIVATE_RATE)),
            group: Arc::new(capabilities(GROUP_RATE)),
            clock,
        }
    }

    async fn send(
        &self,
        chat: Chat,
        text: &Text,
        reply_to: Option<i32>,
    ) -> Result<Message, teloxide_core::RequestError> {
        let mut request = self.sender.send_message(chat.id(), &*text.words);
        request.message_thread_id = chat.thread();
        request.reply_parameters = reply_to.map(outbound::reply_parameters);
        request.reply_markup = text.keyboard.clone().map(Into::into);
        request.link_preview_options = Some(outbound::no_preview());
        match request.clone().entities(text.entities.iter().cloned()).await {
            // Nothing was sent. The words matter more than how they look.
            Err(error) if failure::is_about_entities(&error) => request.await,
            result => result,
        }
    }

    async fn edit(&self, chat: Chat, message: i32, text: &Text) -> Result<(), teloxide_core::RequestError> {
        let mut request = self
            .sender
            .edit_message_text(chat.id(), message_id(message), &*text.words);
        request.reply_markup.clone_from(&text.keyboard);
        request.link_preview_options = Some(outbound::no_preview());
        let result = match request.clone().entities(text.entities.iter().cloned()).await {
            Err(error) if failure::is_about_entities(&error) => request.await,
            result => result,
        };
        match result {
            Err(error) if failure::is_done_already(&error) => Ok(()),
            result => result.map(drop),
        }
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
            _ => Arc::clone(&self.group),
        }
    }

    async fn run(&self, events: Arc<dyn EventSink>, cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        session::run(self, &*events, cursor, &stop).await
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let request = outbound::request(action, self.bot_id);
        let (chat, request) = request.map_err(|public| DeliveryError::Refused { public })?;
        let repeatable = !matches!(request, Request::Send { .. });
        let sent = match request {
            Request::Send { text, reply_to } => self.send(chat, &text, reply_to).await.map(Some),
            Request::Edit { message, text } => self.edit(chat, message, &text).await.map(|()| None),
            Request::Delete { message } => {
                let deleted = self.sender.delete_message(chat.id(), message_id(message)).await;
                match deleted {
                    Err(error) if failure::is_gone_already(&error) => Ok(None),
                    result => result.map(|_| None),
                }
            }
            Request::React { message, reactions } => {
                let request = self.sender.set_message_reaction(chat.id(), message_id(message));
                request.reaction(reactions).await.map(|_| None)
            }
            Request::Typing => {
                let mut request = self.sender.send_chat_action(chat.id(), ChatAction::Typing);
                request.message_thread_id = chat.thread();
                request.await.map(|_| None)
            }
        };
        let sent = sent.map_err(|error| failure::of_delivery(&error, repeatable))?;
        Ok(Receipt {
            native: sent.map(|message| NativeId::from(message.id.0.to_string())),
        })
    }
}

fn message_id(number: i32) -> teloxide_core::types::MessageId {
    teloxide_core::types::MessageId(number)
}

fn capabilities(place_rate: Rate) -> Capabilities {
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: false,
        threads: false,
        private: false,
        typing: true,
        file_bytes_max: None,
        caption_max: None,
        text_max: TEXT_MAX,
        unit: TextUnit::Utf16,
        idempotent_send: false,
        place_rate,
        login_rate: LOGIN_RATE,
    }
}
