//! Compiles plugin folders for the sandbox and packs each manifest into its component.
//!
//! `cargo xtask plugins` calls it, `switchboard plugin`, the build script of the host, and the tests that need hostile plugins. So it uses
//! nothing but the standard library and never prints: progress is the caller's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What plugins are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// The custom section that holds the manifest.
pub const MANIFEST_SECTION: &str = "switchboard:manifest";

/// One folder with a plugin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plugin {
    /// The folder's name, which names the package file, too.
    pub name: String,
    /// Where it lies.
    pub folder: PathBuf,
}

/// The plugins under `parent`, by name: each folder with a manifest.
pub fn find(parent: &Path) -> Result<Vec<Plugin>, String> {
    let entries = fs::read_dir(parent).map_err(|error| format!("cannot read {}: {error}", parent.display()))?;
    let mut found: Vec<Plugin> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|folder| folder.join("plugin.toml").is_file())
        .filter_map(|folder| {
            let name = folder.file_name()?.to_str()?.to_owned();
            Some(Plugin { name, folder })
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Compiles the plugins with one run of cargo and packs each into `<packages>/<name>.wasm`. `build` is cargo's folder
/// for this; it must not be the one of a cargo that waits for us. Returns the packages in the order of `plugins`.
pub fn build(workspace: &Path, plugins: &[Plugin], build: &Path, packages: &Path) -> Result<Vec<PathBuf>, String> {
    if plugins.is_empty() {
        return Ok(Vec::new());
    }
    compile(workspace, plugins, build)?;
    fs::create_dir_all(packages).map_err(|error| format!("cannot create {}: {error}", packages.display()))?;
    plugins.iter().map(|plugin| pack(plugin, build, packages)).collect()
}

fn compile(workspace: &Path, plugins: &[Plugin], build: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args(["build", "--quiet", "--profile", "plugin", "--target", TARGET])
        // A folder from elsewhere may know no such profile.
        .args(["--config", "profile.plugin.inherits=\"release\""]);
    command.arg("--target-dir").arg(build);
    for plugin in plugins {
        command.arg("--package").arg(crate_name(plugin)?);
    }
    // What an outer cargo, clippy or coverage run sets is meant for the host, not for plugins.
    for name in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "TARGET",
    ] {
        command.env_remove(name);
    }
    let output = command
        .output()
        .map_err(|error| format!("cannot start cargo: {error}\n\nhint: install Rust from https://rustup.rs"))?;
    if output.status.success() {
        return Ok(());
    }
    let problem = String::from_utf8_lossy(&output.stderr);
    let hint = if problem.contains("can't find crate for `core`") || problem.contains("target may not be installed") {
        "\n\nhint: run `rustup target add wasm32-wasip2`; in Switchboard's own repository `cargo xtask plugins` does it for you"
    } else {
        ""
    };
    Err(format!("the plugins do not build:\n{problem}{hint}"))
}

/// Appends the manifest and moves the package to its place in one step.
fn pack(plugin: &Plugin, build: &Path, packages: &Path) -> Result<PathBuf, String> {
    let file = format!("{}.wasm", crate_name(plugin)?.replace('-', "_"));
    let compiled = build.join(TARGET).join("plugin").join(file);
    let mut component = fs::read(&compiled).map_err(|error| format!("cannot read {}: {error}", compiled.display()))?;
    let manifest = plugin.folder.join("plugin.toml");
    let manifest = fs::read(&manifest).map_err(|error| format!("cannot read {}: {error}", manifest.display()))?;
    append_section(&mut component, MANIFEST_SECTION, &manifest);

    let package = packages.join(format!("{}.wasm", plugin.name));
    let unfinished = package.with_extension("unfinished");
    fs::write(&unfinished, component)
        .and_then(|()| fs::rename(&unfinished, &package))
        .map_err(|error| format!("cannot write {}: {error}", package.display()))?;
    Ok(package)
}

/// Appends a custom section, as the component binary format says: id 0, size, name, bytes.
pub fn append_section(component: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let mut body = Vec::with_capacity(name.len() + bytes.len() + 5);
    write_leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(bytes);
    component.push(0);
    write_leb128(component, body.len());
    component.extend_from_slice(&body);
}

fn write_leb128(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits fit");
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The `name = "…"` of the folder's Cargo.toml.
fn crate_name(plugin: &Plugin) -> Result<String, String> {
    let file = plugin.folder.join("Cargo.toml");
    let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    text.lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| format!("{} names no package", file.display()))
}
