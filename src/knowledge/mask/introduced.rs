//! Names that people say of themselves, known by the words around them: *my name is Joanna Miller*, *ich heiße Joanna*, *Best regards,
//! J. Miller*. Of whoever writes in without a name nobody knows another one.
//!
//! A name begins with a capital letter, or is of a script that has none; *my name is required* tells none. What may be any word, as
//! behind *I'm*, is a name only where it is neither a little word nor one of those that people are in capital letters.

mod no_names;

use self::no_names::{NO_NAMES, NO_NAMES_ARABIC, NOBODY, ROLES};
use super::{has_words, is_word_too};
use crate::knowledge::telling::is_little;

/// Nobody says more names in one text; a list of them would be looked for in all of it.
const INTRODUCED_MAX: usize = 8;

/// Of a longer one the rest is another word.
const NAME_WORDS_MAX: usize = 4;

/// Within a name and in small letters.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "el", "la", "le", "van", "vom", "von", "zu", "zur",
];

/// How sure it is that a name follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// That they are called so.
    Called,
    /// The same in a word that says other things, too, unless it begins a sentence or a part of one, and counts nothing.
    CalledShort,
    /// What they are: a name, or something else.
    Am,
    /// What they are, in a language in which each thing has a capital letter: a name has two words.
    AmThing,
    /// That they are done: the name is the last of the line.
    Closes,
    /// The same in a word that says other things, too, unless it begins a sentence and a comma or a line is behind it.
    ClosesShort,
}

/// What stands before a name, as it is written within a sentence.
const BEFORE: &[(&str, Says, &[&str])] = &[
    (
        "en",
        Says::Called,
        &[
            "my name is",
            "my name's",
            "my full name is",
            "i am called",
            "i'm called",
            "call me",
        ],
    ),
    ("en", Says::Am, &["i'm", "i am"]),
    (
        "en",
        Says::Closes,
        &[
            "regards",
            "best wishes",
            "yours sincerely",
            "sincerely",
            "yours truly",
            "yours faithfully",
        ],
    ),
    (
        "en",
        Says::ClosesShort,
        &["best", "thanks", "thank you", "many thanks", "cheers", "yours", "love"],
    ),
    (
        "de",
        Says::Called,
        &["ich heiße", "ich heisse", "mein Name ist", "mein name ist"],
    ),
    ("de", Says::AmThing, &["ich bin", "ich bin die", "ich bin der"]),
    (
        "de",
        Says::Closes,
        &["grüße", "grüßen", "gruß", "grüsse", "grüssen", "gruss"],
    ),
    ("de", Says::ClosesShort, &["danke", "vielen dank", "lg", "vg", "mfg"]),
    ("fr", Says::Called, &["je m'appelle", "mon nom est", "mon prénom est"]),
    ("fr", Says::Am, &["je suis"]),
    ("fr", Says::Closes, &["cordialement", "salutations", "bien à vous"]),
    ("fr", Says::ClosesShort, &["merci", "merci d'avance", "bises"]),
    ("es", Says::Called, &["me llamo", "mi nombre es"]),
    ("es", Says::Am, &["soy"]),
    (
        "es",
        Says::Closes,
        &["saludos", "atentamente", "un saludo", "saludos cordiales"],
    ),
    ("es", Says::ClosesShort, &["gracias", "muchas gracias"]),
    ("it", Says::Called, &["mi chiamo", "il mio nome è"]),
    ("it", Says::Am, &["sono", "io sono"]),
    ("it", Says::Closes, &["saluti", "cordialmente"]),
    ("it", Says::ClosesShort, &["grazie"]),
    ("pt", Says::Called, &["me chamo", "chamo-me", "meu nome é"]),
    ("pt", Says::Am, &["eu sou", "sou o", "sou a"]),
    ("pt", Says::Closes, &["atenciosamente", "cumprimentos", "abraços"]),
    ("pt", Says::ClosesShort, &["obrigado", "obrigada"]),
    ("nl", Says::Called, &["ik heet", "mijn naam is"]),
    ("nl", Says::Am, &["ik ben"]),
    ("nl", Says::Closes, &["groet", "groeten", "groetjes"]),
    ("nl", Says::ClosesShort, &["bedankt"]),
    ("pl", Says::Called, &["nazywam się", "mam na imię"]),
    ("pl", Says::Am, &["jestem"]),
    ("pl", Says::Closes, &["pozdrawiam", "pozdrowienia"]),
    ("pl", Says::ClosesShort, &["dziękuję", "dzięki"]),
    ("tr", Says::Called, &["benim adım", "ismim"]),
    // It is a step as well: *2. adım*.
    ("tr", Says::CalledShort, &["adım"]),
    ("tr", Says::Closes, &["saygılarımla"]),
    ("ru", Says::Called, &["меня зовут", "моё имя", "мое имя"]),
    ("ru", Says::Closes, &["с уважением"]),
    ("ru", Says::ClosesShort, &["спасибо"]),
    ("ar", Says::Called, &["اسمي", "اسمي هو"]),
];

/// The names that are said in a text, each once.
pub fn introduced(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let begins = letter.is_alphabetic()
            && before.is_none_or(|before: char| !before.is_alphanumeric() && before != '\'' && !is_mark(before));
        before = Some(letter);
        if !begins {
            continue;
        }
        let found = BEFORE.iter().find_map(|(language, says, phrases)| {
            let behind = |phrase: &&str| behind(&text[at..], phrase);
            // Of those that begin alike the longest.
            let rest = phrases.iter().filter_map(behind).min_by_key(|rest| rest.len())?;
            said(&text[..at], rest, *says, language)
        });
        if let Some(name) = found
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
            if names.len() == INTRODUCED_MAX {
                break;
            }
        }
    }
    names
}

/// What is behind a phrase. It begins with a letter of either case; written in capital letters throughout it is a title, whose words are
/// no names.
fn behind<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    let mut letters = text.char_indices();
    for (number, wanted) in phrase.chars().enumerate() {
        let (_, letter) = letters.next()?;
        let letter = if letter == '’' { '\'' } else { letter };
        let same = letter == wanted || (number == 0 && letter.to_lowercase().eq([wanted]));
        if !same {
            return None;
        }
    }
    let rest = letters.as_str();
    rest.chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric())
        .then_some(rest)
}

/// The name that is said behind a phrase, if one is.
fn said<'a>(before: &str, rest: &'a str, says: Says, language: &str) -> Option<&'a str> {
    let closes = matches!(says, Says::Closes | Says::ClosesShort);
    let gap = rest.len() - rest.trim_start_matches(|letter: char| is_gap(letter, closes)).len();
    let (between, rest) = rest.split_at(gap);
    let is_other = match says {
        Says::ClosesShort => !(starts(before) && between.contains([',', '\n', '-', '–', '—'])),
        Says::CalledShort => !starts_part(before),
        Says::Called | Says::Am | Says::AmThing | Says::Closes => false,
    };
    if between.is_empty() || is_other {
        return None;
    }
    let (name, words) = name(rest, says, language)?;
    let behind = &rest[name.len()..];
    // *Anna Miller, Moderator* signs with what she is.
    let name = if closes { without_role(name) } else { name };
    let first = name.split_whitespace().next().unwrap_or_default();
    let small = first.to_lowercase();
    let is_what = NO_NAMES.contains(&small.as_str());
    let is_name = match says {
        // *German* is a name as well, and *WRONG* is not.
        Says::Called | Says::CalledShort => !(is_what && is_capitals(first)),
        Says::Am => words > 1 || !(is_what || (language == "en" && small.ends_with("ing"))),
        Says::AmThing => words > 1,
        Says::Closes | Says::ClosesShort => {
            let line = behind.split('\n').next().unwrap_or_default();
            let is_nobody = |word: &str| is_nobody(word) || closes_with(word);
            !is_what
                && !name.split_whitespace().any(is_nobody)
                && !line.contains('?')
                && !line.chars().any(char::is_alphanumeric)
        }
    };
    is_name.then_some(name)
}

/// A name without what stands behind it: the role of one person, or, behind more than one word, a team.
fn without_role(name: &str) -> &str {
    let Some((own, last)) = name.rsplit_once(char::is_whitespace) else {
        return name;
    };
    let is_role = ROLES.contains(&last.to_lowercase().as_str());
    if is_role || (is_nobody(last) && own.contains(char::is_whitespace)) {
        own.trim_end()
    } else {
        name
    }
}

/// Whether a word is never of a name, unless a team or a product is meant.
fn is_nobody(word: &str) -> bool {
    NOBODY.contains(&word.to_lowercase().as_str())
}

/// Whether a word is of what people close with: *Thanks* stands before *Regards* as it does before a name.
fn closes_with(word: &str) -> bool {
    let small = word.to_lowercase();
    let closings = BEFORE.iter().filter(|(_, says, _)| *says == Says::Closes);
    closings
        .flat_map(|(.., phrases)| *phrases)
        .any(|phrase| *phrase == small)
}

/// What may stand between the phrase and the name.
fn is_gap(letter: char, closes: bool) -> bool {
    letter == ' '
        || letter == '\u{a0}'
        || (letter == ':' && !closes)
        || (closes && matches!(letter, ',' | '\n' | '\r' | '-' | '–' | '—'))
}

/// Whether a line or a sentence begins behind this.
fn starts(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\u{a0}']);
    before.is_empty() || before.ends_with(['\n', '.', '!', '?', '…', ')'])
}

/// Whether a sentence, or a part of one behind a comma, begins behind this, and no number stands there.
fn starts_part(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\u{a0}']);
    let counted = before.trim_end_matches(['.', ')']).ends_with(char::is_numeric);
    (starts(before) || before.ends_with(',')) && !counted
}

/// The name that a text begins with, and how many of its words are not written in capital letters, which may be anything.
fn name<'a>(text: &'a str, says: Says, language: &str) -> Option<(&'a str, usize)> {
    let shouts = matches!(says, Says::Called | Says::CalledShort | Says::Closes);
    let closes = matches!(says, Says::Closes | Says::ClosesShort);
    let (mut end, mut at, mut words, mut whole, mut plain) = (0, 0, 0, 0, 0);
    while words < NAME_WORDS_MAX {
        let word = word(&text[at..]);
        let next = at + word.len();
        if words > 0 && PARTICLES.contains(&word) {
            words += 1;
            // It is part of the name only where more follows.
            let Some(gap) = space(&text[next..]) else {
                break;
            };
            at = next + gap;
            continue;
        }
        let alone = word.chars().filter(|letter| letter.is_alphabetic()).count() == 1;
        let initial = alone && text[next..].starts_with('.');
        let capitals = is_capitals(word);
        // Who closes is a team by any of its words; it is looked at as a whole.
        let other = is_no_name(language, word) || (is_nobody(word) && !closes);
        let unseen = word.starts_with(|letter: char| !letter.is_uppercase());
        if !(is_of_name(word) || (capitals && (shouts || words > 0)))
            || (!initial && (alone || other))
            || (unseen && words > 0 && !ends_part(&text[next..]))
        {
            break;
        }
        words += 1;
        whole += usize::from(!initial);
        plain += usize::from(!capitals);
        end = next + usize::from(initial);
        // Without capital letters nobody sees where the name ends, unless the sentence ends there, too.
        match space(&text[end..]).filter(|_| !unseen || words == 1) {
            Some(gap) => at = end + gap,
            None => break,
        }
    }
    (whole > 0).then(|| (&text[..end], plain))
}

/// Whether a word stands behind a phrase, or a name, as it does elsewhere.
fn is_no_name(language: &str, word: &str) -> bool {
    let small = word.to_lowercase();
    NO_NAMES_ARABIC.contains(&word) || (is_little(language, &small) && !is_word_too(&small))
}

/// Whether a sentence, or a part of one, ends before this.
fn ends_part(behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', '\u{a0}']);
    behind.is_empty() || behind.starts_with(['.', ',', ';', '!', '?', '\n', '\r', '…', '،', '؛', '؟'])
}

/// The letters of a word, with what names have within: *Jean-Luc*, *O'Neil*.
fn word(text: &str) -> &str {
    let within = |letter: char| letter.is_alphabetic() || is_mark(letter) || matches!(letter, '-' | '\'' | '’');
    let end = text.find(|letter| !within(letter)).unwrap_or(text.len());
    text[..end].trim_end_matches(['-', '\'', '’'])
}

/// What stands on the letter before it where that is written as two: *ü* as *u* and two dots.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// One blank, and how long it is.
fn space(text: &str) -> Option<usize> {
    let blank = text.chars().next().filter(|letter| matches!(letter, ' ' | '\u{a0}'))?;
    Some(blank.len_utf8())
}

/// Whether it is written as names are: a capital letter and small ones, or letters of a script that has no capital ones.
fn is_of_name(word: &str) -> bool {
    let mut letters = word.chars().filter(|letter| letter.is_alphabetic());
    let Some(first) = letters.next().filter(|letter| has_words(*letter)) else {
        return false;
    };
    let mut rest = letters.peekable();
    let alone = rest.peek().is_none();
    !first.is_lowercase() && (alone || rest.any(|letter| !letter.is_uppercase()))
}

/// Whether it is of two letters and more, all of them capital ones.
fn is_capitals(word: &str) -> bool {
    let letters = || word.chars().filter(|letter| letter.is_alphabetic());
    letters().count() > 1 && letters().all(char::is_uppercase)
}

#[cfg(test)]
mod tests;
