//! Planned posts: writing, planning, calling off, and what happened.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use super::preview::{Preview, preview};
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
use crate::model::directory::{Audience, Place};
use crate::model::ids::{PlaceId, PostId, Version};
use crate::storage::posts::{Post, PostState};

/// The address of this part.
const PART: &str = "/console/posts";

/// Characters of a post that a row shows.
const EXCERPT_CHARACTERS: usize = 100;

/// Why a post of what people asked begins blank.
const NOTHING_ASKED: &str = "Nothing that people asked lately can stand in a post: it holds only what three or more asked, in words that \
                             everybody could read, and so nothing from direct chats. Please write it in your own words.";

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
    tabs: Vec<Tab>,
    coming: bool,
    rows: Vec<Row>,
    next: Option<String>,
    may: bool,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

/// What is still to appear, and what has ended in one way or another.
const COMING: [PostState; 3] = [PostState::Draft, PostState::Scheduled, PostState::Publishing];
const PAST: [PostState; 4] = [
    PostState::Published,
    PostState::Failed,
    PostState::Unconfirmed,
    PostState::Cancelled,
];

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
    preview: Option<Preview>,
    problem: Option<String>,
    note: Option<&'static str>,
    /// It exists already.
    stored: Option<Row>,
    due: Option<Shown>,
    sent: Vec<Sent>,
    open: bool,
    /// What did not arrive can be sent once more.
    retry: bool,
    /// Its text can be planned anew.
    anew: Option<String>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/posts", get(list))
        .route("/posts/new", get(new).post(create))
        .route("/posts/{id}", get(show).post(save))
        .route("/posts/{id}/cancel", post(cancel))
        .route("/posts/{id}/retry", post(retry))
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
    let coming = listed.show.as_deref() != Some("past");
    let states = if coming { &COMING[..] } else { &PAST[..] };
    let mut found = state.calendar.list(who.community.id, states, listed.page()).await?;
    let next = cut(&mut found, |(position, _)| *position);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for (_, post) in &found {
        rows.push(row(&mut names, post).await?);
    }
    Ok(html(&PostsPage {
        chrome: Chrome::new(&state, &who, PART, "Posts", listed.said.as_deref()).await?,
        rows,
        next: next.map(|next| {
            let show = if coming { "coming" } else { "past" };
            url(PART, &[("show", show), ("before", &next.to_string())])
        }),
        tabs: [("coming", "Coming", coming), ("past", "Past", !coming)]
            .map(|(show, label, current)| Tab {
                href: url(PART, &[("show", show)]),
                label,
                current,
            })
            .into(),
        coming,
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

/// An empty form, or one with the text of an earlier post, or with what people asked lately.
async fn new(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let mut draft = Draft {
        place: PlaceId(uuid::Uuid::nil()),
        text: String::new(),
        local: String::new(),
        zone: who.community.zone.clone(),
    };
    if let Some(from) = &listed.q {
        let earlier = find(&state, &who, from).await?;
        draft.place = earlier.place;
        draft.text = earlier.text;
    }
    if listed.show.as_deref() == Some("asked") {
        who.require(Permission::ReadKnowledge)?;
        draft.text = state.knowledge.digest(who.community.id).await?;
        if draft.text.is_empty() {
            return form(&state, &who, None, draft, Said::Note(NOTHING_ASKED)).await;
        }
    }
    form(&state, &who, None, draft, Said::Nothing).await
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let post = find(&state, &who, &id).await?;
    let draft = draft_of(&post);
    let said = listed.said.as_deref().map_or(Said::Nothing, Said::Done);
    form(&state, &who, Some(post), draft, said).await
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

/// What the form says above itself.
enum Said<'a> {
    Nothing,
    /// What was done, as a word of the address.
    Done(&'a str),
    /// Why it was not done.
    Problem(String),
    /// What there is to know of a form that is blank.
    Note(&'static str),
    /// Nothing was asked but to see it.
    Preview,
}

/// Shared places, where posts can appear; the chosen one is among them, however many there are.
async fn places(state: &ConsoleState, who: &SignedIn, chosen: PlaceId) -> Result<Vec<Place>, ConsoleError> {
    let community = who.community.id;
    let mut places = state.storage.shared_places(community, PLACES_MAX).await?;
    if places.iter().all(|place| place.id != chosen) {
        let chosen = state.storage.place(chosen).await?;
        let shared = |place: &Place| place.community == community && place.audience != Audience::Direct;
        places.extend(chosen.filter(shared));
    }
    places.retain(|place| place.enabled);
    Ok(places)
}

/// What became of each piece of a post.
async fn sent(state: &ConsoleState, who: &SignedIn, post: Option<&Post>) -> Result<Vec<Sent>, ConsoleError> {
    let Some(message) = post.and_then(|post| post.message) else {
        return Ok(vec![]);
    };
    let deliveries = state.storage.deliveries_of_message(message).await?.into_iter();
    let sent = deliveries.map(|delivery| Sent {
        state: words::delivery_state(delivery.state),
        class: words::delivery_class(delivery.state),
        reason: delivery.reason.unwrap_or_default(),
        at: delivery.ended_at.map(|at| shown(at, state.clock.now(), &who.zone)),
    });
    Ok(sent.collect())
}

async fn form(
    state: &ConsoleState,
    who: &SignedIn,
    post: Option<Post>,
    draft: Draft,
    said: Said<'_>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPosts)?;
    let places = places(state, who, draft.place).await?;
    let chosen = places.iter().find(|place| place.id == draft.place);
    let wanted = post.is_some() || matches!(said, Said::Preview);
    let preview = chosen
        .filter(|_| wanted)
        .map(|place| preview(state, place, &draft.text));
    let places = places.iter().map(|place| Choice {
        id: place.id.to_string(),
        chosen: place.id == draft.place,
        name: place.name.clone(),
    });
    let places = places.collect();
    let mut names = Names::new(state);
    let now = state.clock.now();
    let (mut problem, mut done, mut note) = (None, None, None);
    match said {
        Said::Problem(why) => problem = Some(why),
        Said::Done(word) => done = Some(word),
        Said::Note(told) => note = Some(told),
        Said::Nothing | Said::Preview => {}
    }
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let may = who.may(Permission::EditPosts);
    let ended = post.as_ref().filter(|post| may && PAST.contains(&post.state));
    let open = may && post.as_ref().is_none_or(|post| post.state.is_open());
    let page = PostPage {
        chrome: Chrome::new(state, who, PART, if post.is_some() { "Post" } else { "New post" }, done).await?,
        action: post
            .as_ref()
            .map_or_else(|| format!("{PART}/new"), |post| format!("{PART}/{}", post.id)),
        places,
        preview,
        retry: ended.is_some_and(|post| post.state == PostState::Failed),
        anew: ended.map(|post| url(&format!("{PART}/new"), &[("q", &post.id.to_string())])),
        text: draft.text,
        local: draft.local,
        zone: draft.zone,
        version: post.as_ref().map_or(0, |post| post.version.0),
        problem,
        note,
        due: post
            .as_ref()
            .and_then(|post| post.due)
            .map(|due| shown(due, now, &who.zone)),
        stored: match &post {
            Some(post) => Some(row(&mut names, post).await?),
            None => None,
        },
        sent: sent(state, who, post.as_ref()).await?,
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
    if posted.fields.line("do") == "preview" {
        return form(&state, who, None, draft, Said::Preview).await;
    }
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
            let problem = Said::Problem(sentence(error)?);
            form(&state, who, None, draft, problem).await
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
    if posted.fields.line("do") == "preview" {
        return form(&state, who, Some(post), draft, Said::Preview).await;
    }
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
            let problem = Said::Problem(sentence(error)?);
            form(&state, who, Some(post), draft, problem).await
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
            form(state, who, Some(post), draft, Said::Problem(problem)).await
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

/// Sends once more what certainly did not arrive. What perhaps arrived is decided under Deliveries.
async fn retry(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditPosts)?;
    let post = find(&state, who, &id).await?;
    let own = format!("{PART}/{}", post.id);
    if !posted.first(&state).await? {
        return Ok(see(own));
    }
    let line = posted.audit(&state, "post_retried", post.id.to_string());
    let calendar = state.calendar.along(vec![line]);
    match calendar.retry(who.community.id, post.id, seen(&posted)).await {
        Ok(_) => Ok(see(url(&own, &[("said", "again")]))),
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
