//! The commands that there are: those of the program itself, and those of the plugins.

use std::sync::Arc;

use async_trait::async_trait;

use crate::dispatcher::CommandNames;
use crate::dispatcher::chain::Roster;
use crate::help::CommandList;
use crate::model::Timestamp;
use crate::model::command::Command;
use crate::model::directory::Place;
use crate::model::ids::CommunityId;
use crate::storage::{ReadError, SharedStorage};
use crate::{help, installer, person};

/// Knows all commands of a community.
#[derive(Clone)]
pub(super) struct Commands {
    pub(super) roster: Arc<Roster>,
    pub(super) storage: SharedStorage,
}

impl Commands {
    /// As menus show them: ours first, in the community's language for those whose own there is not.
    pub(super) async fn offered(&self, community: CommunityId) -> Result<Vec<Command>, ReadError> {
        let communities = self.storage.communities().await?;
        let found = communities.iter().find(|known| known.id == community);
        let language = found.map_or("en", |community| &community.language);
        let commands = built_in().into_iter().chain(self.roster.commands(community));
        Ok(commands.map(|command| command.mostly_in(language)).collect())
    }
}

impl CommandList for Commands {
    fn commands(&self, place: &Place) -> Vec<Command> {
        let mut commands = built_in();
        commands.extend(self.roster.commands_at(place));
        commands
    }
}

#[async_trait]
impl CommandNames for Commands {
    fn is_command(&self, place: &Place, name: &str) -> bool {
        // No plugin has the name of one of ours: its manifest would be refused.
        crate::plugin_host::COMMANDS_OF_THE_HOST.contains(&name) || self.roster.is_command(place, name)
    }

    async fn catch_up(&self, community: CommunityId, now: Timestamp) -> Result<(), ReadError> {
        CommandNames::catch_up(&*self.roster, community, now).await
    }

    fn sealed(&self, community: CommunityId, name: &str, typed: &str) -> Option<String> {
        person::sealed(community, name, typed)
    }
}

/// Those of the program itself.
pub(super) fn built_in() -> Vec<Command> {
    let mut commands = vec![help::command()];
    commands.extend(person::commands());
    commands.push(installer::chat_command());
    commands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::COMMANDS_OF_THE_HOST;

    #[test]
    fn no_plugin_can_take_a_name_of_ours() {
        let names: Vec<String> = built_in().into_iter().map(|command| command.name).collect();
        assert_eq!(names, COMMANDS_OF_THE_HOST);
    }
}
