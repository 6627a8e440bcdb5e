//! Search over what was said.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::{Listed, cut, url};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::content;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};

/// Longer questions find nothing more.
const QUERY_CHARACTERS_MAX: usize = 200;

/// Characters of a message that a row shows.
const EXCERPT_CHARACTERS: usize = 240;

struct Row {
    who: String,
    place: String,
    text: String,
    note: bool,
    href: Option<String>,
    at: Shown,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    chrome: Chrome,
    query: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/search", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let query: String = listed.q.clone().unwrap_or_default();
    let query: String = query.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
    let mut found = if query.is_empty() {
        vec![]
    } else {
        state.storage.search(who.community.id, &query, listed.page()).await?
    };
    let next = cut(&mut found, |message| message.seq.0);
    found.retain(|message| who.may_read(message));
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for message in &found {
        let new = &message.new;
        let at = |id| format!("/console/conversations/{id}#message-{}", new.id);
        rows.push(Row {
            who: names.author(&new.author).await?,
            place: names.place(new.place).await?,
            text: content::excerpt(&new.content, EXCERPT_CHARACTERS),
            note: new.note,
            href: new.conversation.map(at),
            at: shown(new.at, state.clock.now(), &who.zone),
        });
    }
    let part = "/console/search";
    Ok(html(&SearchPage {
        chrome: Chrome::new(&state, &who, part, "Search", None).await?,
        next: next.map(|next| url(part, &[("q", &query), ("before", &next.to_string())])),
        query,
        rows,
    }))
}
