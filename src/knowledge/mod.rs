//! The knowledge base of each community: questions that are answered once and for all.
//!
//! Owns entries, their files, the search for an answer, what people say of answers, and the way from a question without a good
//! answer to an entry: `gaps` and `feedback` keep such questions, `look` finds those that people answered and puts together what means
//! the same (`gather`, `group`), `nightly` does that every night and watches what was published, `drafts` makes entries of it that a
//! second person publishes. It sends nothing: plugins ask through [`KnowledgeSource`](crate::dispatcher::KnowledgeSource), and what a press on *Helpful* or *Not it*
//! means, or what an author is asked, is an outcome like any other.

mod again;
mod answered;
mod apply;
pub mod base;
pub mod check;
mod clusters;
mod consult;
mod digest;
pub mod drafts;
pub mod embeddings;
mod feedback;
pub mod files;
mod gaps;
mod gather;
mod group;
pub mod import;
mod look;
pub mod mask;
mod nightly;
pub mod quality;
mod sample;
pub mod scoring;
mod search;
mod source;
mod speakers;
mod telling;
mod translations;
pub mod twin;
pub mod upkeep;
mod zones;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::civil::Date;

use crate::clock::Clock;
use crate::dispatcher::LanguageModel;
use crate::model::Timestamp;
use crate::model::amount::counted;
use crate::model::entry::Entry;
use crate::model::ids::{AccountId, CommunityId, ConversationId, EntryId};
use crate::storage::core::Community;
use crate::storage::knowledge::{FeedbackCount, KnowledgeUnit, Revision, Served, StoredEntry};
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};
use crate::supervisor::Stop;

pub use self::answered::Answer;
pub use self::apply::{ApplyError, Change, Plan};
pub use self::base::Base;
use self::base::are_read_together;
pub use self::clusters::{ClusterError, PEOPLE_MIN, ShownCluster, Wording, Wordings};
use self::consult::Consultant;
pub use self::consult::Settings as ConsultSettings;
pub use self::drafts::Authors;
use self::embeddings::Turns;
pub use self::feedback::FeedbackHandler;
pub use self::gaps::{GapHandler, TakenBack};
pub use self::nightly::{JOB, NightError, Nightly, SCHEDULE};
pub use self::sample::sample;
use self::zones::Zones;

/// Who asks again in other words within this time was not helped by the answer.
const AGAIN_WITHIN: Duration = Duration::from_mins(10);

/// The knowledge bases of all communities.
#[derive(Clone)]
pub struct Knowledge {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    bases: Arc<RwLock<HashMap<CommunityId, Arc<RwLock<Base>>>>>,
    zones: Arc<Zones>,
    /// One edit at a time, so that the index takes edits in the order of the table.
    editing: Arc<tokio::sync::Mutex<()>>,
    /// One look at the questions at a time, so that none makes two clusters.
    looking: Arc<tokio::sync::Mutex<()>>,
    /// Written in one unit with each change.
    also: Vec<Unit>,
    twins: twin::Twins,
    /// One comparison of sentence models at a time, for minutes: previews in the console do not wait for it.
    comparing: Arc<tokio::sync::Mutex<()>>,
    /// Who is asked where the entries alone leave it open.
    consultant: Option<Arc<Consultant>>,
    /// What reads texts better than words do, where there is one.
    sentence_model: Option<Turns>,
    /// Long work ends when the program does.
    stop: Stop,
}

/// Why an edit was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Somebody else was faster; what is stored now is shown beside what was written.
    #[error("the entry was changed meanwhile")]
    Stale {
        /// As it is stored; none when it was taken away.
        stored: Option<Box<StoredEntry>>,
    },
    /// It cannot be stored so.
    #[error("the entry has {}", counted(.0.len(), "fault", "faults"))]
    Faulty(Vec<check::Fault>),
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(WriteError),
}

impl Knowledge {
    /// Reads nothing yet: a community's entries are indexed when they are first asked for.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Self {
        Self {
            zones: Arc::new(Zones::new(storage.changes())),
            storage,
            clock,
            bases: Arc::default(),
            editing: Arc::default(),
            looking: Arc::default(),
            also: vec![],
            twins: twin::Twins::default(),
            comparing: Arc::default(),
            consultant: None,
            sentence_model: None,
            stop: Stop::new(),
        }
    }

    /// The same base, whose long work breaks off when `stop` is requested. What it was about is done after the next start.
    #[must_use]
    pub fn stopping(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The same base, which asks `model` about questions that its entries leave undecided, in communities that want it.
    #[must_use]
    pub fn consulting(self, model: Arc<dyn LanguageModel>, settings: ConsultSettings) -> Self {
        let (storage, clock) = (Arc::clone(&self.storage), Arc::clone(&self.clock));
        let consultant = Some(Arc::new(Consultant::new(model, settings, storage, clock)));
        Self { consultant, ..self }
    }

    /// The model that may be asked, as its endpoint calls it; none where the owner has named none.
    pub fn model(&self) -> Option<&str> {
        self.consultant.as_deref().map(Consultant::model)
    }

    /// The same base, each change of which is written in one unit with `also`: both or neither.
    #[must_use]
    pub fn along(&self, also: Vec<Unit>) -> Self {
        Self { also, ..self.clone() }
    }

    /// One entry as it is stored.
    pub async fn get(&self, community: CommunityId, id: &EntryId) -> Result<Option<StoredEntry>, ReadError> {
        let base = self.base(community).await?;
        Ok(read(&base, |base| base.get(id).cloned()))
    }

    /// All entries, by id.
    pub async fn list(&self, community: CommunityId) -> Result<Vec<StoredEntry>, ReadError> {
        let base = self.base(community).await?;
        Ok(read(&base, |base| base.list().cloned().collect()))
    }

    /// Other entries that the same people are given, and that have a way to ask of this one, word for word: which one is meant, nobody
    /// can tell.
    pub async fn asked_so_too(&self, community: CommunityId, entry: &Entry) -> Result<Vec<Entry>, ReadError> {
        let base = self.base(community).await?;
        let today = self.today(community).await?.to_string();
        Ok(read(&base, |base| {
            base.asked_so_too([entry], &today)
                .into_iter()
                .flatten()
                .filter(|other| are_read_together(entry, other))
                .cloned()
                .collect()
        }))
    }

    /// Entries that it names as related and that there are not. One that was taken away since somebody named it is no mistake of who edits
    /// something else.
    pub async fn unknown_related(&self, community: CommunityId, entry: &Entry) -> Result<Vec<check::Fault>, ReadError> {
        let base = self.base(community).await?;
        if entry.related.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = read(&base, |base| {
            let named = base.get(&entry.id).into_iter().flat_map(|stored| &stored.entry.related);
            let there = base.list().map(|stored| &stored.entry.id);
            there.chain(named).map(ToString::to_string).collect()
        });
        Ok(check::unknown_related(entry, &ids))
    }

    /// Revisions of an entry, newest first.
    pub async fn history(&self, community: CommunityId, id: &EntryId, limit: u32) -> Result<Vec<Revision>, ReadError> {
        self.storage.entry_history(community, id, limit).await
    }

    /// What was said of each entry that anything was said of: of the newest of its revisions of which anything was.
    pub async fn feedback_counts(&self, community: CommunityId) -> Result<Vec<FeedbackCount>, ReadError> {
        self.storage.feedback_counts(community).await
    }

    /// Stores `entry`, new when `expected` is none, else in place of that revision. It counts from now on. Answers the
    /// new revision.
    pub async fn put(
        &self,
        community: CommunityId,
        mut entry: Entry,
        expected: Option<u32>,
        by: Option<AccountId>,
    ) -> Result<u32, EditError> {
        let faults = check::faults_to_readers(&entry);
        if !faults.is_empty() {
            return Err(EditError::Faulty(faults));
        }
        let _one_at_a_time = self.editing.lock().await;
        let stored = self.get(community, &entry.id).await?;
        if stored.as_ref().map(|stored| stored.entry.rev) != expected {
            return Err(EditError::Stale {
                stored: stored.map(Box::new),
            });
        }
        let last = self.storage.entry_revision_last(community, &entry.id).await?;
        entry.rev = last.unwrap_or(0) + 1;
        let at = self.clock.now();
        let unit = KnowledgeUnit::Put {
            community,
            entry: Box::new(entry.clone()),
            file: None,
            expected,
            by,
            at,
        };
        self.write(community, &entry.id, unit).await?;
        let revision = entry.rev;
        let file = stored.and_then(|stored| stored.file);
        self.change(community, |base| {
            base.put(StoredEntry {
                entry,
                file,
                changed_at: at,
                changed_by: by,
            });
        })
        .await?;
        Ok(revision)
    }

    /// Takes an entry away; its history stays.
    pub async fn remove(
        &self,
        community: CommunityId,
        id: &EntryId,
        expected: u32,
        by: Option<AccountId>,
    ) -> Result<(), EditError> {
        let _one_at_a_time = self.editing.lock().await;
        let stored = self.get(community, id).await?;
        if stored.as_ref().is_none_or(|stored| stored.entry.rev != expected) {
            return Err(EditError::Stale {
                stored: stored.map(Box::new),
            });
        }
        let unit = KnowledgeUnit::Remove {
            community,
            id: id.clone(),
            expected,
            by,
            at: self.clock.now(),
        };
        self.write(community, id, unit).await?;
        Ok(self.change(community, |base| base.remove(id)).await?)
    }

    fn with_also(&self, unit: KnowledgeUnit) -> Unit {
        let mut units = vec![Unit::Knowledge(unit)];
        units.extend(self.also.iter().cloned());
        Unit::All(units)
    }

    async fn write(&self, community: CommunityId, id: &EntryId, unit: KnowledgeUnit) -> Result<(), EditError> {
        match self.storage.write(self.with_also(unit)).await {
            Ok(_) => Ok(()),
            Err(WriteError::Conflict { .. }) => {
                // Another process wrote to the table: what is indexed here is old.
                self.forget(community);
                let stored = self.get(community, id).await?.map(Box::new);
                Err(EditError::Stale { stored })
            }
            Err(error) => Err(EditError::Write(error)),
        }
    }

    async fn change(&self, community: CommunityId, change: impl FnOnce(&mut Base)) -> Result<(), ReadError> {
        let base = self.base(community).await?;
        change(&mut base.write().unwrap_or_else(PoisonError::into_inner));
        self.look_for_texts();
        Ok(())
    }

    /// The model reads what is new.
    fn look_for_texts(&self) {
        if let Some(model) = &self.sentence_model {
            model.bell().ring();
        }
    }

    /// The community's base, indexed from the table on first use.
    async fn base(&self, community: CommunityId) -> Result<Arc<RwLock<Base>>, ReadError> {
        let known = |bases: &HashMap<_, Arc<RwLock<Base>>>| bases.get(&community).cloned();
        if let Some(base) = known(&self.bases.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(base);
        }
        let language = self.language(community).await?;
        let entries = self.storage.entries(community).await?;
        let mut base = match &self.sentence_model {
            Some(model) => Base::for_model(model.embedder().space(), &language, entries),
            None => Base::new(&language, entries),
        };
        base.set_dead_links(self.dead_links(community).await?);
        let (lines, with_model) = self.both_lines(community).await?;
        base.set_lines(lines, with_model);
        self.recall(community, &mut base).await?;
        let mut bases = self.bases.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever was first wins: its index may already have taken an edit.
        Ok(bases
            .entry(community)
            .or_insert_with(|| Arc::new(RwLock::new(base)))
            .clone())
    }

    /// What texts without a language are written in.
    async fn language(&self, community: CommunityId) -> Result<String, ReadError> {
        let known = self.community(community).await?;
        Ok(known.map_or_else(|| "en".to_owned(), |known| known.language))
    }

    /// Which day it is where the community is: the days in entries are its own.
    async fn today(&self, community: CommunityId) -> Result<Date, ReadError> {
        let zone = match self.zones.known(community) {
            Ok(zone) => zone,
            Err(seen) => {
                let known = self.community(community).await?;
                let zone = zones::named(known.as_ref().map_or("UTC", |known| &known.zone));
                self.zones.keep(community, zone.clone(), seen);
                zone
            }
        };
        Ok(zones::day_in(&zone, self.clock.now()))
    }

    async fn community(&self, community: CommunityId) -> Result<Option<Community>, ReadError> {
        let communities = self.storage.communities().await?;
        Ok(communities.into_iter().find(|known| known.id == community))
    }

    fn forget(&self, community: CommunityId) {
        self.bases
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&community);
        self.look_for_texts();
    }

    async fn served(&self, conversation: Option<ConversationId>) -> Result<Served, ReadError> {
        let since = self.clock.now() - AGAIN_WITHIN;
        match conversation {
            Some(conversation) => self.storage.entries_served(conversation, since).await,
            None => Ok(Served::default()),
        }
    }
}

fn read<T>(base: &RwLock<Base>, reading: impl FnOnce(&Base) -> T) -> T {
    reading(&base.read().unwrap_or_else(PoisonError::into_inner))
}

/// The day in UTC, as entries write it: for what has no place, as when a page was gone.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
