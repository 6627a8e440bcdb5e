//! What becomes of an event: stored once, handled once, in order, in the right conversation.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use switchboard::connectors::loopback::Mishap;
use switchboard::connectors::{Acceptance, EventSink as _};
use switchboard::dialog::LOGIN;
use switchboard::dispatcher::{HandlerError, NewPlaces, Outcome, Stance};
use switchboard::model::action::Author;
use switchboard::model::conversation::{Actor, Closing, Holder, HolderKind, Transition};
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, HOPS_MAX, Source};
use switchboard::model::fit::rules::Loss;
use switchboard::model::ids::{EventSeq, MessageId, Version};
use switchboard::model::{Action, Content, EventBody};
use switchboard::storage::core::{ConversationFilter, DeliveryState, EventState, Verdict};
use switchboard::storage::unit::{DirectoryUnit, KvRead};
use switchboard::storage::{Page, Unit};
use switchboard::telemetry::{self, Metric};

use crate::support::{Script, TestRuntime, answer};

fn echo() -> crate::support::Builder {
    TestRuntime::builder().handler(|parts| Script::answering(parts, |text| Some(format!("echo {text}"))))
}

fn page(limit: u32) -> Page {
    Page { before: None, limit }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_answered_and_both_are_kept_in_its_conversation() {
    let runtime = echo().start().await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["echo hello"]);
    let said: Vec<String> = runtime
        .transcript("alice")
        .await
        .iter()
        .map(|said| said.new.content.to_plain())
        .collect();
    assert_eq!(said, ["hello", "echo hello"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_leads_to_all_that_was_sent_wherever_it_went() {
    let lobby = Arc::new(OnceLock::new());
    let there = Arc::clone(&lobby);
    let runtime = TestRuntime::builder()
        .handler(move |parts| {
            let (clock, there) = (Arc::clone(&parts.clock), Arc::clone(&there));
            Script::new(move |event, snapshot| {
                let mut outcome = Outcome::default();
                let Some(lobby) = there
                    .get()
                    .filter(|_| matches!(event.new.event.body, EventBody::Message(_)))
                else {
                    return Ok(outcome);
                };
                let here = answer(MessageId(clock.id()), snapshot, "test/echo", "told the lobby");
                let (plugin, mut elsewhere) = answer(MessageId(clock.id()), snapshot, "test/echo", "heard something");
                if let Action::Send(send) = &mut elsewhere {
                    (send.place, send.reply_to) = (*lobby, None);
                }
                outcome.actions = vec![here, (plugin, elsewhere)];
                Ok(outcome)
            })
        })
        .start()
        .await;
    runtime.reads_along("lobby").await;
    let known = runtime.storage.place_by_native(&TestRuntime::place("lobby")).await;
    lobby.set(known.unwrap().unwrap().id).unwrap();
    let accepted = runtime.accept(vec![runtime.message("alice", "hello")]).await;
    let [Acceptance::Stored(seq)] = accepted[..] else {
        panic!("{accepted:?}")
    };
    runtime.settled().await;
    let (_, trace) = runtime.storage.event(seq).await.unwrap().unwrap();
    let mut sent = Vec::new();
    for id in trace.unwrap().sent {
        let delivery = runtime.storage.delivery(id).await.unwrap().unwrap();
        let message = runtime.storage.message(delivery.new.message.unwrap()).await.unwrap();
        sent.push((
            delivery.new.action.place,
            message.unwrap().new.content.to_plain(),
            delivery.state,
        ));
    }
    let arrived = |place: &str, text: &str| (TestRuntime::place(place), text.to_owned(), DeliveryState::Delivered);
    assert_eq!(
        sent,
        [arrived("alice", "told the lobby"), arrived("lobby", "heard something")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_event_twice_is_answered_once() {
    let runtime = echo().start().await;
    let event = runtime.message("alice", "hello");
    let first = runtime.accept(vec![event.clone()]).await[0];
    let Acceptance::Stored(seq) = first else {
        panic!("{first:?}")
    };
    assert_eq!(runtime.accept(vec![event]).await, [Acceptance::Duplicate(seq)]);
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["echo hello"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_repeats_swaps_and_holds_back_is_answered_once_each_as_it_told() {
    let runtime = echo().start().await;
    runtime
        .platform
        .mishaps([Mishap::Twice, Mishap::Swapped, Mishap::Fine, Mishap::Held, Mishap::Fine]);
    let told = ["one", "two", "three", "four", "five"].map(|text| runtime.message("alice", text));
    runtime.platform.happen(told);
    runtime.settled().await;
    // Each once, in the order in which they were taken in; what is held back was not told yet.
    assert_eq!(
        runtime.heard("alice"),
        ["one", "three", "two", "five"].map(|text| format!("echo {text}"))
    );
    runtime.platform.let_go();
    runtime.settled().await;
    assert_eq!(
        runtime.heard("alice"),
        ["one", "three", "two", "five", "four"].map(|text| format!("echo {text}"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_bring_the_same_new_place_while_settings_change_are_both_taken_in() {
    let runtime = echo().start().await;
    for round in 0..40 {
        let who = format!("visitor{round}");
        let (first, second) = (runtime.message(&who, "one"), runtime.message(&who, "two"));
        let community = DirectoryUnit::Community {
            id: runtime.community,
            name: format!("Test {round}"),
            language: "en".to_owned(),
            zone: "Europe/Berlin".to_owned(),
        };
        let (first, settings, second) = tokio::join!(
            runtime.accept(vec![first]),
            runtime.storage.write(Unit::Directory(community)),
            runtime.accept(vec![second])
        );
        settings.expect("settings can be written");
        assert!(matches!(
            (first[0], second[0]),
            (Acceptance::Stored(_), Acceptance::Stored(_))
        ));
    }
    runtime.settled().await;
    for round in 0..40 {
        let mut heard = runtime.heard(&format!("visitor{round}"));
        heard.sort();
        assert_eq!(heard, ["echo one", "echo two"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_first_whether_an_event_of_a_new_space_is_kept_keeps_nobody_out() {
    let runtime = echo().start().await;
    let in_space = |place: &str| {
        let mut event = runtime.shared("alice", place, "hello", Addressed::Mention);
        if let Source::Platform { place, .. } = &mut event.source {
            place.space = Some("guild".to_owned());
        }
        event
    };
    let (first, second) = (in_space("general"), in_space("help"));
    for event in [&first, &second] {
        let kept = runtime.dispatcher.keeps(&LOGIN.into(), event).await;
        assert!(kept.expect("it can be told"));
    }
    for event in [second, first] {
        let taken = runtime.accept(vec![event]).await;
        assert!(matches!(taken[0], Acceptance::Stored(_)), "{taken:?}");
    }
    runtime.settled().await;
    let spaces = runtime.storage.spaces(runtime.community).await.unwrap();
    assert_eq!(spaces.len(), 1, "{spaces:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_messages_of_many_people_are_each_answered_in_order() {
    let runtime = echo().start().await;
    for number in 0..20 {
        let batch = ["alice", "bob", "carol"].map(|who| runtime.message(who, &number.to_string()));
        runtime.accept(batch.to_vec()).await;
    }
    runtime.settled().await;
    let expected: Vec<String> = (0..20).map(|number| format!("echo {number}")).collect();
    for who in ["alice", "bob", "carol"] {
        assert_eq!(runtime.heard(who), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_events_of_one_person_than_memory_holds_are_all_answered_in_order() {
    let runtime = echo().start().await;
    let batch = (0..300)
        .map(|number| runtime.message("alice", &number.to_string()))
        .collect();
    runtime.accept(batch).await;
    runtime.settled().await;
    let expected: Vec<String> = (0..300).map(|number| format!("echo {number}")).collect();
    assert_eq!(runtime.heard("alice"), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_before_a_restart_is_handled_after_it() {
    let silent = Arc::new(AtomicU32::new(0));
    let down = Arc::clone(&silent);
    let runtime = TestRuntime::builder()
        .handler(move |parts| {
            let down = Arc::clone(&down);
            let clock = Arc::clone(&parts.clock);
            Script::new(move |event, snapshot| {
                if down.fetch_add(1, Ordering::SeqCst) == 0 {
                    return Err(HandlerError::RetryAfter(Duration::from_secs(30)));
                }
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(Outcome::default());
                };
                let text = message.content.to_plain();
                let id = MessageId(clock.id());
                Ok(Outcome {
                    actions: vec![answer(id, snapshot, "test/echo", &text)],
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    runtime.say("alice", "one").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    let runtime = runtime.restart().await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_asks_for_time_is_called_again_and_order_is_kept() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let runtime = TestRuntime::builder()
        .handler(move |_| {
            let calls = Arc::clone(&counted);
            Script::new(move |_, _| match calls.fetch_add(1, Ordering::SeqCst) {
                0 => Err(HandlerError::RetryAfter(Duration::from_secs(5))),
                _ => Ok(Outcome::default()),
            })
        })
        .handler(|parts| Script::answering(parts, |text| Some(text.to_owned())))
        .start()
        .await;
    runtime.say("alice", "one").await;
    runtime.say("alice", "two").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    runtime.advance(Duration::from_secs(5)).await;
    assert_eq!(runtime.heard("alice"), ["one", "two"]);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_breaks_is_a_failed_step_and_the_next_one_answers() {
    let runtime = TestRuntime::builder()
        .handler(|_| Script::new(|_, _| panic!("a bug in a handler")))
        .handler(|parts| Script::answering(parts, |text| Some(text.to_owned())))
        .start()
        .await;
    let Acceptance::Stored(seq) = runtime.say("alice", "hello").await else {
        panic!("not stored")
    };
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["hello"]);
    let (event, trace) = runtime.storage.event(seq).await.expect("readable").expect("stored");
    assert_eq!(event.state, EventState::Handled);
    assert!(
        trace
            .expect("a trace")
            .steps
            .iter()
            .any(|step| step.verdict == Verdict::Failed)
    );
}

/// Hands over at "person", answers everything.
fn with_handoff() -> crate::support::Builder {
    TestRuntime::builder().handler(|parts| {
        let clock = Arc::clone(&parts.clock);
        Script::new(move |event, snapshot| {
            let EventBody::Message(message) = &event.new.event.body else {
                return Ok(Outcome::default());
            };
            let text = message.content.to_plain();
            let mut outcome = Outcome::default();
            outcome.actions.push(answer(
                MessageId(clock.id()),
                snapshot,
                "test/faq",
                &format!("faq {text}"),
            ));
            if text == "person" {
                let handoff = Action::HandOff {
                    queue: None,
                    reason: "asked for a person".to_owned(),
                    topic: None,
                };
                outcome
                    .actions
                    .push(answer(MessageId(clock.id()), snapshot, "test/handoff", "please wait"));
                outcome.actions.push((Some("test/handoff".into()), handoff));
            }
            Ok(outcome)
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handoff_drops_other_answers_keeps_its_own_and_silences_the_bot() {
    let runtime = with_handoff().start().await;
    runtime.say("alice", "question").await;
    runtime.say("alice", "person").await;
    runtime.say("alice", "still there?").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["faq question", "please wait"]);
    let conversation = runtime.conversation("alice").await.expect("open");
    assert_eq!(conversation.holder.kind(), HolderKind::Waiting);
    let log = runtime.storage.transitions(conversation.id).await.expect("readable");
    assert_eq!(
        log.last().map(|change| change.reason.as_str()),
        Some("asked for a person")
    );
    let page = page(50);
    let events = runtime
        .storage
        .events_of_conversation(conversation.id, page)
        .await
        .expect("readable");
    assert!(
        events
            .iter()
            .any(|(event, _)| event.new.event.body.kind() == "conversation_changed")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn misses_are_counted_and_an_answer_starts_them_again() {
    let runtime = TestRuntime::builder()
        .handler(|_| {
            Script::new(|event, _| {
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(Outcome::default());
                };
                let stance = match message.content.to_plain().as_str() {
                    "known" => Stance::Answered,
                    "unknown" => Stance::Abstained("nothing found".to_owned()),
                    _ => Stance::Neutral,
                };
                Ok(Outcome {
                    stance,
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    for (text, misses) in [("unknown", 1), ("thanks", 1), ("unknown", 2), ("known", 0)] {
        runtime.say("alice", text).await;
        runtime.settled().await;
        assert_eq!(
            runtime.conversation("alice").await.expect("open").misses,
            misses,
            "after {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_is_not_enabled_is_listed_and_its_events_are_dropped() {
    let runtime = echo().new_places(NewPlaces::Listed).start().await;
    let event = runtime.shared("alice", "general", "hello", Addressed::Mention);
    assert_eq!(runtime.accept(vec![event]).await, [Acceptance::NotHere]);
    let place = runtime
        .storage
        .place_by_native(&TestRuntime::place("general"))
        .await
        .expect("readable");
    assert!(!place.expect("listed").enabled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_shared_place_everybody_has_a_conversation_and_chatter_is_not_kept() {
    let runtime = echo().start().await;
    let chatter = runtime.shared("carol", "general", "nice weather", Addressed::Overheard);
    let mut changed = chatter.clone();
    changed.dedupe = "changed".to_owned();
    if let EventBody::Message(said) = chatter.body.clone() {
        changed.body = EventBody::Edited(said);
    }
    assert_eq!(
        runtime.accept(vec![chatter, changed]).await,
        [Acceptance::NotHere, Acceptance::NotHere]
    );
    for who in ["alice", "bob"] {
        let event = runtime.shared(who, "general", who, Addressed::Mention);
        runtime.accept(vec![event]).await;
    }
    runtime.settled().await;
    let conversations = runtime
        .storage
        .conversations(&ConversationFilter::default(), 10)
        .await
        .expect("readable");
    assert_eq!(conversations.len(), 2);
    let mut heard = runtime.heard("general");
    heard.sort();
    assert_eq!(heard, ["echo alice", "echo bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_a_chat_that_staff_closed_lately_belongs_to_the_old_conversation() {
    let runtime = TestRuntime::builder()
        .handler(|_| {
            Script::new(|event, _| {
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(Outcome::default());
                };
                let to = match message.content.to_plain().as_str() {
                    "close" => Holder::Closed { how: Closing::Staff },
                    _ => Holder::Waiting { queue: "normal".into() },
                };
                let transition = Transition {
                    to,
                    actor: Actor::Host,
                    reason: "test".to_owned(),
                };
                Ok(Outcome {
                    transitions: vec![transition],
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    let first = runtime.conversation("alice").await.expect("open");
    runtime.say("alice", "close").await;
    runtime.settled().await;
    assert_eq!(runtime.conversation("alice").await, None);
    runtime.say("alice", "one more thing").await;
    runtime.settled().await;
    assert_eq!(runtime.conversation("alice").await.map(|open| open.id), Some(first.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_stays_with_staff() {
    let runtime = TestRuntime::builder()
        .handler(|_| {
            Script::new(|_, _| {
                let note = Action::Note {
                    author: Author::Host,
                    content: Content::plain("careful"),
                };
                Ok(Outcome {
                    actions: vec![(None, note)],
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
    let transcript = runtime.transcript("alice").await;
    assert!(
        transcript
            .iter()
            .any(|said| said.new.note && said.new.content.to_plain() == "careful")
    );
    assert!(
        runtime
            .storage
            .events_unhandled(EventSeq(0), 10)
            .await
            .expect("readable")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_three_times_is_parked_in_sight_and_the_lane_goes_on() {
    let losing = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&losing);
    let runtime = TestRuntime::builder()
        .handler(move |_| {
            let tries = Arc::clone(&counted);
            Script::new(move |event, _| {
                let mut outcome = Outcome::default();
                if let EventBody::Message(message) = &event.new.event.body
                    && message.content.to_plain() == "unlucky"
                {
                    tries.fetch_add(1, Ordering::SeqCst);
                    // A version that nobody ever stored: as if somebody were faster each time.
                    outcome.kv_read.push(KvRead {
                        plugin: "test/unlucky".into(),
                        community: event.new.community,
                        key: "seen".to_owned(),
                        version: Some(Version(7)),
                    });
                }
                Ok(outcome)
            })
        })
        .handler(|parts| Script::answering(parts, |text| Some(format!("echo {text}"))))
        .start()
        .await;
    let Acceptance::Stored(seq) = runtime.say("alice", "unlucky").await else {
        panic!("not stored")
    };
    runtime.say("alice", "lucky").await;
    runtime.settled().await;
    assert_eq!(losing.load(Ordering::SeqCst), 3);
    assert_eq!(runtime.heard("alice"), ["echo lucky"]);
    let parked = runtime.storage.events(None, page(10), Some(EventState::Parked)).await;
    let parked = parked.expect("events can be read");
    let [(event, Some(trace))] = parked.as_slice() else {
        panic!("one parked event, not {parked:?}")
    };
    assert_eq!(event.seq, seq);
    let [step] = trace.steps.as_slice() else {
        panic!("one step, not {:?}", trace.steps)
    };
    assert!(step.line.contains("3 times"), "{}", step.line);
}

/// How often the short form of an answer was sent, in this process: nothing else here has one.
fn shortened() -> u64 {
    telemetry::counted(Metric::DegradationsTotal, Loss::Shortened.name())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_in_another_way_is_counted_once_it_is_written_and_not_for_who_lost() {
    let runtime = TestRuntime::builder()
        .abilities(|abilities| abilities.text_max = 20)
        .handler(move |parts| {
            let clock = Arc::clone(&parts.clock);
            Script::new(move |event, snapshot| {
                let mut outcome = Outcome::default();
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(outcome);
                };
                let long = "word ".repeat(100);
                let (plugin, mut action) = answer(MessageId(clock.id()), snapshot, "test/long", &long);
                if let Action::Send(send) = &mut action {
                    send.short = Some(Content::plain("short"));
                }
                outcome.actions.push((plugin, action));
                if message.content.to_plain() == "unlucky" {
                    outcome.kv_read.push(KvRead {
                        plugin: "test/unlucky".into(),
                        community: event.new.community,
                        key: "seen".to_owned(),
                        version: Some(Version(7)),
                    });
                }
                Ok(outcome)
            })
        })
        .start()
        .await;
    let before = shortened();
    runtime.say("alice", "unlucky").await;
    runtime.settled().await;
    assert_eq!(shortened(), before);
    runtime.say("alice", "lucky").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["short"]);
    assert_eq!(shortened(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_bots_that_answer_each_other_come_to_an_end() {
    let turns = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&turns);
    let runtime = TestRuntime::builder()
        .handler(move |parts| {
            let (turns, clock) = (Arc::clone(&counted), Arc::clone(&parts.clock));
            // Each change of hands calls for the other holder.
            Script::new(move |event, snapshot| {
                let next = match &event.new.event.body {
                    EventBody::ConversationChanged { to: Holder::Peers, .. } => Holder::Bot,
                    EventBody::Message(_) | EventBody::ConversationChanged { to: Holder::Bot, .. } => Holder::Peers,
                    _ => return Ok(Outcome::default()),
                };
                let number = turns.fetch_add(1, Ordering::SeqCst);
                let text = format!("turn {number}");
                Ok(Outcome {
                    actions: vec![answer(MessageId(clock.id()), snapshot, "test/loop", &text)],
                    transitions: vec![Transition {
                        to: next,
                        actor: Actor::Host,
                        reason: "the other bot".to_owned(),
                    }],
                    ..Outcome::default()
                })
            })
        })
        .start()
        .await;
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    // The message, and a change of hands for each hop of the budget.
    assert_eq!(turns.load(Ordering::SeqCst), u32::from(HOPS_MAX) + 1);
    assert_eq!(runtime.heard("alice").len(), usize::from(HOPS_MAX) + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_from_too_deep_a_chain_of_bots_is_dropped() {
    let runtime = echo().start().await;
    let mut event = runtime.message("alice", "hello");
    event.hops = HOPS_MAX + 1;
    assert_eq!(runtime.accept(vec![event]).await, [Acceptance::NotHere]);
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_private_goes_to_the_chat_that_the_person_began_and_else_nowhere() {
    let handler = |parts: &crate::support::Parts| {
        let clock = Arc::clone(&parts.clock);
        Script::new(move |event, snapshot| {
            let mut outcome = Outcome::default();
            let shared = snapshot
                .place
                .as_ref()
                .is_some_and(|place| place.audience != Audience::Direct);
            if shared && matches!(event.new.event.body, EventBody::Message(_)) {
                let (plugin, mut action) = answer(MessageId(clock.id()), snapshot, "test/secret", "your secret");
                if let Action::Send(send) = &mut action {
                    send.only = snapshot.author.as_ref().map(|author| author.id);
                }
                outcome.actions.push((plugin, action));
            }
            Ok(outcome)
        })
    };
    let runtime = TestRuntime::builder()
        .handler(handler)
        .abilities(|able| able.private = false)
        .start()
        .await;
    let asks = |who: &str| runtime.shared(who, "garden", "my secret?", Addressed::Mention);
    runtime.say("alice", "hello").await;
    runtime.settled().await;
    runtime.accept(vec![asks("alice"), asks("bob")]).await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["your secret"]);
    let nowhere: [&str; 0] = [];
    assert_eq!(runtime.heard("garden"), nowhere);
    assert_eq!(runtime.heard("bob"), nowhere);
    // It belongs to where it was said.
    let said = runtime.transcript("alice").await;
    assert_eq!(said.last().unwrap().new.content.to_plain(), "your secret");
    let events = runtime.storage.events(None, page(10), None).await.unwrap();
    let lines: Vec<String> = events
        .into_iter()
        .flat_map(|(_, trace)| trace.unwrap_or_default().steps)
        .map(|step| step.line)
        .collect();
    for expected in [
        "nothing is private in this place: sent to their direct chat",
        "a private message cannot be sent",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(expected)),
            "{expected}: {lines:?}"
        );
    }
}
