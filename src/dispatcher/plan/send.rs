//! What is written so that something is said: the place it goes to, its thread, and the conversation it belongs to.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Plan, Way};
use crate::dispatcher::lane;
use crate::model::action::Send;
use crate::model::capability::Capabilities;
use crate::model::content::Content;
use crate::model::conversation::Conversation;
use crate::model::directory::{Audience, Place};
use crate::model::event::EventBody;
use crate::model::fit::part::{Part, SendPart, ThreadPart};
use crate::model::fit::{FittedBody, title};
use crate::model::ids::{DeliveryId, IdentityId, IdentityRef, MessageId, MessageRef, PlaceId, PluginId};
use crate::storage::ReadError;
use crate::storage::unit::{NewDelivery, NewMessage};

impl Plan<'_> {
    /// Says something: where, in which conversation, and by what ways the platform has for it.
    pub(super) async fn send(&mut self, plugin: Option<PluginId>, mut send: Send) -> Result<(), ReadError> {
        if let Some(thread) = self.gone_on_in(&send).await? {
            (send.place, send.thread) = (thread, false);
        }
        let Some(place) = self.core.directory.place_of(send.place).await? else {
            self.unsent(&send, plugin, "the place to send to is not known".to_owned());
            return Ok(());
        };
        let opening = self.opening(&send).await?;
        send.thread &= opening.is_none();
        let direct_chat = self.direct_chat(&send, &place).await?;
        let part = self.part(&send, &place, direct_chat.is_some()).await?;
        let mut abilities = self.abilities(&place, part.only.as_ref());
        if abilities.threads && part.thread.is_some() && !self.opens_thread(&place, part.reply_to.as_ref()) {
            Arc::make_mut(&mut abilities).threads = false;
        }
        let fit = match abilities.fit(Part::Send(part)) {
            Ok(fit) => fit,
            Err(refusal) => {
                self.unsent(&send, plugin, refusal.to_string());
                return Ok(());
            }
        };
        let place = match direct_chat.filter(|_| fit.in_direct_chat) {
            Some(chat) => {
                (send.place, send.only) = (chat.id, None);
                chat
            }
            None => place,
        };
        let conversation = match self.conversation {
            Some(own) if own.place == send.place => Some(own.id),
            _ => match self.other(&place).await? {
                Some(other) if plugin.is_some() && !other.holder.bot_may_answer() => {
                    self.note(send.author, send.content, other.id, other.place);
                    return Ok(());
                }
                other => other.map(|other| other.id),
            },
        };
        let way = Way {
            place: &place,
            conversation,
            message: Some(send.message),
            priority: send.priority,
            pending: &HashMap::new(),
            before: opening,
        };
        self.hand_over(&way, fit);
        self.meanings(send.message, send.meanings);
        self.messages.push(NewMessage {
            id: send.message,
            conversation,
            place: send.place,
            author: send.author,
            native: None,
            reply_to: send.reply_to,
            note: false,
            only: send.only,
            content: send.content,
            buttons: send.buttons,
            files: send.files,
            cites: send.cites,
            name: plugin.zip(send.name),
            at: self.now(),
        });
        Ok(())
    }

    /// The thread in which the conversation has gone on since, where somebody is answered in the channel that it hangs in:
    /// they pressed a button there, or replied to what was said before.
    async fn gone_on_in(&self, send: &Send) -> Result<Option<PlaceId>, ReadError> {
        let held = self.conversation.map(|own| own.place);
        let elsewhere = held.filter(|held| *held != send.place && send.reply_to.is_some() && send.only.is_none());
        let Some(held) = elsewhere else { return Ok(None) };
        let held = self.core.directory.place_of(held).await?;
        let thread = held.filter(|held| held.thread && held.parent == Some(send.place));
        Ok(thread.map(|thread| thread.id))
    }

    /// The thread that is being opened for the conversation: what is said next goes into it.
    async fn opening(&self, send: &Send) -> Result<Option<DeliveryId>, ReadError> {
        let own = self
            .conversation
            .filter(|own| own.place == send.place && send.only.is_none());
        let Some(own) = own else { return Ok(None) };
        let is_opening = |delivery: &&NewDelivery| {
            delivery.conversation == Some(own.id) && matches!(delivery.action.body, FittedBody::Thread { .. })
        };
        match self.deliveries.iter().find(is_opening) {
            Some(opening) => Ok(Some(opening.id)),
            None => self.core.storage.thread_opening(own.id).await,
        }
    }

    /// Whether a thread of this place can hang on what is answered.
    fn opens_thread(&self, place: &Place, answered: Option<&MessageRef>) -> bool {
        let here = answered.filter(|from| from.place == place.native);
        here.is_some_and(|from| self.core.outbox.thread_at(&place.login, from).is_some())
    }

    /// What the place can do, and whether it can show something to this person alone just now.
    pub(super) fn abilities(&self, place: &Place, only: Option<&IdentityRef>) -> Arc<Capabilities> {
        let mut abilities = self.core.outbox.capabilities(&place.login, &place.native);
        if let Some(only) = only.filter(|_| !abilities.private)
            && self.core.outbox.reaches_alone(&place.login, &place.native, only)
        {
            Arc::make_mut(&mut abilities).private = true;
        }
        abilities
    }

    /// Where the one whom it is for alone talks to us alone: they began that chat themselves.
    async fn direct_chat(&self, send: &Send, place: &Place) -> Result<Option<Arc<Place>>, ReadError> {
        let Some(only) = send.only.filter(|_| place.audience != Audience::Direct) else {
            return Ok(None);
        };
        let chat = self.core.storage.direct_place_of(only, &place.login).await?;
        let here = chat.filter(|chat| chat.enabled && chat.community == place.community);
        Ok(here.map(Arc::new))
    }

    /// What is asked of the place, with the platform's names.
    async fn part(&self, send: &Send, place: &Place, direct_chat: bool) -> Result<SendPart, ReadError> {
        let reply_to = match send.reply_to {
            Some(id) => self.native_of(id).await?,
            None => None,
        };
        Ok(SendPart {
            message: send.message,
            author: send.author.clone(),
            content: send.content.clone(),
            short: send.short.clone(),
            buttons: send.buttons.clone(),
            files: send.files.clone(),
            reply_to,
            thread: self.thread(send).await?,
            only: self.person(send.only).await?,
            direct: place.audience == Audience::Direct,
            direct_chat,
            language: self.language(),
        })
    }

    /// The thread that it is to be in. It is named after what is answered.
    async fn thread(&self, send: &Send) -> Result<Option<ThreadPart>, ReadError> {
        if !send.thread {
            return Ok(None);
        }
        let tag = format!("#{}", self.event.seq.0);
        let question = match send.reply_to {
            Some(id) => self.content_of(id).await?,
            None => None,
        };
        let name = title(&question.unwrap_or_default(), &tag);
        Ok(Some(ThreadPart { name, tag }))
    }

    /// What the message says: the one just received, or one we know.
    async fn content_of(&self, id: MessageId) -> Result<Option<Content>, ReadError> {
        if self.snapshot.message == Some(id)
            && let EventBody::Message(message) = &self.event.new.event.body
        {
            return Ok(Some(message.content.clone()));
        }
        let stored = self.core.storage.message(id).await?;
        Ok(stored.map(|stored| stored.new.content))
    }

    /// As the platform names them.
    pub(super) async fn person(&self, id: Option<IdentityId>) -> Result<Option<IdentityRef>, ReadError> {
        let Some(id) = id else { return Ok(None) };
        let known = self.core.directory.identity_of(id).await?;
        Ok(known.map(|identity| identity.native.clone()))
    }

    /// The open conversation of another place that is a lane of its own.
    async fn other(&self, place: &Place) -> Result<Option<Conversation>, ReadError> {
        match lane::of_whole_place(place) {
            Some(lane) => self.core.conversations.of_lane(&lane).await,
            None => Ok(None),
        }
    }
}
