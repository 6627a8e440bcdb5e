//! What is done about somebody who breaks the rules of a place.

use crate::types::{Measure, Moderation};

impl Moderation {
    /// Writes down that they were warned, and why. The words are a reply. The reason is for staff and for the platform's log.
    pub fn warn(person: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            person: person.into(),
            messages: Vec::new(),
            measure: Measure::None,
            reason: reason.into(),
        }
    }

    /// Takes a mute or a ban back.
    pub fn lift(person: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::warn(person, reason).measure(Measure::Lift)
    }

    /// Deletes what they said, too.
    #[must_use]
    pub fn delete(mut self, messages: impl IntoIterator<Item = String>) -> Self {
        self.messages.extend(messages);
        self
    }

    /// They cannot write for so many seconds: a minute to a year.
    #[must_use]
    pub fn mute(self, seconds: u32) -> Self {
        self.measure(Measure::Mute(seconds))
    }

    /// They are taken out, and may come back.
    #[must_use]
    pub fn kick(self) -> Self {
        self.measure(Measure::Kick)
    }

    /// They are taken out for good.
    #[must_use]
    pub fn ban(self) -> Self {
        self.measure(Measure::Ban)
    }

    fn measure(mut self, measure: Measure) -> Self {
        self.measure = measure;
        self
    }
}
