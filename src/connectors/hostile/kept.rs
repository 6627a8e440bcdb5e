//! Plays the files that are kept for the tests: payloads as platforms document them, and what the fuzzer found.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::event::Source;
use crate::model::{Event, EventBody};

/// As a connector's `hostile` offers it.
type Hear = fn(&[u8]) -> Vec<Event>;

/// Plays what is kept of a fuzz target, and answers the kinds of events that came of it.
pub(in crate::connectors) fn replay(target: &str, hear: Hear) -> BTreeSet<&'static str> {
    let files = files(&Path::new("fuzz").join(target)).into_iter();
    let heard = files.flat_map(|path| {
        // Shown where one fails.
        println!("{}", path.display());
        hear(&fs::read(&path).unwrap())
    });
    heard.map(|event| event.body.kind()).collect()
}

/// What the documented payloads of a platform become: a line for each event.
pub(in crate::connectors) fn fixtures(platform: &str, hear: Hear) -> String {
    let mut out = String::new();
    for path in files(Path::new(platform)) {
        let events = hear(&fs::read(&path).unwrap());
        let name = path.file_stem().unwrap().to_string_lossy();
        if events.is_empty() {
            writeln!(out, "{name}: nothing").unwrap();
        }
        for event in events {
            writeln!(out, "{name}: {}", line(&event)).unwrap();
        }
    }
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let found = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.sort();
    files
}

fn line(event: &Event) -> String {
    let Source::Platform { place, author, .. } = &event.source else {
        panic!("a platform told it: {event:?}");
    };
    let who = author.as_ref().map_or("nobody", |author| author.name.as_str());
    let head = format!("{} by {who:?} in {:?}", event.body.kind(), place.name);
    let rest = match &event.body {
        EventBody::Message(said) | EventBody::Edited(said) => {
            let answers = said.reply_to.as_ref().map(|answered| format!(", to {}", answered.id));
            let text = said.content.to_plain();
            format!(", {:?}{}: {text:?}", said.addressed, answers.unwrap_or_default())
        }
        EventBody::Deleted { message } => format!(": {}", message.id),
        EventBody::Reaction { emoji, added, .. } => format!(": {}{emoji}", if *added { '+' } else { '-' }),
        EventBody::Command { name, options, .. } => format!(": /{name} {options:?}"),
        EventBody::Press { button, values, .. } => format!(": {button} {values:?}"),
        EventBody::Member { change } => format!(": {change:?}"),
        EventBody::Moved { to } => format!(": {}", to.native.id),
        other => format!(": {other:?}"),
    };
    head + &rest
}
