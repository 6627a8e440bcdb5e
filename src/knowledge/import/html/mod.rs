//! Entries of a page: headings with the text below them, `<details>`, `<dl>`, and what it tells search engines. Pure.

mod data;
mod style;
mod visible;
mod writer;

use url::Url;

use self::visible::Piece;
use super::outline::{self, Above, Heading};
use super::{Candidate, Candidates, ENTRIES_MAX, ReadEntry, Reading, Remark, clean, one_line, shortened};
use crate::model::content::link;

pub(super) use self::visible::{HIDDEN, Hidden, Tag, TooDeep, tag};
pub(super) use self::writer::Writer;

/// The entries of one page of a site, for which it is the source.
pub fn page(url: &Url, text: &str) -> Reading {
    let name = url.to_string();
    let text = clean(text);
    let found = read(&name, &text, Some(url));
    let mut reading = Reading::default();
    for candidate in found.taken {
        reading.entries.push(ReadEntry {
            file: candidate.file,
            question: candidate.question,
            answer: candidate.answer,
            aliases: candidate.aliases.unwrap_or_default(),
            language: candidate.language,
            page: Some(name.clone()),
            ..ReadEntry::default()
        });
    }
    for remarks in [found.left_out, found.problems] {
        reading
            .left_out
            .extend(remarks.listed(&name, |more| format!("{more} more are left out")));
    }
    reading
}

/// A page without questions is itself the answer to its heading, or where it has none to its title.
fn whole(text: &str, base: Option<&Url>, title: &str) -> Option<Asked> {
    let mut walker = Walker::new(base);
    walker.title_asks = true;
    visible::read(text, &mut |piece| walker.piece(piece)).ok()?;
    walker.end_all();
    walker.asked.into_iter().next().or_else(|| {
        let answer = self::text(text, base).ok().filter(|answer| !answer.trim().is_empty())?;
        (!title.is_empty()).then(|| Asked {
            question: title.to_owned(),
            aliases: vec![],
            answer,
        })
    })
}

/// What is seen of a part of a page, as markdown. Links lead on from `base`.
fn text(page: &str, base: Option<&Url>) -> Result<String, TooDeep> {
    Ok(part(page, Hidden::default(), base)?.0)
}

/// What is seen of a part of a text as markdown, and what is hidden behind it.
pub(super) fn part(text: &str, hidden: Hidden, base: Option<&Url>) -> Result<(String, Hidden), TooDeep> {
    let mut walker = Walker::new(base);
    walker.only_text = true;
    let hidden = visible::read_on(text, hidden, &mut |piece| walker.piece(piece))?;
    let seen = walker.frames.pop().map(|frame| frame.text.finish());
    Ok((seen.unwrap_or_default(), hidden))
}

/// What is read. Of a page of which nothing is taken that is told.
pub(super) fn read(file: &str, text: &str, base: Option<&Url>) -> Candidates {
    let mut out = Candidates::default();
    let remark = |what: &str| Remark {
        file: file.to_owned(),
        place: String::new(),
        what: what.to_owned(),
    };
    let mut walker = Walker::new(base);
    let Ok(language) = visible::read(text, &mut |piece| walker.piece(piece)) else {
        out.problems
            .push(remark("its elements are nested too deeply to be a page for readers"));
        return out;
    };
    walker.end_all();
    for question in &walker.bare {
        out.bare(file, String::new(), question);
    }
    // What a reader sees goes first; what only programs see adds to it.
    let mut asked = std::mem::take(&mut walker.asked);
    for data in &walker.data {
        match data::read(data) {
            Some(told) => asked.extend(
                told.into_iter()
                    .take(ENTRIES_MAX)
                    .filter_map(|told| self::told(&told, base)),
            ),
            None => out
                .left_out
                .push(remark("what it tells search engines (JSON-LD) cannot be read")),
        }
    }
    if asked.is_empty() {
        // Questions that nothing answers are no answer to the title, and each of them is told.
        let has_bare = !walker.bare.is_empty();
        let title = if has_bare { "" } else { &walker.page_title };
        match whole(text, base, &one_line(title)) {
            Some(page) => asked.push(page),
            None if has_bare => {}
            None => out.left_out.push(remark(if walker.is_read {
                "nothing is taken of it: it has neither a question, nor an `<h1>` with text below it, nor a `<title>`"
            } else {
                "nothing is taken of it: no text is seen in it; what a script would write there is not read"
            })),
        }
    }
    let said = language.filter(|language| !language.is_empty());
    let language = said.as_deref().and_then(super::language);
    if let Some(said) = said.filter(|_| language.is_none()) {
        let what = format!("`lang` is {:?}, which is no language: de, pt-BR", shortened(&said));
        out.left_out.push(remark(&what));
    }
    out.taken.extend(asked.into_iter().map(|asked| {
        let mut candidate = Candidate::new(file, String::new(), &asked.question, &asked.answer);
        candidate.aliases = (!asked.aliases.is_empty()).then_some(asked.aliases);
        candidate.language.clone_from(&language);
        candidate
    }));
    out
}

fn told((question, answer): &data::Asked, base: Option<&Url>) -> Option<Asked> {
    let mut words = String::new();
    let mut add = |piece| {
        if let Piece::Text(text) = piece {
            words.push_str(&text);
            words.push(' ');
        }
    };
    visible::read(question, &mut add).ok()?;
    let question = one_line(&words);
    let answer = text(answer, base).ok()?;
    (!question.is_empty() && !answer.is_empty()).then_some(Asked {
        question,
        aliases: vec![],
        answer,
    })
}

/// A question with its answer in markdown.
struct Asked {
    question: String,
    aliases: Vec<String>,
    answer: String,
}

/// What a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// To the heading above it, if there is one.
    Page(Option<Above>),
    Details,
    /// One or more `<dt>` with what explains them.
    Term,
}

struct Frame {
    of: Of,
    /// The question, then other ways to ask it.
    titles: Vec<String>,
    text: Writer,
    /// There was a `<dd>`, whether or not anything is in it.
    is_explained: bool,
}

impl Frame {
    fn new(of: Of) -> Self {
        Self {
            of,
            titles: Vec::new(),
            text: Writer::default(),
            is_explained: false,
        }
    }
}

struct Title {
    /// The element that it is in.
    name: String,
    text: String,
}

struct Walker<'a> {
    base: Option<&'a Url>,
    /// Questions are text like all else.
    only_text: bool,
    /// The title of all is a question, too.
    title_asks: bool,
    frames: Vec<Frame>,
    /// A heading, summary or term that is being read.
    title: Option<Title>,
    asked: Vec<Asked>,
    /// Questions without an answer.
    bare: Vec<String>,
    data: Vec<String>,
    /// What the page is called.
    page_title: String,
    /// There is a text that is seen.
    is_read: bool,
}

impl<'a> Walker<'a> {
    fn new(base: Option<&'a Url>) -> Self {
        Self {
            base,
            only_text: false,
            title_asks: false,
            frames: vec![Frame::new(Of::Page(None))],
            title: None,
            asked: Vec::new(),
            bare: Vec::new(),
            data: Vec::new(),
            page_title: String::new(),
            is_read: false,
        }
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => {
                self.is_read |= !text.trim().is_empty();
                match &mut self.title {
                    Some(title) => title.text.push_str(&text),
                    None => self.writer(|writer| writer.text(&text)),
                }
            }
            // As browsers have it: the first one counts.
            Piece::Title(title) if self.page_title.is_empty() => self.page_title = title,
            Piece::Title(_) => {}
            Piece::Data(data) => self.data.push(data),
            Piece::Open { name, href } => self.open(&name, href),
            Piece::Close { name } => self.close(&name),
        }
    }

    fn writer(&mut self, write: impl FnOnce(&mut Writer)) {
        if let Some(frame) = self.frames.last_mut() {
            write(&mut frame.text);
        }
    }

    fn open(&mut self, name: &str, href: Option<String>) {
        if let Some(title) = &mut self.title {
            title.text.push_str(if is_inline(name) { "" } else { " " });
            return;
        }
        match name {
            "details" if !self.only_text => self.frames.push(Frame::new(Of::Details)),
            "dt" if !self.only_text => self.open_term(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if !self.only_text => self.begin_title(name),
            "summary" if self.of() == Of::Details => self.begin_title(name),
            "dd" if self.of() == Of::Term => {
                self.writer(Writer::block);
                if let Some(term) = self.frames.last_mut() {
                    term.is_explained = true;
                }
            }
            "br" => self.writer(Writer::line_break),
            "ul" | "ol" => self.writer(|writer| writer.open_list(name == "ol")),
            "li" => self.writer(Writer::item),
            "pre" => self.writer(|writer| writer.open_code(true)),
            "code" | "kbd" | "samp" => self.writer(|writer| writer.open_code(false)),
            "a" => {
                if let Some(url) = href.and_then(|href| self.target(&href)) {
                    self.writer(|writer| writer.open_link(url));
                }
            }
            "td" | "th" => self.writer(|writer| writer.text(" ")),
            _ if is_inline(name) => {}
            _ => self.writer(Writer::block),
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(title) = self.title.take_if(|title| title.name == name) {
            self.titled(name, &one_line(&clean(&title.text)));
            return;
        }
        match name {
            _ if self.title.is_some() => {}
            "details" => self.end_frame(Of::Details),
            "dl" => self.end_frame(Of::Term),
            "ul" | "ol" => self.writer(Writer::close_list),
            "pre" => self.writer(|writer| writer.end_code(true)),
            "code" | "kbd" | "samp" => self.writer(|writer| writer.end_code(false)),
            "a" => self.writer(Writer::end_link),
            "br" | "td" | "th" => {}
            _ if is_inline(name) => {}
            _ => self.writer(Writer::block),
        }
    }

    fn of(&self) -> Of {
        self.frames.last().map_or(Of::Page(None), |frame| frame.of)
    }

    /// Several terms with one explanation are several ways to ask.
    fn open_term(&mut self) {
        let explained = self
            .frames
            .last()
            .is_some_and(|frame| frame.of == Of::Term && (frame.is_explained || !frame.text.is_empty()));
        if explained {
            self.end_frame(Of::Term);
        }
        if self.of() != Of::Term {
            self.frames.push(Frame::new(Of::Term));
        }
        self.begin_title("dt");
    }

    fn begin_title(&mut self, name: &str) {
        self.title = Some(Title {
            name: name.to_owned(),
            text: String::new(),
        });
    }

    fn titled(&mut self, name: &str, title: &str) {
        if title.is_empty() {
            return;
        }
        let of = self.of();
        let Of::Page(above) = of else {
            if name == "summary" || name == "dt" {
                self.frames
                    .last_mut()
                    .expect("the page is never left")
                    .titles
                    .push(title.to_owned());
            } else {
                self.heading_within(title);
            }
            return;
        };
        let level = name.strip_prefix('h').and_then(|level| level.parse().ok()).unwrap_or(6);
        match outline::heading(level, title, above) {
            Heading::Belongs => self.heading_within(title),
            kind => {
                self.end_page();
                if kind == Heading::Begins || (self.title_asks && level == 1) {
                    let is_question = outline::is_question(title);
                    let mut frame = Frame::new(Of::Page(Some(Above { level, is_question })));
                    frame.titles.push(title.to_owned());
                    self.frames = vec![frame];
                }
            }
        }
    }

    fn heading_within(&mut self, title: &str) {
        self.writer(|writer| {
            writer.block();
            writer.text(title);
            writer.block();
        });
    }

    /// Ends the frames down to the innermost of that kind; without one, nothing ends.
    fn end_frame(&mut self, of: Of) {
        let Some(at) = self.frames.iter().rposition(|frame| frame.of == of) else {
            return;
        };
        while self.frames.len() > at.max(1) {
            self.take();
        }
    }

    fn end_page(&mut self) {
        while !self.frames.is_empty() {
            self.take();
        }
        self.frames.push(Frame::new(Of::Page(None)));
    }

    fn end_all(&mut self) {
        self.title = None;
        self.end_page();
    }

    fn take(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let may_ask = match frame.of {
            Of::Page(above) => above.is_some_and(|above| above.is_question),
            Of::Details | Of::Term => true,
        };
        let mut titles = frame.titles.into_iter();
        let answer = frame.text.finish();
        // One more than is taken says that there are too many.
        if self.asked.len().max(self.bare.len()) > ENTRIES_MAX {
            return;
        }
        let Some(question) = titles.next() else { return };
        if answer.trim().is_empty() {
            self.bare.extend(may_ask.then_some(question));
        } else {
            self.asked.push(Asked {
                question,
                aliases: titles.collect(),
                answer,
            });
        }
    }

    /// Only to where an answer may lead; on the page itself it leads nowhere.
    fn target(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.starts_with('#') {
            return None;
        }
        let url = match self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        Some(url.to_string()).filter(|url| link::is_allowed(url))
    }
}

fn is_inline(name: &str) -> bool {
    visible::INLINE.contains(&name) || matches!(name, "img" | "wbr")
}
