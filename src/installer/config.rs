//! What the owner of this installation allows for all of its communities.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::signature::TrustedKey;
use crate::dispatcher::chain::Rules;
use crate::plugin_host::{GivenSecrets, Machine, Permission};

/// Digits of a SHA-256 digest.
const DIGEST_DIGITS: usize = 64;

/// Which plugins may be installed, for all communities here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where `plugin search` and `plugin install NAME` look: a folder, or the address of an index. Empty: nowhere.
    pub index: String,
    /// Whose packages may be installed.
    pub policy: Policy,
    /// Public keys of minisign whose signatures count, each one line of base64.
    pub keys: Vec<String>,
    /// Packages that are never run, by digest, each with the reason that admins read.
    pub blocked: BTreeMap<String, String>,
    /// Permissions that no plugin gets, whatever a community's admin allows.
    pub forbidden: Vec<String>,
    /// What plugins need to be let in by servers elsewhere: by plugin, and by the name that its manifest has for it, the `host` to
    /// which alone it may go and the `value` of the header, `env:NAME` or `file:PATH`. What servers that call a webhook sign with, or
    /// show, has a `value` and no `host`.
    pub secrets: GivenSecrets,
    /// Machines inside your own network that plugins may reach where their manifests and settings name them: an IP address or
    /// `localhost`, perhaps with a port, as in `10.0.0.7:8080`. No other is reached, whatever a community's admin allows.
    pub inside: Vec<String>,
}

/// Whose packages may be installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Anybody's; who signed, or that nobody did, is shown.
    #[default]
    Any,
    /// Those that one of `keys` has signed.
    Signed,
    /// Those that one of `keys` has signed, and updates only with the key that the installed version was signed with.
    Pinned,
}

/// The same, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where plugins are looked for.
    pub index: Option<String>,
    /// Whose packages may be installed.
    pub policy: Policy,
    /// Whose signatures count.
    pub keys: Vec<TrustedKey>,
    /// What no plugin does.
    pub rules: Rules,
    /// What plugins are given for servers elsewhere.
    pub secrets: GivenSecrets,
    /// Machines inside the network that plugins may reach.
    pub inside: Vec<Machine>,
    /// Where the language model is that plugins may ask; none where there is none.
    pub model: Option<String>,
}

impl Config {
    /// What it means.
    ///
    /// # Errors
    ///
    /// The option that is wrong, and why.
    pub fn check(&self) -> Result<Settings, (&'static str, String)> {
        let keys = self
            .keys
            .iter()
            .map(|key| TrustedKey::parse(key))
            .collect::<Result<_, _>>();
        let keys: Vec<TrustedKey> = keys.map_err(|problem| ("keys", problem))?;
        if self.policy != Policy::Any && keys.is_empty() {
            let problem = "only signed packages may be installed, but `plugins.keys` names no key";
            return Err(("policy", problem.to_owned()));
        }
        for digest in self.blocked.keys() {
            let digits = digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if digest.len() != DIGEST_DIGITS || !digits {
                let problem = format!("{digest:?} is no digest; `switchboard plugin info` shows a package's");
                return Err(("blocked", problem));
            }
        }
        for (plugin, secrets) in &self.secrets {
            for (name, given) in secrets {
                let problem = given.value.problem().map(str::to_owned);
                let empty = given.value.is_empty();
                let problem = problem.or_else(|| empty.then(|| "it needs a value".to_owned()));
                if let Some(problem) = problem {
                    return Err(("secrets", format!("{plugin}: {name}: {problem}")));
                }
            }
        }
        let inside = self
            .inside
            .iter()
            .map(|machine| machine.parse())
            .collect::<Result<_, _>>();
        let inside = inside.map_err(|problem| ("inside", problem))?;
        let forbidden = self
            .forbidden
            .iter()
            .map(|name| Permission::parse(name).ok_or(name))
            .collect();
        let forbidden: Result<Vec<Permission>, &String> = forbidden;
        Ok(Settings {
            index: Some(self.index.clone()).filter(|index| !index.is_empty()),
            policy: self.policy,
            keys,
            secrets: self.secrets.clone(),
            inside,
            model: None,
            rules: Rules {
                blocked: self.blocked.clone(),
                forbidden: forbidden.map_err(|name| ("forbidden", format!("there is no permission {name:?}")))?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &Config, key: &str, part: &str) {
        let (found, problem) = config.check().expect_err("it is wrong");
        assert_eq!(found, key);
        assert!(problem.contains(part), "{problem}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let with = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config
        };
        check(
            &with(|config| config.keys.push("me".into())),
            "keys",
            "no public key of minisign",
        );
        check(&with(|config| config.policy = Policy::Signed), "policy", "names no key");
        check(
            &with(|config| config.forbidden.push("fly".into())),
            "forbidden",
            "no permission \"fly\"",
        );
        check(
            &with(|config| config.inside.push("1.1.1.1".into())),
            "inside",
            "not inside the network",
        );
        let blocked = with(|config| {
            config.blocked.insert("abc".into(), "stolen".into());
        });
        check(&blocked, "blocked", "is no digest");
        let pasted: Config =
            toml::from_str("[secrets.\"a/b\".key]\nhost = \"a.example\"\nvalue = \"sk-live-1\"").expect("it is read");
        check(&pasted, "secrets", "a/b: key: a secret itself has no place here");
    }
}
