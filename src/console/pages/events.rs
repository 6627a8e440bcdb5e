//! What happened, and why what followed did: each handler's and plugin's line, what it asked for, what came of it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::{Listed, cut, url};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::{content, happened, words};
use crate::dispatcher::chain::explain;
use crate::model::EventBody;
use crate::model::event::Source;
use crate::model::ids::{ConversationId, EventSeq};
use crate::person::masked;
use crate::storage::core::{EventState, StoredEvent, Trace, TraceStep};

/// Characters of a message that a row shows.
const EXCERPT_CHARACTERS: usize = 100;

struct Filter {
    href: String,
    label: &'static str,
    current: bool,
}

struct Row {
    seq: i64,
    kind: &'static str,
    who: String,
    place: String,
    summary: String,
    state: &'static str,
    class: &'static str,
    /// What came of it, in a few words.
    outcome: String,
    at: Shown,
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    chrome: Chrome,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Step {
    who: String,
    verdict: &'static str,
    class: &'static str,
    line: String,
    cpu: Option<String>,
    calls: Vec<String>,
    actions: Vec<String>,
}

struct Sent {
    /// The conversation in which it was said; none for what is in none.
    href: Option<String>,
    text: String,
    place: String,
    state: &'static str,
    class: &'static str,
    reason: String,
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    chrome: Chrome,
    row: Row,
    text: String,
    steps: Vec<Step>,
    /// Whether some of the steps are told from the settings of today.
    others: bool,
    sent: Vec<Sent>,
    conversation: Option<String>,
    hops: u8,
    source: String,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/events", get(list))
        .route("/events/{seq}", get(why))
}

async fn list(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let part = "/console/events";
    let word = listed.show.clone().unwrap_or_default();
    let chosen = match word.as_str() {
        "accepted" => Some(EventState::Accepted),
        "handled" => Some(EventState::Handled),
        "parked" => Some(EventState::Parked),
        _ => None,
    };
    let mut found = match listed.q.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            let id = super::conversation::find(&state, &who, id).await?.id;
            state.storage.events_of_conversation(id, listed.page()).await?
        }
        None => {
            state
                .storage
                .events(Some(who.community.id), listed.page(), chosen)
                .await?
        }
    };
    let next = cut(&mut found, |(event, _)| event.seq.0);
    found.retain(|(event, _)| who.may_know(event));
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for (event, trace) in &found {
        rows.push(row(&state, &who, &mut names, event, trace.as_ref()).await?);
    }
    let filters = [
        ("", "All"),
        ("accepted", "In hand"),
        ("handled", "Handled"),
        ("parked", "Parked"),
    ];
    let filters = filters.map(|(show, label)| Filter {
        href: url(part, &[("show", show)]),
        label,
        current: show == word,
    });
    let query = listed.q.clone().unwrap_or_default();
    Ok(html(&EventsPage {
        chrome: Chrome::new(&state, &who, part, "Events", None).await?,
        filters: filters.into(),
        rows,
        next: next.map(|next| url(part, &[("show", &word), ("q", &query), ("before", &next.to_string())])),
    }))
}

async fn row(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    event: &StoredEvent,
    trace: Option<&Trace>,
) -> Result<Row, ConsoleError> {
    let new = &event.new;
    let (shown_state, class) = words::event_state(event.state);
    let author = match new.author {
        Some(id) => names.identity(id).await?,
        None => happened::no_member(&new.event.body),
    };
    Ok(Row {
        seq: event.seq.0,
        kind: words::event_kind(new.event.body.kind()),
        who: author,
        place: match new.place {
            Some(place) => names.place(place).await?,
            None => String::new(),
        },
        summary: happened::summary(&new.event.body, EXCERPT_CHARACTERS),
        state: shown_state,
        class,
        outcome: trace.map(outcome).unwrap_or_default(),
        at: shown(new.received_at, state.clock.now(), &who.zone),
    })
}

/// The step that decided: who answered, would not, or broke.
fn outcome(trace: &Trace) -> String {
    use crate::storage::core::Verdict;
    let weight = |step: &TraceStep| match step.verdict {
        Verdict::Answered => 5,
        Verdict::Failed => 4,
        Verdict::Abstained => 3,
        Verdict::Overruled => 2,
        Verdict::Acted => 1,
        Verdict::Passed | Verdict::Filtered | Verdict::NotCalled | Verdict::Held | Verdict::Rehearsed => 0,
    };
    let most = trace.steps.iter().max_by_key(|step| weight(step));
    most.filter(|step| weight(step) > 0)
        .map(|step| format!("{} {}", step.who, words::verdict(step.verdict).0))
        .unwrap_or_default()
}

async fn why(State(state): State<ConsoleState>, who: SignedIn, Path(seq): Path<i64>) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let found = state.storage.event(EventSeq(seq)).await?;
    let (event, trace) = found
        .filter(|(event, _)| event.new.community == who.community.id && who.may_know(event))
        .ok_or(ConsoleError::NotHere)?;
    let mut names = Names::new(&state);
    let trace = trace.unwrap_or_default();
    let others = if trace.steps.is_empty() {
        Vec::new()
    } else {
        let packages = state.installer.bundled();
        let mut others = explain::others(&state.storage, packages, &event, &trace).await?;
        others.extend(explain::undecided(&state.storage, packages, event.new.community).await?);
        others
    };
    let row = row(&state, &who, &mut names, &event, Some(&trace)).await?;
    let conversation = conversation(&state, &event).await?;
    let text = match &event.new.event.body {
        EventBody::Message(message) | EventBody::Edited(message) => content::html(&message.content),
        _ => String::new(),
    };
    let source = match &event.new.event.source {
        Source::Platform { login, .. } => format!("platform, login {login}"),
        Source::Internal { .. } => "Switchboard itself".to_owned(),
    };
    let sent = sent(&state, &who, &trace).await?;
    Ok(html(&EventPage {
        chrome: Chrome::new(&state, &who, "/console/events", format!("Event {seq}: why"), None).await?,
        row,
        text,
        others: !others.is_empty(),
        steps: trace.steps.into_iter().chain(others).map(step).collect(),
        sent,
        conversation: conversation.map(|id| format!("/console/conversations/{id}")),
        hops: event.new.event.hops,
        source,
    }))
}

fn step(step: TraceStep) -> Step {
    let (verdict, class) = words::verdict(step.verdict);
    Step {
        who: step.who,
        verdict,
        class,
        line: masked(&step.line).into_owned(),
        cpu: step.cpu_us.map(|us| format!("{us} µs")),
        calls: calls(&step.calls),
        actions: hidden(&step.actions),
    }
}

/// What it read, called and wrote.
fn calls(lines: &[String]) -> Vec<String> {
    let told = hidden(lines).into_iter();
    told.map(|line| format!("{}: {line}", words::host_call(&line)))
        .collect()
}

/// What a plugin asked and did holds what a member wrote.
fn hidden(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| masked(line).into_owned()).collect()
}

/// The conversation an event belongs to.
async fn conversation(state: &ConsoleState, event: &StoredEvent) -> Result<Option<ConversationId>, ConsoleError> {
    if let Source::Internal {
        conversation: Some(id), ..
    } = &event.new.event.source
    {
        return Ok(Some(*id));
    }
    if let EventBody::Message(message) = &event.new.event.body
        && let Some(stored) = state.storage.message_by_native(&message.native).await?
    {
        return Ok(stored.new.conversation);
    }
    let open = state.storage.conversation_of_lane(&event.new.lane).await?;
    Ok(open.map(|conversation| conversation.id))
}

/// What was sent because of it that they may read, wherever it went.
async fn sent(state: &ConsoleState, who: &SignedIn, trace: &Trace) -> Result<Vec<Sent>, ConsoleError> {
    let sent = happened::sent(&state.storage, trace).await?.into_iter();
    let read = sent.filter(|sent| sent.message.as_ref().is_none_or(|message| who.may_read(message)));
    let shown = read.map(|sent| {
        let conversation = sent.message.as_ref().and_then(|message| {
            let conversation = message.new.conversation?;
            Some(format!(
                "/console/conversations/{conversation}#message-{}",
                message.new.id
            ))
        });
        Sent {
            href: conversation,
            text: sent.line(EXCERPT_CHARACTERS),
            state: words::delivery_state(sent.delivery.state),
            class: words::delivery_class(sent.delivery.state),
            place: sent.place,
            reason: sent.delivery.reason.unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}
