//! Linking accounts, where a dialog cannot show it: what is stored, menus, and who presses what how often.

use std::sync::Arc;
use std::time::Duration;

use switchboard::dispatcher::{CommandNames, Outcome};
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::{Audience, Place};
use switchboard::model::event::{Addressed, InMessage};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, CommunityId, IdentityId, IdentityRef, MessageId, MessageRef};
use switchboard::model::{Action, Content, EventBody};
use switchboard::person::{self, Persons};
use switchboard::storage::Page;

use crate::support::{Builder, Script, TestRuntime};

/// The commands of the program itself.
struct Ours;

impl CommandNames for Ours {
    fn is_command(&self, _: &Place, name: &str) -> bool {
        ["link", "unlink"].contains(&name)
    }

    fn sealed(&self, community: CommunityId, name: &str, typed: &str) -> Option<String> {
        person::sealed(community, name, typed)
    }
}

fn builder() -> Builder {
    TestRuntime::builder()
        .commands(Ours)
        .handler(|parts| Persons::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
}

async fn start() -> TestRuntime {
    builder().start().await
}

/// A command as a platform's menu sends it: no message, and its option by name.
async fn command(runtime: &TestRuntime, who: &str, name: &str, code: Option<&str>) {
    let event = runtime.event(who, who, Audience::Direct, |_| EventBody::Command {
        message: None,
        name: name.to_owned(),
        options: code
            .map(|code| ("code".to_owned(), code.to_owned()))
            .into_iter()
            .collect(),
        rest: String::new(),
    });
    runtime.accept(vec![event]).await;
    runtime.settled().await;
}

/// The code that was shown to `who` last.
async fn code(runtime: &TestRuntime, who: &str) -> String {
    command(runtime, who, "link", None).await;
    let heard = runtime.heard(who);
    let typed = heard.last().and_then(|text| text.split("/link ").nth(1));
    typed.expect("a code is shown").chars().take(8).collect()
}

/// The first button that was shown to `who` last: the yes.
fn yes(runtime: &TestRuntime, who: &str) -> ButtonId {
    let place = TestRuntime::place(who);
    let arrivals = runtime.platform.arrivals();
    let shown = arrivals.iter().rev().find_map(|arrival| match &arrival.body {
        FittedBody::Send { buttons, .. } if arrival.place == place => buttons.first().cloned(),
        _ => None,
    });
    match shown.expect("a button is shown").effect {
        ButtonEffect::Press { id } => id,
        other => panic!("{other:?}"),
    }
}

async fn press(runtime: &TestRuntime, who: &str, button: ButtonId) {
    let event = runtime.event(who, who, Audience::Direct, |_| EventBody::Press {
        message: None,
        button,
        values: Vec::new(),
    });
    runtime.accept(vec![event]).await;
    runtime.settled().await;
}

async fn identity(runtime: &TestRuntime, who: &str) -> IdentityId {
    let native = IdentityRef {
        scope: "loopback".into(),
        id: who.into(),
    };
    let known = runtime.storage.identity_by_native(&native).await;
    known.expect("identities can be read").expect("it is known").id
}

/// The names of those that `who` is linked with.
async fn linked(runtime: &TestRuntime, who: &str) -> Vec<String> {
    let id = identity(runtime, who).await;
    let linked = runtime.storage.linked(runtime.community, id).await;
    let linked = linked.expect("persons can be read");
    linked.into_iter().map(|linked| linked.identity.name).collect()
}

async fn link(runtime: &TestRuntime, one: &str, other: &str) {
    let code = code(runtime, one).await;
    command(runtime, other, "link", Some(&code)).await;
    press(runtime, other, yes(runtime, other)).await;
}

/// The message in which `who` was asked last whether to link, by our id and as the platform calls it.
fn question(runtime: &TestRuntime, who: &str) -> (MessageId, MessageRef) {
    let place = TestRuntime::place(who);
    let arrivals = runtime.platform.arrivals();
    let asked = arrivals.iter().rev().find_map(|arrival| match &arrival.body {
        FittedBody::Send { message, buttons, .. } if arrival.place == place && !buttons.is_empty() => {
            let id = arrival.native.clone();
            let place = place.clone();
            Some((*message, MessageRef { place, id }))
        }
        _ => None,
    });
    asked.expect("somebody was asked")
}

/// `who` writes in their direct chat, as a reply or not.
async fn writes(runtime: &TestRuntime, who: &str, text: &str, reply_to: Option<MessageRef>) {
    let event = runtime.event(who, who, Audience::Direct, |native| {
        EventBody::Message(InMessage {
            native,
            content: Content::plain(text),
            addressed: Addressed::Direct,
            reply_to,
            mentions: Vec::new(),
            files: Vec::new(),
        })
    });
    runtime.accept(vec![event]).await;
    runtime.settled().await;
}

/// Al has entered the codes of two accounts, Bob's last. Answers the two questions.
async fn asked_twice(runtime: &TestRuntime) -> [(MessageId, MessageRef); 2] {
    let mut asked = Vec::new();
    for shown_to in ["alice", "bob"] {
        let code = code(runtime, shown_to).await;
        command(runtime, "al", "link", Some(&code)).await;
        asked.push(question(runtime, "al"));
    }
    asked.try_into().expect("two questions")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_in_words_to_another_message_links_nothing() {
    let runtime = start().await;
    let [(_, first), (_, second)] = asked_twice(&runtime).await;
    let unknown = MessageRef {
        id: "nobody-knows-it".into(),
        ..first.clone()
    };
    for other in [first, unknown] {
        writes(&runtime, "al", "yes", Some(other)).await;
        assert_eq!(linked(&runtime, "al").await, [""; 0]);
    }
    writes(&runtime, "al", "yes", Some(second)).await;
    assert_eq!(linked(&runtime, "al").await, ["bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_in_words_to_a_question_that_was_taken_back_is_none_to_the_one_before() {
    let deletes = |text: &str| -> Option<MessageId> { text.strip_prefix("take back ")?.parse().ok() };
    let taking_back = builder().handler(move |_| {
        Script::new(move |event, _| {
            let mut outcome = Outcome::default();
            if let EventBody::Message(said) = &event.new.event.body
                && let Some(message) = deletes(&said.content.to_plain())
            {
                outcome.actions.push((None, Action::Delete { message }));
            }
            Ok(outcome)
        })
    });
    let runtime = taking_back.start().await;
    let [_, (last, _)] = asked_twice(&runtime).await;
    writes(&runtime, "al", &format!("take back {last}"), None).await;
    let stored = runtime.storage.message(last).await.expect("messages can be read");
    assert!(stored.expect("it is kept").deleted_at.is_some());
    writes(&runtime, "al", "yes", None).await;
    assert_eq!(linked(&runtime, "al").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_linked_before_the_yes_also_over_a_restart() {
    let runtime = start().await;
    let code = code(&runtime, "alice").await;
    let runtime = runtime.restart().await;
    command(&runtime, "al", "link", Some(&code.to_lowercase())).await;
    let button = yes(&runtime, "al");
    let runtime = runtime.restart().await;
    assert_eq!(linked(&runtime, "alice").await, [""; 0]);
    press(&runtime, "alice", button).await;
    press(&runtime, "bob", button).await;
    assert_eq!(
        linked(&runtime, "alice").await,
        [""; 0],
        "only who entered the code says yes"
    );
    press(&runtime, "al", button).await;
    assert_eq!(linked(&runtime, "alice").await, ["al"]);
    assert_eq!(linked(&runtime, "al").await, ["alice"]);
    assert_eq!(linked(&runtime, "bob").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_press_says_nothing_and_the_audit_holds_ids_alone() {
    let runtime = start().await;
    link(&runtime, "alice", "al").await;
    let told = (runtime.heard("alice").len(), runtime.heard("al").len());
    press(&runtime, "al", yes(&runtime, "al")).await;
    assert_eq!((runtime.heard("alice").len(), runtime.heard("al").len()), told);
    command(&runtime, "al", "unlink", None).await;
    press(&runtime, "al", yes(&runtime, "al")).await;
    assert_eq!(linked(&runtime, "alice").await, [""; 0]);
    let page = Page {
        before: None,
        limit: 10,
    };
    let audit = runtime.storage.audit(runtime.community, page).await.unwrap();
    let lines: Vec<_> = audit
        .iter()
        .map(|line| (line.act.as_str(), line.subject.clone()))
        .collect();
    let (alice, al) = (identity(&runtime, "alice").await, identity(&runtime, "al").await);
    assert_eq!(
        lines,
        [
            ("identity_unlinked", al.to_string()),
            ("identities_linked", format!("{alice} {al}")),
        ]
    );
    assert_eq!(runtime.storage.audit_broken_at().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_accounts_are_one_person_and_no_more() {
    let runtime = start().await;
    for number in 1..10 {
        link(&runtime, "alice", &format!("alice-{number}")).await;
    }
    assert_eq!(linked(&runtime, "alice").await.len(), 9);
    let code = code(&runtime, "alice-3").await;
    command(&runtime, "one-more", "link", Some(&code)).await;
    let heard = runtime.heard("one-more");
    assert!(
        heard.last().is_some_and(|text| text.contains("ten accounts")),
        "{heard:?}"
    );
    assert_eq!(linked(&runtime, "one-more").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_was_used_stands_in_no_chat_any_more() {
    let runtime = start().await;
    let code = code(&runtime, "alice").await;
    let kept = async |runtime: &TestRuntime| {
        let said = runtime.transcript("alice").await;
        said.iter()
            .any(|message| message.new.content.to_plain().contains(&code))
    };
    assert!(kept(&runtime).await, "she has to read it");
    command(&runtime, "al", "link", Some(&code)).await;
    assert!(!kept(&runtime).await);
}

/// The last line that `who` has read.
fn last(runtime: &TestRuntime, who: &str) -> String {
    runtime.heard(who).pop().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_linked_before_is_told_who_comes_on_either_side() {
    let runtime = start().await;
    link(&runtime, "alice", "al").await;
    link(&runtime, "carla", "carl").await;
    let code = code(&runtime, "alice").await;
    command(&runtime, "carla", "link", Some(&code)).await;
    let before = (runtime.heard("al").len(), runtime.heard("carl").len());
    press(&runtime, "carla", yes(&runtime, "carla")).await;
    assert_eq!(
        (runtime.heard("al").len(), runtime.heard("carl").len()),
        (before.0 + 1, before.1 + 1),
        "each is told once, and not before the yes"
    );
    let told = |who| last(&runtime, who);
    assert!(
        told("al").contains("carla on loopback and carl on loopback"),
        "{}",
        told("al")
    );
    assert!(
        told("carl").contains("alice on loopback and al on loopback"),
        "{}",
        told("carl")
    );
    assert!(told("al").contains("/unlink") && told("carl").contains("/unlink"));
    assert!(told("alice").starts_with("carla on loopback has entered your code"));
    assert!(told("carla").starts_with("Done: alice on loopback"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_limited_for_a_day_also_over_a_restart_and_unlinking_never_is() {
    let mut runtime = start().await;
    let unlink = async |runtime: &TestRuntime| {
        command(runtime, "al", "unlink", None).await;
        press(runtime, "al", yes(runtime, "al")).await;
        assert_eq!(linked(runtime, "alice").await, [""; 0]);
    };
    for round in 0..10 {
        if round > 0 {
            unlink(&runtime).await;
        }
        link(&runtime, "alice", "al").await;
        assert_eq!(linked(&runtime, "alice").await, ["al"]);
    }
    runtime = runtime.restart().await;
    unlink(&runtime).await;
    command(&runtime, "alice", "link", None).await;
    assert!(last(&runtime, "alice").contains("Try again tomorrow"));
    let others = code(&runtime, "bob").await;
    command(&runtime, "al", "link", Some(&others)).await;
    assert!(last(&runtime, "al").contains("Try again tomorrow"));
    assert!(
        last(&runtime, "bob").contains("no longer works"),
        "its code is gone, too"
    );
    runtime.clock.advance(Duration::from_hours(24));
    link(&runtime, "alice", "al").await;
    assert_eq!(linked(&runtime, "alice").await, ["al"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_press_is_answered_with_the_truth_where_buttons_stay() {
    let runtime = builder().abilities(|abilities| abilities.edit = false).start().await;
    link(&runtime, "alice", "al").await;
    let arrivals = runtime.platform.arrivals();
    let shown = arrivals.iter().find_map(|arrival| match &arrival.body {
        FittedBody::Send { buttons, .. } if buttons.len() == 2 => Some(buttons.clone()),
        _ => None,
    });
    for button in shown.expect("a question was asked") {
        let ButtonEffect::Press { id } = button.effect else {
            panic!("{button:?}");
        };
        press(&runtime, "al", id).await;
        assert!(last(&runtime, "al").contains("alice on loopback and this account are linked"));
        assert_eq!(linked(&runtime, "al").await, ["alice"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_enter_one_code_at_once_are_not_both_asked() {
    let runtime = start().await;
    let code = code(&runtime, "alice").await;
    let entered = ["al", "mallory"].map(|who| runtime.message(who, &format!("/link {code}")));
    runtime.accept(entered.into()).await;
    runtime.settled().await;
    let asked = ["al", "mallory"].map(|who| last(&runtime, who).contains("you, too?"));
    assert!(asked[0] != asked[1], "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_stored_holds_a_code_that_was_typed() {
    let runtime = start().await;
    let code = code(&runtime, "alice").await;
    let mistyped = format!("/link {code}X");
    runtime.say("al", &mistyped).await;
    runtime.settled().await;
    assert!(last(&runtime, "al").contains("does not work"));
    command(&runtime, "alice", "link", Some(&code)).await;
    assert!(last(&runtime, "alice").contains("of this very account"));
    runtime.say("al", &format!("/link {}", code.to_lowercase())).await;
    runtime.settled().await;
    assert!(last(&runtime, "al").contains("Is alice on loopback you, too?"));
    let page = Page {
        before: None,
        limit: 100,
    };
    let events = runtime.storage.events(None, page, None).await.unwrap();
    let said = runtime.transcript("al").await;
    let stored = format!("{events:?} {said:?}").to_uppercase();
    assert!(events.len() >= 4 && stored.contains("••••••••"), "{stored}");
    assert!(!stored.contains(&code), "{stored}");
}
