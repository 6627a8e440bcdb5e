//! The features of all stored texts, and how common each feature is.
//!
//! An edit touches one entry's texts only, so it counts at once. Norms need to know how common features are, which each
//! edit shifts a little: small bases refresh all norms with each edit, large ones when they have grown by a tenth.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::analysis::{Counts, FIRST_STEM, Words, bounded_u32, grams, ln_1p};
use super::embedding::{Embedding, Embeddings, ModelDigest, Space, TextDigest};
use super::languages::{Language, Languages};
use super::table::{self, DIMENSIONS, Vector};

/// Up to here every text is compared with the question, and an edit refreshes every norm.
pub(super) const SCAN_TEXTS_MAX: usize = 1_500;

/// Words that share this much of their grams may be one word and a slip of the keyboard.
const ALIKE: f32 = 0.4;

/// For one unknown word so many are looked for.
const ALIKE_MAX: usize = 5;

/// Names an entry to the index; the caller's number. Between entries that are equally near the lower comes first, so a number
/// made of the entry alone keeps decisions the same whatever was put first.
pub type Slot = u64;

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
pub(super) type ByFeature<V> = HashMap<u32, V, BuildHasherDefault<FeatureHasher>>;

/// Features are hashes already; hashing them again would be most of the work of building an index.
#[derive(Debug, Default)]
pub(super) struct FeatureHasher(u64);

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
    /// The meanings of the texts, one after the other; nothing where there is no text.
    meanings: Vec<Vector>,
    /// What a sentence model makes of the texts, where there is one.
    embeddings: Option<Embeddings>,
    free: Vec<u32>,
    of_slot: HashMap<Slot, Vec<u32>>,
    exact: HashMap<u64, Vec<Slot>>,
    words: ByFeature<Word>,
    /// The words that a gram is in, so that slips of the keyboard find theirs.
    spelled: ByFeature<Vec<u32>>,
    /// In how many texts a gram is.
    found_in: ByFeature<u32>,
    languages: Languages,
    /// How many texts there were when the norms were refreshed.
    refreshed_at: usize,
    /// Whether something was put or taken away since.
    edited: bool,
}

/// A word that texts have.
#[derive(Debug)]
struct Word {
    texts: Vec<u32>,
    grams: Counts,
}

/// How long a text's vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Norms {
    pub(super) words: f32,
    pub(super) grams: f32,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) slot: Slot,
    pub(super) field: Field,
    pub(super) language: Option<Language>,
    /// Stems of words.
    pub(super) words: Counts,
    /// Character n-grams within words.
    pub(super) grams: Counts,
    /// As they were when the index was refreshed last.
    pub(super) norms: Norms,
    /// Of its words: texts of one name are the same.
    pub(super) name: u64,
}

impl Stored {
    /// The order of texts, whatever was put first.
    pub(super) fn order(&self) -> (Slot, u64, bool) {
        (self.slot, self.name, self.field == Field::Answer)
    }
}

impl Index {
    /// Has room for what a sentence model makes of its texts.
    pub fn for_model(space: Space) -> Self {
        Self {
            embeddings: Some(Embeddings::new(space)),
            ..Self::default()
        }
    }

    /// Replaces the texts of `slot`.
    pub fn put(&mut self, slot: Slot, texts: &[Text<'_>]) {
        let kept = self.drop_texts(slot);
        for text in texts {
            self.add(slot, *text);
        }
        for (digest, embedding) in kept {
            self.embed(digest, Some(&embedding));
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

    /// The texts of this digest that have no embedding yet get this one; none means that the model makes nothing of them.
    pub fn embed(&mut self, digest: TextDigest, embedding: Option<&Embedding>) {
        if let Some(embeddings) = &mut self.embeddings {
            embeddings.set(digest, embedding);
        }
    }

    /// Whether a text of this digest has no embedding yet.
    pub fn misses(&self, digest: &TextDigest) -> bool {
        self.embeddings
            .as_ref()
            .is_some_and(|embeddings| embeddings.misses(digest))
    }

    /// The texts that have no embedding yet, each with a slot that has it; in no order.
    pub fn missing(&self) -> impl Iterator<Item = (TextDigest, Slot)> {
        let missing = self.embeddings.iter().flat_map(Embeddings::missing);
        missing.filter_map(|(digest, id)| Some((digest, self.text(id)?.slot)))
    }

    /// How many texts have no embedding yet.
    pub fn missing_count(&self) -> usize {
        self.embeddings.as_ref().map_or(0, Embeddings::missing_count)
    }

    /// The model that has its say in how near these texts are; none without one, and until it has made something of all of them.
    pub fn model(&self) -> Option<ModelDigest> {
        Some(self.embeddings()?.space().model)
    }

    /// The embeddings, when every text has its own: texts with and texts without cannot be compared.
    pub(super) fn embeddings(&self) -> Option<&Embeddings> {
        self.embeddings.as_ref().filter(|embeddings| embeddings.is_whole())
    }

    /// How many texts are stored.
    pub fn len(&self) -> usize {
        self.texts.len() - self.free.len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many slots have texts in this language, of whichever region; of all, where it is none.
    pub(super) fn slots_in(&self, language: Option<Language>) -> usize {
        language.map_or(self.of_slot.len(), |language| self.languages.slots(language))
    }

    /// The texts of `slot`.
    pub(super) fn of_slot(&self, slot: Slot) -> impl Iterator<Item = &Stored> {
        self.ids_of(slot).iter().filter_map(|id| self.text(*id))
    }

    /// The ids of those texts.
    pub(super) fn ids_of(&self, slot: Slot) -> &[u32] {
        self.of_slot.get(&slot).map_or(&[][..], Vec::as_slice)
    }

    /// The slots with a way to ask of this name.
    pub(super) fn exact(&self, name: u64) -> &[Slot] {
        self.exact.get(&name).map_or(&[], Vec::as_slice)
    }

    /// The languages in which texts are stored, so that a question is stemmed in each; by name.
    pub(super) fn languages(&self) -> impl Iterator<Item = (Language, &str)> {
        self.languages.spoken()
    }

    pub(super) fn text(&self, id: u32) -> Option<&Stored> {
        self.texts.get(id as usize)?.as_ref()
    }

    /// The meaning of a text that is stored.
    pub(super) fn meaning(&self, id: u32) -> &Vector {
        &self.meanings[id as usize]
    }

    /// All meanings with the texts they are of.
    pub(super) fn meanings(&self) -> impl Iterator<Item = (u32, &Vector)> {
        (0..).zip(&self.meanings)
    }

    /// A number for each text, by its id.
    pub(super) fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.texts.len()]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        (0..self.texts.len()).map(|id| u32::try_from(id).expect("texts are counted in 32 bits"))
    }

    pub(super) fn with_word(&self, word: u32) -> &[u32] {
        self.words.get(&word).map_or(&[], |word| &word.texts)
    }

    /// The words that share the most grams with a word that no text has, the most alike first.
    pub(super) fn spelled_like(&self, word: &str) -> Vec<u32> {
        let mut own = grams(word);
        own.sort_unstable();
        own.dedup();
        let mut rare: Vec<&[u32]> = own
            .iter()
            .filter_map(|gram| self.spelled.get(gram).map(Vec::as_slice))
            .collect();
        rare.sort_by_key(|words| words.len());
        // What is as alike as this shares some of the rarer half, too: common grams are in too many words.
        let mut found: Vec<u32> = rare[..rare.len().div_ceil(2)].concat();
        found.sort_unstable();
        found.dedup();
        let mut alike: Vec<(u32, f32)> = found
            .into_iter()
            .filter_map(|other| {
                let grams = &self.words.get(&other)?.grams;
                let (shared, of_other) = grams.shared(&own);
                let share = 2.0 * bounded_u32(shared) / bounded_u32(own.len() + of_other);
                (share >= ALIKE).then_some((other, share))
            })
            .collect();
        alike.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        alike.truncate(ALIKE_MAX);
        alike.into_iter().map(|(word, _)| word).collect()
    }

    /// Whether any text has it.
    pub(super) fn knows(&self, feature: u32) -> bool {
        self.count(feature) > 0
    }

    /// How much a feature tells. Features that no text has are counted too, so that questions stay comparable.
    pub(super) fn idf(&self, feature: u32) -> f32 {
        self.idf_without(feature, 0, 0)
    }

    /// How much a feature tells that no text has.
    pub(super) fn idf_of_unknown(&self) -> f32 {
        ln_1p(self.len()) + 1.0
    }

    /// The same if so many texts were not here, and so many of them had the feature.
    pub(super) fn idf_without(&self, feature: u32, texts: usize, having: usize) -> f32 {
        ln_1p(self.len() - texts) - ln_1p(self.count(feature) - having) + 1.0
    }

    fn count(&self, feature: u32) -> usize {
        if feature < FIRST_STEM {
            self.found_in.get(&feature).map_or(0, |texts| *texts as usize)
        } else {
            self.with_word(feature).len()
        }
    }

    fn add(&mut self, slot: Slot, text: Text<'_>) {
        let words = Words::of(text.text);
        if words.is_empty() {
            return;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.texts.push(None);
            self.meanings.push([0; DIMENSIONS]);
            u32::try_from(self.texts.len() - 1).expect("texts are counted in 32 bits")
        });
        let stems = words.stems(text.language);
        for (stem, word) in stems.iter().zip(&words.plain) {
            self.add_word(*stem, word, id);
        }
        let grams = words.grams();
        for (gram, _) in grams.iter() {
            *self.found_in.entry(gram).or_default() += 1;
        }
        let name = words.name();
        if text.field == Field::Question {
            self.exact.entry(name).or_default().push(slot);
        }
        self.meanings[id as usize] = table::meaning(&words.plain).vector;
        if let Some(embeddings) = &mut self.embeddings {
            embeddings.add(id, text.text);
        }
        let stored = Stored {
            slot,
            field: text.field,
            language: text.language.map(|language| self.count_language(language, slot)),
            words: Counts::new(stems),
            grams,
            norms: Norms::default(),
            name,
        };
        self.texts[id as usize] = Some(stored);
        self.of_slot.entry(slot).or_default().push(id);
    }

    fn add_word(&mut self, stem: u32, word: &str, text: u32) {
        let spelled = &mut self.spelled;
        let known = self.words.entry(stem).or_insert_with(|| {
            let grams = Counts::new(grams(word));
            for (gram, _) in grams.iter() {
                spelled.entry(gram).or_default().push(stem);
            }
            Word {
                texts: Vec::new(),
                grams,
            }
        });
        // A word may be in a text twice.
        if known.texts.last() != Some(&text) {
            known.texts.push(text);
        }
    }

    /// Answers the embeddings that its texts had: one that comes back needs no other.
    fn drop_texts(&mut self, slot: Slot) -> Vec<(TextDigest, Embedding)> {
        let (mut had, mut spoken) = (Vec::new(), Vec::new());
        for id in self.of_slot.remove(&slot).unwrap_or_default() {
            let Some(stored) = self.texts[id as usize].take() else {
                continue;
            };
            self.free.push(id);
            self.meanings[id as usize] = [0; DIMENSIONS];
            had.extend(self.embeddings.as_mut().and_then(|embeddings| embeddings.drop(id)));
            for (gram, _) in stored.grams.iter() {
                take_one(&mut self.found_in, gram);
            }
            for (word, _) in stored.words.iter() {
                self.drop_word(word, id);
            }
            if stored.field == Field::Question {
                drop_from(&mut self.exact, &stored.name, slot);
            }
            if let Some(language) = stored.language {
                self.languages.remove(language, !spoken.contains(&language));
                spoken.push(language);
            }
        }
        had
    }

    fn drop_word(&mut self, stem: u32, text: u32) {
        let Some(word) = self.words.get_mut(&stem) else { return };
        word.texts.retain(|other| *other != text);
        if word.texts.is_empty()
            && let Some(word) = self.words.remove(&stem)
        {
            for (gram, _) in word.grams.iter() {
                drop_from(&mut self.spelled, &gram, stem);
            }
        }
    }

    fn count_language(&mut self, name: &str, slot: Slot) -> Language {
        let language = self.languages.number(name);
        let is_first = self.of_slot(slot).all(|text| text.language != Some(language));
        self.languages.add(language, is_first);
        language
    }

    fn set_norms(&mut self, slot: Slot) {
        for id in self.of_slot.get(&slot).cloned().unwrap_or_default() {
            let norms = self.text(id).map(|text| self.norms(text));
            if let (Some(text), Some(norms)) = (self.texts[id as usize].as_mut(), norms) {
                text.norms = norms;
            }
        }
    }

    fn norms(&self, text: &Stored) -> Norms {
        Norms {
            words: norm(&text.words, |feature| self.idf(feature)),
            grams: norm(&text.grams, |feature| self.idf(feature)),
        }
    }

    /// Whether it is too large to compare every text, and to refresh every norm with each edit.
    pub(super) fn is_large(&self) -> bool {
        self.len() > SCAN_TEXTS_MAX
    }

    /// Whether the stored norms lag behind edits.
    pub(super) fn is_edited(&self) -> bool {
        self.edited
    }

    fn refresh(&mut self) {
        let texts = self.len();
        let moved = texts.abs_diff(self.refreshed_at);
        self.edited = self.is_large() && moved * 10 < self.refreshed_at;
        if self.edited {
            return;
        }
        let norms: Vec<_> = self
            .texts
            .iter()
            .map(|text| text.as_ref().map(|text| self.norms(text)))
            .collect();
        for (text, norms) in self.texts.iter_mut().zip(norms) {
            if let (Some(text), Some(norms)) = (text, norms) {
                text.norms = norms;
            }
        }
        self.refreshed_at = texts;
    }
}

/// What each feature tells, looked up once for one question: the nearest texts have most of theirs in common.
#[derive(Debug)]
pub(super) struct Idfs<'a> {
    index: &'a Index,
    known: ByFeature<f32>,
}

impl<'a> Idfs<'a> {
    pub(super) fn new(index: &'a Index) -> Self {
        Self {
            index,
            known: ByFeature::default(),
        }
    }

    pub(super) fn of(&mut self, feature: u32) -> f32 {
        let index = self.index;
        *self.known.entry(feature).or_insert_with(|| index.idf(feature))
    }

    /// As they are now.
    pub(super) fn norms(&mut self, text: &Stored) -> Norms {
        Norms {
            words: norm(&text.words, |feature| self.of(feature)),
            grams: norm(&text.grams, |feature| self.of(feature)),
        }
    }
}

/// How long the vector of these features is.
pub(super) fn norm(counts: &Counts, mut idf: impl FnMut(u32) -> f32) -> f32 {
    let squares = counts.iter().map(|(feature, count)| (count * idf(feature)).powi(2));
    squares.sum::<f32>().sqrt()
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
        assert!(index.found_in.is_empty() && index.words.is_empty() && index.spelled.is_empty());
        assert!(index.exact.is_empty() && index.of_slot.is_empty() && index.languages().next().is_none());
        assert!(index.meanings.iter().flatten().all(|x| *x == 0));
    }

    #[test]
    fn a_text_that_stays_in_an_edited_entry_keeps_its_embedding() {
        let mut index = Index::for_model(Space {
            model: ModelDigest::default(),
            dimensions: 2,
            unrelated: 0.0,
        });
        index.put(1, &[text("how do I install it"), text("setup")]);
        index.put(2, &[text("what does it cost"), text("setup")]);
        assert!(index.embeddings().is_none());
        let embedding = Embedding::of(&[1.0, 0.5]).unwrap();
        let missing: Vec<_> = index.missing().collect();
        assert_eq!(missing.len(), 3);
        for (digest, _) in missing {
            index.embed(digest, Some(&embedding));
        }
        assert!(index.embeddings().is_some());
        index.put(1, &[text("setup"), text("how do I set it up")]);
        let missing: Vec<_> = index.missing().collect();
        assert_eq!(missing, [(TextDigest::of("how do I set it up"), 1)]);
        index.remove(1);
        assert!(index.embeddings().is_some());
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
                .map(|t| t.norms)
                .collect::<Vec<_>>()
        };
        assert_eq!(norms(&at_once, 1), norms(&by_edits, 1));
        assert_eq!(norms(&at_once, 2), norms(&by_edits, 2));
    }
}
