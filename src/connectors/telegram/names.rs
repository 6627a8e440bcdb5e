//! How Telegram's numbers become our native ids, and back.
//!
//! Chat ids and user ids are the same for every bot. Message ids are so only in supergroups and channels; in private
//! chats and basic groups each bot counts its own, so their scope names the bot.

use teloxide_core::types::{ChatId, ChatKind, MessageId, PublicChatKind, ThreadId, UserId};

use crate::model::ids::{IdentityRef, MessageRef, NativeId, PlaceRef, Scope};

/// Where the ids of users, supergroups and channels are unique.
const SCOPE: &str = "telegram";

/// A chat, or one topic of it, as requests name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chat {
    id: i64,
    topic: Option<i32>,
}

impl Chat {
    /// Reads a place that this connector made. One of another bot is none of ours: its message ids mean nothing here.
    pub(super) fn parse(place: &PlaceRef, bot_id: u64) -> Option<Self> {
        let scope = place.scope.as_str();
        if scope != SCOPE && scope.strip_prefix("telegram:") != Some(&bot_id.to_string()) {
            return None;
        }
        let (id, topic) = match place.id.as_str().split_once('/') {
            Some((id, topic)) => (id, Some(topic.parse().ok()?)),
            None => (place.id.as_str(), None),
        };
        Some(Self {
            id: id.parse().ok()?,
            topic,
        })
    }

    /// The supergroup that a group has become. A group has no topics.
    pub(super) fn moved(to: ChatId) -> Self {
        Self { id: to.0, topic: None }
    }

    pub(super) fn id(self) -> ChatId {
        ChatId(self.id)
    }

    pub(super) fn thread(self) -> Option<ThreadId> {
        self.topic.map(|topic| ThreadId(MessageId(topic)))
    }

    /// Users have positive ids, and a private chat has its user's.
    pub(super) fn is_private(self) -> bool {
        self.id > 0
    }
}

/// The chat, or the topic in it.
pub(super) fn place(bot_id: u64, chat: &teloxide_core::types::Chat, topic: Option<ThreadId>) -> PlaceRef {
    let id = match topic {
        Some(topic) => format!("{}/{}", chat.id, topic.0.0),
        None => chat.id.to_string(),
    };
    PlaceRef {
        scope: scope(bot_id, &chat.kind),
        id: id.into(),
    }
}

/// A basic group by its number.
pub(super) fn group(bot_id: u64, id: ChatId) -> PlaceRef {
    PlaceRef {
        scope: scope_of_bot(bot_id),
        id: id.to_string().into(),
    }
}

/// A supergroup by its number.
pub(super) fn supergroup(id: ChatId) -> PlaceRef {
    PlaceRef {
        scope: SCOPE.into(),
        id: id.to_string().into(),
    }
}

/// The chat of a topic: Telegram counts what is sent to all topics of a group together.
pub(super) fn whole_chat(place: &PlaceRef) -> PlaceRef {
    let id = place.id.as_str();
    PlaceRef {
        scope: place.scope.clone(),
        id: id.split_once('/').map_or(id, |(chat, _)| chat).into(),
    }
}

/// A message of that place.
pub(super) fn message(place: &PlaceRef, id: MessageId) -> MessageRef {
    MessageRef {
        place: place.clone(),
        id: NativeId::from(id.0.to_string()),
    }
}

/// A user, or a chat that speaks for itself.
pub(super) fn identity(id: &impl ToString) -> IdentityRef {
    IdentityRef {
        scope: SCOPE.into(),
        id: id.to_string().into(),
    }
}

/// The user behind an identity that this connector made; none for a chat that speaks for itself.
pub(super) fn user(identity: &IdentityRef) -> Option<UserId> {
    (identity.scope.as_str() == SCOPE).then_some(())?;
    identity.id.as_str().parse().ok().map(UserId)
}

/// Whether the place is one whose messages each bot numbers by itself: a private chat or a basic group.
pub(super) fn is_of_bot(place: &PlaceRef) -> bool {
    place.scope.as_str() != SCOPE
}

fn scope(bot_id: u64, kind: &ChatKind) -> Scope {
    match kind {
        ChatKind::Public(chat) => match chat.kind {
            PublicChatKind::Channel(_) | PublicChatKind::Supergroup(_) => SCOPE.into(),
            PublicChatKind::Group => scope_of_bot(bot_id),
        },
        ChatKind::Private(_) => scope_of_bot(bot_id),
    }
}

fn scope_of_bot(bot_id: u64) -> Scope {
    format!("{SCOPE}:{bot_id}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, expected: Option<(i64, Option<i32>)>) {
        check_in(SCOPE, id, expected);
    }

    #[track_caller]
    fn check_in(scope: &str, id: &str, expected: Option<(i64, Option<i32>)>) {
        let place = PlaceRef {
            scope: scope.into(),
            id: id.into(),
        };
        let chat = Chat::parse(&place, 900).map(|chat| (chat.id, chat.topic));
        assert_eq!(chat, expected);
    }

    #[test]
    fn a_place_reads_back_as_chat_and_topic() {
        check("42", Some((42, None)));
        check("-1001234567890", Some((-1_001_234_567_890, None)));
        check("-1001234567890/7", Some((-1_001_234_567_890, Some(7))));
        for odd in ["", "lobby", "42/", "42/x", "/7"] {
            check(odd, None);
        }
    }

    #[test]
    fn the_topics_of_a_group_share_its_limits() {
        let place = |id: &str| PlaceRef {
            scope: SCOPE.into(),
            id: id.into(),
        };
        for topic in ["-100", "-100/1", "-100/7"] {
            assert_eq!(whole_chat(&place(topic)), place("-100"));
        }
    }

    #[test]
    fn a_chat_of_another_bot_is_none_of_ours() {
        check_in("telegram:900", "42", Some((42, None)));
        check_in("telegram:901", "42", None);
        check_in("discord", "42", None);
    }
}
