//! The program from outside: what a person sees, and which exit code a script gets.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::program::{Running, check, done, switchboard};

#[test]
fn wrong_use_is_64_and_wrong_configuration_78() {
    let folder = tempfile::tempdir().unwrap();
    check(&done(folder.path(), &["runn"]), 64, "run");
    std::fs::write(
        folder.path().join("my.toml"),
        "[http]\nlisten = \"nowhere\"\nlistn = 1\n",
    )
    .unwrap();
    let output = done(folder.path(), &["check", "--config", "my.toml"]);
    check(&output, 78, "my.toml:2:1: `http.listen`");
    check(
        &output,
        78,
        "my.toml:3:1: there is no option `http.listn` (did you mean `listen`?)",
    );
}

#[test]
fn the_sample_is_without_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    check(&done(folder.path(), &["check"]), 0, "The configuration is fine.");
}

#[test]
fn config_says_where_a_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let output = done(folder.path(), &["config", "--data", "elsewhere"]);
    check(&output, 0, "data = \"elsewhere\"  # command line");
    check(&output, 0, "# default");
}

#[test]
fn a_question_in_the_terminal_is_answered_while_nothing_else_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = switchboard(folder.path(), &["chat", "--once", "--as", "ada"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"What is Switchboard?\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    check(&output, 0, "connects every question in a community");
    check(&output, 0, "[1] Helpful");
}

#[test]
fn commands_work_beside_the_running_program_and_a_second_one_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    check(&done(folder.path(), &["status"]), 0, "running");
    check(&done(folder.path(), &["plugin", "list"]), 0, "switchboard/faq");
    check(
        &done(folder.path(), &["account", "invite", "--role", "agent"]),
        0,
        "/console/join?token=",
    );
    check(
        &done(folder.path(), &["account", "invite", "--role", "king"]),
        1,
        "hint: one of owner",
    );
    check(&done(folder.path(), &["backup", "--to", "copy.db"]), 0, "copy.db");
    check(&done(folder.path(), &["restore", "copy.db", "--verify"]), 0, "is whole");
    check(&done(folder.path(), &["retention", "--dry-run"]), 0, "would go");
    check(&done(folder.path(), &["outbox", "list", "--json"]), 0, "[]");
    let second = done(folder.path(), &["run", "--listen", "127.0.0.1:0"]);
    check(&second, 70, "hint:");
    check(&second, 70, &running.id().to_string());
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn what_is_exported_can_be_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    check(&done(folder.path(), &["export", "out"]), 0, "out/knowledge/");
    check(&done(folder.path(), &["apply", "out"]), 0, "0 new, 0 changed");
}

#[test]
fn load_is_answered_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["load", "--messages", "8", "--conversations", "2"];
    let output = switchboard(folder.path(), &arguments)
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    check(&output, 0, "answered      8");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
