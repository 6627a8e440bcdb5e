//! Handlers that tests write as closures.

use async_trait::async_trait;

use switchboard::dispatcher::{Handler, HandlerError, Outcome, Snapshot};
use switchboard::model::action::{Author, Priority, Send};
use switchboard::model::ids::{MessageId, PluginId};
use switchboard::model::{Action, Content, Event, EventBody};
use switchboard::storage::core::StoredEvent;

use super::runtime::Parts;

type Decide = dyn Fn(&StoredEvent, &Snapshot) -> Result<Outcome, HandlerError> + std::marker::Send + Sync;

/// A handler that wants everything and decides by a closure.
pub struct Script {
    decide: Box<Decide>,
}

impl Script {
    pub fn new(
        decide: impl Fn(&StoredEvent, &Snapshot) -> Result<Outcome, HandlerError> + std::marker::Send + Sync + 'static,
    ) -> Self {
        Self {
            decide: Box::new(decide),
        }
    }

    /// Answers each message with what `reply` makes of its text.
    pub fn answering(
        parts: &Parts,
        reply: impl Fn(&str) -> Option<String> + std::marker::Send + Sync + 'static,
    ) -> Self {
        let clock = std::sync::Arc::clone(&parts.clock);
        Self::new(move |event, snapshot| {
            let EventBody::Message(message) = &event.new.event.body else {
                return Ok(Outcome::default());
            };
            let mut outcome = Outcome::default();
            if let Some(text) = reply(&message.content.to_plain()) {
                outcome
                    .actions
                    .push(answer(MessageId(clock.id()), snapshot, "test/echo", &text));
            }
            Ok(outcome)
        })
    }
}

#[async_trait]
impl Handler for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn wants(&self, _: &Event) -> bool {
        true
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        (self.decide)(event, snapshot)
    }
}

/// What a plugin sends to where the event happened.
pub fn answer(message: MessageId, snapshot: &Snapshot, plugin: &str, text: &str) -> (Option<PluginId>, Action) {
    let id = PluginId::from(plugin);
    let send = Send {
        message,
        place: snapshot.place.as_ref().expect("the event has a place").id,
        thread: false,
        reply_to: snapshot.message,
        only: None,
        author: Author::Plugin { id: id.clone() },
        content: Content::plain(text),
        short: None,
        buttons: Vec::new(),
        meanings: Vec::new(),
        files: Vec::new(),
        cites: Vec::new(),
        name: None,
        priority: Priority::Answer,
    };
    (Some(id), Action::Send(send))
}
