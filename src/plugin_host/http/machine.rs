//! Machines inside the network that plugins may reach, because the owner of the installation says so.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use url::{Host, Url};

use super::address::{is_inside, is_out_of_reach};

/// One machine inside: `10.0.0.7`, or one port of it: `10.0.0.7:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Machine {
    host: Host<String>,
    port: Option<u16>,
}

impl Machine {
    /// The machine and port of an address that is inside.
    pub fn inside(url: &Url) -> Option<Self> {
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

/// Whether an address may be asked for what no manifest has a say in: over HTTPS outside, and inside one's own network these machines
/// alone. Where its name leads is the client's to look at.
///
/// # Errors
///
/// Why not, in words for whoever asks.
pub fn may_be_asked(url: &Url, inside: &[Machine]) -> Result<(), String> {
    let host = url.host().ok_or("it names no host")?;
    if is_out_of_reach(&host) {
        return Err(format!("nobody may reach {host}"));
    }
    let encrypted = match url.scheme() {
        "https" => true,
        "http" => false,
        other => return Err(format!("{other} is not https")),
    };
    match Machine::inside(url) {
        Some(machine) if inside.iter().any(|known| known.covers(&machine)) => Ok(()),
        Some(machine) => Err(format!(
            "{host} is inside your own network: the owner of this installation adds \"{machine}\" to `inside` of [plugins] in the \
             configuration to allow it"
        )),
        None if encrypted => Ok(()),
        None => Err("it is not https: somebody on the way could change what comes".to_owned()),
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
    fn without_a_manifest_what_is_outside_is_asked_over_https_and_what_is_inside_where_it_is_named() {
        let inside: Vec<Machine> = ["10.0.0.7:8080", "localhost"]
            .map(|text| text.parse().expect("it is a machine"))
            .into();
        let asked = |address: &str| may_be_asked(&Url::parse(address).expect("it is an address"), &inside);
        for fine in [
            "https://plugins.example.org/x.wasm",
            "https://1.1.1.1/x.wasm",
            "http://10.0.0.7:8080/x.wasm",
            "http://localhost:3000/x.wasm",
        ] {
            assert_eq!(asked(fine), Ok(()), "{fine}");
        }
        for (address, why) in [
            ("http://plugins.example.org/x.wasm", "not https"),
            ("ftp://10.0.0.7:8080/x.wasm", "ftp is not https"),
            ("file:///etc/passwd", "names no host"),
            ("https://10.0.0.7/x.wasm", "adds \"10.0.0.7:443\" to `inside`"),
            ("https://127.0.0.1/x.wasm", "inside your own network"),
            ("https://[::1]/x.wasm", "inside your own network"),
            ("https://[::ffff:10.0.0.7]:8080/x.wasm", "inside your own network"),
            ("https://2130706433/x.wasm", "inside your own network"),
            ("https://169.254.169.254/latest", "nobody may reach"),
            ("https://[::ffff:169.254.169.254]/latest", "nobody may reach"),
            ("https://[fd00:ec2::254]/latest", "nobody may reach"),
            ("https://0.0.0.0/x.wasm", "nobody may reach"),
        ] {
            let problem = asked(address).expect_err("it is refused");
            assert!(problem.contains(why), "{address}: {problem}");
        }
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
