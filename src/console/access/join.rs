//! What one-time links open: a new account, or a new password.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get};
use serde::Deserialize;

use super::password;
use super::posted::{Fields, Unsigned};
use super::sign_in::begin;
use super::token::Token;
use crate::console::chrome::html;
use crate::console::error::ConsoleError;
use crate::console::{ConsoleState, assets};
use crate::model::ids::AccountId;
use crate::secret::Secret;
use crate::storage::Unit;
use crate::storage::accounts::{Account, AccountUnit, Invite, InvitePurpose, TokenHash};

/// The longest address that mail knows.
const EMAIL_BYTES_MAX: usize = 254;

/// Shown to visitors beside each reply.
const NAME_CHARACTERS_MAX: usize = 60;

#[derive(Template)]
#[template(path = "join.html")]
struct Page {
    css: &'static str,
    /// What opens it: `setup`, `join` or `reset`.
    path: &'static str,
    token: String,
    role: &'static str,
    name: String,
    email: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "link_dead.html")]
struct DeadPage {
    css: &'static str,
    first: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    token: String,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/setup", get(show).post(join))
        .route("/join", get(show).post(join))
        .route("/reset", get(show).post(reset))
}

async fn show(State(state): State<ConsoleState>, Query(asked): Query<Asked>) -> Result<Response, ConsoleError> {
    let Some(invite) = live(&state, &asked.token).await? else {
        return dead(&state).await;
    };
    Ok(html(&page(&asked.token, &invite, &Fields::default(), None)))
}

fn page(token: &str, invite: &Invite, fields: &Fields, problem: Option<String>) -> Page {
    let (path, role) = match invite.purpose {
        InvitePurpose::Join { role, .. } if invite.created_by.is_none() => ("setup", role.as_str()),
        InvitePurpose::Join { role, .. } => ("join", role.as_str()),
        InvitePurpose::Reset { .. } => ("reset", ""),
    };
    Page {
        css: assets::css_url(),
        path,
        token: token.to_owned(),
        role,
        name: fields.line("name"),
        email: fields.line("email"),
        problem,
    }
}

fn again(token: &str, invite: &Invite, fields: &Fields, problem: impl Into<String>) -> Response {
    let page = page(token, invite, fields, Some(problem.into()));
    (StatusCode::UNPROCESSABLE_ENTITY, html(&page)).into_response()
}

async fn dead(state: &ConsoleState) -> Result<Response, ConsoleError> {
    let page = DeadPage {
        css: assets::css_url(),
        first: state.storage.accounts_empty().await?,
    };
    Ok((StatusCode::GONE, html(&page)).into_response())
}

/// The link behind a token, as long as it works.
async fn live(state: &ConsoleState, token: &str) -> Result<Option<Invite>, ConsoleError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let invite = state.storage.invite(token.hash()).await?;
    let now = state.clock.now();
    Ok(invite.filter(|invite| invite.ended_at.is_none() && invite.expires > now))
}

async fn join(State(state): State<ConsoleState>, form: Unsigned) -> Result<Response, ConsoleError> {
    let token = form.fields.line("token");
    let Some(invite) = live(&state, &token).await? else {
        return dead(&state).await;
    };
    let InvitePurpose::Join { .. } = invite.purpose else {
        return dead(&state).await;
    };
    let password = Secret::new(form.fields.text("password"));
    let person = match read(&form.fields, &password) {
        Ok(person) => person,
        Err(problem) => return Ok(again(&token, &invite, &form.fields, problem)),
    };
    let account = Account {
        id: AccountId(state.clock.id()),
        email: person.email,
        name: person.name,
        password: state.passwords().hash(password).await,
        zone: None,
        created_at: state.clock.now(),
        disabled_at: None,
    };
    let id = account.id;
    let unit = AccountUnit::Join {
        invite: invite.token,
        account,
    };
    let to = "/console?said=welcome";
    match begin(&state, &form.headers, id, vec![Unit::Account(unit)], "account_made", to).await {
        Err(ConsoleError::Changed(_)) => taken(&state, &token, &invite, &form.fields).await,
        other => other,
    }
}

/// Either the link was used meanwhile, or the address has an account.
async fn taken(state: &ConsoleState, token: &str, invite: &Invite, fields: &Fields) -> Result<Response, ConsoleError> {
    if live(state, token).await?.is_none() {
        return dead(state).await;
    }
    let problem = "There is an account with this e-mail address. Please use another, or sign in with that one.";
    Ok(again(token, invite, fields, problem))
}

struct Person {
    name: String,
    email: String,
}

fn read(fields: &Fields, password: &Secret) -> Result<Person, String> {
    let name = display_name(&fields.line("name"))?;
    let email = fields.line("email").to_lowercase();
    let (user, domain) = email.split_once('@').unwrap_or_default();
    let plausible = !user.is_empty()
        && !domain.is_empty()
        && email.len() <= EMAIL_BYTES_MAX
        && !email.contains(char::is_whitespace);
    if !plausible {
        return Err("Please write an e-mail address, such as carol@example.org.".to_owned());
    }
    password::check(password, &email).map_err(|error| error.to_string())?;
    if password.expose() != fields.text("password_again") {
        return Err("The two passwords differ. Please type them once more.".to_owned());
    }
    Ok(Person { name, email })
}

/// A name as visitors may see it.
pub(crate) fn display_name(text: &str) -> Result<String, String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !name.is_empty() && name.chars().count() <= NAME_CHARACTERS_MAX && !name.contains(char::is_control);
    if fits {
        Ok(name)
    } else {
        Err("Please write the name that visitors should see, with at most 60 characters.".to_owned())
    }
}

async fn reset(State(state): State<ConsoleState>, form: Unsigned) -> Result<Response, ConsoleError> {
    let token = form.fields.line("token");
    let Some(invite) = live(&state, &token).await? else {
        return dead(&state).await;
    };
    let InvitePurpose::Reset { account } = invite.purpose else {
        return dead(&state).await;
    };
    let Some(known) = state.storage.account(account).await? else {
        return dead(&state).await;
    };
    let password = Secret::new(form.fields.text("password"));
    if let Err(problem) = password::check(&password, &known.email) {
        return Ok(again(&token, &invite, &form.fields, problem.to_string()));
    }
    if password.expose() != form.fields.text("password_again") {
        let problem = "The two passwords differ. Please type them once more.";
        return Ok(again(&token, &invite, &form.fields, problem));
    }
    let hash = state.passwords().hash(password).await;
    let unit = reset_unit(&state, invite.token, hash);
    match begin(&state, &form.headers, account, vec![unit], "password_reset", "/console").await {
        Err(ConsoleError::Changed(_)) => dead(&state).await,
        other => other,
    }
}

fn reset_unit(state: &ConsoleState, invite: TokenHash, password: String) -> Unit {
    let at = state.clock.now();
    Unit::Account(AccountUnit::Reset { invite, password, at })
}
