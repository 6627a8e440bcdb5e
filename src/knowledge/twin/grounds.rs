//! What the answers of a community rest on, for a base that is asked beside the live one.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use super::reading::Reader;
use crate::knowledge::scoring::Lines;
use crate::knowledge::{Base, Knowledge};
use crate::model::ids::CommunityId;
use crate::storage::ReadError;
use crate::storage::knowledge::StoredEntry;

/// All that a base is made of.
pub(super) struct Grounds {
    pub(super) language: String,
    pub(super) entries: Vec<StoredEntry>,
    pub(super) dead_links: HashSet<String>,
    /// Where words alone decide, and where the sentence model has its say.
    pub(super) lines: (Lines, Lines),
    /// The sentence model, where there is one.
    pub(super) reader: Option<Reader>,
}

impl Knowledge {
    pub(super) async fn grounds(&self, community: CommunityId) -> Result<Grounds, ReadError> {
        Ok(Grounds {
            language: self.language(community).await?,
            entries: self.storage.entries(community).await?,
            dead_links: self.dead_links(community).await?,
            lines: self.both_lines(community).await?,
            reader: self.reader(community).await?,
        })
    }
}

impl Grounds {
    /// The base, with what the model has made of its texts before, and the model.
    pub(super) fn base(self) -> (Base, Option<Reader>) {
        let mut base = match &self.reader {
            Some(reader) => reader.base(&self.language, self.entries),
            None => Base::new(&self.language, self.entries),
        };
        base.set_dead_links(self.dead_links);
        base.set_lines(self.lines.0, self.lines.1);
        (base, self.reader)
    }
}

/// All of it that decides what is said, in the same order each time.
impl fmt::Display for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.language)?;
        for stored in &self.entries {
            write!(f, "{} {};", stored.entry.id, stored.entry.rev)?;
        }
        let dead_links: BTreeSet<&String> = self.dead_links.iter().collect();
        let model = self.reader.as_ref().map(Reader::model);
        write!(f, " {dead_links:?} {:?} {model:?}", self.lines)
    }
}
