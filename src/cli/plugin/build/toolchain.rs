//! Compilers of other languages: installed once for each version into the user's cache, and run.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the toolchain `name`, which carries its version. `install` fills it where it is not there yet.
pub(super) fn folder(name: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let folder = home().join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    eprintln!("installing {name} into {}, once for all plugins", folder.display());
    let unfinished = home().join(format!("{name}.{}.unfinished", std::process::id()));
    let problem = |error: std::io::Error| format!("cannot make {}: {error}", unfinished.display());
    std::fs::create_dir_all(&unfinished).map_err(problem)?;
    let installed = install(&unfinished).and_then(|()| std::fs::rename(&unfinished, &folder).map_err(problem));
    if installed.is_err() {
        // It may stay behind; the next try makes another.
        let _ = std::fs::remove_dir_all(&unfinished);
        // Somebody else may have installed it meanwhile.
        if !folder.is_dir() {
            installed?;
        }
    }
    Ok(folder)
}

/// Runs a step of a build. What it says is shown only where it fails; `needed` is where a missing program comes from.
pub(super) fn run(command: &mut Command, needed: &str) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("there is no {program}\n\nhint: {needed}"),
            _ => format!("cannot start {program}: {error}"),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [&output.stdout[..], &output.stderr].concat();
    Err(String::from_utf8_lossy(&said).trim().to_owned())
}

/// Where the system keeps what can be had again.
fn home() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("switchboard")
}
