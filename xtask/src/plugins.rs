//! Builds the first-party plugins.

use anyhow::{Context, Result};

use crate::{step, tools};

/// Every folder of `plugins/` that is a plugin, in the order of their names.
const PLUGINS: [&str; 4] = ["faq", "handoff", "hello", "share"];

/// Compiles them for the sandbox and puts them into `target/plugins/<name>.wasm`.
pub fn build() -> Result<()> {
    let mut command = step::cargo();
    command.args(["build", "--quiet", "--release", "--target", tools::WASM]);
    for name in PLUGINS {
        command.args(["--package", &format!("switchboard-{name}")]);
    }
    step::run("build plugins", &mut command)?;
    let folder = step::target().join("plugins");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    for name in PLUGINS {
        let from = step::target().join(format!("{}/release/switchboard_{name}.wasm", tools::WASM));
        let to = folder.join(format!("{name}.wasm"));
        std::fs::copy(&from, &to).with_context(|| format!("copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}
