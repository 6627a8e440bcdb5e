//! How a command ends when it does not end well: words, a hint, an exit code.

use std::fmt;
use std::process::ExitCode;

use crate::app::community::Mistakes;
use crate::config::Problems;
use crate::http::BindError;
use crate::knowledge::embeddings;
use crate::model::amount::counted;
use crate::storage::data_folder::DataFolderError;
use crate::storage::sqlite::OpenError;

/// Something was found that a person has to put right.
pub const FOUND: u8 = 1;
/// The arguments cannot be used.
pub const USAGE: u8 = 64;
/// It is our fault, or the machine's.
pub const OURS: u8 = 70;
/// The configuration cannot be used.
pub const CONFIG: u8 = 78;

/// Why a command failed, for a person.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// With one of the exit codes of this module.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Shows it on standard error: `error:`, a blank line, `hint:`.
    pub fn show(&self) -> ExitCode {
        eprintln!("error: {self}");
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let count = counted(problems.0.len(), "problem", "problems");
        Self::new(CONFIG, format!("the configuration has {count}\n{problems}"))
            .hint("`switchboard config --full` lists every option; `switchboard check` looks again")
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if error.downcast_ref::<Mistakes>().is_some() {
            return Self::new(FOUND, format!("{error:#}")).hint(
                "mend them in the folder that `community` in the configuration names; `switchboard check` looks again",
            );
        }
        let text = format!("{error:#}");
        if let Some(folder) = error.downcast_ref() {
            return Self::new(FOUND, text).hint(match folder {
                DataFolderError::InUse { .. } => {
                    "commands such as `switchboard status` work beside it; to start a second one, give it its own \
                     folder with --data and its own address with --listen"
                }
                DataFolderError::Unusable { .. } => "choose a folder with --data that this user may write to",
            });
        }
        if error.downcast_ref::<BindError>().is_some() {
            let hint = "another program listens there; stop that one, or choose another address: `listen` in the section \
                        `http` of the configuration, or `switchboard run --listen 127.0.0.1:8401`";
            return Self::new(FOUND, text).hint(hint);
        }
        if let Some(model) = error.downcast_ref::<embeddings::OpenError>() {
            return Self::new(CONFIG, text).hint(model.fix());
        }
        if let Some(OpenError::Newer { .. }) = error.downcast_ref() {
            return Self::new(FOUND, text);
        }
        Self::new(OURS, text)
    }
}
