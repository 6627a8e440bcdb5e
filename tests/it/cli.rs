//! The program from outside: what a person sees, and which exit code a script gets.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use switchboard::plugin_host::Packages;

use crate::support::program::{Running, check, done, prepared, switchboard};

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
fn a_sentence_model_that_cannot_be_used_is_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("my.toml"),
        "[embeddings]\nfolder = \"models/none\"\n",
    )
    .unwrap();
    // Either this program can have none, or the folder is none.
    let (said, fix) = if cfg!(feature = "embeddings") {
        (
            "cannot read models/none/model.toml",
            "hint: make it anew with `cargo xtask model`",
        )
    } else {
        (
            "my.toml:2:1: `embeddings.folder`",
            "this program was built without sentence models: take it out, or build with `--features embeddings`",
        )
    };
    for command in ["check", "run"] {
        let output = done(folder.path(), &[command, "--config", "my.toml"]);
        check(&output, 78, said);
        check(&output, 78, fix);
    }
}

#[test]
fn the_sample_is_without_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    check(&done(folder.path(), &["check"]), 0, "The configuration is fine.");
}

#[test]
fn an_author_plays_dialogs_and_is_told_where_one_went_differently() {
    let folder = tempfile::tempdir().unwrap();
    let packages = Packages::bundled();
    std::fs::write(
        folder.path().join("hello.wasm"),
        packages.find("switchboard/hello").unwrap(),
    )
    .unwrap();
    let dialog = folder.path().join("hello.dialog");
    std::fs::write(&dialog, "alice@web: hello\nbot@alice: Hello, bob!\n").unwrap();

    let output = done(folder.path(), &["plugin", "test", "hello.wasm", "hello.dialog"]);
    check(&output, 1, "FAILED hello.dialog:2 (warm)");
    check(&output, 1, "expected: bot@alice: Hello, bob!");
    check(&output, 1, "came:     bot@alice: Hello, alice!");

    let write = ["plugin", "test", "hello.wasm", "hello.dialog", "--write"];
    check(&done(folder.path(), &write), 0, "ok     hello.dialog");
    assert_eq!(
        std::fs::read_to_string(&dialog).unwrap(),
        "alice@web: hello\nbot@alice: Hello, alice!\n"
    );
    let output = done(folder.path(), &["plugin", "test", "hello.wasm", "."]);
    check(&output, 0, "ok     ./hello.dialog");

    std::fs::write(&dialog, "alice says hello\n").unwrap();
    let output = done(folder.path(), &["plugin", "test", "hello.wasm", "hello.dialog"]);
    check(&output, 1, "line 1: alice says hello: it means nothing");
    check(
        &done(folder.path(), &["plugin", "test", "hello.wasm"]),
        64,
        "hint: name",
    );
}

#[test]
fn config_says_where_a_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let output = done(folder.path(), &["config", "--data", "elsewhere"]);
    check(&output, 0, "data = \"elsewhere\"  # command line");
    check(&output, 0, "# default");
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/switchboard.toml"), "colour = 1\n").unwrap();
    let full = "hint: `switchboard config --full` lists every option";
    check(&done(folder.path(), &["check"]), 78, full);
    check(&done(folder.path(), &["config", "--full"]), 0, "\n[discord]\n");
}

#[test]
fn a_typing_mistake_makes_no_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out/knowledge");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(
        out.join("faq.yaml"),
        "- id: rye\n  question: Rye?\n  answer: { full: Yes. }\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("faq.md"), "## Rye?\nYes.\n").unwrap();
    let missing = format!("there is no data folder {}", folder.path().join("typo").display());
    for asked in [
        "status",
        "logins",
        "explain 1",
        "outbox list",
        "account list",
        "account invite --role agent",
        "backup",
        "doctor",
        "export written",
        "apply out",
        "apply out --dry-run",
        "knowledge import faq.md",
        "chat --once",
        "plugin list",
        "plugin enable switchboard/hello",
        "plugin config switchboard/hello greeting=Hi",
        "knowledge quality",
    ] {
        let arguments: Vec<&str> = asked.split(' ').chain(["--data", "typo"]).collect();
        let output = done(folder.path(), &arguments);
        check(&output, 1, &missing);
        check(&output, 1, "hint: is that the one you mean? `--data FOLDER`");
        assert!(!folder.path().join("typo").exists(), "{asked}");
    }
    // In one that is there and empty nothing can be looked up, but begun.
    let empty = prepared();
    check(
        &done(empty.path(), &["status"]),
        1,
        "there is nothing in the data folder data yet",
    );
    check(
        &done(empty.path(), &["doctor"]),
        0,
        "data folder: data takes what is written",
    );
}

#[test]
fn what_is_no_backup_is_said_to_be_none_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "dear diary\n".repeat(1_000)).unwrap();
    std::fs::write(folder.path().join("empty.db"), "").unwrap();
    for file in ["notes.txt", "empty.db"] {
        let output = done(folder.path(), &["restore", file, "--verify"]);
        check(&output, 1, "it is no database of Switchboard");
        let said = [&output.stdout[..], &output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said).lines().count(), 2, "{output:?}");
    }
}

/// Asks one question as a script does.
fn ask(folder: &Path, question: &str, more: &[&str]) -> Output {
    let arguments = [&["chat", "--once", "--as", "ada"], more].concat();
    let mut child = switchboard(folder, &arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{question}").unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_script_that_asks_again_hears_the_answer_to_what_it_asked() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    for _ in 0..5 {
        let answer = ask(folder.path(), "What is Switchboard?", &[]);
        check(&answer, 0, "connects every question");
        let other = ask(folder.path(), "How do I make a backup?", &[]);
        check(&other, 0, "backup");
        assert!(!String::from_utf8_lossy(&other.stdout).contains("connects every question"));
    }
    let person = ask(folder.path(), "I want to talk to a human", &[]);
    check(&person, 0, "");
    // That somebody is called is said twice, and the second time must not count as an answer.
    let delivered = || {
        let list = done(folder.path(), &["outbox", "list", "--json"]).stdout;
        String::from_utf8_lossy(&list).matches("delivered").count()
    };
    assert!((0..100).any(|_| delivered() == 12), "ten answers and two notices");
    // Nobody is there, and the bot is silent while somebody is called.
    let silent = ask(folder.path(), "still there?", &["--wait", "1"]);
    check(&silent, 1, "no answer came within 1 s; what was said is kept");
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn how_good_answers_are_is_told_after_questions_were_asked() {
    let folder = prepared();
    check(
        &ask(folder.path(), "What is Switchboard?", &[]),
        0,
        "connects every question",
    );
    let unknown = ask(folder.path(), "who won the football match yesterday", &[]);
    check(&unknown, 0, "");
    let told = done(folder.path(), &["knowledge", "quality"]);
    check(
        &told,
        0,
        "0.55 for 90 % right; the careful value to start with: 0 of 50 judged answers are there",
    );
    check(&told, 0, "own texts that would be answered wrongly");
    let told = done(folder.path(), &["knowledge", "quality", "--days", "7", "--json"]);
    for (what, value) in [
        ("asked, questions", "2"),
        ("asked, answered", "50 % (9–91 %), 1 of 2"),
        ("overheard, questions", "0"),
    ] {
        check(&told, 0, &format!("\"value\":\"{value}\",\"what\":\"{what}\""));
    }
    check(
        &done(folder.path(), &["knowledge", "quality", "--days", "0"]),
        64,
        "days",
    );
}

#[test]
fn a_question_in_the_terminal_is_answered_while_nothing_else_runs() {
    let folder = prepared();
    let output = ask(folder.path(), "What is Switchboard?", &[]);
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
        64,
        "[possible values: owner, agent, content, viewer]",
    );
    check(&done(folder.path(), &["backup", "--to", "copy.db"]), 0, "copy.db");
    check(&done(folder.path(), &["restore", "copy.db", "--verify"]), 0, "is whole");
    check(
        &done(folder.path(), &["outbox", "list", "--state", "nope"]),
        64,
        "perhaps_sent",
    );
    check(
        &done(folder.path(), &["export", "/proc/nowhere"]),
        1,
        "hint: choose a folder",
    );
    let port = running.url.rsplit_once(':').unwrap().1;
    let taken = done(
        folder.path(),
        &["run", "--data", "other", "--listen", &format!("127.0.0.1:{port}")],
    );
    check(&taken, 1, "hint: another program listens there");
    let nothing = done(folder.path(), &["restore", "nope.db", "--verify"]);
    check(&nothing, 1, "there is no file nope.db");
    check(&done(folder.path(), &["retention", "--dry-run"]), 0, "would go");
    check(&done(folder.path(), &["outbox", "list", "--json"]), 0, "[]");
    let second = done(folder.path(), &["run", "--listen", "127.0.0.1:0"]);
    check(&second, 1, "hint:");
    check(&second, 1, &running.id().to_string());
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_dry_run_says_which_answers_would_change_and_a_check_what_to_look_at() {
    let folder = prepared();
    check(&done(folder.path(), &["export", "out"]), 0, "knowledge/start.yaml");
    let twice = "- {id: oven, question: When is the oven hot?, answer: From five.}\n\
                 - {id: heat, question: When is the oven hot?, answer: From six.}\n";
    std::fs::write(folder.path().join("out/knowledge/oven.yaml"), twice).unwrap();
    let dry = done(folder.path(), &["apply", "out", "--dry-run", "--twin"]);
    check(&dry, 0, "2 new");
    check(&dry, 0, "No question of the last 30 days is kept");
    check(&done(folder.path(), &["apply", "out", "--twin"]), 64, "--dry-run");
    check(&done(folder.path(), &["apply", "out"]), 0, "2 new");
    let found = done(folder.path(), &["knowledge", "check"]);
    check(&found, 0, "Two answers");
    check(&found, 0, "heat, oven");
    check(
        &done(folder.path(), &["knowledge", "check", "--json"]),
        0,
        "\"what\":\"Two answers\"",
    );
}

#[test]
fn an_entry_that_was_changed_meanwhile_is_refused_with_what_differs() {
    let folder = prepared();
    check(&done(folder.path(), &["export", "out"]), 0, "knowledge/start.yaml");
    let entry =
        |answer: &str, rev: &str| format!("- {{id: oven, question: When is the oven hot?, answer: {answer}{rev}}}\n");
    let file = folder.path().join("out/knowledge/oven.yaml");
    std::fs::write(&file, entry("From five.", "")).unwrap();
    check(&done(folder.path(), &["apply", "out"]), 0, "1 new");
    std::fs::write(&file, entry("From six.", ", rev: 1")).unwrap();
    check(&done(folder.path(), &["apply", "out"]), 0, "1 changed");
    std::fs::write(&file, entry("From seven.", ", rev: 1")).unwrap();
    let dry = done(folder.path(), &["apply", "out", "--dry-run"]);
    check(&dry, 1, "answer.full in the file: From seven.");
    check(&dry, 1, "answer.full stored:      From six.");
    check(&dry, 1, "0 new, 0 changed");
    check(
        &done(folder.path(), &["apply", "out"]),
        1,
        "answer.full stored:      From six.",
    );
}

#[test]
fn what_is_exported_makes_an_empty_folder_the_same() {
    let (first, second) = (prepared(), prepared());
    let out = first.path().join("out");
    let out = out.to_str().unwrap();
    check(&done(first.path(), &["export", out]), 0, "knowledge/start.yaml");
    // Changed as a person would, so that the second one does not start with the same.
    edit(
        &first.path().join("out/community.toml"),
        "name = \"Switchboard\"",
        "name = \"Bakery\"",
    );
    edit(
        &first.path().join("out/community.toml"),
        "enabled = true",
        "enabled = false",
    );
    edit(
        &first.path().join("out/plugins.toml"),
        "after_misses = 2",
        "after_misses = 3",
    );
    let dry = done(second.path(), &["apply", out, "--dry-run"]);
    check(&dry, 0, "the community: Bakery, en, UTC");
    check(&dry, 0, "plugin switchboard/handoff, changed: on");
    check(&dry, 0, "changed: off");
    check(&dry, 0, "Would be: 3 settings, 0 new, 0 changed");
    let again = done(second.path(), &["apply", out, "--dry-run"]);
    assert_eq!(again.stdout, dry.stdout, "a dry run changes nothing");
    check(&done(second.path(), &["apply", out]), 0, "Applied: 3 settings");
    check(
        &done(second.path(), &["apply", out]),
        0,
        "Applied: 0 settings, 0 new, 0 changed",
    );

    check(&done(second.path(), &["export", "out"]), 0, "out/community.toml");
    for name in ["plugins.toml", "knowledge/start.yaml"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join("out").join(name)).unwrap();
        assert_eq!(read(first.path()), read(second.path()), "{name}");
    }
    let community = std::fs::read_to_string(second.path().join("out/community.toml")).unwrap();
    assert!(
        community.contains("name = \"Bakery\"") && community.contains("enabled = false"),
        "{community}"
    );
}

#[test]
fn a_first_start_with_mistakes_makes_nothing_and_the_next_one_everything() {
    let folder = prepared();
    let community = folder.path().join("config/community");
    std::fs::create_dir_all(community.join("knowledge")).unwrap();
    let settings = "name = \"Bakery\"\nlanguage = \"en\"\nzone = \"UTC\"\n";
    std::fs::write(community.join("community.toml"), settings).unwrap();
    let hello =
        |greeting: &str| format!("[[plugin]]\nid = \"switchboard/hello\"\nconfig = {{ greeting = {greeting} }}\n");
    std::fs::write(community.join("plugins.toml"), hello("1")).unwrap();
    let knowledge = community.join("knowledge/bread.yaml");
    std::fs::write(&knowledge, "- id: [\n").unwrap();

    for command in [&["check"][..], &["export", "out"]] {
        let refused = done(folder.path(), command);
        check(
            &refused,
            1,
            "plugins.toml: switchboard/hello: its config is wrong: at greeting",
        );
        check(&refused, 1, "bread.yaml:");
    }

    std::fs::write(community.join("plugins.toml"), hello("\"Good morning\"")).unwrap();
    std::fs::write(
        &knowledge,
        "- id: rye\n  question: Is there rye?\n  answer: { full: There is. }\n",
    )
    .unwrap();
    check(&done(folder.path(), &["export", "out"]), 0, "out/knowledge/bread.yaml");
    let out = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    assert!(out("community.toml").contains("name = \"Bakery\""));
    assert!(out("plugins.toml").contains("greeting = \"Good morning\""));
    assert!(out("knowledge/bread.yaml").contains("Is there rye?"));
}

#[test]
fn files_with_mistakes_are_refused_with_all_of_them() {
    let folder = prepared();
    let out = folder.path().join("out");
    check(&done(folder.path(), &["export", "out"]), 0, "out/plugins.toml");
    edit(&out.join("community.toml"), "zone = \"UTC\"", "zone = \"Mars\"");
    edit(
        &out.join("community.toml"),
        "name = \"Switchboard\"",
        "name = \"Bakery\"",
    );
    edit(&out.join("plugins.toml"), "\"kv\"", "\"fly\"");
    std::fs::write(out.join("knowledge/bad.yaml"), "- id: [\n").unwrap();
    let refused = done(folder.path(), &["apply", "out"]);
    check(&refused, 1, "\"Mars\" is no time zone");
    check(&refused, 1, "is granted \"fly\", which is no permission");
    check(&refused, 1, "bad.yaml:");
    check(&done(folder.path(), &["export", "after"]), 0, "after/community.toml");
    let after = std::fs::read_to_string(folder.path().join("after/community.toml")).unwrap();
    assert!(after.contains("name = \"Switchboard\""), "{after}");
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from:?} is not in\n{text}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
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

#[test]
fn the_web_chat_needs_no_token_to_be_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n";
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/switchboard.toml"), config).unwrap();
    let set_up = done(
        folder.path(),
        &["init", "--platform", "web", "--no-entries", "--no-run"],
    );
    check(
        &set_up,
        0,
        "this machine\n  fine     data folder: data takes what is written",
    );
    check(&set_up, 0, "Switchboard: Switchboard connects every question");
    check(&done(folder.path(), &["init"]), 0, "Everything is set up.");
    check(
        &done(folder.path(), &["init", "--undo", "--yes"]),
        64,
        "cannot be used with",
    );
    check(
        &done(folder.path(), &["init", "--undo"]),
        0,
        "Everything is as it was before.",
    );
    check(&done(folder.path(), &["init"]), 64, "hint: --platform gives the answer");
}

#[test]
fn the_doctor_names_an_address_that_is_taken() {
    let folder = prepared();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!("[http]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    std::fs::write(folder.path().join("my.toml"), config).unwrap();
    let found = done(folder.path(), &["doctor", "--config", "my.toml"]);
    check(&found, 1, "failure  address: cannot listen on 127.0.0.1:");
    check(&found, 1, "fix: stop the program that listens there");
    let json = done(folder.path(), &["doctor", "--config", "my.toml", "--json"]);
    check(&json, 1, r#""health":"failure""#);
}
