//! Machines inside the network that plugins may reach, because the owner of the installation says so.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use url::{Host, Url};

use super::address::is_inside;

/// One machine inside: `10.0.0.7`, or one port of it: `10.0.0.7:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Machine {
    host: Host<String>,
    port: Option<u16>,
}

impl Machine {
    /// The machine and port of an address that is inside.
    pub(super) fn inside(url: &Url) -> Option<Self> {
        Self::of(&url.host()?.to_owned(), url.port_or_known_default()?)
    }

    /// The port of a machine that is inside.
    pub(super) fn of(host: &Host<String>, port: u16) -> Option<Self> {
        is_inside(host).then(|| Self {
            host: host.clone(),
            port: Some(port),
        })
    }

    /// Whether who may reach this may reach the other.
    pub fn covers(&self, other: &Self) -> bool {
        self.host == other.host && (self.port.is_none() || self.port == other.port)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => self.host.fmt(f),
        }
    }
}

impl FromStr for Machine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = |why: &str| format!("{text:?} is no machine: {why}");
        let shape = "write an IP address or localhost, and perhaps a port, as in 10.0.0.7:8080 or [fd00::7]:8080";
        let url = Url::parse(&format!("switchboard://{text}")).map_err(|_| problem(shape))?;
        let name = url.host_str().ok_or_else(|| problem(shape))?;
        let host = Host::parse(name).map_err(|_| problem(shape))?;
        let port = url.port();
        if text.contains(['/', '@', '?', '#']) {
            return Err(problem(shape));
        }
        if !is_inside(&host) {
            return Err(problem(
                "it is not inside the network, or nobody may reach it; what is outside is allowed in a plugin's manifest alone",
            ));
        }
        Ok(Self { host, port })
    }
}

impl TryFrom<String> for Machine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(machine: &str, its: &[&str], others: &[&str]) {
        let machine: Machine = machine.parse().expect("it is a machine");
        let has = |address: &&&str| {
            let url = Url::parse(address).expect("it is an address");
            machine.covers(&Machine::inside(&url).expect("it is inside"))
        };
        assert_eq!(its.iter().find(|address| !has(address)), None);
        assert_eq!(others.iter().find(has), None);
    }

    #[test]
    fn a_machine_is_an_address_and_perhaps_a_port() {
        check(
            "10.0.0.7",
            &["http://10.0.0.7/x", "https://10.0.0.7:8443"],
            &["http://10.0.0.8/", "http://localhost/"],
        );
        check(
            "10.0.0.7:80",
            &["http://10.0.0.7/x", "http://10.0.0.7:80/"],
            &["https://10.0.0.7/", "http://10.0.0.7:8080/"],
        );
        check("localhost", &["http://localhost:3000/"], &["http://127.0.0.1:3000/"]);
        check("[fd00::7]:81", &["http://[fd00::7]:81/"], &["http://[fd00::7]/"]);
    }

    #[test]
    fn what_is_no_machine_inside_is_told_why() {
        for (text, words) in [
            ("", "write an IP address"),
            ("http://10.0.0.7", "write an IP address"),
            ("10.0.0.7/x", "write an IP address"),
            ("me@10.0.0.7", "write an IP address"),
            ("1.1.1.1", "not inside"),
            ("intern.example", "not inside"),
            ("169.254.169.254", "nobody may reach"),
        ] {
            let problem = text.parse::<Machine>().expect_err("it is none");
            assert!(problem.contains(words), "{problem}");
        }
    }
}
