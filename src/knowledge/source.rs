//! Answers plugins.

use std::sync::RwLock;

use async_trait::async_trait;

use super::base::Asked;
use super::{Base, Knowledge, again, read};
use crate::dispatcher::{HandlerError, KnowledgeSource};
use crate::model::finding::{AskScope, Decision, EntryText, Finding};
use crate::model::ids::EntryId;
use crate::storage::consult::Mode;

/// A question is compared by its first part; nobody asks in more.
const QUESTION_CHARS_MAX: usize = 2_000;

#[async_trait]
impl KnowledgeSource for Knowledge {
    async fn ask(&self, scope: &AskScope, question: &str, limit: u32) -> Result<Finding, HandlerError> {
        let question: String = question.chars().take(QUESTION_CHARS_MAX).collect();
        let base = self.base(scope.community).await.map_err(failed)?;
        let mut served = self.served(scope.conversation).await.map_err(failed)?;
        let today = self.today(scope.community).await.map_err(failed)?.to_string();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let embedding = self.embedded(scope.community, &question).await.map_err(failed)?;
        let asked = Asked {
            words: &question,
            embedding: embedding.as_ref(),
        };
        let ask = |refused: &[EntryId]| read(&base, |base| base.ask(scope, asked, limit, refused, &today));
        let mut finding = ask(&served.refused);
        // Where something was refused already, what comes next is offered and not said, whoever speaks for it.
        let anew = served.refused.is_empty() && scope.without.is_empty();
        let asked_again = |finding: &Finding| {
            read(&base, |base| {
                again::asked_again(base, scope, &question, finding, &served.lately)
            })
        };
        let mut again = asked_again(&finding);
        if anew && again.is_none() {
            let with_model = self.consulted(scope, &base, asked, (limit, &today), &finding).await;
            finding = with_model.unwrap_or(finding);
            again = asked_again(&finding);
        }
        match again {
            None => Ok(finding),
            Some(again) => {
                served.refused.push(again.entry);
                Ok(Finding {
                    again: again.answers,
                    // It is no question more.
                    considered: None,
                    ..ask(&served.refused)
                })
            }
        }
    }

    async fn entry(&self, scope: &AskScope, id: &EntryId) -> Result<Option<EntryText>, HandlerError> {
        let base = self.base(scope.community).await.map_err(failed)?;
        let today = self.today(scope.community).await.map_err(failed)?.to_string();
        Ok(read(&base, |base| base.entry(scope, id, &today)))
    }
}

impl Knowledge {
    /// What the finding becomes when a language model is asked, too. None where none is asked, or says nothing that counts.
    async fn consulted(
        &self,
        scope: &AskScope,
        base: &RwLock<Base>,
        asked: Asked<'_>,
        (limit, today): (usize, &str),
        before: &Finding,
    ) -> Option<Finding> {
        let consultant = self.consultant.as_ref()?;
        let mode = consultant.mode(scope).await;
        if mode == Mode::Off {
            return None;
        }
        let shown = read(base, |base| base.undecided(scope, asked, today))?;
        let said = consultant.ask(scope, mode, asked.words, &shown).await?;
        match &said.word {
            Ok(word) => {
                let after = read(base, |base| base.weighed(scope, asked, limit, today, word));
                consultant
                    .keep(&said, &format!("{} → {}", line(before), line(&after)))
                    .await;
                Some(after)
            }
            Err(why) => {
                consultant
                    .keep(&said, &format!("{}, as without it: {why}", line(before)))
                    .await;
                None
            }
        }
    }
}

/// What is said of a finding, for the admin: `answer backup at 0.61`.
fn line(finding: &Finding) -> String {
    let what = match &finding.decision {
        Decision::Answer { entry } => format!("answer {}", entry.id),
        Decision::Suggest { hits } => {
            let ids: Vec<&str> = hits.iter().map(|hit| hit.id.as_str()).collect();
            format!("suggest {}", ids.join(", "))
        }
        Decision::Abstain { .. } => "no answer".to_owned(),
    };
    format!("{what} at {:.2}", finding.probability)
}

fn failed(error: impl std::fmt::Display) -> HandlerError {
    HandlerError::Failed(format!("knowledge: {error}"))
}
