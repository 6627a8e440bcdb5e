//! How long a login waits before it tries again.

use std::time::Duration;

/// The first wait after a failure; it doubles from there.
const WAIT_MIN: Duration = Duration::from_millis(500);

/// Short enough that a repaired network is noticed soon.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The wait before the next try.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// One more failure, and the wait after it.
    pub fn wait(&mut self) -> Duration {
        let wait = WAIT_MIN.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        wait.min(WAIT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..8).map(|_| backoff.wait().as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }
}
