//! Commands that read and write files: export, apply, backup, restore.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::ask::{self, answer, refused};
use super::failure::FOUND;
use super::{Common, Failure, block_on};
use crate::app::control::{Reply, Request};
use crate::app::{Ops, community};
use crate::knowledge::files::{is_within, told};
use crate::storage::data_folder::DataFolder;
use crate::storage::sqlite;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  switchboard export config/community")]
pub(crate) struct Export {
    /// The folder to write to; made where there is none.
    folder: PathBuf,
}

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  switchboard apply config/community --dry-run --twin\n  switchboard apply config/community"
)]
pub(crate) struct Apply {
    /// The folder that `export` wrote, or one like it.
    folder: PathBuf,
    /// Only says what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Says also which questions of the last 30 days would be answered differently: better or worse by what people said of
    /// answers, or unsure.
    #[arg(long, requires = "dry_run")]
    twin: bool,
}

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The file to write; without it one in the data folder's `backups`, named by the time.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  switchboard restore backup.db --verify\n  switchboard restore backup.db")]
pub(crate) struct Restore {
    /// A file that `backup` wrote.
    file: PathBuf,
    /// Only looks whether it is whole and says what it holds.
    #[arg(long)]
    verify: bool,
}

pub(crate) fn export(common: &Common, arguments: &Export) -> Result<(), Failure> {
    let config = common.load(None)?;
    match block_on(answer(&config, Request::Export))? {
        Reply::Files { files } => {
            for (name, text) in files {
                if !is_within(&name) {
                    let what = format!("the entries of “{name}” would lie outside the folder, and are not written");
                    return Err(Failure::new(FOUND, what).hint("give that file another name with `apply`"));
                }
                let path = arguments.folder.join(name);
                write(&path, &text).map_err(|error| {
                    let what = format!("cannot write {}: {error}", path.display());
                    Failure::new(FOUND, what).hint("choose a folder that this user may write to")
                })?;
                println!("{}", path.display());
            }
            Ok(())
        }
        Reply::Refused { message, hint } => Err(refused(message, hint)),
        _ => Err(Failure::new(FOUND, "there is nothing to export")),
    }
}

/// With the folders above it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

pub(crate) fn apply(common: &Common, arguments: &Apply) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let mut files = Vec::new();
    for name in ["community.toml", "plugins.toml"] {
        let path = folder.join(name);
        if path.is_file() {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            files.push((name.to_owned(), text));
        }
    }
    let entries = community::read_files(&folder.join("knowledge"))?;
    if !entries.unread.is_empty() {
        let unread = told(&entries.unread).join("\n");
        return Err(Failure::new(FOUND, format!("the files have mistakes\n{unread}")));
    }
    files.extend(
        entries
            .files
            .into_iter()
            .map(|file| (format!("knowledge/{}", file.name), file.text)),
    );
    if files.is_empty() {
        let folder = folder.display();
        return Err(
            Failure::new(FOUND, format!("there are no files of a community in {folder}"))
                .hint("`switchboard export FOLDER` writes what is stored"),
        );
    }
    let request = Request::Apply {
        files,
        dry_run: arguments.dry_run,
        twin: arguments.twin,
    };
    ask::ask(common, request, ask::Format::plain())
}

pub(crate) fn backup(common: &Common, arguments: &Backup) -> Result<(), Failure> {
    let config = common.load(None)?;
    let to = match &arguments.to {
        // The running program may have been started elsewhere.
        Some(to) => std::path::absolute(to).context("find the file")?.display().to_string(),
        None => std::path::absolute(Ops::backup_file(&config))
            .context("find the file")?
            .display()
            .to_string(),
    };
    ask::ask(common, Request::Backup { to }, ask::Format::plain())
}

pub(crate) fn restore(common: &Common, arguments: &Restore) -> Result<(), Failure> {
    let config = common.load(None)?;
    if !arguments.file.is_file() {
        let file = arguments.file.display();
        return Err(Failure::new(FOUND, format!("there is no file {file}"))
            .hint("backups that are made by themselves lie in the data folder, in backups"));
    }
    let report = sqlite::verify(&arguments.file).map_err(anyhow::Error::from)?;
    for (what, count) in &report.counts {
        println!("{count:>8} {what}");
    }
    if !report.problems.is_empty() {
        let file = arguments.file.display();
        return Err(Failure::new(
            FOUND,
            format!("{file} is damaged\n{}", report.problems.join("\n")),
        ));
    }
    println!("{} is whole.", arguments.file.display());
    if arguments.verify {
        return Ok(());
    }
    // A machine that everything is brought to has no folder yet.
    let folder = block_on(async {
        let taken = DataFolder::take_soon(&config.written.data).await;
        taken.map_err(|error| Failure::from(anyhow::Error::from(error)))
    })?;
    sqlite::restore(&arguments.file, &folder.database()).map_err(anyhow::Error::from)?;
    println!("It stands in {} now.", folder.path().display());
    Ok(())
}
