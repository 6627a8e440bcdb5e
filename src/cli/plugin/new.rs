//! `switchboard plugin new`: a folder with all that a plugin needs, and a dialog that passes.

use std::path::{Path, PathBuf};

use super::build::Language;
use crate::cli::Failure;
use crate::cli::failure::{FOUND, USAGE};
use crate::installer::reserved;
use crate::plugin_host::Manifest;

/// The SDK and the templates, by their path below `plugins/`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/author_files.rs"));

/// Where the contract lies in the SDK.
const CONTRACT: &str = "sdk/wit/plugin.wit";

/// The plugin's id in the templates …
const ID: &str = "mine/my-plugin";

/// … and its name.
const NAME: &str = "my-plugin";

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  switchboard plugin new parrot --lang rust\n  switchboard plugin new refunds --lang python --id \
                        acme/refunds"
)]
pub(crate) struct Arguments {
    /// Names the folder, the plugin and its first command: lower-case letters, digits, - and _.
    name: String,
    /// What it is to be written in.
    #[arg(long, value_enum)]
    lang: Language,
    /// `publisher/name`, by which the plugin is known for good; `mine/NAME` without it.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let name = &arguments.name;
    let id = arguments.id.clone().unwrap_or_else(|| format!("mine/{name}"));
    let files = files(arguments.lang, name, &id);
    check(&files)?;
    let folder = Path::new(name);
    std::fs::create_dir(folder).map_err(|error| {
        let failure = Failure::new(FOUND, format!("cannot make the folder {name}: {error}"));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.hint("choose another name, or another folder to be in")
        } else {
            failure
        }
    })?;
    if let Err(problem) = write(folder, &files) {
        // Nothing half made stays; where it cannot be taken away, the next try says that it is there.
        let _ = std::fs::remove_dir_all(folder);
        return Err(Failure::new(FOUND, problem));
    }
    println!("{name} is there. Its README says what is in it. Next:\n");
    println!("  switchboard plugin test {name}     compiles it and plays its dialogs");
    println!("  switchboard plugin check {name}    finds what would keep it from being installed");
    Ok(())
}

/// What is written, by its path in the folder.
fn files(language: Language, name: &str, id: &str) -> Vec<(PathBuf, String)> {
    let template = format!("templates/{}/", language.folder());
    let own = FILES.iter().filter_map(|(path, text)| {
        let text = text.replace(ID, id).replace(NAME, name);
        Some((PathBuf::from(path.strip_prefix(&template)?), text))
    });
    let sdk = FILES.iter().filter_map(|(path, text)| match language {
        Language::Rust => path
            .starts_with("sdk/")
            .then(|| (PathBuf::from(path), (*text).to_owned())),
        // Their templates have an SDK of their own.
        Language::JavaScript | Language::Python => {
            (*path == CONTRACT).then(|| (PathBuf::from("sdk/plugin.wit"), (*text).to_owned()))
        }
    });
    own.chain(sdk).collect()
}

/// A name that its own manifest would refuse makes no folder.
fn check(files: &[(PathBuf, String)]) -> Result<(), Failure> {
    let manifest = files.iter().find(|(path, _)| path == Path::new("plugin.toml"));
    let (_, text) = manifest.expect("each template has a manifest");
    let refused = |why: String| Failure::new(USAGE, why).hint("choose another NAME, or another --id");
    let manifest = Manifest::parse(text).map_err(|problems| refused(problems.join("\n")))?;
    reserved(&manifest.plugin.id).map_or(Ok(()), |why| Err(refused(why)))
}

fn write(folder: &Path, files: &[(PathBuf, String)]) -> Result<(), String> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().expect("it lies in the folder");
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}
