//! What became of an event: a line for each handler and plugin.

use anyhow::Result;

use super::{Ops, ROWS_MAX, Reply};
use crate::model::EventBody;
use crate::model::ids::{EventSeq, MessageId};
use crate::storage::Page;
use crate::storage::core::{StoredEvent, Trace};

impl Ops {
    /// `what` is an event's number or a message's id.
    pub(super) async fn explain(&self, what: &str) -> Result<Reply> {
        let found = if let Ok(seq) = what.parse() {
            self.storage.event(EventSeq(seq)).await?
        } else if let Ok(id) = what.parse::<MessageId>() {
            self.event_of(id).await?
        } else {
            None
        };
        let Some((event, trace)) = found else {
            return Ok(Reply::Refused {
                message: format!("there is no event or message `{what}`"),
                hint: Some("the console's events page shows the numbers of the last ones".to_owned()),
            });
        };
        let mut rows = vec![vec![
            format!("event {}", event.seq.0),
            event.new.event.body.kind().to_owned(),
            event.new.received_at.to_string(),
        ]];
        for step in trace.unwrap_or_default().steps {
            let verdict = format!("{:?}", step.verdict).to_lowercase();
            rows.push(vec![step.who, verdict, step.line]);
        }
        Ok(Reply::table(&["who", "what", "why"], rows))
    }

    /// The event by which a message came in.
    async fn event_of(&self, id: MessageId) -> Result<Option<(StoredEvent, Option<Trace>)>> {
        let Some(message) = self.storage.message(id).await? else {
            return Ok(None);
        };
        let Some(conversation) = message.new.conversation else {
            return Ok(None);
        };
        let page = Page {
            before: None,
            limit: ROWS_MAX,
        };
        let events = self.storage.events_of_conversation(conversation, page).await?;
        Ok(events.into_iter().find(|(event, _)| match &event.new.event.body {
            EventBody::Message(said) => Some(&said.native) == message.new.native.as_ref(),
            _ => false,
        }))
    }
}
