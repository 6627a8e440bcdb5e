//! Entries from files that others wrote: markdown, tables, pages in HTML, whole sites, PDF, exported chats.
//!
//! Owns reading such files, which is pure, and bringing what they say into the base, again and again, without losing
//! what people changed here meanwhile. Whatever a file says is text: nothing in it is believed, run, or fetched. What is large or
//! no text is read where it lies, by whoever asks for the import, and comes as a [`Reading`].

pub mod chat;
mod csv;
mod html;
pub(super) mod ids;
mod markdown;
mod merge;
mod outline;
pub mod pdf;
mod reading;
mod remark;
mod run;
pub mod site;
mod written;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use url::Url;

use self::remark::{MISTAKES_SHOWN_MAX, Remarks};
use super::check;
use crate::model::entry::{Answer, Entry, Visibility};
use crate::model::finding::Source;
use crate::model::ids::EntryId;
use crate::model::invisible;

pub use self::html::page;
pub(crate) use self::ids::of as name_of;
pub use self::merge::Fate;
pub use self::reading::{ReadEntry, Reading};
pub use self::remark::Remark;
pub use self::run::{EntryReport, ImportError, Report, Seen};
pub use self::written::{NotTaken, Written};

/// All files of one import together: what a line to the running program holds when each byte of it has to be escaped with another
/// one. What takes more, [`clean`] has taken out.
pub const BYTES_MAX: usize = 6 * 1024 * 1024;

/// Of what two texts have in common so much stands before where they differ.
const SAME_SHOWN: usize = 40;

/// Entries of one import. What has more was not written as questions with answers.
pub const ENTRIES_MAX: usize = 10_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Headings are the questions.
    Markdown,
    /// A table with a row for each entry.
    Csv,
    /// A page.
    Html,
}

impl Format {
    /// As a command names it.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "markdown" => Some(Self::Markdown),
            "csv" => Some(Self::Csv),
            "html" => Some(Self::Html),
            _ => None,
        }
    }

    /// By how a file's name ends.
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "csv" | "tsv" => Some(Self::Csv),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            _ => None,
        }
    }
}

/// A file that entries are read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFile {
    /// Its path as it was given.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// What it says.
    pub text: String,
}

/// What is to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// From these.
    pub files: Vec<ImportFile>,
    /// And from what was read where it lies.
    #[serde(default)]
    pub reading: Reading,
    /// Who may read what is added; none for everybody. A row that says fewer people keeps them, and an entry that is here keeps what
    /// people decided.
    pub visibility: Option<Visibility>,
    /// The page that the files come from: the source of each entry, and what links lead on from.
    pub source_url: Option<String>,
    /// By what the next import knows these files again; none for the path of each.
    pub origin: Option<String>,
}

impl Import {
    /// The file that is named with what is said of all.
    fn last(&self) -> &str {
        let read = self.reading.entries.last().map(|entry| &entry.file);
        self.files
            .last()
            .map(|file| &file.name)
            .or(read)
            .map_or("", |name| name)
    }
}

/// An entry as a file has it. What is none the file does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    file: String,
    place: String,
    id: EntryId,
    question: String,
    answer: String,
    aliases: Option<Vec<String>>,
    short: Option<String>,
    language: Option<String>,
    visibility: Option<Visibility>,
    /// The page that it is from; none for the one of the whole import.
    page: Option<String>,
    /// Nobody hears it before somebody has looked at it.
    needs_review: bool,
}

impl Candidate {
    fn new(file: &str, place: String, question: &str, answer: &str) -> Self {
        let question = one_line(&clean(question));
        Self {
            file: file.to_owned(),
            place,
            id: ids::of(&question),
            question,
            answer: markdown::without_hidden(clean(answer)).trim().to_owned(),
            aliases: None,
            short: None,
            language: None,
            visibility: None,
            page: None,
            needs_review: false,
        }
    }

    /// Where it comes from.
    fn source<'a>(&'a self, import: &'a Import) -> Option<&'a str> {
        self.page.as_deref().or(import.source_url.as_deref())
    }

    /// As a new entry.
    fn entry(&self, import: &Import) -> Entry {
        let source = self.source(import).map(|url| Source {
            url: url.to_owned(),
            checked: None,
        });
        Entry {
            id: self.id.clone(),
            question: self.question.clone(),
            aliases: self.aliases.clone().unwrap_or_default(),
            answer: Answer {
                full: self.answer.clone(),
                short: self.short.clone().filter(|short| !short.is_empty()),
                steps: vec![],
            },
            language: self.language.clone().filter(|language| !language.is_empty()),
            translations: std::collections::BTreeMap::default(),
            // Of what its row says and what is said of all, the fewer people: nobody who chose few meant more.
            visibility: self
                .visibility
                .into_iter()
                .chain(import.visibility)
                .max()
                .unwrap_or_default(),
            channels: crate::model::entry::Channels::default(),
            sources: source.into_iter().collect(),
            credit: None,
            owner: None,
            review_by: None,
            until: None,
            related: vec![],
            escalate_to: None,
            rev: 0,
        }
    }

    fn remark(&self, what: String) -> Remark {
        Remark {
            file: self.file.clone(),
            place: self.place.clone(),
            what,
        }
    }
}

/// What files say. Whoever reads one stops behind [`ENTRIES_MAX`].
#[derive(Debug, PartialEq, Eq)]
struct Candidates {
    taken: Vec<Candidate>,
    /// What is not taken, and why: a page or a text has parts that are no entries.
    left_out: Remarks,
    /// What has to be mended before anything is taken: each row of a table is meant as an entry.
    problems: Remarks,
    /// What the files have and is not taken all the same.
    others: Vec<EntryId>,
}

impl Default for Candidates {
    fn default() -> Self {
        Self {
            taken: Vec::new(),
            left_out: Remarks::default(),
            problems: Remarks::at_most(MISTAKES_SHOWN_MAX),
            others: Vec::new(),
        }
    }
}

impl Candidates {
    fn is_full(&self) -> bool {
        self.taken.len() > ENTRIES_MAX
    }

    /// A question without an answer is no entry.
    fn bare(&mut self, file: &str, place: String, question: &str) {
        self.others.push(ids::of(question));
        self.left_out.push(Remark {
            file: file.to_owned(),
            place,
            what: format!("{:?} has no text below it", shortened(question)),
        });
    }
}

/// What is to be imported, and what is not.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    candidates: Vec<Candidate>,
    left_out: Vec<Remark>,
    /// Which entries what is left out is of: they are in the files all the same.
    others: Vec<EntryId>,
}

/// Reads all files.
///
/// # Errors
///
/// All mistakes at once, those of each file in its order.
fn read(import: &Import) -> Result<Found, Vec<Remark>> {
    let base = base(import)?;
    let mut all = Candidates::default();
    let mut mistakes = Vec::new();
    for file in &import.files {
        let text = clean(&file.text);
        let mut own = match file.format {
            Format::Markdown => markdown::read(&file.name, &text),
            Format::Csv => csv::read(&file.name, &text, import),
            Format::Html => html::read(&file.name, &text, base.as_ref()),
        };
        if all.taken.len() + own.taken.len() > ENTRIES_MAX {
            return Err(vec![too_many(import)]);
        }
        // What is faulty in a table is told among its mistakes already.
        let (good, faulty) = sound(own.taken, import, &mut own.others);
        own.left_out.append(faulty);
        if good.is_empty() && own.left_out.is_empty() && own.problems.is_empty() {
            own.left_out.push(nothing(file));
        }
        all.taken.extend(good);
        all.left_out.append(own.left_out);
        mistakes.extend(own.problems.listed(&file.name, |more| format!("and {more} more")));
        all.others.append(&mut own.others);
    }
    let (good, faulty) = sound(import.reading.candidates(), import, &mut all.others);
    all.taken.extend(good);
    if all.taken.len() > ENTRIES_MAX {
        return Err(vec![too_many(import)]);
    }
    all.left_out.append(faulty);
    import
        .reading
        .left_out
        .iter()
        .cloned()
        .for_each(|remark| all.left_out.push(remark));
    once(&mut all);
    let last = import.last();
    if mistakes.is_empty() {
        return Ok(Found {
            candidates: all.taken,
            left_out: all.left_out.listed(last, |more| format!("{more} more are left out")),
            others: all.others,
        });
    }
    Err(mistakes)
}

/// What the whole import must keep to; answers where links lead on from.
fn base(import: &Import) -> Result<Option<Url>, Vec<Remark>> {
    let files: usize = import.files.iter().map(|file| file.text.len()).sum();
    let bytes = files.saturating_add(import.reading.bytes());
    if bytes > BYTES_MAX {
        let what = format!("has {bytes} bytes with all other files; one import takes {BYTES_MAX}. Split it");
        return Err(vec![of_all(import, what)]);
    }
    let Some(source) = &import.source_url else {
        return Ok(None);
    };
    match Url::parse(source) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && crate::model::content::link::is_allowed(source) => {
            Ok(Some(url))
        }
        _ => {
            let what = format!("the source {source:?} is no address of a page: https://…");
            Err(vec![of_all(import, what)])
        }
    }
}

/// No file is passed over without a word.
fn nothing(file: &ImportFile) -> Remark {
    let what = match file.format {
        Format::Markdown => "no heading of level 2 to 4 and no question has text below it",
        Format::Csv => "there is no row below the first line",
        // A page says itself why.
        Format::Html => "there is no question with an answer",
    };
    Remark {
        file: file.name.clone(),
        place: String::new(),
        what: format!("nothing is taken of it: {what}"),
    }
}

fn too_many(import: &Import) -> Remark {
    let what = format!("there are too many entries; one import takes {ENTRIES_MAX}. Split the files");
    of_all(import, what)
}

fn of_all(import: &Import, what: String) -> Remark {
    Remark {
        file: import.last().to_owned(),
        place: String::new(),
        what,
    }
}

/// What could be stored, and what could not: which entries those are is added to `others`.
fn sound(candidates: Vec<Candidate>, import: &Import, others: &mut Vec<EntryId>) -> (Vec<Candidate>, Remarks) {
    let (mut good, mut faulty) = (Vec::new(), Remarks::default());
    for candidate in candidates {
        let found = faults(&candidate, import);
        if found.is_empty() {
            good.push(candidate);
            continue;
        }
        others.push(candidate.id.clone());
        for (part, what) in found {
            let mut remark = candidate.remark(what);
            remark.place = if remark.place.is_empty() {
                format!("{:?}, {part}", shortened(&candidate.question))
            } else {
                format!("{}, {part}", remark.place)
            };
            faulty.push(remark);
        }
    }
    (good, faulty)
}

/// Why it could not be stored: the part, as a column is called, and what is wrong with it.
fn faults(candidate: &Candidate, import: &Import) -> Vec<(String, String)> {
    let mut entry = candidate.entry(import);
    if candidate.needs_review {
        // As it is held back: nobody reads it before somebody has looked at it.
        entry.visibility = Visibility::Staff;
    }
    let found = check::faults_to_readers(&entry).into_iter().map(|fault| {
        let part = match fault.path.as_str() {
            "answer.full" => "answer",
            "answer.short" => "short",
            path => path.split('.').next().unwrap_or(path),
        };
        (part.to_owned(), fault.what)
    });
    found.collect()
}

/// Leaves each question its first answer: one that is said in the same words is dropped, another one is told.
fn once(all: &mut Candidates) {
    let mut first: HashMap<EntryId, usize> = HashMap::new();
    let mut kept: Vec<Candidate> = Vec::with_capacity(all.taken.len());
    // Files that say what others say, with the first of those.
    let mut again: Vec<(String, String)> = Vec::new();
    for candidate in std::mem::take(&mut all.taken) {
        let Some(&at) = first.get(&candidate.id) else {
            first.insert(candidate.id.clone(), kept.len());
            kept.push(candidate);
            continue;
        };
        let before = &kept[at];
        let same = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if same(&before.answer) == same(&candidate.answer) && candidate.place.is_empty() {
            if again.last().is_none_or(|(file, _)| *file != candidate.file) {
                again.push((candidate.file, before.file.clone()));
            }
            continue;
        }
        let seen = match before.place.as_str() {
            "" => before.file.clone(),
            place => format!("{}, {place}", before.file),
        };
        let remark = candidate.remark(format!(
            "{:?} is there already, in {seen}; only that one is taken",
            shortened(&candidate.question)
        ));
        all.left_out.push(remark);
    }
    // Parts that are on many pages are no news; a page of which nothing is left is.
    let taken: HashSet<&str> = kept.iter().map(|candidate| candidate.file.as_str()).collect();
    for (file, other) in again.into_iter().filter(|(file, _)| !taken.contains(file.as_str())) {
        all.left_out.push(Remark {
            file,
            place: String::new(),
            what: format!("it says nothing that is not in {other} already; only that one is taken"),
        });
    }
    all.taken = kept;
}

/// As we write a language: `EN_us` is `en-us`. None when it is no language.
fn language(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let (base, rest) = text.split_at(text.find('-').unwrap_or(text.len()));
    let language = base.to_lowercase() + rest;
    check::is_language(&language).then_some(language)
}

/// Without what nobody sees: control characters, tags of Unicode, and what turns the reading order around.
pub fn clean(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|character| !is_hidden(*character)).collect()
}

fn is_hidden(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\n' | '\t');
    control || (invisible::is_invisible(character) && !invisible::is_joiner(character))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As much as a line of a list shows.
fn shortened(text: &str) -> String {
    begin(text, 60)
}

/// How two texts begin, from a little before where they are not the same any more: on one line each, as [`begin`] has them.
pub fn where_they_differ(one: &str, other: &str, chars_max: usize) -> (String, String) {
    let (one, other) = (one_line(&clean(one)), one_line(&clean(other)));
    let same = one.chars().zip(other.chars()).take_while(|(own, others)| own == others);
    let from = same.count().saturating_sub(SAME_SHOWN);
    // What is short enough is shown from its beginning.
    let all = one.chars().count().max(other.chars().count());
    let from = if all <= chars_max { 0 } else { from };
    let shown = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let before = if from > 0 { "…" } else { "" };
        format!("{before}{}", begin(&rest, chars_max))
    };
    (shown(&one), shown(&other))
}

/// How a text begins: on one line, and without what could disturb a terminal.
pub fn begin(text: &str, chars_max: usize) -> String {
    let text = one_line(&clean(text));
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
