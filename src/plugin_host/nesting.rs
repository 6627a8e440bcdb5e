//! How deep a manifest is nested, seen before anything is built of it. Pure.
//!
//! The reader of TOML bounds a key and a value each by itself: a value in a value under a key of many parts, again and again,
//! is thousands of tables in each other after a few kilobytes, and who reads, compares or drops them runs out of stack.

use toml_parser::decoder::Encoding;
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, Source, Span};

/// Levels of a manifest: a schema for sixteen levels of settings, which nobody fills in, has less.
const LEVELS_MAX: usize = 64;

/// Whether the text is nested more deeply than any manifest has to be. Of a text that is no TOML it may say anything.
pub(super) fn is_too_deep(text: &str) -> bool {
    let tokens = Source::new(text).lex().into_vec();
    let mut levels = Levels::default();
    // What is wrong besides is told by the reader.
    parse_document(&tokens, &mut levels, &mut ());
    levels.deepest > LEVELS_MAX
}

#[derive(Debug, Default)]
struct Levels {
    /// Of the table that the last header opened.
    table: usize,
    /// Of the values that are open, the outermost first.
    open: Vec<usize>,
    /// Where the text is now.
    level: usize,
    deepest: usize,
}

impl Levels {
    fn down(&mut self) {
        self.level += 1;
        self.deepest = self.deepest.max(self.level);
    }

    /// A value has ended: the next key begins where it began.
    fn back(&mut self) {
        self.level = self.open.last().copied().unwrap_or(self.table);
    }

    /// Whether it is worth to look inside.
    fn enter(&mut self) -> bool {
        self.down();
        self.open.push(self.level);
        self.deepest <= LEVELS_MAX
    }

    fn leave(&mut self) {
        self.open.pop();
        self.back();
    }

    fn header(&mut self) {
        self.open.clear();
        self.level = 0;
    }
}

impl EventReceiver for Levels {
    fn std_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header();
    }

    fn std_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.table = self.level;
    }

    fn array_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header();
    }

    fn array_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        // The list, and the table in it.
        self.down();
        self.table = self.level;
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.enter()
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.leave();
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.enter()
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.leave();
    }

    fn simple_key(&mut self, _: Span, _: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.down();
    }

    fn scalar(&mut self, _: Span, _: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_too_deep(text), expected, "{text}");
    }

    fn key(parts: usize) -> String {
        vec!["a"; parts].join(".")
    }

    #[test]
    fn whatever_nests_adds_up() {
        check(&format!("{} = 1", key(64)), false);
        check(&format!("{} = 1", key(65)), true);
        check(&format!("[{}]\n{} = 1", key(32), key(32)), false);
        check(&format!("[{}]\n{} = 1", key(32), key(33)), true);
        check(&format!("[[{}]]\n{} = 1", key(32), key(32)), true);
        check(&format!("{} = {{ {} = 1 }}", key(32), key(32)), true);
        check(&format!("a = {}1{}", "[".repeat(64), "]".repeat(64)), true);
        check(&format!("a = {}1{}", "[".repeat(60_000), "]".repeat(60_000)), true);
        check(&format!("a = [{{ {} = 1 }}]", key(64)), true);
    }

    #[test]
    fn what_stands_side_by_side_does_not() {
        check(&format!("{} = 1\n", key(60)).repeat(100), false);
        check(&format!("[{}]\n{} = 1\n", key(30), key(30)).repeat(100), false);
        check(&"a = [{ b = [1, 2, { c = 3 }], d = { e = 4 } }]\n".repeat(100), false);
        check(&format!("a = {:?} # {}", "{[".repeat(100), "{[".repeat(100)), false);
    }
}
