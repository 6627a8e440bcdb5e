//! What is done where a place cannot do what is asked, or a platform will not: said in a word, or told to staff, and counted.

use std::time::Duration;

use switchboard::connectors::loopback::Fault;
use switchboard::dispatcher::Outcome;
use switchboard::model::action::Author;
use switchboard::model::event::Addressed;
use switchboard::model::fit::rules::Loss;
use switchboard::model::ids::{MessageId, PlaceId, PluginId};
use switchboard::model::{Action, EventBody};
use switchboard::outbox::Decision;
use switchboard::storage::Page;
use switchboard::storage::core::{DeliveryState, StoredMessage};
use uuid::Uuid;

use crate::support::{Builder, Script, TestRuntime, answer};

const ANSWER: MessageId = MessageId(Uuid::from_u128(77));

/// Reacts to the message, takes the reaction or the answer back, or answers, here or elsewhere, as it is told.
fn obedient() -> Builder {
    TestRuntime::builder().handler(|_| {
        Script::new(|event, snapshot| {
            let EventBody::Message(said) = &event.new.event.body else {
                return Ok(Outcome::default());
            };
            let text = said.content.to_plain();
            let mut action = match text.as_str() {
                "react" | "react no more" => Action::React {
                    message: snapshot.message.expect("it is kept"),
                    emoji: "👍".to_owned(),
                    add: text == "react",
                },
                "staff, please" => Action::HandOff {
                    queue: None,
                    reason: "asked for".to_owned(),
                    topic: None,
                },
                "take it back" => Action::Delete { message: ANSWER },
                _ => answer(ANSWER, snapshot, "test/obedient", "Yes.").1,
            };
            if let (Action::Send(send), Some(place)) = (&mut action, text.strip_prefix("say so in ")) {
                (send.place, send.reply_to) = (PlaceId(place.parse().expect("an id")), None);
            }
            Ok(Outcome {
                actions: vec![(Some(PluginId::from("test/obedient")), action)],
                ..Outcome::default()
            })
        })
    })
}

/// What was done in another way, by the traces of all events.
async fn traced(runtime: &TestRuntime) -> Vec<String> {
    let page = Page {
        before: None,
        limit: 100,
    };
    let events = runtime.storage.events(None, page, None).await;
    let events = events.expect("events can be read").into_iter().rev();
    let steps = events.flat_map(|(_, trace)| trace.unwrap_or_default().steps);
    let by_outbox = steps.filter(|step| step.who == "outbox");
    by_outbox.map(|step| step.line).collect()
}

async fn notes(runtime: &TestRuntime) -> Vec<StoredMessage> {
    let mut said = runtime.transcript("alice").await;
    said.retain(|message| message.new.note);
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_that_the_place_does_not_allow_is_said_as_an_answer() {
    let runtime = obedient().start().await;
    runtime
        .platform
        .faults([Fault::NotHere("no such emoji here".to_owned())]);
    runtime.say("alice", "react").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["👍"]);
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Failed, DeliveryState::Delivered]);
    let said = runtime.transcript("alice").await;
    assert_eq!(said[1].new.reply_to, Some(said[0].new.id));
    assert_eq!(traced(&runtime).await, [Loss::Reaction.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_that_is_tried_again_and_refused_again_is_said_once() {
    let runtime = obedient().start().await;
    let refused = || Fault::NotHere("no such emoji here".to_owned());
    runtime.platform.faults([refused()]);
    runtime.say("alice", "react").await;
    runtime.settled().await;
    runtime.advance(Duration::from_mins(1)).await;
    runtime.platform.faults([refused()]);
    let reaction = runtime.deliveries().await[0].new.id;
    let again = runtime.outbox.decide(reaction, Decision::Again, vec![]).await;
    again.expect("it can be tried again");
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["👍"]);
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Failed, DeliveryState::Delivered]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_that_is_refused_once_a_person_holds_the_conversation_is_left_out() {
    let runtime = obedient().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime
        .platform
        .faults([Fault::Unreachable, Fault::NotHere("no such emoji here".to_owned())]);
    runtime.say("alice", "react").await;
    runtime.settled().await;
    runtime.say("alice", "staff, please").await;
    runtime.settled().await;
    runtime.advance(Duration::from_mins(1)).await;
    assert_eq!(runtime.heard("alice"), ["Yes."]);
    assert_eq!(traced(&runtime).await, [Loss::ReactionLeftOut.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_that_is_refused_because_nothing_would_be_taken_is_left_out() {
    let runtime = obedient().start().await;
    runtime
        .platform
        .faults([Fault::Refuse("this message no longer exists".to_owned())]);
    runtime.say("alice", "react").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_are_no_reactions_one_is_an_answer_of_whoever_reacts() {
    let runtime = obedient().abilities(|able| able.react = false).start().await;
    for text in ["react", "react no more"] {
        runtime.say("alice", text).await;
        runtime.settled().await;
    }
    assert_eq!(runtime.heard("alice"), ["👍"]);
    let said = runtime.transcript("alice").await;
    let id = PluginId::from("test/obedient");
    assert_eq!(said[1].new.author, Author::Plugin { id });
    assert_eq!(said[1].new.reply_to, Some(said[0].new.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_what_could_not_be_taken_back_any_more() {
    let runtime = obedient().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime.platform.faults([Fault::Refuse("it is too old".to_owned())]);
    runtime.say("alice", "take it back").await;
    runtime.settled().await;
    let notes = notes(&runtime).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    let text = notes[0].new.content.to_plain();
    assert!(
        text.contains("still stands") && text.contains("it is too old"),
        "{text}"
    );
    assert_eq!(runtime.heard("alice"), ["Yes."], "members see nothing of it");
    assert_eq!(traced(&runtime).await, [Loss::Undeleted.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_where_nothing_can_ever_be_taken_back() {
    let unable = obedient().abilities(|able| (able.delete, able.edit) = (false, false));
    let runtime = unable.start().await;
    for text in ["hello", "take it back"] {
        runtime.say("alice", text).await;
        runtime.settled().await;
    }
    let notes = notes(&runtime).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].new.content.to_plain().contains("still stands"), "{notes:?}");
    assert_eq!(traced(&runtime).await, [Loss::Undeleted.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_to_what_was_only_overheard_is_never_a_word() {
    // Known beforehand, and shown only when it is asked for.
    for react in [false, true] {
        let runtime = obedient().abilities(move |able| able.react = react).start().await;
        runtime.reads_along("garden").await;
        runtime
            .platform
            .faults([Fault::NotHere("no such emoji here".to_owned())]);
        let said = runtime.shared("bob", "garden", "react", Addressed::Overheard);
        runtime.accept(vec![said]).await;
        runtime.settled().await;
        assert_eq!(runtime.heard("garden"), ["Yes."], "as it was called before");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_in_the_conversation_of_the_message_from_wherever_it_is_taken_back() {
    let unable = obedient().abilities(|able| (able.delete, able.edit) = (false, false));
    let runtime = unable.start().await;
    for (who, text) in [("alice", "hello"), ("bob", "take it back")] {
        runtime.say(who, text).await;
        runtime.settled().await;
    }
    let notes = notes(&runtime).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].new.content.to_plain().contains("still stands"), "{notes:?}");
    assert_eq!(traced(&runtime).await, [Loss::Undeleted.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_what_still_stands_after_all_tries() {
    let runtime = obedient().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime.platform.faults(vec![Fault::Unreachable; 12]);
    runtime.say("alice", "take it back").await;
    runtime.settled().await;
    for _ in 0..12 {
        runtime.advance(Duration::from_mins(15)).await;
    }
    let notes = notes(&runtime).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    let text = notes[0].new.content.to_plain();
    assert!(
        text.contains("still stands") && text.contains("tried 12 times"),
        "{text}"
    );
    assert_eq!(traced(&runtime).await, [Loss::Undeleted.line()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_to_look_where_nobody_knows_whether_a_message_is_gone() {
    let runtime = obedient().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime.platform.faults(vec![Fault::CutBefore; 12]);
    runtime.say("alice", "take it back").await;
    runtime.settled().await;
    for _ in 0..12 {
        runtime.advance(Duration::from_mins(15)).await;
    }
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::PerhapsSent]);
    let notes = notes(&runtime).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].new.content.to_plain().contains("may still stand"), "{notes:?}");
    assert_eq!(
        traced(&runtime).await,
        ["a message that was taken back may still stand: staff are told"]
    );
    assert_eq!(runtime.heard("alice"), ["Yes."], "members see nothing of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_that_a_message_may_still_stand_is_told_once_that_it_does() {
    let runtime = obedient().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime.platform.faults(vec![Fault::CutBefore; 12]);
    runtime.say("alice", "take it back").await;
    runtime.settled().await;
    for _ in 0..12 {
        runtime.advance(Duration::from_mins(15)).await;
    }
    for _ in 0..2 {
        let taken_back = runtime.deliveries().await[1].new.id;
        runtime.platform.faults([Fault::Refuse("it is too old".to_owned())]);
        let again = runtime.outbox.decide(taken_back, Decision::Again, vec![]).await;
        again.expect("it can be tried again");
        runtime.settled().await;
        let notes = notes(&runtime).await;
        let said: Vec<_> = notes.iter().map(|note| note.new.content.to_plain()).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("may still stand"), "{said:?}");
        assert!(
            said[1].contains("still stands") && said[1].contains("too old"),
            "{said:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_that_something_stands_which_never_arrived() {
    let runtime = obedient().start().await;
    runtime
        .platform
        .faults([Fault::Unreachable, Fault::Refuse("the bot was blocked".to_owned())]);
    for text in ["hello", "take it back"] {
        runtime.say("alice", text).await;
        runtime.settled().await;
    }
    runtime.advance(Duration::from_mins(1)).await;
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Failed; 2]);
    assert_eq!(notes(&runtime).await.len(), 0);
    assert_eq!(traced(&runtime).await, [""; 0]);
}

/// Something is said where the bot was called by name, from elsewhere and so in no conversation, and is taken back.
async fn taken_back_in_no_conversation(builder: Builder, faults: Vec<Fault>) -> TestRuntime {
    let runtime = builder.start().await;
    let called = runtime.shared("bob", "garden", "react", Addressed::Mention);
    runtime.accept(vec![called]).await;
    runtime.settled().await;
    let garden = TestRuntime::place("garden");
    let garden = runtime
        .storage
        .place_by_native(&garden)
        .await
        .expect("places can be read");
    let garden = garden.expect("it was told of").id;
    runtime.say("alice", &format!("say so in {garden}")).await;
    runtime.settled().await;
    assert_eq!(runtime.heard("garden"), ["Yes."]);
    runtime.platform.faults(faults);
    runtime.say("alice", "take it back").await;
    runtime.settled().await;
    runtime
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_message_is_in_no_conversation_nobody_says_that_staff_are_told() {
    let refused = vec![Fault::Refuse("it is too old".to_owned())];
    let unable = obedient().abilities(|able| (able.delete, able.edit) = (false, false));
    for (builder, faults) in [(obedient(), refused), (unable, Vec::new())] {
        let runtime = taken_back_in_no_conversation(builder, faults).await;
        assert_eq!(traced(&runtime).await, [Loss::UndeletedUntold.line()]);
        assert_eq!(notes(&runtime).await.len(), 0);
    }
}
