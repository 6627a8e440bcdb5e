//! Reads a file of entries: strict keys, and every problem of every entry at once.

use std::collections::{BTreeMap, HashMap};

use super::slip;
use super::tree::{self, At, Node, Value};
use super::{File, FileEntry, Problem};
use crate::knowledge::check::{self, similar};
use crate::model::entry::{Answer, Channels, Entry, Translation, Visibility};
use crate::model::finding::Source;
use crate::model::ids::EntryId;

/// A file of knowledge is written by people; a larger one is something else.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

const ENTRY_KEYS: &[&str] = &[
    "id",
    "question",
    "aliases",
    "answer",
    "language",
    "translations",
    "visibility",
    "channels",
    "sources",
    "credit",
    "owner",
    "review_by",
    "until",
    "related",
    "escalate_to",
    "rev",
];

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// As far as they can be read.
    pub(super) entries: Vec<FileEntry>,
    /// Those that are there and cannot be read: what names one of them is no mistake.
    pub(super) unread: Vec<EntryId>,
    /// In the order of the lines.
    pub(super) problems: Vec<Problem>,
}

/// Reads one file: what is wrong with one entry hides nothing that is wrong with another.
pub(super) fn read_file(file: &File) -> Read {
    let mut reader = Reader {
        file: &file.name,
        places: HashMap::new(),
        out: Read::default(),
    };
    reader.file(&file.text);
    let mut out = reader.out;
    out.problems.sort_by_key(|problem| (problem.line, problem.column));
    out
}

struct Reader<'a> {
    file: &'a str,
    /// Where each value of the entry in hand stands, by its path.
    places: HashMap<String, At>,
    out: Read,
}

type Fields = BTreeMap<String, (At, Node)>;

impl Reader<'_> {
    fn file(&mut self, text: &str) {
        if text.len() > FILE_BYTES_MAX {
            let what = format!("has {} bytes; at most {FILE_BYTES_MAX}", text.len());
            let hint = "part it into several files".to_owned();
            return self.problem(At { line: 1, column: 1 }, what, Some(hint));
        }
        let error = match tree::parse(text) {
            Ok(root) => return self.root(root),
            Err(error) => error,
        };
        // Entry by entry: a slip in one of them ends there.
        let mut slips = 0;
        for part in slip::parts(text) {
            match tree::parse(part.text) {
                Ok(mut root) => {
                    root.move_down(part.lines_above);
                    self.root(root);
                }
                Err(error) => {
                    self.slip(&error, &part);
                    slips += 1;
                }
            }
        }
        if slips == 0 {
            let whole = slip::Part { text, lines_above: 0 };
            self.slip(&error, &whole);
        }
    }

    fn slip(&mut self, error: &serde_saphyr::Error, part: &slip::Part<'_>) {
        let mut slip = slip::of(error, part.text);
        slip.at.line += part.lines_above;
        self.problem(slip.at, slip.what, Some(slip.hint));
        self.out.unread.extend(slip::ids(part.text));
    }

    fn root(&mut self, root: Node) {
        match root.value {
            Value::Nothing => {}
            Value::List(nodes) => {
                for node in nodes {
                    let entry = self.entry(node);
                    self.out.entries.extend(entry);
                }
            }
            other => {
                let what = format!("must be a list of entries, is {}", other.kind());
                self.problem(root.at, what, Some("begin each entry with \"- id: …\"".to_owned()));
            }
        }
    }

    fn entry(&mut self, node: Node) -> Option<FileEntry> {
        self.places.clear();
        let before = self.out.problems.len();
        let start = node.at;
        let mut fields = self.fields("", node, ENTRY_KEYS)?;
        let entry = Entry {
            id: EntryId::from(self.required(start, "", "id", &mut fields)),
            question: self.required(start, "", "question", &mut fields),
            aliases: self.texts("aliases", fields.remove("aliases")),
            answer: self.answer(start, "", &mut fields),
            language: self.optional("language", fields.remove("language")),
            translations: self.translations(fields.remove("translations")),
            visibility: self.visibility(fields.remove("visibility")),
            channels: self.channels(fields.remove("channels")),
            sources: self.sources(fields.remove("sources")),
            credit: self.optional("credit", fields.remove("credit")),
            owner: self.optional("owner", fields.remove("owner")),
            review_by: self.optional("review_by", fields.remove("review_by")),
            until: self.optional("until", fields.remove("until")),
            related: self
                .texts("related", fields.remove("related"))
                .into_iter()
                .map(EntryId::from)
                .collect(),
            escalate_to: self.optional("escalate_to", fields.remove("escalate_to")),
            rev: self.number("rev", fields.remove("rev")),
        };
        let unread = self.out.problems.len();
        let faults = if unread == before {
            check::faults_to_readers(&entry)
        } else {
            // Who may read it is perhaps what could not be read.
            check::faults(&entry)
        };
        for fault in faults {
            let at = self.place(&fault.path, start);
            // What could not be read is told already.
            let is_told = |problem: &Problem| (problem.line, problem.column) == (at.line, at.column);
            if !self.out.problems[before..unread].iter().any(is_told) {
                self.problem(at, format!("{} {}", fault.path, fault.what), None);
            }
        }
        Some(FileEntry {
            file: self.file.to_owned(),
            line: start.line,
            entry,
        })
    }

    fn answer(&mut self, start: At, prefix: &str, fields: &mut Fields) -> Answer {
        let empty = Answer {
            full: String::new(),
            short: None,
            steps: Vec::new(),
        };
        let path = format!("{prefix}answer");
        let Some((at, node)) = fields.remove("answer") else {
            self.missing(start, &path);
            return empty;
        };
        // An answer without a short form may be written as one text.
        if matches!(node.value, Value::Text(_) | Value::Number(_) | Value::Other) {
            self.places.insert(format!("{path}.full"), node.at);
            let full = self.text(&path, node).unwrap_or_default();
            return Answer { full, ..empty };
        }
        let Some(mut parts) = self.fields(&format!("{path}."), node, &["full", "short", "steps"]) else {
            return empty;
        };
        Answer {
            full: self.required(at, &format!("{path}."), "full", &mut parts),
            short: self.optional(&format!("{path}.short"), parts.remove("short")),
            steps: self.texts(&format!("{path}.steps"), parts.remove("steps")),
        }
    }

    fn translations(&mut self, field: Option<(At, Node)>) -> BTreeMap<String, Translation> {
        let mut translations = BTreeMap::new();
        for (language, at, node) in self.table("translations", field) {
            let prefix = format!("translations.{language}.");
            self.places.insert(format!("translations.{language}"), at);
            let Some(mut fields) = self.fields(&prefix, node, &["of_rev", "question", "aliases", "answer"]) else {
                continue;
            };
            let translation = Translation {
                of_rev: self.number(&format!("{prefix}of_rev"), fields.remove("of_rev")),
                question: self.required(at, &prefix, "question", &mut fields),
                aliases: self.texts(&format!("{prefix}aliases"), fields.remove("aliases")),
                answer: self.answer(at, &prefix, &mut fields),
            };
            translations.insert(language, translation);
        }
        translations
    }

    fn visibility(&mut self, field: Option<(At, Node)>) -> Visibility {
        let place = field.as_ref().map(|(_, node)| node.at);
        let word = self.optional("visibility", field);
        match (word.as_deref(), place) {
            (None | Some("public"), _) => Visibility::Public,
            (Some("members"), _) => Visibility::Members,
            (Some("staff"), _) => Visibility::Staff,
            (Some(other), place) => {
                let hint = similar(other, ["public", "members", "staff"].into_iter());
                let what = "visibility must be public, members or staff".to_owned();
                self.problem(place.unwrap_or_default(), what, hint);
                Visibility::Staff
            }
        }
    }

    fn channels(&mut self, field: Option<(At, Node)>) -> Channels {
        let fields = field.and_then(|(_, node)| match node.value {
            Value::Nothing => None,
            _ => self.fields("channels.", node, &["only", "not"]),
        });
        let Some(mut fields) = fields else {
            return Channels::default();
        };
        Channels {
            only: self.texts("channels.only", fields.remove("only")),
            not: self.texts("channels.not", fields.remove("not")),
        }
    }

    fn sources(&mut self, field: Option<(At, Node)>) -> Vec<Source> {
        let mut sources = Vec::new();
        for (number, node) in self.list("sources", field).into_iter().enumerate() {
            let prefix = format!("sources.{number}.");
            let start = node.at;
            let Some(mut fields) = self.fields(&prefix, node, &["url", "checked"]) else {
                continue;
            };
            sources.push(Source {
                url: self.required(start, &prefix, "url", &mut fields),
                checked: self.optional(&format!("{prefix}checked"), fields.remove("checked")),
            });
        }
        sources
    }

    /// The fields of a table, with unknown keys and keys given twice reported.
    fn fields(&mut self, prefix: &str, node: Node, known: &[&str]) -> Option<Fields> {
        let Value::Map(pairs) = node.value else {
            let name = prefix.trim_end_matches('.');
            let name = if name.is_empty() { "an entry" } else { name };
            let what = format!(
                "{name} must be a table of {}, is {}",
                known.join(", "),
                node.value.kind()
            );
            self.problem(node.at, what, None);
            return None;
        };
        let mut fields = Fields::new();
        for (key, at, node) in pairs {
            if known.contains(&key.as_str()) {
                self.places.insert(format!("{prefix}{key}"), node.at);
                fields.insert(key, (at, node));
            } else {
                let hint =
                    similar(&key, known.iter().copied()).unwrap_or_else(|| format!("known are {}", known.join(", ")));
                self.problem(at, format!("{prefix}{key} is not known"), Some(hint));
            }
        }
        Some(fields)
    }

    fn required(&mut self, start: At, prefix: &str, key: &str, fields: &mut Fields) -> String {
        let path = format!("{prefix}{key}");
        if let Some(field) = fields.remove(key) {
            let before = self.out.problems.len();
            let place = field.1.at;
            let text = self.optional(&path, Some(field));
            if text.is_none() && self.out.problems.len() == before {
                self.problem(place, format!("{path} must not be empty"), None);
            }
            text.unwrap_or_default()
        } else {
            self.missing(start, &path);
            String::new()
        }
    }

    fn missing(&mut self, start: At, path: &str) {
        let key = path.rsplit('.').next().unwrap_or(path);
        self.problem(start, format!("{path} is missing"), Some(format!("add \"{key}: …\"")));
    }

    fn optional(&mut self, path: &str, field: Option<(At, Node)>) -> Option<String> {
        let (_, node) = field?;
        self.text(path, node)
    }

    fn text(&mut self, path: &str, node: Node) -> Option<String> {
        match node.value {
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Nothing => None,
            Value::Other => {
                self.problem(
                    node.at,
                    format!("{path} must be text"),
                    Some("put it in quotes".to_owned()),
                );
                None
            }
            Value::List(_) | Value::Map(_) => {
                self.problem(node.at, format!("{path} must be text, is {}", node.value.kind()), None);
                None
            }
        }
    }

    fn texts(&mut self, path: &str, field: Option<(At, Node)>) -> Vec<String> {
        let nodes = self.list(path, field);
        nodes
            .into_iter()
            .enumerate()
            .filter_map(|(number, node)| {
                let path = format!("{path}.{number}");
                self.places.insert(path.clone(), node.at);
                self.text(&path, node)
            })
            .collect()
    }

    fn list(&mut self, path: &str, field: Option<(At, Node)>) -> Vec<Node> {
        match field {
            None => Vec::new(),
            Some((_, node)) => match node.value {
                Value::List(nodes) => nodes,
                Value::Nothing => Vec::new(),
                other => {
                    self.problem(node.at, format!("{path} must be a list, is {}", other.kind()), None);
                    Vec::new()
                }
            },
        }
    }

    fn table(&mut self, path: &str, field: Option<(At, Node)>) -> Vec<(String, At, Node)> {
        match field {
            None => Vec::new(),
            Some((_, node)) => match node.value {
                Value::Map(pairs) => pairs,
                Value::Nothing => Vec::new(),
                other => {
                    self.problem(node.at, format!("{path} must be a table, is {}", other.kind()), None);
                    Vec::new()
                }
            },
        }
    }

    fn number(&mut self, path: &str, field: Option<(At, Node)>) -> u32 {
        match field {
            None => 0,
            Some((_, node)) => match node.value {
                Value::Number(number) if u32::try_from(number).is_ok() => u32::try_from(number).unwrap_or(0),
                Value::Nothing => 0,
                _ => {
                    self.problem(node.at, format!("{path} must be a whole number"), None);
                    0
                }
            },
        }
    }

    /// Where `path` stands, or the nearest table around it.
    fn place(&self, path: &str, start: At) -> At {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return start,
            }
        }
    }

    fn problem(&mut self, at: At, what: String, hint: Option<String>) {
        self.out.problems.push(Problem {
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            what,
            hint,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let file = File {
            name: "a.yaml".to_owned(),
            text: text.to_owned(),
        };
        let lines: Vec<String> = read_file(&file).problems.iter().map(ToString::to_string).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_small_entry_reads() {
        check("- id: a\n  question: How?\n  answer: So.\n", &[]);
        check("", &[]);
    }

    #[test]
    fn all_problems_are_reported_at_once_with_line_and_column() {
        check(
            "- id: a\n  qestion: How?\n  answer: {full: So, sort: x}\n  visibility: stuff\n- id: B\n  question: Q\n  answer: A\n",
            &[
                "a.yaml:1:3: question is missing (add \"question: …\")",
                "a.yaml:2:3: qestion is not known (did you mean question?)",
                "a.yaml:3:22: answer.sort is not known (did you mean short?)",
                "a.yaml:4:15: visibility must be public, members or staff (did you mean staff?)",
                "a.yaml:5:7: id must be lower-case letters, digits and hyphens, at most 64: reset-password",
            ],
        );
    }

    #[test]
    fn values_of_the_wrong_kind_say_what_would_be_right() {
        check(
            "- {id: b, question: Q, answer: yes}\n- {id: c, question: Q, answer: 42}\n",
            &["a.yaml:1:32: answer must be text (put it in quotes)"],
        );
        check(
            "- id: a\n  question: Q\n  aliases: [yes, true, 5]\n  answer: A\n  sources: nowhere\n  rev: x\n",
            &[
                "a.yaml:3:13: aliases.0 must be text (put it in quotes)",
                "a.yaml:3:18: aliases.1 must be text (put it in quotes)",
                "a.yaml:5:12: sources must be a list, is text",
                "a.yaml:6:8: rev must be a whole number",
            ],
        );
    }

    #[test]
    fn the_page_of_entries_explains_every_key() {
        let page = include_str!("../../../docs/entries.md");
        for key in ENTRY_KEYS {
            let explained = [format!("\n| `{key}` |"), format!("\n| `{key}.")];
            assert!(explained.iter().any(|row| page.contains(row)), "{key}");
        }
    }

    #[test]
    fn a_file_that_is_no_list_of_entries_is_one_problem() {
        check(
            "- id: [\n",
            &["a.yaml:1:7: a text that begins with [ has to stand in quotes (id: \"…\")"],
        );
        check(
            "id: a\n",
            &["a.yaml:1:1: must be a list of entries, is a table (begin each entry with \"- id: …\")"],
        );
    }

    #[test]
    fn what_is_wrong_in_one_entry_hides_nothing_in_another_or_beside_it() {
        let long = "x".repeat(check::QUESTION_CHARS_MAX + 1);
        check(
            &format!(
                "- id: a\n  question: {long}\n  answer: yes\n- id: b\n  question: Q\n  answer: \"A\n\
                 # Below\n- id: C\n  question: Q\n  answer: A\n"
            ),
            &[
                "a.yaml:2:13: question has 301 characters; at most 300",
                "a.yaml:3:11: answer must be text (put it in quotes)",
                "a.yaml:6:11: the quote \" that is opened here is not closed (put a \" at the end of the text)",
                "a.yaml:8:7: id must be lower-case letters, digits and hyphens, at most 64: reset-password",
            ],
        );
    }
}
