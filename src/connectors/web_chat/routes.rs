//! The web chat's addresses, and who may call them.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::files::{self, FORM_BYTES_MAX};
use super::inbound::{self, FRAME_BYTES_MAX, Refusal, Sender};
use super::limits::Doing;
use super::outbound::Frame;
use super::token::Visitor;
use super::{Shared, SharedChat, page, session};

/// All addresses.
pub(super) fn router(chat: SharedChat) -> Router {
    Router::new()
        .route("/", get(page::html))
        .route("/chat/page.css", get(page::css))
        .route("/chat/chat.js", get(page::script))
        .route("/embed.js", get(page::embed))
        .route("/chat/socket", get(socket))
        .route("/chat/stream", get(stream))
        .route("/chat/begin", post(begin))
        .route("/chat/send", post(send).layer(DefaultBodyLimit::max(FRAME_BYTES_MAX)))
        .route(
            "/chat/file",
            post(files::upload).layer(DefaultBodyLimit::max(FORM_BYTES_MAX)),
        )
        .route("/chat/file/{link}", get(files::download))
        .with_state(chat)
}

/// Somebody at our own page.
pub(super) struct Guest {
    pub(super) address: IpAddr,
    pub(super) language: Option<String>,
}

/// Somebody at our own page with a valid token.
pub(super) struct Caller {
    pub(super) address: IpAddr,
    pub(super) sender: Sender,
}

impl FromRequestParts<SharedChat> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, chat: &SharedChat) -> Result<Self, Self::Rejection> {
        if !is_own_origin(&parts.headers, chat.settings.public_origin.as_deref()) {
            return Err((StatusCode::FORBIDDEN, "Only the chat's own page may do this.\n").into_response());
        }
        let ConnectInfo(client) = ConnectInfo::<SocketAddr>::from_request_parts(parts, chat)
            .await
            .map_err(IntoResponse::into_response)?;
        let languages = text(&parts.headers, header::ACCEPT_LANGUAGE);
        Ok(Self {
            address: client.ip(),
            language: languages.and_then(inbound::language),
        })
    }
}

impl FromRequestParts<SharedChat> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, chat: &SharedChat) -> Result<Self, Self::Rejection> {
        let guest = Guest::from_request_parts(parts, chat).await?;
        let token = text(&parts.headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let visitor = token.and_then(|token| chat.signer.visitor(token, chat.clock.now()));
        let visitor = visitor.ok_or_else(|| refuse(Refusal::Unknown))?;
        Ok(Self {
            address: guest.address,
            sender: Sender {
                visitor,
                language: guest.language,
            },
        })
    }
}

/// Browsers name the page that calls; programs that are no browsers have no visitors to deceive.
fn is_own_origin(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = text(headers, header::HOST);
    let called = origin.split_once("://").map(|(_, host)| host);
    public_origin == Some(origin) || (host.is_some() && called == host)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A refusal as an answer to a request.
pub(super) fn refuse(why: Refusal) -> Response {
    let status = match why {
        Refusal::NotUnderstood => StatusCode::BAD_REQUEST,
        Refusal::Unknown => StatusCode::UNAUTHORIZED,
        Refusal::TooFast => StatusCode::TOO_MANY_REQUESTS,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Later => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Empty | Refusal::TooLong | Refusal::FileUnknown | Refusal::NotHere | Refusal::NotTheirs => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    let frame = Frame::Refused {
        id: None,
        why,
        words: None,
        again: why.try_again(),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], frame.to_json()).into_response()
}

/// Makes a visitor, at the first thing written. Stores nothing: the token says it all.
async fn begin(State(chat): State<SharedChat>, guest: Guest) -> Response {
    if !chat
        .limits
        .allow(None, guest.address, Doing::BeginAnew, chat.clock.elapsed())
    {
        return refuse(Refusal::TooFast);
    }
    let visitor = Visitor(chat.clock.id());
    Json(json!({ "token": chat.signer.token(visitor) })).into_response()
}

/// The same as a frame on a socket, for browsers whose network has no sockets.
async fn send(State(chat): State<SharedChat>, caller: Caller, body: String) -> Response {
    let answer = session::answer(&chat, &caller.sender, caller.address, &body, None).await;
    ([(header::CONTENT_TYPE, "application/json")], answer.unwrap_or_default()).into_response()
}

async fn stream(State(chat): State<SharedChat>, caller: Caller) -> Response {
    if !may_connect(&chat, caller.address) {
        return refuse(Refusal::TooFast);
    }
    session::stream(chat, &caller.sender).await
}

async fn socket(State(chat): State<SharedChat>, guest: Guest, upgrade: WebSocketUpgrade) -> Response {
    if !may_connect(&chat, guest.address) {
        return refuse(Refusal::TooFast);
    }
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| session::socket(chat, socket, guest))
}

fn may_connect(chat: &Shared, address: IpAddr) -> bool {
    chat.limits.allow(None, address, Doing::Connect, chat.clock.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(origin: Option<&str>, host: &str, public_origin: Option<&str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(is_own_origin(&headers, public_origin), expected);
    }

    #[test]
    fn only_our_own_page_may_speak_for_a_visitor() {
        check(Some("http://127.0.0.1:8400"), "127.0.0.1:8400", None, true);
        check(Some("https://evil.example"), "127.0.0.1:8400", None, false);
        check(Some("null"), "127.0.0.1:8400", None, false);
        check(None, "127.0.0.1:8400", None, true);
    }

    #[test]
    fn behind_a_proxy_the_public_address_counts() {
        let public = Some("https://chat.example.org");
        check(Some("https://chat.example.org"), "127.0.0.1:8400", public, true);
        check(Some("https://evil.example"), "127.0.0.1:8400", public, false);
    }
}
