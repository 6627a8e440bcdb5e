//! `switchboard plugin build`: from a plugin's folder to its package.
//!
//! Owns which language a folder is written in, and what is said of the package. How a language is compiled is the business of
//! one file each.

mod javascript;
mod python;
mod rust;
mod toolchain;
mod world;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::failure::FOUND;
use crate::plugin_host::{self, Manifest, Package, Permission};

#[path = "../../../../xtask/src/pack.rs"]
mod pack;

/// What the folder of a plugin holds beside its source.
const MANIFEST: &str = "plugin.toml";

/// What is to be done where a permission is used that nobody asks for.
const PERMISSIONS: &str = "each permission is a [[permission]] in plugin.toml, with a name and a why";

#[derive(clap::Args)]
#[command(
    after_help = "The package lies in target/plugins of the folder, or of the cargo workspace that the folder is in. It is \
                        one file: the component with its manifest inside.\n\nExamples:\n  switchboard plugin build parrot\n  \
                        switchboard plugin build parrot --out parrot-0.1.0.wasm"
)]
pub(crate) struct Arguments {
    /// The folder of the plugin. It is in Rust where it has a `Cargo.toml`, in JavaScript where it has a `package.json`, in
    /// Python where it has an `app.py`.
    folder: PathBuf,
    /// Where else to put the package.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A package that was just built.
pub(super) struct Built {
    pub(super) wasm: Vec<u8>,
    pub(super) package: Package,
    /// Where it lies.
    pub(super) file: PathBuf,
}

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// With cargo and the target wasm32-wasip2.
    Rust,
    /// With Node.js and npm.
    #[value(name = "javascript")]
    JavaScript,
    /// With Python and pip.
    Python,
}

impl Language {
    /// The folder of its template.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut built = folder(&arguments.folder)?;
    if let Some(out) = &arguments.out {
        let problem = |error| Failure::new(FOUND, format!("cannot write {}: {error}", out.display()));
        std::fs::write(out, &built.wasm).map_err(problem)?;
        built.file.clone_from(out);
    }
    print!("{}", summary(&built));
    for permission in plugin_host::unused(&built.package) {
        eprintln!("note: {MANIFEST} asks for \"{permission}\", and nothing uses it");
    }
    Ok(())
}

/// Checks the manifest of the plugin in that folder, compiles it and packs it.
pub(super) fn folder(folder: &Path) -> Result<Built, Failure> {
    let found = |problem: String| Failure::new(FOUND, problem);
    let shown = folder.display();
    let folder = folder
        .canonicalize()
        .map_err(|error| found(format!("cannot read {shown}: {error}")).hint("name the folder that has plugin.toml"))?;
    let manifest = manifest(&folder)?;
    let file = match language(&folder)? {
        Language::Rust => rust::build(&folder),
        Language::JavaScript => with_a_world(&folder, &manifest, javascript::compile),
        Language::Python => with_a_world(&folder, &manifest, python::compile),
    }
    .map_err(found)?;
    let wasm = std::fs::read(&file).map_err(|error| found(format!("cannot read {}: {error}", file.display())))?;
    let package = Package::read(&wasm).map_err(|problems| found(problems.join("\n")))?;
    let undeclared = plugin_host::undeclared(&package);
    if !undeclared.is_empty() {
        return Err(found(undeclared.join("\n")).hint(PERMISSIONS));
    }
    Ok(Built { wasm, package, file })
}

/// All that is wrong with it is told before anything is compiled.
fn manifest(folder: &Path) -> Result<Manifest, Failure> {
    let file = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Failure::new(FOUND, format!("cannot read {}: {error}", file.display()))
            .hint("`switchboard plugin new NAME --lang rust` makes a folder with all that a plugin needs")
    })?;
    Manifest::parse(&text).map_err(|problems| {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("{MANIFEST}: {problem}"))
            .collect();
        Failure::new(FOUND, lines.join("\n"))
    })
}

fn language(folder: &Path) -> Result<Language, Failure> {
    let signs = [
        ("Cargo.toml", Language::Rust),
        ("package.json", Language::JavaScript),
        ("pyproject.toml", Language::Python),
        ("app.py", Language::Python),
    ];
    let mut found = signs.into_iter().filter(|(file, _)| folder.join(file).is_file());
    found.next().map(|(_, language)| language).ok_or_else(|| {
        let what = format!("{} does not say what the plugin is written in", folder.display());
        let hint = "Rust has a Cargo.toml, JavaScript a package.json, Python an app.py with the class Handler";
        Failure::new(FOUND, what).hint(hint)
    })
}

/// Compiles for a world of what the manifest asks for, and packs. Answers where the package lies.
fn with_a_world(
    folder: &Path,
    manifest: &Manifest,
    compile: fn(&Path, &Path, &Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let scratch = folder.join("target/plugins-build");
    let wit = world::write(&scratch, &manifest.wanted())?;
    let compiled = scratch.join(format!("{name}.wasm"));
    compile(folder, &wit, &compiled).map_err(|problem| forgotten(manifest, &problem).unwrap_or(problem))?;
    let problem = |error| format!("cannot read {}: {error}", compiled.display());
    let mut component = std::fs::read(&compiled).map_err(problem)?;
    let file = folder.join(MANIFEST);
    let text = std::fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    pack::append_section(&mut component, pack::MANIFEST_SECTION, &text);
    let packages = folder.join("target/plugins");
    let (package, unfinished) = (
        packages.join(format!("{name}.wasm")),
        packages.join(format!("{name}.unfinished")),
    );
    std::fs::create_dir_all(&packages)
        .and_then(|()| std::fs::write(&unfinished, component))
        .and_then(|()| std::fs::rename(&unfinished, &package))
        .map_err(|error| format!("cannot write {}: {error}", package.display()))?;
    Ok(package)
}

/// That the source imports what the manifest does not ask for: the world has no such interface then, and the compiler says only that.
fn forgotten(manifest: &Manifest, problem: &str) -> Option<String> {
    let (_, found) = problem.split_once("module 'switchboard:plugin/")?;
    let (name, _) = found.split_once('\'')?;
    let import = format!("switchboard:plugin/{name}");
    let permission = Permission::of_interface(&import)?;
    let id = &manifest.plugin.id;
    (!manifest.wanted().contains(&permission)).then(|| {
        format!("{id} uses {import} but its manifest does not ask for \"{permission}\"\n\nhint: {PERMISSIONS}")
    })
}

/// What an author wants to know of a package.
fn summary(built: &Built) -> String {
    let Built { wasm, package, file } = built;
    let (wasi, ours): (Vec<_>, Vec<_>) = package.imports.iter().partition(|import| import.starts_with("wasi:"));
    let mut out = format!(
        "{}\nplugin   {} {}\nsize     {} KiB\ndigest   {}\n",
        file.display(),
        package.manifest.plugin.id,
        package.manifest.plugin.version,
        wasm.len().div_ceil(1024),
        package.digest
    );
    for import in ours {
        writeln!(out, "imports  {import}").expect("writing to a string cannot fail");
    }
    if !wasi.is_empty() {
        let count = wasi.len();
        writeln!(out, "imports  {count} of WASI, behind which there is nothing")
            .expect("writing to a string cannot fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "the plugin does not build:\nFailed to evaluate user JavaScript module: Error: Error resolving module \
                        'switchboard:plugin/kv@0.1.0' from 'plugin.js': filesystem module not found";

    #[test]
    fn a_forgotten_permission_is_named() {
        let manifest = |more: &str| {
            let head =
                "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";
            Manifest::parse(&format!("{head}{more}")).expect("it is sound")
        };
        let told = forgotten(&manifest(""), SAID).expect("kv is not asked for");
        assert!(
            told.starts_with("a/b uses switchboard:plugin/kv@0.1.0 but its manifest does not ask for \"kv\"\n\nhint: "),
            "{told}"
        );
        let asks = manifest("[[permission]]\nname = \"kv\"\nwhy = \"w\"\n");
        assert_eq!(forgotten(&asks, SAID), None);
        assert_eq!(forgotten(&asks, "the plugin does not build:\nSyntaxError"), None);
    }
}
