//! Reads all files of entries: what is wrong in any of them, and between them, at once.

use std::collections::{HashMap, HashSet};

use super::read::read_file;
use super::{File, FileEntry, Problem};
use crate::knowledge::check::similar;
use crate::model::ids::EntryId;

/// Problems of one file that are shown; who has mended these looks again.
const SHOWN_MAX: usize = 20;

/// Reads all files.
///
/// # Errors
///
/// Every problem of every file, in the order of files and lines.
pub fn read(files: &[File]) -> Result<Vec<FileEntry>, Vec<Problem>> {
    read_beside(files, &[])
}

/// The same where these entries are there already: files may name them.
///
/// # Errors
///
/// Everything that is wrong.
pub fn read_beside(files: &[File], stored: &[EntryId]) -> Result<Vec<FileEntry>, Vec<Problem>> {
    let (mut entries, mut unread, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let mut read = read_file(file);
        entries.append(&mut read.entries);
        unread.append(&mut read.unread);
        problems.append(&mut read.problems);
    }
    problems.extend(between(&entries, &unread, stored));
    if problems.is_empty() {
        return Ok(entries);
    }
    let order: HashMap<&str, usize> = files.iter().map(|file| file.name.as_str()).zip(0..).collect();
    problems.sort_by_key(|problem| (order.get(problem.file.as_str()).copied(), problem.line));
    Err(problems)
}

/// The first problems of each file, a line each, and how many more it has.
pub fn told(problems: &[Problem]) -> Vec<String> {
    let mut lines = Vec::new();
    for of_file in problems.chunk_by(|one, next| one.file == next.file) {
        lines.extend(of_file.iter().take(SHOWN_MAX).map(ToString::to_string));
        let more = of_file.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            lines.push(format!("{}: and {more} more", of_file[0].file));
        }
    }
    lines
}

/// What no file can see alone: ids given twice, related entries that are nowhere.
fn between(entries: &[FileEntry], unread: &[EntryId], stored: &[EntryId]) -> Vec<Problem> {
    let mut seen: HashMap<&EntryId, &FileEntry> = HashMap::new();
    let mut problems = Vec::new();
    let problem = |of: &FileEntry, what: String, hint: Option<String>| Problem {
        file: of.file.clone(),
        line: of.line,
        column: 1,
        what,
        hint,
    };
    // One without an id is told where it stands.
    for entry in entries.iter().filter(|entry| !entry.entry.id.as_str().is_empty()) {
        if let Some(first) = seen.insert(&entry.entry.id, entry) {
            let what = format!("the id {} is used twice", entry.entry.id);
            problems.push(problem(
                entry,
                what,
                Some(format!("first in {}:{}", first.file, first.line)),
            ));
        }
    }
    let known: HashSet<&EntryId> = seen.keys().copied().chain(stored).chain(unread).collect();
    for entry in entries {
        for related in entry.entry.related.iter().filter(|id| !known.contains(id)) {
            let hint = similar(related.as_str(), known.iter().map(|id| id.as_str()));
            problems.push(problem(entry, format!("there is no related entry {related}"), hint));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<File> = files
            .iter()
            .map(|(name, text)| File {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        assert_eq!(told(&read(&files).err().unwrap_or_default()), expected);
    }

    #[test]
    fn ids_are_unique_and_related_entries_exist() {
        check(
            &[
                (
                    "a.yaml",
                    "- {id: a, question: Q, answer: A, related: [setupp, b]}\n- {id: a, question: Q, answer: A}\n",
                ),
                (
                    "b.yaml",
                    "- {id: setup, question: Q, answer: A}\n- {id: b, question: Q, answer: A}\n",
                ),
            ],
            &[
                "a.yaml:1:1: there is no related entry setupp (did you mean setup?)",
                "a.yaml:2:1: the id a is used twice (first in a.yaml:1)",
            ],
        );
    }

    #[test]
    fn all_mistakes_of_all_files_are_told_at_once() {
        check(
            &[
                (
                    "a.yaml",
                    "- id: a\n  question: Note: how?\n  answer: A\n- id: b\n  qestion: How?\n  answer: A\n- id: c\n  question: \"Q\n  \
                     answer: A\n- id: d\n  question: Q\n  answer: A\n  related: [a, b, c, e, f]\n  visibility: stuff\n  until: soon\n",
                ),
                (
                    "b.yaml",
                    "- id: e\n\tquestion: Q\n- id: d\n  question: Q\n  answer: A\n",
                ),
            ],
            &[
                "a.yaml:2:17: a text without quotes may not have a colon with a space behind it (put the text in quotes: \
                 question: \"…\")",
                "a.yaml:4:3: question is missing (add \"question: …\")",
                "a.yaml:5:3: qestion is not known (did you mean question?)",
                "a.yaml:8:13: the quote \" that is opened here is not closed (put a \" at the end of the text)",
                "a.yaml:10:1: there is no related entry f",
                "a.yaml:14:15: visibility must be public, members or staff (did you mean staff?)",
                "a.yaml:15:10: until must be a day: 2027-02-01",
                "b.yaml:2:1: a tab stands where only spaces may stand (put spaces there, two for each step further in)",
                "b.yaml:3:1: the id d is used twice (first in a.yaml:10)",
            ],
        );
    }

    #[test]
    fn of_many_mistakes_of_a_file_the_first_are_told_and_the_others_counted() {
        let many = "- {answer: A}\n".repeat(SHOWN_MAX + 5);
        let problems = read(&["a.yaml", "b.yaml"].map(|name| File {
            name: name.to_owned(),
            text: many.clone(),
        }));
        let lines = told(&problems.unwrap_err());
        assert_eq!(lines.len(), 2 * (SHOWN_MAX + 1));
        assert_eq!(lines[SHOWN_MAX], "a.yaml: and 30 more");
        assert_eq!(lines[SHOWN_MAX + 1], "b.yaml:1:3: id is missing (add \"id: …\")");
    }
}
