//! How good answers are, in words: the numbers that the console shows.

use std::time::Duration;

use anyhow::Result;

use super::{Ops, Reply};
use crate::knowledge::quality::{Group, LABELS_MIN, LineShown, Quality, Share};
use crate::model::amount::counted;
use crate::model::quality::Basis;

const DAY: Duration = Duration::from_hours(24);

impl Ops {
    /// The numbers of the last days, after what was edited and pressed since was looked at.
    pub(super) async fn quality(&self, days: u16) -> Result<Reply> {
        let knowledge = self.knowledge_as_asked().await?;
        knowledge.refit(self.community).await?;
        knowledge.try_out(self.community).await?;
        let since = self.clock.now() - DAY * u32::from(days);
        let quality = knowledge.quality(self.community, since).await?;
        Ok(Reply::table(&["what", "value"], rows(&quality)))
    }
}

fn rows(quality: &Quality) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut add = |what: String, value: String| rows.push(vec![what, value]);
    let wanted = quality.precision;
    let lines = [
        ("asked", wanted.addressed, &quality.addressed),
        ("overheard", wanted.overheard, &quality.overheard),
    ];
    for (what, wanted, line) in lines {
        add(format!("line, {what}"), line_in_words(wanted, line));
        let passing = line.passing;
        add(
            format!("would be answered, {what}"),
            of(passing, passing.count, passing.of),
        );
    }
    let numbers = &quality.numbers;
    group(&mut add, "asked", &numbers.addressed);
    group(&mut add, "overheard", &numbers.overheard);
    for topic in &numbers.topics {
        group(&mut add, &format!("topic {}", named(&topic.name)), topic);
    }
    for language in &numbers.languages {
        group(&mut add, &format!("language {}", named(&language.name)), language);
    }
    if let Some(trial) = &quality.trial {
        let old = if trial.is_old { ", before the last edit" } else { "" };
        let entries = counted(trial.entries, "entry", "entries");
        add("tried".to_owned(), format!("{}, {entries}{old}", trial.at));
        add("entries with one way to ask alone".to_owned(), trial.alone.to_string());
    }
    for pair in &quality.pairs {
        let texts = counted(pair.count, "text", "texts");
        let example = pair.examples.first().map_or("", |(text, _)| text.as_str());
        add(
            format!("{} taken for {}", pair.entry, pair.by),
            format!("{texts}, such as: {example}"),
        );
    }
    rows
}

fn line_in_words(wanted: u8, line: &LineShown) -> String {
    let fit = line.fit;
    let why = match fit.basis {
        Basis::Start if fit.labels < LABELS_MIN => format!(
            "the careful value to start with: {} of {LABELS_MIN} judged answers are there",
            fit.labels
        ),
        Basis::Start => format!(
            "the careful value to start with: {} judged answers are too few to show what is wanted",
            fit.labels
        ),
        Basis::Fitted => format!(
            "fitted: {} of {} judged answers above it were right",
            fit.right, fit.above
        ),
        Basis::AsAsked => "as strict as where the bot is asked: who did not ask is at least as sure".to_owned(),
        Basis::Strictest => format!(
            "{} judged answers show what is wanted nowhere, so it is as strict as they allow",
            fit.labels
        ),
    };
    format!("{:.2} for {wanted} % right; {why}", fit.line)
}

fn group(add: &mut impl FnMut(String, String), what: &str, group: &Group) {
    let (measured, estimated) = (group.measured, group.estimated);
    let mut say = |number: &str, value: String| add(format!("{what}, {number}"), value);
    if estimated.tried > 0 {
        let answered = of(estimated.coverage(), estimated.answered, estimated.tried);
        say("own texts that would be answered", answered);
        let wrong = of(estimated.wrong(), estimated.wrong, estimated.tried);
        say("own texts that would be answered wrongly", wrong);
    }
    say("questions", measured.asked.to_string());
    if measured.asked > 0 {
        let answered = of(measured.coverage(), measured.answered, measured.asked);
        say("answered", answered);
        say("right", of(measured.precision(), measured.right, measured.judged));
        let missed = format!("{} of {} judged", measured.missed, measured.silent_judged);
        say("should have been answered", missed);
    }
}

/// `80 % (71–87 %), 80 of 100`.
fn of(share: Share, count: u64, of: u64) -> String {
    format!("{share}, {count} of {of}")
}

fn named(name: &str) -> &str {
    if name.is_empty() { "unknown" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::quality::{Estimated, Measured};
    use crate::model::quality::Fit;

    #[test]
    fn a_line_says_what_it_rests_on() {
        let line = |basis| LineShown {
            fit: Fit {
                line: 0.62,
                basis,
                labels: 60,
                above: 50,
                right: 48,
            },
            passing: Share::default(),
        };
        let told = [Basis::Start, Basis::Fitted, Basis::Strictest].map(|basis| line_in_words(90, &line(basis)));
        assert_eq!(
            told,
            [
                "0.62 for 90 % right; the careful value to start with: 60 judged answers are too few to show what is wanted",
                "0.62 for 90 % right; fitted: 48 of 50 judged answers above it were right",
                "0.62 for 90 % right; 60 judged answers show what is wanted nowhere, so it is as strict as they allow",
            ]
        );
    }

    #[test]
    fn what_was_not_asked_has_no_shares() {
        let told = |shown: &Group| {
            let mut rows = Vec::new();
            group(&mut |what, value| rows.push(format!("{what}: {value}")), "asked", shown);
            rows
        };
        assert_eq!(told(&Group::default()), ["asked, questions: 0"]);
        let shown = Group {
            name: String::new(),
            measured: Measured {
                asked: 10,
                answered: 8,
                judged: 4,
                right: 3,
                silent_judged: 1,
                missed: 1,
            },
            estimated: Estimated {
                tried: 20,
                answered: 10,
                wrong: 1,
            },
        };
        assert_eq!(
            told(&shown),
            [
                "asked, own texts that would be answered: 50 % (30–70 %), 10 of 20",
                "asked, own texts that would be answered wrongly: 5 % (1–24 %), 1 of 20",
                "asked, questions: 10",
                "asked, answered: 80 % (49–94 %), 8 of 10",
                "asked, right: 75 % (30–95 %), 3 of 4",
                "asked, should have been answered: 1 of 1 judged",
            ]
        );
    }
}
