//! Telegram's options: as written, and as meant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Secret, SecretRef};

/// A bot on Telegram. `@BotFather` there makes one and gives its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the bot's token is: `env:NAME` for an environment variable, `file:PATH` for a file. Empty: no Telegram.
    pub token: SecretRef,
    /// The Bot API server; another one if you run your own.
    pub api_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: SecretRef::default(),
            api_url: "https://api.telegram.org".to_owned(),
        }
    }
}

/// What the options mean, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's token.
    pub token: Secret,
    /// The bot's own account; the token begins with it.
    pub bot_id: u64,
    /// Where the Bot API is.
    pub api_url: url::Url,
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
        self.address().map(drop)
    }

    /// What the options mean, with the token; none when Telegram is off.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value. Never the token.
    pub fn settings(&self) -> Result<Option<Settings>, (&'static str, String)> {
        if self.token.is_empty() {
            return Ok(None);
        }
        let token = self.token.read().map_err(|problem| ("token", problem))?;
        let Some(bot_id) = bot_id(token.expose()) else {
            let problem = "this is no bot token; @BotFather on Telegram gives one, such as `123456:ABC-DEF…`";
            return Err(("token", problem.to_owned()));
        };
        let api_url = self.address()?;
        Ok(Some(Settings { token, bot_id, api_url }))
    }

    fn address(&self) -> Result<url::Url, (&'static str, String)> {
        let fits = |url: &url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
        let parsed = url::Url::parse(&self.api_url).ok().filter(fits);
        parsed.ok_or_else(|| {
            let problem = format!("`{}` is no address such as `https://api.telegram.org`", self.api_url);
            ("api_url", problem)
        })
    }
}

/// The number before the colon, when the rest looks like a token.
fn bot_id(token: &str) -> Option<u64> {
    let (id, secret) = token.split_once(':')?;
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
    // Telegram promises at most 52 significant bits.
    let id = id.parse().ok().filter(|id| *id > 0 && *id < 1 << 52)?;
    (!secret.is_empty() && secret.bytes().all(fits)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_shape() {
        assert_eq!(bot_id("123456:ABC-DEF_1234"), Some(123_456));
        for wrong in [
            "",
            "123456",
            "abc:DEF",
            "123456:",
            "0:ABC",
            "123456:a b",
            "99999999999999999999:A",
        ] {
            assert_eq!(bot_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn without_a_token_telegram_is_off() {
        let config = Config::default();
        assert!(config.check().is_ok() && config.settings().unwrap().is_none());
    }

    #[test]
    fn a_wrong_token_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "hunter2\n").unwrap();
        let config = Config {
            token: SecretRef::new(format!("file:{}", file.display())),
            ..Config::default()
        };
        let (key, problem) = config.settings().unwrap_err();
        assert_eq!(key, "token");
        assert!(
            problem.contains("@BotFather") && !problem.contains("hunter2"),
            "{problem}"
        );
    }

    #[test]
    fn the_address_is_one_of_the_web() {
        let check = |api_url: &str| {
            let config = Config {
                api_url: api_url.to_owned(),
                ..Config::default()
            };
            config.check().map_err(|(key, _)| key)
        };
        assert_eq!(check("http://127.0.0.1:8081"), Ok(()));
        assert_eq!(check("ftp://example.org"), Err("api_url"));
        assert_eq!(check("example.org"), Err("api_url"));
    }
}
