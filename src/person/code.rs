//! The letters that a person copies from one platform to another, and how nobody else reads them. Pure.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::LINK;
use crate::model::command::HIDDEN;
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

/// Before what is kept of a code that was typed. No letter of a code is among it.
const SEAL: &str = "sha256:";

/// What was typed behind the command.
pub(super) enum Typed {
    /// The letters.
    Code(Code),
    /// What was kept of them.
    Sealed(CodeHash),
    /// What cannot be a code.
    Nothing,
}

impl Typed {
    pub(super) fn read(text: &str) -> Self {
        if let Some(hash) = text.strip_prefix(SEAL).and_then(digest) {
            return Self::Sealed(hash);
        }
        Code::read(text).map_or(Self::Nothing, Self::Code)
    }

    /// By which the code is found; none when it cannot be one.
    pub(super) fn hash(&self, community: CommunityId) -> Option<CodeHash> {
        match self {
            Self::Code(code) => Some(code.hash(community)),
            Self::Sealed(hash) => Some(*hash),
            Self::Nothing => None,
        }
    }
}

/// What is kept of what was typed behind the command `name`, where that is a secret: enough to find the code, and not
/// even the letters of one that was mistyped.
pub fn sealed(community: CommunityId, name: &str, typed: &str) -> Option<String> {
    (name == LINK && !typed.trim().is_empty()).then(|| kept(community, typed))
}

/// The same of a code that was typed elsewhere.
pub fn kept(community: CommunityId, typed: &str) -> String {
    let mut sealed = SEAL.to_owned();
    if let Some(code) = Code::read(bare(typed)) {
        sealed.push_str(&hex::encode(code.hash(community).0));
    }
    sealed
}

/// The same where a form may carry it already. What somebody writes in a chat is never taken for that: whoever has read what is kept
/// would be as good as whoever was shown the code.
pub fn carried(community: CommunityId, typed: &str) -> String {
    match Typed::read(typed) {
        Typed::Sealed(_) => typed.to_owned(),
        Typed::Code(_) | Typed::Nothing => kept(community, typed),
    }
}

/// The letters alone of what is shown to be copied whole.
pub(super) fn bare(typed: &str) -> &str {
    let typed = typed.trim();
    typed.strip_prefix("/link").map_or(typed, str::trim_start)
}

fn digest(text: &str) -> Option<CodeHash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(CodeHash(hash))
}

/// A text as staff may read it: whoever knows a code that lives could make themselves one with a member. Also codes that
/// somebody wrote elsewhere than behind the command are hidden. Eight times the same letter is a pattern such as
/// `XXXX-XXXX` and no code.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let word = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
        if is_shaped_like_a_code(&rest[..word]) {
            out.push_str(&text[kept..at]);
            out.push_str(HIDDEN);
            kept = at + word;
        }
        // Behind the word and the letter that ended it.
        at += word + rest[word..].chars().next().map_or(0, char::len_utf8);
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-'
}

fn is_shaped_like_a_code(word: &str) -> bool {
    // With a dash between any two letters it has fifteen.
    (LENGTH..2 * LENGTH).contains(&word.len())
        && Code::read(word).is_some_and(|Code(letters)| letters.bytes().any(|letter| letter != letters.as_bytes()[0]))
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

    #[test]
    fn what_is_kept_of_a_code_finds_it_and_shows_no_letter() {
        let community = CommunityId(Uuid::from_u128(1));
        let hash = Code::read("BCDFGHJK").unwrap().hash(community);
        let kept = sealed(community, "link", " bcdf-ghjk").unwrap();
        assert!(!kept.to_uppercase().contains("BCDF"), "{kept}");
        assert_eq!(Typed::read(&kept).hash(community), Some(hash));
        let mistyped = sealed(community, "link", "BCDFGHJKL").unwrap();
        assert_eq!(mistyped, SEAL);
        assert_eq!(Typed::read(&mistyped).hash(community), None);
        assert_eq!(Typed::read("sha256:\u{e9}").hash(community), None);
        assert_eq!(sealed(community, "link", " "), None);
        assert_eq!(sealed(community, "unlink", "BCDFGHJK"), None);
    }

    #[test]
    fn a_code_in_a_text_is_hidden_and_nothing_else() {
        for (text, expected) in [
            ("/link BCDFGHJK", "/link ••••••••"),
            ("is it bcdf-ghjk? yes", "is it ••••••••? yes"),
            ("BCDFGHJK BCDFGHJL", "•••••••• ••••••••"),
            ("(B-C-D-F-G-H-J-K)", "(••••••••)"),
        ] {
            assert_eq!(masked(text), expected);
        }
        for text in [
            "",
            "rhythms",
            "BCDFGHJKL",
            "order 12345678",
            "XXXX-XXXX",
            "strength – ſſſſſſſſ",
            "ÄÖÜ BCDFGHJ",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
