//! Which entries of a base are so near to each other that the bot cannot tell which one is meant.

use std::collections::{BTreeMap, HashSet};

use super::Base;
use crate::knowledge::scoring::{self, Question, fold};
use crate::model::entry::Entry;
use crate::model::ids::EntryId;
use crate::model::language;

/// From this probability on, what would answer an entry's own question in its place is asked in nearly the same words. Higher than
/// where answers begin: two plans of one price list are near, too, and nobody confuses them.
const ALIKE: f32 = 0.8;

impl Base {
    /// The entry that would answer this one's question with some certainty if it were not there, and how surely; of those whom the same
    /// people read, because an answer for staff beside one for everybody is on purpose.
    pub fn stand_in(&self, id: &EntryId, today: &str) -> Option<(&EntryId, f32)> {
        let (slot, stored) = self.entries.get(id)?;
        let entry = &stored.entry;
        if entry.is_over(today) {
            return None;
        }
        let spoken = language::detect(&entry.question).or(entry.language.as_deref());
        let question = Question::new(&self.index, &entry.question, spoken).with_stored_embedding(*slot);
        let mut ranked = question.rank(&[*slot]);
        ranked.retain(|ranked| {
            self.of(ranked)
                .is_some_and(|other| is_comparable(entry, &other.entry, today))
        });
        let evidence = scoring::evidence(&ranked, &question)?;
        let best = self.of(ranked.first()?)?;
        let probability = scoring::probability(&evidence);
        (probability >= ALIKE).then_some((&best.entry.id, probability))
    }

    /// For each of `entries`, as they come in place of those that are here, the others of them and of the base, whoever reads them, that
    /// have a way to ask of it, word for word; by id.
    pub fn asked_so_too<'a>(
        &'a self,
        entries: impl IntoIterator<Item = &'a Entry>,
        today: &str,
    ) -> Vec<Vec<&'a Entry>> {
        let entries: Vec<&Entry> = entries.into_iter().collect();
        let given: HashSet<&EntryId> = entries.iter().map(|entry| &entry.id).collect();
        let stored = self.list().map(|stored| &stored.entry);
        let others = stored.filter(|entry| !given.contains(&entry.id));
        let owners = owners(others.chain(entries.iter().copied()), today);
        let each = entries.into_iter().map(|entry| {
            let asked = ways(entry).filter_map(|way| owners.get(&fold(way)));
            let others = asked
                .flatten()
                .copied()
                .filter(|other| other.id != entry.id && !entry.is_over(today));
            let others: BTreeMap<&str, &Entry> = others.map(|other| (other.id.as_str(), other)).collect();
            others.into_values().collect()
        });
        each.collect()
    }

    /// Entries that have a way to ask in common, word for word; each pair once, in order.
    pub fn claimed_twice(&self, today: &str) -> Vec<(&EntryId, &EntryId)> {
        let owners = owners(self.list().map(|stored| &stored.entry), today);
        let mut pairs = Vec::new();
        for of_text in owners.values() {
            let [first, others @ ..] = of_text.as_slice() else {
                continue;
            };
            let others = others.iter().filter(|other| is_comparable(first, other, today));
            pairs.extend(others.map(|other| (&first.id, &other.id)));
        }
        pairs.sort_unstable_by_key(|(one, other)| (one.as_str(), other.as_str()));
        pairs.dedup();
        pairs
    }
}

/// Who has which way to ask, folded.
fn owners<'a>(entries: impl Iterator<Item = &'a Entry>, today: &str) -> BTreeMap<String, Vec<&'a Entry>> {
    let mut owners: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.filter(|entry| !entry.is_over(today)) {
        for text in ways(entry) {
            let folded = fold(text);
            // What has no words at all is nobody's.
            if folded.is_empty() {
                continue;
            }
            let of_text = owners.entry(folded).or_default();
            if of_text.last().is_none_or(|last| last.id != entry.id) {
                of_text.push(entry);
            }
        }
    }
    owners
}

/// All ways to ask of an entry, in all its languages.
fn ways(entry: &Entry) -> impl Iterator<Item = &String> {
    let translated = entry.translations.values();
    let translated = translated.flat_map(|text| std::iter::once(&text.question).chain(&text.aliases));
    std::iter::once(&entry.question).chain(&entry.aliases).chain(translated)
}

/// Whether both are said to the same people, now.
fn is_comparable(entry: &Entry, other: &Entry, today: &str) -> bool {
    !other.is_over(today) && are_read_together(entry, other)
}

/// Whether the same people read both, in the same places.
pub fn are_read_together(entry: &Entry, other: &Entry) -> bool {
    other.visibility == entry.visibility && other.channels == entry.channels
}
