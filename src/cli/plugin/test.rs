//! `switchboard plugin test`: plays an author's dialogs, with warm instances and with fresh ones.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::build::Built;
use super::record::Desk;
use crate::app::community::Start;
use crate::cli::failure::{FOUND, USAGE};
use crate::cli::{Failure, block_on};
use crate::dialog::{self, Instances, Kit};
use crate::model::amount::counted;
use crate::plugin_host::{CacheOptions, Packages};

#[derive(clap::Args)]
#[command(
    after_help = "`plugins.toml`, `community.toml` and `knowledge/` beside the dialogs say which plugins play, where, and what \
                        is known. Without them the plugin plays alone, with every permission that it asks for, in the \
                        sample community.\n\nExample:\n  switchboard plugin test plugins/hello"
)]
pub(crate) struct Arguments {
    /// The folder of the plugin, which is compiled first; or its package, a `.wasm` file.
    plugin: PathBuf,
    /// Dialogs, or folders of dialogs; those in the plugin's folder `dialogs`, if none are named.
    dialogs: Vec<PathBuf>,
    /// Writes into the dialogs what came, instead of comparing.
    #[arg(long)]
    write: bool,
    /// Prints for each dialog how many instructions the plugin needed in it: the same number on every machine.
    #[arg(long)]
    fuel: bool,
    /// Fails where a dialog needs more instructions.
    #[arg(long, value_name = "N")]
    fuel_max: Option<u64>,
    /// Records what the plugin is handed and what comes of it into a new file, for `plugin replay`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let files = files(arguments)?;
    let Built { wasm, package, .. } = super::read(&arguments.plugin)?;
    let mut packages = Packages::bundled();
    packages.add(wasm).map_err(|problems| found(problems.join("\n")))?;
    let start = Start::sample()?.with_plugins(dialog::alone(&package)?);
    let cache = tempfile::tempdir().context("make a temporary folder")?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the system has a random generator");
    let desk = Desk::begin(arguments.record.as_deref(), &package)?;
    let kit = |folder: &Path| -> Result<Kit, Failure> {
        let cache = CacheOptions {
            folder: cache.path().to_owned(),
            key,
        };
        Ok(desk.over(Kit::new(start.clone().with(folder)?, packages.clone(), cache)))
    };
    let (mut failed, mut thirsty) = (0, 0);
    for file in &files {
        let kit = kit(file.parent().unwrap_or(Path::new(".")))?;
        let fine = block_on(check(file, &kit, arguments.write))?;
        failed += usize::from(!fine);
        if fine && (arguments.fuel || arguments.fuel_max.is_some()) {
            let burnt = block_on(fuel(file, &kit, &package.manifest.plugin.id))?;
            thirsty += usize::from(arguments.fuel_max.is_some_and(|max| burnt > max));
        }
    }
    desk.end("the dialogs were over");
    if failed > 0 {
        let hint = "`--write` writes into the dialogs what came; look at the difference before you keep it";
        return Err(found(format!(
            "{failed} of {} went differently",
            counted(files.len(), "dialog", "dialogs")
        ))
        .hint(hint));
    }
    if let Some(max) = arguments.fuel_max.filter(|_| thirsty > 0) {
        let dialogs = counted(files.len(), "dialog", "dialogs");
        let what = format!("more than {max} instructions were needed in {thirsty} of {dialogs}");
        return Err(found(what).hint("do less for each event, or raise the number after --fuel-max"));
    }
    Ok(())
}

/// Plays one dialog in all kinds of instances, and says how it went.
async fn check(file: &Path, kit: &Kit, write: bool) -> Result<bool, Failure> {
    let mut written = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    for instances in Instances::ALL {
        let (name, mode) = (file.display(), instances.as_str());
        let played = match kit.with_instances(instances).play(&written).await {
            Ok(played) => played,
            Err(error) => {
                println!("FAILED {name} ({mode}): {error:#}");
                return Ok(false);
            }
        };
        if write && instances == Instances::Warm && played.text != written {
            std::fs::write(file, &played.text).with_context(|| format!("write {name}"))?;
            written.clone_from(&played.text);
        }
        if let Some(difference) = played.differs(&written) {
            println!("FAILED {name}:{} ({mode})", difference.line);
            let log = played.log.iter().map(|line| format!("\nlog:      {line}"));
            println!(
                "  {}",
                format!("{difference}{}", log.collect::<String>()).replace('\n', "\n  ")
            );
            return Ok(false);
        }
    }
    println!("ok     {}", file.display());
    Ok(true)
}

/// Says how many instructions the plugin needs in the dialog.
async fn fuel(file: &Path, kit: &Kit, plugin: &str) -> Result<u64, Failure> {
    let written = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let burnt = kit.fuel(plugin, &written).await?;
    println!("fuel   {} {burnt}", file.display());
    Ok(burnt)
}

/// The dialogs to play.
fn files(arguments: &Arguments) -> Result<Vec<PathBuf>, Failure> {
    let own = [arguments.plugin.join("dialogs")];
    let named = match arguments.dialogs.as_slice() {
        [] if arguments.plugin.is_dir() => &own,
        [] if !arguments.plugin.exists() => {
            let what = format!("there is no {}", arguments.plugin.display());
            return Err(Failure::new(FOUND, what).hint("name the folder of a plugin, or its package"));
        }
        [] => {
            return Err(Failure::new(USAGE, "a package has no dialogs inside").hint("name their folder behind it"));
        }
        named => named,
    };
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            files.extend(dialog::files(path)?);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        let hint = "they are files that end in .dialog; plugins/sdk/README.md shows one";
        return Err(Failure::new(FOUND, "there are no dialogs").hint(hint));
    }
    Ok(files)
}

fn found(problem: String) -> Failure {
    Failure::new(FOUND, problem)
}
