//! One entry: reading, writing, taking away.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use super::fields::Typed;
use super::preview::Shown;
use super::{PART, failed, find, sentence};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::Permission;
use crate::console::show::content;
use crate::console::show::names::Names;
use crate::console::show::time::{self, shown};
use crate::knowledge::EditError;
use crate::model::content::Content;
use crate::model::entry::Entry;
use crate::model::ids::EntryId;

/// What was stored by somebody else meanwhile.
struct Other {
    typed: Typed,
    revision: u32,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    chrome: Chrome,
    typed: Typed,
    answer: String,
    revision: u32,
    changed: time::Shown,
    by: String,
    languages: Vec<String>,
    may: bool,
}

#[derive(Template)]
#[template(path = "entry_edit.html")]
struct EditPage {
    chrome: Chrome,
    /// Where the form goes.
    action: String,
    new: bool,
    typed: Typed,
    /// The stored revision that the text goes on from; 0 for a new entry.
    revision: u32,
    problem: Option<String>,
    other: Option<Other>,
    preview: Option<Shown>,
}

/// What stands in the form, and below it.
pub(super) struct Form {
    pub(super) new: bool,
    pub(super) typed: Typed,
    /// The stored revision that the text goes on from; 0 for a new entry.
    pub(super) revision: u32,
    /// What saving it would change, when somebody asked.
    pub(super) preview: Option<Shown>,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/new", get(new).post(create))
        .route("/knowledge/{id}", get(show))
        .route("/knowledge/{id}/edit", get(edit).post(save))
        .route("/knowledge/{id}/remove", post(remove))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let stored = find(&state, &who, &id).await?;
    let by = match stored.changed_by {
        Some(by) => Names::new(&state).account(by).await?,
        None => "a file".to_owned(),
    };
    let title = stored.entry.question.clone();
    Ok(html(&EntryPage {
        chrome: Chrome::new(&state, &who, PART, title, listed.said.as_deref()).await?,
        answer: content::html(&Content::markdown(&stored.entry.answer.markdown())),
        revision: stored.entry.rev,
        changed: shown(stored.changed_at, state.clock.now(), &who.zone),
        by,
        languages: stored.entry.translations.keys().cloned().collect(),
        typed: Typed::of(&stored.entry),
        may: who.may(Permission::EditKnowledge),
    }))
}

async fn new(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let typed = Typed {
        question: listed.q.unwrap_or_default(),
        visibility: "everybody".to_owned(),
        ..Typed::default()
    };
    let form_of = Form {
        new: true,
        typed,
        revision: 0,
        preview: None,
    };
    form(&state, &who, form_of, Ok(())).await
}

async fn edit(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let stored = find(&state, &who, &id).await?;
    let typed = Typed::of(&stored.entry);
    let form_of = Form {
        new: false,
        typed,
        revision: stored.entry.rev,
        preview: None,
    };
    form(&state, &who, form_of, Ok(())).await
}

/// The form; `result` is why it could not be stored.
pub(super) async fn form(
    state: &ConsoleState,
    who: &SignedIn,
    form: Form,
    result: Result<(), EditError>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::EditKnowledge)?;
    let Form {
        new,
        typed,
        revision,
        preview,
    } = form;
    let (status, problem, other, revision) = match result {
        Ok(()) => (StatusCode::OK, None, None, revision),
        Err(EditError::Faulty(faults)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(sentence(&faults)),
            None,
            revision,
        ),
        Err(EditError::Stale { stored }) => {
            let text = match &stored {
                Some(_) if new => {
                    "There is an entry with this name. Below is what it says; saving puts yours in its place."
                }
                Some(_) => {
                    "Somebody else changed this entry meanwhile. Below are both; saving puts yours in its place."
                }
                None => "Somebody else took this entry away meanwhile. Saving brings it back with your text.",
            };
            let other = stored.map(|stored| Other {
                revision: stored.entry.rev,
                typed: Typed::of(&stored.entry),
            });
            let revision = other.as_ref().map_or(0, |other| other.revision);
            (StatusCode::CONFLICT, Some(text.to_owned()), other, revision)
        }
        Err(error) => return Err(failed(error)),
    };
    let title = if new { "New entry" } else { "Edit entry" };
    let page = EditPage {
        chrome: Chrome::new(state, who, PART, title, None).await?,
        action: if new {
            format!("{PART}/new")
        } else {
            format!("{PART}/{}/edit", typed.id)
        },
        new,
        typed,
        revision,
        problem,
        other,
        preview,
    };
    Ok((status, html(&page)).into_response())
}

async fn create(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let typed = Typed::read(&posted.fields);
    put(&state, &posted, true, typed).await
}

async fn save(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let typed = Typed {
        id,
        ..Typed::read(&posted.fields)
    };
    put(&state, &posted, false, typed).await
}

async fn put(state: &ConsoleState, posted: &Posted, new: bool, typed: Typed) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let community = who.community.id;
    let revision: u32 = posted.fields.line("revision").parse().unwrap_or(0);
    let id = EntryId::from(typed.id.as_str());
    let before = state.knowledge.get(community, &id).await?.map(|stored| stored.entry);
    let entry = typed.entry(before.as_ref());
    // The revision is the key here, too: the same form sent twice finds what it stored itself.
    if before
        .as_ref()
        .is_some_and(|before| before.rev == revision + 1 && same(before, &entry))
    {
        return Ok(see(url(&format!("{PART}/{id}"), &[("said", "saved")])));
    }
    let expected = (revision > 0).then_some(revision);
    let line = posted.audit(state, "entry_saved", id.to_string());
    match state
        .knowledge
        .along(vec![line])
        .put(community, entry, expected, Some(who.account.id))
        .await
    {
        Ok(_) => Ok(see(url(&format!("{PART}/{id}"), &[("said", "saved")]))),
        Err(error) => {
            let form_of = Form {
                new,
                typed,
                revision,
                preview: None,
            };
            form(state, who, form_of, Err(error)).await
        }
    }
}

/// Whether two revisions say the same.
pub(super) fn same(one: &Entry, two: &Entry) -> bool {
    let mut two = two.clone();
    two.rev = one.rev;
    *one == two
}

async fn remove(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let id = EntryId::from(id.as_str());
    let revision: u32 = posted.fields.line("revision").parse().unwrap_or(0);
    let by = Some(who.account.id);
    let line = posted.audit(&state, "entry_removed", id.to_string());
    state
        .knowledge
        .along(vec![line])
        .remove(who.community.id, &id, revision, by)
        .await
        .map_err(failed)?;
    Ok(see(url(&format!("{PART}/{id}/history"), &[("said", "removed")])))
}
