//! Writes what is seen of a page as markdown: paragraphs, lists, code and links. Text means nothing in it. Pure.

use std::fmt::Write as _;

use crate::knowledge::check::FULL_BYTES_MAX;

/// No answer may be as long, so nobody misses the rest.
const BYTES_MAX: usize = 4 * FULL_BYTES_MAX;

/// Lists in lists: deeper than any text needs.
const LISTS_MAX: usize = 8;

/// A longer number begins no list.
const NUMBER_DIGITS_MAX: usize = 9;

/// What is between the last text and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Block,
    Item,
}

/// A text that grows.
#[derive(Debug, Default)]
pub(in crate::knowledge::import) struct Writer {
    out: String,
    gap: Gap,
    lists: Vec<List>,
    /// Where the line begins, behind what stands for its list.
    line: usize,
    link: Option<Link>,
    code: Option<(bool, String)>,
}

#[derive(Debug)]
struct List {
    /// The number of the next item; none for bullets.
    next: Option<u32>,
    /// How far its items stand to the right.
    width: usize,
}

#[derive(Debug)]
struct Link {
    url: String,
    /// Where its text begins, once there is some.
    from: Option<usize>,
}

impl Writer {
    pub(in crate::knowledge::import) fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            if code.len() < BYTES_MAX {
                code.push_str(text);
            }
            return;
        }
        for character in text.chars() {
            if character.is_whitespace() {
                self.gap = self.gap.max(Gap::Space);
            } else if self.out.len() < BYTES_MAX {
                self.begin();
                self.push(character);
            }
        }
    }

    /// What comes next is a paragraph of its own.
    pub(in crate::knowledge::import) fn block(&mut self) {
        self.end_link();
        self.gap = self.gap.max(Gap::Block);
    }

    pub(in crate::knowledge::import) fn line_break(&mut self) {
        self.gap = self.gap.max(Gap::Line);
    }

    pub(super) fn open_list(&mut self, ordered: bool) {
        self.block();
        if self.lists.len() < LISTS_MAX {
            let next = ordered.then_some(1);
            self.lists.push(List { next, width: 0 });
        }
    }

    pub(super) fn close_list(&mut self) {
        self.lists.pop();
        self.gap = Gap::Block;
    }

    pub(super) fn item(&mut self) {
        self.block();
        if !self.lists.is_empty() {
            self.gap = Gap::Item;
        }
    }

    pub(in crate::knowledge::import) fn open_link(&mut self, url: String) {
        self.end_link();
        self.link = Some(Link { url, from: None });
    }

    /// A link without a text is none.
    pub(in crate::knowledge::import) fn end_link(&mut self) {
        if let Some(Link { url, from: Some(from) }) = self.link.take() {
            self.out.insert(from, '[');
            write!(self.out, "](<{url}>)").expect("a string takes all");
        }
    }

    /// Within a line, or lines of its own.
    pub(in crate::knowledge::import) fn open_code(&mut self, lines: bool) {
        if self.code.is_none() {
            if lines {
                self.block();
            }
            self.code = Some((lines, String::new()));
        }
    }

    pub(in crate::knowledge::import) fn end_code(&mut self, lines: bool) {
        let Some((_, code)) = self.code.take_if(|(open, _)| *open == lines) else {
            return;
        };
        let ticks = |least: usize| "`".repeat(least.max(longest_run(&code) + 1));
        if !lines {
            let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
            if !code.is_empty() && self.out.len() < BYTES_MAX {
                self.begin();
                let ticks = ticks(1);
                let pad = if code.starts_with('`') || code.ends_with('`') {
                    " "
                } else {
                    ""
                };
                write!(self.out, "{ticks}{pad}{code}{pad}{ticks}").expect("a string takes all");
            }
            return;
        }
        let code = code.trim_matches('\n').trim_end();
        if !code.is_empty() && self.out.len() < BYTES_MAX {
            self.begin();
            let (ticks, indent) = (ticks(3), self.indent());
            self.out.push_str(&ticks);
            for line in code.split('\n') {
                write!(self.out, "\n{indent}{line}").expect("a string takes all");
            }
            write!(self.out, "\n{indent}{ticks}").expect("a string takes all");
        }
        self.gap = Gap::Block;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.code.is_none()
    }

    pub(in crate::knowledge::import) fn finish(mut self) -> String {
        for lines in [false, true] {
            self.end_code(lines);
        }
        self.end_link();
        self.out
    }

    fn indent(&self) -> String {
        " ".repeat(self.lists.iter().map(|list| list.width).sum())
    }

    /// Writes what is between the last text and this one.
    fn begin(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        let first = self.out.is_empty();
        match gap {
            Gap::None => {}
            Gap::Space if first || self.out.len() == self.line => {}
            Gap::Space => self.out.push(' '),
            Gap::Line if first => {}
            Gap::Line => {
                let indent = self.indent();
                write!(self.out, "\\\n{indent}").expect("a string takes all");
                self.line = self.out.len();
            }
            Gap::Block => {
                if !first {
                    let indent = self.indent();
                    write!(self.out, "\n\n{indent}").expect("a string takes all");
                }
                self.line = self.out.len();
            }
            Gap::Item => self.begin_item(first),
        }
        if let Some(link) = &mut self.link {
            link.from.get_or_insert(self.out.len());
        }
    }

    fn begin_item(&mut self, first: bool) {
        let Some(list) = self.lists.last_mut() else { return };
        // An item follows the one before it; the first one stands apart from the text above.
        let between = if list.width > 0 { "\n" } else { "\n\n" };
        list.width = 0;
        let mark = match &mut list.next {
            Some(number) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            None => "- ".to_owned(),
        };
        let indent = self.indent();
        if !first {
            self.out.push_str(between);
        }
        write!(self.out, "{indent}{mark}").expect("a string takes all");
        if let Some(list) = self.lists.last_mut() {
            list.width = mark.len();
        }
        self.line = self.out.len();
    }

    fn push(&mut self, character: char) {
        let line = &self.out[self.line.min(self.out.len())..];
        let at_start = line.is_empty();
        let marks = match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '~' => true,
            '#' | '>' | '-' | '+' | '=' => at_start,
            '.' | ')' => !at_start && line.len() <= NUMBER_DIGITS_MAX && line.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if character.is_alphanumeric() {
            self.join_word();
        }
        if marks {
            self.out.push('\\');
        }
        self.out.push(character);
        if character == ';' {
            self.part_name();
        }
    }

    /// Where the text that may still be changed begins: what is above it, and in front of a link, stays where it is.
    fn own(&self) -> usize {
        let link = self.link.as_ref().and_then(|link| link.from);
        self.line.max(link.unwrap_or_default()).min(self.out.len())
    }

    /// Within a word `_` means nothing, and people who edit the text are spared the mark.
    fn join_word(&mut self) {
        let own = &self.out[self.own()..];
        let Some(word) = own.strip_suffix("\\_") else { return };
        if word.ends_with(char::is_alphanumeric) {
            self.out.truncate(self.out.len() - 2);
            self.out.push('_');
        }
    }

    /// `&amp;` is what the page shows, and not what it stands for; an `&` alone is only that.
    fn part_name(&mut self) {
        let own = self.own();
        let text = &self.out[own..self.out.len() - 1];
        let name = text.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '#');
        if name.ends_with('&') && name.len() < text.len() {
            self.out.insert(own + name.len() - 1, '\\');
        }
    }
}

fn longest_run(code: &str) -> usize {
    code.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}
