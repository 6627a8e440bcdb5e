//! Entries of a markdown text: a heading with the text below it. Pure.
//!
//! Answers stay markdown as it was written, without HTML: of that only what a reader sees comes in.

use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::outline::{self, Above, Heading};
use super::{Draft, Drafts, Remark, html, one_line, shortened};

/// Links of one answer whose address is written elsewhere.
const NAMED_MAX: usize = 100;

/// The text with what stands at which byte.
struct Text<'a> {
    source: &'a str,
    headings: Vec<Title>,
    /// HTML, with what is seen of it.
    html: Vec<(Range<usize>, String)>,
    /// Links whose address is written elsewhere: where, their name and the address.
    links: Vec<(usize, String, String)>,
    /// An element in a line whose text nobody reads, and where it begins.
    hidden: Option<(&'static str, usize)>,
}

struct Title {
    at: Range<usize>,
    level: u8,
    text: String,
}

/// What is read, and what is a question without an answer.
pub(super) fn read(file: &str, source: &str) -> Drafts {
    let text = Text::new(source);
    let mut out = Drafts::default();
    let mut above: Option<(Above, &Title)> = None;
    for title in &text.headings {
        let kind = outline::heading(title.level, &title.text, above.map(|(above, _)| above));
        if kind == Heading::Belongs {
            continue;
        }
        if let Some((before, question)) = above.take() {
            text.push(file, before, question, title.at.start, &mut out);
        }
        if kind == Heading::Begins {
            let is_question = outline::is_question(&title.text);
            let level = title.level;
            above = Some((Above { level, is_question }, title));
        }
    }
    if let Some((before, question)) = above {
        text.push(file, before, question, source.len(), &mut out);
    }
    number_lines(source, &mut out);
    out
}

/// Bytes become lines in one pass, because there may be many of both.
fn number_lines(source: &str, out: &mut Drafts) {
    let (mut line, mut from) = (1, 0);
    let places = out.taken.iter_mut().map(|draft| &mut draft.place);
    let mut places: Vec<_> = places
        .chain(out.left_out.iter_mut().map(|remark| &mut remark.place))
        .map(|place| (place.parse::<usize>().unwrap_or(0), place))
        .collect();
    places.sort_by_key(|(at, _)| *at);
    for (at, place) in places {
        line += source[from..at].bytes().filter(|byte| *byte == b'\n').count();
        from = at;
        *place = format!("line {line}");
    }
}

impl<'a> Text<'a> {
    fn new(source: &'a str) -> Self {
        // What stands in front of a text for programs would be read as a heading.
        let options = Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
            | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
        let mut text = Self {
            source,
            headings: Vec::new(),
            html: Vec::new(),
            links: Vec::new(),
            hidden: None,
        };
        let mut depth = 0_usize;
        let mut title: Option<Title> = None;
        for (event, at) in Parser::new_ext(source, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                    depth += 1;
                    title = Some(Title {
                        at,
                        level: level as u8,
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::Heading(_)) if depth == 1 => {
                    depth = 0;
                    if let Some(title) = title.take() {
                        let words = one_line(&title.text);
                        text.headings.push(Title { text: words, ..title });
                    }
                }
                Event::Start(tag) => {
                    depth += 1;
                    text.start(&tag, at);
                }
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::InlineHtml(tag) => text.inline_html(&tag, at),
                Event::Text(words) | Event::Code(words) if text.hidden.is_none() => {
                    if let Some(title) = &mut title {
                        title.text.push_str(&words);
                    }
                }
                Event::SoftBreak | Event::HardBreak => {
                    if let Some(title) = &mut title {
                        title.text.push(' ');
                    }
                }
                _ => {}
            }
        }
        if let Some((_, from)) = text.hidden {
            text.cut(from..source.len(), String::new());
        }
        text
    }

    fn start(&mut self, tag: &Tag<'_>, at: Range<usize>) {
        match tag {
            _ if self.hidden.is_some() => {}
            Tag::HtmlBlock => {
                let seen = html::text(&self.source[at.clone()], None).unwrap_or_default();
                let end = if seen.is_empty() { "" } else { "\n\n" };
                self.cut(at, format!("{seen}{end}"));
            }
            Tag::MetadataBlock(_) => self.cut(at, String::new()),
            Tag::Link {
                link_type: LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut,
                dest_url,
                id,
                ..
            } => self.links.push((at.start, id.to_string(), dest_url.to_string())),
            _ => {}
        }
    }

    /// Tags go; the text between them stays, unless it is none: a script in a line.
    fn inline_html(&mut self, tag: &str, at: Range<usize>) {
        let name = |tag: &str| html::HIDDEN.iter().find(|name| html::is_tag(tag, name)).copied();
        match (self.hidden, tag.strip_prefix("</")) {
            (Some((open, from)), Some(close)) if html::is_tag(&format!("<{close}"), open) => {
                self.hidden = None;
                self.cut(from..at.end, String::new());
            }
            (Some(_), _) => {}
            (None, None) if let Some(open) = name(tag) => self.hidden = Some((open, at.start)),
            (None, _) => self.cut(at, String::new()),
        }
    }

    /// What begins within the last one is in it.
    fn cut(&mut self, at: Range<usize>, seen: String) {
        if self.html.last().is_none_or(|(last, _)| last.end <= at.start) {
            self.html.push((at, seen));
        }
    }

    fn push(&self, file: &str, above: Above, question: &Title, end: usize, out: &mut Drafts) {
        let answer = self.between(question.at.end.min(end)..end);
        let place = question.at.start.to_string();
        if !answer.trim().is_empty() {
            out.taken.push(Draft::new(file, place, &question.text, &answer));
        } else if above.is_question {
            out.left_out.push(Remark {
                file: file.to_owned(),
                place,
                what: format!("{:?} has no text below it", shortened(&question.text)),
            });
        }
    }

    /// That part of the source without HTML, and with the addresses that it names.
    fn between(&self, part: Range<usize>) -> String {
        let mut out = String::new();
        let mut from = part.start;
        let first = self.html.partition_point(|(at, _)| at.end <= part.start);
        for (at, seen) in self.html[first..].iter().take_while(|(at, _)| at.start < part.end) {
            out.push_str(&self.source[from.min(at.start)..at.start]);
            out.push_str(seen);
            from = at.end.min(part.end);
            if out.ends_with("\n\n") || out.is_empty() {
                from += self.source[from..part.end]
                    .bytes()
                    .take_while(|byte| *byte == b'\n')
                    .count();
            }
        }
        out.push_str(self.source.get(from..part.end).unwrap_or_default());
        let mut out = out.trim_matches('\n').trim_end().to_owned();
        let first = self.links.partition_point(|(at, _, _)| *at < part.start);
        let mut named: Vec<&str> = Vec::new();
        for (_, name, url) in self.links[first..].iter().take_while(|(at, _, _)| *at < part.end) {
            if !named.contains(&name.as_str()) && named.len() < NAMED_MAX {
                out.push_str(if named.is_empty() { "\n\n" } else { "\n" });
                write!(out, "[{name}]: <{url}>").expect("a string takes all");
                named.push(name);
            }
        }
        out
    }
}
