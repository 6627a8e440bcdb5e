//! Compares a question with the stored texts.

use std::collections::HashMap;

use super::analysis::{Counts, Features, features, fold};
use super::index::{Field, Index, SCAN_TEXTS_MAX, Slot, Stored};

/// From a large base, as many texts are compared exactly as the postings think likeliest.
const CANDIDATES_MAX: usize = 400;

/// A word in more than this share of a large base's texts chooses no candidates: it is in too many.
const COMMON_SHARE: usize = 10;

/// Words say more than grams where they are known, grams save slips of the keyboard.
const WORD_SHARE: f32 = 0.5;

/// An answer that uses the question's words is a hint, not a match.
const ANSWER_WEIGHT: f32 = 0.2;

/// How near an entry is to a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Which entry.
    pub slot: Slot,
    /// Nearness, from 0 to 1 and a little more.
    pub score: f32,
    /// Whether a stored way to ask is the question itself.
    pub exact: bool,
}

/// All entries that have anything of the question, the nearest first. `language` is the question's, where known.
pub fn rank(index: &Index, question: &str, language: Option<&str>) -> Vec<Ranked> {
    let folded = fold(question);
    if folded.is_empty() || index.is_empty() {
        return Vec::new();
    }
    let query = Query::new(index, question, language);
    let mut scores: HashMap<Slot, (f32, f32)> = HashMap::new();
    for id in query.candidates(index) {
        let Some(text) = index.text(id) else {
            continue;
        };
        let near = query.near(text);
        let (asked, said) = scores.entry(text.slot).or_default();
        match text.field {
            Field::Question => *asked = asked.max(near),
            Field::Answer => *said = said.max(near),
        }
    }
    let exact = index.exact(&folded);
    let mut ranked: Vec<Ranked> = scores
        .into_iter()
        .map(|(slot, (asked, said))| Ranked {
            slot,
            score: asked + ANSWER_WEIGHT * said,
            exact: exact.contains(&slot),
        })
        .filter(|entry| entry.score > 0.0)
        .collect();
    ranked.sort_by(|one, other| {
        (other.exact, other.score)
            .partial_cmp(&(one.exact, one.score))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then(one.slot.cmp(&other.slot))
    });
    ranked
}

/// A question, its words stemmed in every language that the base speaks.
struct Query {
    by_language: Vec<(Option<String>, Weighted)>,
    grams: Weighted,
}

/// Features with their weight squared in idf, so that one product compares them with a stored count.
struct Weighted {
    weights: Vec<(u32, f32)>,
    norm: f32,
}

impl Query {
    fn new(index: &Index, question: &str, language: Option<&str>) -> Self {
        let plain = features(question, language);
        let grams = Weighted::new(index, &plain.grams);
        let mut by_language = vec![(None, Weighted::new(index, &plain.words))];
        for spoken in index.languages() {
            let Features { words, .. } = features(question, Some(spoken));
            by_language.push((Some(spoken.to_owned()), Weighted::new(index, &words)));
        }
        Self { by_language, grams }
    }

    fn words_for(&self, language: Option<&str>) -> &Weighted {
        self.by_language
            .iter()
            .find(|(spoken, _)| spoken.as_deref() == language)
            .map_or(&self.by_language[0].1, |(_, words)| words)
    }

    fn candidates(&self, index: &Index) -> Vec<u32> {
        if index.len() <= SCAN_TEXTS_MAX {
            return index.ids().collect();
        }
        let common = index.len() / COMMON_SHARE;
        let mut found: HashMap<u32, f32> = HashMap::new();
        for (_, words) in &self.by_language {
            for (word, weight) in &words.weights {
                let texts = index.with_word(*word);
                if texts.len() <= common {
                    for id in texts {
                        *found.entry(*id).or_default() += weight;
                    }
                }
            }
        }
        let mut best: Vec<(u32, f32)> = found.into_iter().collect();
        best.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        best.truncate(CANDIDATES_MAX);
        best.into_iter().map(|(id, _)| id).collect()
    }

    fn near(&self, text: &Stored) -> f32 {
        let words = self
            .words_for(text.language.as_deref())
            .cosine(&text.features.words, text.word_norm);
        let grams = self.grams.cosine(&text.features.grams, text.gram_norm);
        WORD_SHARE * words + (1.0 - WORD_SHARE) * grams
    }
}

impl Weighted {
    fn new(index: &Index, counts: &Counts) -> Self {
        Self {
            weights: counts
                .iter()
                .map(|(feature, count)| (*feature, count * index.idf(*feature).powi(2)))
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
}

#[cfg(test)]
mod tests {
    use super::super::index::Text;
    use super::*;

    fn base() -> Index {
        let mut index = Index::default();
        let entries = [
            ("How do I install a plugin?", "Run the plugin command."),
            ("How do I connect Discord?", "Make a bot and paste its token."),
            ("What does it cost?", "Nothing, it is free software."),
        ];
        for (slot, (question, answer)) in (0..).zip(entries) {
            let text = |field, text| Text {
                field,
                language: Some("en"),
                text,
            };
            index.put(slot, &[text(Field::Question, question), text(Field::Answer, answer)]);
        }
        index
    }

    #[track_caller]
    fn check(question: &str, best: Slot) {
        let ranked = rank(&base(), question, Some("en"));
        assert_eq!(ranked.first().map(|first| first.slot), Some(best), "{ranked:?}");
    }

    #[test]
    fn the_nearest_entry_comes_first() {
        check("installing plugins", 0);
        check("conect discrod", 1);
        check("is it free", 2);
    }

    #[test]
    fn the_question_itself_is_exact_whatever_its_marks() {
        let ranked = rank(&base(), "what does it COST", None);
        assert!(ranked[0].exact && ranked[0].slot == 2);
    }

    #[test]
    fn nothing_is_near_to_nothing() {
        assert!(rank(&base(), "?!", None).is_empty());
        assert!(rank(&Index::default(), "hello", None).is_empty());
    }
}
