//! What Discord sends, as far as we read it.
//!
//! The types of the library refuse a whole payload for one field that Discord adds or leaves out; these ask only for
//! what is needed, so that a change at Discord costs no message. Fields are those of
//! <https://discord.com/developers/docs/resources> and <https://discord.com/developers/docs/events/gateway-events>.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serenity::model::id::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, RoleId, UserId};

/// Milliseconds between 1970 and Discord's own beginning, from which its ids count.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// The lower bits of an id count within a millisecond.
const SEQUENCE_BITS: u32 = 22;

/// The flag of a message that shows neither previews nor embeds.
const HIDES_EMBEDS: u64 = 1 << 2;

/// The flag of a message that one person alone sees.
pub(super) const EPHEMERAL: u64 = 1 << 6;

/// When something with this id was made, in milliseconds since 1970.
pub(super) fn made_at_ms(id: u64) -> i64 {
    let since_epoch = (id >> SEQUENCE_BITS).saturating_add(DISCORD_EPOCH_MS);
    i64::try_from(since_epoch).unwrap_or(i64::MAX)
}

/// The first id of that millisecond.
pub(super) fn id_at_ms(at_ms: i64) -> u64 {
    let since_epoch = u64::try_from(at_ms).unwrap_or(0).saturating_sub(DISCORD_EPOCH_MS);
    since_epoch.checked_shl(SEQUENCE_BITS).unwrap_or(u64::MAX)
}

/// One frame of the gateway.
#[derive(Debug, Deserialize)]
pub(super) struct Frame<'a> {
    pub(super) op: u8,
    #[serde(default, borrow)]
    pub(super) t: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(super) d: Option<&'a RawValue>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Ready {
    pub(super) user: User,
    #[serde(default)]
    pub(super) guilds: Vec<Unavailable>,
}

/// A guild that will come, or that went.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Unavailable {
    pub(super) id: GuildId,
    #[serde(default)]
    pub(super) unavailable: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Guild {
    pub(super) id: GuildId,
    /// In an outage, when nothing else is told of it.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) unavailable: bool,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) system_channel_id: Option<ChannelId>,
    #[serde(default)]
    pub(super) owner_id: Option<UserId>,
    #[serde(default)]
    pub(super) roles: Vec<Role>,
    /// The bot itself among them, where the guild came over the gateway.
    #[serde(default)]
    pub(super) members: Vec<Member>,
    #[serde(default)]
    pub(super) channels: Vec<Channel>,
    #[serde(default)]
    pub(super) threads: Vec<Channel>,
}

impl Guild {
    /// One that Discord tells nothing of.
    pub(super) fn unnamed(id: GuildId) -> Self {
        Self {
            id,
            unavailable: false,
            name: String::new(),
            system_channel_id: None,
            owner_id: None,
            roles: Vec::new(),
            members: Vec::new(),
            channels: Vec::new(),
            threads: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Role {
    pub(super) id: RoleId,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) permissions: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tags: RoleTags,
}

/// A role that is new or other than it was.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RoleChange {
    pub(super) guild_id: GuildId,
    pub(super) role: Role,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RoleGone {
    pub(super) guild_id: GuildId,
    pub(super) role_id: RoleId,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct RoleTags {
    #[serde(default)]
    pub(super) bot_id: Option<UserId>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    #[serde(rename = "type")]
    pub(super) kind: u8,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) parent_id: Option<ChannelId>,
    #[serde(default)]
    pub(super) last_message_id: Option<MessageId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) permission_overwrites: Vec<Overwrite>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) flags: u64,
    /// Of a direct chat.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) recipients: Vec<User>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Overwrite {
    pub(super) id: RoleId,
    #[serde(default)]
    pub(super) allow: String,
    #[serde(default)]
    pub(super) deny: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Threads {
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    #[serde(default)]
    pub(super) threads: Vec<Channel>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: UserId,
    #[serde(default)]
    pub(super) username: String,
    #[serde(default)]
    pub(super) global_name: Option<String>,
    #[serde(default)]
    pub(super) bot: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Member {
    #[serde(default)]
    pub(super) user: Option<User>,
    #[serde(default)]
    pub(super) nick: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) roles: Vec<RoleId>,
    #[serde(default)]
    pub(super) joined_at: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) channel_id: ChannelId,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    pub(super) author: User,
    #[serde(default)]
    pub(super) member: Option<Member>,
    #[serde(rename = "type", default)]
    pub(super) kind: u8,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) content: String,
    #[serde(default)]
    pub(super) edited_timestamp: Option<String>,
    #[serde(default)]
    pub(super) mentions: Vec<User>,
    #[serde(default)]
    pub(super) mention_roles: Vec<RoleId>,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
    #[serde(default)]
    pub(super) sticker_items: Vec<Sticker>,
    #[serde(default)]
    pub(super) webhook_id: Option<UserId>,
    #[serde(rename = "referenced_message", default)]
    pub(super) answered: Option<Box<Answered>>,
    #[serde(rename = "message_snapshots", default)]
    pub(super) forwarded: Vec<Snapshot>,
}

/// The message that is answered, as far as it matters.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Answered {
    pub(super) id: MessageId,
    pub(super) author: User,
}

/// What was forwarded.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Snapshot {
    pub(super) message: SnapshotMessage,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SnapshotMessage {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) content: String,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Attachment {
    #[serde(default)]
    pub(super) filename: String,
    #[serde(default)]
    pub(super) url: String,
    /// In bytes; believed only once they are here.
    #[serde(default)]
    pub(super) size: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sticker {
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Deleted {
    #[serde(default)]
    pub(super) id: Option<MessageId>,
    /// Of many at once.
    #[serde(default)]
    pub(super) ids: Vec<MessageId>,
    pub(super) channel_id: ChannelId,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reaction {
    pub(super) user_id: UserId,
    pub(super) channel_id: ChannelId,
    pub(super) message_id: MessageId,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    #[serde(default)]
    pub(super) member: Option<Member>,
    pub(super) emoji: Emoji,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Emoji {
    #[serde(default)]
    pub(super) id: Option<RoleId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
}

/// Somebody came or went, or is another than before.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Membership {
    pub(super) guild_id: GuildId,
    pub(super) user: User,
    #[serde(default)]
    pub(super) nick: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) roles: Vec<RoleId>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Typing {
    pub(super) channel_id: ChannelId,
    pub(super) user_id: UserId,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Interaction {
    pub(super) id: InteractionId,
    pub(super) application_id: ApplicationId,
    #[serde(rename = "type")]
    pub(super) kind: u8,
    pub(super) token: String,
    #[serde(default)]
    pub(super) data: Option<InteractionData>,
    #[serde(default)]
    pub(super) channel_id: Option<ChannelId>,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    #[serde(default)]
    pub(super) member: Option<Member>,
    /// In a direct chat.
    #[serde(default)]
    pub(super) user: Option<User>,
    #[serde(default)]
    pub(super) message: Option<Pressed>,
    /// Of the person's app.
    #[serde(default)]
    pub(super) locale: Option<String>,
}

impl Interaction {
    /// Who did it.
    pub(super) fn who(&self) -> Option<&User> {
        let member = self.member.as_ref();
        member.and_then(|member| member.user.as_ref()).or(self.user.as_ref())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct InteractionData {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_id: String,
    /// Of a command.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) options: Vec<GivenOption>,
    /// What was chosen from a menu.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) values: Vec<String>,
    /// Of a form that was sent in.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) components: Vec<Submitted>,
}

/// A part of a form that was sent in: a field, or what a field stands in.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Submitted {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_id: String,
    /// Of a text.
    #[serde(default)]
    pub(super) value: Option<String>,
    /// Of what is chosen.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) values: Vec<String>,
    #[serde(default)]
    pub(super) component: Option<Box<Submitted>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) components: Vec<Submitted>,
}

/// What was given with a command.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct GivenOption {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: serde_json::Value,
}

/// The message with the button.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Pressed {
    pub(super) id: MessageId,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) flags: u64,
}

impl Pressed {
    /// Whether one person alone sees it.
    pub(super) fn is_for_one(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }
}

/// The application behind the bot.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Application {
    pub(super) id: ApplicationId,
    #[serde(default)]
    pub(super) flags: u64,
}

/// How the gateway wants to be used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Gateway {
    pub(super) url: String,
    #[serde(default = "one")]
    pub(super) shards: u32,
    pub(super) session_start_limit: StartLimit,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct StartLimit {
    pub(super) total: u32,
    pub(super) remaining: u32,
    /// In milliseconds.
    pub(super) reset_after: u64,
    #[serde(default = "one_at_once")]
    pub(super) max_concurrency: u16,
}

/// A message of ours, once it is there.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sent {
    pub(super) id: MessageId,
    /// Discord leaves those out that the bot may not show.
    #[serde(default)]
    embeds: Vec<IgnoredAny>,
    #[serde(default)]
    flags: u64,
}

impl Sent {
    /// Whether the sources that it was sent with are seen: as embeds, or in its text, which then hides previews. A send that
    /// was repeated finds the message of the first time, whatever that was like.
    pub(super) fn shows_sources(&self) -> bool {
        !self.embeds.is_empty() || self.flags & HIDES_EMBEDS != 0
    }
}

fn one() -> u32 {
    1
}

fn one_at_once() -> u16 {
    1
}

/// Discord writes `null` where it has nothing.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_time() {
        // The example of Discord's own reference of ids.
        assert_eq!(made_at_ms(175_928_847_299_117_063), 1_462_015_105_796);
        assert_eq!(made_at_ms(id_at_ms(1_462_015_105_796)), 1_462_015_105_796);
        assert_eq!(id_at_ms(-1), 0);
    }
}
