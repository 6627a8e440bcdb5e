//! The logins of the configuration on platforms of others.

use std::sync::Arc;

use super::buttons::StoredButtons;
use super::direct_chats::StoredDirectChats;
use super::said::Said;
use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::connectors::Connector;
use crate::connectors::discord::{self, Discord};
use crate::connectors::telegram::{self, Telegram};
use crate::storage::SharedStorage;
use crate::storage::files::Files;

/// None where a platform is off.
#[derive(Default)]
pub(super) struct Bots {
    pub(super) discord: Option<Arc<Discord>>,
    pub(super) telegram: Option<Arc<Telegram>>,
}

impl Bots {
    /// Those of the configuration; none for a program that does not `listen`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When a token cannot be had.
    pub(super) fn new(
        config: &Config,
        listen: bool,
        files: &Files,
        storage: &SharedStorage,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Problems> {
        if !listen {
            return Ok(Self::default());
        }
        let settings = config.bots()?;
        let discord = settings.discord.map(|settings| {
            let kept = discord::Kept {
                direct_chats: StoredDirectChats::new(discord::NAME, Arc::clone(storage)),
                buttons: StoredButtons::new(Arc::clone(storage), Arc::clone(clock)),
                files: Arc::new(files.clone()),
            };
            Arc::new(Discord::new(&settings, kept, Arc::clone(clock)))
        });
        let telegram = settings.telegram.map(|settings| {
            let kept = telegram::Kept {
                files: Arc::new(files.clone()),
                messages: Said::new(Arc::clone(storage)),
            };
            Arc::new(Telegram::new(&settings, kept, Arc::clone(clock)))
        });
        Ok(Self { discord, telegram })
    }

    /// All that are on.
    pub(super) fn logins(&self) -> impl Iterator<Item = Arc<dyn Connector>> {
        let discord = self.discord.clone().map(|login| login as Arc<dyn Connector>);
        let telegram = self.telegram.clone().map(|login| login as Arc<dyn Connector>);
        discord.into_iter().chain(telegram)
    }
}
