//! Which plugins serve which community, made anew whenever settings change.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::journal::{Journal, LogLine};
use super::listed::Listed;
use super::members::{Chains, Member, Part};
use super::starts::Starts;
use super::{catch_up, rehearsal, within};
use crate::model::Timestamp;
use crate::model::event::Event;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{Manifest, Packages, Permission, Plugin, PluginHost, Room};
use crate::storage::plugins::PluginSettings;
use crate::storage::{ReadError, SharedStorage, Unit};

/// What stands in the settings when grants hold for whatever package is inside the program.
pub const BUNDLED: &str = "bundled";

/// What the owner of this installation lets no plugin do, whatever a community decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Why a package is never run, by its digest.
    pub blocked: BTreeMap<String, String>,
    /// What no plugin gets.
    pub forbidden: Vec<Permission>,
}

/// Which plugins serve which community.
pub struct Roster {
    pub(super) host: PluginHost,
    pub(super) storage: SharedStorage,
    pub(super) packages: Packages,
    pub(super) rules: Rules,
    pub(super) journal: Journal,
    pub(super) chains: RwLock<HashMap<CommunityId, Arc<Chains>>>,
    /// By which settings they were made. Of what is on and cannot be read there is no more than that.
    pub(super) made_of: RwLock<HashMap<CommunityId, Vec<PluginSettings>>>,
    /// How often who serves whom was made anew.
    pub(super) generation: AtomicU64,
    /// One look at the settings after the other: what was read first must not stand last.
    refreshing: tokio::sync::Mutex<()>,
    /// How much each plugin may still keep in a community, for all of its versions that are at work.
    pub(super) rooms: Mutex<HashMap<(CommunityId, PluginId), Arc<Room>>>,
}

/// Who is to serve from now on.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What plugins are told first. The dedupe keys name plugin, version and settings, so that handing them in again does
    /// nothing.
    pub ready: Vec<Event>,
    /// What brings the version before an update back that does not start.
    pub undone: Vec<Unit>,
}

impl Rules {
    /// Why a plugin never serves here that asks for so much, as a sentence about it; none where it may.
    pub fn forbids(&self, manifest: &Manifest) -> Option<String> {
        let mut wanted = manifest.wanted().into_iter();
        let forbidden = wanted.find(|permission| self.forbidden.contains(permission))?;
        let allows = forbidden.allows();
        Some(format!(
            "it wants to {allows} (\"{forbidden}\"), which the owner of this installation forbids to all plugins"
        ))
    }
}

impl Roster {
    /// Nobody serves before [`Roster::refresh`].
    pub fn new(host: PluginHost, storage: SharedStorage, packages: Packages, rules: Rules) -> Self {
        Self {
            host,
            storage,
            packages,
            rules,
            journal: Journal::default(),
            chains: RwLock::default(),
            made_of: RwLock::default(),
            generation: AtomicU64::default(),
            refreshing: tokio::sync::Mutex::default(),
            rooms: Mutex::default(),
        }
    }

    /// Reads the settings of all communities and starts, changes and stops plugins accordingly. What did not change
    /// goes on as it is; an event in hand ends with the plugins it began with.
    ///
    /// # Errors
    ///
    /// When settings cannot be read. A plugin that does not start is listed with its reason.
    pub async fn refresh(&self, now: Timestamp) -> Result<Refreshed, ReadError> {
        let _one = self.refreshing.lock().await;
        let (mut chains, mut made_of) = (HashMap::new(), HashMap::new());
        let mut refreshed = Refreshed::default();
        for community in self.storage.communities().await? {
            let before = self.chains(community.id);
            let all = self.storage.plugin_settings(community.id).await?;
            made_of.insert(community.id, catch_up::anywhere(&all, now));
            self.left(community.id, &before, &all).await;
            let after = self.serving_now(community.id, &all, &before, now).await?;
            let anywhere = &after.anywhere.list;
            refreshed
                .ready
                .extend(anywhere.iter().filter_map(|member| member.ready(community.id, now)));
            let mut undone = Vec::new();
            for member in anywhere {
                undone.extend(self.undone(member, now).await?);
            }
            // Until it is written that the version before serves again, who served before goes on.
            let serving = if undone.is_empty() { Arc::new(after) } else { before };
            refreshed.undone.extend(undone);
            chains.insert(community.id, serving);
        }
        *self.chains.write().unwrap_or_else(PoisonError::into_inner) = chains;
        // Not before: who finds the settings here finds who serves by them, too.
        *self.made_of.write().unwrap_or_else(PoisonError::into_inner) = made_of;
        self.generation.fetch_add(1, Ordering::Release);
        Ok(refreshed)
    }

    /// Who serves a community that has decided so.
    async fn serving_now(
        &self,
        community: CommunityId,
        all: &[PluginSettings],
        before: &Chains,
        now: Timestamp,
    ) -> Result<Chains, ReadError> {
        let serves = |settings: &PluginSettings| settings.enabled || rehearsal::is_on(settings, now);
        let mut starts = Starts::new(self, before);
        let anywhere = starts.members(catch_up::anywhere(all, now)).await?;
        if all.iter().all(|settings| settings.overrides.is_empty()) {
            return Ok(Chains {
                elsewhere: Arc::clone(&anywhere),
                anywhere,
                parts: HashMap::new(),
            });
        }
        let elsewhere = all.iter().filter(|settings| serves(settings)).cloned();
        let elsewhere = starts.members(elsewhere.collect()).await?;
        let mut parts = HashMap::new();
        for set in all.iter().flat_map(|settings| &settings.overrides) {
            if parts.contains_key(&set.within) {
                continue;
            }
            let Some(found) = within::find(&self.storage, community, set.within).await? else {
                continue;
            };
            let there = all.iter().map(|settings| within::effective(settings, &found.around));
            let members = starts.members(there.filter(serves).collect()).await?;
            let name = found.name;
            parts.insert(set.within, Part { name, members });
        }
        Ok(Chains {
            anywhere,
            elsewhere,
            parts,
        })
    }

    /// What was recorded of plugins that the community has no more goes.
    async fn left(&self, community: CommunityId, before: &Chains, all: &[PluginSettings]) {
        let gone = before.anywhere.list.iter().map(|member| &member.id);
        let gone = gone.filter(|id| !all.iter().any(|settings| settings.plugin == **id));
        for id in gone {
            let (host, community, id) = (self.host.clone(), community.to_string(), id.clone());
            // Files are deleted.
            let leaves = tokio::task::spawn_blocking(move || host.leaves(&community, id.as_str()));
            if let Err(error) = leaves.await {
                tracing::warn!(error = %error, "a recording stays until it is too old");
            }
        }
    }

    /// The plugins of a community that serve anywhere, or are tried.
    pub fn list(&self, community: CommunityId) -> Vec<Listed> {
        let chains = self.chains(community);
        let members = &chains.anywhere;
        let listed = |(position, member): (usize, &Member)| {
            let log = self.journal.of(community, &member.id);
            member.listed(chains.serving(member), members.refused(position), log)
        };
        members.list.iter().enumerate().map(listed).collect()
    }

    /// The last lines that a plugin wrote since the program was started, newest first, whether or not it serves now.
    pub fn log(&self, community: CommunityId, plugin: &PluginId) -> Vec<LogLine> {
        self.journal.of(community, plugin)
    }

    /// The plugin, if events of the community are handed to it.
    pub fn plugin(&self, community: CommunityId, plugin: &PluginId) -> Option<Arc<Plugin>> {
        let chains = self.chains(community);
        chains.anywhere.find(plugin)?.plugin.as_ref().ok().cloned()
    }

    pub(super) fn chains(&self, community: CommunityId) -> Arc<Chains> {
        let chains = self.chains.read().unwrap_or_else(PoisonError::into_inner);
        chains.get(&community).cloned().unwrap_or_default()
    }
}
