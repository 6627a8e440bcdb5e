//! One's own account with those on platforms that act for it, and the community's name, language, zone and hours.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};
use jiff::tz::TimeZone;

use super::chats::{ChatsShown, Entered};
use super::data::DataShown;
use super::{Listed, see, url};
use crate::console::ConsoleState;
use crate::console::access::join::display_name;
use crate::console::access::{Posted, SignedIn, password, password_again};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::model::hours::Hours;
use crate::secret::Secret;
use crate::storage::Unit;
use crate::storage::accounts::AccountUnit;
use crate::storage::handoff::HandoffUnit;
use crate::storage::unit::DirectoryUnit;

/// Shown at the top of every page.
const COMMUNITY_NAME_CHARACTERS_MAX: usize = 80;

struct SessionRow {
    agent: String,
    begun: Shown,
    seen: Shown,
    current: bool,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    chrome: Chrome,
    name: String,
    email: String,
    zone: String,
    sessions: Vec<SessionRow>,
    chats: Option<ChatsShown>,
    community_name: String,
    community_language: String,
    community_zone: String,
    community_hours: String,
    embed: String,
    owner: bool,
    data: Option<DataShown>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/profile", post(profile))
        .route("/settings/password", post(change_password))
        .route("/settings/sessions", post(sign_out_elsewhere))
        .route("/settings/community", post(community))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    page(&state, &who, listed.said.as_deref(), None).await
}

/// `entered` is what came of the code of an account on a platform.
pub(super) async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    said: Option<&str>,
    entered: Option<Entered>,
) -> Result<Response, ConsoleError> {
    let now = state.clock.now();
    let hours = state.storage.hours(who.community.id).await?;
    let sessions = state.storage.sessions(who.account.id).await?.into_iter();
    let sessions = sessions.map(|session| SessionRow {
        current: session.token == who.session.token,
        begun: shown(session.created_at, now, &who.zone),
        seen: shown(session.seen_at, now, &who.zone),
        agent: session.agent,
    });
    let data = if who.may(Permission::EditCommunity) {
        Some(super::data::read(state, &who.zone).await?)
    } else {
        None
    };
    Ok(html(&SettingsPage {
        data,
        chrome: Chrome::new(state, who, "/console/settings", "Settings", said).await?,
        sessions: sessions.collect(),
        chats: super::chats::read(state, who, entered).await?,
        embed: format!("<script src=\"{}/embed.js\" async></script>", state.public_url),
        owner: who.may(Permission::EditCommunity),
        name: who.account.name.clone(),
        email: who.account.email.clone(),
        zone: who.account.zone.clone().unwrap_or_default(),
        community_name: who.community.name.clone(),
        community_language: who.community.language.clone(),
        community_zone: who.community.zone.clone(),
        community_hours: hours.lines().join("\n"),
    }))
}

fn saved(said: &str) -> Response {
    see(url("/console/settings", &[("said", said)]))
}

async fn profile(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    let name = display_name(&form.fields.line("name")).map_err(ConsoleError::Invalid)?;
    let zone = form.fields.some("zone");
    if let Some(zone) = &zone {
        known_zone(zone)?;
    }
    let account = form.who.account.id;
    let unit = Unit::Account(AccountUnit::SetProfile { account, name, zone });
    let unit = form.once(&state, vec![unit], "profile_changed", account.to_string());
    state.storage.write(unit).await?;
    Ok(saved("saved"))
}

fn known_zone(zone: &str) -> Result<(), ConsoleError> {
    TimeZone::get(zone).map(|_| ()).map_err(|_| {
        ConsoleError::Invalid(format!(
            "“{zone}” is no time zone that Switchboard knows. It looks like Europe/Berlin or America/New_York."
        ))
    })
}

async fn change_password(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    let account = &form.who.account;
    let new = Secret::new(form.fields.text("password"));
    let old = Secret::new(form.fields.text("password_now"));
    password::check(&new, &account.email).map_err(|error| ConsoleError::Invalid(error.to_string()))?;
    if new.expose() != form.fields.text("password_again") {
        let text = "The two new passwords differ. Please type them once more.";
        return Err(ConsoleError::Invalid(text.to_owned()));
    }
    password_again(&state, &form.who, old).await?;
    let password = state.passwords().hash(new).await;
    let set = AccountUnit::SetPassword {
        account: account.id,
        password,
    };
    let end = AccountUnit::SessionsEnd {
        account: account.id,
        except: Some(form.who.session.token),
    };
    let units = vec![Unit::Account(set), Unit::Account(end)];
    let unit = form.once(&state, units, "password_changed", account.id.to_string());
    state.storage.write(unit).await?;
    Ok(saved("password"))
}

async fn sign_out_elsewhere(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    let account = form.who.account.id;
    let end = AccountUnit::SessionsEnd {
        account,
        except: Some(form.who.session.token),
    };
    let unit = form.once(&state, vec![Unit::Account(end)], "sessions_ended", account.to_string());
    state.storage.write(unit).await?;
    Ok(saved("signed_out"))
}

async fn community(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditCommunity)?;
    let name = form.fields.line("name");
    if name.is_empty() || name.chars().count() > COMMUNITY_NAME_CHARACTERS_MAX {
        let text = "Please write a name for the community, with at most 80 characters.";
        return Err(ConsoleError::Invalid(text.to_owned()));
    }
    let language = form.fields.line("language");
    let tag = (2..=35).contains(&language.len())
        && language
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !tag {
        let text = "Please write the language as a tag, such as en, de or pt-BR.";
        return Err(ConsoleError::Invalid(text.to_owned()));
    }
    let zone = form.fields.line("zone");
    known_zone(&zone)?;
    let hours = form.fields.text("hours");
    let hours = Hours::read(hours.lines()).map_err(|error| ConsoleError::Invalid(error.to_string()))?;
    let id = form.who.community.id;
    let unit = Unit::Directory(DirectoryUnit::Community {
        id,
        name,
        language,
        zone,
    });
    let hours = Unit::Handoff(HandoffUnit::Hours { community: id, hours });
    let unit = form.once(&state, vec![unit, hours], "community_changed", id.to_string());
    state.storage.write(unit).await?;
    Ok(saved("saved"))
}
