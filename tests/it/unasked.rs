//! How often the bot speaks where nobody has asked it: all plugins together, whatever each of them would do.

use std::fmt::Write as _;
use std::path::Path;

use switchboard::app::community::Start;
use switchboard::dialog::Kit;
use switchboard::dispatcher::chain::settings::{PluginEntry, PluginsFile};
use switchboard::plugin_host::{CacheOptions, Package, Packages};

use crate::plugin_host::hostile;

/// In the lounge, where the bot reads along, one plugin answers what it knows and the other one whatever is said.
fn two_plugins() -> Kit {
    let mut packages = Packages::bundled();
    packages.add(hostile().to_vec()).unwrap();
    let entry = |id: &str, config: toml::Table| {
        let package = Package::read(packages.find(id).unwrap()).unwrap();
        let wanted = package.manifest.wanted();
        PluginEntry {
            within: Vec::new(),
            id: id.to_owned(),
            enabled: true,
            grants: wanted.iter().map(|wanted| wanted.name().to_owned()).collect(),
            granted_to: package.digest.clone(),
            config,
        }
    };
    let plugins = vec![
        entry("switchboard/faq", toml::Table::new()),
        entry("test/hostile", "mode = \"good\"".parse().unwrap()),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/faq/dialogs");
    let start = Start::sample()
        .unwrap()
        .with_plugins(PluginsFile { plugins }.text().unwrap());
    let cache = CacheOptions {
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        key: [7; 32],
    };
    Kit::new(start.with(&folder).unwrap(), packages, cache)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_plugins_together_answer_unasked_ten_times_an_hour_in_a_place() {
    let mut dialog = String::new();
    for number in 0..10 {
        writeln!(
            dialog,
            "person{number}@web#lounge to others: Has anybody seen the film?"
        )
        .unwrap();
    }
    dialog.push_str("alice@web#lounge to others: What is Switchboard?\nwhy:\n");
    // Whoever calls it is answered, a restart begins no new hour, and an hour does.
    dialog.push_str("bob@web#lounge: Has anybody seen the film?\n");
    dialog.push_str("restart: +50m\nerin@web#lounge to others: What is Switchboard?\nwhy:\n");
    dialog.push_str("clock: +11m\ncarol@web#lounge to others: What is Switchboard?\nwhy:\n");
    let played = two_plugins().play(&dialog).await.unwrap();

    let spoken = |text: &str| text.matches("still here").count();
    let (before, after) = played.text.split_once("alice@web").unwrap();
    assert_eq!(spoken(before), 10, "{}", played.text);
    let (held, after) = after.split_once("bob@web").unwrap();
    let quiet = "not said: the bot has spoken unasked 10 times here within the hour";
    assert!(!held.contains("bot@"), "{held}");
    for plugin in ["switchboard/faq answered; ", "test/hostile ran; "] {
        assert!(held.contains(&format!("{plugin}{quiet}")), "{held}");
    }
    let (called, after) = after.split_once("restart:").unwrap();
    assert_eq!(spoken(called), 1, "{called}");
    let (restarted, later) = after.split_once("clock:").unwrap();
    assert!(!restarted.contains("bot@") && restarted.contains(quiet), "{restarted}");
    assert!(
        spoken(later) == 1 && later.contains("connects every question"),
        "{later}"
    );
}
