//! Builds the first-party plugins, so that the binary has them inside and `cargo build`, `test` and `clippy` need no
//! step before them.
//!
//! They are compiled into a folder of their own beside the profile's, because cargo holds its lock on that one while
//! this script runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[path = "xtask/src/pack.rs"]
mod pack;

/// `<target>/<profile>/build/<package>/out`: so many levels up lies the target folder.
const LEVELS_ABOVE_OUT: usize = 4;

fn main() {
    if let Err(problem) = run() {
        for line in problem.lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let target = out
        .ancestors()
        .nth(LEVELS_ABOVE_OUT)
        .ok_or("cargo's folders are laid out in an unknown way")?;
    let parent = workspace.join("plugins");
    for input in inputs(&parent)? {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    let found = pack::find(&parent)?;
    let packages = pack::build(&workspace, &found, &target.join("plugins-build"), &out.join("plugins"))?;
    write_table(&out.join("first_party.rs"), &found, &packages)?;
    write_author_files(&out.join("author_files.rs"), &parent)
}

/// What makes a new build necessary. Dialogs and READMEs of plugins do not.
fn inputs(parent: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(parent).map_err(|error| format!("cannot read {}: {error}", parent.display()))?;
    let mut found = vec![
        PathBuf::from("xtask/src/pack.rs"),
        parent.join("sdk"),
        parent.join("templates"),
    ];
    for folder in entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
    {
        let parts = ["src", "wit", "Cargo.toml", "plugin.toml"].map(|part| folder.join(part));
        // A file that is not there would make every build a new one.
        found.extend(parts.into_iter().filter(|part| part.exists()));
    }
    Ok(found)
}

/// A slice of names and packages for `plugin_host::first_party` to include.
fn write_table(file: &Path, found: &[pack::Plugin], packages: &[PathBuf]) -> Result<(), String> {
    let mut table = String::from("&[\n");
    for (plugin, package) in found.iter().zip(packages) {
        writeln!(
            table,
            "({:?}, include_bytes!({:?}) as &[u8]),",
            plugin.name,
            package.display().to_string()
        )
        .map_err(|error| error.to_string())?;
    }
    table.push(']');
    std::fs::write(file, table).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// What `switchboard plugin new` writes: the SDK and the templates, a slice of paths and texts.
fn write_author_files(file: &Path, parent: &Path) -> Result<(), String> {
    let mut table = String::from("&[\n");
    for path in files(&parent.join("sdk"))?
        .into_iter()
        .chain(files(&parent.join("templates"))?)
    {
        let name = path.strip_prefix(parent).map_err(|error| error.to_string())?;
        writeln!(
            table,
            "({:?}, include_str!({:?})),",
            name.display().to_string(),
            path.display().to_string()
        )
        .map_err(|error| error.to_string())?;
    }
    table.push(']');
    std::fs::write(file, table).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// All files below a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let problem = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.is_dir() {
            // What a build or a test left there is nobody's source.
            if !path.ends_with("target") && !path.ends_with("__pycache__") && !path.ends_with("node_modules") {
                found.extend(files(&path)?);
            }
        } else if path.file_name().is_none_or(|name| name != "Cargo.lock") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("cargo did not set {name}"))
}
