//! Whether what a file says and what is here can be put together. Pure.
//!
//! Of each part of an entry (question, answer, …) a digest is kept of what the last import said. By it the next one sees
//! who has changed the part since: the file, people here, or both.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Candidate;
use crate::model::entry::Entry;
use crate::model::finding::Source;

/// Tells one text from another; nobody gains by finding two alike.
const DIGEST_BYTES: usize = 16;

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It is new here.
    Added,
    /// The file says something else than the last time, and nobody has changed it here.
    Changed,
    /// There is nothing to do.
    Same,
    /// It was changed in the file and here, or comes from elsewhere: it is kept as it is here.
    Conflict,
    /// The file has it no longer: it is kept.
    Gone,
}

impl Fate {
    /// In the order in which they are counted.
    pub const ALL: [Self; 5] = [Self::Added, Self::Changed, Self::Same, Self::Conflict, Self::Gone];

    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Conflict => "conflict",
            Self::Gone => "gone",
        }
    }
}

/// Digests of what was imported, by part.
pub(super) type Digests = BTreeMap<String, String>;

/// A part of an entry that files can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Question,
    Answer,
    Aliases,
    Short,
    Language,
}

impl Part {
    pub(super) const ALL: [Self; 5] = [Self::Question, Self::Answer, Self::Aliases, Self::Short, Self::Language];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Aliases => "aliases",
            Self::Short => "short",
            Self::Language => "language",
        }
    }

    /// None when the file does not say it.
    pub(super) fn of_candidate(self, candidate: &Candidate) -> Option<String> {
        let text = match self {
            Self::Question => Some(candidate.question.clone()),
            Self::Answer => Some(candidate.answer.clone()),
            Self::Aliases => candidate.aliases.as_ref().map(|aliases| aliases.join("\n")),
            Self::Short => candidate.short.clone(),
            Self::Language => candidate.language.clone(),
        };
        text.map(|text| plain(&text))
    }

    pub(super) fn of_entry(self, entry: &Entry) -> String {
        plain(&match self {
            Self::Question => entry.question.clone(),
            Self::Answer => entry.answer.full.clone(),
            Self::Aliases => entry.aliases.join("\n"),
            Self::Short => entry.answer.short.clone().unwrap_or_default(),
            Self::Language => entry.language.clone().unwrap_or_default(),
        })
    }

    /// Makes the entry say what the file says.
    fn take(self, candidate: &Candidate, entry: &mut Entry) {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match self {
            Self::Question => entry.question.clone_from(&candidate.question),
            Self::Answer => entry.answer.full.clone_from(&candidate.answer),
            Self::Aliases => entry.aliases = candidate.aliases.clone().unwrap_or_default(),
            Self::Short => entry.answer.short = some(&candidate.short),
            Self::Language => entry.language = some(&candidate.language),
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Merged {
    /// Nothing but to remember, where it was not known yet, that both say the same.
    Same { digests: Digests },
    /// The entry as it is to be stored.
    Changed { entry: Box<Entry>, digests: Digests },
    /// Both have changed these parts.
    Conflict(Vec<Part>),
}

/// Puts a candidate and the stored entry together. `before` is what the last import said of it, none when it was never imported.
pub(super) fn merge(candidate: &Candidate, stored: &Entry, before: Option<&Digests>, source: Option<&str>) -> Merged {
    let mut digests = before.cloned().unwrap_or_default();
    let mut entry = stored.clone();
    let mut conflicts = Vec::new();
    for part in Part::ALL {
        let Some(says) = part.of_candidate(candidate) else {
            continue;
        };
        let (here, said) = (part.of_entry(stored), digest(&says));
        let known = digests.get(part.name());
        // A part that the file says for the first time, and that is empty here, was changed by nobody.
        let untouched = known.map_or(before.is_some() && here.is_empty(), |known| *known == digest(&here));
        if says != here {
            if known == Some(&said) {
                continue;
            }
            if !untouched {
                conflicts.push(part);
                continue;
            }
            part.take(candidate, &mut entry);
        }
        digests.insert(part.name().to_owned(), said);
    }
    if !conflicts.is_empty() {
        return Merged::Conflict(conflicts);
    }
    if entry == *stored {
        return Merged::Same { digests };
    }
    if let Some(url) = source.filter(|url| !entry.sources.iter().any(|source| source.url == **url)) {
        entry.sources.push(Source {
            url: url.to_owned(),
            checked: None,
        });
    }
    Merged::Changed {
        entry: Box::new(entry),
        digests,
    }
}

/// Of a candidate that becomes an entry.
pub(super) fn digests(candidate: &Candidate) -> Digests {
    let said = |part: Part| Some((part.name().to_owned(), digest(&part.of_candidate(candidate)?)));
    Part::ALL.into_iter().filter_map(said).collect()
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..DIGEST_BYTES])
}

/// Forms of the console send other line ends.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}
