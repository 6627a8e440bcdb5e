//! One answer of the knowledge base, as people write it.
//!
//! Owns the shape and what of it is shown. Reading and checking files is `knowledge::files`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::finding::{EntryText, Source};
use super::ids::EntryId;

/// One question with its answer. Written as YAML by people, stored as JSON with every revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Names it for good: lower-case words with hyphens.
    pub id: EntryId,
    /// As a member would ask it.
    pub question: String,
    /// Other ways to ask it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What is said.
    pub answer: Answer,
    /// BCP 47 of `question` and `answer`; none for the community's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The same in other languages, by BCP 47.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, Translation>,
    /// Who may read it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Where it may be said.
    #[serde(default, skip_serializing_if = "Channels::is_empty")]
    pub channels: Channels,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Whom it is owed to, as they want to be named: it stands below the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Who keeps it true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `2027-02-01`: somebody should look again. Afterwards it is only suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<String>,
    /// `2027-02-01`: the last day on which it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What else may help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<EntryId>,
    /// The queue for those whom it does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// The stored revision that this text goes on from; 0 for a new one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rev: u32,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// In markdown.
    pub full: String,
    /// At most 280 characters, for places where the full one is too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// In order, below the full text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// An entry in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// The revision it was made from.
    #[serde(default)]
    pub of_rev: u32,
    /// As a member would ask it.
    pub question: String,
    /// Other ways to ask it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What is said.
    pub answer: Answer,
}

/// Who may read an entry; who reads less is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Members: not in public places.
    Members,
    /// Staff alone.
    Staff,
}

/// Where an entry may be said, by platform or place name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// Only there; everywhere when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<String>,
}

impl Channels {
    /// Whether there is no limit.
    pub fn is_empty(&self) -> bool {
        self.only.is_empty() && self.not.is_empty()
    }
}

impl Answer {
    /// The full text with its steps, in markdown.
    pub fn markdown(&self) -> String {
        let mut text = self.full.trim().to_owned();
        for (number, step) in self.steps.iter().enumerate() {
            let gap = if number == 0 { "\n\n" } else { "\n" };
            write!(text, "{gap}{}. {}", number + 1, step.trim()).expect("a string takes all");
        }
        text
    }
}

impl Entry {
    /// As it is said in `language`, or in its own language where there is no translation.
    pub fn text(&self, language: Option<&str>) -> EntryText {
        let translation = language.and_then(|wanted| self.translation(wanted));
        let (question, answer) =
            translation.map_or((&self.question, &self.answer), |found| (&found.question, &found.answer));
        EntryText {
            id: self.id.clone(),
            revision: self.rev,
            question: question.clone(),
            answer: answer.markdown(),
            short: answer.short.clone(),
            sources: self.sources.clone(),
            credit: self.credit.clone(),
            beside: Vec::new(),
        }
    }

    /// Whether its last day is over; `today` is a day like `2026-08-01`.
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|last| last < today)
    }

    /// Its question in `language`, or in its own.
    pub fn question_in(&self, language: Option<&str>) -> &str {
        language
            .and_then(|wanted| self.translation(wanted))
            .map_or(&self.question, |found| &found.question)
    }

    /// `de-AT` finds `de-AT`, else `de`.
    fn translation(&self, wanted: &str) -> Option<&Translation> {
        let base = wanted.split('-').next().unwrap_or(wanted);
        self.translations.get(wanted).or_else(|| self.translations.get(base))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_language_falls_back_to_its_base_and_then_to_the_original() {
        let json = r#"{"id":"a","question":"Q","answer":{"full":"A","steps":["one","two"]},
            "translations":{"de":{"question":"F","answer":{"full":"Antwort"}}}}"#;
        let entry: Entry = serde_json::from_str(json).unwrap();
        assert_eq!(entry.text(Some("de-AT")).answer, "Antwort");
        assert_eq!(entry.text(Some("fr")).answer, "A\n\n1. one\n2. two");
        assert_eq!(entry.question_in(Some("de")), "F");
    }
}
