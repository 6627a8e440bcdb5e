//! Telegram against a fake of its Bot API: what is read, what is sent, and what goes wrong on the way.

mod channels;
mod examine;
pub mod fake;
mod files;
mod groups;
mod init;
mod keepers;
pub mod kept;
mod logins;
mod members;
mod menus;
mod moderation;
mod topics;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock, TestClock};
use switchboard::connectors::telegram::{Config, Kept, Settings, Telegram};
use switchboard::connectors::{Connector as _, Cursor, DeliveryError, Receipt};
use switchboard::model::Timestamp;
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{AccountId, ButtonId, DeliveryId, MessageId, MessageRef, PlaceRef};
use switchboard::secret::SecretRef;
use switchboard::storage::files::Files;
use uuid::Uuid;

use self::fake::{Fake, Fault, TOKEN, sent};
use self::kept::Stored;
use crate::support::program::{Running, check, done, switchboard};
use crate::support::sink::{self, Listening, Sink, send};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// One bot and the platform that it is on.
struct Bot {
    fake: Arc<Fake>,
    telegram: Arc<Telegram>,
    sink: Arc<Sink>,
    /// What is stored of before.
    stored: Arc<Stored>,
    files: Files,
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
}

impl Bot {
    async fn new() -> Self {
        Self::on(Fake::start().await, TOKEN)
    }

    fn on(fake: Arc<Fake>, token: &str) -> Self {
        let settings = settings(token, fake.url());
        Self::with(fake, &settings)
    }

    fn with(fake: Arc<Fake>, settings: &Settings) -> Self {
        let clock = Arc::new(TestClock::new(NOW));
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("files"));
        let stored = Arc::<Stored>::default();
        let kept = Kept {
            files: Arc::new(files.clone()),
            messages: Arc::clone(&stored) as _,
        };
        Self {
            telegram: Arc::new(Telegram::new(settings, kept, Arc::clone(&clock) as _)),
            stored,
            files,
            folder,
            fake,
            sink: Arc::default(),
            clock,
        }
    }

    /// Reads in the background.
    fn listen(&self, cursor: Option<Cursor>) -> Listening {
        Listening::start(Arc::clone(&self.telegram) as _, &self.sink, cursor)
    }

    async fn deliver(&self, place: &str, body: FittedBody) -> Result<Receipt, DeliveryError> {
        let action = FittedAction {
            delivery: DeliveryId(self.clock.id()),
            place: place_ref(place),
            body,
        };
        self.telegram.deliver(&action).await
    }
}

pub fn settings(token: &str, api_url: String) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let config = Config {
        token: SecretRef::new(format!("file:{}", file.display())),
        api_url,
        ..Config::default()
    };
    config.settings().unwrap().expect("a token is set")
}

pub fn place_ref(id: &str) -> PlaceRef {
    let scope = if id.starts_with('-') {
        "telegram"
    } else {
        "telegram:900"
    };
    PlaceRef {
        scope: scope.into(),
        id: id.into(),
    }
}

fn message_ref(place: &str, id: &str) -> MessageRef {
    MessageRef {
        place: place_ref(place),
        id: id.into(),
    }
}

fn edit(place: &str, markdown: &str) -> FittedBody {
    sink::edit(message_ref(place, "5"), markdown)
}

#[tokio::test]
async fn what_is_said_is_stored_before_telegram_may_forget_it() {
    let bot = Bot::new().await;
    bot.sink.refuses_once();
    bot.fake.says(7, "How do I pay?");
    let listening = bot.listen(None);
    assert_eq!(listening.ended().await, Err("events could not be stored".to_owned()));
    assert_eq!(bot.sink.cursor(), None);
    // The supervisor starts it again; Telegram tells the same once more.
    let listening = bot.listen(bot.sink.cursor());
    assert_eq!(bot.sink.told(1).await, ["How do I pay?"]);
    let asked = bot.fake.called("GetUpdates", 3).await;
    let offsets: Vec<Option<i64>> = asked.iter().map(|asked| asked["offset"].as_i64()).collect();
    assert_eq!(offsets, [None, None, Some(2)]);
    listening.stop().await;
}

#[tokio::test]
async fn reading_goes_on_where_it_ended_but_not_after_a_week() {
    let bot = Bot::new().await;
    bot.fake.says(7, "first");
    let listening = bot.listen(None);
    bot.sink.told(1).await;
    listening.stop().await;
    let cursor = bot.sink.cursor();

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let before = next.fake.calls("GetUpdates").len();
    let listening = next.listen(cursor.clone());
    let asked = next.fake.called("GetUpdates", before + 1).await;
    assert_eq!(asked[before]["offset"], 2);
    listening.stop().await;

    // Telegram may have begun to count anew.
    let late = Bot::on(Arc::clone(&bot.fake), TOKEN);
    late.clock.advance(Duration::from_hours(7 * 24));
    let before = late.fake.calls("GetUpdates").len();
    let listening = late.listen(cursor);
    let asked = late.fake.called("GetUpdates", before + 1).await;
    assert_eq!(asked[before]["offset"], Value::Null);
    listening.stop().await;
}

#[tokio::test]
async fn a_fault_of_the_network_or_of_telegram_is_waited_out() {
    let bot = Bot::new().await;
    bot.fake.fails("GetMe", Fault::Cut);
    let other = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    bot.fake.fails("GetUpdates", Fault::Refuse(409, other));
    bot.fake.fails("GetUpdates", Fault::Cut);
    bot.fake.fails("GetUpdates", Fault::Flood(1));
    let listening = bot.listen(None);
    bot.fake.says(7, "still there?");
    assert_eq!(bot.sink.told(1).await, ["still there?"]);
    listening.stop().await;
}

#[tokio::test]
async fn a_token_that_telegram_does_not_know_is_bad_credentials_and_says_what_to_do() {
    let bot = Bot::on(Fake::start().await, "900:another-token");
    let listening = bot.listen(None);
    let why = listening.ended().await.unwrap_err();
    assert!(
        why.starts_with("bad credentials: ") && why.contains("@BotFather"),
        "{why}"
    );
    assert!(!why.contains("another-token"), "{why}");
    // What is to be sent waits for the new token.
    let waits = bot.deliver("7", send("Hello")).await;
    assert!(
        matches!(waits, Err(DeliveryError::Busy { whole_login: true, .. })),
        "{waits:?}"
    );
}

#[tokio::test]
async fn a_text_goes_out_with_entities_buttons_and_what_it_answers() {
    let bot = Bot::new().await;
    let mut body = send("See **this**: [docs](https://example.org/)");
    if let FittedBody::Send { buttons, reply_to, .. } = &mut body {
        let button = |label: &str, number| Button {
            label: label.to_owned(),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        *buttons = vec![button("Helpful", 1), button("Not it", 2), button("A person, please", 3)];
        *reply_to = Some(message_ref("-100/4", "12"));
    }
    let receipt = bot.deliver("-100/4", body).await.unwrap();
    assert_eq!(receipt.native.unwrap().as_str(), "1");
    let mut asked = bot.fake.calls("SendMessage").remove(0);
    asked.as_object_mut().unwrap().remove("sent_as");
    let press = |label: &str, number: u128| json!({"text": label, "callback_data": format!("{number:032x}")});
    let expected = json!({
        "chat_id": -100,
        "message_thread_id": 4,
        "text": "See this: docs",
        "entities": [
            {"type": "bold", "offset": 4, "length": 4},
            {"type": "text_link", "url": "https://example.org/", "offset": 10, "length": 4},
        ],
        "link_preview_options": {"is_disabled": true},
        "reply_parameters": {"message_id": 12, "allow_sending_without_reply": true},
        "reply_markup": {"inline_keyboard": [
            [press("Helpful", 1), press("Not it", 2)],
            [press("A person, please", 3)],
        ]},
    });
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn who_presses_what_is_for_somebody_else_alone_is_told_so() {
    let bot = Bot::new().await;
    let listening = bot.listen(None);
    bot.sink.takes_no_presses();
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        let effect = ButtonEffect::Press {
            id: ButtonId(Uuid::from_u128(1)),
        };
        *buttons = vec![Button {
            label: "Never mind".to_owned(),
            effect,
        }];
    }
    bot.deliver("7", body).await.unwrap();
    bot.fake.presses(8, &sent(&bot.fake, 0).await, "Never mind");
    let told = bot.fake.called("AnswerCallbackQuery", 1).await.remove(0);
    assert_eq!(told["text"], "This button is for somebody else.");
    assert_eq!(bot.fake.calls("SendMessage").len(), 1, "nobody else reads it");
    listening.stop().await;
}

#[tokio::test]
async fn a_person_of_staff_is_named_also_when_they_change_what_they_said() {
    let bot = Bot::new().await;
    let carol = Author::Staff {
        id: AccountId(Uuid::nil()),
        name: "Carol".to_owned(),
    };
    let mut body = send("Hello");
    if let FittedBody::Send { author, .. } = &mut body {
        *author = carol.clone();
    }
    bot.deliver("7", body).await.unwrap();
    let mut changed = edit("7", "Hello Ann");
    if let FittedBody::Edit { author, .. } = &mut changed {
        *author = Some(carol);
    }
    bot.deliver("7", changed).await.unwrap();
    assert_eq!(bot.fake.calls("SendMessage")[0]["text"], "Carol: Hello");
    assert_eq!(bot.fake.calls("EditMessageText")[0]["text"], "Carol: Hello Ann");
}

#[tokio::test]
async fn words_arrive_plain_where_telegram_refuses_how_they_look() {
    let bot = Bot::new().await;
    let why = "Bad Request: can't parse entities: unsupported entity";
    bot.fake.fails("SendMessage", Fault::Refuse(400, why));
    bot.deliver("7", send("**Hello**")).await.unwrap();
    let calls = bot.fake.calls("SendMessage");
    assert_eq!(calls.len(), 2);
    assert!(
        calls[0]["entities"].is_array() && calls[1]["entities"].is_null(),
        "{calls:?}"
    );
    assert_eq!(calls[1]["text"], "Hello");
}

#[tokio::test]
async fn what_is_so_already_is_done() {
    let bot = Bot::new().await;
    let same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
                same as a current content and reply markup of the message";
    bot.fake.fails("EditMessageText", Fault::Refuse(400, same));
    bot.deliver("7", edit("7", "Hello")).await.unwrap();
    let delete = FittedBody::Delete {
        target: message_ref("7", "5"),
        message: MessageId(Uuid::nil()),
    };
    let gone = "Bad Request: message to delete not found";
    bot.fake.fails("DeleteMessage", Fault::Refuse(400, gone));
    bot.deliver("7", delete).await.unwrap();
}

#[tokio::test]
async fn reactions_and_typing_go_out() {
    let bot = Bot::new().await;
    for add in [true, false] {
        let react = FittedBody::React {
            target: message_ref("-100", "5"),
            emoji: "👍".to_owned(),
            add,
            or_said: false,
        };
        bot.deliver("-100", react).await.unwrap();
    }
    bot.deliver("-100/4", FittedBody::Typing { name: None }).await.unwrap();
    let reactions: Vec<Value> = bot
        .fake
        .calls("SetMessageReaction")
        .into_iter()
        .map(|asked| asked["reaction"].clone())
        .collect();
    assert_eq!(reactions, [json!([{"type": "emoji", "emoji": "👍"}]), json!([])]);
    assert_eq!(bot.fake.calls("SendChatAction")[0]["message_thread_id"], 4);
}

#[tokio::test]
async fn each_fault_of_a_send_says_whether_it_may_have_arrived() {
    let bot = Bot::new().await;
    bot.fake.fails("SendMessage", Fault::Flood(7));
    let busy = DeliveryError::Busy {
        retry_after: Duration::from_secs(7),
        whole_login: false,
        can_be_ended: false,
    };
    assert_eq!(bot.deliver("7", send("Hello")).await, Err(busy));

    bot.fake.fails("SendMessage", Fault::Cut);
    let lost = bot.deliver("7", send("Hello")).await;
    assert!(matches!(lost, Err(DeliveryError::Lost { .. })), "{lost:?}");

    // A fault of Telegram's own may come after the send; an edit can be made again.
    bot.fake.fails("SendMessage", Fault::Refuse(502, "Bad Gateway"));
    let lost = bot.deliver("7", send("Hello")).await;
    assert!(matches!(lost, Err(DeliveryError::Lost { .. })), "{lost:?}");
    bot.fake.fails("EditMessageText", Fault::Cut);
    let again = bot.deliver("7", edit("7", "Hello")).await;
    assert!(matches!(again, Err(DeliveryError::Unreachable { .. })), "{again:?}");

    let blocked = "Forbidden: bot was blocked by the user";
    bot.fake.fails("SendMessage", Fault::Refuse(403, blocked));
    let refused = DeliveryError::Refused {
        public: "this person has blocked the bot".to_owned(),
    };
    assert_eq!(bot.deliver("7", send("Hello")).await, Err(refused));

    let react = FittedBody::React {
        target: message_ref("7", "5"),
        emoji: "🌵".to_owned(),
        add: true,
        or_said: false,
    };
    bot.fake.fails(
        "SetMessageReaction",
        Fault::Refuse(400, "Bad Request: REACTION_INVALID"),
    );
    let not_here = bot.deliver("7", react).await;
    assert!(matches!(not_here, Err(DeliveryError::NotHere { .. })), "{not_here:?}");

    let delete = FittedBody::Delete {
        target: message_ref("7", "5"),
        message: MessageId(Uuid::nil()),
    };
    let old = "Bad Request: message can't be deleted for everyone";
    bot.fake.fails("DeleteMessage", Fault::Refuse(400, old));
    let Err(DeliveryError::Refused { public }) = bot.deliver("7", delete).await else {
        panic!("it is not taken back")
    };
    assert!(public.contains("48 hours"), "{public}");

    let odd = bot.deliver("lobby", send("Hello")).await;
    assert!(matches!(odd, Err(DeliveryError::Refused { .. })), "{odd:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let settings = settings(TOKEN, format!("http://{address}"));
    let kept = kept::nothing(&Files::new("nowhere"));
    let telegram = Telegram::new(&settings, kept, Arc::new(SystemClock::new()));
    let action = FittedAction {
        delivery: DeliveryId(Uuid::nil()),
        place: place_ref("7"),
        body: send("Hello"),
    };
    let error = telegram.deliver(&action).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}

fn program(folder: &std::path::Path, fake: &Fake) -> Running {
    program_with(folder, fake, "")
}

/// The same with more lines in the section.
fn program_with(folder: &std::path::Path, fake: &Fake, more: &str) -> Running {
    let config = format!(
        "[telegram]\ntoken = \"env:TEST_TELEGRAM_TOKEN\"\napi_url = \"{}\"\n{more}",
        fake.url()
    );
    std::fs::write(folder.join("switchboard.toml"), config).unwrap();
    let mut command = switchboard(
        folder,
        &["run", "--listen", "127.0.0.1:0", "--config", "switchboard.toml"],
    );
    command.env("TEST_TELEGRAM_TOKEN", TOKEN);
    Running::start_as(command)
}

/// Switches the place on, as an admin does with a file.
fn switch_on(folder: &std::path::Path, group: i64) {
    switch(folder, group, true);
}

/// Switches the place on or off.
fn switch(folder: &std::path::Path, group: i64, on: bool) {
    let (listed, file) = listed(folder);
    let native = format!("native = \"{group}\"");
    let (before, behind) = listed.split_once(&native).expect("the group is listed");
    let behind = behind.replacen(&format!("enabled = {}", !on), &format!("enabled = {on}"), 1);
    std::fs::write(&file, format!("{before}{native}{behind}")).unwrap();
    check(&done(folder, &["apply", "out"]), 0, "Applied");
}

/// The settings of the community, and the file with them.
fn listed(folder: &std::path::Path) -> (String, std::path::PathBuf) {
    // An export does not overwrite.
    let _ = std::fs::remove_dir_all(folder.join("out"));
    check(&done(folder, &["export", "out"]), 0, "out/community.toml");
    let file = folder.join("out/community.toml");
    (std::fs::read_to_string(&file).unwrap(), file)
}

/// Waits until Telegram may forget an update.
async fn stored(fake: &Fake, update: i64) {
    let mut polls = 1;
    while fake.called("GetUpdates", polls).await[polls - 1]["offset"].as_i64() <= Some(update) {
        polls += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_listed_when_the_bot_is_added_and_answers_once_it_is_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    let asked = "@our_bot How do I install a plugin?";
    stored(&fake, fake.adds_bot(-100)).await;
    let status = done(folder.path(), &["status"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    let login = status.lines().find(|line| line.contains("login, telegram"));
    assert!(
        login.is_some_and(|line| line.contains("connected: in groups") && line.contains("/setprivacy")),
        "{status}"
    );
    let logins = done(folder.path(), &["logins"]);
    check(&logins, 0, "hear of deletions: Telegram does not tell bots of them");
    check(&logins, 0, "send /setprivacy to @BotFather");
    stored(&fake, fake.says_in(-100, asked)).await;
    switch_on(folder.path(), -100);
    stored(&fake, fake.says_in(-100, "How do I install a plugin?")).await;
    stored(&fake, fake.says_in(-100, "/weather today")).await;
    fake.says_in(-100, asked);
    let answer = sent(&fake, 0).await;
    assert!(answer.text().contains("plugin"), "{}", answer.text());
    // Asked while it was switched off, of everybody, by a command that nobody here has, and of the bot.
    assert_eq!(answer.asked["reply_parameters"]["message_id"], 4);
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(fake.calls("SendMessage").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_on_telegram_is_answered_and_buttons_work_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.says(7, "/start");
    let welcome = sent(&fake, 0).await;
    assert!(welcome.text().contains("person"), "{}", welcome.text());
    let question = fake.says(7, "How do I install a plugin?");
    let answer = sent(&fake, 1).await;
    assert!(answer.text().contains("plugin"), "{}", answer.text());
    assert_eq!(answer.asked["reply_parameters"]["message_id"], question);
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let running = program(folder.path(), &fake);
    fake.presses(7, &answer, "A person, please");
    let notice = sent(&fake, 2).await;
    assert!(!notice.text().is_empty());
    fake.called("AnswerCallbackQuery", 1).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(fake.calls("SendMessage").len(), 3, "nothing is said twice");
    // Where the token cannot be read, commands work all the same, and no command shows it.
    let config = ["--config", "switchboard.toml"];
    for command in [&["config"][..], &["export", "out"]] {
        check(&done(folder.path(), &[&config, command].concat()), 0, "");
    }
    let missing = done(folder.path(), &[&config[..], &["check"]].concat());
    check(&missing, 78, "`TEST_TELEGRAM_TOKEN` is not set");
    let mut with_token = switchboard(folder.path(), &[&config[..], &["config"]].concat());
    let shown = with_token.env("TEST_TELEGRAM_TOKEN", TOKEN).output().unwrap();
    check(&shown, 0, "env:TEST_TELEGRAM_TOKEN");
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("secret"));
}
