//! An event as the plugins of a chain see it.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::members::Member;
use super::{Chain, command, lower};
use crate::dispatcher::Snapshot;
use crate::model::action::FileRef;
use crate::model::event::EventBody;
use crate::model::ids::IdentityId;
use crate::model::invisible::is_blank;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::storage::core::StoredEvent;

/// What is known of an event before any plugin runs.
pub(super) struct Turn<'a> {
    pub(super) stored: &'a StoredEvent,
    pub(super) snapshot: &'a Snapshot,
    pub(super) text: String,
    pub(super) people: Vec<(IdentityId, String)>,
    /// What all plugins see of it, made for the first of them.
    seen: OnceLock<Option<wit::Event>>,
}

impl Chain {
    pub(super) async fn turn<'a>(&self, stored: &'a StoredEvent, snapshot: &'a Snapshot) -> Turn<'a> {
        let mut people = Vec::new();
        let mut text = String::new();
        if let EventBody::Message(message) | EventBody::Edited(message) = &stored.new.event.body {
            text = message.content.to_plain();
            if is_blank(&text) {
                // A question of nothing would be one without an answer.
                text.clear();
            }
            for mention in &message.mentions {
                // Somebody whom we do not know is left out; a mention is no reason to fail.
                if let Ok(Some(identity)) = self.parts.storage.identity_by_native(mention).await {
                    people.push((identity.id, identity.name));
                }
            }
        }
        if let Some(author) = &snapshot.author {
            people.push((author.id, author.name.clone()));
        }
        Turn {
            stored,
            snapshot,
            text,
            people,
            seen: OnceLock::new(),
        }
    }
}

impl Turn<'_> {
    /// Whether the bot was not addressed.
    pub(super) fn is_overheard(&self) -> bool {
        self.stored.new.event.body.is_overheard()
    }

    /// The event as this plugin sees it.
    pub(super) fn event(&self, member: &Member) -> Option<Cow<'_, wit::Event>> {
        let named = self
            .snapshot
            .about
            .as_ref()
            .is_some_and(|about| about.new.name.is_some());
        let command = matches!(self.stored.new.event.body, EventBody::Command { .. });
        if named || command {
            // Names and options are the plugin's own.
            return self.event_of(member).map(Cow::Owned);
        }
        self.seen
            .get_or_init(|| self.event_of(member))
            .as_ref()
            .map(Cow::Borrowed)
    }

    fn event_of(&self, member: &Member) -> Option<wit::Event> {
        let options = match &self.stored.new.event.body {
            EventBody::Command {
                name, options, rest, ..
            } => {
                let declared = member.manifest.commands.iter().find(|command| command.name == *name);
                command::options(declared, options, rest)
            }
            _ => Vec::new(),
        };
        // The author is the last of the people; the others are named in the message.
        let mentions = &self.people[..self.people.len() - usize::from(self.snapshot.author.is_some())];
        let known = lower::Known {
            text: &self.text,
            options: &options,
            mentions,
            plugin: &member.id,
        };
        lower::event(self.stored, self.snapshot, &known)
    }

    pub(super) fn files(&self) -> &[FileRef] {
        match &self.stored.new.event.body {
            EventBody::Message(message) | EventBody::Edited(message) => &message.files,
            _ => &[],
        }
    }
}
