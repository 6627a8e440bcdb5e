//! Looks for the tools that a step needs, and installs what can be installed without asking.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step;

/// What plugins are compiled for.
pub const WASM: &str = "wasm32-wasip2";

/// Where Debian and Ubuntu, and others, put the browser.
const BROWSERS: [&str; 4] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
];

/// A C compiler and the wasm target of this toolchain.
pub fn ensure_rust() -> Result<()> {
    if !step::exists("cc") {
        bail!("there is no C compiler\n\nhint: install one, for example: sudo apt-get install build-essential");
    }
    if wasm_is_installed()? {
        return Ok(());
    }
    if !step::exists("rustup") {
        bail!("the target {WASM} is missing and there is no rustup\n\nhint: install Rust from https://rustup.rs");
    }
    step::run(
        &format!("rustup target add {WASM}"),
        Command::new("rustup")
            .args(["target", "add", WASM])
            .current_dir(step::root()),
    )
}

fn wasm_is_installed() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .current_dir(step::root())
        .stdin(Stdio::null())
        .output()
        .context("start rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success() && PathBuf::from(folder).is_dir())
}

/// The fuzzer, which compiles its own loop.
pub fn ensure_fuzzer() -> Result<()> {
    if !step::exists("c++") {
        bail!("there is no C++ compiler\n\nhint: install one, for example: sudo apt-get install build-essential");
    }
    // Cargo answers also where the part is missing, but not well.
    let found = step::cargo()
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    step::run(
        "cargo install cargo-fuzz",
        step::cargo().args(["install", "--locked", "--quiet", "cargo-fuzz"]),
    )
}

/// Node, the packages of the browser tests and a Chromium. Gives the browser's path.
pub fn ensure_browser() -> Result<PathBuf> {
    ensure_node()?;
    if browser().is_none() {
        install(&["chromium", "fonts-noto-core"])?;
    }
    let folder = step::root().join("tests/browser");
    step::run(
        "npm ci (tests/browser)",
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .stdin(Stdio::null())
            .current_dir(folder),
    )?;
    browser().context("no Chromium was found after installing it")
}

/// Node and its package manager.
pub fn ensure_node() -> Result<()> {
    if step::exists("node") && step::exists("npm") {
        return Ok(());
    }
    install(&["nodejs", "npm"])
}

fn browser() -> Option<PathBuf> {
    BROWSERS.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Installs packages of the system: as root with apt-get, else by asking.
pub fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !step::exists("apt-get") || !is_root() {
        bail!(
            "{list} is missing\n\nhint: sudo apt-get install {list}; or run the tests without what needs it: cargo xtask test \
             --no-browser --no-peers"
        );
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command
    };
    step::run("apt-get update", apt().args(["-q", "update"]))?;
    step::run(
        &format!("apt-get install {list}"),
        apt()
            .args(["-q", "-y", "--no-install-recommends", "install"])
            .args(packages),
    )
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
