//! Answers plugins.

use async_trait::async_trait;

use super::scoring::fold;
use super::{Knowledge, day, read};
use crate::dispatcher::{HandlerError, KnowledgeSource};
use crate::model::finding::{AskScope, Decision, EntryText, Finding};
use crate::model::ids::{EntryId, MessageId};
use crate::storage::knowledge::{Served, ServedLately};

/// A question is compared by its first part; nobody asks in more.
const QUESTION_CHARS_MAX: usize = 2_000;

#[async_trait]
impl KnowledgeSource for Knowledge {
    async fn ask(&self, scope: &AskScope, question: &str, limit: u32) -> Result<Finding, HandlerError> {
        let question: String = question.chars().take(QUESTION_CHARS_MAX).collect();
        let base = self.base(scope.community).await.map_err(failed)?;
        let mut served = self.served(scope.conversation).await.map_err(failed)?;
        let today = day(self.clock.now());
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ask = |refused: &[EntryId]| read(&base, |base| base.ask(scope, &question, limit, refused, &today));
        let finding = ask(&served.refused);
        match asked_again(&finding, &question, &served) {
            None => Ok(finding),
            Some((entry, answers)) => {
                served.refused.push(entry);
                Ok(Finding {
                    again: answers,
                    // It is no question more.
                    considered: None,
                    ..ask(&served.refused)
                })
            }
        }
    }

    async fn entry(&self, scope: &AskScope, id: &EntryId) -> Result<Option<EntryText>, HandlerError> {
        let base = self.base(scope.community).await.map_err(failed)?;
        let today = day(self.clock.now());
        Ok(read(&base, |base| base.entry(scope, id, &today)))
    }
}

/// The entry that would be said although it was just said, and the answers that said it: somebody who asks again in other words was
/// not helped by it. The same words may be asked twice, by whoever has lost the answer.
fn asked_again(finding: &Finding, question: &str, served: &Served) -> Option<(EntryId, Vec<MessageId>)> {
    let Decision::Answer { entry } = &finding.decision else {
        return None;
    };
    let asked = fold(question);
    let before: Vec<&ServedLately> = served.lately.iter().filter(|said| said.entry == entry.id).collect();
    let again = !before.is_empty() && before.iter().all(|said| fold(&said.question.to_plain()) != asked);
    again.then(|| (entry.id.clone(), before.iter().map(|said| said.answer).collect()))
}

fn failed(error: impl std::fmt::Display) -> HandlerError {
    HandlerError::Failed(format!("knowledge: {error}"))
}
