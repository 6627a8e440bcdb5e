//! What a change would do, in the words in which every face says it.

use super::DAYS;
use super::compare::{Changed, Twin, Verdict};
use crate::model::amount::counted;
use crate::model::finding::{Decision, Gap, Hit};

impl Verdict {
    /// For lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Unsure => "unsure",
            Self::Better => "better",
        }
    }
}

impl Twin {
    /// The counts, in a sentence or two.
    pub fn summary(&self) -> String {
        if self.questions == 0 {
            return format!(
                "No question of the last {DAYS} days is kept, so there is nothing to compare with. What would change shows once people ask."
            );
        }
        let asked = format!(
            "{} of the last {DAYS} days, asked {}",
            counted(self.questions, "question", "questions"),
            counted(self.times, "time", "times")
        );
        let left_out = match self.left_out {
            0 => String::new(),
            more => format!(" {more} that were asked less were left out, so that this does not take long."),
        };
        let without = self
            .without_model
            .map_or(String::new(), |why| format!(" Words alone decided, as long as {why}."));
        if self.changes.is_empty() {
            return format!("{asked}: all would be answered as they are now.{left_out}{without}");
        }
        format!(
            "{asked}: {} would be answered differently; {} worse, {} unsure, {} better.{left_out}{without}",
            self.changes.len(),
            self.count(Verdict::Worse),
            self.count(Verdict::Unsure),
            self.count(Verdict::Better),
        )
    }
}

impl Changed {
    /// What is said now, and what would be.
    pub fn told(&self) -> (String, String) {
        let after = match (&self.before, &self.after) {
            (Decision::Answer { entry: old }, Decision::Answer { entry: new }) if old.id == new.id => {
                format!("answers with {}, with its new text", new.id)
            }
            (Decision::Suggest { hits: old }, Decision::Suggest { hits: new }) if ids(old) == ids(new) => {
                let pairs = old.iter().zip(new);
                let reworded = pairs.filter(|(old, new)| old.question != new.question);
                let reworded: Vec<&str> = reworded.map(|(_, new)| new.id.as_str()).collect();
                format!("offers the same, with a new question of {}", reworded.join(", "))
            }
            (_, after) => told(after),
        };
        (told(&self.before), after)
    }
}

fn ids(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.id.as_str()).collect()
}

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Answer { entry } => format!("answers with {}", entry.id),
        Decision::Suggest { hits } => format!("offers {}", ids(hits).join(", ")),
        Decision::Abstain { gap } => format!(
            "does not answer: {}",
            match gap {
                Gap::NothingFound => "nothing is near",
                Gap::Uncertain => "nothing is sure enough",
                Gap::StaffOnly => "the answer is for staff",
                Gap::NotHere => "the answer is for other places",
            }
        ),
    }
}
