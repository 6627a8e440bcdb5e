//! What a text is made of: folded words, their stems, and the character n-grams within them.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Of one text, words are read up to here; a question that goes on longer has said what it is about.
const WORDS_MAX: usize = 400;

/// Of a word, characters are read up to here; languages without spaces make long ones.
const WORD_CHARS_MAX: usize = 64;

/// Shorter grams say nothing, longer ones are whole words.
const GRAM_CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// Counts of features, sorted by feature. The weight is 1 + ln(count).
pub(super) type Counts = Box<[(u32, f32)]>;

/// A text in the two ways in which it is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Features {
    /// Stems of words.
    pub(super) words: Counts,
    /// Character n-grams within words.
    pub(super) grams: Counts,
}

/// Lower case, compatibility forms unified, marks and punctuation dropped, one space between words. Two texts that fold
/// to the same are the same question.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in words(text) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&without_marks(&word));
    }
    out
}

/// The features of `text`, its words stemmed as in `language` where that is known.
pub(super) fn features(text: &str, language: Option<&str>) -> Features {
    let stemmer = language.and_then(algorithm).map(Stemmer::create);
    let mut stems = Vec::new();
    let mut grams = Vec::new();
    for word in words(text) {
        let stem = match &stemmer {
            Some(stemmer) => stemmer.stem(&word),
            None => word.as_str().into(),
        };
        stems.push(hash('w', without_marks(&stem).chars()));
        push_grams(&without_marks(&word), &mut grams);
    }
    Features {
        words: counted(stems),
        grams: counted(grams),
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let parts: Vec<String> = folded
        .split(|c: char| !(c.is_alphanumeric() || is_combining_mark(c) || is_apostrophe(c)))
        // "don't" and "dont" are the same word.
        .map(|word| {
            word.chars()
                .filter(|c| !is_apostrophe(*c))
                .take(WORD_CHARS_MAX)
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect();
    parts.into_iter()
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

fn without_marks(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    word.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect()
}

fn push_grams(word: &str, grams: &mut Vec<u32>) {
    let chars: Vec<char> = std::iter::once(' ')
        .chain(word.chars())
        .chain(std::iter::once(' '))
        .collect();
    for size in GRAM_CHARS {
        for gram in chars.windows(size) {
            grams.push(hash('g', gram.iter().copied()));
        }
    }
}

fn counted(mut features: Vec<u32>) -> Counts {
    features.sort_unstable();
    features
        .chunk_by(|one, other| one == other)
        .map(|same| (same[0], 1.0 + bounded(same.len()).ln()))
        .collect()
}

/// Counts are far below the precision of a float.
pub(super) fn bounded(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// FNV-1a. Two features of one text meet in 32 bits so rarely that no score notices.
fn hash(kind: char, chars: impl Iterator<Item = char>) -> u32 {
    std::iter::once(kind).chain(chars).fold(0x811c_9dc5, |hash: u32, c| {
        (hash ^ u32::from(c)).wrapping_mul(0x0100_0193)
    })
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language.split('-').next().unwrap_or(language) {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nb" | "no" => Algorithm::Norwegian,
        "nl" => Algorithm::Dutch,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_folds_to_the_same() {
        for text in ["How's  it GOING?!", "hows it going", "“Hows, it; ｇｏｉｎｇ”"] {
            assert_eq!(fold(text), "hows it going");
        }
        assert_eq!(fold("Café RÉSUMÉ"), "cafe resume");
        assert_eq!(fold("?!…"), "");
    }

    #[test]
    fn forms_of_a_word_share_a_stem_where_the_language_is_known() {
        let stems = |text| features(text, Some("en")).words;
        assert_eq!(stems("connecting connected"), stems("connects connection"));
        let whole = |text| features(text, None).words;
        assert_ne!(whole("connecting"), whole("connects"));
    }

    #[test]
    fn hostile_texts_have_a_limited_cost() {
        let long = "ab ".repeat(100_000);
        assert_eq!(features(&long, Some("en")).words.len(), 1);
        let one_word = "x".repeat(1_000_000);
        assert!(features(&one_word, None).grams.len() < 100);
    }
}
