//! Questions that got no answer.

use std::borrow::Cow;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::person::{CODE_LIFE, masked};

/// Those of the most people come first, so that more are not looked at anyway.
const QUESTIONS_MAX: u32 = 200;

struct Row {
    folded: String,
    question: String,
    reason: String,
    people: u32,
    times: u32,
    last: Shown,
    answer: String,
}

#[derive(Template)]
#[template(path = "unanswered.html")]
struct UnansweredPage {
    chrome: Chrome,
    rows: Vec<Row>,
    may: bool,
    model: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge/unanswered", get(show).post(settle))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let found = state.knowledge.unanswered(who.community.id, QUESTIONS_MAX).await?;
    let now = state.clock.now();
    // What may be a code that links accounts, written without its command, waits until it is dead.
    let found = found
        .into_iter()
        .filter(|group| now.since(group.last_at) > CODE_LIFE || matches!(masked(&group.question), Cow::Borrowed(_)));
    let rows = found.map(|group| Row {
        answer: url(&format!("{PART}/new"), &[("q", &group.question)]),
        folded: group.folded,
        question: group.question,
        reason: group.reason,
        people: group.people,
        times: group.times,
        last: shown(group.last_at, now, &who.zone),
    });
    let said = listed.said.as_deref();
    Ok(html(&UnansweredPage {
        chrome: Chrome::new(&state, &who, PART, "Unanswered questions", said).await?,
        rows: rows.collect(),
        may: who.may(Permission::EditKnowledge),
        model: super::model::may_read(&who),
    }))
}

async fn settle(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let by = Some(who.account.id);
    let folded = posted.fields.text("folded");
    // The question itself stays out of the audit: it is what somebody wrote.
    let line = posted.audit(&state, "question_settled", String::new());
    let knowledge = state.knowledge.along(vec![line]);
    knowledge.settle(who.community.id, &folded, by).await?;
    Ok(see(url(&format!("{PART}/unanswered"), &[("said", "saved")])))
}
