//! JavaScript, with `QuickJS` inside the component.

use std::path::Path;
use std::process::Command;

use super::toolchain;

/// What is installed, with its version.
const TOOLCHAIN: &str = "componentize-qjs-0.4.5";

const PACKAGE: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");
const SCRIPT: &str = include_str!("javascript/build.mjs");

/// The module where `package.json` names none.
const MODULE: &str = "plugin.js";

/// Where node and npm come from.
const NEEDED: &str = "install Node.js, 20 or newer, with npm";

/// Compiles the plugin of that folder for the world in `wit`.
pub(super) fn compile(folder: &Path, wit: &Path, out: &Path) -> Result<(), String> {
    let toolchain = toolchain::folder(TOOLCHAIN, install)?;
    let module = folder.join(module(folder)?);
    let mut node = Command::new("node");
    node.current_dir(&toolchain)
        .args(["--input-type=module", "--eval", SCRIPT])
        .args([&module, folder, wit, out]);
    toolchain::run(&mut node, NEEDED).map_err(|problem| {
        // The compiler begins with a colon where the error has no name.
        let problem = problem.trim_start_matches([':', ' ']);
        format!("the plugin does not build:\n{problem}")
    })
}

fn install(folder: &Path) -> Result<(), String> {
    for (file, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK)] {
        std::fs::write(folder.join(file), text).map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    toolchain::run(&mut npm, NEEDED).map_err(|problem| format!("npm cannot install {TOOLCHAIN}:\n{problem}"))
}

/// `main` of `package.json`.
fn module(folder: &Path) -> Result<String, String> {
    let file = folder.join("package.json");
    let problem = |error: String| format!("cannot read {}: {error}", file.display());
    let text = std::fs::read_to_string(&file).map_err(|error| problem(error.to_string()))?;
    let package: serde_json::Value = serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?;
    let main = package.get("main").and_then(serde_json::Value::as_str);
    Ok(main.unwrap_or(MODULE).to_owned())
}
