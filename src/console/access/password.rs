//! Passwords: what they must be, how they are kept, whether one is right.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::secret::Secret;

/// Long enough against guessing at the speed that `throttle` allows, short enough to be remembered.
const LENGTH_MIN: usize = 10;

/// Longer than any password manager makes; keeps hashing short.
const LENGTH_MAX: usize = 256;

/// Each hashing takes 19 MiB and a core for a moment.
const AT_ONCE_MAX: usize = 2;

/// A hash that no password has, so that an unknown account takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3dpdGNoYm9hcmQtbm9ib2R5$2NmpuhVe9DjtsSMSpKDVMUE1EeTEE5m3fGSCQDMlDfo";

/// Hashes and checks passwords, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Semaphore,
}

/// Why a password cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("Please choose a password with 10 characters or more. A few words in a row do well.")]
    TooShort,
    /// Too long.
    #[error("Please choose a password with at most 256 characters.")]
    TooLong,
    /// The same as the address.
    #[error("Please choose a password that is not your e-mail address.")]
    IsAddress,
}

/// Whether a new password will do.
pub(crate) fn check(password: &Secret, email: &str) -> Result<(), PasswordError> {
    let length = password.expose().chars().count();
    if length < LENGTH_MIN {
        Err(PasswordError::TooShort)
    } else if length > LENGTH_MAX {
        Err(PasswordError::TooLong)
    } else if password.expose().eq_ignore_ascii_case(email) {
        Err(PasswordError::IsAddress)
    } else {
        Ok(())
    }
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE_MAX),
        }
    }

    /// The form in which a password is kept.
    pub(crate) async fn hash(&self, password: Secret) -> String {
        self.blocking(move || {
            Argon2::default()
                .hash_password(password.expose().as_bytes())
                .expect("the default parameters and a checked length are within argon2's limits")
                .to_string()
        })
        .await
    }

    /// Whether `password` is the one behind `kept`. With none kept it takes as long and is never right.
    pub(crate) async fn is_right(&self, password: Secret, kept: Option<String>) -> bool {
        if password.expose().chars().count() > LENGTH_MAX {
            return false;
        }
        self.blocking(move || {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| NOBODY.to_owned());
            let right = PasswordHash::new(&kept).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.expose().as_bytes(), &hash)
                    .is_ok()
            });
            right && known
        })
        .await
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work)
            .await
            .expect("hashing neither panics nor is cancelled")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_is_right_and_others_are_not() {
        let passwords = Passwords::new();
        let kept = passwords.hash(Secret::new("correct horse battery")).await;
        assert!(kept.starts_with("$argon2id$"));
        assert!(
            passwords
                .is_right(Secret::new("correct horse battery"), Some(kept.clone()))
                .await
        );
        assert!(
            !passwords
                .is_right(Secret::new("Correct horse battery"), Some(kept))
                .await
        );
        assert!(!passwords.is_right(Secret::new("correct horse battery"), None).await);
    }

    #[test]
    fn the_hash_of_nobody_can_be_checked_against() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn a_new_password_is_long_and_not_the_address() {
        let check = |text: &str| check(&Secret::new(text), "carol@example.org");
        assert_eq!(check("short"), Err(PasswordError::TooShort));
        assert_eq!(check(&"x".repeat(257)), Err(PasswordError::TooLong));
        assert_eq!(check("Carol@example.org"), Err(PasswordError::IsAddress));
        assert_eq!(check("four words in a row"), Ok(()));
    }
}
