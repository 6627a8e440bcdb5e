//! One `fetch` of a plugin: what it asks is checked, sent, and followed where the answer leads on, each time checked anew.

use std::sync::{Arc, Mutex};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::Value;
use url::Url;

use super::client::{HttpAnswer, HttpClient, HttpError, HttpRequest};
use super::grant::{self, Granted, Method, Rule};
use super::machine::Machine;
use super::secret::{self, Bindings};
use crate::plugin_host::bindings::switchboard::plugin::http::{Request, Response};
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::config::Limits;
use crate::plugin_host::kept::{Kept, Once};
use crate::secret::Secret;

/// As many as a move of house and a slash at the end need.
const REDIRECTS_MAX: usize = 3;

/// Headers that say how a request is sent, which is not the plugin's business, and cookies, which nobody keeps.
const REFUSED_HEADERS: [&str; 13] = [
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Whether a plugin has no say in that header.
pub(in crate::plugin_host) fn is_hosts_business(name: &HeaderName) -> bool {
    REFUSED_HEADERS.contains(&name.as_str())
}

/// What one plugin in one community may read from servers elsewhere.
pub(in crate::plugin_host) struct Outside {
    pub(super) plugin: String,
    granted: Granted,
    way_out: WayOut,
    kept: Mutex<Kept<Request, Response>>,
}

/// By what its requests go out, and what the owner of the installation adds to them.
pub(in crate::plugin_host) struct WayOut {
    pub(in crate::plugin_host) client: Arc<dyn HttpClient>,
    pub(in crate::plugin_host) secrets: Bindings,
    /// The machines inside the network that it may reach, if it is granted them.
    pub(in crate::plugin_host) inside: Vec<Machine>,
}

/// What came of it.
pub(in crate::plugin_host) struct Fetched {
    pub(in crate::plugin_host) answer: Result<Response, CallError>,
    /// For the trace: no path, no query, no header and no body.
    pub(in crate::plugin_host) line: String,
}

/// A request on its way.
pub(super) struct Way {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Outside {
    pub(in crate::plugin_host) fn new<'a>(
        plugin: &str,
        rules: impl IntoIterator<Item = &'a Rule>,
        config: &str,
        way_out: WayOut,
    ) -> Self {
        let config: Value = serde_json::from_str(config).unwrap_or_default();
        Self {
            plugin: plugin.to_owned(),
            granted: Granted::new(rules, &config),
            way_out,
            kept: Mutex::default(),
        }
    }

    /// Does what is asked, or tells again what it told when this call was made for this event before.
    pub(in crate::plugin_host) async fn fetch(&self, once: Once<'_>, asked: Request, limits: &Limits) -> Fetched {
        let kept = self
            .kept
            .lock()
            .expect("nobody panics while holding it")
            .find(once, &asked);
        if let Some(response) = kept {
            return Fetched {
                line: ": as before".to_owned(),
                answer: Ok(response),
            };
        }
        let wait = asked.timeout_ms.map_or(limits.http_wait, |millis| {
            limits.http_wait.min(std::time::Duration::from_millis(millis.into()))
        });
        let fetching = self.follow(&asked, limits);
        let answer = match tokio::time::timeout(wait, fetching).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Timeout),
        };
        match answer {
            Ok((answer, from)) => {
                let (status, bytes) = (answer.status, answer.body.len());
                let from = from.map_or_else(String::new, |host| format!(" from {host}"));
                let response = Response {
                    status,
                    headers: answer.headers,
                    body: answer.body,
                };
                let mut kept = self.kept.lock().expect("nobody panics while holding it");
                let size = size(&asked, &response);
                kept.keep(once, asked, &response, size);
                Fetched {
                    line: format!(": {status}{from}, {bytes} bytes"),
                    answer: Ok(response),
                }
            }
            Err(error) => Fetched {
                line: format!(": {}", word(&error)),
                answer: Err(error),
            },
        }
    }

    /// The answer at the end of the way, and whose it is where it is not the host's that was asked.
    async fn follow(&self, asked: &Request, limits: &Limits) -> Result<(HttpAnswer, Option<String>), CallError> {
        let mut way = self.begin(&asked.url, &asked.headers, asked.body.as_ref(), limits)?;
        let first = way.url.clone();
        let mut secrets = Vec::new();
        for redirects in 0..=REDIRECTS_MAX {
            self.check(&way, redirects > 0)?;
            // To this host alone: the way goes on without them.
            let mut headers = way.headers.clone();
            let added = self.add_secrets(&way.url, &mut headers);
            secrets.extend(added.map_err(CallError::Denied)?);
            let request = HttpRequest {
                method: if way.body.is_some() {
                    reqwest::Method::POST
                } else {
                    reqwest::Method::GET
                },
                body: way.body.clone(),
                url: way.url.clone(),
                headers,
                answer_bytes: limits.http_answer_bytes,
            };
            let answer = self.exchange(request).await;
            let mut answer = answer.map_err(|error| self.failed(&error, &way.url, limits))?;
            if let Some(next) = way.next(&answer)? {
                way = next;
                continue;
            }
            secret::hide(&mut answer, &secrets);
            let elsewhere = way.url.host_str() != first.host_str();
            let from = way.url.host_str().filter(|_| elsewhere).map(str::to_owned);
            return Ok((answer, from));
        }
        Err(CallError::Limit(format!("more than {REDIRECTS_MAX} redirects")))
    }

    /// What is asked, as far as it can be asked at all.
    pub(super) fn begin(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Option<&Vec<u8>>,
        limits: &Limits,
    ) -> Result<Way, CallError> {
        let bytes = headers.iter().map(|(name, value)| name.len() + value.len());
        let bytes = bytes.sum::<usize>() + url.len() + body.map_or(0, Vec::len);
        if bytes > limits.http_request_bytes {
            let max = limits.http_request_bytes >> 10;
            return Err(CallError::Limit(format!("a request has at most {max} KiB")));
        }
        let url = Url::parse(url).map_err(|error| CallError::Other(format!("it is no address: {error}")))?;
        Ok(Way {
            url,
            headers: self.headers(headers)?,
            body: body.cloned(),
        })
    }

    /// Whether that may be asked so.
    pub(super) fn allows(&self, method: Method, url: &Url) -> bool {
        self.granted.allows(method, url)
    }

    /// The machine inside the network that the owner of the installation lets nobody reach, if it is there.
    pub(super) fn barred(&self, url: &Url) -> Option<String> {
        self.way_out.barred(url)
    }

    /// Adds the secrets of the host, and gives them back.
    pub(super) fn add_secrets(&self, url: &Url, headers: &mut HeaderMap) -> Result<Vec<Secret>, String> {
        if !self.way_out.client.goes_out() {
            return Ok(Vec::new());
        }
        self.way_out.secrets.add(url, &self.plugin, headers)
    }

    /// Sends one request, and follows nothing.
    pub(super) async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        self.way_out.client.exchange(request).await
    }

    fn headers(&self, asked: &[(String, String)]) -> Result<HeaderMap, CallError> {
        let agent = format!("Switchboard/{} ({})", env!("CARGO_PKG_VERSION"), self.plugin);
        let mut headers = HeaderMap::new();
        headers.extend(HeaderValue::from_str(&agent).ok().map(|agent| (USER_AGENT, agent)));
        for (name, value) in asked {
            let refuse = |why: &str| Err(CallError::Other(format!("the header {name:?} {why}")));
            let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
                return refuse("has no name of a header");
            };
            if is_hosts_business(&parsed) {
                return refuse("is the host's business");
            }
            let Ok(value) = HeaderValue::from_str(value) else {
                return refuse("has a value that no header can have");
            };
            if parsed == USER_AGENT {
                headers.insert(parsed, value);
            } else {
                headers.append(parsed, value);
            }
        }
        Ok(headers)
    }

    fn check(&self, way: &Way, led: bool) -> Result<(), CallError> {
        let method = way.method();
        let (plugin, host) = (&self.plugin, way.url.host_str().unwrap_or("?"));
        let led = if led { "is led on to" } else { "wants to read from" };
        if self.allows(method, &way.url) {
            return match self.barred(&way.url) {
                None => Ok(()),
                Some(machine) => Err(CallError::Denied(format!(
                    "{plugin} {led} {host}, which is inside your own network: the owner of this installation adds \"{machine}\" \
                     to `inside` of [plugins] in the configuration to allow it"
                ))),
            };
        }
        let line =
            grant::line(method, &way.url).map_err(|why| CallError::Denied(format!("{plugin} {led} {host}: {why}")))?;
        Err(CallError::Denied(format!(
            "{plugin} {led} {host}: add \"{line}\" to allow of its permission http"
        )))
    }

    pub(super) fn failed(&self, error: &HttpError, url: &Url, limits: &Limits) -> CallError {
        let (plugin, host) = (&self.plugin, url.host_str().unwrap_or("?"));
        match error {
            HttpError::Inside => CallError::Denied(format!(
                "the name {host} leads {plugin} to an address inside your own network or to nobody's: only by the address \
                 itself, as in allow = [\"GET http://10.0.0.7:8080\"], is a machine there reached"
            )),
            HttpError::TooLarge(_) => {
                CallError::Limit(format!("an answer has at most {} KiB", limits.http_answer_bytes >> 10))
            }
            HttpError::Unavailable(why) => {
                tracing::debug!(plugin = %plugin, host = %host, reason = %why, "a server does not answer a plugin");
                CallError::Unavailable
            }
        }
    }
}

impl WayOut {
    /// The machine inside that the owner of the installation lets nobody reach.
    fn barred(&self, url: &Url) -> Option<String> {
        let machine = Machine::inside(url)?;
        let let_in = !self.client.goes_out() || self.inside.iter().any(|known| known.covers(&machine));
        (!let_in).then(|| machine.to_string())
    }
}

impl Way {
    fn method(&self) -> Method {
        if self.body.is_some() { Method::Post } else { Method::Get }
    }

    /// Where the answer leads on to, if it does.
    fn next(&self, answer: &HttpAnswer) -> Result<Option<Self>, CallError> {
        let led = answer.leads_to(&self.url);
        let led = led.map_err(|_| CallError::Other("a redirect leads to no address".to_owned()))?;
        let Some(url) = led else { return Ok(None) };
        let mut headers = self.headers.clone();
        if url.origin() != self.url.origin() {
            headers.remove(AUTHORIZATION);
        }
        // As browsers do: only 307 and 308 repeat what was sent.
        let body = self.body.clone().filter(|_| matches!(answer.status, 307 | 308));
        Ok(Some(Self { url, headers, body }))
    }
}

/// What both take in memory.
fn size(asked: &Request, response: &Response) -> usize {
    let texts = asked.headers.iter().chain(&response.headers);
    let texts: usize = texts.map(|(name, value)| name.len() + value.len()).sum();
    texts + asked.url.len() + asked.body.as_ref().map_or(0, Vec::len) + response.body.len()
}

fn word(error: &CallError) -> &'static str {
    match error {
        CallError::Denied(_) => "denied",
        CallError::Limit(_) => "over a limit",
        CallError::Timeout => "timed out",
        CallError::Unavailable => "unavailable",
        CallError::Other(_) => "wrong",
    }
}

#[cfg(test)]
mod tests;
