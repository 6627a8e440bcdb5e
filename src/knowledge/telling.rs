//! What a question is about: its words without those that questions of all kinds have, and without greeting and thanks. Pure.
//!
//! *Do you sell teapots?* and *Do you sell umbrellas?* are near by their words and are of different things. What tells it is what is
//! left of each when the little words are gone, and all that the other one says as well: a word or two on both sides that have
//! nothing to do with each other. Where one of them has nothing left, as in *Can I park?* beside *Can I park my car?*, or both have much,
//! as two that tell a story have, the measure of the scoring alone decides.

mod words;

use std::collections::HashSet;
use std::sync::LazyLock;

use self::words::{ADDRESSED, GOOD, HELLO, KNOWN, Known, THANKS};
use crate::knowledge::scoring::{Index, Question, fold};

/// Two questions with this share of the longer one's words in common are one sentence in which something was replaced.
const SAME_SENTENCE: f32 = 0.6;

/// A word that replaces another in the same sentence is as near to it as *parcel* to *package*; *Canada* is 0.21 near to *Norway*.
const SYNONYM: f32 = 0.25;

/// Two words in place of one or two in the same sentence have at least something to do with them.
const SYNONYMS: f32 = 0.1;

/// Single words that are left of two sentences, in which they have other places: *begin* and *time* are 0.13 near to each other.
const RELATED: f32 = 0.05;

/// Words that share this much of their pairs of letters, and begin with the same, are one in two forms, or with a slip of the keyboard.
const SAME_WORD: f32 = 0.6;

/// Languages that write words together with an apostrophe that others drop.
const ELIDING: [&str; 2] = ["fr", "it"];

/// Nothing is stored in it: the words of questions that were left over are compared by themselves, each telling as much.
static ALONE: LazyLock<Index> = LazyLock::new(Index::default);

/// A question by its words.
pub(super) struct Telling {
    language: String,
    all: Vec<String>,
    /// Those that are no little words.
    words: Vec<String>,
}

impl Telling {
    /// `spoken` is the language where its little words do not say.
    pub(super) fn of(text: &str, spoken: &str) -> Self {
        let known = known(text, spoken);
        let language = known.map_or(spoken, |known| known.language).to_owned();
        let all = words(text, &language);
        let is_little = |word: &String| known.is_some_and(|known| known.little.contains(word));
        let telling = all.iter().filter(|word| !is_little(word)).cloned().collect();
        Self {
            language,
            all,
            words: telling,
        }
    }

    /// Its words that may tell something.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The same where these words tell nothing, because whatever is asked is about them.
    pub(super) fn without(mut self, words: &HashSet<String>) -> Self {
        self.words.retain(|word| !words.contains(word));
        self
    }

    /// How near another question is by itself, whatever else is asked.
    pub(super) fn nearness(&self, other: &Self) -> f32 {
        near(&self.all.join(" "), &other.all.join(" "), &self.language)
    }

    /// Whether two questions whose words are near to each other are of different things.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        let (own, others) = (left(&self.words, &other.words), left(&other.words, &self.words));
        if own.is_empty() || others.is_empty() || is_same_word(&own.concat(), &others.concat()) {
            return false;
        }
        let in_one_sentence = self.shared(other) >= SAME_SENTENCE;
        let needed = match own.len().max(others.len()) {
            1 if in_one_sentence => SYNONYM,
            1 => RELATED,
            2 if in_one_sentence => SYNONYMS,
            _ => return false,
        };
        let (own, others) = (own.join(" "), others.join(" "));
        // Either may be the one whose words the table knows.
        near(&own, &others, &self.language).min(near(&others, &own, &other.language)) < needed
    }

    /// The share of the longer one's words that both have.
    fn shared(&self, other: &Self) -> f32 {
        let (short, long) = if self.all.len() <= other.all.len() {
            (&self.all, &other.all)
        } else {
            (&other.all, &self.all)
        };
        let both = short.iter().filter(|word| long.contains(word)).count();
        share(both, long.len())
    }
}

/// The words that are not among the others.
fn left<'a>(words: &'a [String], others: &[String]) -> Vec<&'a str> {
    let is_there = |word: &String| others.iter().any(|other| is_same_word(word, other));
    let left = words.iter().filter(|word| !is_there(word));
    left.map(String::as_str).collect()
}

fn near(one: &str, other: &str, language: &str) -> f32 {
    Question::new(&ALONE, one, Some(language)).nearness_to(other, language)
}

/// A question without its greeting and its thanks; all of it where nothing else is said.
pub(super) fn without_greeting(text: &str, spoken: &str) -> String {
    let Some(known) = known(text, spoken) else {
        return text.to_owned();
    };
    let parts = text.split_inclusive(['.', '!', '?', '\n', '…', ',', ';', ':', '。', '！', '？', '、', '，']);
    let mut goes_on = false;
    let kept: String = parts
        .filter(|part| {
            // A wish may have a comma within: *ich hoffe, es geht euch gut*.
            goes_on = is_kindness(part, known, goes_on && !part.ends_with(['?', '？']));
            !goes_on
        })
        .collect();
    let mut rest = kept.trim();
    if first_word(rest).is_some_and(|(word, _)| HELLO.contains(&word)) {
        while let Some(behind) = behind_greeting(rest, known) {
            rest = behind;
        }
    }
    let said = if fold(rest).is_empty() { text } else { rest.trim_start() };
    said.to_owned()
}

/// Whether a word is in questions of all kinds, in a language whose little words are known.
pub(super) fn is_little(language: &str, word: &str) -> bool {
    let known = KNOWN.iter().find(|known| known.language == language);
    known.is_some_and(|known| known.little.contains(&fold(word)) || known.kind.contains(&fold(word)))
}

/// Whether a part of a sentence greets, thanks, wishes or excuses, and does nothing else. `goes_on` where the part before it does.
fn is_kindness(part: &str, known: &Known, goes_on: bool) -> bool {
    let words = words(part, known.language);
    let greets = |word: &String| HELLO.contains(word) || GOOD.contains(word);
    let thanks = |word: &String| THANKS.contains(word);
    let fills = |word: &String| known.kind.contains(word) || known.little.contains(word);
    (goes_on || words.first().is_some_and(greets) || words.iter().any(thanks))
        && words.iter().all(|word| greets(word) || thanks(word) || fills(word))
}

/// What is behind a word, or two, that greet or say who is greeted. Other kind words may be what is asked about where no comma tells:
/// *Hi weekend tickets?*
fn behind_greeting<'a>(text: &'a str, known: &Known) -> Option<&'a str> {
    let (word, behind) = first_word(text)?;
    if HELLO.contains(&word) || (ADDRESSED.contains(&word) && known.kind.contains(&word)) {
        return Some(behind);
    }
    let (second, behind) = first_word(behind).filter(|_| GOOD.contains(&word))?;
    known.kind.contains(&second).then_some(behind)
}

/// The first word, folded, and what is behind it.
fn first_word(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| (fold(&text[..end]), &text[end..]))
}

/// The language whose little words the text has most of.
fn known(text: &str, spoken: &str) -> Option<&'static Known> {
    let words = words(text, ELIDING[0]);
    let counted = KNOWN.iter().map(|known| {
        let little = words.iter().filter(|word| known.little.contains(*word)).count();
        (little, known.language == spoken, known)
    });
    // Of as many, the one in which it would be read anyway, or else the first of the list.
    let best = counted.rev().max_by_key(|(little, spoken, _)| (*little, *spoken));
    best.filter(|(little, spoken, _)| *little > 0 || *spoken)
        .map(|(.., known)| known)
}

fn words(text: &str, language: &str) -> Vec<String> {
    let folded = if ELIDING.contains(&language) {
        fold(&text.replace(['\'', '’'], " "))
    } else {
        fold(text)
    };
    folded.split_whitespace().map(str::to_owned).collect()
}

/// A beginning says more than an end: *uninstall* is not *install*.
fn is_same_word(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    if one.chars().next() != other.chars().next() {
        return false;
    }
    let (own, mut others) = (pairs(one), pairs(other));
    let all = own.len() + others.len();
    let mut both = 0;
    for pair in own {
        if let Some(at) = others.iter().position(|other| *other == pair) {
            others.swap_remove(at);
            both += 2;
        }
    }
    share(both, all) >= SAME_WORD
}

/// The pairs of letters of a word with its borders.
fn pairs(word: &str) -> Vec<(char, char)> {
    let before = std::iter::once(' ').chain(word.chars());
    before.zip(word.chars().chain([' '])).collect()
}

fn share(part: usize, all: usize) -> f32 {
    let small = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
    small(part) / small(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_and_thanks_are_left_out_and_nothing_else() {
        for (text, spoken, expected) in [
            (
                "Hello everybody, I hope that you all have a nice day, do you sell teapots?",
                "en",
                "do you sell teapots?",
            ),
            (
                "Do you sell umbrellas? Thanks a lot in advance!",
                "en",
                "Do you sell umbrellas?",
            ),
            ("Hi there do you sell teapots", "en", "do you sell teapots"),
            ("good morning team, where is the stage?", "en", "where is the stage?"),
            ("Hi weekend tickets?", "en", "weekend tickets?"),
            ("Hi there, weekend tickets?", "en", "weekend tickets?"),
            (
                "Hello all quick question about tickets?",
                "en",
                "quick question about tickets?",
            ),
            ("Hi good morning team where is the stage?", "en", "where is the stage?"),
            ("Hallo zusammen guten Tag wo ist die Bühne?", "de", "wo ist die Bühne?"),
            (
                "Yo no tengo mi entrada, ¿qué hago?",
                "es",
                "Yo no tengo mi entrada, ¿qué hago?",
            ),
            (
                "Guten Tag zusammen, ich hoffe, es geht euch gut, verkauft ihr Teekannen? Vielen Dank im Voraus!",
                "de",
                "verkauft ihr Teekannen?",
            ),
            (
                "Bonjour à tous, j'espère que vous allez bien, vendez-vous des parapluies ? Merci d'avance",
                "en",
                "vendez-vous des parapluies ?",
            ),
            (
                "Hola a todos, espero que estén bien, ¿venden paraguas?",
                "es",
                "¿venden paraguas?",
            ),
            (
                "Здравствуйте, надеюсь, у вас всё хорошо, вы продаёте зонты? Заранее спасибо",
                "ru",
                "вы продаёте зонты?",
            ),
        ] {
            assert_eq!(without_greeting(text, spoken), expected);
        }
        for text in [
            "Hello!",
            "Thanks a lot",
            "Hi, ?",
            "My order has not arrived. What can I do?",
            "Which day is best, Saturday or Sunday?",
            "Where is hello.txt, and what is it good for?",
            "",
        ] {
            assert_eq!(without_greeting(text, "en"), text);
        }
    }

    #[track_caller]
    fn check(one: &str, other: &str, apart: bool) {
        let (one, other) = (Telling::of(one, "en"), Telling::of(other, "en"));
        assert_eq!((one.is_apart(&other), other.is_apart(&one)), (apart, apart));
    }

    #[test]
    fn other_things_in_one_sentence_are_apart() {
        check("Do you sell teapots?", "Do you sell umbrellas?", true);
        check("Do you also sell umbrellas", "do you sell teapots please", true);
        check("How do I install the app?", "How do I uninstall the app?", true);
        check(
            "Where can I buy concert tickets?",
            "Where can I buy running shoes?",
            true,
        );
        check("Où se trouve l'église ?", "Où se trouve l'hôpital ?", true);
    }

    #[test]
    fn other_words_for_one_thing_are_not() {
        check("When does my parcel arrive?", "When does my package arrive?", false);
        check("Do you sell umbrellas?", "do u sell umbrela", false);
        check("Can I change my username?", "Can I change my user name?", false);
        check("Can I park?", "Can I park my car?", false);
        check("", "Can I park my car?", false);
    }
}
