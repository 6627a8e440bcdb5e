//! Discord's connector against a Discord-compatible server: `yepcord-server`, and a front with what it lacks.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::discord::{Discord, Kept};
use switchboard::connectors::files::keep;
use switchboard::connectors::logins::LoginState;
use switchboard::connectors::{Connector as _, Cursor, Receipt};
use switchboard::model::command::{Command, CommandOption, Menu, MenuPlace, Wording};
use switchboard::model::event::Addressed;
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{DeliveryId, MessageId, MessageRef};
use switchboard::model::{Event, EventBody};
use switchboard::storage::files::Files;
use uuid::Uuid;

use super::discord_people::Ann;
use crate::discord::{Chats, Known, message, place, settings};
use crate::support::sink::{Listening, Sink, edit, send};

/// The bot of a person, on the server.
struct Bot {
    ann: Ann,
    discord: Arc<Discord>,
    sink: Arc<Sink>,
    files: Files,
    _folder: tempfile::TempDir,
}

impl Bot {
    async fn new() -> Self {
        Self::of(Ann::new().await, Chats(Vec::new()))
    }

    /// The next process, which has what the one before has stored.
    fn after(before: Self, chats: Chats) -> Self {
        Self {
            sink: before.sink,
            ..Self::of(before.ann, chats)
        }
    }

    fn of(ann: Ann, chats: Chats) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let settings = settings(&ann.token, ann.url());
        let kept = Kept {
            direct_chats: Arc::new(chats),
            buttons: Arc::<Known>::default(),
            files: Arc::new(files.clone()),
        };
        Self {
            discord: Arc::new(Discord::new(&settings, kept, Arc::new(SystemClock::new()))),
            ann,
            sink: Arc::default(),
            files,
            _folder: folder,
        }
    }

    fn listen(&self, cursor: Option<Cursor>) -> Listening {
        Listening::start(Arc::clone(&self.discord) as _, &self.sink, cursor)
    }

    /// Listens, and waits until it has heard of its guild.
    async fn hears(&self) -> Listening {
        let listening = self.listen(None);
        self.sink.stood(|state| *state == LoginState::Connected).await;
        self.sink
            .events(|event| matches!(event.body, EventBody::Member { .. }), 1)
            .await;
        listening
    }

    async fn deliver(&self, channel: &str, body: FittedBody) -> Receipt {
        let action = FittedAction {
            delivery: DeliveryId(SystemClock::new().id()),
            place: place(channel),
            body,
        };
        self.discord.deliver(&action).await.unwrap()
    }

    /// Says something in a channel; answers the message.
    async fn says(&self, channel: &str, body: FittedBody) -> MessageRef {
        let receipt = self.deliver(channel, body).await;
        MessageRef {
            place: place(channel),
            id: receipt.native.expect("it is a message"),
        }
    }
}

/// The kinds of what happened, without the places that the bot finds itself in.
async fn kinds(sink: &Sink, count: usize) -> Vec<&'static str> {
    let by_people = |event: &Event| !matches!(event.body, EventBody::Member { .. });
    let events = sink.events(by_people, count).await;
    events.iter().map(|event| event.body.kind()).collect()
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn what_people_do_is_heard() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (ann, help) = (&bot.ann, &bot.ann.help);
    let id = ann.says(help, "How do I pay?").await;
    assert_eq!(bot.sink.said(1).await, ["How do I pay?"]);
    let path = format!("channels/{help}/messages/{id}");
    ann.ask(Method::PATCH, &path, json!({"content": "How do I pay here?"}))
        .await;
    let reaction = format!("{path}/reactions/%F0%9F%91%8D/@me");
    ann.ask(Method::PUT, &reaction, Value::Null).await;
    ann.ask(Method::DELETE, &reaction, Value::Null).await;
    ann.ask(Method::DELETE, &path, Value::Null).await;
    let expected = ["message", "edited", "reaction", "reaction", "deleted"];
    assert_eq!(kinds(&bot.sink, 5).await, expected);
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn what_the_bot_says_is_seen_edited_and_deleted() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (ann, help) = (&bot.ann, &bot.ann.help);
    let asked = ann.says(help, "How do I pay?").await;
    let mut body = send("With a **card**.");
    if let FittedBody::Send { reply_to, .. } = &mut body {
        *reply_to = Some(message(help, &asked));
    }
    let answer = bot.says(help, body).await;
    let seen = ann.sees(help).await.remove(0);
    assert_eq!(seen["id"], answer.id.as_str());
    assert_eq!(seen["content"], "With a **card**.");
    assert_eq!(seen["message_reference"]["message_id"], asked.as_str());

    bot.deliver(help, edit(answer.clone(), "In cash.")).await;
    let react = |add| FittedBody::React {
        target: message(help, &asked),
        emoji: "👍".to_owned(),
        add,
        or_said: false,
    };
    bot.deliver(help, react(true)).await;
    bot.deliver(help, FittedBody::Typing { name: None }).await;
    let seen = ann.sees(help).await;
    assert_eq!(seen[0]["content"], "In cash.");
    assert_eq!(seen[1]["reactions"][0]["emoji"]["name"], "👍");

    bot.deliver(help, react(false)).await;
    let delete = || FittedBody::Delete {
        target: answer.clone(),
        message: MessageId(Uuid::nil()),
    };
    bot.deliver(help, delete()).await;
    // What is gone already is deleted.
    bot.deliver(help, delete()).await;
    let seen = ann.sees(help).await;
    assert_eq!((seen.len(), &seen[0]["reactions"]), (1, &Value::Null));
    // What it said itself, it does not hear as said by people.
    ann.says(help, "Thanks").await;
    assert_eq!(bot.sink.said(2).await, ["How do I pay?", "Thanks"]);
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn files_come_in_and_go_out() {
    const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n....";
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (ann, help) = (&bot.ann, &bot.ann.help);
    ann.sends(help, "Like this:", ("a.png", PICTURE)).await;
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Message(_)), 1)
        .await;
    let EventBody::Message(said) = &events[0].body else {
        panic!("{events:?}");
    };
    assert_eq!(
        (said.content.to_plain().as_str(), &*said.files[0].name),
        ("Like this:", "a.png")
    );
    assert_eq!(bot.files.get(&said.files[0].sha256).unwrap().as_deref(), Some(PICTURE));

    let plan = keep(&bot.files, "plan.pdf", b"%PDF-1.7".to_vec()).await.unwrap();
    let mut body = send("The plan");
    if let FittedBody::Send { files, .. } = &mut body {
        *files = vec![plan];
    }
    bot.says(help, body).await;
    let seen = ann.sees(help).await.remove(0);
    assert_eq!(
        (&seen["content"], &seen["attachments"][0]["filename"]),
        (&json!("The plan"), &json!("plan.pdf"))
    );
    let url = seen["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(ann.fetches(url).await, b"%PDF-1.7");
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn a_direct_chat_is_heard_and_answered() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let chat = bot.ann.opens_direct_chat().await;
    bot.ann.says(&chat, "Psst").await;
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Message(_)), 1)
        .await;
    let EventBody::Message(said) = &events[0].body else {
        panic!("{events:?}");
    };
    assert_eq!(said.addressed, Addressed::Direct);
    bot.says(&chat, send("Yes?")).await;
    assert_eq!(bot.ann.sees(&chat).await[0]["content"], "Yes?");
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn cuts_and_restarts_lose_and_double_nothing() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (ann, help) = (&bot.ann, &bot.ann.help);
    ann.says(help, "one").await;
    bot.sink.said(1).await;
    ann.lets("drop").await;
    ann.says(help, "two").await;
    bot.sink.said(2).await;
    ann.lets("reconnect").await;
    ann.says(help, "three").await;
    assert_eq!(bot.sink.said(3).await, ["one", "two", "three"]);
    listening.stop().await;

    // A new process goes on where the old one was.
    ann.says(help, "four").await;
    let next = Bot::after(bot, Chats(Vec::new()));
    let listening = next.listen(next.sink.cursor());
    let ann = &next.ann;
    next.sink.said(4).await;
    ann.says(&ann.help, "five").await;
    assert_eq!(next.sink.said(5).await, ["one", "two", "three", "four", "five"]);
    assert_eq!(ann.lets("drop").await, 1, "one session went through all of it");
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn what_was_said_meanwhile_is_fetched_when_the_session_is_over() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let chat = bot.ann.opens_direct_chat().await;
    bot.ann.says(&bot.ann.help, "one").await;
    bot.sink.said(1).await;
    listening.stop().await;
    bot.ann.says(&bot.ann.help, "two").await;
    bot.ann.says(&chat, "and alone").await;
    bot.ann.lets("forget").await;

    let next = Bot::after(bot, Chats(vec![place(&chat)]));
    let listening = next.listen(next.sink.cursor());
    let mut said = next.sink.said(3).await;
    said.sort();
    assert_eq!(said, ["and alone", "one", "two"]);
    next.ann.says(&next.ann.help, "three").await;
    assert_eq!(next.sink.said(4).await[3], "three");
    listening.stop().await;
}

/// In each language that Discord has for commands.
fn in_all_languages(english: &str) -> Wording {
    let languages = [
        "bg", "cs", "da", "de", "el", "es", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nb", "nl",
        "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
    ];
    let translations = languages.map(|language| (language.to_owned(), format!("{english} ({language})")));
    Wording::new(english, translations.into())
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn a_command_from_the_menu_is_answered_in_its_place() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (ann, help) = (&bot.ann, &bot.ann.help);
    let offered = Menu {
        commands: vec![Command {
            name: "share".to_owned(),
            help: in_all_languages("Post a tip"),
            options: vec![CommandOption {
                name: "kind".to_owned(),
                label: in_all_languages("tip or link"),
                required: true,
            }],
            private: false,
            direct: false,
        }],
        places: vec![MenuPlace {
            native: place(help),
            space: Some(ann.guild.clone()),
            enabled: true,
        }],
        withdrawn: false,
    };
    bot.discord.offer(&offered).await.unwrap();
    let options = json!([{"name": "kind", "type": 3, "value": "tip"}]);
    ann.commands(help, "share", options).await;
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Command { .. }), 1)
        .await;
    let EventBody::Command {
        name, options, message, ..
    } = &events[0].body
    else {
        panic!("{events:?}");
    };
    assert_eq!((name.as_str(), options[0].1.as_str()), ("share", "tip"));
    let mut answer = send("A tip");
    if let FittedBody::Send { reply_to, .. } = &mut answer {
        reply_to.clone_from(message);
    }
    bot.says(help, answer).await;
    let seen = ann.sees(help).await;
    // The place that was held open for it, and nothing else.
    assert_eq!(
        (seen.len(), &seen[0]["content"], &seen[0]["type"]),
        (1, &json!("A tip"), &json!(20))
    );
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn a_token_that_is_not_known_stops_the_login_and_says_what_to_do() {
    let mut ann = Ann::new().await;
    ann.token.replace_range(ann.token.len() - 4.., "AAAA");
    let bot = Bot::of(ann, Chats(Vec::new()));
    let why = bot.listen(None).ended().await.unwrap_err();
    assert!(
        why.starts_with("bad credentials: ") && why.contains("Reset Token"),
        "{why}"
    );
}
