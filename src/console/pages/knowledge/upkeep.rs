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
use crate::knowledge::upkeep::Look;
use crate::model::ids::{CommunityId, EntryId};
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

/// All findings, or those of one kind.
struct Filter {
    href: String,
    label: &'static str,
    count: usize,
    current: bool,
}

#[derive(Template)]
#[template(path = "upkeep.html")]
struct UpkeepPage {
    chrome: Chrome,
    rows: Vec<Row>,
    filters: Vec<Filter>,
    left_out: u32,
    compared: u32,
    dismissed: usize,
    looked: Option<Shown>,
    looking: bool,
    /// Why a look that somebody has asked for failed.
    failed: Option<String>,
    /// Where this page is, so that whoever puts something aside goes on from there.
    kind: String,
    from: usize,
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
    let filters = filters(&upkeep.findings, listed.show.as_deref().unwrap_or_default());
    let kind = filters.iter().position(|filter| filter.current).unwrap_or_default();
    let kind = if kind == 0 {
        String::new()
    } else {
        listed.show.unwrap_or_default()
    };
    let of_kind = |finding: &&Finding| kind.is_empty() || finding.concern.kind() == kind;
    let of_kind: Vec<&Finding> = upkeep.findings.iter().filter(of_kind).collect();
    let rows_max = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    let from = listed.before.and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
    // The last of a page may have been put aside, or mended, since.
    let from = if from < of_kind.len() { from } else { 0 };
    let next = (from + rows_max < of_kind.len()).then(|| page(&kind, from + rows_max, None));
    let mut rows = Vec::new();
    for finding in of_kind.into_iter().skip(from).take(rows_max) {
        rows.push(row(&state, community, finding).await?);
    }
    let looked = upkeep.looked;
    Ok(html(&UpkeepPage {
        model: super::model::may_read(&who),
        chrome: Chrome::new(&state, &who, PART, "Upkeep", listed.said.as_deref()).await?,
        rows,
        filters,
        left_out: looked.map_or(0, |looked| looked.left_out),
        compared: looked.map_or(0, |looked| looked.compared),
        dismissed: upkeep.dismissed,
        looked: looked.map(|looked| shown(looked.at, state.clock.now(), &who.zone)),
        looking: upkeep.asked == Some(Look::Going),
        failed: match upkeep.asked {
            Some(Look::Failed { reason }) => Some(reason),
            Some(Look::Going) | None => None,
        },
        kind,
        from,
        next,
        may: who.may(Permission::EditKnowledge),
    }))
}

/// All, then each kind that there is, in the order in which they are shown.
fn filters(findings: &[Finding], chosen: &str) -> Vec<Filter> {
    let mut filters = vec![Filter {
        href: page("", 0, None),
        label: "All",
        count: findings.len(),
        current: !findings.iter().any(|finding| finding.concern.kind() == chosen),
    }];
    for finding in findings {
        let (kind, label) = (finding.concern.kind(), finding.concern.heading());
        match filters.iter_mut().skip(1).find(|filter| filter.label == label) {
            Some(filter) => filter.count += 1,
            None => filters.push(Filter {
                href: page(kind, 0, None),
                label,
                count: 1,
                current: kind == chosen,
            }),
        }
    }
    filters
}

fn page(kind: &str, from: usize, said: Option<&str>) -> String {
    let from = from.to_string();
    let all = [("show", Some(kind)), ("before", Some(from.as_str())), ("said", said)];
    let is_default = |value: &str| matches!(value, "" | "0");
    let named = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let query: Vec<(&str, &str)> = named.filter(|(_, value)| !is_default(value)).collect();
    url(&format!("{PART}/upkeep"), &query)
}

async fn row(state: &ConsoleState, community: CommunityId, finding: &Finding) -> Result<Row, ConsoleError> {
    let mut entries = Vec::new();
    for (id, _) in &finding.entries {
        let stored = state.knowledge.get(community, id).await?;
        entries.push(Named {
            id: id.to_string(),
            question: stored.map_or_else(|| id.to_string(), |stored| stored.entry.question),
        });
    }
    Ok(Row {
        key: finding.key(),
        revisions: revisions(finding),
        heading: finding.concern.heading(),
        why: finding.concern.sentence(),
        entries,
    })
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
    let (kind, from) = (posted.fields.line("show"), posted.fields.line("before"));
    let back = page(&kind, from.parse().unwrap_or(0), Some("dismissed"));
    Ok(see(back))
}

/// Has the base looked over, beside this page: a large one takes a while.
async fn look(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    if posted.first(&state).await? {
        state.desk.look_over(who.community.id).await?;
    }
    Ok(see(page("", 0, Some("look_asked"))))
}

fn revisions(finding: &Finding) -> String {
    let all = finding.entries.iter().map(|(_, rev): &(EntryId, u32)| rev.to_string());
    all.collect::<Vec<_>>().join(" ")
}
