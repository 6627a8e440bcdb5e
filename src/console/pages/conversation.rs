//! One conversation: what was said, what is known about it, and the forms for what staff can do in it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get};

use super::acts::QUEUES;
use super::elsewhere::{self, Elsewhere};
use super::knowledge::drafts::{self, Related};
use super::timeline::{self, Item, What};
use super::{Listed, url};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::content::excerpt;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown, tomorrow};
use crate::console::show::words;
use crate::model::conversation::{Holder, HolderKind};
use crate::model::directory::Audience;
use crate::model::draft::Draft;
use crate::model::ids::ConversationId;
use crate::model::{Content, Conversation};
use crate::storage::core::ConversationFilter;

/// Past conversations are counted up to here; above, it says "more than".
const PAST_MAX: u32 = 20;

/// Of what somebody answered so much stands on a button: enough to tell it from their other answers.
const BEGINS_CHARS_MAX: usize = 40;

/// What is known about a conversation, for whoever takes it.
struct Context {
    asker: String,
    platform: String,
    place: String,
    language: String,
    reason: Option<String>,
    opened: Shown,
    misses: u32,
    past: String,
    elsewhere: Vec<Elsewhere>,
    cited: Vec<String>,
}

/// What this account can do now.
#[expect(clippy::struct_excessive_bools, reason = "each is a form that is shown or not")]
struct Can {
    /// Make drafts of entries.
    draft: bool,
    claim: bool,
    reply: bool,
    note: bool,
    hand_back: bool,
    requeue: bool,
    snooze: bool,
    close: bool,
}

/// What one person answered, for a draft of an entry.
struct Answered {
    by: String,
    /// How it begins: somebody may have answered several questions.
    begins: String,
    /// The message in which they began.
    message: String,
    /// The draft that was made of it.
    draft: Option<Related>,
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct ConversationPage {
    chrome: Chrome,
    id: String,
    asker: String,
    state: &'static str,
    class: &'static str,
    /// Who holds it, as a claim from this page tells it.
    shown: &'static str,
    holder: String,
    /// Somebody else holds it.
    theirs: bool,
    items: Vec<Item>,
    earlier: Option<String>,
    newest: Option<String>,
    context: Context,
    can: Can,
    /// What people answered here, of which a draft can be made.
    answers: Vec<Answered>,
    /// Of what was said to the bot alone.
    direct: bool,
    trouble: Option<String>,
    draft: String,
    draft_note: String,
    draft_alt: String,
    /// Where it can wait.
    queues: [&'static str; 4],
    /// What the snooze form begins with: a date, and a time.
    tomorrow: (String, String),
    zone: String,
    since: Shown,
}

/// What a refused form leaves on the page.
#[derive(Default)]
pub(super) struct Left {
    /// Why it was refused.
    pub(super) trouble: Option<String>,
    /// What was typed as a reply.
    pub(super) reply: String,
    /// What was typed as a note.
    pub(super) note: String,
    /// What was typed about pictures.
    pub(super) alt: String,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/conversations/{id}", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    let conversation = find(&state, &who, &id).await?;
    page(&state, &who, &conversation, &listed, Left::default()).await
}

/// The conversation of an address, if this account may read it.
pub(crate) async fn find(state: &ConsoleState, who: &SignedIn, id: &str) -> Result<Conversation, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let id: ConversationId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let found = state.storage.conversation(id).await?;
    found
        .filter(|conversation| conversation.community == who.community.id)
        .ok_or(ConsoleError::NotHere)
}

/// The page, with what a refused form left on it.
pub(super) async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    conversation: &Conversation,
    listed: &Listed,
    left: Left,
) -> Result<Response, ConsoleError> {
    let mut names = Names::new(state);
    let id = conversation.id;
    let read = timeline::read(state, who, &mut names, id, listed.before).await?;
    let context = context(state, who, &mut names, conversation, read.cited).await?;
    let kind = conversation.holder.kind();
    let own = format!("/console/conversations/{id}");
    let title = format!("{}, {}", context.asker, context.place);
    let chrome = Chrome::new(state, who, "/console/inbox", title, listed.said.as_deref()).await?;
    let status = if left.trouble.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    let tomorrow = tomorrow(state.clock.now(), &who.zone);
    let page = ConversationPage {
        chrome: chrome.live_in(id),
        id: id.to_string(),
        asker: context.asker.clone(),
        state: words::holder_kind(kind),
        class: words::holder_class(kind),
        shown: kind.as_str(),
        holder: names.agent(&conversation.holder).await?,
        theirs: matches!(&conversation.holder, Holder::Person { agent } if *agent != who.account.id),
        items: read.items,
        earlier: read.earlier.map(|before| url(&own, &[("before", &before.to_string())])),
        newest: listed.before.map(|_| own),
        can: can(who, conversation),
        answers: answers(state, who, &mut names, conversation).await?,
        direct: is_direct(state, conversation).await?,
        trouble: left.trouble,
        draft: left.reply,
        draft_note: left.note,
        draft_alt: left.alt,
        queues: QUEUES,
        tomorrow: tomorrow
            .split_once('T')
            .map(|(date, time)| (date.to_owned(), time.to_owned()))
            .unwrap_or_default(),
        zone: who.zone.iana_name().unwrap_or("UTC").to_owned(),
        since: shown(conversation.changed_at, state.clock.now(), &who.zone),
        context,
    };
    Ok((status, html(&page)).into_response())
}

/// What people answered here; empty for whoever may write no entries.
async fn answers(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    conversation: &Conversation,
) -> Result<Vec<Answered>, ConsoleError> {
    if !who.may(Permission::EditKnowledge) {
        return Ok(Vec::new());
    }
    let made = state
        .knowledge
        .drafts_of_conversation(who.community.id, conversation.id)
        .await?;
    let mut answers = Vec::new();
    for answer in state.knowledge.answers_of_people(conversation.id).await? {
        let Some(first) = answer.messages.first() else {
            continue;
        };
        let same = |draft: &&Draft| draft.words.as_ref().is_some_and(|words| words.messages.contains(first));
        answers.push(Answered {
            by: names.author(&answer.author).await?,
            begins: excerpt(&Content::plain(&answer.text), BEGINS_CHARS_MAX),
            message: first.to_string(),
            draft: made.iter().find(same).map(drafts::named),
        });
    }
    Ok(answers)
}

async fn is_direct(state: &ConsoleState, conversation: &Conversation) -> Result<bool, ConsoleError> {
    let place = state.storage.place(conversation.place).await?;
    Ok(place.is_none_or(|place| place.audience == Audience::Direct))
}

async fn context(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    conversation: &Conversation,
    cited: Vec<String>,
) -> Result<Context, ConsoleError> {
    let asker = match conversation.asker {
        Some(id) => state.storage.identity(id).await?,
        None => None,
    };
    let name = match conversation.asker {
        Some(id) => names.identity(id).await?,
        None => "Somebody".to_owned(),
    };
    let place = state.storage.place(conversation.place).await?;
    let moves = state.storage.transitions(conversation.id).await?;
    let call = moves.iter().rfind(|moved| moved.to.kind() == HolderKind::Waiting);
    Ok(Context {
        asker: name,
        platform: place.map_or_else(String::new, |place| words::platform(place.native.scope.as_str())),
        place: names.place(conversation.place).await?,
        language: asker.and_then(|asker| asker.language).unwrap_or_default(),
        reason: call
            .map(|moved| moved.reason.clone())
            .filter(|reason| !reason.is_empty()),
        opened: shown(conversation.opened_at, state.clock.now(), &who.zone),
        misses: conversation.misses,
        past: past(state, conversation).await?,
        elsewhere: elsewhere::read(state, who, names, conversation).await?,
        cited,
    })
}

/// How many conversations this person had before: the count, never the text.
async fn past(state: &ConsoleState, conversation: &Conversation) -> Result<String, ConsoleError> {
    let Some(asker) = conversation.asker else {
        return Ok("none".to_owned());
    };
    let filter = ConversationFilter {
        community: Some(conversation.community),
        holders: vec![HolderKind::Closed],
        asker: Some(asker),
        ..ConversationFilter::default()
    };
    let found = state.storage.conversations(&filter, PAST_MAX + 1).await?;
    let count = found.iter().filter(|past| past.id != conversation.id).count();
    Ok(match count {
        0 => "none".to_owned(),
        count if found.len() > count => count.to_string(),
        count if u32::try_from(count).is_ok_and(|count| count <= PAST_MAX) => count.to_string(),
        _ => format!("more than {PAST_MAX}"),
    })
}

fn can(who: &SignedIn, conversation: &Conversation) -> Can {
    let may = who.may(Permission::Converse);
    let kind = conversation.holder.kind();
    let mine = matches!(&conversation.holder, Holder::Person { agent } | Holder::Snoozed { agent, .. }
        if *agent == who.account.id);
    let open = kind != HolderKind::Closed;
    Can {
        draft: who.may(Permission::EditKnowledge),
        claim: may && open && !(mine && kind == HolderKind::Person),
        reply: may && (mine || kind == HolderKind::Waiting),
        note: may,
        hand_back: may && matches!(kind, HolderKind::Waiting | HolderKind::Person | HolderKind::Snoozed),
        requeue: may && (mine || kind == HolderKind::Closed),
        snooze: may && mine && kind == HolderKind::Person,
        close: may && open,
    }
}
