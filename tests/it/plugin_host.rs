//! The sandbox against plugins that misbehave: the host survives, says what happened in the admin's words, keeps
//! nothing half written, and every other plugin goes on answering.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::clock::SystemClock;
use switchboard::plugin_host::bindings::switchboard::plugin::history::Line;
use switchboard::plugin_host::bindings::switchboard::plugin::knowledge::{Entry, Finding};
use switchboard::plugin_host::bindings::switchboard::plugin::types as wit;
use switchboard::plugin_host::{
    HealthState, HostData, HostOptions, KvBuffer, KvValue, Limits, Packages, Permission, Plugin, PluginHost, Report,
};

mod http;

#[path = "../../xtask/src/pack.rs"]
pub mod pack;

/// A kv with nothing in it; nothing else is granted in these tests.
struct Empty;

#[async_trait]
impl HostData for Empty {
    async fn kv_get(&self, _key: &str) -> Result<Option<KvValue>, wit::CallError> {
        Ok(None)
    }
    async fn kv_scan(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<(String, KvValue)>, wit::CallError> {
        Ok(Vec::new())
    }
    async fn kv_usage(&self) -> Result<(u64, u64), wit::CallError> {
        Ok((0, 0))
    }
    async fn ask(&self, _: &str, _: u32) -> Result<Finding, wit::CallError> {
        Err(wit::CallError::Unavailable)
    }
    async fn entry(&self, _: &str) -> Result<Option<Entry>, wit::CallError> {
        Ok(None)
    }
    async fn history(&self, _: u32) -> Result<Vec<Line>, wit::CallError> {
        Ok(Vec::new())
    }
}

/// The hostile plugin, built once.
pub fn hostile() -> &'static [u8] {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let build = scratch
            .parent()
            .expect("it lies in the target folder")
            .join("plugins-build");
        let found = pack::find(&workspace.join("tests/hostile-plugins")).expect("they are there");
        let packages = pack::build(workspace, &found, &build, &scratch.join("hostile")).expect("they build");
        std::fs::read(&packages[0]).expect("it was written")
    })
}

fn options(fresh: bool) -> HostOptions {
    HostOptions {
        fresh,
        limits: Limits {
            // Only loops meet it: a busy machine must not fail the others.
            cpu: Duration::from_secs(2),
            ..Limits::default()
        },
        ..HostOptions::default()
    }
}

fn host(fresh: bool) -> PluginHost {
    PluginHost::start(options(fresh), Arc::new(SystemClock::new())).expect("the sandbox starts")
}

/// Runs on the plugins' own runtime, as lanes do.
fn on<T: Send + 'static>(host: &PluginHost, work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = host.handle();
    let (answer, wait) = std::sync::mpsc::channel();
    drop(runtime.spawn(async move { answer.send(work.await) }));
    wait.recv().expect("the work ends")
}

fn start(host: &PluginHost, mode: &str) -> Result<Arc<Plugin>, String> {
    let loaded = host
        .load(hostile(), &[Permission::Kv, Permission::Http])
        .map_err(|error| error.to_string())?;
    let (inside, config) = (host.clone(), format!("{{\"mode\":\"{mode}\"}}"));
    on(host, async move { inside.run(&loaded, "community", &config).await }).map_err(|failure| failure.to_string())
}

fn event(text: &str) -> wit::Event {
    wit::Event {
        id: "event".into(),
        attempt: 1,
        occurred_at: 0,
        now: 0,
        late: false,
        language: "en".into(),
        place: None,
        person: None,
        conversation: None,
        body: wit::EventBody::Message(wit::Message {
            ref_: "message".into(),
            text: text.into(),
            addressed: wit::Addressed::Direct,
            language: None,
            reply_to: None,
            mentions: Vec::new(),
            links: Vec::new(),
            attachments: Vec::new(),
        }),
    }
}

fn say(host: &PluginHost, plugin: &Arc<Plugin>) -> Report {
    let plugin = Arc::clone(plugin);
    on(host, async move {
        plugin.handle(&event("hello"), &[], Arc::new(Empty)).await
    })
}

fn reply(report: &Report) -> String {
    match report.result.as_ref().expect("it answers").actions.first() {
        Some(wit::Action::Reply(reply)) => reply.draft.text.clone(),
        other => panic!("no reply but {other:?}"),
    }
}

fn hello(host: &PluginHost) -> Arc<Plugin> {
    let packages = Packages::bundled();
    let inside = packages.find("switchboard/hello").expect("it is inside");
    let loaded = host.load(inside, &[]).expect("it asks for nothing");
    let again = host.clone();
    on(host, async move { again.run(&loaded, "community", "{}").await }).expect("it starts")
}

/// The plugin fails with these words, twice, warm and fresh, keeps nothing, and another one answers meanwhile.
#[track_caller]
fn check_fails(mode: &str, words: &str) {
    for fresh in [false, true] {
        let host = host(fresh);
        let (bad, good) = (start(&host, mode).expect("it starts"), hello(&host));
        for _ in 0..2 {
            let (bad_again, good_again) = (Arc::clone(&bad), Arc::clone(&good));
            let reports = on(&host, async move {
                let (bad_event, good_event) = (event("hello"), event("hello"));
                tokio::join!(
                    bad_again.handle(&bad_event, &[], Arc::new(Empty)),
                    good_again.handle(&good_event, &[], Arc::new(Empty)),
                )
            });
            let failure = reports.0.result.expect_err("it fails").to_string();
            assert!(failure.contains(words), "{mode}, fresh {fresh}: {failure}");
            assert_eq!(reports.0.kv, KvBuffer::default(), "nothing is half written");
            assert_eq!(reply(&reports.1), "Hello, {name}!");
        }
    }
}

#[test]
fn an_endless_loop_in_handle_is_ended() {
    check_fails("loop_in_handle", "timed out: 2000 ms of CPU in handle");
}

#[test]
fn an_endless_loop_in_init_keeps_the_plugin_off() {
    let host = host(false);
    assert_eq!(
        start(&host, "loop_in_init").expect_err("it never starts"),
        "timed out: 1000 ms of CPU in init"
    );
    assert_eq!(reply(&say(&host, &hello(&host))), "Hello, {name}!");
}

#[test]
fn a_memory_bomb_is_named() {
    check_fails("memory_bomb", "out of memory at 64 MiB");
}

#[test]
fn a_memory_bomb_that_catches_may_answer_and_is_replaced() {
    for fresh in [false, true] {
        let host = host(fresh);
        let plugin = start(&host, "memory_bomb_caught").expect("it starts");
        for _ in 0..3 {
            assert!(reply(&say(&host, &plugin)).starts_with("stopped at "));
        }
        assert_eq!(reply(&say(&host, &hello(&host))), "Hello, {name}!");
    }
}

#[test]
fn deep_recursion_is_a_stack_overflow() {
    check_fails("recursion", "stack overflow");
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    check_fails("panic", "on purpose");
}

#[test]
fn a_crash_after_writes_keeps_nothing() {
    check_fails("panic_after_writes", "after writes");
}

#[test]
fn a_huge_reply_is_too_much_data() {
    check_fails("huge_reply", "answered with too much data");
}

#[test]
fn a_hundred_thousand_actions_are_too_much_data() {
    check_fails("many_actions", "answered with too much data");
}

#[test]
fn a_shared_megabyte_is_counted_as_often_as_it_is_shared() {
    check_fails("shared_string", "answered with too much data");
}

#[test]
fn a_long_log_line_is_cut() {
    for fresh in [false, true] {
        let host = host(fresh);
        let plugin = start(&host, "long_log_line").expect("it starts");
        let report = say(&host, &plugin);
        assert_eq!(reply(&report), "still here");
        assert_eq!(report.log[0].1.len(), Limits::default().log_line_bytes);
    }
}

#[test]
fn a_kv_flood_ends_at_the_quota() {
    for fresh in [false, true] {
        let mut options = options(fresh);
        // Ten thousand writes take their time in a build that is not optimised.
        options.limits.cpu = Duration::from_secs(30);
        let host = PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts");
        let plugin = start(&host, "kv_flood").expect("it starts");
        let text = reply(&say(&host, &plugin));
        assert!(text.contains("quota: at most 10000 keys and 10 MiB"), "{text}");
    }
}

#[test]
fn an_ungranted_import_is_refused_by_name_with_the_line_that_grants_it() {
    let error = host(false).load(hostile(), &[]).err().expect("nothing is granted");
    assert_eq!(
        error.problems,
        [
            "test/hostile wants to keep data of its own: add \"kv\" to its grants to allow it",
            "test/hostile wants to read from servers outside: add \"http\" to its grants to allow it",
        ]
    );
}

#[test]
fn a_plugin_that_fails_again_and_again_is_paused() {
    let host = host(false);
    let plugin = start(&host, "panic").expect("it starts");
    for _ in 0..5 {
        say(&host, &plugin);
    }
    let HealthState::Paused { left, last } = plugin.health() else {
        panic!("it is not paused");
    };
    assert!(left <= Duration::from_secs(30));
    assert!(last.contains("on purpose"), "{last}");
}

#[test]
fn a_good_plugin_answers_warm_and_fresh() {
    for fresh in [false, true] {
        let host = host(fresh);
        let plugin = start(&host, "good").expect("it starts");
        for _ in 0..3 {
            assert_eq!(reply(&say(&host, &plugin)), "still here");
        }
    }
}

#[test]
fn the_standard_library_reaches_no_file_no_socket_and_no_clock() {
    for fresh in [false, true] {
        let host = host(fresh);
        let plugin = start(&host, "reach_out").expect("it starts");
        assert_eq!(
            reply(&say(&host, &plugin)),
            "possible: []; 0 variables, 0 arguments, at 0 ms"
        );
    }
}

/// The contract without comments and without regard to where lines are indented.
fn contract(text: &str) -> Vec<String> {
    let bare = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let spaced = bare.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    spaced.filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_contract_changes_on_purpose_alone() {
    let now = contract(include_str!("../../plugins/sdk/wit/plugin.wit"));
    let agreed = contract(include_str!("../fixtures/plugin-0.1.wit"));
    assert_eq!(
        now, agreed,
        "every plugin that is compiled already breaks; if that is meant, copy plugins/sdk/wit/plugin.wit over \
         tests/fixtures/plugin-0.1.wit"
    );
}
