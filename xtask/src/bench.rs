//! Runs the benches, one after the other, so that they do not disturb each other.

use anyhow::{Context, Result, bail};

use crate::{plugins, step, tools};

/// Every file of `benches/`; their rows go to standard output.
pub fn run(short: bool) -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(step::root().join("benches")).context("list benches")? {
        let path = entry.context("list benches")?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().context("a bench has a name")?;
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    if names.is_empty() {
        bail!("there are no benches");
    }
    for name in &names {
        let mut command = step::cargo();
        command.args(["bench", "--quiet", "--bench", name, "--"]);
        if short {
            command.arg("--short");
        }
        step::run(&format!("bench {name}"), &mut command)?;
    }
    Ok(())
}
