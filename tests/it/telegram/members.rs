//! Who comes and goes, however Telegram tells it.

use serde_json::json;
use switchboard::model::EventBody;
use switchboard::model::event::{Membership, Source};

use super::Bot;

/// What members did so far, of which there are so many events.
async fn heard(bot: &Bot, count: usize) -> Vec<(String, Membership)> {
    let events = bot.sink.events(|_| true, count).await;
    let member = events.iter().map(|event| match (&event.body, &event.source) {
        (
            EventBody::Member { change },
            Source::Platform {
                place,
                author: Some(who),
                ..
            },
        ) => (format!("{} in {}", who.name, place.native.id), *change),
        other => panic!("{other:?}"),
    });
    member.collect()
}

#[tokio::test]
async fn who_comes_or_goes_without_a_line_in_the_chat_is_heard_where_the_bot_is_an_administrator() {
    let bot = Bot::new().await;
    bot.fake.tells_standing(-900, ("left", "member"));
    bot.fake.tells_standing(-100, ("left", "member"));
    // Who is made an administrator was there before.
    bot.fake.tells_standing(-100, ("member", "creator"));
    bot.fake.tells_standing(-100, ("member", "left"));
    let listening = bot.listen(None);
    let expected = [
        ("Bob in -900".to_owned(), Membership::Joined),
        ("Bob in -100".to_owned(), Membership::Joined),
        ("Bob in -100".to_owned(), Membership::Left),
    ];
    assert_eq!(heard(&bot, 3).await, expected);
    listening.stop().await;
}

#[tokio::test]
async fn who_comes_is_told_twice_and_is_one_event_also_when_nothing_could_be_stored_at_first() {
    let bot = Bot::new().await;
    let bob = json!({"id": 8, "is_bot": false, "first_name": "Bob"});
    bot.fake.sends_in(-100, json!({"new_chat_members": [bob]}));
    bot.fake.tells_standing(-100, ("left", "member"));
    bot.fake.sends_in(-100, json!({"left_chat_member": bob}));
    bot.fake.tells_standing(-100, ("member", "left"));
    bot.sink.refuses_once();
    let listening = bot.listen(None);
    listening.ended().await.unwrap_err();
    let listening = bot.listen(None);
    let bob = || "Bob in -100".to_owned();
    let expected = [(bob(), Membership::Joined), (bob(), Membership::Left)];
    assert_eq!(heard(&bot, 2).await, expected);
    listening.stop().await;
}

#[tokio::test]
async fn who_is_banned_is_heard_so_also_behind_the_line_that_they_left() {
    let bot = Bot::new().await;
    let bob = json!({"id": 8, "is_bot": false, "first_name": "Bob"});
    let line = || bot.fake.sends_in(-100, json!({"left_chat_member": bob}));
    line();
    bot.fake.tells_standing(-100, ("member", "kicked"));
    // The line says nothing new about whoever is banned.
    line();
    bot.fake.tells_standing(-200, ("member", "kicked"));
    bot.fake.sends_in(-200, json!({"left_chat_member": bob}));
    bot.fake.tells_standing(-900, ("left", "member"));
    let listening = bot.listen(None);
    let expected = [
        ("Bob in -100".to_owned(), Membership::Left),
        ("Bob in -100".to_owned(), Membership::Banned),
        ("Bob in -200".to_owned(), Membership::Banned),
        ("Bob in -900".to_owned(), Membership::Joined),
    ];
    assert_eq!(heard(&bot, 4).await, expected);
    listening.stop().await;
}
