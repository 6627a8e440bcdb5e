//! Groups that become supergroups: the place goes on, and what was said before is left alone.

use switchboard::connectors::DeliveryError;
use switchboard::model::fit::FittedBody;

use super::fake::{Fake, Fault};
use super::{Bot, edit, listed, message_ref, program, send, stored, switch_on};

const QUESTION: &str = "@our_bot How do I install a plugin?";

#[tokio::test]
async fn what_is_said_to_a_group_that_has_become_a_supergroup_is_said_there() {
    let bot = Bot::new().await;
    bot.fake.fails("SendMessage", Fault::Moved(-100));
    let mut body = send("Hello");
    if let FittedBody::Send { reply_to, .. } = &mut body {
        *reply_to = Some(message_ref("-5", "12"));
    }
    let receipt = bot.deliver("-5", body).await.unwrap();
    assert!(receipt.native.is_some());
    let calls = bot.fake.calls("SendMessage");
    assert_eq!((calls.len(), calls[1]["chat_id"].as_i64()), (2, Some(-100)));
    assert!(
        calls[1]["reply_parameters"].is_null(),
        "12 is another message there: {calls:?}"
    );
}

#[tokio::test]
async fn what_was_said_before_cannot_be_changed_and_that_is_said() {
    let bot = Bot::new().await;
    bot.fake.fails("EditMessageText", Fault::Moved(-100));
    let refused = bot.deliver("-5", edit("-5", "Hello")).await;
    let Err(DeliveryError::Refused { public }) = refused else {
        panic!("{refused:?}")
    };
    assert!(public.contains("supergroup"), "{public}");
    // Once the move is known, the old number is not taken for one of the new.
    let calls = bot.fake.calls("EditMessageText").len();
    let refused = bot.deliver("-100", edit("-5", "Hello")).await;
    assert_eq!(refused, Err(DeliveryError::Refused { public }));
    assert_eq!(bot.fake.calls("EditMessageText").len(), calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_becomes_a_supergroup_keeps_its_settings_and_what_was_to_be_said_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    stored(&fake, fake.adds_bot(-5)).await;
    switch_on(folder.path(), -5);
    fake.fails("SendMessage", Fault::Flood(1));
    fake.says_in(-5, QUESTION);
    fake.called("SendMessage", 1).await;
    // The new chat may be heard of before the move.
    fake.adds_bot(-100);
    stored(&fake, fake.moves(-5, -100)).await;
    let answer = answered_in(&fake, -100, 1).await;
    assert!(answer.contains("plugin"), "{answer}");

    fake.says_in(-100, QUESTION);
    answered_in(&fake, -100, 2).await;
    let (listed, _) = listed(folder.path());
    assert!(!listed.contains("native = \"-5\""), "{listed}");
    let (_, moved) = listed
        .split_once("native = \"-100\"")
        .expect("it is listed under its new name");
    assert!(moved.contains("enabled = true"), "{listed}");
    running.terminate();
    assert_eq!(running.ended(), Some(0));
}

/// The text of the `count`th message that arrives in a chat.
async fn answered_in(fake: &Fake, chat: i64, count: usize) -> String {
    let mut calls = 1;
    loop {
        let asked = fake.called("SendMessage", calls).await;
        let arrived = asked
            .iter()
            .filter(|asked| asked["chat_id"] == chat && asked["sent_as"].is_i64());
        if let Some(asked) = arrived.into_iter().nth(count - 1) {
            return asked["text"].as_str().unwrap().to_owned();
        }
        calls = asked.len() + 1;
    }
}
