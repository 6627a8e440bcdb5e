//! Hosts with a scheme, a port and the beginning of a path, and whether an address is among them. Pure.

use url::{Host, Url};

use super::address::{is_inside, is_out_of_reach};
use super::machine::Machine;

/// Hosts, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
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

impl Site {
    /// All that is on the host of an address; none where it may not be asked.
    pub(super) fn around(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        let site = Self {
            path: String::new(),
            ..Self::of(&url).ok()?
        };
        Some(site)
    }

    pub(super) fn of(url: &Url) -> Result<Self, String> {
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

    pub(super) fn parse(text: &str) -> Result<Self, String> {
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

    pub(super) fn holds(&self, url: &Url) -> bool {
        let Ok(asked) = Self::of(url) else {
            return false;
        };
        // A server may take an encoded slash for one, and so leave the path that was allowed.
        let path = url.path().to_ascii_lowercase();
        let tricky = !self.path.is_empty() && ["%2f", "%5c", "%2e"].iter().any(|code| path.contains(code));
        self.covers(&asked) && !tricky
    }

    /// Whether it allows all that the other does.
    pub(super) fn covers(&self, other: &Self) -> bool {
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

    /// The one host that it names.
    pub(super) fn host(&self) -> Option<&Host<String>> {
        match &self.hosts {
            Hosts::One(host) => Some(host),
            Hosts::Below(_) => None,
        }
    }

    /// The machine inside the network that it names, if it names one.
    pub(super) fn machine(&self) -> Option<Machine> {
        Machine::of(self.host()?, self.port)
    }

    /// From where, for people.
    pub(super) fn place(&self) -> String {
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

/// Whether the address names the machine itself, and not by a name that anybody may point elsewhere.
fn is_literal(host: &Host<&str>) -> bool {
    !matches!(host, Host::Domain(name) if *name != "localhost")
}

fn is_below(name: &str, suffix: &str) -> bool {
    let before = name.strip_suffix(suffix).and_then(|before| before.strip_suffix('.'));
    before.is_some_and(|before| !before.is_empty())
}
