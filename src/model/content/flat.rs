//! The tree as a row of leaves, each with the path that leads to it, and back.
//!
//! A row can be cut anywhere and both halves made trees again: that is how texts are split and measured.

use super::{Block, Content, Inline};

/// What cannot be taken apart, with the containers around it.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    pub(super) path: Vec<Level<'a>>,
    pub(super) body: Body<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Body<'a> {
    /// Can be cut.
    Text(&'a str),
    /// A link or a mention: whole or not at all.
    Atom(&'a Inline),
    Break,
    /// An empty container.
    Nothing,
}

/// One container on the way to a leaf. The id tells two neighbours of the same kind apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level<'a> {
    pub(super) id: u32,
    pub(super) kind: LevelKind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelKind<'a> {
    Quote,
    List,
    /// The number it is shown with, none for bullets.
    Item(Option<u32>),
    Paragraph,
    Heading,
    CodeBlock(Option<&'a str>),
    Bold,
    Italic,
    Strike,
    Spoiler,
    InlineCode,
}

impl LevelKind<'_> {
    pub(super) fn is_block(self) -> bool {
        !matches!(
            self,
            Self::Bold | Self::Italic | Self::Strike | Self::Spoiler | Self::InlineCode
        )
    }

    /// Whether only text and inlines stand in it.
    pub(super) fn is_run(self) -> bool {
        matches!(self, Self::Paragraph | Self::Heading | Self::CodeBlock(_))
    }
}

/// A leaf or a stretch of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) leaf: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All leaves of the tree, in reading order.
pub(super) fn flatten(blocks: &[Block]) -> Vec<Leaf<'_>> {
    let mut walk = Walk::default();
    walk.blocks(blocks);
    walk.leaves
}

#[derive(Default)]
struct Walk<'a> {
    leaves: Vec<Leaf<'a>>,
    path: Vec<Level<'a>>,
    ids: u32,
}

impl<'a> Walk<'a> {
    fn within(&mut self, kind: LevelKind<'a>, inner: impl FnOnce(&mut Self)) {
        self.ids += 1;
        self.path.push(Level { id: self.ids, kind });
        let before = self.leaves.len();
        inner(self);
        if self.leaves.len() == before {
            self.leaf(Body::Nothing);
        }
        self.path.pop();
    }

    fn leaf(&mut self, body: Body<'a>) {
        self.leaves.push(Leaf {
            path: self.path.clone(),
            body,
        });
    }

    fn blocks(&mut self, blocks: &'a [Block]) {
        for block in blocks {
            match block {
                Block::Paragraph(inlines) => self.within(LevelKind::Paragraph, |walk| walk.inlines(inlines)),
                Block::Heading(inlines) => self.within(LevelKind::Heading, |walk| walk.inlines(inlines)),
                Block::Quote(inner) => self.within(LevelKind::Quote, |walk| walk.blocks(inner)),
                Block::Code { language, text } => {
                    self.within(LevelKind::CodeBlock(language.as_deref()), |walk| {
                        walk.leaf(Body::Text(text));
                    });
                }
                Block::List { start, items } => self.within(LevelKind::List, |walk| {
                    for (number, item) in (0_u32..).zip(items) {
                        let shown = start.map(|first| first.saturating_add(number));
                        walk.within(LevelKind::Item(shown), |walk| walk.blocks(item));
                    }
                }),
            }
        }
    }

    fn inlines(&mut self, inlines: &'a [Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text(text) => self.leaf(Body::Text(text)),
                Inline::Bold(inner) => self.within(LevelKind::Bold, |walk| walk.inlines(inner)),
                Inline::Italic(inner) => self.within(LevelKind::Italic, |walk| walk.inlines(inner)),
                Inline::Strike(inner) => self.within(LevelKind::Strike, |walk| walk.inlines(inner)),
                Inline::Spoiler(inner) => self.within(LevelKind::Spoiler, |walk| walk.inlines(inner)),
                Inline::Code(text) => self.within(LevelKind::InlineCode, |walk| walk.leaf(Body::Text(text))),
                Inline::Link { .. } | Inline::Mention(_) => self.leaf(Body::Atom(inline)),
                Inline::Break => self.leaf(Body::Break),
            }
        }
    }
}

/// Makes a tree of a stretch of the row.
pub(super) fn build(leaves: &[Leaf<'_>], parts: &[Part]) -> Content {
    Content {
        blocks: blocks(leaves, parts, 0),
    }
}

/// Stretches of parts that share the container at `depth`; parts that end above it are left out.
fn groups<'p>(leaves: &[Leaf<'_>], parts: &'p [Part], depth: usize) -> impl Iterator<Item = &'p [Part]> {
    let id = move |part: &Part| leaves[part.leaf].path.get(depth).map(|level| level.id);
    let ids: Vec<Option<u32>> = parts.iter().map(id).collect();
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < parts.len() && ids[start].is_none() {
            start += 1;
        }
        if start == parts.len() {
            return None;
        }
        let length = ids[start..].iter().take_while(|id| **id == ids[start]).count();
        let group = &parts[start..start + length];
        start += length;
        Some(group)
    })
}

fn blocks(leaves: &[Leaf<'_>], parts: &[Part], depth: usize) -> Vec<Block> {
    groups(leaves, parts, depth)
        .map(|group| {
            let level = leaves[group[0].leaf].path[depth];
            match level.kind {
                LevelKind::Quote => Block::Quote(blocks(leaves, group, depth + 1)),
                LevelKind::List => list(leaves, group, depth + 1),
                LevelKind::Heading => Block::Heading(inlines(leaves, group, depth + 1)),
                LevelKind::CodeBlock(language) => Block::Code {
                    language: language.map(str::to_owned),
                    text: text(leaves, group),
                },
                _ => Block::Paragraph(inlines(leaves, group, depth + 1)),
            }
        })
        .collect()
}

fn list(leaves: &[Leaf<'_>], parts: &[Part], depth: usize) -> Block {
    let mut start = None;
    let mut items = Vec::new();
    for group in groups(leaves, parts, depth) {
        if items.is_empty()
            && let LevelKind::Item(shown) = leaves[group[0].leaf].path[depth].kind
        {
            start = shown;
        }
        items.push(blocks(leaves, group, depth + 1));
    }
    Block::List { start, items }
}

fn inlines(leaves: &[Leaf<'_>], parts: &[Part], depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut rest = parts;
    while let Some(part) = rest.first() {
        let leaf = &leaves[part.leaf];
        let Some(level) = leaf.path.get(depth) else {
            match leaf.body {
                Body::Text(text) => out.push(Inline::Text(text[part.start..part.end].to_owned())),
                Body::Atom(inline) => out.push(inline.clone()),
                Body::Break => out.push(Inline::Break),
                Body::Nothing => {}
            }
            rest = &rest[1..];
            continue;
        };
        let same = |part: &&Part| leaves[part.leaf].path.get(depth).map(|other| other.id) == Some(level.id);
        let length = rest.iter().take_while(same).count();
        let group = &rest[..length];
        out.push(match level.kind {
            LevelKind::Italic => Inline::Italic(inlines(leaves, group, depth + 1)),
            LevelKind::Strike => Inline::Strike(inlines(leaves, group, depth + 1)),
            LevelKind::Spoiler => Inline::Spoiler(inlines(leaves, group, depth + 1)),
            LevelKind::InlineCode => Inline::Code(text(leaves, group)),
            _ => Inline::Bold(inlines(leaves, group, depth + 1)),
        });
        rest = &rest[length..];
    }
    out
}

fn text(leaves: &[Leaf<'_>], parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match leaves[part.leaf].body {
            Body::Text(text) => &text[part.start..part.end],
            _ => "",
        })
        .collect()
}
