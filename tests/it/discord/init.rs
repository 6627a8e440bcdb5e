//! From a token to a first answered question in a channel on Discord, and back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::fake::menus::{DIRECT_MENU, GUILD_MENU};
use super::fake::{BOT, Fake, HELP, TOKEN, objects, sent};
use crate::support::program::{Running, check, done, switchboard};

/// Of the right form, and not of the bot any more.
const RESET: &str = "OTAw.before.it-was_reset";

/// Sets a bot up, and nothing more.
const ALONE: [&str; 6] = [
    "--token-file",
    "given",
    "--yes",
    "--no-entries",
    "--no-place",
    "--no-run",
];

/// A folder with a configuration that knows where the fake is, and the token to be given.
fn folder(fake: &Fake) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "# ours\ndata = \"data\"\n\n[discord]\napi_url = \"{}\" # the fake\n\n[http]\nlisten = \"127.0.0.1:0\"\n",
        fake.url()
    );
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/switchboard.toml"), &config).unwrap();
    std::fs::write(folder.path().join("given"), TOKEN).unwrap();
    (folder, config)
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_default()
}

fn init(folder: &Path, more: &[&str]) -> Command {
    switchboard(folder, &[&["init", "--platform", "discord"], more].concat())
}

/// The same as a terminal starts it, with nothing ignored, also where the tests run under `nohup`.
fn init_at_a_terminal(folder: &Path, more: &[&str]) -> Command {
    let plain = init(folder, more);
    let mut command = Command::new("env");
    command
        .arg("--default-signal=HUP")
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn asks(fake: &Fake, question: &str) {
    let mention = json!([objects::me()]);
    fake.says_with(
        HELP,
        json!({"content": format!("<@{BOT}> {question}"), "mentions": mention}),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_becomes_an_answer_in_a_channel_and_everything_can_be_taken_back() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    let answers = [
        "--token-file",
        "given",
        "--yes",
        "--place",
        "help",
        "--entry",
        "Where is the compost?",
        "Behind the shed.",
    ];
    let running = Running::start_as(init(folder, &answers));
    let config = read(folder, "config/switchboard.toml");
    assert_eq!(
        config.replace("token = \"file:data/discord.token\"\n", ""),
        before,
        "nothing else has changed"
    );
    assert_eq!(read(folder, "data/discord.token").trim(), TOKEN);
    let mode = std::fs::metadata(folder.join("data/discord.token"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    asks(&fake, "Where is the compost?");
    let answer = sent(&fake, 0).await;
    assert!(
        answer.body["content"].as_str().unwrap().contains("Behind the shed."),
        "{answer:?}"
    );
    running.said("It works.");
    fake.called(&format!("PUT {GUILD_MENU}"), 1).await;
    fake.called(&format!("PUT {DIRECT_MENU}"), 1).await;
    check(&done(folder, &["init", "--undo"]), 1, "Switchboard is running");
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert!(!fake.names_in(GUILD_MENU).is_empty() && !fake.names_in(DIRECT_MENU).is_empty());
    a_finished_setup_stays(&fake, folder);

    let undone = done(folder, &["init", "--undo"]);
    check(&undone, 0, "Gardeners / #help is switched off.");
    check(&undone, 0, "The entry first-where-is-the-compost is removed.");
    check(&undone, 0, "Its commands are out of its menus.");
    check(&undone, 0, "Everything is as it was before.");
    assert!(fake.names_in(GUILD_MENU).is_empty() && fake.names_in(DIRECT_MENU).is_empty());
    assert_eq!(read(folder, "config/switchboard.toml"), before);
    assert!(!folder.join("data/discord.token").exists() && !folder.join("data/init.json").exists());
    check(&done(folder, &["export", "out"]), 0, "out/community.toml");
    assert!(!read(folder, "out/community.toml").contains(
        "native = \"101\"\nlogin = \"discord\"\nname = \"Gardeners / #help\"\naudience = \"public\"\nenabled = true"
    ));
    assert!(!folder.join("out/knowledge/first.yaml").exists());
    check(&done(folder, &["init", "--undo"]), 0, "nothing to take back");
}

/// A script may run it again: what the first run needed may be gone, and Discord away, or the token another one.
fn a_finished_setup_stays(fake: &Fake, folder: &Path) {
    let again = || init(folder, &["--token-file", "given", "--yes"]).output().unwrap();
    check(&again(), 0, "Everything is set up.");
    std::fs::remove_file(folder.join("given")).unwrap();
    check(&again(), 0, "Everything is set up.");
    fake.cut();
    check(&again(), 0, "Everything is set up.");
    fake.mend();
    let holds = |token: &str| assert_eq!(read(folder, "data/discord.token").trim(), token);
    std::fs::write(folder.join("data/discord.token"), RESET).unwrap();
    check(&again(), 1, "Discord does not know this bot token");
    check(&again(), 1, "put a new token into the file data/discord.token");
    holds(RESET);

    // Another one takes the place of what is there if Discord knows it.
    std::fs::write(folder.join("given"), TOKEN).unwrap();
    check(&again(), 0, "Everything is set up.");
    holds(TOKEN);
    std::fs::write(folder.join("given"), RESET).unwrap();
    check(&again(), 1, "what was there before is still there");
    holds(TOKEN);
    fake.cut();
    check(&again(), 1, "the platform could not be asked");
    holds(TOKEN);
    fake.mend();

    // Whoever gives the one that is there does not want that one any more. One that is kept beside is tried by the next run.
    let beside = folder.join("data/discord.token.new");
    assert!(beside.exists());
    std::fs::write(folder.join("given"), TOKEN).unwrap();
    check(&again(), 0, "Everything is set up.");
    assert!(!beside.exists());
    std::fs::write(folder.join("data/discord.token"), RESET).unwrap();
    fake.cut();
    check(&again(), 1, "the token is kept");
    holds(RESET);
    fake.mend();
    check(&init(folder, &["--yes"]).output().unwrap(), 0, "Discord knows it");
    holds(TOKEN);
    assert!(!beside.exists());
}

#[test]
fn what_it_keeps_is_for_its_owner_alone_from_the_first_file_on() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_switchboard");
    let line = format!("umask 022; exec {program} init --platform discord --token-file nope");
    let mut command = Command::new("sh");
    let told = command.args(["-c", &line]).current_dir(folder.path()).output().unwrap();
    check(&told, 1, "cannot be read");
    let mode = |path: &str| {
        std::fs::metadata(folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("data"), mode("data/init.json")), (0o700, 0o600));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undo_empties_the_menus_before_the_token_is_gone_also_when_its_file_was_lost_once() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    let set_up = || init(folder, &ALONE).output().unwrap();
    check(&set_up(), 0, "Everything is set up.");
    std::fs::remove_file(folder.join("data/discord.token")).unwrap();
    std::fs::write(folder.join("given"), RESET).unwrap();
    check(&set_up(), 1, "Discord does not know this bot token");
    std::fs::write(folder.join("given"), TOKEN).unwrap();
    check(&set_up(), 0, "Everything is set up.");
    let undone = done(folder, &["init", "--undo"]);
    check(&undone, 0, "Its commands are out of its menus.");
    check(&undone, 0, "data/discord.token is deleted.");
    assert_eq!(read(folder, "config/switchboard.toml"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_token_than_that_of_the_environment_is_not_passed_over() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    let theirs = before.replace("[discord]\n", "[discord]\ntoken = \"env:OUR_TOKEN\"\n");
    std::fs::write(folder.join("config/switchboard.toml"), &theirs).unwrap();
    let set_up = || init(folder, &ALONE).env("OUR_TOKEN", TOKEN).output().unwrap();
    check(&set_up(), 0, "stays as it is.");
    std::fs::write(folder.join("given"), RESET).unwrap();
    let another = set_up();
    check(
        &another,
        1,
        "`discord.token` names the environment variable `OUR_TOKEN`",
    );
    check(
        &another,
        1,
        "put the new token into the environment variable `OUR_TOKEN`",
    );
    assert_eq!(read(folder, "config/switchboard.toml"), theirs);
    assert!(!folder.join("data/discord.token").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undo_that_is_ended_says_so_and_goes_on_at_the_next_run() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    check(&init(folder, &ALONE).output().unwrap(), 0, "Everything is set up.");
    // Somebody who listens and never answers: that it is asked shows that the menus are being emptied.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let set_up = read(folder, "config/switchboard.toml");
    std::fs::write(
        folder.join("config/switchboard.toml"),
        set_up.replace(&fake.url(), &address),
    )
    .unwrap();
    let told = switchboard(folder, &["init", "--undo"]).spawn().unwrap();
    let _held = silent.accept().unwrap();
    signal("TERM", told.id());
    let told = told.wait_with_output().unwrap();
    check(&told, 143, "`switchboard init --undo` goes on here.");
    std::fs::write(folder.join("config/switchboard.toml"), set_up).unwrap();
    check(&done(folder, &["init", "--undo"]), 0, "Everything is as it was before.");
    assert_eq!(read(folder, "config/switchboard.toml"), before);
}

fn signal(name: &str, id: u32) {
    let sent = Command::new("kill")
        .args(["-s", name, &id.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn who_wants_it_to_outlive_the_terminal_gets_that() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("trap '' HUP; exec {} init", env!("CARGO_BIN_EXE_switchboard"));
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path());
    let mut told = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("Where is Switchboard to answer?") {
        let mut byte = [0];
        told.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
        shown.extend(byte);
    }
    signal("HUP", told.id());
    told.stdin.take().unwrap().write_all(b"discord\n").unwrap();
    let told = told.wait_with_output().unwrap();
    check(&told, 64, "hint: --token-file gives the answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_closes_while_it_runs_stops_it_softly() {
    let fake = Fake::start().await;
    let (folder, _) = folder(&fake);
    let arguments = ["--token-file", "given", "--yes", "--no-entries", "--place", "help"];
    let mut running = init_at_a_terminal(folder.path(), &arguments).spawn().unwrap();
    let mut shown = BufReader::new(running.stdout.take().unwrap()).lines();
    let is_last = |line: std::io::Result<String>| line.unwrap().contains("Waiting for the first answer");
    assert!(shown.any(is_last));
    // What it says from now on goes nowhere, and is no reason to end at once.
    drop((shown, running.stderr.take()));
    signal("HUP", running.id());
    assert_eq!(running.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_being_tried_when_the_first_run_was_killed_is_there_for_the_next_one() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let at_silence = before.replace(&fake.url(), &address);
    std::fs::write(folder.join("config/switchboard.toml"), at_silence).unwrap();
    let mut told = init(folder, &["--token-file", "given"]).spawn().unwrap();
    let _held = silent.accept().unwrap();
    told.kill().unwrap();
    told.wait().unwrap();
    std::fs::write(folder.join("config/switchboard.toml"), before).unwrap();
    let mut goes_on = init(folder, &["--yes", "--no-entries", "--no-place", "--no-run"]);
    check(&goes_on.output().unwrap(), 0, "Discord knows it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_ended_while_it_tries_a_token_leaves_the_old_one_and_nothing_that_undo_does_not_find() {
    let fake = Fake::start().await;
    let (folder, _) = folder(&fake);
    let folder = folder.path();
    check(&init(folder, &ALONE).output().unwrap(), 0, "Everything is set up.");
    // Somebody who listens and never answers: that it is asked shows that the token is being tried.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = read(folder, "config/switchboard.toml");
    let address = format!("http://{}", silent.local_addr().unwrap());
    std::fs::write(
        folder.join("config/switchboard.toml"),
        config.replace(&fake.url(), &address),
    )
    .unwrap();
    std::fs::write(folder.join("given"), RESET).unwrap();

    let mut told = init(folder, &ALONE).spawn().unwrap();
    let held = silent.accept().unwrap();
    let ended = Command::new("kill").arg(told.id().to_string()).status().unwrap();
    assert!(ended.success());
    check(
        &told.wait_with_output().unwrap(),
        143,
        "`switchboard init` goes on here.",
    );
    drop(held);
    told = init(folder, &ALONE).spawn().unwrap();
    let _held = silent.accept().unwrap();
    told.kill().unwrap();
    told.wait().unwrap();
    assert_eq!(read(folder, "data/discord.token").trim(), TOKEN);

    drop(silent);
    check(&done(folder, &["init", "--undo"]), 0, "Everything is as it was before.");
    for left in std::fs::read_dir(folder.join("data")).unwrap() {
        let left = left.unwrap().path();
        let bytes = std::fs::read(&left).unwrap_or_default();
        let holds = |token: &str| bytes.windows(token.len()).any(|part| part == token.as_bytes());
        assert!(!holds(RESET) && !holds(TOKEN), "{} holds a token", left.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_broken_off_goes_on_where_it_was() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    std::fs::write(folder.join("wrong"), "OTAw.wrong.a-token_that-is-wrong").unwrap();
    let refused = init(folder, &["--token-file", "wrong", "--yes"]).output().unwrap();
    check(&refused, 1, "Discord does not know this bot token");
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("a-token_that"));
    assert_eq!(read(folder, "config/switchboard.toml"), before);
    assert!(
        !folder.join("data/discord.token").exists(),
        "a token that nobody knows is kept nowhere"
    );
    let unanswered = init(folder, &["--token-file", "given"]).output().unwrap();
    check(&unanswered, 64, "hint: --yes gives the answer");
    assert_eq!(read(folder, "config/switchboard.toml"), before);

    // The token is there by now.
    let agreed = init(folder, &["--yes", "--no-entries", "--no-place", "--no-run"])
        .output()
        .unwrap();
    check(&agreed, 0, "+ token = \"file:data/discord.token\"");
    check(&agreed, 0, "connects every question");
    check(&agreed, 0, "client_id=900");
    check(&agreed, 0, "switchboard run");

    // The bot may not write where it is to answer.
    fake.denies(1 << 11);
    let refused = init(folder, &["--place", "help"]).output().unwrap();
    check(
        &refused,
        1,
        "failure  Gardeners / #help: the bot lacks *Send Messages* here",
    );
    fake.denies(0);

    // Killed between switching on and the first answer.
    let running = Running::start_as(init(folder, &[]));
    drop(running);
    let running = Running::start_as(switchboard(folder, &["init"]));
    asks(&fake, "What is Switchboard?");
    sent(&fake, 0).await;
    running.said("It works.");
    check(
        &switchboard(folder, &["init"]).output().unwrap(),
        1,
        "Switchboard is running",
    );
    assert_eq!(running.stop(), Some(0));
    check(&done(folder, &["init", "--undo"]), 0, "Everything is as it was before.");
    assert_eq!(read(folder, "config/switchboard.toml"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_kept_while_discord_is_away_and_a_file_of_somebody_else_always() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    fake.cut();
    let asked = |more: &[&str]| init(folder, more).output().unwrap();
    let away = asked(&["--token-file", "given", "--yes"]);
    check(&away, 1, "the token is kept");
    assert_eq!(read(folder, "data/discord.token").trim(), TOKEN);
    assert_eq!(
        read(folder, "config/switchboard.toml"),
        before,
        "nothing is written yet"
    );
    fake.mend();
    std::fs::remove_file(folder.join("given")).unwrap();
    let goes_on = asked(&["--yes", "--no-entries", "--no-place", "--no-run"]);
    check(&goes_on, 0, "Discord knows it");
    assert!(read(folder, "config/switchboard.toml").contains("file:data/discord.token"));
    check(&done(folder, &["init", "--undo"]), 0, "");
    assert_eq!(read(folder, "config/switchboard.toml"), before);
    assert!(!folder.join("data/discord.token").exists());

    // Of somebody who put it there before.
    std::fs::write(folder.join("data/discord.token"), "their own").unwrap();
    std::fs::write(folder.join("given"), TOKEN).unwrap();
    check(&asked(&["--token-file", "given", "--yes"]), 1, "init did not make it");
    let own = asked(&["--yes"]);
    check(&own, 1, "the platform does not take the token in data/discord.token");
    assert_eq!(read(folder, "data/discord.token"), "their own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_a_script_from_going_on_is_named() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    let asked = |more: &[&str]| init(folder, more).output().unwrap();
    let unread = asked(&["--token-file", "nope", "--yes"]);
    check(
        &unread,
        1,
        "error: the file that `--token-file` names cannot be read: No such file",
    );
    let pasted = asked(&["--token-file", TOKEN, "--yes"]);
    check(&pasted, 1, "cannot be read");
    assert!(!String::from_utf8_lossy(&pasted.stderr).contains(TOKEN));
    std::fs::write(folder.join("empty"), "\n").unwrap();
    check(
        &asked(&["--token-file", "empty", "--yes"]),
        1,
        "error: the file that `--token-file` names holds nothing",
    );
    std::fs::write(folder.join("wrong"), "OTAw.wrong.token").unwrap();
    let wrong = || asked(&["--token-file", "wrong", "--yes"]);
    check(&wrong(), 1, "Discord does not know this bot token");
    // Of somebody who helps themselves after that.
    std::fs::write(folder.join("data/discord.token"), "their own").unwrap();
    check(&wrong(), 1, "init did not make it");
    let undone = done(folder, &["init", "--undo"]);
    check(&undone, 0, "Everything is as it was before.");
    assert!(!String::from_utf8_lossy(&undone.stdout).contains("is deleted"));
    assert_eq!(read(folder, "data/discord.token"), "their own");
    std::fs::remove_file(folder.join("data/discord.token")).unwrap();

    let nowhere = asked(&["--token-file", "given", "--yes", "--no-entries", "--place", "nosuch"]);
    check(&nowhere, 1, "the bot sees no place nosuch; it sees");
    check(&nowhere, 1, "Gardeners / #help");

    // The token was reset, and another one is kept by somebody else. What is there gives way to a good one alone.
    std::fs::write(folder.join("data/discord.token"), RESET).unwrap();
    check(&asked(&[]), 1, "Discord does not know this bot token");
    check(&wrong(), 1, "what was there before is still there");
    assert_eq!(read(folder, "data/discord.token"), RESET);
    let again = asked(&["--token-file", "given", "--no-place", "--no-run"]);
    check(&again, 0, "Discord knows it");
    assert_eq!(read(folder, "data/discord.token").trim(), TOKEN);
    assert!(!folder.join("data/discord.token.new").exists());
    std::fs::write(folder.join("theirs"), RESET).unwrap();
    let theirs = before.replace("[discord]\n", "[discord]\ntoken = \"file:theirs\"\n");
    std::fs::write(folder.join("config/switchboard.toml"), theirs).unwrap();
    check(&asked(&[]), 1, "put a new token into the file theirs");
    assert_eq!(read(folder, "theirs"), RESET);
}

/// Entries as a file of knowledge.
fn entry(id: &str, question: &str, answer: &str, rev: &str) -> String {
    format!("- id: {id}\n  question: {question}\n  answer:\n    full: {answer}\n{rev}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undo_leaves_what_was_there_before_or_was_changed_since() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    // The configuration is kept elsewhere, and an empty option waits in it.
    let before = before.replace("[discord]\n", "[discord]\ntoken = \"\" # later\n");
    std::fs::write(folder.join("kept.toml"), &before).unwrap();
    std::fs::remove_file(folder.join("config/switchboard.toml")).unwrap();
    std::os::unix::fs::symlink("../kept.toml", folder.join("config/switchboard.toml")).unwrap();
    // Somebody has an entry of the name that ours would get.
    std::fs::create_dir_all(folder.join("own/knowledge")).unwrap();
    let theirs = entry("first-where-is-the-compost", "Compost?", "Ask Ann.", "");
    std::fs::write(folder.join("own/knowledge/own.yaml"), theirs).unwrap();
    std::fs::create_dir(folder.join("data")).unwrap();
    check(&done(folder, &["apply", "own"]), 0, "1 new");

    let entries = [
        "--entry",
        "Where is the compost?",
        "Behind the shed.",
        "--entry",
        "Who waters?",
        "Bob.",
    ];
    let answers = ["--token-file", "given", "--yes", "--place", "help", "--no-run"];
    let set_up = init(folder, &[&answers[..], &entries[..]].concat()).output().unwrap();
    check(&set_up, 0, "Gardeners / #help is switched on.");
    let is_link = || folder.join("config/switchboard.toml").is_symlink();
    assert!(is_link() && read(folder, "kept.toml").contains("token = \"file:data/discord.token\" # later"));

    check(&done(folder, &["export", "out"]), 0, "out/community.toml");
    let first = read(folder, "out/knowledge/first.yaml");
    std::fs::write(
        folder.join("out/knowledge/first.yaml"),
        first.replace("Bob.", "Bob and Cat."),
    )
    .unwrap();
    let place = "name = \"Gardeners / #help\"\naudience = \"public\"\nenabled = true\noverheard = ";
    let community = read(folder, "out/community.toml");
    assert!(community.contains(place), "{community}");
    let reads_along = community.replace(&format!("{place}false"), &format!("{place}true"));
    std::fs::write(folder.join("out/community.toml"), reads_along).unwrap();
    check(&done(folder, &["apply", "out"]), 0, "1 changed");

    let undone = done(folder, &["init", "--undo"]);
    check(&undone, 0, "Gardeners / #help was changed since, and stays as it is.");
    check(&undone, 0, "The entry first-1 is removed.");
    check(&undone, 0, "The entry first-who-waters was changed since, and stays.");
    assert!(is_link());
    assert_eq!(read(folder, "kept.toml"), before);
    std::fs::remove_dir_all(folder.join("out")).unwrap();
    check(&done(folder, &["export", "out"]), 0, "out/community.toml");
    assert!(read(folder, "out/knowledge/own.yaml").contains("Ask Ann."));
    assert!(read(folder, "out/knowledge/first.yaml").contains("Bob and Cat."));
    assert!(!read(folder, "out/knowledge/first.yaml").contains("Behind the shed."));
    assert!(read(folder, "out/community.toml").contains(&format!("{place}true")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undo_waits_while_the_configuration_cannot_be_read() {
    let fake = Fake::start().await;
    let (folder, before) = folder(&fake);
    let folder = folder.path();
    std::fs::write(folder.join("another.toml"), &before).unwrap();
    check(&init(folder, &ALONE).output().unwrap(), 0, "Everything is set up.");
    let set_up = read(folder, "config/switchboard.toml");
    std::fs::write(folder.join("config/switchboard.toml"), format!("{set_up}\n[broken")).unwrap();
    let undo = ["--config", "another.toml", "init", "--undo"];
    let refused = done(folder, &undo);
    check(&refused, 78, "config/switchboard.toml: ");
    check(&refused, 78, "mend it and run `switchboard init --undo` again");
    assert!(
        folder.join("data/discord.token").exists(),
        "the configuration still names it"
    );
    std::fs::write(folder.join("config/switchboard.toml"), set_up).unwrap();
    fake.cut();
    let undone = done(folder, &undo);
    check(
        &undone,
        0,
        "The menus of the bot on discord may still show its commands",
    );
    check(&undone, 0, "Everything is as it was before.");
    assert_eq!(read(folder, "config/switchboard.toml"), before);
    assert!(!folder.join("data/discord.token").exists());
}
