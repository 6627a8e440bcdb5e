//! What a package says about itself: `plugin.toml`, read strictly.

mod asked;
mod check;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::asked::Asked;
use self::asked::listed;
pub use self::check::is_version;
use super::nesting;
use super::permission::Permission;
use super::visible::visible;
use super::webhook::Webhook;

/// The contract's version that this host speaks.
pub const API: &str = "0.1";

/// A longer manifest is an attack, not a description.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024;

/// Commands of the program itself, which work with any plugins or none.
pub const COMMANDS_OF_THE_HOST: &[&str] = &["help", "link", "unlink", "plugin"];

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Who it is.
    pub plugin: About,
    /// What it wants to see.
    #[serde(default)]
    pub handles: Handles,
    /// Its commands.
    #[serde(default, rename = "command")]
    pub commands: Vec<Command>,
    /// What it asks for.
    #[serde(default, rename = "permission")]
    pub permissions: Vec<Asked>,
    /// Where servers elsewhere call it.
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<Webhook>,
    /// What it keeps.
    #[serde(default)]
    pub data: Data,
    /// What it needs.
    #[serde(default)]
    pub limits: AskedLimits,
    /// JSON Schema of its settings: `type`, `enum`, `minimum`, `maximum`, `maxLength`, `format`, `items`, `properties`, `required` and
    /// `additionalProperties` (`true` or `false`) hold, and `title`, `description`, `default`, `examples`, `deprecated`, `$schema`, `$id`
    /// and `$comment` may stand beside them. Another keyword is a mistake, because nobody would hold settings to it: what it would say
    /// is the plugin's own to check, in its `init`. A text with `format = "place"`, `"person"` or `"role"` is chosen by name from those that are
    /// there and arrives as a ref; of a role the name is the ref. One with `format = "cron"`, `"zone"` or `"https-url"` is checked by
    /// the host wherever settings are made: five cron fields, an IANA time zone, an address that begins with `https://`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub config: toml::Table,
    /// Kinds and fields of later releases that it knows.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// `publisher/name`, each of 1 to 32 characters: a to z, digits, - and _.
    pub id: String,
    /// Its version: three numbers such as `1.4.0`, without zeros in front.
    pub version: String,
    /// The contract's version it was built for.
    pub api: String,
    /// One line for the list of plugins.
    pub summary: String,
    /// SPDX.
    pub license: String,
    /// Where its source is.
    #[serde(default)]
    pub source: Option<String>,
}

/// Which messages a plugin wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Messages {
    /// None.
    #[default]
    None,
    /// Those that call for the bot.
    Addressed,
    /// Those that do not, too.
    All,
}

/// Other events that a plugin can ask for. What it owns (presses, timers, its lost messages) it gets unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Messages that were changed.
    Edited,
    /// Messages that were taken back.
    Deleted,
    /// Reactions.
    Reaction,
    /// *Helpful* and *Not it* under answers.
    Feedback,
    /// People who come and go.
    Member,
    /// Conversations that change hands.
    Handover,
    /// People who want to be forgotten.
    Forget,
}

/// What a plugin wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handles {
    /// Which messages.
    #[serde(default)]
    pub messages: Messages,
    /// Only messages with one of these words.
    #[serde(default)]
    pub words: Vec<String>,
    /// Other events.
    #[serde(default)]
    pub events: Vec<Kind>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Without the slash.
    pub name: String,
    /// One line, in English.
    pub help: String,
    /// The same in other languages, by their code of two letters.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// What it takes.
    #[serde(default)]
    pub options: Vec<CommandOption>,
    /// Only who gives it sees what it answers. Platforms must know beforehand.
    #[serde(default)]
    pub private: bool,
}

/// What a command takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOption {
    /// Names the value.
    pub name: String,
    /// Beside the field, in English.
    pub label: String,
    /// The same in other languages, by their code of two letters.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// `line`, `paragraph`, `number`, `yes-no`.
    #[serde(default = "line")]
    pub input: String,
    /// Whether it may be left out.
    #[serde(default)]
    pub required: bool,
}

fn line() -> String {
    "line".into()
}

/// What it keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// In words.
    #[serde(default)]
    pub keeps: String,
    /// Whether it is about persons.
    #[serde(default)]
    pub personal: bool,
    /// For how many days at most, at least 1; left out, for as long as the plugin is there.
    #[serde(default)]
    pub retention_days: Option<u32>,
}

/// What it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedLimits {
    /// More or less memory than the default. Who allows the plugin what it asks for allows this, too.
    #[serde(default)]
    pub memory_mib: Option<u32>,
    /// Whether instances are shared between events.
    #[serde(default)]
    pub isolation: Isolation,
}

/// Whether instances are shared between events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// They are.
    #[default]
    Shared,
    /// Each event gets a fresh one.
    Event,
}

impl Kind {
    /// What a plugin is told of that asks for such events.
    pub fn seen(self) -> &'static str {
        match self {
            Self::Edited => "What members change of what they said",
            Self::Deleted => "That members take back what they said",
            Self::Reaction => "Reactions",
            Self::Feedback => "What members say of answers: helpful, or not it",
            Self::Member => "Who comes and goes",
            Self::Handover => "That a conversation goes to a person, or back",
            Self::Forget => "Who asks to be forgotten",
        }
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// What keeps it from being read, the first alone; else all that is wrong with what it says, each a line for its author.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(vec![format!("the manifest is longer than {MANIFEST_BYTES_MAX} bytes")]);
        }
        if nesting::is_too_deep(text) {
            return Err(vec!["the manifest is nested too deeply for anyone to read".to_owned()]);
        }
        let manifest: Self = toml::from_str(text).map_err(|error| vec![visible(error.to_string().trim_end())])?;
        let problems = manifest.problems();
        if problems.is_empty() {
            Ok(manifest)
        } else {
            Err(problems.iter().map(|problem| visible(problem)).collect())
        }
    }

    /// The permissions it asks for.
    pub fn wanted(&self) -> Vec<Permission> {
        self.permissions.iter().map(|asked| asked.name).collect()
    }

    /// Servers elsewhere that it may send something to by asking them, for people; none when there are none.
    pub fn servers(&self) -> Option<String> {
        let mut places: Vec<String> = Vec::new();
        for rule in self.permissions.iter().flat_map(|asked| &asked.allow) {
            let place = rule.place();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        (!places.is_empty()).then(|| listed(&places))
    }

    /// Whether only who gives this command sees what it answers.
    pub fn is_private(&self, command: &str) -> bool {
        self.commands
            .iter()
            .any(|declared| declared.name == command && declared.private)
    }

    /// The schema of its settings as JSON.
    pub fn config_schema(&self) -> serde_json::Value {
        serde_json::to_value(&self.config).expect("a TOML table is JSON")
    }
}

#[cfg(test)]
mod tests;
