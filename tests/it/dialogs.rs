//! Plays conversations that anybody can read, through the real dispatcher, outbox, jobs and database.
//!
//! A dialog's expected lines are rewritten by `UPDATE_EXPECT=1`. What the lines mean is in `tests/dialogs/README.md`.

mod line;
mod play;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;

use self::play::play;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_dialog_goes_as_it_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = dialogs(&root.join("tests/dialogs"));
    assert!(files.len() >= 20, "only {} dialogs were found", files.len());
    let mut failed = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a dialog can be read");
        let played = AssertUnwindSafe(play(&text)).catch_unwind().await;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(played) = played else {
            failed.push(name);
            continue;
        };
        let expected = expect_test::expect_file![file];
        let same = std::panic::catch_unwind(AssertUnwindSafe(|| expected.assert_eq(&played)));
        if same.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "these dialogs went differently: {failed:?}");
}
