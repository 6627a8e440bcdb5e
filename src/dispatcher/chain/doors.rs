//! The endpoints at which servers elsewhere call the plugins that serve, or are tried.

use super::roster::Roster;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::Hook;

/// An endpoint of a plugin of a community.
#[derive(Clone, Debug)]
pub struct Door {
    /// In which community.
    pub community: CommunityId,
    /// Of which plugin.
    pub plugin: PluginId,
    /// Which, and who may call.
    pub hook: Hook,
    /// Whether the plugin runs: it may be held back, or not have started.
    pub open: bool,
}

impl Roster {
    /// The endpoints of all plugins that are on, or tried.
    pub fn doors(&self) -> Vec<Door> {
        let mut doors = Vec::new();
        for (community, members) in self.all() {
            for member in &members.list {
                doors.extend(member.hooks.iter().map(|hook| Door {
                    community,
                    plugin: member.id.clone(),
                    hook: hook.clone(),
                    open: member.plugin.is_ok(),
                }));
            }
        }
        doors
    }
}
