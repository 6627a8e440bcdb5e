//! When staff are there, week by week, as people write it: `mon-fri 09:00-17:00`.
//!
//! Owns the form and its check. What moment a line means in a zone is `handoff`'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A week has no use for more lines, and a page shows them all.
const LINES_MAX: usize = 50;

/// The end of the day.
const DAY_MINUTES: u16 = 24 * 60;

/// Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The hours of a week, read in the community's zone. Without a line somebody is always there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Hours {
    lines: Vec<Span>,
}

/// One line: the same hours on some days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From 0 for Monday.
    first: u8,
    /// From 0 for Monday; before `first` over the end of the week.
    last: u8,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight, behind `opens`; 1440 is the end of the day.
    pub closes: u16,
}

/// Why a line cannot be read. For the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// It has another form.
    #[error("\u{201c}{0}\u{201d} cannot be read as hours. They look like \u{201c}mon-fri 09:00-17:00\u{201d}.")]
    Form(String),
    /// It ends before it begins.
    #[error(
        "\u{201c}{0}\u{201d} ends before it begins. Hours over midnight are two lines, up to 24:00 and from 00:00."
    )]
    Order(String),
    /// There are too many.
    #[error("At most {LINES_MAX} lines of hours can be kept.")]
    TooMany,
}

impl Hours {
    /// Reads one line each; empty ones are left out.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read.
    pub fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, HoursError> {
        let lines = lines.into_iter().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<Span> = lines.map(str::parse).collect::<Result<_, _>>()?;
        if lines.len() > LINES_MAX {
            return Err(HoursError::TooMany);
        }
        Ok(Self { lines })
    }

    /// Whether somebody is there at any time.
    pub fn are_always(&self) -> bool {
        self.lines.is_empty()
    }

    /// As people write them.
    pub fn lines(&self) -> Vec<String> {
        self.lines.iter().map(Span::to_string).collect()
    }

    /// The hours of a day, from 0 for Monday.
    pub fn of_day(&self, day: u8) -> impl Iterator<Item = Span> + '_ {
        self.lines.iter().copied().filter(move |span| span.holds(day))
    }
}

impl Span {
    fn holds(self, day: u8) -> bool {
        if self.first <= self.last {
            (self.first..=self.last).contains(&day)
        } else {
            day >= self.first || day <= self.last
        }
    }
}

impl FromStr for Span {
    type Err = HoursError;

    fn from_str(line: &str) -> Result<Self, HoursError> {
        let span = read(line).ok_or_else(|| HoursError::Form(line.to_owned()))?;
        if span.closes <= span.opens {
            return Err(HoursError::Order(line.to_owned()));
        }
        Ok(span)
    }
}

fn read(line: &str) -> Option<Span> {
    let line = line.to_ascii_lowercase();
    let (days, hours) = line.split_once(char::is_whitespace)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (opens, closes) = hours.trim().split_once('-')?;
    Some(Span {
        first: day(first)?,
        last: day(last)?,
        opens: minutes(opens)?,
        closes: minutes(closes)?,
    })
}

fn day(name: &str) -> Option<u8> {
    let at = DAYS.iter().position(|day| *day == name)?;
    u8::try_from(at).ok()
}

fn minutes(time: &str) -> Option<u16> {
    let (hour, minute) = time.trim().split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (DAYS[usize::from(self.first)], DAYS[usize::from(self.last)]);
        f.write_str(first)?;
        if first != last {
            write!(f, "-{last}")?;
        }
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, " {}-{}", clock(self.opens), clock(self.closes))
    }
}

impl TryFrom<Vec<String>> for Hours {
    type Error = HoursError;

    fn try_from(lines: Vec<String>) -> Result<Self, HoursError> {
        Self::read(lines.iter().map(String::as_str))
    }
}

impl From<Hours> for Vec<String> {
    fn from(hours: Hours) -> Self {
        hours.lines()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_days(line: &str, expected: &[u8]) {
        let hours = Hours::read([line]).expect("the line can be read");
        let days: Vec<u8> = (0..7).filter(|day| hours.of_day(*day).count() == 1).collect();
        assert_eq!(days, expected);
        assert_eq!(hours.lines(), [line]);
    }

    #[test]
    fn a_line_is_read_and_written_as_people_write_it() {
        check_days("mon-fri 09:00-17:00", &[0, 1, 2, 3, 4]);
        check_days("sat 10:00-24:00", &[5]);
        check_days("sat-mon 00:00-06:30", &[0, 5, 6]);
    }

    #[test]
    fn what_is_no_line_of_hours_is_refused_with_an_example() {
        for line in [
            "weekdays 9-17",
            "mon 9:00-17:00",
            "mon 09:00-25:00",
            "mon 09:60-10:00",
            "mon",
            "mon -1:00-02:00",
        ] {
            assert_eq!(Hours::read([line]), Err(HoursError::Form(line.to_owned())));
        }
        let over_midnight = "fri 22:00-02:00";
        assert_eq!(
            Hours::read([over_midnight]),
            Err(HoursError::Order(over_midnight.to_owned()))
        );
        assert_eq!(Hours::read(["mon 09:00-17:00"; 51]), Err(HoursError::TooMany));
    }

    #[test]
    fn empty_lines_say_nothing_and_no_line_means_always() {
        assert!(Hours::read(["", "  "]).expect("empty lines are left out").are_always());
    }
}
