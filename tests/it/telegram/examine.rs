//! The doctor on Telegram: what it finds with the bot, its webhook and its chats, and what it says to do about it.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::Connector as _;
use switchboard::connectors::examination::Examination;

use super::fake::{Fake, Fault};
use super::{Bot, program};
use crate::support::examined::{found, overheard, place};
use crate::support::program::{check, done};

/// By the system's clock, as the fake's server tells it.
async fn bot() -> Bot {
    let bot = Bot::new().await;
    let now = SystemClock::new().now();
    bot.clock.advance(now.since(super::NOW));
    bot
}

/// What is found with a bot that stands so in a group that is overheard, or in another chat.
async fn standing(member: Value, chat: &str) -> Examination {
    let bot = bot().await;
    bot.fake.stands(member);
    bot.telegram.examine(&[overheard("telegram", chat, "Help")]).await
}

#[tokio::test]
async fn a_bot_that_may_do_its_work_is_fine() {
    let bot = bot().await;
    let examination = bot.telegram.examine(&[place("telegram", "-100", "Help")]).await;
    for (about, part) in [
        ("token", "the bot is @our_bot"),
        ("privacy mode", "it is on"),
        ("webhook", "none"),
        ("clock", "agrees with Telegram's"),
        ("Help", "a member and may write"),
    ] {
        found(&examination, about, "fine", part);
    }
    assert_eq!(examination.known_as.unwrap().address, "https://t.me/our_bot");
    assert_eq!(
        bot.fake.calls("DeleteWebhook").len(),
        0,
        "it looks, and changes nothing"
    );
}

#[tokio::test]
async fn how_the_bot_stands_in_a_chat_decides() {
    let member = json!({"status": "member"});
    let examination = standing(member.clone(), "-100").await;
    found(&examination, "Help", "failure", "/setprivacy");
    let administrator = json!({"status": "administrator", "is_anonymous": false, "can_be_edited": false,
        "can_manage_chat": true, "can_change_info": false, "can_delete_messages": true, "can_manage_video_chats": false,
        "can_invite_users": false, "can_restrict_members": false, "can_promote_members": false});
    let examination = standing(administrator.clone(), "-100").await;
    found(&examination, "Help", "fine", "administrator");
    let examination = standing(administrator.clone(), "-900").await;
    found(&examination, "Help", "failure", "right to post messages");
    let mut poster = administrator;
    poster["can_post_messages"] = json!(true);
    found(&standing(poster, "-900").await, "Help", "fine", "may post");
    found(&standing(member, "-900").await, "Help", "failure", "administrator");
    found(
        &standing(json!({"status": "left"}), "-100").await,
        "Help",
        "failure",
        "not in this chat any more",
    );
}

#[tokio::test]
async fn a_group_that_is_silent_or_shut_the_bot_out_is_a_failure() {
    let bot = bot().await;
    bot.fake.silences();
    let group = [place("telegram", "-100", "Help")];
    found(
        &bot.telegram.examine(&group).await,
        "Help",
        "failure",
        "may not write here",
    );
    let kicked = "Forbidden: bot was kicked from the supergroup chat";
    bot.fake.fails("GetChatMember", Fault::Refuse(403, kicked));
    found(
        &bot.telegram.examine(&group).await,
        "Help",
        "failure",
        "add it again, or switch it off",
    );
}

#[tokio::test]
async fn a_webhook_of_somebody_else_is_told_without_its_secret() {
    let bot = bot().await;
    bot.fake.has_webhook(
        json!({"url": "https://bots.example.net/test-token", "has_custom_certificate": false,
        "pending_update_count": 2}),
    );
    let examination = bot.telegram.examine(&[]).await;
    found(&examination, "webhook", "warning", "bots.example.net");
}

#[tokio::test]
async fn a_wrong_token_a_platform_out_of_reach_and_a_wrong_clock_are_told() {
    let wrong = Bot::on(Fake::start().await, "900:wrong");
    let examination = wrong.telegram.examine(&[]).await;
    assert_eq!(examination.diagnoses.len(), 1);
    found(&examination, "token", "failure", "@BotFather");
    let bot = bot().await;
    bot.fake.fails("GetMe", Fault::Cut);
    let examination = bot.telegram.examine(&[]).await;
    assert_eq!(examination.diagnoses.len(), 1);
    found(&examination, "connection", "failure", "telegram.api_url");
    bot.clock.advance(Duration::from_hours(1));
    found(
        &bot.telegram.examine(&[]).await,
        "clock",
        "failure",
        "s ahead of Telegram's",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_looks_at_the_places_that_are_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    let update = fake.adds_bot(-100);
    super::stored(&fake, update).await;
    super::switch_on(folder.path(), -100);
    fake.stands(json!({"status": "left"}));
    let doctor = || done(folder.path(), &["doctor", "--config", "switchboard.toml"]);
    check(&doctor(), 1, "failure  Help: the bot is not in this chat any more");
    check(&doctor(), 1, "fix: add it again, or switch it off");
    assert_eq!(running.stop(), Some(0));
    std::fs::write(folder.path().join("switchboard.toml"), "").unwrap();
    check(
        &doctor(),
        0,
        "warning  places: Help is switched on, but telegram is not connected",
    );
}
