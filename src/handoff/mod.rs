//! Passing a conversation to staff and back: what staff do in the console, what waits, and what ends by a clock.
//!
//! Owns who holds the pen and why. It answers nothing itself and sends nothing itself: like every handler it hands back
//! an outcome. Which message calls for a person is a plugin's decision; that a person is called is carried out by the
//! dispatcher, which then tells this handler by `conversation_changed`.

mod among_people;
mod clocks;
mod estimate;
mod hours;
mod leaving;
mod message;
mod presence;
mod refusal;
mod staff;
mod welcome;
mod words;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::presence::Presence;
pub use self::refusal::Refusal;
use self::staff::Desk;
pub use self::welcome::Welcome;
use self::words::{Words, words};
use crate::clock::Clock;
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::model::action::Author;
use crate::model::button::{ButtonEffect, ButtonOwner, HostButton, HostPress};
use crate::model::conversation::{Actor, Conversation, Holder, HolderKind, Transition};
use crate::model::directory::Audience;
use crate::model::event::ConversationDue;
use crate::model::ids::{AccountId, MessageId, QueueName};
use crate::model::{Event, EventBody};
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::core::{ConversationFilter, ConversationOrder, StoredEvent, TraceStep, Verdict};
use crate::storage::{Page, ReadError, SharedStorage, Unit};

/// Where a conversation waits when nobody names a queue.
pub const QUEUE_DEFAULT: &str = "normal";

/// The name in traces; the console looks for it to show why an act was refused.
pub const NAME: &str = "handoff";

/// Whoever is further behind is told so; an exact number would not comfort them.
const POSITION_MAX: u32 = 100;

/// So many of the last messages are looked through for the one that a reply in a shared place answers.
const LOOK_BACK: u32 = 20;

/// What waits were like longer ago tells nothing of today.
const WAITS_SINCE: Duration = Duration::from_hours(14 * 24);

/// So many of the last waits make the estimate: enough for a range, few enough to follow a busy day.
const WAITS_MAX: u32 = 50;

/// The handler.
pub struct Handoff {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
}

impl Handoff {
    /// Stands before the chain of plugins: while a person holds the pen, plugins do not see what is said.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    async fn words(&self, snapshot: &Snapshot, conversation: &Conversation) -> Result<&'static Words, ReadError> {
        let asker = match (&snapshot.author, conversation.asker) {
            (Some(author), Some(asker)) if author.id == asker => author.language.clone(),
            (_, Some(asker)) => self.storage.identity(asker).await?.and_then(|asker| asker.language),
            _ => None,
        };
        Ok(words(&asker.unwrap_or_else(|| snapshot.community.language.clone())))
    }

    /// The visitor's last message, where others read along and would not know what a reply is about.
    async fn answered(&self, snapshot: &Snapshot, conversation: &Conversation) -> Result<Option<MessageId>, ReadError> {
        let alone = snapshot
            .place
            .as_deref()
            .is_some_and(|place| place.audience == Audience::Direct || place.thread);
        if alone {
            return Ok(None);
        }
        let page = Page {
            before: None,
            limit: LOOK_BACK,
        };
        let messages = self.storage.messages_of_conversation(conversation.id, page).await?;
        let asked = messages.iter().find(|message| message.new.native.is_some());
        Ok(asked.map(|message| message.new.id))
    }

    /// How many wait in the same queue, the conversation included; none when too many to count.
    async fn position(&self, conversation: &Conversation, queue: &QueueName) -> Result<Option<usize>, ReadError> {
        let filter = ConversationFilter {
            community: Some(conversation.community),
            holders: vec![HolderKind::Waiting],
            order: ConversationOrder::HeldLongest,
            ..ConversationFilter::default()
        };
        let waiting = self.storage.conversations(&filter, POSITION_MAX).await?;
        let ahead = waiting.iter().filter(|other| {
            let same = matches!(&other.holder, Holder::Waiting { queue: of } if of == queue);
            // Many may come within one millisecond; each has a number of its own all the same.
            same && (other.changed_at, other.id) < (conversation.changed_at, conversation.id)
        });
        let ahead = ahead.count();
        Ok((waiting.len() < POSITION_MAX as usize).then_some(ahead + 1))
    }

    /// Tells the visitor once that they wait, and as which.
    async fn entered_queue(
        &self,
        snapshot: &Snapshot,
        from: HolderKind,
        queue: &QueueName,
    ) -> Result<Outcome, ReadError> {
        let Some(conversation) = &snapshot.conversation else {
            return Ok(Outcome::default());
        };
        // By the time of this turn somebody may have claimed it.
        if conversation.holder.kind() != HolderKind::Waiting {
            return Ok(passed("it does not wait any more"));
        }
        let words = self.words(snapshot, conversation).await?;
        let mut text = self.queue_notice(snapshot, conversation, queue, words).await?;
        if from == HolderKind::Person {
            text = words.back_in_line(&text);
        }
        let mut outcome = acted(format!("told the visitor that they wait in `{queue}`"));
        let to = self.answered(snapshot, conversation).await?;
        let offered = leaving::offered(&*self.clock, conversation, (&text, to), words);
        outcome.actions.push((None, offered));
        Ok(outcome)
    }

    /// When somebody is back, or the place in the queue and how long others waited lately.
    async fn queue_notice(
        &self,
        snapshot: &Snapshot,
        conversation: &Conversation,
        queue: &QueueName,
        words: &Words,
    ) -> Result<String, ReadError> {
        let hours = self.storage.hours(conversation.community).await?;
        let zone = &snapshot.community.zone;
        if let Some(opening) = hours::next_opening(&hours, zone, snapshot.now) {
            return Ok(words.away(&opening, zone));
        }
        let since = snapshot.now - WAITS_SINCE;
        let waits = self.storage.waits(conversation.community, queue, since, WAITS_MAX);
        let waits = estimate::range(waits.await?);
        Ok(words.waiting(self.position(conversation, queue).await?, waits))
    }

    /// What was last seen of who holds the conversation.
    async fn presence(&self, conversation: &Conversation, agent: AccountId) -> Result<Presence, ReadError> {
        let sessions = self.storage.sessions(agent).await?;
        let page = Page {
            before: None,
            limit: LOOK_BACK,
        };
        let messages = self.storage.messages_of_conversation(conversation.id, page).await?;
        let console = sessions.first().map(|session| session.seen_at);
        Ok(Presence::of(conversation, agent, console, &messages))
    }

    /// The queue that the conversation waited in last.
    async fn last_queue(&self, conversation: &Conversation) -> Result<QueueName, ReadError> {
        let log = self.storage.transitions(conversation.id).await?;
        let waited = log.into_iter().rev().find_map(|logged| match logged.to {
            Holder::Waiting { queue } => Some(queue),
            _ => None,
        });
        Ok(waited.unwrap_or_else(|| QueueName::from(QUEUE_DEFAULT)))
    }

    /// Looks whether whoever holds the conversation is still there.
    async fn look_for_agent(&self, snapshot: &Snapshot) -> Result<Outcome, ReadError> {
        let Some(conversation) = &snapshot.conversation else {
            return Ok(Outcome::default());
        };
        let Holder::Person { agent } = conversation.holder else {
            return Ok(passed("nobody holds it any more"));
        };
        let presence = self.presence(conversation, agent).await?;
        let queue = self.last_queue(conversation).await?;
        Ok(presence.looked(&*self.clock, snapshot.now, conversation, queue))
    }

    /// What a visitor says to somebody who has gone is for the queue.
    async fn said_to_person(&self, snapshot: &Snapshot, outcome: &mut Outcome) -> Result<(), ReadError> {
        if let Some(conversation) = &snapshot.conversation
            && let Holder::Person { agent } = conversation.holder
            && self.presence(conversation, agent).await?.is_gone(snapshot.now)
        {
            let queue = self.last_queue(conversation).await?;
            outcome.transitions.push(presence::returned(queue));
        }
        Ok(())
    }

    /// From now on it is looked whether whoever holds the conversation is there.
    fn claimed(&self, snapshot: &Snapshot) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(conversation) = &snapshot.conversation
            && conversation.holder.kind() == HolderKind::Person
        {
            outcome
                .jobs
                .push(presence::watch(&*self.clock, conversation, snapshot.now));
        }
        outcome
    }

    /// A message or command of the visitor.
    async fn spoken(&self, body: &EventBody, snapshot: &Snapshot) -> Result<Outcome, ReadError> {
        if let Some(left) = self.left(body, snapshot).await? {
            return Ok(left);
        }
        let mut outcome = Self::said(body, snapshot);
        self.said_to_person(snapshot, &mut outcome).await?;
        Ok(outcome)
    }

    /// A message or edit of the visitor: plugins see it only while the bot holds the pen.
    fn said(event: &EventBody, snapshot: &Snapshot) -> Outcome {
        let Some(conversation) = &snapshot.conversation else {
            return Outcome::default();
        };
        if let Some(outcome) = among_people::silence(event, snapshot, conversation) {
            return outcome;
        }
        let actor = snapshot
            .author
            .as_ref()
            .map_or(Actor::Host, |author| Actor::Identity(author.id));
        let opens = matches!(event, EventBody::Message(_) | EventBody::Command { .. });
        let mut outcome = match &conversation.holder {
            Holder::Bot | Holder::Peers => return Outcome::default(),
            Holder::Waiting { .. } => acted("recorded: the conversation waits for staff".to_owned()),
            Holder::Person { .. } => acted("recorded: a person answers in this conversation".to_owned()),
            Holder::Snoozed { agent, .. } if opens => {
                let mut outcome = acted("woke the conversation for its agent".to_owned());
                outcome.transitions.push(Transition {
                    to: Holder::Person { agent: *agent },
                    actor,
                    reason: "the visitor wrote".to_owned(),
                });
                outcome.jobs.push(clocks::cancel_snooze(conversation.id));
                outcome
            }
            Holder::Closed { .. } if opens && calls(event, snapshot, conversation) => {
                let mut outcome = acted("reopened for staff, who closed it".to_owned());
                outcome.transitions.push(Transition {
                    to: Holder::Waiting {
                        queue: QueueName::from(QUEUE_DEFAULT),
                    },
                    actor,
                    reason: "the visitor wrote again after staff had closed".to_owned(),
                });
                outcome
            }
            Holder::Snoozed { .. } | Holder::Closed { .. } => acted("recorded".to_owned()),
        };
        outcome.flow = Flow::Stop;
        outcome
    }

    /// Who waits says that they need nobody any more; none where they say something else.
    async fn left(&self, body: &EventBody, snapshot: &Snapshot) -> Result<Option<Outcome>, ReadError> {
        let Some(conversation) = &snapshot.conversation else {
            return Ok(None);
        };
        if !leaving::is_said(body, snapshot, conversation) {
            return Ok(None);
        }
        let words = self.words(snapshot, conversation).await?;
        let notice = self.notice_with_button(conversation).await?;
        let to = self.answered(snapshot, conversation).await?;
        Ok(Some(leaving::leave(&*self.clock, conversation, words, (notice, to))))
    }

    /// The last notice of the queue that still shows its button.
    async fn notice_with_button(&self, conversation: &Conversation) -> Result<Option<MessageId>, ReadError> {
        let page = Page {
            before: None,
            limit: LOOK_BACK,
        };
        for message in self.storage.messages_of_conversation(conversation.id, page).await? {
            if message.new.author != Author::Host {
                continue;
            }
            for shown in &message.new.buttons {
                if let ButtonEffect::Press { id } = shown.effect
                    && self
                        .storage
                        .button(id)
                        .await?
                        .is_some_and(|stored| leaving::is_ours(&stored))
                {
                    return Ok(Some(message.new.id));
                }
            }
        }
        Ok(None)
    }

    /// *A person, please* under an answer, or *Never mind* under the notice of the queue.
    async fn pressed(&self, snapshot: &Snapshot) -> Result<Outcome, ReadError> {
        let (Some(button), Some(conversation)) = (&snapshot.button, &snapshot.conversation) else {
            return Ok(Outcome::default());
        };
        if leaving::is_ours(button) {
            let shown = snapshot
                .about
                .as_ref()
                .is_none_or(|about| !about.new.buttons.is_empty());
            if !shown {
                // A second finger, or a platform that tells twice: the first press took the button away.
                return Ok(stopped(acted("pressed already".to_owned())));
            }
            let words = self.words(snapshot, conversation).await?;
            let to = self.answered(snapshot, conversation).await?;
            return Ok(leaving::leave(
                &*self.clock,
                conversation,
                words,
                (Some(button.message), to),
            ));
        }
        let asks = button.meaning.owner == ButtonOwner::Host
            && HostPress::parse(&button.meaning.payload).is_some_and(|press| press.press == HostButton::Person);
        if !asks {
            return Ok(Outcome::default());
        }
        let mut outcome = match conversation.holder.kind() {
            HolderKind::Waiting | HolderKind::Person | HolderKind::Snoozed => {
                let words = self.words(snapshot, conversation).await?;
                let mut outcome = acted("a person is called already".to_owned());
                let notice = message::notice(&*self.clock, conversation, words.already_called);
                outcome.actions.push((None, notice));
                outcome
            }
            HolderKind::Bot | HolderKind::Peers | HolderKind::Closed => {
                let actor = snapshot
                    .author
                    .as_ref()
                    .map_or(Actor::Host, |author| Actor::Identity(author.id));
                let mut outcome = acted("asked for a person".to_owned());
                outcome.transitions.push(Transition {
                    to: Holder::Waiting {
                        queue: QueueName::from(QUEUE_DEFAULT),
                    },
                    actor,
                    reason: "pressed \u{201c}A person, please\u{201d}".to_owned(),
                });
                outcome
            }
        };
        outcome.flow = Flow::Stop;
        Ok(outcome)
    }

    async fn staff(&self, event: &EventBody, snapshot: &Snapshot) -> Result<Outcome, ReadError> {
        let EventBody::Staff { account, name, act } = event else {
            return Ok(Outcome::default());
        };
        let Some(conversation) = &snapshot.conversation else {
            return Ok(refused(Refusal::Gone));
        };
        let words = self.words(snapshot, conversation).await?;
        let desk = Desk {
            clock: &*self.clock,
            now: snapshot.now,
            conversation,
            account: *account,
            name,
            words,
            answered: self.answered(snapshot, conversation).await?,
            target: match staff::target(act) {
                Some(message) => self.storage.message(message).await?,
                None => None,
            },
        };
        let mut outcome = match desk.decide(act) {
            Ok(mut done) => {
                done.also.push(Unit::Account(AccountUnit::Audit(NewAudit {
                    account: Some(*account),
                    community: Some(conversation.community),
                    act: act.word(),
                    subject: conversation.id.to_string(),
                    at: snapshot.now,
                })));
                done
            }
            Err(refusal) => refused(refusal),
        };
        outcome.flow = Flow::Stop;
        Ok(outcome)
    }
}

#[async_trait]
impl Handler for Handoff {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::Message(_)
            | EventBody::Edited(_)
            | EventBody::Command { .. }
            | EventBody::Press { .. }
            | EventBody::Staff { .. }
            | EventBody::ConversationDue { .. } => true,
            EventBody::ConversationChanged { to, .. } => {
                matches!(to.kind(), HolderKind::Waiting | HolderKind::Person)
            }
            _ => false,
        }
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let body = &event.new.event.body;
        let outcome = match body {
            EventBody::Staff { .. } => self.staff(body, snapshot).await,
            EventBody::Press { .. } => self.pressed(snapshot).await,
            EventBody::ConversationChanged {
                from,
                to: Holder::Waiting { queue },
                ..
            } => self.entered_queue(snapshot, *from, queue).await,
            EventBody::ConversationChanged { .. } => Ok(self.claimed(snapshot)),
            EventBody::ConversationDue { what, .. } => match (&snapshot.conversation, what) {
                (Some(conversation), ConversationDue::QuietEnds) => {
                    Ok(clocks::quiet_ends(event, snapshot, conversation, &*self.clock))
                }
                (Some(conversation), ConversationDue::SnoozeEnds) => {
                    Ok(clocks::snooze_ends(snapshot.now, conversation))
                }
                (Some(_), ConversationDue::AgentGone) => self.look_for_agent(snapshot).await,
                (None, _) => Ok(Outcome::default()),
            },
            EventBody::Edited(_) => Ok(Self::said(body, snapshot)),
            _ => self.spoken(body, snapshot).await,
        };
        outcome.map_err(|error| HandlerError::Failed(error.to_string()))
    }
}

/// Whether it is said to us: what others say to each other in a thread brings nothing back.
fn calls(event: &EventBody, snapshot: &Snapshot, conversation: &Conversation) -> bool {
    let own = snapshot.author.as_ref().map(|author| author.id) == conversation.asker;
    own || !event.is_overheard()
}

fn stopped(outcome: Outcome) -> Outcome {
    Outcome {
        flow: Flow::Stop,
        ..outcome
    }
}

fn acted(line: String) -> Outcome {
    with_step(Verdict::Acted, line)
}

fn passed(line: &str) -> Outcome {
    with_step(Verdict::Passed, line.to_owned())
}

fn refused(refusal: Refusal) -> Outcome {
    with_step(Verdict::Held, refusal.to_string())
}

fn with_step(verdict: Verdict, line: String) -> Outcome {
    let step = TraceStep {
        who: NAME.to_owned(),
        verdict,
        line,
        cpu_us: None,
        calls: Vec::new(),
        actions: Vec::new(),
    };
    Outcome {
        steps: vec![step],
        ..Outcome::default()
    }
}
