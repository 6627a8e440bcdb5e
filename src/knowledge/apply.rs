//! Brings files of entries into the base, and back.

use std::collections::HashSet;

use super::files::{self, File, FileEntry, Problem};
use super::{Knowledge, ReadError, Unit, WriteError};
use crate::model::amount::counted;
use crate::model::entry::Entry;
use crate::model::ids::{CommunityId, EntryId};
use crate::storage::knowledge::{KnowledgeUnit, StoredEntry};

/// What applying files would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the files.
    pub changes: Vec<Change>,
    /// Stored entries that are in no file; they stay.
    pub only_stored: Vec<EntryId>,
}

/// What applying would do to one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    New(FileEntry),
    /// It goes on from the stored revision.
    Update(FileEntry),
    /// It says what is stored, in another file than before.
    Moved(FileEntry),
    /// It says what is stored.
    Same(EntryId),
    /// It was made from another revision than the stored one: nothing is applied.
    Stale {
        /// As the file has it.
        file: FileEntry,
        /// As it is stored.
        stored: Box<StoredEntry>,
    },
}

impl Plan {
    /// Entries that were changed since the files were written, each with what is stored.
    pub fn stale(&self) -> Vec<(FileEntry, Box<StoredEntry>)> {
        let changes = self.changes.iter();
        changes
            .filter_map(|change| match change {
                Change::Stale { file, stored } => Some((file.clone(), stored.clone())),
                _ => None,
            })
            .collect()
    }
}

/// Why files were not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The files have problems; all of them are here.
    #[error("the knowledge files have {}", counted(.0.len(), "problem", "problems"))]
    Problems(Vec<Problem>),
    /// Entries were changed since the files were written; all of them are here.
    #[error("{} changed since the files were written", counted(.0.len(), "entry was", "entries were"))]
    Stale(Vec<(FileEntry, Box<StoredEntry>)>),
    /// The base could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The base could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Knowledge {
    /// What applying `files` would do.
    pub async fn plan(&self, community: CommunityId, files: &[File]) -> Result<Plan, ApplyError> {
        let stored = self.list(community).await?;
        let here: HashSet<&EntryId> = stored.iter().map(|stored| &stored.entry.id).collect();
        // What an entry names that was taken away since is no mistake of the files: they may have been written before.
        let named = stored.iter().flat_map(|stored| &stored.entry.related);
        let known: Vec<EntryId> = here.iter().copied().chain(named).cloned().collect();
        let entries = files::read_beside(files, &known).map_err(ApplyError::Problems)?;
        let mut plan = Plan {
            changes: Vec::with_capacity(entries.len()),
            only_stored: stored
                .iter()
                .map(|stored| &stored.entry.id)
                .filter(|id| !entries.iter().any(|entry| entry.entry.id == **id))
                .cloned()
                .collect(),
        };
        let mut gone = Vec::new();
        for entry in entries {
            let before = stored.iter().find(|stored| stored.entry.id == entry.entry.id);
            if before.is_none() && entry.entry.rev > 0 {
                gone.extend(self.taken_away(community, &entry).await?);
            }
            plan.changes.push(change(entry, before, &here));
        }
        if gone.is_empty() {
            Ok(plan)
        } else {
            Err(ApplyError::Problems(gone))
        }
    }

    /// That an entry was here when its file was written, and somebody has taken it away since: no file brings that back unasked.
    async fn taken_away(&self, community: CommunityId, file: &FileEntry) -> Result<Option<Problem>, ReadError> {
        let id = &file.entry.id;
        let last = self.storage.entry_revision_last(community, id).await?;
        Ok(last.map(|_| Problem {
            file: file.file.clone(),
            line: file.line,
            column: 1,
            what: format!(
                "the entry {id} was taken away here since this file was written from revision {}",
                file.entry.rev
            ),
            hint: Some("take it out of the file too, or take its `rev` out to bring it back".to_owned()),
        }))
    }

    /// Applies `files` wholly or, when one entry is stale, not at all; `also` is written with them, or nothing is.
    /// Entries that are in no file stay.
    pub async fn apply(&self, community: CommunityId, files: &[File], also: Vec<Unit>) -> Result<Plan, ApplyError> {
        let _one_at_a_time = self.editing.lock().await;
        let plan = self.plan(community, files).await?;
        let stale = plan.stale();
        if !stale.is_empty() {
            return Err(ApplyError::Stale(stale));
        }
        let at = self.clock.now();
        let mut units = also;
        for change in &plan.changes {
            let (file, expected) = match change {
                Change::New(file) => (file, None),
                Change::Update(file) => (file, Some(file.entry.rev)),
                Change::Moved(file) => {
                    units.push(Unit::Knowledge(KnowledgeUnit::Move {
                        community,
                        id: file.entry.id.clone(),
                        file: file.file.clone(),
                    }));
                    continue;
                }
                Change::Same(_) | Change::Stale { .. } => continue,
            };
            let last = self.storage.entry_revision_last(community, &file.entry.id).await?;
            let entry = numbered(file.entry.clone(), last.unwrap_or(0) + 1, expected.is_none());
            units.push(Unit::Knowledge(KnowledgeUnit::Put {
                community,
                entry: Box::new(entry),
                file: Some(file.file.clone()),
                expected,
                by: None,
                at,
            }));
        }
        if !units.is_empty() {
            self.storage.write(Unit::All(units)).await?;
            // Many entries at once are indexed anew at the next question.
            self.forget(community);
        }
        Ok(plan)
    }

    /// All entries as the files they came from, which can be applied anywhere: related entries that were taken away are not named.
    pub async fn export(&self, community: CommunityId) -> Result<Vec<File>, ReadError> {
        let mut entries = self.list(community).await?;
        let here: HashSet<EntryId> = entries.iter().map(|stored| stored.entry.id.clone()).collect();
        for stored in &mut entries {
            stored.entry.related.retain(|id| here.contains(id));
        }
        files::write(&entries).map_err(|error| ReadError {
            what: "knowledge as YAML",
            source: Box::new(error),
        })
    }
}

/// The entry with the number that it gets here. Where it is `new` here, its translations were made from revisions that are counted
/// elsewhere: those of the very text of the file are of this number, of the others nobody knows here what they said. No translation is of a
/// revision that there is not yet.
fn numbered(mut entry: Entry, rev: u32, new: bool) -> Entry {
    let of_file = entry.rev;
    for translation in entry.translations.values_mut() {
        translation.of_rev = match translation.of_rev {
            of_rev if !new => of_rev.min(rev),
            of_rev if of_rev >= of_file && of_rev > 0 => rev,
            _ => 0,
        };
    }
    entry.rev = rev;
    entry
}

fn change(file: FileEntry, stored: Option<&StoredEntry>, here: &HashSet<&EntryId>) -> Change {
    let Some(stored) = stored else {
        return Change::New(file);
    };
    let mut same = Entry {
        rev: stored.entry.rev,
        ..file.entry.clone()
    };
    if file.entry.rev != stored.entry.rev {
        // Its translations name revisions as they were counted where it was written.
        for (language, translation) in &mut same.translations {
            let known = stored.entry.translations.get(language);
            translation.of_rev = known.map_or(translation.of_rev, |known| known.of_rev);
        }
    }
    let related = stored.entry.related.iter();
    if same.related.iter().eq(related.filter(|id| here.contains(id))) {
        // It is as it was exported, without those that were taken away.
        same.related.clone_from(&stored.entry.related);
    }
    if same == stored.entry {
        if file.file == files::name_of(stored) {
            Change::Same(file.entry.id)
        } else {
            Change::Moved(file)
        }
    } else if file.entry.rev == stored.entry.rev {
        Change::Update(file)
    } else {
        Change::Stale {
            file,
            stored: Box::new(stored.clone()),
        }
    }
}
