//! Who asks again in other words soon after an answer was not helped by it. Pure.

use super::Base;
use super::scoring::fold;
use crate::model::action::Author;
use crate::model::finding::{AskScope, Decision, Finding, Gap};
use crate::model::ids::{EntryId, MessageId};
use crate::storage::knowledge::ServedLately;

/// Two questions that are as near as this, and to which the same entry is the nearest, are one question in other words. Lower, what is asked
/// next of the same thing is taken for it, and thanks are; higher, other words are not.
const SAME: f32 = 0.40;

/// What did not help.
#[derive(Debug, PartialEq)]
pub(super) struct Again {
    pub(super) entry: EntryId,
    /// The answers that said it.
    pub(super) answers: Vec<MessageId>,
}

/// What of `lately` did not help whoever asks `question`, of which `finding` came: the nearest entry was just said, and both questions say
/// much the same. The same words may be asked twice, by whoever has lost the answer.
pub(super) fn asked_again(
    base: &Base,
    scope: &AskScope,
    question: &str,
    finding: &Finding,
    lately: &[ServedLately],
) -> Option<Again> {
    // After *Not it* the question is the one before; nobody asks.
    if !scope.without.is_empty() {
        return None;
    }
    // What is said to others may be about the answer, unless it would be answered itself.
    if scope.overheard && !matches!(finding.decision, Decision::Answer { .. }) {
        return None;
    }
    let entry = nearest(finding)?;
    let asker = Author::Identity { id: scope.asker? };
    let said = lately
        .iter()
        .filter(|said| said.asked_by == asker && said.entry == *entry);
    let said: Vec<(MessageId, String)> = said.map(|said| (said.answer, said.question.to_plain())).collect();
    let words = fold(question);
    if said.is_empty() || said.iter().any(|(_, earlier)| fold(earlier) == words) {
        return None;
    }
    let near = base.nearness(scope, question, said.iter().map(|(_, earlier)| earlier.as_str()));
    (near >= SAME).then(|| Again {
        entry: entry.clone(),
        answers: said.into_iter().map(|(answer, _)| answer).collect(),
    })
}

/// The entry that the finding speaks for, or would if it were surer.
fn nearest(finding: &Finding) -> Option<&EntryId> {
    match &finding.decision {
        Decision::Answer { entry } => Some(&entry.id),
        Decision::Suggest { hits } => hits.first().map(|hit| &hit.id),
        Decision::Abstain {
            gap: Gap::Uncertain | Gap::NothingFound,
        } => finding.considered.as_ref()?.entry.as_ref().map(|(id, _)| id),
        // Another entry is nearer, which may not be said here.
        Decision::Abstain { .. } => None,
    }
}

#[cfg(test)]
mod tests;
