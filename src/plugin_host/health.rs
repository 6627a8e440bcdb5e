//! Decides when a failing plugin is paused and when it is held back until an admin looks. Reads no clock.

use std::time::Duration;

/// So many failures within [`WINDOW`] pause a plugin.
const FAILURES_MAX: usize = 5;

/// Failures further apart are bad luck.
const WINDOW: Duration = Duration::from_mins(1);

/// The first pause; it doubles with each further one.
const PAUSE_MIN: Duration = Duration::from_secs(30);

/// Long enough to stop the noise, short enough to notice that a fault is gone.
const PAUSE_MAX: Duration = Duration::from_mins(15);

/// After so many failures in a row only a person can know better.
const ROW_MAX: u32 = 20;

/// How a plugin has done lately.
#[derive(Clone, Debug, Default)]
pub struct Health {
    recent: Vec<Duration>,
    in_a_row: u32,
    failed_at: Option<Duration>,
    /// Since it last did well for twice the longest pause.
    pauses: u32,
    paused_until: Option<Duration>,
    quarantined: bool,
    last: Option<String>,
}

/// Whether a plugin may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It may.
    Well,
    /// Not before this much has passed.
    Paused {
        /// How much longer.
        left: Duration,
        /// The last failure.
        last: String,
    },
    /// Not before an admin has looked.
    Quarantined {
        /// The last failure.
        last: String,
    },
}

impl Health {
    /// Held back from the start, as the settings say.
    pub fn quarantined(last: String) -> Self {
        Self {
            quarantined: true,
            last: Some(last),
            ..Self::default()
        }
    }

    /// Whether the plugin may be called at `now`.
    pub fn state(&self, now: Duration) -> State {
        let last = || self.last.clone().unwrap_or_default();
        if self.quarantined {
            return State::Quarantined { last: last() };
        }
        match self.paused_until {
            Some(until) if until > now => State::Paused {
                left: until.saturating_sub(now),
                last: last(),
            },
            _ => State::Well,
        }
    }

    /// It did its work. Failures of the last minute still count: one that fails every second time is of no use either.
    pub fn succeeded(&mut self) {
        self.in_a_row = 0;
    }

    /// It failed at `now`. Returns what is new, for the admin's notice: a pause or a quarantine.
    pub fn failed(&mut self, now: Duration, why: &str) -> Option<State> {
        self.last = Some(why.to_owned());
        if self.failed_at.is_some_and(|at| now.saturating_sub(at) > PAUSE_MAX * 2) {
            self.pauses = 0;
        }
        self.failed_at = Some(now);
        self.in_a_row += 1;
        if self.in_a_row >= ROW_MAX {
            self.quarantined = true;
            return Some(self.state(now));
        }
        self.recent.retain(|&at| now.saturating_sub(at) < WINDOW);
        self.recent.push(now);
        if self.recent.len() < FAILURES_MAX {
            return None;
        }
        self.recent.clear();
        let pause = PAUSE_MIN
            .saturating_mul(2_u32.saturating_pow(self.pauses))
            .min(PAUSE_MAX);
        self.pauses += 1;
        self.paused_until = Some(now + pause);
        Some(self.state(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_failures_in_a_minute_pause_it_and_pauses_double() {
        let mut health = Health::default();
        for second in 0..4 {
            assert_eq!(health.failed(secs(second), "boom"), None);
        }
        let paused = State::Paused {
            left: secs(30),
            last: "boom".into(),
        };
        assert_eq!(health.failed(secs(4), "boom"), Some(paused));
        assert_eq!(health.state(secs(34)), State::Well);
        for second in 40..44 {
            assert_eq!(health.failed(secs(second), "boom"), None);
        }
        assert!(matches!(health.failed(secs(44), "boom"), Some(State::Paused { left, .. }) if left == secs(60)));
    }

    #[test]
    fn who_fails_every_second_time_is_paused_and_begins_anew_after_doing_well_for_long() {
        let mut health = Health::default();
        let mut five = |from: u64| {
            let mut last = None;
            for second in 0..5 {
                health.succeeded();
                last = health.failed(secs(from + 2 * second), "boom");
            }
            match last {
                Some(State::Paused { left, .. }) => left.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!([five(0), five(60), five(200), five(2_100)], [30, 60, 120, 30]);
    }

    #[test]
    fn failures_far_apart_do_not_pause_it() {
        let mut health = Health::default();
        for minute in 0..10 {
            assert_eq!(health.failed(secs(minute * 61), "boom"), None);
        }
    }

    #[test]
    fn twenty_in_a_row_wait_for_an_admin_and_a_success_forgives() {
        let mut health = Health::default();
        for minute in 0..19 {
            health.failed(secs(minute * 61), "boom");
        }
        health.succeeded();
        for minute in 20..39 {
            health.failed(secs(minute * 61), "boom");
        }
        assert_eq!(health.state(secs(39 * 61)), State::Well);
        assert!(matches!(
            health.failed(secs(39 * 61), "boom"),
            Some(State::Quarantined { .. })
        ));
    }
}
