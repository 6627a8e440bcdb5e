//! How long somebody who could not sign in has to wait. Pure; who counts is `sign_in`.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::model::Timestamp;
use crate::storage::accounts::Failures;

/// Typing errors and a forgotten caps lock cost nothing.
const ACCOUNT_FREE: u32 = 5;

/// An office shares one address.
const ADDRESS_FREE: u32 = 20;

/// The first wait; it doubles from there.
const WAIT_MIN: Duration = Duration::from_secs(2);

/// About a hundred guesses a day, and an owner who is shut out by somebody else's guesses gets in after a coffee.
const WAIT_MAX: Duration = Duration::from_mins(15);

/// After so much quiet the count starts again.
const FORGET_AFTER: Duration = Duration::from_hours(24);

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted<'a> {
    /// The account that was meant, whether there is one or not.
    Account(&'a str),
    /// Where the attempt came from.
    Address(IpAddr),
}

impl Counted<'_> {
    /// The key of the row. An address of a person is kept as a digest only.
    pub(crate) fn key(self) -> String {
        let (kind, text) = match self {
            Self::Account(email) => ("account", email.to_owned()),
            Self::Address(ip) => ("address", network(ip)),
        };
        let digest = Sha256::digest(text.as_bytes());
        format!("{kind}:{}", hex::encode(&digest[..16]))
    }

    /// How long to wait from `now` on; none when an attempt may be made.
    pub(crate) fn wait(self, failures: Failures, now: Timestamp) -> Option<Duration> {
        let free = match self {
            Self::Account(_) => ACCOUNT_FREE,
            Self::Address(_) => ADDRESS_FREE,
        };
        let passed = now.since(failures.last_at);
        if failures.count < free || passed >= FORGET_AFTER {
            return None;
        }
        let factor = 2_u32.saturating_pow(failures.count - free);
        let wait = WAIT_MIN.saturating_mul(factor).min(WAIT_MAX);
        wait.checked_sub(passed).filter(|left| !left.is_zero())
    }
}

/// Whoever has an IPv6 address has a whole /64 of them.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: Counted<'static> = Counted::Account("carol@example.org");

    #[track_caller]
    fn check(counted: Counted<'_>, count: u32, passed: u64, expected: Option<u64>) {
        let failures = Failures {
            count,
            last_at: Timestamp::from_millis(1_000_000),
        };
        let now = failures.last_at + Duration::from_secs(passed);
        assert_eq!(counted.wait(failures, now), expected.map(Duration::from_secs));
    }

    #[test]
    fn the_first_errors_cost_nothing() {
        check(ACCOUNT, 0, 0, None);
        check(ACCOUNT, 4, 0, None);
    }

    #[test]
    fn then_waits_double_up_to_a_limit() {
        for (count, wait) in [(5, 2), (6, 4), (9, 32), (40, 900)] {
            check(ACCOUNT, count, 0, Some(wait));
        }
    }

    #[test]
    fn time_that_passed_counts() {
        check(ACCOUNT, 9, 30, Some(2));
        check(ACCOUNT, 9, 32, None);
    }

    #[test]
    fn an_address_may_try_more_often_than_an_account() {
        let address = Counted::Address(IpAddr::from([192, 0, 2, 1]));
        check(address, 19, 0, None);
        check(address, 20, 0, Some(2));
    }

    #[test]
    fn a_day_of_quiet_forgives() {
        check(ACCOUNT, 40, 24 * 60 * 60, None);
    }

    #[test]
    fn a_clock_set_back_does_not_lengthen_the_wait() {
        let failures = Failures {
            count: 5,
            last_at: Timestamp::from_millis(1_000_000),
        };
        assert_eq!(ACCOUNT.wait(failures, Timestamp::from_millis(0)), Some(WAIT_MIN));
    }

    #[test]
    fn neighbours_in_one_network_share_a_count() {
        let ip = |text: &str| Counted::Address(text.parse().unwrap()).key();
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::2"));
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
        assert!(!ip("192.0.2.1").contains("192"));
    }
}
