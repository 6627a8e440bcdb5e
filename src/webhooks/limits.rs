//! How often something may be done by whoever does it. Pure but for its own counters.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

/// One more may come in this time for long.
const REFILL: Duration = Duration::from_secs(1);

/// With more counters those that say nothing any more are dropped, and all if none is: memory has an end.
const COUNTERS_MAX: usize = 10_000;

/// Counters by whom.
pub(super) struct Limits<K> {
    /// So many at once.
    burst: u32,
    /// Until when what was taken is not there again.
    until: Mutex<HashMap<K, Duration>>,
}

impl<K: Hash + Eq> Limits<K> {
    pub(super) fn new(burst: u32) -> Self {
        Self {
            burst,
            until: Mutex::default(),
        }
    }

    /// Whether one more may come; counts it if so. `now` is time since the program started.
    pub(super) fn allow(&self, who: K, now: Duration) -> bool {
        let mut counters = self.until.lock().expect("nothing panics while counting");
        if counters.len() >= COUNTERS_MAX {
            counters.retain(|_, until| *until > now);
        }
        if counters.len() >= COUNTERS_MAX {
            counters.clear();
        }
        let until = counters.entry(who).or_default();
        let next = (*until).max(now) + REFILL;
        let allowed = next <= now + REFILL * self.burst;
        if allowed {
            *until = next;
        }
        allowed
    }

    /// Whether one more may come, which is not counted yet.
    pub(super) fn would_allow(&self, who: &K, now: Duration) -> bool {
        let counters = self.until.lock().expect("nothing panics while counting");
        let until = counters.get(who).copied().unwrap_or_default();
        until.max(now) + REFILL <= now + REFILL * self.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_one_a_second() {
        let limits = Limits::new(60);
        let at = Duration::from_secs;
        let burst = (0..100).filter(|_| limits.allow("a", at(5))).count();
        assert_eq!(burst, 60);
        assert!(limits.allow("b", at(5)));
        assert!(!limits.would_allow(&"a", at(5)) && limits.would_allow(&"a", at(6)) && limits.would_allow(&"c", at(6)));
        assert!(limits.allow("a", at(6)) && !limits.allow("a", at(6)));
        let later = (0..100).filter(|_| limits.allow("a", at(1_000))).count();
        assert_eq!(later, 60);
    }

    #[test]
    fn counters_are_bounded() {
        let limits = Limits::new(1);
        for who in 0..3 * COUNTERS_MAX {
            limits.allow(who, Duration::ZERO);
        }
        assert!(limits.until.lock().expect("nobody panics").len() <= COUNTERS_MAX);
    }
}
