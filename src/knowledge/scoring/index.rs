//! The features of all stored texts, and how common each feature is.
//!
//! An edit touches one entry's texts only, so it counts at once. Norms need to know how common features are, which each
//! edit shifts a little: small bases refresh all norms with each edit, large ones when they have grown by a tenth.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::analysis::{Counts, Features, bounded, features, fold};

/// Up to here every text is compared with the question, and an edit refreshes every norm.
pub(super) const SCAN_TEXTS_MAX: usize = 1_500;

/// Names an entry to the index; the caller's number.
pub type Slot = u32;

/// Which part of an entry a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A way to ask.
    Question,
    /// What is said; a weak hint.
    Answer,
}

/// A text to be indexed.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Which part.
    pub field: Field,
    /// BCP 47, where known.
    pub language: Option<&'a str>,
    /// The words.
    pub text: &'a str,
}

/// Something for each feature.
type ByFeature<V> = HashMap<u32, V, BuildHasherDefault<FeatureHasher>>;

/// Features are hashes already; hashing them again would be most of the work of building an index.
#[derive(Debug, Default)]
struct FeatureHasher(u64);

impl Hasher for FeatureHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u32(&mut self, feature: u32) {
        // The table looks at the highest and the lowest bits.
        self.0 = u64::from(feature).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The features of all stored texts.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Option<Stored>>,
    free: Vec<u32>,
    of_slot: HashMap<Slot, Vec<u32>>,
    exact: HashMap<String, Vec<Slot>>,
    /// In how many texts a word or gram is.
    found_in: ByFeature<u32>,
    postings: ByFeature<Vec<u32>>,
    languages: Vec<(String, usize)>,
    /// How many texts there were when the norms were refreshed.
    refreshed_at: usize,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) slot: Slot,
    pub(super) field: Field,
    pub(super) language: Option<String>,
    pub(super) features: Features,
    pub(super) word_norm: f32,
    pub(super) gram_norm: f32,
    folded: String,
}

impl Index {
    /// Replaces the texts of `slot`.
    pub fn put(&mut self, slot: Slot, texts: &[Text<'_>]) {
        self.drop_texts(slot);
        for text in texts {
            self.add(slot, *text);
        }
        self.set_norms(slot);
        self.refresh();
    }

    /// Replaces the texts of many slots; norms are refreshed once.
    pub fn put_all<'a>(&mut self, entries: impl IntoIterator<Item = (Slot, Vec<Text<'a>>)>) {
        for (slot, texts) in entries {
            self.drop_texts(slot);
            for text in texts {
                self.add(slot, text);
            }
        }
        self.refreshed_at = 0;
        self.refresh();
    }

    /// Forgets the texts of `slot`.
    pub fn remove(&mut self, slot: Slot) {
        self.drop_texts(slot);
        self.refresh();
    }

    /// How many texts are stored.
    pub fn len(&self) -> usize {
        self.texts.len() - self.free.len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slots with a way to ask that folds to `folded`.
    pub(super) fn exact(&self, folded: &str) -> &[Slot] {
        self.exact.get(folded).map_or(&[], Vec::as_slice)
    }

    /// The languages in which texts are stored, so that a question is stemmed in each.
    pub(super) fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(|(language, _)| language.as_str())
    }

    pub(super) fn text(&self, id: u32) -> Option<&Stored> {
        self.texts.get(id as usize)?.as_ref()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        (0..self.texts.len()).map(|id| u32::try_from(id).expect("texts are counted in 32 bits"))
    }

    pub(super) fn with_word(&self, word: u32) -> &[u32] {
        self.postings.get(&word).map_or(&[], Vec::as_slice)
    }

    /// How much a feature tells. Features that no text has are counted too, so that questions stay comparable.
    pub(super) fn idf(&self, feature: u32) -> f32 {
        let texts = bounded_u32(self.len());
        let found = self.found_in.get(&feature).copied().unwrap_or(0);
        ((texts + 1.0) / (bounded_u32(found as usize) + 1.0)).ln() + 1.0
    }

    pub(super) fn norm(&self, counts: &Counts) -> f32 {
        counts
            .iter()
            .map(|(feature, count)| (count * self.idf(*feature)).powi(2))
            .sum::<f32>()
            .sqrt()
    }

    fn add(&mut self, slot: Slot, text: Text<'_>) {
        let features = features(text.text, text.language);
        if features.words.is_empty() {
            return;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.texts.push(None);
            u32::try_from(self.texts.len() - 1).expect("texts are counted in 32 bits")
        });
        for (feature, _) in features.words.iter().chain(features.grams.iter()) {
            *self.found_in.entry(*feature).or_default() += 1;
        }
        for (word, _) in &features.words {
            self.postings.entry(*word).or_default().push(id);
        }
        let folded = fold(text.text);
        if text.field == Field::Question {
            self.exact.entry(folded.clone()).or_default().push(slot);
        }
        if let Some(language) = text.language {
            self.count_language(language, 1);
        }
        let stored = Stored {
            slot,
            field: text.field,
            language: text.language.map(str::to_owned),
            features,
            word_norm: 0.0,
            gram_norm: 0.0,
            folded,
        };
        self.texts[id as usize] = Some(stored);
        self.of_slot.entry(slot).or_default().push(id);
    }

    fn drop_texts(&mut self, slot: Slot) {
        for id in self.of_slot.remove(&slot).unwrap_or_default() {
            let Some(stored) = self.texts[id as usize].take() else {
                continue;
            };
            self.free.push(id);
            for (feature, _) in stored.features.words.iter().chain(stored.features.grams.iter()) {
                take_one(&mut self.found_in, *feature);
            }
            for (word, _) in &stored.features.words {
                drop_from(&mut self.postings, word, id);
            }
            if stored.field == Field::Question {
                drop_from(&mut self.exact, &stored.folded, slot);
            }
            if let Some(language) = &stored.language {
                self.count_language(language, -1);
            }
        }
    }

    fn count_language(&mut self, language: &str, by: isize) {
        let known = self.languages.iter().position(|(name, _)| name == language);
        let place = known.unwrap_or_else(|| {
            self.languages.push((language.to_owned(), 0));
            self.languages.len() - 1
        });
        self.languages[place].1 = self.languages[place].1.saturating_add_signed(by);
        if self.languages[place].1 == 0 {
            self.languages.remove(place);
        }
    }

    fn set_norms(&mut self, slot: Slot) {
        for id in self.of_slot.get(&slot).cloned().unwrap_or_default() {
            let norms = self.text(id).map(|text| self.norms(text));
            if let (Some(text), Some((words, grams))) = (self.texts[id as usize].as_mut(), norms) {
                text.word_norm = words;
                text.gram_norm = grams;
            }
        }
    }

    fn norms(&self, text: &Stored) -> (f32, f32) {
        (self.norm(&text.features.words), self.norm(&text.features.grams))
    }

    fn refresh(&mut self) {
        let texts = self.len();
        let moved = texts.abs_diff(self.refreshed_at);
        if texts > SCAN_TEXTS_MAX && moved * 10 < self.refreshed_at {
            return;
        }
        let norms: Vec<_> = self
            .texts
            .iter()
            .map(|text| text.as_ref().map(|text| self.norms(text)))
            .collect();
        for (text, norms) in self.texts.iter_mut().zip(norms) {
            if let (Some(text), Some((words, grams))) = (text, norms) {
                text.word_norm = words;
                text.gram_norm = grams;
            }
        }
        self.refreshed_at = texts;
    }
}

fn take_one(counts: &mut ByFeature<u32>, feature: u32) {
    if let Some(count) = counts.get_mut(&feature) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&feature);
        }
    }
}

fn drop_from<K, V, S>(lists: &mut HashMap<K, Vec<V>, S>, key: &K, value: V)
where
    K: std::hash::Hash + Eq,
    S: std::hash::BuildHasher,
    V: PartialEq + Copy,
{
    if let Some(list) = lists.get_mut(key) {
        if let Some(place) = list.iter().position(|other| *other == value) {
            list.swap_remove(place);
        }
        if list.is_empty() {
            lists.remove(key);
        }
    }
}

/// Hundreds of thousands of texts fit a float exactly.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^24")]
fn bounded_u32(count: usize) -> f32 {
    if count < usize::from(u16::MAX) {
        bounded(count)
    } else {
        count as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text<'_> {
        Text {
            field: Field::Question,
            language: Some("en"),
            text,
        }
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut index = Index::default();
        index.put(1, &[text("how do I install it"), text("setup")]);
        index.put(2, &[text("what does it cost")]);
        index.put(1, &[text("another question")]);
        index.remove(1);
        index.remove(2);
        assert!(index.is_empty());
        assert!(index.found_in.is_empty() && index.postings.is_empty() && index.exact.is_empty());
        assert!(index.languages.is_empty() && index.of_slot.is_empty());
    }

    #[test]
    fn an_index_built_at_once_is_the_one_built_by_edits() {
        let mut at_once = Index::default();
        at_once.put_all([(1, vec![text("install it")]), (2, vec![text("what does it cost")])]);
        let mut by_edits = Index::default();
        by_edits.put(2, &[text("to be replaced")]);
        by_edits.put(1, &[text("install it")]);
        by_edits.put(2, &[text("what does it cost")]);
        let norms = |index: &Index, slot: Slot| {
            index
                .texts
                .iter()
                .flatten()
                .filter(|t| t.slot == slot)
                .map(|t| t.word_norm)
                .collect::<Vec<_>>()
        };
        assert_eq!(norms(&at_once, 1), norms(&by_edits, 1));
        assert_eq!(norms(&at_once, 2), norms(&by_edits, 2));
    }
}
