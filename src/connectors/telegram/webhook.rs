//! Hears the bot's updates because Telegram calls: the other way than asking for them.
//!
//! An update is on disk before it is acknowledged. What cannot be stored is answered with a fault, and Telegram tells it
//! again: <https://core.telegram.org/bots/api#setwebhook>.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use teloxide_core::RequestError;
use teloxide_core::prelude::*;
use teloxide_core::types::WebhookInfo;
use tokio::sync::Semaphore;
use url::Url;

use super::inbound::Reader;
use super::session::{self, Word};
use super::told::Told;
use super::{Telegram, download};
use crate::connectors::backoff::Backoff;
use crate::connectors::logins::LoginState;
use crate::connectors::{AcceptError, ConnectorError, EventSink, Signal};
use crate::model::Timestamp;
use crate::secret::Secret;
use crate::supervisor::Stop;
use crate::telemetry::{self, Metric};

/// Where Telegram, or a proxy for it, finds us.
pub(super) const PATH: &str = "/telegram/webhook";

/// Telegram shows here that it is Telegram.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Telegram calls with so many updates at once, those of one chat in order. Each may hold a file in memory.
const CALLS_MAX: u8 = 4;

/// An update is some kilobytes; one that quotes another, with all its entities, stays far below.
const UPDATE_BYTES_MAX: usize = 1024 * 1024;

/// For the file of a message; Telegram hangs up on a call that takes longer than a minute.
const FILE_PATIENCE: Duration = Duration::from_secs(25);

/// For all of a call, also while the lanes are full.
const CALL_PATIENCE: Duration = Duration::from_secs(45);

/// How often Telegram is asked whether it can call.
const LOOK_PERIOD: Duration = Duration::from_mins(1);

/// How Telegram calls us.
pub(super) struct Webhook {
    url: Url,
    /// Of this start; Telegram is told it anew each time.
    secret: Secret,
    live: RwLock<Option<Live>>,
    room: Semaphore,
}

/// What is known while the connector runs.
#[derive(Clone)]
struct Live {
    events: Arc<dyn EventSink>,
    reader: Reader,
}

impl Webhook {
    /// Calls come in at `url`.
    pub(super) fn new(url: Url) -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the system has a random generator");
        Self {
            url,
            secret: Secret::new(BASE64_URL_SAFE_NO_PAD.encode(secret)),
            live: RwLock::default(),
            room: Semaphore::new(CALLS_MAX.into()),
        }
    }

    /// Where Telegram is to call.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// From now on calls are taken in, or are not any more.
    fn set_live(&self, live: Option<Live>) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }

    fn live(&self) -> Option<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks Telegram to call.
    async fn announce(&self, bot: &Bot) -> Result<(), RequestError> {
        let request = bot
            .set_webhook(self.url.clone())
            .secret_token(self.secret.expose())
            .max_connections(CALLS_MAX)
            .allowed_updates(session::WANTED);
        request.await.map(drop)
    }

    /// Whether it is Telegram that calls. Says nothing by the time that it takes.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(SECRET_HEADER).map_or(&b""[..], |value| value.as_bytes());
        shown.ct_eq(self.secret.expose().as_bytes()).into()
    }
}

/// Lets Telegram call until `stop`, and asks it now and then whether it can.
pub(super) async fn run(
    telegram: &Telegram,
    webhook: &Webhook,
    events: Arc<dyn EventSink>,
    reader: Reader,
    fine: LoginState,
    stop: &Stop,
) -> Result<(), ConnectorError> {
    // Telegram may call before it has answered that it will.
    webhook.set_live(Some(Live {
        events: Arc::clone(&events),
        reader,
    }));
    let watched = stop.until(watch(telegram, webhook, &*events, fine)).await;
    webhook.set_live(None);
    watched.unwrap_or(Ok(()))
}

async fn watch(
    telegram: &Telegram,
    webhook: &Webhook,
    events: &dyn EventSink,
    fine: LoginState,
) -> Result<(), ConnectorError> {
    let mut backoff = Backoff::default();
    let since = telegram.clock.now();
    let bot = &telegram.poller;
    session::persist(telegram, events, &mut backoff, || webhook.announce(bot)).await?;
    loop {
        let mut backoff = Backoff::default();
        let info = session::persist(telegram, events, &mut backoff, || bot.get_webhook_info().into_future()).await?;
        if info.url.as_ref() != Some(&webhook.url) {
            // The next start sets it again.
            return Err(ConnectorError::Lost(
                "another program took the webhook away, with the same token".to_owned(),
            ));
        }
        let problem = problem(&info, since);
        if let Some(reason) = &problem {
            tracing::warn!(login = %telegram.login, error = %reason, "Telegram cannot call: {reason}");
        }
        let next = telegram.clock.now() + LOOK_PERIOD;
        let state = problem.map_or_else(|| fine.clone(), |reason| LoginState::Retrying { reason, next });
        events.signal(&telegram.login, Signal::Login(state));
        tokio::time::sleep(LOOK_PERIOD).await;
    }
}

/// Why updates wait with Telegram, if they do.
fn problem(info: &WebhookInfo, since: Timestamp) -> Option<String> {
    let failed_at = info.last_error_date?.timestamp().saturating_mul(1_000);
    let waits = info.pending_update_count > 0 && failed_at >= since.as_millis();
    let said = info.last_error_message.as_deref().unwrap_or("it does not say why");
    waits.then(|| format!("Telegram cannot call the address in `telegram.webhook`: {said}"))
}

/// The route that Telegram calls.
pub(super) fn router(telegram: Arc<Telegram>) -> Router {
    Router::new()
        .route(PATH, post(called))
        .layer(DefaultBodyLimit::max(UPDATE_BYTES_MAX))
        .with_state(telegram)
}

async fn called(State(telegram): State<Arc<Telegram>>, request: Request) -> Response {
    let Some(webhook) = telegram.webhook.as_ref() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Nothing of a stranger is read.
    if !webhook.knows(request.headers()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(_room) = webhook.room.try_acquire() else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let Some(live) = webhook.live() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let taken = tokio::time::timeout(CALL_PATIENCE, take_in(&telegram, &live, request)).await;
    taken.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

async fn take_in(telegram: &Telegram, live: &Live, request: Request) -> Response {
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    match hear(telegram, live, &body).await {
        Ok(pressed) => acknowledged(pressed),
        Err(error) => {
            tracing::warn!(
                login = %telegram.login,
                error = &error as &dyn std::error::Error,
                "an update was not stored, Telegram tells it again"
            );
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Stores what one update says. Answers which press waits for a word.
async fn hear(telegram: &Telegram, live: &Live, body: &[u8]) -> Result<Option<Word>, AcceptError> {
    let Ok(Told(update)) = serde_json::from_slice::<Told>(body) else {
        // Refusing it would bring it again and again, before all that comes after it.
        telemetry::count_for(Metric::EventsUnknownTotal, telegram.login.as_str());
        tracing::warn!(login = %telegram.login, "Telegram called with something that is no update");
        return Ok(None);
    };
    let batch = session::understand(telegram, &*live.events, &live.reader, vec![update]).await?;
    let complete = download::complete(telegram, &*live.events, batch.events, FILE_PATIENCE).await?;
    let mut words = session::take_in(telegram, &*live.events, complete, None, batch.pressed).await?;
    Ok(words.pop())
}

/// The answer may hold a call of the Bot API: the button stops showing that it is being worked on.
fn acknowledged(word: Option<Word>) -> Response {
    let Some(Word { id, text }) = word else {
        return StatusCode::OK.into_response();
    };
    let mut call = json!({"method": "answerCallbackQuery", "callback_query_id": id});
    if let Some(text) = text {
        call["text"] = text.into();
    }
    axum::Json(call).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pending: u32, failed_at: Option<i64>, expected: bool) {
        let info = json!({"url": "https://chat.example.org/", "has_custom_certificate": false,
            "pending_update_count": pending, "last_error_date": failed_at, "last_error_message": "Connection refused"});
        let info: WebhookInfo = serde_json::from_value(info).unwrap();
        let problem = problem(&info, Timestamp::from_millis(1_790_000_000_000));
        assert_eq!(
            problem.is_some_and(|problem| problem.ends_with("Connection refused")),
            expected
        );
    }

    #[test]
    fn telegram_cannot_call_when_updates_wait_after_a_fault_of_now() {
        check(1, Some(1_790_000_060), true);
        check(0, Some(1_790_000_060), false);
        check(1, Some(1_789_999_999), false);
        check(1, None, false);
    }
}
