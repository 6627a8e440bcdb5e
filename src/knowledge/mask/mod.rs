//! Takes out of a text what says who somebody is: names and handles, e-mail addresses, phone and order numbers, accounts, cards, and
//! links that let whoever has them in. Pure.
//!
//! What is taken out is named in brackets, so that whoever reviews the text sees what stood there. In doubt something is taken
//! out: a number too many costs a look, one too few cannot be taken back.

mod introduced;
mod numbers;

pub use self::introduced::introduced;
use self::numbers::{Numbers, digit};

/// What stands for a name, or for a handle.
const NAME: &str = "[name]";
const E_MAIL: &str = "[e-mail]";
const LINK: &str = "[link]";

/// A shorter name is a syllable of other words.
const NAME_LETTERS_MIN: usize = 2;

/// A part of a name that is this short ("van", "de") is a word of its own.
const PART_LETTERS_MIN: usize = 3;

/// Names that are words of their own, too: in small letters they are those, but for whoever writes their name so.
const WORDS_TOO: &[&str] = &[
    "art", "bill", "drew", "ernst", "faith", "frank", "grace", "hope", "joy", "kind", "klein", "lang", "luz", "mark",
    "may", "mercy", "miles", "norm", "pat", "rich", "rob", "rose", "sol", "stern", "sue", "sunny", "will",
];

/// At the end of a text that was cut, so many letters of a script without spaces may be part of a name.
const NAME_LETTERS_MAX: usize = 20;

/// Stands for a text that was cut and of which nothing is sure to be whole.
const NOTHING: &str = "…";

/// What lets somebody in is at least so long.
const TOKEN_CHARS_MIN: usize = 16;

/// Parts of an address whose value is nobody else's business.
const SECRET_KEYS: [&str; 16] = [
    "access_token",
    "apikey",
    "auth",
    "code",
    "email",
    "id_token",
    "invite",
    "key",
    "order",
    "password",
    "pwd",
    "reset",
    "secret",
    "session",
    "sig",
    "token",
];

/// The text without what says who somebody is. `names` are those of the people who take part; whoever says another name in the text
/// is called so, too.
pub fn mask(text: &str, names: &[String]) -> String {
    let said = introduced(text);
    let names: Vec<&str> = names.iter().chain(&said).map(String::as_str).collect();
    Masking {
        names: known(&names),
        out: String::with_capacity(text.len()),
        numbers: Numbers::default(),
    }
    .over(text)
}

/// The same of a text whose end was cut off: what may be half of a name, a number or an address goes, too.
pub fn mask_cut(text: &str, names: &[String]) -> String {
    match whole(text) {
        "" => NOTHING.to_owned(),
        whole => mask(whole, names),
    }
}

/// Without the last word, and without the digits before it: a number goes on behind a space.
fn whole(text: &str) -> &str {
    let of_word = |letter: char| !letter.is_whitespace() && has_words(letter);
    let mut left = text.trim_end_matches(of_word);
    if left.len() == text.len() {
        let letters = left.char_indices().rev().take(NAME_LETTERS_MAX);
        let part = letters.take_while(|(_, letter)| letter.is_alphanumeric()).last();
        left = &left[..part.map_or(left.len(), |(at, _)| at)];
    }
    loop {
        left = left.trim_end();
        let before = left.trim_end_matches(of_word);
        let last = &left[before.len()..];
        let of_number = last.chars().any(|letter| digit(letter).is_some()) || !last.chars().any(char::is_alphanumeric);
        if last.is_empty() || !of_number {
            return left;
        }
        left = before;
    }
}

/// Whether something was taken out of it.
pub fn is_masked(text: &str) -> bool {
    let marks = [NAME, E_MAIL, LINK];
    marks.iter().chain(&numbers::ALL).any(|mark| text.contains(mark))
}

/// Whether a name, in small letters, is a word of its own, too.
pub fn is_word_too(name: &str) -> bool {
    WORDS_TOO.contains(&name)
}

/// The names as they are looked for, the longest first.
fn known(names: &[&str]) -> Vec<String> {
    let letters = |name: &str| name.chars().filter(|letter| letter.is_alphanumeric()).count();
    let mut known: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        if letters(name) >= NAME_LETTERS_MIN {
            known.push(name.to_owned());
        }
        let parts = name.split(|letter: char| letter.is_whitespace() || letter == '-');
        known.extend(
            parts
                .filter(|part| letters(part) >= PART_LETTERS_MIN)
                .map(str::to_owned),
        );
    }
    known.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    known.dedup();
    known
}

struct Masking {
    names: Vec<String>,
    out: String,
    numbers: Numbers,
}

impl Masking {
    fn over(mut self, text: &str) -> String {
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            // Within a word nothing begins, but for scripts that have no spaces between words.
            let begins = text[..at]
                .chars()
                .next_back()
                .is_none_or(|before| !before.is_alphanumeric() || !has_words(before));
            let (length, instead) = self.found(rest, begins);
            match instead {
                Some(mark) => self.out.push_str(mark),
                None => self.out.push_str(&rest[..length]),
            }
            self.numbers.passed(&rest[..length], instead.is_some());
            at += length;
        }
        self.out
    }

    /// How much of the text is looked at together, and what stands for it; none when it stays.
    fn found(&self, rest: &str, begins: bool) -> (usize, Option<&'static str>) {
        let first = rest.chars().next().map_or(1, char::len_utf8);
        if begins {
            if let Some(length) = link(rest) {
                return (length, lets_in(&rest[..length]).then_some(LINK));
            }
            if let Some(length) = e_mail(rest) {
                return (length, Some(E_MAIL));
            }
            if let Some((length, mark)) = self.numbers.number(rest) {
                return (length, mark);
            }
            if let Some(length) = handle(rest) {
                return (length, Some(NAME));
            }
        }
        match self.name(rest, begins) {
            Some(length) => (length, Some(NAME)),
            None if begins && rest.starts_with(char::is_alphanumeric) => (word(rest), None),
            None => (first, None),
        }
    }

    /// The name that the text begins with.
    fn name(&self, rest: &str, begins: bool) -> Option<usize> {
        self.names.iter().find_map(|name| {
            let length = same(rest, name)?;
            let written = &rest[..length];
            let spaced = written.chars().all(has_words);
            let ends = rest[length..].chars().next().is_none_or(|next| !next.is_alphanumeric());
            let is_a_word = written != name && is_word_too(written);
            ((!spaced || (begins && ends)) && !is_a_word).then_some(length)
        })
    }
}

/// Whether words of this letter's script are told apart by spaces.
fn has_words(letter: char) -> bool {
    !matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// How long the beginning of the text is that says the same as `name`, in whichever case.
fn same(rest: &str, name: &str) -> Option<usize> {
    let mut length = 0;
    let mut letters = rest.chars();
    for wanted in name.chars() {
        let letter = letters.next()?;
        if !letter.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        length += letter.len_utf8();
    }
    Some(length)
}

/// The rest of a word: it is passed at once, so that nothing begins within it.
fn word(rest: &str) -> usize {
    let ends = |letter: char| !letter.is_alphanumeric() || !has_words(letter);
    let end = rest.find(ends).unwrap_or(rest.len());
    end.max(rest.chars().next().map_or(1, char::len_utf8))
}

/// An address of the web.
fn link(rest: &str) -> Option<usize> {
    let begins = ["https://", "http://", "www."];
    let start = begins.iter().find(|start| {
        rest.get(..start.len())
            .is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
    })?;
    let end = rest
        .find(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '`' | '|'))
        .unwrap_or(rest.len());
    let length = rest[..end]
        .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '”', '»'])
        .len();
    (length > start.len()).then_some(length)
}

/// Whether an address lets whoever has it in, or says of whom it is.
fn lets_in(link: &str) -> bool {
    let behind = link.split_once("://").map_or(link, |(_, behind)| behind);
    let (place, asked) = behind.split_at(behind.find(['?', '#']).unwrap_or(behind.len()));
    let mut parts = place.split('/');
    let host = parts.next().unwrap_or_default();
    let asked = asked.split(['?', '#', '&', ';']).filter(|pair| !pair.is_empty());
    let mut pairs = asked.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    host.contains('@')
        || parts.any(|part| is_secret(part) || e_mail(part).is_some())
        || pairs.any(|(key, value)| {
            let key = key.to_ascii_lowercase();
            (!value.is_empty() && SECRET_KEYS.iter().any(|secret| key.ends_with(secret)))
                || is_secret(value)
                || value.contains('@')
                || value.to_ascii_lowercase().contains("%40")
                || value.chars().filter_map(digit).count() >= numbers::DIGITS_MIN
        })
}

/// Letters and digits mixed, longer than any word: made by a program for one person.
fn is_secret(part: &str) -> bool {
    let runs = part.split(|letter: char| !letter.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    longest.len() >= TOKEN_CHARS_MIN
        && longest.bytes().any(|letter| letter.is_ascii_digit())
        && longest.bytes().any(|letter| letter.is_ascii_alphabetic())
}

/// An e-mail address.
fn e_mail(rest: &str) -> Option<usize> {
    let of_local = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '%' | '+' | '-');
    let local = rest.find(|letter| !of_local(letter))?;
    let domain = rest[local..].strip_prefix('@').filter(|_| local > 0)?;
    let of_domain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
    let end = domain.find(|letter| !of_domain(letter)).unwrap_or(domain.len());
    let domain = domain[..end].trim_end_matches(['.', '-']);
    domain.contains('.').then_some(local + 1 + domain.len())
}

/// `@somebody`, or `somebody#1234`.
fn handle(rest: &str) -> Option<usize> {
    let of_handle = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-');
    if let Some(name) = rest.strip_prefix('@') {
        let end = name.find(|letter| !of_handle(letter)).unwrap_or(name.len());
        let name = name[..end].trim_end_matches(['.', '-']);
        return (name.chars().count() > 1).then_some(1 + name.len());
    }
    let end = rest.find(|letter| !of_handle(letter))?;
    let number = rest[end..].strip_prefix('#').filter(|_| end > 1)?;
    let digits = number
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(number.len());
    (digits == 4).then_some(end + 1 + digits)
}

#[cfg(test)]
mod tests;
