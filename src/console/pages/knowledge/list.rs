//! All entries, and those near to some words.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, ROWS_MAX, url};
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::model::entry::Visibility;

struct Row {
    id: String,
    question: String,
    visibility: &'static str,
    revision: u32,
    review_by: Option<String>,
    helpful: u32,
    not_it: u32,
    /// The earlier revision of which that was said; none for the stored one.
    said_of: Option<u32>,
    changed: Shown,
}

#[derive(Template)]
#[template(path = "knowledge.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    query: String,
    total: usize,
    next: Option<String>,
    may: bool,
    model: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge", get(show))
}

pub(super) fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "everybody",
        Visibility::Members => "members",
        Visibility::Staff => "staff",
    }
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let community = who.community.id;
    let query = listed.q.clone().unwrap_or_default().trim().to_owned();
    let all = state.knowledge.list(community).await?;
    let total = all.len();
    let rows_max = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    let from = listed.before.and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
    let behind = from.saturating_add(rows_max);
    // One more than is shown tells whether there is a next page.
    let mut found = if query.is_empty() {
        all
    } else {
        state
            .knowledge
            .find(community, &query, behind.saturating_add(1))
            .await?
    };
    let more = found.len() > behind;
    found.truncate(behind);
    let found = found.split_off(from.min(found.len()));
    let counts = state.knowledge.feedback_counts(community).await?;
    let now = state.clock.now();
    let rows = found.into_iter().map(|stored| {
        let said = counts.iter().find(|count| count.entry == stored.entry.id.as_str());
        Row {
            id: stored.entry.id.to_string(),
            visibility: visibility(stored.entry.visibility),
            revision: stored.entry.rev,
            review_by: stored.entry.review_by,
            helpful: said.map_or(0, |said| said.helpful),
            not_it: said.map_or(0, |said| said.not_it),
            said_of: said.map(|said| said.revision).filter(|of| *of != stored.entry.rev),
            changed: shown(stored.changed_at, now, &who.zone),
            question: stored.entry.question,
        }
    });
    let mut next = vec![("before", behind.to_string())];
    if !query.is_empty() {
        next.insert(0, ("q", query.clone()));
    }
    let next: Vec<(&str, &str)> = next.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(html(&ListPage {
        chrome: Chrome::new(&state, &who, PART, "Knowledge", listed.said.as_deref()).await?,
        rows: rows.collect(),
        query,
        total,
        next: more.then(|| url(PART, &next)),
        may: who.may(Permission::EditKnowledge),
        model: super::model::may_read(&who),
    }))
}
