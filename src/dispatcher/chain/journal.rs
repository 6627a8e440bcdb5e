//! The last lines that each plugin wrote, for the admin. In memory only: they may hold what members wrote.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId};

/// As many as a person reads; with a line's limit of bytes it also bounds the memory.
const LINES_MAX: usize = 100;

/// A line of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// `debug`, `info`, `warn`, `error`, or `failed` for the failure of a call.
    pub level: &'static str,
    /// As the plugin wrote it.
    pub text: String,
}

/// The last lines of all plugins.
#[derive(Default)]
pub(super) struct Journal {
    lines: Mutex<HashMap<(CommunityId, PluginId), VecDeque<LogLine>>>,
}

impl Journal {
    /// Keeps lines; the oldest go.
    pub(super) fn add(&self, community: CommunityId, plugin: &PluginId, new: impl IntoIterator<Item = LogLine>) {
        let mut new = new.into_iter().peekable();
        if new.peek().is_none() {
            return;
        }
        let mut all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = all.entry((community, plugin.clone())).or_default();
        lines.extend(new);
        let surplus = lines.len().saturating_sub(LINES_MAX);
        lines.drain(..surplus);
    }

    /// What is kept, newest first.
    pub(super) fn of(&self, community: CommunityId, plugin: &PluginId) -> Vec<LogLine> {
        let all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = all.get(&(community, plugin.clone()));
        lines.into_iter().flatten().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_each_plugin_has_its_own() {
        let journal = Journal::default();
        let (here, elsewhere) = (CommunityId(uuid::Uuid::nil()), CommunityId(uuid::Uuid::max()));
        let line = |text: String| LogLine {
            at: Timestamp::from_millis(0),
            level: "info",
            text,
        };
        let plugin = PluginId::from("acme/a");
        journal.add(here, &plugin, (0..150).map(|number| line(format!("line {number}"))));
        let kept = journal.of(here, &plugin);
        assert_eq!((kept.len(), kept[0].text.as_str()), (LINES_MAX, "line 149"));
        assert!(journal.of(elsewhere, &plugin).is_empty());
        assert!(journal.of(here, &PluginId::from("acme/b")).is_empty());
    }
}
