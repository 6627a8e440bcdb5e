//! Asks the knowledge base the questions of question sets, in the build that users get.

use std::path::{Path, absolute};

use anyhow::{Context as _, Result};

use crate::{step, tools};

/// Writes `out/<set>.jsonl` for each set below `data`; with a sentence model if one is named.
pub fn run(data: &Path, budget: u32, out: &Path, model: Option<&Path>) -> Result<()> {
    tools::ensure_rust()?;
    let whole = |path: &Path| absolute(path).with_context(|| format!("{} is no path", path.display()));
    let mut command = step::cargo();
    command.args(["bench", "--quiet", "--bench", "answers"]);
    if model.is_some() {
        command.args(["--features", "embeddings"]);
    }
    command.args(["--", "--budget", &budget.to_string()]);
    command.arg("--data").arg(whole(data)?);
    command.arg("--out").arg(whole(out)?);
    if let Some(model) = model {
        command.arg("--model").arg(whole(model)?);
    }
    step::run("ask the questions", &mut command)
}
