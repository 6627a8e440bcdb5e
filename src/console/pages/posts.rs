//! Planned posts: writing, planning, calling off, and what happened.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use super::{Listed, cut, see, url};
use crate::calendar::{Calendar, CalendarError, Draft};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::{content, words};
use crate::model::directory::Audience;
use crate::model::ids::{PlaceId, PostId, Version};
use crate::storage::Page;
use crate::storage::posts::{Post, PostState};

/// The address of this part.
const PART: &str = "/console/posts";

/// Characters of a post that a row shows.
const EXCERPT_CHARACTERS: usize = 100;

/// Shared places that can be chosen from.
const PLACES_MAX: u32 = 1_000;

struct Row {
    id: String,
    text: String,
    place: String,
    state: &'static str,
    class: &'static str,
    when: String,
    reason: String,
    author: String,
}

#[derive(Template)]
#[template(path = "posts.html")]
struct PostsPage {
    chrome: Chrome,
    rows: Vec<Row>,
    next: Option<String>,
    may: bool,
}

struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

struct Sent {
    state: &'static str,
    class: &'static str,
    reason: String,
    at: Option<Shown>,
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage {
    chrome: Chrome,
    /// Where the form goes.
    action: String,
    places: Vec<Choice>,
    text: String,
    local: String,
    zone: String,
    version: u32,
    preview: String,
    problem: Option<String>,
    /// It exists already.
    stored: Option<Row>,
    due: Option<Shown>,
    sent: Vec<Sent>,
    open: bool,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/posts", get(list))
        .route("/posts/new", get(new).post(create))
        .route("/posts/{id}", get(show).post(save))
        .route("/posts/{id}/cancel", post(cancel))
}

fn state_words(state: PostState) -> (&'static str, &'static str) {
    match state {
        PostState::Draft => ("Draft", "quiet"),
        PostState::Scheduled => ("Planned", "calm"),
        PostState::Publishing => ("On its way", "calm"),
        PostState::Published => ("Published", "active"),
        PostState::Failed => ("Failed", "urgent"),
        PostState::Unconfirmed => ("Perhaps published", "urgent"),
        PostState::Cancelled => ("Cancelled", "quiet"),
    }
}

async fn list(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPosts)?;
    let mut found = state.calendar.list(who.community.id, listed.page()).await?;
    let next = cut(&mut found, |(position, _)| *position);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for (_, post) in &found {
        rows.push(row(&mut names, post).await?);
    }
    Ok(html(&PostsPage {
        chrome: Chrome::new(&state, &who, PART, "Posts", listed.said.as_deref()).await?,
        rows,
        next: next.map(|next| url(PART, &[("before", &next.to_string())])),
        may: who.may(Permission::EditPosts),
    }))
}

async fn row(names: &mut Names<'_>, post: &Post) -> Result<Row, ConsoleError> {
    let (state, class) = state_words(post.state);
    let when = if post.local.is_empty() {
        "no time chosen".to_owned()
    } else {
        format!("{} {}", post.local.replace('T', " "), post.zone)
    };
    Ok(Row {
        id: post.id.to_string(),
        text: content::excerpt(&Calendar::preview(&post.text), EXCERPT_CHARACTERS),
        place: names.place(post.place).await?,
        state,
        class,
        when,
        reason: post.reason.clone().unwrap_or_default(),
        author: names.account(post.author).await?,
    })
}

async fn new(State(state): State<ConsoleState>, who: SignedIn) -> Result<Response, ConsoleError> {
    let draft = Draft {
        place: PlaceId(uuid::Uuid::nil()),
        text: String::new(),
        local: String::new(),
        zone: who.community.zone.clone(),
    };
    form(&state, &who, None, draft, None, None).await
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let post = find(&state, &who, &id).await?;
    let draft = draft_of(&post);
    form(&state, &who, Some(post), draft, None, listed.said.as_deref()).await
}

async fn find(state: &ConsoleState, who: &SignedIn, id: &str) -> Result<Post, ConsoleError> {
    who.require(Permission::ReadPosts)?;
    let id: PostId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let found = state.calendar.get(who.community.id, id).await?;
    found.ok_or(ConsoleError::NotHere)
}

fn draft_of(post: &Post) -> Draft {
    Draft {
        place: post.place,
        text: post.text.clone(),
        local: post.local.clone(),
        zone: post.zone.clone(),
    }
}

async fn form(
    state: &ConsoleState,
    who: &SignedIn,
    post: Option<Post>,
    draft: Draft,
    problem: Option<String>,
    said: Option<&str>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPosts)?;
    let page = Page {
        before: None,
        limit: PLACES_MAX,
    };
    let places = state.storage.places(who.community.id, page).await?.into_iter();
    let places = places.filter(|place| place.enabled && place.audience != Audience::Direct);
    let places = places.map(|place| Choice {
        id: place.id.to_string(),
        chosen: place.id == draft.place,
        name: place.name,
    });
    let places = places.collect();
    let mut names = Names::new(state);
    let now = state.clock.now();
    let mut sent = Vec::new();
    let message = post.as_ref().and_then(|post| post.message);
    if let Some(message) = message {
        for delivery in state.storage.deliveries_of_message(message).await? {
            sent.push(Sent {
                state: words::delivery_state(delivery.state),
                class: words::delivery_class(delivery.state),
                reason: delivery.reason.unwrap_or_default(),
                at: delivery.ended_at.map(|at| shown(at, now, &who.zone)),
            });
        }
    }
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let open = who.may(Permission::EditPosts) && post.as_ref().is_none_or(|post| post.state.is_open());
    let page = PostPage {
        chrome: Chrome::new(state, who, PART, if post.is_some() { "Post" } else { "New post" }, said).await?,
        action: post
            .as_ref()
            .map_or_else(|| format!("{PART}/new"), |post| format!("{PART}/{}", post.id)),
        places,
        preview: content::html(&Calendar::preview(&draft.text)),
        text: draft.text,
        local: draft.local,
        zone: draft.zone,
        version: post.as_ref().map_or(0, |post| post.version.0),
        problem,
        due: post
            .as_ref()
            .and_then(|post| post.due)
            .map(|due| shown(due, now, &who.zone)),
        stored: match &post {
            Some(post) => Some(row(&mut names, post).await?),
            None => None,
        },
        sent,
        open,
    };
    Ok((status, html(&page)).into_response())
}

fn read(posted: &Posted) -> Draft {
    let fields = &posted.fields;
    let place = fields.line("place").parse().unwrap_or(PlaceId(uuid::Uuid::nil()));
    let (date, time) = (fields.line("date"), fields.line("time"));
    let local = if date.is_empty() && time.is_empty() {
        String::new()
    } else {
        format!("{date}T{time}")
    };
    Draft {
        place,
        text: fields.text("text"),
        local,
        zone: fields.line("zone"),
    }
}

async fn create(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditPosts)?;
    let draft = read(&posted);
    if !posted.first(&state).await? {
        return Ok(see(PART.to_owned()));
    }
    // The post has no id yet; its place says where to look.
    let line = posted.audit(&state, "post_begun", draft.place.to_string());
    match state
        .calendar
        .along(vec![line])
        .draft(who.community.id, who.account.id, draft.clone())
        .await
    {
        Ok(post) => planned(&state, &posted, post).await,
        Err(error) => {
            let problem = sentence(error)?;
            form(&state, who, None, draft, Some(problem), None).await
        }
    }
}

async fn save(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditPosts)?;
    let post = find(&state, who, &id).await?;
    let draft = read(&posted);
    if !posted.first(&state).await? {
        return Ok(see(format!("{PART}/{}", post.id)));
    }
    let line = posted.audit(&state, "post_saved", post.id.to_string());
    match state
        .calendar
        .along(vec![line])
        .edit(who.community.id, post.id, seen(&posted), draft.clone())
        .await
    {
        Ok(post) => planned(&state, &posted, post).await,
        Err(error) => {
            let problem = sentence(error)?;
            form(&state, who, Some(post), draft, Some(problem), None).await
        }
    }
}

fn seen(posted: &Posted) -> Version {
    Version(posted.fields.line("version").parse().unwrap_or_default())
}

/// After the text is kept: plans it when that was the button.
async fn planned(state: &ConsoleState, posted: &Posted, post: Post) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    let own = format!("{PART}/{}", post.id);
    if posted.fields.line("do") != "schedule" {
        return Ok(see(url(&own, &[("said", "drafted")])));
    }
    let line = posted.audit(state, "post_planned", post.id.to_string());
    let calendar = state.calendar.along(vec![line]);
    match calendar.schedule(who.community.id, post.id, post.version).await {
        Ok(_) => Ok(see(url(&own, &[("said", "scheduled")]))),
        Err(error) => {
            let problem = format!("It is kept as a draft. {}", sentence(error)?);
            let draft = draft_of(&post);
            form(state, who, Some(post), draft, Some(problem), None).await
        }
    }
}

async fn cancel(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditPosts)?;
    let post = find(&state, who, &id).await?;
    let line = posted.audit(&state, "post_cancelled", post.id.to_string());
    let calendar = state.calendar.along(vec![line]);
    match calendar.cancel(who.community.id, post.id, seen(&posted)).await {
        Ok(post) => Ok(see(url(&format!("{PART}/{}", post.id), &[("said", "cancelled")]))),
        Err(error) => Err(ConsoleError::Changed(sentence(error)?)),
    }
}

/// Why it may not be, in the calendar's words.
fn sentence(error: CalendarError) -> Result<String, ConsoleError> {
    match error {
        CalendarError::Refused(refusal) => Ok(refusal.to_string()),
        CalendarError::Read(error) => Err(error.into()),
        CalendarError::Write(error) => Err(error.into()),
    }
}
