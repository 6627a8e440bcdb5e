//! Names of entries that are imported: made of the question's words alone, so that the same question has the same name
//! the next time. Pure.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use crate::model::ids::EntryId;

/// Names are typed and shown in lists.
const WORDS_BYTES_MAX: usize = 50;

/// Bytes of the digest that tells apart what the words do not.
const DIGEST_BYTES: usize = 4;

/// `What's new in C++?` is `whats-new-in-c-` and a digest, because the words alone are those of another question.
pub(crate) fn of(question: &str) -> EntryId {
    let (mut words, mut lost) = words(question);
    if words.len() > WORDS_BYTES_MAX {
        let end = words[..=WORDS_BYTES_MAX].rfind('-').unwrap_or(WORDS_BYTES_MAX);
        words.truncate(end);
        lost = true;
    }
    if words.is_empty() {
        words.push('q');
        lost = true;
    }
    if lost {
        let asked: String = question.nfkc().flat_map(char::to_lowercase).collect();
        let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ");
        words.push('-');
        words.push_str(&hex::encode(&Sha256::digest(asked)[..DIGEST_BYTES]));
    }
    EntryId::from(words.as_str())
}

/// The words in plain letters, and whether anything of the question is not in them.
fn words(question: &str) -> (String, bool) {
    let (mut words, mut lost, mut gap) = (String::new(), false, false);
    for character in question.nfkd().flat_map(char::to_lowercase) {
        let plain = match character {
            'a'..='z' | '0'..='9' => None,
            'ß' => Some("ss"),
            'æ' => Some("ae"),
            'œ' => Some("oe"),
            'ø' => Some("o"),
            'ł' => Some("l"),
            // Accents go, and what stands within a word.
            '\u{300}'..='\u{36f}' | '\'' | '’' | '‘' => continue,
            _ => {
                let between = character.is_whitespace() || "?!.,:;\"“”„«»()[]-–—/…¿¡_*`".contains(character);
                lost |= !between;
                gap = true;
                continue;
            }
        };
        if std::mem::take(&mut gap) && !words.is_empty() {
            words.push('-');
        }
        match plain {
            Some(plain) => words.push_str(plain),
            None => words.push(character),
        }
    }
    (words, lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(question: &str, expected: &str) {
        assert_eq!(of(question).as_str(), expected, "{question}");
    }

    #[test]
    fn words_make_the_name_and_marks_do_not() {
        check("How do I reset my password?", "how-do-i-reset-my-password");
        check("  how do I  RESET my password", "how-do-i-reset-my-password");
        check("Was heißt „Café“?", "was-heisst-cafe");
        check("What's new?", "whats-new");
    }

    #[test]
    fn what_the_words_do_not_tell_is_told_by_a_digest() {
        let names = ["What is C?", "What is C++?", "What is C#?"].map(of);
        assert_eq!(names[0].as_str(), "what-is-c");
        assert!(names[1] != names[0] && names[2] != names[0] && names[1] != names[2]);
        assert_ne!(of("如何重置密码？"), of("如何更改密码？"));
        assert_eq!(of("如何重置密码？"), of("如何重置密码？"));
        let long = "word ".repeat(60);
        assert_ne!(of(&long), of(&format!("{long} else")));
    }
}
