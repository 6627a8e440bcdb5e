//! Who keeps which chat, as far as Telegram has said it, and when it has to be asked again. Asks nobody itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use teloxide_core::types::{ChatId, ChatMemberKind, Update, UpdateKind};

use crate::model::directory::Standing;
use crate::model::ids::NativeId;

/// So long what Telegram said counts. Where the bot may take measures it is told of changes; this is for updates that it misses.
const KEPT_FOR: Duration = Duration::from_mins(30);

/// What was asked for in vain is asked for again after this, or later where Telegram says so.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Chats of which they are known; a chat has some fifty administrators at most. The one asked for first is forgotten first.
const CHATS_MAX: usize = 1024;

/// The roles as communities name them: Telegram's own words.
const OWNER: &str = "creator";
pub(in crate::connectors::telegram) const ADMINISTRATOR: &str = "administrator";

/// What somebody is in a chat that they keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Office {
    Owner,
    Administrator,
}

impl Office {
    pub(super) fn of(status: &str) -> Option<Self> {
        match status {
            OWNER => Some(Self::Owner),
            ADMINISTRATOR => Some(Self::Administrator),
            _ => None,
        }
    }

    /// An owner may all that an administrator may.
    pub(super) fn roles(self) -> Vec<NativeId> {
        match self {
            Self::Owner => vec![OWNER.into(), ADMINISTRATOR.into()],
            Self::Administrator => vec![ADMINISTRATOR.into()],
        }
    }
}

/// What Telegram said, and how long that counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Told<T> {
    value: T,
    /// By the clock that nobody sets back.
    until: Duration,
    /// When Telegram is asked, or asked again.
    ask_at: Duration,
}

impl<T> Told<T> {
    /// Whether to ask now; from then on it counts as asked in vain, whatever becomes of it.
    fn is_to_be_asked(&mut self, now: Duration) -> bool {
        let due = self.ask_at <= now;
        if due {
            self.ask_at = now + AGAIN_AFTER;
        }
        due
    }

    pub(super) fn tell(&mut self, value: T, now: Duration) {
        let until = now + KEPT_FOR;
        *self = Self {
            value,
            until,
            ask_at: until,
        };
    }

    pub(super) fn put_off(&mut self, until: Duration) {
        self.ask_at = self.ask_at.max(until);
    }
}

/// A chat, as far as it is known who keeps it.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// By the numbers of their accounts.
    pub(super) keepers: Told<HashMap<u64, Office>>,
    /// The channel that the group belongs to, which speaks in it.
    pub(super) channel: Told<Option<i64>>,
}

impl Known {
    /// How an account stands, or a chat that speaks for itself, and in which office.
    fn standing(&self, who: i64, now: Duration) -> (Standing, Option<Office>) {
        let or_member = |until: Duration| {
            if now < until {
                Standing::Member
            } else {
                Standing::Unknown
            }
        };
        match u64::try_from(who) {
            // Who was one counts as one until Telegram says otherwise.
            Ok(user) => match self.keepers.value.get(&user) {
                Some(office) => (Standing::Keeper, Some(*office)),
                None => (or_member(self.keepers.until), None),
            },
            Err(_) if self.channel.value == Some(who) => (Standing::Keeper, None),
            Err(_) => (or_member(self.channel.until), None),
        }
    }
}

/// What Telegram is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Keepers,
    Channel,
}

impl Question {
    /// The one that says how this account stands.
    pub(super) fn about(who: i64) -> Self {
        if who < 0 { Self::Channel } else { Self::Keepers }
    }
}

/// Who keeps which chat.
#[derive(Debug, Default)]
pub(in crate::connectors::telegram) struct Keepers(Mutex<HashMap<ChatId, Known>>);

impl Keepers {
    fn chats(&self) -> MutexGuard<'_, HashMap<ChatId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody stands differently from now on, or a group's channel shows itself.
    pub(in crate::connectors::telegram) fn follow(&self, updates: &[Update], now: Duration) {
        let mut chats = self.chats();
        for update in updates {
            match &update.kind {
                UpdateKind::ChatMember(change) | UpdateKind::MyChatMember(change) => {
                    if let Some(known) = chats.get_mut(&change.chat.id) {
                        let next = &change.new_chat_member;
                        let keepers = &mut known.keepers.value;
                        match office(&next.kind) {
                            Some(office) => keepers.insert(next.user.id.0, office),
                            None => keepers.remove(&next.user.id.0),
                        };
                    }
                }
                UpdateKind::Message(message) if message.is_automatic_forward() => {
                    if let (Some(known), Some(channel)) = (chats.get_mut(&message.chat.id), &message.sender_chat) {
                        known.channel.tell(Some(channel.id.0), now);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn standing(&self, chat: ChatId, who: i64, now: Duration) -> (Standing, Option<Office>) {
        let chats = self.chats();
        let known = chats.get(&chat);
        known.map_or((Standing::Unknown, None), |known| known.standing(who, now))
    }

    /// Whether it would have to be asked. Does not note that it is.
    pub(super) fn lacks(&self, chat: ChatId, question: Question, now: Duration) -> bool {
        let chats = self.chats();
        chats.get(&chat).is_none_or(|known| match question {
            Question::Keepers => known.keepers.ask_at <= now,
            Question::Channel => known.channel.ask_at <= now,
        })
    }

    /// Notes that it is asked, unless somebody else does.
    pub(super) fn begins(&self, chat: ChatId, question: Question, now: Duration) -> bool {
        let mut chats = self.chats();
        if chats.len() >= CHATS_MAX && !chats.contains_key(&chat) {
            let oldest = chats.iter().min_by_key(|(_, known)| known.keepers.ask_at);
            if let Some(oldest) = oldest.map(|(chat, _)| *chat) {
                chats.remove(&oldest);
            }
        }
        let known = chats.entry(chat).or_default();
        match question {
            Question::Keepers => known.keepers.is_to_be_asked(now),
            Question::Channel => known.channel.is_to_be_asked(now),
        }
    }

    pub(super) fn change(&self, chat: ChatId, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.chats().get_mut(&chat) {
            change(known);
        }
    }
}

fn office(kind: &ChatMemberKind) -> Option<Office> {
    match kind {
        ChatMemberKind::Owner(_) => Some(Office::Owner),
        ChatMemberKind::Administrator(_) => Some(Office::Administrator),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const GROUP: ChatId = ChatId(-100);

    #[test]
    fn what_was_asked_in_vain_is_asked_again_a_minute_later() {
        let keepers = Keepers::default();
        assert!(keepers.lacks(GROUP, Question::Keepers, Duration::ZERO));
        assert!(keepers.begins(GROUP, Question::Keepers, Duration::ZERO));
        assert!(!keepers.begins(GROUP, Question::Keepers, MINUTE / 2));
        assert!(keepers.begins(GROUP, Question::Keepers, MINUTE));
        keepers.change(GROUP, |known| known.keepers.put_off(MINUTE * 10));
        assert!(!keepers.lacks(GROUP, Question::Keepers, MINUTE * 9));
        assert!(
            keepers.lacks(GROUP, Question::Channel, MINUTE * 9),
            "that is another question"
        );
    }

    #[test]
    fn what_is_old_makes_nobody_a_mere_member() {
        let keepers = Keepers::default();
        keepers.begins(GROUP, Question::Keepers, Duration::ZERO);
        let told = HashMap::from([(7, Office::Owner)]);
        keepers.change(GROUP, |known| known.keepers.tell(told, Duration::ZERO));
        let standing = |who, at| keepers.standing(GROUP, who, at);
        assert_eq!(standing(7, MINUTE), (Standing::Keeper, Some(Office::Owner)));
        assert_eq!(standing(8, MINUTE), (Standing::Member, None));
        assert_eq!(standing(7, KEPT_FOR), (Standing::Keeper, Some(Office::Owner)));
        assert_eq!(standing(8, KEPT_FOR), (Standing::Unknown, None));
        assert_eq!(
            standing(-900, MINUTE),
            (Standing::Unknown, None),
            "a channel, of which nothing was said"
        );
    }

    #[test]
    fn chats_that_were_asked_about_long_ago_are_forgotten_first() {
        let keepers = Keepers::default();
        for number in 0..=CHATS_MAX {
            let at = Duration::from_secs(number as u64);
            keepers.begins(ChatId(-1 - i64::try_from(number).unwrap()), Question::Keepers, at);
        }
        let known = keepers.chats();
        assert_eq!(known.len(), CHATS_MAX);
        assert!(!known.contains_key(&ChatId(-1)) && known.contains_key(&ChatId(-2)));
    }

    #[test]
    fn an_owner_is_an_administrator_too() {
        assert_eq!(Office::of("creator").map(Office::roles).unwrap().len(), 2);
        assert_eq!(Office::of("administrator"), Some(Office::Administrator));
        assert_eq!(Office::of("restricted"), None);
    }
}
