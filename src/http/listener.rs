//! The socket: accepts connections within limits, serves them, and ends them when the program stops.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::middleware;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower_service::Service;

use super::config::Settings;
use super::headers::{Shared, surround};
use super::probes::{self, Probes};
use crate::clock::Clock;
use crate::supervisor::Stop;

/// At about 20 KiB each, 40 MiB: a flood of connections waits in the kernel instead of filling our memory.
const CONNECTIONS_MAX: usize = 2_000;

/// A client that needs longer to send its headers is stuck, or holds the connection on purpose.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// When stopping, a request in hand gets so long; then the time is for answers that are to be sent.
const REQUEST_PATIENCE: Duration = Duration::from_secs(2);

/// Enough for any form. A route that takes files raises it for itself.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// When the system is out of sockets, trying again at once only burns the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Pages that a part of the program hands in.
pub struct Mount {
    /// Where they stand, such as `/console`; empty for the root.
    pub prefix: &'static str,
    /// The pages.
    pub router: Router,
}

/// Why the address could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// Which.
    pub address: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A bound socket with what it serves.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    open: Arc<Semaphore>,
}

impl Listener {
    /// Takes the address.
    ///
    /// # Errors
    ///
    /// When it is in use or not ours.
    pub async fn bind(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, BindError> {
        let failed = |source| BindError {
            address: settings.listen,
            source,
        };
        let socket = TcpListener::bind(settings.listen).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self {
            socket,
            address,
            shared: Arc::new(Shared { settings, clock }),
            open: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        })
    }

    /// Where it listens, with the port that was free.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How people reach it: the public address, else the local one. Without a slash at the end.
    pub fn url(&self) -> String {
        match &self.shared.settings.public_origin {
            Some(origin) => origin.clone(),
            None => format!("http://{}", self.address),
        }
    }

    /// Puts what is served together.
    pub fn app(&self, mounts: Vec<Mount>, probes: Probes) -> Router {
        let metrics_from = self.shared.settings.metrics_from.clone().into();
        let mut app = probes::router(probes, metrics_from);
        for mount in mounts {
            app = if mount.prefix.is_empty() {
                app.merge(mount.router)
            } else {
                app.nest(mount.prefix, mount.router)
            };
        }
        app.layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(middleware::from_fn_with_state(Arc::clone(&self.shared), surround))
    }

    /// Serves until `stop`, then lets requests in hand finish for a moment. Long-lived streams must watch `stop` themselves.
    ///
    /// # Errors
    ///
    /// None today: a failed accept is logged and tried again.
    pub async fn serve(&self, app: Router, stop: Stop) -> Result<(), Infallible> {
        let mut connections = JoinSet::new();
        while let Some((stream, peer, permit)) = self.next(&stop).await {
            let served = connection(stream, peer, app.clone(), stop.clone(), permit);
            connections.spawn(served);
            while connections.try_join_next().is_some() {}
        }
        let ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(REQUEST_PATIENCE, ended).await.is_err() {
            tracing::warn!("requests that took too long were cut off, because the program stops");
        }
        Ok(())
    }

    /// The next connection, none when stopping.
    async fn next(&self, stop: &Stop) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = tokio::select! {
            () = stop.requested() => return None,
            permit = Arc::clone(&self.open).acquire_owned() => permit.expect("the semaphore is never closed"),
        };
        loop {
            let accepted = tokio::select! {
                () = stop.requested() => return None,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => return Some((stream, peer, permit)),
                Err(error) => {
                    tracing::warn!(error = %error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, app: Router, stop: Stop, permit: OwnedSemaphorePermit) {
    // Small frames of the chat must not wait for more. A socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(error = %error, "a connection broke off");
    }
    drop(permit);
}
