//! What was read where it lies: entries of a site, of a PDF, of a chat. They come as text like all else, and are looked at like all
//! else. Pure.

use serde::{Deserialize, Serialize};

use super::{Candidate, Remark};
use crate::model::content::link;

/// What the names of the fields take, beside what stands in them.
const FRAME_BYTES: usize = 160;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// In the order in which they were found.
    pub entries: Vec<ReadEntry>,
    /// What is no entry, and why.
    pub left_out: Vec<Remark>,
    /// Files of which not all is here: nobody can say what they have no longer.
    pub partial: Vec<String>,
}

/// A question with its answer in markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadEntry {
    /// The file or page.
    pub file: String,
    /// Where in it; may be empty.
    pub place: String,
    /// As it was asked.
    pub question: String,
    /// In markdown.
    pub answer: String,
    /// Other ways to ask it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// BCP 47, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The page that is its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// People said it to each other, not to all: nobody hears it before somebody has looked at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_review: bool,
}

impl Reading {
    /// Adds what was read elsewhere.
    pub fn append(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.left_out.extend(other.left_out);
        self.partial.extend(other.partial);
    }

    /// What it takes of an import.
    pub fn bytes(&self) -> usize {
        let entries = self.entries.iter().map(|entry| {
            let aliases: usize = entry.aliases.iter().map(String::len).sum();
            let texts = [&entry.file, &entry.place, &entry.question, &entry.answer];
            let page = entry.page.as_ref().map_or(0, String::len);
            texts.map(String::len).iter().sum::<usize>() + aliases + page + FRAME_BYTES
        });
        let left_out = self
            .left_out
            .iter()
            .map(|remark| remark.file.len() + remark.place.len() + remark.what.len() + FRAME_BYTES);
        entries.chain(left_out).sum()
    }

    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.entries.iter().map(ReadEntry::candidate).collect()
    }
}

impl ReadEntry {
    fn candidate(&self) -> Candidate {
        let mut candidate = Candidate::new(&self.file, self.place.clone(), &self.question, &self.answer);
        candidate.aliases = (!self.aliases.is_empty()).then(|| self.aliases.clone());
        candidate.language = self.language.as_deref().and_then(super::language);
        candidate.page = self.page.clone().filter(|page| link::is_allowed(page));
        candidate.needs_review = self.needs_review;
        candidate
    }
}
