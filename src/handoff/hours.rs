//! When somebody is back, from the hours of a community. Pure.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::model::Timestamp;
use crate::model::hours::Hours;

/// A line of hours holds on at least one day of a week; the eighth day is today's again, for hours that are over.
const DAYS_AHEAD: i64 = 7;

/// The next time that somebody is there, as the wall clock shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// From 0 for Monday.
    pub(super) day: u8,
    /// Whether that is later on the same day.
    pub(super) today: bool,
    /// As `09:00`.
    pub(super) time: String,
}

/// When somebody is back; none while somebody is there. A zone that is not known is read as UTC.
pub(super) fn next_opening(hours: &Hours, zone: &str, now: Timestamp) -> Option<Opening> {
    if hours.are_always() {
        return None;
    }
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let now = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?;
    let today = zone.to_datetime(now).date();
    for ahead in 0..=DAYS_AHEAD {
        let date = today.checked_add(ahead.days()).ok()?;
        let day = u8::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        let mut next: Option<u16> = None;
        for span in hours.of_day(day) {
            let (opens, closes) = (moment(date, span.opens, &zone)?, moment(date, span.closes, &zone)?);
            if opens <= now && now < closes {
                return None;
            }
            if now < opens {
                next = Some(next.map_or(span.opens, |next| next.min(span.opens)));
            }
        }
        if let Some(minutes) = next {
            return Some(Opening {
                day,
                today: ahead == 0,
                time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
            });
        }
    }
    None
}

/// A time that the zone skips moves forward; one that it repeats is the first.
fn moment(date: Date, minutes: u16, zone: &TimeZone) -> Option<jiff::Timestamp> {
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    let local = if hour == 24 {
        date.tomorrow().ok()?.to_datetime(Time::midnight())
    } else {
        date.at(hour, minute, 0, 0)
    };
    Some(zone.to_zoned(local).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Berlin; the answer as `day time`, with `today` for the same day, or `open`.
    #[track_caller]
    fn check(lines: &[&str], now: &str, expected: &str) {
        let hours = Hours::read(lines.iter().copied()).expect("the hours can be read");
        let now: jiff::Timestamp = now.parse().expect("a time");
        let now = Timestamp::from_millis(now.as_millisecond());
        let found = next_opening(&hours, "Europe/Berlin", now).map_or("open".to_owned(), |opening| {
            let day = if opening.today {
                "today".to_owned()
            } else {
                opening.day.to_string()
            };
            format!("{day} {}", opening.time)
        });
        assert_eq!(found, expected);
    }

    const OFFICE: &[&str] = &["mon-fri 09:00-12:00", "mon-thu 13:00-17:00"];

    #[test]
    fn while_somebody_is_there_nothing_is_said() {
        check(OFFICE, "2026-09-21T07:00:00Z", "open");
        check(&[], "2026-09-20T03:00:00Z", "open");
        check(&["sun 00:00-24:00"], "2026-09-20T21:59:59Z", "open");
    }

    #[test]
    fn the_next_opening_is_later_today_tomorrow_or_after_the_weekend() {
        check(OFFICE, "2026-09-21T06:59:59Z", "today 09:00");
        check(OFFICE, "2026-09-21T10:30:00Z", "today 13:00");
        check(OFFICE, "2026-09-21T15:00:00Z", "1 09:00");
        check(OFFICE, "2026-09-25T10:00:00Z", "0 09:00");
        check(&["mon 09:00-10:00"], "2026-09-21T08:00:00Z", "0 09:00");
    }

    #[test]
    fn the_clock_of_the_zone_counts_also_when_it_changes() {
        // Winter time since the night before: 08:30 UTC is 09:30.
        check(OFFICE, "2026-10-26T07:30:00Z", "today 09:00");
        check(OFFICE, "2026-10-26T08:30:00Z", "open");
    }
}
