//! Style and script of the console, inside the binary; their address changes with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get};
use sha2::{Digest, Sha256};

use super::ConsoleState;

/// Colours and spaces first, then what uses them.
const CSS: &str = concat!(include_str!("assets/tokens.css"), include_str!("assets/console.css"));

const JS: &str = include_str!("assets/console.js");

static CSS_URL: LazyLock<String> = LazyLock::new(|| address(CSS, "css"));
static JS_URL: LazyLock<String> = LazyLock::new(|| address(JS, "js"));

/// The address of the style.
pub(crate) fn css_url() -> &'static str {
    &CSS_URL
}

/// The address of the script.
pub(crate) fn js_url() -> &'static str {
    &JS_URL
}

fn address(text: &str, kind: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("/console/assets/{}.{kind}", hex::encode(&digest[..6]))
}

/// The files of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(name): Path<String>) -> Response {
    let asked = format!("/console/assets/{name}");
    let (kind, text) = if asked == css_url() {
        ("text/css; charset=utf-8", CSS)
    } else if asked == js_url() {
        ("text/javascript; charset=utf-8", JS)
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, text).into_response()
}
