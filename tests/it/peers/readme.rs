//! "Connect Discord" and "Connect Telegram" of `README.md`, word for word at a terminal, from the pasted token to the first
//! answered question and back: what they say to write is read from them.

use std::path::Path;

use reqwest::Method;
use serde_json::Value;

use super::discord_people::Ann;
use crate::support::terminal::Terminal;
use crate::telegram::fake;

/// Of what the bot is asked first, and its answer.
const QUESTION: &str = "Where is the compost?";
const ANSWER: &str = "Behind the shed.";

/// One such section.
struct Section(String);

impl Section {
    fn of(heading: &str) -> Self {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let (_, section) = readme
            .split_once(&format!("## {heading}\n"))
            .expect("the section is there");
        Self(section.split("\n## ").next().unwrap().to_owned())
    }

    /// The command that stands alone. `cargo xtask` builds the program and becomes this command of it.
    fn command(&self) -> Vec<&str> {
        let (_, block) = self.0.split_once("```text\n").expect("the command is there");
        arguments(block.split("\n```").next().unwrap())
    }

    /// What stands in backquotes behind these words.
    fn quoted(&self, behind: &str) -> &str {
        let (_, rest) = self
            .0
            .split_once(behind)
            .unwrap_or_else(|| panic!("{behind:?} is not there"));
        rest.split('`').nth(1).expect("it is quoted")
    }
}

/// What `cargo xtask` hands on.
fn arguments(command: &str) -> Vec<&str> {
    let handed = command.strip_prefix("cargo xtask ").expect("it is one of ours");
    handed.split(' ').collect()
}

/// A folder as a fresh clone has it; where the platform is, is the one thing that differs.
fn clone(section: &str, api_url: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/switchboard.toml");
    let ours = std::fs::read_to_string(ours).unwrap();
    let config = format!("{ours}\n[{section}]\napi_url = \"{api_url}\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n");
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/switchboard.toml"), &config).unwrap();
    (folder, config)
}

/// From the command to the answer in the terminal: "It checks the token, shows the line that it adds […], looks whether
/// everything can work […], asks for your first three answers". Answers the address that it shows.
fn set_up(at: &mut Terminal, number: &str, token: &str) -> String {
    at.reads("Where is Switchboard to answer?");
    at.types(number);
    at.reads("(it is not shown): ");
    at.types(token);
    at.reads("+ token = \"file:");
    at.reads("Write it?");
    at.types("");
    at.reads("The first entries");
    at.reads("Question [");
    at.types(QUESTION);
    at.reads("Its answer: ");
    at.types(ANSWER);
    for _ in 0..2 {
        at.reads("Question [");
        at.types("");
        at.reads("Its answer: ");
        at.types("");
    }
    at.reads("A question to try [");
    at.types("");
    at.reads(&format!("Switchboard: {ANSWER}"));
    at.reads("https://");
    format!("https://{}", at.reads("\r\n"))
}

/// Chooses the place whose name ends so, by its number; answers its whole name.
fn chooses(at: &mut Terminal, name: &str) -> String {
    at.reads("Waiting until the bot sees");
    let listed = at.reads("Where is it to answer?");
    let mut places = listed.lines().filter_map(|line| {
        let (listed, _readers) = line.trim().strip_prefix('[')?.rsplit_once(" (read by ")?;
        listed.split_once("] ")
    });
    let place = places.find(|(_, place)| place.ends_with(name));
    let (number, place) = place.unwrap_or_else(|| panic!("{name} is not in {listed}"));
    at.types(number);
    place.to_owned()
}

/// "`cargo xtask init --undo` takes it all back."
fn takes_back(folder: &Path, config: &str) {
    let written = Section::of("Connect Discord");
    let mut at = Terminal::start(
        folder,
        &arguments(written.quoted("`cargo xtask start` is the one to start with.")),
    );
    at.reads("Everything is as it was before.");
    assert_eq!(at.ends(), Some(0), "{}", at.screen);
    assert_eq!(
        std::fs::read_to_string(folder.join("config/switchboard.toml")).unwrap(),
        config
    );
    assert!(!folder.join("data/discord.token").exists() && !folder.join("data/telegram.token").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn who_follows_the_readme_is_answered_in_a_channel_on_discord_and_can_take_it_back() {
    let section = Section::of("Connect Discord");
    let ann = Ann::before_inviting().await;
    let (folder, config) = clone("discord", &ann.url());
    let mut at = Terminal::start(folder.path(), &section.command());
    let invitation = set_up(&mut at, section.quoted("Answer "), &ann.token);
    // "Open that in your browser and choose your guild; then choose one channel, and ask there".
    ann.accepts(&invitation).await;
    let help = ann
        .ask(Method::GET, &format!("channels/{}", ann.help), Value::Null)
        .await;
    let channel = chooses(&mut at, &format!("#{}", help["name"].as_str().unwrap()));
    at.reads(&format!("{channel} is switched on."));
    at.reads("Waiting for the first answer");
    assert_eq!(section.quoted("and ask there: "), "@your-bot");
    ann.says(&ann.help, &format!("<@{}> {QUESTION}", ann.bot)).await;
    let answer = ann.hears(&ann.help, 1).await;
    assert!(answer["content"].as_str().unwrap().contains(ANSWER), "{answer}");
    at.reads("It works.");
    assert!(!at.screen.contains(&ann.token), "it is not shown");
    assert_eq!(at.interrupts(), Some(0));
    takes_back(folder.path(), &config);
}

/// The emulator knows no groups, so that this is played against our fake.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs `script` for its terminal, which `cargo xtask test` installs"]
async fn who_follows_the_readme_is_answered_in_a_group_on_telegram_and_can_take_it_back() {
    let section = Section::of("Connect Telegram");
    let fake = fake::Fake::start().await;
    let (folder, config) = clone("telegram", &fake.url());
    let mut at = Terminal::start(folder.path(), &section.command());
    let address = set_up(&mut at, section.quoted("answer"), fake::TOKEN);
    assert!(address.contains("t.me/our_bot"), "{address}");
    // "Then add the bot to a group, where it waits for the first question".
    fake.adds_bot(-100);
    chooses(&mut at, "Help");
    at.reads("Help is switched on.");
    at.reads("Waiting for the first answer");
    fake.says_in(-100, &format!("@our_bot {QUESTION}"));
    assert!(fake::sent(&fake, 0).await.text().contains(ANSWER));
    at.reads("It works.");
    assert!(!at.screen.contains(fake::TOKEN), "it is not shown");
    assert_eq!(at.interrupts(), Some(0));
    takes_back(folder.path(), &config);
}
