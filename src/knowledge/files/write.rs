//! Writes entries back to the files that they came from.

use std::collections::BTreeMap;

use super::File;
use crate::model::entry::Entry;
use crate::storage::knowledge::StoredEntry;

/// Where entries go that were made in the console.
const FILE_OF_NEW: &str = "entries.yaml";

/// The file that an entry is exported to.
pub fn name_of(stored: &StoredEntry) -> &str {
    stored.file.as_deref().unwrap_or(FILE_OF_NEW)
}

/// One file for each name, entries by id. What is written reads back to the same entries.
///
/// # Errors
///
/// When an entry cannot be written as YAML.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a StoredEntry>) -> Result<Vec<File>, serde_saphyr::ser::Error> {
    let mut files: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for stored in entries {
        files.entry(name_of(stored)).or_default().push(&stored.entry);
    }
    files
        .into_iter()
        .map(|(name, entries)| {
            Ok(File {
                name: name.to_owned(),
                text: serde_saphyr::to_string(&entries)?,
            })
        })
        .collect()
}
