//! One community's entries with their index: who may see what, and what is said. Pure: everything it needs is passed in.

mod access;
mod alike;
mod spoken;
mod trial;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::entry::Entry;
use crate::model::finding::{AskScope, Considered, Decision, EntryText, Finding, Gap, Hit, Source};
use crate::model::ids::EntryId;
use crate::model::language;
use crate::storage::knowledge::StoredEntry;

use super::scoring::{
    self, Band, Embedding, Evidence, Field, Index, Line, Lines, Question, Ranked, Slot, Space, Text, TextDigest,
};

use self::access::Access;
pub use self::alike::are_read_together;
use self::spoken::Spoken;
pub use self::weigh::{Taken, Word};

/// A suggestion this much less near than the best one is noise beside it.
const SUGGEST_SHARE: f32 = 0.6;

/// More suggestions than this are a list, not an offer.
const SUGGEST_MAX: usize = 5;

/// One community's entries with their index.
#[derive(Debug)]
pub struct Base {
    language: String,
    entries: BTreeMap<EntryId, (Slot, StoredEntry)>,
    slots: HashMap<Slot, EntryId>,
    index: Index,
    /// Where something in brackets stands for personal data: staff alone read them, however they came to be stored.
    masked: HashSet<EntryId>,
    /// Pages that are gone: what rests on one is offered, not said.
    dead_links: HashSet<String>,
    /// What answers have to pass where words alone decide.
    lines: Lines,
    /// The same where a sentence model has its say: its probabilities are others, and so is what people said of them.
    lines_with_model: Lines,
}

/// What is asked: the words, and what a sentence model makes of them, where there is one and it was in time.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// As they were written.
    pub words: &'a str,
    /// None is as good as no model.
    pub embedding: Option<&'a Embedding>,
}

impl<'a> From<&'a str> for Asked<'a> {
    fn from(words: &'a str) -> Self {
        Self { words, embedding: None }
    }
}

impl<'a> From<&'a String> for Asked<'a> {
    fn from(words: &'a String) -> Self {
        words.as_str().into()
    }
}

/// What a question came to, answered or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The best entry; none when no entry has anything of the question.
    pub best: Option<EntryId>,
    /// That it is right, from 0 to 1.
    pub probability: f32,
    /// What would be done.
    pub band: Band,
    /// What the probability is made of.
    pub evidence: Option<Evidence>,
}

impl Base {
    /// Indexes `entries`; `language` is what texts without one are written in.
    pub fn new(language: &str, entries: Vec<StoredEntry>) -> Self {
        Self::in_index(Index::default(), language, entries)
    }

    /// The same with room for what a sentence model makes of its texts. Until [`Base::embed`] was told of all of them, it
    /// answers as if there were no model.
    pub fn for_model(space: Space, language: &str, entries: Vec<StoredEntry>) -> Self {
        Self::in_index(Index::for_model(space), language, entries)
    }

    fn in_index(index: Index, language: &str, entries: Vec<StoredEntry>) -> Self {
        let mut base = Self {
            language: language.to_owned(),
            entries: BTreeMap::new(),
            slots: HashMap::new(),
            index,
            masked: HashSet::new(),
            dead_links: HashSet::new(),
            lines: Lines::START,
            lines_with_model: Lines::START,
        };
        for stored in entries {
            base.insert(stored);
        }
        let texts = base
            .entries
            .values()
            .map(|(slot, stored)| (*slot, texts(&stored.entry, &base.language)));
        base.index.put_all(texts);
        base
    }

    /// Which pages are gone, in place of those that were.
    pub fn set_dead_links(&mut self, urls: HashSet<String>) {
        self.dead_links = urls;
    }

    /// What answers have to pass from now on: where words alone decide, and where a sentence model has its say.
    pub fn set_lines(&mut self, lines: Lines, with_model: Lines) {
        self.lines = lines;
        self.lines_with_model = with_model;
    }

    /// What texts without a language are written in.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Names the scoring that questions go through now.
    pub fn scoring(&self) -> String {
        scoring::version(self.index.model())
    }

    /// Adds or replaces an entry; it counts from now on.
    pub fn put(&mut self, stored: StoredEntry) {
        let id = stored.entry.id.clone();
        let slot = self.insert(stored);
        let (_, stored) = &self.entries[&id];
        self.index.put(slot, &texts(&stored.entry, &self.language));
    }

    /// Takes an entry away.
    pub fn remove(&mut self, id: &EntryId) {
        if let Some((slot, _)) = self.entries.remove(id) {
            self.slots.remove(&slot);
            self.masked.remove(id);
            self.index.remove(slot);
        }
    }

    /// How many texts it compares questions with.
    pub fn texts(&self) -> usize {
        self.index.len()
    }

    /// How many of them a sentence model has still to make something of.
    pub fn unembedded(&self) -> usize {
        self.index.missing_count()
    }

    /// Whether this one is among them.
    pub fn misses(&self, digest: &TextDigest) -> bool {
        self.index.misses(digest)
    }

    /// Up to `limit` of them.
    pub fn to_embed(&self, limit: usize) -> Vec<(TextDigest, String)> {
        let text = |(digest, slot): (TextDigest, Slot)| {
            let (_, stored) = self.entries.get(self.slots.get(&slot)?)?;
            let texts = texts(&stored.entry, &self.language);
            let text = texts.into_iter().find(|text| TextDigest::of(text.text) == digest)?;
            Some((digest, text.text.to_owned()))
        };
        self.index.missing().take(limit).filter_map(text).collect()
    }

    /// What a sentence model makes of a text; none when it makes nothing of it.
    pub fn embed(&mut self, digest: TextDigest, embedding: Option<&Embedding>) {
        self.index.embed(digest, embedding);
    }

    /// An entry as it is stored, whoever asks: for the console.
    pub fn get(&self, id: &EntryId) -> Option<&StoredEntry> {
        self.entries.get(id).map(|(_, stored)| stored)
    }

    /// All entries, by id.
    pub fn list(&self) -> impl Iterator<Item = &StoredEntry> {
        self.entries.values().map(|(_, stored)| stored)
    }

    /// Entries near to `text`, the nearest first, whoever may see them: for the console.
    pub fn search<'a>(&self, text: impl Into<Asked<'a>>, limit: usize) -> Vec<&StoredEntry> {
        let asked = text.into();
        Question::new(&self.index, asked.words, language::detect(asked.words))
            .with_embedding(asked.embedding)
            .rank(&[])
            .iter()
            .filter_map(|ranked| self.of(ranked))
            .take(limit)
            .collect()
    }

    /// How near a question is to the nearest of others, 1 for the same words, as the words of this base tell.
    pub fn nearness<'a>(&self, scope: &AskScope, question: &str, others: impl Iterator<Item = &'a str>) -> f32 {
        let spoken = Spoken::new(scope, question);
        let language = spoken.known().unwrap_or(&self.language);
        let question = Question::new(&self.index, question, Some(language));
        others
            .map(|other| question.nearness_to(other, language))
            .fold(0.0, f32::max)
    }

    /// Finds the entry that answers, or says why none does. `refused` is left out; `today` is a date like `2026-08-01`.
    pub fn ask<'a>(
        &self,
        scope: &AskScope,
        question: impl Into<Asked<'a>>,
        limit: usize,
        refused: &[EntryId],
        today: &str,
    ) -> Finding {
        let asked = question.into();
        let spoken = Spoken::new(scope, asked.words);
        let question = Question::new(&self.index, asked.words, spoken.known()).with_embedding(asked.embedding);
        let spoken = spoken.beside(&question);
        let refused = self.slots(refused.iter().chain(&scope.without));
        let (open, closed) = self.sorted(scope, &question, &refused, today);
        let (mut band, probability, evidence) = judge(&open, &question, self.line(scope, &question));
        // What comes next after the nearest was refused is likely only for want of the nearest: it is offered, not said.
        let repeats = question.is_nearest(&refused);
        if band == Band::Answer && repeats {
            band = Band::Suggest;
        }
        let decision = match band {
            Band::Answer => self.answer(&open, &spoken, probability, today),
            // Only what would be the answer elsewhere is named as the reason: a weak hit tells nothing.
            _ if let Some(gap) = self.hidden(&closed, &open, &question, &refused) => Decision::Abstain { gap },
            Band::Suggest => self.suggest(&open, &spoken, probability, limit),
            Band::Uncertain => Decision::Abstain { gap: Gap::Uncertain },
            Band::Nothing => Decision::Abstain { gap: Gap::NothingFound },
        };
        Finding {
            decision,
            probability,
            considered: (!repeats).then(|| self.considered(&open, evidence, &question, spoken.known())),
            again: Vec::new(),
        }
    }

    /// The best entry that the scope may see, and what [`Base::ask`] would make of it: for those who measure.
    pub fn judge<'a>(
        &self,
        scope: &AskScope,
        question: impl Into<Asked<'a>>,
        refused: &[EntryId],
        today: &str,
    ) -> Judged {
        let asked = question.into();
        let question = Question::new(&self.index, asked.words, Spoken::new(scope, asked.words).known());
        let question = question.with_embedding(asked.embedding);
        let refused = self.slots(refused);
        let (open, _) = self.sorted(scope, &question, &refused, today);
        let (band, probability, evidence) = judge(&open, &question, self.line(scope, &question));
        Judged {
            best: open
                .first()
                .and_then(|best| self.of(best))
                .map(|stored| stored.entry.id.clone()),
            probability,
            band,
            evidence,
        }
    }

    /// What has anything of the question, the nearest first: what the scope may see, and what it may not with the reason.
    fn sorted(
        &self,
        scope: &AskScope,
        question: &Question<'_>,
        refused: &[Slot],
        today: &str,
    ) -> (Vec<Ranked>, Vec<(Ranked, Gap)>) {
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for ranked in question.rank(refused) {
            let Some(stored) = self.of(&ranked) else {
                continue;
            };
            match self.access(&stored.entry, scope, today) {
                Access::Open => open.push(ranked),
                Access::StaffOnly => closed.push((ranked, Gap::StaffOnly)),
                Access::NotHere => closed.push((ranked, Gap::NotHere)),
                Access::Over => {}
            }
        }
        (open, closed)
    }

    /// One entry, if the scope may see it.
    pub fn entry(&self, scope: &AskScope, id: &EntryId, today: &str) -> Option<EntryText> {
        let stored = self.get(id)?;
        (self.access(&stored.entry, scope, today) == Access::Open).then(|| stored.entry.text(scope.language.as_deref()))
    }

    fn insert(&mut self, stored: StoredEntry) -> Slot {
        let id = stored.entry.id.clone();
        let slot = self
            .entries
            .get(&id)
            .map_or_else(|| self.slot_for(&id), |(slot, _)| *slot);
        self.look_for_masks(&stored.entry);
        self.slots.insert(slot, id.clone());
        self.entries.insert(id, (slot, stored));
        slot
    }

    /// Made of the id alone, so that no decision hangs on what was put first. Two ids of one hash are not to be expected; the
    /// later one takes the next number.
    fn slot_for(&self, id: &EntryId) -> Slot {
        let mut slot = scoring::hash(id.as_str());
        while self.slots.contains_key(&slot) {
            slot = slot.wrapping_add(1);
        }
        slot
    }

    fn slots<'a>(&self, ids: impl IntoIterator<Item = &'a EntryId>) -> Vec<Slot> {
        ids.into_iter().filter_map(|id| Some(self.entries.get(id)?.0)).collect()
    }

    fn of(&self, ranked: &Ranked) -> Option<&StoredEntry> {
        self.get(self.slots.get(&ranked.slot)?)
    }

    /// What a decision about the nearest of `open` rests on.
    fn considered(
        &self,
        open: &[Ranked],
        evidence: Option<Evidence>,
        question: &Question<'_>,
        spoken: Option<&str>,
    ) -> Considered {
        let best = open.first().and_then(|best| self.of(best));
        Considered {
            entry: best.map(|stored| (stored.entry.id.clone(), stored.entry.rev)),
            exact: evidence.is_some_and(|evidence| evidence.exact),
            language: spoken.map(str::to_owned),
            scoring: scoring::version(self.index.model().filter(|_| question.is_embedded())),
        }
    }

    fn lines(&self, question: &Question<'_>) -> Lines {
        if question.is_embedded() {
            self.lines_with_model
        } else {
            self.lines
        }
    }

    fn line(&self, scope: &AskScope, question: &Question<'_>) -> f32 {
        self.lines(question).of(if scope.overheard {
            Line::Overheard
        } else {
            Line::Addressed
        })
    }

    /// Why the answer cannot be said here, when an entry that this scope may not see would be it. It has to be by what is asked alone:
    /// else whoever guesses words of an answer that is not for them would hear whether they are in it.
    fn hidden(
        &self,
        closed: &[(Ranked, Gap)],
        open: &[Ranked],
        question: &Question<'_>,
        refused: &[Slot],
    ) -> Option<Gap> {
        let (best, gap) = closed.first()?;
        // Said wrongly it sends people to staff, and names what they should not hear of: it has to be as sure as what nobody asked for.
        let would_answer =
            |ranked: &[Ranked]| judge(ranked, question, self.lines(question).overheard).0 == Band::Answer;
        let ranked: Vec<Ranked> = closed.iter().map(|(ranked, _)| *ranked).collect();
        if open.first().is_some_and(|open| best.score <= open.score) || !would_answer(&ranked) {
            return None;
        }
        let mut by_ways = question.rank_by_ways(refused);
        by_ways.retain(|ranked| closed.iter().any(|(closed, _)| closed.slot == ranked.slot));
        let same = by_ways.first().is_some_and(|ranked| ranked.slot == best.slot);
        (same && would_answer(&by_ways)).then_some(*gap)
    }

    fn answer(&self, open: &[Ranked], spoken: &Spoken<'_>, probability: f32, today: &str) -> Decision {
        let Some(stored) = open.first().and_then(|best| self.of(best)) else {
            return Decision::Abstain { gap: Gap::NothingFound };
        };
        if self.is_demoted(&stored.entry, today) {
            return self.suggest(open, spoken, probability, 1);
        }
        Decision::Answer {
            entry: self.text(&stored.entry, spoken),
        }
    }

    fn text(&self, entry: &Entry, spoken: &Spoken<'_>) -> EntryText {
        entry.text(self.language_of(entry, spoken))
    }

    /// The language in which an entry is said to whoever asks so.
    fn language_of<'b>(&'b self, entry: &'b Entry, spoken: &'b Spoken<'_>) -> Option<&'b str> {
        let (slot, _) = self.entries.get(&entry.id)?;
        spoken.of((entry, *slot), &self.language)
    }

    /// Whether nobody has looked at it for too long, or a page that it rests on is gone: it is offered, not said.
    fn is_demoted(&self, entry: &Entry, today: &str) -> bool {
        let gone = |source: &Source| self.dead_links.contains(&source.url);
        entry.review_by.as_deref().is_some_and(|day| day < today) || entry.sources.iter().any(gone)
    }

    fn suggest(&self, open: &[Ranked], spoken: &Spoken<'_>, probability: f32, limit: usize) -> Decision {
        let best = open.first().map_or(0.0, |best| best.score);
        let hits = open
            .iter()
            .take_while(|ranked| ranked.score >= best * SUGGEST_SHARE)
            .filter_map(|ranked| {
                let entry = &self.of(ranked)?.entry;
                Some(Hit {
                    id: entry.id.clone(),
                    question: entry.question_in(self.language_of(entry, spoken)).to_owned(),
                    // An estimate: nearness falls off faster than it looks.
                    probability: probability * (ranked.score / best).powi(2),
                })
            })
            .take(limit.clamp(1, SUGGEST_MAX))
            .collect();
        Decision::Suggest { hits }
    }
}

fn judge(ranked: &[Ranked], question: &Question<'_>, line: f32) -> (Band, f32, Option<Evidence>) {
    let Some(evidence) = scoring::evidence(ranked, question) else {
        return (Band::Nothing, 0.0, None);
    };
    let probability = scoring::probability(&evidence);
    (scoring::band(probability, line), probability, Some(evidence))
}

fn texts<'a>(entry: &'a Entry, language: &'a str) -> Vec<Text<'a>> {
    let own = entry.language.as_deref().unwrap_or(language);
    let mut texts = Vec::new();
    push_texts(&mut texts, own, &entry.question, &entry.aliases, &entry.answer.full);
    for (language, translation) in &entry.translations {
        push_texts(
            &mut texts,
            language,
            &translation.question,
            &translation.aliases,
            &translation.answer.full,
        );
    }
    texts
}

fn push_texts<'a>(
    texts: &mut Vec<Text<'a>>,
    language: &'a str,
    question: &'a str,
    aliases: &'a [String],
    answer: &'a str,
) {
    let mut push = |field, text| {
        texts.push(Text {
            field,
            language: Some(language),
            text,
        });
    };
    push(Field::Question, question);
    for alias in aliases {
        push(Field::Question, alias);
    }
    push(Field::Answer, answer);
}

mod weigh;

#[cfg(test)]
mod embedded;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(super) mod tests;
