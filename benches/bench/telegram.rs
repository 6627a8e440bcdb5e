//! Updates over a Bot API on this machine: the whole program, which keeps everything, beside a small bot of teloxide that
//! keeps nothing, in the same run. The Bot API is played by this process; what is measured is the CPU time of the other.
//!
//! The program keeps within Telegram's limits, 24 messages a second, so what a sent answer costs is measured on fewer.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::routing::post;
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::supervisor::{Restart, Stop, Supervisor};
use teloxide::prelude::*;
use tokio::sync::watch;

use crate::figures::{cpu_of, share};
use crate::program::Program;

/// The argument that makes this program the small bot.
pub const SMALL_BOT: &str = "small-telegram-bot";

const TOKEN: &str = "900:bench";

/// As many people write, each in their own chat.
const PEOPLE: usize = 500;

/// What they write; seven of ten are answered.
const TEXTS: [&str; 10] = [
    "How do I install a plugin?",
    "good morning everybody",
    "How do I connect Discord?",
    "How do I make a backup?",
    "that was a long day, and the train was late again",
    "What is Switchboard?",
    "How do I schedule a post?",
    "see you tomorrow then",
    "Which data is kept about me?",
    "What can a plugin do?",
];

/// Measures and prints.
pub fn run(short: bool) {
    println!("telegram: updates over a Bot API on this machine");
    let count = if short { 200 } else { 10_000 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let small = of_small_bot(count).await;
        println!("a small bot of teloxide, each answered, nothing kept    {}", row(small));
        let (heard, answered) = of_program(count, if short { 3 } else { 240 }).await;
        println!("Switchboard: heard, kept, three plugins, answer kept    {}", row(heard));
        println!(
            "Switchboard: an answer sent                             {}",
            row(answered)
        );
        // Seven of ten are answered.
        println!(
            "Switchboard: both                                       {}",
            row(heard + 0.7 * answered)
        );
    });
}

fn row(micros: f64) -> String {
    format!("{micros:>8.1} µs {:>8.0} a second on one core", 1e6 / micros)
}

/// The bot that is stood beside: an answer to each message, and no more.
pub fn small_bot(url: &str) {
    let url = url.parse().expect("the address is one");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let bot = Bot::new(TOKEN).set_api_url(url);
        let answer = Update::filter_message().endpoint(|bot: Bot, message: Message| async move {
            bot.send_message(message.chat.id, "The garden opens at nine.").await?;
            Ok::<(), teloxide::RequestError>(())
        });
        Dispatcher::builder(bot, answer).build().dispatch().await;
    });
}

/// Microseconds of CPU for each update.
async fn of_small_bot(count: usize) -> f64 {
    let api = Api::start(count).await;
    let this = std::env::current_exe().expect("this program has a path");
    let child = Command::new(this)
        .args([SMALL_BOT, &api.url()])
        .stdin(Stdio::null())
        .spawn();
    let bot = Small(child.expect("it starts"));
    api.until(|api| api.greeted.load(Ordering::SeqCst) > 0).await;
    let before = cpu_of(bot.0.id());
    api.go();
    api.until(|api| api.sent.load(Ordering::SeqCst) >= count).await;
    share(cpu_of(bot.0.id()).saturating_sub(before), count)
}

/// Microseconds of CPU for each update until it is handled, and for each of some answers until it is sent.
async fn of_program(count: usize, answers: usize) -> (f64, f64) {
    let api = Api::start(count).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = start(folder.path(), &api.url());
    api.until(|api| api.greeted.load(Ordering::SeqCst) > 0).await;
    let before = cpu_of(program.child.id());
    api.go();
    handled(&program.url, count).await;
    let sent_meanwhile = api.sent.load(Ordering::SeqCst);
    let heard = cpu_of(program.child.id()).saturating_sub(before);
    let before = cpu_of(program.child.id());
    let aim = sent_meanwhile + answers;
    api.until(|api| api.sent.load(Ordering::SeqCst) >= aim).await;
    let sending = share(cpu_of(program.child.id()).saturating_sub(before), answers);
    let meanwhile = share(Duration::from_secs_f64(sending / 1e6), count) * to_f64(sent_meanwhile);
    (share(heard, count) - meanwhile, sending)
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn start(folder: &Path, url: &str) -> Program {
    let token = folder.join("token");
    std::fs::write(&token, TOKEN).expect("the folder can be written");
    let config = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[telegram]\ntoken = \"file:{}\"\napi_url = \"{url}\"\n",
        token.display()
    );
    std::fs::write(folder.join("switchboard.toml"), config).expect("the folder can be written");
    Program::start(folder, &SystemClock::new())
}

/// Waits until so many messages are handled, by the program's own count.
async fn handled(url: &str, count: usize) {
    let metrics = format!("{url}/metrics");
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        let metrics = metrics.clone();
        let text = tokio::task::spawn_blocking(move || {
            let mut answer = ureq::get(metrics).call().expect("the program runs");
            answer.body_mut().read_to_string().expect("numbers are text")
        });
        let text = text.await.expect("it does not panic");
        let of_messages = text
            .lines()
            .find_map(|line| line.strip_prefix("events_handled_total{kind=\"message\"} "));
        if of_messages.is_some_and(|number| number.parse().is_ok_and(|number: usize| number >= count)) {
            return;
        }
    }
}

/// The small bot; ended when dropped.
struct Small(Child);

impl Drop for Small {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The Bot API: a heap of updates, and a count of what is sent.
struct Api {
    address: SocketAddr,
    updates: Vec<String>,
    /// How often it was asked for updates.
    greeted: AtomicUsize,
    sent: AtomicUsize,
    open: watch::Sender<bool>,
    changed: watch::Sender<()>,
}

impl Api {
    async fn start(count: usize) -> Arc<Self> {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let api = Arc::new(Self {
            address: socket.local_addr().expect("it has an address"),
            updates: (0..count).map(update).collect(),
            greeted: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
            open: watch::Sender::new(false),
            changed: watch::Sender::new(()),
        });
        let routes = Router::new()
            .route("/{bot}/{method}", post(call))
            .with_state(Arc::clone(&api));
        let socket = std::sync::Mutex::new(Some(socket));
        Supervisor::new(Stop::new()).spawn("Bot API", Restart::Never, move || {
            let socket = socket.lock().expect("nobody panics").take();
            axum::serve(socket.expect("started once"), routes.clone()).into_future()
        });
        api
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells the updates from now on.
    fn go(&self) {
        self.open.send_replace(true);
    }

    async fn until(&self, wanted: impl Fn(&Self) -> bool) {
        let mut changed = self.changed.subscribe();
        while !wanted(self) {
            changed.changed().await.expect("the Bot API goes on");
        }
    }

    async fn updates(&self, asked: &Value) -> String {
        self.greeted.fetch_add(1, Ordering::SeqCst);
        self.changed.send_replace(());
        let mut open = self.open.subscribe();
        let next = asked["offset"].as_u64().and_then(|offset| usize::try_from(offset).ok());
        let rest = self.updates.get(next.unwrap_or_default()..).unwrap_or_default();
        if open.wait_for(|open| *open).await.is_err() || rest.is_empty() {
            std::future::pending::<()>().await;
        }
        let limit = asked["limit"].as_u64().unwrap_or(100);
        let page = &rest[..rest.len().min(usize::try_from(limit).expect("few"))];
        format!("[{}]", page.join(","))
    }
}

fn update(number: usize) -> String {
    let person = 1_000 + number % PEOPLE;
    let now = SystemClock::new().now().as_millis() / 1000;
    json!({"update_id": number, "message": {
        "message_id": number + 1, "date": now, "text": TEXTS[number % TEXTS.len()],
        "chat": {"id": person, "type": "private", "first_name": "Ann"},
        "from": {"id": person, "is_bot": false, "first_name": "Ann", "language_code": "en"},
    }})
    .to_string()
}

async fn call(State(api): State<Arc<Api>>, UrlPath((_, method)): UrlPath<(String, String)>, body: Bytes) -> String {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match method.as_str() {
        "GetUpdates" => api.updates(&asked).await,
        "GetMe" => json!({"id": 900, "is_bot": true, "first_name": "Our bot", "username": "our_bot",
            "can_join_groups": true, "can_read_all_group_messages": true, "supports_inline_queries": false,
            "can_connect_to_business": false, "has_main_web_app": false})
        .to_string(),
        "GetMyCommands" => "[]".to_owned(),
        "GetWebhookInfo" => json!({"url": "", "has_custom_certificate": false, "pending_update_count": 0}).to_string(),
        "SendMessage" => {
            let number = api.sent.fetch_add(1, Ordering::SeqCst);
            api.changed.send_replace(());
            json!({"message_id": 1_000_000 + number, "date": 1_790_000_000, "text": asked["text"],
                "chat": {"id": asked["chat_id"], "type": "private", "first_name": "Ann"}})
            .to_string()
        }
        _ => "true".to_owned(),
    };
    format!(r#"{{"ok":true,"result":{result}}}"#)
}
