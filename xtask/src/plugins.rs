//! Builds the first-party plugins.

use anyhow::{Result, anyhow};

use crate::{pack, step};

/// Compiles every folder of `plugins/` that is a plugin and puts the packages into `target/plugins/<name>.wasm`.
pub fn build() -> Result<()> {
    let workspace = step::root();
    let found = pack::find(&workspace.join("plugins")).map_err(|problem| anyhow!(problem))?;
    let target = step::target();
    eprintln!("==> build {} plugins", found.len());
    let packages = pack::build(
        workspace,
        &found,
        &target.join("plugins-build"),
        &target.join("plugins"),
    );
    for package in packages.map_err(|problem| anyhow!(problem))? {
        eprintln!("  {}", package.display());
    }
    Ok(())
}
