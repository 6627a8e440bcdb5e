//! Who keeps a chat: Telegram is asked, since it tells nothing of it with a message.

use std::time::Duration;

use switchboard::model::Event;
use switchboard::model::directory::Standing;
use switchboard::model::event::{EventBody, Source};
use switchboard::model::ids::NativeId;

use super::Bot;
use super::fake::Fault;

const GROUP: i64 = -100;
const CHANNEL: i64 = -900;
const OLGA: i64 = 71;
const ADAM: i64 = 72;
const BOB: i64 = 8;

/// How whoever did it stands there, and the roles that a community can name.
fn standing(event: &Event) -> (Standing, Vec<&str>) {
    match &event.source {
        Source::Platform { author: Some(who), .. } => (who.standing, who.roles.iter().map(NativeId::as_str).collect()),
        other => panic!("{other:?}"),
    }
}

fn is_message(event: &Event) -> bool {
    matches!(event.body, EventBody::Message(_))
}

/// The last of so many messages.
async fn last(bot: &Bot, count: usize) -> (Standing, Vec<String>) {
    let events = bot.sink.events(is_message, count).await;
    let (standing, roles) = standing(&events[count - 1]);
    (standing, roles.into_iter().map(str::to_owned).collect())
}

fn asked(bot: &Bot) -> usize {
    bot.fake.calls("GetChatAdministrators").len()
}

#[tokio::test]
async fn who_keeps_a_group_is_told_with_what_they_do_there() {
    let bot = Bot::new().await;
    bot.fake.stands_there(GROUP, OLGA, "creator");
    bot.fake.stands_there(GROUP, ADAM, "administrator");
    for who in [OLGA, ADAM, BOB] {
        bot.fake.says_as(GROUP, who, "hello");
    }
    let listening = bot.listen(None);
    let events = bot.sink.events(is_message, 3).await;
    let told: Vec<_> = events.iter().map(standing).collect();
    let expected = [
        (Standing::Keeper, vec!["creator", "administrator"]),
        (Standing::Keeper, vec!["administrator"]),
        (Standing::Member, vec![]),
    ];
    assert_eq!(told, expected);
    // They are keepers of that group alone.
    bot.fake.says_as(-200, OLGA, "hello");
    assert_eq!(last(&bot, 4).await.0, Standing::Member);
    bot.fake.says_as(GROUP, BOB, "hello again");
    assert_eq!(last(&bot, 5).await.0, Standing::Member);
    assert_eq!(asked(&bot), 2, "once for each group");
    // What it said counts for half an hour.
    bot.fake.stands_there(GROUP, BOB, "administrator");
    bot.clock.advance(Duration::from_mins(30));
    bot.fake.says_as(GROUP, BOB, "and again");
    assert_eq!(last(&bot, 6).await.0, Standing::Keeper);
    listening.stop().await;
}

#[tokio::test]
async fn a_chat_that_speaks_for_itself_keeps_what_is_its_own() {
    let bot = Bot::new().await;
    // An administrator who does not want to be named.
    bot.fake.speaks_in(GROUP, GROUP, "Be kind.");
    bot.fake
        .posts(CHANNEL, serde_json::json!({"text": "Version 3 is out."}));
    bot.fake.copies(CHANNEL, 5, GROUP, "Version 3 is out.");
    let listening = bot.listen(None);
    let events = bot.sink.events(is_message, 3).await;
    let told: Vec<_> = events.iter().map(standing).collect();
    let itself = (Standing::Keeper, vec!["administrator"]);
    assert_eq!(told, [itself.clone(), itself, (Standing::Keeper, vec![])]);
    assert_eq!(asked(&bot), 0);
    listening.stop().await;
}

#[tokio::test]
async fn a_channel_keeps_the_group_that_is_linked_with_it_and_no_other() {
    let bot = Bot::new().await;
    bot.fake.links(GROUP, CHANNEL);
    bot.fake.speaks_in(GROUP, CHANNEL, "We are the garden.");
    bot.fake.speaks_in(GROUP, -901, "Buy watches.");
    let listening = bot.listen(None);
    let events = bot.sink.events(is_message, 2).await;
    let told: Vec<_> = events.iter().map(|event| standing(event).0).collect();
    assert_eq!(told, [Standing::Keeper, Standing::Member]);
    assert_eq!(bot.fake.calls("GetChat").len(), 1);
    listening.stop().await;
}

#[tokio::test]
async fn a_change_that_an_administrator_is_told_counts_at_once() {
    let bot = Bot::new().await;
    let listening = bot.listen(None);
    bot.fake.says_as(GROUP, BOB, "hello");
    assert_eq!(last(&bot, 1).await.0, Standing::Member);
    bot.fake.tells_standing(GROUP, ("member", "creator"));
    bot.fake.says_as(GROUP, BOB, "look at me");
    assert_eq!(last(&bot, 2).await.0, Standing::Keeper);
    bot.fake.tells_standing(GROUP, ("creator", "member"));
    bot.fake.says_as(GROUP, BOB, "oh");
    assert_eq!(last(&bot, 3).await.0, Standing::Member);
    assert_eq!(asked(&bot), 1);
    listening.stop().await;
}

#[tokio::test]
async fn while_telegram_does_not_say_it_everybodys_standing_is_unknown() {
    let bot = Bot::new().await;
    bot.fake.fails(
        "GetChatAdministrators",
        Fault::Refuse(400, "Bad Request: member list is inaccessible"),
    );
    let listening = bot.listen(None);
    bot.fake.says_as(GROUP, BOB, "hello");
    assert_eq!(last(&bot, 1).await.0, Standing::Unknown);
    bot.fake.says_as(GROUP, BOB, "hello?");
    assert_eq!(last(&bot, 2).await.0, Standing::Unknown);
    assert_eq!(asked(&bot), 1, "not for each message");
    bot.clock.advance(Duration::from_mins(1));
    bot.fake.says_as(GROUP, BOB, "hello!");
    assert_eq!(last(&bot, 3).await.0, Standing::Member);
    // Where Telegram asks to wait longer, it is asked later.
    bot.fake.fails("GetChatAdministrators", Fault::Flood(300));
    bot.clock.advance(Duration::from_mins(30));
    bot.fake.says_as(GROUP, BOB, "still here");
    assert_eq!(last(&bot, 4).await.0, Standing::Unknown);
    bot.clock.advance(Duration::from_mins(2));
    bot.fake.says_as(GROUP, BOB, "and here");
    assert_eq!(last(&bot, 5).await.0, Standing::Unknown);
    assert_eq!(asked(&bot), 3);
    listening.stop().await;
}

#[tokio::test]
async fn what_is_said_does_not_wait_long_for_who_keeps_the_chat() {
    let bot = Bot::new().await;
    bot.fake.fails("GetChatAdministrators", Fault::Silence);
    let listening = bot.listen(None);
    bot.fake.says_as(GROUP, BOB, "hello");
    let soon = tokio::time::timeout(Duration::from_secs(10), last(&bot, 1)).await;
    assert_eq!(soon.expect("it does not wait").0, Standing::Unknown);
    listening.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_about_a_chat_that_is_not_kept_or_is_of_one_person() {
    let bot = Bot::new().await;
    let listening = bot.listen(None);
    bot.fake.says(7, "hello");
    assert_eq!(last(&bot, 1).await, (Standing::Untold, vec![]));
    bot.sink.keeps_nothing();
    bot.fake.says_as(GROUP, BOB, "hello");
    assert_eq!(last(&bot, 2).await.0, Standing::Unknown);
    assert_eq!(asked(&bot), 0);
    listening.stop().await;
}
