//! Address ranges, and whose word about a client's address counts. Pure.

use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses, as `10.0.0.0/8` or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address is in the range. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no address or range such as `10.0.0.0/8`");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().map_err(|_| wrong())?;
        let base = base.to_canonical();
        let prefix_max = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None => prefix_max,
        };
        if prefix > prefix_max {
            return Err(wrong());
        }
        Ok(Self { base, prefix })
    }
}

/// The client's address: the last one in `forwarded` (an `X-Forwarded-For` list) that no trusted proxy added for
/// another trusted proxy. Without a trusted peer the header is a claim of a stranger and counts for nothing.
pub(super) fn client(peer: IpAddr, forwarded: &[&str], trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let hops = forwarded.iter().rev().flat_map(|line| line.split(',').rev());
    for hop in hops {
        if !is_trusted(client) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], trusted: &[&str], expected: &str) {
        let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let client = client(peer.parse().unwrap(), forwarded, &trusted);
        assert_eq!(client, expected.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        check("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"], "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        check("10.0.0.2", &["198.51.100.1"], &["10.0.0.0/8"], "198.51.100.1");
        check("::ffff:10.0.0.2", &["2001:db8::5"], &["10.0.0.0/8"], "2001:db8::5");
    }

    #[test]
    fn what_a_client_puts_before_the_proxy_is_ignored() {
        check("10.0.0.2", &["1.1.1.1, 198.51.100.1"], &["10.0.0.0/8"], "198.51.100.1");
        check(
            "10.0.0.2",
            &["1.1.1.1", "198.51.100.1, 10.0.0.3"],
            &["10.0.0.0/8"],
            "198.51.100.1",
        );
        check("10.0.0.2", &["198.51.100.1, junk"], &["10.0.0.0/8"], "10.0.0.2");
    }

    #[test]
    fn ranges_are_read_strictly() {
        for wrong in ["10.0.0.0/33", "10.0.0", "::/129", "a/8", "10.0.0.0/x", ""] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        assert!(!all.contains("::1".parse().unwrap()));
    }
}
