//! Whether a language model is asked about questions that entries leave undecided, what it was asked, and what it said.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, cut, see, url};
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::model::amount::counted;
use crate::person::masked;
use crate::storage::Unit;
use crate::storage::consult::{ConsultUnit, Consultation, Mode};

struct Row {
    question: String,
    mode: &'static str,
    conversation: Option<String>,
    came: String,
    prompt: String,
    output: Option<String>,
    at: Shown,
}

/// One of the things that it may do.
struct Choice {
    word: &'static str,
    text: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "model.html")]
struct ModelPage {
    chrome: Chrome,
    name: Option<String>,
    may: bool,
    modes: Vec<Choice>,
    rows: Vec<Row>,
    kept: String,
    next: Option<String>,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge/model", get(show).post(choose))
}

/// Whether somebody may read what a model was asked: it holds what members wrote.
pub(super) fn may_read(who: &SignedIn) -> bool {
    who.may(Permission::ReadConversations)
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let community = who.community.id;
    let mode = state.storage.consulting(community).await?;
    let mut found = state.storage.consultations(community, listed.page()).await?;
    let next = cut(&mut found, |row| row.seq);
    let page = format!("{PART}/model");
    Ok(html(&ModelPage {
        chrome: Chrome::new(&state, &who, PART, "Language model", listed.said.as_deref()).await?,
        name: state.knowledge.model().map(str::to_owned),
        may: who.may(Permission::EditCommunity),
        modes: Mode::ALL.map(|known| choice(known, mode)).into(),
        rows: found.into_iter().map(|row| read(row, &state, &who)).collect(),
        kept: counted(state.upkeep.payload_days, "day", "days"),
        next: next.map(|next| url(&page, &[("before", &next.to_string())])),
    }))
}

/// What may be a code that links accounts is shown by dots, as everywhere.
fn read(row: Consultation, state: &ConsoleState, who: &SignedIn) -> Row {
    Row {
        question: masked(&row.question).into_owned(),
        mode: row.mode.as_str(),
        conversation: row.conversation.map(|id| format!("/console/conversations/{id}")),
        came: row.came.unwrap_or_else(|| "no answer came".to_owned()),
        prompt: masked(&row.prompt).into_owned(),
        output: row.output.map(|output| masked(&output).into_owned()),
        at: shown(row.at, state.clock.now(), &who.zone),
    }
}

fn choice(known: Mode, mode: Mode) -> Choice {
    Choice {
        word: known.as_str(),
        text: in_words(known),
        chosen: known == mode,
    }
}

fn in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "Off: nobody is asked",
        Mode::Select => "Select: it says which entry answers, and the bot says that entry",
        Mode::Compose => "Compose: it says which paragraphs of which entries answer, and the bot says only those",
    }
}

async fn choose(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditCommunity)?;
    let word = posted.fields.line("mode");
    let mode = Mode::ALL.into_iter().find(|mode| mode.as_str() == word);
    let mode = mode.ok_or_else(|| ConsoleError::Invalid("Please choose what the language model does.".to_owned()))?;
    let community = who.community.id;
    let unit = Unit::Consult(ConsultUnit::Mode { community, mode });
    let unit = posted.once(&state, vec![unit], "language_model_set", word);
    state.storage.write(unit).await?;
    Ok(see(url(&format!("{PART}/model"), &[("said", "saved")])))
}
