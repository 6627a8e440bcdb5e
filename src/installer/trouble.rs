//! Plugins that are on and do not do their work: why, and the one thing to do about it. For whoever looks after the whole program.

use super::allow::lacking;
use super::offer::{InstallError, Installer};
use super::past::ways_on;
use crate::dispatcher::chain::{Listed, Serving, set_up_failure};
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::HealthState;
use crate::storage::plugins::PluginSettings;

/// What keeps a plugin from its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which.
    pub plugin: PluginId,
    /// What is wrong, as the rest of a sentence about it.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// Whether it perhaps passes by itself.
    pub passes: bool,
}

impl Installer {
    /// The plugins of a community that are on and do not do their work, in the order of the chain. `running` is how they do; none while
    /// nothing runs: then each is tried.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn troubles(
        &self,
        community: CommunityId,
        running: Option<&[Listed]>,
    ) -> Result<Vec<Trouble>, InstallError> {
        let chain = self.parts.storage.plugin_settings(community).await?;
        let mut troubles = Vec::new();
        for settings in chain.iter().filter(|settings| settings.is_on_anywhere()) {
            let found = match self.decided_trouble(settings).await? {
                None => self.running_trouble(settings, running).await?,
                found => found,
            };
            troubles.extend(found.map(|Found { what, fix, passes }| Trouble {
                plugin: settings.plugin.clone(),
                what,
                fix,
                passes,
            }));
        }
        Ok(troubles)
    }

    /// What follows from what was decided, whether or not it runs.
    async fn decided_trouble(&self, settings: &PluginSettings) -> Result<Option<Found>, InstallError> {
        let id = &settings.plugin;
        let Some(package) = self.package(settings).await? else {
            let what = format!("is on, but {}", self.no_package(settings).await?);
            let fix = format!("bring one in with `switchboard plugin install`, or `switchboard plugin disable {id}`");
            return Ok(Some(Found::new(what, fix)));
        };
        if let Some(why) = self.blocked(&package).or_else(|| self.forbidden(&package)) {
            let fix =
                format!("`switchboard plugin disable {id}`, unless [plugins] of the configuration says so by mistake");
            return Ok(Some(Found::new(format!("is on, but does not run: {why}"), fix)));
        }
        let lacking = lacking(settings, &package);
        if !lacking.is_empty() {
            let what = format!("is on, but does not run: nobody has allowed it {}", lacking.join(", "));
            let fix = format!("`switchboard plugin enable {id}` shows what it asks for, and allows it");
            return Ok(Some(Found::new(what, fix)));
        }
        match &settings.held {
            Some(last) => Ok(Some(self.held_back(settings, last).await?)),
            None => Ok(None),
        }
    }

    async fn running_trouble(
        &self,
        settings: &PluginSettings,
        running: Option<&[Listed]>,
    ) -> Result<Option<Found>, InstallError> {
        let id = &settings.plugin;
        let mend = || {
            format!(
                "mend that, with `switchboard plugin config {id}` where it is a setting; `switchboard plugin enable {id}` tries again"
            )
        };
        let not_started = |why: &str| Found::new(format!("is on, but does not run: {why}"), mend());
        let Some(running) = running else {
            if let Some(why) = self.unfit_now(settings).await? {
                return Ok(Some(not_started(&why)));
            }
            let failed = self.set_up_failed(settings).await?;
            return Ok(failed.map(|why| Found::new(why, mend())));
        };
        Ok(
            match running
                .iter()
                .find(|listed| listed.id == *id)
                .map(|listed| &listed.serving)
            {
                None => Some(Found::passing(
                    "is on, but has not been started yet",
                    "nothing, if that passes",
                )),
                Some(Serving::NotStarted(why)) => Some(not_started(why)),
                Some(Serving::Running(HealthState::Quarantined { last })) => {
                    Some(self.held_back(settings, last).await?)
                }
                Some(Serving::Running(HealthState::Paused { left, last })) => Some(Found::passing(
                    format!("is on, but paused for {} s after failures: {last}", left.as_secs()),
                    format!("nothing, if that passes; `switchboard plugin logs {id}` tells more"),
                )),
                Some(Serving::Running(HealthState::Well)) => {
                    let failed = self.set_up_failed(settings).await?;
                    failed.map(|why| Found::new(why, mend()))
                }
            },
        )
    }

    /// Of one that failed too often: to whom that mattered, and the ways on.
    async fn held_back(&self, settings: &PluginSettings, last: &str) -> Result<Found, InstallError> {
        let (community, id) = (settings.community, &settings.plugin);
        let mattered = self.outage(community, id).await?.told(|at| at.to_string());
        let mattered = mattered.trim_end_matches('.');
        let ways = ways_on("switchboard plugin ", id, self.can_go_back(community, id).await?);
        Ok(Found::new(
            format!("is on, but held back until somebody looks, because it failed so often: {last}. {mattered}"),
            format!("look at `switchboard plugin logs {id}`, which is kept while the program runs; {ways}"),
        ))
    }

    /// That a plugin was started, and that its `ready` came to nothing; none where it did its work, or has not been asked yet.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn set_up_failed(&self, settings: &PluginSettings) -> Result<Option<String>, InstallError> {
        let Some(package) = self.package(settings).await?.filter(|_| settings.is_on_anywhere()) else {
            return Ok(None);
        };
        let why = set_up_failure(&self.parts.storage, settings, &package.digest).await?;
        Ok(why.map(|why| format!("is on, but its set-up failed: {why}")))
    }
}

/// The same before its plugin is named.
struct Found {
    what: String,
    fix: String,
    passes: bool,
}

impl Found {
    fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            fix: fix.into(),
            passes: false,
        }
    }

    fn passing(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            passes: true,
            ..Self::new(what, fix)
        }
    }
}
