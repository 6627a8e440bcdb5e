//! Words that nobody says here. Pure.

use crate::fold::{Blocked, Word, blocked, plain, runs_on};

#[derive(Debug)]
pub(crate) struct Words {
    phrases: Vec<(String, Vec<Blocked>)>,
    /// Of languages whose words do not stand apart.
    within: Vec<(String, String)>,
}

impl Words {
    pub(crate) fn new(list: &[String]) -> Result<Self, String> {
        let mut words = Self {
            phrases: Vec::new(),
            within: Vec::new(),
        };
        for written in list {
            let phrase = blocked(written);
            if phrase.is_empty() {
                return Err(format!("the blocked word “{written}” has no letter in it"));
            }
            if runs_on(written) {
                words.within.push((written.clone(), plain(written)));
            } else {
                words.phrases.push((written.clone(), phrase));
            }
        }
        Ok(words)
    }

    /// The first of them that is said, as the admin wrote it.
    pub(crate) fn said(&self, text: &str, words: &[Word]) -> Option<&str> {
        let is_said = |phrase: &[Blocked]| {
            let mut stretches = words.windows(phrase.len());
            stretches.any(|stretch| stretch.iter().zip(phrase).all(|(said, blocked)| said.is(blocked)))
        };
        if let Some((written, _)) = self.phrases.iter().find(|(_, phrase)| is_said(phrase)) {
            return Some(written);
        }
        if self.within.is_empty() {
            return None;
        }
        let text = plain(text);
        let found = self.within.iter().find(|(_, within)| text.contains(within.as_str()));
        found.map(|(written, _)| written.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::words;

    fn said(list: &[&str], text: &str) -> Option<String> {
        let list: Vec<String> = list.iter().map(|word| (*word).to_owned()).collect();
        let all = Words::new(&list).unwrap();
        all.said(text, &words(text)).map(str::to_owned)
    }

    #[test]
    fn phrases_are_said_word_after_word() {
        let list = ["buy followers", "casino"];
        assert_eq!(
            said(&list, "You can BUY\n followers!"),
            Some("buy followers".to_owned())
        );
        assert_eq!(said(&list, "the Cásino"), Some("casino".to_owned()));
        for text in ["buy many followers", "followers buy", "", "…"] {
            assert_eq!(said(&list, text), None, "{text}");
        }
    }

    #[test]
    fn where_words_do_not_stand_apart_they_are_found_within() {
        assert_eq!(said(&["加微信"], "快来加微信领奖"), Some("加微信".to_owned()));
        assert_eq!(said(&["加微信"], "微信加"), None);
    }

    #[test]
    fn what_has_no_letters_is_no_word() {
        assert!(Words::new(&["!!".to_owned()]).is_err());
    }
}
