//! One draft: what it would change, who wrote and said it, and what can be done with it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::drafts::{ask, failed, is_hidden, publisher, question};
use super::fields::{Typed, parts};
use super::form::{Sheet, form, name, written};
use super::{ENTRIES, PART};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::Permission;
use crate::console::show::content;
use crate::console::show::diff::{Line, diff};
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::knowledge::check::{faults, is_masked};
use crate::knowledge::drafts::{DraftError, Refusal, is_unnamed, was_asked_lately};
use crate::knowledge::{EditError, Knowledge};
use crate::model::content::Content;
use crate::model::draft::{Consent, Draft, Words};
use crate::model::entry::Entry;
use crate::model::ids::{DraftId, EntryId, Version};
use crate::storage::WriteError;
use crate::storage::knowledge::StoredEntry;

/// Whose words it holds, and whether they may be published.
struct Said {
    author: String,
    consent: String,
    /// They can be asked, or asked again.
    ask: bool,
    /// They are the account that looks at it, and have not answered.
    mine: bool,
}

#[derive(Template)]
#[template(path = "draft.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the page that is shown or not"
)]
struct DraftPage {
    chrome: Chrome,
    id: String,
    version: u32,
    question: String,
    /// Its name; empty as long as nobody has chosen one.
    entry: String,
    new: bool,
    /// Somebody has changed the entry since the draft was begun.
    moved: bool,
    masked: bool,
    answer: String,
    lines: Vec<Line>,
    made_by: String,
    made: Shown,
    edited_by: Option<String>,
    visibility: &'static str,
    said: Option<Said>,
    fixes: Option<u32>,
    cluster: Option<String>,
    conversation: Option<String>,
    published: Option<(String, Shown)>,
    /// Why whoever looks at it cannot publish it.
    refusal: Option<String>,
    may: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/drafts/{id}", get(show))
        .route("/knowledge/drafts/{id}/edit", get(edit).post(save))
        .route("/knowledge/drafts/{id}/publish", post(publish))
        .route("/knowledge/drafts/{id}/drop", post(drop_it))
        .route("/knowledge/drafts/{id}/ask", post(ask_author))
        .route("/knowledge/drafts/{id}/consent", post(consent))
}

pub(super) async fn find(state: &ConsoleState, who: &SignedIn, id: &str) -> Result<Draft, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let id: DraftId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let found = state.knowledge.draft(who.community.id, id).await.map_err(failed)?;
    let draft = found.ok_or(ConsoleError::NotHere)?;
    if is_hidden(state, who, &draft).await? {
        return Err(ConsoleError::NotHere);
    }
    Ok(draft)
}

async fn live(state: &ConsoleState, who: &SignedIn, draft: &Draft) -> Result<Option<StoredEntry>, ConsoleError> {
    Ok(state.knowledge.get(who.community.id, &draft.entry.id).await?)
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let draft = find(&state, &who, &id).await?;
    let stored = live(&state, &who, &draft).await?;
    let now = state.clock.now();
    let mut names = Names::new(&state);
    let open = draft.published.is_none();
    let before = stored.as_ref().map(|stored| parts(&stored.entry)).unwrap_or_default();
    let base = stored.as_ref().map_or(0, |stored| stored.entry.rev);
    let may = open && who.may(Permission::EditKnowledge);
    let refusal = if may {
        Knowledge::refusal(&draft, &publisher(&state, &who, &draft).await?, stored.as_ref())
    } else {
        None
    };
    let said = match &draft.words {
        Some(words) => Some(said(&state, &who, &mut names, (&draft, words)).await?),
        None => None,
    };
    let reads = who.may(Permission::ReadConversations);
    Ok(html(&DraftPage {
        chrome: Chrome::new(&state, &who, PART, question(&draft), listed.said.as_deref()).await?,
        id: draft.id.to_string(),
        version: draft.version.0,
        question: question(&draft),
        entry: typed(&draft.entry).id,
        new: draft.entry.rev == 0,
        moved: open && base != draft.entry.rev,
        masked: is_masked(&draft.entry),
        answer: content::html(&Content::markdown(&draft.entry.answer.markdown())),
        lines: if open {
            diff(&before, &parts(&draft.entry))
        } else {
            Vec::new()
        },
        made_by: names.account(draft.made_by).await?,
        made: shown(draft.made_at, now, &who.zone),
        edited_by: match draft.edited_by {
            by if by == draft.made_by => None,
            by => Some(names.account(by).await?),
        },
        visibility: super::list::visibility(draft.entry.visibility),
        said,
        fixes: draft.fixes.map(|fixes| fixes.revision),
        cluster: draft.cluster.map(|cluster| cluster.to_string()),
        conversation: draft
            .conversation
            .filter(|_| reads)
            .map(|conversation| conversation.to_string()),
        published: match draft.published {
            Some((by, at)) => Some((names.account(by).await?, shown(at, now, &who.zone))),
            None => None,
        },
        refusal: refusal.map(|refusal| refusal.to_string()),
        may,
    }))
}

async fn said(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    (draft, words): (&Draft, &Words),
) -> Result<Said, ConsoleError> {
    let now = state.clock.now();
    let ago = |at| shown(at, now, &who.zone).age;
    let (consent, ask) = match &words.consent {
        Consent::Unasked if words.account().is_some() => ("asked here, in the console".to_owned(), false),
        Consent::Unasked => ("not asked yet".to_owned(), true),
        Consent::Asked { at, .. } => (
            format!("asked {} ago, no answer yet", ago(*at)),
            !was_asked_lately(draft, now),
        ),
        // They may have written since.
        Consent::Unreachable { .. } => (
            "cannot be asked: they never wrote to the bot alone, and where they said it nobody else reads".to_owned(),
            true,
        ),
        // Whoever makes a draft of their own words is asked nothing.
        Consent::Named if words.account() == Some(draft.made_by) => (
            "staff of this community, not asked: they made this draft themselves, and their name stands below the answer".to_owned(),
            false,
        ),
        Consent::Named => ("said yes, with their name".to_owned(), false),
        Consent::Unnamed => ("said yes, without their name".to_owned(), false),
        Consent::Refused => ("said no, or took it back: nothing of it is here".to_owned(), false),
    };
    Ok(Said {
        author: names.author(&words.author).await?,
        consent,
        ask: ask && draft.published.is_none(),
        mine: draft.published.is_none() && words.account() == Some(who.account.id) && words.consent.is_open(),
    })
}

/// What stands in the fields. What stands for a name that nobody has chosen is none.
fn typed(entry: &Entry) -> Typed {
    let typed = Typed::of(entry);
    if is_unnamed(entry) {
        let id = String::new();
        return Typed { id, ..typed };
    }
    typed
}

/// The draft as it is edited, going on from this version of it. Its name can be chosen as long as no entry has it.
fn sheet(draft: &Draft, version: Version) -> Sheet {
    Sheet {
        action: format!("{PART}/drafts/{}/edit", draft.id),
        title: format!("Edit the draft: {}", question(draft)),
        new: draft.entry.rev == 0,
        draft: true,
        hidden: vec![("version", version.0.to_string())],
        ..Sheet::default()
    }
}

async fn edit(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let draft = find(&state, &who, &id).await?;
    let stored = live(&state, &who, &draft).await?;
    let base = stored.as_ref().map_or(0, |stored| stored.entry.rev);
    let result = if base == draft.entry.rev {
        Ok(())
    } else {
        Err(EditError::Stale {
            stored: stored.map(Box::new),
        })
    };
    let typed = typed(&draft.entry);
    let sheet = sheet(&draft, draft.version);
    form(&state, &who, sheet, (typed, draft.entry.rev), result).await
}

async fn save(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let draft = find(&state, who, &id).await?;
    let mut typed = Typed::read(&posted.fields, &Typed::of(&draft.entry));
    let unnamed = typed.id.is_empty() && is_unnamed(&draft.entry);
    typed.id = if draft.entry.rev > 0 || unnamed {
        draft.entry.id.to_string()
    } else {
        name(&posted.fields)
    };
    let revision = super::edit::revision(&posted);
    let written = written(&state, who, (&typed, revision), true).await?;
    if unnamed {
        typed.id.clear();
    }
    if !written.faults.is_empty() {
        let error = EditError::Faulty(written.faults);
        return form(&state, who, sheet(&draft, seen(&posted)), (typed, revision), Err(error)).await;
    }
    let entry = Entry {
        rev: revision,
        ..written.entry
    };
    let (seen, saved_page) = (seen(&posted), url(&own(&draft), &[("said", "saved")]));
    let line = posted.audit(&state, "draft_saved", draft.id.to_string());
    let saved = state
        .knowledge
        .along(vec![line])
        .save_draft(who.community.id, (draft.id, seen), entry.clone(), who.account.id)
        .await;
    match saved {
        Ok(_) => Ok(see(saved_page)),
        Err(DraftError::Edit(error)) => {
            // Still from the version that the page showed: another one by now is shown before it is written over.
            form(&state, who, sheet(&draft, seen), (typed, revision), Err(error)).await
        }
        Err(DraftError::Write(WriteError::Conflict { .. })) => {
            let stored = find(&state, who, &id).await?;
            if stored.edited_by == who.account.id && stored.version == seen.next() && stored.entry == entry {
                // The same form sent twice.
                return Ok(see(saved_page));
            }
            let sheet = Sheet {
                changed: Some(Typed::of(&stored.entry)),
                ..sheet(&stored, stored.version)
            };
            form(&state, who, sheet, (typed, revision), Ok(())).await
        }
        Err(error) => Err(failed(error)),
    }
}

fn own(draft: &Draft) -> String {
    format!("{PART}/drafts/{}", draft.id)
}

/// The version that the page showed.
fn seen(posted: &Posted) -> Version {
    Version(posted.fields.line("version").parse().unwrap_or(0))
}

async fn publish(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let draft = find(&state, who, &id).await?;
    let entry_page = |entry: &EntryId| see(url(&format!("{ENTRIES}/{entry}"), &[("said", "published_draft")]));
    if draft.published.is_some_and(|(by, _)| by == who.account.id) {
        // The same form sent twice.
        return Ok(entry_page(&draft.entry.id));
    }
    let by = publisher(&state, who, &draft).await?;
    let line = |alone, entry: &EntryId| {
        let act = if alone {
            "draft_published_alone"
        } else {
            "draft_published"
        };
        posted.audit(&state, act, entry.to_string())
    };
    let published = state
        .knowledge
        .publish(who.community.id, (draft.id, seen(&posted)), &by, line)
        .await;
    match published {
        Ok(published) => Ok(entry_page(&published.entry.id)),
        Err(DraftError::Edit(EditError::Stale { .. })) => Err(ConsoleError::Changed(
            "The entry was changed since this draft was begun, or the draft itself. Please open the draft and save it once more: it \
             shows both, and then it can be published."
                .to_owned(),
        )),
        Err(DraftError::Edit(error @ EditError::Faulty(_))) => filled_in(&state, who, &draft, error).await,
        Err(DraftError::Refused(Refusal::Incomplete)) => {
            let error = EditError::Faulty(faults(&draft.entry));
            filled_in(&state, who, &draft, error).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// The form with what the draft says, and what is wrong with it.
async fn filled_in(
    state: &ConsoleState,
    who: &SignedIn,
    draft: &Draft,
    error: EditError,
) -> Result<Response, ConsoleError> {
    let typed = typed(&draft.entry);
    form(
        state,
        who,
        sheet(draft, draft.version),
        (typed, draft.entry.rev),
        Err(error),
    )
    .await
}

async fn drop_it(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let id: DraftId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let line = posted.audit(&state, "draft_thrown_away", id.to_string());
    state
        .knowledge
        .along(vec![line])
        .drop_draft(who.community.id, (id, seen(&posted)))
        .await
        .map_err(failed)?;
    Ok(see(url(&format!("{PART}/drafts"), &[("said", "removed")])))
}

/// Asks whoever said it, or asks once more.
async fn ask_author(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let draft = find(&state, who, &id).await?;
    if was_asked_lately(&draft, state.clock.now()) {
        return Err(ConsoleError::Invalid(
            "They were asked less than a week ago. Please give them a little time, or write the answer in your own words.".to_owned(),
        ));
    }
    let said = ask(&state, &posted, &draft).await?;
    Ok(see(url(&own(&draft), &[("said", said)])))
}

/// What an account of the console says of its own words.
async fn consent(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    let draft = find(&state, who, &id).await?;
    let (given, act) = match posted.fields.line("says").as_str() {
        "named" => (Consent::Named, "author_agreed"),
        "unnamed" => (Consent::Unnamed, "author_agreed"),
        "no" => (Consent::Refused, "author_refused"),
        _ => return Err(ConsoleError::NotHere),
    };
    let line = posted.audit(&state, act, draft.id.to_string());
    let by = (who.account.id, who.account.name.as_str());
    state
        .knowledge
        .along(vec![line])
        .answer_as_author(who.community.id, (draft.id, seen(&posted)), given, by)
        .await
        .map_err(failed)?;
    Ok(see(url(&own(&draft), &[("said", "saved")])))
}
