//! The commands of the plugins that run, as menus show them and as what is typed is told apart from them.

use async_trait::async_trait;

use super::members::Members;
use super::roster::Roster;
use crate::dispatcher::CommandNames;
use crate::model::Timestamp;
use crate::model::command::{Command, CommandOption, Wording};
use crate::model::directory::Place;
use crate::model::ids::CommunityId;
use crate::plugin_host;
use crate::storage::ReadError;

impl Roster {
    /// The commands of the plugins that run in a community, for what shows one list to all of it. Of two with one name the first
    /// in the chain has it, whether it runs or not.
    pub fn commands(&self, community: CommunityId) -> Vec<Command> {
        commands_of(&self.chains(community).anywhere)
    }

    /// Those of the plugins that run in this place.
    pub fn commands_at(&self, place: &Place) -> Vec<Command> {
        commands_of(self.chains(place.community).at(Some(place)))
    }
}

/// A command of a manifest, as menus show it.
pub fn menu_command(declared: &plugin_host::Command) -> Command {
    let option = |option: &plugin_host::CommandOption| CommandOption {
        name: option.name.clone(),
        label: Wording::new(&option.label, option.translations.clone()),
        required: option.required,
    };
    Command {
        name: declared.name.clone(),
        help: Wording::new(&declared.help, declared.translations.clone()),
        options: declared.options.iter().map(option).collect(),
        private: declared.private,
        direct: false,
    }
}

fn commands_of(members: &Members) -> Vec<Command> {
    let mut commands = Vec::new();
    for (position, member) in members.list.iter().enumerate() {
        if member.plugin.is_ok() {
            let declared = member.manifest.commands.iter();
            let own = declared.filter(|declared| members.index.command(&declared.name) == Some(position));
            commands.extend(own.map(menu_command));
        }
    }
    commands
}

#[async_trait]
impl CommandNames for Roster {
    fn is_command(&self, place: &Place, name: &str) -> bool {
        let chains = self.chains(place.community);
        chains.at(Some(place)).index.command(name).is_some()
    }

    async fn catch_up(&self, community: CommunityId, now: Timestamp) -> Result<(), ReadError> {
        Self::catch_up(self, community, now).await
    }
}
