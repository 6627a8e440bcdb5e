//! Telegram's connector against an emulator of the Bot API, `telegram-test-api`: private chats, texts and buttons.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::Connector as _;
use switchboard::connectors::logins::LoginState;
use switchboard::connectors::telegram::Telegram;
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{ButtonId, DeliveryId, MessageId, MessageRef, PlaceRef};
use switchboard::model::{Event, EventBody};
use switchboard::storage::files::Files;
use switchboard::supervisor::{Restart, Stop, Supervisor};
use uuid::Uuid;

use crate::support::sink::{Listening, Sink, edit, send};
use crate::telegram::kept::nothing;

/// A person on the emulator, and the bot that they write to.
pub struct Ben {
    http: reqwest::Client,
    pub url: String,
    pub token: String,
}

impl Ben {
    /// With a bot that nobody else has.
    pub fn new() -> Self {
        static BOTS: AtomicU32 = AtomicU32::new(900);
        Self {
            http: reqwest::Client::builder().timeout(super::PATIENCE).build().unwrap(),
            url: super::address("SWITCHBOARD_PEER_TELEGRAM"),
            token: format!("{}:a-token", BOTS.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Writes to the bot.
    pub async fn says(&self, text: &str) {
        let mut message = self.whose();
        message["text"] = json!(text);
        self.ask("sendMessage", message).await;
    }

    /// Presses the button with this label below a message of the bot.
    pub async fn presses(&self, sent: &Value, label: &str) {
        let rows = sent["message"]["reply_markup"]["inline_keyboard"].as_array().unwrap();
        let mut buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
        let button = buttons
            .find(|button| button["text"] == label)
            .expect("the button is there");
        let mut below = self.whose();
        below["message_id"] = sent["messageId"].clone();
        let mut press = self.whose();
        press["message"] = below;
        press["data"] = button["callback_data"].clone();
        self.ask("sendCallback", press).await;
    }

    /// Waits until the bot has sent so many messages; answers them as the emulator keeps them.
    pub async fn sees(&self, count: usize) -> Vec<Value> {
        let sent = self
            .ask("peer/sent", json!({"token": self.token, "count": count}))
            .await;
        sent["result"].as_array().unwrap_or_else(|| panic!("{sent}")).clone()
    }

    fn whose(&self) -> Value {
        let seconds = SystemClock::new().now().as_millis() / 1000;
        json!({"botToken": self.token, "date": seconds,
            "from": {"id": 7, "is_bot": false, "first_name": "Ben", "language_code": "en"},
            "chat": {"id": 7, "type": "private", "first_name": "Ben"}})
    }

    async fn ask(&self, path: &str, body: Value) -> Value {
        let call = self.http.post(format!("{}/{path}", self.url));
        let call = call.header("Content-Type", "application/json").body(body.to_string());
        let answer = call.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

/// The bot, on the emulator.
struct Bot {
    ben: Ben,
    telegram: Arc<Telegram>,
    sink: Arc<Sink>,
}

impl Bot {
    fn new(webhook: Option<String>) -> Self {
        let ben = Ben::new();
        let mut settings = crate::telegram::settings(&ben.token, ben.url.clone());
        settings.webhook = webhook.map(|webhook| webhook.parse().unwrap());
        let kept = nothing(&Files::new("nowhere"));
        Self {
            telegram: Arc::new(Telegram::new(&settings, kept, Arc::new(SystemClock::new()))),
            ben,
            sink: Arc::default(),
        }
    }

    async fn hears(&self) -> Listening {
        let listening = Listening::start(Arc::clone(&self.telegram) as _, &self.sink, self.sink.cursor());
        self.sink.stood(|state| *state == LoginState::Connected).await;
        listening
    }

    fn place(&self) -> PlaceRef {
        let (bot, _) = self.ben.token.split_once(':').unwrap();
        PlaceRef {
            scope: format!("telegram:{bot}").as_str().into(),
            id: "7".into(),
        }
    }

    async fn deliver(&self, body: FittedBody) -> Option<MessageRef> {
        let action = FittedAction {
            delivery: DeliveryId(SystemClock::new().id()),
            place: self.place(),
            body,
        };
        let id = self.telegram.deliver(&action).await.unwrap().native?;
        Some(MessageRef {
            place: self.place(),
            id,
        })
    }

    /// A question comes in and is answered, and a button below the answer is pressed.
    async fn talks(&self) {
        self.ben.says("How do I pay?").await;
        let events = self.sink.events(|_| true, 1).await;
        let EventBody::Message(said) = &events[0].body else {
            panic!("{events:?}");
        };
        assert_eq!(said.content.to_plain(), "How do I pay?");
        let mut answer = send("With a **card**.");
        if let FittedBody::Send { reply_to, buttons, .. } = &mut answer {
            *reply_to = Some(said.native.clone());
            *buttons = vec![Button {
                label: "Helpful".to_owned(),
                effect: ButtonEffect::Press {
                    id: ButtonId(Uuid::from_u128(1)),
                },
            }];
        }
        let answer = self.deliver(answer).await.expect("it is a message");
        let sent = self.ben.sees(1).await.remove(0);
        assert_eq!(sent["message"]["text"], "With a card.");
        assert_eq!(sent["message"]["entities"][0]["type"], "bold");
        assert_eq!(
            sent["message"]["reply_parameters"]["message_id"].to_string(),
            said.native.id.as_str()
        );
        assert_eq!(sent["messageId"].to_string(), answer.id.as_str());
        self.ben.presses(&sent, "Helpful").await;
        let pressed = |event: &Event| matches!(event.body, EventBody::Press { .. });
        let events = self.sink.events(pressed, 1).await;
        let EventBody::Press { message, button, .. } = &events[0].body else {
            panic!("{events:?}");
        };
        assert_eq!((message.as_ref(), button.0), (Some(&answer), Uuid::from_u128(1)));
    }
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn a_question_that_is_asked_for_is_answered_and_buttons_are_heard() {
    let bot = Bot::new(None);
    let listening = bot.hears().await;
    bot.talks().await;
    listening.stop().await;
    // What is said meanwhile is heard at the next start.
    bot.ben.says("Thanks").await;
    let listening = bot.hears().await;
    assert_eq!(bot.sink.said(2).await, ["How do I pay?", "Thanks"]);
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn telegram_calls_with_its_secret_and_is_answered() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/telegram/webhook", socket.local_addr().unwrap());
    let bot = Bot::new(Some(url.clone()));
    let router = bot.telegram.router().expect("it is called");
    let socket = Mutex::new(Some(socket));
    Supervisor::new(Stop::new()).spawn("webhook", Restart::Never, move || {
        let (socket, router) = (socket.lock().unwrap().take(), router.clone());
        async move { axum::serve(socket.expect("started once"), router).await }
    });
    let listening = bot.hears().await;
    bot.talks().await;
    let stranger = bot.ben.http.post(url).body("{}").send().await.unwrap();
    assert_eq!(stranger.status().as_u16(), 401);
    listening.stop().await;
}

#[tokio::test]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn what_the_bot_said_is_edited_and_deleted() {
    let bot = Bot::new(None);
    let said = bot.deliver(send("With a card.")).await.expect("it is a message");
    bot.deliver(edit(said.clone(), "In cash.")).await;
    assert_eq!(bot.ben.sees(1).await[0]["message"]["text"], "In cash.");
    bot.deliver(FittedBody::Typing { name: None }).await;
    let delete = FittedBody::Delete {
        target: said,
        message: MessageId(Uuid::nil()),
    };
    bot.deliver(delete).await;
    assert!(bot.ben.sees(0).await.is_empty());
}
