//! Questions without a good answer: which mean the same, who looks after them, and until when.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{Listed, ROWS_MAX, see, url};
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::knowledge::{NightError, PEOPLE_MIN, ShownCluster};
use crate::person::masked;
use crate::storage::WriteError;

struct Row {
    id: String,
    question: String,
    state: &'static str,
    class: &'static str,
    reopened: bool,
    people: u32,
    times: u32,
    last: Shown,
    owner: String,
    due: Option<String>,
    overdue: bool,
}

#[derive(Template)]
#[template(path = "unanswered.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the page that is shown or not"
)]
struct UnansweredPage {
    chrome: Chrome,
    rows: Vec<Row>,
    closed: bool,
    next: Option<String>,
    /// Questions of one person each, and of nobody else.
    alone: u32,
    people_min: u32,
    looked: Option<Shown>,
    may: bool,
    model: bool,
    posts: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge/unanswered", get(show).post(look))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let community = who.community.id;
    let closed = listed.show.as_deref() == Some("closed");
    let from = listed.before.and_then(|from| u32::try_from(from).ok()).unwrap_or(0);
    let mut found = state
        .knowledge
        .clusters(community, closed, (from, ROWS_MAX + 1))
        .await?;
    let rows_max = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    let more = found.len() > rows_max;
    found.truncate(rows_max);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for cluster in &found {
        rows.push(row(&state, &who, &mut names, cluster).await?);
    }
    let (alone, looked) = state.knowledge.questions_alone(community).await?;
    let next = more.then(|| {
        let show = if closed { "closed" } else { "open" };
        let before = (from + ROWS_MAX).to_string();
        url(&format!("{PART}/unanswered"), &[("show", show), ("before", &before)])
    });
    Ok(html(&UnansweredPage {
        chrome: Chrome::new(&state, &who, PART, "Unanswered questions", listed.said.as_deref()).await?,
        rows,
        closed,
        next,
        alone,
        people_min: PEOPLE_MIN,
        looked: looked.map(|at| shown(at, state.clock.now(), &who.zone)),
        may: who.may(Permission::EditKnowledge),
        model: super::model::may_read(&who),
        posts: who.may(Permission::EditPosts),
    }))
}

async fn row(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    cluster: &ShownCluster,
) -> Result<Row, ConsoleError> {
    let counted = &cluster.counted;
    let row = &counted.cluster;
    let (word, class) = words::cluster_state(row.state.kind());
    let now = state.clock.now();
    Ok(Row {
        id: row.id.to_string(),
        question: question(who, cluster),
        state: word,
        class,
        reopened: row.reopened > 0,
        people: counted.people,
        times: counted.times,
        last: shown(counted.last_at, now, &who.zone),
        owner: match row.owner {
            Some(owner) => names.account(owner).await?,
            None => String::new(),
        },
        overdue: is_overdue(cluster, &today(state, who)),
        due: row.due.clone(),
    })
}

/// The question that stands for all, as far as this account may read it. What may be a code that links accounts is hidden.
pub(super) fn question(who: &SignedIn, cluster: &ShownCluster) -> String {
    let Some(asked) = &cluster.question else {
        return "A question that was taken back".to_owned();
    };
    let question = if who.may(Permission::ReadConversations) {
        Some(asked)
    } else {
        cluster.read_by_others.as_ref()
    };
    match question {
        Some(question) => masked(question).into_owned(),
        None => "A question from direct chats, which your role does not read".to_owned(),
    }
}

/// The day by this account's clock.
pub(super) fn today(state: &ConsoleState, who: &SignedIn) -> String {
    let now = jiff::Timestamp::from_millisecond(state.clock.now().as_millis()).unwrap_or_default();
    now.to_zoned(who.zone.clone()).date().to_string()
}

/// Whether there should have been an answer by now.
pub(super) fn is_overdue(cluster: &ShownCluster, today: &str) -> bool {
    use crate::model::cluster::ClusterStateKind::{Drafted, New};
    let row = &cluster.counted.cluster;
    let late = row.due.as_deref().is_some_and(|due| due < today);
    late && matches!(row.state.kind(), New | Drafted)
}

/// Looks at the questions at once, as the night does.
async fn look(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    posted.who.require(Permission::EditKnowledge)?;
    let looked = state.knowledge.look(posted.who.community.id).await;
    match looked {
        // Somebody else is looking just now, which is as good.
        Ok(()) | Err(NightError::Write(WriteError::Conflict { .. })) => {}
        Err(NightError::Read(error)) => return Err(error.into()),
        Err(NightError::Write(error)) => return Err(error.into()),
        Err(error @ NightError::Compare) => return Err(ConsoleError::Failed(error.to_string())),
    }
    Ok(see(url(&format!("{PART}/unanswered"), &[("said", "looked_through")])))
}
