//! Which questions mean the same. Pure.
//!
//! Wordings are compared by the measure of the scoring, and put together while the two groups that are nearest to each other on
//! average are near enough: one wording between two subjects does not join them. Greetings and thanks do not count, and questions that
//! have a sentence in common and are of different things are not near, see `telling`. Groups that are clusters already are never joined
//! with each other, so that nobody's work is mixed up; what comes new goes to the nearest.
//!
//! The order in which wordings are given changes nothing. What was a cluster the night before does: it stays one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::scoring::{Field, Index, Question, Slot, Text};
use super::telling::{Telling, without_greeting};
use crate::model::ids::ClusterId;
use crate::model::language;

/// How near two groups are at least on average to be one, in millionths. Chosen on the public question sets, see `docs/answers.md`.
const TOGETHER: u64 = 430_000;

/// What is less near counts as nothing: most pairs of questions are.
const NEAR_MIN: u64 = 150_000;

/// A nearness of 1.
const WHOLE: f32 = 1_000_000.0;

/// All questions of the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wording {
    /// One of them.
    pub(super) text: String,
    /// Their cluster, as far as they have one.
    pub(super) cluster: Option<ClusterId>,
}

/// Wordings that mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The cluster that they are, or come to.
    pub(super) cluster: Option<ClusterId>,
    /// Where they stand among the wordings, in this order.
    pub(super) wordings: Vec<usize>,
}

/// Groups the wordings. `language` is what texts are written in whose language is not sure.
pub(super) fn group(wordings: &[Wording], language: &str) -> Vec<Group> {
    // By what they say: neither numbers nor sums hang on who was asked first.
    let mut order: Vec<usize> = (0..wordings.len()).collect();
    order.sort_by(|one, other| {
        let key = |at: &usize| (&wordings[*at].text, wordings[*at].cluster);
        key(one).cmp(&key(other))
    });
    let texts: Vec<&str> = order.iter().map(|at| wordings[*at].text.as_str()).collect();
    let mut groups = Groups::new(&order, wordings);
    for ((one, other), near) in nearness(&texts, language) {
        groups.add(one, other, near);
    }
    groups.join();
    groups.finish(&order)
}

/// How near the texts are to each other, in millionths: of each pair the mean of how near either is to the other, and nothing where
/// they are of different things.
fn nearness(texts: &[&str], language: &str) -> BTreeMap<(usize, usize), u64> {
    let spoken = |text: &&str| language::detect(text).unwrap_or(language).to_owned();
    let languages: Vec<String> = texts.iter().map(spoken).collect();
    let asked = texts.iter().zip(&languages);
    let texts: Vec<String> = asked.map(|(text, language)| without_greeting(text, language)).collect();
    let spoken = texts.iter().zip(&languages);
    let telling: Vec<Telling> = spoken.map(|(text, language)| Telling::of(text, language)).collect();
    let mut index = Index::default();
    index.put_all(
        texts
            .iter()
            .zip(&languages)
            .zip(0..)
            .map(|((text, language), slot): (_, Slot)| {
                let text = Text {
                    field: Field::Question,
                    language: Some(language),
                    text,
                };
                (slot, vec![text])
            }),
    );
    let mut pairs: BTreeMap<(usize, usize), (u64, u64)> = BTreeMap::new();
    for (at, (text, language)) in texts.iter().zip(&languages).enumerate() {
        for (slot, near) in Question::new(&index, text, Some(language)).neighbours() {
            let other = usize::try_from(slot).unwrap_or(usize::MAX);
            let near = millionths(near);
            if other != at && near >= NEAR_MIN {
                let (sum, seen) = pairs.entry((at.min(other), at.max(other))).or_default();
                *sum += near;
                *seen += 1;
            }
        }
    }
    pairs
        .into_iter()
        .map(|(pair, (sum, seen))| (pair, sum / seen))
        // Two that would not be joined anyway need no closer look.
        .filter(|((one, other), near)| *near < TOGETHER || !telling[*one].is_apart(&telling[*other]))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and a million"
)]
fn millionths(near: f32) -> u64 {
    (near.clamp(0.0, 1.0) * WHOLE).round() as u64
}

/// Two groups that may be joined, the nearest first; of those that are as near the first by their numbers.
type Candidate = (u64, Reverse<(usize, usize)>, u64);

struct Groups {
    /// The members of each, in order; none once it is part of another.
    members: Vec<Vec<usize>>,
    cluster: Vec<Option<ClusterId>>,
    /// Counts the changes of each, so that a candidate of before is known for one.
    changes: Vec<u64>,
    /// What each has in sum to each other, by pairs of members.
    sums: Vec<BTreeMap<usize, u64>>,
    /// The group of each text.
    of: Vec<usize>,
}

impl Groups {
    /// A group for each cluster, and one for each wording that is in none.
    fn new(order: &[usize], wordings: &[Wording]) -> Self {
        let mut groups = Self {
            members: Vec::new(),
            cluster: Vec::new(),
            changes: Vec::new(),
            sums: Vec::new(),
            of: Vec::with_capacity(order.len()),
        };
        let mut known: BTreeMap<ClusterId, usize> = BTreeMap::new();
        for (text, at) in order.iter().enumerate() {
            let cluster = wordings[*at].cluster;
            let of = match cluster.and_then(|cluster| known.get(&cluster)) {
                Some(group) => *group,
                None => groups.begin(cluster),
            };
            if let Some(cluster) = cluster {
                known.insert(cluster, of);
            }
            groups.members[of].push(text);
            groups.of.push(of);
        }
        groups
    }

    fn begin(&mut self, cluster: Option<ClusterId>) -> usize {
        self.members.push(Vec::new());
        self.cluster.push(cluster);
        self.changes.push(0);
        self.sums.push(BTreeMap::new());
        self.members.len() - 1
    }

    fn add(&mut self, one: usize, other: usize, near: u64) {
        let (one, other) = (self.of[one], self.of[other]);
        if one != other {
            *self.sums[one].entry(other).or_default() += near;
            *self.sums[other].entry(one).or_default() += near;
        }
    }

    fn join(&mut self) {
        let mut heap: BinaryHeap<Candidate> = BinaryHeap::new();
        for one in 0..self.members.len() {
            let later: Vec<usize> = self.sums[one].range(one + 1..).map(|(other, _)| *other).collect();
            heap.extend(later.into_iter().filter_map(|other| self.candidate(one, other)));
        }
        while let Some((_, Reverse((one, other)), changes)) = heap.pop() {
            if self.changes_of(one, other) != changes || self.members[one].is_empty() || self.members[other].is_empty()
            {
                continue;
            }
            let joined = self.merge(one, other);
            let near: Vec<usize> = self.sums[joined].keys().copied().collect();
            heap.extend(near.into_iter().filter_map(|near| self.candidate(joined, near)));
        }
    }

    /// None where the two are not near enough, or are two clusters.
    fn candidate(&self, one: usize, other: usize) -> Option<Candidate> {
        let (one, other) = (one.min(other), one.max(other));
        if self.cluster[one].is_some() && self.cluster[other].is_some() {
            return None;
        }
        let pairs = (self.members[one].len() * self.members[other].len()) as u64;
        let mean = self.sums[one].get(&other)? / pairs.max(1);
        (mean >= TOGETHER).then(|| (mean, Reverse((one, other)), self.changes_of(one, other)))
    }

    fn changes_of(&self, one: usize, other: usize) -> u64 {
        self.changes[one] + self.changes[other]
    }

    /// Makes one of two. The first by its number stays, unless the other is a cluster.
    fn merge(&mut self, one: usize, other: usize) -> usize {
        let (stays, goes) = if self.cluster[other].is_some() {
            (other, one)
        } else {
            (one, other)
        };
        let moved = std::mem::take(&mut self.members[goes]);
        self.members[stays].extend(moved);
        self.members[stays].sort_unstable();
        self.sums[stays].remove(&goes);
        for (near, sum) in std::mem::take(&mut self.sums[goes]) {
            self.sums[near].remove(&goes);
            if near != stays {
                *self.sums[stays].entry(near).or_default() += sum;
                *self.sums[near].entry(stays).or_default() += sum;
            }
        }
        self.changes[stays] += 1;
        self.changes[goes] += 1;
        stays
    }

    fn finish(self, order: &[usize]) -> Vec<Group> {
        let groups = self.members.into_iter().zip(self.cluster);
        groups
            .filter(|(members, _)| !members.is_empty())
            .map(|(members, cluster)| {
                let mut wordings: Vec<usize> = members.into_iter().map(|text| order[text]).collect();
                wordings.sort_unstable();
                Group { cluster, wordings }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
