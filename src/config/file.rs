//! Reads a configuration file with the place of every key, and finds all problems in one go.
//!
//! A key that cannot be used is noted and cut out, and reading goes on without it: so one run shows all problems.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use toml::de::{DeTable, DeValue, Deserializer};

use super::problem::{Problem, position};
use super::written::Written;

/// After so many problems a reader looks at the first ones anyway.
const PROBLEMS_MAX: usize = 50;

/// A suggestion must be this similar to what was written.
const SIMILAR_MIN: f64 = 0.75;

/// What a file says, where each key stands, and what is wrong.
pub(crate) struct FileRead {
    /// Everything usable; defaults for the rest.
    pub written: Written,
    /// The line of each key, by its dotted name.
    pub lines: BTreeMap<String, (usize, usize)>,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads `text`, which stands in `file`.
pub(crate) fn read(file: &Path, text: &str) -> FileRead {
    let at = |byte: usize, message: String, hint: Option<String>| Problem {
        file: Some(file.to_owned()),
        position: Some(position(text, byte)),
        message,
        hint,
    };
    let (mut table, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<Problem> = errors
        .iter()
        .map(|error| {
            at(
                error.span().map_or(0, |span| span.start),
                error.message().trim().to_owned(),
                None,
            )
        })
        .collect();

    let schema = super::reference::schema();
    let mut unknown = Vec::new();
    cut_unknown(table.get_mut(), &schema, "", &mut unknown);
    for (byte, name, hint) in unknown {
        problems.push(at(byte, format!("there is no option `{name}`"), hint));
    }

    let mut lines = BTreeMap::new();
    note_lines(table.get_ref(), "", text, &mut lines);

    let written = loop {
        let error = match Written::deserialize(Deserializer::from(table.clone())) {
            Ok(written) => break written,
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        problems.push(at(
            span.start,
            value_message(table.get_ref(), &span, error.message()),
            None,
        ));
        if problems.len() >= PROBLEMS_MAX || !cut_at(table.get_mut(), &span) {
            break Written::default();
        }
    };
    problems.sort_by_key(|problem| problem.position);
    problems.dedup();
    FileRead {
        written,
        lines,
        problems,
    }
}

/// Takes out every key that the schema does not know.
fn cut_unknown(table: &mut DeTable<'_>, schema: &Value, path: &str, found: &mut Vec<(usize, String, Option<String>)>) {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let mut strangers = Vec::new();
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().as_ref();
        let dotted = join(path, name);
        let Some(inner) = known.get(name) else {
            let names = known.keys().map(String::as_str);
            found.push((key.span().start, dotted, suggestion(name, names)));
            strangers.push(name.to_owned());
            continue;
        };
        if let DeValue::Table(table) = value.get_mut() {
            cut_unknown(table, inner, &dotted, found);
        }
    }
    for name in strangers {
        table.remove(name.as_str());
    }
}

/// "Did you mean", when one of `names` is near enough.
fn suggestion<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness >= SIMILAR_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

fn note_lines(table: &DeTable<'_>, path: &str, text: &str, lines: &mut BTreeMap<String, (usize, usize)>) {
    for (key, value) in table {
        let dotted = join(path, key.get_ref());
        if let DeValue::Table(inner) = value.get_ref() {
            note_lines(inner, &dotted, text, lines);
        }
        lines.insert(dotted, position(text, key.span().start));
    }
}

/// Takes out the value at the place of the error. Says whether there was one.
fn cut_at(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let mut hit = None;
    for (key, value) in table.iter_mut() {
        // The span of a table is its header alone, so its values are looked at one by one.
        if let DeValue::Table(inner) = value.get_mut()
            && cut_at(inner, span)
        {
            return true;
        }
        if covers(&value.span(), span) {
            hit = Some(key.get_ref().clone().into_owned());
        }
    }
    hit.is_some_and(|name| table.remove(name.as_str()).is_some())
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn value_message(table: &DeTable<'_>, span: &Range<usize>, message: &str) -> String {
    match name_at(table, span, "") {
        Some(name) => format!("`{name}`: {}", message.trim()),
        None => message.trim().to_owned(),
    }
}

fn name_at(table: &DeTable<'_>, span: &Range<usize>, path: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let dotted = join(path, key.get_ref());
        let inner = match value.get_ref() {
            DeValue::Table(inner) => name_at(inner, span, &dotted),
            _ => None,
        };
        inner.or_else(|| covers(&value.span(), span).then_some(dotted))
    })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let read = read(Path::new("switchboard.toml"), text);
        let problems: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let read = read(Path::new("switchboard.toml"), "");
        assert_eq!(read.written, Written::default());
        assert!(read.problems.is_empty());
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_suggestion() {
        check(
            "[log]\nlevl = \"info\"\n",
            &["switchboard.toml:2:1: there is no option `log.levl` (did you mean `level`?)"],
        );
    }

    #[test]
    fn all_problems_are_shown_at_once_with_their_place() {
        check(
            "dat = \"x\"\n[log]\nlevel = 7\nformat = \"xml\"\n[backup]\nkeep = -1\n",
            &[
                "switchboard.toml:1:1: there is no option `dat` (did you mean `data`?)",
                "switchboard.toml:3:9: `log.level`: invalid type: integer `7`, expected a string",
                "switchboard.toml:4:10: `log.format`: unknown variant `xml`, expected `text` or `json`",
                "switchboard.toml:6:8: `backup.keep`: invalid value: integer `-1`, expected u32",
            ],
        );
    }

    #[test]
    fn what_is_right_is_kept_beside_what_is_wrong() {
        let read = read(Path::new("x.toml"), "[log]\nlevel = \"debug\"\nformat = 3\n");
        assert_eq!(read.written.log.level, "debug");
        assert_eq!(read.lines.get("log.level"), Some(&(2, 1)));
    }

    #[test]
    fn a_line_that_is_no_toml_is_named() {
        let read = read(Path::new("x.toml"), "data = \n");
        assert_eq!(read.problems.len(), 1);
        assert_eq!(read.problems[0].position.map(|place| place.0), Some(1));
    }
}
