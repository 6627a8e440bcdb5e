//! `model`: the host's language model.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::model::{Completion, Host, Turn};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::data::{Completed, NotCompleted};
use crate::plugin_host::kept::{Kept, Once};

/// More turns are a conversation of days, and each costs.
const TURNS_MAX: usize = 64;

/// What came for an event and cost something, so that an event that runs again spends nothing again.
pub(in crate::plugin_host) type Completions =
    Arc<std::sync::Mutex<Kept<(Vec<Turn>, u32), Result<Completion, CallError>>>>;

impl Host for State {
    async fn complete(&mut self, turns: Vec<Turn>, tokens_max: u32) -> wasmtime::Result<Result<Completion, CallError>> {
        Ok(self.ask_model(turns, tokens_max).await)
    }
}

impl State {
    async fn ask_model(&mut self, turns: Vec<Turn>, tokens_max: u32) -> Result<Completion, CallError> {
        let max = self.limits.model_calls;
        if self.model_calls >= max {
            return Err(CallError::Limit(format!(
                "more than {max} questions to the language model in one event"
            )));
        }
        let bytes: usize = turns.iter().map(|turn| turn.text.len()).sum();
        let bytes_max = self.limits.model_request_bytes;
        if turns.is_empty() || turns.len() > TURNS_MAX || bytes > bytes_max {
            let max = bytes_max >> 10;
            return Err(CallError::Limit(format!(
                "a question has 1 to {TURNS_MAX} turns and {max} KiB at most"
            )));
        }
        let data = self.call("model.complete".into())?;
        self.model_calls += 1;
        let Some(kept) = self.completions.clone() else {
            return Err(CallError::Denied("it may not use the language model".to_owned()));
        };
        let (event, number) = (self.event.clone(), self.model_calls);
        let once = Once { event: &event, number };
        let asked = (turns, tokens_max);
        let known = kept.lock().expect("nobody panics while holding it").find(once, &asked);
        if let Some(said) = known {
            self.tell(": as before");
            data.completed_again(&asked.0, tokens_max, &said);
            return said;
        }
        self.waits_in = Some("model.complete");
        self.excused.store(true, Ordering::Relaxed);
        let answer = data.complete(&asked.0, tokens_max).await;
        self.excused.store(false, Ordering::Relaxed);
        self.waits_in = None;
        let mut kept = kept.lock().expect("nobody panics while holding it");
        match answer {
            Ok(Completed {
                completion,
                tokens_in,
                tokens_out,
            }) => {
                let cut = if completion.cut { ", cut" } else { "" };
                self.tell(&format!(": {tokens_in}+{tokens_out} tokens{cut}"));
                let bytes = bytes + completion.text.len();
                let said = Ok(completion);
                kept.keep(once, asked, &said, bytes);
                said
            }
            Err(NotCompleted { error, spent }) => {
                self.tell(match &error {
                    CallError::Denied(_) => ": denied",
                    CallError::Limit(_) => ": over a limit",
                    CallError::Timeout => ": timed out",
                    CallError::Unavailable => ": unavailable",
                    CallError::Other(_) => ": refused",
                });
                let said = Err(error);
                if spent {
                    kept.keep(once, asked, &said, bytes);
                }
                said
            }
        }
    }

    /// Adds to the line of the call at hand. It holds nothing of what was said.
    fn tell(&mut self, what: &str) {
        if let Some(line) = self.calls.last_mut() {
            line.push_str(what);
        }
    }
}
