//! How likely the nearest entry is right, and what to do with it.

use super::embedding::ModelDigest;
use super::rank::{Question, Ranked};
use super::{calibration, model_calibration};

/// What the probability is made of. Chosen from 28 by leaving out whichever made it no worse on question sets that were left
/// out of the fit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Score of the best entry.
    pub top: f32,
    /// How far the second is behind it.
    pub margin: f32,
    /// What the regression alone gives the best.
    pub ridge: f32,
    /// The share of what the question's words tell that the best entry has.
    pub words: f32,
    /// The same of its character n-grams.
    pub grams: f32,
    /// ln(1 + words of the question).
    pub length: f32,
    /// ln(entries of the base in the language of what is nearest, [`ENTRIES_TOLD`] at most).
    pub entries: f32,
    /// ln(texts of the best entry): an entry with many has more to be like.
    pub texts: f32,
    /// The share of the question's words whose meaning is known.
    pub known: f32,
    /// Whether a stored way to ask is the question itself.
    pub exact: bool,
    /// Whether a sentence model had its say: the same numbers then mean something else.
    pub embedded: bool,
}

impl Evidence {
    /// In the order of the calibration's weights.
    pub fn numbers(&self) -> [f32; 9] {
        [
            self.top,
            self.margin,
            self.ridge,
            self.words,
            self.grams,
            self.length,
            self.entries,
            self.texts,
            self.known,
        ]
    }
}

/// The line an answer has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The bot was asked.
    Addressed,
    /// It only overheard: who was not asked has to be surer.
    Overheard,
}

/// From which probability on a base answers, on either line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    /// See [`Line::Addressed`].
    pub addressed: f32,
    /// See [`Line::Overheard`].
    pub overheard: f32,
}

impl Lines {
    /// What a base begins with, before people have judged its answers.
    pub const START: Self = Self {
        // Who asks the bot would rather hear a likely answer, with *Not it* below it, than nothing. On question sets that were left
        // out of the fit, seven in eight of all that is answered above it are right, with 3, 5 and 10 ways to ask.
        addressed: 0.55,
        // Who did not ask should hear no wrong answer.
        overheard: 0.90,
    };

    /// One of them.
    pub fn of(self, line: Line) -> f32 {
        match line {
            Line::Addressed => self.addressed,
            Line::Overheard => self.overheard,
        }
    }
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

/// Names what a probability means. Whoever changes what it is made of counts on, so that what people said of answers is not taken
/// for a judgement of other numbers.
pub const VERSION: &str = "3";

/// The same of what a sentence model's say changes.
const MODEL_VERSION: &str = "3";

/// Names the scoring where this model has its say, or none has.
pub fn version(model: Option<ModelDigest>) -> String {
    match model {
        None => VERSION.to_owned(),
        // What people said of answers with one model says nothing of another one's.
        Some(ModelDigest(digest)) => format!("{VERSION} and {MODEL_VERSION} of {}", hex::encode(&digest[..4])),
    }
}

/// A question that is stored word for word is right unless two entries claim it.
const EXACT: f32 = 0.98;

/// No line is higher, so that what is asked word for word is answered at each.
pub const LINE_MAX: f32 = 0.97;

const _: () = assert!(
    LINE_MAX < EXACT,
    "the words of an entry are answered wherever the line is"
);

/// Suggestions that are right less often than one time in three are noise.
pub const SUGGEST: f32 = 0.33;

/// The fewer entries there are, the more of a question the regression gives to whichever is nearest. From about as many on as
/// the nearest texts belong to, a further one changes nothing of that.
const ENTRIES_TOLD: f32 = 32.0;

/// Below it what is near is near by chance.
const NEAR: f32 = 0.10;

/// Who is this far behind the best has nothing to say for it.
const TIED: f32 = 0.05;

/// The evidence for the first of `ranked`, which are entries of `question`'s base.
pub fn evidence(ranked: &[Ranked], question: &Question<'_>) -> Option<Evidence> {
    let best = ranked.first()?;
    let second = ranked.get(1);
    let claimed_twice = second.is_some_and(|second| second.exact);
    let [ridge, words, grams, texts] = of_the_nearest(ranked, question);
    Some(Evidence {
        top: best.score,
        margin: best.score - second.map_or(0.0, |second| second.score),
        ridge,
        words,
        grams,
        length: question.length().ln_1p(),
        entries: question.entries(best.slot).min(ENTRIES_TOLD).ln(),
        texts,
        known: question.known(),
        exact: best.exact && !claimed_twice,
        embedded: question.is_embedded(),
    })
}

/// What is known of the best entry alone. Whatever is as near speaks with it, the less the further it is behind: between two that are
/// as good as one another, chance says which is the best, and what is said of it must not hang on that.
fn of_the_nearest(ranked: &[Ranked], question: &Question<'_>) -> [f32; 4] {
    let (mut sums, mut parts) = ([0.0; 4], 0.0);
    for entry in ranked {
        // Who has the question word for word is the first, whatever the scores are.
        let part = (1.0 - (ranked[0].score - entry.score) / TIED).min(1.0);
        if part <= 0.0 {
            continue;
        }
        let (words, grams) = question.shares(entry.slot);
        let numbers = [entry.ridge, words, grams, question.texts(entry.slot).ln()];
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += part * number;
        }
        parts += part;
    }
    sums.map(|sum| sum / parts)
}

/// That the best entry is right, from 0 to 1.
pub fn probability(evidence: &Evidence) -> f32 {
    if evidence.exact {
        return EXACT;
    }
    let (bias, weights) = if evidence.embedded {
        (model_calibration::BIAS, model_calibration::WEIGHTS)
    } else {
        (calibration::BIAS, calibration::WEIGHTS)
    };
    let weighted = evidence.numbers().into_iter().zip(weights);
    let sum = bias + weighted.map(|(number, weight)| number * weight).sum::<f32>();
    1.0 / (1.0 + (-sum).exp())
}

/// What to do at this probability, where answers have to pass `line`.
pub fn band(probability: f32, line: f32) -> Band {
    if probability >= line {
        Band::Answer
    } else if probability >= SUGGEST {
        Band::Suggest
    } else if probability >= NEAR {
        Band::Uncertain
    } else {
        Band::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_counts_on_with_the_weights() {
        let numbers = calibration::WEIGHTS.iter().chain([&calibration::BIAS, &EXACT, &TIED]);
        let text: Vec<String> = numbers.map(ToString::to_string).collect();
        let made_of = format!("{VERSION}: {}", text.join(" "));
        assert_eq!(
            made_of, "3: 0.3505 4.6102 7.4574 -1.9012 2.8618 0.8831 1.6459 -0.3387 -0.6325 -9.8312 0.98 0.05",
            "a probability is made of other numbers: give VERSION the next one"
        );
    }

    #[test]
    fn the_version_with_a_model_counts_on_with_its_weights() {
        let numbers = model_calibration::WEIGHTS.iter().chain([&model_calibration::BIAS]);
        let text: Vec<String> = numbers.map(ToString::to_string).collect();
        let made_of = format!("{MODEL_VERSION}: {}", text.join(" "));
        assert_eq!(
            made_of, "3: 1.3839 4.7228 5.6227 -1.4215 2.872 0.6625 1.8087 -0.5047 -0.3012 -10.1112",
            "a probability is made of other numbers: give MODEL_VERSION the next one"
        );
    }

    #[test]
    fn each_model_has_a_scoring_of_its_own() {
        let [one, other] = [1, 2].map(|model| version(Some(ModelDigest([model; 16]))));
        assert!(one != other && version(None) == VERSION);
    }

    #[test]
    fn what_is_asked_word_for_word_is_answered_at_every_line() {
        let exact = Evidence {
            exact: true,
            ..Evidence::default()
        };
        let probability = probability(&exact);
        for line in [Lines::START.addressed, Lines::START.overheard, LINE_MAX] {
            assert_eq!(band(probability, line), Band::Answer);
        }
    }
}
