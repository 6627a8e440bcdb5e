//! How Discord's ids become our native ids, and back. They are unique over all of Discord, whichever bot sees them.

use std::num::NonZeroU64;

use serenity::model::id::{ChannelId, InteractionId, MessageId, RoleId, UserId};

use super::payload::{Member, User, made_at_ms};
use crate::connectors::files;
use crate::model::directory::{SeenIdentity, Standing};
use crate::model::ids::{IdentityRef, MessageRef, NativeId, PlaceRef};
use crate::model::{Timestamp, language};

/// Where ids of channels, messages and users are unique.
const SCOPE: &str = "discord";

/// Before the number of a command.
const COMMAND: &str = "command-";

/// Longer names are cut; Discord's own are shorter.
const NAME_CHARS_MAX: usize = 64;

/// A channel, thread or direct chat.
pub(super) fn place(channel: ChannelId) -> PlaceRef {
    PlaceRef {
        scope: SCOPE.into(),
        id: NativeId::from(channel.to_string()),
    }
}

/// A message in that channel.
pub(super) fn message(channel: ChannelId, message: MessageId) -> MessageRef {
    MessageRef {
        place: place(channel),
        id: NativeId::from(message.to_string()),
    }
}

/// What stands for a command from Discord's menu, which is no message.
pub(super) fn command(channel: ChannelId, command: InteractionId) -> MessageRef {
    MessageRef {
        place: place(channel),
        id: NativeId::from(format!("{COMMAND}{command}")),
    }
}

/// The command behind such a name.
pub(super) fn interaction_id(message: &MessageRef) -> Option<InteractionId> {
    let number: NonZeroU64 = message.id.as_str().strip_prefix(COMMAND)?.parse().ok()?;
    Some(InteractionId::from(number))
}

/// The channel behind a place that this connector made.
pub(super) fn channel(place: &PlaceRef) -> Option<ChannelId> {
    (place.scope.as_str() == SCOPE).then_some(())?;
    number(&place.id).map(ChannelId::from)
}

/// The message as requests name it.
pub(super) fn message_id(message: &MessageRef) -> Option<MessageId> {
    number(&message.id).map(MessageId::from)
}

fn number(id: &NativeId) -> Option<NonZeroU64> {
    id.as_str().parse().ok()
}

fn identity(user: UserId) -> IdentityRef {
    IdentityRef {
        scope: SCOPE.into(),
        id: NativeId::from(user.to_string()),
    }
}

/// The account behind an identity that this connector made.
pub(super) fn user(identity: &IdentityRef) -> Option<UserId> {
    (identity.scope.as_str() == SCOPE).then_some(())?;
    number(&identity.id).map(UserId::from)
}

/// The person as the others in the guild see them. Whether a member keeps the guild is for whoever knows its roles to say.
pub(super) fn person(user: &User, member: Option<&Member>, language: Option<&str>) -> SeenIdentity {
    let role = |role: &RoleId| NativeId::from(role.to_string());
    SeenIdentity {
        native: identity(user.id),
        name: shown(user, member.and_then(|member| member.nick.as_deref())),
        bot: user.bot,
        language: language.and_then(language::tag),
        roles: member.map_or_else(Vec::new, |member| member.roles.iter().map(role).collect()),
        created_at: Some(Timestamp::from_millis(made_at_ms(user.id.get()))),
        joined_at: member.and_then(|member| moment(member.joined_at.as_deref()?)),
        standing: member.map_or(Standing::Unknown, |_| Standing::Member),
    }
}

/// Somebody of whom only the id is told.
pub(super) fn somebody(user: UserId) -> SeenIdentity {
    SeenIdentity {
        native: identity(user),
        name: String::new(),
        bot: false,
        language: None,
        roles: Vec::new(),
        created_at: Some(Timestamp::from_millis(made_at_ms(user.get()))),
        joined_at: None,
        standing: Standing::Unknown,
    }
}

/// A moment as Discord writes it.
fn moment(written: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = written.parse().ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// The name in the guild, else the one for all of Discord, else the account's.
pub(super) fn shown(user: &User, nick: Option<&str>) -> String {
    let names = [nick, user.global_name.as_deref(), Some(user.username.as_str())];
    let name = names.into_iter().flatten().find(|name| !name.trim().is_empty());
    cut(name.unwrap_or_default(), NAME_CHARS_MAX)
}

/// Without what nobody sees, and no longer than `max`.
pub(super) fn cut(name: &str, max: usize) -> String {
    let shown = name
        .chars()
        .filter(|letter| !files::is_hidden(*letter) && *letter != '\t');
    shown.take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_channel() {
        let of = |scope: &str, id: &str| {
            channel(&PlaceRef {
                scope: scope.into(),
                id: id.into(),
            })
        };
        assert_eq!(of("discord", "42"), Some(ChannelId::new(42)));
        for (scope, id) in [
            ("telegram", "42"),
            ("discord", ""),
            ("discord", "0"),
            ("discord", "-1"),
            ("discord", "x"),
        ] {
            assert_eq!(of(scope, id), None, "{scope} {id}");
        }
    }

    #[test]
    fn a_person_goes_by_the_name_that_others_see() {
        let user = |global: Option<&str>| User {
            id: UserId::new(7),
            username: "ann_77".to_owned(),
            global_name: global.map(str::to_owned),
            bot: false,
        };
        assert_eq!(
            shown(&user(Some("Ann")), Some("Ann of the garden")),
            "Ann of the garden"
        );
        assert_eq!(shown(&user(Some("Ann")), None), "Ann");
        assert_eq!(shown(&user(None), Some("  ")), "ann_77");
    }
}
