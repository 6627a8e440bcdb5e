//! Entries of a PDF: a question with the text below it. Pure.
//!
//! A PDF knows no headings: it says where each letter stands and how large it is. What stands out by its size or weight is taken for a
//! heading, and so is a paragraph that is a question. Readers of this format can be made to break: whoever calls [`read`] does so where
//! nothing else breaks with it.

mod font;
mod layout;

use std::collections::{HashMap, HashSet};

use lopdf::{Document, LoadOptions};

use self::layout::Line;
use super::outline::{self, Above, Heading};
use super::{ENTRIES_MAX, ReadEntry, Reading, Remark, clean, html, one_line};
use crate::knowledge::check::QUESTION_CHARS_MAX;

/// A book with pictures has less.
pub const PDF_BYTES_MAX: usize = 64 * 1024 * 1024;

/// More pages are a library.
const PAGES_MAX: usize = 2_000;

/// What one part may be unpacked to: a page of text has a thousandth of it.
const PART_BYTES_MAX: usize = 16 * 1024 * 1024;

/// All text together; one import takes less.
const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// So much larger than the text of most of the file is a heading.
const HEADING_SHARE: f32 = 1.15;

/// A longer line is no heading, however large it is.
const HEADING_CHARS_MAX: usize = 200;

/// More than this times the size below the last line begins a paragraph.
const PARAGRAPH_GAP: f32 = 1.6;

/// The first or last line of so many pages is on every page.
const RUNNING_PAGES_MIN: usize = 3;

/// Levels of headings, as markdown has them: a title, what is larger than text, and what only stands out.
const TITLE: u8 = 1;
const PART: u8 = 2;
const LARGE: u8 = 3;
const WEIGHTY: u8 = 5;

/// Lines that belong together.
#[derive(Debug, PartialEq)]
struct Paragraph {
    page: usize,
    size: f32,
    is_bold: bool,
    text: String,
}

/// Reads all.
///
/// # Errors
///
/// Why nothing of it can be read, for people.
pub fn read(file: &str, bytes: &[u8]) -> Result<Reading, String> {
    let options = LoadOptions::with_max_decompressed_size(PART_BYTES_MAX);
    let document = Document::load_mem_with_options(bytes, options)
        .map_err(|error| format!("it is no PDF that can be read: {error}"))?;
    if document.is_encrypted() {
        return Err("it is encrypted; save it without a password".to_owned());
    }
    let mut reading = Reading::default();
    let mut lines = Vec::new();
    let (mut pages, mut unread, mut bytes) = (0, 0, 0);
    let mut seen = HashSet::new();
    // A tree of pages that is its own branch has each of them many times.
    for (number, page) in document.page_iter().filter(|page| seen.insert(*page)).enumerate() {
        if number >= PAGES_MAX || bytes > TEXT_BYTES_MAX {
            reading.left_out.push(remark(
                file,
                &format!("what is behind page {number} is not read: it is too much"),
            ));
            reading.partial.push(file.to_owned());
            break;
        }
        pages += 1;
        match layout::lines(&document, page, number + 1) {
            Some(found) => {
                bytes += found.iter().map(|line| line.text.len()).sum::<usize>();
                lines.extend(found);
            }
            None => unread += 1,
        }
    }
    if unread > 0 {
        reading
            .left_out
            .push(remark(file, &format!("{unread} of {pages} pages cannot be read")));
        reading.partial.push(file.to_owned());
    }
    if lines.is_empty() {
        reading
            .left_out
            .push(remark(file, "it has no text: are its pages pictures?"));
    }
    let language = document
        .catalog()
        .ok()
        .and_then(|catalog| catalog.get(b"Lang").ok()?.as_str().ok());
    let language = language.and_then(|said| super::language(&String::from_utf8_lossy(said)));
    entries(
        file,
        &paragraphs(without_running(lines)),
        language.as_deref(),
        &mut reading,
    );
    if reading.entries.is_empty() && reading.left_out.is_empty() {
        let what = "nothing is taken of it: no line stands out as a heading, and no paragraph is a question";
        reading.left_out.push(remark(file, what));
    }
    Ok(reading)
}

fn remark(file: &str, what: &str) -> Remark {
    Remark {
        file: file.to_owned(),
        place: String::new(),
        what: what.to_owned(),
    }
}

/// Without what stands at the top or bottom of most pages, such as their number.
fn without_running(lines: Vec<Line>) -> Vec<Line> {
    let key = |line: &Line| line.text.replace(|letter: char| letter.is_ascii_digit(), "#");
    let mut last_page = 0;
    let mut edges: Vec<usize> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.page != last_page {
            edges.extend(at.checked_sub(1));
            edges.push(at);
            last_page = line.page;
        }
    }
    edges.extend(lines.len().checked_sub(1));
    edges.dedup();
    let pages = edges.len() / 2;
    let mut times: HashMap<String, usize> = HashMap::new();
    for &at in &edges {
        *times.entry(key(&lines[at])).or_default() += 1;
    }
    let running: HashSet<usize> = edges
        .into_iter()
        .filter(|&at| {
            let times = times.get(&key(&lines[at])).copied().unwrap_or(0);
            times >= RUNNING_PAGES_MIN && times * 2 > pages
        })
        .collect();
    let kept = lines.into_iter().enumerate().filter(|(at, _)| !running.contains(at));
    kept.map(|(_, line)| line).collect()
}

fn paragraphs(lines: Vec<Line>) -> Vec<Paragraph> {
    let mut out: Vec<Paragraph> = Vec::new();
    let mut before: Option<Line> = None;
    for line in lines {
        let goes_on = before.as_ref().is_some_and(|before| follows(before, &line));
        match out.last_mut().filter(|_| goes_on) {
            Some(paragraph) => join(&mut paragraph.text, &line.text),
            None => out.push(Paragraph {
                page: line.page,
                size: line.size,
                is_bold: line.is_bold,
                text: line.text.clone(),
            }),
        }
        before = Some(line);
    }
    out
}

/// Whether a line belongs to the paragraph of the one before it.
fn follows(before: &Line, line: &Line) -> bool {
    let alike = (before.size - line.size).abs() <= before.size * 0.05 && before.is_bold == line.is_bold;
    let ended = before.text.ends_with(['.', '!', ':']) || outline::is_question(&before.text);
    if !alike || begins_item(&line.text) {
        return false;
    }
    if before.page != line.page {
        return !ended && line.text.starts_with(char::is_lowercase);
    }
    let down = before.y - line.y;
    down >= 0.0
        && down <= line.size * PARAGRAPH_GAP
        && (!outline::is_question(&before.text) || line.text.starts_with(char::is_lowercase))
}

/// A point of a list, or a question with its number.
fn begins_item(text: &str) -> bool {
    let number = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let numbered = number.len() < text.len() && number.starts_with(['.', ')']) && number[1..].starts_with(' ');
    numbered || text.starts_with(['•', '‣', '▪', '●', '–', '*']) || text.starts_with("- ")
}

/// A word that was parted at the end of a line is one again.
fn join(text: &mut String, next: &str) {
    let mut letters = text.chars().rev();
    let parted = letters.next() == Some('-') && letters.next().is_some_and(char::is_alphabetic);
    if parted && next.starts_with(char::is_lowercase) {
        text.pop();
    } else {
        text.push(' ');
    }
    text.push_str(next);
}

/// The size that most letters have.
fn usual_size(paragraphs: &[Paragraph]) -> f32 {
    let mut letters: HashMap<i16, usize> = HashMap::new();
    for paragraph in paragraphs {
        *letters.entry(half_points(paragraph.size)).or_default() += paragraph.text.len();
    }
    let most = letters.into_iter().max_by_key(|(size, letters)| (*letters, *size));
    most.map_or(0.0, |(size, _)| f32::from(size) / 2.0)
}

#[expect(clippy::cast_possible_truncation, reason = "the cast ends at the largest number")]
fn half_points(size: f32) -> i16 {
    (size * 2.0).round() as i16
}

/// What kind of heading a paragraph is, if it is one.
struct Levels {
    usual: f32,
    /// The size of the title, where one paragraph alone is so large.
    title: Option<i16>,
}

impl Levels {
    fn new(paragraphs: &[Paragraph]) -> Self {
        let usual = usual_size(paragraphs);
        let mut large: HashMap<i16, usize> = HashMap::new();
        for paragraph in paragraphs
            .iter()
            .filter(|paragraph| paragraph.size >= usual * HEADING_SHARE)
        {
            *large.entry(half_points(paragraph.size)).or_default() += 1;
        }
        let largest = large.iter().max_by_key(|(size, _)| **size);
        let title = largest
            .filter(|(_, times)| **times == 1 && large.len() > 1)
            .map(|(size, _)| *size);
        Self { usual, title }
    }

    fn level(&self, paragraph: &Paragraph) -> Option<u8> {
        let chars = paragraph.text.chars().count();
        let is_question = outline::is_question(&paragraph.text) && chars <= QUESTION_CHARS_MAX;
        if paragraph.size >= self.usual * HEADING_SHARE && chars <= HEADING_CHARS_MAX {
            return Some(match self.title {
                Some(title) if half_points(paragraph.size) == title => TITLE,
                _ if is_question => LARGE,
                _ => PART,
            });
        }
        is_question.then_some(WEIGHTY)
    }
}

fn entries(file: &str, paragraphs: &[Paragraph], language: Option<&str>, reading: &mut Reading) {
    let levels = Levels::new(paragraphs);
    let mut asked: Option<(Above, &Paragraph)> = None;
    let mut answer: Vec<&str> = Vec::new();
    let mut push = |asked: Option<(Above, &Paragraph)>, answer: &[&str]| {
        let Some((above, question)) = asked else { return };
        let place = format!("page {}", question.page);
        if answer.is_empty() {
            if above.is_question {
                let what = format!("{:?} has no text below it", super::shortened(&question.text));
                let place = place.clone();
                reading.left_out.push(Remark {
                    place,
                    ..remark(file, &what)
                });
            }
        } else if reading.entries.len() <= ENTRIES_MAX {
            reading.entries.push(ReadEntry {
                file: file.to_owned(),
                place,
                question: one_line(&clean(without_number(&question.text))),
                answer: markdown(answer),
                language: language.map(str::to_owned),
                ..ReadEntry::default()
            });
        }
    };
    for paragraph in paragraphs {
        let level = levels.level(paragraph);
        let kind = level.map(|level| outline::heading(level, &paragraph.text, asked.map(|(above, _)| above)));
        match (kind, level) {
            (Some(kind @ (Heading::Begins | Heading::Ends)), Some(level)) => {
                push(asked.take(), &answer);
                answer.clear();
                let is_question = outline::is_question(&paragraph.text);
                asked = (kind == Heading::Begins).then_some((Above { level, is_question }, paragraph));
            }
            _ if asked.is_some() => answer.push(&paragraph.text),
            _ => {}
        }
    }
    push(asked, &answer);
}

/// `3. Where is it?` and `Q: Where is it?` are the same question as `Where is it?`.
fn without_number(question: &str) -> &str {
    let is_number = |word: &str| {
        let digits = word.trim_end_matches(['.', ')', ':']);
        digits.len() < word.len() && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
    };
    match question.split_once(' ') {
        Some((first, rest)) if is_number(first) || matches!(first, "Q:" | "Q.") => rest.trim_start(),
        _ => question,
    }
}

/// Nothing in the text means anything in markdown.
fn markdown(paragraphs: &[&str]) -> String {
    let mut writer = html::Writer::default();
    for (number, paragraph) in paragraphs.iter().copied().enumerate() {
        writer.block();
        let paragraph = if number == 0 {
            paragraph.strip_prefix("A:").unwrap_or(paragraph)
        } else {
            paragraph
        };
        writer.text(&clean(paragraph));
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
