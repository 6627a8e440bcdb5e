//! Topics of a forum: a reaction lands in the topic of its message, which Telegram does not tell.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use switchboard::clock::SystemClock;
use switchboard::model::event::Source;
use switchboard::model::ids::PlaceRef;
use switchboard::model::{Event, EventBody};
use switchboard::storage::Page;
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::sqlite::{Options, SqliteStorage};

use super::fake::{Fake, marked, sent};
use super::{Bot, place_ref, program, send, stored, switch_on};

const FORUM: i64 = -600;

/// Something that is said in topic 4.
fn in_topic(text: &str) -> Value {
    json!({"text": text, "entities": marked(text), "message_thread_id": 4, "is_topic_message": true})
}

/// Where the reactions of these events happened, and to which message.
fn reactions<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<(PlaceRef, String)> {
    let reaction = |event: &Event| match (&event.body, &event.source) {
        (EventBody::Reaction { message, .. }, Source::Platform { place, .. }) => {
            assert_eq!(message.place, place.native);
            Some((place.native.clone(), message.id.to_string()))
        }
        _ => None,
    };
    events.into_iter().filter_map(reaction).collect()
}

#[tokio::test]
async fn a_reaction_lands_in_the_topic_of_its_message() {
    let bot = Bot::new().await;
    let receipt = bot.deliver("-600/4", send("Hello")).await.unwrap();
    let answer = receipt.native.unwrap().to_string();
    bot.fake.sends_in(FORUM, in_topic("Mine are yellow."));
    bot.fake.says_in(FORUM, "In no topic.");
    // The fake counts the bot's answer first.
    let question: i64 = 2;
    // Said before the restart, and before the bot came.
    bot.stored.holds("-600", 71, "-600/5", false);
    for message in [question, answer.parse().unwrap(), question + 1, 71, 72] {
        bot.fake.reacts_in(FORUM, message);
    }
    // Where there are no topics nobody looks for one.
    bot.fake.reacts_in(-100, 71);
    let listening = bot.listen(None);
    let expected = [
        ("-600/4", question.to_string()),
        ("-600/4", answer),
        ("-600", (question + 1).to_string()),
        ("-600/5", "71".to_owned()),
        ("-600", "72".to_owned()),
        ("-100", "71".to_owned()),
    ];
    let expected: Vec<_> = expected.map(|(place, message)| (place_ref(place), message)).into();
    assert_eq!(reactions(&bot.sink.events(|_| true, 8).await), expected);
    listening.stop().await;
}

#[tokio::test]
async fn where_the_topic_cannot_be_looked_up_telegram_tells_the_reaction_again() {
    let bot = Bot::new().await;
    bot.stored.holds("-600", 71, "-600/5", false);
    bot.stored.breaks_once();
    bot.fake.reacts_in(FORUM, 71);
    let listening = bot.listen(None);
    assert_eq!(listening.ended().await, Err("events could not be stored".to_owned()));
    let listening = bot.listen(bot.sink.cursor());
    let expected = [(place_ref("-600/5"), "71".to_owned())];
    assert_eq!(reactions(&bot.sink.events(|_| true, 1).await), expected);
    listening.stop().await;
}

/// All reactions that the program has stored.
async fn kept(folder: &Path) -> Vec<(PlaceRef, String)> {
    let clock = Arc::new(SystemClock::new());
    let storage = SqliteStorage::open(&folder.join("data/switchboard.db"), &Options::default(), clock).unwrap();
    let newest = Page {
        before: None,
        limit: 100,
    };
    let events = storage.events(None, newest, None).await.unwrap();
    storage.close().await;
    reactions(events.iter().map(|(stored, _)| &stored.new.event))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topic_of_an_answer_is_known_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    stored(&fake, fake.adds_bot(FORUM)).await;
    switch_on(folder.path(), FORUM);
    fake.sends_in(FORUM, in_topic("@our_bot How do I install a plugin?"));
    let answer = sent(&fake, 0).await;
    assert_eq!(answer.asked["message_thread_id"], 4);
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let running = program(folder.path(), &fake);
    let id = answer.asked["sent_as"].as_i64().unwrap();
    stored(&fake, fake.reacts_in(FORUM, id)).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(kept(folder.path()).await, [(place_ref("-600/4"), id.to_string())]);
}
