//! Questions that are one but for a name, as *What is adduser?* and *What is zip?* in a list of programs. Pure.
//!
//! Letters say of two such questions that they are near, and nobody confuses them: what differs is the one part that matters. Whether it
//! does, the base itself says: where many questions have the same words around a few others, those few are names.

use std::collections::HashMap;

use crate::knowledge::Base;
use crate::knowledge::scoring::fold;
use crate::model::ids::EntryId;

/// Words on each side of the name that are looked at: no list has more before what it is a list of.
const SIDE_WORDS_MAX: usize = 4;

/// One word around the rest, as *how*, is no list.
const FRAME_WORDS_MIN: usize = 2;

/// So many questions in the same words around something are a list.
const LIST_MIN: usize = 20;

/// A name has few words. In lists of packages nine in ten have no more; behind *how do I* in collections of real questions one in four.
const NAME_WORDS_MAX: usize = 3;

/// The words around a name: those before it and those after it.
type Frame<'a> = (&'a [String], &'a [String]);

/// How many questions of the base have a frame, and how many of them no more than a name in it.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    all: usize,
    names: usize,
}

impl Seen {
    fn is_list(self) -> bool {
        self.all >= LIST_MIN && self.names * 3 >= self.all * 2
    }
}

/// For each pair of entries whether they are told apart by a name.
pub(super) fn told_apart(base: &Base, pairs: &[(EntryId, EntryId)], today: &str) -> Vec<bool> {
    let words_of = |id: &EntryId| {
        base.get(id)
            .map_or_else(Vec::new, |stored| words(&stored.entry.question))
    };
    let questions: Vec<_> = pairs
        .iter()
        .map(|(one, other)| (words_of(one), words_of(other)))
        .collect();
    // Only what is around both of a pair is counted: a large base has too many frames to keep them all.
    let mut numbers: HashMap<Frame<'_>, usize> = HashMap::new();
    for (one, other) in &questions {
        for frame in around_both(one, other) {
            let next = numbers.len();
            numbers.entry(frame).or_insert(next);
        }
    }
    if numbers.is_empty() {
        return vec![false; pairs.len()];
    }
    let mut seen = vec![Seen::default(); numbers.len()];
    let live = base.list().filter(|stored| !stored.entry.is_over(today));
    for stored in live {
        let words = words(&stored.entry.question);
        for (before, after) in sides(words.len()) {
            if let Some(number) = numbers.get(&frame(&words, before, after)) {
                seen[*number].all += 1;
                seen[*number].names += usize::from(words.len() - before - after <= NAME_WORDS_MAX);
            }
        }
    }
    let is_list = |frame: Frame<'_>| numbers.get(&frame).is_some_and(|number| seen[*number].is_list());
    let told = questions
        .iter()
        .map(|(one, other)| around_both(one, other).any(is_list));
    told.collect()
}

fn words(question: &str) -> Vec<String> {
    let folded = fold(question);
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What stands around something in both of two different questions.
fn around_both<'a>(one: &'a [String], other: &'a [String]) -> impl Iterator<Item = Frame<'a>> {
    let shorter = one.len().min(other.len());
    let same =
        |pairs: &mut dyn Iterator<Item = (&String, &String)>| pairs.take_while(|(one, other)| one == other).count();
    let before = same(&mut one.iter().zip(other));
    let after = same(&mut one.iter().rev().zip(other.iter().rev()));
    let differ = one != other;
    let around = sides(shorter).filter(move |(b, a)| differ && *b <= before && *a <= after);
    around.map(|(before, after)| frame(one, before, after))
}

/// How many words may stand before and after something in a question of `words`, of which one at least is in between.
fn sides(words: usize) -> impl Iterator<Item = (usize, usize)> {
    let each = 0..=SIDE_WORDS_MAX.min(words);
    let all = each
        .clone()
        .flat_map(move |before| each.clone().map(move |after| (before, after)));
    all.filter(move |(before, after)| (FRAME_WORDS_MIN..words).contains(&(before + after)))
}

fn frame(words: &[String], before: usize, after: usize) -> Frame<'_> {
    (&words[..before], &words[words.len() - after..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::storage::knowledge::StoredEntry;

    fn base(questions: &[String]) -> Base {
        let stored = questions.iter().enumerate().map(|(number, question)| {
            let entry = serde_json::json!({
                "id": number.to_string(), "question": question, "answer": {"full": "See the page."},
            });
            StoredEntry {
                entry: serde_json::from_value(entry).unwrap(),
                file: None,
                changed_at: Timestamp::default(),
                changed_by: None,
            }
        });
        Base::new("en", stored.collect())
    }

    /// Whether the first two are told apart by a name, among the others.
    #[track_caller]
    fn check(one: &str, other: &str, others: impl Iterator<Item = String>, expected: bool) {
        let questions: Vec<String> = [one, other].into_iter().map(str::to_owned).chain(others).collect();
        let base = base(&questions);
        for pair in [("0", "1"), ("1", "0")] {
            let pairs = [(EntryId::from(pair.0), EntryId::from(pair.1))];
            assert_eq!(told_apart(&base, &pairs, "2026-11-24"), [expected], "{one} / {other}");
        }
    }

    /// Made of two letters each, so that they are words.
    fn word(number: usize) -> String {
        let letter = |at: usize| char::from(b"bcdfghklmnprstvz"[at % 16]);
        [letter(number), 'a', letter(number / 16), 'o'].into_iter().collect()
    }

    fn programs(count: usize) -> impl Iterator<Item = String> {
        (0..count).map(|number| format!("What is {}?", word(number)))
    }

    #[test]
    fn entries_of_a_list_are_told_apart_by_their_names() {
        check("What is libxml2?", "What is libxml2-dev?", programs(18), true);
        check("What is tk-8.6-dev doc?", "What is tk?", programs(18), true);
        let sold = |number| format!("Do you sell {} here", word(number));
        check(
            "Do you sell bread here",
            "Do you sell rye bread here?",
            (0..18).map(sold),
            true,
        );
    }

    #[test]
    fn few_questions_are_no_list() {
        check("What is libxml2?", "What is libxml2-dev?", programs(17), false);
        check("What is libxml2?", "What is libxml2-dev?", std::iter::empty(), false);
    }

    #[test]
    fn what_many_questions_begin_with_is_no_list_where_more_than_a_name_follows() {
        let how = |number| format!("How do I bring the {} to my own {}?", word(number), word(number + 90));
        check(
            "How do I get a refund?",
            "How do I get my money back?",
            (0..60).map(how),
            false,
        );
    }

    #[test]
    fn the_same_question_has_no_other_name() {
        check("What is libxml2?", "what is libxml2", programs(40), false);
        check("What is", "What is it?", programs(40), false);
        check("", "What is it?", programs(40), false);
    }
}
