//! The web chat over real sockets: what a browser and the connector tell each other.

use std::collections::HashSet;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use switchboard::clock::{Clock, SystemClock};
use switchboard::connectors::web_chat::{Config, Line, Transcript, TranscriptError, WebChat};
use switchboard::connectors::{AcceptError, Acceptance, Connector, Cursor, EventSink, Signal};
use switchboard::http;
use switchboard::model::action::Author;
use switchboard::model::event::Source;
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{
    AccountId, DeliveryId, EventSeq, IdentityId, IdentityRef, LoginName, MessageId, MessageSeq, NativeId, PlaceRef,
};
use switchboard::model::{Content, Event, EventBody};
use switchboard::storage::files::Files;
use switchboard::supervisor::{Restart, Stop, Supervisor};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::sink::send;

/// A web chat behind a real listener, with a transcript and a sink of this test's own.
pub struct Site {
    address: SocketAddr,
    pub chat: Arc<WebChat>,
    pub store: Arc<Store>,
    supervisor: Supervisor,
    clock: Arc<SystemClock>,
    /// Goes with the site, with the files in it.
    pub folder: tempfile::TempDir,
}

/// What was said and what was handed in.
#[derive(Default)]
pub struct Store {
    pub lines: Mutex<Vec<Line>>,
    events: Mutex<Vec<Event>>,
    keys: Mutex<HashSet<String>>,
    signals: Mutex<Vec<Signal>>,
    /// Presses are of buttons that are for somebody else.
    strange: Mutex<bool>,
}

#[async_trait]
impl Transcript for Store {
    async fn line(&self, message: MessageId) -> Result<Option<Line>, TranscriptError> {
        let lines = self.lines.lock().unwrap();
        Ok(lines.iter().find(|line| line.id == message).cloned())
    }

    async fn lines(
        &self,
        place: &PlaceRef,
        before: Option<MessageSeq>,
        limit: u32,
    ) -> Result<Vec<Line>, TranscriptError> {
        let lines = self.lines.lock().unwrap();
        let here = |line: &&Line| line.place == *place && before.is_none_or(|before| line.seq < before);
        let here: Vec<Line> = lines.iter().filter(here).cloned().collect();
        Ok(here[here.len().saturating_sub(limit as usize)..].to_vec())
    }
}

#[async_trait]
impl EventSink for Store {
    async fn accept(
        &self,
        _login: &LoginName,
        events: Vec<Event>,
        _cursor: Option<Cursor>,
    ) -> Result<Vec<Acceptance>, AcceptError> {
        let mut stored = self.events.lock().unwrap();
        let mut keys = self.keys.lock().unwrap();
        Ok(events
            .into_iter()
            .map(|event| {
                if matches!(event.body, EventBody::Press { .. }) && *self.strange.lock().unwrap() {
                    return Acceptance::NotTheirs;
                }
                if !keys.insert(event.dedupe.clone()) {
                    return Acceptance::Duplicate(EventSeq(0));
                }
                stored.push(event);
                Acceptance::Stored(EventSeq(stored.len() as i64))
            })
            .collect())
    }

    fn signal(&self, _login: &LoginName, signal: Signal) {
        self.signals.lock().unwrap().push(signal);
    }
}

impl Site {
    async fn start() -> Self {
        let site = Self::not_listening().await;
        let (running, sink, stop) = (Arc::clone(&site.chat), site.store.clone(), site.supervisor.stop());
        site.supervisor.spawn("web_chat", Restart::Never, move || {
            let (running, sink, stop) = (Arc::clone(&running), sink.clone(), stop.clone());
            async move { running.run(sink, None, stop).await }
        });
        // The connector runs once a visitor is let in.
        let token = site.begin().await;
        while site.visit(&token).await.is_none() {
            tokio::task::yield_now().await;
        }
        site
    }

    /// The pages are there; the connector does not run.
    pub async fn not_listening() -> Self {
        let clock = Arc::new(SystemClock::new());
        let store = Arc::new(Store::default());
        let settings = Config::default().check(None).unwrap();
        let transcript: Arc<dyn Transcript> = store.clone();
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(folder.path()));
        let chat = Arc::new(WebChat::new(settings, [5; 32], transcript, files, clock.clone()));
        let listen = http::Config {
            listen: "127.0.0.1:0".into(),
            ..http::Config::default()
        };
        let listener = http::Listener::bind(listen.check().unwrap(), clock.clone())
            .await
            .unwrap();
        let listener = Arc::new(listener);
        let address = listener.address();
        let probes = http::Probes {
            ready: Arc::new(|| Box::pin(async { Err("the database is away".to_owned()) })),
            metrics: Arc::new(|| Box::pin(async { "messages_total 1\n".to_owned() })),
        };
        let mount = http::Mount {
            prefix: "",
            router: chat.router(),
        };
        let app = listener.app(vec![mount], probes);
        let supervisor = Supervisor::new(Stop::new());
        let stop = supervisor.stop();
        supervisor.spawn("listener", Restart::Never, move || {
            let (listener, app, stop) = (Arc::clone(&listener), app.clone(), stop.clone());
            async move { listener.serve(app, stop).await }
        });
        Self {
            address,
            chat,
            store,
            supervisor,
            clock,
            folder,
        }
    }

    async fn stop(self) {
        assert!(self.supervisor.shut_down(std::time::Duration::from_secs(10)).await);
        assert_eq!(self.chat.connections(), 0);
    }

    /// One request, with the status and the body of the answer.
    async fn call(&self, method: &'static str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder().http_status_as_error(false).build();
            let agent = ureq::Agent::new_with_config(config);
            let mut request = ureq::http::Request::builder().method(method).uri(url);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let mut response = agent.run(request.body(body).unwrap()).unwrap();
            let mut bytes = Vec::new();
            response.body_mut().as_reader().read_to_end(&mut bytes).unwrap();
            Answer {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                bytes,
            }
        })
        .await
        .unwrap()
    }

    /// A new visitor's token.
    pub async fn begin(&self) -> String {
        let answer = self.call("POST", "/chat/begin", &[], Vec::new()).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A connected page that has read its welcome; none when it was turned away.
    pub async fn visit(&self, token: &str) -> Option<(Window, Value)> {
        let url = format!("ws://{}/chat/socket", self.address);
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut window = Window(socket);
        window.send(&json!({"t": "hello", "token": token})).await;
        let welcome = window.hear().await?;
        (welcome["t"] == "welcome").then_some((window, welcome))
    }

    /// Uploads one file in a form, as the page does.
    pub async fn upload(&self, token: &str, name: &str, bytes: &[u8]) -> Answer {
        let mut form =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
        form.extend_from_slice(bytes);
        form.extend_from_slice(b"\r\n--x--\r\n");
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "multipart/form-data; boundary=x"),
        ];
        self.call("POST", "/chat/file", &headers, form).await
    }

    /// The place of the visitor who sent the first event.
    fn place(&self) -> PlaceRef {
        let events = self.store.events.lock().unwrap();
        match &events[0].source {
            Source::Platform { place, .. } => place.native.clone(),
            Source::Internal { .. } => panic!("a connector's events come from its platform"),
        }
    }

    /// Stores a line as the dispatcher would, and delivers it as the outbox would.
    async fn answer(&self, place: &PlaceRef, author: Author, text: &str) -> MessageId {
        let id = self.put(place, author.clone(), None, text);
        self.deliver(
            place,
            FittedBody::Send {
                message: id,
                piece: 0,
                pieces: 1,
                content: Content::plain(text),
                buttons: Vec::new(),
                files: Vec::new(),
                reply_to: None,
                thread: None,
                only: None,
                author,
            },
        )
        .await;
        id
    }

    fn put(&self, place: &PlaceRef, author: Author, native: Option<&str>, text: &str) -> MessageId {
        let id = MessageId(self.clock.id());
        let mut lines = self.store.lines.lock().unwrap();
        let seq = MessageSeq(lines.len() as i64 + 1);
        lines.push(Line {
            seq,
            id,
            place: place.clone(),
            native: native.map(NativeId::from),
            author,
            only: None,
            content: Content::plain(text),
            buttons: Vec::new(),
            files: Vec::new(),
            at: self.clock.now(),
            edited: false,
            deleted: false,
        });
        id
    }

    async fn deliver(&self, place: &PlaceRef, body: FittedBody) -> Option<String> {
        let action = FittedAction {
            delivery: DeliveryId(self.clock.id()),
            place: place.clone(),
            body,
        };
        let receipt = self.chat.deliver(&action).await.unwrap();
        receipt.native.map(|native| native.as_str().to_owned())
    }
}

pub struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// One open page.
pub struct Window(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Window {
    pub async fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame that is no beat; none when the line is closed.
    pub async fn hear(&mut self) -> Option<Value> {
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Text(text) = message {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if frame["t"] != "beat" {
                    return Some(frame);
                }
            }
        }
        None
    }

    async fn say(&mut self, id: &str, text: &str) -> Value {
        self.send(&json!({"t": "say", "id": id, "text": text})).await;
        self.hear().await.unwrap()
    }
}

const ID: &str = "0197f0d2000070008000000000000001";

fn bot() -> Author {
    Author::Plugin {
        id: "switchboard/faq".into(),
    }
}

fn texts(frame: &Value) -> Vec<&str> {
    let lines = frame["lines"].as_array().unwrap();
    lines
        .iter()
        .map(|line| line["blocks"][0]["c"][0]["c"].as_str().unwrap_or_default())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_stores_nothing_and_runs_nothing_but_its_own_script() {
    let site = Site::start().await;
    let page = site.call("GET", "/", &[], Vec::new()).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("set-cookie"), "");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("x-request-id").len(), 32);
    for path in ["/chat/page.css", "/chat/chat.js", "/embed.js", "/healthz"] {
        assert_eq!(site.call("GET", path, &[], Vec::new()).await.status, 200, "{path}");
    }
    let embed = site.call("GET", "/embed.js", &[], Vec::new()).await;
    assert_eq!(embed.header("cross-origin-resource-policy"), "cross-origin");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_twice_is_taken_twice_and_counts_once() {
    let site = Site::start().await;
    let (mut window, _) = site.visit(&site.begin().await).await.unwrap();
    for _ in 0..2 {
        let taken = window.say(ID, "hello").await;
        assert_eq!(
            (&taken["t"], taken["id"].as_str().unwrap().replace('-', "")),
            (&json!("taken"), ID.to_owned())
        );
    }
    assert_eq!(site.store.events.lock().unwrap().len(), 1);
    drop(window);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_open_pages_at_once_and_others_when_they_come_back() {
    let site = Site::start().await;
    let token = site.begin().await;
    let (mut window, _) = site.visit(&token).await.unwrap();
    window.say(ID, "hello").await;
    let place = site.place();
    site.put(
        &place,
        Author::Identity {
            id: IdentityId(site.clock.id()),
        },
        Some(ID),
        "hello",
    );
    let carol = Author::Staff {
        id: AccountId(site.clock.id()),
        name: "Carol".into(),
    };
    site.answer(&place, carol, "Hi, I am Carol").await;
    let line = &window.hear().await.unwrap()["line"];
    assert_eq!((&line["who"], &line["name"]), (&json!("staff"), &json!("Carol")));
    drop(window);

    site.answer(&place, bot(), "while you were away").await;
    let (window, welcome) = site.visit(&token).await.unwrap();
    assert_eq!(texts(&welcome), ["hello", "Hi, I am Carol", "while you were away"]);
    assert_eq!(welcome["lines"][0]["id"], ID);
    drop(window);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_deletes_and_typing_are_shown() {
    let site = Site::start().await;
    let (mut window, _) = site.visit(&site.begin().await).await.unwrap();
    window.say(ID, "hello").await;
    let place = site.place();
    let message = site.answer(&place, bot(), "old").await;
    window.hear().await.unwrap();

    site.deliver(
        &place,
        FittedBody::Typing {
            name: Some("Carol".into()),
        },
    )
    .await;
    assert_eq!(window.hear().await.unwrap(), json!({"t": "typing", "name": "Carol"}));

    let target = switchboard::model::ids::MessageRef {
        place: place.clone(),
        id: message.to_string().into(),
    };
    {
        let mut lines = site.store.lines.lock().unwrap();
        lines[0].content = Content::plain("new");
        lines[0].edited = true;
    }
    let edit = FittedBody::Edit {
        target: target.clone(),
        message,
        piece: 0,
        content: Content::plain("new"),
        buttons: Vec::new(),
        author: None,
    };
    site.deliver(&place, edit).await;
    assert_eq!(window.hear().await.unwrap()["line"]["edited"], true);

    {
        let mut lines = site.store.lines.lock().unwrap();
        lines[0].content = Content::default();
        lines[0].deleted = true;
    }
    site.deliver(&place, FittedBody::Delete { target, message }).await;
    assert_eq!(window.hear().await.unwrap()["line"]["deleted"], true);

    // Not answered, so the next answer proves that it was read.
    window.send(&json!({"t": "typing"})).await;
    window.say("0197f0d2000070008000000000000002", "thanks").await;
    let signals = site.store.signals.lock().unwrap().clone();
    let typing = signals.iter().filter(|signal| matches!(signal, Signal::Typing { .. }));
    assert_eq!(typing.count(), 1, "{signals:?}");
    drop(window);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_reaches_every_visitor_and_a_press_under_it_happens_there() {
    let site = Site::start().await;
    let (mut alice, _) = site.visit(&site.begin().await).await.unwrap();
    let (mut bob, _) = site.visit(&site.begin().await).await.unwrap();
    let everyone = WebChat::everyone().native;
    let post = site.answer(&everyone, Author::Host, "A tip for all").await;
    for window in [&mut alice, &mut bob] {
        assert_eq!(window.hear().await.unwrap()["line"]["everyone"], true);
    }
    let press = json!({"t": "press", "id": ID, "message": post.to_string(), "button": ID, "everyone": true});
    alice.send(&press).await;
    assert_eq!(alice.hear().await.unwrap()["t"], "taken");
    assert_eq!(site.place(), everyone);
    drop((alice, bob));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_presses_a_button_of_somebody_else_is_told_so() {
    let site = Site::start().await;
    *site.store.strange.lock().unwrap() = true;
    let (mut alice, _) = site.visit(&site.begin().await).await.unwrap();
    let press = json!({"t": "press", "id": ID, "message": ID, "button": ID, "everyone": true});
    alice.send(&press).await;
    let told = alice.hear().await.unwrap();
    assert_eq!(
        (&told["t"], &told["why"], &told["again"]),
        (&json!("refused"), &json!("not_theirs"), &json!(false))
    );
    assert_eq!(told["words"], "This button is for somebody else.");
    drop(alice);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_one_visitor_alone_reaches_nobody_else() {
    let site = Site::start().await;
    let (mut alice, _) = site.visit(&site.begin().await).await.unwrap();
    let (mut bob, _) = site.visit(&site.begin().await).await.unwrap();
    alice.say(ID, "hello").await;
    let everyone = WebChat::everyone().native;
    let private = site.put(&everyone, Author::Host, None, "for Alice");
    site.store.lines.lock().unwrap()[0].only = Some(IdentityRef {
        scope: "web_chat".into(),
        id: site.place().id,
    });
    let mut body = send("for Alice");
    if let FittedBody::Send { message, .. } = &mut body {
        *message = private;
    }
    site.deliver(&everyone, body).await;
    assert_eq!(alice.hear().await.unwrap()["line"]["id"], private.to_string());
    let public = site.answer(&everyone, Author::Host, "for all").await;
    assert_eq!(bob.hear().await.unwrap()["line"]["id"], public.to_string());
    drop((alice, bob));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_another_visitors_chat() {
    let site = Site::start().await;
    let token = site.begin().await;
    let (mut window, _) = site.visit(&token).await.unwrap();
    window.say(ID, "my secret").await;
    let place = site.place();
    site.answer(&place, bot(), "for you alone").await;

    let (other, welcome) = site.visit(&site.begin().await).await.unwrap();
    assert!(texts(&welcome).is_empty());
    let forged = format!("{}x", &token[..token.len() - 1]);
    assert!(site.visit(&forged).await.is_none());
    let stream = site
        .call("GET", "/chat/stream", &[("authorization", "Bearer a.b")], Vec::new())
        .await;
    assert_eq!((stream.status, &stream.json()["why"]), (401, &json!("unknown")));
    drop((window, other));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_speak_for_a_visitor() {
    let site = Site::start().await;
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(site.call("POST", "/chat/begin", &foreign, Vec::new()).await.status, 403);
    let url = format!("ws://{}/chat/socket", site.address);
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    request
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.is_err());
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sockets_the_same_goes_by_post_and_stream() {
    let site = Site::start().await;
    let bearer = format!("Bearer {}", site.begin().await);
    let say = json!({"t": "say", "id": ID, "text": "hello"}).to_string();
    let taken = site
        .call("POST", "/chat/send", &[("authorization", &bearer)], say.into_bytes())
        .await;
    assert_eq!(taken.json()["t"], "taken");
    site.answer(&site.place(), bot(), "hi there").await;

    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let request = format!("GET /chat/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes())
        .await
        .unwrap();
    let mut seen = String::new();
    while !seen.contains("hi there") {
        let mut part = [0; 4096];
        let read = tokio::io::AsyncReadExt::read(&mut stream, &mut part).await.unwrap();
        assert_ne!(read, 0, "the stream ended early: {seen}");
        seen.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    assert!(
        seen.contains("text/event-stream") && seen.contains(r#"data: {"t":"welcome""#),
        "{seen}"
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_down_kindly() {
    let site = Site::start().await;
    let (mut window, _) = site.visit(&site.begin().await).await.unwrap();
    let mut last = Value::Null;
    for number in 0..40 {
        last = window
            .say(&format!("0197f0d20000700080000000000000{number:02}"), "spam")
            .await;
        if last["t"] == "refused" {
            break;
        }
    }
    assert_eq!((&last["why"], &last["again"]), (&json!("too_fast"), &json!(true)));
    drop(window);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_what_their_bytes_are_and_never_run() {
    let site = Site::start().await;
    let token = site.begin().await;
    let png = site.upload(&token, "../cat.png", b"\x89PNG\r\n\x1a\nrest").await.json();
    assert_eq!((&png["name"], &png["image"]), (&json!("cat.png"), &json!(true)));
    let page = site
        .upload(&token, "page.png", b"<script>alert(1)</script>")
        .await
        .json();
    assert_eq!(page["image"], false);

    let served = site.call("GET", page["url"].as_str().unwrap(), &[], Vec::new()).await;
    assert_eq!(served.header("content-type"), "application/octet-stream");
    assert!(served.header("content-disposition").starts_with("attachment"));
    assert!(served.header("content-security-policy").contains("sandbox"));
    assert_eq!(served.bytes, b"<script>alert(1)</script>");

    let (mut window, _) = site.visit(&token).await.unwrap();
    window
        .send(&json!({"t": "say", "id": ID, "text": "", "files": [png["ticket"]]}))
        .await;
    assert_eq!(window.hear().await.unwrap()["t"], "taken");
    let events = site.store.events.lock().unwrap().clone();
    let EventBody::Message(message) = &events[0].body else {
        panic!("{events:?}")
    };
    assert_eq!(message.files[0].media_type, "image/png");
    drop(window);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_taken_and_not_a_byte_more() {
    let site = Site::start().await;
    let token = site.begin().await;
    let most = vec![7; 10 * 1024 * 1024];
    assert_eq!(site.upload(&token, "most.bin", &most).await.status, 200);
    let more = vec![7; most.len() + 1];
    let refused = site.upload(&token, "more.bin", &more).await;
    assert_eq!((refused.status, &refused.json()["why"]), (413, &json!("too_large")));
    assert_eq!(site.upload("a.b", "x", b"x").await.status, 401);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_say_how_it_is() {
    let site = Site::start().await;
    let ready = site.call("GET", "/readyz", &[], Vec::new()).await;
    assert_eq!(
        (ready.status, ready.bytes.as_slice()),
        (503, b"not ready: the database is away\n".as_slice())
    );
    let metrics = site.call("GET", "/metrics", &[], Vec::new()).await;
    assert_eq!(
        (metrics.status, metrics.bytes.as_slice()),
        (200, b"messages_total 1\n".as_slice())
    );
    let through_proxy = [("x-forwarded-for", "203.0.113.9")];
    assert_eq!(
        site.call("GET", "/metrics", &through_proxy, Vec::new()).await.status,
        403
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_open_pages() {
    let site = Site::start().await;
    let (mut window, _) = site.visit(&site.begin().await).await.unwrap();
    let stopped = site.supervisor.shut_down(std::time::Duration::from_secs(10));
    let (stopped, heard) = tokio::join!(stopped, window.hear());
    assert!(stopped);
    assert_eq!(heard, None);
}
