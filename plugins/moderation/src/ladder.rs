//! What follows for the first time, the second, and so on. Pure.

/// A week: whoever has to be kept away longer is a matter for people.
const MINUTES_MAX: u32 = 7 * 24 * 60;

/// Longer ladders are a mistake.
const STEPS_MAX: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A friendly word.
    Warn,
    /// The message is deleted, too.
    Delete,
    /// The person is muted, too.
    Mute { minutes: u32 },
}

impl Step {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "warn" => Some(Self::Warn),
            "delete" => Some(Self::Delete),
            _ => {
                let minutes = text.strip_prefix("mute ")?.trim().parse().ok()?;
                (1..=MINUTES_MAX).contains(&minutes).then_some(Self::Mute { minutes })
            }
        }
    }

    /// For staff.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Warn => "a warning".to_owned(),
            Self::Delete => "the message was deleted".to_owned(),
            Self::Mute { minutes } => format!("the message was deleted, and they were muted for {minutes} min"),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ladder(Vec<Step>);

impl Ladder {
    /// As it is set, else as `usual` says.
    pub(crate) fn read(set: &[String], usual: &[&str]) -> Result<Self, String> {
        if set.len() > STEPS_MAX {
            return Err(format!("a ladder has at most {STEPS_MAX} steps"));
        }
        let read = |text: &str| {
            let step = Step::read(text);
            step.ok_or_else(|| {
                format!("“{text}” is no step: write warn, delete, or mute and its minutes, such as mute 10")
            })
        };
        let steps: Result<Vec<Step>, String> = if set.is_empty() {
            usual.iter().map(|text| read(text)).collect()
        } else {
            set.iter().map(|text| read(text)).collect()
        };
        Ok(Self(steps?))
    }

    /// For the `count`th time, from 1; whoever is past its end stays at its end.
    pub(crate) fn step(&self, count: i64) -> Step {
        let number = usize::try_from(count.max(1) - 1).unwrap_or(usize::MAX);
        let last = self.0.len().saturating_sub(1);
        self.0.get(number.min(last)).copied().unwrap_or(Step::Warn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_more_follows_and_the_last_step_stays() {
        let ladder = Ladder::read(&[], &["warn", "delete", "mute 10"]).unwrap();
        let steps = [0, 1, 2, 3, 4, i64::MAX].map(|count| ladder.step(count));
        let mute = Step::Mute { minutes: 10 };
        assert_eq!(steps, [Step::Warn, Step::Warn, Step::Delete, mute, mute, mute]);
    }

    #[test]
    fn what_is_set_counts_and_what_is_no_step_is_named() {
        let ladder = Ladder::read(&["Mute 60".to_owned()], &["warn"]).unwrap();
        assert_eq!(ladder.step(1), Step::Mute { minutes: 60 });
        for odd in ["ban", "mute", "mute 0", "mute 10081", "mute ten", ""] {
            let read = Ladder::read(&[odd.to_owned()], &["warn"]);
            assert!(read.is_err_and(|why| why.contains("is no step")), "{odd}");
        }
    }
}
