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
use url::{Host, Url};

use super::address::{is_inside, is_out_of_reach};
use super::machine::Machine;

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

/// Hosts, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    encrypted: bool,
    hosts: Hosts,
    port: u16,
    /// Begins with a slash and ends with none; empty for everything.
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    One(Host<String>),
    /// Those whose name ends so, with a dot before.
    Below(String),
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

/// Whether the address names the machine itself, and not by a name that anybody may point elsewhere.
fn is_literal(host: &Host<&str>) -> bool {
    !matches!(host, Host::Domain(name) if *name != "localhost")
}

impl Site {
    /// All that is on the host of an address; none where it may not be asked.
    fn around(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        let site = Self {
            path: String::new(),
            ..Self::of(&url).ok()?
        };
        Some(site)
    }

    fn of(url: &Url) -> Result<Self, String> {
        let host = url.host().ok_or("it names no host")?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if is_literal(&host) => false,
            "http" => {
                return Err("only an IP address or localhost may be asked without encryption: write https".to_owned());
            }
            other => return Err(format!("{other} is not https")),
        };
        if is_out_of_reach(&host) {
            return Err(format!("nobody may reach {host}"));
        }
        Ok(Self {
            encrypted,
            hosts: Hosts::One(host.to_owned()),
            port: url.port_or_known_default().unwrap_or_default(),
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let bare = text.replacen("://*.", "://", 1);
        if bare.contains('*') {
            return Err("a star stands at the beginning of a host alone, as in https://*.acme.example".to_owned());
        }
        let url = Url::parse(&bare).map_err(|error| error.to_string())?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err("it has scheme, host, perhaps a port and a path, and nothing else".to_owned());
        }
        let site = Self::of(&url)?;
        if bare == text {
            return Ok(site);
        }
        match &site.hosts {
            Hosts::One(Host::Domain(name)) if name.contains('.') => Ok(Self {
                hosts: Hosts::Below(name.clone()),
                ..site
            }),
            _ => Err("a star stands before a name of two parts at least".to_owned()),
        }
    }

    fn holds(&self, url: &Url) -> bool {
        let Ok(asked) = Self::of(url) else {
            return false;
        };
        // A server may take an encoded slash for one, and so leave the path that was allowed.
        let path = url.path().to_ascii_lowercase();
        let tricky = !self.path.is_empty() && ["%2f", "%5c", "%2e"].iter().any(|code| path.contains(code));
        self.covers(&asked) && !tricky
    }

    /// Whether it allows all that the other does.
    fn covers(&self, other: &Self) -> bool {
        let host = match (&self.hosts, &other.hosts) {
            (Hosts::One(own), Hosts::One(others)) => own == others,
            (Hosts::Below(own), Hosts::One(Host::Domain(name))) => is_below(name, own),
            (Hosts::Below(own), Hosts::Below(others)) => own == others || is_below(others, own),
            _ => false,
        };
        let rest = other.path.strip_prefix(&self.path);
        let path = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        host && path && self.encrypted == other.encrypted && self.port == other.port
    }
}

fn is_below(name: &str, suffix: &str) -> bool {
    let before = name.strip_suffix(suffix).and_then(|before| before.strip_suffix('.'));
    before.is_some_and(|before| !before.is_empty())
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
            Target::Site(Site {
                hosts: Hosts::One(host),
                ..
            }) => Some(host.to_string()),
            _ => None,
        }
    }

    /// The machine inside the network that it names, if it names one.
    pub fn machine(&self) -> Option<Machine> {
        match &self.target {
            Target::Site(Site {
                hosts: Hosts::One(host),
                port,
                ..
            }) => Machine::of(host, *port),
            _ => None,
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

impl Site {
    fn place(&self) -> String {
        let (before, name, inside) = match &self.hosts {
            Hosts::One(host) => ("", host.to_string(), is_inside(host)),
            Hosts::Below(suffix) => ("every host below ", suffix.clone(), false),
        };
        let usual = if self.encrypted { 443 } else { 80 };
        let port = if self.port == usual {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        let inside = if inside { " (inside your own network)" } else { "" };
        format!("{before}{name}{port}{}{inside}", self.path)
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
mod tests {
    use serde_json::json;

    use super::*;

    fn granted(rules: &[&str], config: &Value) -> Granted {
        let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().expect("it is a rule")).collect();
        Granted::new(&rules, config)
    }

    #[track_caller]
    fn check(rule: &str, inside: &[&str], outside: &[&str]) {
        let granted = granted(&[rule], &Value::Null);
        let allows = |address: &&&str| granted.allows(Method::Get, &Url::parse(address).expect("it is an address"));
        assert_eq!(inside.iter().find(|address| !allows(address)), None, "{rule} allows it");
        assert_eq!(outside.iter().find(allows), None, "{rule} does not allow it");
    }

    #[test]
    fn a_rule_allows_its_host_and_no_other() {
        check(
            "GET https://api.acme.example",
            &[
                "https://api.acme.example",
                "https://API.ACME.example:443/orders?id=1#x",
                "https://somebody@api.acme.example/",
            ],
            &[
                "http://api.acme.example/",
                "https://api.acme.example:8443/",
                "https://api.acme.example./",
                "https://acme.example/",
                "https://v1.api.acme.example/",
                "https://api.acme.example.evil.example/",
                "https://api.acme.example@evil.example/",
                "https://evil.example/https://api.acme.example",
                "ftp://api.acme.example/",
                "https://[::ffff:127.0.0.1]/",
            ],
        );
        check(
            "GET https://*.acme.example:8443",
            &["https://api.acme.example:8443/", "https://v1.api.acme.example:8443/x"],
            &[
                "https://acme.example:8443/",
                "https://api.acme.example/",
                "https://evilacme.example:8443/",
                "https://.acme.example:8443/",
            ],
        );
    }

    #[test]
    fn a_path_ends_at_a_slash_and_is_not_left() {
        check(
            "GET https://acme.example/v1/orders/",
            &[
                "https://acme.example/v1/orders",
                "https://acme.example/v1/orders/7?x=../..",
                "https://acme.example/v2/../v1/orders",
            ],
            &[
                "https://acme.example/v1/ordersystem",
                "https://acme.example/v1",
                "https://acme.example/v1/orders/../admin",
                "https://acme.example/v1/orders/%2e%2e/admin",
                "https://acme.example/v1/orders/..%2fadmin",
                "https://acme.example/v1/orders/..%5Cadmin",
            ],
        );
    }

    #[test]
    fn what_is_inside_is_reached_by_its_address_alone() {
        check(
            "GET http://127.0.0.1:8080",
            &[
                "http://127.0.0.1:8080/x",
                "http://2130706433:8080/",
                "http://0x7f.1:8080/",
            ],
            &[
                "http://127.0.0.1/",
                "https://127.0.0.1:8080/",
                "http://localhost:8080/",
                "http://[::1]:8080/",
                "http://[::ffff:127.0.0.1]:8080/",
            ],
        );
        check(
            "GET http://localhost",
            &["http://localhost/"],
            &["http://api.localhost/"],
        );
    }

    #[test]
    fn a_setting_names_hosts() {
        let config = json!({
            "feeds": ["https://a.example/feed.xml", " https://b.example:8443/x ", "http://c.example/", "no address", 7],
            "one": "https://d.example/feed",
        });
        let granted = granted(
            &["GET {config:feeds}", "POST {config:one} read", "GET {config:other}"],
            &config,
        );
        let allows = |method, address| granted.allows(method, &Url::parse(address).expect("it is an address"));
        assert!(allows(Method::Get, "https://a.example/other.xml"));
        assert!(allows(Method::Get, "https://b.example:8443/"));
        assert!(!allows(Method::Get, "http://c.example/"));
        assert!(!allows(Method::Get, "https://d.example/feed"));
        assert!(allows(Method::Post, "https://d.example/feed"));
    }

    #[test]
    fn what_may_be_read_may_not_be_changed_and_the_other_way_round() {
        let url = Url::parse("https://acme.example/orders/7").expect("it is an address");
        let rules = |rule: &str| granted(&[rule], &Value::Null);
        let change = Method::Change(Verb::Post);
        assert!(rules("POST https://acme.example/orders").allows(change, &url));
        for rule in [
            "GET https://acme.example",
            "POST https://acme.example read",
            "PUT https://acme.example",
            "POST https://acme.example/carts",
        ] {
            assert!(!rules(rule).allows(change, &url), "{rule}");
        }
        assert!(!rules("POST https://acme.example").allows(Method::Post, &url));
        assert!(!rules("POST https://acme.example").allows(Method::Get, &url));
    }

    #[track_caller]
    fn check_problem(rule: &str, words: &str) {
        let problem = rule.parse::<Rule>().expect_err("it is no rule");
        assert!(problem.contains(words) && problem.contains(rule), "{rule}: {problem}");
    }

    #[test]
    fn what_is_no_rule_is_told_why() {
        check_problem("https://acme.example", "write \"GET https://host\"");
        check_problem("HEAD https://acme.example", "write \"GET https://host\"");
        check_problem("delete https://acme.example", "write \"GET https://host\"");
        check_problem("GET https://acme.example read", "write \"GET https://host\"");
        check_problem("PUT https://acme.example read", "write \"GET https://host\"");
        check_problem("GET http://acme.example", "write https");
        check_problem("GET ftp://acme.example", "ftp is not https");
        check_problem("GET https://*.example", "two parts");
        check_problem("GET https://*.0.0.1", "nobody may reach");
        check_problem("GET https://*.127.0.0.1", "two parts");
        check_problem("GET https://*", "a star stands");
        check_problem("GET https://a.*.example", "a star stands");
        check_problem("GET https://acme.example/*", "a star stands");
        check_problem("GET https://me:secret@acme.example", "nothing else");
        check_problem("GET https://acme.example/?id=1", "nothing else");
        check_problem("GET http://169.254.169.254", "nobody may reach 169.254.169.254");
        check_problem("GET http://[::ffff:169.254.169.254]", "nobody may reach");
        check_problem("GET {feeds}", "relative URL");
    }

    #[test]
    fn wider_is_what_was_not_covered() {
        let covers = |wide: &str, narrow: &str| {
            let rule = |text: &str| text.parse::<Rule>().expect("it is a rule");
            rule(wide).covers(&rule(narrow))
        };
        assert!(covers("GET https://*.acme.example", "GET https://api.acme.example/v1"));
        assert!(covers("GET https://*.acme.example", "GET https://*.eu.acme.example"));
        assert!(covers("GET {config:feeds}", "GET {config:feeds}"));
        for wider in [
            "GET https://acme.example",
            "GET https://*.example.org",
            "POST https://api.acme.example read",
            "GET https://api.acme.example:8443",
            "GET {config:feeds}",
        ] {
            assert!(!covers("GET https://*.acme.example", wider), "{wider}");
        }
        assert!(!covers(
            "GET https://api.acme.example/v1",
            "GET https://api.acme.example"
        ));
    }

    #[test]
    fn the_line_that_would_allow_it_is_a_rule_that_does() {
        for (method, address) in [
            (Method::Get, "https://api.acme.example:8443/orders/7?x=1"),
            (Method::Post, "https://api.acme.example/search/"),
            (Method::Change(Verb::Delete), "https://api.acme.example/orders/7"),
        ] {
            let url = Url::parse(address).expect("it is an address");
            let line = line(method, &url).expect("it may be allowed");
            assert!(granted(&[&line], &Value::Null).allows(method, &url), "{address}");
        }
    }

    #[test]
    fn people_read_where_from() {
        let words = |rule: &str| rule.parse::<Rule>().expect("it is a rule").words();
        assert_eq!(words("GET https://api.acme.example"), "api.acme.example");
        assert_eq!(
            words("GET https://*.acme.example:8443/v1"),
            "every host below acme.example:8443/v1"
        );
        assert_eq!(
            words("POST https://acme.example/search read"),
            "by POST from acme.example/search"
        );
        assert_eq!(words("PUT https://acme.example/orders"), "acme.example/orders by PUT");
        assert_eq!(words("GET http://10.0.0.7"), "10.0.0.7 (inside your own network)");
        assert_eq!(words("GET {config:feeds}"), "the addresses in its setting “feeds”");
    }
}
