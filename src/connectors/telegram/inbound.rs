//! From Telegram's updates to events. Pure: everything in an update was written by strangers.

use sha2::{Digest, Sha256};
use teloxide_core::types::{
    CallbackQuery, CallbackQueryId, Chat, ChatKind, ChatMigration, MediaGroupId, Message, MessageEntity,
    MessageEntityKind, MessageKind, MessageReactionUpdated, PublicChatKind, ReactionType, ThreadId, Update, UpdateKind,
    User,
};

use super::attachment::{self, Attached};
use super::keepers::ADMINISTRATOR;
use super::recall::{self, Recall};
use super::{names, text};
use crate::connectors::files;
use crate::model::content::Content;
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use crate::model::event::{Addressed, InMessage, Membership, Source};
use crate::model::ids::{LoginName, MessageRef, PlaceRef};
use crate::model::language;
use crate::model::{Event, EventBody, Timestamp};

/// Longer names are cut; Telegram's own are shorter.
const NAME_CHARS_MAX: usize = 128;

/// Telegram's names of presses are numbers of some twenty digits.
const PRESS_CHARS_MAX: usize = 64;

/// The bot that reads.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) login: LoginName,
    pub(super) bot_id: u64,
    /// Without the @; none until Telegram has told it.
    pub(super) name: Option<String>,
}

/// A press that waits for a word.
#[derive(Clone, Debug)]
pub(super) struct Pressed {
    pub(super) id: CallbackQueryId,
    /// Of whoever pressed.
    pub(super) language: Option<String>,
    /// The key of its event, where it is one.
    pub(super) event: Option<String>,
}

/// What one update says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) events: Vec<Event>,
    /// Of the only event, to be fetched.
    pub(super) file: Option<Attached>,
    /// Which album that event is of.
    pub(super) album: Option<MediaGroupId>,
    /// The button shows that it is being worked on until this is answered.
    pub(super) pressed: Option<Pressed>,
    /// It is of a kind that this program does not know.
    pub(super) unknown: bool,
    /// It says how many reactions a message has, and not whose: nobody did anything that could be answered.
    pub(super) unnamed: bool,
}

impl Reader {
    /// Reads one update. `now` stands for the time of what Telegram tells without one.
    pub(super) fn read(&self, update: Update, now: Timestamp, recall: &Recall) -> Read {
        let stamp = format!("{}/{}", self.bot_id, update.id.0);
        let unknown = match &update.kind {
            UpdateKind::Message(message)
            | UpdateKind::EditedMessage(message)
            | UpdateKind::ChannelPost(message)
            | UpdateKind::EditedChannelPost(message) => is_unknown(message),
            UpdateKind::Error(_) => true,
            _ => false,
        };
        let events = match update.kind {
            UpdateKind::Message(message) | UpdateKind::ChannelPost(message) => {
                return Read {
                    events: self.message(&message, false, recall),
                    file: attachment::file(&message),
                    album: message.media_group_id().cloned(),
                    unknown,
                    ..Read::default()
                };
            }
            UpdateKind::EditedMessage(message) | UpdateKind::EditedChannelPost(message) => {
                self.message(&message, true, recall)
            }
            UpdateKind::MyChatMember(change) => self.own_membership(&change, &stamp).into_iter().collect(),
            UpdateKind::ChatMember(change) => self.membership(&change).into_iter().collect(),
            UpdateKind::MessageReaction(reaction) => self.reaction(&reaction, &stamp, recall),
            UpdateKind::CallbackQuery(press) => {
                let event = self.press(&press, now);
                let pressed = Pressed {
                    id: press.id,
                    language: press.from.language_code,
                    event: event.as_ref().map(|event| event.dedupe.clone()),
                };
                return Read {
                    events: event.into_iter().collect(),
                    pressed: Some(pressed),
                    unknown,
                    ..Read::default()
                };
            }
            UpdateKind::MessageReactionCount(_) => {
                return Read {
                    unnamed: true,
                    ..Read::default()
                };
            }
            // Not asked for, so not sent.
            _ => Vec::new(),
        };
        Read {
            events,
            unknown,
            ..Read::default()
        }
    }

    fn message(&self, message: &Message, edited: bool, recall: &Recall) -> Vec<Event> {
        let place = self.place(&message.chat, topic(message));
        let native = names::message(&place.native, message.id);
        let at = seconds(message.date.timestamp());
        if let Some(migration) = message.chat_migration() {
            let told_by_one = match migration {
                ChatMigration::To { .. } => message.chat.is_group(),
                ChatMigration::From { .. } => message.chat.is_supergroup(),
            };
            return Vec::from_iter(told_by_one.then(|| self.moved(migration, place, at)));
        }
        if let Some(joined) = message.new_chat_members() {
            return self.members(joined, Membership::Joined, &place, at);
        }
        if let Some(left) = message.left_chat_member() {
            return self.members(std::slice::from_ref(left), Membership::Left, &place, at);
        }
        if is_start(message)
            && let Some(user) = &message.from
        {
            return self.members(std::slice::from_ref(user), Membership::Joined, &place, at);
        }
        let (Some(content), Some(author)) = (self.content(message, edited), author(message)) else {
            return Vec::new();
        };
        let addressed = self.addressed(message, recall);
        let author = SeenIdentity {
            bot: author.bot || asks_nobody(message, addressed),
            ..author
        };
        let unnamed = matches!(addressed, Addressed::Overheard | Addressed::Reply);
        let nothing = content.is_empty() && attachment::file(message).is_none() && unnamed;
        // Telegram names the channel for a post, whoever wrote it.
        if nothing || self.is_own(&author) || recall.is_ours(&message.chat, message.id) {
            return Vec::new();
        }
        let said = InMessage {
            addressed,
            reply_to: reply_to(message).map(|answered| names::message(&place.native, answered.id)),
            mentions: Vec::new(),
            files: Vec::new(),
            content,
            native,
        };
        let mut dedupe = dedupe_key(&said.native);
        let mut occurred_at = at;
        if edited {
            let stamp = message.edit_date().copied().unwrap_or(message.date);
            // Two edits within a second differ in what they say.
            dedupe = format!("{dedupe}/edit/{}/{}", stamp.timestamp(), digest(&said.content));
            occurred_at = seconds(stamp.timestamp());
        }
        let body = if edited {
            EventBody::Edited(said)
        } else {
            EventBody::Message(said)
        };
        vec![self.event(place, Some(author), occurred_at, dedupe, body)]
    }

    /// What it says; none for what Telegram says itself, such as a new title.
    fn content(&self, message: &Message, edited: bool) -> Option<Content> {
        if let Some(said) = message.text().or_else(|| message.caption()) {
            // Nothing but the bot's name is a call without a question.
            return Some(text::content(said, entities(message), self.name.as_deref()));
        }
        let blocks = match attachment::file(message) {
            // It comes along, or a word for it with the reason why not. Of an edit only the words count.
            Some(_) if !edited => Vec::new(),
            Some(file) => vec![attachment::stand_in(file.what)],
            None => {
                // Whoever writes to the bot alone is heard, whatever they send.
                let unknown = (message.chat.is_private() && is_unknown(message)).then(|| "message".to_owned());
                vec![attachment::stand_in(&attachment::word(message).or(unknown)?)]
            }
        };
        Some(Content { blocks })
    }

    fn addressed(&self, message: &Message, recall: &Recall) -> Addressed {
        if message.chat.is_private() {
            return Addressed::Direct;
        }
        // A channel's post, in the channel's group: what it asks of the bot it has asked in the channel.
        if message.is_automatic_forward() {
            return Addressed::Overheard;
        }
        let said = message.text().or_else(|| message.caption()).unwrap_or_default();
        let entities = entities(message);
        if entities.iter().any(|entity| self.names_bot(said, entity)) {
            return Addressed::Mention;
        }
        if reply_to(message).is_some_and(|answered| self.is_from_bot(answered, recall)) {
            return Addressed::Reply;
        }
        let command = entities
            .iter()
            .find(|entity| entity.kind == MessageEntityKind::BotCommand);
        match command {
            Some(entity) if entity.offset == 0 && !text::stretch(said, entity).contains('@') => Addressed::Prefix,
            _ => Addressed::Overheard,
        }
    }

    /// Also where it is a copy of what the bot said in the channel of this group.
    fn is_from_bot(&self, message: &Message, recall: &Recall) -> bool {
        match recall::post_of(message) {
            Some((channel, post)) => recall.is_ours(channel, post),
            None => message.from.as_ref().is_some_and(|user| user.id.0 == self.bot_id),
        }
    }

    fn names_bot(&self, said: &str, entity: &MessageEntity) -> bool {
        match &entity.kind {
            MessageEntityKind::Mention | MessageEntityKind::BotCommand => {
                let written = text::stretch(said, entity);
                let named = written.split_once('@').map(|(_, name)| name);
                named
                    .zip(self.name.as_deref())
                    .is_some_and(|(named, bot)| named.eq_ignore_ascii_case(bot))
            }
            MessageEntityKind::TextMention { user } => user.id.0 == self.bot_id,
            _ => false,
        }
    }

    /// Telegram does not tell the bot what it did itself; if it did, the bot would answer itself.
    fn is_own(&self, who: &SeenIdentity) -> bool {
        who.native == names::identity(&self.bot_id)
    }

    /// A group has become a supergroup. Both chats tell it, which is one event.
    fn moved(&self, migration: &ChatMigration, told_in: SeenPlace, at: Timestamp) -> Event {
        let other = |native: PlaceRef| SeenPlace {
            space: Some(native.id.as_str().to_owned()),
            native,
            ..told_in.clone()
        };
        let (from, to) = match migration {
            ChatMigration::To { chat_id } => {
                let to = other(names::supergroup(*chat_id));
                (told_in, to)
            }
            ChatMigration::From { chat_id } => (other(names::group(self.bot_id, *chat_id)), told_in),
        };
        let dedupe = format!("{}/{}/moved", from.native.scope, from.native.id);
        self.event(from, None, at, dedupe, EventBody::Moved { to })
    }

    fn reaction(&self, reaction: &MessageReactionUpdated, stamp: &str, recall: &Recall) -> Vec<Event> {
        let topic = recall.topic(&reaction.chat, reaction.message_id);
        let place = self.place(&reaction.chat, topic);
        let who = match (reaction.user(), reaction.actor.chat()) {
            (Some(user), _) => person(user),
            (None, Some(chat)) => speaker(chat, &reaction.chat),
            (None, None) => return Vec::new(),
        };
        if self.is_own(&who) {
            return Vec::new();
        }
        let message = names::message(&place.native, reaction.message_id);
        let (before, after) = (emojis(&reaction.old_reaction), emojis(&reaction.new_reaction));
        let gone = before
            .iter()
            .filter(|emoji| !after.contains(emoji))
            .map(|emoji| (emoji, false));
        let new = after
            .iter()
            .filter(|emoji| !before.contains(emoji))
            .map(|emoji| (emoji, true));
        let event = |(number, (emoji, added)): (usize, (&String, bool))| {
            let body = EventBody::Reaction {
                message: message.clone(),
                emoji: emoji.clone(),
                added,
            };
            let dedupe = format!("telegram/{stamp}/{number}");
            self.event(
                place.clone(),
                Some(who.clone()),
                seconds(reaction.date.timestamp()),
                dedupe,
                body,
            )
        };
        gone.chain(new).enumerate().map(event).collect()
    }

    fn press(&self, press: &CallbackQuery, now: Timestamp) -> Option<Event> {
        let button = press.data.as_deref()?.parse().ok()?;
        let message = press.message.as_ref()?;
        let who = Some(person(&press.from)).filter(|who| !self.is_own(who))?;
        let id = press.id.0.as_str();
        let named = (1..=PRESS_CHARS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        named.then_some(())?;
        let topic = press.regular_message().and_then(topic);
        let place = self.place(message.chat(), topic);
        let body = EventBody::Press {
            message: Some(names::message(&place.native, message.id())),
            button,
            values: Vec::new(),
        };
        let dedupe = format!("telegram/{}/press/{id}", self.bot_id);
        Some(self.event(place, Some(who), now, dedupe, body))
    }

    pub(super) fn event(
        &self,
        place: SeenPlace,
        author: Option<SeenIdentity>,
        occurred_at: Timestamp,
        dedupe: String,
        body: EventBody,
    ) -> Event {
        Event {
            source: Source::Platform {
                login: self.login.clone(),
                place,
                author,
            },
            occurred_at,
            dedupe,
            hops: 0,
            body,
        }
    }

    pub(super) fn place(&self, chat: &Chat, topic: Option<ThreadId>) -> SeenPlace {
        let (name, audience) = match &chat.kind {
            ChatKind::Private(_) => (full_name(chat), Audience::Direct),
            ChatKind::Public(public) => {
                let audience = match &public.kind {
                    PublicChatKind::Channel(_) => Audience::Public,
                    PublicChatKind::Supergroup(group) if group.username.is_some() => Audience::Public,
                    PublicChatKind::Supergroup(_) | PublicChatKind::Group => Audience::Group,
                };
                (public.title.clone().unwrap_or_default(), audience)
            }
        };
        let shared = audience != Audience::Direct;
        SeenPlace {
            native: names::place(self.bot_id, chat, topic),
            space: shared.then(|| chat.id.to_string()),
            parent: topic.map(|_| names::place(self.bot_id, chat, None)),
            name: match topic {
                Some(topic) => format!("{} (topic {})", cut(&name), topic.0.0),
                None => cut(&name),
            },
            audience,
            // Many people talk in a topic at once, each with a conversation of their own, as in a channel.
            thread: false,
        }
    }
}

/// What Telegram itself writes for somebody who opens a chat with the bot.
fn is_start(message: &Message) -> bool {
    let first = message.text().and_then(|text| text.split_whitespace().next());
    message.chat.is_private() && first == Some("/start")
}

/// Holds nothing that the library has a type for.
fn is_unknown(message: &Message) -> bool {
    matches!(message.kind, MessageKind::Empty {})
}

/// Only topics of a forum are places; elsewhere a thread id marks a chain of replies.
pub(super) fn topic(message: &Message) -> Option<ThreadId> {
    message.thread_id.filter(|_| message.is_topic_message)
}

/// In a topic everything "answers" the line that opened it; that is no reply.
fn reply_to(message: &Message) -> Option<&Message> {
    let answered = message.reply_to_message()?;
    let opening = topic(message).is_some_and(|topic| topic.0 == answered.id);
    (!opening && answered.id != message.id).then_some(answered)
}

fn entities(message: &Message) -> &[MessageEntity] {
    message
        .entities()
        .or_else(|| message.caption_entities())
        .unwrap_or_default()
}

/// A person, or a channel or group that speaks for itself.
fn author(message: &Message) -> Option<SeenIdentity> {
    match (&message.sender_chat, &message.from) {
        // What Telegram copies of the group's own channel.
        (Some(chat), _) if message.is_automatic_forward() => Some(SeenIdentity {
            standing: Standing::Keeper,
            ..speaker(chat, &message.chat)
        }),
        (Some(chat), _) => Some(speaker(chat, &message.chat)),
        (None, Some(user)) => Some(person(user)),
        (None, None) => message.chat.is_channel().then(|| speaker(&message.chat, &message.chat)),
    }
}

/// What a channel posts is said to its readers, unless it calls for the bot; so is what Telegram copies of it into its group.
/// It counts as said by no person, so that no plugin takes it for a question.
fn asks_nobody(message: &Message, addressed: Addressed) -> bool {
    (message.chat.is_channel() || message.is_automatic_forward()) && addressed == Addressed::Overheard
}

pub(super) fn person(user: &User) -> SeenIdentity {
    SeenIdentity {
        native: names::identity(&user.id),
        name: cut(&user.full_name()),
        bot: user.is_bot,
        language: user.language_code.as_deref().and_then(language::tag),
        roles: Vec::new(),
        created_at: None,
        joined_at: None,
        standing: Standing::Untold,
    }
}

/// For a chat that speaks for itself: an administrator who does not want to be named, or a channel's post.
fn speaker(chat: &Chat, here: &Chat) -> SeenIdentity {
    let (standing, roles) = if chat.id == here.id {
        (Standing::Keeper, vec![ADMINISTRATOR.into()])
    } else {
        (Standing::Untold, Vec::new())
    };
    SeenIdentity {
        native: names::identity(&chat.id),
        name: cut(chat.title().unwrap_or_default()),
        bot: false,
        language: None,
        roles,
        created_at: None,
        joined_at: None,
        standing,
    }
}

fn full_name(chat: &Chat) -> String {
    let names = [chat.first_name(), chat.last_name()];
    names.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Custom emoji have no character of their own.
fn emojis(reactions: &[ReactionType]) -> Vec<String> {
    let named = reactions.iter().filter_map(ReactionType::emoji).map(|emoji| cut(emoji));
    named.filter(|emoji| !emoji.trim().is_empty()).collect()
}

fn cut(name: &str) -> String {
    let shown = name
        .chars()
        .filter(|letter| !files::is_hidden(*letter) && *letter != '\t');
    shown.take(NAME_CHARS_MAX).collect()
}

fn dedupe_key(message: &MessageRef) -> String {
    format!("{}/{}/{}", message.place.scope, message.place.id, message.id)
}

fn digest(content: &Content) -> String {
    let bytes = serde_json::to_vec(content).expect("a tree is plain data");
    let digest = Sha256::digest(bytes);
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    format!("{:016x}", u64::from_be_bytes(*first))
}

/// Nothing happens outside of the calendar.
pub(super) fn seconds(since_epoch: i64) -> Timestamp {
    let (first, last) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
    Timestamp::from_millis(since_epoch.clamp(first, last) * 1_000)
}

#[cfg(test)]
mod tests;
