//! Questions that mean the same, as the console reads and changes them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::look::ASKED_WITHIN;
use super::mask::{mask, mask_cut};
use super::scoring::fold;
use super::speakers::{Speakers, conversations};
use super::{Knowledge, check, digest, gaps};
use crate::model::Timestamp;
use crate::model::cluster::{ClusterEnd, ClusterState, ClusterStateError, ClusterStateKind};
use crate::model::directory::Audience;
use crate::model::entry::{Entry, Visibility};
use crate::model::ids::{AccountId, ClusterId, CommunityId, ConversationId, EntryId, PersonId, Version};
use crate::storage::clusters::{AskedQuestion, ClusterFilter, ClusterUnit, CountedCluster};
use crate::storage::knowledge::Missed;
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};

/// What a single person asks is shown to nobody: it may say who they are.
pub const PEOPLE_MIN: u32 = 2;

/// Questions of a cluster that are looked at, the newest first.
const QUESTIONS_MAX: u32 = 500;

/// A cluster as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCluster {
    /// The row with its counts.
    pub counted: CountedCluster,
    /// The question that stands for all, with personal data masked; none when all of them are gone.
    pub question: Option<String>,
    /// The same, if not only the bot could read it; else one that everybody could.
    pub read_by_others: Option<String>,
}

/// All questions of a cluster in the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// With personal data masked.
    pub text: String,
    /// How many people asked so.
    pub people: usize,
    /// How they were missed, each once.
    pub missed: Vec<Missed>,
    /// Why, the last time.
    pub reason: String,
    /// Whether it was asked in direct chats alone.
    pub direct: bool,
    /// Where it was asked last.
    pub conversation: Option<ConversationId>,
    /// When.
    pub last_at: Timestamp,
}

/// In which words a cluster was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wordings {
    /// Those of the most people, and of as many the newest, first.
    pub shown: Vec<Wording>,
    /// How many more were asked in direct chats alone, which are not read here.
    pub hidden: usize,
    /// Whether all of it was asked in direct chats alone.
    pub alone: bool,
}

/// Why a cluster was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// It is not there, or another community's.
    #[error("these questions are no longer there")]
    Gone,
    /// The entry that is to answer it is not there.
    #[error("there is no entry {0}")]
    NoEntry(EntryId),
    /// The entry that is to answer it is not said to all who asked.
    #[error("the entry {0} is not said to all who asked")]
    NotSaid(EntryId),
    /// It cannot become so.
    #[error(transparent)]
    State(#[from] ClusterStateError),
    /// Not a day.
    #[error("a deadline is a day, as 2027-02-01")]
    Day,
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written, or somebody else was faster.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Knowledge {
    /// Clusters that are open, or those that are closed: those that were open again first, then those of the most people. `skip` is
    /// how many were shown already.
    pub async fn clusters(
        &self,
        community: CommunityId,
        closed: bool,
        (skip, limit): (u32, u32),
    ) -> Result<Vec<ShownCluster>, ReadError> {
        let of_list = |kind: &ClusterStateKind| (*kind == ClusterStateKind::Closed) == closed;
        let filter = ClusterFilter {
            states: ClusterStateKind::ALL.into_iter().filter(of_list).collect(),
            people_min: PEOPLE_MIN,
            skip,
            limit,
        };
        let found = self.storage.clusters(community, &filter).await?;
        let speakers = Speakers::read(&self.storage, conversations(found.iter().flat_map(shown_of))).await?;
        let shown = found.into_iter().map(|counted| shown_among(counted, &speakers));
        Ok(shown.collect())
    }

    /// One cluster of the community, as long as there is more of it than one person's question, or there was when an answer was begun.
    pub async fn cluster(&self, community: CommunityId, id: ClusterId) -> Result<Option<ShownCluster>, ReadError> {
        match self.counted(community, id).await? {
            Some(counted) => shown(&self.storage, counted).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same without its words.
    pub(super) async fn counted(
        &self,
        community: CommunityId,
        id: ClusterId,
    ) -> Result<Option<CountedCluster>, ReadError> {
        let found = self.storage.cluster(id).await?;
        let is_shown = |counted: &CountedCluster| {
            let begun = counted.cluster.state.kind() != ClusterStateKind::New || counted.cluster.reopened > 0;
            counted.cluster.community == community && (begun || counted.people >= PEOPLE_MIN)
        };
        Ok(found.filter(is_shown))
    }

    /// In which words it was asked, at most `max` of them; those of direct chats alone only where `direct` ones are read.
    pub async fn wordings(&self, id: ClusterId, direct: bool, max: usize) -> Result<Wordings, ReadError> {
        let asked = self.storage.cluster_questions(id, QUESTIONS_MAX).await?;
        let all = in_words(&asked);
        let alone = !all.is_empty() && all.iter().all(|asked| is_all_direct(asked));
        let (mut read, hidden): (Vec<_>, Vec<_>) = all.into_iter().partition(|asked| direct || !is_all_direct(asked));
        most_people_first(&mut read);
        read.truncate(max);
        // Conversations are read for what is shown and nothing else: a cluster has hundreds.
        let newest = conversations(read.iter().filter_map(|asked| asked.first().copied()));
        let speakers = Speakers::read(&self.storage, newest).await?;
        Ok(Wordings {
            shown: read.iter().filter_map(|asked| wording(asked, &speakers)).collect(),
            hidden: hidden.len(),
            alone,
        })
    }

    /// How many questions that are looked at are in no cluster, and when that was last.
    pub async fn questions_alone(&self, community: CommunityId) -> Result<(u32, Option<Timestamp>), ReadError> {
        let since = self.clock.now() - ASKED_WITHIN;
        let alone = self.storage.questions_alone(community, since).await?;
        let (_, looked) = self.storage.looked(community).await?;
        Ok((alone, looked))
    }

    /// Says who looks after it, and until when there should be an answer.
    pub async fn assign(
        &self,
        community: CommunityId,
        (id, seen): (ClusterId, Version),
        owner: Option<AccountId>,
        due: Option<String>,
        by: AccountId,
    ) -> Result<(), ClusterError> {
        if due.as_deref().is_some_and(|day| !check::is_day(day)) {
            return Err(ClusterError::Day);
        }
        let known = self.counted(community, id).await?.ok_or(ClusterError::Gone)?;
        let after = known.cluster.assigned(owner, due, self.clock.now());
        self.change_cluster((seen, after), by).await
    }

    /// Nothing is to be done about it: its questions are settled, and so is whoever asks the same from now on.
    pub async fn close(
        &self,
        community: CommunityId,
        (id, seen): (ClusterId, Version),
        by: AccountId,
    ) -> Result<(), ClusterError> {
        let known = self.counted(community, id).await?.ok_or(ClusterError::Gone)?;
        let how = ClusterEnd::Settled;
        let state = ClusterState::Closed { how };
        let after = known.cluster.become_state(state, self.clock.now())?;
        self.change_cluster((seen, after), by).await
    }

    /// Something is to be done about it after all: its questions are open again.
    pub async fn open_again(
        &self,
        community: CommunityId,
        (id, seen): (ClusterId, Version),
        by: AccountId,
    ) -> Result<(), ClusterError> {
        let known = self.counted(community, id).await?.ok_or(ClusterError::Gone)?;
        let after = known.cluster.opened_again(self.clock.now())?;
        self.change_cluster((seen, after), by).await
    }

    /// An entry that is there answers it: from now on it is watched as if that were just published.
    pub async fn answer(
        &self,
        community: CommunityId,
        (id, seen): (ClusterId, Version),
        entry: &EntryId,
        by: AccountId,
    ) -> Result<(), ClusterError> {
        let known = self.counted(community, id).await?.ok_or(ClusterError::Gone)?;
        let stored = self.get(community, entry).await?;
        let stored = stored.ok_or_else(|| ClusterError::NoEntry(entry.clone()))?;
        if !self.is_said_to_all(community, id, &stored.entry).await? {
            return Err(ClusterError::NotSaid(entry.clone()));
        }
        let after = known.cluster.answered(entry, self.clock.now())?;
        self.change_cluster((seen, after), by).await
    }

    /// Whether an entry is said wherever these questions were asked: what some of them are not told is no answer to them.
    pub(super) async fn is_said_to_all(
        &self,
        community: CommunityId,
        id: ClusterId,
        entry: &Entry,
    ) -> Result<bool, ReadError> {
        let asked = self.storage.cluster_questions(id, QUESTIONS_MAX).await?;
        let in_public = asked.iter().any(|question| question.audience == Some(Audience::Public));
        let is_read = match entry.visibility {
            _ if check::is_masked(entry) => false,
            Visibility::Public => true,
            Visibility::Members => !in_public,
            Visibility::Staff => false,
        };
        Ok(is_read && !entry.is_over(&self.today(community).await?.to_string()))
    }

    async fn change_cluster(
        &self,
        (seen, after): (Version, crate::model::cluster::Cluster),
        by: AccountId,
    ) -> Result<(), ClusterError> {
        let change = ClusterUnit::Change {
            before: seen,
            after: Box::new(after),
            by: Some(by),
        };
        let mut units = vec![Unit::Cluster(change)];
        units.extend(self.also.iter().cloned());
        self.storage.write(Unit::All(units)).await?;
        Ok(())
    }

    /// What people asked lately and where that stands, as a post for everybody, in markdown; empty when there is nothing that
    /// everybody may read.
    pub async fn digest(&self, community: CommunityId) -> Result<String, ReadError> {
        let filter = ClusterFilter {
            states: vec![
                ClusterStateKind::New,
                ClusterStateKind::Drafted,
                ClusterStateKind::Published,
                ClusterStateKind::Watching,
            ],
            people_min: digest::PEOPLE_MIN,
            skip: 0,
            limit: digest::QUESTIONS_MAX,
        };
        let found = self.storage.clusters(community, &filter).await?;
        let public = conversations(found.iter().filter_map(|counted| counted.public.as_ref()));
        let speakers = Speakers::read(&self.storage, public).await?;
        let base = self.base(community).await?;
        let today = self.today(community).await?.to_string();
        Ok(super::read(&base, |base| {
            let entry = |id: &_| base.get(id).map(|stored| &stored.entry);
            digest::digest(&found, |asked| speakers.masked(asked), entry, &today)
        }))
    }
}

/// As it is shown to whoever looks after it.
pub(super) async fn shown(storage: &SharedStorage, counted: CountedCluster) -> Result<ShownCluster, ReadError> {
    let speakers = Speakers::read(storage, conversations(shown_of(&counted))).await?;
    Ok(shown_among(counted, &speakers))
}

/// The questions whose words are shown.
fn shown_of(counted: &CountedCluster) -> impl Iterator<Item = &AskedQuestion> {
    counted.asked.iter().chain(&counted.public)
}

/// As it is shown: nobody's name, number or address is among it.
fn shown_among(counted: CountedCluster, speakers: &Speakers) -> ShownCluster {
    let masked = |asked: &AskedQuestion| speakers.masked(asked);
    let question = counted.asked.as_ref().map(masked);
    let read = counted.asked.as_ref().filter(|asked| !is_direct(asked));
    let read_by_others = read.or(counted.public.as_ref()).map(masked);
    ShownCluster {
        counted,
        question,
        read_by_others,
    }
}

/// A question without the names of its asker and of these others, and without their numbers and addresses.
pub(super) fn masked(asked: &AskedQuestion, others: &[String]) -> String {
    let names: Vec<String> = asked.name.iter().chain(others).cloned().collect();
    let cut = asked.question.chars().count() >= gaps::QUESTION_CHARS_MAX;
    let mask = if cut { mask_cut } else { mask };
    mask(&asked.question, &names)
}

/// What was asked in the same words, each with the newest first, as `asked` has it.
fn in_words(asked: &[AskedQuestion]) -> Vec<Vec<&AskedQuestion>> {
    let mut by_words: BTreeMap<String, Vec<&AskedQuestion>> = BTreeMap::new();
    for question in asked {
        by_words.entry(fold(&question.question)).or_default().push(question);
    }
    by_words.into_values().collect()
}

/// The newest first among those of as many people.
fn most_people_first(wordings: &mut [Vec<&AskedQuestion>]) {
    wordings.sort_by_cached_key(|asked| {
        let newest = asked
            .first()
            .map(|newest| (Reverse(newest.at), newest.question.clone()));
        (Reverse(people(asked.iter().copied())), newest)
    });
}

/// `asked` has the newest first.
fn wording(asked: &[&AskedQuestion], speakers: &Speakers) -> Option<Wording> {
    let newest = asked.first()?;
    let mut missed: Vec<Missed> = Vec::new();
    for question in asked {
        if !missed.contains(&question.missed) {
            missed.push(question.missed);
        }
    }
    Some(Wording {
        text: speakers.masked(newest),
        people: people(asked.iter().copied()),
        missed,
        reason: newest.reason.clone(),
        direct: is_all_direct(asked),
        conversation: newest.conversation,
        last_at: newest.at,
    })
}

/// How many people ask.
pub(super) fn people<'a>(asked: impl Iterator<Item = &'a AskedQuestion>) -> usize {
    let mut people: Vec<PersonId> = asked.filter_map(|question| question.person).collect();
    people.sort_unstable();
    people.dedup();
    people.len()
}

fn is_all_direct(asked: &[&AskedQuestion]) -> bool {
    asked.iter().all(|question| is_direct(question))
}

/// Whether it was said to the bot alone. What is not known to be otherwise was.
pub(super) fn is_direct(asked: &AskedQuestion) -> bool {
    !matches!(asked.audience, Some(Audience::Group | Audience::Public))
}
