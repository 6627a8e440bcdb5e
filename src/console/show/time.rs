//! Points in time as people read them, in their zone.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// A time for a `<time>` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// For programs: RFC 3339.
    pub(crate) machine: String,
    /// For people: `14:03`, `Mon 3 Nov, 14:03`, `3 Nov 2025, 14:03`.
    pub(crate) text: String,
    /// How long ago: `under 1 min`, `5 min`, `3 h`, `2 days`.
    pub(crate) age: String,
}

/// Shows `at` as seen from `now`.
pub(crate) fn shown(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Shown {
    let local = |time: Timestamp| {
        jiff::Timestamp::from_millisecond(time.as_millis())
            .unwrap_or_default()
            .to_zoned(zone.clone())
    };
    let (then, today) = (local(at), local(now));
    let near = today
        .date()
        .until(then.date())
        .map_or(i32::MAX, |span| span.get_days().abs());
    let format = if then.date() == today.date() {
        "%H:%M"
    } else if near < 7 {
        "%a %-d %b, %H:%M"
    } else if then.year() == today.year() {
        "%-d %b, %H:%M"
    } else {
        "%-d %b %Y, %H:%M"
    };
    Shown {
        machine: at.to_string(),
        text: then.strftime(format).to_string(),
        age: age(now.since(at)),
    }
}

/// Shows how long it is from `now` until `at`: `8 seconds`.
pub(crate) fn left(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Shown {
    Shown {
        text: duration(at.since(now)),
        ..shown(at, now, zone)
    }
}

/// Tomorrow at nine on the clock of this zone, as a form has it: `2026-12-24T09:00`.
pub(crate) fn tomorrow(now: Timestamp, zone: &TimeZone) -> String {
    let today = jiff::Timestamp::from_millisecond(now.as_millis())
        .unwrap_or_default()
        .to_zoned(zone.clone())
        .date();
    format!("{}T09:00", today.tomorrow().unwrap_or(today))
}

/// A stretch of time in its largest unit, rounded down, for ages.
pub(crate) fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => "under 1 min".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A wait in its largest unit, rounded up, for sentences.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let (count, unit) = match seconds {
        0..=90 => (seconds.max(1), "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T12:00:00Z";

    #[track_caller]
    fn check(at: &str, zone: &str, expected: &str) {
        let read = |text: &str| Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(shown(read(at), read(NOW), &zone).text, expected);
    }

    #[test]
    fn today_is_a_time_of_day_in_ones_own_zone() {
        check("2026-11-24T08:03:00Z", "UTC", "08:03");
        check("2026-11-24T08:03:00Z", "Europe/Berlin", "09:03");
    }

    #[test]
    fn other_days_say_which() {
        check("2026-11-23T23:30:00Z", "UTC", "Mon 23 Nov, 23:30");
        check("2026-11-23T23:30:00Z", "Europe/Berlin", "00:30");
        check("2026-10-01T08:03:00Z", "UTC", "1 Oct, 08:03");
        check("2025-12-31T08:03:00Z", "UTC", "31 Dec 2025, 08:03");
        check("2026-11-29T08:03:00Z", "UTC", "Sun 29 Nov, 08:03");
    }

    #[test]
    fn ages_have_one_unit() {
        let ages = [0, 59, 60, 3_599, 3_600, 172_799, 172_800].map(|seconds| age(Duration::from_secs(seconds)));
        assert_eq!(
            ages,
            ["under 1 min", "under 1 min", "1 min", "59 min", "1 h", "47 h", "2 days"]
        );
    }

    #[test]
    fn what_is_to_come_is_told_by_how_long_it_takes() {
        let now = Timestamp::from_millis(1_790_000_000_000);
        let shown = left(now + Duration::from_millis(7_500), now, &TimeZone::UTC);
        assert_eq!(
            (shown.text.as_str(), shown.machine.as_str()),
            ("8 seconds", "2026-09-21T14:13:27.5Z")
        );
    }

    #[test]
    fn waits_are_never_shorter_than_they_are() {
        let waits = [0, 1, 32, 91, 900].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(waits, ["1 second", "1 second", "32 seconds", "2 minutes", "15 minutes"]);
    }
}
