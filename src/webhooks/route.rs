//! One call, from its first byte to its status.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::routing::any;

use super::map::Known;
use super::{ALIKE_FOR, BODY_BYTES_MAX, BODY_PATIENCE, PATH, Parts, WAITING_MAX, Webhooks};
use crate::connectors::AcceptError;
use crate::dispatcher::chain::Door;
use crate::model::bytes;
use crate::model::conversation::LaneKey;
use crate::model::event::{Event, EventBody, Source};
use crate::plugin_host::Delivery;
use crate::storage::ReadError;
use crate::telemetry::{self, Metric};

/// Longer words for what a body is mean nothing.
const MEDIA_TYPE_BYTES_MAX: usize = 200;

/// Why an event is not there.
#[derive(Debug, thiserror::Error)]
enum Untaken {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl Webhooks {
    /// The addresses.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(&format!("{PATH}{{token}}"), any(called))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::clone(self))
    }
}

async fn called(State(webhooks): State<Arc<Webhooks>>, Path(token): Path<String>, request: Request) -> StatusCode {
    let status = webhooks.take(&token, request).await;
    let word = match status.as_u16() {
        200..300 => "taken",
        401 => "stranger",
        404 => "unknown",
        429 => "too_many",
        _ => "refused",
    };
    telemetry::count_for(Metric::WebhooksCalledTotal, word);
    status
}

impl Webhooks {
    async fn take(&self, token: &str, request: Request) -> StatusCode {
        let Parts {
            roster,
            addresses,
            storage,
            ..
        } = &self.parts;
        if request.method() != Method::POST {
            return StatusCode::NOT_FOUND;
        }
        let known = match self.map.find(token, (roster, addresses), storage).await {
            Ok(Some(known)) => known,
            Ok(None) => return StatusCode::NOT_FOUND,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "whose address is called cannot be read"
                );
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        };
        let client = client(&request);
        let who = (token.to_owned(), client);
        if !self.failed.would_allow(&who, self.parts.clock.elapsed()) {
            return StatusCode::TOO_MANY_REQUESTS;
        }
        // Its own room first: an address that is called too often takes nothing of what all share.
        let (Ok(_own), Ok(_room)) = (known.room.try_acquire(), self.room.try_acquire()) else {
            return StatusCode::TOO_MANY_REQUESTS;
        };
        let headers = request.headers().clone();
        let body = match tokio::time::timeout(BODY_PATIENCE, Bytes::from_request(request, &())).await {
            Ok(Ok(body)) => body,
            Ok(Err(refused)) => return refused.status(),
            Err(_) => return StatusCode::REQUEST_TIMEOUT,
        };
        if !is_from_who_may(&known, &headers, &body).await {
            self.failed.allow(who, self.parts.clock.elapsed());
            return StatusCode::UNAUTHORIZED;
        }
        self.let_in(token, &known.door, &headers, &body).await
    }

    /// Who calls may.
    async fn let_in(&self, token: &str, door: &Door, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let Parts {
            roster,
            clock,
            dispatcher,
            ..
        } = &self.parts;
        if !self.limits.allow(token.to_owned(), clock.elapsed()) {
            return StatusCode::TOO_MANY_REQUESTS;
        }
        if !roster.is_open(door, clock.now()) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        if dispatcher.waiting(&LaneKey::of_webhooks(door.community, &door.plugin)) >= WAITING_MAX {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        match self.hear(door, headers, body).await {
            Ok(()) => StatusCode::ACCEPTED,
            Err(error) => {
                tracing::warn!(
                    plugin = %door.plugin,
                    error = &error as &dyn std::error::Error,
                    "a call was not stored, its server may call again"
                );
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// Stores the event, unless it is there.
    async fn hear(&self, door: &Door, headers: &HeaderMap, body: &[u8]) -> Result<(), Untaken> {
        let now = self.parts.clock.now();
        let of = format!("webhook/{}/{}/{}", door.community, door.plugin, door.hook.endpoint());
        let dedupe = match door.hook.delivery(headers, body) {
            Delivery::Named(digest) => format!("{of}/{digest}"),
            Delivery::Alike(digest) => {
                let stretch = now.as_millis() / i64::try_from(ALIKE_FOR.as_millis()).unwrap_or(i64::MAX);
                // What came shortly before this stretch of time began is looked for in the one before.
                let before = format!("{of}/{digest}/{}", stretch - 1);
                let before = self.parts.storage.stored_at(&before).await?;
                if before.is_some_and(|before| now.since(before) < ALIKE_FOR) {
                    return Ok(());
                }
                format!("{of}/{digest}/{stretch}")
            }
        };
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: None,
            },
            occurred_at: now,
            dedupe,
            hops: 0,
            body: EventBody::Webhook {
                plugin: door.plugin.clone(),
                community: door.community,
                endpoint: door.hook.endpoint().to_owned(),
                media_type: media_type(headers),
                body: bytes::Bytes(body.to_vec()),
            },
        };
        self.parts.dispatcher.accept_internal(vec![event]).await?;
        Ok(())
    }
}

/// Whether whoever calls shows the secret. Where there is none nobody does, which the owner is told once.
async fn is_from_who_may(known: &Known, headers: &HeaderMap, body: &[u8]) -> bool {
    let Door { plugin, hook, .. } = &known.door;
    // It may stand in a file, which would hold up everybody.
    let reading = hook.clone();
    let secret = tokio::task::spawn_blocking(move || reading.secret()).await;
    match secret.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(secret) => hook.verify(&secret, headers, body),
        Err(why) => {
            if known.tell_once() {
                tracing::warn!(plugin = %plugin, reason = %why, "a webhook cannot be called: {why}");
            }
            false
        }
    }
}

/// From where the call comes, as far as one customer of a network can be told from another.
fn client(request: &Request) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(match address.ip().to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    })
}

fn media_type(headers: &HeaderMap) -> String {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let told = told.filter(|told| !told.is_empty() && told.len() <= MEDIA_TYPE_BYTES_MAX);
    told.unwrap_or("application/octet-stream").to_owned()
}
