//! Ids as names, each looked up once a page.

use std::collections::HashMap;

use super::words;
use crate::console::ConsoleState;
use crate::model::action::Author;
use crate::model::conversation::{Actor, Holder};
use crate::model::directory::{Identity, Place};
use crate::model::ids::{AccountId, IdentityId, PlaceId};
use crate::storage::ReadError;
use crate::storage::accounts::AuditRow;

/// The names that one page needs.
pub(crate) struct Names<'a> {
    state: &'a ConsoleState,
    places: HashMap<PlaceId, String>,
    identities: HashMap<IdentityId, String>,
    accounts: HashMap<AccountId, String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(state: &'a ConsoleState) -> Self {
        Self {
            state,
            places: HashMap::new(),
            identities: HashMap::new(),
            accounts: HashMap::new(),
        }
    }

    pub(crate) async fn place(&mut self, id: PlaceId) -> Result<String, ReadError> {
        if let Some(name) = self.places.get(&id) {
            return Ok(name.clone());
        }
        let name = place_name(self.state.storage.place(id).await?);
        self.places.insert(id, name.clone());
        Ok(name)
    }

    pub(crate) async fn identity(&mut self, id: IdentityId) -> Result<String, ReadError> {
        if let Some(name) = self.identities.get(&id) {
            return Ok(name.clone());
        }
        let name = identity_name(self.state.storage.identity(id).await?);
        self.identities.insert(id, name.clone());
        Ok(name)
    }

    pub(crate) async fn account(&mut self, id: AccountId) -> Result<String, ReadError> {
        if let Some(name) = self.accounts.get(&id) {
            return Ok(name.clone());
        }
        let account = self.state.storage.account(id).await?;
        let name = account.map_or_else(|| "a former colleague".to_owned(), |account| account.name);
        self.accounts.insert(id, name.clone());
        Ok(name)
    }

    /// Which plugin did it, and to whom; none for what no plugin did. A line holds ids, which stand here as names as long as
    /// they are known.
    pub(crate) async fn done_by_plugin(&mut self, line: &AuditRow) -> Result<Option<(String, String)>, ReadError> {
        let by_plugin = line.account.is_none() && words::is_by_plugin(&line.act);
        let ids = line.subject.split_once(' ').filter(|_| by_plugin);
        let Some((person, plugin)) = ids.and_then(|(person, plugin)| Some((person.parse().ok()?, plugin))) else {
            return Ok(None);
        };
        let name = self.identity(person).await?;
        Ok(Some(match plugin.split_once(' ') {
            // Which says why, where it was not done.
            Some((plugin, delivery)) => (plugin.to_owned(), format!("{name}, delivery {delivery}")),
            None => (plugin.to_owned(), name),
        }))
    }

    pub(crate) async fn author(&mut self, author: &Author) -> Result<String, ReadError> {
        Ok(match author {
            Author::Identity { id } => self.identity(*id).await?,
            Author::Plugin { id } => format!("Bot ({id})"),
            Author::Staff { name, .. } => name.clone(),
            Author::Host => "Switchboard".to_owned(),
        })
    }

    pub(crate) async fn actor(&mut self, actor: &Actor) -> Result<String, ReadError> {
        Ok(match actor {
            Actor::Identity(id) => self.identity(*id).await?,
            Actor::Account(id) => self.account(*id).await?,
            Actor::Plugin(id) => format!("Bot ({id})"),
            Actor::Host => "Switchboard".to_owned(),
        })
    }

    /// The name of the person a holder names, empty when it names none.
    pub(crate) async fn agent(&mut self, holder: &Holder) -> Result<String, ReadError> {
        match holder {
            Holder::Person { agent } | Holder::Snoozed { agent, .. } => self.account(*agent).await,
            Holder::Bot | Holder::Peers | Holder::Waiting { .. } | Holder::Closed { .. } => Ok(String::new()),
        }
    }
}

/// A place as people see it.
pub(crate) fn place_name(place: Option<Place>) -> String {
    place.map_or_else(
        || "a place that is gone".to_owned(),
        |place| named(place.name, "a direct chat"),
    )
}

/// Somebody as people see them.
pub(crate) fn identity_name(identity: Option<Identity>) -> String {
    identity.map_or_else(
        || "somebody who is gone".to_owned(),
        |identity| named(identity.name, "Visitor"),
    )
}

fn named(name: String, without: &str) -> String {
    if name.trim().is_empty() {
        without.to_owned()
    } else {
        name
    }
}
