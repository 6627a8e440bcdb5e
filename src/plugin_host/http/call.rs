//! One call of a plugin: a request that changes something elsewhere. It is checked when the plugin asks for it and again when it is
//! sent, and goes to the one address that was asked for: a redirect is an answer like any other.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use super::client::{HttpAnswer, HttpError, HttpRequest};
use super::fetch::Outside;
use super::grant::{self, Verb};
use super::secret;
use crate::plugin_host::bindings::switchboard::plugin::types::{Call, CallError};
use crate::plugin_host::config::Limits;

/// By this the server knows a call that is repeated:
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>.
const KEY: &str = "idempotency-key";

/// Why there is no answer to a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    /// Nothing has left, and it would be the same another time.
    #[error("{0}")]
    Refused(String),
    /// Nothing has left, because something of the owner's is not there now. In words that the plugin may hear.
    #[error("{0}")]
    Unready(String),
    /// Nobody knows whether it arrived; another time it may be answered.
    #[error("{0}")]
    Lost(String),
}

/// A call that may be sent.
struct Checked {
    verb: Verb,
    url: Url,
    headers: HeaderMap,
}

impl Outside {
    /// The call in a line for the trace, which tells method and host alone; or why it may not be sent, with the line that would
    /// allow it.
    pub(in crate::plugin_host) fn check_call(&self, call: &Call, limits: &Limits) -> Result<String, String> {
        let Checked { verb, url, .. } = self.checked(call, limits)?;
        Ok(format!("{verb} {}", url.host_str().unwrap_or_default()))
    }

    /// Sends it once, with a key that is the same for each repeat.
    pub(in crate::plugin_host) async fn call(
        &self,
        call: &Call,
        key: &str,
        limits: &Limits,
    ) -> Result<HttpAnswer, CallFault> {
        let sent = tokio::time::timeout(limits.http_wait, self.send(call, key, limits));
        sent.await.unwrap_or_else(|_| {
            let seconds = limits.http_wait.as_secs_f32();
            Err(CallFault::Lost(format!("no answer within {seconds} s")))
        })
    }

    async fn send(&self, call: &Call, key: &str, limits: &Limits) -> Result<HttpAnswer, CallFault> {
        let Checked { verb, url, mut headers } = self.checked(call, limits).map_err(CallFault::Refused)?;
        let secrets = self.add_secrets(&url, &mut headers).map_err(|why| self.unready(&why))?;
        let key = HeaderValue::from_str(key).map_err(|_| CallFault::Refused("its key is no header".to_owned()))?;
        headers.insert(KEY, key);
        let request = HttpRequest {
            method: match verb {
                Verb::Post => Method::POST,
                Verb::Put => Method::PUT,
                Verb::Patch => Method::PATCH,
                Verb::Delete => Method::DELETE,
            },
            body: Some(call.body.clone()).filter(|body| !body.is_empty()),
            url: url.clone(),
            headers,
            answer_bytes: limits.http_answer_bytes,
        };
        let mut answer = match self.exchange(request).await {
            // Of one that is too long the status still says whether the server has done it.
            Ok(answer) | Err(HttpError::TooLarge(answer)) => answer,
            Err(HttpError::Unavailable(why)) => return Err(CallFault::Lost(why.to_owned())),
            Err(HttpError::Inside) => {
                return Err(CallFault::Refused(text(self.failed(&HttpError::Inside, &url, limits))));
            }
        };
        secret::hide(&mut answer, &secrets);
        Ok(answer)
    }

    /// What is wrong with a secret is the owner's to read: it names files and variables of theirs.
    fn unready(&self, why: &str) -> CallFault {
        tracing::warn!(plugin = %self.plugin, reason = %why, "a call of {} waits: {why}", self.plugin);
        CallFault::Unready("what the owner of this installation adds to the call is not there now".to_owned())
    }

    fn checked(&self, call: &Call, limits: &Limits) -> Result<Checked, String> {
        let verb = Verb::parse(&call.method).ok_or_else(|| {
            format!(
                "calls with {:?}: a call has POST, PUT, PATCH or DELETE, and what only reads is http",
                call.method
            )
        })?;
        let way = self
            .begin(&call.url, &call.headers, Some(&call.body), limits)
            .map_err(text)?;
        if way.headers.contains_key(KEY) {
            return Err("calls with a key of its own: the header Idempotency-Key is the host's business".to_owned());
        }
        if !self.allows(grant::Method::Change(verb), &way.url) {
            let host = way.url.host_str().unwrap_or("?");
            let line = grant::line(grant::Method::Change(verb), &way.url);
            let line = line.map_err(|why| format!("may not change things on {host}: {why}"))?;
            return Err(format!(
                "may not change things on {host}: add \"{line}\", perhaps with the beginning of the path, to allow of its permission call"
            ));
        }
        if let Some(machine) = self.barred(&way.url) {
            let host = way.url.host_str().unwrap_or("?");
            return Err(format!(
                "may not change things on {host}, which is inside your own network: the owner of this installation adds \"{machine}\" \
                 to `inside` of [plugins] in the configuration to allow it"
            ));
        }
        Ok(Checked {
            verb,
            url: way.url,
            headers: way.headers,
        })
    }
}

/// What a typed error says.
fn text(error: CallError) -> String {
    match error {
        CallError::Denied(why) | CallError::Limit(why) | CallError::Other(why) => why,
        CallError::Timeout => "it took too long".to_owned(),
        CallError::Unavailable => "nobody answered".to_owned(),
    }
}

#[cfg(test)]
mod tests;
