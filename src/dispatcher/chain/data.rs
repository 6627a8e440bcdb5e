//! What a plugin's host interfaces read during one event: storage and the knowledge base, bounded by the event.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::lower;
use crate::dispatcher::{Asker, KnowledgeSource, LanguageModel, ModelError, Role, Snapshot, Turn};
use crate::model::Timestamp;
use crate::model::action::Author;
use crate::model::button::{HostButton, HostPress};
use crate::model::directory::Audience;
use crate::model::finding::{AskScope, Decision, EntryText, Finding, Gap};
use crate::model::ids::{ConversationId, EntryId, IdentityId, PluginId};
use crate::plugin_host::bindings::switchboard::plugin::history::{Line, Speaker};
use crate::plugin_host::bindings::switchboard::plugin::knowledge as wit;
use crate::plugin_host::bindings::switchboard::plugin::model;
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::{Completed, HostData, KvValue, NotCompleted};
use crate::storage::core::{KvEntry, StoredMessage};
use crate::storage::{Page, ReadError, SharedStorage};

/// What one plugin may read for one event.
pub(super) struct Data {
    storage: SharedStorage,
    knowledge: Arc<dyn KnowledgeSource>,
    language_model: Arc<dyn LanguageModel>,
    plugin: PluginId,
    scope: AskScope,
    conversation: Option<ConversationId>,
    now: Timestamp,
    asked: Mutex<Asked>,
}

/// What was asked and served, for the buttons under the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The last question.
    pub(super) question: String,
    /// The entries that were served.
    pub(super) entries: Vec<EntryText>,
    /// What was found last.
    pub(super) found: Option<Finding>,
}

impl Data {
    pub(super) fn new(
        storage: SharedStorage,
        (knowledge, language_model): (Arc<dyn KnowledgeSource>, Arc<dyn LanguageModel>),
        plugin: PluginId,
        snapshot: &Snapshot,
        overheard: bool,
    ) -> Self {
        Self {
            storage,
            knowledge,
            language_model,
            plugin,
            scope: scope(snapshot, overheard),
            conversation: snapshot.conversation.as_ref().map(|conversation| conversation.id),
            now: snapshot.now,
            asked: Mutex::default(),
        }
    }

    /// The same for a plugin that is only tried: no language model is asked for it.
    pub(super) fn sparing(mut self) -> Self {
        self.scope.consults = false;
        self
    }

    /// What was asked and served so far.
    pub(super) fn asked(&self) -> Asked {
        self.asked.lock().expect("nobody panics while holding it").clone()
    }

    /// An entry that is cited: one that was served, else looked up under the same rules.
    pub(super) async fn cited(&self, id: &EntryId) -> Result<Option<EntryText>, CallError> {
        let served = self.asked().entries.into_iter().find(|entry| entry.id == *id);
        match served {
            Some(entry) => Ok(Some(entry)),
            None => self
                .knowledge
                .entry(&self.scope, id)
                .await
                .map_err(|error| unavailable(&error)),
        }
    }

    fn serve(&self, entry: &EntryText) -> wit::Entry {
        let mut asked = self.asked.lock().expect("nobody panics while holding it");
        asked.entries.push(entry.clone());
        wit::Entry {
            id: entry.id.as_str().to_owned(),
            revision: entry.revision,
            question: entry.question.clone(),
            answer: entry.answer.clone(),
            short: entry.short.clone(),
        }
    }
}

fn scope(snapshot: &Snapshot, overheard: bool) -> AskScope {
    let place = snapshot.place.as_deref();
    AskScope {
        community: snapshot.community.id,
        place: place.map(|place| place.id),
        platform: place.map_or_else(String::new, |place| {
            lower::platform(place.native.scope.as_str()).to_owned()
        }),
        audience: place.map_or(Audience::Public, |place| place.audience),
        staff: snapshot.author.as_ref().is_some_and(|author| author.staff),
        overheard,
        language: snapshot.author.as_ref().and_then(|author| author.language.clone()),
        conversation: snapshot.conversation.as_ref().map(|conversation| conversation.id),
        without: refused_now(snapshot),
        asker: snapshot
            .author
            .as_ref()
            .filter(|author| !author.bot)
            .map(|author| author.id),
        consults: snapshot.author.as_ref().is_some_and(|author| !author.bot),
    }
}

/// What the *Not it* of this very event refuses.
fn refused_now(snapshot: &Snapshot) -> Vec<EntryId> {
    let press = snapshot
        .button
        .as_ref()
        .and_then(|button| HostPress::parse(&button.meaning.payload));
    let refused = press.filter(|press| press.press == HostButton::NotIt);
    refused.map_or_else(Vec::new, |press| {
        press.cites.into_iter().map(|(entry, _)| entry).collect()
    })
}

#[async_trait]
impl HostData for Data {
    async fn kv_get(&self, key: &str) -> Result<Option<KvValue>, CallError> {
        let read = self
            .storage
            .kv_get(&self.plugin, self.scope.community, key, self.now)
            .await;
        Ok(read.map_err(|error| broken(&error))?.map(|entry| value(entry).1))
    }

    async fn kv_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, KvValue)>, CallError> {
        let community = self.scope.community;
        let read = self
            .storage
            .kv_scan(&self.plugin, community, prefix, after, limit, self.now)
            .await;
        Ok(read.map_err(|error| broken(&error))?.into_iter().map(value).collect())
    }

    async fn kv_usage(&self) -> Result<(u64, u64), CallError> {
        let read = self.storage.kv_usage(&self.plugin, self.scope.community).await;
        read.map_err(|error| broken(&error))
    }

    async fn ask(&self, question: &str, limit: u32) -> Result<wit::Finding, CallError> {
        let is_first = {
            let mut asked = self.asked.lock().expect("nobody panics while holding it");
            let is_first = asked.question.is_empty();
            question.clone_into(&mut asked.question);
            is_first
        };
        let scope = AskScope {
            // A plugin that tries many ways to ask waits for a language model once.
            consults: self.scope.consults && is_first,
            ..self.scope.clone()
        };
        let finding = self.knowledge.ask(&scope, question, limit).await;
        let finding = finding.map_err(|error| unavailable(&error))?;
        {
            let mut asked = self.asked.lock().expect("nobody panics while holding it");
            let mut found = finding.clone();
            found
                .again
                .extend(asked.found.take().map(|earlier| earlier.again).unwrap_or_default());
            asked.found = Some(found);
        }
        Ok(wit::Finding {
            decision: match &finding.decision {
                Decision::Answer { entry } => wit::Decision::Answer(self.serve(entry)),
                Decision::Suggest { hits } => wit::Decision::Suggest(
                    hits.iter()
                        .map(|hit| wit::Hit {
                            entry: hit.id.as_str().to_owned(),
                            question: hit.question.clone(),
                            probability: hit.probability,
                        })
                        .collect(),
                ),
                Decision::Abstain { gap } => wit::Decision::Abstain(match gap {
                    Gap::NothingFound => wit::Gap::NothingFound,
                    Gap::Uncertain => wit::Gap::Uncertain,
                    Gap::StaffOnly => wit::Gap::StaffOnly,
                    Gap::NotHere => wit::Gap::NotHere,
                }),
            },
            probability: finding.probability,
        })
    }

    async fn entry(&self, id: &str) -> Result<Option<wit::Entry>, CallError> {
        let found = self.knowledge.entry(&self.scope, &EntryId::from(id)).await;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.map(|entry| self.serve(&entry)))
    }

    async fn history(&self, limit: u32) -> Result<Vec<Line>, CallError> {
        let Some(conversation) = self.conversation else {
            return Ok(Vec::new());
        };
        let page = Page { before: None, limit };
        let read = self.storage.messages_of_conversation(conversation, page).await;
        let messages = read.map_err(|error| broken(&error))?;
        let mut names: Vec<(IdentityId, String)> = Vec::new();
        let mut lines = Vec::new();
        for message in messages.iter().filter(|message| is_history(message)) {
            lines.push(self.line(message, &mut names).await?);
        }
        Ok(lines)
    }

    async fn complete(&self, turns: &[model::Turn], tokens_max: u32) -> Result<Completed, NotCompleted> {
        let asker = Asker {
            community: self.scope.community,
            plugin: self.plugin.clone(),
        };
        let turns: Vec<Turn> = turns.iter().map(turn).collect();
        let answer = self.language_model.complete(&asker, &turns, tokens_max).await;
        let completed = answer.map_err(|error| {
            let (error, spent) = match error {
                ModelError::Unavailable => (CallError::Unavailable, false),
                ModelError::Broken => (CallError::Unavailable, true),
                ModelError::Timeout => (CallError::Timeout, true),
                ModelError::Limit(why) => (CallError::Limit(why), false),
                ModelError::Refused(why) => (CallError::Other(why), true),
            };
            NotCompleted { error, spent }
        })?;
        Ok(Completed {
            completion: model::Completion {
                text: completed.text,
                cut: completed.cut,
            },
            tokens_in: completed.tokens_in,
            tokens_out: completed.tokens_out,
        })
    }
}

fn turn(turn: &model::Turn) -> Turn {
    Turn {
        role: match turn.role {
            model::Role::System => Role::System,
            model::Role::User => Role::User,
            model::Role::Assistant => Role::Assistant,
        },
        text: turn.text.clone(),
    }
}

impl Data {
    async fn line(&self, message: &StoredMessage, names: &mut Vec<(IdentityId, String)>) -> Result<Line, CallError> {
        let (author, name, speaker) = match &message.new.author {
            Author::Identity { id } => (id.to_string(), self.name(*id, names).await?, Speaker::Member),
            Author::Staff { id, name } => (id.to_string(), name.clone(), Speaker::Staff),
            Author::Plugin { id } => (String::new(), id.as_str().to_owned(), Speaker::Bot),
            Author::Host => (String::new(), String::new(), Speaker::Bot),
        };
        Ok(Line {
            ref_: message.new.id.to_string(),
            author,
            name,
            speaker,
            text: message.new.content.to_plain(),
            at: u64::try_from(message.new.at.as_millis()).unwrap_or(0),
        })
    }

    async fn name(&self, id: IdentityId, names: &mut Vec<(IdentityId, String)>) -> Result<String, CallError> {
        if let Some((_, name)) = names.iter().find(|(known, _)| *known == id) {
            return Ok(name.clone());
        }
        let read = self.storage.identity(id).await.map_err(|error| broken(&error))?;
        let name = read.map(|identity| identity.name).unwrap_or_default();
        names.push((id, name.clone()));
        Ok(name)
    }
}

fn value(entry: KvEntry) -> (String, KvValue) {
    let value = KvValue {
        value: entry.value,
        version: entry.version.0,
    };
    (entry.key, value)
}

fn broken(error: &ReadError) -> CallError {
    tracing::error!(error = %error, "a plugin's read failed");
    CallError::Unavailable
}

fn unavailable(error: &crate::dispatcher::HandlerError) -> CallError {
    tracing::warn!(error = %error, "the knowledge base does not answer a plugin");
    CallError::Unavailable
}

/// Notes are for staff, what is said to the command of owners for them, deleted and private messages for nobody else. What the host says is no part of the talk, and may name
/// other accounts of the member or hold a code that links one.
fn is_history(message: &StoredMessage) -> bool {
    let said = &message.new;
    let is_ours = said.note || said.only.is_some() || message.for_owners;
    !is_ours && said.author != Author::Host && message.deleted_at.is_none()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::ids::{MessageId, MessageSeq, PlaceId};
    use crate::model::{Content, Timestamp};
    use crate::storage::unit::NewMessage;

    #[test]
    fn plugins_read_what_was_said_between_the_member_and_who_answered() {
        let said = |change: fn(&mut StoredMessage)| {
            let mut message = StoredMessage {
                seq: MessageSeq(1),
                new: NewMessage {
                    id: MessageId(Uuid::nil()),
                    conversation: None,
                    place: PlaceId(Uuid::nil()),
                    author: Author::Plugin {
                        id: "switchboard/faq".into(),
                    },
                    native: None,
                    reply_to: None,
                    note: false,
                    only: None,
                    content: Content::plain("hello"),
                    buttons: Vec::new(),
                    files: Vec::new(),
                    cites: Vec::new(),
                    name: None,
                    at: Timestamp::from_millis(1),
                },
                for_owners: false,
                edited_at: None,
                deleted_at: None,
                removed: None,
            };
            change(&mut message);
            is_history(&message)
        };
        assert!(said(|_| ()));
        assert!(!said(|message| message.new.author = Author::Host), "it may hold a code");
        assert!(!said(|message| message.new.note = true));
        assert!(!said(|message| message.for_owners = true));
        assert!(!said(|message| message.new.only = Some(IdentityId(Uuid::nil()))));
        assert!(!said(|message| message.deleted_at = Some(Timestamp::from_millis(2))));
    }
}
