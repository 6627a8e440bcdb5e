//! Turns actions into what is written: messages, changes of messages, and fitted deliveries.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::handler::Snapshot;
use super::turn::step;
use super::{Core, lane};
use crate::model::action::{Author, Priority, Send};
use crate::model::button::{Button, ButtonMeaning};
use crate::model::capability::Capabilities;
use crate::model::content::Content;
use crate::model::conversation::Conversation;
use crate::model::directory::{Audience, Place};
use crate::model::event::{DeliveryEnd, Event, EventBody, HOPS_MAX, Source};
use crate::model::fit::part::{EditPart, Holds, MessageCopy, Part, SendPart, ThreadPart};
use crate::model::fit::rules::Loss;
use crate::model::fit::{FittedAction, FittedBody, title};
use crate::model::ids::{
    ButtonId, ConversationId, DeliveryId, EventId, IdentityId, IdentityRef, MessageId, MessageRef, NativeId, PlaceId,
    PluginId,
};
use crate::model::{Action, Timestamp};
use crate::storage::ReadError;
use crate::storage::core::{DeliveryState, StoredEvent, StoredMessage, TraceStep, Verdict};
use crate::storage::unit::{MessageChange, NewButton, NewDelivery, NewEvent, NewMessage};

/// A button under an old answer works so long.
const BUTTON_LIFE: Duration = Duration::from_hours(2160);

/// What the commit will write, as it grows action by action.
pub(super) struct Plan<'a> {
    core: &'a Core,
    event: &'a StoredEvent,
    snapshot: &'a Snapshot,
    conversation: Option<&'a Conversation>,
    pub(super) messages: Vec<NewMessage>,
    pub(super) changed: Vec<MessageChange>,
    pub(super) deliveries: Vec<NewDelivery>,
    pub(super) buttons: Vec<NewButton>,
    /// What those hear who wait for a send that was refused at once.
    pub(super) events: Vec<NewEvent>,
    /// What could not be done as asked.
    pub(super) steps: Vec<TraceStep>,
    /// What is done in another way; counted once it is written.
    pub(super) losses: Vec<Loss>,
}

/// What becomes of the bodies that `fit` made.
struct Way<'p> {
    place: &'p Place,
    conversation: Option<ConversationId>,
    message: Option<MessageId>,
    priority: Priority,
    /// By the name that stands for a copy that has none yet.
    pending: &'p HashMap<NativeId, DeliveryId>,
    /// What has to be delivered before the first send: a thread, or the pieces before.
    before: Option<DeliveryId>,
}

/// The appearances of one message, and what must be delivered before they have a name.
struct Copies {
    place: Option<Arc<Place>>,
    conversation: Option<ConversationId>,
    list: Vec<MessageCopy>,
    /// By the name that stands for the missing one.
    pending: HashMap<NativeId, DeliveryId>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        core: &'a Core,
        event: &'a StoredEvent,
        snapshot: &'a Snapshot,
        conversation: Option<&'a Conversation>,
    ) -> Self {
        Self {
            core,
            event,
            snapshot,
            conversation,
            messages: Vec::new(),
            changed: Vec::new(),
            deliveries: Vec::new(),
            buttons: Vec::new(),
            events: Vec::new(),
            steps: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Adds what one action asks for.
    pub(super) async fn add(&mut self, plugin: Option<PluginId>, action: Action) -> Result<(), ReadError> {
        match action {
            Action::Send(send) => self.send(plugin, send).await,
            Action::Edit {
                message,
                content,
                buttons,
                meanings,
            } => {
                self.meanings(message, meanings);
                self.edit(message, Some(content), buttons).await
            }
            Action::SetButtons {
                message,
                buttons,
                meanings,
            } => {
                self.meanings(message, meanings);
                self.edit(message, None, buttons).await
            }
            Action::Delete { message } => self.delete(message).await,
            Action::React { message, emoji, add } => self.react(message, emoji, add).await,
            Action::Note { author, content } => {
                if let Some(conversation) = self.conversation {
                    let (id, place) = (conversation.id, conversation.place);
                    self.note(author, content, id, place);
                }
                Ok(())
            }
            // Became a change of hands in the fold.
            Action::HandOff { .. } => Ok(()),
        }
    }

    fn now(&self) -> Timestamp {
        self.snapshot.now
    }

    fn note(&mut self, author: Author, content: Content, conversation: ConversationId, place: PlaceId) {
        let message = NewMessage {
            id: MessageId(self.core.clock.id()),
            conversation: Some(conversation),
            place,
            author,
            native: None,
            reply_to: None,
            note: true,
            only: None,
            content,
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            at: self.now(),
        };
        self.messages.push(message);
    }

    async fn send(&mut self, plugin: Option<PluginId>, mut send: Send) -> Result<(), ReadError> {
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
        self.losses(&fit.losses);
        let way = Way {
            place: &place,
            conversation,
            message: Some(send.message),
            priority: send.priority,
            pending: &HashMap::new(),
            before: opening,
        };
        self.deliver(&way, fit.bodies);
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
        answered.is_some_and(|from| from.place == place.native && self.core.outbox.opens_thread(&place.login, from))
    }

    /// What the place can do, and whether it can show something to this person alone just now.
    fn abilities(&self, place: &Place, only: Option<&IdentityRef>) -> Arc<Capabilities> {
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
    async fn person(&self, id: Option<IdentityId>) -> Result<Option<IdentityRef>, ReadError> {
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

    async fn edit(&mut self, id: MessageId, content: Option<Content>, buttons: Vec<Button>) -> Result<(), ReadError> {
        let Some(stored) = self.core.storage.message(id).await? else {
            self.refused("the message to be changed is gone".to_owned());
            return Ok(());
        };
        let copies = self.copies(&stored).await?;
        let edits = |place: &Arc<Place>| self.core.outbox.capabilities(&place.login, &place.native).edit;
        if content.is_none() && !copies.place.as_ref().is_none_or(edits) {
            // What stands there goes on meaning what it meant: its numbers, too.
            self.losses(&[Loss::ButtonChange]);
            return Ok(());
        }
        self.changed.push(MessageChange {
            message: id,
            content: Some(content.clone().unwrap_or_else(|| stored.new.content.clone())),
            buttons: Some(buttons.clone()),
            at: self.now(),
        });
        let part = match (content, copies.list.last()) {
            (_, None) => return Ok(()),
            (None, Some(last)) => Part::SetButtons {
                message: id,
                last: last.clone(),
                content: self.last_content(id).await?.unwrap_or(stored.new.content),
                buttons,
            },
            (Some(content), Some(_)) => Part::Edit(EditPart {
                message: id,
                author: stored.new.author,
                only: self.person(stored.new.only).await?,
                copies: copies.list.clone(),
                before: stored.new.content,
                content,
                buttons,
                direct: copies
                    .place
                    .as_ref()
                    .is_some_and(|place| place.audience == Audience::Direct),
                language: self.language(),
            }),
        };
        self.fit(&copies, Some(id), part);
        Ok(())
    }

    async fn delete(&mut self, id: MessageId) -> Result<(), ReadError> {
        let Some(stored) = self.core.storage.message(id).await? else {
            return Ok(());
        };
        let copies = self.copies(&stored).await?;
        self.changed.push(MessageChange {
            message: id,
            content: None,
            buttons: Some(Vec::new()),
            at: self.now(),
        });
        if copies.list.is_empty() {
            return Ok(());
        }
        let part = Part::Delete {
            message: id,
            copies: copies.list.clone(),
            language: self.language(),
        };
        self.fit(&copies, Some(id), part);
        Ok(())
    }

    async fn react(&mut self, id: MessageId, emoji: String, add: bool) -> Result<(), ReadError> {
        let Some(target) = self.native_of(id).await? else {
            return Ok(());
        };
        let place = match self.core.storage.message(id).await? {
            Some(stored) => self.core.directory.place_of(stored.new.place).await?,
            None => self.snapshot.place.clone(),
        };
        let copies = Copies {
            place,
            conversation: self.conversation.map(|conversation| conversation.id),
            list: Vec::new(),
            pending: HashMap::new(),
        };
        self.fit(&copies, None, Part::React { target, emoji, add });
        Ok(())
    }

    fn fit(&mut self, copies: &Copies, message: Option<MessageId>, part: Part) {
        let Some(place) = copies.place.clone() else { return };
        let only = match &part {
            Part::Edit(edit) => edit.only.as_ref(),
            _ => None,
        };
        let abilities = self.abilities(&place, only);
        match abilities.fit(part) {
            Ok(fit) => {
                self.losses(&fit.losses);
                let last = copies.list.last();
                let way = Way {
                    place: &place,
                    conversation: copies.conversation,
                    message,
                    priority: Priority::Notice,
                    pending: &copies.pending,
                    before: last.and_then(|last| copies.pending.get(&last.target.id).copied()),
                };
                self.deliver(&way, fit.bodies);
            }
            Err(refusal) => self.refused(refusal.to_string()),
        }
    }

    fn deliver(&mut self, way: &Way<'_>, bodies: Vec<FittedBody>) {
        let Way { place, pending, .. } = *way;
        let idempotent = self
            .core
            .outbox
            .capabilities(&place.login, &place.native)
            .idempotent_send;
        let mut before = way.before;
        for body in bodies {
            let id = DeliveryId(self.core.clock.id());
            let (piece, after, idempotent) = match &body {
                FittedBody::Send { piece, .. } => (*piece, before, idempotent),
                FittedBody::Edit { target, piece, .. } => (*piece, pending.get(&target.id).copied(), true),
                FittedBody::Delete { target, .. } | FittedBody::React { target, .. } => {
                    (0, pending.get(&target.id).copied(), true)
                }
                // Opened twice, it is the same.
                FittedBody::Thread { .. } => (0, None, true),
                FittedBody::Typing { .. } => continue,
            };
            if matches!(body, FittedBody::Send { .. } | FittedBody::Thread { .. }) {
                before = Some(id);
            }
            self.deliveries.push(NewDelivery {
                id,
                login: place.login.clone(),
                place: place.id,
                conversation: way.conversation,
                message: way.message,
                piece,
                priority: way.priority,
                after,
                due: self.snapshot.now,
                action: FittedAction {
                    delivery: id,
                    place: place.native.clone(),
                    body,
                },
                idempotent,
            });
        }
    }

    /// Where a message of ours appears. A copy on its way has no name yet: its delivery stands for it.
    async fn copies(&self, stored: &StoredMessage) -> Result<Copies, ReadError> {
        let place = self.core.directory.place_of(stored.new.place).await?;
        let mut copies = Copies {
            place,
            conversation: stored.new.conversation,
            list: Vec::new(),
            pending: HashMap::new(),
        };
        for delivery in self.core.storage.deliveries_of_message(stored.new.id).await? {
            let FittedBody::Send { content, files, .. } = &delivery.new.action.body else {
                continue;
            };
            let holds = Holds::of(delivery.new.piece, content, files);
            let on_its_way = matches!(delivery.state, DeliveryState::Queued | DeliveryState::Sending);
            let name = match delivery.native {
                Some(native) => native,
                None if on_its_way => {
                    let name = NativeId::from(delivery.new.id.to_string());
                    copies.pending.insert(name.clone(), delivery.new.id);
                    name
                }
                None => continue,
            };
            let target = MessageRef {
                place: delivery.new.action.place.clone(),
                id: name,
            };
            copies.list.push(MessageCopy {
                piece: delivery.new.piece,
                target,
                holds,
            });
        }
        Ok(copies)
    }

    /// What the last piece of a message says.
    async fn last_content(&self, id: MessageId) -> Result<Option<Content>, ReadError> {
        let deliveries = self.core.storage.deliveries_of_message(id).await?;
        Ok(deliveries
            .into_iter()
            .rev()
            .find_map(|delivery| match delivery.new.action.body {
                FittedBody::Send { content, .. } | FittedBody::Edit { content, .. } => Some(content),
                FittedBody::Delete { .. }
                | FittedBody::React { .. }
                | FittedBody::Thread { .. }
                | FittedBody::Typing { .. } => None,
            }))
    }

    /// The platform's name of a message: of the one just received, of one we know, of the first copy of ours.
    async fn native_of(&self, id: MessageId) -> Result<Option<MessageRef>, ReadError> {
        if self.snapshot.message == Some(id) {
            return Ok(match &self.event.new.event.body {
                EventBody::Message(message) => Some(message.native.clone()),
                EventBody::Command { message, .. } => message.clone(),
                _ => None,
            });
        }
        if let Some(about) = self.snapshot.about.as_ref().filter(|about| about.new.id == id)
            && let Some(native) = &about.new.native
        {
            return Ok(Some(native.clone()));
        }
        let Some(stored) = self.core.storage.message(id).await? else {
            return Ok(None);
        };
        if stored.new.native.is_some() {
            return Ok(stored.new.native);
        }
        let copies = self.copies(&stored).await?;
        let known = copies
            .list
            .into_iter()
            .find(|copy| !copies.pending.contains_key(&copy.target.id));
        Ok(known.map(|copy| copy.target))
    }

    fn meanings(&mut self, message: MessageId, meanings: Vec<(ButtonId, ButtonMeaning)>) {
        let expires = self.now() + BUTTON_LIFE;
        let rows = meanings.into_iter().map(|(id, meaning)| NewButton {
            id,
            message,
            meaning,
            expires,
        });
        self.buttons.extend(rows);
    }

    /// What the reader speaks.
    fn language(&self) -> Option<String> {
        let author = self.snapshot.author.as_ref().and_then(|author| author.language.clone());
        author.or_else(|| Some(self.snapshot.community.language.clone()))
    }

    fn losses(&mut self, losses: &[Loss]) {
        for loss in losses {
            self.losses.push(*loss);
            self.steps.push(step("outbox", Verdict::Acted, loss.line().to_owned()));
        }
    }

    /// Nothing is sent; whoever waits to hear how it ended hears why.
    fn unsent(&mut self, send: &Send, plugin: Option<PluginId>, why: String) {
        let awaited = send.name.is_some() || send.priority == Priority::Campaign;
        let hops = self.event.new.event.hops.saturating_add(1);
        if awaited && hops <= HOPS_MAX {
            let conversation = self.conversation.filter(|own| own.place == send.place);
            self.events.push(NewEvent {
                id: EventId(self.core.clock.id()),
                community: self.event.new.community,
                place: Some(send.place),
                author: None,
                lane: self.event.new.lane.clone(),
                received_at: self.now(),
                event: Event {
                    source: Source::Internal {
                        conversation: conversation.map(|own| own.id),
                        place: Some(send.place),
                    },
                    occurred_at: self.now(),
                    dedupe: format!("unsent/{}", send.message),
                    hops,
                    body: EventBody::DeliveryEnded {
                        delivery: DeliveryId(self.core.clock.id()),
                        message: send.message,
                        plugin: plugin.filter(|_| send.name.is_some()),
                        name: send.name.clone(),
                        end: DeliveryEnd::Failed { reason: why.clone() },
                    },
                },
            });
        }
        self.refused(why);
    }

    fn refused(&mut self, why: String) {
        self.steps.push(step("outbox", Verdict::Failed, why));
    }
}
