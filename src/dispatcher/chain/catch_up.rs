//! An event that runs again is handled by who serves by then, and a command is found as soon as its plugin is switched on, whether or not
//! anybody has told the roster.

use std::sync::PoisonError;

use super::rehearsal;
use super::roster::Roster;
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::ReadError;
use crate::storage::plugins::PluginSettings;

impl Roster {
    /// Looks whether the plugins of the community serve as its settings say, and makes it so if they do not. What has just begun is told
    /// so by whoever follows the settings, in a moment.
    ///
    /// # Errors
    ///
    /// When the settings cannot be read.
    pub async fn catch_up(&self, community: CommunityId, now: Timestamp) -> Result<(), ReadError> {
        let settings = self.storage.plugin_settings(community).await?;
        if !self.is_as(&anywhere(&settings, now), community) {
            self.refresh(now).await?;
        }
        Ok(())
    }

    fn is_as(&self, wanted: &[PluginSettings], community: CommunityId) -> bool {
        let made_of = self.made_of.read().unwrap_or_else(PoisonError::into_inner);
        made_of.get(&community).map_or(&[][..], Vec::as_slice) == wanted
    }
}

/// The settings of all plugins that are on anywhere, or tried.
pub(super) fn anywhere(all: &[PluginSettings], now: Timestamp) -> Vec<PluginSettings> {
    let anywhere = all.iter().map(|settings| PluginSettings {
        enabled: settings.is_on_anywhere(),
        ..settings.clone()
    });
    anywhere
        .filter(|settings| settings.enabled || rehearsal::is_on(settings, now))
        .collect()
}
