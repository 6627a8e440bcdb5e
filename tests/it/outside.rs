//! What plugins do outside, through the whole program: a dialog says what servers answer.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use switchboard::app::community::Start;
use switchboard::dialog::{Instances, Kit, alone};
use switchboard::dispatcher::chain::Uncalled;
use switchboard::installer::{Agreed, Allowing, Data, Decided, InstallError, Installer};
use switchboard::model::bytes::Bytes;
use switchboard::model::call::CallEnd;
use switchboard::model::event::{Event, EventBody, Source};
use switchboard::model::ids::PluginId;
use switchboard::plugin_host::{CacheOptions, CallFault, Package, Packages};
use switchboard::storage::Unit;
use switchboard::storage::calls::{CallState, StoredCall};
use switchboard::storage::plugins::PluginUnit;

use crate::plugin_host::pack::{self, MANIFEST_SECTION, append_section};
use crate::support::runtime::TestRuntime;
use crate::swaps::served;

/// The plugin that does outside what it is told to, built once.
pub fn outside() -> &'static [u8] {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let target = scratch.parent().expect("it lies in the target folder");
        let mut found = pack::find(&workspace.join("tests/hostile-plugins")).expect("they are there");
        found.retain(|plugin| plugin.name == "outside");
        let packages = pack::build(
            workspace,
            &found,
            &target.join("plugins-build"),
            &scratch.join("outside"),
        );
        std::fs::read(&packages.expect("it builds")[0]).expect("it was written")
    })
}

/// Warm and fresh, the dialog goes as it is written.
async fn check(dialog: &str) {
    let package = Package::read(outside()).expect("it is sound");
    let plugins = alone(&package).expect("its settings have a form");
    let mut packages = Packages::bundled();
    packages.add(outside().to_vec()).expect("it is a package");
    let start = Start::sample().expect("it is sound").with_plugins(plugins);
    let cache = CacheOptions {
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        key: [7; 32],
    };
    let kit = Kit::new(start, packages, cache);
    for instances in Instances::ALL {
        let played = kit.with_instances(instances).play(dialog).await;
        let played = played.expect("it can be played");
        assert_eq!(played.text, dialog, "{instances:?}: {:?}", played.log);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_sent_and_its_answer_is_told() {
    check(
        "\
http: POST https://shop.example/orders gives 201 made
alice@web: call POST https://shop.example/orders one loaf
bot@alice: I will.
bot@alice: order for alice: 201 made
http: DELETE https://shop.example/orders/7 gives 404
alice@web: call DELETE https://shop.example/orders/7
bot@alice: I will.
bot@alice: order for alice: 404\x20
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_sent_again_until_somebody_answers() {
    check(
        "\
alice@web: call POST https://shop.example/orders one loaf
bot@alice: I will.
clock: +1m
http: POST https://shop.example/orders gives 503 (retry-after: 600) busy
clock: +5m
http: POST https://shop.example/orders gives 201 made
clock: +9m
restart: +2m
bot@alice: order for alice: 201 made
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_hour_the_plugin_is_told_what_was_said_last() {
    check(
        "\
http: POST https://shop.example/orders gives 503 busy
alice@web: call POST https://shop.example/orders one loaf
bot@alice: I will.
clock: +2h
bot@alice: order for alice: 503 busy
http: POST https://shop.example/orders gives nothing
alice@web: call POST https://shop.example/orders one loaf
bot@alice: I will.
restart: +2h
bot@alice: order for alice: the dialog says nothing of it
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_granted_fails_as_a_whole_and_is_told_with_the_line_that_grants_it() {
    check(
        "\
alice@web: call PUT https://shop.example/orders one loaf
bot@alice: That did not work just now. Please try it again a little later.
why: test/outside may not change things on shop.example: add \"PUT https://shop.example\", perhaps with the beginning of the path, to allow of its permission call; chain said that it did not work
alice@web: call POST https://shop.example/orders/../admin one loaf
bot@alice: That did not work just now. Please try it again a little later.
why: test/outside may not change things on shop.example: add \"POST https://shop.example\", perhaps with the beginning of the path, to allow of its permission call; chain said that it did not work
alice@web: twice POST https://shop.example/orders one loaf
bot@alice: That did not work just now. Please try it again a little later.
why: test/outside makes two calls of the name \"order\" because of one event; chain said that it did not work
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_because_of_answers_to_calls_come_to_an_end() {
    let mut dialog = "\
http: POST https://shop.example/orders gives 200 again https://shop.example/orders
alice@web: call POST https://shop.example/orders one loaf
bot@alice: I will.
"
    .to_owned();
    for _ in 0..7 {
        dialog.push_str("bot@alice: order for alice: 200 again https://shop.example/orders\n");
    }
    check(&dialog).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_says_what_the_language_model_answers() {
    check(
        "\
alice@web: ask the capital of France?
bot@alice: unavailable
model: gives Paris.
alice@web: ask the capital of France?
bot@alice: Paris.
restart: +1h
model: gives (cut) The capital of
alice@web: ask the capital of France?
bot@alice: The capital of…
model: gives nothing
alice@web: ask the capital of France?
bot@alice: unavailable
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_question_to_the_language_model_is_over_the_limit() {
    check(
        "\
model: gives Paris.
alice@web: ask3 the capital of France?
bot@alice: Paris. | Paris. | limit: more than 2 questions to the language model in one event
",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_says_what_servers_call_with() {
    check(
        "\
webhook: order 7 is sent
alice@web: news
bot@alice: order text/plain 7 is sent
restart: +1h
webhook: shown {\"order\": 8}
alice@web: news
bot@alice: shown application/json {\"order\": 8}
",
    )
    .await;
}

/// The call that waits to be sent.
async fn waiting(runtime: &TestRuntime) -> Option<StoredCall> {
    let now = switchboard::clock::Clock::now(&*runtime.clock);
    let mut due = runtime.storage.calls_due(now, 9, 9).await.expect("calls can be read");
    due.pop()
}

/// What an admin decides, written.
pub async fn done<T>(installer: &Installer, decided: impl Future<Output = Result<Decided<T>, InstallError>>) -> T {
    let decided = decided.await.expect("it can be decided");
    installer.write(decided).await.expect("it is written")
}

/// What was allowed when it came in needs nobody to agree.
pub async fn allowed<T>(
    allowing: impl Future<Output = Result<Allowing<T>, InstallError>>,
) -> Result<Decided<T>, InstallError> {
    allowing.await.and_then(Allowing::decided)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_tried_calls_nobody() {
    let (runtime, roster, installer) = served().await;
    let (community, id) = (runtime.community, PluginId::from("test/outside"));
    let offer = installer.offered(outside().to_vec(), None, "outside.wasm".to_owned());
    let offer = offer.await.expect("it is sound");
    done(&installer, installer.take(community, offer, true, None)).await;
    let now = || switchboard::clock::Clock::now(&*runtime.clock);
    let until = now() + Duration::from_hours(1);
    done(
        &installer,
        allowed(installer.rehearse(community, &id, Some(until), &Agreed::default())),
    )
    .await;
    roster.refresh(now()).await.expect("it starts");
    runtime
        .say("alice", "call POST https://shop.example/orders one loaf")
        .await;
    runtime.dispatched().await;
    assert_eq!(waiting(&runtime).await, None);
    let would = installer.rehearsed(community, &id).await.expect("it can be read");
    assert_eq!(would[0].would[1], "call order: POST shop.example");
    assert!(runtime.heard("alice").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_not_sent_by_a_plugin_that_is_off_or_may_no_longer() {
    let (runtime, roster, installer) = served().await;
    let (community, id) = (runtime.community, PluginId::from("test/outside"));
    let now = || switchboard::clock::Clock::now(&*runtime.clock);
    let take = async |wasm: Vec<u8>| {
        let offer = installer.offered(wasm, None, "outside.wasm".to_owned()).await;
        let offer = offer.expect("it is sound");
        done(&installer, installer.take(community, offer, true, None)).await;
        done(
            &installer,
            allowed(installer.switch(community, &id, true, &Agreed::default())),
        )
        .await;
        roster.refresh(now()).await.expect("it starts");
    };
    take(outside().to_vec()).await;
    runtime
        .say("alice", "call POST https://shop.example/orders one loaf")
        .await;
    runtime.dispatched().await;
    let call = waiting(&runtime).await.expect("it is made").new;
    assert_eq!((call.name.as_str(), &*call.request.body.0), ("order", &b"one loaf"[..]));

    // The next version may do less.
    let manifest = Package::read(outside()).expect("it is sound").manifest_text;
    let narrower = manifest
        .replace("1.0.0", "1.1.0")
        .replace("\"POST https://shop.example/orders\", ", "");
    let mut wasm = outside().to_vec();
    append_section(&mut wasm, MANIFEST_SECTION, narrower.as_bytes());
    take(wasm).await;
    let refused = roster.call(&call, "key").await;
    let Err(Uncalled::Fault(CallFault::Refused(why))) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.starts_with("may not change things on shop.example: add"), "{why}");

    // Held back it is not off: its call waits.
    let hold = PluginUnit::Held {
        community,
        plugin: id.clone(),
        reason: Some("boom".to_owned()),
    };
    runtime
        .storage
        .write(Unit::Plugin(hold))
        .await
        .expect("it is held back");
    roster.refresh(now()).await.expect("it is looked at");
    let told = roster.call(&call, "key").await;
    assert!(
        matches!(&told, Err(Uncalled::NotRunning(why)) if why.contains("held back until an admin looks: boom")),
        "{told:?}"
    );
    assert!(!roster.hears(community, &id, None).await);
    done(
        &installer,
        allowed(installer.switch(community, &id, false, &Agreed::default())),
    )
    .await;
    assert!(!roster.hears(community, &id, None).await, "nobody has looked yet");
    roster.refresh(now()).await.expect("it stops");
    assert!(roster.hears(community, &id, None).await);
    let off = Err(Uncalled::Off("test/outside is off or gone".to_owned()));
    assert_eq!(roster.call(&call, "key").await, off);
    let receipt = done(&installer, installer.remove(community, &id, Data::Delete)).await;
    assert!(receipt.contains("timers and calls are deleted"));
    assert_eq!(waiting(&runtime).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_that_is_held_back_cannot_be_told_is_kept() {
    let (runtime, roster, installer) = served().await;
    let (community, id) = (runtime.community, PluginId::from("test/outside"));
    let now = || switchboard::clock::Clock::now(&*runtime.clock);
    let offer = installer
        .offered(outside().to_vec(), None, "outside.wasm".to_owned())
        .await;
    let offer = offer.expect("it is sound");
    done(&installer, installer.take(community, offer, true, None)).await;
    done(
        &installer,
        allowed(installer.switch(community, &id, true, &Agreed::default())),
    )
    .await;
    let hold = PluginUnit::Held {
        community,
        plugin: id.clone(),
        reason: Some("boom".to_owned()),
    };
    runtime
        .storage
        .write(Unit::Plugin(hold))
        .await
        .expect("it is held back");
    roster.refresh(now()).await.expect("it is looked at");
    let end = CallEnd::Answered {
        status: 201,
        body: Bytes(b"made".to_vec()),
    };
    let told = Event {
        source: Source::Internal {
            conversation: None,
            place: None,
        },
        occurred_at: now(),
        dedupe: "call/1".to_owned(),
        hops: 2,
        body: EventBody::CallEnded {
            plugin: id.clone(),
            community,
            name: "order".to_owned(),
            tries: 3,
            end: end.clone(),
        },
    };
    let accepted = runtime.dispatcher.accept_internal(vec![told]).await;
    accepted.expect("it is stored");
    runtime.dispatched().await;
    assert_eq!(waiting(&runtime).await, None, "not at once");
    runtime.clock.advance(Duration::from_secs(30));
    let kept = waiting(&runtime).await.expect("it is kept");
    assert_eq!((kept.new.name.as_str(), kept.new.hops, kept.tries), ("order", 1, 3));
    assert_eq!(kept.state, CallState::Ended(end));
}
