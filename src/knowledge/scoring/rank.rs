//! Compares a question with the stored texts.

use std::collections::{HashMap, HashSet};

use super::analysis::{Counts, Words, bounded};
use super::embedding::{Embedding, Probe};
use super::index::{Field, Idfs, Index, Language, Norms, Slot, Stored, bounded_u32};
use super::kernel::kernel;
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

/// A stored text, and how near it is to the question.
#[derive(Clone, Copy, Debug)]
struct Near<'a> {
    id: u32,
    text: &'a Stored,
    norms: Norms,
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
        let words = Words::of(question);
        let stems = |language| Weighted::new(index, &Counts::new(words.stems(language)));
        let meaning = table::meaning(&words.plain);
        Self {
            index,
            own: stems(language),
            by_language: index
                .languages()
                .map(|(at, language)| (at, stems(Some(language))))
                .collect(),
            grams: Weighted::new(index, &words.grams()),
            shares: Shares {
                table: MEANING_SHARE * (MEANING_UNKNOWN + (1.0 - MEANING_UNKNOWN) * meaning.known),
                model: 0.0,
            },
            meaning,
            embedding: None,
            words,
        }
    }

    /// The same with what a sentence model makes of it, when the model has made something of every stored text, too.
    #[must_use]
    pub fn with_embedding(mut self, embedding: Option<&'a Embedding>) -> Self {
        let of_index = self.index.embeddings();
        self.embedding = of_index.and_then(|of_index| of_index.probe(embedding?));
        if self.embedding.is_some() {
            self.shares = Shares {
                table: 0.0,
                model: MODEL_SHARE,
            };
        }
        self
    }

    /// Whether a sentence model has its say.
    pub(super) fn is_embedded(&self) -> bool {
        self.embedding.is_some()
    }

    /// All entries that have anything of the question, the nearest first; those of `without` are as if they were not there.
    pub fn rank(&self, without: &[Slot]) -> Vec<Ranked> {
        if self.words.is_empty() || self.index.is_empty() {
            return Vec::new();
        }
        let mut idfs = Idfs::new(self.index);
        let near = self.nearest(without, &mut idfs);
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
                    exact: exact.contains(slot),
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

    /// Whether one of `slots` is the nearest of all.
    pub fn is_nearest(&self, slots: &[Slot]) -> bool {
        !slots.is_empty() && self.rank(&[]).first().is_some_and(|best| slots.contains(&best.slot))
    }

    /// The shares of what the question's words and grams tell that `slot` has in one language, the largest of each.
    pub(super) fn shares(&self, slot: Slot) -> (f32, f32) {
        let (mut words, mut grams) = (HashMap::<Option<Language>, HashSet<u32>>::new(), HashSet::new());
        for text in self.index.of_slot(slot) {
            let features = text.words.iter().map(|(feature, _)| feature);
            words.entry(text.language).or_default().extend(features);
            grams.extend(text.grams.iter().map(|(feature, _)| feature));
        }
        let of_words = words
            .iter()
            .map(|(language, words)| self.words_for(*language).share(self.index, words))
            .fold(0.0, f32::max);
        (of_words, self.grams.share(self.index, &grams))
    }

    /// How many words it has.
    pub(super) fn length(&self) -> f32 {
        bounded(self.words.plain.len())
    }

    /// The share of its words whose meaning is known.
    pub(super) fn known(&self) -> f32 {
        self.meaning.known
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> f32 {
        bounded_u32(self.index.slots())
    }

    /// How many texts this one has.
    pub(super) fn texts(&self, slot: Slot) -> f32 {
        bounded_u32(self.index.of_slot(slot).count())
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
                ANSWER_WEIGHT / bounded(self.index.of_slot(text.slot).filter(asked).count().max(1))
            }
        }
    }

    /// The texts nearest to the question.
    fn nearest(&self, without: &[Slot], idfs: &mut Idfs<'_>) -> Vec<Near<'a>> {
        let stored = |id| {
            let text = self.index.text(id).filter(|text| !without.contains(&text.slot))?;
            Some(self.near(id, text, text.norms))
        };
        let mut near: Vec<Near<'a>> = self.candidates().into_iter().filter_map(stored).collect();
        nearest_first(&mut near);
        if self.index.lags() {
            near.truncate(NEAREST * 2);
            for near in &mut near {
                *near = self.near(near.id, near.text, idfs.norms(near.text));
            }
            nearest_first(&mut near);
        }
        near.truncate(NEAREST);
        near
    }

    fn near(&self, id: u32, text: &'a Stored, norms: Norms) -> Near<'a> {
        let words = self.words_for(text.language).cosine(&text.words, norms.words);
        let grams = self.grams.cosine(&text.grams, norms.grams);
        let letters = WORD_SHARE * words + (1.0 - WORD_SHARE) * grams;
        Near {
            id,
            text,
            norms,
            nearness: self.shares.letters() * letters + self.meaning_of(id),
        }
    }

    /// What the meaning of a text adds to how near it is.
    fn meaning_of(&self, id: u32) -> f32 {
        match (self.embedding, self.index.embeddings()) {
            (Some(own), Some(embeddings)) => self.shares.model * embeddings.nearness(own, embeddings.of(id)),
            _ => self.shares.table * nearness(&self.meaning.vector, self.index.meaning(id)),
        }
    }

    fn candidates(&self) -> Vec<u32> {
        if !self.index.lags() {
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
        let unknown = |(_, stem): &(&String, u32)| !self.index.knows(*stem);
        let stems = self.words.stems(None);
        for (word, stem) in self.words.plain.iter().zip(stems).filter(unknown) {
            for alike in self.index.spelled_like(word) {
                count(alike, self.index.idf(stem));
            }
        }
        self.best(found.into_iter().map(|id| (id, sums[id as usize])))
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

/// By nearness, then by what the texts are: never by what was put first.
fn nearest_first(near: &mut [Near<'_>]) {
    near.sort_by(|one, other| {
        let order = other.nearness.total_cmp(&one.nearness);
        order.then_with(|| one.text.order().cmp(&other.text.order()))
    });
}

impl Weighted {
    fn new(index: &Index, counts: &Counts) -> Self {
        Self {
            weights: counts
                .iter()
                .map(|(feature, count)| (feature, count * index.idf(feature).powi(2)))
                .collect(),
            norm: index.norm(counts),
        }
    }

    /// Both lists are sorted by feature.
    fn cosine(&self, counts: &Counts, norm: f32) -> f32 {
        let mut sum = 0.0;
        let mut others = counts.iter().peekable();
        for (feature, weight) in &self.weights {
            while others.next_if(|(other, _)| other < feature).is_some() {}
            if let Some((_, count)) = others.next_if(|(other, _)| other == feature) {
                sum += weight * count;
            }
        }
        let norms = self.norm * norm;
        if norms > 0.0 { sum / norms } else { 0.0 }
    }

    /// What of it tells that is in `features`.
    fn share(&self, index: &Index, features: &HashSet<u32>) -> f32 {
        let (mut found, mut all) = (0.0, 0.0);
        for (feature, _) in &self.weights {
            let tells = index.idf(*feature);
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
