//! The sandbox against plugins that misbehave. `matrix` plays what they can do in a chain, `http` what they can ask others;
//! here stands what shows only in the sandbox itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use switchboard::clock::SystemClock;
use switchboard::plugin_host::bindings::switchboard::plugin::types as wit;
use switchboard::plugin_host::{
    HostOptions, KvBuffer, Limits, NoData, Packages, Permission, Plugin, PluginHost, Report, Room,
};

mod grants;
mod http;
mod installing;
mod matrix;
mod reruns;
pub mod stage;
mod unanswered;
mod versions;

#[path = "../../xtask/src/pack.rs"]
pub mod pack;

/// The hostile plugin.
pub fn hostile() -> &'static [u8] {
    built("hostile")
}

/// A package of `tests/hostile-plugins`; all are built once.
pub fn built(name: &str) -> &'static [u8] {
    static PACKAGES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let build = scratch
            .parent()
            .expect("it lies in the target folder")
            .join("plugins-build");
        let found = pack::find(&workspace.join("tests/hostile-plugins")).expect("they are there");
        let packages = pack::build(workspace, &found, &build, &scratch.join("hostile")).expect("they build");
        let read = |(plugin, file): (pack::Plugin, _)| (plugin.name, std::fs::read(file).expect("it was written"));
        found.into_iter().zip(packages).map(read).collect()
    });
    &packages[name]
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
    start_in(host, mode, Arc::default())
}

fn start_in(host: &PluginHost, mode: &str, room: Arc<Room>) -> Result<Arc<Plugin>, String> {
    let loaded = host
        .load(hostile(), &[Permission::Kv, Permission::Http])
        .map_err(|error| error.to_string())?;
    let (inside, config) = (host.clone(), format!("{{\"mode\":\"{mode}\"}}"));
    on(
        host,
        async move { inside.run_in(&loaded, "community", &config, room).await },
    )
    .map_err(|failure| failure.to_string())
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
        plugin.handle(&event("hello"), &[], Arc::new(NoData)).await
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
fn a_thousand_instances_that_trap_leave_room_for_others() {
    for fresh in [false, true] {
        let host = host(fresh);
        let (bad, good) = (start(&host, "panic_after_writes").expect("it starts"), hello(&host));
        for _ in 0..1_000 {
            let report = say(&host, &bad);
            assert!(report.result.is_err());
            assert_eq!(report.kv, KvBuffer::default(), "nothing is half written");
        }
        assert_eq!(reply(&say(&host, &good)), "Hello, {name}!");
    }
}

#[test]
fn versions_of_a_plugin_that_are_at_work_share_its_room() {
    let host = host(false);
    let room = Arc::<Room>::default();
    let old = start_in(&host, "kv_flood", Arc::clone(&room)).expect("it starts");
    let new = start_in(&host, "kv_flood", room).expect("it starts");
    let waiting = say(&host, &old);
    assert!(waiting.kv.writes.len() > 100, "{}", waiting.kv.writes.len());
    assert_eq!(say(&host, &new).kv.writes.len(), 0, "what waits in the old one counts");
    drop(waiting);
    assert!(say(&host, &new).kv.writes.len() > 100, "it was given up");
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
