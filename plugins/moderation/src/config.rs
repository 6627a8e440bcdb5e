//! The settings, as `[config]` in `plugin.toml` describes them.

use serde::Deserialize;

/// More words, or more sites, are a list that nobody keeps in order.
const LIST_MAX: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) words: Words,
    pub(crate) links: Links,
    pub(crate) floods: Floods,
    pub(crate) newcomers: Newcomers,
    pub(crate) exempt_roles: Vec<String>,
    pub(crate) strike_days: u32,
    pub(crate) tell_in_public: bool,
    pub(crate) appeal_queue: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            words: Words::default(),
            links: Links::default(),
            floods: Floods::default(),
            newcomers: Newcomers::default(),
            exempt_roles: Vec::new(),
            strike_days: 30,
            tell_in_public: true,
            appeal_queue: String::new(),
        }
    }
}

impl Config {
    /// What the schema cannot say.
    pub(crate) fn check(&self) -> Result<(), String> {
        let lists = [
            ("blocked words", &self.words.blocked),
            ("blocked sites", &self.links.blocked),
            ("allowed sites", &self.links.allowed),
            ("protected sites", &self.links.protected),
        ];
        for (name, list) in lists {
            if list.len() > LIST_MAX {
                return Err(format!("there are {} {name}; at most {LIST_MAX}", list.len()));
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Words {
    pub(crate) blocked: Vec<String>,
    pub(crate) ladder: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Links {
    pub(crate) blocked: Vec<String>,
    pub(crate) allowed: Vec<String>,
    pub(crate) protected: Vec<String>,
    pub(crate) ladder: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Floods {
    pub(crate) messages: u32,
    pub(crate) seconds: u32,
    pub(crate) repeats: u32,
    pub(crate) mentions: u32,
    pub(crate) ladder: Vec<String>,
}

impl Default for Floods {
    fn default() -> Self {
        Self {
            messages: 6,
            seconds: 10,
            repeats: 4,
            mentions: 8,
            ladder: Vec::new(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Newcomers {
    pub(crate) account_days: u32,
    pub(crate) joined_minutes: u32,
    pub(crate) ladder: Vec<String>,
}
