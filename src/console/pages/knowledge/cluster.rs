//! Questions that mean the same: in which words they were asked, who looks after them, and the way to an answer.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::PART;
use super::drafts::{ask, failed};
use super::unanswered::{is_overdue, question, today};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, see, url};
use crate::console::permission::{Permission, may};
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::knowledge::{ClusterError, PEOPLE_MIN, ShownCluster, Wording};
use crate::model::cluster::{ClusterEnd, ClusterState, ClusterStateKind};
use crate::model::ids::{AccountId, ClusterId, EntryId, Version};
use crate::person::masked;
use crate::storage::WriteError;

/// Wordings that are shown: more are more of the same.
const WORDINGS_MAX: usize = 30;

/// Entries that are near to the questions.
const NEAR_MAX: usize = 5;

struct Asked {
    text: String,
    people: usize,
    why: String,
    last: Shown,
    conversation: Option<String>,
    direct: bool,
}

struct Near {
    id: String,
    question: String,
    visibility: &'static str,
}

struct Account {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "cluster.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the page that is shown or not"
)]
struct ClusterPage {
    chrome: Chrome,
    id: String,
    version: u32,
    question: String,
    state: &'static str,
    class: &'static str,
    reopened: u32,
    people: u32,
    times: u32,
    last: Shown,
    due: String,
    overdue: bool,
    owner: String,
    accounts: Vec<Account>,
    /// What has become of it, in a sentence.
    stands: String,
    draft: Option<String>,
    entry: Option<String>,
    asked: Vec<Asked>,
    /// Wordings that were said to the bot alone, and that this account may not read.
    hidden: usize,
    /// All of it was said to the bot alone: none of these words go into a draft.
    alone: bool,
    near: Vec<Near>,
    /// A draft can be made, or an entry named that answers it.
    open: bool,
    closed: bool,
    /// Somebody has settled it, and may think better of it.
    settled: bool,
    may: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/unanswered/{id}", get(show))
        .route("/knowledge/unanswered/{id}/assign", post(assign))
        .route("/knowledge/unanswered/{id}/draft", post(draft))
        .route("/knowledge/unanswered/{id}/answered", post(answered))
        .route("/knowledge/unanswered/{id}/settle", post(settle))
        .route("/knowledge/unanswered/{id}/open", post(open_again))
}

async fn find(state: &ConsoleState, who: &SignedIn, id: &str) -> Result<ShownCluster, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let id: ClusterId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let found = state.knowledge.cluster(who.community.id, id).await?;
    found.ok_or(ConsoleError::NotHere)
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let found = find(&state, &who, &id).await?;
    let (cluster, counted) = (&found.counted.cluster, &found.counted);
    let now = state.clock.now();
    let kind = cluster.state.kind();
    let (word, class) = words::cluster_state(kind);
    let reads = who.may(Permission::ReadConversations);
    let wordings = state.knowledge.wordings(cluster.id, reads, WORDINGS_MAX).await?;
    let title = question(&who, &found);
    let may = who.may(Permission::EditKnowledge);
    let open = may && !matches!(kind, ClusterStateKind::Closed | ClusterStateKind::Drafted);
    let accounts = accounts(&state, &who, cluster.owner).await?;
    let chosen = accounts.iter().find(|account| account.chosen);
    Ok(html(&ClusterPage {
        chrome: Chrome::new(&state, &who, PART, title.clone(), listed.said.as_deref()).await?,
        id: cluster.id.to_string(),
        version: cluster.version.0,
        near: if open {
            near(&state, &who, &found).await?
        } else {
            Vec::new()
        },
        question: title,
        state: word,
        class,
        reopened: cluster.reopened,
        people: counted.people,
        times: counted.times,
        last: shown(counted.last_at, now, &who.zone),
        due: cluster.due.clone().unwrap_or_default(),
        overdue: is_overdue(&found, &today(&state, &who)),
        owner: match (chosen, cluster.owner) {
            (Some(account), _) => account.name.clone(),
            (None, Some(owner)) => Names::new(&state).account(owner).await?,
            (None, None) => String::new(),
        },
        accounts,
        stands: stands(&state, &who, &found),
        draft: match &cluster.state {
            ClusterState::Drafted { draft, .. } => Some(draft.to_string()),
            _ => None,
        },
        entry: entry(&cluster.state).map(ToString::to_string),
        asked: asked(&state, &who, wordings.shown),
        hidden: wordings.hidden,
        alone: wordings.alone,
        open,
        closed: kind == ClusterStateKind::Closed,
        settled: cluster.is_settled(),
        may,
    }))
}

fn entry(state: &ClusterState) -> Option<&EntryId> {
    match state {
        ClusterState::Published { entry, .. }
        | ClusterState::Watching { entry, .. }
        | ClusterState::Closed {
            how: ClusterEnd::Answered { entry, .. },
        } => Some(entry),
        _ => None,
    }
}

/// What has become of it, for people.
fn stands(state: &ConsoleState, who: &SignedIn, found: &ShownCluster) -> String {
    let cluster = &found.counted.cluster;
    let until = cluster
        .watched_until()
        .map(|until| shown(until, state.clock.now(), &who.zone).text);
    let until = until.unwrap_or_default();
    match &cluster.state {
        ClusterState::New if cluster.reopened > 0 => {
            "An answer was there, and people went on asking: more than half as many as before. It may be hard to find, or not what they \
             mean."
                .to_owned()
        }
        ClusterState::New => "Nobody has begun an answer.".to_owned(),
        ClusterState::Drafted { .. } => "An answer is being written.".to_owned(),
        ClusterState::Published { .. } => format!("An answer is there. It is watched until {until} whether fewer people ask."),
        ClusterState::Watching { before, .. } => format!(
            "An answer is there. In the two weeks before {before} asked; if more than half as many do until {until}, this opens again."
        ),
        ClusterState::Closed {
            how: ClusterEnd::Settled,
        } => "Somebody has settled it. Whoever asks the same is counted here, and it stays settled until it is opened again.".to_owned(),
        ClusterState::Closed {
            how: ClusterEnd::Answered { before, after, .. },
        } => format!("The answer has helped: {before} people asked in the two weeks before it, {after} in the two weeks after."),
    }
}

/// The wordings that this account may read.
fn asked(state: &ConsoleState, who: &SignedIn, wordings: Vec<Wording>) -> Vec<Asked> {
    let reads = who.may(Permission::ReadConversations);
    let asked = wordings.into_iter().map(|wording| {
        let missed: Vec<&str> = wording.missed.iter().map(|missed| words::missed(*missed)).collect();
        Asked {
            text: masked(&wording.text).into_owned(),
            people: wording.people,
            why: format!("{}: {}", missed.join(", "), wording.reason),
            last: shown(wording.last_at, state.clock.now(), &who.zone),
            conversation: wording.conversation.filter(|_| reads).map(|id| id.to_string()),
            direct: wording.direct,
        }
    });
    asked.collect()
}

/// Who can look after it, by name.
async fn accounts(
    state: &ConsoleState,
    who: &SignedIn,
    owner: Option<AccountId>,
) -> Result<Vec<Account>, ConsoleError> {
    let accounts = state.storage.accounts(who.community.id).await?;
    let able = accounts
        .into_iter()
        .filter(|(account, role)| account.disabled_at.is_none() && may(*role, Permission::EditKnowledge));
    let shown = able.map(|(account, _)| Account {
        chosen: owner == Some(account.id),
        id: account.id.to_string(),
        name: account.name,
    });
    Ok(shown.collect())
}

async fn near(state: &ConsoleState, who: &SignedIn, found: &ShownCluster) -> Result<Vec<Near>, ConsoleError> {
    let Some(question) = &found.question else {
        return Ok(Vec::new());
    };
    let near = state.knowledge.search(who.community.id, question, NEAR_MAX).await?;
    let near = near.into_iter().map(|stored| Near {
        id: stored.entry.id.to_string(),
        visibility: super::list::visibility(stored.entry.visibility),
        question: stored.entry.question,
    });
    Ok(near.collect())
}

fn refused(error: ClusterError) -> ConsoleError {
    match error {
        ClusterError::Gone => ConsoleError::NotHere,
        ClusterError::NoEntry(entry) => ConsoleError::Invalid(format!(
            "There is no entry “{entry}”. Its name stands below its question in the list of entries. Please choose another, or make a draft."
        )),
        ClusterError::NotSaid(entry) => ConsoleError::Invalid(format!(
            "“{entry}” is not said to all who asked this: it is for staff or members alone, or its last day is over. Please change that first, \
             or choose another entry."
        )),
        ClusterError::State(_) => ConsoleError::Changed(
            "Somebody else has begun an answer to this meanwhile, or has settled it. Please look at how things stand now."
                .to_owned(),
        ),
        ClusterError::Day => ConsoleError::Invalid("Please choose a day, such as 2027-02-01.".to_owned()),
        ClusterError::Read(error) => error.into(),
        ClusterError::Write(error) => error.into(),
    }
}

fn seen(posted: &Posted) -> Version {
    Version(posted.fields.line("version").parse().unwrap_or(0))
}

async fn assign(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let found = find(&state, who, &id).await?;
    let cluster = &found.counted.cluster;
    let owner = posted.fields.some("owner");
    let able = accounts(&state, who, None).await?;
    let owner = match owner {
        Some(wanted) if able.iter().any(|account| account.id == wanted) => {
            Some(wanted.parse().map_err(|_| ConsoleError::NotHere)?)
        }
        Some(_) => {
            return Err(ConsoleError::Invalid(
                "That account cannot look after questions here any more. Please choose another.".to_owned(),
            ));
        }
        None => None,
    };
    let line = posted.audit(&state, "questions_assigned", cluster.id.to_string());
    let due = posted.fields.some("due");
    let is_past = due.as_ref().is_some_and(|due| *due < today(&state, who));
    let said = if is_past { "saved_past" } else { "saved" };
    let seen = (cluster.id, seen(&posted));
    state
        .knowledge
        .along(vec![line])
        .assign(who.community.id, seen, owner, due, who.account.id)
        .await
        .map_err(refused)?;
    Ok(see(url(&own(cluster.id), &[("said", said)])))
}

fn own(id: ClusterId) -> String {
    format!("{PART}/unanswered/{id}")
}

/// Makes a draft: of the questions, or with their wordings for an entry that is there.
async fn draft(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let found = find(&state, who, &id).await?;
    let cluster = found.counted.cluster.id;
    let entry = posted.fields.some("entry").map(|entry| EntryId::from(entry.as_str()));
    let units = vec![
        posted.used(&state),
        posted.audit(&state, "draft_made", cluster.to_string()),
    ];
    let by = (who.account.id, who.account.name.as_str());
    let made = state
        .knowledge
        .along(units)
        .draft_of_cluster(who.community.id, cluster, entry.as_ref(), by)
        .await;
    let made = match made {
        Ok(made) => made,
        // The same form sent twice: the page shows the draft.
        Err(crate::knowledge::drafts::DraftError::Write(WriteError::Conflict { .. })) => {
            return Ok(see(own(cluster)));
        }
        Err(error) => return Err(failed(error)),
    };
    let said = match ask(&state, &posted, &made).await? {
        "kept_draft" if made.entry.question.is_empty() || made.entry.answer.full.is_empty() => "begun_draft",
        said => said,
    };
    Ok(see(url(&format!("{PART}/drafts/{}", made.id), &[("said", said)])))
}

/// Says that an entry which is there answers these questions.
async fn answered(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let found = find(&state, who, &id).await?;
    let cluster = &found.counted.cluster;
    let named = EntryId::from(posted.fields.line("entry").as_str());
    let done = see(url(&own(cluster.id), &[("said", "answered_by_entry")]));
    let known = match &cluster.state {
        ClusterState::Published { entry, .. } | ClusterState::Watching { entry, .. } => Some(entry),
        _ => None,
    };
    if known == Some(&named) {
        // The same form sent twice, or what is watched already: its two weeks go on.
        return Ok(done);
    }
    let line = posted.audit(&state, "questions_answered", cluster.id.to_string());
    state
        .knowledge
        .along(vec![line])
        .answer(who.community.id, (cluster.id, seen(&posted)), &named, who.account.id)
        .await
        .map_err(refused)?;
    Ok(done)
}

async fn settle(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let id: ClusterId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    // The questions themselves stay out of the audit: they are what people wrote.
    let line = posted.audit(&state, "questions_settled", id.to_string());
    state
        .knowledge
        .along(vec![line])
        .close(who.community.id, (id, seen(&posted)), who.account.id)
        .await
        .map_err(refused)?;
    Ok(see(url(&format!("{PART}/unanswered"), &[("said", "saved")])))
}

async fn open_again(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let found = find(&state, who, &id).await?;
    let cluster = &found.counted.cluster;
    let done = see(url(&own(cluster.id), &[("said", "opened_again")]));
    if cluster.state == ClusterState::New {
        // The same form sent twice.
        return Ok(done);
    }
    let line = posted.audit(&state, "questions_opened_again", cluster.id.to_string());
    state
        .knowledge
        .along(vec![line])
        .open_again(who.community.id, (cluster.id, seen(&posted)), who.account.id)
        .await
        .map_err(refused)?;
    // What one person alone is left of is shown to nobody.
    Ok(if found.counted.people < PEOPLE_MIN {
        see(url(&format!("{PART}/unanswered"), &[("said", "opened_again")]))
    } else {
        done
    })
}
