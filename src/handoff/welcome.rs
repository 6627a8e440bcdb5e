//! The first word in a direct chat: that a bot answers here, and that a person can be had.
//!
//! Only where a platform tells that somebody has opened the chat; pages of ours say it before anything is stored.

use std::sync::Arc;

use async_trait::async_trait;

use super::message;
use super::words::words;
use crate::clock::Clock;
use crate::dispatcher::{Handler, HandlerError, Outcome, Snapshot};
use crate::model::directory::Audience;
use crate::model::event::Membership;
use crate::model::{Event, EventBody};
use crate::storage::core::StoredEvent;

/// Greets who opens a direct chat.
pub struct Welcome {
    clock: Arc<dyn Clock>,
}

impl Welcome {
    /// Messages get their ids from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl Handler for Welcome {
    fn name(&self) -> &'static str {
        "welcome"
    }

    fn wants(&self, event: &Event) -> bool {
        matches!(
            event.body,
            EventBody::Member {
                change: Membership::Joined
            }
        )
    }

    async fn handle(&self, _: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let mut outcome = Outcome::default();
        if let Some(place) = &snapshot.place
            && let Some(author) = &snapshot.author
            && place.audience == Audience::Direct
            && !author.bot
            && snapshot
                .conversation
                .as_ref()
                .is_none_or(|open| open.holder.bot_may_answer())
            && !snapshot.late
        {
            let language = author.language.as_ref().unwrap_or(&snapshot.community.language);
            let text = words(language).welcome;
            outcome
                .actions
                .push((None, message::notice_in(&*self.clock, place.id, text)));
        }
        Ok(outcome)
    }
}
