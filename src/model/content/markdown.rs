//! Reads markdown into our tree: a safe subset, whoever wrote it.
//!
//! Owns what markup means. HTML is text, a link leads where it says, `<@ref>` and `<#ref>` are mentions only when the
//! caller knows the ref, and `{name}` is filled after parsing, so that what a member wrote never becomes markup.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::link;
use super::{Block, Content, Inline, Mention};
use crate::model::invisible::without_controls;

/// Quotes in lists in quotes: deeper than any text needs, and far from what overflows a stack or a JSON reader.
const NESTING_MAX: usize = 12;

/// What a ref in `<@…>` or `<#…>` may be named: longer is text.
const REF_BYTES_MAX: usize = 128;

/// A ref as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MentionRef<'a> {
    /// `<@…>`.
    Identity(&'a str),
    /// `<#…>`.
    Place(&'a str),
}

/// Makes a mention of a ref, or none when the ref is unknown: then it is shown as written.
pub type Resolve<'a> = dyn Fn(MentionRef<'_>) -> Option<Mention> + 'a;

impl Content {
    /// Reads `text` as markdown. `{name}` is filled from `values` with plain text; a name that is not there stays as
    /// it is written.
    pub fn from_markdown(text: &str, values: &[(String, String)], resolve: &Resolve<'_>) -> Self {
        let mut reader = Reader {
            values,
            resolve,
            stack: vec![Frame::new(Kind::Document)],
            skipped: 0,
            text: String::new(),
        };
        for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH) {
            reader.event(event);
        }
        reader.finish()
    }

    /// Reads `text` as markdown without values and mentions.
    pub fn markdown(text: &str) -> Self {
        Self::from_markdown(text, &[], &|_| None)
    }
}

/// What an open frame becomes when it closes.
#[derive(Debug, PartialEq)]
enum Kind {
    Document,
    Quote,
    List(Option<u32>),
    Item,
    Paragraph,
    /// A paragraph that the text of a tight list item opened by itself.
    Implied,
    Heading,
    Code(Option<String>),
    Bold,
    Italic,
    Strike,
    Link(String),
}

impl Kind {
    fn holds_blocks(&self) -> bool {
        matches!(self, Self::Document | Self::Quote | Self::List(_) | Self::Item)
    }
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    inlines: Vec<Inline>,
    raw: String,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            items: Vec::new(),
            inlines: Vec::new(),
            raw: String::new(),
        }
    }
}

struct Reader<'a> {
    values: &'a [(String, String)],
    resolve: &'a Resolve<'a>,
    stack: Vec<Frame>,
    /// Open tags that are nested too deeply, and are left out while their text stays.
    skipped: usize,
    text: String,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            // HTML is shown as it was written; mathematics and footnotes only come with options that are off.
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.push_text(&text),
            Event::SoftBreak => self.push_text(" "),
            Event::HardBreak => self.push_inline(Inline::Break),
            Event::Code(code) => {
                let code = self.fill_code(&code);
                self.push_inline(Inline::Code(code));
            }
            Event::Rule => {
                self.end_implied();
                self.push_block(Block::Paragraph(vec![Inline::Text("———".to_owned())]));
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Heading { .. } => Kind::Heading,
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let language = info.split_whitespace().next().map(str::to_owned);
                Kind::Code(language)
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Code(None),
            Tag::List(start) => Kind::List(start.map(|first| u32::try_from(first).unwrap_or(1))),
            Tag::Item => Kind::Item,
            Tag::Emphasis => Kind::Italic,
            Tag::Strong => Kind::Bold,
            Tag::Strikethrough => Kind::Strike,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => Kind::Link(dest_url.into_string()),
            // Paragraphs, HTML, and what only comes with options that are off.
            _ => Kind::Paragraph,
        };
        self.flush();
        let is_inline = matches!(kind, Kind::Bold | Kind::Italic | Kind::Strike | Kind::Link(_));
        if is_inline {
            self.open_implied();
        } else {
            self.end_implied();
        }
        // An item always has its list around it, so both are left out or none.
        let deep = self.stack.len() >= NESTING_MAX && !matches!(kind, Kind::Item | Kind::Paragraph | Kind::Code(_));
        if self.skipped > 0 || deep {
            self.skipped += 1;
            return;
        }
        self.stack.push(Frame::new(kind));
    }

    fn end(&mut self, tag: TagEnd) {
        self.flush();
        let is_inline = matches!(
            tag,
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
        );
        if !is_inline {
            self.end_implied();
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        self.close();
    }

    fn finish(mut self) -> Content {
        self.flush();
        while self.stack.len() > 1 {
            self.close();
        }
        let document = self.stack.pop().expect("the document is never closed before the end");
        Content {
            blocks: document.blocks,
        }
    }

    fn close(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        match frame.kind {
            Kind::Document => self.stack.push(frame),
            Kind::Quote => self.push_block(Block::Quote(frame.blocks)),
            Kind::List(start) => self.push_block(Block::List {
                start,
                items: frame.items,
            }),
            Kind::Item => {
                if let Some(list) = self.stack.last_mut() {
                    list.items.push(frame.blocks);
                }
            }
            Kind::Paragraph | Kind::Implied => {
                if !frame.inlines.is_empty() {
                    self.push_block(Block::Paragraph(frame.inlines));
                }
            }
            Kind::Heading => self.push_block(Block::Heading(frame.inlines)),
            Kind::Code(language) => {
                let filled = self.fill_plain(&frame.raw);
                self.push_block(Block::Code {
                    language,
                    text: filled.trim_end_matches('\n').to_owned(),
                });
            }
            Kind::Bold => self.push_inline(Inline::Bold(frame.inlines)),
            Kind::Italic => self.push_inline(Inline::Italic(frame.inlines)),
            Kind::Strike => self.push_inline(Inline::Strike(frame.inlines)),
            Kind::Link(url) => {
                for inline in link::checked(url, frame.inlines) {
                    self.push_inline(inline);
                }
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        if let Some(frame) = self.stack.last_mut()
            && let Kind::Code(_) = frame.kind
        {
            frame.raw.push_str(text);
            return;
        }
        self.text.push_str(text);
    }

    fn push_inline(&mut self, inline: Inline) {
        self.flush();
        self.open_implied();
        if let Some(frame) = self.stack.last_mut() {
            frame.inlines.push(inline);
        }
    }

    fn push_block(&mut self, block: Block) {
        if let Some(frame) = self.stack.iter_mut().rev().find(|frame| frame.kind.holds_blocks()) {
            match frame.kind {
                // Only an item belongs into a list; what stands outside of one is made an item.
                Kind::List(_) => frame.items.push(vec![block]),
                _ => frame.blocks.push(block),
            }
        }
    }

    fn open_implied(&mut self) {
        if self.stack.last().is_some_and(|frame| frame.kind.holds_blocks()) {
            self.stack.push(Frame::new(Kind::Implied));
        }
    }

    fn end_implied(&mut self) {
        self.flush();
        if self.stack.last().is_some_and(|frame| frame.kind == Kind::Implied) {
            self.close();
        }
    }

    /// The parser hands over text in bits; mentions and values are looked for in all of it.
    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let in_link = self.stack.iter().any(|frame| matches!(frame.kind, Kind::Link(_)));
        let inlines = self.read_text(text.trim_end_matches('\n'), in_link);
        self.open_implied();
        if let Some(frame) = self.stack.last_mut() {
            frame.inlines.extend(inlines);
        }
    }

    fn read_text(&self, text: &str, in_link: bool) -> Vec<Inline> {
        let mut out = Run::default();
        let mut rest = text;
        while let Some(at) = rest.find(['<', '{', 'h', '\n']) {
            out.text(&rest[..at]);
            rest = &rest[at..];
            if let Some((inline, length)) = self.mention(rest) {
                out.inline(inline);
                rest = &rest[length..];
            } else if let Some((value, length)) = self.value(rest) {
                out.lines(value);
                rest = &rest[length..];
            } else if !in_link && let Some((inline, length)) = link::bare(rest) {
                out.inline(inline);
                rest = &rest[length..];
            } else if let Some(behind) = rest.strip_prefix('\n') {
                out.inline(Inline::Break);
                rest = behind;
            } else {
                out.text(&rest[..1]);
                rest = &rest[1..];
            }
        }
        out.text(rest);
        out.finish()
    }

    fn mention(&self, text: &str) -> Option<(Inline, usize)> {
        let name = text.strip_prefix("<@").or_else(|| text.strip_prefix("<#"))?;
        let end = name.bytes().take(REF_BYTES_MAX + 1).position(|byte| byte == b'>')?;
        let (name, length) = (&name[..end], end + 3);
        let mention = if text.starts_with("<@") {
            MentionRef::Identity(name)
        } else {
            MentionRef::Place(name)
        };
        (self.resolve)(mention).map(|mention| (Inline::Mention(mention), length))
    }

    fn value(&self, text: &str) -> Option<(&str, usize)> {
        let name = text.strip_prefix('{')?;
        self.values.iter().find_map(|(key, value)| {
            let behind = name.strip_prefix(key.as_str())?;
            behind.starts_with('}').then_some((value.as_str(), key.len() + 2))
        })
    }

    fn fill_code(&self, text: &str) -> String {
        self.fill_plain(text).replace('\n', " ")
    }

    fn fill_plain(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (bit, length) = self.value(rest).unwrap_or(("{", 1));
            out.push_str(bit);
            rest = &rest[length..];
        }
        out.push_str(rest);
        without_controls(&out)
    }
}

/// Inlines with neighbouring text in one.
#[derive(Default)]
struct Run {
    inlines: Vec<Inline>,
}

impl Run {
    fn text(&mut self, text: &str) {
        let text = without_controls(text);
        if text.is_empty() {
            return;
        }
        if let Some(Inline::Text(last)) = self.inlines.last_mut() {
            last.push_str(&text);
        } else {
            self.inlines.push(Inline::Text(text));
        }
    }

    fn lines(&mut self, text: &str) {
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                self.inline(Inline::Break);
            }
            self.text(line);
        }
    }

    fn inline(&mut self, inline: Inline) {
        self.inlines.push(inline);
    }

    fn finish(self) -> Vec<Inline> {
        self.inlines
    }
}

#[cfg(test)]
mod tests;
