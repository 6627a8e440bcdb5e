//! `switchboard plugin check`: all that would keep a plugin from being installed, found beforehand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::build::Built;
use crate::cli::Failure;
use crate::cli::failure::{FOUND, OURS};
use crate::clock::SystemClock;
use crate::dialog;
use crate::dispatcher::chain::settings::PluginsFile;
use crate::installer::reserved;
use crate::model::amount::counted;
use crate::plugin_host::{self, Failure as CallFailure, HostOptions, Package, Packages, PluginHost};

#[derive(clap::Args)]
#[command(
    after_help = "It is started in the sandbox with the settings that `dialogs/plugins.toml` has for it, else with none. Exit \
                        code 1: something has to be put right.\n\nExample:\n  switchboard plugin check parrot"
)]
pub(crate) struct Arguments {
    /// The folder of the plugin, which is compiled first; or its package, a `.wasm` file.
    plugin: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Built { wasm, package, .. } = super::read(&arguments.plugin)?;
    let about = &package.manifest.plugin;
    println!(
        "ok      it is {} {} for contract {}",
        about.id, about.version, about.api
    );
    let mut problems = imports(&package);
    problems.extend(name(&wasm, &about.id));
    let settings = settings(&arguments.plugin, &wasm, &package)?;
    match settings {
        Ok(settings) if problems.is_empty() => problems.extend(start(&wasm, &package, &settings)?),
        Ok(_) => {}
        Err(mistakes) => problems.extend(mistakes),
    }
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        println!("problem {problem}");
    }
    let found = counted(problems.len(), "problem", "problems");
    Err(Failure::new(FOUND, format!("{} has {found}", about.id)))
}

/// Why nobody could install it under its name. What comes with this very program needs nobody to.
fn name(wasm: &[u8], id: &str) -> Option<String> {
    let is_ours = Packages::bundled().find(id).is_some_and(|ours| ours == wasm);
    let why = reserved(id).filter(|_| !is_ours)?;
    Some(format!("{why}; choose another publisher for plugin.id"))
}

/// What it imports against what it asks for.
fn imports(package: &Package) -> Vec<String> {
    let mut problems = plugin_host::undeclared(package);
    let unused = plugin_host::unused(package).into_iter();
    problems.extend(unused.map(|permission| {
        format!("the manifest asks for \"{permission}\", and nothing uses it; take it out, so that no admin is asked in vain")
    }));
    let wanted = package.manifest.wanted().into_iter();
    let future = wanted.filter(|permission| !permission.is_available());
    problems.extend(future.map(|permission| {
        format!("the manifest asks for \"{permission}\", which this release cannot grant; take it out until one can")
    }));
    if problems.is_empty() {
        let wanted = package.manifest.wanted();
        let names: Vec<&str> = wanted.iter().map(|permission| permission.name()).collect();
        let names = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        println!("ok      it asks for {names}, and imports nothing else");
    }
    problems
}

/// The settings to start with, as JSON; or what its own schema says against them.
fn settings(plugin: &Path, wasm: &[u8], package: &Package) -> Result<Result<String, Vec<String>>, Failure> {
    let mut packages = Packages::bundled();
    packages
        .add(wasm.to_vec())
        .map_err(|problems| Failure::new(FOUND, problems.join("\n")))?;
    let file = plugin.join("dialogs/plugins.toml");
    let text = if file.is_file() {
        std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?
    } else {
        dialog::alone(package)?
    };
    let read = PluginsFile::read(&text).and_then(|mut file| {
        // Where a plugin is set otherwise has a name in the world that the dialogs make, and says nothing of how it starts.
        file.plugins.iter_mut().for_each(|entry| entry.within.clear());
        let mistakes = file.mistakes(&packages);
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    });
    Ok(read.map(|file| {
        let mut entries = file.plugins.into_iter();
        let own = entries.find(|entry| entry.id == package.manifest.plugin.id);
        let config = own.map(|entry| entry.config).unwrap_or_default();
        serde_json::to_string(&config).expect("a TOML table is JSON")
    }))
}

/// Compiles it for this machine, makes an instance, and hands `init` the settings.
fn start(wasm: &[u8], package: &Package, settings: &str) -> Result<Option<String>, Failure> {
    let host = PluginHost::start(HostOptions::default(), Arc::new(SystemClock::new()))
        .map_err(|error| Failure::new(OURS, error.to_string()))?;
    let loaded = match host.load(wasm, &package.manifest.wanted()) {
        Ok(loaded) => loaded,
        Err(error) => return Ok(Some(error.to_string())),
    };
    println!("ok      it exports the handler of the contract");
    let started = host.handle().block_on(host.run(&loaded, "check", settings));
    Ok(match started {
        Ok(_) => {
            println!("ok      it starts in the sandbox with the settings {settings}");
            None
        }
        Err(failure) => Some(format!(
            "it does not start with the settings {settings}: {failure}; {}",
            remedy(&failure)
        )),
    })
}

/// What the author can do.
fn remedy(failure: &CallFailure) -> &'static str {
    match failure {
        CallFailure::Init(_) => {
            "give each setting a default in the code, or write settings into dialogs/plugins.toml for those that have none"
        }
        CallFailure::Memory { .. } => "ask for more: memory_mib in [limits] of the manifest, 512 at most",
        CallFailure::Cpu { .. } | CallFailure::Wall { .. } => "do less in init; tables can be built when compiling",
        _ => "what it wrote to standard error says where",
    }
}
