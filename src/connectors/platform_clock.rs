//! Whether this machine's clock agrees with a platform's, by the `Date` of any answer of its server.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::DATE;

use super::examination::{Diagnosis, Health};
use crate::clock::Clock;
use crate::model::Timestamp;

/// Nothing is read but the head of an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// `Date` counts whole seconds, and answers take their time; a clock that is set by others is better than this.
const OFF_MAX: Duration = Duration::from_secs(30);

/// From here on messages that are new look old, and get no answer.
const OFF_FAR: Duration = Duration::from_mins(5);

/// Dates as servers write them: `Sun, 06 Nov 1994 08:49:37 GMT`.
static DATES: DateTimeParser = DateTimeParser::new();

/// Compares with the server at `url`, which holds no secret. None where it does not say the time.
pub(super) async fn examine(url: &str, platform: &str, clock: &dyn Clock) -> Option<Diagnosis> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .ok()?;
    let answer = client.head(url).send().await.ok()?;
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    let theirs = Timestamp::from_millis(DATES.parse_timestamp(date).ok()?.as_millisecond());
    Some(health(clock.now(), theirs, platform).of("clock"))
}

fn health(ours: Timestamp, theirs: Timestamp, platform: &str) -> Health {
    let off = ours.since(theirs).max(theirs.since(ours));
    if off <= OFF_MAX {
        return Health::fine(format!("it agrees with {platform}'s"));
    }
    let way = if ours > theirs { "ahead of" } else { "behind" };
    let what = format!(
        "this machine's clock is {} s {way} {platform}'s, so that new messages look old or of the future",
        off.as_secs()
    );
    let fix = "let the system set its clock by itself, such as with `timedatectl set-ntp true`";
    if off < OFF_FAR {
        Health::warning(what, fix)
    } else {
        Health::failure(what, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(off_ms: i64, word: &str, part: &str) {
        let theirs = Timestamp::from_millis(1_790_000_000_000);
        let ours = Timestamp::from_millis(theirs.as_millis() + off_ms);
        let health = health(ours, theirs, "Discord");
        assert_eq!(health.word(), word);
        assert!(health.what().contains(part), "{health:?}");
    }

    #[test]
    fn a_clock_may_be_a_little_off_and_one_that_is_far_off_is_a_failure() {
        check(30_000, "fine", "agrees");
        check(-60_000, "warning", "60 s behind Discord's");
        check(3_600_000, "failure", "3600 s ahead of");
    }

    #[test]
    fn the_date_of_a_server_is_read() {
        let date = DATES.parse_timestamp("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(date.as_second(), 784_111_777);
    }
}
