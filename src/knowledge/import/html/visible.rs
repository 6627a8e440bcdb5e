//! What a reader of a page sees, as far as the page itself says: tags and texts without scripts, styles and hidden parts.
//! Pure.
//!
//! A tokenizer and a stack are enough: broken pages are read leniently, in time that grows with their length alone.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::style;
use crate::knowledge::import::clean;

/// Browsers end at 512; what is nested deeper than this was not written for readers.
const DEPTH_MAX: usize = 256;

/// Elements whose text nobody reads as text, or that are on every page.
pub(in crate::knowledge::import) const HIDDEN: [&str; 23] = [
    "audio", "button", "canvas", "datalist", "embed", "footer", "head", "iframe", "math", "nav", "noembed", "noframes",
    "noscript", "object", "option", "script", "select", "style", "svg", "template", "textarea", "title", "video",
];

/// What may stand in a head, which ends before anything else: its end need not be written.
const IN_HEAD: [&str; 8] = [
    "base", "link", "meta", "noscript", "script", "style", "template", "title",
];

/// Elements without an end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements within a line: an element that ends by itself ends through them.
pub(super) const INLINE: [&str; 29] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
];

/// A part of a page in reading order. Each `Open` has its `Close`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Open {
        name: String,
        href: Option<String>,
    },
    Close {
        name: String,
    },
    Text(String),
    /// What the page is called, in the browser's tab.
    Title(String),
    /// JSON-LD: what the page says of itself to search engines.
    Data(String),
}

/// A tag as it stands in a line of another text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::knowledge::import) enum Tag {
    Open(Open),
    /// Of the element of that name.
    Close(String),
}

/// A tag that opens an element.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::knowledge::import) struct Open {
    pub(in crate::knowledge::import) name: String,
    /// It says so itself.
    pub(in crate::knowledge::import) hidden: bool,
    pub(in crate::knowledge::import) has_attributes: bool,
    /// Nothing is in the element, and nothing closes it.
    pub(in crate::knowledge::import) is_alone: bool,
}

/// Elements are nested deeper than a page for readers has them.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::knowledge::import) struct TooDeep;

/// What stays open behind a part of a text: the outermost element that is hidden, and those in it.
#[derive(Debug, Default)]
pub(in crate::knowledge::import) struct Hidden(Vec<Element>);

impl Hidden {
    /// What hides, and whether it says so itself: others are hidden by what they are.
    pub(in crate::knowledge::import) fn by(&self) -> Option<(&str, bool)> {
        let outer = self.0.first()?;
        Some((&outer.name, !HIDDEN.contains(&outer.name.as_str())))
    }
}

#[derive(Debug)]
struct Element {
    name: String,
    hidden: bool,
    is_data: bool,
    /// The innermost element here or further out that is none within a line.
    block: Option<usize>,
}

/// Elements that hold a question.
const TITLES: [&str; 8] = ["h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"];

struct Reader<'a> {
    stack: Vec<Element>,
    /// How many on the stack are hidden.
    hidden: usize,
    /// How many hold a question.
    titles: usize,
    /// How many are drawings or formulas.
    drawn: usize,
    language: Option<String>,
    piece: &'a mut dyn FnMut(Piece),
}

/// Hands on what is seen, piece by piece; answers the page's language.
pub(super) fn read(text: &str, piece: &mut dyn FnMut(Piece)) -> Result<Option<String>, TooDeep> {
    let mut reader = Reader::new(piece);
    reader.read(text)?;
    reader.cut(0);
    Ok(reader.language)
}

/// As [`read`] does, for a part of a text behind which more follows.
pub(super) fn read_on(text: &str, hidden: Hidden, piece: &mut dyn FnMut(Piece)) -> Result<Hidden, TooDeep> {
    let mut reader = Reader::new(piece);
    hidden
        .0
        .into_iter()
        .for_each(|element| reader.push(element.name, element.hidden, element.is_data));
    reader.read(text)?;
    let outer = reader.stack.iter().position(|element| element.hidden);
    let rest = reader.stack.split_off(outer.unwrap_or(reader.stack.len()));
    reader.hidden = 0;
    reader.cut(0);
    Ok(Hidden(rest))
}

impl<'a> Reader<'a> {
    fn new(piece: &'a mut dyn FnMut(Piece)) -> Self {
        Self {
            stack: Vec::new(),
            hidden: 0,
            titles: 0,
            drawn: 0,
            language: None,
            piece,
        }
    }
}

/// The tag that `text` is; none when it is a comment or the like.
pub(in crate::knowledge::import) fn tag(text: &str) -> Option<Tag> {
    Tokenizer::new(text).find_map(|token| {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = lossy(&tag.name);
                Some(Tag::Open(Open {
                    hidden: is_hidden(&tag),
                    has_attributes: !tag.attributes.is_empty(),
                    is_alone: tag.self_closing || VOID.contains(&name.as_str()),
                    name,
                }))
            }
            Token::EndTag(tag) => Some(Tag::Close(lossy(&tag.name))),
            _ => None,
        }
    })
}

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Result<(), TooDeep> {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(text, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => self.open(&tag)?,
                Token::EndTag(tag) => self.close(&lossy(&tag.name)),
                Token::String(text) => self.text(&lossy(&text)),
                // Comments, what was wrong, and which HTML it is.
                _ => {}
            }
        }
        Ok(())
    }

    fn open(&mut self, tag: &StartTag<()>) -> Result<(), TooDeep> {
        let name = lossy(&tag.name);
        self.imply_ends(&name);
        if name == "html" && self.language.is_none() {
            self.language = attribute(tag, "lang").map(|language| language.trim().to_owned());
        }
        let hidden = (HIDDEN.contains(&name.as_str()) && !self.opens_an_answer(&name)) || is_hidden(tag);
        if VOID.contains(&name.as_str()) {
            if self.hidden == 0 && !hidden {
                let opened = name.clone();
                (self.piece)(Piece::Open {
                    name: opened,
                    href: None,
                });
                (self.piece)(Piece::Close { name });
            }
            return Ok(());
        }
        // Only drawings and formulas have elements that end where they begin.
        if tag.self_closing && (self.drawn > 0 || is_drawn(&name)) {
            return Ok(());
        }
        if self.stack.len() >= DEPTH_MAX {
            return Err(TooDeep);
        }
        let kind = attribute(tag, "type").unwrap_or_default();
        let is_data = name == "script" && kind.trim().eq_ignore_ascii_case("application/ld+json");
        if self.hidden == 0 && !hidden {
            let href = attribute(tag, "href");
            let opened = name.clone();
            (self.piece)(Piece::Open { name: opened, href });
        }
        self.push(name, hidden, is_data);
        Ok(())
    }

    fn push(&mut self, name: String, hidden: bool, is_data: bool) {
        self.hidden += usize::from(hidden);
        self.titles += usize::from(TITLES.contains(&name.as_str()));
        self.drawn += usize::from(is_drawn(&name));
        let block = if INLINE.contains(&name.as_str()) {
            self.stack.last().and_then(|outer| outer.block)
        } else {
            Some(self.stack.len())
        };
        self.stack.push(Element {
            name,
            hidden,
            is_data,
            block,
        });
    }

    fn close(&mut self, name: &str) {
        if let Some(at) = self.stack.iter().rposition(|element| element.name == name) {
            self.cut(at);
        }
    }

    /// Ends all elements from that one on.
    fn cut(&mut self, at: usize) {
        while self.stack.len() > at {
            let Some(element) = self.stack.pop() else { return };
            self.titles -= usize::from(TITLES.contains(&element.name.as_str()));
            self.drawn -= usize::from(is_drawn(&element.name));
            if self.hidden == 0 {
                (self.piece)(Piece::Close { name: element.name });
            }
            self.hidden -= usize::from(element.hidden);
        }
    }

    /// A button in a heading is what people press to read the answer.
    fn opens_an_answer(&self, name: &str) -> bool {
        name == "button" && self.titles > 0
    }

    /// A paragraph ends where the next one begins, an item where the next item does, a head where something is seen.
    fn imply_ends(&mut self, name: &str) {
        if self.stack.last().is_some_and(|element| element.name == "head") && !IN_HEAD.contains(&name) {
            self.cut(self.stack.len() - 1);
        }
        let ends: &[&str] = match name {
            "li" => &["li", "p"],
            "dt" | "dd" => &["dt", "dd", "p"],
            "td" | "th" => &["td", "th", "p"],
            "tr" => &["td", "th", "tr", "p"],
            _ if INLINE.contains(&name) || VOID.contains(&name) || HIDDEN.contains(&name) => return,
            _ => &["p"],
        };
        let block = |element: Option<&Element>| element.and_then(|element| element.block);
        let (mut end, mut next) = (None, block(self.stack.last()));
        while let Some(at) = next.filter(|at| ends.contains(&self.stack[*at].name.as_str())) {
            end = Some(at);
            next = at.checked_sub(1).and_then(|outer| block(self.stack.get(outer)));
        }
        if let Some(at) = end {
            self.cut(at);
        }
    }

    /// Elsewhere a title is one of a drawing, or was put there to be hidden.
    fn is_in_head(&self) -> bool {
        let outer = &self.stack[..self.stack.len().saturating_sub(1)];
        outer
            .iter()
            .all(|element| matches!(element.name.as_str(), "html" | "head"))
    }

    fn text(&mut self, text: &str) {
        match self.stack.last() {
            Some(element) if element.is_data => (self.piece)(Piece::Data(text.to_owned())),
            Some(element) if element.name == "title" && self.is_in_head() => (self.piece)(Piece::Title(clean(text))),
            _ if self.hidden == 0 => (self.piece)(Piece::Text(clean(text))),
            _ => {}
        }
    }
}

fn is_drawn(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| lossy(value))
}

/// By what the element says itself; what a style sheet hides is not known here.
fn is_hidden(tag: &StartTag<()>) -> bool {
    let says = |name, value: &str| attribute(tag, name).is_some_and(|said| said.trim().eq_ignore_ascii_case(value));
    attribute(tag, "hidden").is_some()
        || says("aria-hidden", "true")
        || attribute(tag, "style").is_some_and(|style| style::hides(&style))
}
