//! Keeps the menus of platforms as the plugins and the places are.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use crate::connectors::backoff::Backoff;
use crate::connectors::logins::Logins;
use crate::connectors::{Connector, DeliveryError};
use crate::model::command::{Command, Menu};
use crate::storage::{Change, SharedStorage};
use crate::supervisor::{Bell, Stop};

/// Where a login finds what its menus are to show.
#[derive(Clone)]
pub(super) struct Shelf {
    /// The commands as they are now.
    pub(super) commands: watch::Receiver<Vec<Command>>,
    /// Knows where Switchboard acts.
    pub(super) storage: SharedStorage,
    /// Where people see what was written.
    pub(super) logins: Logins,
    /// Rung when the platform may have forgotten what it was told.
    pub(super) moved: Bell,
}

/// Shows the commands on one platform, now and whenever they, or the places where they are answered, change.
///
/// # Errors
///
/// When it cannot be read where Switchboard acts.
pub(super) async fn keep_offered(login: Arc<dyn Connector>, mut shelf: Shelf, stop: Stop) -> Result<()> {
    let mut changes = shelf.storage.changes();
    let mut backoff = Backoff::default();
    let mut offered = None;
    // Set where the platform shows a part of them no sooner.
    let mut rest: Option<Pin<Box<Sleep>>> = None;
    loop {
        let places = shelf.storage.menu_places(login.login()).await;
        let menu = Menu {
            commands: shelf.commands.borrow_and_update().clone(),
            places: places.context("read where commands are answered")?,
            withdrawn: false,
        };
        if offered.as_ref() != Some(&menu) {
            let shown = stop.until(login.offer(&menu)).await;
            if let Some(changes) = login.menu_changes() {
                shelf.logins.set_menus(login.login(), changes);
            }
            let failed = match shown {
                None => return Ok(()),
                Some(Ok(wait)) => {
                    backoff = Backoff::default();
                    rest = wait.map(|wait| Box::pin(sleep(wait)));
                    None
                }
                Some(Err(error)) => again(&*login, &error, &mut backoff),
            };
            // Whatever changes meanwhile waits, too: a platform that asks for rest gets it.
            if let Some(wait) = failed {
                if stop.until(sleep(wait)).await.is_none() {
                    return Ok(());
                }
                continue;
            }
            // What will never be taken as it is is offered again only when it is another.
            offered = Some(menu);
        }
        tokio::select! {
            () = stop.requested() => return Ok(()),
            others = shelf.commands.changed() => if others.is_err() {
                return Ok(());
            },
            () = shelf.moved.rung() => offered = None,
            () = over(&mut rest) => offered = None,
            open = elsewhere(&mut changes) => if !open {
                return Ok(());
            },
        }
    }
}

/// Waits until the rest is over; for ever where there is none.
async fn over(rest: &mut Option<Pin<Box<Sleep>>>) {
    match rest {
        Some(sleep) => sleep.await,
        None => std::future::pending().await,
    }
    *rest = None;
}

/// Waits until places may have changed. Says whether they may change once more.
async fn elsewhere(changes: &mut Receiver<Change>) -> bool {
    loop {
        match changes.recv().await {
            Ok(Change::Settings | Change::Place(_)) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

/// When to try again; none where that would not help.
fn again(login: &dyn Connector, error: &DeliveryError, backoff: &mut Backoff) -> Option<Duration> {
    tracing::warn!(login = %login.login(), error = %error, "commands could not be shown in the menu: {error}");
    match error {
        DeliveryError::Busy { retry_after, .. } => Some(*retry_after),
        DeliveryError::Unreachable { .. } | DeliveryError::Lost { .. } => Some(backoff.wait()),
        DeliveryError::Refused { .. } | DeliveryError::NotHere { .. } => None,
    }
}
