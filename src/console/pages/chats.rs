//! The accounts of an owner on platforms that may act for them there: let by a code that the account was shown, and taken back.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, post};
use base64::Engine as _;

use super::acts::{Ended, done};
use super::{see, settings, url};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn, password_again};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::model::event::{Source, StaffAct};
use crate::model::ids::IdentityId;
use crate::model::{Event, EventBody};
use crate::person::{self, Asking};
use crate::secret::Secret;
use crate::storage::Unit;
use crate::storage::accounts::AccountUnit;
use crate::storage::person::PersonUnit;

/// As in a chat: nobody mistypes eight letters more often, and whoever guesses needs thousands of years.
const WRONG_MAX: u32 = 5;

/// So long wrong codes are counted after the last one. The words say it, too.
const WRONG_WITHIN: Duration = Duration::from_hours(1);

/// More places tell nobody more.
const PLACES_MAX: usize = 5;

/// The name of the handler that decides; its held step says why an account was not let.
const HANDLER: &str = "person";

const NO_CODE: &str = "That code does not work: perhaps it is mistyped, was used, or is older than ten minutes. Write /link to the \
                       bot once more, in a direct chat.";

/// What the page shows of them.
pub(super) struct ChatsShown {
    pub(super) rows: Vec<ChatRow>,
    /// An account that waits for a yes.
    pub(super) asked: Option<Box<Asked>>,
    /// The code that was typed and does not work, with the reason.
    pub(super) refused: Option<(String, String)>,
}

/// What came of a code.
pub(super) enum Entered {
    /// It is that of an account, which waits for a yes.
    Asked(Box<Asked>),
    /// It does not work.
    Refused {
        /// As it was typed.
        code: String,
        /// For people.
        why: String,
    },
}

/// An account that may act.
pub(super) struct ChatRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) since: Shown,
}

/// Whose code was entered: its name, which anybody can choose, and what nobody can.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) platform: String,
    /// As the platform names it.
    pub(super) native: String,
    /// Since when it is known here.
    pub(super) known: Option<Shown>,
    pub(super) messages: u64,
    /// Where it wrote, with how many messages.
    pub(super) places: Vec<(String, u64)>,
    /// When it asked for the code.
    pub(super) requested: Shown,
    /// What is kept of the code: enough to find it, and none of its letters.
    pub(super) code: String,
    /// Why the yes was not taken.
    pub(super) refused: Option<String>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/settings/chats", post(enter))
        .route("/settings/chats/agree", post(agree))
        .route("/settings/chats/{identity}/end", post(end))
}

/// For owners alone: nobody else acts in a chat.
pub(super) async fn read(
    state: &ConsoleState,
    who: &SignedIn,
    entered: Option<Entered>,
) -> Result<Option<ChatsShown>, ConsoleError> {
    if !who.may(Permission::EditPlugins) {
        return Ok(None);
    }
    let now = state.clock.now();
    let acting = state.storage.acting_for(who.community.id, who.account.id).await?;
    let rows = acting.into_iter().map(|acting| ChatRow {
        id: acting.identity.id.to_string(),
        name: person::account_name(&acting.identity),
        since: shown(acting.since, now, &who.zone),
    });
    let (asked, refused) = match entered {
        None => (None, None),
        Some(Entered::Asked(asked)) => (Some(asked), None),
        Some(Entered::Refused { code, why }) => (None, Some((code, why))),
    };
    Ok(Some(ChatsShown {
        rows: rows.collect(),
        asked,
        refused,
    }))
}

/// Shows whose code it is. Nothing is let yet.
async fn enter(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let typed = form.fields.line("code");
    let why = match found(&state, &form, &typed).await {
        Ok(Some(asking)) => {
            let asked = Box::new(asked(&state, &form.who, &asking, &typed).await?);
            return settings::page(&state, &form.who, None, Some(Entered::Asked(asked))).await;
        }
        Ok(None) => NO_CODE.to_owned(),
        Err(ConsoleError::Invalid(why)) => why,
        Err(error) => return Err(error),
    };
    refused(&state, &form.who, Entered::Refused { code: typed, why }).await
}

/// The page with the form as it was, and what is wrong with it.
async fn refused(state: &ConsoleState, who: &SignedIn, entered: Entered) -> Result<Response, ConsoleError> {
    let page = settings::page(state, who, None, Some(entered)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn asked(
    state: &ConsoleState,
    who: &SignedIn,
    Asking { code, identity }: &Asking,
    typed: &str,
) -> Result<Asked, ConsoleError> {
    let (community, now) = (who.community.id, state.clock.now());
    let traces = state.storage.traces(community, identity.id).await?;
    let mut names = Names::new(state);
    let mut places = Vec::new();
    for (place, messages) in traces.places.iter().take(PLACES_MAX) {
        places.push((names.place(*place).await?, *messages));
    }
    Ok(Asked {
        name: person::account_name(identity),
        platform: words::platform(identity.native.scope.as_str()),
        native: identity.native.id.to_string(),
        known: traces.since.map(|since| shown(since, now, &who.zone)),
        messages: traces.messages(),
        places,
        requested: shown(person::asked_at(code), now, &who.zone),
        code: person::carried(community, typed),
        refused: None,
    })
}

/// Who shows this code, unless too many were wrong lately.
async fn found(state: &ConsoleState, form: &Posted, typed: &str) -> Result<Option<Asking>, ConsoleError> {
    let (community, now) = (form.who.community.id, state.clock.now());
    let key = format!("link:{}", form.who.account.id);
    let failures = state.storage.login_failures(&key).await?;
    if failures.count >= WRONG_MAX && now.since(failures.last_at) < WRONG_WITHIN {
        let text = "Those were too many codes that do not work. Try again in an hour.";
        return Err(ConsoleError::Invalid(text.to_owned()));
    }
    let asking = person::asking(&state.storage, community, typed, now).await?;
    let counted = match &asking {
        Some(_) => AccountUnit::LoginSucceeded { key },
        None => AccountUnit::LoginFailed {
            keys: vec![key],
            at: now,
        },
    };
    state.storage.write(Unit::Account(counted)).await?;
    Ok(asking)
}

/// The account whose name was on the page may act from now on. It is decided in the lane of its chat, where it is told.
async fn agree(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let typed = form.fields.line("code");
    // A browser that was left open, or a page that tricked somebody into a click, gives nobody an owner's rights.
    let wrong = match password_again(&state, &form.who, Secret::new(form.fields.text("password_now"))).await {
        Ok(()) => None,
        Err(ConsoleError::Invalid(why)) => Some(why),
        Err(error) => return Err(error),
    };
    let Some(asking) = found(&state, &form, &typed).await? else {
        // Its letters were not kept, so they cannot be given back.
        let (code, why) = (String::new(), NO_CODE.to_owned());
        return refused(&state, &form.who, Entered::Refused { code, why }).await;
    };
    if wrong.is_some() {
        let mut asked = asked(&state, &form.who, &asking, &typed).await?;
        asked.refused = wrong;
        return refused(&state, &form.who, Entered::Asked(Box::new(asked))).await;
    }
    let code = asking.code;
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(form.key.0);
    let event = Event {
        source: Source::Internal {
            conversation: None,
            place: Some(code.place),
        },
        occurred_at: state.clock.now(),
        dedupe: format!("console/{key}"),
        hops: 0,
        body: EventBody::Staff {
            account: form.who.account.id,
            name: form.who.account.name.clone(),
            act: StaffAct::LetAct { code: code.id },
        },
    };
    let said = match done(&state, event, HANDLER).await? {
        Ended::Done => "let_act",
        Ended::Pending => "pending",
        Ended::Refused(why) => return Err(ConsoleError::Invalid(why)),
        Ended::NotHere => {
            let text = "Switchboard does not act in that chat any more. An owner can change that under Places.";
            return Err(ConsoleError::Invalid(text.to_owned()));
        }
    };
    Ok(see(url("/console/settings", &[("said", said)])))
}

/// An account no longer acts for whoever is signed in.
async fn end(
    State(state): State<ConsoleState>,
    Path(identity): Path<String>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let identity: IdentityId = identity.parse().map_err(|_| ConsoleError::NotHere)?;
    let unit = Unit::Person(PersonUnit::ActNoMore {
        community: form.who.community.id,
        identity,
        account: form.who.account.id,
    });
    let unit = form.once(&state, vec![unit], "chat_account_unlinked", identity.to_string());
    state.storage.write(unit).await?;
    Ok(see(url("/console/settings", &[("said", "acts_no_more")])))
}
