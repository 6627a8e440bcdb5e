//! Secrets of sessions, links and forms: made here, kept only as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::secret::Secret;
use crate::storage::accounts::TokenHash;

/// 256 bits: nobody guesses one, so that a plain digest is enough to keep it.
const TOKEN_BYTES: usize = 32;

/// Longer input is no token of ours and is not even hashed.
const TOKEN_TEXT_MAX: usize = 64;

/// A secret that its holder shows to be let in.
#[derive(Clone, Debug)]
pub struct Token(Secret);

impl Token {
    /// A fresh one from the system's generator.
    pub fn fresh() -> Self {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes).expect("the system has a random generator");
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads what a browser sent. None when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = !text.is_empty()
            && text.len() <= TOKEN_TEXT_MAX
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plausible.then(|| Self(Secret::new(text)))
    }

    /// The text, for the cookie or link alone.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.expose().as_bytes()).into())
    }

    /// What each form of this session carries: only a page of ours, read with the cookie, knows it.
    pub fn csrf(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"switchboard console form\0");
        digest.update(self.0.expose().as_bytes());
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }

    /// Whether `sent` is this session's [`Token::csrf`]. Takes the same time for every answer.
    pub fn csrf_is(&self, sent: &str) -> bool {
        self.csrf().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_new_and_survives_being_sent() {
        let (one, two) = (Token::fresh(), Token::fresh());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(Token::parse(one.expose()).unwrap().hash(), one.hash());
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        for text in ["", "a b", "ü", &"a".repeat(65)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_form_of_one_session_is_not_taken_in_another() {
        let (one, two) = (Token::fresh(), Token::fresh());
        assert!(one.csrf_is(&one.csrf()));
        assert!(!one.csrf_is(&two.csrf()));
        assert!(!one.csrf_is(""));
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::fresh();
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
