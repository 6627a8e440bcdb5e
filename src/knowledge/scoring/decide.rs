//! How likely the nearest entry is right, and what to do with it.

use super::analysis::bounded;
use super::rank::Ranked;

/// What the probability is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Nearness of the best entry.
    pub top: f32,
    /// How far the second is behind it.
    pub margin: f32,
    /// ln(1 + words of the question).
    pub length: f32,
    /// Whether a stored way to ask is the question itself.
    pub exact: bool,
}

/// The line an answer has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The bot was asked.
    Addressed,
    /// It only overheard: who was not asked has to be surer.
    Overheard,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// Say it.
    Answer,
    /// Offer it.
    Suggest,
    /// Be silent: entries are near.
    Uncertain,
    /// Be silent: nothing is near.
    Nothing,
}

/// Weights of a logistic regression over the public question sets with 1, 3 and 5 texts for an entry, each set counting the same. Starting values until a community has labels of its own.
const BIAS: f32 = -3.95;
const TOP: f32 = 4.80;
const MARGIN: f32 = 7.74;
const LENGTH: f32 = 0.58;

/// A question that is stored word for word is right unless two entries claim it.
const EXACT: f32 = 0.98;

/// Who asks the bot would rather hear a likely answer, with *Not it* below it, than nothing.
const ANSWER_ADDRESSED: f32 = 0.65;

/// Who did not ask should hear no wrong answer.
const ANSWER_OVERHEARD: f32 = 0.90;

/// Suggestions that are right less often than one time in three are noise.
const SUGGEST: f32 = 0.33;

/// Below it no entry shares anything that tells with the question.
const NEAR: f32 = 0.12;

/// The evidence for the first of `ranked`.
pub fn evidence(ranked: &[Ranked], question: &str) -> Option<Evidence> {
    let best = ranked.first()?;
    let second = ranked.get(1);
    let claimed_twice = second.is_some_and(|second| second.exact);
    Some(Evidence {
        top: best.score,
        margin: best.score - second.map_or(0.0, |second| second.score),
        length: (1.0 + bounded(question.split_whitespace().count())).ln(),
        exact: best.exact && !claimed_twice,
    })
}

/// That the best entry is right, from 0 to 1.
pub fn probability(evidence: &Evidence) -> f32 {
    if evidence.exact {
        return EXACT;
    }
    let sum = BIAS + TOP * evidence.top + MARGIN * evidence.margin + LENGTH * evidence.length;
    1.0 / (1.0 + (-sum).exp())
}

/// What to do at this probability.
pub fn band(probability: f32, evidence: &Evidence, line: Line) -> Band {
    let answer = match line {
        Line::Addressed => ANSWER_ADDRESSED,
        Line::Overheard => ANSWER_OVERHEARD,
    };
    if probability >= answer {
        Band::Answer
    } else if probability >= SUGGEST {
        Band::Suggest
    } else if evidence.top >= NEAR {
        Band::Uncertain
    } else {
        Band::Nothing
    }
}
