//! Taste, executed: arrows between folders, sizes, forbidden names and forbidden shortcuts.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A file this long cannot be held in the head.
const FILE_LINES_MAX: usize = 700;

/// A function this long does more than one thing.
const FUNCTION_LINES_MAX: usize = 70;

/// Which folder of `src/` may import which; `ARCHITECTURE.md` shows the same table.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("secret", &[]),
    ("supervisor", &[]),
    ("telemetry", &[]),
    ("connectors", &["model"]),
    ("storage", &["model", "connectors"]),
    ("plugin_host", &[]),
    ("http", &[]),
    ("outbox", &["model", "storage", "connectors"]),
    ("jobs", &["model", "storage"]),
    ("calls", &["model", "storage"]),
    (
        "dispatcher",
        &["model", "storage", "plugin_host", "outbox", "connectors"],
    ),
    ("knowledge", &["model", "storage", "jobs", "dispatcher"]),
    ("language_model", &["model", "storage", "dispatcher"]),
    ("handoff", &["model", "storage", "outbox", "jobs", "dispatcher"]),
    ("calendar", &["model", "storage", "outbox", "jobs", "dispatcher"]),
    ("person", &["model", "storage", "dispatcher"]),
    ("help", &["model", "storage", "dispatcher"]),
    (
        "webhooks",
        &["model", "storage", "connectors", "plugin_host", "dispatcher"],
    ),
    ("installer", &["model", "storage", "plugin_host", "dispatcher"]),
    (
        "console",
        &[
            "model",
            "storage",
            "connectors",
            "plugin_host",
            "outbox",
            "dispatcher",
            "knowledge",
            "handoff",
            "calendar",
            "person",
            "installer",
            "webhooks",
        ],
    ),
    (
        "config",
        &[
            "model",
            "connectors",
            "storage",
            "outbox",
            "jobs",
            "dispatcher",
            "plugin_host",
            "http",
            "knowledge",
            "console",
            "installer",
            "language_model",
        ],
    ),
    (
        "app",
        &[
            "model",
            "connectors",
            "storage",
            "outbox",
            "jobs",
            "calls",
            "dispatcher",
            "plugin_host",
            "http",
            "knowledge",
            "handoff",
            "calendar",
            "person",
            "help",
            "console",
            "config",
            "installer",
            "language_model",
            "webhooks",
        ],
    ),
    (
        "dialog",
        &[
            "model",
            "connectors",
            "storage",
            "outbox",
            "jobs",
            "dispatcher",
            "plugin_host",
            "knowledge",
            "calendar",
            "person",
            "installer",
            "app",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "connectors",
            "storage",
            "outbox",
            "jobs",
            "dispatcher",
            "plugin_host",
            "http",
            "knowledge",
            "handoff",
            "calendar",
            "console",
            "config",
            "app",
            "dialog",
            "installer",
        ],
    ),
];

/// Usable everywhere.
const EVERYWHERE: &[&str] = &["clock", "secret", "supervisor", "telemetry"];

/// Files that may be longer or hold a longer function, each with its reason.
const LONGER: &[(&str, &str)] = &[(
    "benches/bench/bare_sqlite.rs",
    "the bare rows stand in one place, to be read beside ours",
)];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "common", "misc", "types", "manager"];

/// Words that no file may hold, and where they may stand all the same.
const FORBIDDEN: &[(&str, &[&str])] = &[
    // Where a server or a compiler from elsewhere is needed: `cargo xtask test` runs them, and fails when one was left out.
    (
        "#[ignore",
        &[
            "tests/it/peers/authors.rs",
            "tests/it/peers/discord.rs",
            "tests/it/peers/guides.rs",
            "tests/it/peers/init.rs",
            "tests/it/peers/readme.rs",
            "tests/it/peers/telegram.rs",
        ],
    ),
    ("#[should_panic", &[]),
    ("thread::sleep(", &[]),
    ("TODO", &[]),
    ("FIXME", &[]),
    ("todo!(", &[]),
    ("dbg!(", &[]),
];

struct Source {
    /// From the root of the repository.
    path: String,
    text: String,
}

#[test]
fn imports_follow_the_arrows() {
    let mut problems = String::new();
    for source in sources("src") {
        let Some(folder) = folder_of(&source.path) else {
            continue;
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == folder) else {
            let _ = writeln!(
                problems,
                "{}: the folder {folder} is not in the table of arrows",
                source.path
            );
            continue;
        };
        for target in imports(&source.text) {
            if target != folder && !EVERYWHERE.contains(&target.as_str()) && !allowed.contains(&target.as_str()) {
                let _ = writeln!(problems, "{}: {folder} must not import {target}", source.path);
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn files_and_functions_can_be_held_in_the_head() {
    let mut problems = String::new();
    for source in all_sources() {
        if LONGER.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            let _ = writeln!(problems, "{}: {lines} lines", source.path);
        }
        for (line, length) in long_functions(&source.text) {
            let _ = writeln!(problems, "{}:{line}: a function of {length} lines", source.path);
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn exceptions_are_still_needed() {
    let all = all_sources();
    for (path, reason) in LONGER {
        let source = all
            .iter()
            .find(|source| source.path == *path)
            .unwrap_or_else(|| panic!("{path} is excepted ({reason}) but not there"));
        let long = source.text.lines().count() > FILE_LINES_MAX || !long_functions(&source.text).is_empty();
        assert!(long, "{path} is excepted ({reason}) but short enough");
    }
}

#[test]
fn names_say_what_is_inside() {
    for source in all_sources() {
        let path = Path::new(&source.path);
        for part in path.components().map(|part| part.as_os_str().to_string_lossy()) {
            let name = part.trim_end_matches(".rs");
            assert!(!EMPTY_NAMES.contains(&name), "{}: {name} says nothing", source.path);
        }
    }
}

#[test]
fn shortcuts_are_not_taken() {
    let mut problems = String::new();
    for source in all_sources().iter().filter(|source| source.path != "tests/it/tidy.rs") {
        for (word, except) in FORBIDDEN {
            if source.text.contains(word) && !except.contains(&source.path.as_str()) {
                let _ = writeln!(problems, "{}: {word}", source.path);
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn tests_wait_on_a_signal_not_on_time() {
    for source in sources("tests") {
        let sleeps = source.text.contains("time::sleep(") && source.path != "tests/it/tidy.rs";
        assert!(!sleeps, "{}: wait on a signal or move the clock", source.path);
    }
}

#[test]
fn sql_stands_in_storage_alone() {
    for source in sources("src") {
        let inside = source.path.starts_with("src/storage/sqlite");
        let sql = ["SELECT ", "INSERT INTO ", "DELETE FROM "]
            .iter()
            .any(|word| source.text.contains(word));
        assert!(inside || !sql, "{}: SQL belongs into src/storage/sqlite", source.path);
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let folder = root().join("src/storage/migrations/sqlite");
    let mut numbers: Vec<usize> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy()[..4].parse().unwrap())
        .collect();
    numbers.sort_unstable();
    let expected: Vec<usize> = (1..=numbers.len()).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn every_module_says_what_it_owns() {
    for source in sources("src") {
        assert!(
            source.text.starts_with("//!"),
            "{}: there is no module doc",
            source.path
        );
    }
}

/// The folder or file directly below `src/`; none for the crate's roots.
fn folder_of(path: &str) -> Option<String> {
    let rest = path.strip_prefix("src/")?;
    let first = rest.split('/').next()?.trim_end_matches(".rs");
    (!matches!(first, "lib" | "main")).then(|| first.to_owned())
}

/// The modules behind each `crate::`, also within braces.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (position, _) in line.match_indices("crate::") {
            let own = line[..position].chars().next_back();
            if own.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == '$') {
                continue;
            }
            let rest = &line[position + "crate::".len()..];
            let names = rest.trim_start_matches('{').split(", ");
            let braced = rest.starts_with('{');
            for name in names.take(if braced { usize::MAX } else { 1 }) {
                let name: String = name
                    .chars()
                    .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                    .collect();
                if name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                    found.push(name);
                }
            }
        }
    }
    found
}

/// First line and length of each function that is too long. Relies on rustfmt: a body ends at its own indent.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if !begins_function(line.trim_start()) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some(body) = lines[number..].iter().position(|line| line.ends_with(['{', ';', '}'])) else {
            continue;
        };
        if !lines[number + body].ends_with('{') {
            continue;
        }
        let end = format!("{indent}}}");
        let length = lines[number..].iter().position(|line| *line == end).unwrap_or(0);
        if length > FUNCTION_LINES_MAX {
            found.push((number + 1, length));
        }
    }
    found
}

fn begins_function(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words
        .find(|word| !(word.starts_with("pub") || matches!(*word, "const" | "async" | "unsafe" | "in" | "super)")))
        .is_some_and(|word| word == "fn")
}

fn all_sources() -> Vec<Source> {
    ["src", "tests", "benches", "xtask", "plugins"]
        .iter()
        .flat_map(|folder| sources(folder))
        .collect()
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(Source {
                path: path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
