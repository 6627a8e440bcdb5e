//! A plugin that is set otherwise in parts of its community, and an update that does not start.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use switchboard::clock::Clock;
use switchboard::dispatcher::CommandNames as _;
use switchboard::dispatcher::chain::{Roster, Rules, explain};
use switchboard::installer::{Agreed, InstallError, Installer, PartChange, PartSet, Told, list};
use switchboard::model::EventBody;
use switchboard::model::event::{Addressed, Source};
use switchboard::model::ids::PluginId;
use switchboard::plugin_host::{GivenSecrets, Package, Packages};
use switchboard::storage::plugins::PluginSettings;
use switchboard::storage::{Page, Unit};

use crate::installer::version;
use crate::outside::allowed;
use crate::support::runtime::TestRuntime;
use crate::swaps::{host, served};

mod reach;

/// Wants what people say, and has a command.
const WORDS: &str = "\n[handles]\nmessages = \"addressed\"\nwords = [\"moin\"]\n";

fn greeter() -> PluginId {
    PluginId::from("acme/greeter")
}

/// A community with the plugin, on.
async fn world() -> (TestRuntime, Arc<Roster>, Installer) {
    let (runtime, roster, installer) = served().await;
    takes(&runtime, &installer, "1.0.0").await;
    let (id, nobody) = (greeter(), Agreed::default());
    let on = allowed(installer.switch(runtime.community, &id, true, &nobody))
        .await
        .unwrap();
    installer.write(on).await.unwrap();
    look(&runtime, &roster).await;
    // The places are known from now on.
    for place in ["help", "lounge"] {
        says(&runtime, place, "moin").await;
    }
    (runtime, roster, installer)
}

async fn takes(runtime: &TestRuntime, installer: &Installer, number: &str) {
    let offer = installer.offered(version(number, WORDS), None, "greeter.wasm".to_owned());
    let taken = installer.take(runtime.community, offer.await.unwrap(), true, None);
    installer.write(taken.await.unwrap()).await.unwrap();
}

/// The program looks who serves now.
async fn look(runtime: &TestRuntime, roster: &Roster) {
    let refreshed = roster.refresh(runtime.clock.now()).await.unwrap();
    assert!(refreshed.undone.is_empty());
    runtime.dispatcher.accept_internal(refreshed.ready).await.unwrap();
    runtime.settled().await;
}

/// Alice says it to the bot, and this is what comes of it there.
async fn says(runtime: &TestRuntime, place: &str, text: &str) -> Vec<String> {
    let before = runtime.platform.texts(&TestRuntime::place(place)).len();
    let said = runtime.shared("alice", place, text, Addressed::Mention);
    runtime.accept(vec![said]).await;
    runtime.settled().await;
    runtime.platform.texts(&TestRuntime::place(place)).split_off(before)
}

async fn set(
    (runtime, roster, installer): &(TestRuntime, Arc<Roster>, Installer),
    part: &str,
    change: PartChange,
) -> Result<PartSet, InstallError> {
    let set = installer
        .set_within(runtime.community, &greeter(), part, change)
        .await?;
    let set = installer.write(set).await?;
    look(runtime, roster).await;
    Ok(set)
}

fn greeting(text: &str) -> PartChange {
    let Value::Object(change) = json!({ "greeting": text }) else {
        panic!("it is an object")
    };
    PartChange::Set { change }
}

async fn settings(runtime: &TestRuntime) -> PluginSettings {
    let all = runtime.storage.plugin_settings(runtime.community).await.unwrap();
    all.into_iter().find(|settings| settings.plugin == greeter()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_has_a_plugin_off_or_set_otherwise_and_the_rest_as_before() {
    let world = world().await;
    let runtime = &world.0;
    set(&world, "#help", greeting("How can we help?")).await.unwrap();
    set(&world, "lounge", PartChange::Switch { on: false }).await.unwrap();
    assert_eq!(says(runtime, "help", "moin").await, ["How can we help?"]);
    assert!(says(runtime, "lounge", "moin").await.is_empty());
    assert_eq!(says(runtime, "garden", "moin").await, ["Hello, alice!"]);
    // Her direct chat is in no part.
    runtime.say("alice", "moin").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["Hello, alice!"]);

    // What is set in general later is followed where nothing else is said.
    let Value::Object(change) = json!({ "greeting": "Good day" }) else {
        panic!("it is an object")
    };
    let general = world.2.set(runtime.community, &greeter(), &change).await.unwrap();
    world.2.write(general).await.unwrap();
    look(runtime, &world.1).await;
    assert_eq!(says(runtime, "help", "moin").await, ["How can we help?"]);
    assert_eq!(says(runtime, "garden", "moin").await, ["Good day"]);

    // Whoever lists the plugins sees that it is not the same everywhere.
    let packages = Packages::bundled();
    let listed = list(
        &runtime.storage,
        &packages,
        runtime.community,
        None,
        runtime.clock.now(),
    );
    let Told::Table { rows, .. } = listed.await.unwrap() else {
        panic!("a table")
    };
    let state = rows.iter().find(|row| row[0] == "acme/greeter").map(|row| &*row[2]);
    assert_eq!(state, Some("on; otherwise in help (loopback), lounge (loopback)"));

    let reset = set(&world, "help", PartChange::Reset).await.unwrap();
    assert!(!reset.differs);
    assert_eq!(says(runtime, "help", "moin").await, ["Good day"]);
    assert_eq!(settings(runtime).await.overrides.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_may_be_on_in_one_place_alone_with_its_threads_and_commands() {
    let world = world().await;
    let (runtime, roster, installer) = &world;
    set(&world, "help", PartChange::Switch { on: true }).await.unwrap();
    let (id, nobody) = (greeter(), Agreed::default());
    let off = allowed(installer.switch(runtime.community, &id, false, &nobody))
        .await
        .unwrap();
    installer.write(off).await.unwrap();
    look(runtime, roster).await;
    for (name, serves) in [("help", true), ("lounge", false)] {
        assert_eq!(!says(runtime, name, "moin").await.is_empty(), serves, "{name}");
        let place = runtime
            .storage
            .place_by_native(&TestRuntime::place(name))
            .await
            .unwrap();
        assert_eq!(roster.is_command(&place.unwrap(), "greet"), serves, "{name}");
    }
    // A thread is as what it hangs in.
    let mut in_thread = runtime.shared("alice", "thread", "moin", Addressed::Mention);
    if let Source::Platform { place, .. } = &mut in_thread.source {
        place.parent = Some(TestRuntime::place("help"));
        place.thread = true;
    }
    runtime.accept(vec![in_thread]).await;
    runtime.settled().await;
    assert_eq!(runtime.platform.texts(&TestRuntime::place("thread")), ["Hello, alice!"]);

    let listed = roster.list(runtime.community);
    assert_eq!(listed.len(), 1, "it serves somewhere");
    let page = Page {
        before: None,
        limit: 100,
    };
    let events = runtime.storage.events(Some(runtime.community), page, None).await;
    let lounge = runtime.storage.place_by_native(&TestRuntime::place("lounge")).await;
    let lounge = lounge.unwrap().map(|place| place.id);
    // The newest comes first.
    let seen = events
        .unwrap()
        .into_iter()
        .find(|(event, _)| event.new.place == lounge && matches!(event.new.event.body, EventBody::Message(_)));
    let (event, trace) = seen.unwrap();
    let lines = explain::others(
        &runtime.storage,
        &Packages::bundled(),
        &event,
        &trace.unwrap_or_default(),
    )
    .await;
    let lines: Vec<String> = lines.unwrap().into_iter().map(|step| step.line).collect();
    assert_eq!(lines, ["off there"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_in_a_part_is_refused_and_changes_nothing() {
    let world = world().await;
    let before = settings(&world.0).await;
    let Value::Object(wrong) = json!({ "greeting": 7 }) else {
        panic!("it is an object")
    };
    let long = "x".repeat(70_000);
    for (part, change, why) in [
        (
            "help",
            PartChange::Set { change: wrong },
            "nothing was changed: in help, its config is wrong: at greeting",
        ),
        (
            "help",
            greeting(&long),
            "nothing was changed: in help, its config has 70015 bytes, and 64 KiB (65536 bytes) are the most",
        ),
        (
            "attic",
            PartChange::Switch { on: true },
            "there is no space or place “attic” here",
        ),
    ] {
        let refused = set(&world, part, change).await.expect_err("it is refused").to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let PartChange::Set { change } = greeting(&long) else {
        panic!("it is a change of settings")
    };
    let refused = world.2.set(world.0.community, &greeter(), &change).await;
    let refused = refused.expect_err("it is refused").to_string();
    assert!(
        refused.starts_with("nothing was changed: its config has 70015 bytes"),
        "{refused}"
    );
    // What was allowed nothing runs nowhere.
    let feed = PluginId::from("switchboard/feed");
    let on = PartChange::Switch { on: true };
    let refused = world.2.set_within(world.0.community, &feed, "help", on).await;
    let refused = refused.expect_err("it is refused").to_string();
    assert!(refused.contains("was not allowed all that it asks for"), "{refused}");
    // Nothing is said where nothing is changed.
    set(&world, "help", PartChange::Set { change: Map::new() })
        .await
        .unwrap();
    assert_eq!(settings(&world.0).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_from_an_update_is_also_that_of_its_parts() {
    let world = world().await;
    let (runtime, roster, installer) = &world;
    set(&world, "help", greeting("How can we help?")).await.unwrap();
    takes(runtime, installer, "1.1.0").await;
    set(&world, "help", PartChange::Switch { on: false }).await.unwrap();
    let back = installer.back(runtime.community, &greeter()).await.unwrap();
    installer.write(back).await.unwrap();
    look(runtime, roster).await;
    assert_eq!(says(runtime, "help", "moin").await, ["How can we help?"]);
}

/// A program that never runs this package.
fn blocking(runtime: &TestRuntime, wasm: &[u8]) -> Roster {
    let clock: Arc<dyn Clock> = Arc::clone(&runtime.clock) as _;
    let rules = Rules {
        blocked: BTreeMap::from([(Package::read(wasm).unwrap().digest, "stolen".to_owned())]),
        forbidden: Vec::new(),
    };
    let storage = Arc::clone(&runtime.storage);
    Roster::new(host(&clock, GivenSecrets::new()), storage, Packages::bundled(), rules)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_does_not_start_is_undone_and_what_served_before_goes_on() {
    let (runtime, roster, installer) = world().await;
    takes(&runtime, &installer, "1.1.0").await;
    // The old one still serves, and goes on keeping things, when the program that would start the new one looks.
    let starting = blocking(&runtime, &version("1.1.0", WORDS));
    let refreshed = starting.refresh(runtime.clock.now()).await.unwrap();
    let [undone]: [Unit; 1] = refreshed.undone.try_into().unwrap();
    runtime.storage.write(undone.clone()).await.unwrap();
    runtime.storage.write(undone).await.expect_err("it is done once");
    assert!(starting.refresh(runtime.clock.now()).await.unwrap().undone.is_empty());
    let listed = starting.list(runtime.community);
    assert_eq!(listed[0].version, "1.0.0");
    assert!(
        listed[0].log[0].text.contains("its update does not start"),
        "{:?}",
        listed[0].log
    );
    look(&runtime, &roster).await;
    assert_eq!(says(&runtime, "help", "moin").await, ["Hello, alice!"]);
    let now = settings(&runtime).await;
    assert_eq!(now.granted_to, Package::read(&version("1.0.0", WORDS)).unwrap().digest);
    assert!(
        installer.back(runtime.community, &greeter()).await.is_err(),
        "nothing is set aside any more"
    );
    assert!(
        installer
            .waiting(runtime.community, &greeter())
            .await
            .unwrap()
            .is_some(),
        "the package is still here"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_has_served_is_left_to_the_admin() {
    let (runtime, roster, installer) = world().await;
    takes(&runtime, &installer, "1.1.0").await;
    look(&runtime, &roster).await;
    let starting = blocking(&runtime, &version("1.1.0", WORDS));
    assert!(starting.refresh(runtime.clock.now()).await.unwrap().undone.is_empty());
    // Nor is one undone that somebody has set since.
    let (runtime, roster, installer) = world().await;
    takes(&runtime, &installer, "1.1.0").await;
    let off = PartChange::Switch { on: false };
    let part = installer
        .set_within(runtime.community, &greeter(), "help", off)
        .await
        .unwrap();
    installer.write(part).await.unwrap();
    let starting = blocking(&runtime, &version("1.1.0", WORDS));
    assert!(starting.refresh(runtime.clock.now()).await.unwrap().undone.is_empty());
    look(&runtime, &roster).await;
}
