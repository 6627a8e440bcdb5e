//! What is known of guilds and channels. The gateway tells it once, and then what changes; messages only name ids.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;

use serenity::model::id::{ChannelId, GuildId, MessageId, RoleId, UserId};

use super::dispatch::State;
use super::names;
use super::payload::{Channel, Guild, Member, Role};
use super::permissions::{self, ChannelRights, GuildRights, MemberRights};
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};

/// `VIEW_CHANNEL`, from <https://discord.com/developers/docs/topics/permissions>.
const VIEW_CHANNEL: u64 = 1 << 10;

/// The flag of a channel that the bot may not see.
const OBFUSCATED: u64 = 1 << 17;

/// Longer names are cut; Discord's own are shorter.
const NAME_CHARS_MAX: usize = 128;

/// Kinds of channels, from <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>.
mod kind {
    pub(super) const TEXT: u8 = 0;
    pub(super) const DIRECT: u8 = 1;
    pub(super) const VOICE: u8 = 2;
    pub(super) const NEWS: u8 = 5;
    pub(super) const NEWS_THREAD: u8 = 10;
    pub(super) const PUBLIC_THREAD: u8 = 11;
    pub(super) const PRIVATE_THREAD: u8 = 12;
    pub(super) const STAGE: u8 = 13;
    pub(super) const FORUM: u8 = 15;
    pub(super) const MEDIA: u8 = 16;
}

#[derive(Clone, Debug)]
struct Known {
    kind: u8,
    guild: Option<GuildId>,
    parent: Option<ChannelId>,
    name: String,
    /// Whether not everybody in the guild sees it.
    hidden: bool,
    /// What it gives and takes.
    rights: Option<ChannelRights>,
}

#[derive(Clone, Debug)]
struct KnownGuild {
    name: String,
    /// Where Discord greets who comes.
    system_channel: Option<ChannelId>,
    roles: HashMap<RoleId, String>,
    /// Discord gives each bot a role with its name; people name it where they mean the bot.
    own_roles: HashSet<RoleId>,
    rights: GuildRights,
    /// What the bot is there; none where Discord has not told.
    member: Option<MemberRights>,
}

/// Guilds and channels that the bot is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Channels {
    channels: HashMap<ChannelId, Known>,
    guilds: HashMap<GuildId, KnownGuild>,
}

impl Channels {
    /// What there is has changed.
    pub(super) fn follow(&mut self, state: &State, bot: UserId) {
        match state {
            State::GuildCame(guild) if guild.unavailable => {}
            State::GuildCame(guild) => self.put_guild(guild, bot),
            State::GuildChanged(guild) => self.update_guild(guild, bot),
            // In an outage Discord tells of it again by itself.
            State::GuildWent(guild) if guild.unavailable => {}
            State::GuildWent(guild) => self.remove_guild(guild.id),
            State::ChannelCame(channel) | State::ChannelChanged(channel) => self.put(channel, None),
            State::ChannelWent(channel) => self.remove(channel.id),
            State::Threads(list) => list.threads.iter().for_each(|thread| self.put(thread, list.guild_id)),
            State::RoleChanged(change) => self.put_role(change.guild_id, &change.role, bot),
            State::RoleWent(gone) => self.remove_role(gone.guild_id, gone.role_id),
            State::MemberChanged(member) if member.user.id == bot => {
                self.put_member(member.guild_id, member.roles.clone());
            }
            State::Ready(_) | State::Resumed | State::MemberChanged(_) => {}
        }
    }

    /// The guild as it is now, with all its channels.
    pub(super) fn put_guild(&mut self, guild: &Guild, bot: UserId) {
        self.update_guild(guild, bot);
        self.channels.retain(|_, known| known.guild != Some(guild.id));
        for channel in guild.channels.iter().chain(&guild.threads) {
            self.put(channel, Some(guild.id));
        }
    }

    /// The guild as it is now; its channels stay as they are.
    pub(super) fn update_guild(&mut self, guild: &Guild, bot: UserId) {
        let own = |role: &&Role| role.tags.bot_id == Some(bot);
        let is_bot = |member: &&Member| member.user.as_ref().is_some_and(|user| user.id == bot);
        let told = guild.members.iter().find(is_bot);
        let known = self.guilds.remove(&guild.id).and_then(|known| known.member);
        let member = told.map(|member| MemberRights::of(member.roles.clone())).or(known);
        let known = KnownGuild {
            name: cut(&guild.name),
            system_channel: guild.system_channel_id,
            roles: guild.roles.iter().map(|role| (role.id, cut(&role.name))).collect(),
            own_roles: guild.roles.iter().filter(own).map(|role| role.id).collect(),
            rights: GuildRights::of(guild),
            member,
        };
        self.guilds.insert(guild.id, known);
    }

    /// The channel as it is now; `guild` where its payload does not say it.
    pub(super) fn put(&mut self, channel: &Channel, guild: Option<GuildId>) {
        // Its name is made up then, and the bot hears nothing from there.
        if channel.flags & OBFUSCATED != 0 {
            self.channels.remove(&channel.id);
            return;
        }
        let direct = channel.kind == kind::DIRECT;
        let guild = channel.guild_id.or(guild).filter(|_| !direct);
        let parent = channel.parent_id.filter(|parent| *parent != channel.id);
        // Nobody could say who reads along, or where it hangs.
        if guild.is_none() && !direct || is_thread(channel.kind) && parent.is_none() {
            self.channels.remove(&channel.id);
            return;
        }
        let name = match channel.recipients.first() {
            Some(person) if direct => names::shown(person, None),
            _ => cut(&channel.name),
        };
        // The role that everybody has goes by the guild's own id.
        let everybody = guild.map(|guild| RoleId::new(guild.get()));
        let hidden = channel.permission_overwrites.iter().any(|overwrite| {
            let denied = overwrite.deny.parse::<u64>().unwrap_or(0);
            Some(overwrite.id) == everybody && denied & VIEW_CHANNEL != 0
        });
        let known = Known {
            kind: channel.kind,
            guild,
            parent,
            name,
            hidden,
            rights: Some(ChannelRights::of(channel)),
        };
        self.channels.insert(channel.id, known);
    }

    /// A direct chat with this person.
    pub(super) fn put_direct(&mut self, channel: ChannelId, person: &str) {
        let known = Known {
            kind: kind::DIRECT,
            guild: None,
            parent: None,
            name: person.to_owned(),
            hidden: true,
            rights: None,
        };
        self.channels.insert(channel, known);
    }

    /// A role is new, or other than it was.
    pub(super) fn put_role(&mut self, guild: GuildId, role: &Role, bot: UserId) {
        let Some(guild) = self.guilds.get_mut(&guild) else {
            return;
        };
        guild.roles.insert(role.id, cut(&role.name));
        if role.tags.bot_id == Some(bot) {
            guild.own_roles.insert(role.id);
        }
        guild.rights.put_role(role);
    }

    /// A role is gone.
    pub(super) fn remove_role(&mut self, guild: GuildId, role: RoleId) {
        let Some(guild) = self.guilds.get_mut(&guild) else {
            return;
        };
        guild.roles.remove(&role);
        guild.own_roles.remove(&role);
        guild.rights.remove_role(role);
    }

    /// The bot has these roles there.
    pub(super) fn put_member(&mut self, guild: GuildId, roles: Vec<RoleId>) {
        if let Some(guild) = self.guilds.get_mut(&guild) {
            guild.member = Some(MemberRights::of(roles));
        }
    }

    /// Whether the bot may open threads in the channel and write in them, as far as is known.
    pub(super) fn opens_threads(&self, channel: ChannelId, bot: UserId) -> bool {
        let known = self.channels.get(&channel).and_then(|known| known.rights.as_ref());
        let guild = self.guild_of(channel);
        let (Some(rights), Some(guild)) = (known, guild) else {
            return false;
        };
        guild.member.as_ref().is_some_and(|member| {
            let allowed = permissions::allowed(&guild.rights, member, bot, rights);
            permissions::opens_threads(allowed, rights.kind)
        })
    }

    /// All channels of the guild.
    pub(super) fn of_guild(&self, guild: GuildId) -> Vec<ChannelId> {
        let of_guild = self.channels.iter().filter(|(_, known)| known.guild == Some(guild));
        of_guild.map(|(id, _)| *id).collect()
    }

    /// The channel is gone.
    fn remove(&mut self, channel: ChannelId) {
        self.channels.remove(&channel);
    }

    /// The bot is no longer in the guild.
    pub(super) fn remove_guild(&mut self, guild: GuildId) {
        self.guilds.remove(&guild);
        self.channels.retain(|_, known| known.guild != Some(guild));
    }

    /// Whether the channel is known.
    pub(super) fn knows(&self, channel: ChannelId) -> bool {
        self.channels.contains_key(&channel)
    }

    /// Whether the guild is known.
    pub(super) fn knows_guild(&self, guild: GuildId) -> bool {
        self.guilds.contains_key(&guild)
    }

    /// What the channel hangs in, as far as it is not known: a guild, or the channel of a thread.
    pub(super) fn missing_above(&self, channel: ChannelId) -> (Option<GuildId>, Option<ChannelId>) {
        let Some(known) = self.channels.get(&channel) else {
            return (None, None);
        };
        let parent = known.parent.filter(|_| is_thread(known.kind));
        (
            known.guild.filter(|guild| !self.guilds.contains_key(guild)),
            parent.filter(|parent| !self.channels.contains_key(parent)),
        )
    }

    /// Where the guild greets who comes.
    pub(super) fn system_channel(&self, guild: GuildId) -> Option<ChannelId> {
        self.guilds.get(&guild)?.system_channel
    }

    /// Whether the channel is a direct chat.
    pub(super) fn is_direct(&self, channel: ChannelId) -> bool {
        self.channels
            .get(&channel)
            .is_some_and(|known| known.kind == kind::DIRECT)
    }

    /// Whether this is the bot's own role in the channel's guild.
    pub(super) fn is_own_role(&self, channel: ChannelId, role: RoleId) -> bool {
        self.guild_of(channel)
            .is_some_and(|guild| guild.own_roles.contains(&role))
    }

    /// The name of a role in the channel's guild.
    pub(super) fn role(&self, channel: ChannelId, role: RoleId) -> Option<&str> {
        Some(self.guild_of(channel)?.roles.get(&role)?.as_str())
    }

    /// The name of a channel.
    pub(super) fn name(&self, channel: ChannelId) -> Option<&str> {
        Some(self.channels.get(&channel)?.name.as_str())
    }

    /// What stands above this message: the title of a post in a forum, whose first message goes by the post's own id.
    pub(super) fn title_of(&self, channel: ChannelId, message: MessageId) -> Option<&str> {
        let post = self.channels.get(&channel).filter(|_| channel.get() == message.get())?;
        let above = self.channels.get(&post.parent?)?;
        holds_posts(above.kind).then_some(post.name.as_str())
    }

    /// The channels of a guild that an admin may switch on. Threads come with what is said in them.
    pub(super) fn channels_to_list(&self, guild: GuildId) -> Vec<SeenPlace> {
        let mut channels = self.of_guild(guild);
        channels.sort_unstable();
        channels
            .into_iter()
            .filter_map(|channel| self.channel_to_list(channel))
            .collect()
    }

    /// A channel that an admin may switch on.
    pub(super) fn channel_to_list(&self, channel: ChannelId) -> Option<SeenPlace> {
        let listed = is_channel(self.channels.get(&channel)?.kind);
        listed.then(|| self.place(channel)).flatten()
    }

    /// Whether messages are in the channel itself, and not only in its threads.
    pub(super) fn holds_messages(&self, channel: ChannelId) -> bool {
        self.channels
            .get(&channel)
            .is_some_and(|known| is_thread(known.kind) || is_channel(known.kind) && !holds_posts(known.kind))
    }

    /// The channel as a place; none where it is not known.
    pub(super) fn place(&self, channel: ChannelId) -> Option<SeenPlace> {
        let known = self.channels.get(&channel)?;
        let thread = is_thread(known.kind);
        let parent = known.parent.filter(|_| thread);
        let above = parent.and_then(|parent| self.channels.get(&parent));
        let hidden = known.hidden || known.kind == kind::PRIVATE_THREAD || above.is_some_and(|above| above.hidden);
        let audience = match known.kind {
            kind::DIRECT => Audience::Direct,
            _ if hidden => Audience::Group,
            _ => Audience::Public,
        };
        Some(SeenPlace {
            native: names::place(channel),
            space: known.guild.map(|guild| guild.to_string()),
            parent: parent.map(names::place),
            name: self.path(known, above),
            audience,
            thread,
        })
    }

    /// `Guild / #channel / thread`, as far as it is known.
    fn path(&self, known: &Known, above: Option<&Known>) -> String {
        if known.kind == kind::DIRECT {
            return known.name.clone();
        }
        let guild = known.guild.and_then(|guild| self.guilds.get(&guild));
        let guild = guild.map(|guild| guild.name.clone());
        let own = if is_thread(known.kind) {
            known.name.clone()
        } else {
            format!("#{}", known.name)
        };
        let above = above.map(|above| format!("#{}", above.name));
        let parts: Vec<String> = [guild, above, Some(own)].into_iter().flatten().collect();
        parts.join(" / ")
    }

    /// How somebody of whom this was told stands in the place. Nobody stands above others in a direct chat.
    pub(super) fn standing(&self, place: &SeenPlace, who: &SeenIdentity) -> Standing {
        let Some(space) = &place.space else {
            return Standing::Untold;
        };
        let id: Option<NonZeroU64> = space.parse().ok();
        let known = id.and_then(|id| self.guilds.get(&GuildId::from(id)));
        let Some(rights) = known.map(|guild| &guild.rights).filter(|rights| rights.are_told()) else {
            return Standing::Unknown;
        };
        let has = |role: RoleId| who.roles.iter().any(|own| *own.as_str() == role.to_string());
        let is_owner = names::user(&who.native).is_some_and(|user| rights.is_owned_by(user));
        match who.standing {
            Standing::Member if rights.is_kept_by(has) => Standing::Keeper,
            _ if is_owner => Standing::Keeper,
            told => told,
        }
    }

    fn guild_of(&self, channel: ChannelId) -> Option<&KnownGuild> {
        self.guilds.get(&self.channels.get(&channel)?.guild?)
    }
}

fn is_thread(kind: u8) -> bool {
    matches!(kind, kind::NEWS_THREAD | kind::PUBLIC_THREAD | kind::PRIVATE_THREAD)
}

/// Whether people write there in threads alone.
fn holds_posts(kind: u8) -> bool {
    matches!(kind, kind::FORUM | kind::MEDIA)
}

/// Whether people write there, or in threads there.
fn is_channel(kind: u8) -> bool {
    matches!(
        kind,
        kind::TEXT | kind::VOICE | kind::NEWS | kind::STAGE | kind::FORUM | kind::MEDIA
    )
}

fn cut(name: &str) -> String {
    names::cut(name, NAME_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Channels {
        let guild: Guild = serde_json::from_value(json!({
            "id": "100", "name": "Gardeners",
            "roles": [{"id": "100", "name": "@everyone"}, {"id": "7", "name": "Bot", "tags": {"bot_id": "900"}}],
            "channels": [
                {"id": "1", "type": 0, "name": "help"},
                {"id": "2", "type": 0, "name": "staff", "permission_overwrites": [{"id": "100", "deny": "1024"}]},
                {"id": "3", "type": 4, "name": "Category"},
                {"id": "6", "type": 0, "name": "___hidden___", "flags": 131_072},
                {"id": "4", "type": 15, "name": "questions"},
            ],
            "threads": [{"id": "5", "type": 11, "name": "My tomatoes", "parent_id": "4"}],
        }))
        .unwrap();
        let mut channels = Channels::default();
        channels.put_guild(&guild, UserId::new(900));
        channels
    }

    #[test]
    fn a_place_is_named_by_its_way_from_the_guild() {
        let channels = known();
        let names: Vec<String> = channels
            .channels_to_list(GuildId::new(100))
            .into_iter()
            .map(|place| place.name)
            .collect();
        assert_eq!(
            names,
            ["Gardeners / #help", "Gardeners / #staff", "Gardeners / #questions"]
        );
        let thread = channels.place(ChannelId::new(5)).unwrap();
        assert_eq!(thread.name, "Gardeners / #questions / My tomatoes");
        assert!(thread.thread && thread.parent == Some(names::place(ChannelId::new(4))));
    }

    #[test]
    fn a_channel_that_not_everybody_sees_is_a_group() {
        let channels = known();
        let audience = |id| channels.place(ChannelId::new(id)).unwrap().audience;
        assert_eq!((audience(1), audience(2)), (Audience::Public, Audience::Group));
        let mut channels = known();
        channels.put_direct(ChannelId::new(9), "Ann");
        let direct = channels.place(ChannelId::new(9)).unwrap();
        assert_eq!((direct.audience, direct.name.as_str()), (Audience::Direct, "Ann"));
    }

    #[test]
    fn where_threads_may_be_opened_changes_with_roles_and_channels() {
        const FOR_THREADS: u64 = 1 << 10 | 1 << 35 | 1 << 38;
        let (help, bot) = (ChannelId::new(1), UserId::new(900));
        let mut channels = known();
        let role = |permissions: u64| -> Role {
            serde_json::from_value(json!({"id": "7", "name": "Bot", "permissions": permissions.to_string()})).unwrap()
        };
        channels.put_role(GuildId::new(100), &role(FOR_THREADS), bot);
        assert!(!channels.opens_threads(help, bot), "nobody has told what the bot is");
        channels.put_member(GuildId::new(100), vec![RoleId::new(7)]);
        assert!(channels.opens_threads(help, bot));
        assert!(!channels.opens_threads(ChannelId::new(4), bot) && !channels.opens_threads(ChannelId::new(5), bot));
        let denied = json!({"id": "1", "type": 0, "guild_id": "100", "permission_overwrites": [
            {"id": "7", "allow": "0", "deny": (1_u64 << 35).to_string()}]});
        channels.put(&serde_json::from_value(denied).unwrap(), None);
        assert!(!channels.opens_threads(help, bot));
        let given = json!({"id": "1", "type": 0, "guild_id": "100", "permission_overwrites": []});
        channels.put(&serde_json::from_value(given).unwrap(), None);
        assert!(channels.opens_threads(help, bot));
        channels.remove_role(GuildId::new(100), RoleId::new(7));
        assert!(!channels.opens_threads(help, bot));
    }

    #[test]
    fn what_went_is_forgotten() {
        let mut channels = known();
        assert!(channels.is_own_role(ChannelId::new(1), RoleId::new(7)));
        channels.remove_guild(GuildId::new(100));
        assert!(!channels.knows(ChannelId::new(1)));
    }
}
