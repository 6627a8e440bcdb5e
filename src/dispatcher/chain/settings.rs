//! `plugins.toml`: what a community decides about its plugins, as a file.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::roster::{BUNDLED, check_config};
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
        package.map_or(Ok(()), |package| check_config(&package.manifest, &self.config_text()))
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
            parts.push(part);
        }
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
                // What is wrong with them was told when the file was read.
                overrides: entry.parts().unwrap_or_default(),
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
    fn what_is_set_otherwise_somewhere_goes_out_and_comes_back() {
        let (space, place) = (uuid::Uuid::from_u128(7), uuid::Uuid::from_u128(8));
        let text = format!(
            "[[plugin]]\nid = \"switchboard/faq\"\n[[plugin.within]]\nspace = \"{space}\"\nenabled = false\n\
             [[plugin.within]]\nplace = \"{place}\"\nenabled = true\nwithout = [\"quiet\"]\nconfig = {{ suggestions = 2 }}\n"
        );
        let community = CommunityId(uuid::Uuid::nil());
        let read = |text: &str| PluginsFile::parse(text, &Packages::bundled()).expect("it is sound");
        let changes = read(&text).changes(community, &[]);
        let [PluginUnit::Settings { after, .. }] = &changes[..] else {
            panic!("one plugin is set: {changes:?}")
        };
        assert_eq!(after.overrides.len(), 2);
        let written = PluginsFile::of(std::slice::from_ref(after))
            .text()
            .expect("it has a form in TOML");
        assert!(
            read(&written)
                .changes(community, std::slice::from_ref(after))
                .is_empty(),
            "{written}"
        );
    }

    #[test]
    fn a_part_is_named_once_and_is_one_of_two_kinds() {
        let place = uuid::Uuid::from_u128(8);
        let refused = |within: &str| {
            let text = format!("[[plugin]]\nid = \"switchboard/faq\"\n{within}");
            PluginsFile::parse(&text, &Packages::bundled()).expect_err("it has a mistake")
        };
        let one = format!("[[plugin.within]]\nplace = \"{place}\"\nenabled = false\n");
        assert_eq!(
            refused(&format!("{one}{one}")),
            ["plugins.toml: switchboard/faq: two parts of `within` are about the same place or space"]
        );
        assert_eq!(
            refused("[[plugin.within]]\nenabled = false\n"),
            ["plugins.toml: switchboard/faq: each part of `within` names either a `space` or a `place`"]
        );
    }

    #[test]
    fn a_part_may_be_called_by_its_name() {
        let place = Within::Place(PlaceId(Uuid::from_u128(8)));
        let find = |part: PartName<'_>| match part {
            PartName::Place("help") => Ok(place),
            PartName::Place(other) | PartName::Space(other) => Err(format!("there is no {other}")),
        };
        let text = "[[plugin]]\nid = \"switchboard/faq\"\n[[plugin.within]]\nplace = \"help\"\nenabled = false\n\
                    [[plugin.within]]\nspace = \"help\"\n[[plugin.within]]\nplace = \"attic\"\n";
        let packages = Packages::bundled();
        let mut file = PluginsFile::read(text).expect("it is a file");
        assert_eq!(
            file.mistakes(&packages),
            ["plugins.toml: switchboard/faq: “help” is no id of a space or place"],
            "nobody has looked yet"
        );
        assert_eq!(
            file.find_parts(find),
            [
                "plugins.toml: switchboard/faq: there is no help",
                "plugins.toml: switchboard/faq: there is no attic"
            ]
        );
        assert!(file.mistakes(&packages).is_empty(), "each is told once");
        let parts = file.plugins[0].parts().expect("they are found");
        assert_eq!(parts.iter().map(|part| part.within).collect::<Vec<_>>(), [place]);
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
