//! What machines ask: is it alive, is it ready, how is it doing.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;

use super::network::Network;

/// Answers that `app.rs` gives.
#[derive(Clone)]
pub struct Probes {
    /// Whether it can take a message now; else why not, in words for an operator.
    pub ready: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
    /// Everything counted, in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> BoxFuture<'static, String> + Send + Sync>,
}

#[derive(Clone)]
struct Shared {
    probes: Probes,
    metrics_from: Arc<[Network]>,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub(super) fn router(probes: Probes, metrics_from: Arc<[Network]>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Shared { probes, metrics_from })
}

async fn ready(State(shared): State<Shared>) -> Response {
    match (shared.probes.ready)().await {
        Ok(()) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    }
}

async fn metrics(
    State(shared): State<Shared>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    // A proxy that is not trusted makes a stranger look like a neighbour.
    let hidden_client = headers.contains_key("forwarded") || headers.contains_key("x-forwarded-for");
    let allowed = shared.metrics_from.iter().any(|network| network.contains(client.ip()));
    if hidden_client || !allowed {
        return (
            StatusCode::FORBIDDEN,
            "metrics are for the addresses in http.metrics_from\n",
        )
            .into_response();
    }
    let text = (shared.probes.metrics)().await;
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
