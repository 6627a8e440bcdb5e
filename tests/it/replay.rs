//! Recordings of plugins from outside: authors make them of dialogs and admins of what people say, and another build is told the same
//! events again.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::TestClock;
use switchboard::model::Timestamp;
use switchboard::plugin_host::recording::{Recorder as _, Recordings, Standing};
use switchboard::plugin_host::{Package, Packages};

use crate::installer::version;
use crate::plugin_host::pack::{MANIFEST_SECTION, append_section};
use crate::support::program::{Running, check, done, prepared, switchboard};

/// Runs `switchboard plugin …`.
fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    done(folder, &[&["plugin"], arguments].concat())
}

/// One of the plugins that come with the program.
fn bundled(name: &str) -> Vec<u8> {
    let packages = Packages::bundled();
    packages.find(&format!("switchboard/{name}")).unwrap().to_vec()
}

/// A folder with the plugin `hello`, and what was recorded of it: that it may begin, and two who are greeted.
fn recorded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("hello.wasm", &bundled("hello"));
    write(
        "hello.dialog",
        b"alice@web: hello\nbot@alice: Hello, alice!\nbob@web#support: hi what is Switchboard\nbot@support: Hello, bob!\n",
    );
    let test = ["test", "hello.wasm", "hello.dialog", "--record", "hello.jsonl"];
    check(&plugin(folder.path(), &test), 0, "recorded 3 events into hello.jsonl");
    folder
}

fn replay(folder: &Path, more: &[&str]) -> Output {
    plugin(folder, &[&["replay", "hello.wasm", "hello.jsonl"], more].concat())
}

#[test]
fn the_same_build_does_the_same_warm_and_fresh() {
    let folder = recorded();
    let folder = folder.path();
    for more in [&[][..], &["--fresh"]] {
        let same = replay(folder, more);
        check(&same, 0, "3 events: 3 the same, 0 changed, 0 failed\n");
        assert!(same.stderr.is_empty(), "{}", String::from_utf8_lossy(&same.stderr));
    }
    let again = ["test", "hello.wasm", "hello.dialog", "--record", "hello.jsonl"];
    check(&plugin(folder, &again), 1, "choose another name, or remove the file");
    let mode = std::fs::metadata(folder.join("hello.jsonl"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn every_changed_outcome_is_shown() {
    let folder = recorded();
    let folder = folder.path();
    let set = ["--set", "greeting=Hi, {name}!"];
    let changed = replay(folder, &set);
    check(
        &changed,
        1,
        "changed event 2: alice@loopback: hello\n  - replies: Hello, {name}!\n  + replies: Hi, {name}!\n      {name} is alice\n",
    );
    check(
        &changed,
        1,
        "changed event 3: bob@loopback#support: hi what is Switchboard\n",
    );
    check(&changed, 1, "3 events: 1 the same, 2 changed, 0 failed\n");
    check(&changed, 1, "error: 2 of 3 events came out differently");

    let for_programs = replay(folder, &[&set[..], &["--json"]].concat());
    assert_eq!(for_programs.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&for_programs.stdout).unwrap();
    assert_eq!(told["events"], 3);
    assert_eq!(told["shown"][0]["now"][0], "replies: Hi, {name}!");
}

#[test]
fn whoever_closes_the_output_has_seen_enough() {
    let folder = recorded();
    for more in [&[][..], &["--json"]] {
        let set = [
            "plugin",
            "replay",
            "hello.wasm",
            "hello.jsonl",
            "--set",
            "greeting=Hi, {name}!",
        ];
        let mut replays = switchboard(folder.path(), &[&set[..], more].concat());
        let mut replays = replays.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(replays.stdout.take());
        let ended = replays.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
        assert_eq!(ended.status.code(), Some(0));
    }
}

#[test]
fn what_was_not_recorded_is_named() {
    let folder = recorded();
    let folder = folder.path();
    // The plugin that asks the knowledge base, as if it were a new build of the one that greets.
    let manifest = include_str!("../../plugins/faq/plugin.toml").replace("switchboard/faq", "switchboard/hello");
    let mut wasm = bundled("faq");
    append_section(&mut wasm, MANIFEST_SECTION, manifest.as_bytes());
    std::fs::write(folder.join("hello.wasm"), wasm).unwrap();
    let replayed = replay(folder, &[]);
    check(
        &replayed,
        1,
        "asks for something that was not recorded: knowledge.ask “hi what is Switchboard”",
    );
    check(&replayed, 1, "asked for something that was not recorded\n");
}

#[test]
fn what_is_no_recording_of_this_plugin_is_refused() {
    let folder = recorded();
    let folder = folder.path();
    std::fs::write(folder.join("faq.wasm"), bundled("faq")).unwrap();
    let other = plugin(folder, &["replay", "faq.wasm", "hello.jsonl"]);
    check(
        &other,
        1,
        "it is a recording of \"switchboard/hello\", and this is switchboard/faq",
    );
    check(
        &replay(folder, &["--set", "greeting=1"]),
        1,
        "this build does not start: its config is wrong",
    );
    check(
        &plugin(folder, &["replay", "hello.wasm", "none.jsonl"]),
        1,
        "cannot replay none.jsonl",
    );

    let good = std::fs::read_to_string(folder.join("hello.jsonl")).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let broken = |text: &str, code: i32, part: &str| {
        std::fs::write(folder.join("hello.jsonl"), text).unwrap();
        check(&replay(folder, &[]), code, part);
    };
    broken("", 1, "it is empty");
    broken("hello\n", 1, "it is no recording of a plugin");
    broken(
        &good.replace("\"format\":1", "\"format\":2"),
        1,
        "it is written in format 2",
    );
    broken(
        &good.replace("\"contract\":\"0.1\"", "\"contract\":\"0.2\""),
        0,
        "note: it was recorded with contract \"0.2\", and this build speaks \"0.1\"",
    );
    broken(
        &format!("{}\n{{\"call\":{}", lines[0], "[".repeat(50_000)),
        1,
        "there is no event in the recording",
    );
    broken(
        &format!("{}\n{}\n", lines[0], "[".repeat(50_000)),
        1,
        "line 2 makes no sense",
    );
    broken(
        &lines[..lines.len() - 1].join("\n"),
        0,
        "note: the recording breaks off",
    );
    let cut = &good[..good.len() - lines[lines.len() - 1].len() - 20];
    broken(cut, 0, "note: the last line of the recording is cut off, and left out");
    broken(cut, 0, "2 events: 2 the same");
}

/// What somebody hears who asks to be greeted.
fn greeted(folder: &Path) -> String {
    let mut child = switchboard(folder, &["chat", "--once", "--as", "ada"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"/greet\n").unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The file in which the program itself records.
fn file_of(folder: &Path) -> PathBuf {
    let mut communities = std::fs::read_dir(folder.join("data/recordings")).unwrap();
    communities.next().unwrap().unwrap().path().join("acme+greeter.jsonl")
}

#[test]
fn an_admin_records_what_people_say_and_gives_it_to_the_author() {
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", "")).unwrap();
    let record = |more: &[&str]| plugin(folder, &[&["record", "acme/greeter"], more].concat());
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    check(&record(&["--hours", "1"]), 1, "Switchboard does not run");
    let running = Running::start(folder);
    check(&record(&["--hours", "1"]), 1, "it is off, or was not started");
    check(&record(&[]), 0, "Nothing was recorded of acme/greeter.");
    check(
        &plugin(folder, &["record", "acme/none", "--hours", "1"]),
        1,
        "has no plugin acme/none",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    assert!(greeted(folder).contains("Hello, "), "nobody records yet");
    check(
        &record(&["--to", "early.jsonl"]),
        1,
        "nothing was recorded of acme/greeter",
    );

    check(
        &record(&["--hours", "1"]),
        0,
        "What acme/greeter is handed is recorded until ",
    );
    check(&plugin(folder, &["list"]), 0, "on; recorded until ");
    assert!(greeted(folder).contains("Hello, "));
    check(&record(&[]), 0, ": 1 event so far.");
    check(&record(&["--stop"]), 0, "is not recorded any more: 1 event.");
    assert!(greeted(folder).contains("Hello, "));
    check(&record(&[]), 0, "1 event; it ended because somebody stopped it");
    assert!(!String::from_utf8_lossy(&plugin(folder, &["list"]).stdout).contains("recorded"));
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let file = file_of(folder);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(running.stop(), Some(0));

    // Also while it does not run.
    check(
        &record(&["--to", "greeter.jsonl"]),
        0,
        "What acme/greeter was handed is in ",
    );
    assert_eq!(mode(&folder.join("greeter.jsonl")), 0o600);
    check(&record(&["--to", "greeter.jsonl"]), 1, "cannot write ");
    let same = plugin(folder, &["replay", "greeter.wasm", "greeter.jsonl"]);
    check(&same, 0, "1 event: 1 the same, 0 changed, 0 failed");
    check(
        &record(&["--delete"]),
        0,
        "What was recorded of acme/greeter is deleted.",
    );
    assert!(!file.exists());
}

#[test]
fn a_recording_ends_with_the_program_and_goes_with_its_plugin() {
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", "")).unwrap();
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let record = |more: &[&str]| plugin(folder, &[&["record", "acme/greeter"], more].concat());
    let running = Running::start(folder);
    check(&record(&["--hours", "1"]), 0, "is recorded until ");
    assert!(greeted(folder).contains("Hello, "));
    assert_eq!(running.stop(), Some(0));
    check(&record(&[]), 0, "1 event; it ended because the program ended");
    let file = file_of(folder);
    let uninstall = ["uninstall", "acme/greeter", "--kept", "keep"];
    check(&plugin(folder, &uninstall), 0, "is gone");
    assert!(!file.exists());
}

#[test]
fn a_recording_ends_with_its_time_and_goes_when_it_is_old() {
    const DAY: Duration = Duration::from_hours(24);
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_790_000_000_000)));
    let recordings = Recordings::new(folder.path().join("recordings"), Arc::<TestClock>::clone(&clock));
    let package = |name: &str| Package::read(&bundled(name)).unwrap();
    let until = recordings.begin("here", &package("hello"), DAY).unwrap();
    assert_eq!(recordings.until("here", "switchboard/hello"), Some(until));
    assert!(recordings.recording("elsewhere", "switchboard/hello").is_none());
    assert!(recordings.recording("here", "switchboard/faq").is_none());
    assert_eq!(
        recordings.standing("here", "switchboard/hello").unwrap(),
        Standing::On { until, calls: 0 }
    );

    clock.advance(DAY);
    assert!(recordings.recording("here", "switchboard/hello").is_none());
    assert_eq!(recordings.until("here", "switchboard/hello"), None);
    assert_eq!(recordings.stop("here", "switchboard/hello"), None, "it is over");

    recordings.begin("here", &package("faq"), 30 * DAY).unwrap();
    clock.advance(13 * DAY);
    assert_eq!(recordings.forget_preview(14 * DAY).unwrap(), 0);
    clock.advance(Duration::from_millis(1));
    assert_eq!(recordings.forget_preview(14 * DAY).unwrap(), 1);
    assert_eq!(recordings.forget(14 * DAY).unwrap(), 1);
    assert_eq!(
        recordings.standing("here", "switchboard/hello").unwrap(),
        Standing::Nothing
    );
    assert!(recordings.recording("here", "switchboard/faq").is_some());
    clock.advance(DAY);
    assert_eq!(recordings.forget(14 * DAY).unwrap(), 1, "also while it goes on");
    assert!(recordings.recording("here", "switchboard/faq").is_none());
    assert_eq!(
        recordings.standing("here", "switchboard/faq").unwrap(),
        Standing::Nothing
    );
}
