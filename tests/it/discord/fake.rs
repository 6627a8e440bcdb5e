//! A fake of Discord, by us: what the server from elsewhere lacks, such as buttons, members, a cut network, 429 and
//! sessions that end. It answers as <https://discord.com/developers/docs> says.

mod gateway;
pub mod menus;
pub mod objects;
pub mod people;
mod threads;
mod traffic;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::supervisor::{Restart, Stop, Supervisor};
use tokio::sync::watch;

use self::gateway::Session;

/// The bot of the tests.
pub const TOKEN: &str = "OTAw.Gtest1.a-token_that-is-secret";

/// The bot's account.
pub const BOT: u64 = 900;

/// The one guild, its channel for all, and the direct chat with Ann.
const GUILD: u64 = 100;
pub const HELP: u64 = 101;

/// Its forum.
pub const QUESTIONS: u64 = 102;

pub const DIRECT: u64 = 107;

/// Ann.
const ANN: u64 = 7;

/// What goes wrong with the next call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is refused with this status and Discord's own number.
    Refuse(u16, u32),
    /// Too many requests: how many seconds to wait, and whether that is for all.
    Flood(f64, bool),
    /// The new commands of a day are used up: how many seconds to wait, where Discord says it.
    Spent(Option<f64>),
    /// The connection is cut in the middle of the answer; what was asked is done.
    Cut,
}

/// A call of the REST interface.
#[derive(Clone, Debug)]
pub struct Call {
    /// Such as `POST channels/101/messages`.
    pub what: String,
    pub body: Value,
    /// The id of the message that came of it.
    pub made: u64,
    /// For the guild's own log.
    pub reason: Option<String>,
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    faults: VecDeque<(&'static str, Fault)>,
    sessions: BTreeMap<String, Session>,
    /// Messages by channel.
    said: BTreeMap<u64, Vec<Value>>,
    nonces: BTreeMap<String, Value>,
    /// Threads, by the ids of the messages that they hang on.
    threads: BTreeMap<u64, threads::Thread>,
    /// Presses, by their ids.
    pressed: BTreeMap<u64, Value>,
    identified: Vec<Value>,
    last_id: u64,
    /// How far its time is ahead of ours.
    ahead: Duration,
    /// Where the bot is, and the commands of each list, by its path.
    guilds: Vec<u64>,
    menus: BTreeMap<String, Value>,
    /// How many connections it asks for; one where it is not said.
    connections: u64,
    /// How the application's owner set the switches.
    flags: u64,
    /// What everybody may do in the guild, and what the help channel takes from the bot's role.
    rights: u64,
    denied: u64,
    cut: bool,
    /// The token is no longer good.
    revoked: bool,
    /// Slow files come now.
    files_come: bool,
    /// Close the next session with this code instead of a welcome.
    close: Option<u16>,
    /// Rises when all connections have to end, and how.
    generation: u64,
    end: Option<Value>,
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
        let inner = Inner {
            flags: 1 << 15 | 1 << 19,
            rights: !(1 << 3),
            guilds: vec![GUILD],
            ..Inner::default()
        };
        let fake = Arc::new(Self {
            address: socket.local_addr().unwrap(),
            inner: Mutex::new(inner),
            changed: watch::Sender::new(0),
        });
        let routes = Router::new()
            .route("/gateway/", any(gateway::open))
            .fallback(call)
            .with_state(Arc::clone(&fake));
        let socket = Mutex::new(Some(socket));
        Supervisor::new(Stop::new()).spawn("fake Discord", Restart::Never, move || {
            let (socket, routes) = (socket.lock().unwrap().take(), routes.clone());
            async move { axum::serve(socket.expect("started once"), routes).await }
        });
        fake
    }

    /// What the configuration calls `api_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn gateway_url(&self) -> String {
        format!("ws://{}/gateway", self.address)
    }

    /// Somebody writes in a channel; answers the message's id.
    pub fn says(&self, channel: u64, text: &str) -> u64 {
        self.says_with(channel, json!({"content": text}))
    }

    /// The same with more in it than a text.
    pub fn says_with(&self, channel: u64, more: Value) -> u64 {
        let id = self.next_id();
        self.says_as(id, channel, more);
        id
    }

    /// The same under an id of its own.
    fn says_as(&self, id: u64, channel: u64, more: Value) {
        let mut message = objects::message(id, channel, ann());
        merge(&mut message, more);
        self.inner().said.entry(channel).or_default().push(message.clone());
        if channel != DIRECT {
            merge(
                &mut message,
                json!({"guild_id": GUILD.to_string(), "member": objects::member(None, &[])}),
            );
        }
        self.happens("MESSAGE_CREATE", message);
    }

    /// Something happens: every open session is told, and those that are cut off once they resume.
    pub fn happens(&self, kind: &str, data: Value) {
        self.note_told(kind, &data);
        let mut inner = self.inner();
        for session in inner.sessions.values_mut().filter(|session| !session.over) {
            let (number, count) = session.shard;
            let tells = if data["guild_id"].is_string() {
                number + 1 == count
            } else {
                number == 0
            };
            if tells {
                session.dispatch(kind, data.clone());
            }
        }
        drop(inner);
        self.ring();
    }

    /// The next call that begins with `what` goes wrong; several go wrong one after the other.
    pub fn fails(&self, what: &'static str, fault: Fault) {
        self.inner().faults.push_back((what, fault));
    }

    /// The network is down: connections break, and no new ones come about.
    pub fn cut(&self) {
        let mut inner = self.inner();
        inner.cut = true;
        inner.generation += 1;
        inner.end = None;
        drop(inner);
        self.ring();
    }

    /// The network is up again.
    pub fn mend(&self) {
        self.inner().cut = false;
    }

    /// Connections break, and may be opened again at once.
    pub fn drop_connections(&self) {
        self.end_connections(None);
    }

    /// Every connection is told this before it ends.
    pub fn end_connections(&self, how: Option<Value>) {
        let mut inner = self.inner();
        inner.generation += 1;
        inner.end = how;
        drop(inner);
        self.ring();
    }

    /// No session that is there now can be resumed.
    pub fn forget_sessions(&self) {
        for session in self.inner().sessions.values_mut() {
            session.over = true;
        }
    }

    /// The next to identify is closed out with this code.
    pub fn refuses_next(&self, code: u16) {
        self.inner().close = Some(code);
    }

    /// The owner takes the token back.
    pub fn revokes(&self) {
        self.inner().revoked = true;
        self.drop_connections();
    }

    /// Discord asks large bots for several connections.
    pub fn asks_for_connections(&self, count: u64) {
        self.inner().connections = count;
    }

    /// What the owner of the application has turned on.
    pub fn set_flags(&self, flags: u64) {
        self.inner().flags = flags;
    }

    /// The help channel takes this from the bot's role.
    pub fn denies(&self, permissions: u64) {
        self.inner().denied = permissions;
    }

    /// Who identified so far, as they did.
    pub fn identified(&self) -> Vec<Value> {
        self.inner().identified.clone()
    }

    /// All calls so far that begin with `what`.
    pub fn calls(&self, what: &str) -> Vec<Call> {
        let inner = self.inner();
        let of_kind = inner.calls.iter().filter(|call| call.what.starts_with(what));
        of_kind.cloned().collect()
    }

    /// Tells when something is asked.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Waits until something was called so often, and answers all its calls.
    pub async fn called(&self, what: &str, times: usize) -> Vec<Call> {
        self.until(|| {
            let calls = self.calls(what);
            (calls.len() >= times).then_some(calls)
        })
        .await
        .unwrap_or_else(|| panic!("{what} was not called {times} times: {:?}", self.calls("")))
    }

    /// Waits until so many sessions began.
    pub async fn welcomed(&self, times: usize) {
        let welcomed = self
            .until(|| (self.inner().sessions.len() >= times).then_some(()))
            .await;
        assert!(welcomed.is_some(), "{times} sessions did not begin");
    }

    async fn until<T>(&self, look: impl Fn() -> Option<T>) -> Option<T> {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(found) = look() {
                return Some(found);
            }
            let next = tokio::time::timeout(Duration::from_mins(1), changed.changed());
            next.await.ok()?.ok()?;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Time passes, which ids tell.
    pub fn passes(&self, time: Duration) {
        self.inner().ahead += time;
    }

    /// Ids tell the time.
    pub fn next_id(&self) -> u64 {
        let mut inner = self.inner();
        let now = (SystemClock::new().now() + inner.ahead).as_millis().cast_unsigned();
        inner.last_id = (inner.last_id + 1).max((now - 1_420_070_400_000) << 22);
        inner.last_id
    }

    fn ring(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn fault(&self, what: &str) -> Option<Fault> {
        let mut inner = self.inner();
        let at = inner.faults.iter().position(|(begin, _)| what.starts_with(begin))?;
        inner.faults.remove(at).map(|(_, fault)| fault)
    }

    fn guild(&self) -> Value {
        let (rights, denied) = {
            let inner = self.inner();
            (inner.rights, inner.denied)
        };
        let channel = |id: u64, kind: u8, name: &str| {
            let mut channel = objects::channel(id, kind, name, if id == HELP { denied } else { 0 });
            if let Some(last) = self.inner().said.get(&id).and_then(|said| said.last()) {
                channel["last_message_id"] = last["id"].clone();
            }
            channel
        };
        let mut own_role = objects::role(70, "Our bot", 0);
        merge(
            &mut own_role,
            json!({"managed": true, "tags": {"bot_id": BOT.to_string()}}),
        );
        let mut guild = objects::guild(
            GUILD,
            "Gardeners",
            &[objects::role(GUILD, "@everyone", rights), own_role],
        );
        merge(
            &mut guild,
            json!({"unavailable": false, "large": false, "system_channel_id": HELP.to_string(), "member_count": 3,
                "channels": [channel(HELP, 0, "help"), channel(QUESTIONS, 15, "questions"), channel(103, 4, "Category")],
                "threads": self.active_threads()}),
        );
        guild
    }

    /// Slow files come from now on.
    pub fn lets_files_come(&self) {
        self.inner().files_come = true;
        self.ring();
    }

    /// What somebody sent with a message; whoever has the address gets it.
    fn file(&self, what: &str) -> Response {
        self.inner().calls.push(Call {
            what: what.to_owned(),
            body: Value::Null,
            made: 0,
            reason: None,
        });
        self.ring();
        match self.fault(what) {
            Some(Fault::Refuse(status, _)) => StatusCode::from_u16(status).unwrap().into_response(),
            Some(Fault::Cut | Fault::Flood(..) | Fault::Spent(_)) => cut_off(),
            None if what.ends_with("large") => vec![0; 21 << 20].into_response(),
            None => b"\x89PNG\r\n\x1a\n....".to_vec().into_response(),
        }
    }

    fn answer(&self, what: &str, query: &BTreeMap<String, String>, body: &Value) -> Result<Value, (u16, u32)> {
        let parts: Vec<&str> = what.split([' ', '/']).collect();
        match parts.as_slice() {
            ["GET", "users", "@me"] => Ok(objects::own_account()),
            ["GET", "oauth2", "applications", "@me"] => Ok(objects::application(self.inner().flags)),
            ["GET", "gateway", "bot"] => Ok(
                json!({"url": self.gateway_url(), "shards": self.inner().connections.max(1),
                "session_start_limit": {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": self.inner().connections.max(1)}}),
            ),
            ["GET", "users", "@me", "guilds"] => Ok(self.joined(query)),
            ["GET", "guilds", _] => Ok(self.guild()),
            ["GET", "guilds", _, "members", _] => Ok(objects::member(Some(objects::me()), &["70"])),
            ["GET", "channels", id] if *id == DIRECT.to_string() => Ok(objects::direct_chat(DIRECT, ann())),
            ["GET", "channels", id] if self.is_thread(id) => Ok(self.thread(id.parse().unwrap())),
            ["POST", "channels", channel, "messages", message, "threads"] => {
                self.opens(channel.parse().unwrap(), message.parse().unwrap(), body)
            }
            ["GET", "channels", id] => {
                let guild = self.guild();
                let found = guild["channels"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|channel| channel["id"] == *id);
                found.cloned().ok_or((404, 10_003))
            }
            ["GET", "channels", id, "messages"] => Ok(self.history(id.parse().unwrap(), query)),
            ["POST", "channels", id, "messages"] => {
                self.wakes(id)?;
                Ok(self.send(id.parse().unwrap(), body))
            }
            ["GET", "applications", .., "commands"] => Ok(self.menu(&what["GET ".len()..])),
            ["PUT", "applications", .., "commands"] => Ok(self.registers(&what["PUT ".len()..], body)),
            ["PATCH", "webhooks", _, token, "messages", "@original"] => {
                let held = self.told(token).filter(|told| told.body["type"] == 5);
                held.ok_or((404, 10_015))?;
                Ok(objects::through_webhook(token, self.next_id(), body))
            }
            ["PATCH", "webhooks", _, token, "messages", id] => {
                Ok(objects::through_webhook(token, id.parse().unwrap(), body))
            }
            // What was not taken yet cannot be followed up.
            ["POST", "webhooks", _, token] => {
                self.told(token).ok_or((404, 10_015))?;
                Ok(objects::through_webhook(token, self.next_id(), body))
            }
            ["PATCH", "channels", channel, "messages", id] => {
                Ok(self.change(channel.parse().unwrap(), id.parse().unwrap(), body))
            }
            _ => Ok(Value::Null),
        }
    }

    /// What Discord was told of the interaction with this token.
    fn told(&self, token: &str) -> Option<Call> {
        let mut told = self.calls("POST interactions/").into_iter();
        told.find(|call| call.what.contains(&format!("/{token}/")))
    }

    /// Right before `before`, the newest first.
    fn history(&self, channel: u64, query: &BTreeMap<String, String>) -> Value {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
        let before = number("before").unwrap_or(u64::MAX);
        let inner = self.inner();
        let said = inner.said.get(&channel).map(Vec::as_slice).unwrap_or_default().iter();
        let older = said.filter(|message| message["id"].as_str().unwrap().parse::<u64>().unwrap() < before);
        let newest = older.rev().take(number("limit").unwrap_or(50) as usize);
        Value::Array(newest.cloned().collect())
    }

    /// The bot says something; with a nonce that is known it is the same message.
    fn send(&self, channel: u64, body: &Value) -> Value {
        let nonce = body["nonce"]
            .as_str()
            .filter(|_| body["enforce_nonce"] == true)
            .map(str::to_owned);
        let known = nonce.as_ref().and_then(|nonce| self.inner().nonces.get(nonce).cloned());
        if let Some(known) = known {
            return known;
        }
        let id = self.next_id();
        let message = objects::sent(id, channel, &self.taken(channel, body));
        let mut inner = self.inner();
        inner.said.entry(channel).or_default().push(message.clone());
        if let Some(nonce) = nonce {
            inner.nonces.insert(nonce, message.clone());
        }
        drop(inner);
        self.happens("MESSAGE_CREATE", message.clone());
        message
    }
}

impl Fake {
    /// A message is edited; one that the tests only name is made up.
    fn change(&self, channel: u64, id: u64, body: &Value) -> Value {
        let body = self.taken(channel, body);
        let mut inner = self.inner();
        let said = inner.said.entry(channel).or_default();
        let name = id.to_string();
        let found = said.iter_mut().find(|message| message["id"] == name.as_str());
        let mut made_up = objects::message(id, channel, objects::me());
        let message = found.unwrap_or(&mut made_up);
        objects::change(message, &body);
        message["edited_timestamp"] = json!("2026-11-26T10:01:00+00:00");
        message.clone()
    }
}

fn ann() -> Value {
    objects::user(ANN, "ann", Some("Ann"))
}

fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("{more}") };
    into.as_object_mut().unwrap().extend(more);
}

/// Waits for the `number`th message that the bot sends, from 0.
pub async fn sent(fake: &Fake, number: usize) -> Call {
    let is_message = |call: &Call| call.what.ends_with("/messages");
    fake.until(|| fake.calls("POST channels/").into_iter().filter(is_message).nth(number))
        .await
        .unwrap_or_else(|| panic!("message {number} was not sent: {:?}", fake.calls("")))
}

async fn call(
    State(fake): State<Arc<Fake>>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if fake.inner().cut {
        return cut_off();
    }
    let path = uri.path().trim_start_matches("/api/v10/").to_owned();
    let what = format!("{method} {path}");
    if path.starts_with("/files/") {
        if path.ends_with("slow") {
            fake.until(|| fake.inner().files_come.then_some(())).await;
        }
        return fake.file(&what);
    }
    let authorized = headers
        .get("authorization")
        .is_some_and(|value| value == &format!("Bot {TOKEN}"));
    if !authorized || fake.inner().revoked {
        let refused = json!({"code": 0, "message": "401: Unauthorized"});
        fake.note_call(&what, &parse(&body), Some((401, &refused)));
        return (StatusCode::UNAUTHORIZED, refused.to_string()).into_response();
    }
    let body = parse(&body);
    let fault = fake.fault(&what);
    let answer = match &fault {
        Some(Fault::Refuse(status, code)) => Err((*status, json!({"code": code, "message": "Discord's own words"}))),
        Some(Fault::Flood(seconds, global)) => Err((
            429,
            json!({"message": "You are being rate limited.", "retry_after": seconds, "global": global, "code": 0}),
        )),
        Some(Fault::Spent(seconds)) => Err(menus::spent(*seconds)),
        None | Some(Fault::Cut) => fake
            .answer(&what, &query, &body)
            .map_err(|(status, code)| (status, json!({"code": code, "message": "Discord's own words"}))),
    };
    let is_cut = matches!(fault, Some(Fault::Cut));
    let (status, answer) = match answer {
        Ok(Value::Null) => (204, Value::Null),
        Ok(answer) => (200, answer),
        Err(refused) => refused,
    };
    fake.note_call(&what, &body, (!is_cut).then_some((status, &answer)));
    let reason = headers.get("x-audit-log-reason");
    let reason = reason.and_then(|reason| Some(reason.to_str().ok()?.to_owned()));
    let made = answer["id"].as_str().filter(|_| status < 300);
    fake.inner().calls.push(Call {
        what,
        made: made.and_then(|id| id.parse().ok()).unwrap_or(0),
        body,
        reason,
    });
    fake.ring();
    match status {
        _ if is_cut => cut_off(),
        204 => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::from_u16(status).unwrap(), answer.to_string()).into_response(),
    }
}

/// JSON, or a form with JSON and files; of each file the head of its part and its bytes are kept as text.
fn parse(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let Some(boundary) = text.starts_with("--").then(|| text.lines().next()).flatten() else {
        return serde_json::from_str(&text).unwrap_or_default();
    };
    let parts = || text.split(boundary);
    let payload = parts().find(|part| part.contains("name=\"payload_json\"")).unwrap();
    let mut value: Value = serde_json::from_str(payload.split_once("\r\n\r\n").unwrap().1.trim()).unwrap();
    value["files"] = parts().filter(|part| part.contains("name=\"files[")).collect();
    value
}

/// The connection breaks in the middle of an answer.
fn cut_off() -> Response {
    let broken = futures_util::stream::iter([Ok("{\"id\":"), Err(std::io::Error::other("cut"))]);
    Body::from_stream(broken).into_response()
}
