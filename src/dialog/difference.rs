//! Where a dialog went differently from how it is written. Pure.

use std::fmt;

use super::line::{Line, read};

/// The first place where it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the file, from 1.
    pub line: usize,
    /// The last thing that was said or done before.
    pub after: String,
    /// What the file has from there to the next thing that is said or done.
    pub expected: Vec<String>,
    /// What came instead.
    pub came: Vec<String>,
}

impl Difference {
    /// None when both are the same.
    pub(super) fn between(written: &str, played: &str) -> Option<Self> {
        let (written, played): (Vec<_>, Vec<_>) = (written.lines().collect(), played.lines().collect());
        let same = written.iter().zip(&played).take_while(|(a, b)| a == b).count();
        if same == written.len() && same == played.len() {
            return None;
        }
        let after = written[..same].iter().rev().find(|line| is_done(line));
        let rest = |lines: &[&str]| {
            let came = lines[same..].iter().take_while(|line| !is_done(line));
            came.map(|line| (*line).to_owned()).collect()
        };
        Some(Self {
            line: same + 1,
            after: after.map(|line| (*line).to_owned()).unwrap_or_default(),
            expected: rest(&written),
            came: rest(&played),
        })
    }
}

/// Whether the line says something or does something, so that the world answers.
fn is_done(line: &str) -> bool {
    !matches!(
        read(line),
        None | Some(Line::Blank | Line::Expected | Line::Inbox | Line::Posts | Line::Questions | Line::Why)
    )
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after:    {}", self.after)?;
        for (word, lines) in [("expected: ", &self.expected), ("came:     ", &self.came)] {
            if lines.is_empty() {
                write!(f, "\n{word}nothing")?;
            }
            for (number, line) in lines.iter().enumerate() {
                let word = if number == 0 { word } else { "          " };
                write!(f, "\n{word}{line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "# A greeting.\nalice@web: Hello\nbot@alice: Hello, alice!\n  [More]\nalice@web: Bye\n";

    #[track_caller]
    fn check(played: &str, expected: &str) {
        let difference = Difference::between(WRITTEN, played).expect("it went differently");
        assert_eq!(format!("{}\n{difference}", difference.line), expected);
    }

    #[test]
    fn the_same_is_no_difference() {
        assert_eq!(Difference::between(WRITTEN, WRITTEN), None);
    }

    #[test]
    fn what_was_expected_and_what_came_are_told_up_to_the_next_thing_said() {
        check(
            "# A greeting.\nalice@web: Hello\nbot@alice: Hi.\nalice@web: Bye\n",
            "3\nafter:    alice@web: Hello\nexpected: bot@alice: Hello, alice!\n            [More]\ncame:     bot@alice: Hi.",
        );
    }

    #[test]
    fn silence_and_too_much_are_told_too() {
        check(
            "# A greeting.\nalice@web: Hello\nalice@web: Bye\n",
            "3\nafter:    alice@web: Hello\nexpected: bot@alice: Hello, alice!\n            [More]\ncame:     nothing",
        );
        check(
            &format!("{WRITTEN}bot@alice: Bye.\n"),
            "6\nafter:    alice@web: Bye\nexpected: nothing\ncame:     bot@alice: Bye.",
        );
    }
}
