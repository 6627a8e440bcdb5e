//! Discord's options: as written, and as meant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Secret, SecretRef};

/// As Discord's own examples write a token, behind a word that is no part of it.
const SCHEME: &str = "bot ";

/// A bot on Discord. <https://discord.com/developers/applications> makes one and gives its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the bot's token is: `env:NAME` for an environment variable, `file:PATH` for a file. Empty: no Discord.
    pub token: SecretRef,
    /// Where requests go; another server that speaks as Discord does, for tests.
    pub api_url: String,
    /// Where events come from, such as `wss://gateway.discord.gg`. Empty: where Discord says.
    pub gateway_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: SecretRef::default(),
            api_url: "https://discord.com".to_owned(),
            gateway_url: String::new(),
        }
    }
}

/// What the options mean, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's token.
    pub token: Secret,
    /// Where requests go, without a slash at the end.
    pub api_url: String,
    /// Where events come from; none where Discord says.
    pub gateway_url: Option<String>,
}

impl Config {
    /// What is wrong with what is written: the key and why. Reads no secret, so that it holds wherever a command runs.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(problem) = self.token.problem() {
            return Err(("token", problem.to_owned()));
        }
        if !is_address(&self.api_url, ["https", "http"]) {
            let problem = format!("`{}` is no address such as `https://discord.com`", self.api_url);
            return Err(("api_url", problem));
        }
        if !self.gateway_url.is_empty() && !is_address(&self.gateway_url, ["wss", "ws"]) {
            let problem = format!(
                "`{}` is no address such as `wss://gateway.discord.gg`",
                self.gateway_url
            );
            return Err(("gateway_url", problem));
        }
        Ok(())
    }

    /// What the options mean, with the token; none when Discord is off.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value. Never the token.
    pub fn settings(&self) -> Result<Option<Settings>, (&'static str, String)> {
        if self.token.is_empty() {
            return Ok(None);
        }
        self.check()?;
        let secret = self.token.read().map_err(|problem| ("token", problem))?;
        let token = without_scheme(secret.expose());
        if !is_token(token) {
            let problem = "this is no bot token; take it from the page *Bot* of your application on \
                           https://discord.com/developers/applications with *Reset Token*";
            return Err(("token", problem.to_owned()));
        }
        let url = |text: &str| text.trim_end_matches('/').to_owned();
        Ok(Some(Settings {
            token: Secret::new(token),
            api_url: url(&self.api_url),
            gateway_url: (!self.gateway_url.is_empty()).then(|| url(&self.gateway_url)),
        }))
    }
}

fn is_address(text: &str, schemes: [&str; 2]) -> bool {
    url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

/// The token alone.
fn without_scheme(text: &str) -> &str {
    match text.get(..SCHEME.len()) {
        Some(begin) if begin.eq_ignore_ascii_case(SCHEME) => text[SCHEME.len()..].trim_start(),
        _ => text,
    }
}

/// Three parts with dots between them, in letters that fit into a header.
fn is_token(text: &str) -> bool {
    let fits = |part: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !part.is_empty() && part.bytes().all(letter)
    };
    text.split('.').count() == 3 && text.split('.').all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_shape() {
        assert!(is_token("OTAw.Gabc-1.a_B-c3"));
        for wrong in [
            "",
            "OTAw",
            "OTAw.abc",
            "a.b.c.d",
            "a..c",
            "a.b c.d",
            "Bot a.b.c",
            "client secret",
        ] {
            assert!(!is_token(wrong), "{wrong}");
        }
    }

    /// What becomes of a file with this text as the token's.
    fn settings(text: &str) -> Result<Option<Settings>, (&'static str, String)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, text).unwrap();
        let config = Config {
            token: SecretRef::new(format!("file:{}", file.display())),
            ..Config::default()
        };
        config.settings()
    }

    #[test]
    fn a_token_is_taken_without_the_word_before_it() {
        for text in ["OTAw.a.b\n", "Bot OTAw.a.b\n", "bot  OTAw.a.b"] {
            assert_eq!(settings(text).unwrap().unwrap().token.expose(), "OTAw.a.b");
        }
        for text in ["Bot \n", "BotOTAw.a", "Bot\u{e9}.a.b"] {
            assert_eq!(settings(text).unwrap_err().0, "token", "{text}");
        }
    }

    #[test]
    fn without_a_token_discord_is_off() {
        let config = Config::default();
        assert!(config.check().is_ok() && config.settings().unwrap().is_none());
    }

    #[test]
    fn a_wrong_token_is_not_repeated() {
        let (key, problem) = settings("hunter2\n").unwrap_err();
        assert_eq!(key, "token");
        assert!(
            problem.contains("Reset Token") && !problem.contains("hunter2"),
            "{problem}"
        );
    }

    #[test]
    fn addresses_are_of_the_right_kind() {
        let check = |api_url: &str, gateway_url: &str| {
            let config = Config {
                api_url: api_url.to_owned(),
                gateway_url: gateway_url.to_owned(),
                ..Config::default()
            };
            config.check().map_err(|(key, _)| key)
        };
        assert_eq!(check("http://127.0.0.1:1", "ws://127.0.0.1:2"), Ok(()));
        assert_eq!(check("https://discord.com", ""), Ok(()));
        assert_eq!(check("discord.com", ""), Err("api_url"));
        assert_eq!(
            check("https://discord.com", "https://gateway.discord.gg"),
            Err("gateway_url")
        );
    }
}
