//! Sets a plugin otherwise in a part of its community: in a space, or in a place with its threads.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::allow::is_allowed;
use super::baseline::Baseline;
use super::decided::Decided;
use super::life::in_one;
use super::offer::{InstallError, Installer, refused};
use super::references::{References, references};
use super::request::PartChange;
use super::settings_check::SettingsCheck;
use crate::dispatcher::chain::within::{self, Found};
use crate::dispatcher::chain::{check_part, check_parts};
use crate::model::ids::{CommunityId, PlaceId, PluginId, SpaceId};
use crate::storage::plugins::{Override, PluginSettings, Within};

/// How a plugin is set in a part, as it will be.
#[derive(Clone, Debug, PartialEq)]
pub struct PartSet {
    /// The part, as people call it.
    pub name: String,
    /// Whether the plugin serves there.
    pub enabled: bool,
    /// Its whole config there.
    pub config: Value,
    /// Whether anything is said of the part that is not said around it.
    pub differs: bool,
}

impl Installer {
    /// Sets a plugin otherwise in the part that is called so.
    ///
    /// # Errors
    ///
    /// When there is no such plugin or part, or it would not start so.
    pub async fn set_within(
        &self,
        community: CommunityId,
        id: &PluginId,
        part: &str,
        change: PartChange,
    ) -> Result<Decided<PartSet>, InstallError> {
        let now = self.baseline(community, id).await?;
        let within = self.part_called(community, part).await?;
        let found = self.part(community, within).await?;
        let before = now
            .settings()
            .overrides
            .iter()
            .find(|set| set.within == within)
            .cloned();
        let mut set = before.unwrap_or(Override {
            within,
            enabled: None,
            config: Map::new(),
        });
        let mut unknown = Vec::new();
        match change {
            PartChange::Switch { on } => set.enabled = Some(on),
            PartChange::Set { change } => {
                let named;
                (named, unknown) = self.looked_up(now.settings(), change).await?;
                for (name, value) in named {
                    match value {
                        Value::Null => set.config.remove(&name),
                        value => set.config.insert(name, value),
                    };
                }
            }
            PartChange::Reset => (set.enabled, set.config) = (None, Map::new()),
        }
        let there = within::effective(&within::with(now.settings(), set.clone()), &found.around);
        let config = serde_json::from_str(&there.config).unwrap_or_default();
        self.all_known(now.settings(), &config, unknown).await?;
        self.with_part(&now, set, &found).await
    }

    /// Sets a plugin in a part as a whole, as long as it stands so: on, off or as around it, and with this config; without one as around
    /// it, too.
    ///
    /// # Errors
    ///
    /// When there is no such part, or it would not start so.
    pub async fn set_part(
        &self,
        now: &Baseline,
        within: Within,
        (enabled, config): (Option<bool>, Option<&Map<String, Value>>),
    ) -> Result<Decided<PartSet>, InstallError> {
        let found = self.part(now.settings().community, within).await?;
        let around = &found.around[..found.around.len().saturating_sub(1)];
        let around = within::effective(now.settings(), around).config;
        let around = serde_json::from_str(&around).unwrap_or_default();
        let config = config
            .map(|config| within::differing(&around, config))
            .unwrap_or_default();
        let set = Override {
            within,
            enabled,
            config,
        };
        self.with_part(now, set, &found).await
    }

    /// The space or place that is called so, or has this id.
    ///
    /// # Errors
    ///
    /// That it is none's name, or several's.
    pub async fn part_called(&self, community: CommunityId, text: &str) -> Result<Within, InstallError> {
        if let Ok(id) = Uuid::try_parse(text.trim()) {
            for within in [Within::Place(PlaceId(id)), Within::Space(SpaceId(id))] {
                if within::find(&self.parts.storage, community, within).await?.is_some() {
                    return Ok(within);
                }
            }
        }
        let known = references(&self.parts.storage, community).await?;
        known.part(text).map_err(refused)
    }

    async fn part(&self, community: CommunityId, within: Within) -> Result<Found, InstallError> {
        let found = within::find(&self.parts.storage, community, within).await?;
        found.ok_or_else(|| refused("this space or place is not, or no longer, one of the community"))
    }

    async fn with_part(&self, now: &Baseline, set: Override, found: &Found) -> Result<Decided<PartSet>, InstallError> {
        let (within, on) = (set.within, set.enabled == Some(true));
        let after = within::with(now.settings(), set);
        if on && !is_allowed(&after, &self.served(&after).await?.package) {
            let id = &after.plugin;
            return Err(refused(format!(
                "{id} was not allowed all that it asks for, and so it would run nowhere: switch it on in general first, which shows what \
                 that is and asks; then it can be off in general and on here"
            )));
        }
        let there = within::effective(&after, &found.around);
        let told = PartSet {
            name: found.name.clone(),
            enabled: there.enabled,
            config: serde_json::from_str(&there.config).unwrap_or_default(),
            differs: after.overrides.iter().any(|set| set.within == within),
        };
        if after.overrides == now.settings().overrides {
            return Ok(Decided::nothing(told));
        }
        if let Some(why) = in_one(&self.unfit_anywhere(&after).await?) {
            return Err(refused(format!("nothing was changed: {why}")));
        }
        Ok(Decided::new(
            vec![now.changed(|settings| settings.overrides = after.overrides)],
            told,
        ))
    }

    /// All that keeps a plugin from its work with these settings, in each part of the community.
    pub(super) async fn unfit_anywhere(&self, settings: &PluginSettings) -> Result<Vec<String>, InstallError> {
        let check = self.settings_check(settings, false).await?;
        self.unfit_anywhere_by(settings, &check).await
    }

    pub(super) async fn unfit_anywhere_by(
        &self,
        settings: &PluginSettings,
        check: &SettingsCheck,
    ) -> Result<Vec<String>, InstallError> {
        if let Err(why) = check_parts(&settings.overrides) {
            // They are not gone through one by one.
            return Ok(vec![why]);
        }
        let mut why = Vec::new();
        for set in &settings.overrides {
            let found = within::find(&self.parts.storage, settings.community, set.within).await?;
            let Some(found) = found else {
                let id = References::id(set.within);
                why.push(format!("{id} is no space or place of this community, or no longer one"));
                continue;
            };
            if let Err(problem) = check_part(set) {
                why.push(format!("in {}, {problem}", found.name));
            }
        }
        why.extend(self.all_unfit_by(settings, check).await?);
        Ok(why)
    }

    /// The settings with each config that differs, and the part where it does; none for what holds in general.
    pub(super) async fn each_way(
        &self,
        settings: &PluginSettings,
    ) -> Result<Vec<(Option<String>, PluginSettings)>, InstallError> {
        let mut ways = vec![(None, settings.clone())];
        for set in &settings.overrides {
            let found = within::find(&self.parts.storage, settings.community, set.within).await?;
            let Some(found) = found else { continue };
            let there = within::effective(settings, &found.around);
            if ways.iter().all(|(_, known)| known.config != there.config) {
                ways.push((Some(found.name), there));
            }
        }
        Ok(ways)
    }
}
