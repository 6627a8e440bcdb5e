//! What somebody should look at: gone pages, overdue reviews, two answers to one question, what nobody asks for.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, ROWS_MAX, see, url};
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::knowledge::upkeep::UpkeepError;
use crate::model::ids::EntryId;
use crate::model::upkeep::Finding;

/// An entry that a finding is about.
struct Named {
    id: String,
    question: String,
}

struct Row {
    key: String,
    /// The revisions that are looked at, so that what was changed meanwhile is not put aside unseen.
    revisions: String,
    heading: &'static str,
    why: String,
    entries: Vec<Named>,
}

#[derive(Template)]
#[template(path = "upkeep.html")]
struct UpkeepPage {
    chrome: Chrome,
    rows: Vec<Row>,
    total: usize,
    left_out: u32,
    compared: u32,
    dismissed: usize,
    looked: Option<Shown>,
    next: Option<String>,
    may: bool,
    model: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/upkeep", get(show).post(dismiss))
        .route("/knowledge/upkeep/look", post(look))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let community = who.community.id;
    let upkeep = state.knowledge.upkeep(community).await?;
    let rows_max = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    let from = listed.before.and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
    let total = upkeep.findings.len();
    let next = (from + rows_max < total).then(|| (from + rows_max).to_string());
    let mut rows = Vec::new();
    for finding in upkeep.findings.iter().skip(from).take(rows_max) {
        let mut entries = Vec::new();
        for (id, _) in &finding.entries {
            let stored = state.knowledge.get(community, id).await?;
            entries.push(Named {
                id: id.to_string(),
                question: stored.map_or_else(|| id.to_string(), |stored| stored.entry.question),
            });
        }
        rows.push(Row {
            key: finding.key(),
            revisions: revisions(finding),
            heading: finding.concern.heading(),
            why: finding.concern.sentence(),
            entries,
        });
    }
    let looked = upkeep.looked;
    Ok(html(&UpkeepPage {
        model: super::model::may_read(&who),
        chrome: Chrome::new(&state, &who, PART, "Upkeep", listed.said.as_deref()).await?,
        rows,
        total,
        left_out: looked.map_or(0, |looked| looked.left_out),
        compared: looked.map_or(0, |looked| looked.compared),
        dismissed: upkeep.dismissed,
        looked: looked.map(|looked| shown(looked.at, state.clock.now(), &who.zone)),
        next: next.map(|next| url(&format!("{PART}/upkeep"), &[("before", &next)])),
        may: who.may(Permission::EditKnowledge),
    }))
}

async fn dismiss(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let (key, seen) = (posted.fields.line("key"), posted.fields.line("revisions"));
    let upkeep = state.knowledge.upkeep(who.community.id).await?;
    let is_meant = |finding: &&Finding| finding.key() == key && revisions(finding) == seen;
    // A second sending finds it put aside already; what was changed meanwhile is not shown any more.
    if let Some(finding) = upkeep.findings.iter().find(is_meant) {
        // The audit holds ids alone, and a key may hold an address.
        let entries: Vec<&str> = finding.entries.iter().map(|(id, _)| id.as_str()).collect();
        let line = posted.audit(&state, "finding_dismissed", entries.join(" "));
        let knowledge = state.knowledge.along(vec![line]);
        knowledge.dismiss(who.community.id, finding, who.account.id).await?;
    }
    Ok(see(url(&format!("{PART}/upkeep"), &[("said", "dismissed")])))
}

async fn look(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    if posted.first(&state).await? {
        let looked = state.knowledge.look_over(who.community.id).await;
        looked.map_err(|error| match error {
            UpkeepError::Read(error) => ConsoleError::from(error),
            UpkeepError::Write(error) => ConsoleError::from(error),
            UpkeepError::Broken => ConsoleError::Failed(error.to_string()),
        })?;
    }
    Ok(see(url(&format!("{PART}/upkeep"), &[("said", "looked")])))
}

fn revisions(finding: &Finding) -> String {
    let all = finding.entries.iter().map(|(_, rev): &(EntryId, u32)| rev.to_string());
    all.collect::<Vec<_>>().join(" ")
}
