//! Keeps the questions that got no answer, so that somebody can write one.
//!
//! Runs behind the chain: what the plugins said of the question decides.

use async_trait::async_trait;

use super::scoring::fold;
use crate::dispatcher::{Handler, HandlerError, Outcome, Snapshot, Stance};
use crate::model::{Event, EventBody};
use crate::storage::Unit;
use crate::storage::core::StoredEvent;
use crate::storage::knowledge::{KnowledgeUnit, Unanswered};

/// What is longer is a story; its beginning names it.
const QUESTION_CHARS_MAX: usize = 500;

/// Records abstained questions.
#[derive(Debug, Default)]
pub struct GapHandler;

#[async_trait]
impl Handler for GapHandler {
    fn name(&self) -> &'static str {
        "knowledge gaps"
    }

    fn wants(&self, event: &Event) -> bool {
        matches!(event.body, EventBody::Message(_))
    }

    async fn handle(
        &self,
        event: &StoredEvent,
        snapshot: &Snapshot,
        so_far: &Outcome,
    ) -> Result<Outcome, HandlerError> {
        let mut outcome = Outcome::default();
        let (EventBody::Message(message), Stance::Abstained(reason)) = (&event.new.event.body, &so_far.stance) else {
            return Ok(outcome);
        };
        let question: String = message.content.to_plain().chars().take(QUESTION_CHARS_MAX).collect();
        let folded = fold(&question);
        if folded.is_empty() {
            return Ok(outcome);
        }
        outcome.also.push(Unit::Knowledge(KnowledgeUnit::Unanswered(Unanswered {
            community: event.new.community,
            question,
            folded,
            reason: reason.clone(),
            place: event.new.place,
            identity: event.new.author,
            at: snapshot.now,
        })));
        Ok(outcome)
    }
}
