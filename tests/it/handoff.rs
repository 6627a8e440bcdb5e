//! Passing a conversation to staff: hours, how long it takes, and who goes away.

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::connectors::Acceptance;
use switchboard::dispatcher::Outcome;
use switchboard::handoff::Handoff;
use switchboard::model::conversation::{Actor, Holder, HolderKind};
use switchboard::model::event::{Addressed, Source, StaffAct};
use switchboard::model::hours::Hours;
use switchboard::model::ids::AccountId;
use switchboard::model::{Action, Content, Event, EventBody};
use switchboard::storage::Unit;
use switchboard::storage::handoff::HandoffUnit;

use crate::support::{Builder, Script, TestRuntime};

const CAROL: AccountId = AccountId(uuid::Uuid::from_u128(1));

/// Calls a person at each message, and says nothing.
async fn calling() -> TestRuntime {
    calling_on(TestRuntime::builder()).start().await
}

fn calling_on(builder: Builder) -> Builder {
    builder
        .handler(|parts| Handoff::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
        .handler(|_| {
            Script::new(|event, _| {
                let call = Action::HandOff {
                    queue: None,
                    reason: "asked for a person".to_owned(),
                    topic: None,
                };
                let mut outcome = Outcome::default();
                if matches!(event.new.event.body, EventBody::Message(_)) {
                    outcome.actions.push((Some("test/handoff".into()), call));
                }
                Ok(outcome)
            })
        })
}

async fn says(runtime: &TestRuntime, who: &str, text: &str) {
    runtime.say(who, text).await;
    runtime.settled().await;
}

async fn staff(runtime: &TestRuntime, who: &str, act: StaffAct) {
    let conversation = runtime.conversation(who).await.expect("a conversation is open");
    let event = Event {
        source: Source::Internal {
            conversation: Some(conversation.id),
            place: Some(conversation.place),
        },
        occurred_at: runtime.clock.now(),
        dedupe: format!("console/{}", runtime.clock.id()),
        hops: 0,
        body: EventBody::Staff {
            account: CAROL,
            name: "Carol".to_owned(),
            act,
        },
    };
    let accepted = runtime.dispatcher.accept_internal(vec![event]).await;
    assert!(matches!(accepted.as_deref(), Ok([Acceptance::Stored(_)])));
    runtime.settled().await;
}

fn reply(text: &str) -> StaffAct {
    StaffAct::Reply {
        content: Content::plain(text),
        files: Vec::new(),
    }
}

async fn holder(runtime: &TestRuntime, who: &str) -> HolderKind {
    let conversation = runtime.conversation(who).await.expect("a conversation is open");
    conversation.holder.kind()
}

fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_opening_hours_the_visitor_hears_once_when_somebody_is_back() {
    let runtime = calling().await;
    // It is Monday, 16:13 in Berlin.
    let hours = Hours::read(["mon-fri 09:00-16:00"]).expect("hours");
    let unit = HandoffUnit::Hours {
        community: runtime.community,
        hours: hours.clone(),
    };
    runtime
        .storage
        .write(Unit::Handoff(unit))
        .await
        .expect("hours are kept");
    assert_eq!(runtime.storage.hours(runtime.community).await.expect("hours"), hours);
    says(&runtime, "alice", "I want to talk to a person").await;
    says(&runtime, "alice", "Is anybody there?").await;
    let away = "Nobody is here right now. We are back on Tuesday at 09:00 (Europe/Berlin). \
                Leave your message here; it will be read then.";
    assert_eq!(runtime.heard("alice"), [away]);
    runtime.advance(minutes(17 * 60)).await;
    says(&runtime, "bob", "I want to talk to a person").await;
    let next = "You are number 2 in line. There is no estimate yet. You can go on writing; it will be read.";
    assert_eq!(runtime.heard("bob"), [next]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_it_takes_is_said_once_enough_people_have_waited() {
    let runtime = calling().await;
    for (who, wait) in [("a", 4), ("b", 6), ("c", 8), ("d", 9), ("e", 30)] {
        says(&runtime, who, "A person, please").await;
        assert!(runtime.heard(who)[0].contains("no estimate yet"));
        runtime.advance(minutes(wait)).await;
        staff(&runtime, who, StaffAct::Claim { shown: None }).await;
        staff(&runtime, who, StaffAct::Close).await;
    }
    says(&runtime, "alice", "A person, please").await;
    let said = "You are next in line. Lately it took about 5 to 10 minutes. You can go on writing; it will be read.";
    assert_eq!(runtime.heard("alice"), [said]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_claims_and_goes_away_loses_the_conversation_to_the_queue_once() {
    let runtime = calling().await;
    says(&runtime, "alice", "A person, please").await;
    staff(&runtime, "alice", StaffAct::Claim { shown: None }).await;
    runtime.advance(minutes(9)).await;
    assert_eq!(holder(&runtime, "alice").await, HolderKind::Person);
    runtime.advance(minutes(1)).await;
    let conversation = runtime.conversation("alice").await.expect("it is open");
    let queue = "normal".into();
    assert_eq!(conversation.holder, Holder::Waiting { queue });
    let heard = runtime.heard("alice");
    let back = "A colleague will take over here. You are next in line. There is no estimate yet. You can go on \
                writing; it will be read.";
    assert_eq!(heard[2..], [back]);
    runtime.advance(minutes(60)).await;
    assert_eq!(runtime.heard("alice").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_answered_keeps_the_conversation_until_the_visitor_writes_to_nobody() {
    let runtime = calling().await;
    says(&runtime, "alice", "A person, please").await;
    staff(&runtime, "alice", reply("Have you tried turning it off and on?")).await;
    runtime.advance(minutes(60)).await;
    assert_eq!(holder(&runtime, "alice").await, HolderKind::Person);
    says(&runtime, "alice", "I have.").await;
    assert_eq!(holder(&runtime, "alice").await, HolderKind::Waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_on_answering_keeps_the_conversation() {
    let runtime = calling().await;
    says(&runtime, "alice", "A person, please").await;
    staff(&runtime, "alice", StaffAct::Claim { shown: None }).await;
    for _ in 0..5 {
        runtime.advance(minutes(6)).await;
        staff(&runtime, "alice", reply("Still looking.")).await;
        says(&runtime, "alice", "Thank you.").await;
    }
    assert_eq!(holder(&runtime, "alice").await, HolderKind::Person);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_hands_is_logged_with_who_why_and_when() {
    let runtime = calling().await;
    says(&runtime, "alice", "A person, please").await;
    runtime.advance(minutes(1)).await;
    staff(&runtime, "alice", StaffAct::Claim { shown: None }).await;
    runtime.advance(minutes(10)).await;
    let conversation = runtime.conversation("alice").await.expect("it is open");
    let log = runtime
        .storage
        .transitions(conversation.id)
        .await
        .expect("the log can be read");
    let begin = conversation.opened_at;
    let expected = [
        (HolderKind::Waiting, Actor::Plugin("test/handoff".into()), begin),
        (HolderKind::Person, Actor::Account(CAROL), begin + minutes(1)),
        (HolderKind::Waiting, Actor::Host, begin + minutes(11)),
    ];
    let logged = log
        .iter()
        .map(|logged| (logged.to.kind(), logged.actor.clone(), logged.at));
    assert_eq!(logged.collect::<Vec<_>>(), expected);
    assert!(log.iter().all(|logged| !logged.reason.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_are_no_buttons_who_waits_leaves_the_queue_by_a_number_or_a_word() {
    for (word, reason) in [
        ("1", "its number"),
        ("Never mind.", "its label"),
        ("cancel", "a word like it"),
    ] {
        let builder = calling_on(TestRuntime::builder().abilities(|abilities| abilities.buttons = false));
        let runtime = builder.start().await;
        says(&runtime, "alice", "A person, please").await;
        let notice = runtime.heard("alice").pop().expect("alice is told that she waits");
        assert!(notice.ends_with("1. Never mind"), "{notice}");
        says(&runtime, "alice", word).await;
        assert_eq!(holder(&runtime, "alice").await, HolderKind::Bot, "{reason}");
        let said = runtime
            .heard("alice")
            .pop()
            .expect("alice is told that she does not wait");
        assert!(said.contains("out of the line"), "{said}");
    }
}

/// Somebody writes in a thread, whose lane is its own.
async fn writes_in_thread(runtime: &TestRuntime, who: &str, text: &str, addressed: Addressed) -> Acceptance {
    let mut event = runtime.shared(who, "garden/1", text, addressed);
    if let Source::Platform { place, .. } = &mut event.source {
        (place.thread, place.parent) = (true, Some(TestRuntime::place("garden")));
    }
    let accepted = runtime.accept(vec![event]).await;
    runtime.settled().await;
    accepted[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_comes_back_to_staff_in_the_thread_that_they_closed_without_calling_the_bot() {
    let mut runtime = calling().await;
    let thread = "garden/1";
    writes_in_thread(&runtime, "alice", "A person, please", Addressed::Mention).await;
    // What was closed is known also after a restart.
    for restarts in [false, true] {
        staff(&runtime, thread, StaffAct::Close).await;
        if restarts {
            runtime = runtime.restart().await;
        }
        let theirs = writes_in_thread(&runtime, "bob", "Lovely day, Carol", Addressed::Overheard).await;
        assert_eq!(theirs, Acceptance::NotHere);
        assert!(
            runtime.conversation(thread).await.is_none(),
            "others bring nothing back"
        );
        writes_in_thread(&runtime, "alice", "It is broken again", Addressed::Overheard).await;
        assert_eq!(holder(&runtime, thread).await, HolderKind::Waiting);
    }
    staff(&runtime, thread, StaffAct::Close).await;
    runtime.advance(minutes(8 * 24 * 60)).await;
    let late = writes_in_thread(&runtime, "alice", "Thank you all", Addressed::Overheard).await;
    assert_eq!(late, Acceptance::NotHere);
}
