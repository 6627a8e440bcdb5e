//! What is done about somebody who breaks the rules of a place: asked of the platform, kept for staff, written into the audit.

use std::time::Duration;

use switchboard::connectors::loopback::Fault;
use switchboard::dispatcher::Outcome;
use switchboard::model::action::{Author, Moderate};
use switchboard::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use switchboard::model::capability::Moderates;
use switchboard::model::conversation::{Holder, LaneKey};
use switchboard::model::directory::Audience;
use switchboard::model::event::Addressed;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, MessageId, PluginId};
use switchboard::model::measure::{Measure, RemovalState};
use switchboard::model::{Action, EventBody};
use switchboard::storage::Page;
use switchboard::storage::core::{ConversationFilter, DeliveryState, StoredMessage};
use uuid::Uuid;

use crate::support::{Builder, Script, TestRuntime, answer};

const BUTTON: ButtonId = ButtonId(Uuid::from_u128(88));

const ALL: Page = Page {
    before: None,
    limit: 100,
};

/// Deletes what is said and does something about who says it, warns, or shows a button that calls a person, as the words go.
fn strict() -> Builder {
    TestRuntime::builder().handler(|_| {
        Script::new(|event, snapshot| {
            let by = || Some(PluginId::from("test/strict"));
            let text = match &event.new.event.body {
                EventBody::Message(said) => said.content.to_plain(),
                EventBody::Press { .. } => "staff, please".to_owned(),
                _ => return Ok(Outcome::default()),
            };
            let (Some(author), Some(place)) = (&snapshot.author, &snapshot.place) else {
                return Ok(Outcome::default());
            };
            let mute = Measure::Mute {
                seconds: 600,
                until: snapshot.now + Duration::from_mins(10),
            };
            let moderate = |messages, measure: Option<Measure>| {
                Action::Moderate(Moderate {
                    person: author.id,
                    messages,
                    measure: measure.map(|measure| (measure, place.id)),
                    reason: "spam".to_owned(),
                })
            };
            let action = match text.as_str() {
                "buy now" => moderate(snapshot.message.into_iter().collect(), Some(mute)),
                "buy twice" => moderate(snapshot.message.into_iter().collect(), None),
                "buy" => moderate(Vec::new(), None),
                "ban me" => moderate(Vec::new(), Some(Measure::Ban)),
                "kick me" => moderate(Vec::new(), Some(Measure::Kick)),
                "sorry" => moderate(Vec::new(), Some(Measure::Lift)),
                "buy and ban me" => moderate(snapshot.message.into_iter().collect(), Some(Measure::Ban)),
                "news" => {
                    let mut news = answer(MessageId(Uuid::from_u128(77)), snapshot, "test/strict", "News").1;
                    if let Action::Send(send) = &mut news {
                        let effect = ButtonEffect::Press { id: BUTTON };
                        let label = "Staff".to_owned();
                        send.buttons = vec![Button { label, effect }];
                        let meaning = ButtonMeaning {
                            owner: ButtonOwner::Plugin("test/strict".into()),
                            payload: String::new(),
                            presser: Presser::Anyone,
                            private: false,
                        };
                        send.meanings = vec![(BUTTON, meaning)];
                    }
                    news
                }
                "staff, please" => Action::HandOff {
                    queue: None,
                    reason: "an appeal".to_owned(),
                    topic: None,
                },
                _ => return Ok(Outcome::default()),
            };
            // Two plugins mind the same.
            let other = (text == "buy twice").then(|| (Some(PluginId::from("test/other")), action.clone()));
            Ok(Outcome {
                actions: [(by(), action)].into_iter().chain(other).collect(),
                ..Outcome::default()
            })
        })
    })
}

/// What `who` says in a place where the bot reads along.
async fn says(runtime: &TestRuntime, who: &str, text: &str) {
    let said = runtime.shared(who, "garden", text, Addressed::Overheard);
    runtime.accept(vec![said]).await;
    runtime.settled().await;
}

/// What staff see of the conversation with somebody in the garden, oldest first.
async fn seen_by_staff(runtime: &TestRuntime) -> Vec<StoredMessage> {
    let conversations = runtime
        .storage
        .conversations(&ConversationFilter::default(), 10)
        .await
        .unwrap();
    let mut seen = Vec::new();
    for conversation in conversations {
        let mut said = runtime
            .storage
            .messages_of_conversation(conversation.id, ALL)
            .await
            .unwrap();
        said.reverse();
        seen.extend(said.into_iter().filter(|said| said.new.content.to_plain() != "Hello"));
    }
    seen
}

fn notes(seen: &[StoredMessage]) -> Vec<String> {
    let notes = seen.iter().filter(|said| said.new.note);
    notes.map(|note| note.new.content.to_plain()).collect()
}

async fn audited(runtime: &TestRuntime) -> Vec<String> {
    let lines = runtime.storage.audit(runtime.community, ALL).await.unwrap();
    lines.into_iter().rev().map(|line| line.act).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_stays_for_staff_with_the_reason_and_the_audit_says_who_did_what() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    says(&runtime, "bob", "buy now").await;
    let arrivals = runtime.platform.arrivals();
    let asked: Vec<&FittedBody> = arrivals.iter().map(|arrival| &arrival.body).collect();
    let [
        FittedBody::Remove { target, .. },
        FittedBody::Measure { person, measure, .. },
    ] = asked.as_slice()
    else {
        panic!("{asked:?}");
    };
    assert_eq!((target.place.id.as_str(), person.id.as_str()), ("garden", "bob"));
    assert_eq!(measure.words("bob"), "mute bob for 10 min");
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it says why");
    assert_eq!((removed.by.as_str(), removed.reason.as_str()), ("test/strict", "spam"));
    assert_eq!(seen[0].new.content.to_plain(), "buy now", "staff answer for it");
    assert_eq!(
        (&removed.state, seen[0].deleted_at.is_some()),
        (&RemovalState::Done, true)
    );
    let told = [
        "Asked the platform to mute bob for 10 min: spam",
        "The platform did it: mute bob for 10 min.",
    ];
    assert_eq!(notes(&seen), told);
    let acts = ["removal_asked", "mute_asked", "message_removed", "member_muted"];
    assert_eq!(audited(&runtime).await, acts);
    // Who it was about, whose doing it is, and the delivery that says more.
    let subject = &runtime.storage.audit(runtime.community, ALL).await.unwrap()[0].subject;
    let mute = runtime.deliveries().await[1].new.id;
    assert!(subject.ends_with(&format!(" test/strict {mute}")), "{subject}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_actions_delete_is_deleted_and_written_down_once() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    says(&runtime, "bob", "buy twice").await;
    let arrivals = runtime.platform.arrivals();
    let [arrival] = &arrivals[..] else {
        panic!("{arrivals:?}")
    };
    assert!(matches!(arrival.body, FittedBody::Remove { .. }));
    assert_eq!(audited(&runtime).await, ["removal_asked", "message_removed"]);
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it says why");
    assert_eq!(removed.by.as_str(), "test/strict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_has_not_done_yet_is_only_asked_for() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::Unreachable]);
    says(&runtime, "bob", "buy now").await;
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it is asked for");
    assert_eq!((&removed.state, seen[0].deleted_at), (&RemovalState::Asked, None));
    assert_eq!(audited(&runtime).await, ["removal_asked", "mute_asked"]);
    // The process dies in between: nothing of it is lost.
    let runtime = runtime.restart().await;
    runtime.advance(Duration::from_mins(1)).await;
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it says why");
    assert_eq!(
        (&removed.state, seen[0].deleted_at.is_some()),
        (&RemovalState::Done, true)
    );
    let acts = ["removal_asked", "mute_asked", "message_removed", "member_muted"];
    assert_eq!(audited(&runtime).await, acts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_leaves_nothing_but_a_note_and_a_line() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    says(&runtime, "bob", "buy").await;
    assert!(runtime.platform.arrivals().is_empty());
    assert_eq!(notes(&seen_by_staff(&runtime).await), ["Warned bob: spam"]);
    assert_eq!(audited(&runtime).await, ["member_warned"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_what_a_place_can_never_do() {
    let unable = strict().abilities(|able| able.moderates = Moderates::default());
    let runtime = unable.start().await;
    runtime.reads_along("garden").await;
    says(&runtime, "bob", "buy now").await;
    assert!(runtime.platform.arrivals().is_empty());
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it says why");
    assert!(matches!(removed.state, RemovalState::NotDone { .. }), "{removed:?}");
    assert_eq!(seen[0].deleted_at, None, "it stands");
    let acts = ["removal_asked", "removal_not_done", "mute_asked", "mute_not_done"];
    assert_eq!(audited(&runtime).await, acts);
    let notes = notes(&seen);
    assert!(notes[0].contains("still stands"), "{notes:?}");
    assert!(
        notes[1].starts_with("Could not mute bob for 10 min here: "),
        "{notes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_told_what_the_platform_refuses_once() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    let refused = || Fault::Refuse("the bot may not do this here".to_owned());
    runtime.platform.faults([refused(), refused()]);
    says(&runtime, "bob", "buy now").await;
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Failed; 2]);
    let seen = seen_by_staff(&runtime).await;
    let removed = seen[0].removed.as_ref().expect("it says why");
    let why = "the bot may not do this here".to_owned();
    assert_eq!(
        (&removed.state, seen[0].deleted_at),
        (&RemovalState::NotDone { why }, None)
    );
    let acts = ["removal_asked", "mute_asked", "removal_not_done", "mute_not_done"];
    assert_eq!(audited(&runtime).await, acts);
    let notes = notes(&seen);
    assert_eq!(notes.len(), 3, "{notes:?}");
    let told = |beginning: &str| {
        notes
            .iter()
            .any(|note| note.starts_with(beginning) && note.contains("may not do this"))
    };
    assert!(told("A message that was to be deleted still stands"), "{notes:?}");
    assert!(told("Could not mute bob for 10 min here"), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cut_off_is_done_again_also_after_a_restart() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::CutAfter, Fault::Unreachable]);
    says(&runtime, "bob", "buy now").await;
    let runtime = runtime.restart().await;
    runtime.settled().await;
    // The first one holds the second back, and meets both troubles.
    for _ in 0..2 {
        runtime.advance(Duration::from_mins(1)).await;
    }
    let states: Vec<_> = runtime.deliveries().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 2]);
    assert_eq!(runtime.platform.arrivals().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_is_called_from_where_no_conversation_is_gets_one() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    says(&runtime, "bob", "news").await;
    runtime.advance(Duration::from_hours(2)).await;
    let press = runtime.event("eve", "garden", Audience::Public, |_| EventBody::Press {
        message: None,
        button: BUTTON,
        values: Vec::new(),
    });
    // The news were said in a conversation, which has ended; eve is in none.
    let news = runtime
        .storage
        .message(MessageId(Uuid::from_u128(77)))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(news.new.author, Author::Plugin { .. }));
    runtime.accept(vec![press]).await;
    runtime.settled().await;
    let waiting = runtime
        .storage
        .conversations(&ConversationFilter::default(), 10)
        .await
        .unwrap();
    let waits = waiting
        .iter()
        .filter(|one| matches!(one.holder, Holder::Waiting { .. }))
        .count();
    assert_eq!(waits, 1, "{waiting:?}");
    assert_ne!(waiting[0].lane, LaneKey::of_place(news.new.place));
}

/// How the deliveries ended, in the order in which they were asked for.
async fn states(runtime: &TestRuntime) -> Vec<DeliveryState> {
    runtime.deliveries().await.into_iter().map(|one| one.state).collect()
}

/// The measures that the platform was asked to take.
fn taken(runtime: &TestRuntime) -> Vec<String> {
    let arrivals = runtime.platform.arrivals().into_iter();
    let measures = arrivals.filter_map(|arrival| match arrival.body {
        FittedBody::Measure { measure, .. } => Some(measure.words("bob")),
        _ => None,
    });
    measures.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_to_be_banned_and_was_not_in_time_is_not_banned_later() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::Busy {
        retry_after: Duration::from_hours(1),
        whole_login: true,
    }]);
    // The deletion is asked to wait an hour, and the ban waits behind it.
    says(&runtime, "bob", "buy and ban me").await;
    runtime.advance(Duration::from_mins(61)).await;
    assert_eq!(
        states(&runtime).await,
        [DeliveryState::Delivered, DeliveryState::Failed]
    );
    assert_eq!(taken(&runtime), [""; 0]);
    let seen = seen_by_staff(&runtime).await;
    let told = notes(&seen);
    assert!(
        told[1].starts_with("Could not ban bob here: it was not done in time"),
        "{told:?}"
    );
    assert!(seen[0].deleted_at.is_some(), "what broke the rules goes also later");
    let acts = ["removal_asked", "ban_asked", "message_removed", "ban_not_done"];
    assert_eq!(audited(&runtime).await, acts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_to_hear_that_a_ban_will_come_too_late() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::Busy {
        retry_after: Duration::from_hours(1),
        whole_login: false,
    }]);
    says(&runtime, "bob", "ban me").await;
    assert_eq!(states(&runtime).await, [DeliveryState::Failed]);
    runtime.advance(Duration::from_hours(2)).await;
    assert_eq!(taken(&runtime), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measure_that_waits_is_called_off_by_lifting_it() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::Unreachable]);
    says(&runtime, "bob", "ban me").await;
    assert_eq!(states(&runtime).await, [DeliveryState::Queued]);
    says(&runtime, "bob", "sorry").await;
    runtime.advance(Duration::from_mins(1)).await;
    assert_eq!(
        states(&runtime).await,
        [DeliveryState::GivenUp, DeliveryState::Delivered]
    );
    assert_eq!(taken(&runtime), ["let bob write and come back again"]);
    let told = notes(&seen_by_staff(&runtime).await);
    assert_eq!(
        told[1], "Called off before the platform had done it: ban bob.",
        "{told:?}"
    );
    let acts = ["ban_asked", "ban_not_done", "lift_asked", "measure_lifted"];
    assert_eq!(audited(&runtime).await, acts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measure_that_is_just_being_taken_is_lifted_behind_it() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::Unanswered]);
    let mut arrived = runtime.platform.arrived();
    let said = runtime.shared("bob", "garden", "ban me", Addressed::Overheard);
    runtime.accept(vec![said]).await;
    arrived.wait_for(|count| *count > 0).await.unwrap();
    let said = runtime.shared("bob", "garden", "sorry", Addressed::Overheard);
    runtime.accept(vec![said]).await;
    let asked = async {
        while runtime.deliveries().await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asked)
        .await
        .expect("it is lifted");
    let lift = runtime.deliveries().await[1].clone();
    assert_eq!(lift.new.after, Some(runtime.deliveries().await[0].new.id));
    runtime.platform.answers();
    runtime.settled().await;
    assert_eq!(taken(&runtime), ["ban bob", "let bob write and come back again"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_perhaps_taken_out_is_not_taken_out_again() {
    let runtime = strict().start().await;
    runtime.reads_along("garden").await;
    runtime.platform.faults([Fault::CutAfter]);
    says(&runtime, "bob", "kick me").await;
    assert_eq!(states(&runtime).await, [DeliveryState::PerhapsSent]);
    let runtime = runtime.restart().await;
    runtime.advance(Duration::from_hours(2)).await;
    assert_eq!(taken(&runtime), ["take bob out"]);
    let told = notes(&seen_by_staff(&runtime).await);
    assert!(
        told[1].starts_with("It is not known whether the platform did it: take bob out"),
        "{told:?}"
    );
    assert_eq!(audited(&runtime).await, ["kick_asked", "kick_unclear"]);
}
