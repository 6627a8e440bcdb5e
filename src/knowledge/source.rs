//! Answers plugins.

use async_trait::async_trait;

use super::{Knowledge, day, read};
use crate::dispatcher::{HandlerError, KnowledgeSource};
use crate::model::finding::{AskScope, EntryText, Finding};
use crate::model::ids::EntryId;

/// A question is compared by its first part; nobody asks in more.
const QUESTION_CHARS_MAX: usize = 2_000;

#[async_trait]
impl KnowledgeSource for Knowledge {
    async fn ask(&self, scope: &AskScope, question: &str, limit: u32) -> Result<Finding, HandlerError> {
        let question: String = question.chars().take(QUESTION_CHARS_MAX).collect();
        let base = self.base(scope.community).await.map_err(failed)?;
        let refused = self.refused(scope.conversation).await.map_err(failed)?;
        let today = day(self.clock.now());
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(read(&base, |base| base.ask(scope, &question, limit, &refused, &today)))
    }

    async fn entry(&self, scope: &AskScope, id: &EntryId) -> Result<Option<EntryText>, HandlerError> {
        let base = self.base(scope.community).await.map_err(failed)?;
        let today = day(self.clock.now());
        Ok(read(&base, |base| base.entry(scope, id, &today)))
    }
}

fn failed(error: impl std::fmt::Display) -> HandlerError {
    HandlerError::Failed(format!("knowledge: {error}"))
}
