//! Who asks again in other words was not helped: through the real sandbox and the sample knowledge base.

use std::time::Duration;

use crate::support::{Sandbox, TestRuntime};

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
async fn start() -> TestRuntime {
    let sandbox = Sandbox::new(false);
    let runtime = sandbox.builder().start().await;
    sandbox.furnish(&runtime, PLUGINS).await;
    runtime
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
    let runtime = start().await;
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
    let runtime = start().await;
    let first = asks(&runtime, "What is Switchboard?").await;
    runtime.advance(Duration::from_mins(11)).await;
    assert_eq!(asks(&runtime, "So what is Switchboard really?").await, first);
    assert_eq!(misses(&runtime).await, 0);
}
