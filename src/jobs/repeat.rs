//! When a repeated job is due again. Pure.
//!
//! A wall-clock time that a zone skips moves forward to the next one that exists; one that it repeats counts once, the
//! first time.

use croner::parser::CronParser;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::model::Timestamp;
use crate::storage::unit::Repeat;

/// A wall-clock time lies in the past at most twice in a row, where a zone repeats an hour; the rest is reserve.
const STEPS_MAX: usize = 200;

/// Why there is no next time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepeatError {
    /// Not five cron fields.
    #[error("`{0}` is no cron line of five fields")]
    Cron(String),
    /// Not an IANA name.
    #[error("`{0}` is no time zone")]
    Zone(String),
    /// It never comes again.
    #[error("`{0}` never comes again")]
    Never(String),
}

/// The first moment behind `after`.
///
/// # Errors
///
/// When the cron line or zone means nothing, or no such moment exists.
pub fn next_after(repeat: &Repeat, after: Timestamp) -> Result<Timestamp, RepeatError> {
    let never = || RepeatError::Never(repeat.cron.clone());
    if repeat.cron.split_whitespace().count() != 5 {
        return Err(RepeatError::Cron(repeat.cron.clone()));
    }
    let cron = CronParser::new()
        .parse(&repeat.cron)
        .map_err(|_| RepeatError::Cron(repeat.cron.clone()))?;
    let zone = TimeZone::get(&repeat.zone).map_err(|_| RepeatError::Zone(repeat.zone.clone()))?;
    let moment = jiff::Timestamp::from_millisecond(after.as_millis()).map_err(|_| never())?;
    let mut local: DateTime = zone.to_datetime(moment);
    for _ in 0..STEPS_MAX {
        local = cron.find_next_occurrence(&local, false).map_err(|_| never())?;
        let found = zone.to_zoned(local).map_err(|_| never())?.timestamp();
        if found > moment {
            return Ok(Timestamp::from_millis(found.as_millisecond()));
        }
    }
    Err(never())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
    }

    #[track_caller]
    fn check(cron: &str, zone: &str, after: &str, expected: &str) {
        let repeat = Repeat {
            cron: cron.to_owned(),
            zone: zone.to_owned(),
        };
        assert_eq!(next_after(&repeat, at(after)), Ok(at(expected)));
    }

    #[test]
    fn a_daily_time_keeps_its_wall_clock_across_summer_time() {
        check(
            "0 9 * * *",
            "Europe/Berlin",
            "2026-03-28T08:00:00Z",
            "2026-03-29T07:00:00Z",
        );
    }

    #[test]
    fn a_time_that_the_zone_skips_moves_forward() {
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "2026-03-29T01:30:00Z",
        );
    }

    #[test]
    fn a_time_that_the_zone_repeats_fires_once() {
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            "2026-10-25T00:30:00Z",
        );
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z",
        );
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T01:10:00Z",
            "2026-10-26T01:30:00Z",
        );
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        let next = |cron: &str, zone: &str| {
            next_after(
                &Repeat {
                    cron: cron.to_owned(),
                    zone: zone.to_owned(),
                },
                Timestamp::default(),
            )
        };
        assert_eq!(
            next("* * * * * *", "UTC"),
            Err(RepeatError::Cron("* * * * * *".to_owned()))
        );
        assert_eq!(
            next("61 * * * *", "UTC"),
            Err(RepeatError::Cron("61 * * * *".to_owned()))
        );
        assert_eq!(next("0 9 * * *", "Berlin"), Err(RepeatError::Zone("Berlin".to_owned())));
        assert_eq!(
            next("0 9 30 2 *", "UTC"),
            Err(RepeatError::Never("0 9 30 2 *".to_owned()))
        );
    }
}
