//! What somebody should look at in a knowledge base, in the words in which every face says it.
//!
//! Plain data that is stored and shown. What is found, and when, is `knowledge::upkeep`.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::EntryId;

/// Why somebody should look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Concern {
    /// A page behind the answer is gone.
    DeadLink {
        /// Its address.
        url: String,
        /// The day on which it was gone first: `2026-08-01`.
        since: String,
        /// What came instead.
        why: String,
    },
    /// The day on which somebody was to look again is over.
    Overdue {
        /// That day.
        day: String,
    },
    /// Nearly the same question, and another answer.
    Contradiction,
    /// Nearly the same question, and nearly the same answer.
    Duplicate,
    /// Translations were made from what it said before.
    SourceChanged {
        /// Their languages.
        languages: Vec<String>,
    },
    /// Nobody was given it for long.
    Unused {
        /// The day of the last time; none when there was none that is still known.
        last: Option<String>,
    },
    /// Nobody has looked at a page behind the answer for long.
    Unchecked {
        /// Its address.
        url: String,
        /// When somebody did; none when nobody has said so.
        checked: Option<String>,
    },
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub concern: Concern,
    /// The entry, or both, with the revisions in which it was found.
    pub entries: Vec<(EntryId, u32)>,
}

/// What is known of a page behind an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its address.
    pub url: String,
    /// How it stands.
    pub state: LinkState,
    /// What came, in words for staff.
    pub why: String,
    /// When somebody asked last.
    pub looked_at: Timestamp,
}

/// How a page behind an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is there.
    There,
    /// It was not, the last time.
    Failing {
        /// When it was gone first.
        since: Timestamp,
    },
    /// It was gone on two different days, and never there in between: answers that rest on it are only suggested.
    Dead {
        /// When it was gone first.
        since: Timestamp,
    },
    /// Nothing can be said of it: it is not asked, or does not say.
    Unknown,
}

impl Concern {
    /// What kind it is, for headings.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::DeadLink { .. } => "Dead link",
            Self::Overdue { .. } => "Review overdue",
            Self::Contradiction => "Two answers",
            Self::Duplicate => "Near duplicate",
            Self::SourceChanged { .. } => "Source changed since",
            Self::Unused { .. } => "Never asked for",
            Self::Unchecked { .. } => "Source not checked",
        }
    }

    /// What kind it is, for addresses.
    pub fn kind(&self) -> &'static str {
        self.name().0
    }

    /// What is the matter and what to do, in sentences.
    pub fn sentence(&self) -> String {
        match self {
            Self::DeadLink { url, since, why } => format!(
                "{url} has been gone since {since} ({why}). Until it is back or the source is another one, the entry is only suggested."
            ),
            Self::Overdue { day } => format!(
                "Somebody was to look at it again by {day}. Until then it is only suggested: look, and set the next day."
            ),
            Self::Contradiction => {
                "Both are asked in nearly the same words and say different things. Make them say the same, or let \
                                    their questions tell them apart."
                    .to_owned()
            }
            Self::Duplicate => {
                "Both are asked in nearly the same words and say nearly the same. Put them together: the bot knows \
                                better which one is meant when there is one."
                    .to_owned()
            }
            Self::SourceChanged { languages } => format!(
                "Its question or answer was changed after it was translated to {}. Edit the entry and write the translation anew; \
                 where it still says the same, tick that there.",
                languages.join(", ")
            ),
            Self::Unused { last: Some(day) } => {
                format!(
                    "It was given last on {day}. If nobody needs it any more, take it away; else add the words people ask in."
                )
            }
            Self::Unused { last: None } => {
                "Nobody was given it as far back as anything is kept. If nobody needs it, take it away; \
                                            else add the words people ask in."
                    .to_owned()
            }
            Self::Unchecked {
                url,
                checked: Some(day),
            } => format!("Somebody looked at {url} last on {day}. See whether it still says so, and write down today."),
            Self::Unchecked { url, checked: None } => {
                format!(
                    "Nobody has written down when they looked at {url}. See whether it says so, and write down today."
                )
            }
        }
    }

    /// What tells it from another one of the same entries.
    fn name(&self) -> (&'static str, &str) {
        match self {
            Self::DeadLink { url, .. } => ("dead_link", url),
            Self::Overdue { .. } => ("overdue", ""),
            // What is a contradiction today may be a duplicate after an edit; then it is news.
            Self::Contradiction => ("contradiction", ""),
            Self::Duplicate => ("duplicate", ""),
            Self::SourceChanged { .. } => ("source_changed", ""),
            Self::Unused { .. } => ("unused", ""),
            Self::Unchecked { url, .. } => ("unchecked", url),
        }
    }
}

impl Finding {
    /// Names it, whatever revisions it was found in.
    pub fn key(&self) -> String {
        let (kind, about) = self.concern.name();
        let entries: Vec<&str> = self.entries.iter().map(|(id, _)| id.as_str()).collect();
        let key = format!("{kind} {} {about}", entries.join(" "));
        key.trim_end().to_owned()
    }
}
