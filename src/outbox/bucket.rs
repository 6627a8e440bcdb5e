//! How fast one place or one login may be sent to. Pure: the time is passed in.

use std::time::Duration;

use super::Level;
use crate::model::Timestamp;
use crate::model::capability::Rate;
use crate::model::ids::PlaceRef;

/// A fifth of what the platform allows is left to others who use the same account.
const SHARE: f64 = 0.8;

/// Tokens that refill with time.
#[derive(Debug)]
pub(super) struct Bucket {
    burst: f64,
    per_second: f64,
    tokens: f64,
    at: Duration,
    paused_until: Duration,
}

impl Bucket {
    /// Full at `now`.
    pub(super) fn new(rate: Rate, now: Duration) -> Self {
        // A whole token must fit, whatever the rate.
        let burst = (f64::from(rate.burst) * SHARE).max(1.0);
        let per_second = f64::from(rate.burst) * SHARE * 1000.0 / f64::from(rate.per_ms.max(1));
        Self {
            burst,
            per_second: per_second.max(0.001),
            tokens: burst,
            at: now,
            paused_until: Duration::ZERO,
        }
    }

    /// When a token will be there; now or earlier when there is one.
    pub(super) fn free_at(&mut self, now: Duration) -> Duration {
        self.refill(now);
        let missing = 1.0 - self.tokens;
        let refilled = if missing <= f64::EPSILON {
            now
        } else {
            // A millisecond more, so that rounding never wakes us a moment too early.
            now + Duration::from_secs_f64(missing / self.per_second) + Duration::from_millis(1)
        };
        refilled.max(self.paused_until)
    }

    /// Takes a token that [`Bucket::free_at`] said is there.
    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// The platform asked to wait.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
    }

    /// Whether it says nothing that a new one would not say.
    pub(super) fn is_full(&mut self, now: Duration) -> bool {
        self.refill(now);
        self.paused_until <= now && self.tokens >= self.burst
    }

    /// What it leaves. `now` and `elapsed` are the same moment.
    pub(super) fn level(&mut self, place: Option<PlaceRef>, now: Timestamp, elapsed: Duration) -> Level {
        self.refill(elapsed);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "none is negative, and a burst is a u32"
        )]
        let whole = |tokens: f64| tokens.max(0.0) as u32;
        let pause = self.paused_until.saturating_sub(elapsed);
        Level {
            place,
            left: whole(self.tokens),
            most: whole(self.burst),
            paused_until: (!pause.is_zero()).then(|| now + pause),
        }
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 5, per_ms: 1000 };

    #[test]
    fn four_fifths_of_the_burst_go_at_once_and_then_it_waits() {
        let mut bucket = Bucket::new(RATE, Duration::ZERO);
        let mut sent = 0;
        while bucket.free_at(Duration::ZERO) == Duration::ZERO {
            bucket.take();
            sent += 1;
        }
        assert_eq!(sent, 4);
        assert_eq!(bucket.free_at(Duration::ZERO), Duration::from_millis(251));
        assert_eq!(bucket.free_at(Duration::from_millis(251)), Duration::from_millis(251));
    }

    #[test]
    fn a_pause_holds_whatever_tokens_there_are() {
        let mut bucket = Bucket::new(RATE, Duration::ZERO);
        bucket.pause(Duration::from_secs(7));
        assert_eq!(bucket.free_at(Duration::from_secs(1)), Duration::from_secs(7));
        assert_eq!(bucket.free_at(Duration::from_secs(8)), Duration::from_secs(8));
    }

    #[test]
    fn the_slowest_rate_still_sends() {
        let mut bucket = Bucket::new(
            Rate {
                burst: 1,
                per_ms: 60_000,
            },
            Duration::ZERO,
        );
        assert_eq!(bucket.free_at(Duration::ZERO), Duration::ZERO);
    }
}
