//! Makes the one file that is given away.

use anyhow::{Context, Result};

use crate::{plugins, step, tools};

/// Builds with all optimisations and says where the file is and how large.
pub fn run() -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    step::run(
        "build switchboard (profile dist, takes some minutes)",
        step::cargo().args(["build", "--profile", "dist", "--bin", "switchboard"]),
    )?;
    let file = step::target().join("dist/switchboard");
    let bytes = std::fs::metadata(&file)
        .with_context(|| format!("look at {}", file.display()))?
        .len();
    println!("{} ({} MiB)", file.display(), bytes.div_ceil(1024 * 1024));
    Ok(())
}
