//! Answers on Discord that one member of a channel alone sees.

use serde_json::json;
use switchboard::connectors::discord::Does;
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::EventBody;
use switchboard::model::command::{Command, Menu};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, IdentityRef, MessageRef};
use uuid::Uuid;

use super::fake::{Fault, HELP, sent};
use super::{Bot, edit, message, place, press};
use crate::support::sink::send;

/// The flag of what one person alone sees, beside the one that keeps previews away.
const FOR_ONE: u64 = 1 << 6 | 1 << 2;

fn ann() -> IdentityRef {
    IdentityRef {
        scope: "discord".into(),
        id: "7".into(),
    }
}

/// For Ann alone.
fn secret(text: &str, answers: Option<MessageRef>) -> FittedBody {
    let mut body = send(text);
    if let FittedBody::Send { only, reply_to, .. } = &mut body {
        (*only, *reply_to) = (Some(ann()), answers);
    }
    body
}

/// Ann gives a command in the channel; answers what stands for it.
async fn given(bot: &Bot, name: &str) -> (u64, MessageRef) {
    let id = bot.fake.commands(HELP, name, json!([]));
    let by_id = |event: &switchboard::model::Event| event.dedupe.ends_with(&id.to_string());
    let events = bot.sink.events(by_id, 1).await;
    let EventBody::Command { message, .. } = &events[0].body else {
        panic!("{events:?}");
    };
    (id, message.clone().unwrap())
}

#[tokio::test]
async fn who_pressed_alone_sees_what_comes_of_it_and_it_can_be_changed() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let expired = bot.deliver(HELP, secret("Too early", None)).await;
    assert!(matches!(expired, Err(DeliveryError::Refused { .. })), "{expired:?}");
    assert!(!bot.discord.reaches_alone(&place(HELP), &ann()));

    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = vec![press("My points", 1)];
    }
    bot.deliver(HELP, body).await.unwrap();
    let pressed = bot.fake.presses(&sent(&bot.fake, 0).await, "My points");
    bot.fake.called(&format!("POST interactions/{pressed}/"), 1).await;
    assert!(bot.discord.reaches_alone(&place(HELP), &ann()));
    let receipt = bot.deliver(HELP, secret("You have 7.", None)).await.unwrap();
    let shown = bot.fake.calls("POST webhooks/900/press-").remove(0);
    assert_eq!(
        (&shown.body["content"], &shown.body["flags"]),
        (&json!("You have 7."), &json!(FOR_ONE))
    );
    assert!(shown.body.get("nonce").is_none(), "{}", shown.body);

    let id = receipt.native.unwrap();
    let mut change = edit(HELP, "You have 8.");
    if let FittedBody::Edit { target, .. } = &mut change {
        *target = message(HELP, id.as_str());
    }
    bot.deliver(HELP, change).await.unwrap();
    let changed = bot
        .fake
        .calls(&format!("PATCH webhooks/900/press-{pressed}/messages/{id}"));
    assert_eq!(changed[0].body["content"], "You have 8.");
    listening.stop().await;
}

#[tokio::test]
async fn a_private_command_is_held_open_privately_and_its_answer_takes_that_place() {
    let bot = Bot::new().await;
    let command = |name: &str, private| Command {
        name: name.to_owned(),
        help: "Points".into(),
        options: Vec::new(),
        private,
        direct: false,
    };
    let menu = Menu {
        commands: vec![command("points", true), command("share", false)],
        places: Vec::new(),
        withdrawn: false,
    };
    bot.discord.offer(&menu).await.unwrap();
    let listening = bot.hears().await;
    let (id, points) = given(&bot, "points").await;
    let held = bot
        .fake
        .called(&format!("POST interactions/{id}/"), 1)
        .await
        .remove(0)
        .body;
    assert_eq!((&held["type"], &held["data"]["flags"]), (&json!(5), &json!(64)));
    for text in ["You have 7.", "And a badge."] {
        bot.deliver(HELP, secret(text, Some(points.clone()))).await.unwrap();
    }
    let filled = bot
        .fake
        .calls(&format!("PATCH webhooks/900/command-{id}/messages/@original"));
    assert_eq!((filled.len(), &filled[0].body["content"]), (1, &json!("You have 7.")));
    let behind = bot.fake.calls(&format!("POST webhooks/900/command-{id}"));
    assert_eq!((behind.len(), &behind[0].body["flags"]), (1, &json!(FOR_ONE)));

    // Another one is held open for all to see: that place goes before anything private is said, whatever happens.
    let (id, share) = given(&bot, "share").await;
    let held = bot
        .fake
        .called(&format!("POST interactions/{id}/"), 1)
        .await
        .remove(0)
        .body;
    assert_eq!(held["data"]["flags"].as_u64().unwrap_or(0), 0);
    bot.fake.fails("DELETE webhooks/900/command-", Fault::Cut);
    let again = bot.deliver(HELP, secret("Only you.", Some(share.clone()))).await;
    assert!(matches!(again, Err(DeliveryError::Unreachable { .. })), "{again:?}");
    assert!(bot.fake.calls(&format!("POST webhooks/900/command-{id}")).is_empty());
    bot.deliver(HELP, secret("Only you.", Some(share))).await.unwrap();
    assert_eq!(
        bot.fake
            .calls(&format!("DELETE webhooks/900/command-{id}/messages/@original"))
            .len(),
        2
    );
    assert_eq!(bot.fake.calls(&format!("POST webhooks/900/command-{id}")).len(), 1);
    assert!(
        bot.fake.calls("POST channels/").is_empty(),
        "nothing private is in the channel"
    );
    listening.stop().await;
}

#[tokio::test]
async fn what_is_for_somebody_else_is_not_shown_to_who_gave_the_command() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (id, share) = given(&bot, "share").await;
    bot.fake.called(&format!("POST interactions/{id}/"), 1).await;
    let mut body = secret("Only Bob.", Some(share));
    if let FittedBody::Send { only: Some(only), .. } = &mut body {
        only.id = "8".into();
    }
    let refused = bot.deliver(HELP, body).await;
    assert!(matches!(refused, Err(DeliveryError::Refused { .. })), "{refused:?}");
    assert!(bot.fake.calls("POST webhooks/").is_empty() && bot.fake.calls("PATCH webhooks/").is_empty());
    listening.stop().await;
}

#[tokio::test]
async fn a_button_that_says_so_is_taken_privately() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let does = Does {
        form: None,
        private: true,
    };
    bot.buttons.0.lock().unwrap().insert(ButtonId(Uuid::from_u128(1)), does);
    for channel in [HELP, super::DIRECT] {
        let mut body = send("Hello");
        if let FittedBody::Send { buttons, .. } = &mut body {
            *buttons = vec![press("My points", 1)];
        }
        bot.deliver(channel, body).await.unwrap();
        let shown = bot.fake.calls(&format!("POST channels/{channel}/messages")).remove(0);
        let id = bot.fake.presses(&shown, "My points");
        let told = bot
            .fake
            .called(&format!("POST interactions/{id}/"), 1)
            .await
            .remove(0)
            .body;
        // In a direct chat everything is private.
        let expected = if channel == HELP { (5, Some(64)) } else { (6, None) };
        assert_eq!(
            (told["type"].as_u64().unwrap(), told["data"]["flags"].as_u64()),
            expected,
            "{told}"
        );
    }
    bot.deliver(HELP, secret("You have 7.", None)).await.unwrap();
    assert_eq!(bot.fake.calls("PATCH webhooks/900/press-").len(), 1);
    listening.stop().await;
}

#[tokio::test]
async fn who_presses_what_is_for_somebody_else_alone_is_told_so() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.sink.takes_no_presses();
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = vec![press("Never mind", 1)];
    }
    bot.deliver(HELP, body).await.unwrap();
    let id = bot.fake.presses(&sent(&bot.fake, 0).await, "Never mind");
    let told = bot
        .fake
        .called(&format!("POST interactions/{id}/"), 1)
        .await
        .remove(0)
        .body;
    assert_eq!(
        (&told["type"], &told["data"]["flags"]),
        (&json!(4), &json!(64)),
        "{told}"
    );
    assert_eq!(told["data"]["content"], "This button is for somebody else.");
    assert_eq!(bot.fake.calls(&format!("POST channels/{HELP}/messages")).len(), 1);
    listening.stop().await;
}
