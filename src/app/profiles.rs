//! Keeps what is stored of each login's abilities as they are.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::connectors::Connector;
use crate::connectors::logins::Logins;
use crate::storage::unit::DirectoryUnit;
use crate::storage::{SharedStorage, Unit};
use crate::supervisor::Stop;

/// Stores what the login can do and hear whenever it begins to hear and that is not what is stored.
///
/// # Errors
///
/// When it cannot be read or written.
pub(super) async fn keep_profile(
    login: Arc<dyn Connector>,
    logins: Logins,
    storage: SharedStorage,
    stop: Stop,
) -> Result<()> {
    let name = login.login();
    let mut changes = logins.changes();
    let mut stored = storage
        .profiles()
        .await
        .context("read what logins can do")?
        .remove(name);
    loop {
        let hears = changes
            .borrow_and_update()
            .get(name)
            .is_some_and(|status| status.state.is_fine());
        let profile = hears
            .then(|| login.profile())
            .filter(|profile| stored.as_ref() != Some(profile));
        if let Some(profile) = profile {
            let unit = Unit::Directory(DirectoryUnit::Login {
                name: name.clone(),
                profile: Box::new(profile.clone()),
            });
            storage.write(unit).await.context("store what a login can do")?;
            stored = Some(profile);
        }
        match stop.until(changes.changed()).await {
            Some(Ok(())) => {}
            None | Some(Err(_)) => return Ok(()),
        }
    }
}
