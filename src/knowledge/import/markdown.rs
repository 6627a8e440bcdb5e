//! Entries of a markdown text: a heading with the text below it. Pure.
//!
//! Answers stay markdown as it was written, without HTML: of that only what a reader sees comes in.

mod tags;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::outline::{self, Above, Heading};
use super::{Candidate, Candidates, Remark, html, is_hidden, one_line};

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
    /// What is to be said of it, and where.
    told: Vec<(usize, &'static str)>,
}

struct Title {
    at: Range<usize>,
    level: u8,
    text: String,
}

/// What is read, and what is a question without an answer.
pub(super) fn read(file: &str, source: &str) -> Candidates {
    let text = Text::new(source);
    let mut out = Candidates::default();
    for (at, what) in &text.told {
        out.left_out.push(Remark {
            file: file.to_owned(),
            place: at.to_string(),
            what: (*what).to_owned(),
        });
    }
    let mut above: Option<(Above, &Title)> = None;
    for title in &text.headings {
        if out.is_full() {
            return out;
        }
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
fn number_lines(source: &str, out: &mut Candidates) {
    let (mut line, mut from) = (1, 0);
    let places = out.taken.iter_mut().map(|candidate| &mut candidate.place);
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

/// Without references to characters that nobody sees, such as `&#x202e;`.
pub(super) fn without_hidden(text: String) -> String {
    let mut text = text;
    // Where one was, two halves of another could meet; the second time a space is between them.
    for between in ["", " "] {
        let mut out = String::new();
        let mut from = 0;
        if text.contains('&') {
            for (event, at) in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
                if matches!(&event, Event::Text(words) if words.chars().any(is_hidden)) && at.start >= from {
                    out.push_str(&text[from..at.start]);
                    out.push_str(between);
                    from = at.end;
                }
            }
        }
        if from == 0 {
            return text;
        }
        out.push_str(&text[from..]);
        text = out;
    }
    text
}

/// Where an element of each name is closed for the last time.
fn closed(source: &str) -> HashMap<String, usize> {
    let mut closed = HashMap::new();
    for (at, _) in source.match_indices("</") {
        let name = source[at + 2..].split(|c: char| !c.is_ascii_alphanumeric()).next();
        // Names of elements are short.
        if let Some(name) = name.filter(|name| (1..=16).contains(&name.len())) {
            closed.insert(name.to_lowercase(), at);
        }
    }
    closed
}

/// Where the text begins, behind what stands in front of it for programs: YAML or TOML.
fn begin(source: &str) -> usize {
    for (mark, ends, sign) in [("---", ["---", "..."], ':'), ("+++", ["+++", "+++"], '=')] {
        let mut lines = source.split_inclusive('\n');
        let Some(first) = lines.next().filter(|line| line.trim_end() == mark) else {
            continue;
        };
        let mut at = first.len();
        let mut has_key = false;
        for line in lines {
            has_key |= is_key(line, sign);
            // A line across the page, with text below it.
            if !has_key && !line.starts_with("# ") {
                return 0;
            }
            at += line.len();
            if ends.contains(&line.trim_end()) {
                return at;
            }
        }
    }
    0
}

fn is_key(line: &str, sign: char) -> bool {
    let simple = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
    line.split_once(sign)
        .is_some_and(|(key, _)| key.starts_with(|c| simple(c) && c != ' ') && key.chars().all(simple))
}

/// Reads a text event by event.
struct Reader<'a> {
    text: Text<'a>,
    depth: usize,
    title: Option<Title>,
    /// The title's words, with where each stands.
    words: Vec<(usize, String)>,
    /// In the lines of the block that is being read.
    tags: Vec<(Range<usize>, Option<html::Tag>)>,
    hiding: Option<Hiding>,
    /// Where an element of each name is closed for the last time.
    closed: HashMap<String, usize>,
}

/// An element that hides what follows.
struct Hiding {
    from: usize,
    open: html::Hidden,
    /// It is never closed: then it hides the rest of an answer and not the rest of all.
    to_heading: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, at: Range<usize>) {
        match &event {
            Event::Start(tag) if !is_in_line(tag.to_end()) => self.end_block(at.start),
            Event::End(tag) if !is_in_line(*tag) => self.end_block(at.end),
            _ => {}
        }
        if let Event::Start(Tag::Heading { .. }) = event
            && self.depth == 0
        {
            self.end_hiding(at.start, |hiding| hiding.to_heading);
        }
        match event {
            Event::Start(Tag::HtmlBlock) => {
                self.depth += 1;
                self.html(at);
            }
            Event::InlineHtml(_) if self.hiding.is_some() => self.html(at),
            Event::Start(Tag::Heading { level, .. }) if self.depth == 0 && self.hiding.is_none() => {
                self.depth += 1;
                self.title = Some(Title {
                    at,
                    level: level as u8,
                    text: String::new(),
                });
            }
            Event::Start(tag) => {
                self.depth += 1;
                if self.hiding.is_none() {
                    self.text.link(&tag, at.start);
                }
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0
                    && let Some(title) = self.title.take()
                {
                    let words = one_line(&title.text);
                    self.text.headings.push(Title { text: words, ..title });
                }
            }
            Event::InlineHtml(tag) => {
                self.tags.push((at.clone(), html::tag(&tag)));
                self.word(at.start, &tag);
            }
            Event::Text(words) | Event::Code(words) => self.word(at.start, &words),
            Event::SoftBreak | Event::HardBreak => self.word(at.start, " "),
            _ => {}
        }
    }

    /// HTML leaves what is seen of it; what it hides may end far behind it.
    fn html(&mut self, at: Range<usize>) {
        let source = self.text.source;
        let before = self.hiding.take();
        let (from, open) = match before {
            Some(hiding) => (hiding.from, hiding.open),
            None => (at.start, html::Hidden::default()),
        };
        let was_hidden = from < at.start;
        let (seen, open) = html::part(&source[at.clone()], open, None).unwrap_or_else(|html::TooDeep| {
            self.text
                .told
                .push((at.start, "elements are nested too deeply here, and left out"));
            Default::default()
        });
        let hides = open.by().and_then(|(name, says_so)| {
            let is_closed = self.closed.get(name).is_some_and(|last| *last >= at.end);
            (is_closed || says_so).then_some(!is_closed)
        });
        let still = was_hidden && hides.is_some() && seen.is_empty();
        if !still {
            let end = if seen.is_empty() { "" } else { "\n\n" };
            self.text.cut(from..at.end, format!("{seen}{end}"));
        }
        self.hiding = hides.map(|to_heading| Hiding {
            from: if still { from } else { at.end },
            open,
            to_heading,
        });
    }

    /// What is hidden ends here, if it is so.
    fn end_hiding(&mut self, at: usize, is_so: impl FnOnce(&Hiding) -> bool) {
        if let Some(hiding) = self.hiding.take_if(|hiding| is_so(hiding)) {
            self.text.cut(hiding.from..at, String::new());
            let what = "an element that is hidden is never closed; what follows is left out";
            self.text.told.push((hiding.from, what));
        }
    }

    fn word(&mut self, at: usize, word: &str) {
        if self.title.is_some() {
            self.words.push((at, word.to_owned()));
        }
    }

    /// Tags go; the text between them stays, unless it is none: a script in a line.
    fn end_block(&mut self, end: usize) {
        let end = self.text.source[..end].trim_end_matches('\n').len();
        let cuts = tags::cuts(&std::mem::take(&mut self.tags), end);
        let is_cut = |at| {
            let next = cuts.partition_point(|cut| cut.end <= at);
            cuts.get(next).is_some_and(|cut| cut.start <= at)
        };
        let words = std::mem::take(&mut self.words).into_iter();
        let words = words.filter(|(at, _)| !is_cut(*at)).map(|(_, word)| word);
        if let Some(title) = &mut self.title {
            title.text.extend(words);
        }
        for cut in cuts {
            self.text.cut(cut, String::new());
        }
    }
}

fn is_in_line(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

impl<'a> Text<'a> {
    fn new(source: &'a str) -> Self {
        let mut reader = Reader {
            text: Self {
                source,
                headings: Vec::new(),
                html: Vec::new(),
                links: Vec::new(),
                told: Vec::new(),
            },
            depth: 0,
            title: None,
            words: Vec::new(),
            tags: Vec::new(),
            hiding: None,
            closed: closed(source),
        };
        let begin = begin(source);
        for (event, at) in Parser::new_ext(&source[begin..], Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
            reader.event(event, begin + at.start..begin + at.end);
        }
        reader.end_hiding(source.len(), |_| true);
        reader.text
    }

    fn link(&mut self, tag: &Tag<'_>, at: usize) {
        if let Tag::Link {
            link_type: LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut,
            dest_url,
            id,
            ..
        } = tag
        {
            self.links.push((at, id.to_string(), dest_url.to_string()));
        }
    }

    /// What begins within the last one is in it.
    fn cut(&mut self, at: Range<usize>, seen: String) {
        if self.html.last().is_none_or(|(last, _)| last.end <= at.start) {
            self.html.push((at, seen));
        }
    }

    fn push(&self, file: &str, above: Above, question: &Title, end: usize, out: &mut Candidates) {
        let answer = self.between(question.at.end.min(end)..end);
        let place = question.at.start.to_string();
        if !answer.trim().is_empty() {
            out.taken.push(Candidate::new(file, place, &question.text, &answer));
        } else if above.is_question {
            out.bare(file, place, &question.text);
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
