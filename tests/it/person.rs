//! Linking accounts, where a dialog cannot show it: what is stored, menus, and who presses what how often.

use std::sync::Arc;

use switchboard::model::EventBody;
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::Audience;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, IdentityId, IdentityRef};
use switchboard::person::Persons;
use switchboard::storage::Page;

use crate::support::TestRuntime;

async fn start() -> TestRuntime {
    TestRuntime::builder()
        .handler(|parts| Persons::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
        .start()
        .await
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
