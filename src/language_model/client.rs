//! Asks the endpoint. Its answer is hostile until it is read, and what it says of an error is repeated to nobody: it may hold the key.

use std::fmt;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, redirect};

use super::config::Settings;
use super::wire::{self, Answer};
use crate::dispatcher::Turn;

/// More than the longest answer that a plugin can ask for, with all that stands around it.
const ANSWER_BYTES_MAX: usize = 512 << 10;

/// Asks.
pub(super) struct Client {
    http: reqwest::Client,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is nobody.
    Unreachable,
    /// It did not answer in time.
    Timeout,
    /// It broke off.
    Broken(&'static str),
    /// It has no time.
    Busy,
    /// It broke down, perhaps after it had begun to answer.
    Down(u16),
    /// It leads elsewhere.
    LedAway(u16),
    /// It does not take the key, or there is none.
    NotLetIn(String),
    /// It does not take the question.
    Refused(u16),
    /// What it answers is no answer.
    Nonsense(&'static str),
}

impl Client {
    pub(super) fn new(settings: &Settings) -> Option<Self> {
        let http = reqwest::Client::builder()
            // The key goes to the one address that the owner has written.
            .redirect(redirect::Policy::none())
            // A proxy of the environment would read question and key where the address is not encrypted.
            .no_proxy()
            .timeout(settings.timeout)
            .build();
        let http = http
            .inspect_err(|error| tracing::error!(error = %error, "the language model cannot be asked"))
            .ok()?;
        Some(Self { http })
    }

    pub(super) async fn ask(&self, settings: &Settings, turns: &[Turn], tokens_max: u32) -> Result<Answer, Fault> {
        let question = wire::question(&settings.name, turns, tokens_max);
        let mut request = self
            .http
            .post(settings.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(question);
        if !settings.key.is_empty() {
            let key = settings.key.read().map_err(Fault::NotLetIn)?;
            let value = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
            let mut value =
                value.map_err(|_| Fault::NotLetIn("the key has characters that no header can have".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        refused(response.status())?;
        if response.content_length().unwrap_or(0) > ANSWER_BYTES_MAX as u64 {
            return Err(Fault::Nonsense("with too much"));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| failed(&error))? {
            body.extend_from_slice(&part);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(Fault::Nonsense("with too much"));
            }
        }
        wire::answer(&body).map_err(Fault::Nonsense)
    }
}

fn failed(error: &reqwest::Error) -> Fault {
    if error.is_connect() {
        Fault::Unreachable
    } else if error.is_timeout() {
        Fault::Timeout
    } else {
        Fault::Broken("it broke off")
    }
}

/// Only 200 is an answer.
fn refused(status: StatusCode) -> Result<(), Fault> {
    let number = status.as_u16();
    match number {
        200 => Ok(()),
        401 | 403 => Err(Fault::NotLetIn(format!("it answers with {number}: is the key right?"))),
        429 => Err(Fault::Busy),
        500.. => Err(Fault::Down(number)),
        300..=399 => Err(Fault::LedAway(number)),
        _ => Err(Fault::Refused(number)),
    }
}

impl Fault {
    /// Whether nothing can have been spent.
    pub(super) fn is_free(&self) -> bool {
        match self {
            Self::Unreachable | Self::Busy | Self::NotLetIn(_) => true,
            Self::Refused(status) => (400..500).contains(status),
            // A gateway says 504 of an answer that was made and did not get through.
            Self::Timeout | Self::Broken(_) | Self::Nonsense(_) | Self::Down(_) | Self::LedAway(_) => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("nobody is there"),
            Self::Timeout => f.write_str("it does not answer in time"),
            Self::Broken(how) => f.write_str(how),
            Self::Busy => f.write_str("it has no time: 429"),
            Self::Down(status) => write!(f, "it broke down: {status}"),
            Self::LedAway(status) => write!(
                f,
                "it answers with {status} and leads elsewhere: write that address into `model.url`"
            ),
            Self::NotLetIn(why) => f.write_str(why),
            Self::Refused(status) => write!(f, "it refuses the question: {status}"),
            Self::Nonsense(what) => write!(f, "it answers {what}"),
        }
    }
}

#[cfg(test)]
mod tests;
