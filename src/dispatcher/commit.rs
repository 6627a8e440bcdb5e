//! Writes all that one event causes, in one unit, and tells those who go on from there.

use std::time::Duration;

use super::handler::Snapshot;
use super::lanes::Item;
use super::outcome::Outcome;
use super::plan::Plan;
use super::snapshot::says_something;
use super::turn::{TurnError, step};
use super::{Core, fold, lane};
use crate::model::action::Author;
use crate::model::button::ButtonOwner;
use crate::model::content::Content;
use crate::model::conversation::{Conversation, HolderKind, LaneKey, Transition};
use crate::model::event::{ConversationDue, Event, EventBody, HOPS_MAX, Source};
use crate::model::ids::{DeliveryId, EventId, JobId, MessageRef};
use crate::storage::core::{EventState, StoredEvent, Trace, TraceStep, Verdict};
use crate::storage::unit::{
    Commit, ConversationWrite, EventEnd, JobChange, JobWork, NewDelivery, NewEvent, NewJob, NewMessage, Stored,
};
use crate::storage::{Applied, ReadError, Unit};
use crate::telemetry::{self, Metric};

/// A conversation of a shared place ends after so much quiet.
const QUIET_SHARED: Duration = Duration::from_mins(30);

/// A conversation of a direct chat or thread ends after so much quiet.
const QUIET_DIRECT: Duration = Duration::from_hours(24);

impl Core {
    /// Writes the outcome. A conflict means that things no longer stand as in the snapshot.
    pub(super) async fn commit(
        &self,
        event: &StoredEvent,
        snapshot: &Snapshot,
        mut outcome: Outcome,
    ) -> Result<(), TurnError> {
        let acts = !outcome.actions.is_empty() || !outcome.transitions.is_empty();
        let kept = is_kept(event, snapshot, acts);
        let conversation = snapshot.conversation.as_ref().filter(|_| kept);
        let mut plan = Plan::new(self, event, snapshot, conversation);
        if says_something(&event.new.event.body) {
            plan.messages.extend(said(event, snapshot, conversation));
        }
        for (plugin, action) in std::mem::take(&mut outcome.actions) {
            plan.add(plugin, action).await?;
        }
        plan.lose(&std::mem::take(&mut outcome.losses));
        outcome.steps.append(&mut plan.steps);
        outcome.events.append(&mut plan.events);
        outcome.also.append(&mut plan.also);
        let spoken = !plan.messages.is_empty();
        let write = conversation.map(|before| self.change(event, snapshot, before, &mut outcome, spoken));
        let after = write.as_ref().map(|write| write.after.clone());
        let deliveries = plan.deliveries.clone();
        let named = plan.messages.iter().any(|message| message.name.is_some());
        let (has_jobs, losses) = (!outcome.jobs.is_empty(), plan.losses);
        let commit = Commit {
            event: event.seq,
            end: EventEnd::Handled,
            at: snapshot.now,
            conversation: write,
            messages: plan.messages,
            for_owners: outcome.for_owners || event.new.event.body.is_of_owners(),
            changed_messages: plan.changed,
            deliveries: plan.deliveries,
            buttons: plan.buttons,
            kv_read: outcome.kv_read,
            kv: outcome.kv,
            jobs: outcome.jobs,
            events: outcome.events.clone(),
            trace: trace(outcome.steps, &deliveries),
            also: outcome.also,
        };
        let opening: Vec<DeliveryId> = deliveries.iter().map(|delivery| delivery.id).collect();
        self.openings.begin(&deliveries);
        self.write(commit, outcome.events)
            .await
            .inspect_err(|_| self.openings.forget(&opening))?;
        // Not before: until then nobody sees what the plugins write in what is stored.
        drop(outcome.held);
        // Not before: whoever loses a race does the same again.
        for loss in losses {
            telemetry::count_for(Metric::DegradationsTotal, loss.name());
        }
        if let Some(after) = &after {
            self.conversations.written(after);
        }
        if has_jobs {
            self.jobs.ring();
        }
        if let Err(error) = self.hand_over(deliveries, named).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "fresh deliveries are read from the table"
            );
            self.outbox.look_again();
        }
        Ok(())
    }

    /// The conversation after the event; adds what its changes bring about to the outcome.
    fn change(
        &self,
        event: &StoredEvent,
        snapshot: &Snapshot,
        before: &Conversation,
        outcome: &mut Outcome,
        spoken: bool,
    ) -> ConversationWrite {
        let mut after = before.clone();
        let mut logged = Vec::new();
        for transition in std::mem::take(&mut outcome.transitions) {
            let from = after.holder.kind();
            match after.apply(&transition, snapshot.now) {
                Ok(()) => {
                    outcome.events.extend(self.changed(event, &after, from, logged.len()));
                    logged.push(transition);
                }
                Err(error) => outcome
                    .steps
                    .push(step("dispatcher", Verdict::Failed, error.to_string())),
            }
        }
        let pressed = snapshot.button.as_ref().map(|button| &button.meaning.owner);
        let chosen = matches!(pressed, Some(ButtonOwner::Plugin(_)));
        after.misses = fold::misses(before.misses, &outcome.stance, chosen);
        if spoken {
            after.active_at = snapshot.now;
        }
        after.version = before.version.next();
        if opens(before, &after, snapshot.fresh, &logged) {
            let job = self.quiet_end(&after, snapshot);
            outcome.jobs.push(job);
        }
        ConversationWrite {
            before: (!snapshot.fresh).then_some(before.version),
            after,
            transitions: logged,
        }
    }

    /// Writes the commit and puts its follow-ups into their lanes.
    async fn write(&self, commit: Commit, events: Vec<NewEvent>) -> Result<(), TurnError> {
        let unit = Unit::Commit(Box::new(commit));
        if events.is_empty() {
            self.storage.write(unit).await?;
            return Ok(());
        }
        let reservation = self
            .lanes
            .reserve(events.iter().map(|event| event.lane.clone()).collect());
        match self.storage.write(unit).await {
            Ok(Applied::Events(stored)) => {
                let now = self.clock.elapsed();
                let items = events.into_iter().zip(stored).filter_map(|(new, stored)| match stored {
                    Stored::New(seq) => {
                        let state = EventState::Accepted;
                        Some(Item::new(StoredEvent { seq, new, state }, now))
                    }
                    Stored::Duplicate(_) => None,
                });
                reservation.fill(items);
                Ok(())
            }
            // Dropping the reservation sends us to the table, where the events are.
            Ok(_) => Ok(()),
            Err(error) => {
                reservation.fill([]);
                Err(error.into())
            }
        }
    }

    /// Gives the relay what it will find in the table, too. A second send under a name in use is not in the table.
    async fn hand_over(&self, deliveries: Vec<NewDelivery>, named: bool) -> Result<(), ReadError> {
        if !named {
            self.outbox.hand_over(deliveries);
            return Ok(());
        }
        let mut stored = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            if self.storage.delivery(delivery.id).await?.is_some() {
                stored.push(delivery);
            }
        }
        self.outbox.hand_over(stored);
        Ok(())
    }

    /// The event that tells of a change of hands; none when our own events have led to each other too often.
    fn changed(&self, cause: &StoredEvent, after: &Conversation, from: HolderKind, number: usize) -> Option<NewEvent> {
        let hops = cause.new.event.hops.saturating_add(1);
        if hops > HOPS_MAX {
            return None;
        }
        let id = EventId(self.clock.id());
        let now = self.clock.now();
        let event = Event {
            source: Source::Internal {
                conversation: Some(after.id),
                place: Some(after.place),
            },
            occurred_at: now,
            dedupe: format!("changed/{}/{number}", cause.new.id),
            hops,
            body: EventBody::ConversationChanged {
                conversation: after.id,
                from,
                to: after.holder.clone(),
            },
        };
        Some(NewEvent {
            id,
            community: after.community,
            place: Some(after.place),
            author: None,
            lane: after.lane.clone(),
            received_at: now,
            event,
        })
    }

    /// The job that asks whether the conversation has gone quiet. It is made once; when it is due, whoever handles it
    /// looks when somebody last spoke, and puts it off.
    fn quiet_end(&self, conversation: &Conversation, snapshot: &Snapshot) -> JobChange {
        let whole = snapshot
            .place
            .as_deref()
            .is_some_and(|place| lane::of_whole_place(place).is_some());
        let due = snapshot.now + if whole { QUIET_DIRECT } else { QUIET_SHARED };
        let id = JobId(self.clock.id());
        let event = Event {
            source: Source::Internal {
                conversation: Some(conversation.id),
                place: Some(conversation.place),
            },
            occurred_at: due,
            dedupe: String::new(),
            hops: 0,
            body: EventBody::ConversationDue {
                job: id,
                what: ConversationDue::QuietEnds,
            },
        };
        JobChange::Put(NewJob {
            id,
            key: format!("quiet/{}", conversation.id),
            due,
            repeat: None,
            work: JobWork::Event {
                community: conversation.community,
                place: Some(conversation.place),
                lane: LaneKey::clone(&conversation.lane),
                event: Box::new(event),
            },
        })
    }
}

/// What is kept of how it came to this.
fn trace(steps: Vec<TraceStep>, deliveries: &[NewDelivery]) -> Trace {
    let sent = deliveries.iter().map(|delivery| delivery.id).collect();
    Trace { steps, sent }
}

/// Whether the event is written as part of its conversation. What was merely overheard opens none by itself.
fn is_kept(event: &StoredEvent, snapshot: &Snapshot, acts: bool) -> bool {
    !snapshot.fresh || acts || !event.new.event.body.is_overheard()
}

/// Whether the conversation is open from now on and was not before.
fn opens(before: &Conversation, after: &Conversation, fresh: bool, logged: &[Transition]) -> bool {
    let was_closed = fresh || before.holder.kind() == HolderKind::Closed && !logged.is_empty();
    was_closed && after.holder.kind() != HolderKind::Closed
}

/// What somebody said, as it is kept.
fn said(event: &StoredEvent, snapshot: &Snapshot, conversation: Option<&Conversation>) -> Option<NewMessage> {
    let (native, content, files) = match &event.new.event.body {
        EventBody::Message(message) => (message.native.clone(), message.content.clone(), message.files.clone()),
        EventBody::Command {
            message: Some(native),
            name,
            rest,
            ..
        } => {
            let text = format!("/{name} {rest}");
            (MessageRef::clone(native), Content::plain(text.trim()), Vec::new())
        }
        _ => return None,
    };
    Some(NewMessage {
        id: snapshot.message?,
        conversation: conversation.map(|conversation| conversation.id),
        place: event.new.place?,
        author: Author::Identity { id: event.new.author? },
        native: Some(native),
        reply_to: snapshot.about.as_ref().map(|about| about.new.id),
        note: false,
        only: None,
        content,
        buttons: Vec::new(),
        files,
        cites: Vec::new(),
        name: None,
        at: event.new.received_at,
    })
}
