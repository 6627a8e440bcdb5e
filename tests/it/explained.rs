//! What became of an event, as the command line tells it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::installer::version;
use crate::support::program::{Running, check, done, prepared, switchboard};

fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    done(folder, &[&["plugin"], arguments].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a table has these words in one line, however wide its columns are.
fn holds_line(output: &Output, line: &str) {
    let told = text(output);
    let mut lines = told
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(lines.any(|told| told.contains(line)), "{line:?} is not in\n{told}");
}

/// The same event, by names that stay as they are.
fn is_told_to_programs(folder: &Path, explained: &Output) {
    let seq = text(explained);
    let seq = seq
        .split_whitespace()
        .nth(4)
        .expect("it begins with the event")
        .to_owned();
    let told = plugin(folder, &["explain", &seq, "--json"]);
    let told: Vec<serde_json::Value> = serde_json::from_str(&text(&told)).unwrap();
    assert_eq!(
        (&told[0]["what"], &told[0]["author"]),
        (&"message".into(), &"ada".into())
    );
    for (who, what) in [
        ("switchboard/share", "filtered"),
        ("switchboard/hello", "not_called"),
        ("sent", "delivered"),
    ] {
        let one = told.iter().find(|one| one["who"] == who).expect(who);
        assert_eq!(one["what"], what, "{one}");
    }
}

#[test]
fn what_became_of_an_event_is_told_of_the_plugins_that_were_there() {
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", "")).unwrap();
    let running = Running::start(folder);
    let mut asks = switchboard(folder, &["chat", "--once", "--as", "ada"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    asks.stdin.take().unwrap().write_all(b"What is Switchboard?\n").unwrap();
    check(&asks.wait_with_output().unwrap(), 0, "connects every question");
    let explained = || {
        let mut events = (1..50).map(|number| plugin(folder, &["explain", &number.to_string()]));
        events
            .find(|told| text(told).contains("  Message  "))
            .expect("it was asked")
    };
    let tells = |line: &str| holds_line(&explained(), line);
    let share = "switchboard/share did not want it not interested: it wants no messages";
    tells(share);
    tells("switchboard/hello not called off; it comes with the program");
    tells(", by ada in ada: What is Switchboard?");
    tells("read knowledge.ask: answer at ");
    tells("asked for reply: ");
    tells("sent Delivered ada: Switchboard connects every question");
    is_told_to_programs(folder, &explained());

    check(&plugin(folder, &["enable", "switchboard/hello"]), 0, "is on");
    check(&plugin(folder, &["disable", "switchboard/share"]), 0, "is off");
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    tells(share);
    tells("switchboard/hello not called not on then: it was switched on later, ");
    tells("acme/greeter not called not here then: it was installed later, ");
    check(
        &plugin(folder, &["config", "switchboard/share", "schedule=[]"]),
        0,
        "schedule",
    );
    tells("that is told from how it is today, and it was changed since");
    assert_eq!(running.stop(), Some(0));
}
