//! Discord against a fake of it: what is heard, what is sent, and what goes wrong on the way.

mod connections;
mod examine;
pub mod fake;
mod forms;
mod init;
mod late;
mod menus;
mod moderation;
mod posts;
mod private;
mod selects;
mod sending;
mod sources;
mod threads;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::json;
use switchboard::clock::{Clock, SystemClock};
use switchboard::connectors::discord::{Buttons, Config, DirectChats, Discord, Does, Kept, Settings};
use switchboard::connectors::logins::LoginState;
use switchboard::connectors::{Connector as _, Cursor, DeliveryError, Receipt};
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::directory::SeenIdentity;
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{ButtonId, DeliveryId, MessageRef, PlaceRef};
use switchboard::model::{Event, EventBody};
use switchboard::secret::SecretRef;
use switchboard::storage::files::Files;
use uuid::Uuid;

use self::fake::{BOT, DIRECT, Fake, Fault, HELP, TOKEN, objects, sent};
use crate::support::TestRuntime;
use crate::support::program::{Running, check, done, switchboard};
use crate::support::sink::{self, Listening, Sink, send};

/// Where people wrote before.
pub struct Chats(pub Vec<PlaceRef>);

#[async_trait]
impl DirectChats for Chats {
    async fn recent(&self) -> Result<Vec<PlaceRef>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.clone())
    }
}

/// What buttons do.
#[derive(Default)]
pub struct Known(pub Mutex<HashMap<ButtonId, Does>>);

#[async_trait]
impl Buttons for Known {
    async fn does(&self, button: ButtonId, _: &SeenIdentity) -> Result<Does, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.lock().unwrap().get(&button).cloned().unwrap_or_default())
    }
}

/// One bot and the platform that it is on.
struct Bot {
    files: Files,
    _folder: tempfile::TempDir,
    fake: Arc<Fake>,
    buttons: Arc<Known>,
    discord: Arc<Discord>,
    sink: Arc<Sink>,
}

impl Bot {
    async fn new() -> Self {
        Self::on(Fake::start().await, TOKEN)
    }

    fn on(fake: Arc<Fake>, token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let buttons = Arc::<Known>::default();
        Self {
            discord: Arc::new(discord(&settings(token, fake.url()), &files, &buttons)),
            files,
            buttons,
            _folder: folder,
            fake,
            sink: Arc::default(),
        }
    }

    fn listen(&self, cursor: Option<Cursor>) -> Listening {
        Listening::start(Arc::clone(&self.discord) as _, &self.sink, cursor)
    }

    /// Listens, and waits until it hears.
    async fn hears(&self) -> Listening {
        let listening = self.listen(None);
        self.sink.stood(|state| *state == LoginState::Connected).await;
        listening
    }

    /// It heard one message and stopped, and then Discord forgot the session.
    async fn that_was_forgotten() -> Self {
        let bot = Self::new().await;
        let listening = bot.hears().await;
        bot.fake.says(HELP, "one");
        bot.sink.said(1).await;
        listening.stop().await;
        bot.fake.forget_sessions();
        bot
    }

    async fn deliver(&self, channel: u64, body: FittedBody) -> Result<Receipt, DeliveryError> {
        let action = FittedAction {
            delivery: DeliveryId(SystemClock::new().id()),
            place: place(channel),
            body,
        };
        self.discord.deliver(&action).await
    }
}

pub fn discord(settings: &Settings, files: &Files, buttons: &Arc<Known>) -> Discord {
    discord_on(settings, files, buttons, Arc::new(SystemClock::new()))
}

/// On a clock that the test moves.
fn discord_on(settings: &Settings, files: &Files, buttons: &Arc<Known>, clock: Arc<dyn Clock>) -> Discord {
    let kept = Kept {
        direct_chats: Arc::new(Chats(vec![place(DIRECT)])),
        buttons: Arc::<Known>::clone(buttons),
        files: Arc::new(files.clone()),
    };
    Discord::new(settings, kept, clock)
}

/// The bot beside the loopback of a runtime and on its clock, with nothing that one before had in memory.
fn connect(runtime: &TestRuntime, fake: &Fake, folder: &std::path::Path) {
    let (settings, clock) = (settings(TOKEN, fake.url()), Arc::clone(&runtime.clock));
    let bot = discord_on(&settings, &Files::new(folder), &Arc::default(), clock);
    runtime.connect(Arc::new(bot));
}

pub fn settings(token: &str, api_url: String) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let config = Config {
        token: SecretRef::new(format!("file:{}", file.display())),
        api_url,
        gateway_url: String::new(),
    };
    config.settings().unwrap().expect("a token is set")
}

pub fn place(channel: impl ToString) -> PlaceRef {
    PlaceRef {
        scope: "discord".into(),
        id: channel.to_string().into(),
    }
}

pub fn message(channel: impl ToString, id: &str) -> MessageRef {
    MessageRef {
        place: place(channel),
        id: id.into(),
    }
}

fn edit(channel: u64, markdown: &str) -> FittedBody {
    sink::edit(message(channel, "5"), markdown)
}

fn press(label: &str, number: u128) -> Button {
    Button {
        label: label.to_owned(),
        effect: ButtonEffect::Press {
            id: ButtonId(Uuid::from_u128(number)),
        },
    }
}

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.body.kind()).collect()
}

#[tokio::test]
async fn what_people_do_is_heard() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (fake, channel) = (&bot.fake, HELP.to_string());
    let id = fake.says(HELP, "How do I pay?");
    let mut changed = objects::message(id, HELP, objects::user(7, "ann", None));
    changed["guild_id"] = json!("100");
    changed["content"] = json!("How do I pay here?");
    changed["edited_timestamp"] = json!("2026-11-26T10:00:00.5+00:00");
    fake.happens("MESSAGE_UPDATE", changed);
    let reaction = json!({"user_id": "7", "channel_id": channel, "message_id": id.to_string(), "guild_id": "100",
        "emoji": {"id": null, "name": "👍"}});
    fake.happens("MESSAGE_REACTION_ADD", reaction.clone());
    fake.happens("MESSAGE_REACTION_REMOVE", reaction);
    let mut bob = objects::member(Some(objects::user(8, "bob", None)), &[]);
    bob["guild_id"] = json!("100");
    fake.happens("GUILD_MEMBER_ADD", bob);
    fake.happens(
        "MESSAGE_DELETE",
        json!({"id": id.to_string(), "channel_id": channel, "guild_id": "100"}),
    );
    fake.happens("SOMETHING_NEW", json!({"shape": "unknown"}));
    let events = bot.sink.events(|_| true, 8).await;
    // The two channels of the guild that people write in come first.
    let expected = [
        "member", "member", "message", "edited", "reaction", "reaction", "member", "deleted",
    ];
    assert_eq!(kinds(&events), expected);
    fake.says(DIRECT, "still there?");
    let typing = json!({"channel_id": DIRECT.to_string(), "user_id": "7", "timestamp": 1});
    fake.happens("TYPING_START", typing);
    bot.sink.typed().await;
    assert_eq!(bot.sink.said(2).await, ["How do I pay?", "still there?"]);
    listening.stop().await;
}

#[tokio::test]
async fn it_asks_to_hear_what_its_owner_has_turned_on_and_says_what_is_off() {
    const CONTENT: u64 = 1 << 15;
    let bot = Bot::new().await;
    bot.fake.set_flags(1 << 15);
    let listening = bot.listen(None);
    let partly = |state: &LoginState| state.line().contains("Message Content Intent");
    bot.sink.stood(partly).await;
    assert_eq!(bot.fake.identified()[0]["intents"].as_u64().unwrap() & CONTENT, 0);
    listening.stop().await;
}

#[tokio::test]
async fn after_a_broken_connection_it_goes_on_where_it_was() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.says(HELP, "one");
    bot.sink.said(1).await;
    bot.fake.drop_connections();
    bot.fake.says(HELP, "two");
    assert_eq!(bot.sink.said(2).await, ["one", "two"]);
    // Discord asks for it now and then.
    bot.fake.end_connections(Some(json!({"op": 7, "d": null})));
    bot.fake.says(HELP, "three");
    assert_eq!(bot.sink.said(3).await, ["one", "two", "three"]);
    assert_eq!(bot.fake.identified().len(), 1, "the session went on");
    listening.stop().await;
}

#[tokio::test]
async fn after_a_restart_it_goes_on_where_it_was() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.says(HELP, "one");
    bot.sink.said(1).await;
    listening.stop().await;
    bot.fake.says(HELP, "two");

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = next.listen(bot.sink.cursor());
    let events = next.sink.events(|_| true, 1).await;
    assert_eq!(next.sink.said(1).await, ["two"]);
    // What the channel is had to be asked for.
    let named = format!("{:?}", events[0].source);
    assert!(named.contains("Gardeners / #help"), "{named}");
    assert_eq!(bot.fake.identified().len(), 1, "the session went on");
    listening.stop().await;
}

#[tokio::test]
async fn what_was_said_meanwhile_is_fetched_when_the_session_is_over() {
    let bot = Bot::that_was_forgotten().await;
    for number in 0..120 {
        bot.fake.says(HELP, &format!("meanwhile {number}"));
    }
    bot.fake.says(DIRECT, "and alone");
    bot.fake.fails("GET channels/101/messages", Fault::Flood(0.01, false));
    bot.fake.fails("GET channels/107/messages", Fault::Cut);

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = next.listen(bot.sink.cursor());
    // With the last one from before: what is fetched twice counts once where it is stored.
    let said = next.sink.said(122).await;
    let in_channel: Vec<&String> = said.iter().filter(|text| text.starts_with("meanwhile")).collect();
    let expected: Vec<String> = (0..120).map(|number| format!("meanwhile {number}")).collect();
    assert_eq!(in_channel, expected.iter().collect::<Vec<_>>());
    assert!(said.contains(&"and alone".to_owned()));
    listening.stop().await;
}

#[tokio::test]
async fn of_too_much_the_newest_is_fetched_and_one_channel_without_an_answer_holds_up_nothing() {
    let bot = Bot::that_was_forgotten().await;
    for number in 0..600 {
        bot.fake.says(HELP, &number.to_string());
    }
    bot.fake.fails("GET channels/107/messages", Fault::Refuse(400, 50_035));

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = next.listen(bot.sink.cursor());
    let said = next.sink.said(500).await;
    assert_eq!((said.len(), said[0].as_str(), said[499].as_str()), (500, "100", "599"));
    bot.fake.says(DIRECT, "now");
    assert_eq!(next.sink.said(501).await[500], "now");
    listening.stop().await;
}

#[tokio::test]
async fn a_start_in_the_middle_of_fetching_fetches_again() {
    let bot = Bot::that_was_forgotten().await;
    bot.fake.says(HELP, "two");
    // The channel cannot be had for a moment, and meanwhile others are heard.
    for _ in 0..2 {
        bot.fake.fails("GET channels/101/messages", Fault::Refuse(502, 0));
    }
    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = next.listen(bot.sink.cursor());
    bot.fake.welcomed(2).await;
    bot.fake.says(DIRECT, "alone");
    next.sink
        .events(|event| format!("{event:?}").contains("alone"), 1)
        .await;
    listening.stop().await;

    let third = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = third.listen(next.sink.cursor());
    third.sink.events(|event| format!("{event:?}").contains("two"), 1).await;
    listening.stop().await;
}

#[tokio::test]
async fn what_its_owner_turns_on_is_heard_after_the_next_start() {
    let bot = Bot::new().await;
    bot.fake.set_flags(0);
    let listening = bot.listen(None);
    bot.sink.stood(|state| matches!(state, LoginState::Partly { .. })).await;
    bot.fake.says(DIRECT, "one");
    bot.sink.said(1).await;
    listening.stop().await;
    bot.fake.set_flags(1 << 15 | 1 << 19);
    let listening = bot.listen(bot.sink.cursor());
    bot.sink.stood(|state| *state == LoginState::Connected).await;
    assert_eq!(
        bot.fake.identified().len(),
        2,
        "a session goes on with what it began with"
    );
    listening.stop().await;
}

#[tokio::test]
async fn a_network_that_is_down_is_waited_out() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.says(HELP, "one");
    bot.sink.said(1).await;
    bot.fake.cut();
    bot.sink
        .stood(|state| matches!(state, LoginState::Retrying { .. }))
        .await;
    bot.fake.says(HELP, "two");
    bot.fake.forget_sessions();
    bot.fake.says(HELP, "three");
    bot.fake.mend();
    assert_eq!(bot.sink.said(3).await, ["one", "two", "three"]);
    listening.stop().await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_heard_again() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.says(HELP, "one");
    bot.sink.said(1).await;
    bot.sink.refuses_once();
    bot.fake.says(HELP, "two");
    assert_eq!(listening.ended().await, Err("events could not be stored".to_owned()));
    let listening = bot.listen(bot.sink.cursor());
    assert_eq!(bot.sink.said(2).await, ["one", "two"]);
    listening.stop().await;
}

#[tokio::test]
async fn what_only_a_person_can_mend_stops_the_login_and_says_how() {
    let bot = Bot::on(Fake::start().await, "OTAw.Gtest1.another-token");
    let why = bot.listen(None).ended().await.unwrap_err();
    assert!(
        why.starts_with("bad credentials: ") && why.contains("Reset Token"),
        "{why}"
    );
    assert!(!why.contains("another-token"), "{why}");
    // What is to be sent waits for the new token.
    let waits = bot.deliver(HELP, send("Hello")).await;
    assert!(
        matches!(waits, Err(DeliveryError::Busy { whole_login: true, .. })),
        "{waits:?}"
    );

    let bot = Bot::new().await;
    bot.fake.refuses_next(4014);
    let why = bot.listen(None).ended().await.unwrap_err();
    assert!(
        why.starts_with("stopped: ") && why.contains("Message Content Intent"),
        "{why}"
    );
}

#[tokio::test]
async fn a_token_that_is_taken_back_while_the_bot_listens_is_bad_credentials() {
    // The gateway throws it out.
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.forget_sessions();
    bot.fake.refuses_next(4004);
    bot.fake.drop_connections();
    let why = listening.ended().await.unwrap_err();
    assert!(why.starts_with("bad credentials: Discord does not know"), "{why}");

    // Or something is to be sent first.
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.fails("POST channels/101/messages", Fault::Refuse(401, 0));
    bot.fake.fails("GET users/@me", Fault::Refuse(401, 0));
    let waits = bot.deliver(HELP, send("Hello")).await;
    assert!(
        matches!(waits, Err(DeliveryError::Busy { whole_login: true, .. })),
        "{waits:?}"
    );
    let why = listening.ended().await.unwrap_err();
    assert!(why.starts_with("bad credentials: Discord does not know"), "{why}");
}

#[tokio::test]
async fn one_request_that_is_refused_as_if_the_token_were_wrong_ends_nothing() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let asked = bot.fake.calls("GET users/@me").len();
    bot.fake.fails("POST channels/101/messages", Fault::Refuse(401, 0));
    bot.deliver(HELP, send("Hello")).await.unwrap_err();
    bot.fake.called("GET users/@me", asked + 1).await;
    bot.fake.says(HELP, "one");
    assert_eq!(bot.sink.said(1).await, ["one"]);
    listening.stop().await;
}

#[tokio::test]
async fn a_press_is_acknowledged_once_it_is_stored() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = vec![press("Helpful", 1)];
    }
    bot.deliver(DIRECT, body).await.unwrap();
    let id = bot.fake.presses(&sent(&bot.fake, 0).await, "Helpful");
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Press { .. }), 1)
        .await;
    let EventBody::Press { button, .. } = &events[0].body else {
        panic!("{events:?}");
    };
    assert_eq!(*button, ButtonId(Uuid::from_u128(1)));
    let acknowledged = bot.fake.called(&format!("POST interactions/{id}/"), 1).await;
    assert_eq!(acknowledged[0].body["type"], 6, "the message stays as it is");
    listening.stop().await;
}

fn program(folder: &std::path::Path, fake: &Fake) -> Running {
    let config = format!(
        "[discord]\ntoken = \"env:TEST_DISCORD_TOKEN\"\napi_url = \"{}\"\n",
        fake.url()
    );
    std::fs::write(folder.join("switchboard.toml"), config).unwrap();
    let mut command = switchboard(
        folder,
        &["run", "--listen", "127.0.0.1:0", "--config", "switchboard.toml"],
    );
    command.env("TEST_DISCORD_TOKEN", TOKEN);
    Running::start_as(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_on_discord_is_answered_and_buttons_work_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    let question = fake.says(DIRECT, "How do I install a plugin?");
    let answer = sent(&fake, 0).await;
    let text = answer.body["content"].as_str().unwrap();
    assert!(text.contains("plugin"), "{text}");
    assert_eq!(answer.body["message_reference"]["message_id"], question.to_string());
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let running = program(folder.path(), &fake);
    let press = fake.presses(&answer, "A person, please");
    sent(&fake, 1).await;
    fake.called(&format!("POST interactions/{press}/"), 1).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(
        fake.calls("POST channels/107/messages").len(),
        2,
        "nothing is said twice"
    );
    assert_eq!(fake.identified().len(), 1, "the session outlived the program");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_from_the_menu_is_answered_in_its_place_and_only_where_the_bot_is_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    let menu = fake.called("PUT applications/900/commands", 1).await.remove(0).body;
    assert!(menu.to_string().contains("\"share\""), "{menu}");
    let elsewhere = fake.commands(HELP, "share", json!([]));
    let refused = fake
        .called(&format!("POST interactions/{elsewhere}/"), 1)
        .await
        .remove(0)
        .body;
    assert_eq!(
        (refused["type"].as_u64(), refused["data"]["flags"].as_u64()),
        (Some(4), Some(64)),
        "{refused}"
    );
    fake.commands(DIRECT, "share", json!([]));
    let filled = fake.called("PATCH webhooks/900/", 1).await.remove(0).body;
    assert_ne!(filled["content"], "");
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert!(fake.calls("POST channels/107/messages").is_empty(), "it is said once");
}

/// Changes how a channel is listed, as an admin does with a file; answers what was there before.
fn relist(folder: &std::path::Path, channel: u64, changes: &[(&str, &str)]) -> String {
    // An export does not overwrite.
    let _ = std::fs::remove_dir_all(folder.join("out"));
    check(&done(folder, &["export", "out"]), 0, "out/community.toml");
    let file = folder.join("out/community.toml");
    let listed = std::fs::read_to_string(&file).unwrap();
    let native = format!("native = \"{channel}\"");
    let (before, behind) = listed.split_once(&native).expect("the channel is listed");
    let mut behind = behind.to_owned();
    for (from, to) in changes {
        behind = behind.replacen(from, to, 1);
    }
    std::fs::write(&file, format!("{before}{native}{behind}")).unwrap();
    check(&done(folder, &["apply", "out"]), 0, "Applied");
    listed
}

/// Switches the channel on or off.
fn switch(folder: &std::path::Path, channel: u64, on: bool) -> String {
    relist(
        folder,
        channel,
        &[(&format!("enabled = {}", !on), &format!("enabled = {on}"))],
    )
}

/// Switches the channel on, and the bot reads there what is not meant for it.
fn listen_in(folder: &std::path::Path, channel: u64) {
    relist(
        folder,
        channel,
        &[
            ("enabled = false", "enabled = true"),
            ("overheard = false", "overheard = true"),
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guilds_channels_are_listed_and_answer_once_they_are_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    let asked = format!("<@{BOT}> How do I install a plugin?");
    fake.says(HELP, &asked);
    // Answered alone, so what came before has been heard.
    fake.says(DIRECT, "How do I install a plugin?");
    sent(&fake, 0).await;
    let listed = switch(folder.path(), HELP, true);
    assert!(
        listed.contains("Gardeners / #help") && listed.contains("Gardeners / #questions"),
        "{listed}"
    );

    fake.says(HELP, "How do I install a plugin?");
    let question = fake.says(HELP, &asked);
    let answer = fake.called("POST channels/101/messages", 1).await.remove(0);
    // Asked while it was switched off, of everybody, and of the bot.
    assert_eq!(answer.body["message_reference"]["message_id"], question.to_string());
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(fake.calls("POST channels/101/messages").len(), 1);
    let status = done(folder.path(), &["check", "--config", "switchboard.toml"]);
    check(&status, 78, "`TEST_DISCORD_TOKEN` is not set");
}
