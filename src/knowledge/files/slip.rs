//! Slips of YAML in plain words: where one most likely is, what it is, and how it is mended. Pure.
//!
//! A parser says where it could not go on, which is often lines below the slip, and in words of its grammar. What people get
//! wrong is always the same few things, and those are looked for in the text itself.

use serde_saphyr::Error;

use super::tree::{self, At};
use crate::model::ids::EntryId;

/// A part of a file, as far as a slip reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// How many lines of the file are above it.
    pub(super) lines_above: u64,
}

/// What is wrong, and how it is mended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slip {
    pub(super) at: At,
    pub(super) what: String,
    pub(super) hint: String,
}

/// The entries of a file that is not YAML as a whole, each by itself, and what is above the first.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    // What one entry names may be used in another one, and then they cannot be told apart.
    if text.contains(": &") || text.contains("- &") {
        return Vec::new();
    }
    let Some(indent) = text.lines().find(|line| begins_item(line.trim_start())).map(indent) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    let (mut from, mut at, mut lines_above, mut line) = (0, 0, 0, 0);
    for one in text.split_inclusive('\n') {
        if self::indent(one) == indent && begins_item(one.trim_start()) && at > from {
            parts.push(Part {
                text: &text[from..at],
                lines_above,
            });
            (from, lines_above) = (at, line);
        }
        at += one.len();
        line += 1;
    }
    parts.push(Part {
        text: &text[from..],
        lines_above,
    });
    parts
}

fn begins_item(line: &str) -> bool {
    let rest = line.strip_prefix('-').unwrap_or("x");
    rest.is_empty() || rest.starts_with([' ', '\n', '\r'])
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Which entries are in a part that cannot be read, as far as that can be seen.
pub(super) fn ids(text: &str) -> impl Iterator<Item = EntryId> {
    let ids = text.lines().filter_map(|line| {
        let id = line.trim_start_matches([' ', '-']).strip_prefix("id:")?;
        id.split(" #").next()
    });
    ids.map(|id| EntryId::from(id.trim().trim_matches(['"', '\''])))
}

/// What `error` says of `text`, in plain words.
pub(super) fn of(error: &Error, text: &str) -> Slip {
    let at = error.location().map_or(At { line: 1, column: 1 }, tree::at);
    if let Error::DuplicateMappingKey { key, .. } = error.without_snippet() {
        let key = key.as_deref().unwrap_or("a field");
        let what = format!("{key} is there twice in one entry");
        return slip(at, what, "keep one of them, or begin the next entry with \"- id: …\"");
    }
    let lines: Vec<Line<'_>> = lines(text);
    let last = usize::try_from(at.line).unwrap_or(usize::MAX).min(lines.len());
    let upto = &lines[..last];
    let found = tab(&lines[last.saturating_sub(1)..(last + 1).min(lines.len())])
        .or_else(|| quote(upto))
        .or_else(|| sign(upto))
        .or_else(|| colon(upto))
        .or_else(|| alone(upto));
    found.unwrap_or_else(|| {
        let what = "the line does not fit to those above it".to_owned();
        let hint = "each field is \"name: value\" with a space behind the colon, an entry begins with \"- id: …\", and all fields of an entry \
                    begin in one column";
        slip(at, what, hint)
    })
}

fn slip(at: At, what: String, hint: &str) -> Slip {
    Slip {
        at,
        what,
        hint: hint.to_owned(),
    }
}

/// A line as far as its parts can be told without its neighbours.
#[derive(Debug)]
struct Line<'a> {
    /// From 1.
    number: u64,
    text: &'a str,
    /// Where its name or its value begins, behind spaces and dashes.
    begin: usize,
    key: Option<&'a str>,
    /// Where its value begins.
    value: usize,
    /// It belongs to a text that begins above it with `|` or `>`.
    is_text: bool,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    // From which column on lines belong to a text.
    let mut within: Option<usize> = None;
    let mut number = 0;
    let lines = text.lines().map(|line| {
        number += 1;
        let line = Line::new(number, line);
        let is_text = within.is_some_and(|column| line.is_blank() || indent(line.text) > column);
        if !is_text {
            within = line.begins_text().then_some(line.begin);
            // An entry of a list alone has no name that its text stands further in than.
            if line.key.is_none() {
                within = within.map(|_| indent(line.text));
            }
        }
        Line { is_text, ..line }
    });
    lines.collect()
}

impl<'a> Line<'a> {
    fn new(number: u64, text: &'a str) -> Self {
        let mut begin = indent(text);
        while text[begin..].starts_with("- ") {
            begin += 2 + indent(&text[begin + 2..]);
        }
        let body = &text[begin..];
        let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
        let end = body.find(|letter| !is_name(letter)).unwrap_or(body.len());
        let rest = &body[end..];
        let is_key = end > 0 && (rest == ":" || rest.starts_with(": "));
        let value = if is_key { begin + end + 1 } else { begin };
        Self {
            number,
            text,
            begin,
            key: is_key.then_some(&body[..end]),
            value: value + indent(&text[value..]),
            is_text: false,
        }
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn value(&self) -> &'a str {
        self.text[self.value..].trim_end()
    }

    /// Whether a value begins in it, and it does not only go on with one.
    fn has_value(&self) -> bool {
        !self.is_text && (self.key.is_some() || self.begin > indent(self.text)) && !self.value().is_empty()
    }

    fn begins_text(&self) -> bool {
        let rest = self.value().strip_prefix(['|', '>']);
        rest.is_some_and(|rest| {
            let rest = rest.trim_start_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            is_over(rest)
        })
    }

    fn at(&self, byte: usize) -> At {
        let column = self.text[..byte].chars().count() + 1;
        At {
            line: self.number,
            column: u64::try_from(column).unwrap_or(u64::MAX),
        }
    }

    fn example(&self) -> String {
        match self.key {
            Some(key) => format!("{key}: \"…\""),
            None => "- \"…\"".to_owned(),
        }
    }
}

/// Whether nothing but a comment follows.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// What is behind the quote that closes; none where none does.
fn behind(text: &str, mark: char) -> Option<&str> {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && mark == '"' {
            letters.next();
        } else if letter == mark {
            if mark == '\'' && letters.peek().is_some_and(|(_, next)| *next == mark) {
                letters.next();
            } else {
                return Some(&text[at + mark.len_utf8()..]);
            }
        }
    }
    None
}

fn tab(lines: &[Line<'_>]) -> Option<Slip> {
    lines.iter().filter(|line| !line.is_text).find_map(|line| {
        let body = line.text.trim_start_matches([' ', '\t', '-']);
        let at = line.text[..line.text.len() - body.len()].find('\t')?;
        let what = "a tab stands where only spaces may stand".to_owned();
        Some(slip(
            line.at(at),
            what,
            "put spaces there, two for each step further in",
        ))
    })
}

fn quote(lines: &[Line<'_>]) -> Option<Slip> {
    let mut rest = lines;
    while let Some((line, below)) = rest.split_first() {
        rest = below;
        let mark = line.value().chars().next().filter(|mark| matches!(mark, '"' | '\''));
        let Some(mark) = mark.filter(|_| line.has_value()) else {
            continue;
        };
        match behind(&line.value()[1..], mark) {
            Some(more) if is_over(more) || more.starts_with(':') => {}
            Some(_) => {
                let what = format!("text goes on behind the closing {mark}");
                let hint = match mark {
                    '"' => "put all of it in quotes, and write \\\" for a quote within",
                    _ => "put all of it in quotes, and write '' for a quote within",
                };
                return Some(slip(line.at(line.value), what, hint));
            }
            None => {
                let Some(last) = end_below(line, below, mark) else {
                    let what = format!("the quote {mark} that is opened here is not closed");
                    let hint = format!("put a {mark} at the end of the text");
                    return Some(slip(line.at(line.value), what, &hint));
                };
                rest = &below[last + 1..];
            }
        }
    }
    None
}

/// In which line below it a text ends that goes on there, further in than its name; none where it does not end soundly.
fn end_below(line: &Line<'_>, below: &[Line<'_>], mark: char) -> Option<usize> {
    let goes_on = |below: &&Line<'_>| below.is_blank() || indent(below.text) > line.begin;
    let mut own = below.iter().take_while(goes_on).enumerate();
    let (last, rest) = own.find_map(|(at, below)| Some((at, behind(below.text, mark)?)))?;
    is_over(rest).then_some(last)
}

/// A text that begins with a sign that means something.
fn sign(lines: &[Line<'_>]) -> Option<Slip> {
    let last = lines.iter().rev().find(|line| !line.is_blank())?;
    let begins = |line: &Line<'_>, signs: &[char]| line.has_value() && line.value().starts_with(signs);
    let is_open = |line: &Line<'_>| {
        let value = line.value().split(" #").next().unwrap_or_default().trim_end();
        let end = if value.starts_with('[') { ']' } else { '}' };
        begins(line, &['[', '{']) && !value.ends_with(end)
    };
    let of = |line: &Line<'_>| {
        let sign = line.value().chars().next()?;
        let what = format!("a text that begins with {sign} has to stand in quotes");
        Some(slip(line.at(line.value), what, &line.example()))
    };
    if begins(last, &['*', '&', '!', '@', '`', '%', ',', ']', '}']) {
        return of(last);
    }
    if begins(last, &['|', '>']) && !last.begins_text() {
        let what = format!("behind {} the text begins in the next line", &last.value()[..1]);
        let hint = format!("put the text below, further in, or in quotes: {}", last.example());
        return Some(slip(last.at(last.value), what, &hint));
    }
    // The parser stops there, or in the line below it.
    let mut near = lines.iter().rev().filter(|line| !line.is_blank()).take(2);
    near.find(|line| is_open(line)).and_then(of)
}

/// A colon in a text: what is before it is taken for a name.
fn colon(lines: &[Line<'_>]) -> Option<Slip> {
    let (last, above) = lines.split_last()?;
    let is_plain = !last.value().starts_with(['"', '\'', '[', '{', '|', '>']);
    let what = "a text without quotes may not have a colon with a space behind it".to_owned();
    if last.has_value() && is_plain {
        let value = last.value();
        let at = value
            .find(": ")
            .or_else(|| value.ends_with(':').then(|| value.len() - 1));
        if let Some(at) = at {
            let hint = format!("put the text in quotes: {}", last.example());
            return Some(slip(last.at(last.value + at), what, &hint));
        }
    }
    let before = above.iter().rev().find(|line| !line.is_blank() && !line.is_text)?;
    let goes_on = before.has_value() && last.begin > before.begin && !last.is_text;
    let at = last.text.find(": ").filter(|_| goes_on)?;
    let hint =
        "put the text above in quotes, with all its lines; a field of its own begins in the column of the one above";
    Some(slip(last.at(at), what, hint))
}

/// A line that is no field, and no part of one.
fn alone(lines: &[Line<'_>]) -> Option<Slip> {
    let mut last = lines.iter().rev().filter(|line| !line.is_blank()).take(2);
    let line = last.find(|line| {
        let is_item = line.begin > indent(line.text) || line.text.trim_start().starts_with(['-', '#']);
        !line.is_text && line.key.is_none() && !is_item
    })?;
    let what = "the line is no field, and no part of the text above it".to_owned();
    let hint =
        "a field is \"name: value\"; a text of several lines begins with | behind its name, and they stand further in";
    Some(slip(line.at(line.begin), what, hint))
}

#[cfg(test)]
mod tests;
