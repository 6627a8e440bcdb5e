//! What a text is made of: folded words, their stems, and the character n-grams within them.

use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Of one text, words are read up to here; a question that goes on longer has said what it is about.
const WORDS_MAX: usize = 400;

/// Of a word, characters are read up to here; languages without spaces make long ones.
const WORD_CHARS_MAX: usize = 64;

/// Shorter grams say nothing, longer ones are whole words.
const GRAM_CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// Grams are told apart by so many bits: two of one text meet so rarely that no score notices, and a list of them is half
/// as long.
const GRAM_BITS: u32 = 20;

/// Below it are the grams.
pub(super) const FIRST_STEM: u32 = 1 << GRAM_BITS;

/// How often each feature is there. The weight of a count is 1 + ln(count).
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Differences between one feature and the next in order, each as many times as it is there, seven bits a byte, the
    /// lowest first.
    packed: Box<[u8]>,
}

impl Counts {
    pub(super) fn new(mut features: Vec<u32>) -> Self {
        features.sort_unstable();
        let mut packed = Vec::with_capacity(features.len() * 2);
        let mut last = 0;
        for feature in features {
            let mut rest = feature - last;
            while rest >= 0x80 {
                packed.push(rest.to_le_bytes()[0] | 0x80);
                rest >>= 7;
            }
            packed.push(rest.to_le_bytes()[0]);
            last = feature;
        }
        Self { packed: packed.into() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// How many of `own` are among its features, and how many features it has. `own` is in order.
    pub(super) fn shared(&self, own: &[u32]) -> (usize, usize) {
        let (mut shared, mut all) = (0, 0);
        let (mut own, mut last) = (own.iter().peekable(), None);
        for feature in self.unpacked() {
            if last.replace(feature) != Some(feature) {
                all += 1;
                while own.next_if(|own| **own < feature).is_some() {}
                shared += usize::from(own.peek() == Some(&&feature));
            }
        }
        (shared, all)
    }

    /// The sum of what its features weigh times what those of `weights` do, which are in order. Most features of a text are none of a
    /// question's, and are passed over in one step: half the time of a question goes into this.
    pub(super) fn product(&self, weights: &[(u32, f32)]) -> f32 {
        let mut wanted = weights.iter().copied();
        let Some((mut feature, mut weight)) = wanted.next() else {
            return 0.0;
        };
        let (mut sum, mut count) = (0.0, 0);
        for next in self.unpacked() {
            if next < feature {
                continue;
            }
            while feature < next {
                sum += weight * weight_of(count);
                count = 0;
                let Some(following) = wanted.next() else {
                    return sum;
                };
                (feature, weight) = following;
            }
            count += usize::from(feature == next);
        }
        sum + weight * weight_of(count)
    }

    fn unpacked(&self) -> Unpacked<'_> {
        Unpacked {
            packed: &self.packed,
            last: 0,
        }
    }

    /// Each feature with its weight, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        let mut all = self.unpacked();
        let mut next = all.next();
        std::iter::from_fn(move || {
            let feature = next?;
            let mut count = 1;
            loop {
                next = all.next();
                if next != Some(feature) {
                    break;
                }
                count += 1;
            }
            Some((feature, weight_of(count)))
        })
    }
}

/// What a feature weighs that is there so many times.
fn weight_of(count: usize) -> f32 {
    if count == 0 { 0.0 } else { 1.0 + ln_1p(count - 1) }
}

struct Unpacked<'a> {
    packed: &'a [u8],
    last: u32,
}

impl Iterator for Unpacked<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (mut difference, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.packed.split_first()?;
            self.packed = rest;
            difference |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                self.last += difference;
                return Some(self.last);
            }
        }
    }
}

/// A text cut into words, in lower case and compatibility forms unified.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// As they are written.
    marked: Vec<String>,
    /// Without marks.
    pub(super) plain: Vec<String>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self::within(text, WORDS_MAX, WORD_CHARS_MAX)
    }

    /// At most so many words, of so many characters each.
    fn within(text: &str, words_max: usize, word_chars_max: usize) -> Self {
        let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let marked: Vec<String> = folded
            .split(|c: char| !(c.is_alphanumeric() || is_combining_mark(c) || is_apostrophe(c)))
            // "don't" and "dont" are the same word.
            .map(|word| {
                word.chars()
                    .filter(|c| !is_apostrophe(*c))
                    .take(word_chars_max)
                    .collect()
            })
            .filter(|word: &String| !word.is_empty())
            .take(words_max)
            .collect();
        let plain = marked.iter().map(|word| without_marks(word)).collect();
        Self { marked, plain }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// Names the question, whatever its marks: two texts of one name are the same.
    pub(super) fn name(&self) -> u64 {
        name(self.plain.iter().flat_map(|word| word.bytes().chain([b' '])))
    }

    /// The stem of each word, as in `language` where that is known.
    pub(super) fn stems(&self, language: Option<&str>) -> Vec<u32> {
        let stemmer = language.and_then(algorithm).map(Stemmer::create);
        let stem = |word: &String| {
            let stem = match &stemmer {
                Some(stemmer) => stemmer.stem(word),
                None => word.as_str().into(),
            };
            feature(without_marks(&stem).chars()) | FIRST_STEM
        };
        self.marked.iter().map(stem).collect()
    }

    /// The character n-grams within the words.
    pub(super) fn grams(&self) -> Counts {
        Counts::new(self.plain.iter().flat_map(|word| grams(word)).collect())
    }
}

/// Lower case, compatibility forms unified, marks and punctuation dropped, one space between words. Two texts that fold
/// to the same are the same question.
pub fn fold(text: &str) -> String {
    Words::of(text).plain.join(" ")
}

/// The same to the end of the text: not to be compared with what was folded as a question.
pub fn fold_all(text: &str) -> String {
    Words::within(text, usize::MAX, usize::MAX).plain.join(" ")
}

/// The character n-grams of a word with its borders.
pub(super) fn grams(word: &str) -> Vec<u32> {
    let chars: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
    let of_size = |size| {
        let named = |gram: &[char]| feature(gram.iter().copied()) >> (32 - GRAM_BITS);
        chars.windows(size).map(named).collect::<Vec<_>>()
    };
    GRAM_CHARS.flat_map(of_size).collect()
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

/// Counts are far below the precision of a float.
pub(super) fn bounded(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// Hundreds of thousands of texts fit a float exactly.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^24")]
pub(super) fn bounded_u32(count: usize) -> f32 {
    if count < usize::from(u16::MAX) {
        bounded(count)
    } else {
        count as f32
    }
}

/// ln(1 + count): looked up, as it is asked for with each feature of each text.
pub(super) fn ln_1p(count: usize) -> f32 {
    const KNOWN: usize = 1 << 16;
    static LOGARITHMS: LazyLock<Vec<f32>> =
        LazyLock::new(|| (0..KNOWN).map(|count| bounded_u32(count).ln_1p()).collect());
    LOGARITHMS
        .get(count)
        .copied()
        .unwrap_or_else(|| bounded_u32(count).ln_1p())
}

/// A number for a text, the same in every build and on every machine.
pub fn hash(text: &str) -> u64 {
    name(text.bytes())
}

/// FNV-1a.
fn name(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// FNV-1a with a last stir, so that the highest bits are as good as the lowest.
fn feature(chars: impl Iterator<Item = char>) -> u32 {
    let hash = chars.fold(0x811c_9dc5, |hash: u32, c| {
        (hash ^ u32::from(c)).wrapping_mul(0x0100_0193)
    });
    (hash ^ (hash >> 15)).wrapping_mul(0x85eb_ca6b)
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
        let stems = |text, language| Counts::new(Words::of(text).stems(language)).iter().collect::<Vec<_>>();
        assert_eq!(
            stems("connecting connected", Some("en")),
            stems("connects connection", Some("en"))
        );
        assert_ne!(stems("connecting", None), stems("connects", None));
    }

    #[test]
    fn counts_come_back_as_they_went_in() {
        let features = vec![7, 0, u32::MAX, 300, 7, 7, 1 << 20];
        let back: Vec<_> = Counts::new(features).iter().collect();
        let thrice = 1.0 + 2.0_f32.ln_1p();
        assert_eq!(
            back,
            [(0, 1.0), (7, thrice), (300, 1.0), (1 << 20, 1.0), (u32::MAX, 1.0)]
        );
        assert_eq!(Counts::default().iter().count(), 0);
    }

    #[test]
    fn one_name_is_one_question() {
        let name = |text: &str| Words::of(text).name();
        assert_eq!(name("What does it COST?"), name("what does it cost"));
        assert_ne!(name("a bc"), name("ab c"));
    }

    #[test]
    fn hostile_texts_have_a_limited_cost() {
        let long = "ab ".repeat(100_000);
        assert_eq!(Words::of(&long).stems(Some("en")).len(), WORDS_MAX);
        let one_word = "x".repeat(1_000_000);
        assert!(Words::of(&one_word).grams().iter().count() < 100);
    }
}
