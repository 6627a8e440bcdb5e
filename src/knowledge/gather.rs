//! Which questions come to which cluster, and which make a new one. Pure.

use std::collections::BTreeMap;

use super::clusters::{PEOPLE_MIN, is_direct, people};
use super::group::{Group, Wording, group};
use super::scoring::fold;
use crate::model::ids::ClusterId;
use crate::storage::clusters::{AskedQuestion, QuestionRef};

/// Wordings without a cluster that are compared with each other in a night, the newest first: some seconds of one core.
const WORDINGS_MAX: usize = 3_000;

/// Wordings by which a cluster is known, the newest: more are more of the same.
pub(super) const WORDINGS_OF_CLUSTER_MAX: u32 = 12;

/// Questions that come to a cluster, or make one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gathered {
    pub(super) cluster: Option<ClusterId>,
    /// The number of the one that stands for all.
    pub(super) asked: i64,
    pub(super) questions: Vec<QuestionRef>,
}

/// What is to be written. `asked` has the newest first, and what is settled behind what is open.
pub(super) fn gathered(asked: &[AskedQuestion], language: &str) -> Vec<Gathered> {
    let mut by_words: BTreeMap<String, Vec<&AskedQuestion>> = BTreeMap::new();
    for question in asked {
        let folded = fold(&question.question);
        if !folded.is_empty() {
            by_words.entry(folded).or_default().push(question);
        }
    }
    let all = compared(by_words.into_values().collect());
    let wordings: Vec<Wording> = all.iter().map(|asked| wording(asked)).collect();
    let groups = group(&wordings, language).into_iter();
    groups.filter_map(|group| of_group(&group, &all)).collect()
}

/// Of each cluster some of its wordings, and the newest of those that are in none.
fn compared(mut wordings: Vec<Vec<&AskedQuestion>>) -> Vec<Vec<&AskedQuestion>> {
    wordings.sort_by_key(|asked| std::cmp::Reverse(asked.first().map(|newest| newest.seq)));
    let mut of_cluster: BTreeMap<ClusterId, u32> = BTreeMap::new();
    let mut alone = 0;
    wordings.retain(|asked| {
        let is_new = asked.iter().any(|question| question.cluster.is_none());
        let Some(cluster) = cluster_of(asked) else {
            alone += 1;
            return alone <= WORDINGS_MAX;
        };
        let taken = of_cluster.entry(cluster).or_default();
        *taken += 1;
        // What comes to a cluster by its words alone is never left out.
        is_new || *taken <= WORDINGS_OF_CLUSTER_MAX
    });
    wordings
}

fn cluster_of(asked: &[&AskedQuestion]) -> Option<ClusterId> {
    asked.iter().filter_map(|question| question.cluster).min()
}

fn wording(asked: &[&AskedQuestion]) -> Wording {
    // Of those that differ in marks alone always the same one.
    let text = asked.iter().map(|question| question.question.as_str()).min();
    Wording {
        text: text.unwrap_or_default().to_owned(),
        cluster: cluster_of(asked),
    }
}

/// None where there is nothing to write: nothing is new, or one person asks alone.
fn of_group(group: &Group, all: &[Vec<&AskedQuestion>]) -> Option<Gathered> {
    let own: Vec<&Vec<&AskedQuestion>> = group.wordings.iter().map(|at| &all[*at]).collect();
    let asked = || own.iter().flat_map(|asked| asked.iter().copied());
    let mut questions: Vec<QuestionRef> = asked()
        .filter(|question| question.cluster.is_none())
        .map(AskedQuestion::reference)
        .collect();
    questions.sort_unstable();
    let enough = group.cluster.is_some() || people(asked()) >= PEOPLE_MIN as usize;
    let stands = stands_for_all(&own)?;
    (enough && !questions.is_empty()).then_some(Gathered {
        cluster: group.cluster,
        asked: stands,
        questions,
    })
}

/// In the words of the most people, where others could read it before where nobody could.
fn stands_for_all(wordings: &[&Vec<&AskedQuestion>]) -> Option<i64> {
    let shared = |asked: &[&AskedQuestion]| asked.iter().any(|question| !is_direct(question));
    let best = wordings.iter().max_by(|one, other| {
        let weight = |asked: &[&AskedQuestion]| (people(asked.iter().copied()), shared(asked), asked.len());
        let text = |asked: &[&AskedQuestion]| asked.iter().map(|question| question.question.clone()).min();
        weight(one)
            .cmp(&weight(other))
            .then_with(|| text(other).cmp(&text(one)))
    })?;
    let seen = best.iter().find(|question| !is_direct(question)).or(best.first())?;
    Some(seen.seq)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Timestamp;
    use crate::model::directory::Audience;
    use crate::model::ids::PersonId;
    use crate::storage::knowledge::Missed;

    fn asked(seq: i64, person: u128, text: &str, cluster: Option<u128>) -> AskedQuestion {
        AskedQuestion {
            seq,
            question: text.to_owned(),
            missed: Missed::Abstained,
            reason: String::new(),
            audience: Some(if seq % 2 == 0 {
                Audience::Public
            } else {
                Audience::Direct
            }),
            identity: None,
            name: None,
            person: Some(PersonId(Uuid::from_u128(person))),
            message: None,
            conversation: None,
            cluster: cluster.map(|number| ClusterId(Uuid::from_u128(number))),
            at: Timestamp::from_millis(seq),
        }
    }

    /// What is written: the cluster, who stands for all, the numbers.
    fn written(asked: &[AskedQuestion]) -> Vec<(Option<u128>, i64, Vec<i64>)> {
        let gathered = gathered(asked, "en").into_iter();
        gathered
            .map(|gathered| {
                let numbers = gathered.questions.iter().map(|(seq, _)| *seq).collect();
                (gathered.cluster.map(|id| id.0.as_u128()), gathered.asked, numbers)
            })
            .collect()
    }

    #[test]
    fn two_people_make_a_cluster_and_one_who_asks_twice_does_not() {
        let two = [
            asked(3, 2, "where can i park", None),
            asked(2, 1, "Where can I park?", None),
            asked(1, 1, "Where can I park my car?", None),
        ];
        assert_eq!(written(&two), [(None, 2, vec![1, 2, 3])]);
        let one = two.map(|question| AskedQuestion {
            person: Some(PersonId(Uuid::nil())),
            ..question
        });
        assert_eq!(written(&one), []);
    }

    #[test]
    fn who_is_not_known_is_nobody() {
        let nobody = [1, 2].map(|seq| AskedQuestion {
            person: None,
            ..asked(seq, 0, "Where can I park?", None)
        });
        assert_eq!(written(&nobody), []);
    }

    #[test]
    fn what_comes_new_joins_its_cluster_whoever_asks() {
        let found = written(&[
            asked(4, 1, "May I bring my dog?", None),
            asked(3, 9, "where can i park", None),
            asked(2, 1, "Where can I park?", Some(7)),
            asked(1, 2, "where can I park the car", Some(7)),
        ]);
        assert_eq!(found, [(Some(7), 2, vec![3])]);
    }

    #[test]
    fn nothing_new_is_nothing_to_write() {
        let known = [asked(1, 1, "Where can I park?", Some(7)), asked(2, 2, "?!", None)];
        assert_eq!(written(&known), []);
    }

    #[test]
    fn thousands_of_questions_are_borne_and_a_crowd_in_one_cluster_is_left_out() {
        let crowd = (0..2_000).map(|seq| asked(seq, 1, &format!("where can i park car {seq}"), Some(7)));
        let new = [asked(5_000, 2, "where can i park", None)];
        let all: Vec<AskedQuestion> = new.into_iter().chain(crowd.rev()).collect();
        assert_eq!(written(&all), [(Some(7), 5_000, vec![5_000])]);
    }
}
