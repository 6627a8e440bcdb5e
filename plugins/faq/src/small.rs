//! Greetings, thanks, farewells and acknowledgements: messages without a question, and an answer that is called wrong. Pure.

use crate::phrases::{ACKNOWLEDGEMENTS, FAREWELLS, FILLERS, GREETINGS, NOES, NOT_IT, THANKS};

/// A message without a question. Of several the first counts: "hi, thanks" is thanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The answer is called wrong, and nothing else is said.
    NotIt,
    Thanks,
    Farewell,
    Greeting,
    /// "ok", "great", a thumb: whoever writes it waits for nothing.
    Acknowledgement,
}

/// A longer message says more than hello.
const WORDS_MAX: usize = 8;

const ALL: [(Kind, &[&str]); 5] = [
    (Kind::NotIt, NOT_IT),
    (Kind::Thanks, THANKS),
    (Kind::Farewell, FAREWELLS),
    (Kind::Greeting, GREETINGS),
    (Kind::Acknowledgement, ACKNOWLEDGEMENTS),
];

/// Whether `text` says nothing but one of them.
pub(crate) fn kind(text: &str) -> Option<Kind> {
    let asks = text.contains(['?', '？', '؟', '❓', '❔', '⁇', '⁉']);
    let words = words(text);
    if words.is_empty() {
        // A thumb, a heart, three dots.
        return (!asks && !text.trim().is_empty()).then_some(Kind::Acknowledgement);
    }
    if words.len() > WORDS_MAX {
        return None;
    }
    // "ok?" and "bis morgen?" want to know something.
    said(&words).filter(|kind| !asks || matches!(kind, Kind::Greeting | Kind::Thanks))
}

/// In lower case; "that's" is one word.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric() && !is_arabic_mark(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_arabic_mark(c: char) -> bool {
    ('\u{064B}'..='\u{0652}').contains(&c)
}

/// What the words say, where they are phrases of the lists and fillers, and at least one of them is a phrase.
fn said(words: &[String]) -> Option<Kind> {
    let mut rest = words;
    let mut said: Option<Kind> = None;
    let (mut refuses, mut refused_last) = (false, false);
    while let Some(first) = rest.first() {
        let phrases = ALL
            .iter()
            .flat_map(|(kind, phrases)| phrases.iter().map(move |phrase| (*kind, *phrase)));
        let longest = phrases
            .filter_map(|(kind, phrase)| Some((starts_with(rest, phrase)?, kind)))
            .max_by_key(|(length, _)| *length);
        rest = match longest {
            // "Thanks, but no good" is a complaint, whatever else it says.
            Some((_, Kind::Acknowledgement)) if refused_last => return None,
            Some((length, kind)) => {
                refused_last = false;
                said = Some(said.map_or(kind, |before| before.min(kind)));
                &rest[length..]
            }
            None if FILLERS.contains(&first.as_str()) => &rest[1..],
            None if NOES.contains(&first.as_str()) => {
                (refuses, refused_last) = (true, true);
                &rest[1..]
            }
            None => return None,
        };
    }
    said.filter(|kind| !refuses || *kind != Kind::Acknowledgement)
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
    fn farewells_are_known() {
        check(
            Some(Kind::Farewell),
            &[
                "bye",
                "ok bye",
                "See you!",
                "hasta luego",
                "Alles klar, bis dann",
                "Au revoir",
                "مع السلامة",
                "good night",
            ],
        );
    }

    #[test]
    fn acknowledgements_are_known() {
        check(
            Some(Kind::Acknowledgement),
            &[
                "ok",
                "OK!",
                "great",
                "cool",
                "good",
                "nice",
                "alright",
                "perfect",
                "Got it.",
                "it works",
                "that's great",
                "oh very good",
                "Alles klar",
                "sehr gut",
                "passt",
                "vale",
                "muy bien",
                "d'accord",
                "C’est bon",
                "حسنًا",
                "جيد جدا",
                "👍",
                "👍🏽",
                "❤️ 🙏",
                "…",
            ],
        );
    }

    #[test]
    fn thanks_with_an_acknowledgement_or_a_farewell_are_thanks() {
        check(
            Some(Kind::Thanks),
            &[
                "ok, thank you 👍",
                "perfect thanks, have a nice day!",
                "no thanks",
                "alles klar, danke, tschüss",
            ],
        );
    }

    #[test]
    fn an_answer_that_is_called_wrong_is_known() {
        check(
            Some(Kind::NotIt),
            &[
                "not it",
                "That's wrong",
                "no, that's wrong!",
                "wrong answer",
                "sorry, but that’s not what I asked",
                "nein, leider falsch",
                "das stimmt nicht",
                "no es eso",
                "Ce n’est pas ça",
                "هذا خطأ",
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
                "  ",
                "?!",
                "ok?",
                "perfect?",
                "is it good",
                "it works on my phone",
                "no funciona",
                "Gracias, pero no funciona",
                "Hola, no funciona",
                "Thanks, but no good",
                "no está mal",
                "bis morgen?",
                "à demain ?",
                "falsch?",
                "Incorrect?",
                "❓",
                "toll",
                "bon",
                "fine",
                "not good",
                "wrong password",
                "good restaurants",
                "how nice",
                "bot",
                "what is good",
                "thank you for nothing, how do I get a refund now please",
            ],
        );
    }
}
