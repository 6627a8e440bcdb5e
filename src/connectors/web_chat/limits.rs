//! How much one visitor, and one address, may do. Pure but for its own counters.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use super::token::Visitor;

/// A person types a few short messages in a row, not more than one in two seconds for long.
const VISITOR_SENDS: Allowance = Allowance::new(12, Duration::from_secs(2));

/// An office or a school behind one address.
const ADDRESS_SENDS: Allowance = Allowance::new(120, Duration::from_millis(200));

/// A new visitor each second is no office any more.
const ADDRESS_VISITORS: Allowance = Allowance::new(30, Duration::from_secs(10));

/// At 10 MB each: a burst of holiday pictures, then one a minute.
const VISITOR_UPLOADS: Allowance = Allowance::new(8, Duration::from_mins(1));

/// Uploads of all visitors behind one address.
const ADDRESS_UPLOADS: Allowance = Allowance::new(40, Duration::from_secs(15));

/// A browser that keeps losing its connection comes back a few times a minute.
const ADDRESS_CONNECTS: Allowance = Allowance::new(120, Duration::from_millis(500));

/// Buckets that are full again are forgotten when so many are kept; a flood of addresses cannot fill the memory.
const BUCKETS_MAX: usize = 20_000;

/// So many at once, and one more each `refill`.
#[derive(Clone, Copy)]
struct Allowance {
    burst: u32,
    refill: Duration,
}

impl Allowance {
    const fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill }
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Doing {
    Send,
    Upload,
    Connect,
    BeginAnew,
}

/// Counters of all visitors and addresses.
#[derive(Default)]
pub(super) struct Limits {
    visitors: Mutex<Buckets<(Visitor, Doing)>>,
    addresses: Mutex<Buckets<(IpAddr, Doing)>>,
}

impl Limits {
    /// Whether it may be done now; counts it if so. `now` is time since the program started.
    pub(super) fn allow(&self, visitor: Option<Visitor>, address: IpAddr, doing: Doing, now: Duration) -> bool {
        let (of_visitor, of_address) = match doing {
            Doing::Send => (Some(VISITOR_SENDS), ADDRESS_SENDS),
            Doing::Upload => (Some(VISITOR_UPLOADS), ADDRESS_UPLOADS),
            Doing::Connect => (None, ADDRESS_CONNECTS),
            Doing::BeginAnew => (None, ADDRESS_VISITORS),
        };
        let address = network_of(address);
        let mut addresses = self.addresses.lock().expect("nothing panics while counting");
        if !addresses.take((address, doing), of_address, now) {
            return false;
        }
        drop(addresses);
        match (visitor, of_visitor) {
            (Some(visitor), Some(allowance)) => {
                let mut visitors = self.visitors.lock().expect("nothing panics while counting");
                visitors.take((visitor, doing), allowance, now)
            }
            _ => true,
        }
    }
}

/// A household has a whole /64 of IPv6, so its addresses count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
    }
}

/// For each key, the moment at which its bucket is full again.
struct Buckets<K>(HashMap<K, Duration>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn take(&mut self, key: K, allowance: Allowance, now: Duration) -> bool {
        if self.0.len() >= BUCKETS_MAX {
            self.0.retain(|_, full_at| *full_at > now);
            if self.0.len() >= BUCKETS_MAX {
                self.0.clear();
            }
        }
        let full_at = self.0.get(&key).copied().unwrap_or(now).max(now);
        let after = full_at + allowance.refill;
        if after > now + allowance.refill * allowance.burst {
            return false;
        }
        self.0.insert(key, after);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn visitor(number: u128) -> Visitor {
        Visitor(uuid::Uuid::from_u128(number))
    }

    fn sends(limits: &Limits, visitor: Visitor, tries: u32, now: Duration) -> u32 {
        let allowed = (0..tries).filter(|_| limits.allow(Some(visitor), HOME, Doing::Send, now));
        u32::try_from(allowed.count()).unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_a_flood_is_not() {
        let limits = Limits::default();
        assert_eq!(sends(&limits, visitor(1), 100, Duration::ZERO), VISITOR_SENDS.burst);
        let later = VISITOR_SENDS.refill * 3;
        assert_eq!(sends(&limits, visitor(1), 100, later), 3);
    }

    #[test]
    fn one_visitor_does_not_silence_another() {
        let limits = Limits::default();
        sends(&limits, visitor(1), 50, Duration::ZERO);
        assert_eq!(sends(&limits, visitor(2), 3, Duration::ZERO), 3);
    }

    #[test]
    fn many_visitors_behind_one_address_share_its_limit() {
        let limits = Limits::default();
        let allowed: u32 = (0..100)
            .map(|number| sends(&limits, visitor(number), 5, Duration::ZERO))
            .sum();
        assert_eq!(allowed, ADDRESS_SENDS.burst);
    }

    #[test]
    fn a_household_cannot_hop_through_its_addresses() {
        let (one, other) = ("2001:db8::1", "2001:db8::ffff:2");
        assert_eq!(network_of(one.parse().unwrap()), network_of(other.parse().unwrap()));
    }
}
