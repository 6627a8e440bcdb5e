//! The newcomer's command: from a fresh clone to a program that answers.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{plugins, step, tools};

/// Builds what is missing, then becomes `switchboard run`, so that Ctrl-C reaches it directly.
pub fn run(arguments: &[String]) -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    step::run(
        "build switchboard (the first time takes some minutes)",
        step::cargo().args(["build", "--bin", "switchboard"]),
    )?;
    let binary = step::target().join("debug/switchboard");
    eprintln!("==> switchboard run {}", arguments.join(" "));
    let error = Command::new(&binary).arg("run").args(arguments).exec();
    Err(error).with_context(|| format!("start {}", binary.display()))
}
