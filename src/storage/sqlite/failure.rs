//! Tells what is wrong with one unit from what is wrong with the database.

use std::fmt;

use rusqlite::ErrorCode;

use crate::storage::WriteError;

/// Why a unit was not applied.
#[derive(Debug)]
pub(super) enum ApplyError {
    /// This unit cannot be applied; others of its batch can.
    Refused(WriteError),
    /// The database cannot be written: nothing of the batch is.
    Failed(Failure),
}

impl ApplyError {
    /// A precondition does not hold. `what` completes "… was changed by somebody else".
    pub(super) fn conflict(what: impl Into<String>) -> Self {
        Self::Refused(WriteError::Conflict { what: what.into() })
    }

    /// As whoever asked for the write sees it.
    pub(super) fn into_write_error(self) -> WriteError {
        match self {
            Self::Refused(error) => error,
            Self::Failed(failure) => failure.to_write_error(),
        }
    }
}

impl From<rusqlite::Error> for ApplyError {
    fn from(error: rusqlite::Error) -> Self {
        if is_of_the_database(&error) {
            return Self::Failed(error.into());
        }
        if is_of_a_unique_key(&error) {
            // Two wrote the same thing at once: a place seen for the first time, a second open conversation.
            return Self::conflict(error.to_string());
        }
        Self::Refused(WriteError::Broken(Box::new(error)))
    }
}

impl From<serde_json::Error> for ApplyError {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(WriteError::Broken(Box::new(error)))
    }
}

/// The database cannot be written. Each unit of the batch is answered with it.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// No space is left.
    DiskFull,
    /// Read-only or gone; in words for the operator.
    Broken(String),
    /// What is on disk is damaged, which does not mend itself; in words for the operator.
    Damaged(String),
}

impl Failure {
    /// As whoever asked for the write sees it.
    pub(super) fn to_write_error(&self) -> WriteError {
        match self {
            Self::DiskFull => WriteError::DiskFull,
            Self::Broken(text) | Self::Damaged(text) => WriteError::Broken(text.clone().into()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DiskFull => f.write_str("the disk is full; make room where the data folder lies"),
            Self::Broken(text) | Self::Damaged(text) => f.write_str(text),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let hint = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => return Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                "; make the data folder writable for this user"
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                let way_out = "stop the program and restore the last backup with `switchboard restore`";
                return Self::Damaged(format!("{error}; {way_out}"));
            }
            Some(ErrorCode::SystemIoFailure) => "; look for disk errors in the system's log",
            _ => "",
        };
        Self::Broken(format!("{error}{hint}"))
    }
}

fn is_of_the_database(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::CannotOpen
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NotADatabase
                | ErrorCode::OperationInterrupted
                | ErrorCode::OutOfMemory
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
        )
    )
}

fn is_of_a_unique_key(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    error.sqlite_error().is_some_and(|error| {
        matches!(
            error.extended_code,
            SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID
        )
    })
}
