//! Whether a text asks for a person, and in which language. Pure.
//!
//! A text asks when it is nothing but a word for a person ("operator!"), holds a phrase that means it whatever stands
//! around ("mit einem Menschen sprechen"), or has a word of wanting near a word for a person, with neither a no nor
//! somebody else as the one who wants.

use switchboard_plugin::texts::base;

use crate::phrases::{ALL, Rules};

/// A longer text with a word for a person is about people; a shorter one is a call.
const CALL_WORDS_MAX: usize = 4;

/// Longer texts are stories: only their beginning is read.
const WORDS_MAX: usize = 120;

/// The language in which `text` asks for a person; none when it does not. `spoken` is tried first, because some words
/// are the same in several languages.
pub(crate) fn language<'a>(text: &str, spoken: &'a str) -> Option<&'a str>
where
    'static: 'a,
{
    let folded = fold(text);
    if folded.is_empty() {
        return None;
    }
    let base = base(spoken);
    let first = ALL.iter().filter(|rules| rules.language == base);
    let others = ALL.iter().filter(|rules| rules.language != base);
    first
        .chain(others)
        .find(|rules| asks(&folded, rules))
        .map(|rules| rules.language)
}

/// Whether `text` has `phrase` between borders of words. Both are folded.
pub(crate) fn holds(text: &str, phrase: &str) -> bool {
    !phrase.is_empty() && format!(" {text} ").contains(&format!(" {phrase} "))
}

/// Lower case, Latin letters without marks, one space between words.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut words = 0;
    let mut gap = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        if matches!(c, '\'' | '’' | '\u{064B}'..='\u{0652}' | '\u{0640}' | '\u{0300}'..='\u{036F}') {
            continue;
        }
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            words += 1;
            if words >= WORDS_MAX {
                break;
            }
            out.push(' ');
        }
        gap = false;
        out.push(plain(c));
    }
    out
}

fn plain(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ę' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ś' | 'ş' | 'š' => 's',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ğ' => 'g',
        'أ' | 'إ' | 'آ' => 'ا',
        'ى' => 'ي',
        'ё' => 'е',
        other => other,
    }
}

fn asks(text: &str, rules: &Rules) -> bool {
    if !rules.spaced {
        let no = rules.no.iter().any(|no| text.contains(no));
        return !no && rules.phrases.iter().any(|phrase| text.contains(phrase));
    }
    let words: Vec<&str> = text.split(' ').collect();
    let refused = words.iter().any(|word| refuses(word, rules));
    // "no more bots" holds a no that means a yes.
    let phrase =
        |phrase: &&str| holds(text, phrase) && (!refused || phrase.split(' ').any(|word| refuses(word, rules)));
    is_call(&words, rules) || rules.phrases.iter().any(phrase) || wants_person(&words, rules)
}

/// "human", "a person please", "OPERATOR".
fn is_call(words: &[&str], rules: &Rules) -> bool {
    words.len() <= CALL_WORDS_MAX
        && words.iter().any(|word| any(rules.persons, word))
        && words
            .iter()
            .all(|word| any(rules.persons, word) || any(rules.fillers, word))
}

/// "I do *not* want a person", "how do *visitors* reach a person".
fn refuses(word: &str, rules: &Rules) -> bool {
    any(rules.no, word) || any(rules.others, word)
}

fn wants_person(words: &[&str], rules: &Rules) -> bool {
    words.iter().enumerate().any(|(place, word)| {
        let (talks, wants) = (any(rules.talks, word), any(rules.wants, word));
        if !talks && !wants {
            return false;
        }
        let near = if talks { rules.near_talk } else { rules.near_want };
        let before = if rules.verb_last { near } else { 0 };
        let last = words.len().min(place + near + 1);
        let Some(person) = (place.saturating_sub(before)..last).find(|&at| any(rules.persons, words[at])) else {
            return false;
        };
        // Who talks to a person says behind that what it is about: "to a human about the password".
        let read = if talks { person.max(place) + 1 } else { words.len() };
        !words[..read].iter().any(|word| refuses(word, rules))
    })
}

/// `talk*` stands for every word that begins so.
fn any(list: &[&str], word: &str) -> bool {
    list.iter().any(|entry| match entry.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => *entry == word,
    })
}

#[cfg(test)]
mod tests;
