//! What became of an event: a line for each handler and plugin.

use anyhow::Result;
use async_trait::async_trait;

use super::{Ops, Reply};
use crate::dispatcher::chain::explain;
use crate::installer::Explains;
use crate::model::ids::{CommunityId, EventSeq, MessageId};
use crate::person::masked;
use crate::plugin_host::Packages;
use crate::storage::core::{StoredEvent, Trace};
use crate::storage::{ReadError, SharedStorage};

/// As much of what was sent as shows what it is about.
const EXCERPT_CHARS_MAX: usize = 100;

/// Tells owners in a chat what became of events.
pub(in crate::app) struct Why(pub(in crate::app) SharedStorage);

#[async_trait]
impl Explains for Why {
    async fn explain(&self, community: CommunityId, event: EventSeq) -> Result<Option<Vec<Vec<String>>>, ReadError> {
        let found = self.0.event(event).await?;
        // What happens in another community is nobody's business here.
        let own = found.filter(|(event, _)| event.new.community == community);
        Ok(match own {
            Some((event, trace)) => Some(rows(&self.0, &event, trace).await?),
            None => None,
        })
    }
}

impl Ops {
    /// `what` is an event's number or a message's id.
    pub(super) async fn explain(&self, what: &str) -> Result<Reply> {
        let found = if let Ok(seq) = what.parse() {
            self.storage.event(EventSeq(seq)).await?
        } else if let Ok(id) = what.parse::<MessageId>() {
            self.storage.event_of_message(id).await?
        } else {
            None
        };
        let Some((event, trace)) = found else {
            return Ok(Reply::Refused {
                message: format!("there is no event or message `{what}`"),
                hint: Some("the console's events page shows the numbers of the last ones".to_owned()),
            });
        };
        let rows = rows(&self.storage, &event, trace).await?;
        Ok(Reply::table(&["who", "what", "why"], rows))
    }
}

/// Who, what and why.
async fn rows(
    storage: &SharedStorage,
    event: &StoredEvent,
    trace: Option<Trace>,
) -> Result<Vec<Vec<String>>, ReadError> {
    let mut rows = vec![vec![
        format!("event {}", event.seq.0),
        event.new.event.body.kind().to_owned(),
        event.new.received_at.to_string(),
    ]];
    let trace = trace.unwrap_or_default();
    let packages = Packages::bundled();
    let others = explain::others(storage, &packages, event, &trace).await?;
    let undecided = explain::undecided(storage, &packages, event.new.community).await?;
    for step in [trace.steps, others, undecided].concat() {
        let verdict = format!("{:?}", step.verdict).to_lowercase();
        rows.push(vec![step.who, verdict, masked(&step.line).into_owned()]);
    }
    for message in storage.said_because_of(event.seq).await? {
        let text = message.new.content.to_plain();
        let line: String = masked(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(EXCERPT_CHARS_MAX).collect();
        for delivery in storage.deliveries_of_message(message.new.id).await? {
            let state = super::word(delivery.state).to_owned();
            rows.push(vec!["sent".to_owned(), state, line.clone()]);
        }
    }
    Ok(rows)
}
