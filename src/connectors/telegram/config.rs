//! Telegram's options: as written, and as meant.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::webhook;
use crate::secret::{Secret, SecretRef};

/// Telegram calls no others: <https://core.telegram.org/bots/api#setwebhook>.
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];

/// A bot on Telegram. `@BotFather` there makes one and gives its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the bot's token is: `env:NAME` for an environment variable, `file:PATH` for a file. Empty: no Telegram.
    pub token: SecretRef,
    /// The Bot API server; another one if you run your own.
    pub api_url: String,
    /// The folder in which a Bot API server of your own keeps files, where it runs with `--local` on this machine. None: files
    /// are fetched from the server.
    pub local_files: Option<PathBuf>,
    /// Where Telegram calls with what happens, such as `https://chat.example.org`. None: the bot asks, which needs no
    /// address.
    pub webhook: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: SecretRef::default(),
            api_url: "https://api.telegram.org".to_owned(),
            local_files: None,
            webhook: None,
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
    /// The folder with the files of a server of our own.
    pub local_files: Option<PathBuf>,
    /// Where Telegram calls.
    pub webhook: Option<url::Url>,
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
        self.webhook()?;
        if self.local_files.as_ref().is_some_and(|folder| !folder.is_absolute()) {
            let problem = "this is no whole path such as `/var/lib/telegram-bot-api`";
            return Err(("local_files", problem.to_owned()));
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
        Ok(Some(Settings {
            token,
            bot_id,
            api_url: self.address()?,
            local_files: self.local_files.clone(),
            webhook: self.webhook()?,
        }))
    }

    /// The address with the path of our page, unless a proxy has another one for it.
    fn webhook(&self) -> Result<Option<url::Url>, (&'static str, String)> {
        let Some(written) = &self.webhook else { return Ok(None) };
        let fits = |url: &url::Url| {
            let port = url.port_or_known_default();
            url.scheme() == "https" && url.has_host() && port.is_some_and(|port| WEBHOOK_PORTS.contains(&port))
        };
        let Some(mut url) = url::Url::parse(written).ok().filter(fits) else {
            let problem = format!(
                "`{written}` is no address such as `https://chat.example.org`; Telegram calls over TLS at port 443, 80, 88 or \
                 8443"
            );
            return Err(("webhook", problem));
        };
        if url.path() == "/" {
            url.set_path(webhook::PATH);
        }
        Ok(Some(url))
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
    fn telegram_calls_over_tls_at_our_page_or_where_a_proxy_has_it() {
        let check = |webhook: &str| {
            let config = Config {
                webhook: Some(webhook.to_owned()),
                ..Config::default()
            };
            let url = config.webhook().map_err(|(key, _)| key)?;
            Ok(url.expect("it is set").to_string())
        };
        let expected = "https://chat.example.org/telegram/webhook".to_owned();
        assert_eq!(check("https://chat.example.org"), Ok(expected.clone()));
        assert_eq!(check("https://chat.example.org:443/"), Ok(expected));
        assert_eq!(check("https://a.org:8443/bot"), Ok("https://a.org:8443/bot".to_owned()));
        for wrong in [
            "http://chat.example.org",
            "https://chat.example.org:8400",
            "chat.example.org",
            "",
        ] {
            assert_eq!(check(wrong), Err("webhook"), "{wrong}");
        }
    }

    #[test]
    fn files_of_an_own_server_lie_at_a_whole_path() {
        let check = |folder: &str| {
            let config = Config {
                local_files: Some(folder.into()),
                ..Config::default()
            };
            config.check().map_err(|(key, _)| key)
        };
        assert_eq!(check("/var/lib/telegram-bot-api"), Ok(()));
        assert_eq!(check("telegram-bot-api"), Err("local_files"));
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
