//! Counts and stretches of time in words for admins: in the console, on the command line and in the log.

use std::time::Duration;

/// So many: `1 entry`, `2 entries`.
pub fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How long: `3 s`, `5 min`, `2 h`. Rounded up, because who waits that long has waited long enough.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// When a wait is over: `now`, `in 3 s`.
pub fn after(wait: Duration) -> String {
    if wait.is_zero() {
        "now".to_owned()
    } else {
        format!("in {}", span(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let entries = [0, 1, 2].map(|count: usize| counted(count, "entry", "entries"));
        assert_eq!(entries, ["0 entries", "1 entry", "2 entries"]);
    }

    #[test]
    fn a_wait_is_told_as_people_say_it_and_never_shorter_than_it_is() {
        let waits = [0, 1, 500, 2_000, 2_001, 90_000, 90_001, 900_000, 86_400_000];
        let told = waits.map(|millis| after(Duration::from_millis(millis)));
        assert_eq!(
            told,
            [
                "now",
                "in 1 s",
                "in 1 s",
                "in 2 s",
                "in 3 s",
                "in 90 s",
                "in 2 min",
                "in 15 min",
                "in 24 h"
            ]
        );
    }
}
