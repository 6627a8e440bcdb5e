//! From Discord's payloads to events. Pure: everything in a payload was written by strangers.

use serde_json::Value;
use serenity::model::id::{ChannelId, MessageId, UserId};

use super::channels::Channels;
use super::dispatch::State;
use super::names;
use super::payload::{
    Attachment, Deleted, Emoji, Interaction, Member as PartOfGuild, Membership as Member, Message, Reaction, User,
    made_at_ms,
};
use super::text::{self, Names};
use crate::connectors::files;
use crate::model::content::{Block, Content, Inline};
use crate::model::directory::{SeenIdentity, SeenPlace};
use crate::model::event::{Addressed, InMessage, Membership, Source};
use crate::model::ids::{ButtonId, LoginName, MessageRef};
use crate::model::{Event, EventBody, Timestamp};

/// What people say themselves, from
/// <https://discord.com/developers/docs/resources/message#message-object-message-types>: a message and a reply. All
/// else Discord says for them, such as that somebody pinned something.
const SAID: [u8; 2] = [0, 19];

/// The kinds of interaction that a command, a button and a form make, by
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object>.
pub(super) const COMMAND: u8 = 2;
pub(super) const PRESS: u8 = 3;
pub(super) const SENT_IN: u8 = 5;

/// Reads for one bot.
pub(super) struct Reader<'a> {
    pub(super) login: &'a LoginName,
    pub(super) bot: UserId,
    pub(super) channels: &'a Channels,
}

impl Reader<'_> {
    /// Somebody said something.
    pub(super) fn message(&self, message: &Message) -> Option<Event> {
        let dedupe = key(message.channel_id, message.id);
        let at = Timestamp::from_millis(made_at_ms(message.id.get()));
        self.said(message, dedupe, at, EventBody::Message)
    }

    /// Somebody changed what they said; none when Discord itself only added a preview.
    pub(super) fn edit(&self, message: &Message) -> Option<Event> {
        let stamp = message.edited_timestamp.as_deref()?;
        let at: jiff::Timestamp = stamp.parse().ok()?;
        let at = Timestamp::from_millis(at.as_millisecond());
        // The moment as a number: Discord writes the same moment in more than one way.
        let dedupe = format!("{}/edit/{}", key(message.channel_id, message.id), at.as_millis());
        self.said(message, dedupe, at, EventBody::Edited)
    }

    fn said(
        &self,
        message: &Message,
        dedupe: String,
        at: Timestamp,
        body: impl FnOnce(InMessage) -> EventBody,
    ) -> Option<Event> {
        if message.author.id == self.bot || !SAID.contains(&message.kind) {
            return None;
        }
        let place = self.channels.place(message.channel_id)?;
        let addressed = self.addressed(message);
        let mut content = self.content(message);
        // Discord keeps the words of what does not name the bot, unless it was given the intent for them.
        let unnamed = matches!(addressed, Addressed::Overheard | Addressed::Reply);
        if content.is_empty() && attachments(message).next().is_none() && unnamed {
            return None;
        }
        // A command is one only where nothing stands before it.
        let is_command = content.to_plain().trim_start().starts_with('/');
        if let Some(title) = self
            .channels
            .title_of(message.channel_id, message.id)
            .filter(|_| !is_command)
        {
            let title = Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(title.to_owned())])]);
            content.blocks.insert(0, title);
        }
        let answered = message.answered.as_deref().filter(|answered| answered.id != message.id);
        let said = InMessage {
            native: names::message(message.channel_id, message.id),
            content,
            addressed,
            reply_to: answered.map(|answered| names::message(message.channel_id, answered.id)),
            mentions: Vec::new(),
            files: Vec::new(),
        };
        let mut author = names::person(&message.author, message.member.as_ref(), None);
        author.bot |= message.webhook_id.is_some();
        Some(self.event(place, Some(author), at, dedupe, body(said)))
    }

    /// Its words, and stickers as words. Files are fetched elsewhere.
    fn content(&self, message: &Message) -> Content {
        let names = Names {
            channels: self.channels,
            channel: message.channel_id,
            bot: self.bot,
            mentions: &message.mentions,
        };
        let mut content = text::content(&message.content, &names);
        for snapshot in &message.forwarded {
            let forwarded = text::content(&snapshot.message.content, &names);
            if !forwarded.is_empty() {
                content.blocks.push(Block::Quote(forwarded.blocks));
            }
        }
        let stickers = message.sticker_items.iter();
        let stickers =
            stickers.map(|sticker| stand_in(&format!("sticker {}", names::cut(&sticker.name, NAME_CHARS_MAX))));
        content.blocks.extend(stickers);
        content
    }

    fn addressed(&self, message: &Message) -> Addressed {
        if self.channels.is_direct(message.channel_id) {
            return Addressed::Direct;
        }
        // Discord also lists whom a reply answers; that is no call by name.
        let named = |id: UserId| {
            message.content.contains(&format!("<@{id}>")) || message.content.contains(&format!("<@!{id}>"))
        };
        let by_role = message
            .mention_roles
            .iter()
            .any(|role| self.channels.is_own_role(message.channel_id, *role));
        if by_role || named(self.bot) {
            return Addressed::Mention;
        }
        let answered = message.answered.as_deref();
        if answered.is_some_and(|answered| answered.author.id == self.bot) {
            return Addressed::Reply;
        }
        if message.content.starts_with('/') {
            return Addressed::Prefix;
        }
        Addressed::Overheard
    }

    /// Somebody, or a moderator, took back what was said.
    pub(super) fn deleted(&self, deleted: &Deleted, now: Timestamp) -> Vec<Event> {
        let Some(place) = self.channels.place(deleted.channel_id) else {
            return Vec::new();
        };
        let all = deleted.id.iter().chain(&deleted.ids);
        all.map(|id| {
            let body = EventBody::Deleted {
                message: names::message(deleted.channel_id, *id),
            };
            let dedupe = format!("{}/deleted", key(deleted.channel_id, *id));
            self.event(place.clone(), None, now, dedupe, body)
        })
        .collect()
    }

    /// Somebody reacted, or took it back. `stamp` is unique for each time they do.
    pub(super) fn reaction(&self, reaction: &Reaction, added: bool, stamp: &str, now: Timestamp) -> Option<Event> {
        if reaction.user_id == self.bot {
            return None;
        }
        let place = self.channels.place(reaction.channel_id)?;
        let member = reaction.member.as_ref();
        let who = match member.and_then(|member| member.user.as_ref()) {
            Some(user) => names::person(user, member, None),
            None => names::somebody(reaction.user_id),
        };
        let body = EventBody::Reaction {
            message: names::message(reaction.channel_id, reaction.message_id),
            emoji: emoji(&reaction.emoji)?,
            added,
        };
        Some(self.event(place, Some(who), now, format!("discord/{stamp}"), body))
    }

    /// Somebody pressed a button, or sent its form in with these values; none when it is not one of ours.
    pub(super) fn press(&self, press: &Interaction, values: Vec<(String, String)>) -> Option<Event> {
        let button = button(press)?;
        let who = presser(press).filter(|_| !self.is_own(press))?;
        let channel = press.channel_id?;
        let place = self.channels.place(channel)?;
        let body = EventBody::Press {
            message: press
                .message
                .as_ref()
                .map(|message| names::message(channel, message.id)),
            button,
            values,
        };
        let at = Timestamp::from_millis(made_at_ms(press.id.get()));
        let dedupe = format!("discord/interaction/{}", press.id);
        Some(self.event(place, Some(who), at, dedupe, body))
    }

    /// A bot presses nothing; if Discord said so, the bot would answer itself.
    fn is_own(&self, given: &Interaction) -> bool {
        given.who().is_some_and(|user| user.id == self.bot)
    }

    /// Somebody gave a command from the menu; none when it has no name that one of ours could have.
    pub(super) fn command(&self, command: &Interaction) -> Option<Event> {
        let data = command.data.as_ref().filter(|data| is_word(&data.name))?;
        let who = presser(command).filter(|_| !self.is_own(command))?;
        let channel = command.channel_id?;
        let place = self.channels.place(channel)?;
        let given = data
            .options
            .iter()
            .filter(|option| is_word(&option.name))
            .map(|option| (option.name.clone(), text_of(&option.value)));
        let body = EventBody::Command {
            message: Some(names::command(channel, command.id)),
            name: data.name.clone(),
            options: given.collect(),
            rest: String::new(),
        };
        let at = Timestamp::from_millis(made_at_ms(command.id.get()));
        let dedupe = format!("discord/interaction/{}", command.id);
        Some(self.event(place, Some(who), at, dedupe, body))
    }

    /// Somebody came into the guild or went; told where the guild greets who comes.
    pub(super) fn member(&self, member: &Member, change: Membership, stamp: &str, now: Timestamp) -> Option<Event> {
        if member.user.id == self.bot {
            return None;
        }
        let place = self.channels.place(self.channels.system_channel(member.guild_id)?)?;
        // Of who goes Discord tells no roles.
        let told = (change == Membership::Joined).then(|| PartOfGuild {
            nick: member.nick.clone(),
            roles: member.roles.clone(),
            ..PartOfGuild::default()
        });
        let mut who = names::person(&member.user, told.as_ref(), None);
        if member.nick.is_some() {
            who.name = names::shown(&member.user, member.nick.as_deref());
        }
        let body = EventBody::Member { change };
        Some(self.event(place, Some(who), now, format!("discord/{stamp}"), body))
    }

    /// Places that came up with this change, which `channels` knows already: they are known from now on, so that an admin
    /// can switch them on.
    pub(super) fn places(&self, state: &State, bot: &User, now: Timestamp) -> Vec<Event> {
        let places = match state {
            State::GuildCame(guild) if !guild.unavailable => self.channels.channels_to_list(guild.id),
            State::ChannelCame(channel) => self.channels.channel_to_list(channel.id).into_iter().collect(),
            _ => Vec::new(),
        };
        places
            .into_iter()
            .map(|place| self.own_place(place, bot, now))
            .collect()
    }

    fn own_place(&self, place: SeenPlace, bot: &User, now: Timestamp) -> Event {
        let mut me = names::person(bot, None, None);
        me.bot = true;
        let dedupe = format!("discord/{}/bot/{}", place.native.id, self.bot);
        let body = EventBody::Member {
            change: Membership::Joined,
        };
        self.event(place, Some(me), now, dedupe, body)
    }

    fn event(
        &self,
        place: SeenPlace,
        author: Option<SeenIdentity>,
        occurred_at: Timestamp,
        dedupe: String,
        body: EventBody,
    ) -> Event {
        let author = author.map(|who| SeenIdentity {
            standing: self.channels.standing(&place, &who),
            ..who
        });
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
}

/// Characters of the name of a command or an option, by
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>.
const COMMAND_CHARS_MAX: usize = 32;

/// A longer name of a file, a sticker or an emoji is cut.
pub(super) const NAME_CHARS_MAX: usize = 100;

/// The files of a message, and of what it forwards.
pub(super) fn attachments(message: &Message) -> impl Iterator<Item = &Attachment> {
    let forwarded = message.forwarded.iter();
    let forwarded = forwarded.flat_map(|snapshot| &snapshot.message.attachments);
    message.attachments.iter().chain(forwarded)
}

/// What stands for something that is no text.
pub(super) fn stand_in(what: &str) -> Block {
    Block::Paragraph(vec![Inline::Italic(vec![Inline::Text(format!("[{what}]"))])])
}

/// Whether a command or an option may be named so.
fn is_word(name: &str) -> bool {
    let is_plain = |letter: char| !letter.is_whitespace() && !files::is_hidden(letter);
    (1..=COMMAND_CHARS_MAX).contains(&name.chars().count()) && name.chars().all(is_plain)
}

/// What was given, as if it had been written.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Which of our buttons it is about: the one pressed, or chosen from a menu.
pub(super) fn button(press: &Interaction) -> Option<ButtonId> {
    let data = press.data.as_ref()?;
    let chosen = || data.values.first()?.parse().ok();
    data.custom_id.parse().ok().or_else(chosen)
}

/// Who did it.
pub(super) fn presser(press: &Interaction) -> Option<SeenIdentity> {
    let user = press.who()?;
    Some(names::person(user, press.member.as_ref(), press.locale.as_deref()))
}

/// One of Discord's own, or one of a guild by its name and number. Of a guild's own that is gone only the number is left.
fn emoji(emoji: &Emoji) -> Option<String> {
    let name = names::cut(&emoji.name, NAME_CHARS_MAX);
    match (emoji.id, name.trim()) {
        (None, "") => None,
        (None, name) => Some(name.to_owned()),
        (Some(id), "") => Some(format!("emoji:{id}")),
        (Some(id), name) => Some(format!("{name}:{id}")),
    }
}

fn key(channel: ChannelId, message: MessageId) -> String {
    let MessageRef { place, id } = names::message(channel, message);
    format!("{}/{}/{id}", place.scope, place.id)
}

#[cfg(test)]
mod tests;
