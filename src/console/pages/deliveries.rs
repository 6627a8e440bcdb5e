//! What is on its way, what arrived, and what a person has to decide.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::{Listed, cut, see, url};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::{content, words};
use crate::model::ids::DeliveryId;
use crate::outbox::Decision;
use crate::storage::core::{DeliveryState, StoredDelivery};

/// Characters of the message that a row shows.
const EXCERPT_CHARACTERS: usize = 80;

struct Filter {
    href: String,
    label: &'static str,
    count: Option<u64>,
    current: bool,
}

struct Row {
    id: String,
    place: String,
    login: String,
    excerpt: String,
    conversation: Option<String>,
    priority: &'static str,
    state: &'static str,
    class: &'static str,
    reason: String,
    attempt: u32,
    piece: u16,
    due: Shown,
    ended: Option<Shown>,
    again: bool,
    give_up: bool,
    arrived: bool,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    chrome: Chrome,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    next: Option<String>,
    back: String,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/deliveries", get(show))
        .route("/deliveries/{id}/{decision}", post(decide))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadDeliveries)?;
    let word = listed.show.clone().unwrap_or_default();
    let chosen = words::DELIVERY_STATES
        .into_iter()
        .find(|state| words::delivery_word(*state) == word);
    let mut found = state
        .storage
        .deliveries(Some(who.community.id), listed.page(), chosen)
        .await?;
    let next = cut(&mut found, |delivery| delivery.seq);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for delivery in &found {
        rows.push(row(&state, &who, &mut names, delivery).await?);
    }
    let part = "/console/deliveries";
    let counts = state.storage.delivery_counts(Some(who.community.id)).await?;
    let every = Filter {
        href: part.to_owned(),
        label: "All",
        count: None,
        current: chosen.is_none(),
    };
    let filters = words::DELIVERY_STATES.into_iter().map(|state| Filter {
        href: url(part, &[("show", words::delivery_word(state))]),
        label: words::delivery_state(state),
        count: counts
            .iter()
            .find(|(counted, _)| *counted == state)
            .map(|(_, count)| *count),
        current: chosen == Some(state),
    });
    Ok(html(&DeliveriesPage {
        chrome: Chrome::new(&state, &who, part, "Deliveries", listed.said.as_deref()).await?,
        filters: std::iter::once(every).chain(filters).collect(),
        rows,
        next: next.map(|next| url(part, &[("show", &word), ("before", &next.to_string())])),
        back: chosen.map(words::delivery_word).unwrap_or_default().to_owned(),
    }))
}

async fn row(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    delivery: &StoredDelivery,
) -> Result<Row, ConsoleError> {
    let reads = who.may(Permission::ReadConversations);
    let message = match delivery.new.message.filter(|_| reads) {
        Some(id) => state.storage.message(id).await?,
        None => None,
    };
    let may = who.may(Permission::DecideDeliveries);
    let at = delivery.state;
    let now = state.clock.now();
    let conversation = delivery.new.conversation.filter(|_| reads);
    Ok(Row {
        id: delivery.new.id.to_string(),
        place: names.place(delivery.new.place).await?,
        login: delivery.new.login.to_string(),
        excerpt: message
            .filter(|message| who.may_read(message))
            .map_or_else(String::new, |message| {
                content::excerpt(&message.new.content, EXCERPT_CHARACTERS)
            }),
        conversation: conversation.map(|id| format!("/console/conversations/{id}")),
        priority: words::priority(delivery.new.priority),
        state: words::delivery_state(at),
        class: words::delivery_class(at),
        reason: delivery.reason.clone().unwrap_or_default(),
        attempt: delivery.attempt,
        piece: delivery.new.piece,
        due: shown(delivery.new.due, now, &who.zone),
        ended: delivery.ended_at.map(|ended| shown(ended, now, &who.zone)),
        again: may && matches!(at, DeliveryState::Failed | DeliveryState::PerhapsSent),
        give_up: may
            && matches!(
                at,
                DeliveryState::Queued | DeliveryState::Failed | DeliveryState::PerhapsSent
            ),
        arrived: may && at == DeliveryState::PerhapsSent,
    })
}

async fn decide(
    State(state): State<ConsoleState>,
    Path((id, decision)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::DecideDeliveries)?;
    let id: DeliveryId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let delivery = state.storage.delivery(id).await?.ok_or(ConsoleError::NotHere)?;
    let place = state.storage.place(delivery.new.place).await?;
    if place.is_none_or(|place| place.community != form.who.community.id) {
        return Err(ConsoleError::NotHere);
    }
    let (decision, act, said) = match decision.as_str() {
        "again" => (Decision::Again, "delivery_retried", "again"),
        "give-up" => (Decision::GiveUp, "delivery_given_up", "given_up"),
        "arrived" => (Decision::Arrived, "delivery_arrived", "arrived"),
        _ => return Err(ConsoleError::NotHere),
    };
    if !form.first(&state).await? {
        return Ok(see("/console/deliveries".to_owned()));
    }
    let line = form.audit(&state, act, id.to_string());
    state.outbox.decide(id, decision, vec![line]).await?;
    let back = form.fields.line("back");
    Ok(see(url("/console/deliveries", &[("show", &back), ("said", said)])))
}
