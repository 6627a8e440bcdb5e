//! Hears the bot's updates, by long polling unless Telegram is to call. The offset moves only after a batch is on disk.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use teloxide_core::RequestError;
use teloxide_core::payloads::GetUpdates;
use teloxide_core::prelude::*;
use teloxide_core::requests::JsonRequest;
use teloxide_core::types::{AllowedUpdate, CallbackQueryId, Me, Update};

use super::album::{self, Incoming};
use super::failure::{self, Deaf};
use super::inbound::{Pressed, Reader};
use super::members::Lately;
use super::recall::{self, Recall};
use super::told::Poll;
use super::{Telegram, download, keepers, webhook};
use crate::connectors::backoff::Backoff;
use crate::connectors::logins::LoginState;
use crate::connectors::pressed::not_theirs;
use crate::connectors::{AcceptError, Acceptance, ConnectorError, Cursor, EventSink, Signal};
use crate::model::ability::{Ability, Lack};
use crate::model::amount;
use crate::model::{Event, Timestamp};
use crate::supervisor::Stop;
use crate::telemetry::{self, Metric};

/// Telegram holds an empty answer back so long.
const POLL_SECONDS: u32 = 25;

/// A poll without an answer after this is cut off.
pub(super) const POLL_PATIENCE: Duration = Duration::from_secs(40);

/// As many as Telegram gives at once.
const BATCH_MAX: u8 = 100;

/// The files of a batch get so long together: what was said beside them waits for them. Enough for 20 MB at 3 Mbit/s.
const FILES_PATIENCE: Duration = Duration::from_mins(1);

/// After a week without updates Telegram begins to count anew, and an offset from before would hide what is new. A day
/// less, for clocks that differ. What Telegram has kept since then is known by its own id.
const OFFSET_LIFE: Duration = Duration::from_hours(6 * 24);

/// What is asked for; all else Telegram keeps to itself.
pub(super) const WANTED: [AllowedUpdate; 9] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::ChannelPost,
    AllowedUpdate::EditedChannelPost,
    AllowedUpdate::MessageReaction,
    AllowedUpdate::MessageReactionCount,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::MyChatMember,
    AllowedUpdate::ChatMember,
];

/// A press that is not acknowledged by then stops showing so by itself.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);

/// Where reading goes on: the first update that was not stored, and when that was. Each bot counts its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    bot_id: u64,
    next: i32,
    stored_at: Timestamp,
}

impl Offset {
    /// None of another bot's.
    fn parse(cursor: &Cursor, bot_id: u64) -> Option<Self> {
        let (bot, rest) = cursor.0.split_once(':')?;
        let (next, at) = rest.split_once('@')?;
        (bot == bot_id.to_string()).then_some(())?;
        Some(Self {
            bot_id,
            next: next.parse().ok()?,
            stored_at: Timestamp::from_millis(at.parse().ok()?),
        })
    }

    fn cursor(self) -> Cursor {
        Cursor(format!("{}:{}@{}", self.bot_id, self.next, self.stored_at.as_millis()))
    }
}

/// Reads until `stop`.
pub(super) async fn run(
    telegram: &Telegram,
    events: Arc<dyn EventSink>,
    cursor: Option<Cursor>,
    stop: &Stop,
) -> Result<(), ConnectorError> {
    let mut backoff = Backoff::default();
    let me = persist(telegram, &*events, &mut backoff, || {
        telegram.poller.get_me().into_future()
    });
    let Some(me) = stop.until(me).await else {
        return Ok(());
    };
    let me = me?;
    let reader = greet(telegram, &me);
    let deaf = deaf(&me);
    let state = match &deaf {
        Some(lack) => LoginState::Partly {
            limit: lack.reason.clone(),
        },
        None => LoginState::Connected,
    };
    *telegram.deaf.lock().unwrap_or_else(PoisonError::into_inner) = deaf;
    match &telegram.webhook {
        Some(webhook) => webhook::run(telegram, webhook, events, reader, state, stop).await,
        None => keep_polling(telegram, &*events, cursor, state, &reader, stop).await,
    }
}

/// Asks Telegram again and again until `stop`.
async fn keep_polling(
    telegram: &Telegram,
    events: &dyn EventSink,
    cursor: Option<Cursor>,
    state: LoginState,
    reader: &Reader,
    stop: &Stop,
) -> Result<(), ConnectorError> {
    let mut backoff = Backoff::default();
    let freed = persist(telegram, events, &mut backoff, || {
        telegram.poller.delete_webhook().into_future()
    });
    match stop.until(freed).await {
        Some(freed) => freed?,
        None => return Ok(()),
    };
    let connected = || events.signal(&telegram.login, Signal::Login(state.clone()));
    connected();
    let mut offset = cursor.and_then(|cursor| Offset::parse(&cursor, telegram.bot_id));
    loop {
        let now = telegram.clock.now();
        let next = offset.filter(|offset| now.since(offset.stored_at) < OFFSET_LIFE);
        let Some(polled) = stop.until(poll(telegram, next.map(|offset| offset.next))).await else {
            return Ok(());
        };
        let updates = match polled {
            Ok(updates) => updates,
            // Somebody has set one since; the next start takes it away.
            Err(error) if failure::is_webhook(&error) => {
                return Err(ConnectorError::Lost("a webhook was set for this bot".to_owned()));
            }
            Err(error) => {
                let Some(waited) = stop.until(rest(telegram, events, &error, &mut backoff)).await else {
                    return Ok(());
                };
                waited?;
                continue;
            }
        };
        backoff = Backoff::default();
        connected();
        let Some(last) = updates.last() else { continue };
        let after = Offset {
            bot_id: telegram.bot_id,
            next: i32::try_from(last.id.0).unwrap_or(i32::MAX).saturating_add(1),
            stored_at: now,
        };
        let Some(heard) = stop.until(hear(telegram, events, reader, updates)).await else {
            return Ok(());
        };
        let stored = match heard {
            Ok((complete, pressed)) => take_in(telegram, events, complete, Some(after.cursor()), pressed).await,
            Err(error) => Err(error),
        };
        let pressed = match stored {
            Ok(pressed) => pressed,
            // Telegram gives the same updates again at the next start.
            Err(AcceptError::Stopping) => return Ok(()),
            Err(error) => return Err(ConnectorError::Lost(error.to_string())),
        };
        offset = Some(after);
        let answered = tokio::time::timeout(ANSWER_PATIENCE, answer(telegram, pressed));
        if stop.until(answered).await.is_none() {
            return Ok(());
        }
    }
}

/// Calls until it succeeds, or a person has to act.
pub(super) async fn persist<T, F: Future<Output = Result<T, RequestError>>>(
    telegram: &Telegram,
    events: &dyn EventSink,
    backoff: &mut Backoff,
    call: impl Fn() -> F,
) -> Result<T, ConnectorError> {
    loop {
        match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => rest(telegram, events, &error, backoff).await?,
        }
    }
}

fn greet(telegram: &Telegram, me: &Me) -> Reader {
    let name = me.user.username.clone();
    let shown = name.as_deref().unwrap_or("?");
    tracing::info!(login = %telegram.login, bot = %shown, "connected to Telegram as @{shown}");
    Reader {
        login: telegram.login.clone(),
        bot_id: telegram.bot_id,
        name,
    }
}

/// How much the bot hears: <https://core.telegram.org/bots/features#privacy-mode>.
fn deaf(me: &Me) -> Option<Lack> {
    let limit = "in groups where it is no administrator it hears only commands, mentions and replies to itself. To let it \
                 hear all, send /setprivacy to @BotFather, choose Disable, add it to the group again, and start Switchboard \
                 again";
    (!me.can_read_all_group_messages).then(|| Lack::new(Ability::ReadAlong, limit))
}

async fn poll(telegram: &Telegram, offset: Option<i32>) -> Result<Vec<Update>, RequestError> {
    let mut ask = GetUpdates::new()
        .limit(BATCH_MAX)
        .timeout(POLL_SECONDS)
        .allowed_updates(WANTED);
    ask.offset = offset;
    let told = JsonRequest::new(telegram.poller.clone(), Poll(ask)).await?;
    Ok(told.into_iter().map(|told| told.0).collect())
}

/// Waits as long as the error asks for.
async fn rest(
    telegram: &Telegram,
    events: &dyn EventSink,
    error: &RequestError,
    backoff: &mut Backoff,
) -> Result<(), ConnectorError> {
    match failure::of_session(error) {
        Deaf::BadCredentials(fix) => Err(ConnectorError::BadCredentials(fix)),
        Deaf::Wait(asked, why) => {
            let wait = asked.unwrap_or_else(|| backoff.wait());
            tracing::warn!(login = %telegram.login, error = %why, "cannot read from Telegram, next try {}: {why}", amount::after(wait));
            let next = telegram.clock.now() + wait;
            let state = LoginState::Retrying { reason: why, next };
            events.signal(&telegram.login, Signal::Login(state));
            tokio::time::sleep(wait).await;
            Ok(())
        }
    }
}

/// What these updates say, with their files, and the presses that wait for a word.
async fn hear(
    telegram: &Telegram,
    events: &dyn EventSink,
    reader: &Reader,
    updates: Vec<Update>,
) -> Result<(Vec<Event>, Vec<Pressed>), AcceptError> {
    let batch = understand(telegram, events, reader, updates).await?;
    let complete = download::complete(telegram, events, batch.events, FILES_PATIENCE).await?;
    Ok((complete, batch.pressed))
}

/// What these updates say, with what is known already or has to be asked for: of messages, of members, and who keeps a chat.
pub(super) async fn understand(
    telegram: &Telegram,
    events: &dyn EventSink,
    reader: &Reader,
    updates: Vec<Update>,
) -> Result<Batch, AcceptError> {
    let recall = recall::recall(telegram, &updates).await?;
    telegram.keepers.follow(&updates, telegram.clock.elapsed());
    let mut batch = read(reader, updates, telegram.clock.now(), (&recall, &telegram.lately));
    keepers::complete(telegram, events, &mut batch.events).await?;
    Ok(batch)
}

/// What a batch of updates says.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Incoming>,
    /// Presses that wait for a word.
    pub(super) pressed: Vec<Pressed>,
}

/// What these updates say, with what is known already: of messages, and of members.
pub(super) fn read(
    reader: &Reader,
    updates: Vec<Update>,
    now: Timestamp,
    (recall, lately): (&Recall, &Lately),
) -> Batch {
    let mut events = Vec::with_capacity(updates.len());
    let mut pressed = Vec::new();
    for update in updates {
        let id = update.id.0;
        let mut read = reader.read(update, now, recall);
        read.events.retain(|event| lately.note(id, event));
        if read.unknown {
            telemetry::count_for(Metric::EventsUnknownTotal, reader.login.as_str());
            tracing::warn!(login = %reader.login, update = id, "Telegram sent an update of an unknown kind");
        }
        if read.unnamed {
            telemetry::count_for(Metric::EventsDroppedTotal, "unnamed_reaction");
        }
        events.extend(read.events.into_iter().map(|event| Incoming {
            event,
            files: read.file.take().into_iter().collect(),
            album: read.album.take(),
        }));
        pressed.extend(read.pressed);
    }
    Batch {
        events: album::joined(events),
        pressed,
    }
}

/// What a press is answered with: nothing, or what whoever pressed sees alone.
pub(super) struct Word {
    pub(super) id: CallbackQueryId,
    pub(super) text: Option<&'static str>,
}

/// Stores it. Answers what the presses among it are told.
pub(super) async fn take_in(
    telegram: &Telegram,
    events: &dyn EventSink,
    complete: Vec<Event>,
    cursor: Option<Cursor>,
    pressed: Vec<Pressed>,
) -> Result<Vec<Word>, AcceptError> {
    let is_pressed = |event: &Event| {
        pressed
            .iter()
            .any(|press| press.event.as_deref() == Some(event.dedupe.as_str()))
    };
    let keys: Vec<Option<String>> = complete
        .iter()
        .map(|event| is_pressed(event).then(|| event.dedupe.clone()))
        .collect();
    let accepted = events.accept(&telegram.login, complete, cursor).await?;
    let refused: HashSet<String> = keys
        .into_iter()
        .zip(accepted)
        .filter_map(|(key, accepted)| key.filter(|_| accepted == Acceptance::NotTheirs))
        .collect();
    let words = pressed.into_iter().map(|press| Word {
        text: press
            .event
            .filter(|key| refused.contains(key))
            .map(|_| not_theirs(press.language.as_deref())),
        id: press.id,
    });
    Ok(words.collect())
}

/// The buttons stop showing that they are being worked on. What they do comes as a message of its own.
async fn answer(telegram: &Telegram, words: Vec<Word>) {
    let answers = words.into_iter().map(|word| async move {
        let mut answer = telegram.sender.answer_callback_query(word.id);
        answer.text = word.text.map(str::to_owned);
        answer.await
    });
    for error in join_all(answers).await.into_iter().filter_map(Result::err) {
        let (Deaf::Wait(_, why) | Deaf::BadCredentials(why)) = failure::of_session(&error);
        tracing::debug!(login = %telegram.login, error = %why, "a press was not acknowledged");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_reads_back() {
        let offset = Offset {
            bot_id: 900,
            next: 42,
            stored_at: Timestamp::from_millis(1_790_000_000_000),
        };
        assert_eq!(Offset::parse(&offset.cursor(), 900), Some(offset));
        assert_eq!(Offset::parse(&offset.cursor(), 901), None, "it is another bot's");
        for odd in ["", "42@1", "900:x@1", "900:42@x"] {
            assert_eq!(Offset::parse(&Cursor(odd.to_owned()), 900), None, "{odd}");
        }
    }
}
