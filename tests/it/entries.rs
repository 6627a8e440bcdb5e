//! What `docs/entries.md` says of entries in files holds: its examples are read, and its table has every field and limit.

use std::path::Path;

use serde_json::Value;
use switchboard::knowledge::check;
use switchboard::knowledge::files::{File, FileEntry, read, write};
use switchboard::model::Timestamp;
use switchboard::storage::knowledge::StoredEntry;

use crate::support::program::{check as check_done, done, prepared};

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/entries.md")).unwrap()
}

/// All examples of the page as one file, as they stand there.
fn examples(page: &str) -> Vec<FileEntry> {
    let blocks = page.split("\n```yaml\n").skip(1);
    let text: String = blocks.map(|rest| rest.split("```").next().unwrap()).collect();
    let name = "entries.yaml".to_owned();
    read(&[File { name, text }]).unwrap()
}

/// The names of all fields of an entry, with the tables that they are in.
fn fields(value: &Value, within: &str, names: &mut Vec<String>) {
    for (name, value) in value.as_object().unwrap() {
        let name = format!("{within}{name}");
        match value {
            // Languages are no fields, and what is in them is as in the entry itself.
            Value::Object(_) if name != "translations" => fields(value, &format!("{name}."), names),
            Value::Array(items) if items[0].is_object() => fields(&items[0], &format!("{name}."), names),
            _ => {}
        }
        names.push(name);
    }
}

#[test]
fn the_examples_of_the_page_are_read_and_come_back_from_an_export() {
    let entries = examples(&page());
    assert_eq!(entries.len(), 2);
    let stored: Vec<StoredEntry> = entries
        .iter()
        .map(|read| StoredEntry {
            entry: read.entry.clone(),
            file: Some(read.file.clone()),
            changed_at: Timestamp::default(),
            changed_by: None,
        })
        .collect();
    let again = read(&write(&stored).unwrap()).unwrap();
    let entries = |read: &[FileEntry]| read.iter().map(|read| read.entry.clone()).collect::<Vec<_>>();
    assert_eq!(entries(&again), entries(&examples(&page())));
}

#[test]
fn the_table_of_the_page_has_every_field() {
    let page = page();
    let whole = serde_json::to_value(&examples(&page)[1].entry).unwrap();
    let mut names = Vec::new();
    fields(&whole, "", &mut names);
    for name in names.iter().filter(|name| *name != "channels") {
        assert!(page.contains(&format!("\n| `{name}` |")), "{name}");
    }
}

#[test]
fn the_limits_of_the_page_are_those_of_the_program() {
    let page = page();
    for (field, limit) in [
        ("id", format!("at most {} |", check::ID_CHARS_MAX)),
        (
            "question",
            format!("at most {} characters |", check::QUESTION_CHARS_MAX),
        ),
        ("aliases", format!("at most {}, each", check::ALIASES_MAX)),
        ("answer", format!("at most {} KiB |", check::FULL_BYTES_MAX / 1024)),
        (
            "answer.short",
            format!("at most {} characters |", check::SHORT_CHARS_MAX),
        ),
        ("credit", format!("at most {} characters |", check::CREDIT_CHARS_MAX)),
        ("owner", format!("at most {} characters |", check::OWNER_CHARS_MAX)),
        (
            "escalate_to",
            format!("at most {} characters |", check::QUEUE_CHARS_MAX),
        ),
        ("answer.steps", format!("at most {} |", check::LIST_MAX)),
        ("sources", format!("at most {} |", check::LIST_MAX)),
        ("related", format!("at most {} ids", check::LIST_MAX)),
        ("translations", format!("at most {} languages", check::TRANSLATIONS_MAX)),
        ("channels.only", format!("at most {} words", check::CHANNELS_MAX)),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{field}` |")));
        assert!(row.is_some_and(|row| row.contains(&limit)), "{field}: {limit}");
    }
}

#[test]
fn files_in_folders_come_in_and_go_out_again_where_they_lie() {
    let folder = prepared();
    let write = |name: &str, text: &str| {
        let path = folder.path().join("in/knowledge").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "help/ways.yaml",
        "- {id: way, question: Where is it?, answer: Behind the hall.}\n",
    );
    check_done(&done(folder.path(), &["apply", "in"]), 0, "entry way, new");
    check_done(
        &done(folder.path(), &["export", "out"]),
        0,
        "out/knowledge/help/ways.yaml",
    );
    check_done(&done(folder.path(), &["apply", "out"]), 0, "0 new, 0 changed");

    // What is moved goes out where it lies now, and is there once.
    let within = folder.path().join("in/knowledge");
    std::fs::rename(within.join("help/ways.yaml"), within.join("ways.yaml")).unwrap();
    let moved = "entry way, moved to ways.yaml";
    check_done(&done(folder.path(), &["apply", "in", "--dry-run"]), 0, moved);
    check_done(&done(folder.path(), &["apply", "in"]), 0, moved);
    let again = done(folder.path(), &["apply", "in"]);
    check_done(&again, 0, "0 new, 0 changed, 1 as stored");
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(!said.contains("moved"), "{said}");
    check_done(&done(folder.path(), &["export", "in"]), 0, "in/knowledge/ways.yaml");
    assert!(!within.join("help/ways.yaml").exists());

    write(
        "help/ways.yaml",
        "- id: way\n  question: Note: where?\n  answer: Behind.\n",
    );
    write("more.yaml", "- id: more\n  qestion: Where?\n  answer: Here.\n");
    let refused = done(folder.path(), &["apply", "in"]);
    for mistake in [
        "help/ways.yaml:2:17: a text without quotes may not have a colon",
        "more.yaml:2:3: qestion is not known (did you mean question?)",
    ] {
        check_done(&refused, 1, mistake);
    }
}
