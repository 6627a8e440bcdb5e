//! Answers plugins.

use async_trait::async_trait;

use super::base::Asked;
use super::scoring::fold;
use super::{Knowledge, day, read};
use crate::dispatcher::{HandlerError, KnowledgeSource};
use crate::model::finding::{AskScope, Decision, EntryText, Finding};
use crate::model::ids::EntryId;
use crate::storage::knowledge::Served;

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
        let embedding = self.embedded(scope.community, &question).await.map_err(failed)?;
        let asked = Asked {
            words: &question,
            embedding: embedding.as_ref(),
        };
        let ask = |refused: &[EntryId]| read(&base, |base| base.ask(scope, asked, limit, refused, &today));
        let finding = ask(&served.refused);
        match asked_again(&finding, &question, &served) {
            None => Ok(finding),
            Some(entry) => {
                served.refused.push(entry);
                Ok(Finding {
                    again: true,
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

/// The entry that would be said although it was just said: somebody who asks again in other words was not helped by it.
/// The same words may be asked twice, by whoever has lost the answer.
fn asked_again(finding: &Finding, question: &str, served: &Served) -> Option<EntryId> {
    let Decision::Answer { entry } = &finding.decision else {
        return None;
    };
    let asked = fold(question);
    let mut before = served.lately.iter().filter(|(said, _)| *said == entry.id).peekable();
    before.peek()?;
    before
        .all(|(_, question)| fold(&question.to_plain()) != asked)
        .then(|| entry.id.clone())
}

fn failed(error: impl std::fmt::Display) -> HandlerError {
    HandlerError::Failed(format!("knowledge: {error}"))
}
