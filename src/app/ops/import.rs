//! An import in words: a line for each entry, both versions where two have changed it, and counts.

use std::fmt::Write as _;

use anyhow::Result;

use super::{Ops, Reply};
use crate::knowledge::import::{EntryReport, Fate, Import, ImportError, Report, begin, where_they_differ};
use crate::knowledge::twin::Step;
use crate::model::Content;
use crate::model::entry::Visibility;

/// Of each version in conflict; the console has the rest.
const VERSION_CHARS_MAX: usize = 400;

/// Of each answer that would be taken: how it begins, for all of an import.
const ANSWER_CHARS_MAX: usize = 200;

/// Of each question: a line of a list.
const QUESTION_CHARS_MAX: usize = 100;

/// Entries whose versions are shown; who has settled these looks again.
const COMPARED_MAX: usize = 100;

impl Ops {
    /// Imports wholly or not at all. With `twin` a dry run says also which questions would be answered otherwise.
    pub(super) async fn import(&self, import: &Import, dry_run: bool, twin: bool) -> Result<Reply> {
        match self.knowledge.import(self.community, import, dry_run).await {
            Ok(report) => {
                let mut text = told(&report, dry_run);
                if dry_run && twin {
                    let entries = self.knowledge.would_import(self.community, import).await?;
                    let steps = entries.into_iter().map(|entry| Step::Put(Box::new(entry)));
                    text = format!("{text}\n\n{}", self.twin_of(steps.collect()).await?);
                }
                Ok(Reply::Imported {
                    text,
                    conflicts: count(&report, Fate::Conflict),
                })
            }
            Err(ImportError::Mistakes(mistakes)) => {
                let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                Ok(Reply::Refused {
                    message: format!("nothing was imported: the files have mistakes\n{}", lines.join("\n")),
                    hint: Some("mend them, and look again with `--dry-run`".to_owned()),
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn count(report: &Report, fate: Fate) -> usize {
    report.entries.iter().filter(|entry| entry.fate == fate).count()
}

fn told(report: &Report, dry_run: bool) -> String {
    let mut text = String::new();
    let mut compared = 0;
    for entry in &report.entries {
        line(&mut text, entry);
        if let Some(answer) = entry.answer.as_ref().filter(|_| dry_run) {
            // As a reader sees it, with the address of each link.
            let answer = begin(&Content::markdown(answer).to_plain(), ANSWER_CHARS_MAX);
            writeln!(text, "          answer: {answer}").expect("a string takes all");
        }
        // What was changed is told before it is; what is in conflict is to be settled behind it.
        if dry_run || entry.fate == Fate::Conflict {
            compared += usize::from(!entry.both.is_empty());
            if compared <= COMPARED_MAX {
                versions(&mut text, entry);
            }
        }
    }
    for remark in &report.left_out {
        writeln!(text, "left out  {remark}").expect("a string takes all");
    }
    let counts = Fate::ALL.map(|fate| format!("{} {}", count(report, fate), fate.word()));
    let done = if dry_run { "Would be" } else { "Imported" };
    write!(text, "{done}: {}.", counts.join(", ")).expect("a string takes all");
    text
}

fn line(text: &mut String, entry: &EntryReport) {
    let EntryReport { id, question, fate, .. } = entry;
    write!(
        text,
        "{:<8}  {id}  {}",
        fate.word(),
        begin(question, QUESTION_CHARS_MAX)
    )
    .expect("a string takes all");
    let readers = entry.visibility.and_then(|visibility| match visibility {
        Visibility::Public => None,
        Visibility::Members => Some("for members"),
        Visibility::Staff => Some("for staff"),
    });
    let told: Vec<&str> = readers.into_iter().chain(entry.why.as_deref()).collect();
    if !told.is_empty() {
        write!(text, " ({})", told.join("; ")).expect("a string takes all");
    }
    text.push('\n');
}

fn versions(text: &mut String, entry: &EntryReport) {
    for (part, here, says) in &entry.both {
        let (here, says) = where_they_differ(here, says, VERSION_CHARS_MAX);
        write!(
            text,
            "          {part} here:    {here}\n          {part} in file: {says}\n"
        )
        .expect("a string takes all");
    }
}
