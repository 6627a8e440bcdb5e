//! What a manifest asks to read from servers elsewhere and to change there, and whether an address is among it. Pure.
//!
//! A rule is `GET` and an address: `GET https://api.acme.example` for one host, `GET https://*.acme.example` for all below one,
//! perhaps with a port and with the beginning of the path; or `GET {config:feeds}` for the hosts of the addresses that stand in
//! that setting. `POST https://api.acme.example/search read` lets it ask by POST, too: `read` is the author's word that this
//! changes nothing there. What is not encrypted is read from an IP address or `localhost` alone, and only by naming them is
//! anything reached within one's own network.
//!
//! `POST https://api.acme.example/orders` without that word, and the same with `PUT`, `PATCH` and `DELETE`, is what it may change.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::machine::Machine;
use super::site::Site;

/// How something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    /// Granted as reading.
    Post,
    /// To change something.
    Change(Verb),
}

/// How something is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Post,
    Put,
    Patch,
    Delete,
}

/// One thing that a manifest allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rule {
    method: Method,
    target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// The hosts of the addresses in a setting.
    Setting(String),
    Site(Site),
}

/// What a plugin with its settings may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    sites: Vec<(Method, Site)>,
}

impl Granted {
    /// The rules, with the hosts of the settings that they name.
    pub(super) fn new<'a>(rules: impl IntoIterator<Item = &'a Rule>, config: &Value) -> Self {
        let sites = rules.into_iter().flat_map(|rule| {
            let sites = match &rule.target {
                Target::Site(site) => vec![site.clone()],
                Target::Setting(name) => addresses(config.get(name)).filter_map(Site::around).collect(),
            };
            sites.into_iter().map(|site| (rule.method, site))
        });
        Self { sites: sites.collect() }
    }

    /// Whether that may be asked so.
    pub(super) fn allows(&self, method: Method, url: &Url) -> bool {
        let mut sites = self.sites.iter().filter(|(of, _)| *of == method);
        sites.any(|(_, site)| site.holds(url))
    }
}

/// The texts of a setting: itself, or each of a list.
fn addresses(setting: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = match setting {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter().filter_map(Value::as_str)
}

/// The line that would allow it, or why none does.
pub(super) fn line(method: Method, url: &Url) -> Result<String, String> {
    Site::of(url)?;
    let origin = url.origin().ascii_serialization();
    Ok(match method {
        Method::Get => format!("GET {origin}"),
        Method::Post => format!("POST {origin}{} read", url.path().trim_end_matches('/')),
        // What stands in traces and logs tells no path, which may be what lets somebody in.
        Method::Change(verb) => format!("{verb} {origin}"),
    })
}

impl Verb {
    /// As requests have it: methods are told apart by case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|verb| verb.as_str() == text)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Rule {
    /// Whether it changes something there.
    pub(in crate::plugin_host) fn changes(&self) -> bool {
        matches!(self.method, Method::Change(_))
    }

    /// Whether it allows all that the other does.
    pub fn covers(&self, other: &Self) -> bool {
        self.method == other.method
            && match (&self.target, &other.target) {
                (Target::Setting(own), Target::Setting(others)) => own == others,
                (Target::Site(own), Target::Site(others)) => own.covers(others),
                _ => false,
            }
    }

    /// The setting that names its hosts, if one does.
    pub fn setting(&self) -> Option<&str> {
        match &self.target {
            Target::Setting(name) => Some(name),
            Target::Site(_) => None,
        }
    }

    /// The one host that it names.
    pub fn host(&self) -> Option<String> {
        match &self.target {
            Target::Site(site) => site.host().map(ToString::to_string),
            Target::Setting(_) => None,
        }
    }

    /// The machine inside the network that it names, if it names one.
    pub fn machine(&self) -> Option<Machine> {
        match &self.target {
            Target::Site(site) => site.machine(),
            Target::Setting(_) => None,
        }
    }

    /// From where, for people.
    pub fn place(&self) -> String {
        match &self.target {
            Target::Setting(name) => format!("the addresses in its setting “{name}”"),
            Target::Site(site) => site.place(),
        }
    }

    /// The same with how, as the rest of "read from …", or of "change things on …".
    pub fn words(&self) -> String {
        match self.method {
            Method::Get => self.place(),
            Method::Post => format!("by POST from {}", self.place()),
            Method::Change(verb) => format!("{} by {verb}", self.place()),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = |why: &str| format!("{text:?} allows nothing: {why}");
        let words: Vec<_> = text.split_whitespace().collect();
        let (method, target) = match words[..] {
            ["GET", target] => (Some(Method::Get), target),
            ["POST", target, "read"] => (Some(Method::Post), target),
            [verb, target] => (Verb::parse(verb).map(Method::Change), target),
            _ => (None, ""),
        };
        let method = method.ok_or_else(|| {
            problem(
                "write \"GET https://host\", \"POST https://host/path read\" or \"GET {config:SETTING}\" to read; to change \
                 something begin with POST, PUT, PATCH or DELETE",
            )
        })?;
        let setting = target.strip_prefix("{config:").and_then(|rest| rest.strip_suffix('}'));
        let target = match setting {
            Some(name) => Target::Setting(name.to_owned()),
            None => Target::Site(Site::parse(target).map_err(|why| problem(&why))?),
        };
        Ok(Self { method, target })
    }
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
