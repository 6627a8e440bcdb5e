//! The revisions of an entry, what each changed, and going back to one.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::edit::same;
use super::fields::parts;
use super::{ENTRIES, PART, failed};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::Permission;
use crate::console::show::diff::{Line, diff};
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::model::entry::Entry;
use crate::model::ids::EntryId;

/// Revisions of one page; each is compared with the one before.
const REVISIONS_MAX: u32 = 50;

struct Row {
    revision: u32,
    by: String,
    at: Shown,
    lines: Vec<Line>,
    removed: bool,
    /// It can be gone back to.
    back: bool,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    chrome: Chrome,
    id: String,
    rows: Vec<Row>,
    gone: bool,
    /// The stored revision; 0 where the entry is gone.
    now: u32,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/entries/{id}/history", get(show))
        .route("/knowledge/entries/{id}/restore", post(restore))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let id = EntryId::from(id.as_str());
    let revisions = state.knowledge.history(who.community.id, &id, REVISIONS_MAX).await?;
    if revisions.is_empty() {
        return Err(ConsoleError::NotHere);
    }
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(revisions.len());
    let text = |entry: &Option<Entry>| entry.as_ref().map(parts).unwrap_or_default();
    let may = who.may(Permission::EditKnowledge);
    for (number, revision) in revisions.iter().enumerate() {
        let before = revisions
            .get(number + 1)
            .map(|before| text(&before.entry))
            .unwrap_or_default();
        rows.push(Row {
            revision: revision.revision,
            by: match revision.by {
                Some(by) => names.account(by).await?,
                None => "a file".to_owned(),
            },
            at: shown(revision.at, state.clock.now(), &who.zone),
            lines: diff(&before, &text(&revision.entry)),
            removed: revision.entry.is_none(),
            back: may && number > 0 && revision.entry.is_some(),
        });
    }
    Ok(html(&HistoryPage {
        chrome: Chrome::new(&state, &who, PART, format!("History of {id}"), listed.said.as_deref()).await?,
        now: revisions
            .first()
            .filter(|newest| newest.entry.is_some())
            .map_or(0, |newest| newest.revision),
        gone: revisions.first().is_some_and(|newest| newest.entry.is_none()),
        id: id.to_string(),
        rows,
    }))
}

async fn restore(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let community = who.community.id;
    let id = EntryId::from(id.as_str());
    let entry = revision(&state, &posted, &id).await?;
    let seen: u32 = posted.fields.line("now").parse().unwrap_or(0);
    let now = state.knowledge.get(community, &id).await?.map(|now| now.entry);
    // The revision is the key here, too: the same form sent twice finds what it stored itself.
    if !now.is_some_and(|now| now.rev > seen && same(&now, &entry)) {
        let line = posted.audit(&state, "entry_restored", id.to_string());
        let expected = (seen > 0).then_some(seen);
        let along = state.knowledge.along(vec![line]);
        along
            .put(community, entry, expected, Some(who.account.id))
            .await
            .map_err(failed)?;
    }
    Ok(see(url(&format!("{ENTRIES}/{id}"), &[("said", "restored")])))
}

/// The entry as it was in the revision that the form names.
pub(super) async fn revision(state: &ConsoleState, posted: &Posted, id: &EntryId) -> Result<Entry, ConsoleError> {
    let wanted: u32 = posted
        .fields
        .line("revision")
        .parse()
        .map_err(|_| ConsoleError::NotHere)?;
    let community = posted.who.community.id;
    let revisions = state.knowledge.history(community, id, REVISIONS_MAX).await?;
    let found = revisions.into_iter().find(|revision| revision.revision == wanted);
    found.and_then(|revision| revision.entry).ok_or(ConsoleError::NotHere)
}
