//! Python, with `CPython` inside the component.

use std::path::Path;
use std::process::Command;

use super::toolchain;

/// What is installed, with its version.
const TOOLCHAIN: &str = "componentize-py-0.25.1";

/// The same as pip calls it.
const PACKAGE: &str = "componentize-py==0.25.1";

/// The module with the class `Handler`.
const MODULE: &str = "app";

/// What its console script does; it is run so because that script holds the path of where it was installed.
const SCRIPT: &str =
    "import sys\nfrom componentize_py import script\nsys.argv[0] = \"componentize-py\"\nsys.exit(script())";

/// Where Python and pip come from.
const NEEDED: &str = "install Python, 3.10 or newer, with pip";

/// Compiles the plugin of that folder for the world in `wit`.
pub(super) fn compile(folder: &Path, wit: &Path, out: &Path) -> Result<(), String> {
    let toolchain = toolchain::folder(TOOLCHAIN, install)?;
    eprintln!("compiling with Python inside: this can take a minute or two");
    let mut python = Command::new("python3");
    python
        .current_dir(folder)
        .env("PYTHONPATH", &toolchain)
        .args(["-c", SCRIPT, "--quiet", "--world", "asked", "--wit-path"])
        .arg(wit)
        .args(["componentize", MODULE, "--python-path"])
        .arg(folder)
        .arg("--output")
        .arg(out);
    toolchain::run(&mut python, NEEDED).map_err(|problem| format!("the plugin does not build:\n{problem}"))
}

fn install(folder: &Path) -> Result<(), String> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--only-binary", ":all:", "--target"])
        .arg(folder)
        .arg(PACKAGE);
    toolchain::run(&mut pip, NEEDED)
        .map_err(|problem| format!("pip cannot install {PACKAGE}:\n{problem}\n\nhint: {NEEDED}"))
}
