//! One call, from its first byte to its status.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::routing::any;

use super::{ALIKE_FOR, BODY_BYTES_MAX, BODY_PATIENCE, PATH, Webhooks};
use crate::connectors::AcceptError;
use crate::dispatcher::chain::Door;
use crate::model::bytes;
use crate::model::event::{Event, EventBody, Source};
use crate::plugin_host::{Delivery, HookFault};
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
        let Some(door) = self.door(token) else {
            return StatusCode::NOT_FOUND;
        };
        if request.method() != Method::POST {
            return StatusCode::NOT_FOUND;
        }
        let Ok(_room) = self.room.try_acquire() else {
            return StatusCode::TOO_MANY_REQUESTS;
        };
        let headers = request.headers().clone();
        let body = match tokio::time::timeout(BODY_PATIENCE, Bytes::from_request(request, &())).await {
            Ok(Ok(body)) => body,
            Ok(Err(refused)) => return refused.status(),
            Err(_) => return StatusCode::REQUEST_TIMEOUT,
        };
        match door.hook.verify(&headers, &body) {
            Ok(()) => {}
            Err(HookFault::Stranger) => return StatusCode::UNAUTHORIZED,
            Err(HookFault::NoSecret(why)) => {
                tracing::warn!(plugin = %door.plugin, reason = %why, "a webhook cannot be called: {why}");
                return StatusCode::UNAUTHORIZED;
            }
        }
        if !self.limits.allow(token, self.parts.clock.elapsed()) {
            return StatusCode::TOO_MANY_REQUESTS;
        }
        if !door.open {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        match self.hear(&door, &headers, &body).await {
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

    /// Whose address it is. All are looked at, so that the time does not tell.
    fn door(&self, token: &str) -> Option<Door> {
        let addresses = &self.parts.addresses;
        let mut found = None;
        for door in self.parts.roster.doors() {
            if addresses.is(token, door.community, &door.plugin, door.hook.endpoint()) {
                found = Some(door);
            }
        }
        found
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
                if self.parts.storage.is_stored(&before).await? {
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

fn media_type(headers: &HeaderMap) -> String {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let told = told.filter(|told| !told.is_empty() && told.len() <= MEDIA_TYPE_BYTES_MAX);
    told.unwrap_or("application/octet-stream").to_owned()
}
