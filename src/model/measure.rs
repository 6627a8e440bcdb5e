//! What is done about somebody who breaks the rules of a place, and about what they said there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::amount;
use super::ids::PluginId;
use super::timestamp::Timestamp;

/// Who is to be taken out is taken out within this, or not at all: a day later they may have been forgiven, or come back as
/// somebody whom everybody talks with. Longer than most troubles of a platform.
pub const TAKEN_WITHIN: Duration = Duration::from_mins(15);

/// What staff read of a mute that came too late to be one.
pub const OVER: &str = "the time of the mute was over before it could be done";

/// What is done about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Measure {
    /// They cannot write there. It ends at a moment, so that a late or repeated delivery makes it no longer.
    Mute {
        /// As long as it was meant to be.
        seconds: u32,
        /// Until then.
        until: Timestamp,
    },
    /// They are taken out, and may come back.
    Kick,
    /// They are taken out, and may not come back.
    Ban,
    /// They may write and come back again.
    Lift,
}

impl Measure {
    /// What it does to somebody of this name, for staff: `mute Ann for 10 min`.
    pub fn words(self, name: &str) -> String {
        match self {
            Self::Mute { seconds, .. } => {
                let span = amount::span(Duration::from_secs(seconds.into()));
                format!("mute {name} for {span}")
            }
            Self::Kick => format!("take {name} out"),
            Self::Ban => format!("ban {name}"),
            Self::Lift => format!("let {name} write and come back again"),
        }
    }

    /// Until when there is sense in it, if it is asked for at `now`. A mute takes care of its own end.
    pub fn not_after(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Mute { until, .. } => Some(until),
            Self::Kick | Self::Ban => Some(now + TAKEN_WITHIN),
            Self::Lift => None,
        }
    }
}

/// Why a message of somebody else is to be deleted. Staff go on seeing what it said, because they answer for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// By whom.
    pub by: PluginId,
    /// Why, in words that the plugin chose.
    pub reason: String,
    /// What came of it.
    #[serde(default)]
    pub state: RemovalState,
}

/// What came of a deletion. It is the platform that does it, so only what it answers makes it done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum RemovalState {
    /// The platform is asked.
    Asked,
    /// The message is gone.
    #[default]
    Done,
    /// It stands, or may stand.
    NotDone {
        /// Why, for staff.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_told_as_staff_say_them() {
        let mute = Measure::Mute {
            seconds: 600,
            until: Timestamp::from_millis(600_000),
        };
        assert_eq!(mute.words("Ann"), "mute Ann for 10 min");
        assert_eq!(Measure::Lift.words("Ann"), "let Ann write and come back again");
    }
}
