//! Who asks again in other words soon after an answer was not helped by it. Pure.

use super::Base;
use super::scoring::fold;
use crate::model::action::Author;
use crate::model::finding::{AskScope, Decision, Finding};
use crate::model::ids::{EntryId, MessageId};
use crate::storage::knowledge::ServedLately;

/// Two questions that are as near as this, and to which the same entry is the nearest, are one question in other words. Chosen on the
/// public question sets, see `docs/answers.md`.
const SAME: f32 = 0.30;

/// What did not help.
#[derive(Debug, PartialEq)]
pub(super) struct Again {
    pub(super) entry: EntryId,
    /// The answers that said it.
    pub(super) answers: Vec<MessageId>,
}

/// What of `lately` did not help whoever asks `question`, of which `finding` came: it would be said once more, or it is still the
/// nearest and both questions say much the same. The same words may be asked twice, by whoever has lost the answer.
pub(super) fn asked_again(
    base: &Base,
    scope: &AskScope,
    question: &str,
    finding: &Finding,
    lately: &[ServedLately],
) -> Option<Again> {
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
    let once_more = matches!(finding.decision, Decision::Answer { .. });
    let is_same = |(_, earlier): &(MessageId, String)| base.nearness(scope, question, earlier) >= SAME;
    (once_more || said.iter().any(is_same)).then(|| Again {
        entry: entry.clone(),
        answers: said.iter().map(|(answer, _)| *answer).collect(),
    })
}

/// The entry that the finding speaks for, or would.
fn nearest(finding: &Finding) -> Option<&EntryId> {
    match &finding.decision {
        Decision::Answer { entry } => Some(&entry.id),
        Decision::Suggest { hits } => hits.first().map(|hit| &hit.id),
        Decision::Abstain { .. } => finding.considered.as_ref()?.entry.as_ref().map(|(id, _)| id),
    }
}

#[cfg(test)]
mod tests;
