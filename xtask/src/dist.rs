//! Makes the one file that is given away.

use anyhow::{Context, Result};

use crate::{plugins, step, tools};

/// Builds with all optimisations and says where the file is and how large.
pub fn run() -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    step::run(
        "build switchboard (profile dist, takes some minutes)",
        step::cargo()
            .args([
                "build",
                "--profile",
                "dist",
                "--bin",
                "switchboard",
                "--target",
                &triple,
            ])
            // The C library goes inside, so that the file asks nothing of the machine it runs on. Naming the target
            // keeps the flag from build scripts and macros.
            .env("RUSTFLAGS", "-C target-feature=+crt-static"),
    )?;
    let file = step::target().join(triple).join("dist/switchboard");
    let bytes = std::fs::metadata(&file)
        .with_context(|| format!("look at {}", file.display()))?
        .len();
    println!("{} ({} MiB)", file.display(), bytes.div_ceil(1024 * 1024));
    Ok(())
}
