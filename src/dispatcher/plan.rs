//! Turns actions into what is written: messages, changes of messages, and fitted deliveries.

mod moderate;
mod send;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Core;
use super::handler::Snapshot;
use super::turn::step;
use crate::model::action::{Author, Priority, Send};
use crate::model::button::{Button, ButtonMeaning};
use crate::model::content::Content;
use crate::model::conversation::Conversation;
use crate::model::directory::{Audience, Place};
use crate::model::event::{DeliveryEnd, Event, EventBody, HOPS_MAX, Source};
use crate::model::fit::part::{EditPart, Holds, MessageCopy, Part};
use crate::model::fit::rules::{Fit, Loss};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{
    ButtonId, ConversationId, DeliveryId, EventId, MessageId, MessageRef, NativeId, PlaceId, PluginId,
};
use crate::model::measure::Measure;
use crate::model::{Action, Timestamp};
use crate::storage::core::{DeliveryState, StoredEvent, StoredMessage, TraceStep, Verdict};
use crate::storage::unit::{MessageChange, NewButton, NewDelivery, NewEvent, NewMessage};
use crate::storage::{ReadError, Unit};

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
    /// Lines of the audit.
    pub(super) also: Vec<Unit>,
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

impl Copies {
    /// For what is done in a place and is no message of ours there.
    fn none(place: Option<Arc<Place>>, conversation: Option<&Conversation>) -> Self {
        Self {
            place,
            conversation: conversation.map(|conversation| conversation.id),
            list: Vec::new(),
            pending: HashMap::new(),
        }
    }
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
            also: Vec::new(),
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
            Action::React { message, emoji, add } => self.react(plugin, message, emoji, add).await,
            Action::Note { author, content } => {
                if let Some(conversation) = self.conversation {
                    let (id, place) = (conversation.id, conversation.place);
                    self.note(author, content, id, place);
                }
                Ok(())
            }
            Action::Moderate(asked) => self.moderate(plugin, asked).await,
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

    async fn edit(&mut self, id: MessageId, content: Option<Content>, buttons: Vec<Button>) -> Result<(), ReadError> {
        let Some(stored) = self.core.storage.message(id).await? else {
            self.refused("the message to be changed is gone".to_owned());
            return Ok(());
        };
        let copies = self.copies(&stored).await?;
        let edits = |place: &Arc<Place>| self.core.outbox.capabilities(&place.login, &place.native).edit;
        if content.is_none() && !copies.place.as_ref().is_none_or(edits) {
            // What stands there goes on meaning what it meant: its numbers, too.
            self.lose(&[Loss::ButtonChange]);
            return Ok(());
        }
        self.changed.push(MessageChange {
            message: id,
            content: Some(content.clone().unwrap_or_else(|| stored.new.content.clone())),
            removed: None,
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
            removed: None,
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
            in_conversation: copies.conversation.is_some(),
        };
        let stands = self.fit(&copies, Some(id), part).contains(&Loss::Undeleted);
        // In its own conversation, from wherever it was to be taken back.
        if let Some(conversation) = copies.conversation.filter(|_| stands) {
            let why = undeleted("nothing can be taken back in this place");
            self.note(Author::Host, why, conversation, stored.new.place);
        }
        Ok(())
    }

    async fn react(
        &mut self,
        plugin: Option<PluginId>,
        id: MessageId,
        emoji: String,
        add: bool,
    ) -> Result<(), ReadError> {
        let Some(target) = self.native_of(id).await? else {
            return Ok(());
        };
        let place = match self.core.storage.message(id).await? {
            Some(stored) => self.core.directory.place_of(stored.new.place).await?,
            None => self.snapshot.place.clone(),
        };
        let copies = Copies::none(place, self.conversation);
        let instead = self.may_be_a_word().then(|| MessageId(self.core.clock.id()));
        let author = plugin.map_or(Author::Host, |id| Author::Plugin { id });
        let word = Content::plain(&emoji);
        let part = Part::React {
            target,
            emoji,
            add,
            instead,
            author: author.clone(),
        };
        let losses = self.fit(&copies, None, part);
        let said = instead.filter(|_| losses.contains(&Loss::Reaction));
        if let Some((said, place)) = said.zip(copies.place) {
            self.messages.push(NewMessage {
                id: said,
                conversation: copies.conversation,
                place: place.id,
                author,
                native: None,
                reply_to: Some(id),
                note: false,
                only: None,
                content: word,
                buttons: Vec::new(),
                files: Vec::new(),
                cites: Vec::new(),
                name: None,
                at: self.now(),
            });
        }
        Ok(())
    }

    /// Whether a reaction may be said instead: not to those who have not asked the bot, nor into a person's conversation.
    fn may_be_a_word(&self) -> bool {
        let held = self.conversation.is_some_and(|own| !own.holder.bot_may_answer());
        !held && !self.event.new.event.body.is_overheard()
    }

    /// Asks a place for something that is no message of its own. Answers what is done in another way.
    fn fit(&mut self, copies: &Copies, message: Option<MessageId>, part: Part) -> Vec<Loss> {
        let Some(place) = copies.place.clone() else {
            return Vec::new();
        };
        let priority = match part {
            Part::Moderate(_) => Priority::Answer,
            _ => Priority::Notice,
        };
        let only = match &part {
            Part::Edit(edit) => edit.only.as_ref(),
            _ => None,
        };
        let instead = match &part {
            Part::React { instead, .. } => *instead,
            _ => None,
        };
        let abilities = self.abilities(&place, only);
        match abilities.fit(part) {
            Ok(fit) => {
                let last = copies.list.last();
                let said = instead.filter(|_| fit.losses.contains(&Loss::Reaction));
                let way = Way {
                    place: &place,
                    conversation: copies.conversation,
                    message: message.or(said),
                    priority,
                    pending: &copies.pending,
                    before: last.and_then(|last| copies.pending.get(&last.target.id).copied()),
                };
                self.hand_over(&way, fit)
            }
            Err(refusal) => {
                self.refused(refusal.to_string());
                Vec::new()
            }
        }
    }

    /// What a place makes of what it was asked for becomes deliveries. Answers what is done in another way.
    fn hand_over(&mut self, way: &Way<'_>, fit: Fit) -> Vec<Loss> {
        self.lose(&fit.losses);
        self.deliver(way, fit.bodies);
        fit.losses
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
                // Who came back meanwhile would be taken out again.
                FittedBody::Measure {
                    measure: Measure::Kick, ..
                } => (0, None, false),
                // Done twice, it is the same.
                FittedBody::Remove { .. } | FittedBody::Measure { .. } | FittedBody::Thread { .. } => (0, None, true),
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
                | FittedBody::Remove { .. }
                | FittedBody::Measure { .. }
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

    /// Notes what is done in another way.
    pub(super) fn lose(&mut self, losses: &[Loss]) {
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

/// What staff read where a message stands that somebody took back.
pub(super) fn undeleted(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was taken back still stands on the platform: {why}. If it must go, somebody with the right to do so \
         there has to delete it."
    ))
}

/// The same where nobody knows whether it is gone.
pub(super) fn perhaps_undeleted(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was taken back may still stand on the platform, since it never said that it is gone: {why}. Please look, \
         and have it deleted there if it must go."
    ))
}
