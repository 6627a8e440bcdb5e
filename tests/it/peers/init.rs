//! What `switchboard init` does for somebody who sits at a terminal and has other wishes than those of `README.md`.

use std::path::Path;
use std::process::Command;

use crate::discord::fake::{Fake, TOKEN};
use crate::support::program::{check, switchboard};
use crate::support::terminal::Terminal;

/// Of the right form, and of no bot.
const OLD: &str = "OTAw.before.it-was_reset";

/// A folder whose configuration knows where the fake is.
fn folder(fake: &Fake) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[discord]\napi_url = \"{}\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n",
        fake.url()
    );
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/switchboard.toml"), config).unwrap();
    std::fs::write(folder.path().join("given"), TOKEN).unwrap();
    folder
}

fn token(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("data/discord.token")).unwrap_or_default()
}

fn set_up(folder: &Path) {
    let answers = "init --platform discord --token-file given --yes --no-entries --no-place --no-run";
    let arguments: Vec<&str> = answers.split(' ').collect();
    check(
        &switchboard(folder, &arguments).output().unwrap(),
        0,
        "Everything is set up.",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs `script` for its terminal, which `cargo xtask test` installs"]
async fn ctrl_c_at_any_question_leaves_the_terminal_as_it_was_and_says_how_to_go_on() {
    let fake = Fake::start().await;
    let folder = folder(&fake);
    let farewell = "`switchboard init` goes on here.";
    let mut at = Terminal::start(folder.path(), &["init"]);
    at.reads("Where is Switchboard to answer?");
    at.presses_interrupt();
    assert_eq!(at.ends(), Some(130), "{}", at.screen);
    assert!(at.screen.contains(farewell), "{}", at.screen);

    let arguments = ["init", "--platform", "discord"];
    let mut at = Terminal::start_then(folder.path(), &arguments, "stty -a");
    at.reads("(it is not shown): ");
    at.presses_interrupt();
    at.reads(farewell);
    assert_eq!(at.ends(), Some(130), "{}", at.screen);
    is_as_it_was(&at.screen);
}

/// What `stty -a` shows of a terminal that nobody has changed.
#[track_caller]
fn is_as_it_was(screen: &str) {
    let words: Vec<&str> = screen.split_whitespace().collect();
    assert!(words.contains(&"echo") && words.contains(&"isig"), "{screen}");
    assert!(screen.contains("susp = ^Z;"), "{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs `script` for its terminal, which `cargo xtask test` installs"]
async fn whatever_ends_it_from_outside_while_a_token_is_typed_leaves_the_terminal_as_it_was_and_nothing_typed() {
    let fake = Fake::start().await;
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let folder = folder(&fake);
        // What the shell would be given: all that has been typed, ended or not.
        let then = "stty -a; stty -icanon min 0 time 5; echo \"left: <$(cat)>\"";
        let mut at = Terminal::start_then(folder.path(), &["init"], then);
        at.reads("Where is Switchboard to answer?");
        // Half a token is typed ahead, while the terminal still shows that it has come.
        at.types_part("discord\rOTAw.half");
        at.reads("OTAw.half");
        at.reads("(it is not shown): ");
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let sent = Command::new("kill").args(["-s", signal, pid.trim()]).status().unwrap();
        assert!(sent.success());
        at.reads("`switchboard init` goes on here.");
        assert_eq!(at.ends(), Some(code), "{}", at.screen);
        is_as_it_was(&at.screen);
        assert!(at.screen.contains("left: <>"), "{}", at.screen);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs `script` for its terminal, which `cargo xtask test` installs"]
async fn a_token_that_was_reset_is_asked_for_again_and_is_not_shown() {
    let fake = Fake::start().await;
    let folder = folder(&fake);
    set_up(folder.path());
    std::fs::write(folder.path().join("data/discord.token"), OLD).unwrap();
    let mut at = Terminal::start(folder.path(), &["init", "--no-place", "--no-run"]);
    at.reads("Discord does not know this bot token");
    at.reads("(it is not shown): ");
    at.types("");
    at.reads("Nothing was pasted.");
    at.reads("(it is not shown): ");
    at.types(&format!("Bot {TOKEN}"));
    at.reads("Discord knows it");
    at.reads("Everything is set up.");
    assert_eq!(at.ends(), Some(0), "{}", at.screen);
    assert!(!at.screen.contains(TOKEN), "it is not shown");
    assert_eq!(token(folder.path()).trim(), format!("Bot {TOKEN}"));

    // The same where all was set up before.
    std::fs::write(folder.path().join("data/discord.token"), OLD).unwrap();
    let record = std::fs::read_to_string(folder.path().join("data/init.json")).unwrap();
    let done = record.replace("\"answered\": false", "\"answered\": true");
    assert_ne!(done, record);
    std::fs::write(folder.path().join("data/init.json"), done).unwrap();
    let mut at = Terminal::start(folder.path(), &["init"]);
    at.reads("Discord does not know this bot token");
    at.reads("(it is not shown): ");
    at.types(OLD);
    at.reads("Discord does not know this bot token");
    assert_eq!(token(folder.path()), OLD, "it stays until there is a better one");
    at.reads("(it is not shown): ");
    at.types(TOKEN);
    at.reads("Discord knows it");
    at.reads("Everything is set up.");
    assert_eq!(at.ends(), Some(0), "{}", at.screen);
    assert_eq!(token(folder.path()).trim(), TOKEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs `script` for its terminal, which `cargo xtask test` installs"]
async fn who_does_not_agree_keeps_the_token_and_who_names_no_place_is_told() {
    let fake = Fake::start().await;
    let folder = folder(&fake);
    let mut at = Terminal::start(folder.path(), &["init", "--platform", "discord", "--no-entries"]);
    at.reads("(it is not shown): ");
    at.types(TOKEN);
    at.reads("Write it?");
    at.types("n");
    at.reads("the token is kept in data/discord.token");
    assert_eq!(at.ends(), Some(1), "{}", at.screen);
    assert_eq!(token(folder.path()).trim(), TOKEN);

    let mut at = Terminal::start(folder.path(), &["init", "--yes", "--no-entries", "--no-run"]);
    at.reads("A question to try [");
    at.types("");
    at.reads("Gardeners / #help (read by everybody)");
    at.reads("Where is it to answer?");
    at.types("99");
    at.reads("There is no number 99; they go from 1 to ");
    at.reads("Where is it to answer?");
    at.types("xyz");
    at.reads("There is no place called xyz.");
    at.reads("Where is it to answer?");
    at.types("none");
    at.reads("Everything is set up.");
    assert_eq!(at.ends(), Some(0), "{}", at.screen);

    let mut at = Terminal::start(folder.path(), &["init", "--place", "nosuch", "--no-run"]);
    at.reads("nosuch is not there yet; it sees");
    at.reads("Gardeners / #help");
    at.reads("Still waiting");
    at.presses_interrupt();
    assert_eq!(at.ends(), Some(130), "{}", at.screen);
}
