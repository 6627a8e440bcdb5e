//! Compares a question with the stored texts.

use std::collections::{HashMap, HashSet};

use super::analysis::{Counts, Words, bounded, bounded_u32};
use super::embedding::{Embedding, Probe};
use super::index::{ByFeature, Field, Idfs, Index, Norms, Slot, Stored, norm};
use super::kernel::kernel;
use super::languages::Language;
use super::ridge;
use super::table::{self, Meaning, nearness};

/// From a large base, as many texts are compared exactly as the words think likeliest, and as many as the meanings do.
const CANDIDATES_MAX: usize = 200;

/// A word in more than this share of a large base's texts chooses no candidates: it is in too many.
const COMMON_SHARE: usize = 10;

/// The nearest texts, over which the entries are weighed against each other. With twice as many it is no better.
const NEAREST: usize = 64;

/// The share of the meaning in how near two texts are, where the table knows all of the question's words as wholes; the rest
/// is their letters.
const MEANING_SHARE: f32 = 0.5;

/// That much of it is left where the table knows none, as in other languages: there the pieces of words mean little.
const MEANING_UNKNOWN: f32 = 0.25;

/// The share of what a sentence model says, where there is one; the rest is letters, and the table says nothing that it does not
/// know better. From 0.6 to 0.8 it does about as well.
const MODEL_SHARE: f32 = 0.7;

/// Of the letters: words say more than grams where they are known, grams save slips of the keyboard.
pub(super) const WORD_SHARE: f32 = 0.5;

/// An answer that uses the question's words is a hint: it counts as much as this, divided by the entry's ways to ask.
const ANSWER_WEIGHT: f32 = 0.8;

/// How near an answer is counts this much of how near a way to ask is.
const ANSWER_NEAR: f32 = 0.7;

/// The regression gives what nobody explains to whoever is unlike all others. An entry gets no more of it than this, times how near
/// its nearest text is.
const EXPLAINED_MAX: f32 = 2.0;

/// Beside the regression: how much the nearest text alone counts.
const NEAREST_WEIGHT: f32 = 0.4;

/// How near an entry is to a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Which entry.
    pub slot: Slot,
    /// From 0 to about 1.4: `ridge` and the nearest of its texts together.
    pub score: f32,
    /// What the regression gives it, from 0 to about 1.
    pub ridge: f32,
    /// Whether a stored way to ask is the question itself.
    pub exact: bool,
}

/// A question to one base, its words stemmed in every language that the base speaks.
#[derive(Debug)]
pub struct Question<'a> {
    index: &'a Index,
    words: Words,
    own: Weighted,
    by_language: Vec<(Language, Weighted)>,
    grams: Weighted,
    meaning: Meaning,
    /// As the sentence model has it.
    embedding: Option<Probe<'a>>,
    shares: Shares,
    left_out: Option<LeftOut>,
}

/// Of the meanings in how near two texts are, as the table and as a sentence model know them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) table: f32,
    pub(super) model: f32,
}

impl Shares {
    /// The rest.
    pub(super) fn letters(self) -> f32 {
        1.0 - (self.table + self.model)
    }
}

/// A way to ask that counts as if it had never been stored.
#[derive(Debug)]
struct LeftOut {
    slot: Slot,
    name: u64,
    /// How many texts that is.
    texts: usize,
    /// How many of them have a feature.
    having: ByFeature<usize>,
}

/// A stored text, and how near it is to the question.
#[derive(Clone, Copy, Debug)]
struct Near<'a> {
    id: u32,
    text: &'a Stored,
    norms: Norms,
    /// What the words of both have in common, before it is divided by how long their vectors are.
    words: f32,
    /// The same of their grams.
    grams: f32,
    /// What the meaning of the text adds.
    meaning: f32,
    nearness: f32,
}

/// Features with their weight squared in idf, so that one product compares them with a stored count.
#[derive(Debug)]
struct Weighted {
    weights: Vec<(u32, f32)>,
    norm: f32,
}

impl<'a> Question<'a> {
    /// `language` is the question's, where known.
    pub fn new(index: &'a Index, question: &str, language: Option<&str>) -> Self {
        Self::without(index, Words::of(question), language, None)
    }

    /// One of the ways to ask of `slot`, as if it were not stored: what the base makes of it without having been told.
    pub fn of_own(index: &'a Index, way: &str, language: Option<&str>, slot: Slot) -> Self {
        let words = Words::of(way);
        let left_out = LeftOut::new(index, slot, words.name());
        Self::without(index, words, language, Some(left_out))
    }

    fn without(index: &'a Index, words: Words, language: Option<&str>, left_out: Option<LeftOut>) -> Self {
        let idf = |feature| match &left_out {
            None => index.idf(feature),
            Some(left_out) => left_out.idf(index, feature),
        };
        let stems = |language| Weighted::new(&Counts::new(words.stems(language)), idf);
        let meaning = table::meaning(&words.plain);
        Self {
            index,
            own: stems(language),
            by_language: index
                .languages()
                .map(|(at, language)| (at, stems(Some(language))))
                .collect(),
            grams: Weighted::new(&words.grams(), idf),
            shares: Shares {
                table: MEANING_SHARE * (MEANING_UNKNOWN + (1.0 - MEANING_UNKNOWN) * meaning.known),
                model: 0.0,
            },
            meaning,
            embedding: None,
            words,
            left_out,
        }
    }

    /// The same with what a sentence model makes of it, when the model has made something of every stored text, too.
    #[must_use]
    pub fn with_embedding(self, embedding: Option<&'a Embedding>) -> Self {
        let of_index = self.index.embeddings();
        let probe = of_index.and_then(|of_index| of_index.probe(embedding?));
        self.with_probe(probe)
    }

    /// The same for a question that is one of the ways to ask of `slot`: what the model made of it is stored already.
    #[must_use]
    pub fn with_stored_embedding(self, slot: Slot) -> Self {
        let (index, name) = (self.index, self.words.name());
        let own = |id: &&u32| {
            let text = index.text(**id);
            text.is_some_and(|text| text.name == name && text.field == Field::Question)
        };
        let id = index.ids_of(slot).iter().find(own);
        let probe = index.embeddings().and_then(|of_index| Some(of_index.of(*id?)));
        self.with_probe(probe.filter(Probe::points))
    }

    fn with_probe(mut self, probe: Option<Probe<'a>>) -> Self {
        if probe.is_some() {
            self.embedding = probe;
            self.shares = Shares {
                table: 0.0,
                model: MODEL_SHARE,
            };
        }
        self
    }

    /// Whether a sentence model has its say.
    pub fn is_embedded(&self) -> bool {
        self.embedding.is_some()
    }

    /// All entries that have anything of the question, the nearest first; those of `without` are as if they were not there.
    pub fn rank(&self, without: &[Slot]) -> Vec<Ranked> {
        self.rank_by(without, |_| true)
    }

    /// The same by ways to ask alone: as if nobody knew what the answers say.
    pub fn rank_by_ways(&self, without: &[Slot]) -> Vec<Ranked> {
        self.rank_by(without, |near| near.text.field == Field::Question)
    }

    fn rank_by(&self, without: &[Slot], counts: impl Fn(&Near<'_>) -> bool) -> Vec<Ranked> {
        if self.words.is_empty() || self.index.is_empty() {
            return Vec::new();
        }
        let mut idfs = Idfs::new(self.index);
        let mut near = self.nearest(without, &mut idfs);
        near.retain(counts);
        let mut slots: Vec<Slot> = near.iter().map(|near| near.text.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let owners: Vec<usize> = near
            .iter()
            .map(|near| slots.partition_point(|slot| *slot < near.text.slot))
            .collect();
        let weights: Vec<f32> = near.iter().map(|near| self.weight(near.text)).collect();
        let question: Vec<f32> = near.iter().map(|near| near.nearness).collect();
        let members: Vec<_> = near.iter().map(|near| (near.id, near.text, near.norms)).collect();
        let kernel = kernel(self.index, &mut idfs, &members, self.shares);
        let ridge = ridge::scores(kernel, &question, &weights, &owners, slots.len());
        let mut nearest = vec![0.0_f32; slots.len()];
        for (near, owner) in near.iter().zip(&owners) {
            let part = if near.text.field == Field::Answer {
                ANSWER_NEAR
            } else {
                1.0
            };
            nearest[*owner] = nearest[*owner].max(near.nearness * part);
        }
        let exact = self.index.exact(self.words.name());
        let mut ranked: Vec<Ranked> = slots
            .iter()
            .zip(ridge.iter().zip(nearest))
            .map(|(slot, (ridge, nearest))| {
                let ridge = ridge.min(EXPLAINED_MAX * nearest);
                Ranked {
                    slot: *slot,
                    score: ridge + NEAREST_WEIGHT * nearest,
                    ridge,
                    exact: exact.contains(slot) && self.left_out.as_ref().is_none_or(|left_out| left_out.slot != *slot),
                }
            })
            .filter(|entry| entry.score > 0.0)
            .collect();
        ranked.sort_by(|one, other| {
            let sure = other.exact.cmp(&one.exact).then(other.score.total_cmp(&one.score));
            sure.then(one.slot.cmp(&other.slot))
        });
        ranked
    }

    /// The stored texts nearest to the question, by their slots, each with how near it is, from 0 to 1: the measure that the kernel
    /// compares texts by.
    pub fn neighbours(&self) -> Vec<(Slot, f32)> {
        if self.words.is_empty() || self.index.is_empty() {
            return Vec::new();
        }
        let near = self.nearest(&[], &mut Idfs::new(self.index));
        near.into_iter().map(|near| (near.text.slot, near.nearness)).collect()
    }

    /// How near a text of the same language is that is not stored, 1 for the same words, by letters and meanings alone.
    pub fn nearness_to(&self, other: &str, language: &str) -> f32 {
        let other = Words::of(other);
        let (stems, grams) = (Counts::new(other.stems(Some(language))), other.grams());
        let idf = |feature| self.index.idf(feature);
        let of_stems = self.own.cosine(stems.product(&self.own.weights), norm(&stems, idf));
        let of_grams = self.grams.cosine(grams.product(&self.grams.weights), norm(&grams, idf));
        let meaning = nearness(&self.meaning.vector, &table::meaning(&other.plain).vector);
        self.shares.letters() * letters(of_stems, of_grams) + self.shares.table * meaning
    }

    /// How near the nearest way to ask of `slot` is in each of its languages, by letters alone, from 0 to 1; languages by name. Meanings
    /// are the same in all of them.
    pub fn nearest_by_language(&self, slot: Slot) -> Vec<(&'a str, f32)> {
        let (index, mut idfs) = (self.index, Idfs::new(self.index));
        let mut near = |language: Language| {
            let ways = self.of_slot(slot);
            let ways = ways.filter(|text| text.field == Field::Question && text.language == Some(language));
            let near = ways.map(|text| {
                let (words, norms) = (self.words_for(text.language), idfs.norms(text));
                let of_words = words.cosine(text.words.product(&words.weights), norms.words);
                let of_grams = self.grams.cosine(text.grams.product(&self.grams.weights), norms.grams);
                letters(of_words, of_grams)
            });
            near.reduce(f32::max)
        };
        let languages = index.languages();
        languages
            .filter_map(|(language, name)| Some((name, near(language)?)))
            .collect()
    }

    /// Whether one of `slots` is the nearest of all.
    pub fn is_nearest(&self, slots: &[Slot]) -> bool {
        !slots.is_empty() && self.rank(&[]).first().is_some_and(|best| slots.contains(&best.slot))
    }

    /// The shares of what the question's words and grams tell that `slot` has in one language, the largest of each.
    pub(super) fn shares(&self, slot: Slot) -> (f32, f32) {
        let (mut words, mut grams) = (HashMap::<Option<Language>, HashSet<u32>>::new(), HashSet::new());
        for text in self.of_slot(slot) {
            let features = text.words.iter().map(|(feature, _)| feature);
            words.entry(text.language).or_default().extend(features);
            grams.extend(text.grams.iter().map(|(feature, _)| feature));
        }
        let of_words = words
            .iter()
            .map(|(language, words)| self.words_for(*language).share(words, |feature| self.idf(feature)))
            .fold(0.0, f32::max);
        (of_words, self.grams.share(&grams, |feature| self.idf(feature)))
    }

    /// How many words it has.
    pub(super) fn length(&self) -> f32 {
        bounded(self.words.plain.len())
    }

    /// The share of its words whose meaning is known.
    pub(super) fn known(&self) -> f32 {
        self.meaning.known
    }

    /// How many entries there are that speak the language of the text which is the nearest of `slot`: those of other languages are no
    /// rivals to it, however many there are.
    pub(super) fn entries(&self, slot: Slot) -> f32 {
        let near = |id: &u32| {
            let text = self.index.text(*id).filter(|text| !self.is_left_out(text))?;
            Some((self.near(*id, text).nearness, text.language))
        };
        let texts = self.index.ids_of(slot).iter().filter_map(near);
        let nearest = texts.max_by(|one, other| one.0.total_cmp(&other.0));
        bounded_u32(self.index.slots_in(nearest.and_then(|(_, language)| language)))
    }

    /// How many texts this one has.
    pub(super) fn texts(&self, slot: Slot) -> f32 {
        bounded_u32(self.of_slot(slot).count())
    }

    /// The texts that count.
    fn of_slot(&self, slot: Slot) -> impl Iterator<Item = &'a Stored> {
        self.index.of_slot(slot).filter(|text| !self.is_left_out(text))
    }

    fn is_left_out(&self, text: &Stored) -> bool {
        self.left_out.as_ref().is_some_and(|left_out| left_out.has(text))
    }

    /// How much a feature tells.
    fn idf(&self, feature: u32) -> f32 {
        match &self.left_out {
            None => self.index.idf(feature),
            Some(left_out) => left_out.idf(self.index, feature),
        }
    }

    fn words_for(&self, language: Option<Language>) -> &Weighted {
        let stemmed = self.by_language.iter().find(|(at, _)| Some(*at) == language);
        stemmed.map_or(&self.own, |(_, words)| words)
    }

    /// An answer counts less the more ways to ask there are.
    fn weight(&self, text: &Stored) -> f32 {
        match text.field {
            Field::Question => 1.0,
            Field::Answer => {
                let asked = |text: &&Stored| text.field == Field::Question;
                ANSWER_WEIGHT / bounded(self.of_slot(text.slot).filter(asked).count().max(1))
            }
        }
    }

    /// The texts nearest to the question.
    fn nearest(&self, without: &[Slot], idfs: &mut Idfs<'_>) -> Vec<Near<'a>> {
        let counts = |text: &&Stored| !without.contains(&text.slot) && !self.is_left_out(text);
        let stored = |id| {
            let text = self.index.text(id).filter(counts)?;
            Some(self.near(id, text))
        };
        let mut near: Vec<Near<'a>> = self.candidates().into_iter().filter_map(stored).collect();
        nearest_first(&mut near);
        if self.index.is_edited() {
            near.truncate(NEAREST * 2);
            for near in &mut near {
                near.norms = idfs.norms(near.text);
                near.nearness = self.nearness(near);
            }
            nearest_first(&mut near);
        }
        near.truncate(NEAREST);
        near
    }

    fn near(&self, id: u32, text: &'a Stored) -> Near<'a> {
        let mut near = Near {
            id,
            text,
            norms: text.norms,
            words: text.words.product(&self.words_for(text.language).weights),
            grams: text.grams.product(&self.grams.weights),
            meaning: self.meaning_of(id),
            nearness: 0.0,
        };
        near.nearness = self.nearness(&near);
        near
    }

    /// By what they have in common, as long as the text's vectors are.
    fn nearness(&self, near: &Near<'_>) -> f32 {
        let words = self.words_for(near.text.language).cosine(near.words, near.norms.words);
        let grams = self.grams.cosine(near.grams, near.norms.grams);
        self.shares.letters() * letters(words, grams) + near.meaning
    }

    /// What the meaning of a text adds to how near it is.
    fn meaning_of(&self, id: u32) -> f32 {
        match (self.embedding, self.index.embeddings()) {
            (Some(own), Some(embeddings)) => self.shares.model * embeddings.nearness(own, embeddings.of(id)),
            _ => self.shares.table * nearness(&self.meaning.vector, self.index.meaning(id)),
        }
    }

    fn candidates(&self) -> Vec<u32> {
        if !self.index.is_large() {
            return self.index.ids().collect();
        }
        let mut found = self.by_words();
        found.extend(self.by_meaning());
        found.extend(self.by_embedding());
        found.sort_unstable();
        found.dedup();
        found
    }

    fn by_words(&self) -> Vec<u32> {
        let common = self.index.len() / COMMON_SHARE;
        let (mut sums, mut found) = (self.index.zeros(), Vec::new());
        let mut count = |word: u32, weight: f32| {
            let texts = self.index.with_word(word);
            if texts.len() <= common {
                for id in texts {
                    let sum = &mut sums[*id as usize];
                    if *sum == 0.0 {
                        found.push(*id);
                    }
                    *sum += weight;
                }
            }
        };
        for (_, words) in &self.by_language {
            for (word, weight) in &words.weights {
                count(*word, *weight);
            }
        }
        for word in self.unknown() {
            for alike in self.index.spelled_like(word) {
                count(alike, self.index.idf_of_unknown());
            }
        }
        self.best(found.into_iter().map(|id| (id, sums[id as usize])))
    }

    /// Its words that no text has, in whichever language.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        let mut unknown = vec![true; self.words.plain.len()];
        let languages = self.index.languages().map(|(_, language)| Some(language));
        for language in languages.chain([None]) {
            for (unknown, stem) in unknown.iter_mut().zip(self.words.stems(language)) {
                *unknown &= !self.index.knows(stem);
            }
        }
        let words = self.words.plain.iter().zip(unknown);
        words.filter_map(|(word, unknown)| unknown.then_some(word.as_str()))
    }

    fn by_meaning(&self) -> Vec<u32> {
        let near = |(id, meaning)| (id, nearness(&self.meaning.vector, meaning));
        self.best(self.index.meanings().map(near).filter(|(_, near)| *near > 0.0))
    }

    fn by_embedding(&self) -> Vec<u32> {
        let (Some(own), Some(embeddings)) = (self.embedding, self.index.embeddings()) else {
            return Vec::new();
        };
        let stored = self.index.ids().filter(|id| self.index.text(*id).is_some());
        let near = stored.map(|id| (id, embeddings.nearness(own, embeddings.of(id))));
        self.best(near.filter(|(_, near)| *near > 0.0))
    }

    /// The texts with the highest numbers.
    fn best(&self, found: impl IntoIterator<Item = (u32, f32)>) -> Vec<u32> {
        let mut found: Vec<(u32, f32)> = found.into_iter().collect();
        let text = |id| self.index.text(id).map(Stored::order);
        if found.len() > CANDIDATES_MAX {
            found.select_nth_unstable_by(CANDIDATES_MAX, |one, other| {
                let order = other.1.total_cmp(&one.1);
                order.then_with(|| text(one.0).cmp(&text(other.0)))
            });
            found.truncate(CANDIDATES_MAX);
        }
        found.into_iter().map(|(id, _)| id).collect()
    }
}

/// How near two texts are by their words and by their grams, together.
fn letters(words: f32, grams: f32) -> f32 {
    WORD_SHARE * words + (1.0 - WORD_SHARE) * grams
}

/// By nearness, then by what the texts are: never by what was put first.
fn nearest_first(near: &mut [Near<'_>]) {
    near.sort_by(|one, other| {
        let order = other.nearness.total_cmp(&one.nearness);
        order.then_with(|| one.text.order().cmp(&other.text.order()))
    });
}

impl LeftOut {
    fn new(index: &Index, slot: Slot, name: u64) -> Self {
        let mut left_out = Self {
            slot,
            name,
            texts: 0,
            having: ByFeature::default(),
        };
        for text in index.of_slot(slot) {
            if left_out.has(text) {
                left_out.texts += 1;
                for (feature, _) in text.words.iter().chain(text.grams.iter()) {
                    *left_out.having.entry(feature).or_default() += 1;
                }
            }
        }
        left_out
    }

    fn has(&self, text: &Stored) -> bool {
        (text.slot, text.name, text.field) == (self.slot, self.name, Field::Question)
    }

    fn idf(&self, index: &Index, feature: u32) -> f32 {
        let having = self.having.get(&feature).copied().unwrap_or_default();
        index.idf_without(feature, self.texts, having)
    }
}

impl Weighted {
    fn new(counts: &Counts, idf: impl Fn(u32) -> f32) -> Self {
        Self {
            weights: counts
                .iter()
                .map(|(feature, count)| (feature, count * idf(feature).powi(2)))
                .collect(),
            norm: norm(counts, idf),
        }
    }

    fn cosine(&self, product: f32, norm: f32) -> f32 {
        let norms = self.norm * norm;
        if norms > 0.0 { product / norms } else { 0.0 }
    }

    /// What of it tells that is in `features`.
    fn share(&self, features: &HashSet<u32>, idf: impl Fn(u32) -> f32) -> f32 {
        let (mut found, mut all) = (0.0, 0.0);
        for (feature, _) in &self.weights {
            let tells = idf(*feature);
            all += tells;
            if features.contains(feature) {
                found += tells;
            }
        }
        if all > 0.0 { found / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests;
