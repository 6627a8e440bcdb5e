//! What is decided and not written yet.

use super::offer::{InstallError, Installer, refused};
use crate::storage::{Unit, WriteError};

/// What is decided about a plugin. Nothing has happened before its units are written, all of them in one.
#[derive(Clone, Debug)]
#[must_use = "nothing has happened before it is written"]
pub struct Decided<T> {
    /// What has to be written; empty when nothing changes. Their preconditions are how things stood.
    pub units: Vec<Unit>,
    /// What is so then.
    pub then: T,
}

impl<T> Decided<T> {
    pub(super) fn new(units: Vec<Unit>, then: T) -> Self {
        Self { units, then }
    }

    /// Nothing has to be written.
    pub(super) fn nothing(then: T) -> Self {
        Self::new(Vec::new(), then)
    }

    /// The same, with something else to say of it.
    pub fn map<U>(self, say: impl FnOnce(T) -> U) -> Decided<U> {
        Decided::new(self.units, say(self.then))
    }
}

impl Installer {
    /// Writes what was decided. What may happen in one with something else is written by whoever does that.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or somebody else was faster.
    pub async fn write<T>(&self, decided: Decided<T>) -> Result<T, InstallError> {
        if decided.units.is_empty() {
            return Ok(decided.then);
        }
        match self.parts.storage.write(Unit::All(decided.units)).await {
            Ok(_) => Ok(decided.then),
            Err(WriteError::Conflict { what }) => {
                Err(refused(format!("{what} was changed by somebody else: look again")))
            }
            Err(error) => Err(error.into()),
        }
    }
}
