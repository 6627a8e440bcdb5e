//! Asks a language model about questions that the entries alone leave undecided, where an admin wants it so.
//!
//! The model never looks for an answer and never writes one: it says which of a few entries that may be said here answer the question, and
//! shows the words that do. `prompt` makes what it is asked, `reply` believes no more of what it says than can be checked, by
//! `quotes`, and `base::weigh` decides what that is worth. Whatever goes wrong, the decision is what it was without it. What was asked
//! and what came back is kept for the admin.

mod prompt;
mod quotes;
mod reply;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use self::prompt::Prompt;
use super::base::Word;
use crate::clock::Clock;
use crate::dispatcher::{Asker, LanguageModel, ModelError};
use crate::model::Timestamp;
use crate::model::finding::{AskScope, EntryText};
use crate::model::ids::{ConsultationId, IdentityId};
use crate::storage::consult::{ConsultUnit, Mode, NewConsultation};
use crate::storage::{SharedStorage, Unit, WriteError};

/// Of all turns that the dispatcher takes at once, so many wait for a model. Who comes then hears what the entries alone say.
const AT_ONCE_MAX: usize = 32;

/// An endpoint that did not answer in time is not waited for again at once: each time somebody would wait in vain.
const RESTS_FOR: Duration = Duration::from_mins(1);

/// So long a reply about the same question and the same entries is taken again. It costs nothing, and an event that runs again, or
/// after a restart, goes as it went.
const KNOWN_FOR: Duration = Duration::from_hours(24);

/// Ids and a few sentences.
const REPLY_TOKENS_MAX: u32 = 600;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Which model, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// As the endpoint calls it.
    pub model: String,
    /// Questions of one person in a day (UTC).
    pub person_day: u32,
    /// How long a question may wait for it.
    pub timeout: Duration,
}

/// A model that may be asked.
pub(super) struct Consultant {
    model: Arc<dyn LanguageModel>,
    settings: Settings,
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    room: Semaphore,
    /// By the clock's elapsed milliseconds.
    rests_until: AtomicU64,
}

/// What a model said.
pub(super) struct Said {
    /// Where it is kept; none where it was said before.
    row: Option<ConsultationId>,
    output: String,
    /// What it is worth believing.
    pub(super) word: Result<Word, String>,
}

impl Consultant {
    pub(super) fn new(
        model: Arc<dyn LanguageModel>,
        settings: Settings,
        storage: SharedStorage,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            model,
            settings,
            storage,
            clock,
            room: Semaphore::new(AT_ONCE_MAX),
            rests_until: AtomicU64::new(0),
        }
    }

    pub(super) fn model(&self) -> &str {
        &self.settings.model
    }

    /// Whether the community wants its questions asked, and how. Only who has asked the bot is meant: what it overhears was not said to it.
    pub(super) async fn mode(&self, scope: &AskScope) -> Mode {
        if scope.overheard || !scope.consults || self.rests() {
            return Mode::Off;
        }
        self.storage.consulting(scope.community).await.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "whether a model is asked cannot be read"
            );
            Mode::Off
        })
    }

    /// Asks about these entries. None where nobody was asked.
    pub(super) async fn ask(&self, scope: &AskScope, mode: Mode, question: &str, shown: &[EntryText]) -> Option<Said> {
        let asker = scope.asker?;
        let prompt = Prompt::new(&self.settings.model, question, shown);
        let now = self.clock.now();
        match self
            .storage
            .consulted(scope.community, &prompt.digest, now - KNOWN_FOR)
            .await
        {
            Ok(Some(output)) => {
                let word = believed(&output, shown, mode);
                let row = None;
                return Some(Said { row, output, word });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what a model has said cannot be read"
                );
                return None;
            }
        }
        let _room = self.room.try_acquire().ok()?;
        let row = self.begin(scope, asker, mode, question, &prompt, now).await?;
        let asker = Asker::answers(scope.community);
        let answer = self.model.complete(&asker, &prompt.turns, REPLY_TOKENS_MAX);
        let (output, word) = match tokio::time::timeout(self.settings.timeout, answer).await {
            Ok(Ok(completed)) if completed.cut => (completed.text, Err("it was cut off".to_owned())),
            Ok(Ok(completed)) => {
                let word = believed(&completed.text, shown, mode);
                (completed.text, word)
            }
            Ok(Err(ModelError::Timeout)) | Err(_) => {
                self.rest();
                (String::new(), Err(ModelError::Timeout.to_string()))
            }
            Ok(Err(error)) => (String::new(), Err(error.to_string())),
        };
        let row = Some(row);
        Some(Said { row, output, word })
    }

    /// Keeps what it said and what came of it, in words for the admin.
    pub(super) async fn keep(&self, said: &Said, came: &str) {
        let Some(id) = said.row else {
            return;
        };
        let end = ConsultUnit::End {
            id,
            output: (!said.output.is_empty()).then(|| said.output.clone()),
            came: came.to_owned(),
        };
        if let Err(error) = self.storage.write(Unit::Consult(end)).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what a model said cannot be kept"
            );
        }
    }

    /// Written before anything is asked, so that nobody asks more than they may, whatever dies in between.
    async fn begin(
        &self,
        scope: &AskScope,
        asker: IdentityId,
        mode: Mode,
        question: &str,
        prompt: &Prompt,
        now: Timestamp,
    ) -> Option<ConsultationId> {
        let id = ConsultationId(self.clock.id());
        let begin = ConsultUnit::Begin {
            new: Box::new(NewConsultation {
                id,
                community: scope.community,
                conversation: scope.conversation,
                asker,
                mode,
                question: question.to_owned(),
                prompt: prompt.text(),
                digest: prompt.digest,
                at: now,
            }),
            since: Timestamp::from_millis(now.as_millis().div_euclid(DAY_MILLIS) * DAY_MILLIS),
            max: self.settings.person_day,
        };
        match self.storage.write(Unit::Consult(begin)).await {
            Ok(_) => Some(id),
            // They have had their questions of the day.
            Err(WriteError::Conflict { .. }) => None,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a question to a model cannot be written"
                );
                None
            }
        }
    }

    fn rests(&self) -> bool {
        self.clock.elapsed() < Duration::from_millis(self.rests_until.load(Ordering::Relaxed))
    }

    fn rest(&self) {
        let until = self.clock.elapsed() + RESTS_FOR;
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.rests_until.store(until, Ordering::Relaxed);
    }
}

fn believed(output: &str, shown: &[EntryText], mode: Mode) -> Result<Word, String> {
    reply::read(output, shown, mode).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod properties;
