//! Plugins in words: what there is, what one asks for, and what was done.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::doctor::Patients;
use super::{Ops, Reply};
use crate::app::control::{PluginRequest, Wish};
use crate::app::start_host;
use crate::dispatcher::chain::{BUNDLED, is_rehearsing};
use crate::installer::{Data, InstallError, Installer, Outcome, Plan, Rehearsed};
use crate::model::ids::PluginId;
use crate::plugin_host::{Manifest, Package, Permission};
use crate::storage::plugins::{InstalledPlugin, PluginSettings};

/// Consent to whatever a package asks for.
const YES: &str = "yes";

impl Ops {
    pub(super) async fn plugins(&self) -> Result<Reply> {
        let mut rows = Vec::new();
        let running = self.roster.as_ref().map(|roster| roster.list(self.community));
        let installed = self.storage.plugins().await?;
        for settings in self.storage.plugin_settings(self.community).await? {
            let listed = running.iter().flatten().find(|listed| listed.id == settings.plugin);
            let mut state = match listed {
                Some(listed) => [&[listed.serving.to_string()], &*listed.refused].concat().join("; "),
                None if settings.enabled => "enabled".to_owned(),
                None => "off".to_owned(),
            };
            if let Some(until) = settings
                .dry_run_until
                .filter(|_| is_rehearsing(&settings, self.clock.now()))
            {
                state = format!("dry run until {until}");
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
                    let kept = self.storage.packages_of(&settings.plugin).await?;
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
        Ok(Reply::table(&["plugin", "version", "state", "may"], rows))
    }

    /// Does what is asked about a plugin. What cannot be done is said in the installer's words.
    pub(super) async fn plugin(&self, request: PluginRequest) -> Result<Reply> {
        let installer = self.installer()?;
        match self.try_plugin(&installer, request).await {
            Ok(reply) => Ok(reply),
            Err(InstallError::Refused(why)) => Ok(Reply::refused(why)),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_plugin(&self, installer: &Installer, request: PluginRequest) -> Result<Reply, InstallError> {
        let community = self.community;
        match request {
            PluginRequest::Search { index, words } => {
                let found = installer.search(index.as_deref(), &words).await?.into_iter();
                let rows = found.map(|found| {
                    let signed = if found.signed { "signed" } else { "unsigned" };
                    vec![found.id, found.version, signed.to_owned(), found.summary]
                });
                Ok(Reply::table(&["plugin", "version", "", "summary"], rows.collect()))
            }
            PluginRequest::Plan(wish) => {
                let offer = installer.offer(&wish.wanted, wish.index.as_deref()).await?;
                let plan = installer.plan(community, &offer).await?;
                Ok(planned(&plan, offer.package.digest))
            }
            PluginRequest::Take { wish, update, consent } => self.take(installer, wish, update, consent).await,
            PluginRequest::Switch { plugin, on } => {
                installer
                    .switch(community, &PluginId::from(plugin.as_str()), on)
                    .await?;
                Ok(Reply::done(format!("{plugin} is {}.", if on { "on" } else { "off" })))
            }
            PluginRequest::Rehearse { plugin, hours } => self.rehearse(installer, &plugin, hours).await,
            PluginRequest::Rehearsed { plugin } => {
                let rows = installer.rehearsed(community, &PluginId::from(plugin.as_str())).await?;
                let row = |row: Rehearsed| {
                    vec![
                        row.event.0.to_string(),
                        row.at.to_string(),
                        row.said,
                        row.would.join("; "),
                    ]
                };
                Ok(Reply::table(
                    &["event", "when", "said", "would"],
                    rows.into_iter().map(row).collect(),
                ))
            }
            PluginRequest::Set { plugin, change } => {
                let config = installer
                    .set(community, &PluginId::from(plugin.as_str()), &change)
                    .await?;
                Ok(Reply::done(format!("{config:#}")))
            }
            PluginRequest::Back { plugin } => {
                let version = installer.back(community, &PluginId::from(plugin.as_str())).await?;
                Ok(Reply::done(format!(
                    "{plugin} {version} serves again, with the permissions, settings and data that it had before the update."
                )))
            }
            PluginRequest::Remove { plugin, with_data } => {
                let data = if with_data { Data::Delete } else { Data::Keep };
                let receipt = installer
                    .remove(community, &PluginId::from(plugin.as_str()), data)
                    .await?;
                Ok(Reply::done(receipt))
            }
            PluginRequest::Export { plugin } => {
                let text = installer.export(community, &PluginId::from(plugin.as_str())).await?;
                Ok(Reply::done(text.trim_end()))
            }
            PluginRequest::Info { plugin } => self.info(installer, &plugin).await,
            PluginRequest::Logs { plugin } => Ok(self.logs(&plugin)),
        }
    }

    async fn rehearse(&self, installer: &Installer, plugin: &str, hours: Option<u32>) -> Result<Reply, InstallError> {
        let until = hours.map(|hours| self.clock.now() + Duration::from_hours(hours.into()));
        installer
            .rehearse(self.community, &PluginId::from(plugin), until)
            .await?;
        Ok(Reply::done(match until {
            Some(until) => format!(
                "{plugin} sees what happens until {until}, and can do nothing. `switchboard plugin dry-run {plugin}` lists what it \
                 would have done."
            ),
            None => format!("The dry run of {plugin} is over."),
        }))
    }

    async fn take(
        &self,
        installer: &Installer,
        wish: Wish,
        update: bool,
        consent: Option<String>,
    ) -> Result<Reply, InstallError> {
        let offer = installer.offer(&wish.wanted, wish.index.as_deref()).await?;
        let about = offer.package.manifest.plugin.clone();
        let id = &about.id;
        let chain = self.storage.plugin_settings(self.community).await?;
        let has = chain.iter().any(|settings| settings.plugin.as_str() == id);
        match (has, update) {
            (true, false) => {
                let what =
                    format!("{id} is installed already: `switchboard plugin update {id}` brings another version");
                return Err(InstallError::Refused(what));
            }
            (false, true) => {
                let what = format!("{id} is not installed: `switchboard plugin install` does that");
                return Err(InstallError::Refused(what));
            }
            _ => {}
        }
        let digest = offer.package.digest.clone();
        let agreed = consent.is_some_and(|consent| consent == YES || consent == digest);
        if !agreed && !has {
            let plan = installer.plan(self.community, &offer).await?;
            return Ok(planned(&plan, digest));
        }
        let version = about.version;
        let held = match installer.take(self.community, offer, agreed, None).await? {
            Outcome::Installed => {
                return Ok(Reply::done(format!(
                    "{id} {version} is installed, and off. `switchboard plugin config {id}` shows its settings, \
                     `switchboard plugin enable {id}` switches it on."
                )));
            }
            Outcome::Updated { from } => {
                return Ok(Reply::done(format!(
                    "{id} {version} serves in place of {from}. `switchboard plugin rollback {id}` brings {from} back, with its \
                     data, for seven days."
                )));
            }
            Outcome::Same => return Ok(Reply::done(format!("{id} {version} is what serves already."))),
            Outcome::Held { why } => why,
        };
        Ok(Reply::done(format!(
            "{id} {version} is here and waits, and the old version goes on: {held}.\nLook at it with `switchboard plugin plan`, \
             and agree with `switchboard plugin update --yes` or in the console."
        )))
    }

    async fn info(&self, installer: &Installer, plugin: &str) -> Result<Reply, InstallError> {
        let id = PluginId::from(plugin);
        let chain = self.storage.plugin_settings(self.community).await?;
        let Some(settings) = chain.iter().find(|settings| settings.plugin == id) else {
            return Ok(Reply::refused(format!("this community has no plugin {plugin}")));
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut add = |what: &str, value: String| rows.push(vec![what.to_owned(), value]);
        let listed = self.roster.as_ref().map(|roster| roster.list(self.community));
        let listed = listed.iter().flatten().find(|listed| listed.id == id);
        let serving = installer.package(settings).await?;
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
        add("may", settings.grants.join(", "));
        for consent in self.storage.consents(self.community, &id).await? {
            let who = match consent.account {
                Some(account) => self
                    .storage
                    .account(account)
                    .await?
                    .map_or_else(|| account.to_string(), |who| who.email),
                None => "the command line".to_owned(),
            };
            let may = if consent.grants.is_empty() {
                "nothing".to_owned()
            } else {
                consent.grants.join(", ")
            };
            add(
                "allowed",
                format!("{} to {}, by {who}, {}", may, consent.version, consent.at),
            );
        }
        for (what, value) in self.outside(installer, settings, serving.as_ref()).await? {
            add(what, value);
        }
        let (keys, bytes) = self.storage.kv_usage(&id, self.community).await?;
        add("keeps", format!("{keys} keys, {bytes} bytes"));
        if let Some(offer) = installer.waiting(self.community, &id).await? {
            add(
                "waits",
                format!("{}, {}", offer.package.manifest.plugin.version, offer.package.digest),
            );
        }
        if let Some(before) = self.storage.before_update(self.community, &id).await? {
            add("rollback", format!("to what stood before the update of {}", before.at));
        }
        Ok(Reply::table(&["what", "value"], rows))
    }

    /// Where servers elsewhere call it, and what it has spent on the language model.
    async fn outside(
        &self,
        installer: &Installer,
        settings: &PluginSettings,
        serving: Option<&Package>,
    ) -> Result<Vec<(&'static str, String)>, InstallError> {
        let (community, id) = (settings.community, &settings.plugin);
        let mut rows = Vec::new();
        let addresses = super::super::addresses(&self.storage).await;
        let addresses = addresses.map_err(|error| InstallError::Refused(format!("{error:#}")))?;
        for hook in serving
            .into_iter()
            .flat_map(|package| installer.hooks(&package.manifest))
        {
            let (endpoint, url) = (hook.endpoint(), &self.public_url);
            let path = addresses.path(community, id, endpoint);
            let problem = hook.problem().map(|why| format!("; nobody can call it: {why}"));
            rows.push((
                "webhook",
                format!("{endpoint}, at {url}{path}{}", problem.unwrap_or_default()),
            ));
        }
        if settings.grants.iter().any(|grant| grant == Permission::Model.name()) {
            let today = crate::language_model::day(self.clock.now());
            let spent = self.storage.tokens_spent(community, today).await?;
            let spent = spent.iter().find(|(plugin, _)| plugin == id);
            rows.push((
                "tokens",
                format!("{} spent today", spent.map_or(0, |(_, tokens)| *tokens)),
            ));
        }
        Ok(rows)
    }

    fn logs(&self, plugin: &str) -> Reply {
        let Some(roster) = &self.roster else {
            return Reply::refused("a plugin's log is kept while the program runs, and it does not run now");
        };
        let listed = roster.list(self.community);
        let Some(listed) = listed.iter().find(|listed| listed.id.as_str() == plugin) else {
            return Reply::refused(format!("this community has no plugin {plugin} that is on"));
        };
        let lines = listed.log.iter().rev();
        let rows = lines.map(|line| vec![line.at.to_string(), line.level.to_owned(), line.text.clone()]);
        Reply::table(&["when", "level", "text"], rows.collect())
    }

    /// That of the running program, or one of our own.
    fn installer(&self) -> Result<Arc<Installer>> {
        if let Some(installer) = &self.installer {
            return Ok(Arc::clone(installer));
        }
        let (Some(folder), Patients::Configured(config)) = (&self.folder, &self.patients) else {
            anyhow::bail!("neither a program runs nor is its folder ours");
        };
        std::fs::create_dir_all(super::paths::plugin_cache(folder.path())).context("make the plugins' cache")?;
        Ok(Arc::new(crate::app::installer(
            &self.storage,
            &self.clock,
            &start_host(folder, &self.clock, config)?,
            config,
        )))
    }
}

fn planned(plan: &Plan, digest: String) -> Reply {
    Reply::Planned {
        text: plan.text(),
        digest,
        possible: plan.obstacles.is_empty(),
    }
}
