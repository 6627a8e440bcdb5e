//! Which plugins serve which community, made anew whenever settings change.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::journal::{Journal, LogLine};
use super::members::{Chains, Member, Members, Part};
use super::starts::Starts;
use super::{catch_up, rehearsal, within};
use crate::dispatcher::CommandNames;
use crate::model::Timestamp;
use crate::model::command::{Command, CommandOption, Wording};
use crate::model::directory::Place;
use crate::model::event::Event;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{
    self, HealthState, Manifest, Package, Packages, Permission, Plugin, PluginHost, Room, schema,
};
use crate::storage::plugins::PluginSettings;
use crate::storage::{ReadError, SharedStorage, Unit};

/// What stands in the settings when grants hold for whatever package is inside the program.
pub const BUNDLED: &str = "bundled";

/// Why nothing starts any more; no fault of a package.
pub(super) const STOPPING: &str = "the program is stopping";

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
    host: PluginHost,
    pub(super) storage: SharedStorage,
    packages: Packages,
    rules: Rules,
    pub(super) journal: Journal,
    pub(super) chains: RwLock<HashMap<CommunityId, Arc<Chains>>>,
    /// By which settings they were made. Of what is on and cannot be read there is no more than that.
    pub(super) made_of: RwLock<HashMap<CommunityId, Vec<PluginSettings>>>,
    /// How often who serves whom was made anew.
    pub(super) generation: AtomicU64,
    /// One look at the settings after the other: what was read first must not stand last.
    refreshing: tokio::sync::Mutex<()>,
    /// How much each plugin may still keep in a community, for all of its versions that are at work.
    rooms: Mutex<HashMap<(CommunityId, PluginId), Arc<Room>>>,
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
            Self::Running(health) => f.write_str(&super::health_line(health).unwrap_or_else(|| "on".into())),
            Self::NotStarted(why) => f.write_str(why),
        }
    }
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

    /// The commands of the plugins that run in a community, for what shows one list to all of it. Of two with one name the first
    /// in the chain has it, whether it runs or not.
    pub fn commands(&self, community: CommunityId) -> Vec<Command> {
        commands_of(&self.chains(community).anywhere)
    }

    /// Those of the plugins that run in this place.
    pub fn commands_at(&self, place: &Place) -> Vec<Command> {
        commands_of(self.chains(place.community).at(Some(place)))
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

    /// The plugin set so; `running` is what runs with the same config already.
    pub(super) async fn member(
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
        check_config(&loaded.package().manifest, &settings.config)?;
        let community = settings.community.to_string();
        let room = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let of = (settings.community, settings.plugin.clone());
            Arc::clone(rooms.entry(of).or_default())
        };
        // Guests give way to others on their own runtime alone.
        let (host, config) = (self.host.clone(), settings.config.clone());
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

/// A command of a manifest, as menus show it.
pub fn menu_command(declared: &plugin_host::Command) -> Command {
    let option = |option: &plugin_host::CommandOption| CommandOption {
        name: option.name.clone(),
        label: Wording::new(&option.label, option.translations.clone()),
        required: option.required,
    };
    Command {
        name: declared.name.clone(),
        help: Wording::new(&declared.help, declared.translations.clone()),
        options: declared.options.iter().map(option).collect(),
        private: declared.private,
        direct: false,
    }
}

/// Whether the settings are as the manifest's schema says.
///
/// # Errors
///
/// Where and why not, for the admin.
pub fn check_config(manifest: &Manifest, config: &str) -> Result<(), String> {
    let config = serde_json::from_str(config).map_err(|_| "its config is no JSON".to_owned())?;
    let problems = schema::problems(&manifest.config_schema(), &config);
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("its config is wrong: {}", schema::told(&problems)))
}

fn commands_of(members: &Members) -> Vec<Command> {
    let mut commands = Vec::new();
    for (position, member) in members.list.iter().enumerate() {
        if member.plugin.is_ok() {
            let declared = member.manifest.commands.iter();
            let own = declared.filter(|declared| members.index.command(&declared.name) == Some(position));
            commands.extend(own.map(menu_command));
        }
    }
    commands
}

impl CommandNames for Roster {
    fn is_command(&self, place: &Place, name: &str) -> bool {
        let chains = self.chains(place.community);
        chains.at(Some(place)).index.command(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Version;

    fn member(id: &str, commands: &[&str]) -> Member {
        let about = format!(
            "[plugin]\nid = \"{id}\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"x\"\nlicense = \"MIT\"\n"
        );
        let declared = commands
            .iter()
            .map(|command| format!("[[command]]\nname = \"{command}\"\nhelp = \"x\"\n"));
        let manifest: Vec<String> = std::iter::once(about).chain(declared).collect();
        Member {
            id: PluginId::from(id),
            manifest: Manifest::parse(&manifest.concat()).expect("it is sound"),
            plugin: Err("not started".to_owned()),
            settings: PluginSettings {
                community: CommunityId(uuid::Uuid::nil()),
                plugin: PluginId::from(id),
                enabled: true,
                position: 0,
                config: "{}".to_owned(),
                grants: Vec::new(),
                granted_to: BUNDLED.to_owned(),
                revision: Version(1),
                held: None,
                dry_run_until: None,
                overrides: Vec::new(),
            },
            hooks: Vec::new(),
        }
    }

    #[test]
    fn of_two_plugins_with_one_command_the_later_is_told_who_has_it() {
        let list = vec![
            member("acme/tips", &["share"]),
            member("acme/links", &["link-list", "share"]),
        ];
        let members = Members::new(list);
        assert!(members.refused(0).is_empty());
        assert_eq!(members.refused(1), ["/share goes to acme/tips, which comes before it"]);
    }
}
