//! The program as an operator meets it: how soon it is ready, what it holds, and how long one message alone takes from a
//! visitor's socket and back.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::figures::resident_mib;

/// Starts from a warm cache that the middle is taken of.
const STARTS: usize = 9;

/// What each visitor asks: fewer than a visitor may send at once.
const QUESTIONS: [&str; 8] = [
    "What is Switchboard?",
    "How do I install a plugin?",
    "How do I connect Discord?",
    "How do I schedule a post?",
    "Which data is kept about me?",
    "How do I make a backup?",
    "What can a plugin do?",
    "Is there a terminal chat?",
];

/// Visitors come from addresses of their own, as behind a proxy.
const CONFIG: &str = "[http]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// Measures and prints.
pub fn run(short: bool) {
    println!("program: from start to ready, memory, one message alone");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("switchboard.toml"), CONFIG).expect("the folder can be written");
    let clock = SystemClock::new();
    let first = Program::start(folder.path(), &clock);
    println!(
        "first start, which makes the database and compiles plugins {:>8.0?}",
        first.took
    );
    drop(first);
    let mut starts: Vec<Duration> = (0..if short { 1 } else { STARTS })
        .map(|_| Program::start(folder.path(), &clock).took)
        .collect();
    starts.sort();
    println!(
        "start to ready, plugins from the cache   {:>8.1?}",
        starts[starts.len() / 2]
    );
    let program = Program::start(folder.path(), &clock);
    println!(
        "resident memory at ready                 {:>8.1} MiB",
        resident_mib(program.child.id())
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut times = runtime.block_on(alone(&program.url, if short { 2 } else { 60 }, &clock));
    times.sort();
    let messages = times.len();
    println!(
        "one message alone, socket to reply       {:>8.2?} p50, {:.2?} p99 of {messages}",
        times[messages / 2],
        times[messages * 99 / 100]
    );
    println!(
        "resident memory after them               {:>8.1} MiB",
        resident_mib(program.child.id())
    );
}

/// The running program; ended when dropped.
pub struct Program {
    pub child: Child,
    /// Where its pages are.
    pub url: String,
    took: Duration,
}

impl Program {
    /// With the configuration in this folder.
    pub fn start(folder: &Path, clock: &SystemClock) -> Self {
        let started = clock.elapsed();
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .current_dir(folder)
            .args(["run", "--config", "switchboard.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut url = String::new();
        // It has printed everything when it is ready.
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line.expect("it prints text");
            if let Some(address) = line.trim().strip_prefix("web chat") {
                address.trim().trim_end_matches('/').clone_into(&mut url);
            }
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        let took = clock.elapsed().saturating_sub(started);
        Self { child, url, took }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        drop(asked);
        drop(self.child.wait());
    }
}

/// Visitors one after the other, each from an address of its own as behind a proxy, ask one question after the other;
/// each time from sending it until the answer's text is here.
async fn alone(url: &str, visitors: usize, clock: &SystemClock) -> Vec<Duration> {
    let mut times = Vec::with_capacity(visitors * QUESTIONS.len());
    for visitor in 0..visitors {
        let address = format!("192.0.2.{visitor}");
        let mut socket = visit(url, address).await;
        for (number, question) in QUESTIONS.iter().enumerate() {
            let number = (visitor * QUESTIONS.len() + number) as u128;
            let id = format!("{:032x}", 0x0197_f0d2_0000_7000_8000_0000_0000_0000_u128 + number);
            let sent = clock.elapsed();
            send(&mut socket, &json!({"t": "say", "id": id, "text": question})).await;
            hear(&mut socket, "line").await;
            times.push(clock.elapsed().saturating_sub(sent));
        }
    }
    times
}

/// A visitor's socket that has been welcomed.
async fn visit(url: &str, address: String) -> Socket {
    let (begin, from) = (format!("{url}/chat/begin"), address.clone());
    let token = tokio::task::spawn_blocking(move || {
        let request = ureq::post(begin).header("x-forwarded-for", from);
        let mut answer = request.send_empty().expect("a visitor may begin");
        let body: Value = answer.body_mut().read_json().expect("it is JSON");
        body["token"].as_str().expect("there is a token").to_owned()
    });
    let token = token.await.expect("it does not panic");
    let mut request = format!("{}/chat/socket", url.replacen("http", "ws", 1))
        .into_client_request()
        .expect("it is an address");
    let from = address.parse().expect("an address is a header");
    request.headers_mut().insert("x-forwarded-for", from);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("it connects");
    send(&mut socket, &json!({"t": "hello", "token": token})).await;
    hear(&mut socket, "welcome").await;
    socket
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn send(socket: &mut Socket, frame: &Value) {
    let sent = socket.send(Message::text(frame.to_string())).await;
    sent.expect("the line is open");
}

/// Reads until a frame of that kind that is not our own line.
async fn hear(socket: &mut Socket, kind: &str) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
        if frame["t"] == kind && frame["line"]["who"] != "you" {
            return;
        }
    }
    panic!("the line was closed");
}
