//! Generated files say what the program says. `cargo xtask docs` writes them anew.

use std::path::Path;

use switchboard::{cli, config};

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
