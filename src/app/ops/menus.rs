//! Leaves nothing of ours in the menus of a platform.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Ops;
use super::doctor::Patients;
use crate::app::bots::Bots;
use crate::app::commands;
use crate::app::control::Reply;
use crate::connectors::DeliveryError;
use crate::model::command::Menu;

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
        let menu = Menu {
            // Those of the plugins are in the same languages, or in fewer.
            commands: commands::built_in(),
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
}
