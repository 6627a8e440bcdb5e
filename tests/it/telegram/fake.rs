//! A fake of Telegram's Bot API, by us: what the emulator from elsewhere lacks, such as groups, redelivery, 409, 429
//! and cut connections. It answers as <https://core.telegram.org/bots/api> says.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
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
    /// The group has become this supergroup.
    Moved(i64),
    /// The connection is cut in the middle of the answer; what was asked is done.
    Cut,
    /// Nothing is answered.
    Silence,
}

#[derive(Default)]
struct Inner {
    updates: Vec<Value>,
    calls: Vec<(String, Value)>,
    faults: VecDeque<(&'static str, Fault)>,
    /// What it says of the bot's webhook.
    webhook: Value,
    loses_webhook: bool,
    reads_all: bool,
    /// Where all its files lie, as a server of one's own says.
    folder: Option<String>,
    /// How the bot stands in groups, where it is not a plain member.
    standing: Option<Value>,
    /// How others stand who are no plain members, by group and account.
    standings: HashMap<(i64, i64), &'static str>,
    /// The channels of groups.
    linked: HashMap<i64, i64>,
    /// What everybody may do in groups is nothing.
    silenced: bool,
    /// Groups that have become supergroups.
    moved: HashMap<i64, i64>,
    /// The token that is no longer good.
    revoked: Option<&'static str>,
    /// By their id.
    files: HashMap<String, Vec<u8>>,
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
            .route("/file/{bot}/{*path}", get(download))
            .layer(axum::extract::DefaultBodyLimit::disable())
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

    /// The next webhook is taken away at once.
    pub fn loses_webhook(&self) {
        self.inner().loses_webhook = true;
    }

    /// The bot has this webhook, whoever set it.
    pub fn has_webhook(&self, info: Value) {
        self.inner().webhook = info;
    }

    /// The bot stands so in all groups from now on.
    pub fn stands(&self, member: Value) {
        self.inner().standing = Some(member);
    }

    /// Somebody stands so in a group from now on: `creator`, `administrator`, `kicked`. Nobody is told.
    pub fn stands_there(&self, group: i64, who: i64, status: &'static str) {
        self.inner().standings.insert((group, who), status);
    }

    /// The group belongs to a channel.
    pub fn links(&self, group: i64, channel: i64) {
        self.inner().linked.insert(group, channel);
    }

    /// Nobody but administrators may write in groups from now on.
    pub fn silences(&self) {
        self.inner().silenced = true;
    }

    /// What happened last, for who is called; nobody else hears it any more.
    pub fn calls_with(&self) -> Value {
        self.inner().updates.pop().expect("something happened")
    }

    /// Somebody writes to the bot; answers the message's id.
    pub fn says(&self, who: i64, text: &str) -> i64 {
        self.sends(who, json!({"text": text}));
        self.inner().last_message
    }

    /// The same in a group; a leading name of the bot or a command is marked as Telegram marks it.
    pub fn says_in(&self, group: i64, text: &str) -> i64 {
        self.sends_in(group, json!({"text": text, "entities": marked(text)}))
    }

    /// Somebody sends the bot what these fields of a message say.
    pub fn sends(&self, who: i64, what: Value) -> i64 {
        self.comes(chat(who), who, what)
    }

    /// The same in a group.
    pub fn sends_in(&self, group: i64, what: Value) -> i64 {
        self.comes(chat(group), 7, what)
    }

    /// This member of a group writes there.
    pub fn says_as(&self, group: i64, who: i64, text: &str) -> i64 {
        self.comes(chat(group), who, json!({"text": text}))
    }

    /// A chat writes in a group for itself: an administrator who is not named, or a channel.
    pub fn speaks_in(&self, group: i64, speaker: i64, text: &str) -> i64 {
        self.comes(
            chat(group),
            1_087_968_824,
            json!({"text": text, "sender_chat": chat(speaker)}),
        )
    }

    fn comes(&self, chat: Value, who: i64, what: Value) -> i64 {
        let from = json!({"id": who, "is_bot": false, "first_name": "Ann", "language_code": "en"});
        let mut message = json!({"message_id": self.next_message(), "date": now(), "chat": chat, "from": from});
        let fields = what.as_object().expect("fields of a message").clone();
        message.as_object_mut().unwrap().extend(fields);
        self.happens(json!({"message": message}))
    }

    /// A channel posts what these fields of a message say; answers the post's id.
    pub fn posts(&self, channel: i64, what: Value) -> i64 {
        let mut post = json!({"message_id": self.next_message(), "date": now(), "chat": chat(channel), "sender_chat": chat(channel)});
        let fields = what.as_object().expect("fields of a message").clone();
        post.as_object_mut().unwrap().extend(fields);
        let id = post["message_id"].as_i64().unwrap();
        self.happens(json!({"channel_post": post}));
        id
    }

    /// Telegram copies a channel's post, or one of the bot, into the channel's group; answers the copy, to be answered.
    pub fn copies(&self, channel: i64, post: i64, group: i64, text: &str) -> Value {
        let copy = json!({"message_id": self.next_message(), "date": now(), "chat": chat(group),
            "from": {"id": 777_000, "is_bot": false, "first_name": "Telegram"}, "sender_chat": chat(channel),
            "is_automatic_forward": true, "text": text, "entities": marked(text),
            "forward_origin": {"type": "channel", "chat": chat(channel), "message_id": post, "date": now()}});
        self.happens(json!({"message": copy}));
        copy
    }

    /// Somebody reacts to a message of a group.
    pub fn reacts_in(&self, group: i64, message: i64) -> i64 {
        self.happens(
            json!({"message_reaction": {"chat": chat(group), "message_id": message, "date": now(),
            "user": {"id": 7, "is_bot": false, "first_name": "Ann"}, "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}]}}),
        )
    }

    /// Telegram has a file, whatever size it claims.
    pub fn holds(&self, id: &str, bytes: &[u8]) {
        self.inner().files.insert(id.to_owned(), bytes.to_vec());
    }

    /// It is a server of one's own, which says where in this folder files lie.
    pub fn is_local(&self, folder: &std::path::Path) {
        self.inner().folder = Some(folder.display().to_string());
    }

    /// Somebody adds the bot to a group.
    pub fn adds_bot(&self, group: i64) -> i64 {
        let bot = json!({"id": 900, "is_bot": true, "first_name": "Bot"});
        self.happens(json!({"my_chat_member": standing(group, &bot, ("left", "member"))}))
    }

    /// An administrator is told that Bob stands differently in a group or channel.
    pub fn tells_standing(&self, group: i64, change: (&str, &str)) -> i64 {
        let bob = json!({"id": 8, "is_bot": false, "first_name": "Bob"});
        self.happens(json!({"chat_member": standing(group, &bob, change)}))
    }

    /// A group becomes a supergroup, which both of them tell. Nothing can be sent to the group any more.
    pub fn moves(&self, from: i64, to: i64) -> i64 {
        self.inner().moved.insert(from, to);
        self.sends_in(from, json!({"migrate_to_chat_id": to}));
        self.sends_in(to, json!({"migrate_from_chat_id": from}))
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

    /// All calls so far, in order.
    pub fn history(&self) -> Vec<(String, Value)> {
        self.inner().calls.clone()
    }

    /// The owner takes the token back.
    pub fn revokes(&self) {
        self.inner().revoked = Some(TOKEN);
        self.ring();
    }

    /// The bot's privacy mode is off.
    pub fn reads_all(&self) {
        self.inner().reads_all = true;
    }

    /// Tells when something is asked.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
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

    /// Waits until a method was called with something like this.
    pub async fn asked(&self, method: &str, like: impl Fn(&Value) -> bool) {
        let mut changed = self.changed.subscribe();
        while !self.calls(method).iter().any(&like) {
            let next = tokio::time::timeout(Duration::from_mins(1), changed.changed());
            assert!(
                next.await.is_ok(),
                "{method} was not called so: {:?}",
                self.calls(method)
            );
        }
    }

    /// Somebody else called a method before.
    pub fn writes(&self, method: &str, asked: Value) {
        self.inner().calls.push((method.to_owned(), asked));
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
                if !found.is_empty() || self.inner().revoked.is_some() {
                    return found;
                }
                changed.changed().await.expect("the fake lives as long as its server");
            }
        };
        tokio::time::timeout(patience, found).await.unwrap_or_default()
    }

    /// What the list for these chats and this language shows: what was written last.
    pub fn menu(&self, scope: &Value, language: Option<&str>) -> Value {
        let scope = if scope.is_null() {
            json!({"type": "default"})
        } else {
            scope.clone()
        };
        let is_it = |asked: &Value| asked["scope"] == scope && asked["language_code"].as_str() == language;
        let mut written = self.history().into_iter().rev().filter(|(_, asked)| is_it(asked));
        let last = written.find(|(method, _)| matches!(&**method, "SetMyCommands" | "DeleteMyCommands"));
        match last {
            Some((_, asked)) if asked["commands"].is_array() => asked["commands"].clone(),
            _ => json!([]),
        }
    }

    fn result(&self, method: &str, asked: &Value) -> Value {
        match method {
            "GetMe" => json!({"id": 900, "is_bot": true, "first_name": "Our bot", "username": "our_bot",
                "can_join_groups": true, "can_read_all_group_messages": self.inner().reads_all, "supports_inline_queries": false,
                "can_connect_to_business": false, "has_main_web_app": false}),
            "SendMessage" | "SendPhoto" | "SendDocument" => message(asked, self.next_message()),
            "GetFile" => json!({"file_id": asked["file_id"], "file_unique_id": "u", "file_size": 1,
                                "file_path": format!("{}/{}", self.inner().folder.as_deref().unwrap_or("documents"),
                                                     asked["file_id"].as_str().unwrap())}),
            "GetWebhookInfo" => match self.inner().webhook.clone() {
                Value::Null => json!({"url": "", "has_custom_certificate": false, "pending_update_count": 0}),
                info => info,
            },
            "GetChatAdministrators" => {
                let inner = self.inner();
                let group = asked["chat_id"].as_i64().unwrap();
                let there = inner
                    .standings
                    .iter()
                    .filter(|((chat, _), status)| *chat == group && **status != "kicked");
                there
                    .map(|((_, who), status)| {
                        json!({"status": status, "is_anonymous": false, "can_be_edited": false,
                            "user": {"id": who, "is_bot": false, "first_name": "Keeper"}})
                    })
                    .collect()
            }
            "GetChatMember" if asked["user_id"] != 900 => {
                let (group, who) = (asked["chat_id"].as_i64().unwrap(), asked["user_id"].as_i64().unwrap());
                let status = self.inner().standings.get(&(group, who)).copied().unwrap_or("member");
                json!({"status": status, "user": {"id": who, "is_bot": false, "first_name": "Bob"}})
            }
            "GetChatMember" => {
                let mut member = self
                    .inner()
                    .standing
                    .clone()
                    .unwrap_or_else(|| json!({"status": "member"}));
                member["user"] = json!({"id": 900, "is_bot": true, "first_name": "Our bot"});
                member
            }
            "GetChat" => {
                let id = asked["chat_id"].as_i64().unwrap();
                let mut chat = chat(id);
                if let Some(channel) = self.inner().linked.get(&id) {
                    chat["linked_chat_id"] = json!(channel);
                }
                chat["permissions"] = json!({"can_send_messages": !self.inner().silenced});
                chat["accepted_gift_types"] = json!({"unlimited_gifts": false, "limited_gifts": false,
                    "unique_gifts": false, "premium_subscription": false, "gifts_from_channels": false});
                chat["accent_color_id"] = json!(0);
                chat["max_reaction_count"] = json!(1);
                chat
            }
            "SetWebhook" => {
                let mut inner = self.inner();
                let lost = std::mem::take(&mut inner.loses_webhook);
                let url = if lost { json!("") } else { asked["url"].clone() };
                inner.webhook = json!({"url": url, "has_custom_certificate": false, "pending_update_count": 0});
                json!(true)
            }
            "EditMessageText" | "EditMessageCaption" => message(asked, asked["message_id"].as_i64().unwrap()),
            "GetMyCommands" => self.menu(&asked["scope"], asked["language_code"].as_str()),
            _ => json!(true),
        }
    }
}

/// Somebody stands differently in a chat.
fn standing(group: i64, who: &Value, (was, is): (&str, &str)) -> Value {
    let member = |status: &str| json!({"status": status, "user": who, "is_anonymous": false, "until_date": 0});
    json!({"date": now(), "chat": chat(group), "from": {"id": 7, "is_bot": false, "first_name": "Ann"},
        "old_chat_member": member(was), "new_chat_member": member(is)})
}

/// A person's own chat, a group whose number begins with -5, a forum with -6, a channel with -9, or a supergroup.
fn chat(id: i64) -> Value {
    match id {
        1.. => json!({"id": id, "type": "private", "first_name": "Ann"}),
        _ if id.to_string().starts_with("-5") => {
            json!({"id": id, "type": "group", "title": "Help", "all_members_are_administrators": false})
        }
        _ if id.to_string().starts_with("-6") => {
            json!({"id": id, "type": "supergroup", "title": "Help", "is_forum": true})
        }
        _ if id.to_string().starts_with("-9") => json!({"id": id, "type": "channel", "title": "News"}),
        _ => json!({"id": id, "type": "supergroup", "title": "Help"}),
    }
}

/// A message of the bot as Telegram makes it of what was asked.
fn message(asked: &Value, id: i64) -> Value {
    let chat = chat(asked["chat_id"].as_i64().unwrap());
    let mut message = json!({"message_id": id, "date": now(), "chat": chat,
                             "from": {"id": 900, "is_bot": true, "first_name": "Our bot"}});
    if asked["text"].is_string() {
        message["text"] = asked["text"].clone();
    } else {
        message["document"] = json!({"file_id": "sent", "file_unique_id": "u", "file_size": 1});
    }
    message
}

/// The entities of a leading name of the bot, or of a command.
pub fn marked(text: &str) -> Value {
    let first = text.split(' ').next().unwrap_or_default();
    let kind = match first.as_bytes() {
        [b'@', ..] => "mention",
        [b'/', ..] => "bot_command",
        _ => return json!([]),
    };
    json!([{"type": kind, "offset": 0, "length": first.len()}])
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

/// What a call asks for: a file of a form stands as its name and its bytes.
async fn asked(request: Request) -> Value {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind == "application/json") {
        let body = Bytes::from_request(request, &()).await.unwrap_or_default();
        return serde_json::from_slice(&body).unwrap_or_default();
    }
    let mut form = Multipart::from_request(request, &()).await.unwrap();
    let mut fields = json!({});
    while let Some(field) = form.next_field().await.unwrap() {
        let name = field.name().unwrap().to_owned();
        let file = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match file {
            Some(file) => fields["file"] = json!({"name": file, "says": text}),
            None => fields[name] = serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }
    fields
}

async fn download(State(fake): State<Arc<Fake>>, Path((bot, path)): Path<(String, String)>) -> Response {
    let file = path.strip_prefix("documents/").unwrap_or_default();
    let bytes = fake.inner().files.get(file).cloned();
    fake.inner().calls.push(("file".to_owned(), json!(path)));
    match (fake.fault("file"), bytes) {
        _ if bot.strip_prefix("bot") != Some(TOKEN) => StatusCode::UNAUTHORIZED.into_response(),
        (Some(Fault::Cut), _) => cut(),
        (Some(Fault::Refuse(status, why)), _) => (StatusCode::from_u16(status).unwrap(), why).into_response(),
        (_, Some(bytes)) => bytes.into_response(),
        (_, None) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An answer whose connection breaks.
fn cut() -> Response {
    let broken = futures_util::stream::iter([Ok("{\"ok\":"), Err(std::io::Error::other("cut"))]);
    Body::from_stream(broken).into_response()
}

async fn call(State(fake): State<Arc<Fake>>, Path((bot, method)): Path<(String, String)>, body: Request) -> Response {
    let refuse = |status: u16, description: &str, more: Value| {
        let mut body = json!({"ok": false, "error_code": status, "description": description});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
    };
    let given = bot.strip_prefix("bot");
    if given != Some(TOKEN) || given == fake.inner().revoked {
        return refuse(401, "Unauthorized", json!({}));
    }
    let mut asked = asked(body).await;
    let chat = asked["chat_id"].as_i64().unwrap_or_default();
    let moved = fake.inner().moved.get(&chat).copied().map(Fault::Moved);
    let fault = fake.fault(&method).or(moved);
    let result = match &fault {
        Some(Fault::Refuse(..) | Fault::Flood(_) | Fault::Moved(_) | Fault::Silence) => Value::Null,
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
        Some(Fault::Moved(to)) => refuse(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            json!({"parameters": {"migrate_to_chat_id": to}}),
        ),
        Some(Fault::Cut) => cut(),
        Some(Fault::Silence) => std::future::pending().await,
        None => (StatusCode::OK, json!({"ok": true, "result": result}).to_string()).into_response(),
    }
}
