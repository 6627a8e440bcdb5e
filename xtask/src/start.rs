//! The newcomer's commands: from a fresh clone to a program that answers, or to one that is set up first.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{plugins, step, tools};

/// Builds what is missing, then becomes this command of `switchboard`, so that it has the terminal and Ctrl-C.
pub fn run(command: &str, arguments: &[String]) -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    step::run(
        "build switchboard (the first time takes some minutes)",
        step::cargo().args(["build", "--bin", "switchboard"]),
    )?;
    let binary = step::target().join("debug/switchboard");
    let words = [&[command.to_owned()], arguments].concat().join(" ");
    eprintln!("==> switchboard {words} (where it says `switchboard`, write `cargo xtask`)");
    let error = Command::new(&binary).arg(command).args(arguments).exec();
    Err(error).with_context(|| format!("start {}", binary.display()))
}
