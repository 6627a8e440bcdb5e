//! The doctor on Discord: what it finds with the bot, its guild and its channels, and what it says to do about it.

use switchboard::connectors::Connector as _;
use switchboard::model::directory::Place;

use super::fake::{Fake, Fault, HELP, TOKEN};
use super::{Bot, program};
use crate::support::examined::{found, overheard, place};
use crate::support::program::{check, done, switchboard};

const HELP_NAME: &str = "Gardeners / #help";

fn help() -> Place {
    place("discord", &HELP.to_string(), HELP_NAME)
}

#[tokio::test]
async fn a_bot_that_may_do_its_work_is_fine() {
    let bot = Bot::new().await;
    bot.fake.set_flags(1 << 15 | 1 << 19);
    let examination = bot.discord.examine(&[help()]).await;
    let about: Vec<_> = examination
        .diagnoses
        .iter()
        .map(|diagnosis| diagnosis.about.as_str())
        .collect();
    let expected = [
        "token",
        "message content intent",
        "server members intent",
        "clock",
        HELP_NAME,
    ];
    assert_eq!(about, expected);
    assert!(
        examination
            .diagnoses
            .iter()
            .all(|diagnosis| diagnosis.health.word() == "fine"),
        "{examination:?}"
    );
    let known_as = examination.known_as.unwrap();
    assert_eq!(known_as.name, "our-bot");
    assert!(known_as.address.contains("client_id=900"), "{}", known_as.address);
    // It looks, and does nothing else.
    assert!(bot.fake.calls("").iter().all(|call| call.what.starts_with("GET ")));
}

#[tokio::test]
async fn what_the_bot_lacks_in_a_channel_is_named_with_the_way_to_give_it() {
    let bot = Bot::new().await;
    bot.fake.denies(1 << 11 | 1 << 6);
    let examination = bot.discord.examine(&[help()]).await;
    found(
        &examination,
        HELP_NAME,
        "failure",
        "lacks *Send Messages*, *Add Reactions* here",
    );
    found(
        &examination,
        HELP_NAME,
        "failure",
        "allow the bot's role *Send Messages*",
    );
}

#[tokio::test]
async fn a_missing_intent_is_a_failure_only_where_it_is_needed() {
    let bot = Bot::new().await;
    bot.fake.set_flags(0);
    let examination = bot.discord.examine(&[help()]).await;
    found(
        &examination,
        "message content intent",
        "warning",
        "applications/900/bot",
    );
    found(&examination, "server members intent", "warning", "who comes and goes");
    let read = overheard("discord", &HELP.to_string(), HELP_NAME);
    let examination = bot.discord.examine(&[read]).await;
    found(&examination, "message content intent", "failure", "#help is overheard");
}

#[tokio::test]
async fn a_channel_that_is_gone_and_a_guild_that_shut_the_bot_out_are_told_apart() {
    let bot = Bot::new().await;
    let gone = place("discord", "999", "gone");
    bot.fake.fails("GET guilds/100/members/", Fault::Refuse(403, 50_001));
    let examination = bot.discord.examine(&[gone, help()]).await;
    found(&examination, "gone", "failure", "no longer exists");
    found(&examination, HELP_NAME, "failure", "invite the bot again");
    bot.fake
        .fails("GET applications/900/guilds/100/commands", Fault::Refuse(403, 50_001));
    let examination = bot.discord.examine(&[help()]).await;
    found(&examination, "Gardeners", "warning", "scope applications.commands");
}

#[tokio::test]
async fn a_wrong_token_and_a_platform_out_of_reach_are_one_line_each() {
    let wrong = Bot::on(Fake::start().await, "OTAw.wrong.a-token_that-is-wrong");
    let examination = wrong.discord.examine(&[help()]).await;
    assert_eq!(examination.diagnoses.len(), 1);
    found(&examination, "token", "failure", "*Reset Token*");
    let bot = Bot::new().await;
    bot.fake.cut();
    let examination = bot.discord.examine(&[help()]).await;
    assert_eq!(examination.diagnoses.len(), 1);
    found(&examination, "connection", "failure", "discord.api_url");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_works_beside_the_running_program_and_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    let config = ["--config", "switchboard.toml"];
    let asked = |command: &[&str]| {
        let arguments = [command, &config].concat();
        switchboard(folder.path(), &arguments)
            .env("TEST_DISCORD_TOKEN", TOKEN)
            .output()
            .unwrap()
    };
    // The running program has its token, whatever the surroundings of the command are.
    let beside = done(folder.path(), &[&["doctor"][..], &config].concat());
    check(&beside, 0, "fine     login: it is connected");
    check(&beside, 0, "fine     token: Discord knows it: the bot is our-bot");
    check(&beside, 0, "Switchboard answers at http://127.0.0.1:");
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let alone = asked(&["doctor", "--json"]);
    check(&alone, 0, r#""about":"token""#);
    let rows: serde_json::Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert!(
        rows.as_array().unwrap().iter().all(|row| row["health"] == "fine"),
        "{rows}"
    );
    let unset = done(folder.path(), &[&["doctor"][..], &config].concat());
    check(&unset, 1, "`TEST_DISCORD_TOKEN` is not set");
    check(&unset, 1, "fix: put the token there");
    check(&unset, 1, "hint: mend them");
    fake.cut();
    check(
        &asked(&["doctor"]),
        1,
        "failure  connection: the connection to Discord was cut",
    );
    assert_eq!(
        fake.identified().len(),
        1,
        "the doctor needs no connection to the gateway"
    );
}
