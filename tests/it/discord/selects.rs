//! More buttons than Discord takes are choices of select menus; choosing is pressing.

use std::sync::Arc;

use serde_json::json;
use switchboard::connectors::discord::Does;
use switchboard::dispatcher::Outcome;
use switchboard::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Field, Form, Input, Presser};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, MessageId};
use switchboard::model::{Action, EventBody};
use uuid::Uuid;

use super::fake::people::choices;
use super::fake::{DIRECT, Fake, sent};
use super::{Bot, connect, press};
use crate::support::sink::send;
use crate::support::{Builder, Script, TestRuntime, answer};

/// Two more than are shown as buttons.
const CHOICES: u128 = 27;

fn label(number: u128) -> String {
    format!("Topic {number}")
}

#[tokio::test]
async fn what_is_chosen_is_a_press_and_a_form_opens_at_once() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let form = Form {
        title: "Something else".to_owned(),
        fields: vec![Field {
            name: "topic".to_owned(),
            label: "Topic".to_owned(),
            input: Input::Line,
            required: true,
        }],
    };
    let other = ButtonId(Uuid::from_u128(100));
    let opens = Does {
        form: Some(form.clone()),
        private: false,
    };
    bot.buttons.0.lock().unwrap().insert(other, opens);
    let mut body = send("Which topic?");
    if let FittedBody::Send { buttons, .. } = &mut body {
        *buttons = (1..=CHOICES).map(|number| press(&label(number), number)).collect();
        buttons.push(Button {
            label: "Something else".to_owned(),
            effect: ButtonEffect::Form { id: other, form },
        });
    }
    bot.deliver(DIRECT, body).await.unwrap();
    let shown = sent(&bot.fake, 0).await;
    let mut labels: Vec<String> = (1..=CHOICES).map(label).collect();
    labels.push("Something else".to_owned());
    let seen: Vec<&str> = choices(&shown)
        .filter_map(|(_, choice)| choice["label"].as_str())
        .collect();
    assert_eq!(seen, labels);

    let chosen = bot.fake.chooses(&shown, &label(26));
    let pressed = |event: &switchboard::model::Event| matches!(event.body, EventBody::Press { .. });
    let heard = bot.sink.events(pressed, 1).await;
    let EventBody::Press { button, message, .. } = &heard[0].body else {
        panic!("{heard:?}");
    };
    assert_eq!(*button, ButtonId(Uuid::from_u128(26)));
    assert_eq!(message.as_ref().unwrap().id.as_str(), shown.made.to_string());
    let told = bot
        .fake
        .called(&format!("POST interactions/{chosen}/"), 1)
        .await
        .remove(0);
    assert_eq!(told.body["type"], 6, "the message stays as it is");

    let opened = bot.fake.chooses(&shown, "Something else");
    let told = bot
        .fake
        .called(&format!("POST interactions/{opened}/"), 1)
        .await
        .remove(0);
    assert_eq!(
        (&told.body["type"], &told.body["data"]["title"]),
        (&json!(9), &json!("Something else"))
    );
    listening.stop().await;
}

/// Asks which topic it is about, and answers what was chosen by what is stored of it.
fn by_topic() -> Builder {
    TestRuntime::builder().handler(|parts| {
        let clock = Arc::clone(&parts.clock);
        Script::new(move |event, snapshot| {
            let id = MessageId(clock.id());
            let (plugin, mut action) = match (&event.new.event.body, &snapshot.button) {
                (EventBody::Message(_), _) => answer(id, snapshot, "test/topics", "Which topic?"),
                (EventBody::Press { .. }, Some(chosen)) => {
                    let text = format!("About {}", chosen.meaning.payload);
                    answer(id, snapshot, "test/topics", &text)
                }
                _ => return Ok(Outcome::default()),
            };
            if let (EventBody::Message(_), Action::Send(send)) = (&event.new.event.body, &mut action) {
                for number in 1..=CHOICES {
                    let button = ButtonId(clock.id());
                    send.buttons.push(Button {
                        label: label(number),
                        effect: ButtonEffect::Press { id: button },
                    });
                    let meaning = ButtonMeaning {
                        owner: ButtonOwner::Plugin("test/topics".into()),
                        payload: format!("topic {number}"),
                        presser: Presser::Anyone,
                        private: false,
                    };
                    send.meanings.push((button, meaning));
                }
            }
            Ok(Outcome {
                actions: vec![(plugin, action)],
                ..Outcome::default()
            })
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_is_answered_also_after_a_restart() {
    let (fake, folder) = (Fake::start().await, tempfile::tempdir().unwrap());
    let runtime = by_topic().start().await;
    connect(&runtime, &fake, folder.path());
    fake.welcomed(1).await;
    fake.says(DIRECT, "I have a question");
    let shown = sent(&fake, 0).await;
    assert_eq!(choices(&shown).count(), CHOICES as usize);
    fake.chooses(&shown, &label(27));
    assert_eq!(sent(&fake, 1).await.body["content"], "About topic 27");

    runtime.settled().await;
    let runtime = runtime.restart().await;
    connect(&runtime, &fake, folder.path());
    let chosen = fake.chooses(&shown, &label(3));
    assert_eq!(sent(&fake, 2).await.body["content"], "About topic 3");
    fake.called(&format!("POST interactions/{chosen}/"), 1).await;
    runtime.settled().await;
}
