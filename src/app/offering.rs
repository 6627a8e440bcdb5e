//! Keeps the menus of platforms as the plugins are.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::connectors::backoff::Backoff;
use crate::connectors::{Connector, DeliveryError};
use crate::model::command::Command;
use crate::supervisor::Stop;

/// The commands as they are now.
pub(super) type Offered = watch::Receiver<Vec<Command>>;

/// Shows the commands on one platform, now and whenever they change.
pub(super) async fn keep_offered(
    login: Arc<dyn Connector>,
    mut commands: Offered,
    stop: Stop,
) -> Result<(), Infallible> {
    let mut backoff = Backoff::default();
    loop {
        let now = commands.borrow_and_update().clone();
        let offered = stop.until(login.offer(&now)).await;
        let again = match offered {
            None => return Ok(()),
            Some(Ok(())) => {
                backoff = Backoff::default();
                None
            }
            Some(Err(error)) => again(&*login, &error, &mut backoff),
        };
        let waited = tokio::select! {
            () = stop.requested() => return Ok(()),
            changed = commands.changed() => changed.is_ok(),
            () = tokio::time::sleep(again.unwrap_or_default()), if again.is_some() => true,
        };
        if !waited {
            return Ok(());
        }
    }
}

/// When to try again; none where that would not help.
fn again(login: &dyn Connector, error: &DeliveryError, backoff: &mut Backoff) -> Option<Duration> {
    tracing::warn!(login = %login.login(), error = %error, "commands could not be shown in the menu: {error}");
    match error {
        DeliveryError::Busy { retry_after, .. } => Some(*retry_after),
        DeliveryError::Unreachable { .. } | DeliveryError::Lost { .. } => Some(backoff.wait()),
        DeliveryError::Refused { .. } => None,
    }
}
