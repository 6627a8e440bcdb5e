//! Drafts that nobody has published yet, and making one of a conversation.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};
use base64::Engine as _;

use super::PART;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::acts::{Ended, done};
use crate::console::pages::{Listed, cut, see, url};
use crate::console::permission::{Permission, may};
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::knowledge::Knowledge;
use crate::knowledge::drafts::{self, DraftError, Publisher, Refusal, was_asked_lately};
use crate::model::directory::Audience;
use crate::model::draft::{Consent, Draft, Words};
use crate::model::event::{Source, StaffAct};
use crate::model::ids::{AccountId, CommunityId, EntryId, IdentityId};
use crate::model::{Event, EventBody};
use crate::storage::WriteError;

struct Row {
    id: String,
    question: String,
    entry: String,
    new: bool,
    made_by: String,
    made: Shown,
    author: String,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    chrome: Chrome,
    rows: Vec<Row>,
    next: Option<String>,
    model: bool,
}

/// A draft that is named on another page.
pub(in crate::console::pages) struct Related {
    pub(in crate::console::pages) id: String,
    pub(in crate::console::pages) question: String,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge/drafts", get(list).post(of_conversation))
}

/// The drafts for an entry.
pub(super) async fn related(state: &ConsoleState, who: &SignedIn, id: &EntryId) -> Result<Vec<Related>, ConsoleError> {
    let mut related = Vec::new();
    for draft in state.knowledge.drafts_of_entry(who.community.id, id).await? {
        if !is_hidden(state, who, &draft).await? {
            related.push(named(&draft));
        }
    }
    Ok(related)
}

/// Whether this account may not read a draft: it says what was said in a chat of two.
pub(super) async fn is_hidden(state: &ConsoleState, who: &SignedIn, draft: &Draft) -> Result<bool, ConsoleError> {
    Ok(!who.may(Permission::ReadConversations) && is_of_two(state, draft).await?)
}

/// Whether it was made of a chat of two.
async fn is_of_two(state: &ConsoleState, draft: &Draft) -> Result<bool, ConsoleError> {
    let Some(conversation) = draft.conversation else {
        return Ok(false);
    };
    let place = match state.storage.conversation(conversation).await? {
        Some(conversation) => state.storage.place(conversation.place).await?,
        None => None,
    };
    // Who could read along in what is gone, nobody knows any more.
    Ok(place.is_none_or(|place| place.audience == Audience::Direct))
}

/// As another page names it.
pub(in crate::console::pages) fn named(draft: &Draft) -> Related {
    Related {
        id: draft.id.to_string(),
        question: question(draft),
    }
}

/// A draft of which nobody has written the question yet has no words of its own.
pub(super) fn question(draft: &Draft) -> String {
    if draft.entry.question.trim().is_empty() {
        "A draft without a question".to_owned()
    } else {
        draft.entry.question.clone()
    }
}

async fn list(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let mut found = state.knowledge.drafts(who.community.id, listed.page()).await?;
    let next = cut(&mut found, |(position, _)| *position);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for (_, draft) in &found {
        if is_hidden(&state, &who, draft).await? {
            continue;
        }
        let (word, class) = standing(&state, &who, draft).await?;
        rows.push(Row {
            id: draft.id.to_string(),
            question: question(draft),
            entry: draft.entry.id.to_string(),
            new: draft.entry.rev == 0,
            made_by: names.account(draft.made_by).await?,
            made: shown(draft.made_at, state.clock.now(), &who.zone),
            author: match &draft.words {
                Some(words) => names.author(&words.author).await?,
                None => String::new(),
            },
            state: word,
            class,
        });
    }
    let part = format!("{PART}/drafts");
    Ok(html(&DraftsPage {
        chrome: Chrome::new(&state, &who, PART, "Drafts", listed.said.as_deref()).await?,
        rows,
        next: next.map(|next| url(&part, &[("before", &next.to_string())])),
        model: super::model::may_read(&who),
    }))
}

/// What a draft waits for, for whoever looks at the list.
async fn standing(
    state: &ConsoleState,
    who: &SignedIn,
    draft: &Draft,
) -> Result<(&'static str, &'static str), ConsoleError> {
    if !who.may(Permission::EditKnowledge) {
        return Ok(("for review", "quiet"));
    }
    let asks_me = draft
        .words
        .as_ref()
        .is_some_and(|words| words.account() == Some(who.account.id) && words.consent.is_open());
    if asks_me {
        return Ok(("asks you", "urgent"));
    }
    let publisher = publisher(state, who, draft).await?;
    let stored = state.knowledge.get(who.community.id, &draft.entry.id).await?;
    Ok(match Knowledge::refusal(draft, &publisher, stored.as_ref()) {
        None => ("you can publish it", "active"),
        Some(Refusal::Waits) => ("waits for its author", "calm"),
        Some(Refusal::Unreachable | Refusal::Incomplete | Refusal::Same | Refusal::Masked) => ("to be edited", "calm"),
        Some(Refusal::Own | Refusal::OwnWords | Refusal::NotTheirs) => ("waits for a colleague", "quiet"),
    })
}

/// What counts of whoever looks at a draft, should they want to publish it.
pub(super) async fn publisher(state: &ConsoleState, who: &SignedIn, draft: &Draft) -> Result<Publisher, ConsoleError> {
    let community = who.community.id;
    Ok(Publisher {
        account: who.account.id,
        is_owner: who.role == crate::storage::accounts::Role::Owner,
        identities: identities(state, community, who.account.id).await?,
        others: has_others(state, who, draft).await?,
    })
}

/// The accounts on platforms of whoever has this account of the console.
async fn identities(
    state: &ConsoleState,
    community: CommunityId,
    account: AccountId,
) -> Result<Vec<IdentityId>, ConsoleError> {
    let mut identities = Vec::new();
    for acting in state.storage.acting_for(community, account).await? {
        identities.push(acting.identity.id);
        let linked = state.storage.linked(community, acting.identity.id).await?;
        identities.extend(linked.into_iter().map(|linked| linked.identity.id));
    }
    Ok(identities)
}

/// Whether somebody else could publish it: may read and edit it, and has neither written nor said it, by whichever account.
async fn has_others(state: &ConsoleState, who: &SignedIn, draft: &Draft) -> Result<bool, ConsoleError> {
    let community = who.community.id;
    let private = is_of_two(state, draft).await?;
    let author = draft.words.as_ref().and_then(Words::identity);
    let said = draft.words.as_ref().and_then(Words::account);
    for (account, role) in state.storage.accounts(community).await? {
        let able = may(role, Permission::EditKnowledge) && (!private || may(role, Permission::ReadConversations));
        let wrote = [Some(draft.made_by), Some(draft.edited_by), said].contains(&Some(account.id));
        if account.id == who.account.id || account.disabled_at.is_some() || !able || wrote {
            continue;
        }
        let is_author = match author {
            Some(author) => identities(state, community, account.id).await?.contains(&author),
            None => false,
        };
        if !is_author {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes a draft of what somebody answered in a conversation, and asks them.
async fn of_conversation(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let conversation =
        crate::console::pages::conversation::find(&state, who, &posted.fields.line("conversation")).await?;
    let answer = posted
        .fields
        .line("answer")
        .parse()
        .map_err(|_| ConsoleError::NotHere)?;
    let line = posted.audit(&state, "draft_made", conversation.id.to_string());
    let by = (who.account.id, who.account.name.as_str());
    let made = state
        .knowledge
        .along(vec![line])
        .draft_of_conversation(who.community.id, conversation.id, answer, by)
        .await
        .map_err(failed)?;
    let said = ask(&state, &posted, &made).await?;
    Ok(see(url(&format!("{PART}/drafts/{}", made.id), &[("said", said)])))
}

/// Asks the author of a draft's words, where nobody has. Answers the word for what was done.
pub(super) async fn ask(state: &ConsoleState, posted: &Posted, draft: &Draft) -> Result<&'static str, ConsoleError> {
    if draft.published.is_some() {
        return Ok("published_before");
    }
    let open = draft.words.as_ref().filter(|words| words.consent.is_open());
    let Some(words) = open.filter(|words| words.identity().is_some()) else {
        return Ok("kept_draft");
    };
    if was_asked_lately(draft, state.clock.now()) {
        return Ok("kept_draft");
    }
    let Some(place) = state.knowledge.place_to_ask(draft).await? else {
        if !matches!(words.consent, Consent::Unreachable { .. }) {
            state.knowledge.cannot_ask(draft).await?;
        }
        return Ok("author_unreachable");
    };
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(posted.key.0);
    let event = Event {
        source: Source::Internal {
            conversation: None,
            place: Some(place),
        },
        occurred_at: state.clock.now(),
        // Each press once. Who was asked is not asked again by a second one, and one that failed can be made good.
        dedupe: format!("console/{key}"),
        hops: 0,
        body: EventBody::Staff {
            account: posted.who.account.id,
            name: posted.who.account.name.clone(),
            act: StaffAct::AskAuthor { draft: draft.id },
        },
    };
    match done(state, event, drafts::NAME).await? {
        Ended::Done | Ended::Pending => Ok("author_asked"),
        Ended::Refused(reason) => Err(ConsoleError::Invalid(reason)),
        Ended::NotHere => Ok("author_unreachable"),
    }
}

/// Of these questions nothing is added to an entry.
const NO_WAYS: &str = "None of these wordings can be added to that entry: it has them, or they were asked where not all could read them who \
                       read the entry, as in direct chats. You can still edit the entry and write ways to ask in your own words.";

/// A draft that failed for another reason than what was written.
pub(super) fn failed(error: DraftError) -> ConsoleError {
    match error {
        DraftError::Gone => ConsoleError::Changed(
            "This draft is no longer there: somebody else has published it or thrown it away.".to_owned(),
        ),
        DraftError::Nothing => ConsoleError::Invalid(
            "What was answered there is not there any more, or whoever said it does not want it published, so there is nothing to make a \
             draft of."
                .to_owned(),
        ),
        DraftError::NoWays => ConsoleError::Invalid(NO_WAYS.to_owned()),
        DraftError::Refused(refusal) => ConsoleError::Invalid(refusal.to_string()),
        DraftError::State(_) => ConsoleError::Changed(
            "Somebody else has begun an answer to this meanwhile, or has settled it. Please look at how things stand now."
                .to_owned(),
        ),
        DraftError::Edit(error) => super::failed(error),
        DraftError::Read(error) => error.into(),
        DraftError::Write(error @ WriteError::Conflict { .. }) => {
            tracing::debug!(%error, "a draft was changed by somebody else");
            ConsoleError::Changed(
                "Somebody else has changed this draft meanwhile. Please look at it as it is now and try again.".to_owned(),
            )
        }
        DraftError::Write(error) => error.into(),
    }
}
