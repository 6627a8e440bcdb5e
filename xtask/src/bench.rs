//! Runs the benches, each in a process of its own, so that they disturb each other neither in time nor in memory.

use std::path::{Path, absolute};

use anyhow::{Context as _, Result};

use crate::{plugins, step, tools};

/// In the order in which they run; `benches/bench/main.rs` knows them by these names.
const BENCHES: [&str; 7] = ["chain", "stall", "path", "program", "storage", "knowledge", "telegram"];

/// The benches named, or all; their rows go to standard output. The folder of a sentence model is for the one that asks questions.
pub fn run(names: &[String], short: bool, model: Option<&Path>) -> Result<()> {
    tools::ensure_rust()?;
    let model = model
        .map(absolute)
        .transpose()
        .context("the model's folder is no path")?;
    plugins::build()?;
    let all: Vec<String> = BENCHES.iter().map(|&name| name.to_owned()).collect();
    for name in if names.is_empty() { &all } else { names } {
        let mut command = step::cargo();
        command.args(["bench", "--quiet", "--bench", "bench"]);
        if let Some(model) = model.as_deref().filter(|_| name == "knowledge") {
            command
                .args(["--features", "embeddings"])
                .env("SWITCHBOARD_MODEL", model);
        }
        if short {
            // What the tests have built already will do to show that a bench runs.
            command.args(["--profile", "dev", "--", name, "--short"]);
        } else {
            command.args(["--", name]);
        }
        step::run(&format!("bench {name}"), &mut command)?;
    }
    Ok(())
}
