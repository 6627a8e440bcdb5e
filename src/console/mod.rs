//! The web pages for people who run a community.
//!
//! Owns sign-in, roles, pages and their look. Reads through the storage traits; what staff do in a conversation goes in
//! as an event through [`StaffDesk`], everything else through the units and functions of the features. Every page works
//! without its script; the script only keeps it up to date. `app.rs` mounts [`router`] below `/console`.

pub mod access;
mod assets;
mod chrome;
mod desk;
mod error;
mod live;
mod pages;
pub mod permission;
pub(crate) mod show;
mod state;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::access::posted::BODY_BYTES_MAX;
use self::access::{SignedIn, join, sign_in};
pub use self::desk::{PluginsRunning, StaffDesk};
use self::error::ConsoleError;
use self::permission::Permission;
pub use self::state::{ConsoleParts, ConsoleState, UpkeepShown};

/// What the browser may do with our pages: load our own script, style and images, and nothing else.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    // Also what makes browsers name the origin of forms.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// All pages, to be mounted below `/console`.
pub fn router(state: ConsoleState) -> Router {
    Router::new()
        .route("/", get(home))
        .merge(sign_in::routes())
        .merge(join::routes())
        .merge(pages::community::routes())
        .merge(pages::inbox::routes())
        .merge(pages::conversation::routes())
        .merge(pages::acts::routes())
        .merge(pages::knowledge::routes())
        .merge(pages::posts::routes())
        .merge(pages::files::routes())
        .merge(pages::plugins::routes())
        .merge(pages::deliveries::routes())
        .merge(pages::events::routes())
        .merge(pages::search::routes())
        .merge(pages::places::routes())
        .merge(pages::login::routes())
        .merge(pages::settings::routes())
        .merge(pages::chats::routes())
        .merge(pages::people::routes())
        .merge(pages::audit::routes())
        .merge(live::routes())
        .merge(assets::routes())
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::map_response(with_headers))
        .with_state(state)
}

/// The first page that this role may read.
async fn home(who: SignedIn, query: axum::extract::RawQuery) -> Response {
    let part = if who.may(Permission::ReadConversations) {
        "/console/inbox"
    } else {
        "/console/posts"
    };
    let to = query
        .0
        .map_or_else(|| part.to_owned(), |query| format!("{part}?{query}"));
    pages::see(to)
}

async fn nothing(_: SignedIn) -> Response {
    ConsoleError::NotHere.into_response()
}

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}
