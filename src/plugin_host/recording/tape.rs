//! Notes what is read for one event, and passes it on unchanged.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::line::{Bytes, HostCall, LINE_BYTES_MAX};
use crate::plugin_host::bindings::switchboard::plugin::history::Line;
use crate::plugin_host::bindings::switchboard::plugin::http::{Request, Response};
use crate::plugin_host::bindings::switchboard::plugin::knowledge::{Entry, Finding};
use crate::plugin_host::bindings::switchboard::plugin::model::{Completion, Turn};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::{Completed, HostData, KvValue, NotCompleted};

/// Stands between a plugin and what it reads.
pub(in crate::plugin_host) struct Tape {
    data: Arc<dyn HostData>,
    noted: Mutex<Noted>,
}

/// What was noted so far, as it will be written: its size is known, whatever a plugin reads.
#[derive(Default)]
struct Noted {
    calls: Vec<Box<RawValue>>,
    bytes: usize,
}

impl Tape {
    pub(in crate::plugin_host) fn over(data: Arc<dyn HostData>) -> Self {
        Self {
            data,
            noted: Mutex::default(),
        }
    }

    /// What was noted; none where it was too much.
    pub(super) fn take(&self) -> Option<Vec<Box<RawValue>>> {
        let noted = std::mem::take(&mut *self.noted.lock().expect("nobody panics while holding it"));
        (noted.bytes <= LINE_BYTES_MAX).then_some(noted.calls)
    }

    fn note(&self, call: &HostCall) {
        let mut noted = self.noted.lock().expect("nobody panics while holding it");
        if noted.bytes > LINE_BYTES_MAX {
            return;
        }
        let written = serde_json::value::to_raw_value(call).expect("it has a form");
        noted.bytes += written.get().len();
        if noted.bytes > LINE_BYTES_MAX {
            noted.calls.clear();
        } else {
            noted.calls.push(written);
        }
    }
}

#[async_trait]
impl HostData for Tape {
    async fn kv_get(&self, key: &str) -> Result<Option<KvValue>, CallError> {
        let answer = self.data.kv_get(key).await;
        self.note(&HostCall::KvGet {
            key: key.to_owned(),
            answer: answer.clone().map(|stored| stored.map(|stored| Bytes(stored.value))),
        });
        answer
    }

    async fn kv_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, KvValue)>, CallError> {
        let answer = self.data.kv_scan(prefix, after, limit).await;
        let bytes = |stored: Vec<(String, KvValue)>| {
            let stored = stored.into_iter();
            stored.map(|(key, stored)| (key, Bytes(stored.value))).collect()
        };
        self.note(&HostCall::KvScan {
            prefix: prefix.to_owned(),
            after: after.map(str::to_owned),
            limit,
            answer: answer.clone().map(bytes),
        });
        answer
    }

    async fn kv_usage(&self) -> Result<(u64, u64), CallError> {
        let answer = self.data.kv_usage().await;
        self.note(&HostCall::KvUsage { answer: answer.clone() });
        answer
    }

    async fn ask(&self, question: &str, limit: u32) -> Result<Finding, CallError> {
        let answer = self.data.ask(question, limit).await;
        self.note(&HostCall::Ask {
            question: question.to_owned(),
            limit,
            answer: answer.clone(),
        });
        answer
    }

    async fn entry(&self, id: &str) -> Result<Option<Entry>, CallError> {
        let answer = self.data.entry(id).await;
        self.note(&HostCall::Entry {
            id: id.to_owned(),
            answer: answer.clone(),
        });
        answer
    }

    async fn history(&self, limit: u32) -> Result<Vec<Line>, CallError> {
        let answer = self.data.history(limit).await;
        self.note(&HostCall::History {
            limit,
            answer: answer.clone(),
        });
        answer
    }

    async fn complete(&self, turns: &[Turn], tokens_max: u32) -> Result<Completed, NotCompleted> {
        let answer = self.data.complete(turns, tokens_max).await;
        self.note(&HostCall::Complete {
            turns: turns.to_vec(),
            tokens_max,
            answer: match &answer {
                Ok(completed) => Ok(completed.completion.clone()),
                Err(not) => Err(not.error.clone()),
            },
        });
        answer
    }

    fn completed_again(&self, turns: &[Turn], tokens_max: u32, said: &Result<Completion, CallError>) {
        self.data.completed_again(turns, tokens_max, said);
        self.note(&HostCall::Complete {
            turns: turns.to_vec(),
            tokens_max,
            answer: said.clone(),
        });
    }

    fn fetch_again(&self, request: &Request) -> Option<Result<Response, CallError>> {
        self.data.fetch_again(request)
    }

    fn fetched(&self, request: &Request, answer: &Result<Response, CallError>) {
        self.data.fetched(request, answer);
        self.note(&HostCall::Fetch {
            asked: request.into(),
            answer: answer.as_ref().map(Into::into).map_err(Clone::clone),
        });
    }
}
