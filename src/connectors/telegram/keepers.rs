//! Who keeps a chat: its owner and administrators, of whom Telegram tells nothing with a message.
//!
//! Telegram is asked for them when somebody does something in a chat that is kept, and again when what it said is old; where the
//! bot is an administrator, each change is told: <https://core.telegram.org/bots/api#chatmemberupdated>. Nobody waits long for
//! it: while it is not known, everybody's standing is unknown.

mod known;

use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use teloxide_core::RequestError;
use teloxide_core::requests::{JsonRequest, Payload};
use teloxide_core::types::{ChatId, UserId};

pub(super) use self::known::{ADMINISTRATOR, Keepers};
use self::known::{Office, Question};
use super::album::Incoming;
use super::ask::ask;
use super::{Telegram, failure, names};
use crate::connectors::{AcceptError, EventSink};
use crate::model::directory::{Audience, Standing};
use crate::model::event::Source;

/// A batch of updates waits no longer for the keepers of its chats; Telegram answers within a second.
const PATIENCE: Duration = Duration::from_secs(3);

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
