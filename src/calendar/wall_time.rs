//! What moment a wall time in a zone means. Pure.
//!
//! A wall time that the zone skips moves to the next minute that exists; one that it repeats is the first of the two.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::Refusal;
use crate::model::Timestamp;

/// The moment of `local`, written `2026-12-24T18:00`, in the IANA zone `zone`.
///
/// # Errors
///
/// When the zone or the time is not readable.
pub fn moment(local: &str, zone: &str) -> Result<Timestamp, Refusal> {
    let zone = TimeZone::get(zone.trim()).map_err(|_| Refusal::Zone)?;
    let local: DateTime = local.trim().parse().map_err(|_| Refusal::Time)?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let found = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local),
        AmbiguousOffset::Gap { after, .. } => {
            // Read with the offset behind the gap, the time lies before it; the zone's next change ends the gap.
            let before_gap = after.to_timestamp(local).map_err(|_| Refusal::Time)?;
            let end = zone.following(before_gap).next().ok_or(Refusal::Time)?;
            Ok(end.timestamp())
        }
    };
    let found = found.map_err(|_| Refusal::Time)?;
    Ok(Timestamp::from_millis(found.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(local: &str, zone: &str, expected: &str) {
        assert_eq!(
            moment(local, zone).map(|moment| moment.to_string()),
            Ok(expected.to_owned())
        );
    }

    #[test]
    fn a_wall_time_is_read_in_its_zone() {
        check("2026-12-24T18:00", "Europe/Berlin", "2026-12-24T17:00:00Z");
        check("2026-07-24T18:00", "America/New_York", "2026-07-24T22:00:00Z");
    }

    #[test]
    fn a_time_that_the_zone_skips_moves_to_the_next_minute_that_exists() {
        check("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00:00Z");
        check("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00:00Z");
        check("2026-03-29T02:59", "Europe/Berlin", "2026-03-29T01:00:00Z");
        check("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00Z");
    }

    #[test]
    fn a_time_that_the_zone_repeats_is_the_first_of_the_two() {
        check("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z");
    }

    #[test]
    fn what_is_not_readable_is_refused() {
        assert_eq!(moment("tomorrow", "Europe/Berlin"), Err(Refusal::Time));
        assert_eq!(moment("2026-02-30T10:00", "Europe/Berlin"), Err(Refusal::Time));
        assert_eq!(moment("2026-12-24T18:00", "Berlin"), Err(Refusal::Zone));
    }
}
