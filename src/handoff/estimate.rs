//! How long people wait, as far as the past tells. Pure.

use std::time::Duration;

/// Fewer waits than this are chance, and nothing is said of them.
const WAITS_MIN: usize = 5;

/// Whoever had to wait longer waited over a night or a weekend; a range with such waits in it helps nobody.
const LONGEST_SAID: Duration = Duration::from_hours(2);

/// Steps in which people think of minutes.
const STEPS: [u64; 13] = [1, 2, 3, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120];

/// Half of all waits lay in this range, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// The range in which the middle half of `waits` lies; none when there are too few, or they are too long to promise.
pub(super) fn range(mut waits: Vec<Duration>) -> Option<Range> {
    if waits.len() < WAITS_MIN {
        return None;
    }
    waits.sort_unstable();
    let (low, high) = (waits[waits.len() / 4], waits[waits.len() * 3 / 4]);
    if high > LONGEST_SAID {
        return None;
    }
    let from = STEPS.into_iter().rev().find(|step| Duration::from_mins(*step) <= low);
    let from = from.unwrap_or(STEPS[0]);
    let to = STEPS
        .into_iter()
        .find(|step| *step > from && Duration::from_mins(*step) >= high)?;
    Some(Range { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(minutes: &[u64], expected: Option<(u64, u64)>) {
        let waits = minutes.iter().map(|minutes| Duration::from_mins(*minutes)).collect();
        assert_eq!(range(waits).map(|range| (range.from, range.to)), expected);
    }

    #[test]
    fn half_of_all_waits_lie_in_the_range() {
        check(&[40, 1, 12, 9, 14, 22, 11, 3], Some((5, 25)));
        check(&[7; 5], Some((5, 10)));
        check(&[0; 5], Some((1, 2)));
    }

    #[test]
    fn nothing_is_said_of_too_few_or_of_nights() {
        check(&[5, 5, 5, 5], None);
        check(&[5, 600, 600, 600, 600], None);
    }
}
