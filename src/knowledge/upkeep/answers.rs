//! Whether two answers say the same. Pure.
//!
//! A comparison of words, and no understanding: it is made to find pairs that somebody should read, and errs towards *two answers*
//! where what differs is a number or a *not*, because those turn an answer around.

use std::collections::BTreeSet;

use crate::knowledge::scoring::fold;
use crate::model::entry::Entry;

/// Who has this share of all words in common says nearly the same.
const SAME_SHARE: f32 = 0.6;

/// Words that turn a sentence around, in the languages whose menus and words we have.
const TURNING: [&str; 32] = [
    "no", "not", "never", "none", "without", "cannot", "cant", "dont", "isnt", "only", "nicht", "kein", "keine", "nie",
    "ohne", "nur", "non", "pas", "jamais", "sans", "aucun", "aucune", "nunca", "sin", "ningun", "ninguna", "mai",
    "senza", "nao", "nem", "niet", "geen",
];

/// Whether the answers of both say nearly the same.
pub(super) fn say_the_same(one: &Entry, other: &Entry) -> bool {
    let (one, other) = (words(&one.answer.markdown()), words(&other.answer.markdown()));
    let turns = |word: &String| word.chars().any(char::is_numeric) || TURNING.contains(&word.as_str());
    if one.symmetric_difference(&other).any(turns) {
        return false;
    }
    let (common, all) = (one.intersection(&other).count(), one.union(&other).count());
    share(common, all) >= SAME_SHARE
}

fn words(text: &str) -> BTreeSet<String> {
    // What is short for *not* is one word before its apostrophe is dropped.
    let text = text.replace(['\'', '’'], "");
    fold(&text).split(' ').map(str::to_owned).collect()
}

fn share(part: usize, all: usize) -> f32 {
    let small = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
    small(part) / small(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: bool) {
        let entry = |answer: &str| -> Entry {
            serde_json::from_value(serde_json::json!({"id": "a", "question": "Q", "answer": {"full": answer}})).unwrap()
        };
        assert_eq!(say_the_same(&entry(one), &entry(other)), expected, "{one} / {other}");
        assert_eq!(say_the_same(&entry(other), &entry(one)), expected, "{other} / {one}");
    }

    #[test]
    fn the_same_in_a_slightly_other_form_is_the_same() {
        check(
            "Open *Settings* and press Reset.",
            "Open settings, and press reset!",
            true,
        );
        check("Refunds take a week or so.", "All refunds take a week or so.", true);
    }

    #[test]
    fn another_number_is_another_answer() {
        check(
            "You get your money back within 14 days.",
            "You get your money back within 30 days.",
            false,
        );
    }

    #[test]
    fn a_not_turns_an_answer_around() {
        check(
            "You can change the name later.",
            "You can not change the name later.",
            false,
        );
        check("You can change it.", "You can't change it.", false);
        check(
            "Das Konto kann gelöscht werden.",
            "Das Konto kann nicht gelöscht werden.",
            false,
        );
    }

    #[test]
    fn other_words_are_another_answer() {
        check("Ask in the forum.", "Write an e-mail to support.", false);
    }
}
