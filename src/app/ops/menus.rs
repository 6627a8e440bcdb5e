//! Leaves nothing of ours in the menus of a platform.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Ops;
use super::doctor::Patients;
use crate::app::bots::Bots;
use crate::app::commands;
use crate::app::control::Reply;
use crate::connectors::DeliveryError;
use crate::dispatcher::chain::menu_command;
use crate::model::command::{Command, Menu};
use crate::plugin_host::Manifest;
use crate::storage::ReadError;

/// A few requests for each guild or group; whoever waits for them sits at a terminal.
const MENUS_PATIENCE: Duration = Duration::from_secs(30);

impl Ops {
    /// Takes the commands out of all menus of a login. The running program has its own mind about them.
    pub(super) async fn empty_menus(&self, login: &str) -> Result<Reply> {
        let Patients::Configured(config) = &self.patients else {
            return Ok(Reply::refused(
                "Switchboard is running, and shows the commands that it answers",
            ));
        };
        let bots = match Bots::new(config, true, &self.files, &self.storage, &self.clock) {
            Ok(bots) => bots,
            Err(problems) => return Ok(Reply::refused(problems.to_string())),
        };
        let Some(login) = bots.logins().find(|known| known.login().as_str() == login) else {
            return Ok(Reply::refused(format!("there is no token for {login}")));
        };
        let places = self.storage.menu_places(login.login()).await;
        let commands = self.ever_shown().await.context("read which plugins there are")?;
        let menu = Menu {
            commands: in_each_language(commands),
            places: places.context("read where commands were answered")?,
            withdrawn: true,
        };
        Ok(match tokio::time::timeout(MENUS_PATIENCE, login.offer(&menu)).await {
            Ok(Ok(_)) => Reply::done("Its commands are out of its menus."),
            Ok(Err(DeliveryError::Busy { .. })) => {
                Reply::refused("the platform asks to wait, or does not know the token")
            }
            Ok(Err(error)) => Reply::refused(error.to_string()),
            Err(_) => Reply::refused(format!("it took longer than {} s", MENUS_PATIENCE.as_secs())),
        })
    }

    /// Our commands, and those of all plugins that are there in any version, whether they are on or not: they may have been.
    async fn ever_shown(&self) -> Result<Vec<Command>, ReadError> {
        let mut commands = commands::built_in();
        for plugin in self.storage.plugins().await? {
            let mut versions = self.storage.packages_of(&plugin.id).await?;
            versions.push(plugin);
            // What cannot be read has shown nothing.
            let manifests = versions.iter().flat_map(|version| Manifest::parse(&version.manifest));
            for manifest in manifests {
                commands.extend(manifest.commands.iter().map(menu_command));
            }
        }
        Ok(commands)
    }
}

/// The same, so that each language is named in which a platform may keep a list of its own: which of them is that of most, and
/// has none, depends on the community.
fn in_each_language(commands: Vec<Command>) -> Vec<Command> {
    let in_another = |command: &Command| {
        let (language, _) = command.help.translations().next()?;
        Some(command.clone().mostly_in(language))
    };
    let others: Vec<Command> = commands.iter().filter_map(in_another).collect();
    commands.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_language_of_most_is_named_too() {
        let commands = in_each_language(commands::built_in());
        let named = commands.iter().flat_map(|command| command.help.translations());
        let named: BTreeSet<&str> = named.map(|(language, _)| language).collect();
        assert!(named.is_superset(&BTreeSet::from(["de", "en"])), "{named:?}");
    }
}
