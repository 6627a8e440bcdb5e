//! What an admin asks about plugins, whichever way they ask. Pure.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is asked about one plugin, or one that may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PluginRequest {
    /// Which there are in an index.
    Search {
        /// The index, if not that of the configuration.
        index: Option<String>,
        /// All of these are in the name or the summary.
        words: Vec<String>,
    },
    /// What it would be allowed.
    Plan(Wish),
    /// It comes in, or takes the place of an older version of it.
    Take {
        /// Which.
        wish: Wish,
        /// Whether the community has it already.
        update: bool,
        /// What somebody has read and agreed to: `yes` for whatever it asks, else the digest of the package.
        consent: Option<String>,
    },
    /// On or off.
    Switch {
        /// Which.
        plugin: String,
        /// Whether it is called from now on.
        on: bool,
        /// What somebody has read and agreed to, where it asks for what nobody has allowed it: as in `Take`.
        #[serde(default)]
        consent: Option<String>,
    },
    /// It is tried without effect for so long, or no longer.
    Rehearse {
        /// Which.
        plugin: String,
        /// For so many hours; none ends it.
        hours: Option<u32>,
        /// What somebody has read and agreed to, where it asks for what nobody has allowed it: as in `Take`.
        #[serde(default)]
        consent: Option<String>,
    },
    /// What it would have done in its dry run.
    Rehearsed {
        /// Which.
        plugin: String,
    },
    /// Its settings.
    Set {
        /// Which.
        plugin: String,
        /// Fields that take the place of those that are there; null takes one away. Empty changes nothing.
        change: Map<String, Value>,
    },
    /// It is set otherwise in a part of the community.
    Within {
        /// Which.
        plugin: String,
        /// The space or place, by name or id.
        part: String,
        /// How.
        change: PartChange,
    },
    /// What stood before the last update stands again.
    Back {
        /// Which.
        plugin: String,
        /// What somebody has read and agreed to: as in `Take`.
        #[serde(default)]
        consent: Option<String>,
    },
    /// It goes.
    Remove {
        /// Which.
        plugin: String,
        /// Whether what it keeps goes, too.
        with_data: bool,
    },
    /// One of its endpoints is called at another address from now on.
    Address {
        /// Which.
        plugin: String,
        /// Which of its endpoints.
        endpoint: String,
    },
    /// What it keeps, as JSON.
    Export {
        /// Which.
        plugin: String,
    },
    /// Everything about it.
    Info {
        /// Which.
        plugin: String,
    },
    /// The last lines of its log.
    Logs {
        /// Which.
        plugin: String,
    },
    /// What it is handed is recorded.
    Record {
        /// Which.
        plugin: String,
        /// What becomes of the recording.
        act: RecordAct,
    },
}

impl PluginRequest {
    /// The same by somebody who has agreed to what a plan told; as it is, where nobody is asked.
    #[must_use]
    pub fn agreed(mut self, to: Option<String>) -> Self {
        match &mut self {
            Self::Take { consent, .. }
            | Self::Switch { consent, .. }
            | Self::Rehearse { consent, .. }
            | Self::Back { consent, .. } => *consent = to,
            _ => {}
        }
        self
    }

    /// Whether it only makes sense where something was before.
    pub fn looks_back(&self) -> bool {
        match self {
            Self::Rehearsed { .. }
            | Self::Address { .. }
            | Self::Back { .. }
            | Self::Remove { .. }
            | Self::Export { .. }
            | Self::Info { .. }
            | Self::Logs { .. }
            | Self::Record { .. } => true,
            Self::Set { change, .. } => change.is_empty(),
            Self::Switch { on, .. } => !on,
            Self::Rehearse { hours, .. } => hours.is_none(),
            Self::Within { change, .. } => match change {
                PartChange::Switch { on } => !on,
                PartChange::Set { change } => change.is_empty(),
                PartChange::Reset => true,
            },
            Self::Search { .. } | Self::Plan(_) | Self::Take { .. } => false,
        }
    }

    /// Whether it is about packages alone, and leaves nothing behind.
    pub fn leaves_nothing(&self) -> bool {
        matches!(self, Self::Search { .. } | Self::Plan(_))
    }

    /// Which plugin it is about; none of what is no plugin here yet.
    pub(super) fn plugin(&self) -> Option<&str> {
        match self {
            Self::Search { .. } | Self::Plan(_) | Self::Take { .. } => None,
            Self::Switch { plugin, .. }
            | Self::Rehearse { plugin, .. }
            | Self::Rehearsed { plugin }
            | Self::Set { plugin, .. }
            | Self::Within { plugin, .. }
            | Self::Back { plugin, .. }
            | Self::Remove { plugin, .. }
            | Self::Address { plugin, .. }
            | Self::Export { plugin }
            | Self::Info { plugin }
            | Self::Record { plugin, .. }
            | Self::Logs { plugin } => Some(plugin),
        }
    }
}

/// What is said of a plugin in a part of the community, in place of what holds around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartChange {
    /// On or off.
    Switch {
        /// Whether it is called there.
        on: bool,
    },
    /// Settings.
    Set {
        /// Fields that are others there; null makes one as it is around it. Empty changes nothing.
        change: Map<String, Value>,
    },
    /// It is as around it again.
    Reset,
}

/// What becomes of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordAct {
    /// It begins.
    Begin {
        /// For so many hours.
        hours: u32,
    },
    /// It ends.
    Stop,
    /// It is copied to a file.
    Copy {
        /// Which.
        to: String,
    },
    /// It goes.
    Delete,
    /// Nothing: only tells how it stands.
    Look,
}

/// A package that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// A `.wasm` file, an address, or `publisher/name` from an index.
    pub wanted: String,
    /// The index, if not that of the configuration.
    pub index: Option<String>,
}

impl Wish {
    /// What somebody wants who is not on this machine: an address, or a name from the index. A path would let them read files here.
    ///
    /// # Errors
    ///
    /// In words, when it is neither.
    pub fn from_afar(wanted: &str) -> Result<Self, String> {
        let is_address = wanted.contains("://");
        let (id, version) = wanted.split_once('@').unwrap_or((wanted, ""));
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let is_name = id.split('/').count() == 2 && id.split('/').all(is_part);
        let is_version = version.split('.').all(|part| part.is_empty() || is_part(part));
        if is_address || (is_name && is_version) {
            return Ok(Self {
                wanted: wanted.to_owned(),
                index: None,
            });
        }
        Err(format!(
            "{wanted:?} is neither an address nor a name of the index, such as acme/refunds; a file of the machine that Switchboard \
             runs on is named on that machine alone"
        ))
    }
}

/// `NAME=VALUE`: JSON where it is, else text. Nothing behind the sign takes the setting away.
///
/// # Errors
///
/// In words, when one is something else.
pub fn changes(written: &[String]) -> Result<Map<String, Value>, String> {
    let mut changes = Map::new();
    for change in written {
        let Some((name, value)) = change.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(format!("{change:?} is not NAME=VALUE"));
        };
        let value = match value {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
        changes.insert(name.to_owned(), value);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_or_text() {
        let written = ["a=1", "b=true", "c=Hi, {name}!", "d=", "e=[1,2]", "f=x=y"].map(str::to_owned);
        let changes = changes(&written).expect("all are changes");
        assert_eq!(
            Value::Object(changes),
            serde_json::json!({ "a": 1, "b": true, "c": "Hi, {name}!", "d": null, "e": [1, 2], "f": "x=y" })
        );
    }

    #[test]
    fn what_is_no_change_is_named() {
        for wrong in ["greeting", "=x"] {
            assert!(changes(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_is_elsewhere_names_no_file() {
        for fine in [
            "acme/refunds",
            "acme/refunds@1.4.0",
            "https://plugins.example.org/refunds.wasm",
        ] {
            assert!(Wish::from_afar(fine).is_ok(), "{fine}");
        }
        for file in [
            "refunds.wasm",
            "/srv/refunds.wasm",
            "../refunds.wasm",
            "acme/refunds.wasm",
            "acme/../refunds",
            "acme",
            "",
        ] {
            assert!(Wish::from_afar(file).is_err(), "{file}");
        }
    }
}
