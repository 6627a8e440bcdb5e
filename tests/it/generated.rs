//! Generated files say what the program says. `cargo xtask docs` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use switchboard::{cli, config, plugin_host};

#[track_caller]
fn check(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("SWITCHBOARD_REWRITE").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{file} is stale: run `cargo xtask docs`");
}

#[test]
fn the_full_configuration_lists_every_option() {
    check("config/switchboard.full.toml", &config::reference::full_toml());
}

#[test]
fn the_schema_knows_every_option() {
    check("config/switchboard.schema.json", &config::reference::schema_file());
}

#[test]
fn the_page_of_options_lists_every_option() {
    check("docs/configuration.md", &config::reference::page());
}

#[test]
fn the_page_of_commands_lists_every_command() {
    check("docs/cli.md", &cli::reference::page());
}

#[test]
fn the_page_of_the_manifest_lists_every_key() {
    check("docs/plugins/manifest.md", &plugin_host::reference::manifest_page());
}

#[test]
fn the_page_of_the_contract_lists_every_type() {
    check("docs/plugins/contract.md", &plugin_host::reference::contract_page());
}

/// What was learned, and from which files: their SHA-256.
#[derive(Deserialize)]
struct Made {
    sha256: String,
    from: BTreeMap<String, String>,
}

/// Learning takes too long for a test, so it looks at whether anything was changed since.
#[test]
fn what_was_learned_was_learned_by_the_scripts_as_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = std::fs::read_to_string(folder.join("xtask/training/made.toml")).unwrap();
    let made: BTreeMap<String, Made> = toml::from_str(&list).unwrap();
    assert!(!made.is_empty());
    for (file, made) in made {
        for (name, recorded) in made.from.iter().chain([(&file, &made.sha256)]) {
            let found = hex::encode(Sha256::digest(std::fs::read(folder.join(name)).unwrap()));
            assert!(
                found == *recorded,
                "{name} is {found} by now: make {file} anew as its script says, and write so into xtask/training/made.toml"
            );
        }
    }
}
