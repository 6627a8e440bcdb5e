//! How often an endpoint is called. Pure but for its own counters.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

/// A batch of changes at once …
const BURST: u32 = 60;

/// … and one more in this time for long: each is an event, and runs a plugin.
const REFILL: Duration = Duration::from_secs(1);

/// Counters of all endpoints. There are as many as plugins declare.
#[derive(Default)]
pub(super) struct Limits {
    /// By token: until when what was taken is not there again.
    until: Mutex<HashMap<String, Duration>>,
}

impl Limits {
    /// Whether one more may come; counts it if so. `now` is time since the program started.
    pub(super) fn allow(&self, token: &str, now: Duration) -> bool {
        let mut until = self.until.lock().expect("nothing panics while counting");
        let until = until.entry(token.to_owned()).or_default();
        let next = (*until).max(now) + REFILL;
        let allowed = next <= now + REFILL * BURST;
        if allowed {
            *until = next;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_one_a_second() {
        let limits = Limits::default();
        let at = Duration::from_secs;
        let burst = (0..100).filter(|_| limits.allow("a", at(5))).count();
        assert_eq!(burst, 60);
        assert!(limits.allow("b", at(5)));
        assert!(limits.allow("a", at(6)) && !limits.allow("a", at(6)));
        let later = (0..100).filter(|_| limits.allow("a", at(1_000))).count();
        assert_eq!(later, 60);
    }
}
