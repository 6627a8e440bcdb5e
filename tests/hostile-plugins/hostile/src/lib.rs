//! Misbehaves on purpose: one mode for each row of the hostile matrix.

use std::hint::black_box;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use switchboard_plugin::types::{
    Action, Button, Call, CallError, Command, Destination, Draft, Error, Handoff, Interaction, Measure, Message,
    Moderation, Outcome, PeerQuestion, Reply, RoleChange, Schedule, Timer,
};
use switchboard_plugin::{Context, Handled, Plugin, http, kv, log};

#[derive(Deserialize)]
struct Config {
    mode: Mode,
    /// What is said by the modes that say something.
    #[serde(default)]
    text: String,
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
    HugeLogLine,
    LogFlood,
    KvFlood,
    CallFlood,
    UngrantedAction,
    Ask,
    ForgedReference,
    FillEachOther,
    FillManyTimes,
    SayMarkdown,
    SayPlain,
    ReachOut,
    Fetch,
    OfferButton,
    SetTimers,
}

struct Hostile {
    mode: Mode,
    text: String,
}

impl Plugin for Hostile {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        if matches!(config.mode, Mode::LoopInInit) {
            spin();
        }
        Ok(Self {
            mode: config.mode,
            text: config.text,
        })
    }

    fn ready(&mut self, cx: &Context<'_>) -> Handled {
        Ok(match self.mode {
            Mode::SetTimers => set_timer(cx),
            _ => Outcome::pass(),
        })
    }

    fn message(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
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
            Mode::HugeReply => Ok(Outcome::pass().reply("x".repeat(60_000_000))),
            Mode::ManyActions => Ok((0..100_000).fold(Outcome::pass(), |outcome, _| outcome.react("m", "👍"))),
            Mode::SharedString => Ok(shared_string()),
            Mode::LongLogLine => {
                log::info("x".repeat(1 << 20));
                Ok(Outcome::pass().reply("still here"))
            }
            Mode::HugeLogLine => {
                log::info("x".repeat(2 << 20));
                Ok(Outcome::pass().reply("still here"))
            }
            Mode::LogFlood => {
                (0..1_000).for_each(|number| log::info(number.to_string()));
                Ok(Outcome::pass().reply("still here"))
            }
            Mode::KvFlood => flood(),
            Mode::CallFlood => {
                for _ in 0..1_000 {
                    kv::get("key")?;
                }
                Ok(Outcome::pass().reply("nobody counted"))
            }
            Mode::Fetch => Ok(Outcome::pass().reply(fetch(&message.text))),
            Mode::UngrantedAction => Ok(Outcome::pass().hand_off(Handoff::because("let me out"))),
            Mode::Ask => ask(&self.text, cx, message),
            Mode::ForgedReference => forge(&message.text),
            Mode::FillEachOther => Ok(Outcome::pass().reply(fill_each_other())),
            Mode::FillManyTimes => {
                let draft = Draft::markdown("{a}".repeat(2_000)).value("a", "x".repeat(8_000));
                Ok(Outcome::pass().reply(draft))
            }
            Mode::SayMarkdown => Ok(Outcome::pass().reply(Draft::markdown(&self.text))),
            Mode::SetTimers => Ok(set_timer(cx)),
            Mode::SayPlain => Ok(Outcome::pass().reply(Draft::plain(&self.text))),
            Mode::OfferButton => {
                Ok(Outcome::pass().reply(Draft::plain("Press it").button(Button::press("Press", "it"))))
            }
        }
    }

    fn command(&mut self, _cx: &Context<'_>, _command: &Command) -> Handled {
        panic!("on purpose")
    }

    fn interaction(&mut self, _cx: &Context<'_>, _interaction: &Interaction) -> Handled {
        panic!("on purpose")
    }

    /// Says its text where there is a place, and else writes it down.
    fn timer(&mut self, cx: &Context<'_>, _timer: &Timer) -> Handled {
        if cx.place.is_some() {
            return Ok(Outcome::pass().reply(Draft::plain(&self.text)));
        }
        log::info(&self.text);
        Ok(Outcome::pass())
    }
}

/// One for each place, and one for what happens in none.
fn set_timer(cx: &Context<'_>) -> Outcome {
    let id = cx.place.as_ref().map_or("nowhere", |place| place.ref_.as_str());
    Outcome::pass().wake(id, Schedule::At(cx.now + 60_000), "")
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

/// A few hundred bytes that are a terabyte when each value is looked into, too.
fn fill_each_other() -> Draft {
    (0..40).fold(Draft::plain("{v0}"), |draft, number| {
        let next = number + 1;
        draft.value(format!("v{number}"), format!("{{v{next}}}{{v{next}}}"))
    })
}

/// Asks for one action by its name in the contract, or for a mention.
fn ask(action: &str, cx: &Context<'_>, message: &Message) -> Handled {
    let place = cx.place.as_ref().map(|place| place.ref_.clone()).unwrap_or_default();
    let person = cx.person.as_ref().map(|person| person.ref_.clone()).unwrap_or_default();
    let pass = Outcome::pass();
    Ok(match action {
        "post" => pass.post(vec![Destination::Place(place)], None, "elsewhere"),
        "handoff" => pass.hand_off(Handoff::because("let me out")),
        "ask-peers" => pass.and(Action::AskPeers(PeerQuestion {
            topic: None,
            title: "Who knows?".to_owned(),
        })),
        "moderate" => pass.and(Action::Moderate(Moderation {
            person,
            messages: Vec::new(),
            measure: Measure::Mute(60),
            reason: "because".to_owned(),
        })),
        "role" => pass.and(Action::Role(RoleChange {
            person,
            role: "admin".to_owned(),
            add: true,
        })),
        "wake" => pass.wake("timer", Schedule::At(cx.now + 3_600_000), ""),
        "cancel" => pass.cancel("timer"),
        "call" => pass.and(Action::Call(Call {
            name: "call".to_owned(),
            method: "POST".to_owned(),
            url: "https://a.example/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        })),
        "mention" => match message.mentions.first() {
            Some(named) => pass.reply(Draft::markdown(format!("<@{named}>"))),
            None => pass,
        },
        _ => return Err(Error::Rejected(format!("nobody can {action}"))),
    })
}

/// Does to what the message names what the message says: `post`, `tell`, `join`, `answer`, `react`, `edit`, `delete` or `mention`.
fn forge(asked: &str) -> Handled {
    let mut words = asked.split_whitespace();
    let (act, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let forged = name.to_owned();
    let pass = Outcome::pass();
    Ok(match act {
        "post" => pass.post(vec![Destination::Place(forged)], None, "out of place"),
        "tell" => pass.post(vec![Destination::Person(forged)], None, "out of place"),
        "join" => pass.post(vec![Destination::Conversation(forged)], None, "out of place"),
        "answer" => pass.reply(Reply {
            to: Some(forged),
            ..Reply::here("out of place")
        }),
        "react" => pass.react(forged, "👍"),
        "edit" => pass.edit(forged, "out of place"),
        "delete" => pass.delete(forged),
        "mention" => pass.reply(Draft::markdown(format!("<@{forged}> <#{forged}>"))),
        _ => return Err(Error::Rejected(format!("nobody can {act}"))),
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
            Err(CallError::Limit(why)) => return Ok(Outcome::pass().reply(format!("the flood ends: {why}"))),
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
