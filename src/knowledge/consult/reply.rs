//! What a model says, until it is believed: only entries that it was shown, only by words that stand in them. Pure.

use serde::Deserialize;

use super::quotes;
use crate::knowledge::base::{Taken, Word};
use crate::model::finding::EntryText;
use crate::storage::consult::Mode;

/// More than any reply that keeps to the form.
const REPLY_BYTES_MAX: usize = 32 << 10;

/// So many quotes hold any answer.
const QUOTES_MAX: usize = 12;

/// A shorter quote stands in every text and shows nothing, unless it is all that the entry says.
const QUOTE_CHARS_MIN: usize = 12;

/// The form that is asked for. What has anything else in it was made by whoever does not keep to what was asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    answerable: bool,
    entries: Vec<String>,
    quotes: Vec<String>,
}

/// Why a reply counts for nothing. For the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it is not in the form that was asked for")]
    Form,
    #[error("it says that nothing answers, and names what does")]
    Contradiction,
    #[error("it names no entry, or one twice")]
    NoEntry,
    #[error("it names an entry that it was not shown")]
    Stranger,
    #[error("it quotes too little or too much")]
    Quotes,
    #[error("it quotes what stands in none of the entries that it names")]
    Invented,
    #[error("it quotes nothing of an entry that it names")]
    Unquoted,
}

/// Reads a reply about these entries.
pub(super) fn read(text: &str, shown: &[EntryText], mode: Mode) -> Result<Word, Fault> {
    if text.len() > REPLY_BYTES_MAX {
        return Err(Fault::Form);
    }
    let reply: Reply = serde_json::from_str(unfenced(text)).map_err(|_| Fault::Form)?;
    if !reply.answerable {
        let nothing = reply.entries.is_empty() && reply.quotes.is_empty();
        return if nothing {
            Ok(Word::No)
        } else {
            Err(Fault::Contradiction)
        };
    }
    if reply.quotes.is_empty() || reply.quotes.len() > QUOTES_MAX {
        return Err(Fault::Quotes);
    }
    let entries = named(&reply.entries, shown)?;
    for quote in &reply.quotes {
        if !entries.iter().any(|entry| quotes::is_in(&entry.answer, quote)) {
            return Err(Fault::Invented);
        }
        let long = quote.trim().chars().count() >= QUOTE_CHARS_MIN;
        if !long && !entries.iter().any(|entry| quotes::is_whole(&entry.answer, quote)) {
            return Err(Fault::Quotes);
        }
    }
    let taken = entries.into_iter().map(|entry| {
        let parts = quotes::parts(&entry.answer, &reply.quotes).ok_or(Fault::Unquoted)?;
        Ok(Taken {
            id: entry.id.clone(),
            revision: entry.revision,
            parts: (mode == Mode::Compose).then_some(parts),
        })
    });
    Ok(Word::Yes(taken.collect::<Result<_, _>>()?))
}

/// The entries of these names, each once.
fn named<'a>(names: &[String], shown: &'a [EntryText]) -> Result<Vec<&'a EntryText>, Fault> {
    let mut entries: Vec<&EntryText> = Vec::with_capacity(names.len());
    for name in names {
        let entry = shown
            .iter()
            .find(|entry| entry.id.as_str() == name)
            .ok_or(Fault::Stranger)?;
        if entries.iter().any(|known| known.id == entry.id) {
            return Err(Fault::NoEntry);
        }
        entries.push(entry);
    }
    if entries.is_empty() {
        Err(Fault::NoEntry)
    } else {
        Ok(entries)
    }
}

/// Many models put JSON into a fence, whatever they are asked for.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    inner.and_then(|inner| inner.strip_suffix("```")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, answer: &str) -> EntryText {
        EntryText {
            id: id.into(),
            revision: 3,
            question: "How?".to_owned(),
            answer: answer.to_owned(),
            short: None,
            sources: Vec::new(),
            credit: None,
            beside: Vec::new(),
        }
    }

    fn shown() -> Vec<EntryText> {
        vec![
            entry(
                "backup",
                "Run it at night.\n\nNever share the file with anybody.\n\nKeep seven copies.",
            ),
            entry("price", "None."),
        ]
    }

    #[track_caller]
    fn check(reply: &str, expected: Result<&str, Fault>) {
        let read = read(reply, &shown(), Mode::Compose).map(|word| match word {
            Word::No => "no".to_owned(),
            Word::Yes(taken) => {
                let taken: Vec<_> = taken
                    .into_iter()
                    .map(|taken| format!("{} {}: {}", taken.id, taken.revision, taken.parts.unwrap_or_default()))
                    .collect();
                taken.join(" | ")
            }
        });
        assert_eq!(read, expected.map(str::to_owned), "{reply}");
    }

    #[test]
    fn a_reply_in_its_form_is_believed() {
        check(r#"{"answerable": false, "entries": [], "quotes": []}"#, Ok("no"));
        let yes = r#"{"answerable": true, "entries": ["backup"], "quotes": ["Keep seven copies."]}"#;
        check(yes, Ok("backup 3: Keep seven copies."));
        check(&format!("```json\n{yes}\n```"), Ok("backup 3: Keep seven copies."));
        let word = read(yes, &shown(), Mode::Select).unwrap();
        assert!(
            matches!(&word, Word::Yes(taken) if taken[0].parts.is_none()),
            "{word:?}"
        );
    }

    #[test]
    fn a_quote_is_said_with_all_of_its_paragraph_so_that_nothing_says_the_opposite() {
        check(
            r#"{"answerable": true, "entries": ["backup"], "quotes": ["share the file with anybody"]}"#,
            Ok("backup 3: Never share the file with anybody."),
        );
    }

    #[test]
    fn several_entries_are_said_in_the_order_in_which_they_are_named() {
        check(
            r#"{"answerable": true, "entries": ["price", "backup"], "quotes": ["Run it at night.", "None."]}"#,
            Ok("price 3: None. | backup 3: Run it at night."),
        );
    }

    #[test]
    fn anything_else_counts_for_nothing() {
        for (reply, fault) in [
            ("", Fault::Form),
            ("I cannot help with that.", Fault::Form),
            ("[]", Fault::Form),
            (r#"{"answerable": "yes", "entries": [], "quotes": []}"#, Fault::Form),
            (r#"{"answerable": true, "entries": ["backup"]}"#, Fault::Form),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": ["None."], "text": "@everyone"}"#,
                Fault::Form,
            ),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": ["None."]} {"answerable": false}"#,
                Fault::Form,
            ),
            (
                r#"{"answerable": false, "entries": ["price"], "quotes": []}"#,
                Fault::Contradiction,
            ),
            (
                r#"{"answerable": true, "entries": [], "quotes": ["None."]}"#,
                Fault::NoEntry,
            ),
            (
                r#"{"answerable": true, "entries": ["price", "price"], "quotes": ["None."]}"#,
                Fault::NoEntry,
            ),
            (
                r#"{"answerable": true, "entries": ["payroll"], "quotes": ["None."]}"#,
                Fault::Stranger,
            ),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": []}"#,
                Fault::Quotes,
            ),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": [" "]}"#,
                Fault::Quotes,
            ),
            (
                r#"{"answerable": true, "entries": ["backup"], "quotes": ["night"]}"#,
                Fault::Quotes,
            ),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": ["It costs 7 euros."]}"#,
                Fault::Invented,
            ),
            (
                r#"{"answerable": true, "entries": ["price"], "quotes": ["Run it at night."]}"#,
                Fault::Invented,
            ),
            (
                r#"{"answerable": true, "entries": ["price", "backup"], "quotes": ["None."]}"#,
                Fault::Unquoted,
            ),
        ] {
            check(reply, Err(fault));
        }
        let long = format!(
            "{{\"answerable\": false, \"entries\": [], \"quotes\": []{}}}",
            " ".repeat(REPLY_BYTES_MAX)
        );
        check(&long, Err(Fault::Form));
    }
}
