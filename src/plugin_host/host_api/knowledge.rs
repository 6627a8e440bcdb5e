//! `knowledge`: the shared question-and-answer base.

use std::fmt::Write as _;
use std::sync::Arc;

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::knowledge::{Entry, Finding, Host};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::data::HostData;

/// Suggestions beyond these help nobody.
const HITS_MAX: u32 = 10;

/// A longer question is no question.
const QUESTION_BYTES_MAX: usize = 16 << 10;

impl State {
    fn knowledge_call(&mut self, line: String) -> Result<Arc<dyn HostData>, CallError> {
        let max = self.limits.knowledge_calls;
        if self.knowledge_calls >= max {
            return Err(CallError::Limit(format!(
                "more than {max} questions to the knowledge base in one event"
            )));
        }
        self.knowledge_calls += 1;
        self.call(line)
    }
}

impl Host for State {
    async fn ask(&mut self, question: String, limit: u32) -> wasmtime::Result<Result<Finding, CallError>> {
        if question.len() > QUESTION_BYTES_MAX {
            let problem = format!("the question is longer than {QUESTION_BYTES_MAX} bytes");
            return Ok(Err(CallError::Limit(problem)));
        }
        let data = match self.knowledge_call("knowledge.ask".into()) {
            Ok(data) => data,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let finding = data.ask(&question, limit.min(HITS_MAX)).await;
        if let (Ok(finding), Some(line)) = (&finding, self.calls.last_mut()) {
            write!(line, ": {} at {:.2}", finding.decision.word(), finding.probability).expect("a string takes all");
        }
        Ok(finding)
    }

    async fn get(&mut self, id: String) -> wasmtime::Result<Result<Option<Entry>, CallError>> {
        let data = match self.knowledge_call(format!("knowledge.get {id}")) {
            Ok(data) => data,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(data.entry(&id).await)
    }
}

impl crate::plugin_host::bindings::switchboard::plugin::knowledge::Decision {
    /// The band, for the trace.
    fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Suggest(_) => "suggest",
            Self::Abstain(_) => "abstain",
        }
    }
}
