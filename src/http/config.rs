//! The listener's options: as written, and as meant.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::network::Network;

/// Where and for whom Switchboard listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port. Loopback by default: put a proxy with TLS in front before opening it. Port 0 takes a free one.
    pub listen: String,
    /// How people reach it from outside, such as `https://chat.example.org`. Needed behind a proxy.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or ranges.
    pub trusted_proxies: Vec<String>,
    /// Who may read `/metrics`, as addresses or ranges.
    pub metrics_from: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8400".into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            metrics_from: vec!["127.0.0.0/8".into(), "::1".into()],
        }
    }
}

/// What the options mean, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Scheme, host and port of `public_url`, without a path.
    pub public_origin: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Who may read `/metrics`.
    pub metrics_from: Vec<Network>,
}

impl Settings {
    /// Whether browsers come over TLS, so that cookies may say `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_origin
            .as_deref()
            .is_some_and(|origin| origin.starts_with("https://"))
    }
}

impl Config {
    /// Checks everything and reports all problems, each with the key it is about.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value.
    pub fn check(&self) -> Result<Settings, Vec<(&'static str, String)>> {
        let mut problems = Vec::new();
        let listen = self.listen.parse().ok();
        if listen.is_none() {
            problems.push((
                "listen",
                format!("`{}` is no address with a port, such as `127.0.0.1:8400`", self.listen),
            ));
        }
        let public_origin = self.public_url.as_deref().and_then(|url| {
            let origin = origin(url);
            if origin.is_none() {
                problems.push((
                    "public_url",
                    format!("`{url}` is no address such as `https://chat.example.org`"),
                ));
            }
            origin
        });
        let trusted_proxies = networks("trusted_proxies", &self.trusted_proxies, &mut problems);
        let metrics_from = networks("metrics_from", &self.metrics_from, &mut problems);
        match listen {
            Some(listen) if problems.is_empty() => Ok(Settings {
                listen,
                public_origin,
                trusted_proxies,
                metrics_from,
            }),
            _ => Err(problems),
        }
    }
}

fn networks(key: &'static str, texts: &[String], problems: &mut Vec<(&'static str, String)>) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(network) => networks.push(network),
            Err(problem) => problems.push((key, problem)),
        }
    }
    networks
}

/// Scheme, host and port. The pages stand at the root, so a path behind them is refused.
fn origin(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then(|| lower.strip_suffix('/').unwrap_or(&lower).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_loopback_only() {
        let settings = Config::default().check().unwrap();
        assert!(settings.listen.ip().is_loopback());
        assert!(!settings.is_https());
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let config = Config {
            listen: "localhost".into(),
            public_url: Some("chat.example.org".into()),
            trusted_proxies: vec!["10.0.0.0/99".into(), "proxy".into()],
            metrics_from: vec![],
        };
        let keys: Vec<&str> = config.check().unwrap_err().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["listen", "public_url", "trusted_proxies", "trusted_proxies"]);
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let check = |url: &str, expected: Option<&str>| assert_eq!(origin(url).as_deref(), expected, "{url}");
        check("https://Chat.Example.org/", Some("https://chat.example.org"));
        check("http://127.0.0.1:8400", Some("http://127.0.0.1:8400"));
        check("https://example.org/chat", None);
        check("https://a b", None);
        check("ftp://example.org", None);
    }
}
