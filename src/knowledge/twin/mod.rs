//! The answer twin: before a change is published, the questions of the last month are put again, to the base as it is and to the base
//! as it would be.
//!
//! `compare` is pure and knows no change: whoever changes something else than entries asks a base of their own twice with
//! [`said`] and compares. The live base is never held for it: a second one is made of the table, on a thread that may block.

mod compare;
mod grounds;
mod model;
mod reading;
mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::scoring::{fold, hash};
use super::{Base, Knowledge};
use crate::model::Timestamp;
use crate::model::entry::Entry;
use crate::model::finding::AskScope;
use crate::model::ids::{CommunityId, EntryId, PlaceId};
use crate::model::quality::Precision;
use crate::storage::ReadError;
use crate::storage::knowledge::StoredEntry;
use crate::storage::twin::{AskedBefore, SaidOf};

use self::compare::said_until;
pub use self::compare::{Changed, Labels, Past, Twin, Verdict, compare, said};

/// How far back questions are looked for, in days.
pub const DAYS: u32 = 30;

/// So many messages of a month are looked at; the newest.
const ASKED_MAX: u32 = 50_000;

/// What people said of more answers than this was said of other times.
const LABELS_MAX: u32 = 20_000;

/// What is longer is a story; its beginning is put.
const QUESTION_CHARS_MAX: usize = 2_000;

/// One step of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An entry as it would be.
    Put(Box<Entry>),
    /// An entry that would be taken away.
    Remove(EntryId),
    /// How many answers would be to be right; from which line on the bot answers follows.
    Precision(Precision),
}

/// Why questions were not put again.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// They could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A sentence model that is compared with another has not read what it would have to.
    #[error("{0}, so there is nothing to compare")]
    Unread(&'static str),
    /// The thread that put them broke, or the program ends.
    #[error("putting the questions again broke off")]
    Broken,
}

/// What was asked last time, so that a second page of it puts no question again.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    key: u64,
    twin: Arc<Twin>,
}

/// One at a time, because each takes a core for some seconds; with what came of the last.
pub(super) type Twins = Arc<tokio::sync::Mutex<HashMap<CommunityId, Kept>>>;

impl Knowledge {
    /// Puts the questions of the last month again, to the base as it is and as these steps would leave it.
    pub async fn twin(&self, community: CommunityId, steps: Vec<Step>) -> Result<Arc<Twin>, TwinError> {
        let now = self.clock.now();
        let today = self.today(community).await?.to_string();
        let mut kept = Arc::clone(&self.twins).lock_owned().await;
        let (asked, said_of) = self.month(community, since(now)).await?;
        let grounds = self.grounds(community).await?;
        let wanted = steps.iter().rev().find_map(|step| match step {
            Step::Precision(precision) => Some(*precision),
            Step::Put(_) | Step::Remove(_) => None,
        });
        let lines_after = match wanted {
            Some(precision) => self.both_lines_at(community, precision).await?,
            None => grounds.lines,
        };
        // Who asked may be gone before it is done: until then nobody begins another.
        let stop = self.stop.clone();
        let making = tokio::task::spawn_blocking(move || {
            let key = hash(&format!(
                "{today} {grounds} {steps:?} {asked:?} {said_of:?} {lines_after:?}"
            ));
            if let Some(known) = kept.get(&community).filter(|known| known.key == key) {
                return Some(Arc::clone(&known.twin));
            }
            // An import may bring in more than there is.
            let entries = grounds.entries.len() + steps.len();
            let most = questions_max(entries, grounds.reader.is_some());
            let (mut questions, left_out) = past(community, asked, most);
            let language = grounds.language.clone();
            let (mut base, reader) = grounds.base();
            let read = reader.map(|reader| reader.read(&mut base, &language, &steps, &mut questions));
            let before = said_until(&stop, &questions, &base, &today)?;
            for step in steps {
                take(&mut base, step, now);
            }
            base.set_lines(lines_after.0, lines_after.1);
            if let Some(Ok(new)) = &read {
                for (text, made) in new {
                    base.embed(*text, made.as_ref());
                }
            }
            let after = said_until(&stop, &questions, &base, &today)?;
            let twin = Arc::new(Twin {
                left_out,
                without_model: read.and_then(Result::err),
                ..compare(&questions, &Labels::new(&said_of), before, after)
            });
            // Once the model can have its say, it is asked again.
            if twin.without_model.is_none() {
                let twin = Arc::clone(&twin);
                kept.insert(community, Kept { key, twin });
            }
            Some(twin)
        });
        let made = making.await.map_err(|_| TwinError::Broken)?;
        made.ok_or(TwinError::Broken)
    }

    /// What was asked since then, and what people said of answers.
    async fn month(
        &self,
        community: CommunityId,
        since: Timestamp,
    ) -> Result<(Vec<AskedBefore>, Vec<SaidOf>), ReadError> {
        let asked = self.storage.asked_before(community, since, ASKED_MAX).await?;
        let said_of = self.storage.said_of_answers(community, LABELS_MAX).await?;
        Ok((asked, said_of))
    }
}

/// Where the questions begin that are put again.
fn since(now: Timestamp) -> Timestamp {
    now - Duration::from_hours(24) * DAYS
}

/// The words, where, and whether nobody else could read it and whether it was overheard.
type AskedAlike = (String, Option<PlaceId>, [bool; 2]);

/// The questions once each, those that were asked most first, and how many are too many.
fn past(community: CommunityId, asked: Vec<AskedBefore>, max: usize) -> (Vec<Past>, usize) {
    let mut found: HashMap<AskedAlike, (Past, Timestamp)> = HashMap::new();
    for one in asked {
        let question: String = one.question.chars().take(QUESTION_CHARS_MAX).collect();
        let folded = fold(&question);
        if folded.is_empty() {
            continue;
        }
        let platform = one.scope.split(':').next().unwrap_or_default().to_owned();
        let new = Past {
            question,
            scope: AskScope {
                community,
                place: one.place,
                platform,
                audience: one.audience,
                staff: false,
                overheard: one.overheard,
                language: None,
                conversation: None,
                without: Vec::new(),
                asker: None,
                // A model says something else each time, and costs: only the entries count.
                consults: false,
            },
            times: 0,
            private: one.private,
            conversation: one.conversation,
            embedding: None,
        };
        // The newest comes first and gives the words.
        let (past, _) = found
            .entry((folded, one.place, [one.private, one.overheard]))
            .or_insert((new, one.at));
        past.times += 1;
    }
    let mut found: Vec<(Past, Timestamp)> = found.into_values().collect();
    found.sort_by(|(one, at), (other, other_at)| {
        let order = other.times.cmp(&one.times).then(other_at.cmp(at));
        let order = order.then_with(|| one.question.cmp(&other.question));
        let place = |past: &Past| past.scope.place.map(|place| place.0);
        order.then_with(|| {
            (place(one), one.private, one.scope.overheard).cmp(&(place(other), other.private, other.scope.overheard))
        })
    });
    let left_out = found.len().saturating_sub(max);
    found.truncate(max);
    (found.into_iter().map(|(past, _)| past).collect(), left_out)
}

/// How many are put: as many as take some twenty seconds with a base of this size, by the numbers in `docs/benchmarks.md`. By size
/// and not by the clock, so that the same change comes to the same on every machine. Half as many where a sentence model reads each, too.
fn questions_max(entries: usize, with_model: bool) -> usize {
    let questions = match entries {
        0..=2_000 => 2_000,
        2_001..=20_000 => 1_000,
        _ => 250,
    };
    if with_model { questions / 2 } else { questions }
}

fn take(base: &mut Base, step: Step, at: Timestamp) {
    match step {
        Step::Put(entry) => base.put(StoredEntry {
            entry: *entry,
            file: None,
            changed_at: at,
            changed_by: None,
        }),
        Step::Remove(id) => base.remove(&id),
        // The lines are those of the last step of this kind.
        Step::Precision(_) => {}
    }
}
