//! What would be said otherwise, and whether that is better. Pure: the same in, the same out, to the byte.

use std::collections::HashMap;

use serde::Serialize;

use crate::knowledge::Base;
use crate::knowledge::base::Asked;
use crate::knowledge::scoring::{Embedding, fold};
use crate::model::finding::{AskScope, Decision, EntryText, Gap, Hit};
use crate::model::ids::{ConversationId, EntryId, PlaceId};
use crate::storage::twin::SaidOf;
use crate::supervisor::Stop;

/// As many suggestions as a plugin asks for at most where the host's own shows them.
const SUGGESTIONS: usize = 3;

/// A question that was asked or overheard, once for each place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// As it was asked last.
    pub question: String,
    /// Who asks, and where: decides what can be seen.
    pub scope: AskScope,
    /// How often.
    pub times: u32,
    /// Whether nobody else could read it.
    pub private: bool,
    /// In which exchange it was asked last, as far as that is known.
    pub conversation: Option<ConversationId>,
    /// What the sentence model makes of it, where there is one.
    pub embedding: Option<Embedding>,
}

/// What people said of answers, by question.
#[derive(Clone, Debug, Default)]
pub struct Labels(HashMap<String, HashMap<EntryId, i64>>);

/// Whether a change is for the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// By what people said of answers to that question, it is worse.
    Worse,
    /// Nobody has said enough to tell.
    Unsure,
    /// By what people said of answers to that question, it is better.
    Better,
}

/// A question that would be answered otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// Whether that is better.
    pub verdict: Verdict,
    /// As it was asked last.
    pub question: String,
    /// Where.
    pub place: Option<PlaceId>,
    /// How often.
    pub times: u32,
    /// Whether nobody else could read it.
    pub private: bool,
    /// In which exchange it was asked last, as far as that is known.
    pub conversation: Option<ConversationId>,
    /// What is said now.
    pub before: Decision,
    /// What would be said.
    pub after: Decision,
}

/// What a change would do to the answers of the last month.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Twin {
    /// How many different questions were put again.
    pub questions: usize,
    /// How often they were asked.
    pub times: u64,
    /// How many more were too many to be put.
    pub left_out: usize,
    /// Why a sentence model that answers members had no say here, if it had none.
    pub without_model: Option<&'static str>,
    /// Those that would be answered otherwise: the worse ones first, and of each kind those that were asked most.
    pub changes: Vec<Changed>,
}

impl Labels {
    /// Counts what people said.
    pub fn new(said: &[SaidOf]) -> Self {
        let mut labels = HashMap::<String, HashMap<EntryId, i64>>::new();
        for one in said {
            let of_entry = labels.entry(fold(&one.question)).or_default();
            *of_entry.entry(one.entry.clone()).or_default() += if one.helpful { 1 } else { -1 };
        }
        Self(labels)
    }

    /// How good a decision is, as far as anybody knows: a right answer, the right one among what is offered, nothing, a wrong one.
    fn worth(&self, question: &str, decision: &Decision) -> Option<u8> {
        let said = self.0.get(&fold(question))?;
        let is_right = |id: &EntryId| said.get(id).is_some_and(|sum| *sum > 0);
        let is_wrong = |id: &EntryId| said.get(id).is_some_and(|sum| *sum < 0);
        match decision {
            Decision::Answer { entry } if is_right(&entry.id) => Some(3),
            Decision::Answer { entry } if is_wrong(&entry.id) => Some(0),
            // Another entry than those that people spoke of: it may be as good, or not.
            Decision::Answer { .. } => None,
            Decision::Suggest { hits } if hits.iter().any(|hit| is_right(&hit.id)) => Some(2),
            Decision::Suggest { .. } | Decision::Abstain { .. } => Some(1),
        }
    }
}

impl Twin {
    /// How many changes are of one kind.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|changed| changed.verdict == verdict).count()
    }
}

/// What a base says to each of the questions, through the very path that members' questions go through. `today` is a day like
/// `2026-08-01`.
pub fn said(questions: &[Past], base: &Base, today: &str) -> Vec<Decision> {
    questions.iter().map(|past| said_to(past, base, today)).collect()
}

/// The same as long as nobody wants it to end.
pub(super) fn said_until(stop: &Stop, questions: &[Past], base: &Base, today: &str) -> Option<Vec<Decision>> {
    let each = questions.iter();
    each.map(|past| (!stop.is_requested()).then(|| said_to(past, base, today)))
        .collect()
}

fn said_to(past: &Past, base: &Base, today: &str) -> Decision {
    let asked = Asked {
        words: &past.question,
        embedding: past.embedding.as_ref(),
    };
    let found = base.ask(&past.scope, asked, SUGGESTIONS, &[], today);
    match as_said(found.decision) {
        // Nobody asked the bot: what is not sure is not offered either.
        Decision::Suggest { .. } if past.scope.overheard => Decision::Abstain { gap: Gap::Uncertain },
        decision => decision,
    }
}

/// Compares what is said to the same questions before and after a change, whatever changed: an entry, a line, the scoring.
pub fn compare(questions: &[Past], labels: &Labels, before: Vec<Decision>, after: Vec<Decision>) -> Twin {
    let pairs = questions.iter().zip(before.into_iter().zip(after));
    let differing = pairs.filter(|(_, (before, after))| before != after);
    let differing = differing.map(|(past, (before, after))| Changed {
        verdict: verdict(labels, &past.question, &before, &after),
        question: past.question.clone(),
        place: past.scope.place,
        times: past.times,
        private: past.private,
        conversation: past.conversation,
        before,
        after,
    });
    let mut changes: Vec<Changed> = differing.collect();
    changes.sort_by(|one, other| {
        let order = one.verdict.cmp(&other.verdict).then(other.times.cmp(&one.times));
        let order = order.then_with(|| one.question.cmp(&other.question));
        order.then_with(|| one.place.map(|place| place.0).cmp(&other.place.map(|place| place.0)))
    });
    Twin {
        questions: questions.len(),
        times: questions.iter().map(|past| u64::from(past.times)).sum(),
        left_out: 0,
        without_model: None,
        changes,
    }
}

fn verdict(labels: &Labels, question: &str, before: &Decision, after: &Decision) -> Verdict {
    // What people said was of the old text.
    if let (Decision::Answer { entry: old }, Decision::Answer { entry: new }) = (before, after)
        && old.id == new.id
    {
        return Verdict::Unsure;
    }
    let worth = |decision| labels.worth(question, decision);
    match (worth(before), worth(after)) {
        (Some(before), Some(after)) if after > before => Verdict::Better,
        (Some(before), Some(after)) if after < before => Verdict::Worse,
        _ => Verdict::Unsure,
    }
}

/// Without what nobody sees: a number of a revision, how sure it was.
fn as_said(decision: Decision) -> Decision {
    match decision {
        Decision::Answer { entry } => Decision::Answer {
            entry: EntryText { revision: 0, ..entry },
        },
        Decision::Suggest { hits } => Decision::Suggest {
            hits: hits
                .into_iter()
                .map(|hit| Hit {
                    probability: 0.0,
                    ..hit
                })
                .collect(),
        },
        Decision::Abstain { gap } => Decision::Abstain { gap },
    }
}

#[cfg(test)]
mod tests;
