//! Whether an entry that would answer another one's question is asked for the same thing, as far as their words tell. Pure.
//!
//! The scoring finds who would answer if the right entry were not there, and with nothing better around that may be one which is merely
//! about the same product, *What is Switchboard?* for *What does Switchboard cost?*, or is asked for another thing in the same sentence. What
//! nobody confuses contradicts nothing.

use std::collections::{HashMap, HashSet};

use crate::knowledge::Base;
use crate::knowledge::telling::Telling;
use crate::model::entry::Entry;
use crate::model::language;

/// A word that a third of all entries say, and so many at least, is what the base is about: it tells none of them from another.
const SUBJECT_PART: usize = 3;
const SUBJECT_ENTRIES_MIN: usize = 5;

/// So many entries show what a base is about.
const LOOKED_AT_MAX: usize = 500;

/// What all of a base is about.
pub(super) struct Subject {
    words: HashSet<String>,
    /// What texts without a language are in.
    spoken: String,
}

impl Subject {
    pub(super) fn of(base: &Base, today: &str) -> Self {
        let live = || base.list().filter(|stored| !stored.entry.is_over(today));
        let step = live().count().div_ceil(LOOKED_AT_MAX).max(1);
        let (mut seen, mut all) = (HashMap::<String, usize>::new(), 0);
        for entry in live().step_by(step).map(|stored| &stored.entry) {
            all += 1;
            let texts = ways(entry).chain([entry.answer.full.as_str()]);
            let told: Vec<Telling> = texts.map(|text| telling(entry, text, base.language())).collect();
            let words: HashSet<&String> = told.iter().flat_map(Telling::words).collect();
            for word in words {
                *seen.entry(word.clone()).or_default() += 1;
            }
        }
        let many = SUBJECT_ENTRIES_MIN.max(all / SUBJECT_PART);
        let words = seen.into_iter().filter(|(_, entries)| *entries >= many);
        Self {
            words: words.map(|(word, _)| word).collect(),
            spoken: base.language().to_owned(),
        }
    }

    /// Whether the question of each is one with the nearest way to ask of the other.
    pub(super) fn is_one_question(&self, one: &Entry, other: &Entry) -> bool {
        !self.is_apart(one, other) && !self.is_apart(other, one)
    }

    fn is_apart(&self, one: &Entry, other: &Entry) -> bool {
        let question = telling(one, &one.question, &self.spoken);
        let ways = ways(other).map(|way| telling(other, way, &self.spoken));
        let nearest = ways.max_by(|one, other| question.nearness(one).total_cmp(&question.nearness(other)));
        let Some(nearest) = nearest else {
            return false;
        };
        let (all_of, all_of_nearest) = (self.is_all_of(&question), self.is_all_of(&nearest));
        let (question, nearest) = (question.without(&self.words), nearest.without(&self.words));
        // One that asks for nothing but the subject is another question than one that asks for something of it.
        (all_of && !nearest.words().is_empty())
            || (all_of_nearest && !question.words().is_empty())
            || question.is_apart(&nearest)
    }

    /// Whether it asks for the subject and for nothing else; with little words alone it may ask for anything.
    fn is_all_of(&self, question: &Telling) -> bool {
        !question.words().is_empty() && question.words().iter().all(|word| self.words.contains(word))
    }
}

fn ways(entry: &Entry) -> impl Iterator<Item = &str> {
    std::iter::once(&entry.question)
        .chain(&entry.aliases)
        .map(String::as_str)
}

fn telling(entry: &Entry, text: &str, spoken: &str) -> Telling {
    let known = language::detect(text).or(entry.language.as_deref());
    Telling::of(text, known.unwrap_or(spoken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::storage::knowledge::StoredEntry;

    const PHOTOS: [(&str, &str); 5] = [
        ("What is Harborlight?", "Harborlight keeps your photos."),
        ("What does Harborlight cost?", "Harborlight is free."),
        ("How do I install it with Docker?", "Take the image of Harborlight."),
        ("Which port does it use?", "Harborlight listens on 2283."),
        ("Is there an app for phones?", "Harborlight has one for each."),
    ];

    fn entry(question: &str, answer: &str) -> Entry {
        let entry = serde_json::json!({"id": question, "question": question, "answer": {"full": answer}});
        serde_json::from_value(entry).unwrap()
    }

    /// Whether two questions are one in a base of these entries.
    #[track_caller]
    fn check(entries: &[(&str, &str)], one: &str, other: &str, expected: bool) {
        let stored = entries.iter().map(|(question, answer)| StoredEntry {
            entry: entry(question, answer),
            file: None,
            changed_at: Timestamp::default(),
            changed_by: None,
        });
        let base = Base::new("en", stored.collect());
        let subject = Subject::of(&base, "2026-11-24");
        let (one, other) = (entry(one, "Yes."), entry(other, "No."));
        assert_eq!(subject.is_one_question(&one, &other), expected);
        assert_eq!(subject.is_one_question(&other, &one), expected);
    }

    #[test]
    fn who_asks_for_the_subject_alone_asks_another_question() {
        let (what, costs) = ("What is Harborlight?", "What does Harborlight cost?");
        check(&PHOTOS, what, costs, false);
        check(&PHOTOS, costs, "How much does Harborlight cost?", true);
        check(&PHOTOS, what, "what's harborlight", true);
        check(&PHOTOS, what, "Does Harborlight keep old photos for ever?", false);
        check(&PHOTOS[..4], what, costs, true);
    }

    #[test]
    fn another_thing_in_one_sentence_is_another_question() {
        check(&[], "How do I connect Discord?", "How do I connect Telegram?", false);
        check(
            &[],
            "How long does delivery take?",
            "How long does shipping take?",
            true,
        );
        check(&[], "Where can I park?", "Where can I park my car?", true);
        check(&[], "How can I get it?", "How can I get the mod?", true);
        check(&PHOTOS, "How can I get it?", "How can I get the mod?", true);
    }

    #[test]
    fn the_nearest_way_to_ask_counts() {
        let mut refund = entry("Returns and money", "Within 14 days.");
        refund.aliases = vec!["How can I get a refund?".to_owned()];
        let subject = Subject::of(&Base::new("en", Vec::new()), "2026-11-24");
        assert!(subject.is_one_question(&entry("How do I get a refund?", "Within 30 days."), &refund));
        assert!(!subject.is_one_question(&entry("How can I get a key?", "At the desk."), &refund));
    }
}
