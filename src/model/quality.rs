//! How many answers are to be right, and what is known of how many are.
//!
//! Plain data that is stored and shown. How lines are fitted and a base is tried is `knowledge::quality`.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::EntryId;

/// Fewer right answers than this are no help, and more cannot be shown by any number of labels that a community has.
const PERCENT: std::ops::RangeInclusive<u8> = 50..=99;

/// Of a hundred answers, how many are to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Precision {
    /// Where the bot was asked.
    #[serde(rename = "precision")]
    pub addressed: u8,
    /// Where it only overheard.
    #[serde(rename = "precision_overheard")]
    pub overheard: u8,
}

impl Default for Precision {
    fn default() -> Self {
        Self {
            addressed: 90,
            overheard: 97,
        }
    }
}

impl Precision {
    /// What is wrong with it, for people; nothing when it can be.
    pub fn fault(self) -> Option<String> {
        let (least, most) = (PERCENT.start(), PERCENT.end());
        let outside = [self.addressed, self.overheard]
            .into_iter()
            .find(|percent| !PERCENT.contains(percent));
        outside.map(|percent| format!("{percent} of a hundred cannot be wanted; it is from {least} to {most}"))
    }
}

/// The line of a base, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// From this probability on is answered.
    pub line: f32,
    /// Why it is there.
    pub basis: Basis,
    /// How many judged answers it was fitted to.
    pub labels: u32,
    /// How many of them pass it.
    pub above: u32,
    /// How many of those were right.
    pub right: u32,
}

/// Why a line is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Too little was judged to show what is wanted: it is the careful value that every base begins with.
    Start,
    /// It is the lowest line at which the judged answers show what is wanted.
    Fitted,
    /// It would be lower than the line of who asked, and is as high as that.
    AsAsked,
    /// They show it nowhere: it is as strict as so few may make it.
    Strictest,
}

/// The lines of a base, with what they were fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fits {
    /// What was wanted then.
    pub precision: Precision,
    /// The scoring whose probabilities they are.
    pub scoring: String,
    /// Where the bot was asked.
    pub addressed: Fit,
    /// Where it only overheard.
    pub overheard: Fit,
}

/// A base that was asked its own ways to ask, each as if it were not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Names the base as it was then.
    pub of: u64,
    /// The scoring whose probabilities they are.
    pub scoring: String,
    /// When.
    pub at: Timestamp,
    /// How many entries there were.
    pub entries: u32,
    /// How many of them have one way to ask alone, so that nothing is left to find them by.
    pub alone: u32,
    /// What was asked, and found.
    pub tried: Vec<Tried>,
}

/// One way to ask that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// Whose it is.
    pub entry: EntryId,
    /// The file of the entry.
    pub topic: String,
    /// BCP 47.
    pub language: String,
    /// The way to ask.
    pub text: String,
    /// What was found.
    pub best: Option<EntryId>,
    /// That it is right.
    pub probability: f32,
    /// Whether what was found would be said outright, and not only offered, were the probability high enough.
    pub sayable: bool,
}

impl Tried {
    /// Whether the entry found is the one that the words are of.
    pub fn is_right(&self) -> bool {
        self.best.as_ref() == Some(&self.entry)
    }

    /// Whether it would be said at this line.
    pub fn is_said(&self, line: f32) -> bool {
        self.best.is_some() && self.sayable && self.probability >= line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_that_nothing_could_show_is_refused() {
        let fault = |addressed, overheard| Precision { addressed, overheard }.fault();
        assert_eq!(Precision::default().fault(), None);
        assert_eq!((fault(50, 99), fault(99, 50)), (None, None));
        let why = "100 of a hundred cannot be wanted; it is from 50 to 99".to_owned();
        assert_eq!(fault(90, 100), Some(why));
        assert!(fault(49, 97).is_some());
    }
}
