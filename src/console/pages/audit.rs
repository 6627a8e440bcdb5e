//! What people did: ids and fixed words, in a chain that shows whether a line was changed.

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
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;

struct Row {
    seq: i64,
    who: String,
    act: String,
    subject: String,
    at: Shown,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    chrome: Chrome,
    rows: Vec<Row>,
    next: Option<String>,
    chain: Chain,
}

/// What is known of the chain.
enum Chain {
    /// It was not asked for.
    Unchecked,
    /// Each line fits the one before.
    Whole,
    /// This line does not.
    BrokenAt(i64),
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/audit", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadAudit)?;
    let part = "/console/audit";
    let mut found = state.storage.audit(who.community.id, listed.page()).await?;
    let next = cut(&mut found, |row| row.seq);
    let chain = match listed.show.as_deref() {
        Some("check") => state
            .storage
            .audit_broken_at()
            .await?
            .map_or(Chain::Whole, Chain::BrokenAt),
        _ => Chain::Unchecked,
    };
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for line in found {
        let done = names.done_by_plugin(&line).await?;
        rows.push(Row {
            seq: line.seq,
            who: match (line.account, &done) {
                (Some(id), _) => names.account(id).await?,
                (None, Some((plugin, _))) => plugin.clone(),
                (None, None) => words::audit_nobody(&line.act).to_owned(),
            },
            act: words::audit_act(&line.act),
            subject: done.map_or(line.subject, |(_, person)| person),
            at: shown(line.at, state.clock.now(), &who.zone),
        });
    }
    Ok(html(&AuditPage {
        chrome: Chrome::new(&state, &who, part, "Audit", None).await?,
        rows,
        next: next.map(|next| url(part, &[("before", &next.to_string())])),
        chain,
    }))
}
