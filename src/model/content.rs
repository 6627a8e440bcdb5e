//! Rich text as a tree: what a message says, free of any platform's markup.
//!
//! Owns the tree and its plain text. Reading markdown is `markdown`, cutting to a limit `split`.

mod flat;
mod length;
pub mod link;
pub mod markdown;
pub mod split;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::ids::{IdentityId, PlaceId};

/// What a message says. Built by parsing, never by pasting markup together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// In reading order.
    pub blocks: Vec<Block>,
}

/// A part of a text that stands on its own line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// A heading; platforms without headings show it bold.
    Heading(Vec<Inline>),
    /// What somebody else said.
    Quote(Vec<Block>),
    /// `start` is the first number of an ordered list; none for bullets.
    List {
        /// First number, none for bullets.
        start: Option<u32>,
        /// Each item is a small document.
        items: Vec<Vec<Block>>,
    },
    /// Shown as written.
    Code {
        /// As the fence names it.
        language: Option<String>,
        /// Without the fence, without a last line break.
        text: String,
    },
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
pub enum Inline {
    /// Text without any meaning as markup.
    Text(String),
    /// Strong.
    Bold(Vec<Inline>),
    /// Emphasised.
    Italic(Vec<Inline>),
    /// Struck out.
    Strike(Vec<Inline>),
    /// Hidden until pressed.
    Spoiler(Vec<Inline>),
    /// Code within a line.
    Code(String),
    /// `http`, `https` or `mailto` only; checked where it is made.
    Link {
        /// Where it leads.
        url: String,
        /// What is shown.
        label: Vec<Inline>,
        /// Where the text comes from, when that is there: what it is called. Only the host says so, never a markup.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Somebody is named.
    Mention(Mention),
    /// A line break within a paragraph.
    Break,
}

/// Who or what is named. `name` is what a platform without mentions shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mention {
    /// `pings`: whether the person is notified.
    Identity {
        /// Whom.
        id: IdentityId,
        /// Shown where the platform has no mentions.
        name: String,
        /// Whether the person is notified.
        pings: bool,
    },
    /// A place.
    Place {
        /// Which.
        id: PlaceId,
        /// Shown where the platform has no mentions.
        name: String,
    },
}

impl Content {
    /// One paragraph per blank-line-separated part; nothing in it is read as markup.
    pub fn plain(text: &str) -> Self {
        let blocks = text
            .split("\n\n")
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let mut inlines = Vec::new();
                for (number, line) in part.trim_matches('\n').split('\n').enumerate() {
                    if number > 0 {
                        inlines.push(Inline::Break);
                    }
                    if !line.is_empty() {
                        inlines.push(Inline::Text(line.to_owned()));
                    }
                }
                Block::Paragraph(inlines)
            })
            .collect();
        Self { blocks }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether it begins with this character, as a command does. Cheap, because it is asked for each message.
    pub fn begins_with(&self, character: char) -> bool {
        let Some(Block::Paragraph(inlines)) = self.blocks.first() else {
            return false;
        };
        matches!(inlines.first(), Some(Inline::Text(text)) if text.trim_start().starts_with(character))
    }

    /// What people who are named in it are called there.
    pub fn mentioned(&self) -> Vec<&str> {
        let mut names = Vec::new();
        mentioned(&self.blocks, &mut names);
        names
    }

    /// The text without any markup, as plugins, search and logs of conversations read it.
    pub fn to_plain(&self) -> String {
        let mut out = String::new();
        write_blocks(&self.blocks, &mut out);
        out
    }
}

fn mentioned<'a>(blocks: &'a [Block], names: &mut Vec<&'a str>) {
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading(line) => mentioned_in(line, names),
            Block::Quote(inner) => mentioned(inner, names),
            Block::List { items, .. } => items.iter().for_each(|item| mentioned(item, names)),
            Block::Code { .. } => {}
        }
    }
}

fn mentioned_in<'a>(line: &'a [Inline], names: &mut Vec<&'a str>) {
    for inline in line {
        match inline {
            Inline::Mention(Mention::Identity { name, .. }) => names.push(name),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => {
                mentioned_in(inner, names);
            }
            Inline::Link { label, .. } => mentioned_in(label, names),
            Inline::Text(_) | Inline::Code(_) | Inline::Mention(Mention::Place { .. }) | Inline::Break => {}
        }
    }
}

fn write_blocks(blocks: &[Block], out: &mut String) {
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            out.push_str("\n\n");
        }
        match block {
            Block::Paragraph(inlines) | Block::Heading(inlines) => write_inlines(inlines, out),
            Block::Quote(inner) => {
                let mut text = String::new();
                write_blocks(inner, &mut text);
                for (line_number, line) in text.lines().enumerate() {
                    if line_number > 0 {
                        out.push('\n');
                    }
                    out.push_str("> ");
                    out.push_str(line);
                }
            }
            Block::List { start, items } => write_list(*start, items, out),
            Block::Code { text, .. } => out.push_str(text),
        }
    }
}

fn write_list(start: Option<u32>, items: &[Vec<Block>], out: &mut String) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match start {
            Some(first) => {
                let ordinal = u64::from(first) + number as u64;
                write!(out, "{ordinal}. ").expect("a string takes all");
            }
            None => out.push_str("• "),
        }
        let mut text = String::new();
        write_blocks(item, &mut text);
        out.push_str(&text.replace("\n\n", "\n").replace('\n', "\n   "));
    }
}

fn write_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => {
                write_inlines(inner, out);
            }
            Inline::Link { url, label, .. } => {
                let mut text = String::new();
                write_inlines(label, &mut text);
                out.push_str(&text);
                if text != *url {
                    out.push_str(" (");
                    out.push_str(url);
                    out.push(')');
                }
            }
            Inline::Mention(Mention::Identity { name, .. }) => {
                out.push('@');
                out.push_str(name);
            }
            Inline::Mention(Mention::Place { name, .. }) => {
                out.push('#');
                out.push_str(name);
            }
            Inline::Break => out.push('\n'),
        }
    }
}
