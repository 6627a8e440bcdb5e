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

    /// Those of them that are said, as the admin wrote them.
    pub(crate) fn said(&self, text: &str, words: &[Word]) -> Vec<&str> {
        let is_said = |phrase: &[Blocked]| {
            let mut stretches = words.windows(phrase.len());
            stretches.any(|stretch| stretch.iter().zip(phrase).all(|(said, blocked)| said.is(blocked)))
        };
        let phrases = self.phrases.iter().filter(|(_, phrase)| is_said(phrase));
        let mut said: Vec<&str> = phrases.map(|(written, _)| written.as_str()).collect();
        if !self.within.is_empty() {
            let text = plain(text);
            let within = self.within.iter().filter(|(_, within)| text.contains(within.as_str()));
            said.extend(within.map(|(written, _)| written.as_str()));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::words;

    fn all_said(list: &[&str], text: &str) -> Vec<String> {
        let list: Vec<String> = list.iter().map(|word| (*word).to_owned()).collect();
        let all = Words::new(&list).unwrap();
        all.said(text, &words(text)).into_iter().map(str::to_owned).collect()
    }

    fn said(list: &[&str], text: &str) -> Option<String> {
        all_said(list, text).into_iter().next()
    }

    #[test]
    fn each_word_that_is_said_is_named() {
        let list = ["casino", "加微信", "buy followers"];
        assert_eq!(all_said(&list, "加微信 at the casino"), ["casino", "加微信"]);
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
