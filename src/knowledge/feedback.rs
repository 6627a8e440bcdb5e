//! What a press on *Helpful* or *Not it* means.
//!
//! Records it for the revision that was served and takes the pressed buttons away. The plugin that answered hears of it
//! from the chain; *A person, please* is `handoff`'s. *Dismiss* says the same as *Not it* of an answer that nobody asked
//! for, which goes away with it; nobody looks for another one.

use async_trait::async_trait;

use super::gaps;
use super::scoring::fold;
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot, Stance};
use crate::model::action::Action;
use crate::model::button::{Button, ButtonEffect, ButtonOwner, HostButton, HostPress};
use crate::model::ids::{IdentityId, MessageId};
use crate::model::{Event, EventBody};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};
use crate::storage::knowledge::{Feedback, KnowledgeUnit, Missed, Unanswered};
use crate::storage::{SharedStorage, Unit};

/// Handles the host's feedback buttons.
pub struct FeedbackHandler {
    storage: SharedStorage,
}

impl FeedbackHandler {
    /// Reads stored buttons from `storage`.
    pub fn new(storage: SharedStorage) -> Self {
        Self { storage }
    }

    fn step(&self, verdict: Verdict, line: String) -> TraceStep {
        TraceStep {
            who: self.name().to_owned(),
            verdict,
            line,
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// What the same person said of the same answer before; what they say last counts.
    async fn said_before(&self, answer: MessageId, who: Option<IdentityId>) -> Result<Option<bool>, HandlerError> {
        let Some(who) = who else { return Ok(None) };
        let said = self.storage.feedback_of(answer, who).await;
        said.map_err(|error| HandlerError::Failed(error.to_string()))
    }

    /// The buttons of the message that are not about feedback.
    async fn others(&self, buttons: &[Button]) -> Result<Vec<Button>, HandlerError> {
        let mut others = Vec::new();
        for button in buttons {
            let id = match &button.effect {
                ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => *id,
                ButtonEffect::Link { .. } => {
                    others.push(button.clone());
                    continue;
                }
            };
            let stored = self
                .storage
                .button(id)
                .await
                .map_err(|error| HandlerError::Failed(error.to_string()))?;
            let feedback = stored.is_some_and(|stored| {
                stored.meaning.owner == ButtonOwner::Host && said(&stored.meaning.payload).is_some()
            });
            if !feedback {
                others.push(button.clone());
            }
        }
        Ok(others)
    }
}

#[async_trait]
impl Handler for FeedbackHandler {
    fn name(&self) -> &'static str {
        "knowledge feedback"
    }

    fn wants(&self, event: &Event) -> bool {
        matches!(event.body, EventBody::Press { .. })
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let mut outcome = Outcome::default();
        let Some(button) = snapshot
            .button
            .as_ref()
            .filter(|b| b.meaning.owner == ButtonOwner::Host)
        else {
            return Ok(outcome);
        };
        let Some(press) = said(&button.meaning.payload) else {
            return Ok(outcome);
        };
        let helpful = press.press == HostButton::Helpful;
        if press.press != HostButton::Dismiss
            && self.said_before(button.message, event.new.author).await? == Some(helpful)
        {
            // A second finger, or a platform that tells twice: it is counted, and whoever was thanked need not be again.
            let line = format!("counted already: {}", line(&press));
            outcome.steps.push(self.step(Verdict::Passed, line));
            outcome.flow = Flow::Stop;
            return Ok(outcome);
        }
        outcome.also = units(&press, helpful, button.message, event, snapshot);
        if press.press == HostButton::NotIt {
            outcome.also.extend(missed(&press, event, snapshot));
        }
        outcome.steps.push(self.step(Verdict::Acted, line(&press)));
        if press.press == HostButton::Dismiss {
            let message = button.message;
            outcome.actions.push((None, Action::Delete { message }));
            // Nobody has asked, so nothing is missing: no miss is counted, and no plugin offers something else.
            outcome.flow = Flow::Stop;
            return Ok(outcome);
        }
        outcome.stance = if helpful { Stance::Answered } else { Stance::Missed };
        let message = snapshot.about.as_ref().filter(|about| about.new.id == button.message);
        if let Some(message) = message {
            let buttons = self.others(&message.new.buttons).await?;
            outcome.actions.push((
                None,
                Action::SetButtons {
                    message: button.message,
                    buttons,
                    meanings: Vec::new(),
                },
            ));
        }
        Ok(outcome)
    }
}

/// What a press says of an answer; none where it says something else.
fn said(payload: &str) -> Option<HostPress> {
    HostPress::parse(payload).filter(|press| press.press != HostButton::Person)
}

fn units(press: &HostPress, helpful: bool, message: MessageId, event: &StoredEvent, snapshot: &Snapshot) -> Vec<Unit> {
    press
        .cites
        .iter()
        .map(|(entry, revision)| {
            Unit::Knowledge(KnowledgeUnit::Feedback(Feedback {
                community: event.new.community,
                entry: entry.clone(),
                revision: *revision,
                message,
                conversation: snapshot.conversation.as_ref().map(|conversation| conversation.id),
                identity: event.new.author,
                helpful,
                asked: snapshot.about.as_ref().and_then(|answer| answer.new.reply_to),
                at: snapshot.now,
            }))
        })
        .collect()
}

/// The question that was answered wrongly; none where staff or a program say so.
fn missed(press: &HostPress, event: &StoredEvent, snapshot: &Snapshot) -> Option<Unit> {
    let question = gaps::question(&press.question);
    if fold(&question).is_empty() || !gaps::is_of_member(snapshot) {
        return None;
    }
    Some(Unit::Knowledge(KnowledgeUnit::Unanswered(Unanswered {
        community: event.new.community,
        question,
        missed: Missed::NotIt,
        reason: line(press),
        // Where nobody knows who read along, it counts as asked in a chat of two: what only one person could read is as private.
        place: event.new.place.filter(|_| !is_for_one(snapshot)),
        identity: event.new.author,
        message: snapshot.about.as_ref().and_then(|answer| answer.new.reply_to),
        conversation: snapshot.conversation.as_ref().map(|conversation| conversation.id),
        at: snapshot.now,
    })))
}

/// Whether only one person could read the answer.
fn is_for_one(snapshot: &Snapshot) -> bool {
    snapshot.about.as_ref().is_some_and(|answer| answer.new.only.is_some())
}

fn line(press: &HostPress) -> String {
    let entries: Vec<String> = press.cites.iter().map(|(id, rev)| format!("{id} rev {rev}")).collect();
    let word = match press.press {
        HostButton::Helpful => "helpful",
        HostButton::Dismiss => "dismissed, so not it",
        HostButton::NotIt | HostButton::Person => "not it",
    };
    format!("{word}: {}", entries.join(", "))
}
