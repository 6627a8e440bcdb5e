//! What a change would do to answers, before it is made: the questions of the last month, put again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{Router, post};

use super::draft;
use super::drafts;
use super::edit;
use super::fields::Typed;
use super::form::{self, Sheet, Written, form};
use super::{ENTRIES, PART, find, sentence};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::ROWS_MAX;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::knowledge::check::{faults, faults_to_readers};
use crate::knowledge::drafts::DraftError;
use crate::knowledge::twin::{Changed, Step, Twin, TwinError};
use crate::knowledge::{EditError, Knowledge};
use crate::model::entry::Entry;
use crate::model::ids::EntryId;
use crate::model::quality::Precision;
use crate::person::masked;

/// One question that would be answered differently.
pub(super) struct Row {
    pub(super) verdict: &'static str,
    pub(super) question: String,
    pub(super) place: String,
    pub(super) times: u32,
    pub(super) before: String,
    pub(super) after: String,
}

/// A page of what would change.
pub(super) struct Shown {
    pub(super) summary: String,
    pub(super) rows: Vec<Row>,
    /// The pages before and behind this one, counted from 0.
    pub(super) previous: Option<usize>,
    pub(super) next: Option<usize>,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    chrome: Chrome,
    heading: String,
    /// Where the form that makes the change goes, and the one that looks at another page.
    action: String,
    preview_action: String,
    /// What was seen: fields that nobody fills in.
    hidden: Vec<(&'static str, String)>,
    /// What makes the change; none where whoever looks at it may not.
    button: Option<String>,
    preview: Shown,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/new/preview", post(created))
        .route("/knowledge/entries/{id}/edit/preview", post(saved))
        .route("/knowledge/entries/{id}/remove/preview", post(removed))
        .route("/knowledge/entries/{id}/restore/preview", post(restored))
        .route("/knowledge/drafts/{id}/preview", post(published))
}

async fn created(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let typed = form::typed(&state, &posted, form::name(&posted.fields)).await?;
    with_preview(&state, &posted, edit::sheet_of_new(), typed).await
}

async fn saved(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let typed = form::typed(&state, &posted, id).await?;
    with_preview(&state, &posted, edit::sheet_of(&typed), typed).await
}

/// The form as it was filled in, with what saving it would do below it.
async fn with_preview(
    state: &ConsoleState,
    posted: &Posted,
    sheet: Sheet,
    typed: Typed,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let revision = edit::revision(posted);
    let Written { entry, faults, .. } = form::written(state, who, (&typed, revision), false).await?;
    if !faults.is_empty() {
        return form(state, who, sheet, (typed, revision), Err(EditError::Faulty(faults))).await;
    }
    let preview = preview(state, posted, vec![Step::Put(Box::new(entry))]).await?;
    let preview = Some(preview);
    form(state, who, Sheet { preview, ..sheet }, (typed, revision), Ok(())).await
}

async fn removed(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let stored = find(&state, who, &id).await?;
    let own = format!("{ENTRIES}/{id}/remove");
    let page = PreviewPage {
        chrome: Chrome::new(&state, who, PART, "What would change", None).await?,
        heading: format!("Without: {}", stored.entry.question),
        preview_action: format!("{own}/preview"),
        action: own,
        hidden: vec![("revision", stored.entry.rev.to_string())],
        button: Some("Take it away".to_owned()),
        preview: preview(&state, &posted, vec![Step::Remove(stored.entry.id)]).await?,
    };
    Ok(html(&page))
}

async fn restored(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let entry = super::history::revision(&state, &posted, &EntryId::from(id.as_str())).await?;
    let faults = faults_to_readers(&entry);
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(sentence(&faults)));
    }
    let now = state.knowledge.get(who.community.id, &entry.id).await?;
    let own = format!("{ENTRIES}/{id}/restore");
    let page = PreviewPage {
        chrome: Chrome::new(&state, who, PART, "What would change", None).await?,
        heading: format!("With revision {}: {}", entry.rev, entry.question),
        preview_action: format!("{own}/preview"),
        action: own,
        hidden: vec![
            ("revision", entry.rev.to_string()),
            // 0 where the entry is gone.
            ("now", now.map_or(0, |now| now.entry.rev).to_string()),
        ],
        button: Some(format!("Go back to revision {}", entry.rev)),
        preview: preview(&state, &posted, vec![Step::Put(Box::new(entry))]).await?,
    };
    Ok(html(&page))
}

/// With a draft as it would be published, for whoever may do it and for whoever waits for that.
async fn published(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let draft = draft::find(&state, who, &id).await?;
    if draft.published.is_some() {
        return Err(drafts::failed(DraftError::Gone));
    }
    let faults = faults(&draft.entry);
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(sentence(&faults)));
    }
    let stored = state.knowledge.get(who.community.id, &draft.entry.id).await?;
    let moved = stored.as_ref().map_or(0, |stored| stored.entry.rev) != draft.entry.rev;
    let publisher = drafts::publisher(&state, who, &draft).await?;
    let may = !moved && Knowledge::refusal(&draft, &publisher, stored.as_ref()).is_none();
    let entry = state.knowledge.as_published(&draft).await?;
    let own = format!("{PART}/drafts/{}", draft.id);
    let page = PreviewPage {
        chrome: Chrome::new(&state, who, PART, "What would change", None).await?,
        heading: format!("With the draft: {}", drafts::question(&draft)),
        preview_action: format!("{own}/preview"),
        action: format!("{own}/publish"),
        hidden: vec![("version", draft.version.0.to_string())],
        button: may.then(|| "Publish".to_owned()),
        preview: preview(&state, &posted, vec![Step::Put(Box::new(entry))]).await?,
    };
    Ok(html(&page))
}

/// With what files would bring in.
pub(super) async fn imported(
    state: &ConsoleState,
    posted: &Posted,
    (own, hidden): (&str, Vec<(&'static str, String)>),
    entries: Vec<Entry>,
) -> Result<Response, ConsoleError> {
    let steps = entries.into_iter().map(|entry| Step::Put(Box::new(entry)));
    let page = PreviewPage {
        chrome: Chrome::new(state, &posted.who, PART, "What would change", None).await?,
        heading: "With the entries from files".to_owned(),
        preview_action: format!("{own}/preview"),
        action: own.to_owned(),
        hidden,
        button: Some("Import".to_owned()),
        preview: preview(state, posted, steps.collect()).await?,
    };
    Ok(html(&page))
}

/// How many answers are to be right, as it would be.
pub(super) async fn precision(
    state: &ConsoleState,
    posted: &Posted,
    (own, precision): (&str, Precision),
) -> Result<Response, ConsoleError> {
    let Precision { addressed, overheard } = precision;
    let page = PreviewPage {
        chrome: Chrome::new(state, &posted.who, PART, "What would change", None).await?,
        heading: format!("With {addressed} of 100 answers right, and {overheard} of 100 to what is overheard"),
        preview_action: format!("{own}/preview"),
        action: own.to_owned(),
        hidden: vec![
            ("addressed", addressed.to_string()),
            ("overheard", overheard.to_string()),
        ],
        button: Some("Save".to_owned()),
        preview: preview(state, posted, vec![Step::Precision(precision)]).await?,
    };
    Ok(html(&page))
}

async fn preview(state: &ConsoleState, posted: &Posted, steps: Vec<Step>) -> Result<Shown, ConsoleError> {
    let who = &posted.who;
    let twin = state.knowledge.twin(who.community.id, steps).await;
    let twin = twin.map_err(|error| match error {
        TwinError::Read(error) => ConsoleError::from(error),
        TwinError::Unread(_) | TwinError::Broken => ConsoleError::Failed(error.to_string()),
    })?;
    let page: usize = posted.fields.line("page").parse().unwrap_or(0);
    shown(state, who, &twin, page).await
}

async fn shown(state: &ConsoleState, who: &SignedIn, twin: &Twin, page: usize) -> Result<Shown, ConsoleError> {
    let rows_max = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    // A page that is gone meanwhile is the last one.
    let page = page.min(twin.changes.len().saturating_sub(1) / rows_max);
    let mut names = Names::new(state);
    let mut rows = Vec::new();
    for changed in twin.changes.iter().skip(page * rows_max).take(rows_max) {
        let place = match changed.place {
            Some(place) => names.place(place).await?,
            None => String::new(),
        };
        rows.push(row(changed, place, who));
    }
    Ok(Shown {
        summary: twin.summary(),
        rows,
        previous: page.checked_sub(1),
        next: ((page + 1) * rows_max < twin.changes.len()).then_some(page + 1),
    })
}

/// What somebody asked where nobody else could read it is read by those alone who may read conversations.
fn row(changed: &Changed, place: String, who: &SignedIn) -> Row {
    let (before, after) = changed.told();
    let hidden = changed.private && !who.may(Permission::ReadConversations);
    Row {
        verdict: changed.verdict.word(),
        question: if hidden {
            "A question that nobody else could read".to_owned()
        } else {
            masked(&changed.question).into_owned()
        },
        place: if hidden { String::new() } else { place },
        times: changed.times,
        before,
        after,
    }
}
