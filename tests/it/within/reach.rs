//! What reaches a part of a community from elsewhere: what a plugin asks for there that is off there, and timers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use switchboard::connectors::Acceptance;
use switchboard::dispatcher::chain::Roster;
use switchboard::installer::{Agreed, Installer, PartChange};
use switchboard::model::event::Addressed;
use switchboard::model::ids::PluginId;
use switchboard::storage::core::{TraceStep, Verdict};

use super::look;
use crate::outside::{allowed, done};
use crate::plugin_host::hostile;
use crate::plugin_host::stage::with_manifest;
use crate::support::runtime::TestRuntime;
use crate::swaps::served;

/// Of a plugin that does what its `mode` says.
const MANIFEST: &str = r#"[plugin]
id = "test/hostile"
version = "1.0.0"
api = "0.1"
summary = "Does what its settings say"
license = "Apache-2.0"

[handles]
messages = "addressed"

[[permission]]
name = "kv"
why = "Is imported"

[[permission]]
name = "http"
why = "Is imported"
allow = ["GET https://a.example"]

[[permission]]
name = "post"
why = "Reach other places"

[[permission]]
name = "wake"
why = "Set timers"

[config]
type = "object"
"#;

/// Longer than its timers take.
const LATER: Duration = Duration::from_mins(2);

/// A community with the plugin, on.
struct Town {
    runtime: TestRuntime,
    roster: Arc<Roster>,
    installer: Installer,
}

impl Town {
    async fn new(mode: &str, text: &str) -> Self {
        let (runtime, roster, installer) = served().await;
        let (community, id) = (runtime.community, plugin());
        let wasm = with_manifest(hostile(), |_| MANIFEST.to_owned());
        let offer = installer.offered(wasm, None, "hostile.wasm".to_owned()).await;
        let offer = offer.expect("it is sound");
        done(&installer, installer.take(community, offer, true, None)).await;
        let config = json!({ "mode": mode, "text": text });
        let config = config.as_object().expect("it is an object");
        done(&installer, installer.set(community, &id, config)).await;
        let nobody = Agreed::default();
        done(&installer, allowed(installer.switch(community, &id, true, &nobody))).await;
        look(&runtime, &roster).await;
        Self {
            runtime,
            roster,
            installer,
        }
    }

    async fn set(&self, part: &str, change: PartChange) {
        let id = plugin();
        let set = self.installer.set_within(self.runtime.community, &id, part, change);
        done(&self.installer, set).await;
        look(&self.runtime, &self.roster).await;
        // It begins anew, and sets its timers: before any time passes.
        self.runtime.settled().await;
    }

    /// Alice says it to the bot. Answers what the plugin made of it.
    async fn says(&self, place: &str, text: &str) -> TraceStep {
        let said = self.runtime.shared("alice", place, text, Addressed::Mention);
        let [Acceptance::Stored(seq)] = self.runtime.accept(vec![said]).await[..] else {
            panic!("it is stored")
        };
        self.runtime.settled().await;
        let (_, trace) = self.runtime.storage.event(seq).await.unwrap().unwrap();
        let mut steps = trace.unwrap().steps.into_iter();
        steps.find(|step| step.who == plugin().as_str()).expect("it ran")
    }

    fn heard(&self, place: &str) -> Vec<String> {
        self.runtime.platform.texts(&TestRuntime::place(place))
    }

    /// What it has logged, the oldest first.
    fn logged(&self) -> Vec<String> {
        let listed = self.roster.list(self.runtime.community).remove(0);
        listed.log.into_iter().rev().map(|line| line.text).collect()
    }
}

fn plugin() -> PluginId {
    PluginId::from("test/hostile")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_done_in_a_place_where_a_plugin_is_off_because_of_what_happens_elsewhere() {
    let town = Town::new("forged_reference", "").await;
    for place in ["help", "lounge"] {
        town.says(place, "mention nobody").await;
    }
    let lounge = TestRuntime::place("lounge");
    let lounge = town.runtime.storage.place_by_native(&lounge).await.unwrap().unwrap().id;
    town.says("help", &format!("post {lounge}")).await;
    let deliveries = town.runtime.deliveries().await;
    let posted = deliveries.last().expect("it was posted");
    assert_eq!(posted.new.place, lounge);
    let message = posted.new.message.expect("it is a message");

    town.set("lounge", PartChange::Switch { on: false }).await;
    for (asked, would) in [
        (format!("post {lounge}"), "post"),
        (format!("edit {message}"), "edit"),
        (format!("delete {message}"), "delete"),
    ] {
        let step = town.says("help", &asked).await;
        let line = format!("left alone: it is off in lounge, where it would {would}");
        assert_eq!((step.verdict, step.line), (Verdict::Overruled, line));
    }
    assert_eq!(town.runtime.deliveries().await.len(), deliveries.len());

    town.set("lounge", PartChange::Reset).await;
    assert_eq!(
        town.says("help", &format!("delete {message}")).await.verdict,
        Verdict::Acted
    );
    assert_eq!(town.runtime.deliveries().await.len(), deliveries.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_comes_with_the_settings_of_the_place_where_it_was_set() {
    let town = Town::new("set_timers", "in general").await;
    for place in ["help", "lounge"] {
        town.says(place, "hello").await;
    }
    // As they are when it comes, and not as they were when it was set.
    let Value::Object(change) = json!({ "text": "as in help" }) else {
        panic!("it is an object")
    };
    town.set("help", PartChange::Set { change }).await;
    town.runtime.advance(LATER).await;
    assert_eq!(town.heard("help"), ["as in help"]);
    assert_eq!(town.heard("lounge"), ["in general"]);
    // The one that was set when it began belongs to no place.
    assert_eq!(town.logged(), ["in general"]);

    town.says("help", "hello").await;
    town.set("help", PartChange::Switch { on: false }).await;
    town.runtime.advance(LATER).await;
    assert_eq!(town.heard("help"), ["as in help"], "it is off there");
}
