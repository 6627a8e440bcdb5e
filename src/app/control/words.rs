//! What can be asked, and how it is answered.

use serde::{Deserialize, Serialize};

use crate::config::RetentionConfig;
use crate::connectors::examination::Examination;
use crate::installer::PluginRequest;
use crate::knowledge::embeddings;
use crate::knowledge::import::Import;
use crate::model::Timestamp;
use crate::model::directory::Place;
use crate::model::ids::{EntryId, PlaceId};

/// What a command asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// How it is doing.
    Status,
    /// How each login stands, and what it can do.
    Logins,
    /// Whether everything can do its work.
    Doctor,
    /// What became of a message or event, a line for each handler and plugin.
    Explain {
        /// An event's number, or a message's id.
        what: String,
    },
    /// Which plugins there are.
    Plugins,
    /// Something about one plugin, or one that may come.
    Plugin {
        /// What.
        plugin: PluginRequest,
    },
    /// Deliveries, newest first.
    Deliveries {
        /// In this state alone.
        state: Option<String>,
    },
    /// Tries a delivery again.
    DeliveryAgain {
        /// Which.
        id: String,
    },
    /// Gives a delivery up.
    DeliveryGiveUp {
        /// Which.
        id: String,
    },
    /// A delivery was seen on the platform.
    DeliveryArrived {
        /// Which.
        id: String,
    },
    /// The community's files.
    Export,
    /// Makes files the community's knowledge.
    Apply {
        /// Name and text of each.
        files: Vec<(String, String)>,
        /// Only says what would happen.
        dry_run: bool,
        /// Says also which questions would be answered otherwise.
        twin: bool,
    },
    /// Looks for what somebody should look at in the knowledge base.
    CheckKnowledge,
    /// Which questions would be answered otherwise with another sentence model.
    TwinOfModel {
        /// The model, with the folder as whoever asks finds it; without a folder there is none.
        model: embeddings::Config,
    },
    /// Brings entries from files of others into the community's knowledge.
    Import {
        /// What is imported.
        import: Import,
        /// Only says what would happen.
        dry_run: bool,
        /// Says also which questions would be answered otherwise.
        twin: bool,
    },
    /// How good answers are.
    Quality {
        /// By what was asked in so many days.
        days: u16,
    },
    /// Copies the database.
    Backup {
        /// To this file.
        to: String,
    },
    /// Takes away what is older than it is kept.
    Retention {
        /// How long that is.
        written: RetentionConfig,
        /// Only counts.
        dry_run: bool,
    },
    /// Accounts of the console.
    Accounts,
    /// A link that makes an account.
    AccountInvite {
        /// Its role.
        role: String,
    },
    /// A link that gives an account a new password.
    AccountReset {
        /// Whose.
        email: String,
    },
    /// The channels of a login.
    Places {
        /// Of this one.
        login: String,
        /// When they are told.
        wanted: Wanted,
    },
    /// Switchboard acts in a place from now on, or no longer.
    SwitchPlace {
        /// Which.
        place: PlaceId,
        /// Whether it acts there.
        on: bool,
        /// Only while it still reads along, or does not, as whoever switched it on has left it.
        as_left: Option<bool>,
    },
    /// Tells the next answer of a plugin that has arrived in a place.
    Answer {
        /// There, or in a thread of it.
        place: PlaceId,
        /// That was given since then.
        since: Timestamp,
    },
    /// Takes entries of the knowledge base away that nobody has changed.
    RemoveEntries {
        /// Which.
        entries: Vec<EntryId>,
        /// The name and text of the file that they were added by.
        file: (String, String),
    },
    /// Takes the commands out of a login's menus.
    EmptyMenus {
        /// Of this one.
        login: String,
    },
    /// Begins to talk: lines of [`crate::connectors::terminal`] go both ways from then on.
    Chat {
        /// As whom.
        name: String,
        /// BCP 47, of the person's surroundings.
        language: Option<String>,
        /// Whether what was said before is shown first.
        earlier: bool,
    },
}

impl Request {
    /// Whether it only makes sense where something was before: a typing mistake in the folder's name makes no new one.
    pub(crate) fn looks_back(&self) -> bool {
        match self {
            Self::Status
            | Self::Logins
            | Self::Explain { .. }
            | Self::Deliveries { .. }
            | Self::DeliveryAgain { .. }
            | Self::DeliveryGiveUp { .. }
            | Self::DeliveryArrived { .. }
            | Self::Quality { .. }
            | Self::TwinOfModel { .. }
            | Self::Backup { .. }
            | Self::Retention { .. }
            | Self::Accounts
            | Self::Plugins
            | Self::AccountReset { .. } => true,
            Self::Plugin { plugin } => plugin.looks_back(),
            Self::Doctor
            | Self::Export
            | Self::Apply { .. }
            | Self::CheckKnowledge
            | Self::Import { .. }
            | Self::AccountInvite { .. }
            | Self::Places { .. }
            | Self::SwitchPlace { .. }
            | Self::Answer { .. }
            | Self::RemoveEntries { .. }
            | Self::EmptyMenus { .. }
            | Self::Chat { .. } => false,
        }
    }

    /// Whether it can be answered where nothing was before, without leaving anything.
    pub(crate) fn leaves_nothing(&self) -> bool {
        matches!(self, Self::Plugin { plugin } if plugin.leaves_nothing())
    }

    /// Whether it changes nothing and its answer may take as long as people do.
    pub(super) fn waits(&self) -> bool {
        matches!(self, Self::Places { .. } | Self::Answer { .. })
    }
}

/// When places are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Now, also when there are none.
    Now,
    /// As soon as there is one.
    Any,
    /// As soon as one is called so.
    Named(String),
}

/// What examining a part found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The part: the machine, or a login.
    pub of: String,
    /// What was found.
    pub examination: Examination,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reply {
    /// Rows under headings.
    Table {
        /// A sentence about them.
        #[serde(default)]
        note: Option<String>,
        /// Names of the columns.
        columns: Vec<String>,
        /// As many cells each as there are columns.
        rows: Vec<Vec<String>>,
    },
    /// What became of an event.
    Explained {
        /// For people: who, what and why.
        rows: Vec<Vec<String>>,
        /// For programs: the same, by names that stay as they are.
        data: serde_json::Value,
    },
    /// One sentence: it is done.
    Done {
        /// Which.
        text: String,
    },
    /// What an import did, or would.
    Imported {
        /// For people: a line for each entry, and the counts.
        text: String,
        /// How many entries are in conflict.
        conflicts: usize,
    },
    /// What a package asks for.
    Planned {
        /// For people.
        text: String,
        /// Of the package that was looked at.
        digest: String,
        /// Whether it can be installed, or run.
        possible: bool,
        /// Whether what is an update waits until somebody agrees.
        waits: bool,
        /// What is asked behind it.
        question: String,
    },
    /// Files.
    Files {
        /// Name and text of each.
        files: Vec<(String, String)>,
    },
    /// What was looked at, and how it is.
    Examined {
        /// The machine, then each login.
        reports: Vec<Report>,
    },
    /// Places, by name.
    Places {
        /// All of them.
        places: Vec<Place>,
    },
    /// It is not done, and why.
    Refused {
        /// Why.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Reply {
    /// A refusal without a hint.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
            hint: None,
        }
    }

    /// It is done.
    pub fn done(text: impl Into<String>) -> Self {
        Self::Done { text: text.into() }
    }

    /// Rows under headings.
    pub fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self::noted(None, columns, rows)
    }

    /// The same, perhaps with a sentence about them.
    pub fn noted(note: Option<String>, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self::Table {
            note,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows,
        }
    }
}
