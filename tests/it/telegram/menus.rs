//! The menus of private chats and groups, in several languages.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::command::{Command, Menu, MenuPlace, Wording};

use super::fake::{Fake, Fault, sent};
use super::{Bot, place_ref, program, stored, switch};

fn command(name: &str, direct: bool) -> Command {
    Command {
        name: name.to_owned(),
        help: Wording::new(
            "Post a tip",
            BTreeMap::from([("de".to_owned(), "Einen Tipp posten".to_owned())]),
        ),
        options: Vec::new(),
        private: false,
        direct,
    }
}

fn menu(groups: &[(&str, bool)]) -> Menu {
    let place = |(id, enabled): &(&str, bool)| MenuPlace {
        native: place_ref(id),
        space: None,
        enabled: *enabled,
    };
    Menu {
        commands: vec![
            command("share", false),
            command("link", true),
            command("with-a-hyphen", false),
        ],
        places: groups.iter().map(place).collect(),
        withdrawn: false,
    }
}

fn group(id: i64) -> Value {
    json!({"type": "chat", "chat_id": id})
}

fn private() -> Value {
    json!({"type": "all_private_chats"})
}

/// Names and texts of a list, in a line.
fn shown(fake: &Fake, scope: &Value, language: Option<&str>) -> String {
    let list = fake.menu(scope, language);
    let lines = list.as_array().unwrap().iter();
    let lines: Vec<String> = lines
        .map(|line| {
            format!(
                "{}: {}",
                line["command"].as_str().unwrap(),
                line["description"].as_str().unwrap()
            )
        })
        .collect();
    lines.join(", ")
}

#[tokio::test]
async fn private_chats_and_groups_show_what_is_answered_there_in_each_language_and_each_change_is_written_once() {
    let bot = Bot::new().await;
    // As an earlier release left it.
    let earlier =
        json!({"scope": {"type": "default"}, "commands": [{"command": "share", "description": "Post a tip"}]});
    bot.fake.writes("SetMyCommands", earlier);
    for _ in 0..2 {
        bot.telegram
            .offer(&menu(&[("-100", true), ("-200", false)]))
            .await
            .unwrap();
    }
    assert_eq!(
        shown(&bot.fake, &private(), None),
        "share: Post a tip, link: Post a tip"
    );
    assert_eq!(
        shown(&bot.fake, &private(), Some("de")),
        "share: Einen Tipp posten, link: Einen Tipp posten"
    );
    assert_eq!(shown(&bot.fake, &group(-100), None), "share: Post a tip");
    assert_eq!(shown(&bot.fake, &group(-100), Some("de")), "share: Einen Tipp posten");
    for nothing in [group(-200), json!({"type": "default"})] {
        assert_eq!(shown(&bot.fake, &nothing, None), "", "{nothing}");
    }
    let writes = |bot: &Bot| {
        (
            bot.fake.calls("SetMyCommands").len(),
            bot.fake.calls("DeleteMyCommands").len(),
        )
    };
    // The earlier one is the first.
    assert_eq!(writes(&bot), (5, 1));
    // The next run reads, and has nothing to write.
    let next = Bot::on(bot.fake, super::TOKEN);
    next.telegram
        .offer(&menu(&[("-100", true), ("-200", false)]))
        .await
        .unwrap();
    assert_eq!(writes(&next), (5, 1));
    next.telegram
        .offer(&menu(&[("-100", false), ("-200", false)]))
        .await
        .unwrap();
    assert_eq!(writes(&next), (5, 3));
    assert_eq!(shown(&next.fake, &group(-100), Some("de")), "");
}

#[tokio::test]
async fn a_chat_that_takes_no_menu_keeps_no_other_waiting_and_a_flood_is_waited_for() {
    let bot = Bot::new().await;
    let offered = menu(&[("-100", true), ("-900", true)]);
    bot.fake
        .fails("GetMyCommands", Fault::Refuse(400, "Bad Request: BOT_COMMANDS_CHANNEL"));
    bot.fake
        .fails("GetMyCommands", Fault::Refuse(400, "Bad Request: BOT_COMMANDS_CHANNEL"));
    bot.fake.fails("SetMyCommands", Fault::Flood(7));
    let error = bot.telegram.offer(&offered).await.unwrap_err();
    assert!(
        matches!(error, DeliveryError::Busy { retry_after, .. } if retry_after.as_secs() == 7),
        "{error:?}"
    );
    bot.telegram.offer(&offered).await.unwrap();
    // The first list that it asked for was that of the channel.
    assert_eq!(shown(&bot.fake, &group(-900), None), "");
    assert_eq!(shown(&bot.fake, &group(-100), None), "share: Post a tip");
    assert_eq!(
        shown(&bot.fake, &private(), None),
        "share: Post a tip, link: Post a tip"
    );
    let asked = bot.fake.calls("GetMyCommands");
    let of_channel = asked.iter().filter(|asked| asked["scope"] == group(-900));
    assert_eq!(of_channel.count(), 2, "it is asked once for each language");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_a_group_on_and_off_changes_its_menu_while_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    stored(&fake, fake.adds_bot(-100)).await;
    fake.says(7, "/start");
    sent(&fake, 0).await;
    switch(folder.path(), -100, true);
    let written = |asked: &Value| asked["scope"] == group(-100) && asked["language_code"].is_null();
    fake.asked("SetMyCommands", written).await;
    let names = shown(&fake, &group(-100), None);
    assert!(
        names.starts_with("help: What the bot does here") && !names.contains("link:"),
        "{names}"
    );
    switch(folder.path(), -100, false);
    fake.asked("DeleteMyCommands", written).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    let german = shown(&fake, &private(), Some("de"));
    for line in [
        "help: Was der Bot",
        "share: Einen Tipp, eine Frage",
        "human: Einen Menschen aus dem Team holen",
    ] {
        assert!(german.contains(line), "{german}");
    }
}
