//! Decides what becomes of a delivery that did not arrive.
//!
//! Owns the retry policy and nothing else: it reads no clock, no database and knows no platform.

use std::time::Duration;

use crate::connectors::DeliveryError;

/// After this many attempts a person has to look at the row.
pub(super) const ATTEMPTS_MAX: u32 = 12;

/// The wait after the first failure; it doubles from there.
const WAIT_MIN: Duration = Duration::from_secs(2);

/// Longer than most incidents of a platform, short enough to be noticed.
const WAIT_MAX: Duration = Duration::from_mins(15);

/// The wait before something that was cut off is sent again; it doubles from there.
const REPEAT_WAIT: Duration = Duration::from_secs(1);

/// It was cut off, perhaps sent, and the platform drops a second one for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// How it was cut off the first time.
    pub(super) reason: String,
    /// Until then, by [`Clock::elapsed`](crate::clock::Clock::elapsed), a second one is dropped.
    pub(super) until: Duration,
    /// The wait before the next repeat.
    wait: Duration,
}

/// How far a refusal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Nothing else would be taken either.
    Altogether,
    /// This is not possible in this place; something else may be.
    Here,
}

/// What the relay does with the row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try again after this wait.
    RetryAfter(Duration),
    /// Send it again after this wait, as what was cut off.
    RepeatAfter(Duration, Cut),
    /// It did not arrive and will not.
    Fail(String),
    /// The same, because the platform refused it.
    Refuse(String, Refused),
    /// Nobody knows whether it arrived.
    PerhapsSent(String),
}

/// `attempt` counts from 1 and includes the one that just failed. `jitter` is a random number; it spreads the retries
/// of many rows over time.
pub(super) fn next(error: &DeliveryError, attempt: u32, idempotent: bool, jitter: u8) -> Next {
    match error {
        DeliveryError::Refused { public } => Next::Refuse(public.clone(), Refused::Altogether),
        DeliveryError::NotHere { public } => Next::Refuse(public.clone(), Refused::Here),
        // Saying a thing twice is worse than saying it late, so a person decides.
        DeliveryError::Lost { detail, .. } if !idempotent => Next::PerhapsSent(format!("cut off: {detail}")),
        DeliveryError::Lost { detail, .. } if attempt >= ATTEMPTS_MAX => {
            Next::PerhapsSent(format!("cut off: {detail}"))
        }
        // Nothing is wrong with the row: it waits as long as the platform asks, be it for hours.
        DeliveryError::Busy { retry_after, .. } => Next::RetryAfter(*retry_after),
        _ if attempt >= ATTEMPTS_MAX => Next::Fail(format!("tried {attempt} times: {error}")),
        DeliveryError::Unreachable { .. } | DeliveryError::Lost { .. } => Next::RetryAfter(backoff(attempt, jitter)),
    }
}

/// What follows for a send that was cut off, now or `before`: it is repeated while the platform is sure to drop the second
/// one. None where it was not cut off, or the platform drops none; then [`next`] decides. `begun` and `now` are when this
/// send began and ended.
pub(super) fn repeat(error: &DeliveryError, before: Option<&Cut>, begun: Duration, now: Duration) -> Option<Next> {
    let cut = match (before, error) {
        (Some(cut), _) => cut.clone(),
        (None, DeliveryError::Lost { detail, repeatable_for }) if !repeatable_for.is_zero() => Cut {
            reason: format!("cut off: {detail}"),
            until: begun + *repeatable_for,
            wait: REPEAT_WAIT,
        },
        (None, _) => return None,
    };
    let (wait, doubled) = match error {
        // Whatever the second one was told, the first may have arrived.
        DeliveryError::Refused { .. } | DeliveryError::NotHere { .. } => return Some(Next::PerhapsSent(cut.reason)),
        DeliveryError::Busy { retry_after, .. } => (*retry_after, cut.wait),
        DeliveryError::Unreachable { .. } | DeliveryError::Lost { .. } => (cut.wait, cut.wait * 2),
    };
    Some(if now + wait >= cut.until {
        Next::PerhapsSent(cut.reason)
    } else {
        Next::RepeatAfter(wait, Cut { wait: doubled, ..cut })
    })
}

/// Between three quarters of the doubled wait and the whole.
fn backoff(attempt: u32, jitter: u8) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let wait = WAIT_MIN.saturating_mul(factor).min(WAIT_MAX);
    wait.saturating_sub(wait / 4 * u32::from(jitter) / 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable() -> DeliveryError {
        DeliveryError::Unreachable {
            detail: "down".to_owned(),
        }
    }

    fn lost() -> DeliveryError {
        DeliveryError::Lost {
            detail: "no answer".to_owned(),
            repeatable_for: Duration::ZERO,
        }
    }

    fn busy() -> DeliveryError {
        DeliveryError::Busy {
            retry_after: Duration::from_secs(7),
            whole_login: false,
            can_be_ended: false,
        }
    }

    fn refused() -> DeliveryError {
        DeliveryError::Refused {
            public: "not allowed".to_owned(),
        }
    }

    #[track_caller]
    fn check(error: &DeliveryError, attempt: u32, idempotent: bool, expected: &Next) {
        assert_eq!(&next(error, attempt, idempotent, 0), expected);
    }

    #[test]
    fn the_wait_a_platform_asks_for_is_obeyed() {
        check(&busy(), 1, false, &Next::RetryAfter(Duration::from_secs(7)));
    }

    #[test]
    fn a_platform_that_asks_to_wait_for_hours_fails_no_row() {
        let expected = Next::RetryAfter(Duration::from_secs(7));
        check(&busy(), ATTEMPTS_MAX + 1, false, &expected);
    }

    #[test]
    fn perhaps_sent_is_never_sent_again() {
        check(&lost(), 1, false, &Next::PerhapsSent("cut off: no answer".to_owned()));
    }

    #[test]
    fn perhaps_sent_is_repeated_where_the_platform_drops_the_second() {
        check(&lost(), 1, true, &Next::RetryAfter(Duration::from_secs(2)));
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn cut(until: u32, wait: u32) -> Cut {
        Cut {
            reason: "cut off: no answer".to_owned(),
            until: SECOND * until,
            wait: SECOND * wait,
        }
    }

    fn known_for_a_minute() -> DeliveryError {
        DeliveryError::Lost {
            detail: "no answer".to_owned(),
            repeatable_for: SECOND * 60,
        }
    }

    #[test]
    fn what_was_cut_off_is_repeated_while_the_platform_knows_it_again() {
        // The time counts from when the first one began.
        let first = repeat(&known_for_a_minute(), None, SECOND * 10, SECOND * 20);
        assert_eq!(first, Some(Next::RepeatAfter(SECOND, cut(70, 2))));
        let again = |error, at| repeat(&error, Some(&cut(70, 2)), SECOND * at, SECOND * at);
        assert_eq!(
            again(unreachable(), 30),
            Some(Next::RepeatAfter(SECOND * 2, cut(70, 4)))
        );
        assert_eq!(again(lost(), 30), Some(Next::RepeatAfter(SECOND * 2, cut(70, 4))));
        assert_eq!(again(busy(), 30), Some(Next::RepeatAfter(SECOND * 7, cut(70, 2))));
    }

    #[test]
    fn after_that_nobody_knows_and_whatever_a_repeat_is_told() {
        let perhaps = Some(Next::PerhapsSent("cut off: no answer".to_owned()));
        let again = |error, at| repeat(&error, Some(&cut(70, 2)), SECOND * at, SECOND * at);
        assert_eq!(again(refused(), 30), perhaps);
        assert_eq!(again(busy(), 63), perhaps);
        assert_eq!(again(lost(), 68), perhaps);
    }

    #[test]
    fn what_was_not_cut_off_or_is_known_by_no_platform_is_no_repeat() {
        for error in [unreachable(), busy(), refused(), lost()] {
            assert_eq!(repeat(&error, None, SECOND, SECOND), None, "{error:?}");
        }
    }

    #[test]
    fn what_is_refused_is_not_tried_again() {
        let refuse = |how| Next::Refuse("not allowed".to_owned(), how);
        check(&refused(), 1, true, &refuse(Refused::Altogether));
        let not_here = DeliveryError::NotHere {
            public: "not allowed".to_owned(),
        };
        check(&not_here, 1, true, &refuse(Refused::Here));
    }

    #[test]
    fn waits_double_up_to_a_limit() {
        for (attempt, seconds) in [(1, 2), (2, 4), (5, 32), (11, 900)] {
            check(
                &unreachable(),
                attempt,
                false,
                &Next::RetryAfter(Duration::from_secs(seconds)),
            );
        }
    }

    #[test]
    fn a_random_part_spreads_the_retries_but_keeps_most_of_the_wait() {
        let spread = next(&unreachable(), 3, false, 255);
        let Next::RetryAfter(wait) = spread else {
            panic!("{spread:?}")
        };
        assert!(
            wait < Duration::from_secs(8) && wait >= Duration::from_secs(6),
            "{wait:?}"
        );
    }

    #[test]
    fn a_person_looks_after_the_last_attempt() {
        let expected = Next::Fail("tried 12 times: not reachable: down".to_owned());
        check(&unreachable(), ATTEMPTS_MAX, false, &expected);
    }
}
