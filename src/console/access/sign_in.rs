//! Signing in and out.

use std::net::IpAddr;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, LOCATION, SET_COOKIE, USER_AGENT};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};
use serde::Deserialize;

use super::posted::{Posted, Unsigned, audit};
use super::session;
use super::throttle::Counted;
use super::token::Token;
use crate::console::chrome::html;
use crate::console::error::ConsoleError;
use crate::console::{ConsoleState, assets};
use crate::model::ids::AccountId;
use crate::secret::Secret;
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, Session};

/// Enough to tell browsers apart.
const AGENT_CHARACTERS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    css: &'static str,
    next: String,
    email: String,
    problem: Option<&'static str>,
    done: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: Option<String>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
}

async fn show(Query(asked): Query<Asked>) -> Response {
    html(&Page {
        css: assets::css_url(),
        next: asked.next,
        email: String::new(),
        problem: None,
        done: asked.done.is_some(),
    })
}

async fn sign_in(
    State(state): State<ConsoleState>,
    address: ClientAddress,
    form: Unsigned,
) -> Result<Response, ConsoleError> {
    let email = form.fields.line("email").to_lowercase();
    let password = Secret::new(form.fields.text("password"));
    let counted: Vec<Counted<'_>> = std::iter::once(Counted::Account(&email))
        .chain(address.0.map(Counted::Address))
        .collect();
    let now = state.clock.now();
    for counted in &counted {
        let failures = state.storage.login_failures(&counted.key()).await?;
        if let Some(wait) = counted.wait(failures, now) {
            return Err(ConsoleError::TooMany { wait });
        }
    }
    let account = state.storage.account_by_email(&email).await?;
    let account = account.filter(|account| account.disabled_at.is_none());
    let kept = account.as_ref().map(|account| account.password.clone());
    let right = state.passwords().is_right(password, kept).await;
    let Some(account) = account.filter(|_| right) else {
        let failed = AccountUnit::LoginFailed {
            keys: counted.iter().map(|counted| counted.key()).collect(),
            at: now,
        };
        state.storage.write(Unit::Account(failed)).await?;
        let page = Page {
            css: assets::css_url(),
            next: form.fields.line("next"),
            email,
            problem: Some("That address and password do not go together. Please try once more."),
            done: false,
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)).into_response());
    };
    let cleared = AccountUnit::LoginSucceeded {
        key: Counted::Account(&email).key(),
    };
    let next = inside(&form.fields.line("next"));
    let before = vec![Unit::Account(cleared)];
    begin(&state, &form.headers, account.id, before, "signed_in", &next).await
}

/// Starts a session, writes `before` and the audit with it, and leads to `to`.
pub(super) async fn begin(
    state: &ConsoleState,
    headers: &HeaderMap,
    account: AccountId,
    mut before: Vec<Unit>,
    act: &'static str,
    to: &str,
) -> Result<Response, ConsoleError> {
    let token = Token::fresh();
    let now = state.clock.now();
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    before.push(Unit::Account(AccountUnit::SessionBegin(Session {
        token: token.hash(),
        account,
        agent: agent.unwrap_or_default().chars().take(AGENT_CHARACTERS_MAX).collect(),
        created_at: now,
        seen_at: now,
        community: None,
    })));
    before.push(audit(state, account, None, act, account.to_string()));
    state.storage.write(Unit::All(before)).await?;
    let cookie = session::set_cookie(state, &token);
    Ok((StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, to.to_owned())]).into_response())
}

async fn sign_out(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    let end = AccountUnit::SessionEnd {
        token: form.who.session.token,
    };
    let account = form.who.account.id;
    let line = audit(&state, account, None, "signed_out", account.to_string());
    state.storage.write(Unit::All(vec![Unit::Account(end), line])).await?;
    let headers = [
        (SET_COOKIE, session::clear_cookie(&state)),
        (LOCATION, "/console/sign-in?done=1".to_owned()),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Only paths of the console: a link must not lead people elsewhere through our sign-in.
fn inside(next: &str) -> String {
    let rest = next.strip_prefix("/console");
    let ours = rest.is_some_and(|rest| {
        (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
            && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    });
    if ours { next.to_owned() } else { "/console".to_owned() }
}

/// Where a request comes from, as the listener says; none in tests that have no listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(Option<IpAddr>);

impl<S: Sync> axum::extract::FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, std::convert::Infallible> {
        let peer = parts
            .extensions
            .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
        Ok(Self(peer.map(|peer| peer.0.ip())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(next: &str, expected: &str) {
        assert_eq!(inside(next), expected);
    }

    #[test]
    fn sign_in_leads_back_to_the_page_that_was_asked_for() {
        check("/console/search?q=a%20b", "/console/search?q=a%20b");
        check("/console", "/console");
    }

    #[test]
    fn sign_in_never_leads_elsewhere() {
        for next in [
            "",
            "https://evil.example",
            "//evil.example",
            "/consolex",
            "/console\\evil",
            "/console/\r\na: b",
        ] {
            check(next, "/console");
        }
    }
}
