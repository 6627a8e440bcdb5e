//! Channels: what they post, what the bot posts in them, and what people say of it in the channel's group.

use serde_json::{Value, json};
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, InMessage, Source};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, MessageId};
use switchboard::model::{Event, EventBody};
use switchboard::telemetry::{self, Metric};
use uuid::Uuid;

use super::fake::{Fake, marked, sent};
use super::{Bot, edit, message_ref, program, send, stored, switch_on};
use crate::support::program::done;

const CHANNEL: i64 = -900;
const GROUP: i64 = -100;
const QUESTION: &str = "@our_bot How do I install a plugin?";

fn says(text: &str) -> Value {
    json!({"text": text, "entities": marked(text)})
}

/// All that was heard so far, of which there are so many.
async fn heard(bot: &Bot, count: usize) -> Vec<Event> {
    bot.sink.events(|_| true, count).await
}

fn said(event: &Event) -> &InMessage {
    match &event.body {
        EventBody::Message(said) | EventBody::Edited(said) => said,
        other => panic!("{other:?}"),
    }
}

/// Who said it, and whether that is a person.
fn author(event: &Event) -> (String, bool) {
    match &event.source {
        Source::Platform { author: Some(who), .. } => (who.name.clone(), !who.bot),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_channel_posts_is_heard_and_is_a_question_only_if_it_names_the_bot() {
    let bot = Bot::new().await;
    bot.fake.posts(CHANNEL, says("How do I pay? Read it here."));
    bot.fake.posts(CHANNEL, says(QUESTION));
    let listening = bot.listen(None);
    let events = heard(&bot, 2).await;
    let of = |event: &Event| (said(event).addressed, author(event));
    let news = |person| ("News".to_owned(), person);
    assert_eq!(of(&events[0]), (Addressed::Overheard, news(false)));
    assert_eq!(of(&events[1]), (Addressed::Mention, news(true)));
    let Source::Platform { place, .. } = &events[0].source else {
        panic!("a platform told it")
    };
    let shown = (place.native.clone(), place.name.as_str(), place.audience, place.thread);
    assert_eq!(shown, (super::place_ref("-900"), "News", Audience::Public, false));
    assert_eq!(events[0].dedupe, "telegram/-900/1", "whoever of our bots hears it");
    listening.stop().await;
}

#[tokio::test]
async fn reactions_of_which_only_the_number_is_told_are_counted() {
    let bot = Bot::new().await;
    bot.fake.happens(json!({"message_reaction_count": {"chat": {"id": CHANNEL, "type": "channel", "title": "News"},
        "message_id": 1, "date": 1_790_000_000, "reactions": [{"type": {"type": "emoji", "emoji": "👍"}, "total_count": 2}]}}));
    bot.fake.posts(CHANNEL, says(QUESTION));
    let counted = || telemetry::counted(Metric::EventsDroppedTotal, "unnamed_reaction");
    let before = counted();
    let listening = bot.listen(None);
    let events = heard(&bot, 1).await;
    assert_eq!(events[0].body.kind(), "message");
    assert!(counted() > before);
    listening.stop().await;
}

#[tokio::test]
async fn a_post_that_is_changed_or_has_a_picture_is_heard_so() {
    let bot = Bot::new().await;
    bot.fake.holds("plan", b"plan");
    let file = json!({"file_id": "plan", "file_unique_id": "u", "file_size": 4, "file_name": "plan.txt"});
    let post = bot
        .fake
        .posts(CHANNEL, json!({"document": file, "caption": "The plan"}));
    let changed = json!({"message_id": post, "date": 1_790_000_000, "edit_date": 1_790_000_060,
        "chat": {"id": CHANNEL, "type": "channel", "title": "News"}, "caption": "The new plan", "document": file});
    bot.fake.happens(json!({"edited_channel_post": changed}));
    let listening = bot.listen(None);
    let events = heard(&bot, 2).await;
    assert_eq!(said(&events[0]).files[0].name, "plan.txt");
    assert_eq!(events[1].body.kind(), "edited");
    assert_eq!(said(&events[1]).content.to_plain(), "The new plan");
    // Telegram names nobody: it is the channel all the same.
    assert_eq!(author(&events[1]), ("News".to_owned(), false));
    listening.stop().await;
}

#[tokio::test]
async fn the_bot_posts_changes_and_takes_back_in_a_channel_and_does_not_hear_itself() {
    let bot = Bot::new().await;
    let mut body = send("**News**");
    if let FittedBody::Send { buttons, .. } = &mut body {
        let effect = ButtonEffect::Press {
            id: ButtonId(Uuid::from_u128(1)),
        };
        let label = "More".to_owned();
        *buttons = vec![Button { label, effect }];
    }
    let receipt = bot.deliver("-900", body).await.unwrap();
    let post: i64 = receipt.native.unwrap().as_str().parse().unwrap();
    bot.deliver("-900", edit("-900", "Old news")).await.unwrap();
    let react = FittedBody::React {
        target: message_ref("-900", "5"),
        emoji: "👍".to_owned(),
        add: true,
        or_said: false,
    };
    bot.deliver("-900", react).await.unwrap();
    let delete = FittedBody::Delete {
        target: message_ref("-900", "5"),
        message: MessageId(Uuid::nil()),
    };
    bot.deliver("-900", delete).await.unwrap();
    for method in ["SendMessage", "EditMessageText", "SetMessageReaction", "DeleteMessage"] {
        let asked = bot.fake.calls(method).remove(0);
        assert_eq!(asked["chat_id"], CHANNEL, "{method}");
    }
    // Telegram would name the channel for it, not the bot.
    bot.fake.happens(
        json!({"channel_post": {"message_id": post, "date": 1_790_000_000, "text": QUESTION,
        "entities": marked(QUESTION), "chat": {"id": CHANNEL, "type": "channel", "title": "News"}}}),
    );
    bot.fake.posts(CHANNEL, says("hello"));
    let listening = bot.listen(None);
    assert_eq!(bot.sink.told(1).await, ["hello"]);
    listening.stop().await;
}

#[tokio::test]
async fn what_is_said_below_a_post_of_the_bot_in_the_channels_group_is_said_to_the_bot() {
    let bot = Bot::new().await;
    let receipt = bot.deliver("-900", send("News")).await.unwrap();
    let ours: i64 = receipt.native.unwrap().as_str().parse().unwrap();
    // One from before the restart, and one of somebody else.
    bot.stored.holds("-900", 71, "-900", true);
    bot.stored.holds("-900", 72, "-900", false);
    for post in [ours, 71, 72, 73] {
        let copy = bot.fake.copies(CHANNEL, post, GROUP, "News");
        bot.fake
            .sends_in(GROUP, json!({"text": "What is new?", "reply_to_message": copy}));
    }
    let listening = bot.listen(None);
    let events = heard(&bot, 8).await;
    let asked = events.iter().filter(|event| author(event).1);
    let addressed: Vec<Addressed> = asked.map(|event| said(event).addressed).collect();
    let (reply, overheard) = (Addressed::Reply, Addressed::Overheard);
    assert_eq!(addressed, [reply, reply, overheard, overheard]);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_of_a_channel_is_answered_once_and_what_people_ask_below_the_answer_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.adds_bot(CHANNEL);
    stored(&fake, fake.adds_bot(GROUP)).await;
    switch_on(folder.path(), CHANNEL);
    switch_on(folder.path(), GROUP);
    fake.posts(CHANNEL, says("How do I install a plugin? Read it on Monday."));
    let post = fake.posts(CHANNEL, says(QUESTION));
    let answer = sent(&fake, 0).await;
    assert_eq!(answer.asked["chat_id"], CHANNEL, "{}", answer.text());
    assert!(answer.text().contains("plugin"), "{}", answer.text());
    // Nobody writes below it before the program knows that it stands.
    let status = || String::from_utf8(done(folder.path(), &["status"]).stdout).unwrap();
    let known = (0..1_000).any(|_| !status().contains("deliveries, "));
    assert!(known, "{}", status());
    // Telegram copies both into the group.
    fake.copies(CHANNEL, post, GROUP, QUESTION);
    let ours = answer.asked["sent_as"].as_i64().unwrap();
    let copy = fake.copies(CHANNEL, ours, GROUP, answer.text());
    let asks = |fake: &Fake| {
        let asked = json!({"text": "And how do I remove a plugin?", "reply_to_message": copy});
        fake.sends_in(GROUP, asked)
    };
    asks(&fake);
    assert_eq!(sent(&fake, 1).await.asked["chat_id"], GROUP);
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let running = program(folder.path(), &fake);
    asks(&fake);
    assert_eq!(sent(&fake, 2).await.asked["chat_id"], GROUP);
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(fake.calls("SendMessage").len(), 3, "nothing is answered twice");
}
