//! Looks up what an outcome refers to, and checks that it is of the event's community.
//!
//! A ref that is unknown or of another community is simply not found: the plugin learns nothing about it.

use std::collections::HashMap;
use std::sync::Arc;

use super::data::Data;
use super::offender::{Offender, Search};
use crate::dispatcher::Snapshot;
use crate::model::action::Author;
use crate::model::directory::{Audience, Place};
use crate::model::finding::EntryText;
use crate::model::ids::{ConversationId, EntryId, IdentityId, MessageId, PlaceId, PluginId};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::storage::core::StoredMessage;
use crate::storage::unit::NewEvent;
use crate::storage::{ReadError, SharedStorage};

/// What one action deletes is not looked up beyond this; more is refused.
const MESSAGES_LOOKED_UP: usize = 64;

/// What an outcome refers to.
#[derive(Debug, Default)]
pub(super) struct Refs {
    pub(super) places: HashMap<String, Arc<Place>>,
    pub(super) conversations: HashMap<String, (ConversationId, Arc<Place>)>,
    pub(super) messages: HashMap<String, Referred>,
    pub(super) entries: HashMap<String, EntryText>,
    /// People named in the event, by their ref.
    pub(super) people: HashMap<String, (IdentityId, String)>,
    /// Whom it moderates, by the number of the action.
    pub(super) offenders: HashMap<usize, Offender>,
    /// Messages of others that it deletes and could see.
    pub(super) removable: HashMap<String, Removable>,
}

/// A message that it names.
#[derive(Debug)]
pub(super) struct Referred {
    pub(super) stored: StoredMessage,
    /// Where it stands.
    pub(super) place: Arc<Place>,
}

/// A message of somebody else.
#[derive(Debug)]
pub(super) struct Removable {
    pub(super) message: MessageId,
    pub(super) author: IdentityId,
    /// Where it stands.
    pub(super) place: Arc<Place>,
}

/// Where to look.
pub(super) struct Lookup<'a> {
    pub(super) storage: &'a SharedStorage,
    pub(super) data: &'a Data,
    pub(super) snapshot: &'a Snapshot,
    pub(super) event: &'a NewEvent,
    pub(super) plugin: &'a PluginId,
    /// People named in the event.
    pub(super) people: &'a [(IdentityId, String)],
}

impl Lookup<'_> {
    /// Looks up all that the outcome refers to.
    pub(super) async fn resolve(&self, outcome: &wit::Outcome) -> Result<Refs, ReadError> {
        let mut refs = Refs::default();
        for (id, name) in self.people {
            refs.people.insert(id.to_string(), (*id, name.clone()));
        }
        if let Some(place) = &self.snapshot.place {
            refs.places.insert(place.id.to_string(), Arc::clone(place));
        }
        if let Some(about) = &self.snapshot.about {
            self.keep(about.new.id.to_string(), about.clone(), &mut refs).await?;
        }
        for action in &outcome.actions {
            match action {
                wit::Action::Reply(reply) => {
                    if let Some(to) = &reply.to {
                        self.message(to, &mut refs).await?;
                    }
                    self.draft(&reply.draft, &mut refs).await?;
                }
                wit::Action::Post(post) => {
                    for destination in &post.to {
                        self.destination(destination, &mut refs).await?;
                    }
                    self.draft(&post.draft, &mut refs).await?;
                }
                wit::Action::Edit(edit) => {
                    self.message(&edit.target, &mut refs).await?;
                    self.draft(&edit.draft, &mut refs).await?;
                }
                wit::Action::Buttons(change) => self.message(&change.target, &mut refs).await?,
                wit::Action::Delete(target) => self.message(target, &mut refs).await?,
                wit::Action::React(react) => self.message(&react.target, &mut refs).await?,
                wit::Action::Moderate(asked) => self.removable(asked, &mut refs).await?,
                _ => {}
            }
        }
        let search = Search {
            storage: self.storage,
            snapshot: self.snapshot,
            event: self.event,
        };
        // Once all is known that any of them deletes.
        refs.offenders = search.all(&outcome.actions, &refs).await?;
        Ok(refs)
    }

    async fn removable(&self, asked: &wit::Moderation, refs: &mut Refs) -> Result<(), ReadError> {
        for target in asked.messages.iter().take(MESSAGES_LOOKED_UP) {
            self.message(target, refs).await?;
            let Some(Referred { stored, place }) = refs.messages.get(target) else {
                continue;
            };
            if let Author::Identity { id: author } = stored.new.author
                && self.is_seen(place)
            {
                let removable = Removable {
                    message: stored.new.id,
                    author,
                    place: Arc::clone(place),
                };
                refs.removable.insert(target.clone(), removable);
            }
        }
        Ok(())
    }

    /// Whether a plugin could see what is said there: in the event's place, or where the bot reads along with several people.
    fn is_seen(&self, place: &Place) -> bool {
        let here = self.snapshot.place.as_ref().is_some_and(|here| here.id == place.id);
        here || place.overheard && place.audience != Audience::Direct
    }

    async fn destination(&self, destination: &wit::Destination, refs: &mut Refs) -> Result<(), ReadError> {
        match destination {
            wit::Destination::Place(place) => self.place(place, refs).await,
            wit::Destination::Conversation(conversation) => self.conversation(conversation, refs).await,
            wit::Destination::Person(_) => Ok(()),
        }
    }

    async fn draft(&self, draft: &wit::Draft, refs: &mut Refs) -> Result<(), ReadError> {
        for cited in &draft.cites {
            // An answer that cannot be looked up now is treated as unknown: the outcome fails and the admin reads why.
            if let Ok(Some(entry)) = self.data.cited(&EntryId::from(cited.as_str())).await {
                refs.entries.insert(cited.clone(), entry);
            }
        }
        for place in place_mentions(&draft.text) {
            self.place(place, refs).await?;
        }
        Ok(())
    }

    async fn place(&self, text: &str, refs: &mut Refs) -> Result<(), ReadError> {
        if refs.places.contains_key(text) {
            return Ok(());
        }
        let Ok(id) = text.parse::<PlaceId>() else {
            return Ok(());
        };
        let found = self.storage.place(id).await?;
        if let Some(place) = found.filter(|place| place.community == self.snapshot.community.id) {
            refs.places.insert(text.to_owned(), Arc::new(place));
        }
        Ok(())
    }

    async fn conversation(&self, text: &str, refs: &mut Refs) -> Result<(), ReadError> {
        let Ok(id) = text.parse::<ConversationId>() else {
            return Ok(());
        };
        let found = self.storage.conversation(id).await?;
        let Some(conversation) = found.filter(|found| found.community == self.snapshot.community.id) else {
            return Ok(());
        };
        if let Some(place) = self.storage.place(conversation.place).await? {
            refs.conversations.insert(text.to_owned(), (id, Arc::new(place)));
        }
        Ok(())
    }

    async fn message(&self, text: &str, refs: &mut Refs) -> Result<(), ReadError> {
        if refs.messages.contains_key(text) {
            return Ok(());
        }
        let found = match text.strip_prefix('#') {
            Some(name) => {
                let community = self.snapshot.community.id;
                self.storage.message_by_name(community, self.plugin, name).await?
            }
            None => match text.parse::<MessageId>() {
                Ok(id) => self.storage.message(id).await?,
                Err(_) => None,
            },
        };
        match found {
            Some(message) => self.keep(text.to_owned(), message, refs).await,
            None => Ok(()),
        }
    }

    async fn keep(&self, name: String, stored: StoredMessage, refs: &mut Refs) -> Result<(), ReadError> {
        let here = self.snapshot.place.as_ref();
        let place = match here.filter(|here| here.id == stored.new.place) {
            Some(here) => Some(Arc::clone(here)),
            None => self.storage.place(stored.new.place).await?.map(Arc::new),
        };
        if let Some(place) = place.filter(|place| place.community == self.snapshot.community.id) {
            refs.messages.insert(name, Referred { stored, place });
        }
        Ok(())
    }
}

/// The refs in `<#…>` of a text.
fn place_mentions(text: &str) -> impl Iterator<Item = &str> {
    text.split("<#")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('>')?.0))
}
