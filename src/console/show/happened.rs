//! What happened, who did it, and what was sent because of it: the same on the page of an event and in `switchboard explain`.

use super::content::excerpt;
use super::names::{identity_name, place_name};
use super::words;
use crate::model::amount::counted;
use crate::model::call::CallEnd;
use crate::model::event::EventBody;
use crate::model::fit::FittedBody;
use crate::person::masked;
use crate::storage::core::{StoredDelivery, StoredEvent, StoredMessage, Trace};
use crate::storage::{ReadError, SharedStorage};

/// Something that was sent because of an event.
pub(crate) struct Sent {
    /// What has become of it.
    pub(crate) delivery: StoredDelivery,
    /// The message that it is a piece or a change of, as long as that is kept.
    pub(crate) message: Option<StoredMessage>,
    /// Where it goes, as people see it.
    pub(crate) place: String,
}

impl Sent {
    /// What it says or does, in one line of about so many characters. What a message says is read from the message: it may have been
    /// taken back since.
    pub(crate) fn line(&self, characters: usize) -> String {
        let said = || match &self.message {
            Some(message) => excerpt(&message.new.content, characters),
            None => "a message that is gone".to_owned(),
        };
        match &self.delivery.new.action.body {
            FittedBody::Send { .. } => said(),
            FittedBody::Edit { .. } => format!("changed to: {}", said()),
            FittedBody::Delete { .. } => format!("taken back: {}", said()),
            FittedBody::Remove { reason, .. } => format!("to delete what a member said: {}", masked(reason)),
            FittedBody::Measure { measure, reason, .. } => {
                format!("to {}: {}", measure.words("a member"), masked(reason))
            }
            FittedBody::React { emoji, add: true, .. } => format!("reaction {emoji}"),
            FittedBody::React { emoji, .. } => format!("reaction {emoji} taken back"),
            FittedBody::Thread { name, .. } => format!("to open the thread {}", masked(name)),
            FittedBody::Typing { .. } => "that an answer is being written".to_owned(),
        }
    }
}

/// All that was sent because of an event, wherever it went, in the order in which it was asked for.
pub(crate) async fn sent(storage: &SharedStorage, trace: &Trace) -> Result<Vec<Sent>, ReadError> {
    let mut found = Vec::with_capacity(trace.sent.len());
    for id in &trace.sent {
        let Some(delivery) = storage.delivery(*id).await? else {
            continue;
        };
        let message = match delivery.new.message {
            Some(id) => storage.message(id).await?,
            None => None,
        };
        found.push(Sent {
            place: place_name(storage.place(delivery.new.place).await?),
            delivery,
            message,
        });
    }
    Ok(found)
}

/// Who did it.
pub(crate) async fn author(storage: &SharedStorage, event: &StoredEvent) -> Result<String, ReadError> {
    match event.new.author {
        Some(id) => Ok(identity_name(storage.identity(id).await?)),
        None => Ok(no_member(&event.new.event.body)),
    }
}

/// The same where it was no member.
pub(crate) fn no_member(body: &EventBody) -> String {
    match body {
        EventBody::Staff { name, .. } => name.clone(),
        _ => "Switchboard".to_owned(),
    }
}

/// What happened, in one line of about so many characters.
pub(crate) fn summary(body: &EventBody, characters: usize) -> String {
    match body {
        EventBody::Message(message) | EventBody::Edited(message) => excerpt(&message.content, characters),
        EventBody::Command { name, rest, .. } => masked(format!("/{name} {rest}").trim_end()).into_owned(),
        EventBody::Reaction { emoji, added, .. } => format!("{emoji} {}", if *added { "added" } else { "taken back" }),
        EventBody::ConversationChanged { from, to, .. } => format!(
            "{} → {}",
            words::holder_kind(*from).to_lowercase(),
            words::holder_kind(to.kind()).to_lowercase()
        ),
        EventBody::Staff { act, .. } => words::audit_act(act.word()),
        EventBody::Moved { to } => format!("→ {}", to.native.id),
        EventBody::Ready { plugin, .. } => plugin.to_string(),
        EventBody::Timer { plugin, id, .. } => format!("{plugin}, timer {id}"),
        EventBody::Webhook {
            plugin, endpoint, body, ..
        } => format!("{plugin}, {endpoint}: {}", counted(body.0.len(), "byte", "bytes")),
        EventBody::CallEnded {
            plugin,
            name,
            tries,
            end,
            ..
        } => format!("{plugin}, call {name}: {}", call_end(end, *tries)),
        EventBody::Deleted { .. }
        | EventBody::Press { .. }
        | EventBody::Member { .. }
        | EventBody::DeliveryEnded { .. }
        | EventBody::PostDue { .. }
        | EventBody::ConversationDue { .. }
        | EventBody::ClusterReopened { .. }
        | EventBody::AuthorUnasked { .. } => String::new(),
    }
}

/// What came of a plugin's call.
fn call_end(end: &CallEnd, tries: u32) -> String {
    let told = match end {
        CallEnd::Answered { status, body } => format!("{status}, {}", counted(body.0.len(), "byte", "bytes")),
        CallEnd::Unanswered { problem } => problem.clone(),
        CallEnd::Unsent { problem } => format!("not sent, because {problem}"),
    };
    match tries {
        0 | 1 => told,
        tries => format!("{told}, after {tries} tries"),
    }
}
