//! What the bot may do in a channel, from its roles and what the channel says otherwise; and the invitation that asks
//! for what it needs. Pure: as <https://discord.com/developers/docs/topics/permissions> computes it.

use serde::Deserialize;
use serenity::model::Permissions;
use serenity::model::id::{ApplicationId, GenericId, GuildId, RoleId, UserId};

use super::payload::{Channel, Guild, Role};
use crate::connectors::examination::Health;

/// What the bot needs where it helps, by Discord's words for it.
const NEEDED: [(Permissions, &str); 8] = [
    (Permissions::VIEW_CHANNEL, "View Channels"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    (Permissions::ADD_REACTIONS, "Add Reactions"),
    (Permissions::ATTACH_FILES, "Attach Files"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
];

/// Without these the bot still answers.
const NICE: Permissions = Permissions::ADD_REACTIONS
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::CREATE_PUBLIC_THREADS);

/// Whoever has these opens a thread for an answer.
const FOR_THREADS: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::CREATE_PUBLIC_THREADS)
    .union(Permissions::SEND_MESSAGES_IN_THREADS);

/// Whoever has one of these by a role of theirs keeps the guild: what they are trusted with is what measures are for.
const KEEPS: Permissions = Permissions::ADMINISTRATOR
    .union(Permissions::MANAGE_GUILD)
    .union(Permissions::KICK_MEMBERS)
    .union(Permissions::BAN_MEMBERS)
    .union(Permissions::MODERATE_MEMBERS);

/// Text and announcements: messages there can have threads, by
/// <https://discord.com/developers/docs/resources/channel#start-thread-from-message>.
const WITH_THREADS: [u8; 2] = [0, 5];

/// In forums nobody writes but in threads.
const FORUMS: [u8; 2] = [15, 16];

/// A guild, as far as it says what somebody may do.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct GuildRights {
    pub(super) id: GuildId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    owner_id: Option<UserId>,
    #[serde(default)]
    roles: Vec<RoleRights>,
}

#[derive(Clone, Debug, Deserialize)]
struct RoleRights {
    id: RoleId,
    #[serde(default)]
    permissions: Permissions,
}

/// The bot as a member of a guild.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MemberRights {
    #[serde(default)]
    roles: Vec<RoleId>,
}

/// A channel, as far as it says what somebody may do.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ChannelRights {
    #[serde(rename = "type")]
    pub(super) kind: u8,
    #[serde(default)]
    pub(super) guild_id: Option<GuildId>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

/// Of a role or a member, both of which have ids of their own.
#[derive(Clone, Debug, Deserialize)]
struct Overwrite {
    id: GenericId,
    #[serde(default)]
    allow: Permissions,
    #[serde(default)]
    deny: Permissions,
}

impl GuildRights {
    /// As people see it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// As the gateway tells of it.
    pub(super) fn of(guild: &Guild) -> Self {
        Self {
            id: guild.id,
            name: guild.name.clone(),
            owner_id: guild.owner_id,
            roles: guild.roles.iter().map(RoleRights::of).collect(),
        }
    }

    /// A role is new, or may something else.
    pub(super) fn put_role(&mut self, role: &Role) {
        self.remove_role(role.id);
        self.roles.push(RoleRights::of(role));
    }

    /// A role is gone.
    pub(super) fn remove_role(&mut self, role: RoleId) {
        self.roles.retain(|known| known.id != role);
    }

    /// Whether Discord has told them: there is no guild without a role.
    pub(super) fn are_told(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Whether the guild is theirs.
    pub(super) fn is_owned_by(&self, user: UserId) -> bool {
        self.owner_id == Some(user)
    }

    /// Whether somebody with these roles keeps the guild. What everybody may do singles out nobody.
    pub(super) fn is_kept_by(&self, has: impl Fn(RoleId) -> bool) -> bool {
        let everybody = self.id.get();
        let mut own = self.roles.iter().filter(|role| role.id.get() != everybody);
        own.any(|role| role.permissions.intersects(KEEPS) && has(role.id))
    }
}

impl RoleRights {
    fn of(role: &Role) -> Self {
        Self {
            id: role.id,
            permissions: bits(&role.permissions),
        }
    }
}

impl MemberRights {
    /// Of a member with these roles.
    pub(super) fn of(roles: Vec<RoleId>) -> Self {
        Self { roles }
    }
}

impl ChannelRights {
    /// As the gateway tells of it.
    pub(super) fn of(channel: &Channel) -> Self {
        let overwrites = channel.permission_overwrites.iter().map(|overwrite| Overwrite {
            id: GenericId::new(overwrite.id.get()),
            allow: bits(&overwrite.allow),
            deny: bits(&overwrite.deny),
        });
        Self {
            kind: channel.kind,
            guild_id: channel.guild_id,
            permission_overwrites: overwrites.collect(),
        }
    }
}

/// What cannot be read allows nothing.
fn bits(written: &str) -> Permissions {
    Permissions::from_bits_truncate(written.parse().unwrap_or(0))
}

/// Whether the bot may open threads below messages of a channel of this kind, and write in them.
pub(super) fn opens_threads(allowed: Permissions, kind: u8) -> bool {
    WITH_THREADS.contains(&kind) && allowed.contains(FOR_THREADS)
}

/// What `bot` may do in the channel.
pub(super) fn allowed(guild: &GuildRights, member: &MemberRights, bot: UserId, channel: &ChannelRights) -> Permissions {
    // The role that everybody has goes by the guild's own id.
    let everybody = guild.id.get();
    let is_own = |role: RoleId| role.get() == everybody || member.roles.contains(&role);
    let of_roles = guild.roles.iter().filter(|role| is_own(role.id));
    let base = of_roles.fold(Permissions::empty(), |sum, role| sum | role.permissions);
    if guild.owner_id == Some(bot) || base.contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    // First for everybody, then for all roles together, then for the member alone.
    let steps: [&dyn Fn(u64) -> bool; 3] = [
        &|id| id == everybody,
        &|id| id != everybody && member.roles.iter().any(|role| role.get() == id),
        &|id| id == bot.get(),
    ];
    steps.into_iter().fold(base, |rights, is_meant| {
        let meant = channel
            .permission_overwrites
            .iter()
            .filter(|own| is_meant(own.id.get()));
        let (allow, deny) = meant.fold((Permissions::empty(), Permissions::empty()), |(allow, deny), own| {
            (allow | own.allow, deny | own.deny)
        });
        rights.difference(deny) | allow
    })
}

/// Whether that is enough in a channel of this kind.
pub(super) fn health(allowed: Permissions, kind: u8) -> Health {
    let mut missing = Permissions::empty();
    for (permission, _) in NEEDED {
        missing |= permission.difference(allowed);
    }
    if FORUMS.contains(&kind) {
        missing.remove(Permissions::SEND_MESSAGES);
    }
    if !WITH_THREADS.contains(&kind) {
        missing.remove(Permissions::CREATE_PUBLIC_THREADS);
    }
    // Whoever may not see a channel may do nothing in it, whatever else is set.
    if missing.contains(Permissions::VIEW_CHANNEL) {
        missing = Permissions::VIEW_CHANNEL;
    }
    if missing.is_empty() {
        return Health::fine("the bot may do all that it needs");
    }
    let names = NEEDED.iter().filter(|(permission, _)| missing.contains(*permission));
    let names: Vec<String> = names.map(|(_, name)| format!("*{name}*")).collect();
    let names = names.join(", ");
    let what = format!("the bot lacks {names} here");
    let fix = format!("in Discord open the channel's settings, *Permissions*, and allow the bot's role {names}");
    if NICE.contains(missing) {
        Health::warning(what, fix)
    } else {
        Health::failure(what, fix)
    }
}

/// The address that lets the bot into a guild, with what it needs.
pub(super) fn invitation(application: ApplicationId) -> String {
    let needed = NEEDED.iter().fold(Permissions::empty(), |sum, (one, _)| sum | *one);
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={}",
        needed.bits()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const VIEW: u64 = 1 << 10;
    const SEND: u64 = 1 << 11;

    /// A member with one role beside everybody's, in a channel with these overwrites.
    fn rights(everybody: u64, role: u64, overwrites: &Value) -> Permissions {
        let guild = json!({"id": "100", "owner_id": "1", "roles": [
            {"id": "100", "permissions": everybody.to_string()}, {"id": "7", "permissions": role.to_string()},
            {"id": "8", "permissions": (SEND).to_string()}]});
        let guild: GuildRights = serde_json::from_value(guild).unwrap();
        let member: MemberRights = serde_json::from_value(json!({"roles": ["7"]})).unwrap();
        let channel = json!({"type": 0, "guild_id": "100", "permission_overwrites": overwrites});
        let channel: ChannelRights = serde_json::from_value(channel).unwrap();
        allowed(&guild, &member, UserId::new(900), &channel)
    }

    fn over(id: &str, kind: u8, allow: u64, deny: u64) -> Value {
        json!({"id": id, "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
    }

    #[test]
    fn roles_add_up_and_those_of_others_do_not_count() {
        assert_eq!(rights(VIEW, 0, &json!([])).bits(), VIEW);
        assert_eq!(rights(VIEW, SEND, &json!([])).bits(), VIEW | SEND);
    }

    #[test]
    fn a_channel_takes_and_gives_to_everybody_then_to_roles_then_to_the_member() {
        let everybody = over("100", 0, 0, VIEW | SEND);
        assert_eq!(rights(VIEW | SEND, 0, &json!([everybody])).bits(), 0);
        let role = over("7", 0, VIEW | SEND, 0);
        assert_eq!(rights(VIEW, 0, &json!([role, everybody])).bits(), VIEW | SEND);
        let other = over("8", 0, 0, VIEW);
        assert_eq!(rights(VIEW, 0, &json!([other])).bits(), VIEW, "another's role");
        let member = over("900", 1, 0, SEND);
        assert_eq!(rights(VIEW, 0, &json!([member, role, everybody])).bits(), VIEW);
    }

    #[test]
    fn an_administrator_may_everything() {
        let denied = json!([over("900", 1, 0, VIEW)]);
        assert!(rights(0, 1 << 3, &denied).contains(Permissions::VIEW_CHANNEL));
    }

    #[test]
    fn who_may_take_measures_by_a_role_of_their_own_keeps_the_guild() {
        let guild = json!({"id": "100", "owner_id": "1", "roles": [
            {"id": "100", "permissions": (1_u64 << 1).to_string()}, {"id": "7", "permissions": (1_u64 << 40).to_string()},
            {"id": "8", "permissions": SEND.to_string()}]});
        let guild: GuildRights = serde_json::from_value(guild).unwrap();
        let kept_by = |roles: &[u64]| guild.is_kept_by(|role| roles.contains(&role.get()));
        assert!(kept_by(&[8, 7]), "they may moderate members");
        assert!(!kept_by(&[8]) && !kept_by(&[]), "everybody may kick there");
        assert!(!kept_by(&[100]), "whatever is told of them");
        assert!(guild.is_owned_by(UserId::new(1)) && !guild.is_owned_by(UserId::new(2)));
    }

    #[test]
    fn what_is_missing_is_named_and_only_that() {
        let all = NEEDED.iter().fold(Permissions::empty(), |sum, (one, _)| sum | *one);
        let check = |without: Permissions, kind, word: &str, what: &str| {
            let health = health(all.difference(without), kind);
            assert_eq!((health.word(), health.what()), (word, what));
        };
        check(Permissions::empty(), 0, "fine", "the bot may do all that it needs");
        check(
            Permissions::SEND_MESSAGES | Permissions::ATTACH_FILES,
            0,
            "failure",
            "the bot lacks *Send Messages*, *Attach Files* here",
        );
        check(
            Permissions::SEND_MESSAGES,
            15,
            "fine",
            "the bot may do all that it needs",
        );
        check(
            NICE,
            0,
            "warning",
            "the bot lacks *Create Public Threads*, *Add Reactions*, *Attach Files*, *Embed Links* here",
        );
        check(
            Permissions::CREATE_PUBLIC_THREADS,
            2,
            "fine",
            "the bot may do all that it needs",
        );
        let nothing = health(Permissions::empty(), 0);
        assert_eq!(nothing.what(), "the bot lacks *View Channels* here");
    }

    #[test]
    fn threads_are_opened_where_messages_can_have_them_and_the_bot_may() {
        let rights = FOR_THREADS | Permissions::SEND_MESSAGES;
        assert!(opens_threads(rights, 0) && opens_threads(rights, 5));
        // Voice chats, threads themselves, forums.
        assert!([2, 11, 15].into_iter().all(|kind| !opens_threads(rights, kind)));
        for missing in [
            Permissions::CREATE_PUBLIC_THREADS,
            Permissions::SEND_MESSAGES_IN_THREADS,
        ] {
            assert!(!opens_threads(rights.difference(missing), 0), "{missing:?}");
        }
    }

    #[test]
    fn the_invitation_asks_for_what_is_needed() {
        let address = invitation(ApplicationId::new(900));
        assert!(
            address.contains("client_id=900") && address.ends_with("permissions=309237763136"),
            "{address}"
        );
    }
}
