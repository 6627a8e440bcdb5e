//! Forms on Discord: a button opens one at once, and what people wrote comes back or is told not to.

use serde_json::{Value, json};
use switchboard::connectors::discord::Does;
use switchboard::model::EventBody;
use switchboard::model::button::{Button, ButtonEffect, Field, Form, Input};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::ButtonId;
use uuid::Uuid;

use super::Bot;
use super::fake::{Call, DIRECT, sent};
use crate::support::sink::send;

const ID: ButtonId = ButtonId(Uuid::from_u128(1));

/// A form with a text and a number.
fn order() -> Form {
    let field = |name: &str, input| Field {
        name: name.to_owned(),
        label: name.to_uppercase(),
        input,
        required: true,
    };
    Form {
        title: "An order".to_owned(),
        fields: vec![field("what", Input::Line), field("count", Input::Number)],
    }
}

/// Sends the button, presses it, and gives back what the person saw open and the message it is below.
async fn opened(bot: &Bot) -> (Call, String) {
    let opens = Does {
        form: Some(order()),
        private: false,
    };
    bot.buttons.0.lock().unwrap().insert(ID, opens);
    let mut body = send("Hello");
    if let FittedBody::Send { buttons, .. } = &mut body {
        let effect = ButtonEffect::Form { id: ID, form: order() };
        *buttons = vec![Button {
            label: "Order".to_owned(),
            effect,
        }];
    }
    bot.deliver(DIRECT, body).await.unwrap();
    let message = sent(&bot.fake, 0).await;
    let press = bot.fake.presses(&message, "Order");
    (acknowledged(bot, press).await, message.made.to_string())
}

/// What Discord was told about what somebody did.
async fn acknowledged(bot: &Bot, id: u64) -> Call {
    bot.fake.called(&format!("POST interactions/{id}/"), 1).await.remove(0)
}

/// What the person reads who filled the form with something.
fn told(call: &Call) -> (&str, &Value) {
    let data = &call.body["data"];
    (data["content"].as_str().unwrap_or_default(), &data["flags"])
}

#[tokio::test]
async fn a_button_opens_its_form_at_once_and_the_form_comes_back_with_values() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (shown, message) = opened(&bot).await;
    assert_eq!(
        (shown.body["type"].as_u64(), &shown.body["data"]["title"]),
        (Some(9), &json!("An order"))
    );

    let wrong = bot.fake.fills(&shown, &["Tea", "three"]);
    assert_eq!(
        told(&acknowledged(&bot, wrong).await),
        ("COUNT: must be a number", &json!(64))
    );
    let right = bot.fake.fills(&shown, &["Tea", "3"]);
    let events = bot
        .sink
        .events(|event| matches!(event.body, EventBody::Press { .. }), 1)
        .await;
    let EventBody::Press {
        button,
        values,
        message: under,
    } = &events[0].body
    else {
        panic!("{events:?}");
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        (*button, values.as_slice()),
        (ID, &[pair("what", "Tea"), pair("count", "3")][..])
    );
    assert_eq!(under.as_ref().unwrap().id.as_str(), message);
    assert_eq!(acknowledged(&bot, right).await.body["type"], 6);
    // Neither the press nor what could not be taken is an event.
    assert_eq!(bot.sink.events(|event| event.body.kind() == "press", 1).await.len(), 1);
    listening.stop().await;
}

#[tokio::test]
async fn a_form_whose_button_means_nothing_any_more_is_not_taken_for_a_press() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let (shown, _) = opened(&bot).await;
    bot.buttons.0.lock().unwrap().clear();
    let late = bot.fake.fills(&shown, &["Tea", "3"]);
    let call = acknowledged(&bot, late).await;
    let (words, flags) = told(&call);
    assert!(words.contains("no longer open") && *flags == 64, "{words}");
    assert!(
        bot.sink
            .events(|event| event.body.kind() == "press", 0)
            .await
            .is_empty()
    );
    listening.stop().await;
}
