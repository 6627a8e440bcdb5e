//! Requests to Discord. One request, one answer: nothing is repeated here, because the outbox knows what may be.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serenity::http::{LightMethod, Request, Route};
use tokio::sync::watch;

use super::failure::{self, Failure};
use super::names;
use crate::clock::Clock;
use crate::secret::Secret;

/// A request that takes longer is cut off; Discord answers within a second or two.
const PATIENCE: Duration = Duration::from_secs(20);

/// One with files takes as long as a slow line needs for them.
const FILE_PATIENCE: Duration = Duration::from_mins(2);

/// Where the library's routes lead.
const DISCORD: &str = "https://discord.com";

/// Where Discord keeps the files of messages.
const FILE_HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Discord shuts out an address for a time after 10,000 refused requests within ten minutes
/// (<https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>).
const REFUSED_WINDOW: Duration = Duration::from_mins(10);

/// A tenth of that: other programs may share the address.
const REFUSED_MAX: usize = 1_000;

/// An answer longer than this is none of Discord's.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Of what Discord says is wrong so many characters are shown.
const WORDS_MAX: usize = 200;

/// When a 429 does not say how long.
const FLOOD_WAIT: Duration = Duration::from_secs(5);

/// Speaks to Discord as one bot.
pub(super) struct Rest {
    client: reqwest::Client,
    /// With the word before it that Discord wants.
    token: Secret,
    base: String,
    clock: Arc<dyn Clock>,
    /// When requests were refused, by the monotonic clock, oldest first.
    refused: Mutex<VecDeque<Duration>>,
    /// Whether Discord has refused a request as if it did not know the token.
    doubted: watch::Sender<bool>,
}

/// How Discord says what is wrong.
#[derive(serde::Deserialize)]
struct Problem {
    #[serde(default)]
    code: u32,
    #[serde(default)]
    message: String,
    #[serde(default)]
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
    /// What is wrong with which field, as deep as the fields are.
    #[serde(default)]
    errors: serde_json::Value,
}

impl Problem {
    /// Its words, and with them the first field that is wrong.
    fn words(&self) -> String {
        let message = names::cut(&self.message, WORDS_MAX);
        match first_fault(&self.errors, "") {
            Some(fault) => format!("{message} ({})", names::cut(&fault, WORDS_MAX)),
            None => message,
        }
    }
}

/// `embeds.0.title: Must be 256 or fewer in length.`
fn first_fault(errors: &serde_json::Value, path: &str) -> Option<String> {
    let fields = errors.as_object()?;
    if let Some(said) = fields.get("_errors") {
        let message = said.get(0)?.get("message")?.as_str()?;
        return Some(format!("{path}: {message}"));
    }
    fields.iter().find_map(|(name, within)| {
        let dot = if path.is_empty() { "" } else { "." };
        first_fault(within, &format!("{path}{dot}{name}"))
    })
}

impl Rest {
    /// Nothing is sent yet. `base` has no slash at its end.
    pub(super) fn new(token: &Secret, base: &str, clock: Arc<dyn Clock>) -> Self {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            // Building fails only where TLS cannot be set up, which is compiled in.
            client: client.expect("a client can be built"),
            token: Secret::new(format!("Bot {}", token.expose())),
            base: base.to_owned(),
            clock,
            refused: Mutex::default(),
            doubted: watch::Sender::new(false),
        }
    }

    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(&self, route: Route<'_>) -> Result<T, Failure> {
        self.get_with(Request::new(route, LightMethod::Get)).await
    }

    /// Asks for something with parameters.
    pub(super) async fn get_with<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, Failure> {
        let answer = self.call(request).await?;
        read(&answer)
    }

    /// Sends `body` and reads what comes back.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: LightMethod,
        route: Route<'_>,
        body: &impl serde::Serialize,
    ) -> Result<T, Failure> {
        let answer = self.call(with_body(method, route, body)).await?;
        read(&answer)
    }

    /// Sends `body`; what comes back does not matter.
    pub(super) async fn tell(
        &self,
        method: LightMethod,
        route: Route<'_>,
        body: &impl serde::Serialize,
    ) -> Result<(), Failure> {
        self.call(with_body(method, route, body)).await.map(drop)
    }

    /// Sends `body` with files beside it, each by its name; reads what comes back.
    pub(super) async fn upload<T: DeserializeOwned>(
        &self,
        route: Route<'_>,
        body: &impl serde::Serialize,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<T, Failure> {
        let body = serde_json::to_string(body).expect("what we send is plain data");
        let mut form = Form::new().text("payload_json", body);
        for (number, (name, bytes)) in files.into_iter().enumerate() {
            form = form.part(format!("files[{number}]"), Part::bytes(bytes).file_name(name));
        }
        let url = route.path().replace(DISCORD, &self.base);
        let request = self.client.post(url).header(AUTHORIZATION, self.token.expose());
        let answer = self.answer(request.multipart(form).timeout(FILE_PATIENCE)).await?;
        read(&answer)
    }

    /// The bytes of a file that somebody sent; none larger than `max`.
    pub(super) async fn download(&self, url: &str, max: usize) -> Result<Option<Vec<u8>>, Failure> {
        let from_discord = url::Url::parse(url)
            .is_ok_and(|url| url.scheme() == "https" && url.domain().is_some_and(|host| FILE_HOSTS.contains(&host)));
        if !from_discord && !url.starts_with(&format!("{}/", self.base)) {
            return Err(Failure::Odd);
        }
        // Without the token: the address itself lets in.
        let answer = self.client.get(url).timeout(FILE_PATIENCE).send().await;
        let answer = answer.map_err(|error| network(&error))?;
        if !answer.status().is_success() {
            return Err(refused(answer.status().as_u16(), None, &[]));
        }
        body(answer, max).await
    }

    /// One request; the body of a good answer.
    pub(super) async fn call(&self, request: Request<'_>) -> Result<Vec<u8>, Failure> {
        // Only an address that does not parse could fail, and its base was checked.
        let request = request.build(&self.client, self.token.expose(), Some(&self.base));
        self.answer(request.map_err(|_| Failure::Odd)?).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        if let Some(retry_after) = self.held_back() {
            return Err(Failure::HeldBack { retry_after });
        }
        let answer = request.send().await.map_err(|error| network(&error))?;
        let status = answer.status();
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let (retry_after, scope) = (header("retry-after"), header("x-ratelimit-scope"));
        let body = body(answer, ANSWER_BYTES_MAX).await?.ok_or(Failure::Odd)?;
        if status.is_success() {
            return Ok(body);
        }
        let refusal = refused(status.as_u16(), retry_after.as_deref(), &body);
        if failure::is_wrong_token(&refusal) {
            self.doubted.send_replace(true);
        }
        // Where others share a limit, it is not held against us.
        if matches!(status.as_u16(), 401 | 403 | 429) && scope.as_deref() != Some("shared") {
            self.note_refused();
        }
        Err(refusal)
    }

    /// Resolves when Discord has refused a request as if it did not know the token. From then on it is trusted again.
    pub(super) async fn doubted(&self) {
        let mut doubted = self.doubted.subscribe();
        // The sender is our own, so that it is there as long as we are.
        let _ = doubted.wait_for(|doubted| *doubted).await;
        self.doubted.send_replace(false);
    }

    /// How long to hold back, after too many refusals.
    fn held_back(&self) -> Option<Duration> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        while refused.front().is_some_and(|at| *at + REFUSED_WINDOW <= now) {
            refused.pop_front();
        }
        let first = refused.front().filter(|_| refused.len() >= REFUSED_MAX)?;
        Some((*first + REFUSED_WINDOW).saturating_sub(now))
    }

    fn note_refused(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.push_back(self.clock.elapsed());
    }
}

/// All of an answer; none when it is longer than `max`.
async fn body(mut answer: Response, max: usize) -> Result<Option<Vec<u8>>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| network(&error))? {
        if body.len() + chunk.len() > max {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn with_body<'a>(method: LightMethod, route: Route<'a>, body: &impl serde::Serialize) -> Request<'a> {
    let body = serde_json::to_vec(body).expect("what we send is plain data");
    Request::new(route, method).body(Some(body))
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(answer).map_err(|_| Failure::Odd)
}

/// Errors of the client name the address; ours do not.
fn network(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::NotConnected
    } else {
        Failure::CutOff {
            in_waiting: error.is_timeout(),
        }
    }
}

fn refused(status: u16, retry_after: Option<&str>, body: &[u8]) -> Failure {
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let code = problem.as_ref().map_or(0, |problem| problem.code);
    let asked = problem.as_ref().and_then(|problem| problem.retry_after);
    let asked = asked.or_else(|| retry_after?.parse().ok());
    let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    // It comes as 429 or as 400, and passes within a day.
    if code == failure::COMMANDS_OF_A_DAY {
        return Failure::Spent { retry_after: asked };
    }
    // Too many edits of an old message also come as 429, and do not pass.
    if status == 429 && code != failure::EDITS_OF_OLD_MAX {
        return Failure::Flood {
            retry_after: asked.unwrap_or(FLOOD_WAIT),
            // Where it is not Discord that answers but what stands before it, everything is shut out.
            global: problem.is_none_or(|problem| problem.global),
        };
    }
    let message = problem.map_or_else(String::new, |problem| problem.words());
    Failure::Answered {
        status,
        code,
        message: if message.is_empty() {
            format!("status {status}")
        } else {
            message
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;
    use crate::model::Timestamp;

    #[test]
    fn a_refusal_names_the_field_that_is_wrong() {
        let said = |body: &str| match refused(400, None, body.as_bytes()) {
            Failure::Answered { message, .. } => message,
            other => panic!("{other:?}"),
        };
        let field =
            r#"{"message": "Invalid Form Body", "errors": {"1": {"name": {"_errors": [{"message": "Too long."}]}}}}"#;
        assert_eq!(said(field), "Invalid Form Body (1.name: Too long.)");
        for odd in [
            r#"{"message": "No", "errors": 7}"#,
            r#"{"message": "No", "errors": {"a": {"_errors": []}}}"#,
        ] {
            assert_eq!(said(odd), "No");
        }
    }

    #[test]
    fn a_flood_says_how_long_and_whom_it_concerns() {
        let flood = refused(
            429,
            Some("9"),
            br#"{"message": "slow", "retry_after": 1.5, "global": true}"#,
        );
        let expected = Failure::Flood {
            retry_after: Duration::from_millis(1_500),
            global: true,
        };
        assert_eq!(flood, expected);
        let shut_out = Failure::Flood {
            retry_after: Duration::from_secs(90),
            global: true,
        };
        assert_eq!(refused(429, Some("90"), b"<html>"), shut_out);
        let spent = |status, retry_after| {
            refused(
                status,
                retry_after,
                br#"{"code": 30034, "message": "Max number of daily application command creates"}"#,
            )
        };
        let later = Some(Duration::from_secs(90));
        assert_eq!(spent(429, Some("90")), Failure::Spent { retry_after: later });
        assert_eq!(spent(400, None), Failure::Spent { retry_after: None });
        let old = refused(
            429,
            None,
            br#"{"code": 30046, "message": "Maximum number of edits reached"}"#,
        );
        assert!(matches!(old, Failure::Answered { code: 30_046, .. }), "{old:?}");
    }

    #[test]
    fn after_too_many_refusals_we_hold_back_until_they_are_old() {
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(0)));
        let rest = Rest::new(&Secret::new("a.b.c"), "http://127.0.0.1:1", Arc::clone(&clock) as _);
        for _ in 1..REFUSED_MAX {
            rest.note_refused();
        }
        assert_eq!(rest.held_back(), None);
        clock.advance(Duration::from_mins(1));
        rest.note_refused();
        assert_eq!(rest.held_back(), Some(Duration::from_mins(9)));
        clock.advance(Duration::from_mins(9));
        assert_eq!(rest.held_back(), None);
    }
}
