//! An event that runs again is handled by who serves by then, whether or not anybody has told the roster.

use super::rehearsal;
use super::roster::Roster;
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::ReadError;
use crate::storage::plugins::PluginSettings;

impl Roster {
    /// Looks whether the plugins of the community serve as its settings say, and makes it so if they do not. What has just begun is told
    /// so by whoever follows the settings, in a moment.
    pub(super) async fn catch_up(&self, community: CommunityId, now: Timestamp) -> Result<(), ReadError> {
        let settings = self.storage.plugin_settings(community).await?;
        if !self.is_as(&settings, community, now) {
            self.refresh(now).await?;
        }
        Ok(())
    }

    fn is_as(&self, settings: &[PluginSettings], community: CommunityId, now: Timestamp) -> bool {
        let wanted = settings
            .iter()
            .map(|settings| PluginSettings {
                enabled: settings.is_on_anywhere(),
                ..settings.clone()
            })
            .filter(|settings| settings.enabled || rehearsal::is_on(settings, now));
        let chains = self.chains(community);
        wanted.eq(chains.anywhere.list.iter().map(|member| member.settings.clone()))
    }
}
