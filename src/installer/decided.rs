//! What is decided and not written yet.

use super::offer::{InstallError, Installer, refused};
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::plugins::PluginUnit;
use crate::storage::{Unit, WriteError};

/// What is decided about a plugin. Nothing has happened before its units are written, all of them in one.
#[derive(Clone, Debug)]
#[must_use = "nothing has happened before it is written"]
pub struct Decided<T> {
    /// What has to be written; empty when nothing changes. Their preconditions are how things stood.
    pub units: Vec<Unit>,
    /// What is so then.
    pub then: T,
}

impl<T> Decided<T> {
    pub(super) fn new(units: Vec<Unit>, then: T) -> Self {
        Self { units, then }
    }

    /// Nothing has to be written.
    pub(super) fn nothing(then: T) -> Self {
        Self::new(Vec::new(), then)
    }

    /// The same, with something else to say of it.
    pub fn map<U>(self, say: impl FnOnce(T) -> U) -> Decided<U> {
        Decided::new(self.units, say(self.then))
    }
}

impl Installer {
    /// Writes what was decided. What may happen in one with something else is written by whoever does that.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or somebody else was faster.
    pub async fn write<T>(&self, decided: Decided<T>) -> Result<T, InstallError> {
        if decided.units.is_empty() {
            return Ok(decided.then);
        }
        let gone: Vec<_> = decided.units.iter().filter_map(removed).collect();
        match self.parts.storage.write(Unit::All(decided.units)).await {
            Ok(_) => {
                self.left(gone).await;
                Ok(decided.then)
            }
            Err(WriteError::Conflict { what }) => {
                Err(refused(format!("{what} was changed by somebody else: look again")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What was recorded of plugins that are gone goes; a program that runs sees to it by itself, too.
    async fn left(&self, gone: Vec<(CommunityId, PluginId)>) {
        for (community, plugin) in gone {
            let host = self.parts.host.clone();
            // Files are deleted.
            let leaves = tokio::task::spawn_blocking(move || host.leaves(&community.to_string(), plugin.as_str()));
            if let Err(error) = leaves.await {
                tracing::warn!(error = %error, "a recording stays until it is too old");
            }
        }
    }
}

/// Whom a unit takes out of a community.
fn removed(unit: &Unit) -> Option<(CommunityId, PluginId)> {
    match unit {
        Unit::Plugin(PluginUnit::Remove { community, plugin, .. }) => Some((*community, plugin.clone())),
        _ => None,
    }
}
