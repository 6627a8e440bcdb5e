//! Looks after a knowledge base: what somebody should look at, and whether the pages behind its answers are still there.
//!
//! `find` puts together what is known, `answers` compares two answers, `names` knows entries of a list by their names, `things` those that
//! are merely about the same; all are pure.
//! `links` asks servers elsewhere. Nothing here changes an entry: a person does. Only what is said outright changes by itself, to a
//! suggestion, where a page is dead or a review overdue.

mod answers;
mod find;
pub mod links;
mod names;
mod things;

use std::collections::HashSet;

use crate::knowledge::{Knowledge, read};
use crate::model::ids::{AccountId, CommunityId, EntryId};
use crate::model::upkeep::Finding;
use crate::storage::core::StoredJob;
use crate::storage::upkeep::{KeptFinding, LookedOver, UpkeepUnit};
use crate::storage::{ReadError, Unit, WriteError};

use self::find::Known;

/// Entries that are compared with all others at once, those changed last: some ten seconds. The others were compared when they
/// were among these, and with each of these.
const COMPARED_MAX: usize = 2_000;

/// More findings than this nobody works through.
const FINDINGS_MAX: usize = 5_000;

/// Why a base was not looked over.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The thread that looked broke, or the program ends.
    #[error("looking over the knowledge base broke off")]
    Broken,
}

/// The keys of jobs that look over a base because somebody wants it now; the community's id stands behind it.
const ASKED_KEYS: &str = "look_over/";

/// The key of the job that looks over this community's base now.
pub fn asked_key(community: CommunityId) -> String {
    format!("{ASKED_KEYS}{community}")
}

/// How a look stands that somebody has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It goes on, or begins in a moment.
    Going,
    /// It has failed, and is tried again some times.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What somebody should look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// When it was looked for last; none when it was not yet.
    pub looked: Option<LookedOver>,
    /// What was found, without what was put aside, and without what was found in entries that were changed since.
    pub findings: Vec<Finding>,
    /// How many were put aside.
    pub dismissed: usize,
    /// How the look stands that somebody has asked for; none when nobody has, or it is done.
    pub asked: Option<Look>,
}

fn how_it_stands(job: StoredJob, looked: Option<LookedOver>) -> Option<Look> {
    // The job is there for a moment longer than what it does, and one that has failed for good until somebody looks again.
    if looked.is_some_and(|looked| looked.at >= job.new.due) {
        return None;
    }
    Some(match job.reason {
        Some(reason) => Look::Failed { reason },
        None => Look::Going,
    })
}

impl Knowledge {
    /// Looks for what somebody should look at. Members are answered in between, and where the program ends, nothing comes of it.
    pub async fn look_over(&self, community: CommunityId) -> Result<(), UpkeepError> {
        let base = self.base(community).await?;
        let (used, links) = (
            self.storage.entries_used(community).await?,
            self.storage.links(community).await?,
        );
        let now = self.clock.now();
        let today = self.today(community).await?.to_string();
        let behind = self.all_behind(community).await?;
        let stop = self.stop.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let ids = read(&base, |base| {
                let mut stored: Vec<_> = base.list().collect();
                stored.sort_by(|one, other| {
                    let newest = other.changed_at.cmp(&one.changed_at);
                    newest.then_with(|| one.entry.id.as_str().cmp(other.entry.id.as_str()))
                });
                let ids = stored.iter().take(COMPARED_MAX).map(|stored| stored.entry.id.clone());
                ids.collect::<Vec<EntryId>>()
            });
            // The base is held for one question at a time, as by members.
            let stand_in = |id: &EntryId| {
                read(&base, |base| {
                    let (other, probability) = base.stand_in(id, &today)?;
                    Some((id.clone(), other.clone(), probability))
                })
            };
            let mut stand_ins = Vec::new();
            for id in &ids {
                if stop.is_requested() {
                    return None;
                }
                stand_ins.extend(stand_in(id));
            }
            let known = Known {
                used,
                links,
                stand_ins,
                behind,
                today: today.clone(),
                now,
            };
            // What follows of each entry and its words alone is quick, and seen as it is in one moment.
            Some((ids.len(), read(&base, |base| find::findings(base, &known))))
        });
        let looked = looking.await.map_err(|_| UpkeepError::Broken)?;
        let (compared, mut findings) = looked.ok_or(UpkeepError::Broken)?;
        let left_out = findings.len().saturating_sub(FINDINGS_MAX);
        findings.truncate(FINDINGS_MAX);
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let unit = UpkeepUnit::LookedOver {
            community,
            looked: LookedOver {
                at: now,
                compared: small(compared),
                left_out: small(left_out),
            },
            findings,
        };
        self.storage.write(Unit::Upkeep(unit)).await?;
        Ok(())
    }

    /// Looks over the base that the job of this key is about: somebody wants to see now how things stand.
    pub async fn look_over_asked(&self, key: &str) -> Result<(), UpkeepError> {
        match key.strip_prefix(ASKED_KEYS).and_then(|id| id.parse().ok()) {
            Some(community) => self.look_over(community).await,
            None => Ok(()),
        }
    }

    /// What was found when it was looked for last, as far as it still holds.
    pub async fn upkeep(&self, community: CommunityId) -> Result<Upkeep, ReadError> {
        let (looked, kept) = self.storage.findings(community).await?;
        let base = self.base(community).await?;
        let holds = |base: &super::Base, kept: &KeptFinding| {
            let mut entries = kept.finding.entries.iter();
            entries.all(|(id, rev)| base.get(id).is_some_and(|stored| stored.entry.rev == *rev))
        };
        let kept: Vec<KeptFinding> = read(&base, |base| {
            kept.into_iter().filter(|kept| holds(base, kept)).collect()
        });
        let dismissed = kept.iter().filter(|kept| kept.dismissed).count();
        let open = kept.into_iter().filter(|kept| !kept.dismissed);
        let asked = self.storage.jobs_by_key(&asked_key(community), 1).await?;
        Ok(Upkeep {
            looked,
            asked: asked.into_iter().next().and_then(|job| how_it_stands(job, looked)),
            findings: open.map(|kept| kept.finding).collect(),
            dismissed,
        })
    }

    /// Puts a finding aside until one of its entries changes.
    pub async fn dismiss(&self, community: CommunityId, finding: &Finding, by: AccountId) -> Result<(), WriteError> {
        let unit = UpkeepUnit::Dismiss {
            community,
            key: finding.key(),
            entries: finding.entries.clone(),
            by,
            at: self.clock.now(),
        };
        let mut units = vec![Unit::Upkeep(unit)];
        units.extend(self.also.iter().cloned());
        self.storage.write(Unit::All(units)).await.map(|_| ())
    }

    /// The pages that are gone.
    pub(super) async fn dead_links(&self, community: CommunityId) -> Result<HashSet<String>, ReadError> {
        let links = self.storage.links(community).await?;
        let dead = links.into_iter().filter(links::is_dead);
        Ok(dead.map(|link| link.url).collect())
    }
}
