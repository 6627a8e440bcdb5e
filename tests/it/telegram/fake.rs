//! A fake of Telegram's Bot API, by us: what the emulator from elsewhere lacks, such as groups, redelivery, 409, 429
//! and cut connections. It answers as <https://core.telegram.org/bots/api> says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::supervisor::{Restart, Stop, Supervisor};
use tokio::sync::watch;

/// The bot of the tests.
pub const TOKEN: &str = "900:test-token_that-is-secret";

/// What goes wrong with the next call of a method.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is refused with this status and description.
    Refuse(u16, &'static str),
    /// Too many requests.
    Flood(u32),
    /// The connection is cut in the middle of the answer; what was asked is done.
    Cut,
}

#[derive(Default)]
struct Inner {
    updates: Vec<Value>,
    calls: Vec<(String, Value)>,
    faults: VecDeque<(&'static str, Fault)>,
    last_update: i64,
    last_message: i64,
}

/// The platform, with its test side.
pub struct Fake {
    pub address: SocketAddr,
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

impl Fake {
    pub async fn start() -> Arc<Self> {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Arc::new(Self {
            address: socket.local_addr().unwrap(),
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        });
        let routes = Router::new()
            .route("/{bot}/{method}", post(call))
            .with_state(Arc::clone(&fake));
        let socket = Mutex::new(Some(socket));
        Supervisor::new(Stop::new()).spawn("fake Telegram", Restart::Never, move || {
            let (socket, routes) = (socket.lock().unwrap().take(), routes.clone());
            async move { axum::serve(socket.expect("started once"), routes).await }
        });
        fake
    }

    /// What the configuration calls `api_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Something happens; `update` lacks its id.
    pub fn happens(&self, mut update: Value) -> i64 {
        let mut inner = self.inner();
        inner.last_update += 1;
        let id = inner.last_update;
        update["update_id"] = json!(id);
        inner.updates.push(update);
        drop(inner);
        self.ring();
        id
    }

    /// Somebody writes to the bot; answers the message's id.
    pub fn says(&self, who: i64, text: &str) -> i64 {
        let id = self.next_message();
        let chat = json!({"id": who, "type": "private", "first_name": "Ann"});
        let from = json!({"id": who, "is_bot": false, "first_name": "Ann", "language_code": "en"});
        let message = json!({"message_id": id, "date": now(), "chat": chat, "from": from, "text": text});
        self.happens(json!({"message": message}));
        id
    }

    /// The same in a group; a leading name of the bot or a command is marked as Telegram marks it.
    pub fn says_in(&self, group: i64, text: &str) -> i64 {
        let mut message = json!({"message_id": self.next_message(), "date": now(), "text": text,
            "chat": {"id": group, "type": "supergroup", "title": "Help"},
            "from": {"id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en"}});
        if text.starts_with("@our_bot") {
            message["entities"] = json!([{"type": "mention", "offset": 0, "length": 8}]);
        }
        if text.starts_with('/') {
            let length = text.split(' ').next().unwrap_or_default().len();
            message["entities"] = json!([{"type": "bot_command", "offset": 0, "length": length}]);
        }
        self.happens(json!({"message": message}))
    }

    /// Somebody adds the bot to a group.
    pub fn adds_bot(&self, group: i64) -> i64 {
        let member = |status: &str| json!({"status": status, "user": {"id": 900, "is_bot": true, "first_name": "Bot"}});
        self.happens(json!({"my_chat_member": {"date": now(),
            "chat": {"id": group, "type": "supergroup", "title": "Help"},
            "from": {"id": 7, "is_bot": false, "first_name": "Ann"},
            "old_chat_member": member("left"), "new_chat_member": member("member")}}))
    }

    /// Somebody presses the button with this label under a message of the bot.
    pub fn presses(&self, who: i64, sent: &Sent, label: &str) {
        let buttons = sent.asked["reply_markup"]["inline_keyboard"].as_array().unwrap();
        let mut buttons = buttons.iter().flat_map(|row| row.as_array().unwrap());
        let button = buttons
            .find(|button| button["text"] == label)
            .expect("the button is there");
        let from = json!({"id": who, "is_bot": false, "first_name": "Ann"});
        let press = json!({"id": format!("press-{}", self.next_message()), "from": from, "chat_instance": "1",
                           "message": sent.message, "data": button["callback_data"]});
        self.happens(json!({"callback_query": press}));
    }

    /// The next call of `method` goes wrong; several go wrong one after the other.
    pub fn fails(&self, method: &'static str, fault: Fault) {
        self.inner().faults.push_back((method, fault));
    }

    /// All calls of a method so far.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let inner = self.inner();
        let of_method = inner.calls.iter().filter(|(name, _)| name == method);
        of_method.map(|(_, asked)| asked.clone()).collect()
    }

    /// Waits until a method was called so often, and answers all its calls.
    pub async fn called(&self, method: &str, times: usize) -> Vec<Value> {
        let mut changed = self.changed.subscribe();
        loop {
            let calls = self.calls(method);
            if calls.len() >= times {
                return calls;
            }
            let next = tokio::time::timeout(Duration::from_mins(1), changed.changed());
            assert!(next.await.is_ok(), "{method} was not called {times} times: {calls:?}");
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn next_message(&self) -> i64 {
        let mut inner = self.inner();
        inner.last_message += 1;
        inner.last_message
    }

    fn ring(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn fault(&self, method: &str) -> Option<Fault> {
        let mut inner = self.inner();
        let at = inner.faults.iter().position(|(name, _)| *name == method)?;
        inner.faults.remove(at).map(|(_, fault)| fault)
    }

    /// Unconfirmed updates; asking for an offset confirms all before it.
    fn unconfirmed(&self, offset: Option<i64>) -> Vec<Value> {
        let mut inner = self.inner();
        if let Some(offset) = offset {
            inner
                .updates
                .retain(|update| update["update_id"].as_i64() >= Some(offset));
        }
        inner.updates.iter().take(100).cloned().collect()
    }

    async fn updates(&self, asked: &Value) -> Vec<Value> {
        let offset = asked["offset"].as_i64();
        let patience = Duration::from_secs(asked["timeout"].as_u64().unwrap_or(0));
        let mut changed = self.changed.subscribe();
        let found = async {
            loop {
                let found = self.unconfirmed(offset);
                if !found.is_empty() {
                    return found;
                }
                changed.changed().await.expect("the fake lives as long as its server");
            }
        };
        tokio::time::timeout(patience, found).await.unwrap_or_default()
    }

    fn result(&self, method: &str, asked: &Value) -> Value {
        match method {
            "GetMe" => json!({"id": 900, "is_bot": true, "first_name": "Our bot", "username": "our_bot",
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
                "can_connect_to_business": false, "has_main_web_app": false}),
            "SendMessage" => message(asked, self.next_message()),
            "EditMessageText" => message(asked, asked["message_id"].as_i64().unwrap()),
            _ => json!(true),
        }
    }
}

/// A message of the bot as Telegram makes it of what was asked.
fn message(asked: &Value, id: i64) -> Value {
    let chat = asked["chat_id"].as_i64().unwrap();
    let chat = if chat > 0 {
        json!({"id": chat, "type": "private", "first_name": "Ann"})
    } else {
        json!({"id": chat, "type": "supergroup", "title": "Help"})
    };
    json!({"message_id": id, "date": now(), "chat": chat, "text": asked["text"],
           "from": {"id": 900, "is_bot": true, "first_name": "Our bot"}})
}

/// In seconds; what was said long ago gets no answer.
fn now() -> i64 {
    SystemClock::new().now().as_millis() / 1000
}

/// A message of the bot: what it asked for, and what Telegram made of it.
pub struct Sent {
    pub asked: Value,
    pub message: Value,
}

impl Sent {
    pub fn text(&self) -> &str {
        self.asked["text"].as_str().unwrap()
    }
}

/// The `number`th message that the bot sends, from 0.
pub async fn sent(fake: &Fake, number: usize) -> Sent {
    let asked = fake.called("SendMessage", number + 1).await.swap_remove(number);
    let id = asked["sent_as"].as_i64().unwrap();
    let message = message(&asked, id);
    Sent { asked, message }
}

async fn call(State(fake): State<Arc<Fake>>, Path((bot, method)): Path<(String, String)>, body: Bytes) -> Response {
    let refuse = |status: u16, description: &str, more: Value| {
        let mut body = json!({"ok": false, "error_code": status, "description": description});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
    };
    if bot.strip_prefix("bot") != Some(TOKEN) {
        return refuse(401, "Unauthorized", json!({}));
    }
    let mut asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fault = fake.fault(&method);
    let result = match &fault {
        Some(Fault::Refuse(..) | Fault::Flood(_)) => Value::Null,
        None if method == "GetUpdates" => {
            // Who waits for a call sees it when it begins.
            fake.inner().calls.push((method.clone(), asked.clone()));
            fake.ring();
            let updates = fake.updates(&asked).await;
            return (StatusCode::OK, json!({"ok": true, "result": updates}).to_string()).into_response();
        }
        None | Some(Fault::Cut) => fake.result(&method, &asked),
    };
    asked["sent_as"] = result["message_id"].clone();
    fake.inner().calls.push((method, asked));
    fake.ring();
    match fault {
        Some(Fault::Refuse(status, description)) => refuse(status, description, json!({})),
        Some(Fault::Flood(seconds)) => refuse(
            429,
            "Too Many Requests: retry after",
            json!({"parameters": {"retry_after": seconds}}),
        ),
        Some(Fault::Cut) => {
            let broken = futures_util::stream::iter([Ok("{\"ok\":"), Err(std::io::Error::other("cut"))]);
            Body::from_stream(broken).into_response()
        }
        None => (StatusCode::OK, json!({"ok": true, "result": result}).to_string()).into_response(),
    }
}
