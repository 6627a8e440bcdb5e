//! Answers a plugin from a recording.
//!
//! A question gets what the same question got then. Questions of different kinds, or about different things, may come in another order
//! than they did; one that was asked several times gets its answers in their order, and the last of them from then on. What was not
//! asked then is answered as if nothing were there: no key, and no answer of anything else.

use std::sync::Mutex;

use async_trait::async_trait;

use super::line::{Bytes, Fetch, HostCall};
use crate::plugin_host::bindings::switchboard::plugin::history::Line;
use crate::plugin_host::bindings::switchboard::plugin::http::{Request, Response};
use crate::plugin_host::bindings::switchboard::plugin::knowledge::{Entry, Finding};
use crate::plugin_host::bindings::switchboard::plugin::model::Turn;
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::{Completed, HostData, KvValue, NotCompleted};

/// What a plugin was answered for one event.
#[derive(Debug)]
pub struct Playback {
    told: Mutex<Vec<Told>>,
    missing: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct Told {
    call: HostCall,
    /// Whether it was told again already.
    again: bool,
}

impl Playback {
    /// Answers from these.
    pub fn new(asked: Vec<HostCall>) -> Self {
        let told = asked.into_iter().map(|call| Told { call, again: false });
        Self {
            told: Mutex::new(told.collect()),
            missing: Mutex::default(),
        }
    }

    /// What it was asked for and does not know, each once.
    pub fn missing(&self) -> Vec<String> {
        self.missing.lock().expect("nobody panics while holding it").clone()
    }

    /// The answer of the first call that fits and was not told yet, else of the last that fits.
    fn find<T>(&self, fits: impl Fn(&HostCall) -> Option<T>) -> Option<T> {
        let mut told = self.told.lock().expect("nobody panics while holding it");
        let mut last = None;
        for told in told.iter_mut() {
            if let Some(answer) = fits(&told.call) {
                if !std::mem::replace(&mut told.again, true) {
                    return Some(answer);
                }
                last = Some(answer);
            }
        }
        last
    }

    fn miss(&self, what: String) {
        let mut missing = self.missing.lock().expect("nobody panics while holding it");
        if !missing.contains(&what) {
            missing.push(what);
        }
    }
}

#[async_trait]
impl HostData for Playback {
    async fn kv_get(&self, key: &str) -> Result<Option<KvValue>, CallError> {
        let found = self.find(|call| match call {
            HostCall::KvGet { key: asked, answer } if asked == key => Some(answer.clone()),
            _ => None,
        });
        let Some(answer) = found else {
            self.miss(format!("kv.get {key}"));
            return Ok(None);
        };
        answer.map(|stored| stored.map(value))
    }

    async fn kv_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, KvValue)>, CallError> {
        let found = self.find(|call| match call {
            HostCall::KvScan {
                prefix: asked,
                after: from,
                limit: most,
                answer,
            } if asked == prefix && from.as_deref() == after && suffices(limit, *most, answer) => Some(answer.clone()),
            _ => None,
        });
        let Some(answer) = found else {
            let behind = after.map(|after| format!(" behind {after}")).unwrap_or_default();
            self.miss(format!("kv.scan {prefix}{behind}, {limit} keys"));
            return Ok(Vec::new());
        };
        let keys = answer?.into_iter().take(limit as usize);
        Ok(keys.map(|(key, stored)| (key, value(stored))).collect())
    }

    /// The host asks by itself, so that nothing is missing.
    async fn kv_usage(&self) -> Result<(u64, u64), CallError> {
        let found = self.find(|call| match call {
            HostCall::KvUsage { answer } => Some(answer.clone()),
            _ => None,
        });
        found.unwrap_or(Ok((0, 0)))
    }

    async fn ask(&self, question: &str, limit: u32) -> Result<Finding, CallError> {
        let found = self.find(|call| match call {
            HostCall::Ask {
                question: asked,
                limit: most,
                answer,
            } if asked == question && *most == limit => Some(answer.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| {
            self.miss(format!("knowledge.ask “{question}”, {limit} hits"));
            Err(CallError::Unavailable)
        })
    }

    async fn entry(&self, id: &str) -> Result<Option<Entry>, CallError> {
        let found = self.find(|call| match call {
            HostCall::Entry { id: asked, answer } if asked == id => Some(answer.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| {
            self.miss(format!("knowledge.get {id}"));
            Err(CallError::Unavailable)
        })
    }

    async fn history(&self, limit: u32) -> Result<Vec<Line>, CallError> {
        let found = self.find(|call| match call {
            HostCall::History { limit: most, answer } if *most == limit => Some(answer.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| {
            self.miss(format!("history.recent, {limit} lines"));
            Err(CallError::Unavailable)
        })
    }

    async fn complete(&self, turns: &[Turn], tokens_max: u32) -> Result<Completed, NotCompleted> {
        let found = self.find(|call| match call {
            HostCall::Complete {
                turns: asked,
                tokens_max: most,
                answer,
            } if asked == turns && *most == tokens_max => Some(answer.clone()),
            _ => None,
        });
        let answer = found.unwrap_or_else(|| {
            self.miss(format!("model.complete, {} turns", turns.len()));
            Err(CallError::Unavailable)
        });
        // What it cost is no part of what a plugin hears.
        match answer {
            Ok(completion) => Ok(Completed {
                completion,
                tokens_in: 0,
                tokens_out: 0,
            }),
            Err(error) => Err(NotCompleted { error, spent: false }),
        }
    }

    fn fetch_again(&self, request: &Request) -> Option<Result<Response, CallError>> {
        let request = Fetch::from(request);
        let found = self.find(|call| match call {
            HostCall::Fetch { asked, answer } if *asked == request => Some(answer.clone()),
            _ => None,
        });
        let answer = found.map(|answer| answer.map(|fetched| Response::from(&fetched)));
        Some(answer.unwrap_or_else(|| {
            let method = if request.body.is_some() { "POST" } else { "GET" };
            self.miss(format!("http.fetch {method} {}", request.url));
            Err(CallError::Unavailable)
        }))
    }
}

/// Versions are for the commit, and there is none.
fn value(stored: Bytes) -> KvValue {
    KvValue {
        value: stored.0,
        version: 0,
    }
}

/// Whether a list of at most `most` keys says what one of `limit` would be: how many are asked for depends on what the plugin has
/// written during the event, too.
fn suffices<T>(limit: u32, most: u32, answer: &Result<Vec<T>, CallError>) -> bool {
    limit <= most || answer.as_ref().is_ok_and(|keys| keys.len() < most as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(key: &str, value: &str) -> HostCall {
        HostCall::KvGet {
            key: key.to_owned(),
            answer: Ok(Some(Bytes(value.into()))),
        }
    }

    async fn read(playback: &Playback, key: &str) -> String {
        let stored = playback.kv_get(key).await.expect("it answers");
        stored.map_or_else(String::new, |stored| {
            String::from_utf8(stored.value).expect("it is text")
        })
    }

    #[tokio::test]
    async fn each_question_has_its_own_answers_in_their_order_and_the_last_stays() {
        let playback = Playback::new(vec![get("a", "1"), get("b", "2"), get("a", "3")]);
        assert_eq!(read(&playback, "b").await, "2");
        assert_eq!(read(&playback, "a").await, "1");
        assert_eq!(read(&playback, "a").await, "3");
        assert_eq!(read(&playback, "a").await, "3");
        assert!(playback.missing().is_empty());
    }

    #[tokio::test]
    async fn what_was_not_asked_is_nothing_and_is_named_once() {
        let playback = Playback::new(vec![get("a", "1")]);
        assert_eq!(read(&playback, "orders/17").await, "");
        assert_eq!(read(&playback, "orders/17").await, "");
        assert_eq!(playback.kv_usage().await, Ok((0, 0)));
        let asked = playback.ask("Where?", 3).await;
        assert_eq!(asked, Err(CallError::Unavailable));
        assert_eq!(playback.history(10).await, Err(CallError::Unavailable));
        let request = Request {
            url: "https://shop.example/7".to_owned(),
            headers: Vec::new(),
            body: None,
            timeout_ms: None,
        };
        assert_eq!(playback.fetch_again(&request), Some(Err(CallError::Unavailable)));
        assert_eq!(
            playback.missing(),
            [
                "kv.get orders/17",
                "knowledge.ask “Where?”, 3 hits",
                "history.recent, 10 lines",
                "http.fetch GET https://shop.example/7",
            ]
        );
    }

    #[tokio::test]
    async fn a_list_that_is_long_enough_answers_for_a_shorter_one() {
        let keys = ["a/1", "a/2"].map(|key| (key.to_owned(), Bytes(b"x".to_vec())));
        let scan = |limit: u32| HostCall::KvScan {
            prefix: "a/".to_owned(),
            after: None,
            limit,
            answer: Ok(keys.to_vec()),
        };
        let found = async |recorded: u32, asked: u32| {
            let playback = Playback::new(vec![scan(recorded)]);
            let found = playback.kv_scan("a/", None, asked).await.expect("it answers");
            (found.len(), playback.missing().len())
        };
        assert_eq!(found(10, 1).await, (1, 0));
        assert_eq!(found(10, 20).await, (2, 0), "there were no more");
        assert_eq!(found(2, 3).await, (0, 1), "there may have been more");
    }
}
