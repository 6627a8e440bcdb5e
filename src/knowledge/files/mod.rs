//! Entries as YAML files: reading with every problem at its line and column, and writing them back.
//!
//! Pure: texts in, entries or problems out. Which files there are is the caller's business.

mod across;
mod read;
mod slip;
mod tree;
mod write;

use std::fmt;
use std::path::{Component, Path};

use crate::model::entry::Entry;

pub use self::across::{read, read_beside, told};
pub use self::write::{name_of, write};

/// A file of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name within the folder, as `start.yaml`.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Whether a file of this name lies in the folder that it is named within: names come from wherever files come from.
pub fn is_within(name: &str) -> bool {
    Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
}

/// An entry with the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// The file's name.
    pub file: String,
    /// The line where it begins.
    pub line: u64,
    /// What it says.
    pub entry: Entry,
}

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
    /// What is wrong.
    pub what: String,
    /// What may be meant.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
