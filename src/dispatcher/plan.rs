//! Turns actions into what is written: messages, changes of messages, and fitted deliveries.

mod change;
mod copies;
mod moderate;
mod send;

use std::collections::HashMap;
use std::time::Duration;

pub(super) use self::change::{perhaps_undeleted, undeleted};
use self::copies::Copies;
use super::Core;
use super::handler::Snapshot;
use super::turn::step;
use crate::model::action::{Author, Priority, Send};
use crate::model::button::ButtonMeaning;
use crate::model::content::Content;
use crate::model::conversation::Conversation;
use crate::model::directory::Place;
use crate::model::event::{DeliveryEnd, Event, EventBody, HOPS_MAX, Source};
use crate::model::fit::part::Part;
use crate::model::fit::rules::{Fit, Loss};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{ButtonId, ConversationId, DeliveryId, EventId, MessageId, NativeId, PlaceId, PluginId};
use crate::model::measure::Measure;
use crate::model::{Action, Timestamp};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};
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
