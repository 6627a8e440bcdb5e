//! What an update does not tell, but was told before, or is our own doing: in which topic of its group a message stands, and
//! whether a post of a channel is the bot's.
//!
//! What was lately heard and sent is in memory; the rest is looked up in what is stored, so that a restart forgets nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use teloxide_core::types::{
    Chat, ChatId, ChatKind, Message, MessageId, MessageOrigin, PublicChatKind, ThreadId, Update, UpdateKind,
};

use super::{Telegram, names};
use crate::connectors::AcceptError;
use crate::model::ids::{MessageRef, PlaceRef};

/// Messages of each of two generations; less than a hundred bytes each.
const MESSAGES_MAX: usize = 4096;

/// What our own storage knows of messages.
#[async_trait]
pub trait StoredMessages: Send + Sync {
    /// The message of this name in this chat, or in one of its topics.
    async fn find(&self, message: &MessageRef) -> Result<Option<Found>, Box<dyn std::error::Error + Send + Sync>>;
}

/// A message that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The chat or the topic that it stands in.
    pub place: PlaceRef,
    /// Whether we said it.
    pub ours: bool,
}

/// A message as Telegram numbers it: across all topics of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Number {
    chat: ChatId,
    message: MessageId,
}

/// What is known of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    topic: Option<ThreadId>,
    ours: bool,
}

/// What is known of the messages that a batch of updates is about.
#[derive(Debug, Default)]
pub(super) struct Recall(HashMap<Number, Known>);

impl Recall {
    /// The topic that a message stands in; none also where nobody knows.
    pub(super) fn topic(&self, chat: &Chat, message: MessageId) -> Option<ThreadId> {
        self.known(chat, message).topic
    }

    /// Whether the bot said it.
    pub(super) fn is_ours(&self, chat: &Chat, message: MessageId) -> bool {
        self.known(chat, message).ours
    }

    fn known(&self, chat: &Chat, message: MessageId) -> Known {
        let number = Number { chat: chat.id, message };
        self.0.get(&number).copied().unwrap_or_default()
    }
}

/// What was lately heard and sent. The oldest is forgotten first.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Number, Known>,
    old: HashMap<Number, Known>,
}

impl Memory {
    /// The bot said this in a chat of several people.
    pub(super) fn sent(&self, message: &Message, topic: Option<ThreadId>) {
        if !message.chat.is_private() {
            let number = number(&message.chat, message.id);
            self.generations().insert(number, Known { topic, ours: true });
        }
    }

    fn get(&self, number: Number) -> Option<Known> {
        let known = self.generations();
        known.young.get(&number).or_else(|| known.old.get(&number)).copied()
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn insert(&mut self, number: Number, known: Known) {
        if self.young.len() >= MESSAGES_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(number, known);
    }
}

/// Remembers what these updates tell, and recalls what they do not.
pub(super) async fn recall(telegram: &Telegram, updates: &[Update]) -> Result<Recall, AcceptError> {
    let memory = &telegram.memory;
    {
        let mut known = memory.generations();
        for (number, told) in updates.iter().filter_map(told) {
            known.insert(number, told);
        }
    }
    let mut recalled = HashMap::new();
    for (number, message) in updates.iter().filter_map(wanted) {
        let known = match memory.get(number) {
            Some(known) => Some(known),
            None => look_up(telegram, &message).await?,
        };
        if let Some(known) = known {
            memory.generations().insert(number, known);
            recalled.insert(number, known);
        }
    }
    Ok(Recall(recalled))
}

async fn look_up(telegram: &Telegram, message: &MessageRef) -> Result<Option<Known>, AcceptError> {
    let found = telegram.stored.find(message).await.map_err(AcceptError::Storage)?;
    Ok(found.map(|found| Known {
        topic: names::Chat::parse(&found.place, telegram.bot_id).and_then(names::Chat::thread),
        ours: found.ours,
    }))
}

/// In which topic a message stands.
fn told(update: &Update) -> Option<(Number, Known)> {
    let UpdateKind::Message(message) = &update.kind else {
        return None;
    };
    let known = Known {
        topic: super::inbound::topic(message),
        ours: false,
    };
    is_forum(&message.chat).then(|| (number(&message.chat, message.id), known))
}

/// The message of which more has to be known than the update tells.
fn wanted(update: &Update) -> Option<(Number, MessageRef)> {
    match &update.kind {
        UpdateKind::MessageReaction(reaction) => {
            is_forum(&reaction.chat).then(|| named(&reaction.chat, reaction.message_id))?
        }
        UpdateKind::ChannelPost(post) | UpdateKind::EditedChannelPost(post) => named(&post.chat, post.id),
        UpdateKind::Message(message) | UpdateKind::EditedMessage(message) => {
            let (channel, post) = post_of(message.reply_to_message()?)?;
            named(channel, post)
        }
        _ => None,
    }
}

/// The post of a channel that Telegram copied into the channel's group as this message.
pub(super) fn post_of(message: &Message) -> Option<(&Chat, MessageId)> {
    match message.forward_origin()? {
        MessageOrigin::Channel { chat, message_id, .. } if message.is_automatic_forward() => Some((chat, *message_id)),
        _ => None,
    }
}

/// Only supergroups and channels number their messages for all bots alike.
fn named(chat: &Chat, message: MessageId) -> Option<(Number, MessageRef)> {
    let shared = chat.is_supergroup() || chat.is_channel();
    shared.then(|| {
        (
            number(chat, message),
            names::message(&names::supergroup(chat.id), message),
        )
    })
}

fn number(chat: &Chat, message: MessageId) -> Number {
    Number { chat: chat.id, message }
}

fn is_forum(chat: &Chat) -> bool {
    match &chat.kind {
        ChatKind::Public(public) => matches!(&public.kind, PublicChatKind::Supergroup(group) if group.is_forum),
        ChatKind::Private(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_is_forgotten_and_what_is_new_is_not() {
        let memory = Memory::default();
        let number = |message: usize| Number {
            chat: ChatId(-100),
            message: MessageId(i32::try_from(message).unwrap()),
        };
        for message in 0..=2 * MESSAGES_MAX {
            memory.generations().insert(number(message), Known::default());
        }
        assert_eq!(memory.get(number(0)), None);
        assert!(memory.get(number(MESSAGES_MAX)).is_some());
        assert!(memory.get(number(2 * MESSAGES_MAX)).is_some());
    }
}
