//! Brings what files say into the base: all in one unit, or, for a dry run, only in words.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::merge::{self, Digests, Fate, Merged, Part};
use super::{Candidate, Found, Import, Remark, ids, read};
use crate::knowledge::{Knowledge, ReadError, Unit, WriteError, check, read as read_base};
use crate::model::Timestamp;
use crate::model::entry::{Entry, Visibility};
use crate::model::ids::{CommunityId, EntryId};
use crate::storage::knowledge::{KnowledgeUnit, Remembered, StoredEntry};

/// What became of the entries of files, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of the files, then those that are in them no longer.
    pub entries: Vec<EntryReport>,
    /// Parts of the files that are no entries, and why.
    pub left_out: Vec<Remark>,
    /// Whether anything is to be stored: also that a file says the same as what is here.
    pub writes: bool,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryReport {
    /// Which.
    pub id: EntryId,
    /// As the file has it; as it is here when the file has it no longer.
    pub question: String,
    /// What became of it.
    pub fate: Fate,
    /// Why, where the fate alone does not say it.
    pub why: Option<String>,
    /// What was added.
    pub answer: Option<String>,
    /// Who reads what was added or changed.
    pub visibility: Option<Visibility>,
    /// Changed, or in conflict: the name of each such part, what it says here, and what in the file.
    pub both: Vec<(&'static str, String, String)>,
    /// Somebody took it away here: only its history is left.
    pub taken_away: bool,
}

/// What came of an import that somebody had looked at before.
#[derive(Debug)]
pub enum Seen {
    /// What they saw was done.
    Done(Report),
    /// It would be another one by now, which is here: nothing was done.
    Otherwise(Report),
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The files have mistakes; the first of each are here, and how many more there are.
    #[error("the files have mistakes")]
    Mistakes(Vec<Remark>),
    /// Our fault.
    #[error("the files could not be read to the end")]
    Broken(#[from] tokio::task::JoinError),
    /// The base could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The base could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Report {
    /// Tells this report from another.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(format!("{self:?}")))
    }

    /// What is imported all the same, but hardly can be told from what is here.
    fn tell_asked_so_too<'a>(&mut self, too: impl Iterator<Item = (&'a EntryId, &'a [&'a Entry])>) {
        let too: HashMap<&EntryId, &[&Entry]> = too.filter(|(_, others)| !others.is_empty()).collect();
        for told in &mut self.entries {
            let Some(others) = too.get(&told.id) else { continue };
            let with_readers = |other: &&Entry| match other.visibility {
                own if Some(own) == told.visibility => other.id.to_string(),
                Visibility::Public => format!("{} (for everybody)", other.id),
                Visibility::Members => format!("{} (for members)", other.id),
                Visibility::Staff => format!("{} (for staff)", other.id),
            };
            let names: Vec<String> = others.iter().map(with_readers).collect();
            let is = if others.len() == 1 { "is" } else { "are" };
            let too = format!("{} {is} asked so, too, word for word", names.join(", "));
            told.why = Some(match told.why.take() {
                Some(why) => format!("{why}; {too}"),
                None => too,
            });
        }
    }
}

impl Knowledge {
    /// Imports wholly or not at all; with `dry_run` it only says what would happen. What people changed here is kept.
    pub async fn import(&self, community: CommunityId, import: &Import, dry_run: bool) -> Result<Report, ImportError> {
        let found = found(import).await?;
        let _one_at_a_time = self.editing.lock().await;
        let (report, writes) = self.planned(community, import, &found).await?;
        if !dry_run && !writes.is_empty() {
            self.write_imported(community, writes).await?;
        }
        Ok(report)
    }

    /// Imports what somebody has looked at, whose report had this digest: nothing where it would be something else by now.
    pub async fn import_seen(&self, community: CommunityId, import: &Import, seen: &str) -> Result<Seen, ImportError> {
        let found = found(import).await?;
        let _one_at_a_time = self.editing.lock().await;
        let (report, writes) = self.planned(community, import, &found).await?;
        if report.digest() != seen {
            return Ok(Seen::Otherwise(report));
        }
        if !writes.is_empty() {
            self.write_imported(community, writes).await?;
        }
        Ok(Seen::Done(report))
    }

    /// The entries that an import would store.
    pub async fn would_import(&self, community: CommunityId, import: &Import) -> Result<Vec<Entry>, ImportError> {
        let found = found(import).await?;
        let (_, writes) = self.planned(community, import, &found).await?;
        let stored = writes.into_iter().filter_map(|write| match write {
            KnowledgeUnit::Put { entry, .. } => Some(*entry),
            _ => None,
        });
        Ok(stored.collect())
    }

    /// What would happen, and what is to be written for it.
    async fn planned(
        &self,
        community: CommunityId,
        import: &Import,
        found: &Found,
    ) -> Result<(Report, Vec<KnowledgeUnit>), ImportError> {
        let candidates = &found.candidates;
        let stored = self.list(community).await?;
        let remembered = self.storage.entries_imported(community).await?;
        let mut run = Run {
            import,
            community,
            at: self.clock.now(),
            today: self.today(community).await?,
            report: Report {
                entries: Vec::with_capacity(candidates.len()),
                left_out: found.left_out.clone(),
                writes: false,
            },
            writes: Vec::new(),
        };
        let base = self.base(community).await?;
        let here: HashMap<_, _> = stored.iter().map(|stored| (&stored.entry.id, stored)).collect();
        let before: HashMap<_, _> = remembered.iter().map(|known| (&known.entry, known)).collect();
        for candidate in candidates {
            run.candidate(
                candidate,
                here.get(&candidate.id).copied(),
                before.get(&candidate.id).copied(),
            );
        }
        let in_files: HashSet<_> = candidates
            .iter()
            .map(|candidate| &candidate.id)
            .chain(&found.others)
            .collect();
        run.gone(&in_files, &here, &remembered);
        let today = run.today.to_string();
        let Run { mut report, writes, .. } = run;
        read_base(&base, |base| {
            let put = writes.iter().filter_map(|write| match write {
                KnowledgeUnit::Put { entry, .. } => Some(&**entry),
                _ => None,
            });
            let too = base.asked_so_too(put.clone(), &today);
            report.tell_asked_so_too(put.zip(&too).map(|(entry, others)| (&entry.id, others.as_slice())));
        });
        report.writes = !writes.is_empty();
        Ok((report, writes))
    }

    /// All in one unit: a death leaves all of it or nothing.
    async fn write_imported(&self, community: CommunityId, writes: Vec<KnowledgeUnit>) -> Result<(), ImportError> {
        let mut units = Vec::with_capacity(writes.len());
        for mut write in writes {
            if let KnowledgeUnit::Put { entry, .. } = &mut write {
                let last = self.storage.entry_revision_last(community, &entry.id).await?;
                entry.rev = last.unwrap_or(0) + 1;
            }
            units.push(Unit::Knowledge(write));
        }
        units.extend(self.also.iter().cloned());
        let written = self.storage.write(Unit::All(units)).await;
        // Many entries at once are indexed anew at the next question; after a conflict the index was old.
        self.forget(community);
        written?;
        Ok(())
    }
}

/// What the files say. Large ones take a while, in which others are served.
async fn found(import: &Import) -> Result<Found, ImportError> {
    let own = import.clone();
    let found = tokio::task::spawn_blocking(move || read(&own)).await?;
    found.map_err(ImportError::Mistakes)
}

struct Run<'a> {
    import: &'a Import,
    community: CommunityId,
    at: Timestamp,
    /// Where the community is.
    today: Date,
    report: Report,
    writes: Vec<KnowledgeUnit>,
}

impl Run<'_> {
    fn candidate(&mut self, candidate: &Candidate, stored: Option<&StoredEntry>, before: Option<&Remembered>) {
        let Some(stored) = stored else {
            return self.absent(candidate, before);
        };
        let source = candidate.source(self.import);
        let origin = self.origin(candidate);
        let elsewhere = before.filter(|before| before.origin != origin);
        match merge::merge(candidate, &stored.entry, before.map(|before| &before.digests), source) {
            Merged::Same { digests } => {
                // Who says the same under another name is the same file, renamed: it leads from now on.
                if elsewhere.is_some() || before.is_none_or(|before| before.digests != digests) {
                    self.remember(candidate, digests);
                }
                self.tell(candidate, Fate::Same, None);
            }
            Merged::Changed { .. } if candidate.needs_review && !self.is_held_back(&stored.entry) => {
                let why = "was published, and what was said in a chat changes nothing by itself";
                self.conflict(candidate, stored, &Part::ALL, Some(why.to_owned()));
            }
            Merged::Changed { entry, digests } if elsewhere.is_none() => {
                // What is good in the file may be too much with what people added here.
                if let Some(fault) = check::faults_to_readers(&entry).into_iter().next() {
                    let why = format!("would be wrong: {} {}", fault.path, fault.what);
                    return self.conflict(candidate, stored, &Part::ALL, Some(why));
                }
                let changed = Part::ALL.into_iter().filter_map(|part| {
                    let (here, says) = (part.of_entry(&stored.entry), part.of_entry(&entry));
                    (here != says).then(|| (part.name(), here, says))
                });
                let told = self.tell(candidate, Fate::Changed, None);
                told.both = changed.collect();
                told.visibility = Some(entry.visibility);
                self.put(candidate, *entry, Some(stored.entry.rev), digests);
            }
            Merged::Changed { .. } => self.conflict(candidate, stored, &Part::ALL, elsewhere.map(came_from)),
            Merged::Conflict(parts) => self.conflict(candidate, stored, &parts, elsewhere.map(came_from)),
        }
        if before.is_none()
            && let Some(last) = self.report.entries.last_mut()
            && last.fate == Fate::Conflict
        {
            last.why = Some("is here already, and was not imported".to_owned());
        }
    }

    /// It is not here: it is new, or somebody took it away.
    fn absent(&mut self, candidate: &Candidate, before: Option<&Remembered>) {
        match before {
            None => {
                let digests = merge::digests(candidate);
                let mut entry = candidate.entry(self.import);
                if candidate.needs_review {
                    self.hold_back(&mut entry);
                }
                let why = candidate
                    .needs_review
                    .then(|| "nobody hears it before somebody has looked at it".to_owned());
                let told = self.tell(candidate, Fate::Added, why);
                told.answer = Some(candidate.answer.clone());
                told.visibility = Some(entry.visibility);
                self.put(candidate, entry, None, digests);
            }
            Some(before) => {
                let same = merge::digests(candidate)
                    .iter()
                    .all(|(part, digest)| before.digests.get(part) == Some(digest));
                let fate = if same { Fate::Same } else { Fate::Conflict };
                let told = self.tell(candidate, fate, Some("was taken away here, and stays away".to_owned()));
                told.taken_away = true;
            }
        }
    }

    /// Nobody hears it, not even staff, and no other answer is hidden by it: its last day was yesterday. Whoever has looked at it
    /// takes that day away, and says who may read it.
    fn hold_back(&self, entry: &mut Entry) {
        entry.visibility = Visibility::Staff;
        entry.until = Some(self.today.yesterday().unwrap_or(self.today).to_string());
        entry.review_by = Some(self.today.to_string());
    }

    fn is_held_back(&self, entry: &Entry) -> bool {
        entry.is_over(&self.today.to_string())
    }

    fn conflict(&mut self, candidate: &Candidate, stored: &StoredEntry, parts: &[Part], why: Option<String>) {
        let both = parts.iter().filter_map(|part| {
            let (here, says) = (part.of_entry(&stored.entry), part.of_candidate(candidate)?);
            (here != says).then(|| (part.name(), here, says))
        });
        self.tell(candidate, Fate::Conflict, why).both = both.collect();
    }

    /// What an earlier import of the same files brought, and these have no longer.
    fn gone(
        &mut self,
        in_files: &HashSet<&EntryId>,
        here: &HashMap<&EntryId, &StoredEntry>,
        remembered: &[Remembered],
    ) {
        let reading = &self.import.reading;
        let origins: Vec<String> = match &self.import.origin {
            // What was not read may be there all the same.
            Some(_) if !reading.partial.is_empty() => vec![],
            Some(origin) => vec![origin.clone()],
            None => {
                let files = self.import.files.iter().map(|file| &file.name);
                let read = reading.entries.iter().map(|entry| &entry.file);
                let whole = files.chain(read).filter(|name| !reading.partial.contains(name));
                whole.cloned().collect::<HashSet<_>>().into_iter().collect()
            }
        };
        let gone = remembered
            .iter()
            .filter(|known| origins.contains(&known.origin) && !in_files.contains(&known.entry))
            .filter_map(|known| here.get(&known.entry));
        self.report.entries.extend(gone.map(|stored| EntryReport {
            id: stored.entry.id.clone(),
            question: stored.entry.question.clone(),
            fate: Fate::Gone,
            why: Some("is in the file no longer, and stays here".to_owned()),
            answer: None,
            visibility: None,
            both: vec![],
            taken_away: false,
        }));
    }

    fn origin(&self, candidate: &Candidate) -> String {
        self.import.origin.clone().unwrap_or_else(|| candidate.file.clone())
    }

    fn tell(&mut self, candidate: &Candidate, fate: Fate, why: Option<String>) -> &mut EntryReport {
        self.report.entries.push(EntryReport {
            id: candidate.id.clone(),
            question: candidate.question.clone(),
            fate,
            why,
            answer: None,
            visibility: None,
            both: vec![],
            taken_away: false,
        });
        self.report.entries.last_mut().expect("it was just told")
    }

    fn put(&mut self, candidate: &Candidate, entry: Entry, expected: Option<u32>, digests: Digests) {
        // What is in no folder yet is exported to a file that is called like the one that it came from; a site has one for all pages.
        let site = candidate.page.as_deref().and_then(|page| Url::parse(page).ok());
        let site = site.as_ref().and_then(Url::host_str);
        let name = candidate.file.rsplit('/').next().unwrap_or_default();
        let stem = site.unwrap_or_else(|| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        self.writes.push(KnowledgeUnit::Put {
            community: self.community,
            entry: Box::new(entry),
            file: expected.is_none().then(|| format!("{}.yaml", ids::of(stem))),
            expected,
            by: None,
            at: self.at,
        });
        self.remember(candidate, digests);
    }

    fn remember(&mut self, candidate: &Candidate, digests: Digests) {
        self.writes.push(KnowledgeUnit::Remember {
            community: self.community,
            what: Remembered {
                entry: candidate.id.clone(),
                origin: self.origin(candidate),
                digests,
            },
            at: self.at,
        });
    }
}

fn came_from(before: &Remembered) -> String {
    let origin = &before.origin;
    format!("was imported from {origin}; is that the same file, say `--origin {origin}`")
}
