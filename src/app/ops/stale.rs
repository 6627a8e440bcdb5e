//! Entries that were changed since their files were written, in words: what the file says of each part, and what is stored.

use std::fmt::Write as _;

use serde_json::Value;

use super::Reply;
use crate::knowledge::files::FileEntry;
use crate::knowledge::import::begin;
use crate::model::entry::Entry;
use crate::storage::knowledge::StoredEntry;

/// Of each version so much is shown, from shortly before where they differ; the file and the console have the rest.
const VERSION_CHARS_MAX: usize = 200;

/// Of what both have in common before that: so that one sees where it is.
const BEFORE_CHARS: usize = 40;

/// Differences that are shown of an entry: one that says all else is read in full.
const PARTS_MAX: usize = 20;

const HINT: &str = "`switchboard export` writes what is stored; put the two together and apply again";

/// Nothing was applied because of them.
pub(super) fn refused(stale: &[(FileEntry, Box<StoredEntry>)]) -> Reply {
    Reply::Refused {
        message: format!("nothing was applied: entries were changed meanwhile\n{}", told(stale)),
        hint: Some(HINT.to_owned()),
    }
}

/// Nothing would be; `others` says what of the rest would.
pub(super) fn would_be_refused(stale: &[(FileEntry, Box<StoredEntry>)], others: &str) -> Reply {
    Reply::Refused {
        message: format!(
            "nothing would be applied: entries were changed meanwhile\n{}\n\nOnce that is settled:\n{others}",
            told(stale)
        ),
        hint: Some(HINT.to_owned()),
    }
}

fn told(stale: &[(FileEntry, Box<StoredEntry>)]) -> String {
    let mut lines = Vec::new();
    for (file, stored) in stale {
        let (entry, stored) = (&file.entry, &stored.entry);
        let mut text = format!(
            "{}:{}: {} was made from revision {}; stored is {}",
            file.file, file.line, entry.id, entry.rev, stored.rev
        );
        let parts = differing(entry, stored);
        for (part, in_file, stored) in parts.iter().take(PARTS_MAX) {
            let (in_file, stored) = apart(in_file, stored);
            write!(
                text,
                "\n  {part} in the file: {in_file}\n  {part} stored:      {stored}"
            )
            .expect("a string takes all");
        }
        if parts.len() > PARTS_MAX {
            write!(text, "\n  and {} more parts", parts.len() - PARTS_MAX).expect("a string takes all");
        }
        lines.push(text);
    }
    lines.join("\n")
}

/// The parts that are not the same, by their path in a file, with both versions.
fn differing(file: &Entry, stored: &Entry) -> Vec<(String, String, String)> {
    let as_written = |entry: &Entry| {
        let mut value = serde_json::to_value(entry).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            // That these differ is why it is told.
            fields.remove("rev");
        }
        value
    };
    let mut parts = Vec::new();
    compare("", &as_written(file), &as_written(stored), &mut parts);
    parts
}

fn compare(path: &str, file: &Value, stored: &Value, parts: &mut Vec<(String, String, String)>) {
    if file == stored {
        return;
    }
    let (Some(of_file), Some(of_stored)) = (file.as_object(), stored.as_object()) else {
        parts.push((path.to_owned(), line(file), line(stored)));
        return;
    };
    let mut names: Vec<&String> = of_file.keys().chain(of_stored.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let of = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
        compare(&path, &of(of_file), &of(of_stored), parts);
    }
}

fn line(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => begin(text, usize::MAX),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let texts: Vec<String> = values.iter().map(line).collect();
            texts.join(" | ")
        }
        other => other.to_string(),
    }
}

/// Both from shortly before where they differ.
fn apart(one: &str, other: &str) -> (String, String) {
    let common = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let skipped = common.count().saturating_sub(BEFORE_CHARS);
    let from = |text: &str| {
        let rest: String = text.chars().skip(skipped).collect();
        let rest = begin(&rest, VERSION_CHARS_MAX);
        if skipped > 0 { format!("…{rest}") } else { rest }
    };
    (from(one), from(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use serde_json::json;

    fn entry(answer: &str, aliases: &[&str], rev: u32) -> Entry {
        let entry = json!({"id": "costs", "question": "What does it cost?", "aliases": aliases,
            "answer": {"full": answer}, "rev": rev});
        serde_json::from_value(entry).unwrap()
    }

    #[track_caller]
    fn check(file: Entry, stored: Entry, expected: &str) {
        let file = FileEntry {
            file: "start.yaml".to_owned(),
            line: 7,
            entry: file,
        };
        let stored = StoredEntry {
            entry: stored,
            file: None,
            changed_at: Timestamp::default(),
            changed_by: None,
        };
        assert_eq!(told(&[(file, Box::new(stored))]), expected);
    }

    #[test]
    fn what_differs_is_shown_and_nothing_else() {
        check(
            entry("Nothing.", &["price"], 1),
            entry("A beer.", &["price", "fee"], 3),
            "start.yaml:7: costs was made from revision 1; stored is 3\n  \
             aliases in the file: price\n  aliases stored:      price | fee\n  \
             answer.full in the file: Nothing.\n  answer.full stored:      A beer.",
        );
    }

    #[test]
    fn of_long_texts_the_place_is_shown_where_they_part() {
        let long = "It is free software that runs on your own machine, and you pay for the machine. ".repeat(5);
        let (one, other) = apart(&format!("{long}Ask us."), &format!("{long}Ask them."));
        assert_eq!(one, "…chine, and you pay for the machine. Ask us.");
        assert_eq!(other, "…chine, and you pay for the machine. Ask them.");
    }

    #[test]
    fn what_one_of_them_lacks_is_nothing() {
        let mut file = entry("Nothing.", &[], 1);
        file.until = Some("2026-12-24".to_owned());
        check(
            file,
            entry("Nothing.", &[], 2),
            "start.yaml:7: costs was made from revision 1; stored is 2\n  \
             until in the file: 2026-12-24\n  until stored:      nothing",
        );
    }
}
