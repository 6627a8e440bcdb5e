//! How the bot's login stands while it runs: what it waits for and until when, and what only a person can mend.

use std::time::Duration;

use switchboard::connectors::logins::LoginState;

use super::fake::{Fake, Fault, sent};
use super::{Bot, NOW, program};
use crate::support::program::{check, done};

#[tokio::test]
async fn a_token_that_is_taken_back_while_the_bot_listens_is_bad_credentials() {
    let bot = Bot::new().await;
    bot.fake.says(7, "one");
    let listening = bot.listen(None);
    bot.sink.told(1).await;
    // The next poll waits already, and is ended by what is said.
    bot.fake.called("GetUpdates", 2).await;
    bot.fake.fails("GetUpdates", Fault::Refuse(401, "Unauthorized"));
    bot.fake.says(7, "two");
    let why = listening.ended().await.unwrap_err();
    assert!(why.starts_with("bad credentials: Telegram does not know"), "{why}");
    assert_eq!(bot.sink.told(2).await, ["one", "two"]);
}

#[tokio::test]
async fn a_fault_that_is_waited_out_says_why_and_until_when() {
    let bot = Bot::new().await;
    bot.fake.fails("GetUpdates", Fault::Flood(7));
    let listening = bot.listen(None);
    let expected = LoginState::Retrying {
        reason: "Telegram asks to wait".to_owned(),
        next: NOW + Duration::from_secs(7),
    };
    bot.sink.stood(|state| *state == expected).await;
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_taken_back_shows_in_the_logins_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.says(7, "How do I install a plugin?");
    sent(&fake, 0).await;
    let logins = || String::from_utf8(done(folder.path(), &["logins"]).stdout).unwrap();
    let before = logins();
    // What the answer took is coming back while this is asked.
    let level = before.lines().find(|line| line.contains("over all places"));
    assert!(
        level.is_some_and(|line| line.contains("of 24 over all places")),
        "{before}"
    );
    assert!(before.contains("ms from when that happened"), "{before}");
    assert!(
        before.contains("hear of reactions, but in groups only where it is an administrator"),
        "{before}"
    );
    fake.fails("GetUpdates", Fault::Refuse(401, "Unauthorized"));
    fake.says(7, "Thanks");
    let bad = "bad credentials: Telegram does not know this bot token: take the current one from @BotFather";
    let shown = (0..1_000).map(|_| logins()).find(|shown| shown.contains(bad));
    assert!(shown.is_some(), "{}", logins());
    check(&done(folder.path(), &["status"]), 0, bad);
    running.terminate();
    assert_eq!(running.ended(), Some(0));
}
