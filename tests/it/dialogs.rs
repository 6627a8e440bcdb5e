//! Plays conversations that anybody can read, through the real dispatcher, outbox, jobs and database.
//!
//! A dialog's expected lines are rewritten by `UPDATE_EXPECT=1`. What the lines mean is in `tests/dialogs/README.md`.

mod line;
mod play;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use switchboard::dispatcher::chain::settings;

use self::play::{play, play_with_plugins};
use crate::support::Sandbox;

/// Every dialog of a folder, in the order of their names.
fn dialogs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of dialogs can be read")
        .map(|entry| entry.expect("the folder of dialogs can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "dialog"))
        .collect();
    found.sort();
    found
}

/// Plays each and compares, or writes it anew; says which went differently.
async fn differing<F>(files: &[PathBuf], play: impl Fn(String) -> F) -> Vec<String>
where
    F: Future<Output = String>,
{
    let mut failed = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a dialog can be read");
        let played = AssertUnwindSafe(play(text)).catch_unwind().await;
        let Ok(played) = played else {
            failed.push(file.display().to_string());
            continue;
        };
        let expected = expect_test::expect_file![file];
        let same = std::panic::catch_unwind(AssertUnwindSafe(|| expected.assert_eq(&played)));
        if same.is_err() {
            failed.push(file.display().to_string());
        }
    }
    failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_dialog_goes_as_it_is_written() {
    let files = dialogs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogs"));
    assert!(files.len() >= 20, "only {} dialogs were found", files.len());
    let failed = differing(&files, |text| async move { play(&text).await }).await;
    assert!(failed.is_empty(), "these dialogs went differently: {failed:?}");
}

/// The plugins' own dialogs, with the plugins of a new installation and `hello` behind them.
async fn check_plugins(fresh: bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let plugins = format!(
        "{}\n[[plugin]]\nid = \"switchboard/hello\"\ngranted_to = \"bundled\"\n",
        settings::SAMPLE
    );
    let sandbox = Sandbox::new(fresh);
    let mut failed = Vec::new();
    for plugin in ["faq", "share", "handoff", "hello"] {
        let files = dialogs(&root.join(plugin).join("dialogs"));
        assert!(!files.is_empty(), "{plugin} has no dialogs");
        let play = |text: String| {
            let (sandbox, plugins) = (&sandbox, &plugins);
            async move { play_with_plugins(&text, sandbox, plugins).await }
        };
        failed.extend(differing(&files, play).await);
    }
    assert!(failed.is_empty(), "these dialogs went differently: {failed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialogs_of_plugins_go_as_they_are_written_in_warm_instances() {
    check_plugins(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialogs_of_plugins_go_as_they_are_written_in_fresh_instances() {
    check_plugins(true).await;
}
