//! What machines ask of the running program: whether it is ready, and its numbers.

use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::connectors::web_chat::WebChat;
use crate::dispatcher::Dispatcher;
use crate::http::Probes;
use crate::outbox::Outbox;
use crate::storage::core::CoreReads as _;
use crate::storage::sqlite::SqliteStorage;
use crate::supervisor::Stop;
use crate::telemetry::{self, Metric};

/// Answers for `/readyz` and `/metrics`.
pub(super) fn probes(
    storage: Arc<SqliteStorage>,
    dispatcher: Dispatcher,
    outbox: Arc<Outbox>,
    web_chat: Arc<WebChat>,
    stop: Stop,
) -> Probes {
    let ready = move || {
        let (storage, stop) = (Arc::clone(&storage), stop.clone());
        async move {
            if stop.is_requested() {
                return Err("stopping".to_owned());
            }
            storage.writable().await?;
            let read = storage.communities().await;
            read.map(|_| ()).map_err(|error| error.to_string())
        }
        .boxed()
    };
    let metrics = move || {
        let (_, lanes) = dispatcher.sizes();
        telemetry::set(Metric::LanesOpen, "", whole(lanes));
        telemetry::set(Metric::VisitorsConnected, "", whole(web_chat.connections()));
        for (login, queued) in outbox.sizes() {
            telemetry::set(Metric::DeliveriesQueued, login.as_str(), whole(queued));
        }
        async { telemetry::render() }.boxed()
    };
    Probes {
        ready: Arc::new(ready),
        metrics: Arc::new(metrics),
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
