//! The letters that a person copies from one platform to another. Pure.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::ids::CommunityId;
use crate::storage::person::CodeHash;

/// Consonants that look like nothing else, so that no code is a word: 20⁸ codes, of which five are tried.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

const LENGTH: usize = 8;

/// A code as it is shown. Kept nowhere but in the message that shows it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Code(String);

impl Code {
    /// Made of what an id has of chance.
    pub(super) fn of(id: Uuid) -> Self {
        // The first two bits of the half say which kind of id it is; all others are chance.
        let (_, chance) = id.as_u64_pair();
        let mut rest = chance & (u64::MAX >> 2);
        let base = LETTERS.len() as u64;
        let letters = (0..LENGTH).map(|_| {
            let letter = usize::try_from(rest % base).map_or('B', |at| char::from(LETTERS[at]));
            rest /= base;
            letter
        });
        Self(letters.collect())
    }

    /// What somebody typed, however they wrote it; none when it cannot be a code.
    pub(super) fn read(text: &str) -> Option<Self> {
        let letters: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .take(LENGTH + 1)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let known = letters.bytes().all(|letter| LETTERS.contains(&letter));
        (letters.len() == LENGTH && known).then_some(Self(letters))
    }

    /// For the one message that shows it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(super) fn hash(&self, community: CommunityId) -> CodeHash {
        let mut digest = Sha256::new();
        digest.update(b"switchboard link code\0");
        digest.update(community.0.as_bytes());
        digest.update(self.0.as_bytes());
        CodeHash(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(Code::read(typed).as_ref().map(Code::expose), expected);
    }

    #[test]
    fn a_code_is_read_however_it_is_written() {
        check("BCDFGHJK", Some("BCDFGHJK"));
        check(" bcdf-ghjk ", Some("BCDFGHJK"));
        check("bcdf ghjk", Some("BCDFGHJK"));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in [
            "",
            "BCDFGHJ",
            "BCDFGHJKL",
            "BCDFGHJA",
            "12345678",
            "ſſſſſſſſ",
            "BCDFGHJ\u{212a}",
        ] {
            check(typed, None);
        }
        check(&"B".repeat(100_000), None);
    }

    #[test]
    fn a_code_that_was_made_reads_back_and_another_id_makes_another() {
        let made: Vec<Code> = [1_u128, 2, u128::MAX, 1 << 40]
            .map(|number| Code::of(Uuid::from_u128(number)))
            .into();
        for (number, code) in made.iter().enumerate() {
            check(code.expose(), Some(code.expose()));
            assert!(!made[..number].contains(code));
        }
    }

    #[test]
    fn a_digest_is_of_one_community() {
        let code = Code::of(Uuid::from_u128(7));
        let hash = |community| code.hash(CommunityId(Uuid::from_u128(community))).0;
        assert_ne!(hash(1), hash(2));
    }
}
