//! Who keeps a chat: its owner and administrators, of whom Telegram tells nothing with a message.
//!
//! Telegram is asked for them when somebody does something in a chat that is kept, and again when what it said is old; where the
//! bot is an administrator, each change is told: <https://core.telegram.org/bots/api#chatmemberupdated>. Nobody waits long for
//! it: while it is not known, everybody's standing is unknown.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use teloxide_core::RequestError;
use teloxide_core::requests::{JsonRequest, Payload};
use teloxide_core::types::{ChatId, ChatMemberKind, Update, UpdateKind, UserId};

use super::album::Incoming;
use super::ask::ask;
use super::{Telegram, failure, names};
use crate::connectors::{AcceptError, EventSink};
use crate::model::directory::{Audience, Standing};
use crate::model::event::Source;
use crate::model::ids::NativeId;

/// So long what Telegram said counts. Where the bot may take measures it is told of changes; this is for updates that it misses.
const KEPT_FOR: Duration = Duration::from_mins(30);

/// What was asked for in vain is asked for again after this, or later where Telegram says so.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// A batch of updates waits no longer for the keepers of its chats; Telegram answers within a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// Chats of which they are known; a chat has some fifty administrators at most. The one asked for first is forgotten first.
const CHATS_MAX: usize = 1024;

/// The roles as communities name them: Telegram's own words.
const OWNER: &str = "creator";
pub(super) const ADMINISTRATOR: &str = "administrator";

/// What somebody is in a chat that they keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Office {
    Owner,
    Administrator,
}

impl Office {
    fn of(status: &str) -> Option<Self> {
        match status {
            OWNER => Some(Self::Owner),
            ADMINISTRATOR => Some(Self::Administrator),
            _ => None,
        }
    }

    /// An owner may all that an administrator may.
    fn roles(self) -> Vec<NativeId> {
        match self {
            Self::Owner => vec![OWNER.into(), ADMINISTRATOR.into()],
            Self::Administrator => vec![ADMINISTRATOR.into()],
        }
    }
}

/// What Telegram said, and how long that counts.
#[derive(Clone, Debug, Default)]
struct Told<T> {
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

    fn tell(&mut self, value: T, now: Duration) {
        let until = now + KEPT_FOR;
        *self = Self {
            value,
            until,
            ask_at: until,
        };
    }

    fn put_off(&mut self, until: Duration) {
        self.ask_at = self.ask_at.max(until);
    }
}

/// A chat, as far as it is known who keeps it.
#[derive(Clone, Debug, Default)]
struct Known {
    /// By the numbers of their accounts.
    keepers: Told<HashMap<u64, Office>>,
    /// The channel that the group belongs to, which speaks in it.
    channel: Told<Option<i64>>,
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
enum Question {
    Keepers,
    Channel,
}

impl Question {
    /// The one that says how this account stands.
    fn about(who: i64) -> Self {
        if who < 0 { Self::Channel } else { Self::Keepers }
    }
}

/// Who keeps which chat.
#[derive(Debug, Default)]
pub(super) struct Keepers(Mutex<HashMap<ChatId, Known>>);

impl Keepers {
    fn chats(&self) -> MutexGuard<'_, HashMap<ChatId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody stands differently from now on, or a group's channel shows itself.
    pub(super) fn follow(&self, updates: &[Update], now: Duration) {
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

    fn standing(&self, chat: ChatId, who: i64, now: Duration) -> (Standing, Option<Office>) {
        let chats = self.chats();
        let known = chats.get(&chat);
        known.map_or((Standing::Unknown, None), |known| known.standing(who, now))
    }

    /// Whether it would have to be asked. Does not note that it is.
    fn lacks(&self, chat: ChatId, question: Question, now: Duration) -> bool {
        let chats = self.chats();
        chats.get(&chat).is_none_or(|known| match question {
            Question::Keepers => known.keepers.ask_at <= now,
            Question::Channel => known.channel.ask_at <= now,
        })
    }

    /// Notes that it is asked, unless somebody else does.
    fn begins(&self, chat: ChatId, question: Question, now: Duration) -> bool {
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

    fn change(&self, chat: ChatId, change: impl FnOnce(&mut Known)) {
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

/// Says of each event how its author stands in the chat, as far as that is known in time.
pub(super) async fn complete(
    telegram: &Telegram,
    events: &dyn EventSink,
    batch: &mut [Incoming],
) -> Result<(), AcceptError> {
    let mut questions: Vec<(ChatId, Question)> = Vec::new();
    for incoming in &*batch {
        let Some((chat, who)) = spoken_in(telegram, incoming) else {
            continue;
        };
        let question = (chat, Question::about(who));
        let lacks = telegram.keepers.lacks(chat, question.1, telegram.clock.elapsed());
        // Where Switchboard does not act Telegram is asked nothing.
        if lacks && !questions.contains(&question) && events.keeps(&telegram.login, &incoming.event).await? {
            questions.push(question);
        }
    }
    let asked = join_all(
        questions
            .into_iter()
            .map(|(chat, question)| learn(telegram, chat, question)),
    );
    if tokio::time::timeout(PATIENCE, asked).await.is_err() {
        tracing::warn!(login = %telegram.login, "Telegram does not say in time who keeps a chat: nobody is moderated there yet");
    }
    for incoming in batch {
        if let Some((chat, who)) = spoken_in(telegram, incoming)
            && let Source::Platform {
                author: Some(author), ..
            } = &mut incoming.event.source
        {
            let (standing, office) = telegram.keepers.standing(chat, who, telegram.clock.elapsed());
            author.standing = standing;
            author.roles = office.map_or_else(Vec::new, Office::roles);
        }
    }
    Ok(())
}

/// In which chat of several people somebody did something, and who, if the update does not say how they stand.
fn spoken_in(telegram: &Telegram, incoming: &Incoming) -> Option<(ChatId, i64)> {
    let Source::Platform {
        place,
        author: Some(author),
        ..
    } = &incoming.event.source
    else {
        return None;
    };
    let untold = author.standing == Standing::Untold && place.audience != Audience::Direct;
    let chat = names::Chat::parse(&place.native, telegram.bot_id).filter(|_| untold)?;
    Some((chat.id(), author.native.id.as_str().parse().ok()?))
}

/// Asks Telegram once.
async fn learn(telegram: &Telegram, chat: ChatId, question: Question) {
    let (keepers, bot) = (&telegram.keepers, &telegram.sender);
    if !keepers.begins(chat, question, telegram.clock.elapsed()) {
        return;
    }
    let asked = match question {
        Question::Keepers => {
            let request = JsonRequest::new(bot.clone(), Administrators { chat_id: chat });
            ask(bot, request).await.map(|list| {
                let offices = list
                    .iter()
                    .filter_map(|one| Some((one.user.id, Office::of(&one.status)?)));
                let offices = offices.collect();
                keepers.change(chat, |known| known.keepers.tell(offices, telegram.clock.elapsed()));
            })
        }
        Question::Channel => {
            let request = JsonRequest::new(bot.clone(), WholeChat { chat_id: chat });
            ask(bot, request).await.map(|whole| {
                let linked = whole.linked_chat_id;
                keepers.change(chat, |known| known.channel.tell(linked, telegram.clock.elapsed()));
            })
        }
    };
    let Err(error) = asked else { return };
    if let RequestError::RetryAfter(seconds) = &error {
        let until = telegram.clock.elapsed() + seconds.duration();
        keepers.change(chat, |known| match question {
            Question::Keepers => known.keepers.put_off(until),
            Question::Channel => known.channel.put_off(until),
        });
    }
    let why = failure::of_delivery(&error, true);
    tracing::warn!(login = %telegram.login, error = %why, "it is not known who keeps a chat, so nobody is moderated there: {why}");
}

/// Of each member only what is needed, so that nothing that Telegram adds costs the answer.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    status: String,
    /// Of who is restricted: whether they are there.
    #[serde(default, rename = "is_member")]
    there: Option<bool>,
    user: Account,
}

impl Member {
    /// Whether they are not there, be it that they went or that they are shut out.
    pub(super) fn is_out(&self) -> bool {
        matches!(self.status.as_str(), "left" | "kicked") || self.there == Some(false)
    }
}

#[derive(Debug, Deserialize)]
struct Account {
    id: u64,
}

#[derive(Clone, Debug, Serialize)]
struct Administrators {
    chat_id: ChatId,
}

impl Payload for Administrators {
    type Output = Vec<Member>;

    const NAME: &'static str = "GetChatAdministrators";
}

/// How one account stands in a chat.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OneMember {
    pub(super) chat_id: ChatId,
    pub(super) user_id: UserId,
}

impl Payload for OneMember {
    type Output = Member;

    const NAME: &'static str = "GetChatMember";
}

#[derive(Clone, Debug, Serialize)]
struct WholeChat {
    chat_id: ChatId,
}

#[derive(Debug, Deserialize)]
struct Whole {
    #[serde(default)]
    linked_chat_id: Option<i64>,
}

impl Payload for WholeChat {
    type Output = Whole;

    const NAME: &'static str = "GetChat";
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
