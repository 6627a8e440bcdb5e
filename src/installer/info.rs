//! What there is: the plugins of a community, everything about one, the last lines of its log.

use std::fmt::Write as _;

use serde_json::Value;

use super::answer::Told;
use super::offer::{InstallError, Installer, refused};
use super::references::references;
use crate::dispatcher::chain::{BUNDLED, Listed, is_rehearsing};
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::Manifest;
use crate::storage::plugins::{Consent, InstalledPlugin, Override};
use crate::storage::{ReadError, SharedStorage};

/// The plugins of a community in the order of the chain. `running` is how they do; none while nothing runs.
///
/// # Errors
///
/// When the database cannot be read.
pub async fn list(
    storage: &SharedStorage,
    community: CommunityId,
    running: Option<&[Listed]>,
    now: Timestamp,
) -> Result<Told, ReadError> {
    let mut rows = Vec::new();
    let installed = storage.plugins().await?;
    for settings in storage.plugin_settings(community).await? {
        let listed = running
            .into_iter()
            .flatten()
            .find(|listed| listed.id == settings.plugin);
        let mut state = match listed {
            Some(listed) => [&[listed.serving.to_string()], &*listed.refused].concat().join("; "),
            None if settings.enabled => "enabled".to_owned(),
            None => "off".to_owned(),
        };
        if listed.is_some() && !settings.enabled && settings.is_on_anywhere() {
            state = format!("off, {state} in places");
        }
        if let Some(until) = settings.dry_run_until.filter(|_| is_rehearsing(&settings, now)) {
            state = format!("dry run until {until}");
        }
        if let Some(until) = listed.and_then(|listed| listed.recorded_until) {
            write!(state, "; recorded until {until}").expect("a string takes all");
        }
        let offered = installed.iter().find(|installed| installed.id == settings.plugin);
        let waits =
            |offered: &&InstalledPlugin| settings.granted_to != BUNDLED && settings.granted_to != offered.digest;
        if let Some(waiting) = offered.filter(waits) {
            write!(state, "; {} waits for consent", waiting.version).expect("a string takes all");
        }
        let version = match (listed, offered.filter(|offered| !waits(offered))) {
            (Some(listed), _) => listed.version.clone(),
            (None, Some(serving)) => serving.version.clone(),
            (None, None) => {
                let kept = storage.packages_of(&settings.plugin).await?;
                let serving = kept.into_iter().find(|kept| kept.digest == settings.granted_to);
                serving.map_or_else(String::new, |serving| serving.version)
            }
        };
        rows.push(vec![
            settings.plugin.to_string(),
            version,
            state,
            settings.grants.join(", "),
        ]);
    }
    Ok(Told::Table {
        columns: &["plugin", "version", "state", "may"],
        rows,
    })
}

/// What holds in a part in place of what holds around it.
pub fn otherwise(set: &Override) -> String {
    let switched = set.enabled.map(|on| if on { "on" } else { "off" }.to_owned());
    let config = set.config.iter().map(|(name, value)| match value {
        Value::Null => format!("{name} is not set"),
        value => format!("{name} = {value}"),
    });
    switched.into_iter().chain(config).collect::<Vec<_>>().join(", ")
}

/// The last lines of a plugin's log, newest first.
pub(super) fn logs(running: Option<&[Listed]>, plugin: &str) -> Result<Told, InstallError> {
    let running =
        running.ok_or_else(|| refused("a plugin's log is kept while the program runs, and it does not run now"))?;
    let listed = running.iter().find(|listed| listed.id.as_str() == plugin);
    let listed = listed.ok_or_else(|| refused(format!("this community has no plugin {plugin} that is on")))?;
    let lines = listed.log.iter().rev();
    let rows = lines.map(|line| vec![line.at.to_string(), line.level.to_owned(), line.text.clone()]);
    Ok(Told::Table {
        columns: &["when", "level", "text"],
        rows: rows.collect(),
    })
}

impl Installer {
    /// Everything about a plugin.
    pub(super) async fn info(
        &self,
        community: CommunityId,
        running: Option<&[Listed]>,
        plugin: &str,
    ) -> Result<Told, InstallError> {
        let id = PluginId::from(plugin);
        let settings = self.settings(community, &id).await?;
        let storage = &self.parts.storage;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut add = |what: &str, value: String| rows.push(vec![what.to_owned(), value]);
        let listed = running.into_iter().flatten().find(|listed| listed.id == id);
        let serving = self.package(&settings).await?;
        if let Some(package) = &serving {
            let Manifest { plugin, .. } = &package.manifest;
            add("version", plugin.version.clone());
            add("summary", plugin.summary.clone());
            add("licence", plugin.license.clone());
            plugin.source.iter().for_each(|source| add("source", source.clone()));
            add("digest", package.digest.clone());
        }
        add(
            "state",
            match listed {
                Some(listed) => listed.serving.to_string(),
                None if settings.enabled => "on".to_owned(),
                None => "off".to_owned(),
            },
        );
        let known = references(storage, community).await?;
        for set in &settings.overrides {
            add(
                "otherwise",
                format!("in {}: {}", known.label(set.within), otherwise(set)),
            );
        }
        add("may", settings.grants.join(", "));
        for consent in storage.consents(community, &id).await? {
            add("allowed", self.consented(consent).await?);
        }
        let (keys, bytes) = storage.kv_usage(&id, community).await?;
        add("keeps", format!("{keys} keys, {bytes} bytes"));
        if let Some(offer) = self.waiting(community, &id).await? {
            add(
                "waits",
                format!("{}, {}", offer.package.manifest.plugin.version, offer.package.digest),
            );
        }
        if let Some(before) = storage.before_update(community, &id).await? {
            add("rollback", format!("to what stood before the update of {}", before.at));
        }
        Ok(Told::Table {
            columns: &["what", "value"],
            rows,
        })
    }

    /// Who allowed what, and when.
    async fn consented(&self, consent: Consent) -> Result<String, ReadError> {
        let who = match consent.account {
            Some(account) => {
                let known = self.parts.storage.account(account).await?;
                known.map_or_else(|| account.to_string(), |who| who.email)
            }
            None => "the command line".to_owned(),
        };
        let may = if consent.grants.is_empty() {
            "nothing".to_owned()
        } else {
            consent.grants.join(", ")
        };
        Ok(format!("{may} to {}, by {who}, {}", consent.version, consent.at))
    }
}
