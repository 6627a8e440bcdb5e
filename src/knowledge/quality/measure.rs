//! How good a base is: what was asked and judged, beside what it makes of its own texts. Pure.

use std::collections::BTreeMap;

use super::share::Share;
use crate::knowledge::scoring::SUGGEST;
use crate::model::ids::EntryId;
use crate::model::quality::{Trial, Tried};
use crate::storage::quality::AskedCount;

/// Pairs of entries that are shown; who has told these apart looks again.
const PAIRS_MAX: usize = 50;

/// Of each pair so many texts are shown.
const EXAMPLES_MAX: usize = 3;

/// Questions with what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many there were.
    pub asked: u64,
    /// How many were answered.
    pub answered: u64,
    /// Of how many answers somebody has said whether they were right.
    pub judged: u64,
    /// How many of those were.
    pub right: u64,
    /// Of how many others staff have said whether they should have been answered.
    pub silent_judged: u64,
    /// How many of those should have been.
    pub missed: u64,
}

/// What a base makes of its own texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimated {
    /// How many were asked.
    pub tried: u64,
    /// How many would be answered.
    pub answered: u64,
    /// How many would be answered with another entry.
    pub wrong: u64,
}

/// One line of the numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The file of the entries, or the language; empty for what has none.
    pub name: String,
    /// What was asked.
    pub measured: Measured,
    /// What would be.
    pub estimated: Estimated,
}

/// All numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Of the bot.
    pub addressed: Group,
    /// Overheard by it.
    pub overheard: Group,
    /// What was asked of the bot, by the file of the entry that is nearest.
    pub topics: Vec<Group>,
    /// The same by language.
    pub languages: Vec<Group>,
}

/// Two entries that are taken for one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The one whose texts are taken.
    pub entry: EntryId,
    /// The one that takes them.
    pub by: EntryId,
    /// How many texts.
    pub count: usize,
    /// Some of them, the likeliest first, each with how sure the base is of the wrong one.
    pub examples: Vec<(String, f32)>,
}

impl Measured {
    /// Of what was asked, how much was answered.
    pub fn coverage(self) -> Share {
        Share::new(self.answered, self.asked)
    }

    /// Of the answers that were judged, how many were right.
    pub fn precision(self) -> Share {
        Share::new(self.right, self.judged)
    }

    fn add(&mut self, counted: &AskedCount) {
        let count = |wanted: bool| if wanted { counted.count } else { 0 };
        let (answered, judged) = (counted.answered, counted.fits.is_some());
        let fits = counted.fits == Some(true);
        self.asked += counted.count;
        self.answered += count(answered);
        self.judged += count(answered && judged);
        self.right += count(answered && fits);
        self.silent_judged += count(!answered && judged);
        self.missed += count(!answered && fits);
    }
}

impl Estimated {
    /// Of what was tried, how much would be answered.
    pub fn coverage(self) -> Share {
        Share::new(self.answered, self.tried)
    }

    /// Of what was tried, how much would be answered wrongly.
    pub fn wrong(self) -> Share {
        Share::new(self.wrong, self.tried)
    }

    fn add(&mut self, tried: &Tried, line: f32) {
        let said = tried.is_said(line);
        self.tried += 1;
        self.answered += u64::from(said);
        self.wrong += u64::from(said && !tried.is_right());
    }
}

/// Puts together what was counted and what was tried, at the line for who asks the bot.
pub fn numbers(counted: &[AskedCount], trial: Option<&Trial>, line: f32) -> Numbers {
    let mut numbers = Numbers::default();
    let (mut topics, mut languages) = (Groups::default(), Groups::default());
    for counted in counted {
        if counted.overheard {
            numbers.overheard.measured.add(counted);
            continue;
        }
        numbers.addressed.measured.add(counted);
        topics.of(&counted.topic).measured.add(counted);
        languages.of(&counted.language).measured.add(counted);
    }
    for tried in trial.iter().flat_map(|trial| &trial.tried) {
        numbers.addressed.estimated.add(tried, line);
        topics.of(&tried.topic).estimated.add(tried, line);
        languages.of(&tried.language).estimated.add(tried, line);
    }
    (numbers.topics, numbers.languages) = (topics.sorted(), languages.sorted());
    numbers
}

/// Groups by their name.
#[derive(Default)]
struct Groups(BTreeMap<String, Group>);

impl Groups {
    fn of(&mut self, name: &str) -> &mut Group {
        self.0.entry(name.to_owned()).or_insert_with(|| Group {
            name: name.to_owned(),
            ..Group::default()
        })
    }

    /// By name, what has none last.
    fn sorted(self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.0.into_values().collect();
        groups.sort_by_key(|group| group.name.is_empty());
        groups
    }
}

/// The entries that take each other's texts, with the most texts first. Only what would at least be offered counts.
pub fn pairs(trial: &Trial) -> Vec<Pair> {
    let mut pairs: BTreeMap<(&EntryId, &EntryId), Vec<&Tried>> = BTreeMap::new();
    for tried in trial.tried.iter().filter(|tried| tried.probability >= SUGGEST) {
        if let Some(by) = tried.best.as_ref().filter(|best| **best != tried.entry) {
            pairs.entry((&tried.entry, by)).or_default().push(tried);
        }
    }
    let pairs = pairs.into_iter().map(|((entry, by), mut texts)| {
        texts.sort_by(|one, other| {
            let surer = other.probability.total_cmp(&one.probability);
            surer.then_with(|| one.text.cmp(&other.text))
        });
        let examples = texts.iter().take(EXAMPLES_MAX);
        Pair {
            entry: entry.clone(),
            by: by.clone(),
            count: texts.len(),
            examples: examples.map(|tried| (tried.text.clone(), tried.probability)).collect(),
        }
    });
    let mut pairs: Vec<Pair> = pairs.collect();
    pairs.sort_by(|one, other| {
        let surest = |pair: &Pair| pair.examples.first().map_or(0.0, |(_, probability)| *probability);
        let more = other.count.cmp(&one.count);
        more.then_with(|| surest(other).total_cmp(&surest(one)))
    });
    pairs.truncate(PAIRS_MAX);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn counted(overheard: bool, topic: &str, answered: bool, fits: Option<bool>, count: u64) -> AskedCount {
        AskedCount {
            overheard,
            topic: topic.to_owned(),
            language: if topic.is_empty() { "" } else { "en" }.to_owned(),
            answered,
            fits,
            count,
        }
    }

    fn tried(entry: &str, best: &str, probability: f32) -> Tried {
        Tried {
            entry: entry.into(),
            topic: "start.yaml".to_owned(),
            language: "en".to_owned(),
            text: format!("{entry} {probability}"),
            best: Some(best.into()),
            probability,
            sayable: true,
        }
    }

    fn trial(tried: Vec<Tried>) -> Trial {
        Trial {
            of: 1,
            scoring: "1".to_owned(),
            at: Timestamp::default(),
            entries: 2,
            alone: 0,
            tried,
        }
    }

    #[test]
    fn each_question_counts_in_all_its_groups_and_what_was_overheard_apart() {
        let all = [
            counted(false, "start.yaml", true, None, 10),
            counted(false, "start.yaml", true, Some(true), 7),
            counted(false, "money.yaml", true, Some(false), 3),
            counted(false, "start.yaml", false, None, 4),
            counted(false, "start.yaml", false, Some(true), 2),
            counted(false, "", false, Some(false), 1),
            counted(true, "start.yaml", true, Some(true), 5),
        ];
        let numbers = numbers(&all, None, 0.55);
        let expected = Measured {
            asked: 27,
            answered: 20,
            judged: 10,
            right: 7,
            silent_judged: 3,
            missed: 2,
        };
        assert_eq!(numbers.addressed.measured, expected);
        assert_eq!(numbers.overheard.measured.asked, 5);
        let names = |groups: &[Group]| groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&numbers.topics), ["money.yaml", "start.yaml", ""]);
        assert_eq!(names(&numbers.languages), ["en", ""]);
        let asked: u64 = numbers.topics.iter().map(|group| group.measured.asked).sum();
        assert_eq!(asked, 27);
    }

    #[test]
    fn what_would_be_answered_hangs_on_the_line() {
        let trial = trial(vec![
            tried("a", "a", 0.9),
            tried("a", "b", 0.6),
            tried("b", "b", 0.5),
            Tried {
                sayable: false,
                ..tried("b", "b", 0.95)
            },
        ]);
        let at = |line| numbers(&[], Some(&trial), line).addressed.estimated;
        let estimated = |answered, wrong| Estimated {
            tried: 4,
            answered,
            wrong,
        };
        assert_eq!(
            (at(0.55), at(0.8), at(0.4)),
            (estimated(2, 1), estimated(1, 0), estimated(3, 1))
        );
    }

    #[test]
    fn entries_that_take_texts_are_told_with_the_likeliest() {
        let trial = trial(vec![
            tried("a", "b", 0.4),
            tried("a", "b", 0.8),
            tried("b", "a", 0.9),
            tried("a", "b", 0.2),
            tried("a", "a", 0.9),
        ]);
        let pairs = pairs(&trial);
        let shown: Vec<_> = pairs
            .iter()
            .map(|pair| (pair.entry.as_str(), pair.by.as_str(), pair.count))
            .collect();
        assert_eq!(shown, [("a", "b", 2), ("b", "a", 1)]);
        assert_eq!(pairs[0].examples[0], ("a 0.8".to_owned(), 0.8));
    }
}
