//! Starts plugins as settings want them; what runs so already goes on.

use std::collections::HashMap;
use std::sync::Arc;

use super::members::{Chains, Member, Members};
use super::roster::Roster;
use crate::model::ids::PluginId;
use crate::storage::ReadError;
use crate::storage::plugins::PluginSettings;

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
