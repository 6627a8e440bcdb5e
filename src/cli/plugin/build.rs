//! From a plugin's folder to its package, with cargo.

use std::path::{Path, PathBuf};

#[path = "../../../xtask/src/pack.rs"]
mod pack;

/// Compiles the plugin of that folder and packs it.
pub(super) fn package(folder: &Path) -> Result<Vec<u8>, String> {
    let folder = folder
        .canonicalize()
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let (workspace, parent) = (workspace(&folder)?, folder.parent().unwrap_or(&folder));
    let found = pack::find(parent)?;
    let plugins: Vec<_> = found.into_iter().filter(|plugin| plugin.folder == folder).collect();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let packages = pack::build(
        &workspace,
        &plugins,
        &target.join("plugins-build"),
        &target.join("plugins"),
    )?;
    let package = packages
        .first()
        .ok_or_else(|| format!("{} has no plugin.toml", folder.display()))?;
    std::fs::read(package).map_err(|error| format!("cannot read {}: {error}", package.display()))
}

/// The cargo workspace that the folder is in.
fn workspace(folder: &Path) -> Result<PathBuf, String> {
    let is_workspace = |folder: &&Path| {
        std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]"))
    };
    folder
        .ancestors()
        .find(is_workspace)
        .map(Path::to_owned)
        .ok_or_else(|| format!("{} is in no cargo workspace", folder.display()))
}
