//! The menus of guilds and of direct chats.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use switchboard::connectors::logins::LoginState;
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::command::{Command, CommandOption, Menu, MenuPlace, Wording};

use super::fake::menus::{DIRECT_MENU, GUILD_MENU, list_of};
use super::fake::{DIRECT, Fake, Fault, HELP, sent};
use super::{Bot, place, program, switch};
use crate::support::program::done;

fn command(name: &str, direct: bool) -> Command {
    let german = |text: &str| BTreeMap::from([("de".to_owned(), text.to_owned())]);
    Command {
        name: name.to_owned(),
        help: Wording::new("Post a tip", german("Einen Tipp posten")),
        options: vec![CommandOption {
            name: "kind".to_owned(),
            label: Wording::new("tip or link", german("tip oder link")),
            required: false,
        }],
        private: false,
        direct,
    }
}

/// Switched on in these guilds, and known in those.
fn menu(on: &[u64], off: &[u64]) -> Menu {
    let of = |guild: &u64, enabled| MenuPlace {
        native: place(HELP + guild),
        space: Some(guild.to_string()),
        enabled,
    };
    let on = on.iter().map(|guild| of(guild, true));
    Menu {
        commands: vec![command("share", false), command("link", true)],
        places: on.chain(off.iter().map(|guild| of(guild, false))).collect(),
        withdrawn: false,
    }
}

#[tokio::test]
async fn each_guild_in_which_it_answers_shows_the_commands_and_each_change_is_written_once() {
    let bot = Bot::new().await;
    for _ in 0..2 {
        bot.discord.offer(&menu(&[100], &[])).await.unwrap();
    }
    let of_guild = bot.fake.calls(&format!("PUT {GUILD_MENU}"));
    let shown = json!([{"name": "share", "description": "Post a tip", "description_localizations": {"de": "Einen Tipp posten"},
        "type": 1, "options": [{"name": "kind", "description": "tip or link",
            "description_localizations": {"de": "tip oder link"}, "type": 3, "required": false}]}]);
    assert_eq!((of_guild.len(), &of_guild[0].body), (1, &shown));
    // What works in direct chats alone, and what works there, too: nobody sees it twice.
    let direct = bot.fake.calls(&format!("PUT {DIRECT_MENU}"));
    assert_eq!(direct.len(), 1);
    for (command, name) in direct[0].body.as_array().unwrap().iter().zip(["link", "share"]) {
        assert_eq!(
            (&command["name"], &command["contexts"], &command["integration_types"]),
            (&json!(name), &json!([1]), &json!([0]))
        );
    }
    // The next run reads, and has nothing to write.
    let next = Bot::on(bot.fake, super::TOKEN);
    next.discord.offer(&menu(&[100], &[])).await.unwrap();
    assert_eq!(next.fake.calls("PUT applications/").len(), 2);
}

#[tokio::test]
async fn a_guild_where_it_is_switched_off_shows_no_command_and_keeps_what_is_not_ours() {
    let bot = Bot::new().await;
    let report = json!({"name": "Report", "description": "", "type": 3});
    bot.fake.registers(GUILD_MENU, &json!([report]));
    bot.discord.offer(&menu(&[100], &[])).await.unwrap();
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["share", "Report"]);
    bot.discord.offer(&menu(&[], &[100])).await.unwrap();
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["Report"]);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
}

#[tokio::test]
async fn the_list_of_an_earlier_release_for_all_guilds_is_narrowed_to_direct_chats() {
    let bot = Bot::new().await;
    let earlier = json!([{"name": "link", "description": "Post a tip", "options": []},
                         {"name": "share", "description": "Post a tip", "options": []}]);
    bot.fake.registers(DIRECT_MENU, &earlier);
    bot.discord.offer(&menu(&[100], &[])).await.unwrap();
    let calls: Vec<String> = bot.fake.calls("PUT ").into_iter().map(|call| call.what).collect();
    assert_eq!(
        calls,
        [format!("PUT {GUILD_MENU}"), format!("PUT {DIRECT_MENU}")],
        "nothing is missing meanwhile"
    );
    let narrowed = bot.fake.menu(DIRECT_MENU);
    assert!(
        narrowed
            .as_array()
            .unwrap()
            .iter()
            .all(|command| command["contexts"] == json!([1])),
        "{narrowed}"
    );
}

#[tokio::test]
async fn a_guild_that_lets_no_commands_in_keeps_no_other_waiting_and_is_named_until_it_does() {
    let bot = Bot::new().await;
    bot.fake.invites(200);
    let listening = bot.hears().await;
    let refused = "GET applications/900/guilds/100/commands";
    bot.fake.fails(refused, Fault::Refuse(403, 50_001));
    bot.discord.offer(&menu(&[100, 200], &[])).await.unwrap();
    assert_eq!(bot.fake.names_in(&list_of(200)), ["share"]);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
    let is_named = |state: &LoginState| {
        let line = state.line();
        line.contains("the menu of Gardeners lacks its commands") && line.contains("applications.commands&permissions=")
    };
    bot.sink.stands(is_named).await;
    bot.discord.offer(&menu(&[100, 200], &[])).await.unwrap();
    bot.sink.stands(|state| *state == LoginState::Connected).await;
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["share"]);
    listening.stop().await;
}

/// A line for each list to which something was written, or was to be.
fn told(bot: &Bot) -> Vec<String> {
    let changes = bot.discord.menu_changes().unwrap();
    let lines = changes.iter().map(|change| format!("{}: {change}", change.of));
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_menu_that_was_not_written_shows_so_whatever_went_wrong() {
    const GUILD: &str = "PUT applications/900/guilds/100/commands";
    const DIRECT_CHATS: &str = "PUT applications/900/commands";
    let faults = [
        Fault::Refuse(502, 0),
        Fault::Flood(0.1, false),
        Fault::Flood(0.1, true),
        Fault::Refuse(401, 0),
        Fault::Cut,
    ];
    for fault in faults {
        for (list, of) in [(GUILD, "Gardeners: "), (DIRECT_CHATS, "direct chats: ")] {
            let bot = Bot::new().await;
            bot.fake.fails(list, fault.clone());
            bot.discord.offer(&menu(&[100], &[])).await.unwrap_err();
            let lines = told(&bot);
            let line = lines.iter().find(|line| line.starts_with(of)).unwrap();
            assert!(line.contains("; not taken: "), "{fault:?}: {line}");
        }
    }
}

#[tokio::test]
async fn what_was_written_to_each_menu_is_told_and_what_discord_does_not_take_with_the_reason() {
    let bot = Bot::new().await;
    let told = || told(&bot);
    assert_eq!(told(), [""; 0]);
    let old = json!({"name": "old", "description": "Old", "options": []});
    bot.fake.registers(GUILD_MENU, &json!([old]));
    bot.discord.offer(&menu(&[100], &[])).await.unwrap();
    let direct = "direct chats: adds /link, /share";
    assert_eq!(told(), ["Gardeners: adds /share; removes /old", direct]);
    bot.fake
        .fails("PUT applications/900/guilds/100/commands", Fault::Refuse(400, 50_035));
    bot.discord.offer(&menu(&[], &[100])).await.unwrap();
    let refused = told();
    assert!(
        refused[0].starts_with("Gardeners: removes /share; not taken: "),
        "{refused:?}"
    );
    bot.discord.offer(&menu(&[], &[100])).await.unwrap();
    assert_eq!(told(), ["Gardeners: removes /share", direct]);
}

#[tokio::test]
async fn a_fault_in_between_is_told_and_what_was_done_is_not_done_again() {
    let bot = Bot::new().await;
    bot.fake.invites(200);
    bot.fake
        .fails("PUT applications/900/guilds/200/commands", Fault::Refuse(502, 0));
    bot.discord.offer(&menu(&[100, 200], &[])).await.unwrap_err();
    assert!(bot.fake.menu(DIRECT_MENU).as_array().unwrap().is_empty());
    bot.discord.offer(&menu(&[100, 200], &[])).await.unwrap();
    assert_eq!(bot.fake.calls(&format!("GET {GUILD_MENU}")).len(), 1);
    assert_eq!(bot.fake.names_in(&list_of(200)), ["share"]);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
}

#[tokio::test]
async fn a_guild_whose_limit_is_reached_keeps_no_other_guild_waiting() {
    let bot = Bot::new().await;
    bot.fake.invites(200);
    bot.fake
        .fails("GET applications/900/guilds/100/commands", Fault::Flood(60.0, false));
    let wait = bot.discord.offer(&menu(&[100, 200], &[])).await.unwrap_err();
    assert!(matches!(wait, DeliveryError::Busy { .. }), "{wait:?}");
    assert_eq!(bot.fake.names_in(&list_of(200)), ["share"]);
    assert!(
        bot.fake.menu(DIRECT_MENU).as_array().unwrap().is_empty(),
        "the list of before stands for the guild that waits"
    );
}

#[tokio::test]
async fn a_list_whose_new_commands_of_a_day_are_used_up_keeps_no_other_waiting_and_says_when_it_is_tried_again() {
    let bot = Bot::new().await;
    bot.fake.invites(200);
    let listening = bot.hears().await;
    let of_guild = "PUT applications/900/guilds/100/commands";
    bot.fake.fails(of_guild, Fault::Spent(Some(60.0)));
    let wanted = menu(&[100, 200], &[]);
    let offer = || bot.discord.offer(&wanted);
    assert_eq!(offer().await.unwrap(), Some(Duration::from_mins(1)));
    assert_eq!(bot.fake.names_in(&list_of(200)), ["share"]);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
    let is_named = |state: &LoginState| {
        let line = state.line();
        line.contains("the menu of Gardeners lacks its commands: Discord takes 200 new commands a day")
            && line.contains("the next try is at 20")
    };
    bot.sink.stands(is_named).await;
    // Where Discord does not say it, it is the next day.
    bot.fake.fails(of_guild, Fault::Spent(None));
    assert_eq!(offer().await.unwrap(), Some(Duration::from_hours(24)));
    assert_eq!(offer().await.unwrap(), None);
    bot.sink.stands(|state| *state == LoginState::Connected).await;
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["share"]);
    listening.stop().await;
}

#[tokio::test]
async fn the_menu_of_direct_chats_may_be_used_up_too() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.fails("PUT applications/900/commands", Fault::Spent(Some(9.5)));
    let wanted = menu(&[100], &[]);
    let offer = || bot.discord.offer(&wanted);
    assert_eq!(offer().await.unwrap(), Some(Duration::from_millis(9_500)));
    let is_named = |state: &LoginState| state.line().contains("the menu of direct chats lacks its commands");
    bot.sink.stands(is_named).await;
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["share"]);
    assert_eq!(offer().await.unwrap(), None);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
    listening.stop().await;
}

#[tokio::test]
async fn a_menu_of_direct_chats_that_is_refused_is_named_and_what_a_guild_waits_for_is_not_forgotten() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake
        .fails("PUT applications/900/guilds/100/commands", Fault::Spent(Some(60.0)));
    bot.fake
        .fails("PUT applications/900/commands", Fault::Refuse(400, 50_035));
    let wanted = menu(&[100], &[]);
    let offer = || bot.discord.offer(&wanted);
    assert_eq!(offer().await.unwrap(), Some(Duration::from_mins(1)));
    let are_named = |state: &LoginState| {
        let line = state.line();
        line.contains("the menu of direct chats, Gardeners lacks its commands")
    };
    bot.sink.stands(are_named).await;
    assert_eq!(offer().await.unwrap(), None);
    bot.sink.stands(|state| *state == LoginState::Connected).await;
    assert_eq!(bot.fake.names_in(GUILD_MENU), ["share"]);
    assert_eq!(bot.fake.names_in(DIRECT_MENU), ["link", "share"]);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_menu_is_written_when_discord_takes_commands_again_although_nothing_else_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    fake.shows(DIRECT_MENU, &["help", "human", "link", "plugin", "share", "unlink"])
        .await;
    // Answered, so the guild that was told of before is listed, and nothing else is on its way.
    fake.says(DIRECT, "How do I install a plugin?");
    sent(&fake, 0).await;
    fake.fails("PUT applications/900/guilds/100/commands", Fault::Spent(Some(0.2)));
    switch(folder.path(), HELP, true);
    fake.shows(GUILD_MENU, &["help", "human", "share"]).await;
    assert_eq!(fake.calls("PUT applications/900/guilds/100/commands").len(), 2);
    running.terminate();
    assert_eq!(running.ended(), Some(0));
}

#[tokio::test]
async fn a_guild_that_invites_the_bot_again_gets_its_commands_again() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.invites(200);
    bot.sink.moved(1).await;
    bot.discord.offer(&menu(&[200], &[100])).await.unwrap();
    bot.fake.removes(200);
    bot.sink.moved(2).await;
    bot.fake.invites(200);
    bot.sink.moved(3).await;
    bot.discord.offer(&menu(&[200], &[100])).await.unwrap();
    assert_eq!(bot.fake.names_in(&list_of(200)), ["share"]);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_a_channel_on_and_off_changes_the_menu_of_its_guild_while_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    fake.shows(DIRECT_MENU, &["help", "human", "link", "plugin", "share", "unlink"])
        .await;
    assert!(fake.names_in(GUILD_MENU).is_empty());
    // Answered, so the guild that was told of before is listed.
    fake.says(DIRECT, "How do I install a plugin?");
    sent(&fake, 0).await;
    switch(folder.path(), HELP, true);
    fake.shows(GUILD_MENU, &["help", "human", "share"]).await;
    switch(folder.path(), HELP, false);
    fake.shows(GUILD_MENU, &[]).await;
    let logins = || String::from_utf8(done(folder.path(), &["logins"]).stdout).unwrap();
    let told = "removes /help, /human, /share";
    let shown = (0..1_000).map(|_| logins()).find(|shown| {
        shown
            .lines()
            .any(|line| line.contains("of Gardeners, 20") && line.ends_with(told))
    });
    assert!(shown.is_some(), "{}", logins());
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    let help = fake.menu(DIRECT_MENU)[0].clone();
    assert_eq!(
        help["description_localizations"]["de"],
        "Was der Bot hier tut und wie Sie einen Menschen erreichen"
    );
}
