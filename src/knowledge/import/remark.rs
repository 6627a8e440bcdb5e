//! What is to be told of files, and no more of it than anybody reads.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Remarks of a kind that are shown; who has mended these looks again.
const SHOWN_MAX: usize = 100;

/// The same of mistakes of one file: more are rather one mistake in the way it was written.
pub(super) const MISTAKES_SHOWN_MAX: usize = 20;

/// Something to say of a part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The file's name.
    pub file: String,
    /// Where in it: `line 12`; `line 3, column answer`.
    pub place: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, what } = self;
        if place.is_empty() {
            write!(f, "{file}: {what}")
        } else {
            write!(f, "{file}, {place}: {what}")
        }
    }
}

/// The first remarks; the others are only counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Remarks {
    first: Vec<Remark>,
    shown_max: usize,
    more: usize,
}

impl Default for Remarks {
    fn default() -> Self {
        Self::at_most(SHOWN_MAX)
    }
}

impl Remarks {
    pub(super) fn at_most(shown_max: usize) -> Self {
        Self {
            first: Vec::new(),
            shown_max,
            more: 0,
        }
    }

    pub(super) fn push(&mut self, remark: Remark) {
        if self.first.len() < self.shown_max {
            self.first.push(remark);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        other.first.into_iter().for_each(|remark| self.push(remark));
        self.more += other.more;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Remark> {
        self.first.iter_mut()
    }

    /// All in a list that ends with how many more there are, if any: `more` puts that in words.
    pub(super) fn listed(self, file: &str, more: impl FnOnce(usize) -> String) -> Vec<Remark> {
        let mut list = self.first;
        if self.more > 0 {
            list.push(Remark {
                file: file.to_owned(),
                place: String::new(),
                what: more(self.more),
            });
        }
        list
    }
}
