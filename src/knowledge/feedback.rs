//! What a press on *Helpful* or *Not it* means.
//!
//! Records it for the revision that was served and takes the pressed buttons away. The plugin that answered hears of it
//! from the chain; *A person, please* is `handoff`'s.

use async_trait::async_trait;

use crate::dispatcher::{Handler, HandlerError, Outcome, Snapshot, Stance};
use crate::model::action::Action;
use crate::model::button::{Button, ButtonEffect, ButtonOwner, HostButton, HostPress};
use crate::model::ids::MessageId;
use crate::model::{Event, EventBody};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};
use crate::storage::knowledge::{Feedback, KnowledgeUnit};
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
        let Some((press, helpful)) = said(&button.meaning.payload) else {
            return Ok(outcome);
        };
        outcome.also = units(&press, helpful, button.message, event, snapshot);
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
        outcome.steps.push(TraceStep {
            who: self.name().to_owned(),
            verdict: Verdict::Acted,
            line: line(&press, helpful),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        });
        Ok(outcome)
    }
}

fn said(payload: &str) -> Option<(HostPress, bool)> {
    let press = HostPress::parse(payload)?;
    match press.press {
        HostButton::Helpful => Some((press, true)),
        HostButton::NotIt => Some((press, false)),
        HostButton::Person => None,
    }
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
                question: press.question.clone(),
                at: snapshot.now,
            }))
        })
        .collect()
}

fn line(press: &HostPress, helpful: bool) -> String {
    let entries: Vec<String> = press.cites.iter().map(|(id, rev)| format!("{id} rev {rev}")).collect();
    let word = if helpful { "helpful" } else { "not it" };
    format!("{word}: {}", entries.join(", "))
}
