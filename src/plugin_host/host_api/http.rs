//! `http`: reading from servers elsewhere.

use std::sync::Arc;

use url::Url;

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::http::{Host, Request, Response};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::kept::Once;

impl Host for State {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, CallError>> {
        Ok(self.read_outside(request).await)
    }
}

impl State {
    async fn read_outside(&mut self, request: Request) -> Result<Response, CallError> {
        let max = self.limits.http_calls;
        if self.http_calls >= max {
            return Err(CallError::Limit(format!(
                "more than {max} calls to servers outside in one event"
            )));
        }
        let data = self.call(line(&request))?;
        self.http_calls += 1;
        let Some(outside) = self.outside.clone() else {
            return Err(CallError::Denied("it may not read from servers outside".to_owned()));
        };
        if let Some(answer) = data.fetch_again(&request) {
            return answer;
        }
        let (limits, asked) = (Arc::clone(&self.limits), request.clone());
        self.waits_in = Some("http.fetch");
        let once = Once {
            event: &self.event,
            number: self.http_calls,
        };
        let fetched = outside.fetch(once, request, &limits).await;
        self.waits_in = None;
        if let Some(line) = self.calls.last_mut() {
            line.push_str(&fetched.line);
        }
        data.fetched(&asked, &fetched.answer);
        fetched.answer
    }
}

/// For the trace: method and host, and nothing else of the address.
fn line(request: &Request) -> String {
    let method = if request.body.is_some() { "POST" } else { "GET" };
    let url = Url::parse(&request.url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("no address");
    format!("http.fetch {method} {host}")
}
