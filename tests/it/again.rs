//! Who asks again in other words was not helped: through the real sandbox and the sample knowledge base.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use switchboard::clock::{Clock, SystemClock};
use switchboard::dispatcher::chain::{self, Chain, Roster, settings};
use switchboard::knowledge::Knowledge;
use switchboard::plugin_host::{HostOptions, Packages, PluginHost};

use crate::support::TestRuntime;

const PLUGINS: &str = "
[[plugin]]
id = \"switchboard/faq\"
enabled = true
grants = [\"knowledge\", \"kv\", \"handoff\"]
granted_to = \"bundled\"

[[plugin]]
id = \"switchboard/handoff\"
enabled = true
grants = [\"handoff\"]
granted_to = \"bundled\"
";

/// Plugins and knowledge as a new installation has them.
async fn start() -> (TestRuntime, PluginHost) {
    let host = PluginHost::start(HostOptions::default(), Arc::new(SystemClock::new())).expect("a plugin host");
    let (made, plugins) = (Arc::new(OnceLock::new()), host.clone());
    let parts = Arc::clone(&made);
    let runtime = TestRuntime::builder()
        .handler(move |given| {
            let knowledge = Knowledge::new(Arc::clone(&given.storage), Arc::clone(&given.clock));
            let roster = Arc::new(Roster::new(
                plugins.clone(),
                Arc::clone(&given.storage),
                Packages::bundled(),
            ));
            assert!(parts.set((knowledge.clone(), Arc::clone(&roster))).is_ok(), "made once");
            Chain::new(chain::Parts {
                roster,
                storage: Arc::clone(&given.storage),
                knowledge: Arc::new(knowledge),
                clock: Arc::clone(&given.clock),
                next_due: |repeat, after| {
                    switchboard::jobs::next_after(repeat, after).map_err(|error| error.to_string())
                },
            })
        })
        .start()
        .await;
    let (knowledge, roster) = made.get().expect("the chain was made");
    let now = runtime.clock.now();
    settings::apply(&runtime.storage, runtime.community, &Packages::bundled(), PLUGINS, now)
        .await
        .expect("settings of plugins");
    let applied = knowledge
        .apply(runtime.community, &switchboard::knowledge::sample())
        .await;
    applied.expect("the sample knowledge is right");
    let (first, clock) = (Arc::clone(roster), now);
    let ready = host.handle().spawn(async move { first.refresh(clock).await });
    let ready = ready.await.expect("no plugin panics").expect("plugins start");
    runtime.dispatcher.accept_internal(ready).await.expect("plugins begin");
    runtime.settled().await;
    (runtime, host)
}

async fn asks(runtime: &TestRuntime, text: &str) -> String {
    let before = runtime.heard("alice").len();
    runtime.say("alice", text).await;
    runtime.settled().await;
    runtime.heard("alice")[before..].join("\n")
}

async fn misses(runtime: &TestRuntime) -> u32 {
    runtime
        .conversation("alice")
        .await
        .expect("a conversation is open")
        .misses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_again_in_other_words_is_a_miss_and_brings_another_answer() {
    let (runtime, _host) = start().await;
    let first = asks(&runtime, "What is Switchboard?").await;
    assert_eq!(
        asks(&runtime, "what is switchboard").await,
        first,
        "the same words bring the same answer"
    );
    assert_eq!(misses(&runtime).await, 0);
    let second = asks(&runtime, "So what is Switchboard really?").await;
    assert_ne!(second, first);
    assert_eq!(misses(&runtime).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_minutes_the_question_is_a_new_one() {
    let (runtime, _host) = start().await;
    let first = asks(&runtime, "What is Switchboard?").await;
    runtime.advance(Duration::from_mins(11)).await;
    assert_eq!(asks(&runtime, "So what is Switchboard really?").await, first);
    assert_eq!(misses(&runtime).await, 0);
}
