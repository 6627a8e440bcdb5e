//! Sends a post when it is due, and writes down how that ended.

use async_trait::async_trait;

use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::content::Content;
use crate::model::event::DeliveryEnd;
use crate::model::ids::{MessageId, PostId};
use crate::model::{Action, Event, EventBody, Timestamp};
use crate::storage::core::{DeliveryState, StoredDelivery, StoredEvent, TraceStep, Verdict};
use crate::storage::posts::{Post, PostState, PostUnit};
use crate::storage::{ReadError, SharedStorage, Unit};

/// The name in traces.
const NAME: &str = "calendar";

/// The handler.
pub struct Publisher {
    storage: SharedStorage,
}

impl Publisher {
    /// Reads posts and how their deliveries stand; writes with the commit.
    pub fn new(storage: SharedStorage) -> Self {
        Self { storage }
    }

    async fn due(
        &self,
        event: &StoredEvent,
        post: PostId,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<Outcome, ReadError> {
        let Some(post) = self.storage.post(post).await? else {
            return Ok(passed("the post is gone"));
        };
        // Moved to another time or called off while the job was on its way: that time's own job brings it, or none.
        if post.state != PostState::Scheduled || post.due != Some(due) {
            return Ok(passed("the post is not planned for this time any more"));
        }
        // The event happens once, so that its id names the message in each try.
        let message = MessageId(event.new.id.0);
        // A place that an admin switched off after the post was planned must stay silent.
        let enabled = self.storage.place(post.place).await?.is_some_and(|place| place.enabled);
        if !enabled {
            let reason = "Switchboard does not act in this place any more.".to_owned();
            let mut outcome = acted("not sent: the place is switched off");
            outcome
                .also
                .push(ended(post, None, PostState::Failed, Some(reason), now));
            return Ok(outcome);
        }
        let send = Send {
            message,
            place: post.place,
            thread: false,
            reply_to: None,
            only: None,
            author: Author::Host,
            content: Content::markdown(&post.text),
            short: None,
            buttons: Vec::new(),
            meanings: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            priority: Priority::Campaign,
        };
        let mut outcome = acted("the post is on its way");
        outcome.actions.push((None, Action::Send(send)));
        outcome
            .also
            .push(ended(post, Some(message), PostState::Publishing, None, now));
        Ok(outcome)
    }

    async fn delivery_ended(
        &self,
        message: MessageId,
        end: &DeliveryEnd,
        now: Timestamp,
    ) -> Result<Outcome, ReadError> {
        let Some(post) = self.storage.post_of_message(message).await? else {
            return Ok(Outcome::default());
        };
        let pieces = self.storage.deliveries_of_message(message).await?;
        let (state, reason) = verdict(&pieces, end);
        if post.state == state {
            return Ok(passed("the other pieces are still on their way"));
        }
        let mut outcome = acted(&format!("the post is {}", state.as_str()));
        outcome.also.push(ended(post, Some(message), state, reason, now));
        Ok(outcome)
    }
}

#[async_trait]
impl Handler for Publisher {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::PostDue { .. } => true,
            // What plugins named is theirs.
            EventBody::DeliveryEnded { plugin, .. } => plugin.is_none(),
            _ => false,
        }
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let outcome = match &event.new.event.body {
            EventBody::PostDue { post, due } => self.due(event, *post, *due, snapshot.now).await,
            EventBody::DeliveryEnded { message, end, .. } => self.delivery_ended(*message, end, snapshot.now).await,
            _ => Ok(Outcome::default()),
        };
        let mut outcome = outcome.map_err(|error| HandlerError::Failed(error.to_string()))?;
        outcome.flow = Flow::Stop;
        Ok(outcome)
    }
}

/// What became of the post, from how all its pieces stand. `end` is how the last of them ended.
fn verdict(pieces: &[StoredDelivery], end: &DeliveryEnd) -> (PostState, Option<String>) {
    let has = |state: DeliveryState| pieces.iter().any(|piece| piece.state == state);
    let reason = match end {
        DeliveryEnd::Delivered => pieces.iter().find_map(|piece| piece.reason.clone()),
        DeliveryEnd::Failed { reason } | DeliveryEnd::PerhapsSent { reason } => Some(reason.clone()),
    };
    if pieces.is_empty() {
        // Nothing of it could even be tried.
        return match end {
            DeliveryEnd::Delivered => (PostState::Published, None),
            DeliveryEnd::Failed { .. } => (PostState::Failed, reason),
            DeliveryEnd::PerhapsSent { .. } => (PostState::Unconfirmed, reason),
        };
    }
    if has(DeliveryState::PerhapsSent) {
        (PostState::Unconfirmed, reason)
    } else if has(DeliveryState::Failed) || has(DeliveryState::GivenUp) {
        (PostState::Failed, reason)
    } else if has(DeliveryState::Queued) || has(DeliveryState::Sending) {
        (PostState::Publishing, None)
    } else {
        (PostState::Published, None)
    }
}

fn ended(post: Post, message: Option<MessageId>, state: PostState, reason: Option<String>, now: Timestamp) -> Unit {
    let before = post.version;
    let after = Post {
        state,
        message,
        reason,
        version: before.next(),
        changed_at: now,
        ..post
    };
    Unit::Post(PostUnit::Change {
        before,
        after: Box::new(after),
    })
}

fn acted(line: &str) -> Outcome {
    with_step(Verdict::Acted, line)
}

fn passed(line: &str) -> Outcome {
    with_step(Verdict::Passed, line)
}

fn with_step(verdict: Verdict, line: &str) -> Outcome {
    let step = TraceStep {
        who: NAME.to_owned(),
        verdict,
        line: line.to_owned(),
        cpu_us: None,
        calls: Vec::new(),
        actions: Vec::new(),
    };
    Outcome {
        steps: vec![step],
        ..Outcome::default()
    }
}
