//! What staff do in a conversation. Each act goes in as an event and runs in the conversation's lane, like all others.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, post};
use base64::Engine as _;
use tokio::sync::broadcast;

use super::conversation::{Left, find, page};
use super::{Listed, see, url};
use crate::calendar::{Refusal, wall_time};
use crate::connectors::{AcceptError, Acceptance};
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::time::tomorrow;
use crate::handoff::QUEUE_DEFAULT;
use crate::model::content::Content;
use crate::model::conversation::HolderKind;
use crate::model::event::{Source, StaffAct};
use crate::model::ids::{EventSeq, QueueName};
use crate::model::{Conversation, Event, EventBody, Timestamp};
use crate::storage::Change;
use crate::storage::core::{EventState, Trace, Verdict};

/// A turn takes milliseconds; who waits longer gets the page back and sees the rest appear.
const HANDLED_WITHIN: Duration = Duration::from_secs(5);

/// As in the web chat.
const TEXT_CHARACTERS_MAX: usize = 10_000;

/// Later than this, nobody remembers why.
const SNOOZE_MAX: Duration = Duration::from_hours(366 * 24);

/// Where conversations wait; the first is where they begin.
pub(super) const QUEUES: [&str; 4] = [QUEUE_DEFAULT, "fast", "unanswered", "incident"];

/// The name of the handler that decides staff acts; its held step says why one was refused.
const DESK_HANDLER: &str = "handoff";

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/conversations/{id}/typing", post(typing))
        .route("/conversations/{id}/messages/{message}/{act}", post(on_message))
        .route("/conversations/{id}/{act}", post(act))
}

async fn typing(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::Converse)?;
    let conversation = find(&state, &form.who, &id).await?;
    state.desk.staff_types(conversation.place, &form.who.account.name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn act(
    State(state): State<ConsoleState>,
    Path((id, word)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::Converse)?;
    let conversation = find(&state, &form.who, &id).await?;
    let (act, said) = match word.as_str() {
        "claim" => {
            let shown = form.fields.line("shown");
            let shown = HolderKind::ALL.into_iter().find(|kind| kind.as_str() == shown);
            (StaffAct::Claim { shown }, "claimed")
        }
        "reply" => match super::files::described(&form) {
            Ok(files) => {
                let content = text(&form, "text")?;
                let files = super::files::store(&state, files).await?;
                (StaffAct::Reply { content, files }, "sent")
            }
            Err(reason) => return refused(&state, &form, &conversation, reason).await,
        },
        "note" => {
            let content = text(&form, "text")?;
            (StaffAct::Note { content }, "noted")
        }
        "hand-back" => (StaffAct::HandBack, "handed_back"),
        "requeue" => {
            let wanted = form.fields.some("queue").unwrap_or_else(|| QUEUE_DEFAULT.to_owned());
            let known = QUEUES.into_iter().find(|queue| *queue == wanted);
            let queue = QueueName::from(known.ok_or(ConsoleError::NotHere)?);
            (StaffAct::Requeue { queue }, "requeued")
        }
        "snooze" => {
            let until = until(&state, &form)?;
            (StaffAct::Snooze { until }, "snoozed")
        }
        "close" => (StaffAct::Close, "closed"),
        _ => return Err(ConsoleError::NotHere),
    };
    perform(&state, &form, &conversation, act, said).await
}

async fn on_message(
    State(state): State<ConsoleState>,
    Path((id, message, word)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::Converse)?;
    let conversation = find(&state, &form.who, &id).await?;
    let message = message.parse().map_err(|_| ConsoleError::NotHere)?;
    let (act, said) = match word.as_str() {
        "edit" => {
            let content = text(&form, "text")?;
            (StaffAct::EditReply { message, content }, "edited")
        }
        "delete" => (StaffAct::DeleteReply { message }, "deleted"),
        _ => return Err(ConsoleError::NotHere),
    };
    perform(&state, &form, &conversation, act, said).await
}

fn text(form: &Posted, field: &str) -> Result<Content, ConsoleError> {
    let text = form.fields.text(field);
    if text.trim().is_empty() {
        return Err(ConsoleError::Invalid(
            "The text is empty. Please write something and send it again.".to_owned(),
        ));
    }
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(ConsoleError::TooLarge);
    }
    Ok(Content::markdown(&text))
}

/// The end of a snooze: one of the choices, or a date and a time; in this account's zone.
fn until(state: &ConsoleState, form: &Posted) -> Result<Timestamp, ConsoleError> {
    let now = state.clock.now();
    let zone = form.who.zone.iana_name().unwrap_or("UTC");
    let local = match form.fields.line("for").as_str() {
        "hour" => return Ok(now + Duration::from_hours(1)),
        "hours" => return Ok(now + Duration::from_hours(4)),
        "at" => format!("{}T{}", form.fields.line("date"), form.fields.line("time")),
        _ => tomorrow(now, &form.who.zone),
    };
    let until = wall_time::moment(&local, zone).map_err(|refusal| ConsoleError::Invalid(refusal.to_string()))?;
    if until <= now {
        return Err(ConsoleError::Invalid(Refusal::Past.to_string()));
    }
    if until.since(now) > SNOOZE_MAX {
        let text = "That is more than a year away. Please choose an earlier day, or close the conversation: it comes \
                    back when they write again.";
        return Err(ConsoleError::Invalid(text.to_owned()));
    }
    Ok(until)
}

/// Hands the act in, waits until it is handled, and shows what became of it.
async fn perform(
    state: &ConsoleState,
    form: &Posted,
    conversation: &Conversation,
    act: StaffAct,
    said: &str,
) -> Result<Response, ConsoleError> {
    let event = event(state, form, conversation, act);
    let said = match done(state, event, DESK_HANDLER).await? {
        Ended::Done => said,
        Ended::Pending => "pending",
        Ended::Refused(reason) => return refused(state, form, conversation, reason).await,
        Ended::NotHere => {
            let text = "Switchboard does not act in this place any more. An owner can change that under Places.";
            return refused(state, form, conversation, text.to_owned()).await;
        }
    };
    let own = format!("/console/conversations/{}", conversation.id);
    Ok(see(url(&own, &[("said", said)])))
}

fn event(state: &ConsoleState, form: &Posted, conversation: &Conversation, act: StaffAct) -> Event {
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(form.key.0);
    Event {
        source: Source::Internal {
            conversation: Some(conversation.id),
            place: Some(conversation.place),
        },
        occurred_at: state.clock.now(),
        dedupe: format!("console/{key}"),
        hops: 0,
        body: EventBody::Staff {
            account: form.who.account.id,
            name: form.who.account.name.clone(),
            act,
        },
    }
}

/// What became of what staff did.
pub(super) enum Ended {
    Done,
    /// It is done in a moment.
    Pending,
    /// Why not.
    Refused(String),
    /// Switchboard does not act there.
    NotHere,
}

/// Hands the event in and waits until it is handled; `handler` says why something is not done.
pub(super) async fn done(state: &ConsoleState, event: Event, handler: &str) -> Result<Ended, ConsoleError> {
    // Heard from before the event goes in, so that its end cannot be missed.
    let mut changes = state.storage.changes();
    let accepted = match state.desk.hand_in(event).await {
        Ok(accepted) => accepted,
        Err(AcceptError::Stopping) => return Err(ConsoleError::Unavailable),
        Err(error) => return Err(ConsoleError::Failed(error.to_string())),
    };
    let seq = match accepted {
        Acceptance::Stored(seq) | Acceptance::Duplicate(seq) => seq,
        // Staff press no buttons.
        Acceptance::NotHere | Acceptance::NotTheirs => return Ok(Ended::NotHere),
    };
    let end = tokio::time::timeout(HANDLED_WITHIN, handled(state, &mut changes, seq)).await;
    Ok(match end {
        Ok(end) => refusal(end?, handler).map_or(Ended::Done, Ended::Refused),
        Err(_) => Ended::Pending,
    })
}

/// Waits for the end of an event.
async fn handled(
    state: &ConsoleState,
    changes: &mut broadcast::Receiver<Change>,
    seq: EventSeq,
) -> Result<(EventState, Trace), ConsoleError> {
    loop {
        if let Some((event, trace)) = state.storage.event(seq).await?
            && event.state != EventState::Accepted
        {
            return Ok((event.state, trace.unwrap_or_default()));
        }
        // Changes that were missed are as good as one that was heard: it is read again.
        loop {
            match changes.recv().await {
                Ok(Change::Event(other)) if other == seq => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return Err(ConsoleError::Unavailable),
            }
        }
    }
}

/// Why the act was not done, in the words of the feature that decided.
fn refusal((state, trace): (EventState, Trace), handler: &str) -> Option<String> {
    if state == EventState::Parked {
        return Some(
            "It changed at the same moment, several times over. Please look again and try once more.".to_owned(),
        );
    }
    let failed = trace
        .steps
        .into_iter()
        .find(|step| step.who == handler && matches!(step.verdict, Verdict::Failed | Verdict::Held));
    failed.map(|step| step.line)
}

/// The page again, as it is now, with the reason and everything that was typed.
async fn refused(
    state: &ConsoleState,
    form: &Posted,
    conversation: &Conversation,
    reason: String,
) -> Result<Response, ConsoleError> {
    let now = find(state, &form.who, &conversation.id.to_string()).await?;
    let typed = form.fields.text("text");
    let is_note = form.fields.line("kind") == "note";
    let left = Left {
        trouble: Some(reason),
        reply: if is_note { String::new() } else { typed.clone() },
        note: if is_note { typed } else { String::new() },
        alt: form.fields.text("alt"),
    };
    page(state, &form.who, &now, &Listed::default(), left).await
}
