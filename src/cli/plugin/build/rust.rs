//! Rust, with the cargo that is installed.

use std::path::{Path, PathBuf};

use super::pack;

/// Compiles the plugin of that folder and packs it. Answers where the package lies.
pub(super) fn build(folder: &Path) -> Result<PathBuf, String> {
    let (workspace, parent) = (workspace(folder), folder.parent().unwrap_or(folder));
    let found = pack::find(parent)?;
    let plugins: Vec<_> = found.into_iter().filter(|plugin| plugin.folder == folder).collect();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let packages = pack::build(
        workspace,
        &plugins,
        &target.join("plugins-build"),
        &target.join("plugins"),
    )?;
    let package = packages.into_iter().next();
    package.ok_or_else(|| format!("{} has no plugin.toml", folder.display()))
}

/// The cargo workspace that the folder is in, else the folder, as cargo sees it.
fn workspace(folder: &Path) -> &Path {
    let is_workspace = |folder: &&Path| {
        std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]"))
    };
    folder.ancestors().find(is_workspace).unwrap_or(folder)
}
