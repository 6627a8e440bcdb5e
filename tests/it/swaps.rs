//! Plugins from elsewhere while people talk: versions take each other's place under load and every message is answered once,
//! and what is only tried is noticed by nobody.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::json;
use switchboard::clock::Clock;
use switchboard::dispatcher::Outcome as Asked;
use switchboard::dispatcher::chain::Roster;
use switchboard::installer::{self, Agreed, Installer, Outcome};
use switchboard::model::EventBody;
use switchboard::model::ids::PluginId;
use switchboard::plugin_host::{CacheOptions, GivenSecrets, HostOptions, Packages, PluginHost};
use switchboard::storage::Unit;
use switchboard::storage::plugins::{PluginSettings, PluginUnit};

use crate::installer::version;
use crate::outside::{allowed, done};
use crate::support::chain::chain;
use crate::support::handlers::Script;
use crate::support::runtime::{Builder, TestRuntime};

const PEOPLE: usize = 50;

const SWAPS: usize = 20;

/// Ten thousand messages in all.
const MESSAGES_BETWEEN: usize = 10;

/// Wants what people say, besides the command.
const WORDS: &str = "\n[handles]\nmessages = \"addressed\"\nwords = [\"moin\"]\n";

/// The sandbox, which keeps what it has compiled.
pub fn host(clock: &Arc<dyn Clock>, secrets: GivenSecrets) -> PluginHost {
    let options = HostOptions {
        secrets,
        cache: Some(CacheOptions {
            folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
            key: [7; 32],
        }),
        ..HostOptions::default()
    };
    PluginHost::start(options, Arc::clone(clock)).unwrap()
}

/// A runtime whose one handler is the chain, and who serves in it.
pub async fn served() -> (TestRuntime, Arc<Roster>, Installer) {
    served_with(GivenSecrets::new()).await
}

/// The same, where the owner of the installation gives plugins secrets.
pub async fn served_with(secrets: GivenSecrets) -> (TestRuntime, Arc<Roster>, Installer) {
    served_by(TestRuntime::builder(), secrets).await
}

/// The same in a runtime of another make.
pub async fn served_by(builder: Builder, secrets: GivenSecrets) -> (TestRuntime, Arc<Roster>, Installer) {
    let made = Arc::new(OnceLock::new());
    let slot = Arc::clone(&made);
    let runtime = builder
        .handler(move |parts| {
            let host = host(&parts.clock, secrets.clone());
            let (chain, roster) = chain(parts, &host, Packages::bundled());
            assert!(slot.set((roster, host)).is_ok(), "it is started once");
            chain
        })
        .start()
        .await;
    let (roster, host) = made.get().expect("the handler was made").clone();
    let installer = Installer::new(installer::Parts {
        storage: Arc::clone(&runtime.storage),
        clock: Arc::clone(&runtime.clock) as _,
        host,
        bundled: Packages::bundled(),
        settings: installer::Settings::default(),
    });
    (runtime, roster, installer)
}

/// The next version serves from now on, and greets so that it is known.
async fn swap(runtime: &TestRuntime, roster: &Arc<Roster>, installer: &Installer, number: usize) {
    let id = PluginId::from("acme/greeter");
    let wasm = version(&format!("1.{number}.0"), WORDS);
    let offer = installer.offered(wasm, None, "greeter.wasm".to_owned()).await.unwrap();
    let taken = installer.take(runtime.community, offer, true, None).await.unwrap();
    let outcome = installer.write(taken).await.unwrap();
    match number {
        0 => assert_eq!(outcome, Outcome::Installed),
        _ => assert!(matches!(outcome, Outcome::Updated { .. }), "{outcome:?}"),
    }
    let greeting = json!({ "greeting": format!("from {number}") });
    let greeting = greeting.as_object().unwrap();
    let set = installer.set(runtime.community, &id, greeting).await.unwrap();
    installer.write(set).await.unwrap();
    if number == 0 {
        done(
            installer,
            allowed(installer.switch(runtime.community, &id, true, &Agreed::default())),
        )
        .await;
    }
    roster.refresh(runtime.clock.now()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_through_twenty_swaps_are_each_answered_once() {
    let (runtime, roster, installer) = served().await;
    swap(&runtime, &roster, &installer, 0).await;
    let people: Vec<String> = (0..PEOPLE).map(|number| format!("person{number}")).collect();
    for number in 1..=SWAPS {
        for _ in 0..MESSAGES_BETWEEN {
            let said = people.iter().map(|person| runtime.message(person, "moin"));
            runtime.accept(said.collect()).await;
        }
        // Much of what was said is still in the lanes.
        swap(&runtime, &roster, &installer, number).await;
    }
    runtime.settled().await;
    let mut greetings = BTreeSet::new();
    for person in &people {
        let heard = runtime.heard(person);
        assert_eq!(heard.len(), SWAPS * MESSAGES_BETWEEN, "{person}");
        // An old version does not come back: what a person hears only goes on.
        let numbers: Vec<usize> = heard
            .iter()
            .map(|text| {
                text.trim_start_matches("from ")
                    .parse()
                    .expect("a version has answered")
            })
            .collect();
        assert!(numbers.is_sorted(), "{person}: {numbers:?}");
        greetings.extend(numbers);
    }
    assert!(
        greetings.len() > SWAPS / 2,
        "versions were exchanged while people talked: {greetings:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_in_its_dry_run_does_nothing_and_is_told_of_beside_what_was_said() {
    let (runtime, roster, installer) = served().await;
    let (community, id) = (runtime.community, PluginId::from("acme/greeter"));
    let offer = installer.offered(version("1.0.0", WORDS), None, "greeter.wasm".to_owned());
    let taken = installer
        .take(community, offer.await.unwrap(), true, None)
        .await
        .unwrap();
    installer.write(taken).await.unwrap();
    let until = runtime.clock.now() + Duration::from_hours(1);
    let nobody = Agreed::default();
    done(
        &installer,
        allowed(installer.rehearse(community, &id, Some(until), &nobody)),
    )
    .await;
    roster.refresh(runtime.clock.now()).await.unwrap();
    for text in ["moin", "what else?"] {
        runtime.say("alice", text).await;
    }
    runtime.settled().await;
    assert!(runtime.heard("alice").is_empty());
    let would = installer.rehearsed(community, &id).await.unwrap();
    let told: Vec<_> = would.iter().map(|row| (&*row.said, row.would.join("; "))).collect();
    assert_eq!(
        told,
        [(
            "moin",
            "would have acted; reply: 13 characters, 0 buttons; “Hello, alice!”".to_owned()
        )]
    );

    // Its time is over without anybody looking, and then it is switched on.
    runtime.advance(Duration::from_hours(1)).await;
    runtime.say("alice", "moin").await;
    runtime.settled().await;
    assert_eq!(installer.rehearsed(community, &id).await.unwrap().len(), 1);
    done(&installer, allowed(installer.switch(community, &id, true, &nobody))).await;
    roster.refresh(runtime.clock.now()).await.unwrap();
    runtime.say("alice", "moin").await;
    runtime.settled().await;
    assert_eq!(runtime.heard("alice"), ["Hello, alice!"]);
    assert!(
        installer.rehearse(community, &id, Some(until), &nobody).await.is_err(),
        "it is on"
    );

    // Another run begins with nothing.
    done(&installer, allowed(installer.switch(community, &id, false, &nobody))).await;
    runtime.advance(Duration::from_mins(1)).await;
    let until = runtime.clock.now() + Duration::from_hours(1);
    done(
        &installer,
        allowed(installer.rehearse(community, &id, Some(until), &nobody)),
    )
    .await;
    assert_eq!(installer.rehearsed(community, &id).await.unwrap(), []);
}

/// Each message is handled twice, as if somebody had been faster.
fn losing() -> Builder {
    TestRuntime::builder().handler(|_| {
        Script::new(|event, snapshot| {
            let mut asked = Asked::default();
            if snapshot.attempt == 1 && matches!(event.new.event.body, EventBody::Message(_)) {
                asked.also.push(Unit::Plugin(PluginUnit::Serves {
                    community: snapshot.community.id,
                    plugin: "acme/greeter".into(),
                    granted_to: "no package".to_owned(),
                }));
            }
            Ok(asked)
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_whose_package_is_missing_has_nobody_looked_at_anew_whenever_a_race_is_lost() {
    let (runtime, roster, installer) = served_by(losing(), GivenSecrets::new()).await;
    swap(&runtime, &roster, &installer, 0).await;
    let all = runtime.storage.plugin_settings(runtime.community).await.unwrap();
    let greeter = all.iter().find(|settings| settings.plugin.as_str() == "acme/greeter");
    let gone = PluginSettings {
        plugin: "acme/gone".into(),
        granted_to: "0".repeat(64),
        position: 9,
        ..greeter.unwrap().clone()
    };
    let gone = PluginUnit::Settings {
        before: None,
        after: gone,
    };
    runtime.storage.write(Unit::Plugin(gone)).await.unwrap();
    roster.refresh(runtime.clock.now()).await.unwrap();
    let looked = roster.generation();
    let say = async || {
        runtime.say("alice", "moin").await;
        runtime.settled().await;
        runtime.heard("alice").pop().unwrap()
    };
    assert_eq!(say().await, "from 0");
    assert_eq!(roster.generation(), looked, "nothing has changed");

    // What has changed meanwhile is found, though nobody tells of it.
    let greeting = json!({ "greeting": "from 1" });
    let id = PluginId::from("acme/greeter");
    let set = installer.set(runtime.community, &id, greeting.as_object().unwrap());
    done(&installer, set).await;
    assert_eq!(say().await, "from 1");
    assert_eq!(say().await, "from 1");
    assert_eq!(roster.generation(), looked + 1, "once");
}
