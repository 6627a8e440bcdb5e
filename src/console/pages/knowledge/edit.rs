//! One entry: reading, writing, taking away.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::drafts::{self, Related, related};
use super::fields::{Text, Typed};
use super::form::{self, Sheet, Written, form, written};
use super::{ENTRIES, PART, failed, find};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::Permission;
use crate::console::show::content;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::knowledge::EditError;
use crate::knowledge::drafts::DraftError;
use crate::model::content::Content;
use crate::model::draft::Fixes;
use crate::model::entry::Entry;
use crate::model::ids::{EntryId, MessageId};
use crate::storage::WriteError;

/// The entry in another language.
struct Translated {
    language: String,
    /// The entry says something else since.
    behind: bool,
    question: String,
    answer: String,
    short: Option<String>,
    aliases: Vec<String>,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    chrome: Chrome,
    typed: Typed,
    answer: String,
    revision: u32,
    changed: Shown,
    by: String,
    languages: Vec<Translated>,
    /// Where alone it may be said, and where it may not.
    only: Vec<String>,
    never: Vec<String>,
    /// What else may help; those that are gone have no question.
    related: Vec<(String, Option<String>)>,
    /// Entries that are asked in the same words.
    too: Vec<Related>,
    drafts: Vec<Related>,
    may: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/new", get(new).post(create))
        .route("/knowledge/entries/{id}", get(show))
        .route("/knowledge/entries/{id}/edit", get(edit).post(save))
        .route("/knowledge/entries/{id}/fix", get(fix).post(set_right))
        .route("/knowledge/entries/{id}/remove", post(remove))
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
    let behind = state.knowledge.behind(who.community.id, &stored.entry).await?;
    let translations = stored.entry.translations.iter();
    let languages = translations.map(|(language, translation)| Translated {
        behind: behind.contains(language),
        language: language.clone(),
        question: translation.question.clone(),
        answer: content::html(&Content::markdown(&translation.answer.markdown())),
        short: translation.answer.short.clone(),
        aliases: translation.aliases.clone(),
    });
    let mut beside = Vec::new();
    for id in &stored.entry.related {
        let found = state.knowledge.get(who.community.id, id).await?;
        beside.push((id.to_string(), found.map(|found| found.entry.question)));
    }
    let mut names = Names::new(&state);
    let too = state.knowledge.asked_so_too(who.community.id, &stored.entry).await?;
    let too = too.into_iter().map(|other| Related {
        id: other.id.to_string(),
        question: other.question,
    });
    let title = stored.entry.question.clone();
    Ok(html(&EntryPage {
        chrome: Chrome::new(&state, &who, PART, title, listed.said.as_deref()).await?,
        answer: content::html(&Content::markdown(&stored.entry.answer.markdown())),
        revision: stored.entry.rev,
        changed: shown(stored.changed_at, state.clock.now(), &who.zone),
        by,
        languages: languages.collect(),
        only: named(&mut names, &stored.entry.channels.only).await?,
        never: named(&mut names, &stored.entry.channels.not).await?,
        related: beside,
        drafts: related(&state, &who, &stored.entry.id).await?,
        too: too.collect(),
        typed: Typed::of(&stored.entry),
        may: who.may(Permission::EditKnowledge),
    }))
}

/// Platforms and places as people call them.
async fn named(names: &mut Names<'_>, channels: &[String]) -> Result<Vec<String>, ConsoleError> {
    let mut all = Vec::with_capacity(channels.len());
    for channel in channels {
        all.push(match channel.parse() {
            Ok(place) => names.place(place).await?,
            Err(_) => words::platform(channel),
        });
    }
    Ok(all)
}

async fn new(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let typed = Typed {
        text: Text {
            question: listed.q.unwrap_or_default(),
            ..Text::default()
        },
        visibility: "everybody".to_owned(),
        ..Typed::default()
    };
    form(&state, &who, sheet_of_new(), (typed, 0), Ok(())).await
}

async fn edit(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let stored = find(&state, &who, &id).await?;
    let typed = Typed::of(&stored.entry);
    let sheet = sheet_of(&typed);
    form(&state, &who, sheet, (typed, stored.entry.rev), Ok(())).await
}

/// The text of an entry beside the answer that was wrong, to be set right by somebody and looked at by somebody else. `q` is the
/// message that said it.
async fn fix(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let stored = find(&state, &who, &id).await?;
    let message = listed.q.unwrap_or_default();
    let fixes = fixes(&state, &who, &message, &id).await?;
    let typed = Typed::of(&stored.entry);
    let sheet = sheet_of_fix(&typed, &message, (fixes.revision, stored.entry.rev));
    form(&state, &who, sheet, (typed, stored.entry.rev), Ok(())).await
}

/// Which revision an answer came from, if it is one of this community that cites the entry.
async fn fixes(state: &ConsoleState, who: &SignedIn, message: &str, entry: &str) -> Result<Fixes, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let message: MessageId = message.parse().map_err(|_| ConsoleError::NotHere)?;
    let said = state.storage.message(message).await?.ok_or(ConsoleError::NotHere)?;
    let place = state.storage.place(said.new.place).await?;
    let here = place.is_some_and(|place| place.community == who.community.id);
    let cited = said.new.cites.iter().find(|(id, _)| id.as_str() == entry);
    match cited.filter(|_| here && who.may_read(&said)) {
        Some((_, revision)) => Ok(Fixes {
            message,
            revision: *revision,
        }),
        None => Err(ConsoleError::NotHere),
    }
}

/// Around an entry that is not there yet.
pub(super) fn sheet_of_new() -> Sheet {
    Sheet {
        action: format!("{PART}/new"),
        title: "New entry".to_owned(),
        new: true,
        live: true,
        ..Sheet::default()
    }
}

/// Around an entry as it is edited.
pub(super) fn sheet_of(typed: &Typed) -> Sheet {
    Sheet {
        action: format!("{ENTRIES}/{}/edit", typed.id),
        title: format!("Edit: {}", typed.text.question),
        live: true,
        ..Sheet::default()
    }
}

fn sheet_of_fix(typed: &Typed, message: &str, (served, now): (u32, u32)) -> Sheet {
    let note = if served == now {
        format!(
            "The answer came from this revision, {now}. What you write is a draft until somebody else has looked at it."
        )
    } else {
        format!(
            "The answer came from revision {served}. Below is the entry as it is now, revision {now}: it may be right already. What you \
             write is a draft until somebody else has looked at it."
        )
    };
    Sheet {
        action: format!("{ENTRIES}/{}/fix", typed.id),
        title: format!("Fix this answer: {}", typed.text.question),
        hidden: vec![("message", message.to_owned())],
        note: Some(note),
        ..Sheet::default()
    }
}

async fn create(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let typed = form::typed(&state, &posted, form::name(&posted.fields)).await?;
    put(&state, &posted, sheet_of_new(), typed).await
}

async fn save(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let typed = form::typed(&state, &posted, id).await?;
    put(&state, &posted, sheet_of(&typed), typed).await
}

async fn set_right(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let message = posted.fields.line("message");
    let fixes = fixes(&state, &posted.who, &message, &id).await?;
    let typed = form::typed(&state, &posted, id).await?;
    let sheet = sheet_of_fix(&typed, &message, (fixes.revision, revision(&posted)));
    keep_draft(&state, &posted, (sheet, typed), Some(fixes)).await
}

async fn put(state: &ConsoleState, posted: &Posted, sheet: Sheet, typed: Typed) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    if posted.fields.line("do") == "draft" {
        return keep_draft(state, posted, (sheet, typed), None).await;
    }
    let community = who.community.id;
    let revision = revision(posted);
    let Written { before, entry, faults } = written(state, who, (&typed, revision), false).await?;
    if !faults.is_empty() {
        return form(state, who, sheet, (typed, revision), Err(EditError::Faulty(faults))).await;
    }
    let id = entry.id.clone();
    // The revision is the key here, too: the same form sent twice finds what it stored itself. Where nothing is changed, nothing is written:
    // a revision more would be in the way of files alone.
    let own = [revision, revision.saturating_add(1)];
    if before
        .as_ref()
        .is_some_and(|before| own.contains(&before.rev) && same(before, &entry))
    {
        return Ok(see(url(&format!("{ENTRIES}/{id}"), &[("said", "saved")])));
    }
    let expected = (revision > 0).then_some(revision);
    let line = posted.audit(state, "entry_saved", id.to_string());
    match state
        .knowledge
        .along(vec![line])
        .put(community, entry, expected, Some(who.account.id))
        .await
    {
        Ok(_) => Ok(see(url(&format!("{ENTRIES}/{id}"), &[("said", "saved")]))),
        Err(error) => form(state, who, sheet, (typed, revision), Err(error)).await,
    }
}

/// Keeps what was written for somebody else to look at.
async fn keep_draft(
    state: &ConsoleState,
    posted: &Posted,
    (sheet, typed): (Sheet, Typed),
    fixes: Option<Fixes>,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let (community, revision) = (who.community.id, revision(posted));
    let Written { entry, faults, .. } = written(state, who, (&typed, revision), true).await?;
    if !faults.is_empty() {
        return form(state, who, sheet, (typed, revision), Err(EditError::Faulty(faults))).await;
    }
    let id = entry.id.clone();
    let entry = Entry { rev: revision, ..entry };
    let used = posted.used(state);
    let line = posted.audit(state, "draft_made", id.to_string());
    let by = (who.account.id, who.account.name.as_str());
    let knowledge = state.knowledge.along(vec![used, line]);
    match knowledge.draft_of_text(community, entry, fixes, by).await {
        Ok(draft) => Ok(see(url(
            &format!("{PART}/drafts/{}", draft.id),
            &[("said", "kept_draft")],
        ))),
        Err(DraftError::Edit(error)) => form(state, who, sheet, (typed, revision), Err(error)).await,
        // The same form sent twice is kept once.
        Err(DraftError::Write(WriteError::Conflict { .. })) => {
            Ok(see(url(&format!("{PART}/drafts"), &[("said", "kept_draft")])))
        }
        Err(error) => Err(drafts::failed(error)),
    }
}

/// The stored revision that the form goes on from; 0 for a new entry.
pub(super) fn revision(posted: &Posted) -> u32 {
    posted.fields.line("revision").parse().unwrap_or(0)
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
    Ok(see(url(&format!("{ENTRIES}/{id}/history"), &[("said", "removed")])))
}
