//! What a decision about a plugin changes: what a community decided before, or what a first decision begins with. What comes with the
//! program is there for each community, whether or not somebody has decided about it.

use super::offer::{InstallError, Installer, refused};
use crate::dispatcher::chain::BUNDLED;
use crate::model::ids::{CommunityId, PluginId, Version};
use crate::plugin_host::spelling::near_plugin;
use crate::storage::Unit;
use crate::storage::plugins::{PluginSettings, PluginUnit};

/// What a community decided about a plugin, or what a first decision begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    settings: PluginSettings,
    /// The revision that was read; none where nobody has decided yet.
    before: Option<Version>,
}

impl Baseline {
    /// What was decided, for whoever has just read it.
    pub fn decided(settings: PluginSettings) -> Self {
        Self {
            before: Some(settings.revision),
            settings,
        }
    }

    /// What is in force.
    pub fn settings(&self) -> &PluginSettings {
        &self.settings
    }

    /// Whether somebody has decided about it.
    pub fn is_decided(&self) -> bool {
        self.before.is_some()
    }

    /// What was decided; none where nobody has yet.
    pub fn decision(&self) -> Option<&PluginSettings> {
        self.is_decided().then_some(&self.settings)
    }

    /// The settings after a change, if nobody else changes them meanwhile.
    pub fn changed(&self, change: impl FnOnce(&mut PluginSettings)) -> Unit {
        let mut after = self.settings.clone();
        change(&mut after);
        after.revision = self.settings.revision.next();
        let before = self.before;
        Unit::Plugin(PluginUnit::Settings { before, after })
    }
}

/// Off, last in the order, allowed nothing, and served by what comes with the program.
pub(super) fn fresh(community: CommunityId, plugin: &PluginId, chain: &[PluginSettings]) -> PluginSettings {
    let last = chain.iter().map(|settings| settings.position).max();
    PluginSettings {
        position: last.map_or(0, |last| last.saturating_add(1)),
        ..PluginSettings::new(community, plugin.clone(), BUNDLED)
    }
}

impl Installer {
    /// What a community has decided about a plugin that it has, or that comes with the program.
    ///
    /// # Errors
    ///
    /// When there is no such plugin here, with the name that was perhaps meant.
    pub async fn baseline(&self, community: CommunityId, id: &PluginId) -> Result<Baseline, InstallError> {
        let chain = self.parts.storage.plugin_settings(community).await?;
        if let Some(settings) = chain.iter().find(|settings| settings.plugin == *id) {
            return Ok(Baseline::decided(settings.clone()));
        }
        if self.parts.bundled.find(id.as_str()).is_some() {
            return Ok(Baseline {
                settings: fresh(community, id, &chain),
                before: None,
            });
        }
        let ours = self.parts.bundled.ids();
        let known = chain.iter().map(|settings| settings.plugin.as_str()).chain(ours);
        let near = near_plugin(id.as_str(), known);
        let hint = near.map_or_else(String::new, |near| format!(": did you mean {near}?"));
        Err(refused(format!("this community has no plugin {id}{hint}")))
    }

    /// What is in force for a plugin.
    ///
    /// # Errors
    ///
    /// As [`baseline`](Self::baseline).
    pub async fn settings(&self, community: CommunityId, id: &PluginId) -> Result<PluginSettings, InstallError> {
        Ok(self.baseline(community, id).await?.settings)
    }
}
