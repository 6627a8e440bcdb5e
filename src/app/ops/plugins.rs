//! Plugins on the command line: what the installer answers, written at once.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::doctor::Patients;
use super::{Ops, Reply};
use crate::app::start_host;
use crate::connectors::examination::{Diagnosis, Health};
use crate::dispatcher::chain::Listed;
use crate::installer::{self, Asker, Face, InstallError, Installer, Need, PluginRequest, Told, Trouble};
use crate::model::ids::PluginId;
use crate::plugin_host::{Packages, Permission};
use crate::storage::webhooks::replaced;

impl Ops {
    pub(super) async fn plugins(&self) -> Result<Reply> {
        let running = self.listed();
        let now = self.clock.now();
        let packages = Packages::bundled();
        let told = installer::list(&self.storage, &packages, self.community, running.as_deref(), now).await?;
        Ok(reply(told))
    }

    /// What is wrong with the plugins that run; nothing while none does.
    pub(super) async fn troubles_of_running(&self) -> Result<Vec<Trouble>> {
        match (&self.installer, self.listed()) {
            (Some(installer), Some(running)) => Ok(installer.troubles(self.community, Some(&running)).await?),
            _ => Ok(Vec::new()),
        }
    }

    /// How the plugins that are on do; while nothing runs each of them is tried.
    pub(super) async fn plugins_examined(&self) -> Result<Vec<Diagnosis>> {
        let chain = self.storage.plugin_settings(self.community).await?;
        let on = chain.iter().filter(|settings| settings.is_on_anywhere()).count();
        if on == 0 {
            return Ok(vec![Health::fine("none is on").of("plugins")]);
        }
        let installer = self.installer()?;
        let troubles = installer.troubles(self.community, self.listed().as_deref()).await?;
        let well = on.saturating_sub(troubles.len());
        let mut found = Vec::new();
        if well > 0 {
            let run = if self.roster.is_some() { "run" } else { "start" };
            let well = if troubles.is_empty() {
                format!("all {well}")
            } else {
                format!("{well} of {on}")
            };
            found.push(Health::fine(format!("{well} that are on {run}")).of("plugins"));
        }
        found.extend(troubles.into_iter().map(|trouble| {
            let Trouble {
                plugin,
                what,
                fix,
                passes,
            } = trouble;
            let health = if passes {
                Health::warning(format!("it {what}"), fix)
            } else {
                Health::failure(format!("it {what}"), fix)
            };
            health.of(plugin.as_str())
        }));
        let needs = installer.needs(self.community).await?.into_iter();
        found.extend(needs.map(|Need { plugin, what, fix }| {
            let health = Health::warning(format!("it {what}"), fix);
            health.of(plugin.as_str())
        }));
        Ok(found)
    }

    /// Before it is told that a plugin is on or off, it is: whoever looks or writes next finds it so.
    async fn follow(&self) {
        if let Some(roster) = &self.roster
            && let Err(error) = roster.catch_up(self.community, self.clock.now()).await
        {
            tracing::warn!("the change is stored, and could not be followed at once: {error}");
        }
    }

    /// Does what is asked about a plugin. What cannot be done is said in the installer's words.
    pub(super) async fn plugin(&self, request: PluginRequest) -> Result<Reply> {
        if let PluginRequest::Record { plugin, act } = request {
            return match self.record(&plugin, act).await {
                Ok(reply) => Ok(reply),
                Err(InstallError::Refused(why)) => Ok(Reply::refused(why)),
                Err(error) => Err(error.into()),
            };
        }
        let installer = self.installer()?;
        let asker = Asker {
            community: self.community,
            account: None,
            face: Face::Terminal,
        };
        let shown = match &request {
            PluginRequest::Info { plugin } | PluginRequest::Address { plugin, .. } => {
                Some(PluginId::from(plugin.as_str()))
            }
            _ => None,
        };
        let done = match installer.answer(&asker, self.roster.as_deref(), request).await {
            Ok(decided) => {
                let written = installer.write(decided).await;
                self.follow().await;
                written
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(Told::Table {
                note,
                columns,
                mut rows,
            }) => {
                if let Some(id) = shown {
                    rows.extend(self.outside(&installer, &id).await?);
                }
                Ok(reply(Told::Table { note, columns, rows }))
            }
            Ok(Told::Text(text)) => {
                let mut lines = vec![text];
                if let Some(id) = shown {
                    let rows = self.outside(&installer, &id).await?;
                    lines.extend(rows.into_iter().map(|row| row.join(": ")));
                }
                Ok(Reply::done(lines.join("\n")))
            }
            Ok(told) => Ok(reply(told)),
            Err(InstallError::Refused(why)) => Ok(Reply::refused(why)),
            Err(error) => Err(error.into()),
        }
    }

    /// Where servers elsewhere call it, and what it has spent on the language model. In chats nobody needs these.
    async fn outside(&self, installer: &Installer, id: &PluginId) -> Result<Vec<Vec<String>>> {
        let mut rows = Vec::new();
        let chain = self.storage.plugin_settings(self.community).await?;
        let Some(settings) = chain.iter().find(|settings| settings.plugin == *id) else {
            return Ok(rows);
        };
        let package = installer.package(settings).await?;
        let hooks = package.iter().flat_map(|package| installer.hooks(&package.manifest));
        let addresses = super::super::addresses(&self.storage).await?;
        let numbers = self.storage.webhooks_replaced().await?;
        for hook in hooks {
            let (endpoint, url) = (hook.endpoint(), &self.public_url);
            let number = replaced(&numbers, self.community, id, endpoint);
            let path = addresses.path(self.community, id, endpoint, number);
            let problem = hook.problem().map(|why| format!("; nobody can call it: {why}"));
            let value = format!("{endpoint}, at {url}{path}{}", problem.unwrap_or_default());
            rows.push(vec!["webhook".to_owned(), value]);
        }
        if settings.grants.iter().any(|grant| grant == Permission::Model.name()) {
            let today = crate::language_model::day(self.clock.now());
            let spent = self.storage.tokens_spent(self.community, today).await?;
            let spent = spent.iter().find(|(plugin, _)| plugin == id);
            let spent = spent.map_or(0, |(_, tokens)| *tokens);
            rows.push(vec!["tokens".to_owned(), format!("{spent} spent today")]);
        }
        Ok(rows)
    }

    /// How the plugins do; none while nothing runs.
    fn listed(&self) -> Option<Vec<Listed>> {
        self.roster.as_ref().map(|roster| roster.list(self.community))
    }

    /// That of the running program, or one of our own.
    pub(super) fn installer(&self) -> Result<Arc<Installer>> {
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
            &start_host(folder, &self.clock, config, &self.recordings)?,
            config,
        )))
    }
}

fn reply(told: Told) -> Reply {
    match told {
        Told::Table { note, columns, rows } => Reply::noted(note, columns, rows),
        Told::Text(text) | Told::Data(text) => Reply::done(text),
        Told::Waits(text) => Reply::refused(text),
        Told::Plan { plan, digest } => Reply::Planned {
            text: plan.text(),
            digest,
            possible: plan.obstacles.is_empty(),
            waits: plan.needs_consent(),
            question: plan.asks.question().to_owned(),
        },
    }
}
