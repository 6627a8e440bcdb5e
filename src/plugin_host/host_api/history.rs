//! `history`: earlier messages of the conversation.

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::history::{Host, Line};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;

/// More than a plugin can use in one event.
const LINES_MAX: u32 = 100;

impl Host for State {
    async fn recent(&mut self, limit: u32) -> wasmtime::Result<Result<Vec<Line>, CallError>> {
        let data = match self.call("history.recent".into()) {
            Ok(data) => data,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(data.history(limit.min(LINES_MAX)).await)
    }
}
