//! How long a text is on a platform, before any platform renders it.
//!
//! Owns the price of markup: what the wordiest platforms (markdown with fences, `<@id>` mentions) write around a text.
//! So a piece that fits by this measure fits everywhere that counts in the same unit.

use super::flat::{Body, Leaf, Level, LevelKind, Part, flatten};
use super::{Content, Inline, Mention};
use crate::model::capability::TextUnit;

/// `<@` and `>` around twenty digits.
const MENTION_MIN: usize = 23;

/// Between two blocks.
const SEPARATOR_LINES: usize = 2;

impl Content {
    /// Its length with markup, at most.
    pub fn length(&self, unit: TextUnit) -> usize {
        let leaves = flatten(&self.blocks);
        let parts: Vec<Part> = (0..leaves.len()).map(|leaf| whole(&leaves, leaf)).collect();
        Ruler { leaves: &leaves, unit }.length(None, &parts)
    }
}

/// The part that is all of a leaf.
pub(super) fn whole(leaves: &[Leaf<'_>], leaf: usize) -> Part {
    let end = match leaves[leaf].body {
        Body::Text(text) => text.len(),
        _ => 0,
    };
    Part { leaf, start: 0, end }
}

/// Measures stretches of a row of leaves.
#[derive(Clone, Copy)]
pub(super) struct Ruler<'l> {
    pub(super) leaves: &'l [Leaf<'l>],
    pub(super) unit: TextUnit,
}

impl Ruler<'_> {
    /// What `parts` add to a piece that ends with `last`.
    pub(super) fn length(&self, last: Option<Part>, parts: &[Part]) -> usize {
        let mut last = last;
        let mut sum = 0;
        for part in parts {
            sum += self.added(last, *part);
            last = Some(*part);
        }
        sum
    }

    fn added(&self, last: Option<Part>, part: Part) -> usize {
        let leaf = &self.leaves[part.leaf];
        let mut sum = self.body(leaf, part);
        let shared = match last {
            Some(last) if last.leaf == part.leaf => return sum,
            Some(last) => shared(&self.leaves[last.leaf].path, &leaf.path),
            None => 0,
        };
        let opened = &leaf.path[shared..];
        sum += opened
            .iter()
            .map(|level| self.around(level.kind, &leaf.path))
            .sum::<usize>();
        if last.is_some() && opened.iter().any(|level| level.kind.is_block()) {
            sum += SEPARATOR_LINES * (1 + Self::line(&leaf.path));
        }
        sum
    }

    fn body(&self, leaf: &Leaf<'_>, part: Part) -> usize {
        match leaf.body {
            Body::Text(text) => {
                let text = &text[part.start..part.end];
                let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
                self.unit.count(text) + breaks * Self::line(&leaf.path)
            }
            Body::Atom(inline) => atom(inline, self.unit),
            Body::Break => 1 + Self::line(&leaf.path),
            Body::Nothing => 0,
        }
    }

    /// What every further line costs at the end of this path: quote marks and indents.
    fn line(path: &[Level<'_>]) -> usize {
        path.iter()
            .map(|level| match level.kind {
                LevelKind::Quote => 2,
                LevelKind::Item(_) => 3,
                _ => 0,
            })
            .sum()
    }

    fn around(&self, kind: LevelKind<'_>, path: &[Level<'_>]) -> usize {
        match kind {
            LevelKind::List | LevelKind::Paragraph => 0,
            LevelKind::Quote | LevelKind::Italic | LevelKind::InlineCode => 2,
            LevelKind::Heading | LevelKind::Bold | LevelKind::Strike | LevelKind::Spoiler => 4,
            LevelKind::Item(None) => self.unit.count("• "),
            LevelKind::Item(Some(number)) => number.checked_ilog10().unwrap_or(0) as usize + 3,
            LevelKind::CodeBlock(language) => {
                let language = language.map_or(0, |name| self.unit.count(name));
                "```\n\n```".len() + language + 2 * Self::line(path)
            }
        }
    }

    /// What the containers of a leaf cost by themselves, with one line break.
    pub(super) fn overhead(&self, leaf: &Leaf<'_>) -> usize {
        let around: usize = leaf.path.iter().map(|level| self.around(level.kind, &leaf.path)).sum();
        around + Self::line(&leaf.path)
    }
}

/// How many containers two leaves share.
pub(super) fn shared(one: &[Level<'_>], other: &[Level<'_>]) -> usize {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one.id == other.id)
        .count()
}

/// A link or mention with its markup.
pub(super) fn atom(inline: &Inline, unit: TextUnit) -> usize {
    let inside = |inner: &[Inline]| inner.iter().map(|inline| atom(inline, unit)).sum::<usize>();
    match inline {
        Inline::Text(text) => unit.count(text),
        Inline::Code(text) => unit.count(text) + 2,
        Inline::Italic(inner) => inside(inner) + 2,
        Inline::Bold(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => inside(inner) + 4,
        Inline::Link { url, label, .. } => inside(label) + unit.count(url) + "[]()".len(),
        Inline::Mention(Mention::Identity { name, .. } | Mention::Place { name, .. }) => {
            (unit.count(name) + 1).max(MENTION_MIN)
        }
        Inline::Break => 1,
    }
}
