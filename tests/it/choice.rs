//! Buttons where there are none: a list of numbers, and the number or the words that choose from it.

use std::sync::Arc;
use std::time::Duration;

use switchboard::connectors::Acceptance;
use switchboard::dispatcher::{Outcome, Stance};
use switchboard::model::Action;
use switchboard::model::EventBody;
use switchboard::model::action::Priority;
use switchboard::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use switchboard::model::directory::Audience;
use switchboard::model::ids::{ButtonId, MessageId};

use crate::support::{Builder, Parts, Script, TestRuntime, answer};

/// Offers red and blue when asked for colours, says which was pressed, and repeats everything else.
fn colours(presser: Presser) -> impl Fn(&Parts) -> Script + 'static {
    move |parts| {
        let (clock, presser) = (Arc::clone(&parts.clock), presser.clone());
        Script::new(move |event, snapshot| {
            let text = match &event.new.event.body {
                EventBody::Message(message) => message.content.to_plain(),
                EventBody::Press { .. } => match &snapshot.button {
                    Some(button) => format!("You chose {}.", button.meaning.payload),
                    None => "That is not for you.".to_owned(),
                },
                _ => return Ok(Outcome::default()),
            };
            let (plugin, mut reply) = answer(MessageId(clock.id()), snapshot, "test/colours", &text);
            if let Action::Send(send) = &mut reply
                && text == "colours"
            {
                for label in ["Red", "Blue"] {
                    let id = ButtonId(clock.id());
                    let meaning = ButtonMeaning {
                        owner: ButtonOwner::Plugin("test/colours".into()),
                        payload: label.to_lowercase(),
                        presser: presser.clone(),
                        private: false,
                    };
                    send.buttons.push(Button {
                        label: label.to_owned(),
                        effect: ButtonEffect::Press { id },
                    });
                    send.meanings.push((id, meaning));
                }
                send.priority = Priority::Answer;
            }
            Ok(Outcome {
                actions: vec![(plugin, reply)],
                stance: Stance::Answered,
                ..Outcome::default()
            })
        })
    }
}

fn without_buttons(presser: Presser) -> Builder {
    TestRuntime::builder()
        .abilities(|abilities| abilities.buttons = false)
        .handler(colours(presser))
}

async fn says(runtime: &TestRuntime, text: &str) -> String {
    runtime.say("alice", text).await;
    runtime.settled().await;
    runtime.heard("alice").pop().expect("something was answered")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_or_a_label_presses_the_button_of_the_newest_list() {
    let runtime = without_buttons(Presser::Anyone).start().await;
    assert_eq!(says(&runtime, "colours").await, "colours\n\n1. Red\n2. Blue");
    assert_eq!(says(&runtime, "2").await, "You chose blue.");
    assert_eq!(says(&runtime, " Red! ").await, "You chose red.");
    let said: Vec<String> = runtime
        .transcript("alice")
        .await
        .iter()
        .map(|said| said.new.content.to_plain())
        .collect();
    assert_eq!(
        said,
        ["colours", "colours", "2", "You chose blue.", " Red! ", "You chose red."]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_chooses_nothing_is_a_message() {
    let runtime = without_buttons(Presser::Anyone).start().await;
    assert_eq!(says(&runtime, "1").await, "1");
    says(&runtime, "colours").await;
    assert_eq!(says(&runtime, "3").await, "3");
    assert_eq!(says(&runtime, "Blue or red?").await, "Blue or red?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_forgotten_after_a_day() {
    let runtime = without_buttons(Presser::Anyone).start().await;
    says(&runtime, "colours").await;
    runtime.advance(Duration::from_hours(23)).await;
    assert_eq!(says(&runtime, "2").await, "You chose blue.");
    runtime.advance(Duration::from_hours(1)).await;
    assert_eq!(says(&runtime, "2").await, "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_are_buttons_a_number_is_a_number() {
    let runtime = TestRuntime::builder().handler(colours(Presser::Anyone)).start().await;
    assert_eq!(says(&runtime, "colours").await, "colours");
    assert_eq!(says(&runtime, "2").await, "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_for_staff_does_nothing_for_others() {
    let runtime = without_buttons(Presser::Staff).start().await;
    says(&runtime, "colours").await;
    assert_eq!(says(&runtime, "2").await, "That is not for you.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_press_of_somebody_for_whom_it_is_not_is_refused_and_nothing_is_said() {
    for (presser, expected) in [(Presser::Staff, false), (Presser::Anyone, true)] {
        let runtime = TestRuntime::builder().handler(colours(presser)).start().await;
        says(&runtime, "colours").await;
        let ButtonEffect::Press { id } = runtime.transcript("alice").await[1].new.buttons[0].effect else {
            panic!("it is a button");
        };
        let press = runtime.event("alice", "alice", Audience::Direct, |message| EventBody::Press {
            message: Some(message),
            button: id,
            values: Vec::new(),
        });
        let accepted = runtime.accept(vec![press]).await;
        assert_eq!(accepted != [Acceptance::NotTheirs], expected);
        runtime.settled().await;
        assert_eq!(runtime.heard("alice").len(), 1 + usize::from(expected));
    }
}
