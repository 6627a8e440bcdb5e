//! Events that run again, as a recording has them: it holds all that the plugin was told, whether or not anybody was asked for it.

use std::sync::Arc;

use switchboard::clock::SystemClock;
use switchboard::plugin_host::bindings::switchboard::plugin::model::{Completion, Role, Turn};
use switchboard::plugin_host::recording::{HostCall, Line, Playback, Reader, Recording};
use switchboard::plugin_host::{HostOptions, Package, Permission, PluginHost, Report};

use super::{built, event, on, options, reply};

const QUESTION: &str = "the capital of France?";

/// What the plugin asks, and what it is told.
fn asked() -> HostCall {
    let turn = |role, text: &str| Turn {
        role,
        text: text.to_owned(),
    };
    HostCall::Complete {
        turns: vec![turn(Role::System, "Be brief."), turn(Role::User, QUESTION)],
        tokens_max: 20,
        answer: Ok(Completion {
            text: "Paris.".to_owned(),
            cut: false,
        }),
    }
}

/// The plugin, recorded into the file.
fn recorded(file: &tempfile::NamedTempFile) -> (PluginHost, Arc<Recording>) {
    let package = Package::read(built("outside")).expect("it is sound");
    let recording = Recording::begin(file.reopen().expect("it can be opened"), &package, 0);
    let recording = Arc::new(recording.expect("it begins"));
    let options = HostOptions {
        recorder: Some(Arc::new(Arc::clone(&recording))),
        ..options(false)
    };
    let host = PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts");
    (host, recording)
}

#[test]
fn what_the_language_model_said_is_on_the_tape_of_each_run_and_a_replay_sees_it() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    let (host, recording) = recorded(&file);
    let granted = [Permission::Call, Permission::Model, Permission::Kv];
    let loaded = host.load(built("outside"), &granted).expect("it loads");
    let inside = host.clone();
    let plugin = on(&host, async move { inside.run(&loaded, "community", "{}").await }).expect("it starts");
    let say = |data: Playback| -> (Report, Vec<String>) {
        let (plugin, data) = (Arc::clone(&plugin), Arc::new(data));
        let read = Arc::clone(&data);
        let report = on(&host, async move {
            plugin.handle(&event(&format!("ask {QUESTION}")), &[], data).await
        });
        (report, read.missing())
    };
    let (first, missing) = say(Playback::new(vec![asked()]));
    assert_eq!((reply(&first).as_str(), missing.len()), ("Paris.", 0));
    // Nobody has an answer now, and nobody is asked for one.
    let (second, missing) = say(Playback::new(Vec::new()));
    assert_eq!((reply(&second).as_str(), missing.len()), ("Paris.", 0));
    assert_eq!(second.calls, ["model.complete: as before"]);

    recording.end("the test is over");
    let text = std::fs::read(file.path()).expect("it can be read");
    let lines: Vec<Line> = Reader::new(text.as_slice())
        .map(|line| line.expect("it is sound"))
        .collect();
    let tapes: Vec<_> = lines
        .into_iter()
        .filter_map(|line| match line {
            Line::Call(call) => Some(call.asked),
            _ => None,
        })
        .collect();
    assert_eq!(tapes, [vec![asked()], vec![asked()]]);
    // So each of them can be played again by itself.
    let (replayed, missing) = say(Playback::new(tapes[1].clone()));
    assert_eq!((reply(&replayed).as_str(), missing.len()), ("Paris.", 0));
}
