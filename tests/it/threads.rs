//! Answers that open threads: the conversation goes on there, and nothing is lost where a thread does not come about.

use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::connectors::loopback::Fault;
use switchboard::connectors::{Acceptance, Connector as _};
use switchboard::dispatcher::Outcome;
use switchboard::model::action::{Author, Priority, Send};
use switchboard::model::conversation::LaneKey;
use switchboard::model::directory::Place;
use switchboard::model::event::{Addressed, Source};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{AccountId, MessageId, MessageRef, PlaceId, PlaceRef};
use switchboard::model::{Action, Content, Conversation, Event, EventBody};
use switchboard::outbox::Decision;
use switchboard::storage::core::DeliveryState;
use switchboard::storage::unit::{Accept, DirectoryUnit};
use switchboard::storage::{Page, Unit, WriteError};
use uuid::Uuid;

use crate::support::{Builder, Script, TestRuntime, after_death, answer, until_death};

/// The plugin answers in a thread where it may; staff answer where the conversation is held. `change …` is about what was said first.
fn in_threads() -> Builder {
    TestRuntime::builder()
        .abilities(|abilities| abilities.threads = true)
        .handler(|parts| {
            let clock = std::sync::Arc::clone(&parts.clock);
            Script::new(move |event, snapshot| {
                let (EventBody::Message(message), Some(conversation)) =
                    (&event.new.event.body, snapshot.conversation.as_ref())
                else {
                    return Ok(Outcome::default());
                };
                let text = message.content.to_plain();
                let id = MessageId(clock.id());
                let action = match text.split_once(' ') {
                    Some(("staff", text)) => (None, Action::Send(by_staff(id, conversation, text))),
                    Some(("change", text)) => (None, edit(snapshot.about.as_ref().unwrap().new.id, text)),
                    _ => {
                        let (plugin, mut action) = answer(id, snapshot, "test/echo", &format!("echo {text}"));
                        if let Action::Send(send) = &mut action {
                            send.thread = !snapshot.place.as_ref().unwrap().thread;
                        }
                        (plugin, action)
                    }
                };
                Ok(Outcome {
                    actions: vec![action],
                    ..Outcome::default()
                })
            })
        })
}

fn by_staff(message: MessageId, conversation: &Conversation, text: &str) -> Send {
    let author = Author::Staff {
        id: AccountId(Uuid::nil()),
        name: "Carol".to_owned(),
    };
    Send::new(
        message,
        conversation.place,
        author,
        Content::plain(text),
        Priority::Reply,
    )
}

fn edit(message: MessageId, text: &str) -> Action {
    Action::Edit {
        message,
        content: Content::plain(text),
        buttons: Vec::new(),
        meanings: Vec::new(),
    }
}

/// Somebody writes in the channel, or in a thread of it: `channel/message`.
fn says(runtime: &TestRuntime, who: &str, place: &str, text: &str, addressed: Addressed) -> (Event, MessageRef) {
    let mut event = runtime.shared(who, place, text, addressed);
    if let (Source::Platform { place: seen, .. }, Some((parent, _))) = (&mut event.source, place.split_once('/')) {
        (seen.thread, seen.parent) = (true, Some(TestRuntime::place(parent)));
    }
    let EventBody::Message(said) = &event.body else {
        unreachable!("it is said");
    };
    let named = said.native.clone();
    (event, named)
}

/// Asks in the channel, and answers how the platform names the thread that would hang there.
async fn asks(runtime: &TestRuntime, who: &str, text: &str) -> String {
    let (event, native) = says(runtime, who, "garden", text, Addressed::Mention);
    runtime.accept(vec![event]).await;
    runtime.settled().await;
    format!("garden/{}", native.id)
}

async fn writes(runtime: &TestRuntime, who: &str, place: &str, text: &str) {
    let (event, _) = says(runtime, who, place, text, Addressed::Overheard);
    runtime.accept(vec![event]).await;
    runtime.settled().await;
}

async fn replies(runtime: &TestRuntime, place: &str, to: MessageRef, text: &str) {
    let (mut event, _) = says(runtime, "alice", place, text, Addressed::Reply);
    if let EventBody::Message(message) = &mut event.body {
        message.reply_to = Some(to);
    }
    runtime.accept(vec![event]).await;
    runtime.settled().await;
}

async fn place(runtime: &TestRuntime, name: &str) -> Place {
    let native = TestRuntime::place(name);
    runtime
        .storage
        .place_by_native(&native)
        .await
        .unwrap()
        .expect("it is known")
}

async fn held_in(runtime: &TestRuntime, name: &str) -> Option<Conversation> {
    let lane = LaneKey::of_place(place(runtime, name).await.id);
    runtime.storage.conversation_of_lane(&lane).await.unwrap()
}

/// Asks in the channel, and answers when the platform has opened the thread and not said so.
async fn asks_and_nobody_says_that_there_is_a_thread(runtime: &TestRuntime) -> String {
    runtime.platform.faults([Fault::Unanswered]);
    let mut arrived = runtime.platform.arrived();
    let (event, native) = says(runtime, "alice", "garden", "How do I pay?", Addressed::Mention);
    runtime.accept(vec![event]).await;
    arrived.changed().await.unwrap();
    format!("garden/{}", native.id)
}

async fn states(runtime: &TestRuntime) -> Vec<DeliveryState> {
    let deliveries = runtime.deliveries().await;
    deliveries.iter().map(|delivery| delivery.state).collect()
}

/// What was said in a conversation, oldest first.
async fn said(runtime: &TestRuntime, conversation: &Conversation) -> Vec<String> {
    let page = Page {
        before: None,
        limit: 100,
    };
    let said = runtime.storage.messages_of_conversation(conversation.id, page).await;
    let mut texts: Vec<String> = said.unwrap().iter().map(|said| said.new.content.to_plain()).collect();
    texts.reverse();
    texts
}

fn threads(runtime: &TestRuntime) -> Vec<String> {
    let arrivals = runtime.platform.arrivals().into_iter();
    arrivals
        .filter_map(|arrival| arrival.body.thread_name().map(str::to_owned))
        .collect()
}

/// The platform's name of a text of ours.
fn named(runtime: &TestRuntime, place: &str, text: &str) -> MessageRef {
    let place: PlaceRef = TestRuntime::place(place);
    let is_it = |body: &FittedBody| matches!(body, FittedBody::Send { content, .. } if content.to_plain() == text);
    let arrivals = runtime.platform.arrivals().into_iter();
    let mut found = arrivals.filter(|arrival| arrival.place == place && is_it(&arrival.body));
    let id = found.next().expect("it arrived").native;
    MessageRef { place, id }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_opens_a_thread_takes_its_conversation_there() {
    let runtime = in_threads().start().await;
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    assert_eq!(threads(&runtime), ["How do I pay?"]);
    assert_eq!(
        (runtime.heard("garden").len(), runtime.heard(&thread)),
        (0, vec!["echo How do I pay?".to_owned()])
    );
    let (channel, opened) = (place(&runtime, "garden").await, place(&runtime, &thread).await);
    assert_eq!(opened.name, "garden / How do I pay?");
    assert!(opened.thread && opened.enabled && opened.parent == Some(channel.id));

    // There nobody has to call the bot by its name, neither who asked nor anybody else.
    writes(&runtime, "alice", &thread, "by card").await;
    writes(&runtime, "bob", &thread, "me too").await;
    let held = held_in(&runtime, &thread).await.expect("it is open");
    assert_eq!(held.place, opened.id);
    let expected = [
        "How do I pay?",
        "echo How do I pay?",
        "by card",
        "echo by card",
        "me too",
        "echo me too",
    ];
    assert_eq!(said(&runtime, &held).await, expected);
    writes(&runtime, "bob", &thread, "staff Cards are fine.").await;
    assert_eq!(runtime.heard(&thread).last().unwrap(), "Cards are fine.");

    // What else is said in the channel has nothing to do with it.
    let second = asks(&runtime, "alice", "And where?").await;
    assert_ne!(held_in(&runtime, &second).await.unwrap().id, held.id);
    assert_eq!(threads(&runtime), ["How do I pay?", "And where?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_in_a_thread_is_changed_there() {
    let runtime = in_threads().start().await;
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let answer = named(&runtime, &thread, "echo How do I pay?");
    replies(&runtime, &thread, answer.clone(), "change By card.").await;
    let last = runtime.platform.arrivals().pop().unwrap();
    assert_eq!(last.place, answer.place);
    assert!(
        matches!(last.body, FittedBody::Edit { target, .. } if target == answer),
        "{:?}",
        last.place
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_while_a_thread_is_being_opened_waits_for_it() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    let thread = asks(&runtime, "alice", "one").await;
    asks(&runtime, "alice", "two").await;
    asks(&runtime, "alice", "staff Three.").await;
    assert_eq!((runtime.heard("garden").len(), runtime.heard(&thread).len()), (0, 0));
    runtime.advance(Duration::from_secs(2)).await;
    let mut heard = runtime.heard(&thread);
    // A person's reply may overtake the answers.
    heard.sort();
    assert_eq!(heard, ["Three.", "echo one", "echo two"]);
    assert_eq!(
        (threads(&runtime), runtime.heard("garden").len()),
        (vec!["one".to_owned()], 0)
    );
    let opened = place(&runtime, &thread).await.id;
    assert!(
        runtime
            .deliveries()
            .await
            .iter()
            .all(|delivery| delivery.new.place == opened)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_of_which_nobody_knows_whether_it_came_about_is_opened_again_and_the_answer_is_said_once() {
    let builder = in_threads().abilities(|abilities| abilities.idempotent_send = false);
    let runtime = builder.start().await;
    runtime.platform.faults([Fault::CutAfter]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    assert_eq!(runtime.heard(&thread).len(), 0);
    // What is on disk goes on after a restart.
    let runtime = runtime.restart().await;
    runtime.settled().await;
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(runtime.heard(&thread), ["echo How do I pay?"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
    assert!(held_in(&runtime, &thread).await.is_some());
}

#[test]
fn a_thread_that_was_being_opened_when_the_process_died_is_opened_again_and_the_conversation_goes_on_there() {
    let mut thread = String::new();
    let remains = until_death(async {
        let builder = in_threads().abilities(|abilities| abilities.idempotent_send = false);
        let runtime = builder.start().await;
        thread = asks_and_nobody_says_that_there_is_a_thread(&runtime).await;
        let expected = [DeliveryState::Sending, DeliveryState::Queued];
        assert_eq!(states(&runtime).await, expected);
        runtime.die()
    });
    after_death(async {
        let runtime = remains.start().await;
        runtime.settled().await;
        assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
        assert_eq!(threads(&runtime), ["How do I pay?"; 2], "the platform was asked twice");
        assert_eq!(
            (runtime.heard("garden").len(), runtime.heard(&thread)),
            (0, vec!["echo How do I pay?".to_owned()])
        );
        let held = held_in(&runtime, &thread).await.expect("it is open");
        assert_eq!(held.place, place(&runtime, &thread).await.id);
    });
}

#[test]
fn what_is_said_in_a_thread_before_it_is_on_disk_that_it_is_there_belongs_to_its_conversation() {
    let mut thread = String::new();
    let remains = until_death(async {
        let runtime = in_threads().start().await;
        thread = asks_and_nobody_says_that_there_is_a_thread(&runtime).await;
        // The next process does not reach the platform at once.
        runtime.platform.faults([Fault::Unreachable]);
        runtime.die()
    });
    after_death(async {
        let runtime = remains.start().await;
        runtime.settled().await;
        writes(&runtime, "alice", &thread, "by card").await;
        runtime.advance(Duration::from_secs(1)).await;
        assert_eq!(
            (held_in(&runtime, &thread).await, runtime.heard(&thread).len()),
            (None, 0)
        );
        for _ in 0..2 {
            runtime.advance(Duration::from_secs(1)).await;
        }
        assert_eq!(runtime.heard(&thread), ["echo How do I pay?", "echo by card"]);
        let held = held_in(&runtime, &thread).await.expect("it is open");
        let expected = ["How do I pay?", "echo How do I pay?", "by card", "echo by card"];
        assert_eq!(said(&runtime, &held).await, expected);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_in_a_thread_into_which_no_conversation_comes_is_passed_by() {
    let runtime = in_threads().start().await;
    let refused = Fault::Refuse("not now".to_owned());
    runtime.platform.faults([Fault::Unreachable, refused]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let (event, native) = says(&runtime, "bob", &thread, "Look here, Carol", Addressed::Overheard);
    let accepted = runtime.accept(vec![event]).await[0];
    let Acceptance::Stored(seq) = accepted else {
        panic!("{accepted:?}")
    };
    for _ in 0..3 {
        runtime.advance(Duration::from_secs(1)).await;
    }
    assert_eq!(
        (runtime.heard("garden").len(), runtime.heard(&thread).len()),
        (1, 0),
        "nobody has called the bot there"
    );
    let (_, trace) = runtime.storage.event(seq).await.unwrap().unwrap();
    let steps = trace.expect("it is handled").steps;
    assert!(
        steps.len() == 1 && steps[0].line.contains("not meant for the bot"),
        "{steps:?}"
    );
    assert_eq!(runtime.storage.message_by_native(&native).await.unwrap(), None);
    let (next, _) = says(&runtime, "bob", &thread, "And here", Addressed::Overheard);
    assert_eq!(runtime.accept(vec![next]).await, [Acceptance::NotHere]);
}

/// Whoever reads one of these tables fails.
fn hide(runtime: &TestRuntime, hidden: bool) {
    let connection = rusqlite::Connection::open(runtime.database()).unwrap();
    connection.execute_batch("PRAGMA legacy_alter_table = ON").unwrap();
    for table in ["conversation", "delivery", "place", "identity", "message"] {
        let (from, to) = (table.to_owned(), format!("{table}_hidden"));
        let (from, to) = if hidden { (from, to) } else { (to, from) };
        connection
            .execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_what_is_overheard_in_a_thread_without_a_conversation_nothing_is_read() {
    let runtime = in_threads().start().await;
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let overheard = |place| says(&runtime, "bob", place, "Look here, Carol", Addressed::Overheard).0;
    let theirs = "garden/m77";
    assert_eq!(runtime.accept(vec![overheard(theirs)]).await, [Acceptance::NotHere]);
    hide(&runtime, true);
    for _ in 0..3 {
        assert_eq!(runtime.accept(vec![overheard(theirs)]).await, [Acceptance::NotHere]);
    }
    hide(&runtime, false);
    // Called once, it hears the rest, and so it does where it answers already.
    let (called, _) = says(&runtime, "bob", theirs, "Who knows?", Addressed::Mention);
    runtime.accept(vec![called]).await;
    runtime.settled().await;
    let runtime = runtime.restart().await;
    for place in [theirs, &thread] {
        writes(&runtime, "bob", place, "me too").await;
        assert_eq!(runtime.heard(place).last().unwrap(), "echo me too", "{place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_is_opening_cannot_be_given_up() {
    let runtime = in_threads().start().await;
    let thread = asks_and_nobody_says_that_there_is_a_thread(&runtime).await;
    let opening = runtime.deliveries().await[0].new.id;
    let given_up = runtime.outbox.decide(opening, Decision::GiveUp, vec![]).await;
    assert!(matches!(given_up, Err(WriteError::Conflict { .. })), "{given_up:?}");
    // What is said meanwhile waits for the thread, too.
    let (event, _) = says(&runtime, "alice", "garden", "by card", Addressed::Mention);
    runtime.accept(vec![event]).await;
    runtime.until_deliveries(3).await;
    runtime.platform.answers();
    runtime.settled().await;
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 3]);
    assert_eq!(runtime.heard(&thread), ["echo How do I pay?", "echo by card"]);
    assert_eq!((threads(&runtime).len(), runtime.heard("garden").len()), (1, 0));
    assert!(held_in(&runtime, &thread).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_thread_was_given_up_before_it_came_about_is_said_without_one() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let opening = runtime.deliveries().await[0].new.clone();
    let given_up = runtime.outbox.decide(opening.id, Decision::GiveUp, vec![]).await;
    given_up.unwrap();
    runtime.settled().await;
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(
        states(&runtime).await,
        [DeliveryState::GivenUp, DeliveryState::Delivered]
    );
    assert_eq!(
        (
            runtime.heard("garden"),
            runtime.heard(&thread).len(),
            threads(&runtime).len()
        ),
        (vec!["[#1] echo How do I pay?".to_owned()], 0, 0)
    );
    let held = runtime.storage.conversation(opening.conversation.unwrap()).await;
    assert_eq!(held.unwrap().unwrap().place, place(&runtime, "garden").await.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_thread_is_refused_the_answer_is_a_reply_under_a_short_name() {
    let runtime = in_threads().start().await;
    runtime
        .platform
        .faults([Fault::Refuse("the bot may not open threads".to_owned())]);
    asks(&runtime, "alice", "How do I pay?").await;
    assert_eq!(runtime.heard("garden"), ["[#1] echo How do I pay?"]);
    let deliveries = runtime.deliveries().await;
    let states: Vec<_> = deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [DeliveryState::Failed, DeliveryState::Delivered]);
    assert_eq!(deliveries[0].reason.as_deref(), Some("the bot may not open threads"));
    let held = runtime
        .storage
        .conversation(deliveries[1].new.conversation.unwrap())
        .await;
    assert_eq!(held.unwrap().unwrap().place, place(&runtime, "garden").await.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_given_up_takes_its_conversation_into_no_empty_thread() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let answer = runtime.deliveries().await[1].new.clone();
    runtime
        .outbox
        .decide(answer.id, Decision::GiveUp, vec![])
        .await
        .unwrap();
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(runtime.heard(&thread).len(), 0);
    let held = runtime.storage.conversation(answer.conversation.unwrap()).await;
    assert_eq!(held.unwrap().unwrap().place, place(&runtime, "garden").await.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_others_began_in_the_thread_stays_theirs() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Unreachable]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let (event, _) = says(&runtime, "bob", &thread, "Who knows?", Addressed::Mention);
    runtime.accept(vec![event]).await;
    runtime.settled().await;
    let bobs = held_in(&runtime, &thread).await.expect("it is open");
    runtime.advance(Duration::from_secs(2)).await;
    assert_eq!(runtime.heard(&thread), ["echo Who knows?", "echo How do I pay?"]);
    assert_eq!(held_in(&runtime, &thread).await.unwrap().id, bobs.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_replies_in_the_channel_to_what_was_said_before_is_answered_in_the_thread() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Refuse("not now".to_owned())]);
    asks(&runtime, "alice", "one").await;
    let thread = asks(&runtime, "alice", "two").await;
    let before = named(&runtime, "garden", "[#1] echo one");
    replies(&runtime, "garden", before, "three").await;
    assert_eq!(runtime.heard(&thread), ["echo two", "echo three"]);
    assert_eq!(threads(&runtime), ["two"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_a_thread_ends_as_late_as_one_that_began_there() {
    let runtime = in_threads()
        .handler(|parts| switchboard::handoff::Handoff::new(parts.storage.clone(), parts.clock.clone()))
        .start()
        .await;
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    runtime.advance(Duration::from_mins(31)).await;
    assert!(
        held_in(&runtime, &thread).await.is_some(),
        "half an hour is for channels"
    );
    runtime.advance(Duration::from_hours(24)).await;
    assert!(held_in(&runtime, &thread).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_thread_the_platform_opens_no_other() {
    let runtime = in_threads().start().await;
    let native = TestRuntime::place("garden/m0");
    assert!(!runtime.platform.capabilities(&native).threads);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_as_open_as_its_channel_also_when_that_changes() {
    // Nobody answers, so that no conversation keeps the bot in a thread.
    let runtime = TestRuntime::builder().start().await;
    let to_others = |place| says(&runtime, "bob", place, "Look here, Carol", Addressed::Overheard).0;
    let taken = async |place| runtime.accept(vec![to_others(place)]).await.remove(0);
    assert_eq!(taken("garden").await, Acceptance::NotHere);
    assert_eq!(taken("garden/1").await, Acceptance::NotHere);
    for reads_along in [true, false] {
        runtime.reads_along_there("garden", reads_along).await;
        for place in ["garden", "garden/1", "garden/2"] {
            let heard = taken(place).await != Acceptance::NotHere;
            assert_eq!(heard, reads_along, "{place}");
        }
    }
    runtime.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_chose_for_a_thread_stays_and_old_news_of_the_platform_opens_nothing() {
    let runtime = TestRuntime::builder().start().await;
    runtime.reads_along("garden").await;
    for thread in ["garden/1", "garden/2"] {
        let heard = says(&runtime, "bob", thread, "Look here, Carol", Addressed::Overheard).0;
        runtime.accept(vec![heard]).await;
    }
    runtime.settled().await;
    let old = place(&runtime, "garden/2").await;
    runtime.reads_along_there("garden/1", false).await;
    for reads_along in [false, true] {
        runtime.reads_along_there("garden", reads_along).await;
        assert!(!place(&runtime, "garden/1").await.overheard, "a person has closed it");
        assert_eq!(place(&runtime, "garden/2").await.overheard, reads_along);
    }
    runtime.reads_along_there("garden", false).await;
    // What the platform told before that is written only now.
    let renamed = Place {
        name: "Seeds".to_owned(),
        ..old.clone()
    };
    let new = Place {
        id: PlaceId(Uuid::from_u128(9)),
        native: TestRuntime::place("garden/3"),
        ..old
    };
    let accept = Accept {
        directory: [renamed, new].map(DirectoryUnit::Place).into(),
        events: Vec::new(),
        cursor: None,
    };
    runtime.storage.write(Unit::Accept(accept)).await.unwrap();
    let seeds = place(&runtime, "garden/2").await;
    assert_eq!((seeds.name.as_str(), seeds.overheard), ("Seeds", false));
    assert!(!place(&runtime, "garden/3").await.overheard);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_is_set_to_be_as_its_channel_is_goes_on_following_it() {
    let runtime = TestRuntime::builder().start().await;
    runtime.reads_along("garden").await;
    let heard = says(&runtime, "bob", "garden/1", "Look here, Carol", Addressed::Overheard).0;
    runtime.accept(vec![heard]).await;
    runtime.settled().await;
    runtime.reads_along_there("garden/1", true).await;
    for reads_along in [false, true] {
        runtime.reads_along_there("garden", reads_along).await;
        assert_eq!(place(&runtime, "garden/1").await.overheard, reads_along);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_where_a_thread_does_not_come_about_waits_ten_minutes_and_no_longer_behind_others() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Busy {
        retry_after: Duration::from_hours(1),
        whole_login: false,
    }]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let mut said = Vec::new();
    for (who, addressed) in [
        ("alice", Addressed::Overheard),
        ("bob", Addressed::Overheard),
        ("carol", Addressed::Mention),
    ] {
        said.push(says(&runtime, who, &thread, &format!("I am {who}"), addressed).0);
    }
    runtime.accept(said).await;
    runtime.settled().await;
    assert!(held_in(&runtime, &thread).await.is_none());
    runtime.advance(Duration::from_mins(11)).await;
    // Carol's call is no longer behind what called nobody.
    assert_eq!(runtime.heard(&thread), ["echo I am carol"]);
    runtime.advance(Duration::from_hours(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_minutes_are_ten_minutes_also_when_the_clock_is_set_back() {
    let runtime = in_threads().start().await;
    runtime.platform.faults([Fault::Busy {
        retry_after: Duration::from_hours(1),
        whole_login: false,
    }]);
    let thread = asks(&runtime, "alice", "How do I pay?").await;
    let said = [("alice", Addressed::Overheard), ("carol", Addressed::Mention)]
        .map(|(who, addressed)| says(&runtime, who, &thread, &format!("I am {who}"), addressed).0);
    runtime.accept(said.into()).await;
    runtime.settled().await;
    runtime.clock.set(runtime.clock.now() - Duration::from_hours(1));
    runtime.advance(Duration::from_mins(11)).await;
    assert_eq!(runtime.heard(&thread), ["echo I am carol"]);
    runtime.advance(Duration::from_hours(1)).await;
}
