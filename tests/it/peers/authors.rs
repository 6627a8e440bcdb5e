//! First plugins in JavaScript and Python: `switchboard plugin new`, `check`, `test` and `build`, with compilers from npm and `PyPI`, which
//! the program itself installs.

use std::path::Path;
use std::process::{Command, Output};

use crate::authors::{edit, empty, target};
use crate::support::program::{check, done, switchboard};
use crate::tutorials::play;

/// With compilers that are kept from one run to the next.
fn author(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = switchboard(folder, arguments);
    command.env("XDG_CACHE_HOME", target().join("peers/toolchains"));
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    author(folder, arguments).output().unwrap()
}

/// From nothing to a plugin that passes its dialog and could be installed.
fn first_plugin(language: &str) -> std::path::PathBuf {
    let folder = empty(language);
    let new = ["plugin", "new", "refunds", "--lang", language, "--id", "acme/refunds"];
    check(&done(&folder, &new), 0, "switchboard plugin test refunds");
    let built = run(&folder, &["plugin", "build", "refunds", "--out", "acme.wasm"]);
    check(&built, 0, "acme.wasm\nplugin   acme/refunds 0.1.0\n");
    let checked = run(&folder, &["plugin", "check", "acme.wasm"]);
    check(&checked, 0, "ok      it asks for kv, and imports nothing else");
    check(&checked, 0, "ok      it starts in the sandbox with the settings {}");
    let played = run(&folder, &["plugin", "test", "acme.wasm", "refunds/dialogs"]);
    check(&played, 0, "ok     refunds/dialogs/says-hello.dialog");
    folder
}

/// What it does in answer to `hello`, and what the dialog then shows of its log.
fn says(folder: &Path, expected: &str, log: &str) {
    std::fs::write(
        folder.join("refunds/dialogs/says-hello.dialog"),
        format!("alice@web: hello\nbot@alice: {expected}\n"),
    )
    .unwrap();
    let played = run(folder, &["plugin", "test", "refunds"]);
    check(&played, 1, log);
}

#[test]
#[ignore = "needs node and npm, which `cargo xtask test` installs"]
fn a_new_plugin_in_javascript_is_built_checked_and_passes_its_dialog() {
    let folder = first_plugin("javascript");
    let source = folder.join("refunds/plugin.js");

    // No file, no time but the event's, and chance that is the same in each run.
    edit(
        &source,
        "increment(\"greetings\", 1, null);",
        "console.log(`at ${Date.now()} by ${Math.random() === Math.random()}`); throw new Error('on purpose');",
    );
    says(&folder, "?", "acme/refunds info: at 1790000000000 by false");
    says(&folder, "?", "on purpose");

    edit(&source, "throw new Error", "throw new (class {");
    let broken = run(&folder, &["plugin", "build", "refunds"]);
    check(&broken, 1, "the plugin does not build:");
}

#[test]
#[ignore = "needs Python with pip, which `cargo xtask test` installs"]
fn a_new_plugin_in_python_is_built_checked_and_passes_its_dialog() {
    let folder = first_plugin("python");
    let source = folder.join("refunds/app.py");

    edit(
        &source,
        "kv.increment(\"greetings\", 1, None)",
        "attempts()\n        raise ValueError(\"on purpose\")",
    );
    edit(
        &source,
        "class Handler(Plugin):",
        "import os, socket, time\n\n\ndef attempts():\n    print(\"at\", int(time.time()), \"in\", dict(os.environ))\n    for \
         attempt in (lambda: open(\"/etc/passwd\"), lambda: os.listdir(\"/\"), lambda: \
         socket.socket()):\n        try:\n            attempt()\n            \
         print(\"possible\")\n        except OSError as problem:\n            print(type(problem).__name__)\n\n\nclass \
         Handler(Plugin):",
    );
    says(&folder, "?", "acme/refunds info: at 1790000000 in {}");
    let played = run(&folder, &["plugin", "test", "refunds"]);
    let shown = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(shown.contains("on purpose") && !shown.contains("possible"), "{shown}");

    edit(&source, "class Handler(Plugin):", "class Handler(Plugin:");
    let broken = run(&folder, &["plugin", "build", "refunds"]);
    check(&broken, 1, "SyntaxError");
}

#[test]
#[ignore = "needs node and npm, which `cargo xtask test` installs"]
fn who_follows_the_tutorial_in_javascript_has_a_plugin() {
    play("javascript.md", &empty("tutorial-javascript"), author);
}

#[test]
#[ignore = "needs Python with pip, which `cargo xtask test` installs"]
fn who_follows_the_tutorial_in_python_has_a_plugin() {
    play("python.md", &empty("tutorial-python"), author);
}
