//! What a login finds when it examines itself, as data: for `doctor`, for `init`, and for the console.

use serde::{Deserialize, Serialize};

/// All that was looked at, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examination {
    /// Who we are there; none where the platform did not say.
    pub known_as: Option<KnownAs>,
    /// One for each thing that was looked at.
    pub diagnoses: Vec<Diagnosis>,
}

/// How people on a platform know our login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAs {
    /// As they see and call it.
    pub name: String,
    /// Where they find it, or let it in.
    pub address: String,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What it was: [`TOKEN`], or the name of a place.
    pub about: String,
    /// How it is.
    #[serde(flatten)]
    pub health: Health,
}

/// What a diagnosis is about when the platform knows the token or does not.
pub const TOKEN: &str = "token";

/// What a diagnosis is about when the platform could not be asked, so that nothing is known of the token.
pub const CONNECTION: &str = "connection";

/// How a thing is, in one sentence each, for people. Never a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "health", rename_all = "snake_case")]
pub enum Health {
    /// Nothing is to be done.
    Fine {
        /// How it is.
        what: String,
    },
    /// It works, but not all of it.
    Warning {
        /// What does not.
        what: String,
        /// What to do for all of it.
        fix: String,
    },
    /// It does not work.
    Failure {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
}

impl Health {
    /// Nothing is to be done.
    pub fn fine(what: impl Into<String>) -> Self {
        Self::Fine { what: what.into() }
    }

    /// It works, but not all of it.
    pub fn warning(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Warning {
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// It does not work.
    pub fn failure(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Failure {
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// It is about this.
    #[must_use]
    pub fn of(self, about: impl Into<String>) -> Diagnosis {
        Diagnosis {
            about: about.into(),
            health: self,
        }
    }

    /// How it is, as one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Fine { .. } => "fine",
            Self::Warning { .. } => "warning",
            Self::Failure { .. } => "failure",
        }
    }

    /// How it is, or what is wrong.
    pub fn what(&self) -> &str {
        match self {
            Self::Fine { what } | Self::Warning { what, .. } | Self::Failure { what, .. } => what,
        }
    }

    /// What to do, if something is.
    pub fn fix(&self) -> Option<&str> {
        match self {
            Self::Fine { .. } => None,
            Self::Warning { fix, .. } | Self::Failure { fix, .. } => Some(fix),
        }
    }
}

impl Examination {
    /// It ended with this one.
    pub(super) fn only(diagnosis: Diagnosis) -> Self {
        Self {
            known_as: None,
            diagnoses: vec![diagnosis],
        }
    }
}
