//! A base is asked its own ways to ask, each as if it were not there: what it would make of questions like these.
//!
//! Honest leave-one-out through the same scoring that members' questions go through, one question at a time, so that whoever runs it
//! never keeps members waiting. Which ways are asked hangs on their words alone.

use super::{Base, judge};
use crate::knowledge::files;
use crate::knowledge::scoring::{Question, fold, hash};
use crate::model::entry::{Entry, Visibility};
use crate::model::ids::EntryId;
use crate::model::language;
use crate::model::quality::Tried;

/// A way to ask of an entry that has others in the same language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    entry: EntryId,
    language: String,
    text: String,
}

impl Base {
    /// Names the entries with their revisions: another number is another base.
    pub fn fingerprint(&self) -> u64 {
        let one = |entry: &Entry| hash(&format!("{} {}", entry.id, entry.rev));
        self.list().fold(0, |sum, stored| sum ^ one(&stored.entry))
    }

    /// How many entries can be said, and how many of them have one way to ask alone.
    pub fn alone(&self, today: &str) -> (usize, usize) {
        let said = self.list().filter(|stored| !stored.entry.is_over(today));
        said.fold((0, 0), |(all, alone), stored| {
            let ways = ways(&stored.entry, &self.language);
            (
                all + 1,
                alone + usize::from(ways.iter().all(|(_, ways)| ways.len() < 2)),
            )
        })
    }

    /// At most `max` ways to ask, whatever was put first: the same until one of them is changed.
    pub fn sample(&self, max: usize, today: &str) -> Vec<Way> {
        let mut drawn: Vec<Drawn<'_>> = Vec::new();
        for stored in self.list().filter(|stored| !stored.entry.is_over(today)) {
            for (language, ways) in ways(&stored.entry, &self.language) {
                if ways.len() < 2 {
                    continue;
                }
                drawn.extend(ways.into_iter().map(|text| Drawn {
                    lot: hash(&format!("{} {text}", stored.entry.id)),
                    entry: &stored.entry,
                    language,
                    text,
                }));
                // Kept small while it grows: a base may have half a million.
                if drawn.len() > max * 4 {
                    keep_first(&mut drawn, max);
                }
            }
        }
        keep_first(&mut drawn, max);
        let ways = drawn.into_iter().filter(|drawn| drawn.has_others(&self.language));
        ways.map(|drawn| Way {
            entry: drawn.entry.id.clone(),
            language: drawn.language.to_owned(),
            text: drawn.text.to_owned(),
        })
        .collect()
    }

    /// What the base makes of one of its ways to ask, as if it were not there; nothing when its entry is gone meanwhile.
    pub fn try_out(&self, way: &Way, today: &str) -> Option<Tried> {
        let (slot, stored) = self.entries.get(&way.entry)?;
        let spoken = language::detect(&way.text).or(Some(&way.language));
        let question = Question::of_own(&self.index, &way.text, spoken, *slot).with_stored_embedding(*slot);
        let readers = stored.entry.visibility;
        let mut ranked = question.rank(&[]);
        ranked.retain(|ranked| {
            let found = self.of(ranked);
            found.is_some_and(|found| !found.entry.is_over(today) && is_seen_by(found.entry.visibility, readers))
        });
        let (_, probability, _) = judge(&ranked, &question, self.lines(&question).addressed);
        let best = ranked.first().and_then(|best| self.of(best));
        Some(Tried {
            entry: way.entry.clone(),
            topic: files::name_of(stored).to_owned(),
            language: way.language.split('-').next().unwrap_or_default().to_owned(),
            text: way.text.clone(),
            best: best.map(|best| best.entry.id.clone()),
            probability,
            sayable: best.is_some_and(|best| !self.is_demoted(&best.entry, today)),
        })
    }
}

/// A way to ask with the lot that decides whether it is among those that are asked.
struct Drawn<'a> {
    lot: u64,
    entry: &'a Entry,
    language: &'a str,
    text: &'a str,
}

impl Drawn<'_> {
    /// Whether its entry has a way to ask in other words, and this one is the first of those in its words.
    fn has_others(&self, language: &str) -> bool {
        let all = ways(self.entry, language);
        let own = all.iter().find(|(language, _)| *language == self.language);
        let texts = own.map_or(&[][..], |(_, texts)| texts.as_slice());
        let name = fold(self.text);
        let same = texts.iter().find(|text| fold(text) == name);
        !name.is_empty() && same == Some(&self.text) && texts.iter().any(|text| fold(text) != name)
    }
}

fn keep_first(drawn: &mut Vec<Drawn<'_>>, max: usize) {
    drawn.sort_unstable_by(|one, other| (one.lot, one.text).cmp(&(other.lot, other.text)));
    drawn.truncate(max);
}

/// Whether those who read an entry see the other one, too: an answer for staff takes no question away from members.
fn is_seen_by(other: Visibility, readers: Visibility) -> bool {
    match readers {
        Visibility::Public => other == Visibility::Public,
        Visibility::Members => other != Visibility::Staff,
        Visibility::Staff => true,
    }
}

/// The ways to ask by language.
fn ways<'a>(entry: &'a Entry, language: &'a str) -> Vec<(&'a str, Vec<&'a str>)> {
    let own = entry.language.as_deref().unwrap_or(language);
    let translated = entry.translations.iter();
    let translated = translated.map(|(language, text)| (language.as_str(), &text.question, &text.aliases));
    let all = [(own, &entry.question, &entry.aliases)].into_iter().chain(translated);
    all.map(|(language, question, aliases)| {
        let texts = std::iter::once(question).chain(aliases);
        (language, texts.map(String::as_str).collect())
    })
    .collect()
}

#[cfg(test)]
mod tests;
