//! Keeps the questions that got no good answer, so that somebody can write one.
//!
//! Runs behind the chain: what the plugins said of the question decides. What staff ask is kept nowhere: they may write what
//! members are not to read. Questions that people answered are found at night, by `look`. What somebody takes back where they said it is
//! emptied by [`TakenBack`], and what was kept or made of it goes with it.

use async_trait::async_trait;

use super::scoring::fold;
use crate::dispatcher::{Handler, HandlerError, Outcome, Snapshot, Stance};
use crate::model::action::Author;
use crate::model::{Event, EventBody};
use crate::storage::Unit;
use crate::storage::core::StoredEvent;
use crate::storage::knowledge::{KnowledgeUnit, Missed, Unanswered};
use crate::storage::unit::MessageChange;

/// What is longer is a story; its beginning names it.
pub(super) const QUESTION_CHARS_MAX: usize = 500;

/// Records questions that were missed.
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
        let EventBody::Message(message) = &event.new.event.body else {
            return Ok(outcome);
        };
        let (missed, reason) = match &so_far.stance {
            Stance::Abstained(reason) => (Missed::Abstained, reason.clone()),
            // Said of a message: what it asks was answered just now.
            Stance::Missed => (Missed::AskedAgain, "asked again in other words".to_owned()),
            Stance::Neutral | Stance::Answered => return Ok(outcome),
        };
        if so_far.for_owners || !is_of_member(snapshot) {
            return Ok(outcome);
        }
        let question = question(&message.content.to_plain());
        if fold(&question).is_empty() {
            return Ok(outcome);
        }
        outcome.also.push(Unit::Knowledge(KnowledgeUnit::Unanswered(Unanswered {
            community: event.new.community,
            question,
            missed,
            reason,
            place: event.new.place,
            identity: event.new.author,
            message: snapshot.message,
            conversation: snapshot.conversation.as_ref().map(|conversation| conversation.id),
            at: snapshot.now,
        })));
        Ok(outcome)
    }
}

/// Empties what a person takes back. Comes before the chain: no plugin may keep what somebody no longer wants to have said.
#[derive(Debug, Default)]
pub struct TakenBack;

#[async_trait]
impl Handler for TakenBack {
    fn name(&self) -> &'static str {
        "taken back"
    }

    fn wants(&self, event: &Event) -> bool {
        matches!(event.body, EventBody::Deleted { .. })
    }

    async fn handle(&self, _: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let mut outcome = Outcome::default();
        outcome.also.extend(taken_back(snapshot));
        Ok(outcome)
    }
}

/// What a person deleted. What a plugin removed is kept for staff, and its deletion is told of, too.
fn taken_back(snapshot: &Snapshot) -> Option<Unit> {
    let about = snapshot.about.as_ref()?;
    let stands = about.removed.is_none() && about.deleted_at.is_none();
    let of_person = matches!(about.new.author, Author::Identity { .. });
    (stands && of_person).then(|| {
        Unit::Message(MessageChange {
            message: about.new.id,
            content: None,
            removed: None,
            buttons: Some(Vec::new()),
            at: snapshot.now,
        })
    })
}

/// A question as it is kept.
pub(super) fn question(text: &str) -> String {
    text.chars().take(QUESTION_CHARS_MAX).collect()
}

/// Whether somebody asks whose questions count: no program, and nobody on staff.
pub(super) fn is_of_member(snapshot: &Snapshot) -> bool {
    let author = snapshot.author.as_deref();
    author.is_some_and(|author| !author.bot && !author.staff)
}
