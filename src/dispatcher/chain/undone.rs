//! An update that does not start is undone: what served before it goes on.

use super::journal::LogLine;
use super::members::{Member, ready_key};
use super::roster::Roster;
use super::starts::STOPPING;
use crate::model::Timestamp;
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::plugins::{BeforeUpdate, PluginSettings, PluginUnit, SET_ASIDE_FOR};
use crate::storage::{ReadError, Unit};

impl Roster {
    /// What brings the version before an update back, where the new one does not start and never has. What the old one has kept
    /// meanwhile stays. One that has served may have changed what it keeps: there it is for the admin to say which way to go.
    pub(super) async fn undone(&self, member: &Member, now: Timestamp) -> Result<Option<Unit>, ReadError> {
        let settings = &member.settings;
        let (Err(why), None) = (&member.plugin, &settings.held) else {
            return Ok(None);
        };
        if why == STOPPING {
            return Ok(None);
        }
        let (community, plugin) = (settings.community, &settings.plugin);
        let before = self.storage.before_update(community, plugin).await?;
        let Some(before) = before.filter(|before| is_followed_by(before, settings, now)) else {
            return Ok(None);
        };
        let told = self
            .storage
            .stored_at(&ready_key(settings, &settings.granted_to))
            .await?;
        if told.is_some() {
            return Ok(None);
        }
        let line = LogLine {
            at: now,
            level: "failed",
            text: format!("its update does not start and is taken back, so that the version before it serves: {why}"),
        };
        self.journal.add(community, plugin, [line]);
        Ok(Some(brought_back(before, settings, now)))
    }
}

/// Whether the settings are what the update made of what stood before it, and nobody has changed them since.
fn is_followed_by(before: &BeforeUpdate, settings: &PluginSettings, now: Timestamp) -> bool {
    before.settings.revision.next() == settings.revision
        && before.settings.granted_to != settings.granted_to
        && now < before.at + SET_ASIDE_FOR
}

fn brought_back(before: BeforeUpdate, now: &PluginSettings, at: Timestamp) -> Unit {
    let (community, plugin) = (now.community, now.plugin.clone());
    let after = PluginSettings {
        revision: now.revision.next(),
        ..before.settings
    };
    let set = PluginUnit::Settings {
        before: Some(now.revision),
        after,
    };
    let audit = NewAudit {
        account: None,
        community: Some(community),
        act: "plugin_update_undone",
        // The name of a plugin is no name of a person.
        subject: plugin.to_string(),
        at,
    };
    Unit::All(vec![
        Unit::Plugin(set),
        Unit::Plugin(PluginUnit::ForgetAside { community, plugin }),
        Unit::Account(AccountUnit::Audit(audit)),
    ])
}
