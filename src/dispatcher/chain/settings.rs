//! `plugins.toml`: what a community decides about its plugins, as a file.

use serde::{Deserialize, Serialize};

use super::roster::{BUNDLED, check_config};
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId, Version};
use crate::plugin_host::{Package, Packages, Permission};
use crate::storage::plugins::{InstalledPlugin, PluginSettings, PluginUnit};
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};

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

/// Why settings were not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file has mistakes, a line each.
    #[error("plugins.toml has mistakes:\n{}", .0.join("\n"))]
    Mistakes(Vec<String>),
    /// Settings could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Settings could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl PluginsFile {
    /// Reads and checks the file.
    ///
    /// # Errors
    ///
    /// All mistakes at once.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: Self = toml::from_str(text).map_err(|error| vec![error.to_string().trim_end().to_owned()])?;
        let mut mistakes = Vec::new();
        for (number, entry) in file.plugins.iter().enumerate() {
            if file.plugins[..number].iter().any(|earlier| earlier.id == entry.id) {
                mistakes.push(format!("{} is there twice", entry.id));
            }
            for grant in entry.grants.iter().filter(|grant| Permission::parse(grant).is_none()) {
                mistakes.push(format!("{} is granted {grant:?}, which is no permission", entry.id));
            }
        }
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }
}

/// Installs the packages and makes the file the community's settings. What is not in the file stays
/// as it is.
///
/// # Errors
///
/// Mistakes of the file, or storage.
pub async fn apply(
    storage: &SharedStorage,
    community: CommunityId,
    packages: &Packages,
    text: &str,
    now: Timestamp,
) -> Result<(), ApplyError> {
    let file = PluginsFile::parse(text).map_err(ApplyError::Mistakes)?;
    let mistakes = file.config_mistakes(packages);
    if !mistakes.is_empty() {
        return Err(ApplyError::Mistakes(mistakes));
    }
    let stored = storage.plugin_settings(community).await?;
    let changes = file.changes(community, &stored).into_iter().map(Unit::Plugin);
    let units = installs(packages, now).into_iter().chain(changes).collect();
    storage.write(Unit::All(units)).await?;
    Ok(())
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

    /// What each plugin's own schema says against its config; a plugin that is not here cannot say anything.
    fn config_mistakes(&self, packages: &Packages) -> Vec<String> {
        let mistakes = self.plugins.iter().filter_map(|entry| {
            let package = Package::read(packages.find(&entry.id)?).ok()?;
            let config = serde_json::to_string(&entry.config).expect("a TOML table is JSON");
            let problem = check_config(&package.manifest, &config).err()?;
            Some(format!("{}: {problem}", entry.id))
        });
        mistakes.collect()
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

    /// What is to be written so that `stored` says what the file says.
    pub fn changes(self, community: CommunityId, stored: &[PluginSettings]) -> Vec<PluginUnit> {
        let mut units = Vec::new();
        for (position, entry) in self.plugins.into_iter().enumerate() {
            let before = stored.iter().find(|settings| settings.plugin.as_str() == entry.id);
            let after = PluginSettings {
                community,
                plugin: PluginId::from(entry.id),
                enabled: entry.enabled,
                position: u32::try_from(position).unwrap_or(u32::MAX),
                config: serde_json::to_string(&entry.config).expect("a TOML table is JSON"),
                grants: entry.grants,
                granted_to: entry.granted_to,
                revision: before.map_or(Version::default(), |before| before.revision.next()),
                held: None,
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
        let file = PluginsFile::parse(SAMPLE).expect("it is sound");
        let packages = Packages::bundled();
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
        let file = PluginsFile::parse(text).expect("it can be read");
        assert_eq!(
            file.config_mistakes(&Packages::bundled()),
            ["switchboard/faq: its config is wrong: at suggestions: 5 is the most"]
        );
    }

    #[test]
    fn mistakes_are_told_at_once() {
        let text = "[[plugin]]\nid = \"a/b\"\ngrants = [\"fly\"]\n[[plugin]]\nid = \"a/b\"\n";
        let mistakes = PluginsFile::parse(text).expect_err("it has mistakes");
        assert_eq!(
            mistakes,
            ["a/b is granted \"fly\", which is no permission", "a/b is there twice"]
        );
    }
}
