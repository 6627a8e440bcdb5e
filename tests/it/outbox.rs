//! How answers leave: retried, never doubled, in order, and visible when a person has to look.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::Connector as _;
use switchboard::connectors::loopback::{Arrival, Fault};
use switchboard::connectors::telegram::Telegram;
use switchboard::dispatcher::Outcome;
use switchboard::model::Action;
use switchboard::model::Content;
use switchboard::model::EventBody;
use switchboard::model::ability::Profile;
use switchboard::model::action::{Author, FileRef, Priority};
use switchboard::model::capability::{Capabilities, Rate};
use switchboard::model::event::DeliveryEnd;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{MessageId, PluginId};
use switchboard::outbox::{Decision, Level};
use switchboard::storage::core::DeliveryState;
use switchboard::storage::files::Files;

use crate::support::{Builder, Script, TestRuntime, answer};
use crate::telegram::kept::nothing;

/// Names of sends, with how they ended.
type Ended = Arc<Mutex<Vec<(Option<String>, DeliveryEnd)>>>;

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
    let login = runtime.platform.login();
    let queue = || runtime.outbox.queue(login);
    let stands = queue().await.unwrap();
    assert_eq!((stands.waiting, stands.oldest), (Some(1), Some(Duration::from_secs(6))));
    let now = runtime.clock.now();
    let paused = |level: &Level| (level.place.is_some(), level.paused_until);
    let waits: Vec<_> = stands
        .levels
        .iter()
        .map(paused)
        .filter(|(_, until)| until.is_some())
        .collect();
    assert_eq!(waits, [(true, Some(now + Duration::from_secs(1)))]);
    let login_wide = &stands.levels[0];
    assert!(
        login_wide.place.is_none() && login_wide.left <= login_wide.most,
        "{login_wide:?}"
    );
    runtime.advance(Duration::from_secs(1)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
    let stands = queue().await.unwrap();
    assert_eq!((stands.waiting, stands.oldest), (Some(0), None));
    assert!(
        stands.levels.iter().all(|level| level.paused_until.is_none()),
        "{:?}",
        stands.levels
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_busy_places_some_are_named_and_the_rest_are_counted() {
    let slow = Rate {
        burst: 5,
        per_ms: 60_000,
    };
    let runtime = echo().abilities(|abilities| abilities.place_rate = slow).start().await;
    for number in 0..25 {
        runtime.say(&format!("person{number}"), "hello").await;
    }
    runtime.settled().await;
    let stands = runtime.outbox.queue(runtime.platform.login()).await.unwrap();
    // One is the login itself.
    assert_eq!((stands.levels.len(), stands.more), (20, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_go_again_at_once_waits_until_it_is_on_disk_that_it_was_not_sent() {
    let builder = echo().abilities(|abilities| abilities.idempotent_send = false);
    let runtime = builder.start().await;
    let at_once = Fault::Busy {
        retry_after: Duration::ZERO,
        whole_login: false,
    };
    runtime.platform.faults(vec![at_once; 3]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["one"]);
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered]);
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

/// A platform that knows for a minute what it was sent before.
async fn knows_for_a_minute() -> TestRuntime {
    let runtime = echo()
        .abilities(|abilities| abilities.idempotent_send = false)
        .start()
        .await;
    runtime.platform.drops_repeats_for(Duration::from_mins(1));
    runtime
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_waits_in_line_and_everybody_sees_for_whom_the_platform_asked_to_wait() {
    let runtime = knows_for_a_minute().await;
    let pause = Duration::from_secs(5);
    let busy = Fault::Busy {
        retry_after: pause,
        whole_login: true,
    };
    runtime.platform.faults([Fault::CutBefore, busy]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    assert_eq!(states(&runtime).await, [DeliveryState::Sending]);
    runtime.advance(Duration::from_secs(1)).await;
    runtime.say("bob", "two").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("bob"), [""; 0], "the whole login was asked to wait");
    runtime.advance(pause).await;
    assert_eq!(
        (runtime.heard("alice"), runtime.heard("bob")),
        (vec!["one".to_owned()], vec!["two".to_owned()])
    );
    assert_eq!(states(&runtime).await, [DeliveryState::Delivered; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_platform_no_longer_knows_it_again_a_person_decides() {
    let runtime = knows_for_a_minute().await;
    runtime.platform.faults(vec![Fault::CutAfter; 100]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.advance(Duration::from_mins(2)).await;
    assert_eq!(runtime.heard("alice"), ["one"]);
    assert_eq!(states(&runtime).await, [DeliveryState::PerhapsSent]);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_whole_login_has_to_wait_nobody_is_sent_to() {
    let runtime = echo().start().await;
    let retry_after = Duration::from_secs(7);
    runtime.platform.faults([Fault::Busy {
        retry_after,
        whole_login: true,
    }]);
    runtime.say("alice", "one").await;
    runtime.settled().await;
    runtime.say("bob", "hello").await;
    runtime.settled().await;
    runtime.advance(Duration::from_secs(6)).await;
    assert_eq!((runtime.heard("alice").len(), runtime.heard("bob").len()), (0, 0));
    runtime.advance(Duration::from_secs(1)).await;
    assert_eq!((runtime.heard("alice").len(), runtime.heard("bob").len()), (1, 1));
}

/// A campaign of a thousand posts in one place, at the word "start", or of one, at the word "post"; every other message is
/// answered as a person.
fn campaign(abilities: impl FnOnce(&mut Capabilities)) -> Builder {
    TestRuntime::builder().abilities(abilities).handler(|parts| {
        let clock = std::sync::Arc::clone(&parts.clock);
        Script::new(move |event, snapshot| {
            let EventBody::Message(message) = &event.new.event.body else {
                return Ok(Outcome::default());
            };
            let text = message.content.to_plain();
            let (count, priority) = match text.as_str() {
                "start" => (1000, Priority::Campaign),
                "post" => (1, Priority::Campaign),
                _ => (1, Priority::Reply),
            };
            let mut outcome = Outcome::default();
            for _ in 0..count {
                let (_, mut action) = answer(MessageId(clock.id()), snapshot, "test/campaign", &text);
                if let Action::Send(send) = &mut action {
                    send.priority = priority;
                    send.author = Author::Host;
                }
                outcome.actions.push((None, action));
            }
            Ok(outcome)
        })
    })
}

/// Sends ten at once, and then one a second.
fn slow(abilities: &mut Capabilities) {
    abilities.login_rate = Rate {
        burst: 10,
        per_ms: 10_000,
    };
}

/// What the login bears, and what a direct chat and a channel or group bear, on each platform that limits it.
fn real_limits() -> Vec<(Rate, Rate)> {
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let files = Files::new("nowhere");
    let discord = crate::discord::settings(crate::discord::fake::TOKEN, nowhere());
    let discord = crate::discord::discord(&discord, &files, &Arc::default());
    let telegram = crate::telegram::settings(crate::telegram::fake::TOKEN, nowhere());
    let telegram = Telegram::new(&telegram, nothing(&files), Arc::new(SystemClock::new()));
    let profiles = [discord.profile(), telegram.profile()];
    let of_profile = |profile: Profile| [profile.shared, profile.direct].map(|of| (of.login_rate, of.place_rate));
    let mut all: Vec<_> = profiles.into_iter().flat_map(of_profile).collect();
    all.dedup();
    all
}

/// A person replies while a campaign takes its time; answers how long that waits, and how many posts leave before it.
async fn overtakes(runtime: &TestRuntime, who: &str) -> (Duration, usize) {
    let before = runtime.platform.arrivals().len();
    assert!(before < 100, "the campaign takes its time, not {before} at once");
    let asked = runtime.clock.elapsed();
    runtime.say(who, "a reply").await;
    runtime.settled().await;
    let place = TestRuntime::place(who);
    let is_reply = |arrival: &Arrival| {
        let said = |content: &Content| content.to_plain() == "a reply";
        arrival.place == place && matches!(&arrival.body, FittedBody::Send { content, .. } if said(content))
    };
    let at = |runtime: &TestRuntime| runtime.platform.arrivals().iter().position(is_reply);
    runtime
        .advance_until(Duration::from_millis(10), |runtime| at(runtime).is_some())
        .await;
    let ahead = at(runtime).expect("it has arrived") - before;
    (runtime.clock.elapsed().saturating_sub(asked), ahead)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_reply_overtakes_a_campaign_in_a_thousand_places_within_a_second() {
    let mut limits = real_limits();
    // No place gets more than two, so that each login is enough once.
    limits.dedup_by_key(|(login_rate, _)| *login_rate);
    for (login_rate, place_rate) in limits {
        let limits = |abilities: &mut Capabilities| {
            (abilities.login_rate, abilities.place_rate) = (login_rate, place_rate);
        };
        let runtime = campaign(limits).start().await;
        let posts = (0..1000).map(|number| runtime.message(&format!("reader {number}"), "post"));
        runtime.accept(posts.collect()).await;
        runtime.settled().await;
        // Also where a post waits in the same place.
        for who in ["alice", "reader 999"] {
            let (waited, ahead) = overtakes(&runtime, who).await;
            assert!(waited <= Duration::from_secs(1), "{waited:?} with {login_rate:?}");
            assert!(ahead <= 1, "{ahead} posts went ahead of the reply to {who}");
        }
        let all = |runtime: &TestRuntime| runtime.platform.arrivals().len() >= 1002;
        runtime.advance_until(Duration::from_mins(1), all).await;
    }
}

/// What the campaign has used up there is the platform's to give again; nothing goes before the reply.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_reply_is_the_next_also_in_a_place_that_a_campaign_of_a_thousand_posts_fills() {
    for (login_rate, place_rate) in real_limits() {
        let limits = |abilities: &mut Capabilities| {
            (abilities.login_rate, abilities.place_rate) = (login_rate, place_rate);
        };
        let runtime = campaign(limits).start().await;
        runtime.say("news", "start").await;
        runtime.settled().await;
        let (waited, ahead) = overtakes(&runtime, "news").await;
        // One more is let in after so long, with the fifth that is left to others, and at most one post goes before.
        let one = Duration::from_millis(u64::from(place_rate.per_ms / place_rate.burst)).mul_f64(1.25);
        assert!(waited <= 2 * one, "{waited:?} with {place_rate:?}");
        assert!(ahead <= 1, "{ahead} posts went ahead of the reply");
        let all = |runtime: &TestRuntime| runtime.heard("news").len() >= 1001;
        runtime.advance_until(Duration::from_mins(1), all).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_people_reply_a_campaign_gets_one_slot_in_twenty() {
    let runtime = campaign(slow).start().await;
    runtime.say("news", "start").await;
    runtime.settled().await;
    let replies = (0..100).map(|number| runtime.message("alice", &number.to_string()));
    runtime.accept(replies.collect()).await;
    runtime.settled().await;
    let before = runtime.heard("news").len();
    let all_read = |runtime: &TestRuntime| runtime.heard("alice").len() >= 100;
    runtime.advance_until(Duration::from_secs(1), all_read).await;
    let between = runtime.heard("news").len() - before;
    assert!((4..=6).contains(&between), "{between} posts between 100 replies");
    let posted = |runtime: &TestRuntime| runtime.heard("news").len() >= 1000;
    runtime.advance_until(Duration::from_mins(1), posted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_named_a_send_hears_that_it_failed_and_nobody_else() {
    let ended: Ended = Arc::default();
    let heard = Arc::clone(&ended);
    let runtime = TestRuntime::builder()
        .handler(move |parts| {
            let (clock, heard) = (Arc::clone(&parts.clock), Arc::clone(&heard));
            Script::new(move |event, snapshot| {
                let mut outcome = Outcome::default();
                match &event.new.event.body {
                    EventBody::Message(message) => {
                        let text = message.content.to_plain();
                        let (plugin, mut action) = answer(MessageId(clock.id()), snapshot, "test/named", &text);
                        if let Action::Send(send) = &mut action {
                            send.name = text.strip_prefix("named ").map(str::to_owned);
                        }
                        outcome.actions.push((plugin, action));
                    }
                    EventBody::DeliveryEnded { plugin, name, end, .. } => {
                        assert_eq!(plugin.as_ref().map(PluginId::as_str), Some("test/named"));
                        heard.lock().unwrap().push((name.clone(), end.clone()));
                    }
                    _ => {}
                }
                Ok(outcome)
            })
        })
        .start()
        .await;
    let refuse = || Fault::Refuse("blocked".to_owned());
    runtime.platform.faults([refuse(), refuse()]);
    for text in ["named survey", "nameless", "named arrives"] {
        runtime.say("alice", text).await;
        runtime.settled().await;
    }
    let reason = "blocked".to_owned();
    let expected = [(Some("survey".to_owned()), DeliveryEnd::Failed { reason })];
    assert_eq!(*ended.lock().unwrap(), expected);
}

/// Says two files with a text where a message holds one, and changes the text when asked to.
fn two_files() -> Builder {
    let first = MessageId(uuid::Uuid::from_u128(7));
    let file = |name: &str| FileRef {
        sha256: "0".repeat(64),
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: 1,
        alt: String::new(),
    };
    TestRuntime::builder()
        .abilities(|abilities| (abilities.caption_max, abilities.idempotent_send) = (Some(100), false))
        .handler(move |_| {
            Script::new(move |event, snapshot| {
                let EventBody::Message(message) = &event.new.event.body else {
                    return Ok(Outcome::default());
                };
                let (plugin, mut action) = answer(first, snapshot, "test/files", "Both files.");
                if let Action::Send(send) = &mut action {
                    send.files = vec![file("a.pdf"), file("b.pdf")];
                }
                if message.content.to_plain() == "change" {
                    action = Action::Edit {
                        message: first,
                        content: Content::plain("These files."),
                        buttons: Vec::new(),
                        meanings: Vec::new(),
                    };
                }
                Ok(Outcome {
                    actions: vec![(plugin, action)],
                    ..Outcome::default()
                })
            })
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_has_to_wait_does_not_send_the_text_again_and_an_edit_leaves_it() {
    let runtime = two_files().start().await;
    let wait = Duration::from_secs(7);
    let busy = Fault::Busy {
        retry_after: wait,
        whole_login: false,
    };
    runtime.platform.faults([Fault::Fine, busy]);
    runtime.say("alice", "files").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["Both files."]);
    runtime.advance(wait).await;
    assert_eq!(runtime.heard("alice"), ["Both files.", ""]);
    let names = runtime
        .platform
        .arrivals()
        .into_iter()
        .flat_map(|arrival| match arrival.body {
            FittedBody::Send { files, .. } => files.into_iter().map(|file| file.name).collect(),
            _ => Vec::new(),
        });
    assert_eq!(names.collect::<Vec<_>>(), ["a.pdf", "b.pdf"]);
    runtime.say("alice", "change").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["Both files.", "", "These files.", ""]);
    assert!(
        states(&runtime)
            .await
            .iter()
            .all(|state| *state == DeliveryState::Delivered)
    );
}
