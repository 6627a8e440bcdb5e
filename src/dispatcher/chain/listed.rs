//! How a plugin that is on, or tried, is shown in a list.

use std::fmt;

use super::health_line;
use super::journal::LogLine;
use crate::model::Timestamp;
use crate::model::ids::PluginId;
use crate::plugin_host::HealthState;

/// A plugin as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: PluginId,
    /// As its manifest says.
    pub version: String,
    /// As its manifest says.
    pub summary: String,
    /// What it may do.
    pub grants: Vec<String>,
    /// Whether it is called.
    pub serving: Serving,
    /// Its commands that it does not get, because another plugin has them, a line each.
    pub refused: Vec<String>,
    /// The last lines of its log, newest first.
    pub log: Vec<LogLine>,
    /// Until when what it is handed is recorded; none where it is not.
    pub recorded_until: Option<Timestamp>,
}

/// Whether an enabled plugin is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serving {
    /// It is, unless it has failed too often.
    Running(HealthState),
    /// It could not be started, for this reason.
    NotStarted(String),
}

impl fmt::Display for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(health) => f.write_str(&health_line(health).unwrap_or_else(|| "on".into())),
            Self::NotStarted(why) => f.write_str(why),
        }
    }
}
