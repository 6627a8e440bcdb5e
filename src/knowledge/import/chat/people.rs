//! Who is named in a chat. Pure.
//!
//! Accounts are called whatever they like, also "The Baker": what is a word of the chat far more often than a name of it stays, or no
//! sentence would be left.

use std::collections::{HashMap, HashSet};

use super::Log;
use crate::knowledge::mask::is_word_too;

/// A shorter part of a name is a syllable of other words.
const PART_LETTERS_MIN: usize = 3;

/// A shorter name is an initial.
const NAME_LETTERS_MIN: usize = 2;

/// In scripts without spaces between words a name is looked for everywhere.
const UNSPACED_LETTERS_MIN: usize = 2;

/// So many times as often in small letters as in capital ones, a word is a word.
const WORD_SHARE: u32 = 2;

/// Rarer ones may be names that somebody wrote in small letters.
const WORD_TIMES_MIN: u32 = 3;

/// How often a part of a name stands in the chat.
#[derive(Default)]
struct Times {
    /// As its owner writes it.
    written: String,
    small: u32,
    capital: u32,
}

impl Times {
    fn is_word(&self) -> bool {
        self.small >= WORD_TIMES_MIN && self.small >= self.capital.saturating_mul(WORD_SHARE)
    }
}

/// All who wrote or were named.
pub(super) struct People {
    /// Parts of names, by how they are written in small letters.
    parts: HashMap<String, String>,
    unspaced: Vec<String>,
}

impl People {
    pub(super) fn new(chats: &[Log]) -> Self {
        let mut times: HashMap<String, Times> = HashMap::new();
        let mut unspaced = HashSet::new();
        for name in chats.iter().flat_map(names) {
            if !is_spaced(name) && name.chars().count() >= UNSPACED_LETTERS_MIN {
                unspaced.insert(name.trim().to_owned());
            }
            for part in parts(name) {
                let times = times.entry(part.to_lowercase()).or_default();
                // In small letters a name may be another word, which the one with a capital is not.
                if times.written.is_empty() || !part.starts_with(char::is_lowercase) {
                    part.clone_into(&mut times.written);
                }
            }
        }
        let said = chats
            .iter()
            .flat_map(|chat| &chat.messages)
            .filter(|said| !said.is_foreign);
        for text in said.map(super::Said::text) {
            for word in words(&text).flat_map(pieces) {
                if let Some(times) = times.get_mut(&word.to_lowercase()) {
                    let of = if word.starts_with(char::is_lowercase) {
                        &mut times.small
                    } else {
                        &mut times.capital
                    };
                    *of = of.saturating_add(1);
                }
            }
        }
        let mut unspaced: Vec<String> = unspaced.into_iter().collect();
        unspaced.sort();
        // Of names that are words, too, the masking spares the small ones by itself.
        let names = times
            .into_iter()
            .filter(|(part, times)| is_word_too(part) || !times.is_word());
        Self {
            parts: names.map(|(part, times)| (part, times.written)).collect(),
            unspaced,
        }
    }

    /// Names that stand in the text.
    pub(super) fn named_in(&self, text: &str) -> Vec<String> {
        let words = words(text).flat_map(pieces);
        let parts = words.filter_map(|word| self.parts.get(&word.to_lowercase()).cloned());
        let unspaced = self
            .unspaced
            .iter()
            .filter(|name| text.contains(name.as_str()))
            .cloned();
        let mut found: Vec<String> = parts.chain(unspaced).collect();
        found.sort();
        found.dedup();
        found
    }
}

fn names(chat: &Log) -> impl Iterator<Item = &String> {
    let own = chat.messages.iter().filter(|said| !said.is_foreign);
    own.flat_map(|said| &said.names).chain(&chat.mentioned)
}

/// Each word of a name, and what it is put together of: `peter_smith99` is also Peter.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let letters = |part: &str| part.chars().filter(|letter| letter.is_alphanumeric()).count();
    let whole = name.trim();
    words(name).flat_map(pieces).filter(move |part| {
        let least = if *part == whole {
            NAME_LETTERS_MIN
        } else {
            PART_LETTERS_MIN
        };
        letters(part) >= least
    })
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let pieces = word.split(['_', '.']).map(|piece| piece.trim_matches(char::is_numeric));
    std::iter::once(word).chain(pieces.filter(move |piece| *piece != word))
}

/// Names are written with dots and underscores in them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.'));
    words
        .map(|word| word.trim_matches(['.', '_']))
        .filter(|word| !word.is_empty())
}

fn is_spaced(name: &str) -> bool {
    !name
        .chars()
        .any(|letter| matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'))
}
