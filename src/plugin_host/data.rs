//! What the host interfaces read, filled in by who runs the plugins; the sandbox itself knows no database.

use async_trait::async_trait;

use super::bindings::switchboard::plugin::history::Line;
use super::bindings::switchboard::plugin::http::{Request, Response};
use super::bindings::switchboard::plugin::knowledge::{Entry, Finding};
use super::bindings::switchboard::plugin::model::{Completion, Turn};
use super::bindings::switchboard::plugin::types::CallError;

/// A value under a key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvValue {
    /// What it holds.
    pub value: Vec<u8>,
    /// Counts its changes.
    pub version: u32,
}

/// What the language model answers, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Completed {
    /// What it says.
    pub completion: Completion,
    /// Tokens of the question.
    pub tokens_in: u32,
    /// Tokens of the answer.
    pub tokens_out: u32,
}

/// Why the language model says nothing.
#[derive(Clone, Debug)]
pub struct NotCompleted {
    /// As the plugin is told.
    pub error: CallError,
    /// Whether it may have cost something, so that it is not asked again for the same event.
    pub spent: bool,
}

/// What the host interfaces read for one event. Place, person and community of the event bound what can be seen.
#[async_trait]
pub trait HostData: Send + Sync {
    /// One stored value.
    async fn kv_get(&self, key: &str) -> Result<Option<KvValue>, CallError>;
    /// Stored values whose key begins so, in the order of the keys' bytes, from the one behind `after`.
    async fn kv_scan(&self, prefix: &str, after: Option<&str>, limit: u32)
    -> Result<Vec<(String, KvValue)>, CallError>;
    /// How many keys and bytes are stored.
    async fn kv_usage(&self) -> Result<(u64, u64), CallError>;
    /// Asks the knowledge base.
    async fn ask(&self, question: &str, limit: u32) -> Result<Finding, CallError>;
    /// One entry of the knowledge base.
    async fn entry(&self, id: &str) -> Result<Option<Entry>, CallError>;
    /// Earlier messages of the conversation, newest first.
    async fn history(&self, limit: u32) -> Result<Vec<Line>, CallError>;
    /// What the language model says to this, at the cost of plugin and community.
    async fn complete(&self, turns: &[Turn], tokens_max: u32) -> Result<Completed, NotCompleted>;

    /// What a server elsewhere answered to this request when the event was recorded. A replay asks nobody, so it has an answer to
    /// each; none where nothing is replayed.
    fn fetch_again(&self, _request: &Request) -> Option<Result<Response, CallError>> {
        None
    }

    /// Hears what the language model is told again to have said to this, for an event that runs again. Nobody is asked.
    fn completed_again(&self, _turns: &[Turn], _tokens_max: u32, _said: &Result<Completion, CallError>) {}

    /// Hears what a server elsewhere has answered, without secrets.
    fn fetched(&self, _request: &Request, _answer: &Result<Response, CallError>) {}
}

/// There is nothing to read. For tests and benches.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoData;

#[async_trait]
impl HostData for NoData {
    async fn kv_get(&self, _: &str) -> Result<Option<KvValue>, CallError> {
        Ok(None)
    }

    async fn kv_scan(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<(String, KvValue)>, CallError> {
        Ok(Vec::new())
    }

    async fn kv_usage(&self) -> Result<(u64, u64), CallError> {
        Ok((0, 0))
    }

    async fn ask(&self, _: &str, _: u32) -> Result<Finding, CallError> {
        Err(CallError::Unavailable)
    }

    async fn entry(&self, _: &str) -> Result<Option<Entry>, CallError> {
        Ok(None)
    }

    async fn history(&self, _: u32) -> Result<Vec<Line>, CallError> {
        Ok(Vec::new())
    }

    async fn complete(&self, _: &[Turn], _: u32) -> Result<Completed, NotCompleted> {
        Err(NotCompleted {
            error: CallError::Unavailable,
            spent: false,
        })
    }
}
