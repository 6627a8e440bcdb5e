//! Who serves, as the ways in and out see it: the endpoints at which servers elsewhere call plugins, and whether a plugin runs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::call::Uncalled;
use super::members::{Chains, Member};
use super::roster::Roster;
use super::{health_line, rehearsal};
use crate::model::Timestamp;
use crate::model::directory::Place;
use crate::model::ids::{CommunityId, PlaceId, PluginId};
use crate::plugin_host::{Hook, Plugin};

/// An endpoint of a plugin of a community.
#[derive(Clone, Debug)]
pub struct Door {
    /// In which community.
    pub community: CommunityId,
    /// Of which plugin.
    pub plugin: PluginId,
    /// Which, and who may call.
    pub hook: Hook,
}

impl Roster {
    /// Is another number whenever [`Roster::doors`] may say something else.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The endpoints of all plugins that are on, or tried.
    pub fn doors(&self) -> Vec<Door> {
        let mut doors = Vec::new();
        for (community, chains) in self.all() {
            for member in &chains.anywhere.list {
                doors.extend(member.hooks.iter().map(|hook| Door {
                    community,
                    plugin: member.id.clone(),
                    hook: hook.clone(),
                }));
            }
        }
        doors
    }

    /// Whether its plugin would be handed an event now: it may be held back or paused, not have started, or have been tried for its
    /// time.
    pub fn is_open(&self, door: &Door, now: Timestamp) -> bool {
        let chains = self.chains(door.community);
        chains.anywhere.find(&door.plugin).is_some_and(|member| {
            let serves = member.settings.enabled || rehearsal::is_on(&member.settings, now);
            serves && running(member).is_ok()
        })
    }

    /// Whether the plugin can be told something of that place, or never will be: only what is on and does not run is worth waiting
    /// for.
    pub async fn hears(&self, community: CommunityId, plugin: &PluginId, place: Option<PlaceId>) -> bool {
        let serving = self.serving(community, plugin, place).await;
        !matches!(serving, Err(Uncalled::NotRunning(_)))
    }

    /// Whether the plugin is on, or tried, in a place.
    pub(super) fn serves(&self, place: &Place, plugin: &PluginId) -> bool {
        let chains = self.chains(place.community);
        chains.at(Some(place)).find(plugin).is_some()
    }

    /// The plugin as it is set in the place, if it serves there now; in general where there is no place. Only that somebody has
    /// switched it off or taken it out is for good.
    pub(super) async fn serving(
        &self,
        community: CommunityId,
        plugin: &PluginId,
        place: Option<PlaceId>,
    ) -> Result<Arc<Plugin>, Uncalled> {
        let chains = self.chains(community);
        let place = match place.filter(|_| !chains.parts.is_empty()) {
            Some(place) => self.storage.place(place).await,
            None => Ok(None),
        };
        let place = place.map_err(|error| Uncalled::NotRunning(error.to_string()))?;
        let member = chains.at(place.as_ref()).find(plugin);
        if let Some(member) = member.filter(|member| member.settings.enabled) {
            return running(member).map_err(Uncalled::NotRunning);
        }
        if place.is_some() && chains.anywhere.find(plugin).is_some() {
            return Err(Uncalled::Off(format!("{plugin} is off there")));
        }
        // Who serves may not have been looked at since it was switched on, and a package may be unreadable for a while.
        let on = match self.storage.plugin_settings(community).await {
            Ok(all) => all
                .iter()
                .any(|settings| settings.plugin == *plugin && settings.is_on_anywhere()),
            Err(error) => return Err(Uncalled::NotRunning(error.to_string())),
        };
        Err(if on {
            Uncalled::NotRunning(format!("{plugin} has not been started"))
        } else {
            Uncalled::Off(format!("{plugin} is off or gone"))
        })
    }

    /// The plugins of all communities.
    fn all(&self) -> Vec<(CommunityId, Arc<Chains>)> {
        let chains = self.chains.read().unwrap_or_else(PoisonError::into_inner);
        chains
            .iter()
            .map(|(community, chains)| (*community, Arc::clone(chains)))
            .collect()
    }
}

/// The plugin where it runs and is well; else why not, as the rest of "because …".
fn running(member: &Member) -> Result<Arc<Plugin>, String> {
    let id = &member.id;
    let plugin = member
        .plugin
        .as_ref()
        .map_err(|why| format!("{id} is not running: {why}"))?;
    match health_line(&plugin.health()) {
        None => Ok(Arc::clone(plugin)),
        Some(why) => Err(format!("{id} is {why}")),
    }
}
