//! How answers leave: retried, never doubled, in order, and visible when a person has to look.

use std::time::Duration;

use switchboard::connectors::loopback::Fault;
use switchboard::dispatcher::Outcome;
use switchboard::model::Action;
use switchboard::model::Content;
use switchboard::model::EventBody;
use switchboard::model::ids::MessageId;
use switchboard::outbox::Decision;
use switchboard::storage::core::DeliveryState;

use crate::support::{Builder, Script, TestRuntime, answer};

fn echo() -> Builder {
    TestRuntime::builder().handler(|parts| Script::answering(parts, |text| Some(text.to_owned())))
}

async fn states(runtime: &TestRuntime) -> Vec<DeliveryState> {
    runtime
        .deliveries()
        .await
        .into_iter()
        .map(|delivery| delivery.state)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_could_not_be_sent_is_tried_again_and_holds_back_those_behind_it() {
    let runtime = echo().start().await;
    runtime.platform.faults([Fault::Unreachable, Fault::Unreachable]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.say("alice", "two").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    runtime.advance(Duration::from_secs(2)).await;
    runtime.advance(Duration::from_secs(4)).await;
    assert_eq!(runtime.heard("alice"), ["one", "two"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wait_a_platform_asks_for_is_obeyed_and_only_that_place_waits() {
    let runtime = echo().start().await;
    let retry_after = Duration::from_secs(7);
    runtime.platform.faults([Fault::Busy {
        retry_after,
        whole_login: false,
    }]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.say("bob", "hello").await;
    runtime.settled().await;
    assert_eq!((runtime.heard("alice").len(), runtime.heard("bob").len()), (0, 1));
    runtime.advance(Duration::from_secs(6)).await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    runtime.advance(Duration::from_secs(1)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_perhaps_sent_is_never_sent_again_by_itself() {
    let runtime = echo()
        .abilities(|abilities| abilities.idempotent_send = false)
        .start()
        .await;
    runtime.platform.faults([Fault::CutAfter]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.advance(Duration::from_hours(1)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
    assert_eq!(states(&runtime).await, [DeliveryState::PerhapsSent]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_can_send_again_what_was_perhaps_sent_or_say_that_it_arrived() {
    let runtime = echo()
        .abilities(|abilities| abilities.idempotent_send = false)
        .start()
        .await;
    runtime.platform.faults([Fault::CutBefore, Fault::CutAfter]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.say("alice", "two").await;
    runtime.settled().await;
    let deliveries = runtime.deliveries().await;
    runtime
        .outbox
        .decide(deliveries[0].new.id, Decision::Again, vec![])
        .await
        .expect("it can be tried again");
    runtime
        .outbox
        .decide(deliveries[1].new.id, Decision::Arrived, vec![])
        .await
        .expect("it can be marked");
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["two", "one"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_is_repeated_where_the_platform_drops_the_second() {
    let runtime = echo().start().await;
    runtime.platform.faults([Fault::CutAfter]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_platform_refuses_is_failed_with_its_reason_and_the_next_goes_on() {
    let runtime = echo().start().await;
    runtime
        .platform
        .faults([Fault::Refuse("the bot was blocked".to_owned())]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.say("alice", "two").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["two"]);
    let deliveries = runtime.deliveries().await;
    assert_eq!(deliveries[0].state, DeliveryState::Failed);
    assert_eq!(deliveries[0].reason.as_deref(), Some("the bot was blocked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_a_person_gave_up_is_not_sent() {
    let runtime = echo().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    let id = runtime.deliveries().await[0].new.id;
    runtime
        .outbox
        .decide(id, Decision::GiveUp, vec![])
        .await
        .expect("it can be given up");
    runtime.settled().await;
    runtime.advance(Duration::from_mins(1)).await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    assert_eq!(states(&runtime).await, [DeliveryState::GivenUp]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_for_a_retry_at_a_restart_is_sent_after_it() {
    let runtime = echo().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    let runtime = runtime.restart().await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_an_answer_reaches_the_platform_also_while_the_answer_waits() {
    let runtime = TestRuntime::builder()
        .handler(|parts| {
            let clock = std::sync::Arc::clone(&parts.clock);
            let first = MessageId(clock.id());
            Script::new(move |event, snapshot| {
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(Outcome::default());
                };
                let action = match message.content.to_plain().as_str() {
                    "ask" => answer(first, snapshot, "test/poll", "0 votes"),
                    votes => {
                        let content = Content::plain(&format!("{votes} votes"));
                        let edit = Action::Edit {
                            message: first,
                            content,
                            buttons: Vec::new(),
                            meanings: Vec::new(),
                        };
                        (Some("test/poll".into()), edit)
                    }
                };
                Ok(Outcome {
                    actions: vec![action],
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    runtime.platform.faults([Fault::Unreachable]);
    runtime.say("alice", "ask").await;
    runtime.settled().await;
    runtime.say("alice", "1").await;
    runtime.settled().await;
    runtime.advance(Duration::from_secs(2)).await;
    runtime.say("alice", "2").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["0 votes", "1 votes", "2 votes"]);
}
