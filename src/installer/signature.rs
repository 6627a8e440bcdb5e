//! Who signed a package: minisign, checked against the keys that the owner of this installation trusts.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{PublicKey, Signature};

/// Where the id of a key lies in keys and signatures of minisign: behind two letters for the algorithm.
const ID: std::ops::Range<usize> = 2..10;

/// A public key whose signatures count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    id: String,
    base64: String,
}

/// Who signed a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// Nobody.
    Nobody,
    /// Somebody whose key is not trusted here, which is worth as much.
    Unknown(String),
    /// The trusted key of this id.
    Trusted(String),
    /// Nobody has to: it comes with the program.
    Program,
}

impl TrustedKey {
    /// Reads the line of base64 in `minisign.pub`.
    ///
    /// # Errors
    ///
    /// In words, when it is something else.
    pub fn parse(line: &str) -> Result<Self, String> {
        let problem = || format!("{line:?} is no public key of minisign; it is the second line of minisign.pub");
        PublicKey::from_base64(line.trim()).map_err(|_| problem())?;
        Ok(Self {
            id: id(line.trim()).ok_or_else(problem)?,
            base64: line.trim().to_owned(),
        })
    }
}

impl Signer {
    /// Looks at the text of a `.minisig` file.
    ///
    /// # Errors
    ///
    /// When the signature is of a trusted key and does not fit, or makes no sense: the package is not what was signed.
    pub fn of(wasm: &[u8], signature: Option<&str>, keys: &[TrustedKey]) -> Result<Self, String> {
        let Some(text) = signature else {
            return Ok(Self::Nobody);
        };
        let broken = || "its signature cannot be read; get the package and its .minisig file again".to_owned();
        let signature = Signature::decode(text).map_err(|_| broken())?;
        let id = text.lines().nth(1).and_then(id).ok_or_else(broken)?;
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            return Ok(Self::Unknown(id));
        };
        let key = PublicKey::from_base64(&key.base64).map_err(|_| broken())?;
        match key.verify(wasm, &signature, false) {
            Ok(()) => Ok(Self::Trusted(id)),
            Err(_) => Err(format!(
                "it is not what the key {id} has signed: somebody changed the package or its signature; do not use it"
            )),
        }
    }

    /// What a signature says of itself, for whoever has the package not in hand to check it.
    pub(super) fn claimed(signature: Option<&str>, keys: &[TrustedKey]) -> String {
        let Some(text) = signature else {
            return "unsigned".to_owned();
        };
        match text.lines().nth(1).and_then(id) {
            Some(id) if keys.iter().any(|key| key.id == id) => {
                format!("says: signed by the key {id}, trusted here")
            }
            Some(id) => format!("says: signed by the key {id}, not trusted here"),
            None => "says: signed, and the signature cannot be read".to_owned(),
        }
    }

    /// As it is stored: the id of a key that was trusted when the package came. Whether it still is says [`today`](Self::today).
    pub(super) fn stored(id: Option<String>) -> Self {
        id.map_or(Self::Nobody, Self::Trusted)
    }

    /// The same by the keys that are trusted now: the owner of the installation may have taken one out since the package came.
    pub(super) fn today(&self, keys: &[TrustedKey]) -> Self {
        match self {
            Self::Trusted(id) if keys.iter().all(|key| key.id != *id) => Self::Unknown(id.clone()),
            signer => signer.clone(),
        }
    }

    /// The id of the trusted key.
    pub fn trusted(&self) -> Option<&str> {
        match self {
            Self::Trusted(id) => Some(id),
            Self::Nobody | Self::Unknown(_) | Self::Program => None,
        }
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Unsigned: nobody vouches that it is what its author made."),
            Self::Unknown(id) => write!(
                f,
                "Signed by the key {id}, which is not trusted here: as good as unsigned."
            ),
            Self::Trusted(id) => write!(f, "Signed by the key {id}, which is trusted here."),
            Self::Program => {
                f.write_str("It comes with the program, and another version of it with another version of the program.")
            }
        }
    }
}

/// As minisign shows it: the eight bytes as a number, lowest first.
fn id(line: &str) -> Option<String> {
    let bytes = STANDARD.decode(line).ok()?;
    let bytes: [u8; 8] = bytes.get(ID)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package, the keys of two, and what each of them wrote beside it with minisign.
    const WASM: &[u8] = include_bytes!("../../tests/fixtures/packages/signed.wasm");
    const FIRST: &str = include_str!("../../tests/fixtures/packages/first.pub");
    const BY_FIRST: &str = include_str!("../../tests/fixtures/packages/signed.wasm.minisig");
    const BY_SECOND: &str = include_str!("../../tests/fixtures/packages/by-second.minisig");

    fn first() -> Vec<TrustedKey> {
        vec![TrustedKey::parse(FIRST).expect("it is a public key")]
    }

    #[test]
    fn a_signature_counts_when_its_key_is_trusted() {
        let id = first()[0].id.clone();
        assert_eq!(id.len(), 16);
        assert_eq!(
            Signer::of(WASM, Some(BY_FIRST), &first()),
            Ok(Signer::Trusted(id.clone()))
        );
        assert_eq!(Signer::of(WASM, Some(BY_FIRST), &[]), Ok(Signer::Unknown(id.clone())));
        assert!(matches!(Signer::of(WASM, Some(BY_SECOND), &first()), Ok(Signer::Unknown(other)) if other != id));
        assert_eq!(Signer::of(WASM, None, &first()), Ok(Signer::Nobody));
    }

    #[test]
    fn what_nobody_has_checked_is_only_what_a_signature_says() {
        let id = first()[0].id.clone();
        let trusted = format!("says: signed by the key {id}, trusted here");
        assert_eq!(Signer::claimed(Some(BY_FIRST), &first()), trusted);
        let unknown = format!("says: signed by the key {id}, not trusted here");
        assert_eq!(Signer::claimed(Some(BY_FIRST), &[]), unknown);
        let forged = Signer::claimed(Some("untrusted comment: x\nnonsense"), &first());
        assert_eq!(forged, "says: signed, and the signature cannot be read");
        assert_eq!(Signer::claimed(None, &first()), "unsigned");
    }

    #[test]
    fn a_key_that_was_taken_out_counts_no_longer_for_what_came_with_it() {
        let id = first()[0].id.clone();
        let stored = Signer::stored(Some(id.clone()));
        assert_eq!(stored.today(&first()), Signer::Trusted(id.clone()));
        assert_eq!(stored.today(&[]), Signer::Unknown(id));
        assert_eq!(Signer::stored(None).today(&first()), Signer::Nobody);
        assert_eq!(Signer::Program.today(&[]), Signer::Program);
    }

    #[test]
    fn a_package_that_was_changed_after_it_was_signed_is_refused() {
        let changed = [WASM, b"x"].concat();
        let problem = Signer::of(&changed, Some(BY_FIRST), &first()).expect_err("it does not fit");
        assert!(problem.contains("somebody changed the package"), "{problem}");
        let broken = Signer::of(WASM, Some("untrusted comment: x\nnonsense"), &first()).expect_err("it is none");
        assert!(broken.contains("cannot be read"), "{broken}");
    }
}
