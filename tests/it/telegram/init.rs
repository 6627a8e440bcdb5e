//! From a token to a first answered question in a group on Telegram, and back, with answers as lines.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::fake::{Fake, TOKEN, sent};
use crate::installer::version as greeter;
use crate::support::program::{Running, check, done, switchboard};

/// More for a plugin's manifest.
const POLISH: &str = "\n[[command]]\nname = \"wave\"\nhelp = \"Waves\"\n[command.translations]\npl = \"Macha\"\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_becomes_an_answer_in_a_group() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[telegram]\napi_url = \"{}\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n",
        fake.url()
    );
    std::fs::write(folder.path().join("switchboard.toml"), &config).unwrap();
    let lines = format!("telegram\n{TOKEN}\ny\nIs there rye?\nThere is.\n\n\n\n\n\n");
    let arguments = ["init", "--config", "switchboard.toml", "--no-place", "--no-run"];
    let mut child = switchboard(folder.path(), &arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let told = child.wait_with_output().unwrap();
    check(&told, 0, "You: Is there rye?");
    check(&told, 0, "Switchboard: There is.");
    check(&told, 0, "https://t.me/our_bot");
    assert!(!String::from_utf8_lossy(&told.stdout).contains("test-token"));

    // A plugin speaks a language that nothing of ours does.
    std::fs::write(folder.path().join("greeter.wasm"), greeter("1.4.0", POLISH)).unwrap();
    for plugin in [&["install", "greeter.wasm", "--yes"][..], &["enable", "acme/greeter"]] {
        let arguments = [&["plugin", "--config", "switchboard.toml"], plugin].concat();
        check(&done(folder.path(), &arguments), 0, "acme/greeter");
    }

    // Told while nothing ran, and heard when it starts.
    fake.adds_bot(-100);
    let arguments = ["init", "--config", "switchboard.toml", "--place", "Help"];
    let running = Running::start_as(switchboard(folder.path(), &arguments));
    fake.says_in(-100, "@our_bot Is there rye?");
    assert!(sent(&fake, 0).await.text().contains("There is."));
    running.said("It works.");
    let private = json!({"type": "all_private_chats"});
    let group = json!({"type": "chat", "chat_id": -100});
    let lists = [
        (&private, None),
        (&private, Some("de")),
        (&private, Some("pl")),
        (&group, None),
        (&group, Some("de")),
        (&group, Some("pl")),
    ];
    for (scope, language) in lists {
        let is_it = |asked: &Value| asked["scope"] == *scope && asked["language_code"].as_str() == language;
        fake.asked("SetMyCommands", is_it).await;
    }
    assert_eq!(running.stop(), Some(0));
    let undone = done(folder.path(), &["init", "--undo", "--config", "switchboard.toml"]);
    check(&undone, 0, "Help is switched off.");
    check(&undone, 0, "Its commands are out of its menus.");
    for (scope, language) in lists {
        assert_eq!(fake.menu(scope, language), json!([]));
    }
    assert_eq!(
        std::fs::read_to_string(folder.path().join("switchboard.toml")).unwrap(),
        config
    );
}
