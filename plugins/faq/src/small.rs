//! Greetings and thanks: messages without a question. Pure.

/// A message without a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Greeting,
    Thanks,
}

/// A longer message says more than hello.
const WORDS_MAX: usize = 5;

const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hiya",
    "howdy",
    "good morning",
    "good afternoon",
    "good evening",
    "hallo",
    "guten tag",
    "guten morgen",
    "guten abend",
    "moin",
    "servus",
    "hola",
    "buenos dias",
    "buenos días",
    "buenas tardes",
    "buenas noches",
    "bonjour",
    "bonsoir",
    "salut",
    "coucou",
    "مرحبا",
    "أهلا",
    "اهلا",
    "السلام عليكم",
    "صباح الخير",
    "مساء الخير",
];

const THANKS: &[&str] = &[
    "thanks",
    "thank you",
    "thx",
    "ty",
    "cheers",
    "danke",
    "danke schön",
    "dankeschön",
    "vielen dank",
    "gracias",
    "muchas gracias",
    "merci",
    "merci beaucoup",
    "شكرا",
    "شكرًا",
    "شكرا جزيلا",
    "شكرًا جزيلًا",
];

/// What may stand beside them without making a question of it.
const FILLERS: &[&str] = &[
    "there",
    "all",
    "everyone",
    "bot",
    "switchboard",
    "a",
    "lot",
    "so",
    "much",
    "very",
    "many",
    "ok",
    "okay",
    "great",
    "perfect",
    "that",
    "helped",
    "works",
    "it",
    "again",
    "zusammen",
    "dir",
    "super",
    "sehr",
    "bien",
    "beaucoup",
    "mille",
    "جزيلا",
    "يا",
    "لك",
    "بك",
];

/// Whether `text` is nothing but a greeting or thanks. Thanks win: "hi, thanks" is one.
pub(crate) fn kind(text: &str) -> Option<Kind> {
    let words = words(text);
    if words.is_empty() || words.len() > WORDS_MAX {
        return None;
    }
    if only(&words, THANKS) {
        Some(Kind::Thanks)
    } else if only(&words, GREETINGS) {
        Some(Kind::Greeting)
    } else {
        None
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && !is_arabic_mark(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_arabic_mark(c: char) -> bool {
    ('\u{064B}'..='\u{0652}').contains(&c)
}

/// Whether the words are phrases of the list and fillers, and at least one of them is a phrase.
fn only(words: &[String], phrases: &[&str]) -> bool {
    let mut rest = words;
    let mut found = false;
    while let Some(first) = rest.first() {
        let longest = phrases.iter().filter_map(|phrase| starts_with(rest, phrase)).max();
        rest = match longest {
            Some(length) => {
                found = true;
                &rest[length..]
            }
            None if FILLERS.contains(&first.as_str()) || GREETINGS.contains(&first.as_str()) => &rest[1..],
            None => return false,
        };
    }
    found
}

fn starts_with(words: &[String], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for part in phrase.split(' ') {
        if words.get(length).map(String::as_str) != Some(part) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Option<Kind>, texts: &[&str]) {
        for text in texts {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn greetings_are_known() {
        check(
            Some(Kind::Greeting),
            &[
                "hi",
                "Hello!",
                "hey there",
                "Good morning everyone",
                "Guten Tag",
                "¡Hola!",
                "Bonjour",
                "مرحبا",
                "hi hi",
            ],
        );
    }

    #[test]
    fn thanks_are_known() {
        check(
            Some(Kind::Thanks),
            &[
                "thanks",
                "Thank you so much!",
                "ok thanks",
                "great, that works, thanks",
                "Danke",
                "merci beaucoup",
                "شكرًا",
                "hi thanks",
            ],
        );
    }

    #[test]
    fn a_question_is_neither() {
        check(
            None,
            &[
                "hi, how do I install it",
                "hello world plugin",
                "thanks but it does not work",
                "what is this",
                "",
                "?!",
                "ok",
                "it works",
                "thank you for nothing, how do I get a refund now please",
            ],
        );
    }
}
