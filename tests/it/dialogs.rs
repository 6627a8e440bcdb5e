//! Plays conversations that anybody can read through the whole program, in its real sandbox.
//!
//! A dialog's expected lines are rewritten by `UPDATE_EXPECT=1`. What the lines mean is in `tests/dialogs/README.md`.

use std::fmt::Write as _;
use std::path::Path;

use switchboard::app::community::Start;
use switchboard::dialog::{self, Instances, Kit};
use switchboard::plugin_host::{CacheOptions, Package, Packages};

/// The dialogs of a plugin, which plays alone where its dialogs say nothing else.
async fn check_plugin(name: &str, instances: Instances) {
    let packages = Packages::bundled();
    let package = packages.find(&format!("switchboard/{name}")).unwrap();
    let plugins = dialog::alone(&Package::read(package).unwrap()).unwrap();
    let start = Start::sample().unwrap().with_plugins(plugins);
    check(&format!("plugins/{name}/dialogs"), start, instances).await;
}

async fn check(folder: &str, start: Start, instances: Instances) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    // Shared by all tests of a run, so that each plugin is compiled once.
    let cache = CacheOptions {
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        key: [7; 32],
    };
    let kit = Kit::new(start.with(&folder).unwrap(), Packages::bundled(), cache).with_instances(instances);
    let files = dialog::files(&folder).unwrap();
    assert!(!files.is_empty(), "there are no dialogs in {}", folder.display());
    let mut failed = String::new();
    for file in files {
        if let Some(problem) = problem(&file, &kit, instances).await {
            writeln!(failed, "{}{problem}", file.display()).unwrap();
        }
    }
    assert!(failed.is_empty(), "dialogs went differently:\n{failed}");
}

/// What is wrong with one dialog. Warm instances write down what came, when they are asked to.
async fn problem(file: &Path, kit: &Kit, instances: Instances) -> Option<String> {
    let written = std::fs::read_to_string(file).unwrap();
    let played = match kit.play(&written).await {
        Ok(played) => played,
        Err(error) => return Some(format!(": {error:#}")),
    };
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        if instances == Instances::Warm {
            std::fs::write(file, played.text).unwrap();
        }
        return None;
    }
    let difference = played.differs(&written)?;
    Some(format!(":{}\n{difference}\n{}", difference.line, played.log.join("\n")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_goes_as_its_dialogs_are_written() {
    // With the plugins of a new installation.
    check("tests/dialogs", Start::sample().unwrap(), Instances::Warm).await;
}

macro_rules! plugins {
    ($($name:literal, $warm:ident, $fresh:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $warm() {
            check_plugin($name, Instances::Warm).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $fresh() {
            check_plugin($name, Instances::Fresh).await;
        }
    )*};
}

plugins! {
    "faq", faq_goes_as_its_dialogs_are_written, faq_goes_so_without_a_memory;
    "share", share_goes_as_its_dialogs_are_written, share_goes_so_without_a_memory;
    "feed", feed_goes_as_its_dialogs_are_written, feed_goes_so_without_a_memory;
    "handoff", handoff_goes_as_its_dialogs_are_written, handoff_goes_so_without_a_memory;
    "moderation", moderation_goes_as_its_dialogs_are_written, moderation_goes_so_without_a_memory;
    "hello", hello_goes_as_its_dialogs_are_written, hello_goes_so_without_a_memory;
}
