//! "Connect a bot" of `docs/discord.md` and `docs/telegram.md`, by hand and word for word: what they say to write is read from
//! them.

use std::path::Path;

use super::discord_people::Ann;
use super::telegram::Ben;
use crate::support::program::{Running, switchboard};

/// Such a section, followed in an empty folder.
struct Section {
    /// The lines that it adds to the configuration.
    lines: String,
    /// The variable that it starts with.
    variable: String,
}

impl Section {
    fn of(guide: &str) -> Self {
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(guide);
        let guide = std::fs::read_to_string(guide).unwrap();
        let (_, section) = guide.split_once("## Connect a bot\n").expect("the section is there");
        let section = section.split("\n## ").next().unwrap();
        let (_, lines) = section.split_once("```toml\n").expect("the lines are there");
        let (before, _) = section
            .split_once("=… cargo xtask start`")
            .expect("it starts with the token");
        Self {
            lines: lines.split_once("   ```").unwrap().0.to_owned(),
            variable: before.rsplit('`').next().unwrap().to_owned(),
        }
    }

    /// What `cargo xtask start` becomes once all is built; where the platform is, is the one thing that differs.
    fn start(&self, folder: &Path, token: &str, api_url: &str) -> Running {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/switchboard.toml");
        let ours = std::fs::read_to_string(ours).unwrap();
        std::fs::create_dir(folder.join("config")).unwrap();
        let config = format!("{ours}\n{}api_url = \"{api_url}\"\n", self.lines);
        std::fs::write(folder.join("config/switchboard.toml"), config).unwrap();
        let mut command = switchboard(folder, &["run", "--listen", "127.0.0.1:0"]);
        command.env(&self.variable, token);
        Running::start_as(command)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn who_follows_the_guide_to_discord_is_answered() {
    let ann = Ann::before_inviting().await;
    let folder = tempfile::tempdir().unwrap();
    let running = Section::of("discord.md").start(folder.path(), &ann.token, &ann.url());
    // The address that invites the bot stands in the log, too.
    let line = running.said("oauth2/authorize");
    let invitation = line.split_whitespace().find(|word| word.contains("oauth2/authorize"));
    ann.accepts(invitation.expect("it is an address")).await;
    // "Open the bot's profile in the guild and write to it. It answers."
    let chat = ann.opens_direct_chat().await;
    ann.says(&chat, "How do I install a plugin?").await;
    let answer = ann.hears(&chat, 1).await;
    assert!(answer["content"].as_str().unwrap().contains("plugin"), "{answer}");
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server, which `cargo xtask test` starts"]
async fn who_follows_the_guide_to_telegram_is_answered() {
    let ben = Ben::new();
    let folder = tempfile::tempdir().unwrap();
    let running = Section::of("telegram.md").start(folder.path(), &ben.token, &ben.url);
    // "Write to your bot. It answers."
    ben.says("How do I install a plugin?").await;
    let answer = ben.sees(1).await.remove(0);
    assert!(
        answer["message"]["text"].as_str().unwrap().contains("plugin"),
        "{answer}"
    );
    ben.presses(&answer, "A person, please").await;
    ben.sees(2).await;
    assert_eq!(running.stop(), Some(0));
}
