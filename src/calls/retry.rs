//! Decides whether a call is sent again, and what its plugin is told when it is not. Pure.

use std::time::Duration;

use super::Sent;
use crate::model::Timestamp;
use crate::model::amount::span;
use crate::model::bytes::Bytes;
use crate::model::call::CallEnd;

/// For so long after it was made a call is sent again: most incidents are over by then, and servers that know calls by their keys
/// keep the keys for a day.
const SENT_AGAIN_FOR: Duration = Duration::from_hours(1);

/// Older than this it is not even sent for the first time, after a long outage of ours: it may have been sent before, and its key
/// may be forgotten soon.
const SENT_WITHIN: Duration = Duration::from_hours(12);

/// The wait after the first failure; it doubles from there.
const WAIT_MIN: Duration = Duration::from_secs(2);

/// Longer waits would leave no more than a few tries.
const WAIT_MAX: Duration = Duration::from_mins(5);

/// Between two looks at whether a call can be sent, or its plugin told, that could not be: an admin acts within minutes.
pub(super) const NOT_NOW_WAIT: Duration = Duration::from_secs(30);

/// What becomes of the call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It was tried, and is sent again after this wait.
    Again(Duration),
    /// It was not tried, and is after this wait.
    Later(Duration),
    /// It is over.
    End(CallEnd),
}

/// Why a call is not sent any more, if so.
pub(super) fn too_old(made_at: Timestamp, now: Timestamp) -> Option<CallEnd> {
    let age = now.since(made_at);
    (age > SENT_WITHIN).then(|| CallEnd::Unanswered {
        problem: format!("it is {} old, and nobody knows whether it was sent before", span(age)),
    })
}

/// `tries` counts those that may have arrived, with the one that just ended. `jitter` is a random number; it spreads the tries of many calls over time.
pub(super) fn next(sent: Sent, tries: u32, made_at: Timestamp, now: Timestamp, jitter: u8) -> Next {
    let wait = backoff(tries, jitter);
    let has_left = sent.has_left();
    let (wait, end) = match sent {
        Sent::Answered {
            status,
            body,
            retry_after,
        } => {
            let asked = retry_after.and_then(|text| asked_wait(&text, now));
            let again = status == 429 || (500..600).contains(&status);
            let wait = again.then(|| asked.map_or(wait, |asked| asked.max(WAIT_MIN)));
            let body = Bytes(body);
            (wait, CallEnd::Answered { status, body })
        }
        Sent::Lost { problem } => (Some(wait), CallEnd::Unanswered { problem }),
        Sent::NotNow { problem } => (Some(NOT_NOW_WAIT), CallEnd::Unanswered { problem }),
        Sent::Refused { problem } => (None, CallEnd::Unanswered { problem }),
        Sent::Off { problem } if tries > 0 => {
            let problem = format!("it may have arrived, and is not sent again, because {problem}");
            (None, CallEnd::Unanswered { problem })
        }
        Sent::Off { problem } => (None, CallEnd::Unsent { problem }),
    };
    match wait {
        Some(wait) if now + wait <= made_at + SENT_AGAIN_FOR && has_left => Next::Again(wait),
        Some(wait) if now + wait <= made_at + SENT_AGAIN_FOR => Next::Later(wait),
        _ => Next::End(end),
    }
}

/// Seconds, or a date: <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>.
fn asked_wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()).since(now))
}

/// Between three quarters of the doubled wait and the whole.
fn backoff(tries: u32, jitter: u8) -> Duration {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
    let wait = WAIT_MIN.saturating_mul(factor).min(WAIT_MAX);
    wait.saturating_sub(wait / 4 * u32::from(jitter) / 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE_AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn answered(status: u16, retry_after: Option<&str>) -> Sent {
        Sent::Answered {
            status,
            body: b"b".to_vec(),
            retry_after: retry_after.map(str::to_owned),
        }
    }

    fn lost() -> Sent {
        let problem = "there is no connection".to_owned();
        Sent::Lost { problem }
    }

    /// The wait in seconds, or none where it is over, so many seconds after it was made.
    #[track_caller]
    fn check(sent: Sent, tries: u32, age: u64, expected: Option<u64>) {
        let now = MADE_AT + Duration::from_secs(age);
        let wait = match next(sent, tries, MADE_AT, now, 0) {
            Next::Again(wait) | Next::Later(wait) => Some(wait.as_secs()),
            Next::End(_) => None,
        };
        assert_eq!(wait, expected);
    }

    #[test]
    fn what_would_be_the_same_another_time_is_over() {
        for status in [200, 204, 301, 302, 304, 400, 401, 404, 409, 422] {
            check(answered(status, Some("5")), 1, 0, None);
        }
        let problem = String::new();
        check(Sent::Refused { problem }, 1, 0, None);
        let problem = "it is off".to_owned();
        let off = Sent::Off {
            problem: problem.clone(),
        };
        assert_eq!(
            next(off.clone(), 0, MADE_AT, MADE_AT, 0),
            Next::End(CallEnd::Unsent { problem })
        );
        let tried = next(off, 1, MADE_AT, MADE_AT, 0);
        assert!(
            matches!(&tried, Next::End(CallEnd::Unanswered { problem }) if problem.ends_with("because it is off")),
            "{tried:?}"
        );
    }

    #[test]
    fn what_cannot_be_sent_now_waits_and_is_no_try() {
        let problem = "the plugin is not running".to_owned();
        let not_now = Sent::NotNow {
            problem: problem.clone(),
        };
        assert!(!not_now.has_left());
        for tries in [0, 7] {
            let next = next(not_now.clone(), tries, MADE_AT, MADE_AT, 0);
            assert_eq!(next, Next::Later(NOT_NOW_WAIT));
        }
        let now = MADE_AT + SENT_AGAIN_FOR;
        let end = CallEnd::Unanswered { problem };
        assert_eq!(next(not_now, 0, MADE_AT, now, 0), Next::End(end));
    }

    #[test]
    fn what_may_be_other_another_time_is_sent_again_with_doubled_waits() {
        for (tries, wait) in [(1, 2), (2, 4), (5, 32), (12, 300), (60, 300)] {
            check(lost(), tries, 0, Some(wait));
            check(answered(503, None), tries, 0, Some(wait));
            check(answered(429, None), tries, 0, Some(wait));
        }
    }

    #[test]
    fn the_wait_that_a_server_asks_for_is_obeyed() {
        check(answered(429, Some("90")), 1, 0, Some(90));
        check(answered(503, Some("0")), 1, 0, Some(2));
        check(answered(503, Some("soon")), 1, 0, Some(2));
        // Half a minute after the call was made.
        check(answered(503, Some("Mon, 21 Sep 2026 14:13:50 GMT")), 1, 0, Some(30));
        check(answered(503, Some("Mon, 21 Sep 2020 14:13:50 GMT")), 1, 0, Some(2));
        check(answered(429, Some("18446744073709551615")), 1, 0, None);
    }

    #[test]
    fn after_an_hour_the_last_answer_counts() {
        check(lost(), 20, 3_590, None);
        check(lost(), 1, 3_598, Some(2));
        check(answered(429, Some("3601")), 1, 0, None);
        let now = MADE_AT + Duration::from_hours(1);
        let body = Bytes(b"b".to_vec());
        let end = CallEnd::Answered { status: 503, body };
        assert_eq!(next(answered(503, None), 9, MADE_AT, now, 0), Next::End(end));
    }

    #[test]
    fn what_lay_for_half_a_day_is_not_sent() {
        assert_eq!(too_old(MADE_AT, MADE_AT + SENT_WITHIN), None);
        let end = too_old(MADE_AT, MADE_AT + SENT_WITHIN + Duration::from_secs(1));
        assert!(matches!(end, Some(CallEnd::Unanswered { problem }) if problem.starts_with("it is 13 h old")));
    }
}
