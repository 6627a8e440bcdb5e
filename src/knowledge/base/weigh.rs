//! What a language model's word about a question is worth beside what the entries tell. Pure.
//!
//! The word is one more piece of evidence, of a fixed worth, and what comes of it passes the same lines as everything else. So it moves a
//! decision by what it is worth and no further, and where it could change nothing, nobody is asked.

use super::{Asked, Base, Spoken, judge};
use crate::knowledge::scoring::{self, Band, Question, Ranked};
use crate::model::entry::{Entry, Visibility};
use crate::model::finding::{AskScope, Considered, Decision, EntryText, Finding, Gap, Hit};
use crate::model::ids::EntryId;

/// How many times likelier a model says *yes* of an entry that is right than of one that is not, and *no* of one that is not. Far less than
/// good models are worth: whoever talks one into a *yes* by what they write gains no more than this, and never that
/// something is said which would not even be offered without it.
const WORTH: f32 = 3.0;

/// So many entries are shown to the model: with a sixth, the right one is hardly ever gained.
const SHOWN_MAX: usize = 5;

/// What a model says of a question, once it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// None of the entries answers it.
    No,
    /// These do, the first above all.
    Yes(Vec<Taken>),
}

/// An entry that a model takes for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub id: EntryId,
    /// The revision that was shown.
    pub revision: u32,
    /// What of it is said; none for all of it.
    pub parts: Option<String>,
}

impl Base {
    /// The entries that a model could help to choose from, the nearest first. None where its word could change nothing that is said, and
    /// where the question is for others: what may not be said here is not shown, and what is left must not be said in its place.
    pub fn undecided<'a>(
        &self,
        scope: &AskScope,
        question: impl Into<Asked<'a>>,
        today: &str,
    ) -> Option<Vec<EntryText>> {
        let asked = question.into();
        let spoken = Spoken::new(scope, asked.words);
        let question = Question::new(&self.index, asked.words, spoken.known()).with_embedding(asked.embedding);
        let spoken = spoken.beside(&question);
        let (open, closed) = self.sorted(scope, &question, &[], today);
        let (band, probability, _) = judge(&open, &question, self.line(scope, &question));
        if !matters(band, probability, self.line(scope, &question))
            || self.hidden(&closed, &open, &question, &[]).is_some()
        {
            return None;
        }
        let near = open.iter().filter_map(|ranked| self.of(ranked)).take(SHOWN_MAX);
        let near: Vec<&Entry> = near.map(|stored| &stored.entry).collect();
        // What is for staff goes to nobody outside, also when staff ask; and without it another would be said in its place.
        let is_open = near
            .iter()
            .all(|entry| entry.visibility != Visibility::Staff && !self.masked.contains(&entry.id));
        (is_open && !near.is_empty()).then(|| near.iter().map(|entry| self.text(entry, &spoken)).collect())
    }

    /// As [`Base::ask`], with a model's word about it. Where what it was shown has been changed meanwhile, the word counts for nothing.
    pub fn weighed<'a>(
        &self,
        scope: &AskScope,
        asked: impl Into<Asked<'a>>,
        limit: usize,
        today: &str,
        word: &Word,
    ) -> Finding {
        let asked = asked.into();
        let spoken = Spoken::new(scope, asked.words);
        let question = Question::new(&self.index, asked.words, spoken.known()).with_embedding(asked.embedding);
        let spoken = spoken.beside(&question);
        let (open, closed) = self.sorted(scope, &question, &[], today);
        let (_, local, evidence) = judge(&open, &question, self.line(scope, &question));
        if self.hidden(&closed, &open, &question, &[]).is_some() {
            return self.ask(scope, asked, limit, &[], today);
        }
        // What people say of such an answer judges the model, too: no line of the entries alone is fitted to it.
        let considered = self.considered(&open, evidence, &question, spoken.known());
        let considered = Considered {
            scoring: format!("{} with a model", considered.scoring),
            ..considered
        };
        let found = |decision, probability, considered| Finding {
            decision,
            probability,
            considered: Some(considered),
            again: Vec::new(),
        };
        let no = || {
            let probability = lowered(local);
            let decision = self.at(&open, &spoken, probability, limit, today, self.line(scope, &question));
            found(decision, probability, considered.clone())
        };
        let Word::Yes(taken) = word else {
            return no();
        };
        let Some(taken): Option<Vec<(Ranked, &Taken)>> = taken
            .iter()
            .map(|taken| Some((self.shown(&open, taken)?, taken)))
            .collect()
        else {
            return self.ask(scope, asked, limit, &[], today);
        };
        let Some((first, _)) = taken.first() else {
            return no();
        };
        let alone = estimate(first, &open, local);
        let probability = raised(alone);
        let decision = match scoring::band(probability, self.line(scope, &question)) {
            // What the entries alone would not even offer is not said, whoever speaks for it.
            Band::Answer if is_likely(alone, self.line(scope, &question)) => self.said(
                &open,
                local,
                &taken,
                (&spoken, probability, today),
                self.line(scope, &question),
            ),
            Band::Answer | Band::Suggest => self.offered(&open, first, (&spoken, probability, local), limit),
            Band::Uncertain | Band::Nothing => return no(),
        };
        // What is said of it is said of the entry that was taken.
        let considered = Considered {
            entry: self.of(first).map(|stored| (stored.entry.id.clone(), stored.entry.rev)),
            exact: first.exact,
            ..considered.clone()
        };
        found(decision, probability, considered)
    }

    /// What is done at this probability.
    fn at(
        &self,
        open: &[Ranked],
        spoken: &Spoken<'_>,
        probability: f32,
        limit: usize,
        today: &str,
        line: f32,
    ) -> Decision {
        match scoring::band(probability, line) {
            Band::Answer => self.answer(open, spoken, probability, today),
            Band::Suggest => self.suggest(open, spoken, probability, limit),
            Band::Uncertain => Decision::Abstain { gap: Gap::Uncertain },
            Band::Nothing => Decision::Abstain { gap: Gap::NothingFound },
        }
    }

    /// The entry that was shown to the model, if it may still be said here and still says that.
    fn shown(&self, open: &[Ranked], taken: &Taken) -> Option<Ranked> {
        let mut open = open.iter();
        let ranked = open.find(|ranked| self.of(ranked).is_some_and(|stored| stored.entry.id == taken.id))?;
        (self.of(ranked)?.entry.rev == taken.revision).then_some(*ranked)
    }

    /// The first entry that was taken, whole or by its parts, with those of others that are likely, too.
    fn said(
        &self,
        open: &[Ranked],
        local: f32,
        taken: &[(Ranked, &Taken)],
        (spoken, probability, today): (&Spoken<'_>, f32, &str),
        line: f32,
    ) -> Decision {
        let (first, others) = taken.split_first().expect("its caller has looked");
        let mut decision = self.answer(&[first.0], spoken, probability, today);
        let (Decision::Answer { entry }, Some(parts)) = (&mut decision, &first.1.parts) else {
            return decision;
        };
        entry.answer.clone_from(parts);
        entry.short = None;
        for (ranked, taken) in others {
            let likely = is_likely(estimate(ranked, open, local), line);
            // What nobody has reviewed for too long is not said, as a part of another answer neither.
            if let (true, Some(parts), Decision::Answer { entry: other }) = (
                likely,
                &taken.parts,
                self.answer(&[*ranked], spoken, probability, today),
            ) {
                entry.answer.push_str("\n\n");
                entry.answer.push_str(parts);
                entry.beside.push(other);
            }
        }
        decision
    }

    /// The entry that was taken, before what the base itself would offer.
    fn offered(
        &self,
        open: &[Ranked],
        first: &Ranked,
        (spoken, probability, local): (&Spoken<'_>, f32, f32),
        limit: usize,
    ) -> Decision {
        let Decision::Suggest { mut hits } = self.suggest(&[*first], spoken, probability, 1) else {
            return Decision::Abstain { gap: Gap::Uncertain };
        };
        if let Decision::Suggest { hits: others } = self.suggest(open, spoken, local, limit) {
            let others: Vec<Hit> = others
                .into_iter()
                .filter(|other| hits.iter().all(|hit| hit.id != other.id))
                .collect();
            hits.extend(others);
        }
        hits.truncate(limit.clamp(1, super::SUGGEST_MAX));
        Decision::Suggest { hits }
    }
}

/// Whether it is at least offered.
fn speaks(band: Band) -> bool {
    matches!(band, Band::Answer | Band::Suggest)
}

fn is_likely(probability: f32, line: f32) -> bool {
    speaks(scoring::band(probability, line))
}

/// Whether a word for or against it would change what is said.
fn matters(band: Band, probability: f32, line: f32) -> bool {
    let (yes, no) = (
        scoring::band(raised(probability), line),
        scoring::band(lowered(probability), line),
    );
    (yes != band && speaks(yes)) || (no != band && speaks(band))
}

/// That an entry is right: as nearness falls off, as in suggestions.
fn estimate(ranked: &Ranked, open: &[Ranked], local: f32) -> f32 {
    let best = open.first().map_or(0.0, |best| best.score);
    if best > 0.0 {
        (local * (ranked.score / best).powi(2)).min(local)
    } else {
        0.0
    }
}

fn raised(probability: f32) -> f32 {
    WORTH * probability / (WORTH * probability + 1.0 - probability)
}

fn lowered(probability: f32) -> f32 {
    probability / (probability + WORTH * (1.0 - probability))
}

#[cfg(test)]
mod tests;
