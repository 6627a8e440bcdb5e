//! What became of an event: a line for each handler and plugin, what it read, called, wrote and asked for, and what was sent.

use anyhow::Result;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Ops, Reply};
use crate::console::show::{happened, names, words};
use crate::dispatcher::chain::explain;
use crate::installer::Explains;
use crate::model::ids::{CommunityId, EventSeq, MessageId};
use crate::person::masked;
use crate::plugin_host::Packages;
use crate::storage::core::{StoredEvent, Trace, TraceStep};
use crate::storage::{ReadError, SharedStorage};

/// As much of what was sent as shows what it is about.
const EXCERPT_CHARS_MAX: usize = 100;

/// What was said is what all the rest is about: as much of it as a screen has room for.
const SAID_CHARS_MAX: usize = 400;

/// Tells owners in a chat what became of events.
pub(in crate::app) struct Why(pub(in crate::app) SharedStorage);

/// What became of an event.
#[derive(Default)]
struct Told {
    /// For people: who, what and why, in the words of the console.
    rows: Vec<Vec<String>>,
    /// For programs: the same by names that stay as they are.
    data: Vec<Value>,
}

#[async_trait]
impl Explains for Why {
    async fn explain(&self, community: CommunityId, event: EventSeq) -> Result<Option<Vec<Vec<String>>>, ReadError> {
        let found = self.0.event(event).await?;
        // What happens in another community is nobody's business here.
        let own = found.filter(|(event, _)| event.new.community == community);
        Ok(match own {
            Some((event, trace)) => Some(told(&self.0, &event, trace).await?.rows),
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
        let Told { rows, data } = told(&self.storage, &event, trace).await?;
        Ok(Reply::Explained {
            rows,
            data: Value::Array(data),
        })
    }
}

async fn told(storage: &SharedStorage, event: &StoredEvent, trace: Option<Trace>) -> Result<Told, ReadError> {
    let trace = trace.unwrap_or_default();
    let packages = Packages::bundled();
    let others = explain::others(storage, &packages, event, &trace).await?;
    let undecided = explain::undecided(storage, &packages, event.new.community).await?;
    let sent = happened::sent(storage, &trace).await?;
    let mut told = Told::default();
    told.event(storage, event).await?;
    for step in [trace.steps, others, undecided].concat() {
        told.step(&step);
    }
    for sent in sent {
        told.sent(&sent);
    }
    Ok(told)
}

impl Told {
    fn row(&mut self, who: &str, what: &str, why: String) {
        self.rows.push(vec![who.to_owned(), what.to_owned(), why]);
    }

    async fn event(&mut self, storage: &SharedStorage, event: &StoredEvent) -> Result<(), ReadError> {
        let (body, at) = (&event.new.event.body, event.new.received_at.to_string());
        let who = format!("event {}", event.seq.0);
        let author = happened::author(storage, event).await?;
        let text = happened::summary(body, SAID_CHARS_MAX);
        let place = match event.new.place {
            Some(place) => Some(names::place_name(storage.place(place).await?)),
            None => None,
        };
        let there = place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
        let said = if text.is_empty() {
            String::new()
        } else {
            format!(": {text}")
        };
        self.row(
            &who,
            words::event_kind(body.kind()),
            format!("{at}, by {author}{there}{said}"),
        );
        self.data.push(json!({
            "who": who, "what": body.kind(), "why": at, "author": author, "place": place, "text": text,
        }));
        Ok(())
    }

    fn step(&mut self, step: &TraceStep) {
        let hidden = |lines: &[String]| lines.iter().map(|line| masked(line).into_owned()).collect::<Vec<_>>();
        let (line, calls, actions) = (
            masked(&step.line).into_owned(),
            hidden(&step.calls),
            hidden(&step.actions),
        );
        self.data.push(json!({
            "who": step.who, "what": step.verdict, "why": line, "cpu_us": step.cpu_us, "calls": calls, "actions": actions,
        }));
        self.row(&step.who, words::verdict(step.verdict).0, line);
        for call in calls {
            self.row("", words::host_call(&call), call);
        }
        for action in actions {
            self.row("", "asked for", action);
        }
    }

    fn sent(&mut self, sent: &happened::Sent) {
        let (delivery, line) = (&sent.delivery, sent.line(EXCERPT_CHARS_MAX));
        let reason = delivery.reason.as_ref().map(|reason| format!(" ({reason})"));
        let why = format!("{}: {line}{}", sent.place, reason.unwrap_or_default());
        self.row("sent", words::delivery_state(delivery.state), why);
        self.data.push(json!({
            "who": "sent", "what": super::word(delivery.state), "why": line, "place": sent.place, "login": delivery.new.login.to_string(),
            "delivery": delivery.new.id.to_string(), "reason": delivery.reason,
        }));
    }
}
