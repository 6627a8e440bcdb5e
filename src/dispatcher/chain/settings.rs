//! `plugins.toml`: what a community decides about its plugins, as a file.

use serde::{Deserialize, Serialize};

use super::roster::{BUNDLED, check_config};
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId, Version};
use crate::plugin_host::{Package, Packages, Permission};
use crate::storage::Unit;
use crate::storage::plugins::{InstalledPlugin, PluginSettings, PluginUnit};

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
        let file: Self =
            toml::from_str(text).map_err(|error| vec![format!("plugins.toml: {}", error.to_string().trim_end())])?;
        let mut mistakes = Vec::new();
        for (number, entry) in file.plugins.iter().enumerate() {
            let id = &entry.id;
            if file.plugins[..number].iter().any(|earlier| earlier.id == *id) {
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
        }
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }
}

impl PluginEntry {
    /// What the plugin's own schema says; a plugin that is not here cannot say anything.
    fn check_config(&self, packages: &Packages) -> Result<(), String> {
        let package = packages.find(&self.id).and_then(|wasm| Package::read(wasm).ok());
        package.map_or(Ok(()), |package| check_config(&package.manifest, &self.config_text()))
    }

    /// Changes its settings, as JSON.
    ///
    /// # Errors
    ///
    /// What `change` says.
    pub fn set_config(
        &mut self,
        change: impl FnOnce(serde_json::Value) -> Result<serde_json::Value, String>,
    ) -> Result<(), String> {
        let config = serde_json::to_value(&self.config).expect("a TOML table is JSON");
        if let serde_json::Value::Object(changed) = change(config)? {
            self.config = table(changed);
        }
        Ok(())
    }

    fn config_text(&self) -> String {
        serde_json::to_string(&self.config).expect("a TOML table is JSON")
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

    /// What installs the packages and makes the file the community's settings. What is not in the file stays as it is.
    pub fn units(
        self,
        community: CommunityId,
        stored: &[PluginSettings],
        packages: &Packages,
        now: Timestamp,
    ) -> Vec<Unit> {
        let changes = self.changes(community, stored).into_iter().map(Unit::Plugin);
        installs(packages, now).into_iter().chain(changes).collect()
    }

    /// What is to be written so that `stored` says what the file says.
    pub fn changes(self, community: CommunityId, stored: &[PluginSettings]) -> Vec<PluginUnit> {
        let mut units = Vec::new();
        for (position, entry) in self.plugins.into_iter().enumerate() {
            let before = stored.iter().find(|settings| settings.plugin.as_str() == entry.id);
            let after = PluginSettings {
                community,
                config: entry.config_text(),
                plugin: PluginId::from(entry.id),
                enabled: entry.enabled,
                position: u32::try_from(position).unwrap_or(u32::MAX),
                grants: entry.grants,
                granted_to: entry.granted_to,
                revision: before.map_or(Version::default(), |before| before.revision.next()),
                held: None,
                dry_run_until: None,
            };
            if !before.is_some_and(|before| says_the_same(before, &after)) {
                let before = before.map(|before| before.revision);
                units.push(PluginUnit::Settings { before, after });
            }
        }
        units
    }
}

/// Whether a file that says `after` leaves `before` as it is. Two texts of one config are the same.
fn says_the_same(before: &PluginSettings, after: &PluginSettings) -> bool {
    let read = |config: &str| serde_json::from_str(config).map_or_else(|_| toml::Table::new(), table);
    let with_config_of_before = PluginSettings {
        revision: before.revision,
        held: before.held.clone(),
        dry_run_until: before.dry_run_until,
        config: before.config.clone(),
        ..after.clone()
    };
    with_config_of_before == *before && read(&before.config) == read(&after.config)
}

/// JSON as TOML; what is null stands in no file.
fn table(json: serde_json::Map<String, serde_json::Value>) -> toml::Table {
    let values = json
        .into_iter()
        .filter_map(|(key, value)| Some((key, value_of(value)?)));
    values.collect()
}

fn value_of(json: serde_json::Value) -> Option<toml::Value> {
    use serde_json::Value;
    Some(match json {
        Value::Null => return None,
        Value::Bool(value) => toml::Value::Boolean(value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => toml::Value::Integer(whole),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text),
        Value::Array(values) => toml::Value::Array(values.into_iter().filter_map(value_of).collect()),
        Value::Object(fields) => toml::Value::Table(table(fields)),
    })
}

fn installs(packages: &Packages, now: Timestamp) -> Vec<Unit> {
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
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_sound_and_grants_what_its_plugins_ask_for() {
        let packages = Packages::bundled();
        let file = PluginsFile::parse(SAMPLE, &packages).expect("it is sound");
        for entry in &file.plugins {
            let package = packages.find(&entry.id).expect("it is inside");
            let package = Package::read(package).expect("it is sound");
            for wanted in package.manifest.wanted() {
                assert!(
                    entry.grants.iter().any(|grant| grant == wanted.name()),
                    "{}: {wanted}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn a_config_that_its_plugin_refuses_is_a_mistake_with_its_path() {
        let text = "[[plugin]]\nid = \"switchboard/faq\"\nconfig = { suggestions = 9 }\n";
        assert_eq!(
            PluginsFile::parse(text, &Packages::bundled()).expect_err("it has a mistake"),
            ["plugins.toml: switchboard/faq: its config is wrong: at suggestions: 5 is the most"]
        );
    }

    #[test]
    fn mistakes_are_told_at_once() {
        let text = "[[plugin]]\nid = \"a/b\"\ngrants = [\"fly\"]\n[[plugin]]\nid = \"a/b\"\n";
        let mistakes = PluginsFile::parse(text, &Packages::bundled()).expect_err("it has mistakes");
        assert_eq!(
            mistakes,
            [
                "plugins.toml: a/b is granted \"fly\", which is no permission",
                "plugins.toml: a/b is there twice"
            ]
        );
    }
}
