//! Misbehaves on purpose: one mode for each row of the hostile matrix.

use std::hint::black_box;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use switchboard_plugin::types::{CallError, Error, Handoff, Message, Outcome};
use switchboard_plugin::{Context, Handled, Plugin, http, kv, log};

#[derive(Deserialize)]
struct Config {
    mode: Mode,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Good,
    LoopInHandle,
    LoopInInit,
    MemoryBomb,
    MemoryBombCaught,
    Recursion,
    Panic,
    PanicAfterWrites,
    HugeReply,
    ManyActions,
    SharedString,
    LongLogLine,
    KvFlood,
    UngrantedAction,
    ReachOut,
    Fetch,
}

struct Hostile {
    mode: Mode,
}

impl Plugin for Hostile {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        if matches!(config.mode, Mode::LoopInInit) {
            spin();
        }
        Ok(Self { mode: config.mode })
    }

    fn message(&mut self, _cx: &Context<'_>, message: &Message) -> Handled {
        match self.mode {
            Mode::ReachOut => Ok(Outcome::pass().reply(reach_out())),
            Mode::Good | Mode::LoopInInit => Ok(Outcome::pass().reply("still here")),
            Mode::LoopInHandle => {
                spin();
                Ok(Outcome::pass())
            }
            Mode::MemoryBomb => Ok(Outcome::pass().reply(hoard().len().to_string())),
            Mode::MemoryBombCaught => Ok(Outcome::pass().reply(hoard_carefully())),
            Mode::Recursion => Ok(Outcome::pass().reply(dive(1).to_string())),
            Mode::Panic => panic!("on purpose"),
            Mode::PanicAfterWrites => {
                kv::set("half", b"written", None)?;
                kv::increment("count", 1, None)?;
                log::info("about to panic");
                panic!("after writes");
            }
            Mode::HugeReply => Ok(Outcome::pass().reply("x".repeat(50 << 20))),
            Mode::ManyActions => Ok((0..100_000).fold(Outcome::pass(), |outcome, _| outcome.react("m", "👍"))),
            Mode::SharedString => Ok(shared_string()),
            Mode::LongLogLine => {
                log::info("x".repeat(1 << 19));
                Ok(Outcome::pass().reply("still here"))
            }
            Mode::KvFlood => flood(),
            Mode::Fetch => Ok(Outcome::pass().reply(fetch(&message.text))),
            Mode::UngrantedAction => Ok(Outcome::pass().hand_off(Handoff::because("let me out"))),
        }
    }
}

fn spin() {
    let mut number = 0_u64;
    loop {
        number = black_box(number.wrapping_add(1));
        if number == u64::MAX {
            return;
        }
    }
}

fn hoard() -> Vec<Vec<u8>> {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1_u8; 1 << 20]));
        if hoard.len() == usize::MAX {
            return hoard;
        }
    }
}

fn hoard_carefully() -> String {
    let mut hoard = Vec::new();
    loop {
        let mut block: Vec<u8> = Vec::new();
        if block.try_reserve_exact(1 << 20).is_err() {
            return format!("stopped at {}", hoard.len());
        }
        hoard.push(black_box(block));
    }
}

#[expect(unconditional_recursion, reason = "this is what the mode is for")]
fn dive(depth: u64) -> u64 {
    black_box(dive(black_box(depth + 1)) + depth)
}

/// A hundred actions whose texts are the same megabyte of memory.
#[expect(
    unsafe_code,
    reason = "safe code cannot share a string; the host reads it and never lets us free it"
)]
fn shared_string() -> Outcome {
    let text = "x".repeat(1 << 20).leak();
    (0..100).fold(Outcome::pass(), |outcome, _| {
        // SAFETY: none; the instance is dropped before anything frees it.
        let alias = unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) };
        outcome.note(alias)
    })
}

/// A line for each call: `GET address`, or `POST address`, with the headers behind it as `name=value`.
fn fetch(asked: &str) -> String {
    let lines = asked.lines().map(|line| {
        let mut words = line.split(' ');
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let request = if method == "POST" {
            http::Request::post(url, "sent")
        } else {
            http::Request::get(url)
        };
        let headers = words.filter_map(|word| word.split_once('='));
        let request = headers.fold(request, |request, (name, value)| {
            request.header(name, value.replace("\\n", "\r\n"))
        });
        match http::fetch(&request) {
            Ok(response) => format!("{} {}", response.status, response.text()),
            Err(CallError::Denied(why)) => format!("denied: {why}"),
            Err(CallError::Limit(why)) => format!("limit: {why}"),
            Err(CallError::Other(why)) => format!("other: {why}"),
            Err(CallError::Timeout) => "timeout".to_owned(),
            Err(CallError::Unavailable) => "unavailable".to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn flood() -> Handled {
    let value = vec![7_u8; 60 << 10];
    for number in 0.. {
        match kv::set(&format!("key-{number}"), &value, None) {
            Ok(()) => {}
            Err(CallError::Limit(why)) => return Ok(Outcome::pass().reply(format!("{number} keys: {why}"))),
            Err(other) => return Err(Error::from(other)),
        }
    }
    Ok(Outcome::pass())
}

/// Tries whatever the standard library offers, and tells what was possible.
#[expect(clippy::disallowed_methods, reason = "the clock is one of the things it tries")]
fn reach_out() -> String {
    let here = ("127.0.0.1", 0);
    let tried = [
        ("read a file", std::fs::read("/etc/passwd").map(drop)),
        ("write a file", std::fs::write("/tmp/hostile", "was here")),
        ("list a folder", std::fs::read_dir("/").map(drop)),
        ("connect", TcpStream::connect(here).map(drop)),
        ("listen", TcpListener::bind(here).map(drop)),
        ("use UDP", UdpSocket::bind(here).map(drop)),
        ("look up a name", ("localhost", 80).to_socket_addrs().map(drop)),
    ];
    let possible: Vec<&str> = tried
        .iter()
        .filter(|(_, done)| done.is_ok())
        .map(|(what, _)| *what)
        .collect();
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    let (variables, arguments) = (std::env::vars().count(), std::env::args().count());
    format!("possible: {possible:?}; {variables} variables, {arguments} arguments, at {time} ms")
}

switchboard_plugin::export!(Hostile);
