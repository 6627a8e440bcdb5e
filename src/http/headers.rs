//! What every request and every response gets: an id, the client's true address, safe headers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::config::Settings;
use super::network;
use crate::clock::Clock;

/// Names one request in logs and in the answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For answers that brought no policy of their own: nothing may run, load or frame them.
const CSP_DEFAULT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
}

/// Surrounds every request.
pub(super) async fn surround(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let id = shared.clock.id().as_simple().to_string();
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = client(peer, request.headers(), &shared.settings);
        request.extensions_mut().insert(ConnectInfo(client));
    }
    let span = tracing::debug_span!("http", request.id = %id, http.method = %request.method());
    let mut response = next.run(request).instrument(span).await;
    tracing::debug!(request.id = %id, http.status = response.status().as_u16(), "answered request {id}");
    protect(response.headers_mut(), shared.settings.is_https());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The peer, or whom a trusted proxy speaks for. The port is the peer's: nothing depends on it.
fn client(peer: SocketAddr, headers: &HeaderMap, settings: &Settings) -> SocketAddr {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let address = network::client(peer.ip(), &forwarded, &settings.trusted_proxies);
    SocketAddr::new(address, peer.port())
}

/// Adds what is missing; a page that says something of its own keeps it.
fn protect(headers: &mut HeaderMap, https: bool) {
    let mut default = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    default(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(header::CONTENT_SECURITY_POLICY, CSP_DEFAULT);
    // Not `no-referrer`: with it browsers send `Origin: null` with forms, which the console compares.
    default(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    default(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    default(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    default(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    default(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if https {
        default(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_its_own_policy() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'self'"),
        );
        protect(&mut headers, false);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'self'");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn an_answer_without_a_policy_may_do_nothing() {
        let mut headers = HeaderMap::new();
        protect(&mut headers, true);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], CSP_DEFAULT);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
