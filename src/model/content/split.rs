//! Cuts a text into pieces that a platform takes, and joins them again.
//!
//! Owns where to cut: between paragraphs, then sentences, then words, then graphemes; never inside a link or mention;
//! quotes, lists, styles and code fences are closed at a cut and opened again behind it. Time is linear in the text.

use unicode_segmentation::UnicodeSegmentation;

use super::flat::{Body, Leaf, LevelKind, Part, build, flatten};
use super::length::{Ruler, atom, shared, whole};
use super::{Block, Content, Inline};
use crate::model::capability::TextUnit;

/// The smallest limit that is kept: with less there is no room for one character in four bytes within markup. No
/// platform comes near it.
pub const LIMIT_MIN: usize = 16;

/// Stands for a link or mention where sentences and words are looked for.
const ATOM: &str = "\u{fffc}";

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Within the limit.
    pub content: Content,
    /// How it goes on from the piece before it.
    pub join: Join,
}

/// How a piece goes on from the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// So many of the containers open at the cut are the same; 0: a new block.
    pub depth: usize,
    /// The cut is inside a text, not between two.
    pub within: bool,
    /// A line break in code is the cut, and left out.
    pub line: bool,
}

impl Content {
    /// Cuts the text into pieces of at most `limit` by `unit`, markup counted. What cannot be whole within the limit, a
    /// long link or deep nesting, is made plain text first.
    pub fn split(&self, limit: usize, unit: TextUnit) -> Vec<Piece> {
        let limit = limit.max(LIMIT_MIN);
        let simple = simplified(&self.blocks, limit, unit);
        let leaves = flatten(&simple);
        let mut packer = Packer {
            ruler: Ruler { leaves: &leaves, unit },
            limit,
            pieces: Vec::new(),
            current: Vec::new(),
            used: 0,
        };
        let parts: Vec<Part> = (0..leaves.len()).map(|leaf| whole(&leaves, leaf)).collect();
        packer.pack(&parts, 0);
        packer.flush();
        pieces(&leaves, &packer.pieces)
    }

    /// Puts pieces together again, in order.
    pub fn join(pieces: &[Piece]) -> Self {
        let mut blocks = Vec::new();
        for piece in pieces {
            join_blocks(&mut blocks, piece.content.blocks.clone(), piece.join, piece.join.depth);
        }
        Self { blocks }
    }
}

/// Makes plain what could never be within the limit.
fn simplified(blocks: &[Block], limit: usize, unit: TextUnit) -> Vec<Block> {
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        let one = std::slice::from_ref(block);
        let leaves = flatten(one);
        let ruler = Ruler { leaves: &leaves, unit };
        let too_deep = leaves.iter().any(|leaf| ruler.overhead(leaf) > limit / 2);
        let too_long = leaves.iter().any(|leaf| match leaf.body {
            Body::Atom(inline) => ruler.overhead(leaf) + atom(inline, unit) > limit,
            _ => false,
        });
        if too_deep {
            let text = Content { blocks: one.to_vec() }.to_plain();
            out.extend(Content::plain(&text).blocks);
        } else if too_long {
            // Half is left for what stands around the atom.
            out.push(without_atoms(block, limit / 2, unit));
        } else {
            out.push(block.clone());
        }
    }
    out
}

fn without_atoms(block: &Block, max: usize, unit: TextUnit) -> Block {
    let inner = |inlines: &[Inline]| inlines.iter().map(|inline| without_atom(inline, max, unit)).collect();
    let all = |blocks: &[Block]| blocks.iter().map(|block| without_atoms(block, max, unit)).collect();
    match block {
        Block::Paragraph(inlines) => Block::Paragraph(inner(inlines)),
        Block::Heading(inlines) => Block::Heading(inner(inlines)),
        Block::Quote(blocks) => Block::Quote(all(blocks)),
        Block::List { start, items } => Block::List {
            start: *start,
            items: items.iter().map(|item| all(item)).collect(),
        },
        Block::Code { .. } => block.clone(),
    }
}

fn without_atom(inline: &Inline, max: usize, unit: TextUnit) -> Inline {
    let inner = |inlines: &[Inline]| inlines.iter().map(|inline| without_atom(inline, max, unit)).collect();
    match inline {
        Inline::Bold(inlines) => Inline::Bold(inner(inlines)),
        Inline::Italic(inlines) => Inline::Italic(inner(inlines)),
        Inline::Strike(inlines) => Inline::Strike(inner(inlines)),
        Inline::Spoiler(inlines) => Inline::Spoiler(inner(inlines)),
        Inline::Link { .. } | Inline::Mention(_) if atom(inline, unit) > max => {
            let blocks = vec![Block::Paragraph(vec![inline.clone()])];
            Inline::Text(Content { blocks }.to_plain())
        }
        _ => inline.clone(),
    }
}

/// Where a run of text may be cut, the best first.
#[derive(Clone, Copy)]
enum Cut {
    Line,
    Sentence,
    Space,
    Word,
    Grapheme,
    Character,
}

const CUTS: [Cut; 5] = [Cut::Sentence, Cut::Space, Cut::Word, Cut::Grapheme, Cut::Character];
const CUTS_OF_CODE: [Cut; 4] = [Cut::Line, Cut::Space, Cut::Grapheme, Cut::Character];

struct Packer<'l> {
    ruler: Ruler<'l>,
    limit: usize,
    pieces: Vec<Vec<Part>>,
    current: Vec<Part>,
    used: usize,
}

impl Packer<'_> {
    /// Packs parts that share the first `depth` containers.
    fn pack(&mut self, parts: &[Part], depth: usize) {
        let mut rest = parts;
        while let Some(first) = rest.first() {
            let id = |part: &Part| self.ruler.leaves[part.leaf].path.get(depth).map(|level| level.id);
            let same = rest.iter().take_while(|part| id(part) == id(first)).count();
            let (group, behind) = rest.split_at(same);
            rest = behind;
            if self.place(group) {
                continue;
            }
            match self.ruler.leaves[first.leaf].path.get(depth).map(|level| level.kind) {
                Some(kind) if kind.is_run() => self.pack_run(group, matches!(kind, LevelKind::CodeBlock(_))),
                Some(_) => self.pack(group, depth + 1),
                None => self.force(group),
            }
        }
    }

    fn pack_run(&mut self, parts: &[Part], is_code: bool) {
        let mut run = Run::default();
        for part in parts {
            let text = match self.ruler.leaves[part.leaf].body {
                Body::Text(text) => text,
                Body::Atom(_) => ATOM,
                Body::Break => "\n",
                Body::Nothing => "",
            };
            run.starts.push(run.text.len());
            run.leaves.push(part.leaf);
            run.text.push_str(text);
        }
        let cuts: &[Cut] = if is_code { &CUTS_OF_CODE } else { &CUTS };
        self.pack_text(&run, 0, run.text.len(), cuts);
    }

    fn pack_text(&mut self, run: &Run, start: usize, end: usize, cuts: &[Cut]) {
        let Some((cut, finer)) = cuts.split_first() else { return };
        let mut from = start;
        for bound in bounds(&run.text[start..end], *cut) {
            let to = start + bound;
            let parts = run.parts(self.ruler.leaves, from, to);
            if !self.place(&parts) {
                if finer.is_empty() {
                    self.force(&parts);
                } else {
                    self.pack_text(run, from, to, finer);
                }
            }
            from = to;
        }
    }

    /// Adds the parts whole, to this piece or to the next one; says whether they fit into either.
    fn place(&mut self, parts: &[Part]) -> bool {
        let added = self.ruler.length(self.current.last().copied(), parts);
        if self.used + added <= self.limit {
            self.push(parts, added);
            return true;
        }
        let alone = self.ruler.length(None, parts);
        if alone > self.limit {
            return false;
        }
        self.flush();
        self.push(parts, alone);
        true
    }

    fn force(&mut self, parts: &[Part]) {
        self.flush();
        let alone = self.ruler.length(None, parts);
        self.push(parts, alone);
    }

    fn push(&mut self, parts: &[Part], added: usize) {
        self.used += added;
        for part in parts {
            match self.current.last_mut() {
                Some(last) if last.leaf == part.leaf && last.end == part.start => last.end = part.end,
                _ => self.current.push(*part),
            }
        }
    }

    fn flush(&mut self) {
        if !self.current.is_empty() {
            self.pieces.push(std::mem::take(&mut self.current));
        }
        self.used = 0;
    }
}

/// All text of one paragraph or code block, across styles.
#[derive(Default)]
struct Run {
    text: String,
    leaves: Vec<usize>,
    starts: Vec<usize>,
}

impl Run {
    fn parts(&self, leaves: &[Leaf<'_>], from: usize, to: usize) -> Vec<Part> {
        let mut out = Vec::new();
        let first = self.starts.partition_point(|start| *start <= from).saturating_sub(1);
        for number in first..self.starts.len() {
            let start = self.starts[number];
            let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
            if start >= to {
                break;
            }
            if end <= from {
                continue;
            }
            let leaf = self.leaves[number];
            match leaves[leaf].body {
                Body::Text(_) => out.push(Part {
                    leaf,
                    start: from.max(start) - start,
                    end: to.min(end) - start,
                }),
                _ => out.push(Part { leaf, start: 0, end: 0 }),
            }
        }
        out
    }
}

/// Ends of the stretches that `cut` makes, the last of them the end of the text. All but `Character` keep graphemes
/// whole.
fn bounds(text: &str, cut: Cut) -> Vec<usize> {
    let ends = |starts: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
        starts.filter(|at| *at > 0).chain([text.len()]).collect()
    };
    let found = match cut {
        Cut::Line => ends(
            &mut text
                .match_indices('\n')
                .map(|(at, _)| at + 1)
                .filter(|at| *at < text.len()),
        ),
        Cut::Sentence => ends(&mut text.split_sentence_bound_indices().map(|(at, _)| at)),
        Cut::Word => ends(&mut text.split_word_bound_indices().map(|(at, _)| at)),
        Cut::Grapheme => return ends(&mut text.grapheme_indices(true).map(|(at, _)| at)),
        Cut::Character => {
            // An atom is one character of the run, so it stays whole here as well.
            return ends(&mut text.char_indices().map(|(at, _)| at));
        }
        Cut::Space => {
            let mut behind_space = false;
            let mut starts = text.grapheme_indices(true).filter_map(|(at, grapheme)| {
                let space = grapheme.chars().all(char::is_whitespace);
                let starts_word = behind_space && !space;
                behind_space = space;
                starts_word.then_some(at)
            });
            return ends(&mut starts);
        }
    };
    let mut graphemes = text
        .grapheme_indices(true)
        .map(|(at, _)| at)
        .chain([text.len()])
        .peekable();
    found
        .into_iter()
        .filter(|at| {
            while graphemes.next_if(|start| start < at).is_some() {}
            graphemes.peek() == Some(at)
        })
        .collect()
}

fn pieces(leaves: &[Leaf<'_>], packed: &[Vec<Part>]) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(packed.len());
    let mut line = false;
    for (number, parts) in packed.iter().enumerate() {
        let mut join = Join {
            line,
            ..Join::default()
        };
        if let Some(before) = number.checked_sub(1).and_then(|before| packed[before].last()) {
            let (before, after) = (&leaves[before.leaf], &leaves[parts[0].leaf]);
            join.depth = shared(&before.path, &after.path);
            join.within = parts[0].start > 0;
        }
        let mut parts = parts.clone();
        line = packed
            .get(number + 1)
            .is_some_and(|next| ends_code_line(leaves, &mut parts, next[0]));
        out.push(Piece {
            content: build(leaves, &parts),
            join,
        });
    }
    out
}

/// Leaves out the line break that a cut in code stands behind; a fence brings its own.
fn ends_code_line(leaves: &[Leaf<'_>], parts: &mut [Part], next: Part) -> bool {
    let Some(last) = parts.last_mut() else { return false };
    let leaf = &leaves[last.leaf];
    let in_code = matches!(leaf.path.last().map(|level| level.kind), Some(LevelKind::CodeBlock(_)));
    match leaf.body {
        Body::Text(text) if in_code && next.leaf == last.leaf && text[..last.end].ends_with('\n') => {
            last.end -= 1;
            true
        }
        _ => false,
    }
}

fn join_blocks(blocks: &mut Vec<Block>, more: Vec<Block>, join: Join, depth: usize) {
    let mut more = more.into_iter();
    if depth > 0
        && let (Some(last), Some(first)) = (blocks.last_mut(), more.next())
    {
        match (last, first) {
            (Block::Paragraph(one), Block::Paragraph(other)) | (Block::Heading(one), Block::Heading(other)) => {
                join_inlines(one, other, join, depth - 1);
            }
            (Block::Quote(one), Block::Quote(other)) => join_blocks(one, other, join, depth - 1),
            (Block::List { items: one, .. }, Block::List { items: other, .. }) => {
                let mut other = other.into_iter();
                if depth > 1
                    && let (Some(last), Some(first)) = (one.last_mut(), other.next())
                {
                    join_blocks(last, first, join, depth - 2);
                }
                one.extend(other);
            }
            (Block::Code { text: one, .. }, Block::Code { text: other, .. }) => {
                if join.line {
                    one.push('\n');
                }
                one.push_str(&other);
            }
            (_, first) => blocks.push(first),
        }
    }
    blocks.extend(more);
}

fn join_inlines(inlines: &mut Vec<Inline>, more: Vec<Inline>, join: Join, depth: usize) {
    let mut more = more.into_iter();
    if (depth > 0 || join.within)
        && let (Some(last), Some(first)) = (inlines.last_mut(), more.next())
    {
        match (last, first) {
            (Inline::Text(one), Inline::Text(other)) | (Inline::Code(one), Inline::Code(other)) => {
                one.push_str(&other);
            }
            (Inline::Bold(one), Inline::Bold(other))
            | (Inline::Italic(one), Inline::Italic(other))
            | (Inline::Strike(one), Inline::Strike(other))
            | (Inline::Spoiler(one), Inline::Spoiler(other)) => {
                join_inlines(one, other, join, depth.saturating_sub(1));
            }
            (_, first) => inlines.push(first),
        }
    }
    inlines.extend(more);
}

#[cfg(test)]
mod tests;
