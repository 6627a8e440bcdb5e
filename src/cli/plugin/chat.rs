//! `switchboard plugin chat`: an author talks with a plugin that is built anew whenever its source is saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin, stdin};

use super::build::{self, Built};
use super::record;
use crate::app::community::Start;
use crate::cli::failure::FOUND;
use crate::cli::{Failure, block_on};
use crate::dialog::{self, Came, Kit, Talk};
use crate::plugin_host::{CacheOptions, Packages};

/// How soon after a save the build begins.
const LOOK: Duration = Duration::from_secs(1);

/// Folders that builds write into, or that hold what others wrote.
const NO_SOURCE: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// A folder with more files than this is watched in part, which is better than not at all.
const FILES_MAX: usize = 10_000;

#[derive(clap::Args)]
#[command(
    after_help = "A number presses the button with that number. A line that begins with a colon is one of a dialog: `:clock: \
                        +1h` moves the clock, which stands otherwise, and `:bob@web#support: hello` lets somebody else speak. \
                        Ctrl-D ends.\n\nExample:\n  switchboard plugin chat parrot"
)]
pub(crate) struct Arguments {
    /// The folder of the plugin.
    folder: PathBuf,
    /// Records what the plugin is handed and what comes of it into a new file, for `plugin replay`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// What plugins are played with.
struct Desk<'a> {
    folder: &'a Path,
    recorded: record::Desk,
    cache: TempDir,
    key: [u8; 32],
}

/// When each file of the folder was changed.
type Stamps = BTreeMap<PathBuf, SystemTime>;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the system has a random generator");
    let mut seen = stamps(&arguments.folder);
    let built = build::folder(&arguments.folder)?;
    let desk = Desk {
        folder: &arguments.folder,
        recorded: record::Desk::begin(arguments.record.as_deref(), &built.package)?,
        cache: tempfile::tempdir().context("make a temporary folder")?,
        key,
    };
    let kit = desk.kit(built)?;
    block_on(async {
        let mut talk = Talk::begin(&kit)
            .await
            .map_err(|error| Failure::new(FOUND, format!("{error:#}")))?;
        eprintln!("Say something. What you save is built and goes on in this conversation; Ctrl-D ends.");
        let talked = chat(&desk, &mut talk, &mut seen).await;
        talk.end().await?;
        desk.recorded.end("the chat was over");
        talked
    })
}

async fn chat(desk: &Desk<'_>, talk: &mut Talk, seen: &mut Stamps) -> Result<(), Failure> {
    let mut keys: Lines<BufReader<Stdin>> = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            line = keys.next_line() => match line {
                Ok(Some(line)) if line.trim().is_empty() => {}
                Ok(Some(line)) => match talk.line(&line).await {
                    Ok(came) => show(&came, talk.buttons()),
                    Err(problem) => eprintln!("{problem:#}"),
                },
                _ => return Ok(()),
            },
            () = tokio::time::sleep(LOOK) => {
                let now = stamps(desk.folder);
                if now != *seen {
                    *seen = now;
                    desk.reload(talk).await;
                }
            }
        }
    }
}

impl Desk<'_> {
    /// Builds what was saved. The conversation goes on with it, or as before where it does not build or start.
    async fn reload(&self, talk: &mut Talk) {
        eprintln!("building …");
        let built = || build::folder(self.folder).and_then(|built| self.kit(built));
        let reloaded = match tokio::task::block_in_place(built) {
            Ok(kit) => talk.go_on_with(&kit).await.map_err(|error| format!("{error:#}")),
            Err(failure) => Err(failure.to_string()),
        };
        match reloaded {
            Ok(()) => eprintln!("reloaded"),
            Err(problem) => eprintln!("{problem}\n\nthe last build that worked goes on"),
        }
    }

    /// The plugin with the settings and the community of its dialogs.
    fn kit(&self, built: Built) -> Result<Kit, Failure> {
        let Built { wasm, package, .. } = built;
        let mut packages = Packages::bundled();
        let problem = |problems: Vec<String>| Failure::new(FOUND, problems.join("\n"));
        packages.add(wasm).map_err(problem)?;
        let start = Start::sample()?.with_plugins(dialog::alone_while_it_changes(&package)?);
        let cache = CacheOptions {
            folder: self.cache.path().to_owned(),
            key: self.key,
        };
        let kit = Kit::new(start.with(&self.folder.join("dialogs"))?, packages, cache);
        Ok(self.recorded.over(kit))
    }
}

fn show(came: &Came, buttons: &[String]) {
    print!("{}", came.lines);
    let has_buttons = came.lines.lines().any(|line| line.starts_with("  ["));
    for (number, label) in buttons.iter().enumerate().filter(|_| has_buttons) {
        eprintln!("  {} presses {label}", number + 1);
    }
    for line in &came.log {
        eprintln!("log: {line}");
    }
}

/// What is looked at for changes.
fn stamps(folder: &Path) -> Stamps {
    let mut stamps = Stamps::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // What goes away meanwhile is a change, too.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_source = !name.as_encoded_bytes().starts_with(b".") && !NO_SOURCE.iter().any(|no| name == *no);
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() && is_source {
                folders.push(path);
            } else if is_source && about.is_file() && name != "Cargo.lock" && stamps.len() < FILES_MAX {
                stamps.extend(about.modified().map(|changed| (path, changed)));
            }
        }
    }
    stamps
}
