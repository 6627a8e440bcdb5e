//! The host's own buttons under an answer, and what pressing one carries.
//!
//! The chain puts them under a draft that cites entries; `knowledge` takes *Helpful* and *Not it*, `handoff` takes
//! *A person, please*.

use serde::{Deserialize, Serialize};

use super::ids::{EntryId, PluginId};

/// A payload may have 1 KiB; a question longer than this is cut, because it only serves to ask again.
const QUESTION_BYTES_MAX: usize = 600;

/// What pressing one of the host's buttons means. Stored as the payload of a button that the host owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum HostButton {
    /// *Helpful*.
    Helpful(Served),
    /// *Not it*.
    NotIt(Served),
    /// *A person, please*.
    Person,
}

/// What was served above the buttons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The plugin that answered: it is told.
    pub plugin: PluginId,
    /// Entries and the revisions that were served.
    pub entries: Vec<(EntryId, u32)>,
    /// What was asked.
    pub question: String,
}

impl Served {
    /// Cuts the question so that the payload keeps its limit.
    pub fn new(plugin: PluginId, entries: Vec<(EntryId, u32)>, question: &str) -> Self {
        let mut end = question.len().min(QUESTION_BYTES_MAX);
        while !question.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            plugin,
            entries,
            question: question[..end].to_owned(),
        }
    }
}

impl HostButton {
    /// As the button's payload.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).expect("names and texts are JSON")
    }

    /// From a button's payload; none when it is not one of ours.
    pub fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_reads_back_and_keeps_its_limit() {
        let served = Served::new(PluginId::from("a/b"), vec![(EntryId::from("x"), 3)], &"ü".repeat(2000));
        let button = HostButton::NotIt(served);
        let payload = button.to_payload();
        assert!(payload.len() <= 1024);
        assert_eq!(HostButton::from_payload(&payload), Some(button));
    }

    #[test]
    fn a_foreign_payload_is_none() {
        assert_eq!(HostButton::from_payload("vote:1"), None);
    }
}
