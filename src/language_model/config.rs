//! Which language model there is, and what it may cost: as written, and as meant.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::secret::SecretRef;

/// A person waits for the answer; whoever waits longer than this has gone.
const TIMEOUT_SECONDS_MAX: u32 = 120;

/// Within what a plugin may take for an event: it waits for the knowledge base.
const ANSWERS_TIMEOUT_SECONDS_MAX: u32 = 8;

/// A language model that plugins with the permission `model` may ask, and the knowledge base where a community wants that. Without
/// `url` there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it is, up to what stands before `/chat/completions`: `https://api.openai.com/v1`, `http://localhost:11434/v1`.
    pub url: String,
    /// What lets us in: `env:NAME` or `file:PATH`. Empty where nothing is needed.
    pub key: SecretRef,
    /// Which model, as the endpoint calls it.
    pub name: String,
    /// Tokens that a community may spend in a day (UTC), questions and answers together.
    pub day_tokens: u64,
    /// Of these, tokens that one plugin may spend.
    pub plugin_day_tokens: u64,
    /// Of these, tokens that the knowledge base may spend on questions that its entries leave undecided.
    pub answers_day_tokens: u64,
    /// So many questions of one person in a day (UTC) does the knowledge base ask the model about.
    pub answers_person_day: u32,
    /// How long the knowledge base waits for the model, in seconds. Then it decides without it.
    pub answers_timeout_seconds: u32,
    /// Tokens of one answer, whatever a plugin asks for.
    pub tokens_max: u32,
    /// How long an answer to a plugin may take, in seconds. The conversation that it is for waits so long.
    pub timeout_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: String::new(),
            key: SecretRef::default(),
            name: String::new(),
            day_tokens: 200_000,
            plugin_day_tokens: 100_000,
            answers_day_tokens: 100_000,
            answers_person_day: 20,
            answers_timeout_seconds: 5,
            tokens_max: 1_000,
            timeout_seconds: 20,
        }
    }
}

/// The same, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where questions go.
    pub url: Url,
    /// What lets us in.
    pub key: SecretRef,
    /// Which model.
    pub name: String,
    /// Tokens of a community and a day.
    pub day_tokens: u64,
    /// Of these, tokens of one plugin.
    pub plugin_day_tokens: u64,
    /// Of these, tokens of the knowledge base.
    pub answers_day_tokens: u64,
    /// So many questions of one person in a day are asked for the knowledge base.
    pub answers_person_day: u32,
    /// How long the knowledge base waits.
    pub answers_timeout: Duration,
    /// Tokens of one answer.
    pub tokens_max: u32,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Config {
    /// What it means; none where there is no model.
    ///
    /// # Errors
    ///
    /// The option that is wrong, and why.
    pub fn check(&self) -> Result<Option<Settings>, (&'static str, String)> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let url = self.questions().map_err(|problem| ("url", problem))?;
        if let Some(problem) = self.key.problem() {
            return Err(("key", problem.to_owned()));
        }
        if self.name.trim().is_empty() {
            return Err(("name", "say which model of the endpoint is meant".to_owned()));
        }
        for (option, value) in [
            ("day_tokens", self.day_tokens),
            ("plugin_day_tokens", self.plugin_day_tokens),
            ("answers_day_tokens", self.answers_day_tokens),
            ("tokens_max", self.tokens_max.into()),
        ] {
            if value == 0 || i64::try_from(value).is_err() {
                return Err((
                    option,
                    format!("{value} is no number of tokens; to have no model, leave out `url`"),
                ));
            }
        }
        if !(1..=TIMEOUT_SECONDS_MAX).contains(&self.timeout_seconds) {
            return Err((
                "timeout_seconds",
                format!("an answer may take 1 to {TIMEOUT_SECONDS_MAX} s"),
            ));
        }
        if !(1..=ANSWERS_TIMEOUT_SECONDS_MAX).contains(&self.answers_timeout_seconds) {
            return Err((
                "answers_timeout_seconds",
                format!("the knowledge base may wait 1 to {ANSWERS_TIMEOUT_SECONDS_MAX} s"),
            ));
        }
        Ok(Some(Settings {
            url,
            key: self.key.clone(),
            name: self.name.clone(),
            day_tokens: self.day_tokens,
            plugin_day_tokens: self.plugin_day_tokens,
            answers_day_tokens: self.answers_day_tokens,
            answers_person_day: self.answers_person_day,
            answers_timeout: Duration::from_secs(self.answers_timeout_seconds.into()),
            tokens_max: self.tokens_max,
            timeout: Duration::from_secs(self.timeout_seconds.into()),
        }))
    }

    fn questions(&self) -> Result<Url, String> {
        let wrong = || format!("`{}` is no address such as `https://api.openai.com/v1`", self.url);
        let mut url = Url::parse(&self.url).map_err(|_| wrong())?;
        let host = url.host().ok_or_else(wrong)?;
        let near = is_near(&host);
        match url.scheme() {
            "https" => {}
            // Within one machine or network there is often no certificate; beyond it, or by a name, a key would go in the clear.
            "http" if near || self.key.is_empty() => {}
            "http" => {
                return Err("a key is sent over https alone, or to localhost or a private IP address".to_owned());
            }
            _ => return Err(wrong()),
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err("it has scheme, host, perhaps a port and a path, and nothing else".to_owned());
        }
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(["chat", "completions"]);
        Ok(url)
    }
}

/// Whether it is this machine, or one in the network around it, and not by a name that anybody may point elsewhere.
fn is_near(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback() || address.is_private(),
        Host::Ipv6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: &str) -> Config {
        Config {
            url: url.to_owned(),
            name: "small".to_owned(),
            ..Config::default()
        }
    }

    #[track_caller]
    fn check(config: &Config, option: &str, part: &str) {
        let (found, problem) = config.check().expect_err("it is wrong");
        assert_eq!(found, option);
        assert!(problem.contains(part), "{problem}");
    }

    #[test]
    fn without_an_address_there_is_no_model() {
        assert_eq!(Config::default().check(), Ok(None));
    }

    #[test]
    fn questions_go_below_the_address() {
        for (url, expected) in [
            (
                "https://api.openai.com/v1",
                "https://api.openai.com/v1/chat/completions",
            ),
            (
                "http://localhost:11434/v1/",
                "http://localhost:11434/v1/chat/completions",
            ),
            ("http://ollama:11434", "http://ollama:11434/chat/completions"),
        ] {
            let settings = with(url).check().expect("it is right").expect("there is one");
            assert_eq!(settings.url.as_str(), expected);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        check(&with("api.openai.com"), "url", "is no address");
        check(&with("ftp://a.example"), "url", "is no address");
        check(&with("https://me:secret@a.example"), "url", "nothing else");
        let keyed = |url: &str| Config {
            key: SecretRef::new("env:MODEL_KEY"),
            ..with(url)
        };
        check(&keyed("http://a.example/v1"), "url", "over https alone");
        for far in ["http://203.0.113.7/v1", "http://[2001:db8::7]/v1", "http://ollama:8000"] {
            check(&keyed(far), "url", "over https alone");
        }
        for near in [
            "http://127.0.0.1:8000",
            "http://10.0.0.7",
            "http://[::1]:8000",
            "http://[fd00::7]",
            "http://localhost",
        ] {
            assert!(keyed(near).check().is_ok(), "{near}");
        }
        let pasted = Config {
            key: SecretRef::new("sk-live-1"),
            ..with("https://a.example")
        };
        check(&pasted, "key", "a secret itself has no place here");
        let nameless = Config {
            name: " ".to_owned(),
            ..with("https://a.example")
        };
        check(&nameless, "name", "which model");
        let nothing = Config {
            plugin_day_tokens: 0,
            ..with("https://a.example")
        };
        check(&nothing, "plugin_day_tokens", "leave out `url`");
        let for_ever = Config {
            timeout_seconds: 121,
            ..with("https://a.example")
        };
        check(&for_ever, "timeout_seconds", "1 to 120 s");
        let longer_than_a_plugin_may = Config {
            answers_timeout_seconds: 9,
            ..with("https://a.example")
        };
        check(&longer_than_a_plugin_may, "answers_timeout_seconds", "1 to 8 s");
    }
}
