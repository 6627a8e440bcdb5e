//! Values that are never printed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A token, key or password. `Debug` and `Display` show stars; there is no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it. Never log what this gives.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

const NO_REFERENCE: &str = "a secret itself has no place here; write where it is, such as `env:TELEGRAM_TOKEN` or \
                            `file:/run/secrets/telegram`";

/// Where a secret is: `env:NAME` for an environment variable, `file:PATH` for a file. Empty: nowhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretRef(String);

impl SecretRef {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether no secret is named.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// What is wrong with the reference itself, if something is. Reads nothing.
    pub fn problem(&self) -> Option<&'static str> {
        let fits = match self.0.trim().split_once(':') {
            Some(("env", name)) => is_variable(name),
            Some(("file", path)) => !path.contains(':'),
            _ => self.is_empty(),
        };
        (!fits).then_some(NO_REFERENCE)
    }

    /// Where the secret is, for people; none where the text names no place, and may be the secret itself.
    pub fn place(&self) -> Option<String> {
        match self.0.trim().split_once(':') {
            Some(("env", name)) if is_variable(name) => Some(format!("the environment variable `{name}`")),
            Some(("file", path)) if !path.contains(':') => Some(format!("the file {path}")),
            _ => None,
        }
    }

    /// Reads the secret, without space around it.
    ///
    /// # Errors
    ///
    /// Why there is none, for the admin. Never repeats a text that may be the secret itself.
    pub fn read(&self) -> Result<Secret, String> {
        let text = match self.0.trim().split_once(':') {
            Some(("env", name)) if is_variable(name) => {
                std::env::var(name).map_err(|_| format!("the environment variable `{name}` is not set"))?
            }
            Some(("file", path)) if !path.contains(':') => {
                std::fs::read_to_string(path).map_err(|error| format!("the file {path} cannot be read: {error}"))?
            }
            _ => return Err(NO_REFERENCE.to_owned()),
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("`{}` holds nothing", self.0.trim()));
        }
        Ok(Secret::new(text))
    }
}

/// Whether it can be the name of an environment variable, and is no token.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The text may be a secret that somebody put here by mistake.
impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, " s3cret\n").unwrap();
        let named = SecretRef::new(format!("file:{}", file.display()));
        assert_eq!(named.read().unwrap().expose(), "s3cret");
        std::fs::write(&file, "\n").unwrap();
        assert!(named.read().unwrap_err().ends_with("holds nothing"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |text: &str, part: &str| {
            let problem = SecretRef::new(text).read().unwrap_err();
            assert!(problem.contains(part), "{problem}");
        };
        check(
            "env:SWITCHBOARD_NO_SUCH_VARIABLE",
            "`SWITCHBOARD_NO_SUCH_VARIABLE` is not set",
        );
        check("file:/nowhere/token", "/nowhere/token cannot be read");
    }

    #[test]
    fn a_secret_put_here_by_mistake_is_not_repeated() {
        for pasted in ["123456:ABC-DEF", "env:123456:ABC-DEF", "file:123456:ABC-DEF", "env:"] {
            let pasted = SecretRef::new(pasted);
            assert!(!pasted.read().unwrap_err().contains("ABC"));
            assert!(pasted.problem().is_some() && pasted.place().is_none() && !format!("{pasted:?}").contains("ABC"));
        }
    }
}
