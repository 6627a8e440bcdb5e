//! `plugins.toml`: what a community decides about its plugins, as a file.

mod acts;
mod json;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::acts::{audited, others_changed};
use self::json::table;
use super::config::{check_config, check_config_of_idle, check_length, check_part, check_parts};
use super::roster::BUNDLED;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PlaceId, PluginId, SpaceId, Version};
use crate::plugin_host::{Package, Packages, Permission};
use crate::storage::Unit;
use crate::storage::plugins::{InstalledPlugin, Override, PluginSettings, PluginUnit, Within};

/// The sample that an empty database starts with.
pub const SAMPLE: &str = include_str!("../../../config/community/plugins.toml");

/// The file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginsFile {
    /// In the order of the chain.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<PluginEntry>,
}

/// One plugin of the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginEntry {
    /// `publisher/name`.
    pub id: String,
    /// Whether it serves.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Names of the permissions granted.
    #[serde(default)]
    pub grants: Vec<String>,
    /// What they are granted to: a digest, or `bundled`.
    #[serde(default = "to_bundled")]
    pub granted_to: String,
    /// Its settings.
    #[serde(default)]
    pub config: toml::Table,
    /// Where it is set otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<WithinEntry>,
}

/// A part of the community where a plugin of the file is set otherwise: `space` or `place`, by its name or id.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WithinEntry {
    /// A space with all its places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// A place with its threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether it serves there; as around it where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Settings that are others there.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub config: toml::Table,
    /// Settings that are not set there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// A part of the community as a file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartName<'a> {
    /// A space, by name or id.
    Space(&'a str),
    /// A place, by name or id.
    Place(&'a str),
}

fn yes() -> bool {
    true
}

fn to_bundled() -> String {
    BUNDLED.into()
}

impl PluginsFile {
    /// Reads and checks the file, each config against the schema of its plugin in `packages`.
    ///
    /// # Errors
    ///
    /// All mistakes at once, for people.
    pub fn parse(text: &str, packages: &Packages) -> Result<Self, Vec<String>> {
        let file = Self::read(text)?;
        let mistakes = file.mistakes(packages);
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }

    /// Reads the file, and checks nothing that stands in it.
    ///
    /// # Errors
    ///
    /// When it is no such file, for people.
    pub fn read(text: &str) -> Result<Self, Vec<String>> {
        toml::from_str(text).map_err(|error| vec![format!("plugins.toml: {}", error.to_string().trim_end())])
    }

    /// Puts ids in place of the names of spaces and places; answers those that are not found, a line each. They are taken out, so that
    /// they are told once.
    pub fn find_parts(&mut self, find: impl Fn(PartName<'_>) -> Result<Within, String>) -> Vec<String> {
        let mut mistakes = Vec::new();
        for PluginEntry { id, within, .. } in &mut self.plugins {
            within.retain_mut(|part| match part.name().map(&find) {
                Some(Ok(found)) => {
                    (part.space, part.place) = ids(found);
                    true
                }
                Some(Err(why)) => {
                    mistakes.push(format!("plugins.toml: {id}: {why}"));
                    false
                }
                // That it names neither or both is told with what else is wrong.
                None => true,
            });
        }
        mistakes
    }

    /// All that is wrong with it, a line each.
    pub fn mistakes(&self, packages: &Packages) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (number, entry) in self.plugins.iter().enumerate() {
            let id = &entry.id;
            if self.plugins[..number].iter().any(|earlier| earlier.id == *id) {
                mistakes.push(format!("plugins.toml: {id} is there twice"));
            }
            for grant in entry.grants.iter().filter(|grant| Permission::parse(grant).is_none()) {
                mistakes.push(format!(
                    "plugins.toml: {id} is granted {grant:?}, which is no permission"
                ));
            }
            if let Err(problem) = entry.check_config(packages) {
                mistakes.push(format!("plugins.toml: {id}: {problem}"));
            }
            mistakes.extend(
                entry
                    .parts()
                    .err()
                    .map(|problem| format!("plugins.toml: {id}: {problem}")),
            );
        }
        mistakes
    }
}

impl PluginEntry {
    /// What the plugin's own schema says; a plugin that is not here cannot say anything.
    fn check_config(&self, packages: &Packages) -> Result<(), String> {
        let package = packages.find(&self.id).and_then(|wasm| Package::read(wasm).ok());
        let config = self.config_text();
        match package {
            None => check_length(&config),
            Some(package) if self.is_on_anywhere() => check_config(&package.manifest, &config),
            Some(package) => check_config_of_idle(&package.manifest.config_schema(), &config),
        }
    }

    fn is_on_anywhere(&self) -> bool {
        self.enabled || self.within.iter().any(|part| part.enabled == Some(true))
    }

    /// Changes its settings, as JSON, those of each part, too. `change` also says what is wrong with them; all of that is answered.
    pub fn set_config(
        &mut self,
        change: impl Fn(serde_json::Value) -> (serde_json::Value, Vec<String>),
    ) -> Vec<String> {
        let parts = self.within.iter_mut().map(|part| &mut part.config);
        let mut wrong = Vec::new();
        for config in std::iter::once(&mut self.config).chain(parts) {
            let json = serde_json::to_value(&*config).expect("a TOML table is JSON");
            let (changed, problems) = change(json);
            if let serde_json::Value::Object(changed) = changed {
                *config = table(changed);
            }
            wrong.extend(problems);
        }
        wrong
    }

    /// Where it is set otherwise.
    ///
    /// # Errors
    ///
    /// What is wrong with the list.
    pub fn parts(&self) -> Result<Vec<Override>, String> {
        let mut parts: Vec<Override> = Vec::new();
        for entry in &self.within {
            let part = entry.part()?;
            if parts.iter().any(|earlier| earlier.within == part.within) {
                return Err("two parts of `within` are about the same place or space".to_owned());
            }
            check_part(&part).map_err(|why| format!("in {}, {why}", part.within))?;
            parts.push(part);
        }
        check_parts(&parts)?;
        Ok(parts)
    }

    fn config_text(&self) -> String {
        serde_json::to_string(&self.config).expect("a TOML table is JSON")
    }
}

impl WithinEntry {
    fn of(set: &Override) -> Self {
        let (space, place) = ids(set.within);
        let without = set.config.iter().filter(|(_, value)| value.is_null());
        Self {
            space,
            place,
            enabled: set.enabled,
            config: table(set.config.clone()),
            without: without.map(|(name, _)| name.clone()).collect(),
        }
    }

    /// What it names; nothing where that is neither or both.
    fn name(&self) -> Option<PartName<'_>> {
        match (&self.space, &self.place) {
            (Some(space), None) => Some(PartName::Space(space)),
            (None, Some(place)) => Some(PartName::Place(place)),
            _ => None,
        }
    }

    fn part(&self) -> Result<Override, String> {
        let id = |text: &str| Uuid::try_parse(text).map_err(|_| format!("“{text}” is no id of a space or place"));
        let within = match self.name() {
            Some(PartName::Space(space)) => Within::Space(SpaceId(id(space)?)),
            Some(PartName::Place(place)) => Within::Place(PlaceId(id(place)?)),
            None => return Err("each part of `within` names either a `space` or a `place`".to_owned()),
        };
        let mut config = serde_json::Map::new();
        if let Ok(serde_json::Value::Object(set)) = serde_json::to_value(&self.config) {
            config.extend(set);
        }
        let without = self.without.iter().map(|name| (name.clone(), serde_json::Value::Null));
        config.extend(without);
        Ok(Override {
            within,
            enabled: self.enabled,
            config,
        })
    }
}

impl PluginsFile {
    /// What is stored, as a file. Why a plugin is held back stays behind.
    pub fn of(stored: &[PluginSettings]) -> Self {
        let plugins = stored.iter().map(|settings| PluginEntry {
            id: settings.plugin.as_str().to_owned(),
            enabled: settings.enabled,
            grants: settings.grants.clone(),
            granted_to: settings.granted_to.clone(),
            config: serde_json::from_str(&settings.config).map_or_else(|_| toml::Table::new(), table),
            within: settings.overrides.iter().map(WithinEntry::of).collect(),
        });
        Self {
            plugins: plugins.collect(),
        }
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// When it has no form in TOML.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!(
            "# In the order of the chain. Written by `switchboard export`, read by `switchboard apply`.\n{}",
            toml::to_string(self)?
        ))
    }

    /// What installs the packages and makes the file the community's settings, with lines of the audit. What is not in the file stays as
    /// it is.
    pub fn units(
        self,
        community: CommunityId,
        stored: &[PluginSettings],
        packages: &Packages,
        now: Timestamp,
    ) -> Vec<Unit> {
        let changes = audited(self.changes(community, stored), stored, now);
        installs(packages, now).into_iter().chain(changes).collect()
    }

    /// The place of each plugin in the chain. What stands in this order already keeps its own, also where one has gone before it: to
    /// have moved up with that is no change.
    fn positions(&self, stored: &[PluginSettings]) -> Vec<u32> {
        let place = |entry: &PluginEntry| {
            let known = stored.iter().find(|settings| settings.plugin.as_str() == entry.id);
            known.map(|known| known.position)
        };
        let known: Vec<u32> = self.plugins.iter().map_while(place).collect();
        let new = &self.plugins[known.len()..];
        let anew = |first: u32, count: usize| (first..).take(count);
        if !known.is_sorted_by(|one, next| one < next) || new.iter().any(|entry| place(entry).is_some()) {
            return anew(0, self.plugins.len()).collect();
        }
        let next = known.last().map_or(0, |last| last.saturating_add(1));
        let new = anew(next, new.len());
        known.iter().copied().chain(new).collect()
    }

    /// What is to be written so that `stored` says what the file says.
    pub fn changes(self, community: CommunityId, stored: &[PluginSettings]) -> Vec<PluginUnit> {
        let mut units = Vec::new();
        let positions = self.positions(stored);
        for (position, entry) in positions.into_iter().zip(self.plugins) {
            let before = stored.iter().find(|settings| settings.plugin.as_str() == entry.id);
            let after = PluginSettings {
                community,
                config: entry.config_text(),
                // What is wrong with them was told when the file was read.
                overrides: entry.parts().unwrap_or_default(),
                plugin: PluginId::from(entry.id),
                enabled: entry.enabled,
                position,
                grants: entry.grants,
                granted_to: entry.granted_to,
                revision: before.map_or(Version::default(), |before| before.revision.next()),
                held: None,
                dry_run_until: None,
                dry_run_since: before.and_then(|before| before.dry_run_since),
            };
            if !before.is_some_and(|before| says_the_same(before, &after)) {
                let before = before.map(|before| before.revision);
                units.push(PluginUnit::Settings { before, after });
            }
        }
        units
    }
}

/// A part as a file names it: as `space` or as `place`.
fn ids(within: Within) -> (Option<String>, Option<String>) {
    match within {
        Within::Space(space) => (Some(space.to_string()), None),
        Within::Place(place) => (None, Some(place.to_string())),
    }
}

/// Whether a file that says `after` leaves `before` as it is. Two texts of one config are the same.
fn says_the_same(before: &PluginSettings, after: &PluginSettings) -> bool {
    let read = |config: &str| serde_json::from_str(config).map_or_else(|_| toml::Table::new(), table);
    let with_config_of_before = PluginSettings {
        revision: before.revision,
        held: before.held.clone(),
        dry_run_until: before.dry_run_until,
        dry_run_since: before.dry_run_since,
        config: before.config.clone(),
        ..after.clone()
    };
    with_config_of_before == *before && read(&before.config) == read(&after.config)
}

/// What makes packages known to all communities.
pub fn installs(packages: &Packages, now: Timestamp) -> Vec<Unit> {
    packages
        .iter()
        .filter_map(|wasm| Package::read(wasm).ok())
        .map(|package| {
            Unit::Plugin(PluginUnit::Install(InstalledPlugin {
                id: PluginId::from(package.manifest.plugin.id),
                version: package.manifest.plugin.version,
                digest: package.digest,
                manifest: package.manifest_text,
                source: BUNDLED.into(),
                signer: None,
                installed_at: now,
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests;
