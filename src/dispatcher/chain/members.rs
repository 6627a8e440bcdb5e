//! The plugins that serve a community: in general, and where it is set otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use super::index::EventIndex;
use super::journal::LogLine;
use super::listed::{Listed, Serving};
use super::within;
use crate::model::Timestamp;
use crate::model::directory::Place;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{HealthState, Hook, Manifest, Plugin};
use crate::storage::plugins::{PluginSettings, Within};

/// Who serves a community, part by part.
#[derive(Default)]
pub(super) struct Chains {
    /// All that serve anywhere, each as it is set in general: for what happens in no place.
    pub(super) anywhere: Arc<Members>,
    /// Who serves where nothing else is said.
    pub(super) elsewhere: Arc<Members>,
    /// Who serves where something is.
    pub(super) parts: HashMap<Within, Part>,
}

/// A part of a community where something is set otherwise.
pub(super) struct Part {
    /// As people call it.
    pub(super) name: String,
    pub(super) members: Arc<Members>,
}

/// The plugins of one chain, in its order.
#[derive(Default)]
pub(super) struct Members {
    pub(super) list: Vec<Member>,
    pub(super) index: EventIndex,
}

/// One plugin that is on, or tried.
pub(super) struct Member {
    pub(super) id: PluginId,
    pub(super) manifest: Manifest,
    /// What runs, or why nothing does, in the admin's words.
    pub(super) plugin: Result<Arc<Plugin>, String>,
    /// As they are in its part.
    pub(super) settings: PluginSettings,
    /// Where servers elsewhere call it.
    pub(super) hooks: Vec<Hook>,
}

impl Chains {
    /// Who sees what happens there.
    pub(super) fn at(&self, place: Option<&Place>) -> &Arc<Members> {
        let Some(place) = place else {
            return &self.anywhere;
        };
        if self.parts.is_empty() {
            return &self.elsewhere;
        }
        let nearest = within::around(place).into_iter().rev();
        let part = nearest.into_iter().find_map(|within| self.parts.get(&within));
        part.map_or(&self.elsewhere, |part| &part.members)
    }

    /// Each plugin with each way in which it is set.
    pub(super) fn all(&self) -> impl Iterator<Item = &Member> {
        let parts = self.parts.values().map(|part| &part.members);
        let chains = [&self.anywhere, &self.elsewhere].into_iter().chain(parts);
        chains.flat_map(|members| &members.list)
    }

    /// How a plugin does: where it does not serve as it should in a part, that is told.
    pub(super) fn serving(&self, member: &Member) -> Serving {
        let in_general = member.serving();
        if in_general != Serving::Running(HealthState::Well) {
            return in_general;
        }
        let mut parts: Vec<&Part> = self.parts.values().collect();
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        let troubled = parts.into_iter().find_map(|part| {
            let there = part.members.list.iter().find(|there| there.id == member.id)?;
            match there.serving() {
                Serving::Running(HealthState::Well) => None,
                Serving::NotStarted(why) => Some(Serving::NotStarted(format!("in {}: {why}", part.name))),
                paused @ Serving::Running(_) => Some(paused),
            }
        });
        troubled.unwrap_or(in_general)
    }
}

impl Members {
    pub(super) fn new(list: Vec<Member>) -> Arc<Self> {
        let index = EventIndex::new(list.iter().map(|member| &member.manifest));
        Arc::new(Self { list, index })
    }

    pub(super) fn find(&self, id: &PluginId) -> Option<&Member> {
        self.list.iter().find(|member| member.id == *id)
    }

    /// The commands that the plugin in this position does not get.
    pub(super) fn refused(&self, position: usize) -> Vec<String> {
        let declared = self.list[position].manifest.commands.iter();
        let refused = declared.filter_map(|declared| {
            let owner = self.index.command(&declared.name).filter(|owner| *owner != position)?;
            let (name, first) = (&declared.name, &self.list[owner].id);
            Some(format!("/{name} goes to {first}, which comes before it"))
        });
        refused.collect()
    }
}

impl Member {
    pub(super) fn again(&self) -> Self {
        Self {
            id: self.id.clone(),
            manifest: self.manifest.clone(),
            plugin: self.plugin.clone(),
            settings: self.settings.clone(),
            hooks: self.hooks.clone(),
        }
    }

    /// What it is told first.
    pub(super) fn ready(&self, community: CommunityId, now: Timestamp) -> Option<Event> {
        let plugin = self.plugin.as_ref().ok()?;
        Some(Event {
            source: Source::Internal {
                conversation: None,
                place: None,
            },
            occurred_at: now,
            dedupe: ready_key(&self.settings, &plugin.package().digest),
            hops: 0,
            body: EventBody::Ready {
                plugin: self.id.clone(),
                community: Some(community),
            },
        })
    }

    pub(super) fn listed(&self, serving: Serving, refused: Vec<String>, log: Vec<LogLine>) -> Listed {
        let plugin = self.plugin.as_deref().ok();
        Listed {
            id: self.id.clone(),
            version: self.manifest.plugin.version.clone(),
            summary: self.manifest.plugin.summary.clone(),
            grants: self.settings.grants.clone(),
            refused,
            serving,
            recorded_until: plugin.and_then(Plugin::recorded_until).map(Timestamp::from_millis),
            log,
        }
    }

    fn serving(&self) -> Serving {
        match &self.plugin {
            Ok(plugin) => Serving::Running(plugin.health()),
            Err(why) => Serving::NotStarted(why.clone()),
        }
    }
}

/// The same for each start of one package with one revision of its settings, so that a plugin is told of each once.
pub(super) fn ready_key(settings: &PluginSettings, digest: &str) -> String {
    let PluginSettings { community, plugin, .. } = settings;
    format!("ready/{community}/{plugin}/{}/{digest}", settings.revision.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatcher::chain::BUNDLED;

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
            settings: PluginSettings::new(CommunityId(uuid::Uuid::nil()), PluginId::from(id), BUNDLED),
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
