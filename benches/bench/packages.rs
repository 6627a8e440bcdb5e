//! The plugins of the benches, compiled for the sandbox.

use std::path::Path;
use std::sync::OnceLock;

use switchboard::plugin_host::Packages;

#[path = "../../xtask/src/pack.rs"]
mod pack;

/// The component, built once; its manifest names `bench/trio`.
pub fn trio() -> &'static [u8] {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let build = scratch
            .parent()
            .expect("it lies in the target folder")
            .join("plugins-build");
        let found = pack::find(&workspace.join("benches")).expect("it is there");
        let packages = pack::build(workspace, &found, &build, &scratch.join("benches")).expect("it builds");
        std::fs::read(&packages[0]).expect("it was written")
    })
}

/// The same component under another id, which wants addressed messages, all or those with one of `words`.
pub fn named(id: &str, words: &[&str]) -> Vec<u8> {
    let manifest = include_str!("../trio/plugin.toml").replace("bench/trio", id).replace(
        "messages = \"addressed\"",
        &format!("messages = \"addressed\"\nwords = {words:?}"),
    );
    let mut package = trio().to_vec();
    // Of several manifests the last one counts.
    pack::append_section(&mut package, pack::MANIFEST_SECTION, manifest.as_bytes());
    package
}

/// The three that every row runs, and so many idle ones, whose words nobody says; and `plugins.toml` for them.
pub fn chain(idle: usize) -> (Packages, String) {
    let mut packages = Packages::bundled();
    let mut settings = String::new();
    let mut add = |id: &str, role: &str, words: &[&str]| {
        packages.add(named(id, words)).expect("its manifest is sound");
        let config = format!("config = {{ role = \"{role}\" }}");
        let lines = [
            "[[plugin]]",
            &format!("id = \"{id}\""),
            "grants = [\"handoff\"]",
            "granted_to = \"bundled\"",
            &config,
        ];
        settings.extend(lines.map(|line| format!("{line}\n")));
    };
    for role in ["faq", "links", "handoff"] {
        add(&format!("bench/{role}"), role, &[]);
    }
    for number in 0..idle {
        add(&format!("bench/idle{number}"), "nothing", &[&format!("unsaid{number}")]);
    }
    (packages, settings)
}
