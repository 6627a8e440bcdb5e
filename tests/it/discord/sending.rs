//! What goes out to Discord, and what its refusals mean.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use switchboard::connectors::files::keep;
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::EventBody;
use switchboard::model::action::Author;
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{AccountId, DeliveryId, MessageId, MessageRef};
use switchboard::storage::files::Files;
use uuid::Uuid;

use super::fake::{DIRECT, Fault, HELP, TOKEN, objects, sent};
use super::{Bot, discord, edit, message, place, press, settings};
use crate::support::sink::send;

#[tokio::test]
async fn a_text_goes_out_with_buttons_and_what_it_answers() {
    let bot = Bot::new().await;
    let mut body = send("See **this**: [docs](https://example.org/) @everyone");
    if let FittedBody::Send { buttons, reply_to, .. } = &mut body {
        *buttons = vec![press("Helpful", 1)];
        *reply_to = Some(message(HELP, "12"));
    }
    let receipt = bot.deliver(HELP, body).await.unwrap();
    let mut call = bot.fake.calls("POST channels/101/messages").remove(0);
    assert_eq!(receipt.native.unwrap().as_str(), call.made.to_string());
    let nonce = call.body["nonce"].take();
    assert!(nonce.as_str().is_some_and(|nonce| nonce.len() <= 25), "{nonce}");
    let expected = json!({
        "content": "See **this**: [docs](https://example.org/) @everyone",
        "nonce": null,
        "enforce_nonce": true,
        "tts": false,
        "embeds": [],
        "sticker_ids": [],
        "attachments": [],
        "flags": 4,
        "allowed_mentions": {"parse": [], "users": [], "roles": [], "replied_user": true},
        "message_reference": {"type": 0, "message_id": "12", "channel_id": "101", "guild_id": null,
                              "fail_if_not_exists": false},
        "components": [{"type": 1, "components": [
            {"type": 2, "style": 2, "label": "Helpful", "disabled": false, "custom_id": format!("{:032x}", 1)},
        ]}],
    });
    assert_eq!(call.body, expected);
}

#[tokio::test]
async fn the_answer_to_a_command_takes_the_place_that_is_held_open_as_long_as_it_is() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let mut answered = Vec::new();
    for number in 1..3 {
        let id = bot
            .fake
            .commands(DIRECT, "share", json!([{"name": "kind", "type": 3, "value": "tip"}]));
        let events = bot
            .sink
            .events(|event| matches!(event.body, EventBody::Command { .. }), number)
            .await;
        let EventBody::Command {
            message, name, options, ..
        } = &events[number - 1].body
        else {
            panic!("{events:?}");
        };
        assert_eq!(
            (name.as_str(), options.as_slice()),
            ("share", &[("kind".to_owned(), "tip".to_owned())][..])
        );
        let callback = bot.fake.called(&format!("POST interactions/{id}/"), 1).await;
        assert_eq!(callback[0].body["type"], 5, "it is held open");
        answered.push(message.clone().unwrap());
    }
    let answer = |to: &MessageRef| {
        let mut body = send("A tip");
        if let FittedBody::Send { reply_to, .. } = &mut body {
            *reply_to = Some(to.clone());
        }
        body
    };
    let receipt = bot.deliver(DIRECT, answer(&answered[0])).await.unwrap();
    let filled = bot.fake.calls("PATCH webhooks/900/").remove(0);
    assert_eq!(receipt.native.unwrap().as_str(), filled.made.to_string());
    assert_eq!(filled.body["content"], "A tip");
    assert!(filled.body.get("nonce").is_none(), "{}", filled.body);
    assert!(bot.fake.calls("POST channels/").is_empty());
    // The second answer to it, and one that comes too late, are messages of their own.
    bot.deliver(DIRECT, answer(&answered[0])).await.unwrap();
    bot.fake.fails("PATCH webhooks/900/", Fault::Refuse(404, 10_015));
    bot.deliver(DIRECT, answer(&answered[1])).await.unwrap();
    let sent = bot.fake.calls("POST channels/107/messages");
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1].body.get("message_reference").is_none(),
        "a command is no message"
    );
    listening.stop().await;
}

#[tokio::test]
async fn the_same_delivery_is_one_message() {
    let bot = Bot::new().await;
    let action = FittedAction {
        delivery: DeliveryId(Uuid::from_u128(1)),
        place: place(HELP),
        body: send("Hello"),
    };
    bot.fake.fails("POST channels/101/messages", Fault::Cut);
    let lost = bot.discord.deliver(&action).await;
    assert!(matches!(lost, Err(DeliveryError::Lost { .. })), "{lost:?}");
    let receipt = bot.discord.deliver(&action).await.unwrap();
    let calls = bot.fake.calls("POST channels/101/messages");
    assert_eq!((calls.len(), calls[0].made), (2, calls[1].made));
    assert_eq!(receipt.native.unwrap().as_str(), calls[0].made.to_string());
}

#[tokio::test]
async fn edits_deletes_reactions_and_typing_go_out() {
    let bot = Bot::new().await;
    let carol = Author::Staff {
        id: AccountId(Uuid::nil()),
        name: "Carol".to_owned(),
    };
    let mut changed = edit(HELP, "Hello Ann");
    if let FittedBody::Edit { author, .. } = &mut changed {
        *author = Some(carol);
    }
    bot.deliver(HELP, changed).await.unwrap();
    assert_eq!(
        bot.fake.calls("PATCH channels/101/messages/5")[0].body["content"],
        "**Carol:** Hello Ann"
    );
    for add in [true, false] {
        let react = FittedBody::React {
            target: message(HELP, "5"),
            emoji: "#️⃣".to_owned(),
            add,
            or_said: false,
        };
        bot.deliver(HELP, react).await.unwrap();
    }
    let path = "channels/101/messages/5/reactions/%23%EF%B8%8F%E2%83%A3/@me";
    // Of these something else may be said.
    for code in [50_013, 10_014, 10_008] {
        let react = FittedBody::React {
            target: message(HELP, "6"),
            emoji: "🌵".to_owned(),
            add: true,
            or_said: false,
        };
        bot.fake.fails("PUT channels/101/messages/6", Fault::Refuse(403, code));
        let refused = bot.deliver(HELP, react).await;
        let not_here = matches!(refused, Err(DeliveryError::NotHere { .. }));
        assert_eq!(not_here, code != 10_008, "{code}: {refused:?}");
    }
    assert_eq!(bot.fake.calls(&format!("PUT {path}")).len(), 1);
    assert_eq!(bot.fake.calls(&format!("DELETE {path}")).len(), 1);
    bot.deliver(HELP, FittedBody::Typing { name: None }).await.unwrap();
    assert_eq!(bot.fake.calls("POST channels/101/typing").len(), 1);
    let delete = || FittedBody::Delete {
        target: message(HELP, "5"),
        message: MessageId(Uuid::nil()),
    };
    bot.deliver(HELP, delete()).await.unwrap();
    bot.fake
        .fails("DELETE channels/101/messages/5", Fault::Refuse(404, 10_008));
    bot.deliver(HELP, delete()).await.unwrap();
}

#[tokio::test]
async fn files_come_in_with_their_message() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let file = |name: &str| objects::file(name, &bot.fake.url());
    // A network that breaks once is tried again.
    bot.fake.fails("GET /files/a.png", Fault::Cut);
    let elsewhere = objects::file("b.png", "http://example.invalid");
    bot.fake.fails("GET /files/gone", Fault::Refuse(404, 0));
    bot.fake.says_with(
        DIRECT,
        json!({"content": "See:", "attachments": [file("a.png"), file("large"), file("gone"), elsewhere]}),
    );
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Message(_)), 1)
        .await;
    let EventBody::Message(said) = &events[0].body else {
        panic!("{events:?}");
    };
    let names: Vec<(&str, &str)> = said.files.iter().map(|file| (&*file.name, &*file.media_type)).collect();
    assert_eq!(names, [("a.png", "image/png")]);
    assert!(bot.files.get(&said.files[0].sha256).unwrap().is_some());
    assert_eq!(
        said.content.to_plain(),
        "See:\n\n[file large: larger than the 20 MB that are fetched]\n\n[file gone: Discord did not give it]\n\n\
         [file b.png: Discord did not give it]"
    );
    listening.stop().await;
}

#[tokio::test]
async fn a_press_beside_a_slow_file_is_acknowledged_and_everything_keeps_its_order() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = vec![press("Helpful", 1)];
    }
    bot.deliver(DIRECT, body).await.unwrap();
    let shown = sent(&bot.fake, 0).await;
    bot.fake.says(HELP, "before");
    bot.sink.said(1).await;
    let file = objects::file("slow", &bot.fake.url());
    bot.fake
        .says_with(HELP, json!({"content": "See:", "attachments": [file]}));
    // Without waiting for the file, while nothing is stored that came behind it.
    let id = bot.fake.presses(&shown, "Helpful");
    bot.fake.says(HELP, "after");
    let told = bot.fake.called(&format!("POST interactions/{id}/"), 1).await;
    assert_eq!(told[0].body["type"], 6);
    assert_eq!(bot.sink.said(1).await, ["before"]);

    bot.fake.lets_files_come();
    assert_eq!(bot.sink.said(3).await, ["before", "See:", "after"]);
    let kinds: Vec<&str> = bot
        .sink
        .events(|event| matches!(event.body.kind(), "message" | "press"), 4)
        .await
        .iter()
        .map(|event| event.body.kind())
        .collect();
    assert_eq!(kinds, ["message", "message", "press", "message"]);
    listening.stop().await;
}

#[tokio::test]
async fn what_was_behind_a_slow_file_is_heard_again_after_a_stop() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.fake.says(HELP, "before");
    bot.sink.said(1).await;
    let file = objects::file("slow", &bot.fake.url());
    bot.fake
        .says_with(HELP, json!({"content": "See:", "attachments": [file]}));
    bot.fake.says(HELP, "after");
    listening.stop().await;
    bot.fake.lets_files_come();
    let listening = bot.listen(bot.sink.cursor());
    assert_eq!(bot.sink.said(3).await, ["before", "See:", "after"]);
    listening.stop().await;
}

#[tokio::test]
async fn nothing_behind_what_could_not_be_stored_is_passed_over() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = vec![press("Helpful", 1)];
    }
    bot.deliver(DIRECT, body).await.unwrap();
    let shown = sent(&bot.fake, 0).await;
    bot.fake.says(HELP, "before");
    bot.sink.said(1).await;
    let file = objects::file("slow", &bot.fake.url());
    bot.fake
        .says_with(HELP, json!({"content": "See:", "attachments": [file]}));
    bot.fake.says(HELP, "after");
    // Acknowledged, so what came before it has been read and waits behind the file.
    let id = bot.fake.presses(&shown, "Helpful");
    bot.fake.called(&format!("POST interactions/{id}/"), 1).await;
    bot.sink.refuses_once();
    bot.fake.lets_files_come();
    assert_eq!(listening.ended().await, Err("events could not be stored".to_owned()));
    assert_eq!(bot.sink.said(1).await, ["before"], "nothing is stored beyond it");

    let listening = bot.listen(bot.sink.cursor());
    assert_eq!(bot.sink.said(3).await, ["before", "See:", "after"]);
    listening.stop().await;
}

#[tokio::test]
async fn files_of_staff_go_out_with_their_description() {
    let bot = Bot::new().await;
    let mut plan = keep(&bot.files, "plan.pdf", b"%PDF-1.7".to_vec()).await.unwrap();
    plan.alt = "The plan".to_owned();
    let mut body = send("");
    if let FittedBody::Send { files, .. } = &mut body {
        *files = vec![plan.clone(), plan];
    }
    bot.deliver(HELP, body.clone()).await.unwrap();
    let sent = bot.fake.calls("POST channels/101/messages").remove(0).body;
    assert_eq!(sent["content"], "");
    let described = |number: u64| json!({"id": number.to_string(), "filename": "plan.pdf", "description": "The plan"});
    assert_eq!(sent["attachments"], json!([described(0), described(1)]));
    let files = sent["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    let second = files[1].as_str().unwrap();
    assert!(
        second.contains("files[1]") && second.contains("plan.pdf") && second.contains("%PDF-1.7"),
        "{second}"
    );

    if let FittedBody::Send { files, .. } = &mut body {
        files[0].sha256 = "0".repeat(64);
    }
    let gone = bot.deliver(HELP, body).await;
    let expected = DeliveryError::Refused {
        public: "the file is no longer kept".to_owned(),
    };
    assert_eq!(gone, Err(expected));
}

#[tokio::test]
async fn each_fault_of_a_send_says_whether_it_may_have_arrived() {
    let bot = Bot::new().await;
    let post = "POST channels/101/messages";
    for global in [false, true] {
        bot.fake.fails(post, Fault::Flood(1.5, global));
        let busy = DeliveryError::Busy {
            retry_after: Duration::from_millis(1_500),
            whole_login: global,
            can_be_ended: false,
        };
        assert_eq!(bot.deliver(HELP, send("Hello")).await, Err(busy));
    }
    for fault in [Fault::Cut, Fault::Refuse(502, 0)] {
        bot.fake.fails(post, fault);
        let lost = bot.deliver(HELP, send("Hello")).await;
        assert!(matches!(lost, Err(DeliveryError::Lost { .. })), "{lost:?}");
    }
    bot.fake.fails("PATCH channels/101/messages/5", Fault::Cut);
    let again = bot.deliver(HELP, edit(HELP, "Hello")).await;
    assert!(matches!(again, Err(DeliveryError::Unreachable { .. })), "{again:?}");

    bot.fake.fails(post, Fault::Refuse(403, 50_007));
    let refused = DeliveryError::Refused {
        public: "this person does not take messages from the bot".to_owned(),
    };
    assert_eq!(bot.deliver(HELP, send("Hello")).await, Err(refused));

    let mut elsewhere = place(HELP);
    elsewhere.scope = "telegram".into();
    let action = FittedAction {
        delivery: DeliveryId(Uuid::nil()),
        place: elsewhere,
        body: send("Hello"),
    };
    let odd = bot.discord.deliver(&action).await;
    assert!(matches!(odd, Err(DeliveryError::Refused { .. })), "{odd:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let settings = settings(TOKEN, format!("http://{address}"));
    let discord = discord(&settings, &Files::new("nowhere"), &Arc::default());
    let action = FittedAction {
        delivery: DeliveryId(Uuid::nil()),
        place: place(HELP),
        body: send("Hello"),
    };
    let error = discord.deliver(&action).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}
