//! Starts plugins as settings want them; what runs so already goes on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::config::{check_config, given};
use super::members::{Chains, Member, Members};
use super::roster::{BUNDLED, Roster};
use crate::model::ids::PluginId;
use crate::plugin_host::{Package, Permission, Plugin};
use crate::storage::ReadError;
use crate::storage::plugins::PluginSettings;

/// Why nothing starts any more; no fault of a package.
pub(super) const STOPPING: &str = "the program is stopping";

/// The starts of one community at one time.
pub(super) struct Starts<'a> {
    roster: &'a Roster,
    before: HashMap<&'a PluginId, Vec<&'a Member>>,
    made: HashMap<PluginId, Vec<Member>>,
}

impl<'a> Starts<'a> {
    pub(super) fn new(roster: &'a Roster, before: &'a Chains) -> Self {
        let mut known: HashMap<&PluginId, Vec<&Member>> = HashMap::new();
        for member in before.all() {
            known.entry(&member.id).or_default().push(member);
        }
        Self {
            roster,
            before: known,
            made: HashMap::new(),
        }
    }

    /// A chain of these.
    pub(super) async fn members(&mut self, wanted: Vec<PluginSettings>) -> Result<Arc<Members>, ReadError> {
        let mut list = Vec::new();
        for settings in wanted {
            list.extend(self.member(settings).await?);
        }
        Ok(Members::new(list))
    }

    async fn member(&mut self, settings: PluginSettings) -> Result<Option<Member>, ReadError> {
        let made = self.made.entry(settings.plugin.clone()).or_default();
        if let Some(same) = made.iter().find(|member| member.settings == settings) {
            return Ok(Some(same.again()));
        }
        let before = self.before.get(&settings.plugin).into_iter().flatten();
        let mut running = before.filter(|member| member.settings == settings && member.plugin.is_ok());
        if let Some(running) = running.next() {
            made.push(running.again());
            return Ok(Some(running.again()));
        }
        // One config is served by the same instances in all parts.
        let same = made.iter().find(|member| member.settings.config == settings.config);
        let running = same.map(|member| member.plugin.clone());
        let member = self.roster.member(settings, running).await?;
        made.extend(member.as_ref().map(Member::again));
        Ok(member)
    }
}

impl Roster {
    /// The plugin set so; `running` is what runs with the same config already.
    async fn member(
        &self,
        settings: PluginSettings,
        running: Option<Result<Arc<Plugin>, String>>,
    ) -> Result<Option<Member>, ReadError> {
        let Some(package) = self.package(&settings).await? else {
            tracing::warn!(plugin = %settings.plugin, "settings name a plugin that is not here");
            return Ok(None);
        };
        let mut manifest = match Package::manifest(&package) {
            Ok(manifest) => manifest,
            Err(problems) => {
                tracing::error!(plugin = %settings.plugin, problems = ?problems, "a plugin's package is broken");
                return Ok(None);
            }
        };
        if manifest.plugin.id != settings.plugin.as_str() {
            tracing::error!(plugin = %settings.plugin, of = %manifest.plugin.id, "a plugin's permissions are granted to a package of another");
            return Ok(None);
        }
        if !settings.enabled {
            // Nobody can give commands to what is only tried.
            manifest.commands.clear();
        }
        let hooks = self.host.hooks(&manifest);
        let plugin = match (running, self.rules.forbids(&manifest)) {
            (Some(running), _) => running,
            (None, Some(why)) => Err(why),
            (None, None) => self.start(&settings, &package).await,
        };
        if let Err(why) = &plugin {
            tracing::warn!(plugin = %settings.plugin, reason = %why, "a plugin is not running");
        }
        Ok(Some(Member {
            id: settings.plugin.clone(),
            manifest,
            plugin,
            settings,
            hooks,
        }))
    }

    /// What comes with the program under that name, else what somebody handed in and an admin has allowed.
    async fn package(&self, settings: &PluginSettings) -> Result<Option<Cow<'_, [u8]>>, ReadError> {
        if let Some(wasm) = self.packages.find(settings.plugin.as_str()) {
            return Ok(Some(Cow::Borrowed(wasm)));
        }
        let kept = self.storage.package(&settings.granted_to).await?;
        Ok(kept.map(Cow::Owned))
    }

    async fn start(&self, settings: &PluginSettings, package: &[u8]) -> Result<Arc<Plugin>, String> {
        if let Some(why) = &settings.held {
            return Err(format!("held back until an admin looks: {why}"));
        }
        let granted = settings.grants.iter().filter_map(|name| Permission::parse(name));
        let granted: Vec<Permission> = granted.collect();
        let loaded = self.host.load(package, &granted).map_err(|error| error.to_string())?;
        let digest = &loaded.package().digest;
        if settings.granted_to != BUNDLED && settings.granted_to != *digest {
            return Err("its package changed since its permissions were granted".into());
        }
        if let Some(why) = self.rules.blocked.get(digest) {
            return Err(format!("its package is blocked here: {why}"));
        }
        let config = given(&loaded.package().manifest, &settings.config);
        check_config(&loaded.package().manifest, &config)?;
        let community = settings.community.to_string();
        let room = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let of = (settings.community, settings.plugin.clone());
            Arc::clone(rooms.entry(of).or_default())
        };
        // Guests give way to others on their own runtime alone.
        let host = self.host.clone();
        let starting = self
            .host
            .handle()
            .spawn(async move { host.run_in(&loaded, &community, &config, room).await });
        match starting.await {
            Ok(started) => started.map_err(|failure| failure.to_string()),
            Err(error) if error.is_panic() => Err("what starts it broke down".into()),
            Err(_) => Err(STOPPING.into()),
        }
    }
}
