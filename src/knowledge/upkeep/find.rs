//! What somebody should look at, from all that is known of a base. Pure, and the same for the same base whatever was put first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::answers::say_the_same;
use super::names::told_apart;
use super::things::Subject;
use crate::knowledge::{Base, day};
use crate::model::Timestamp;
use crate::model::entry::Entry;
use crate::model::ids::EntryId;
use crate::model::upkeep::{Concern, Finding, Link, LinkState};
use crate::storage::knowledge::StoredEntry;
use crate::storage::upkeep::Use;

/// What nobody was given in half a year is asked for in no season.
const UNUSED: Duration = Duration::from_hours(24 * 183);

/// A page that nobody has looked at for a year may say anything.
const UNCHECKED: Duration = Duration::from_hours(24 * 365);

/// All that is known beside the entries.
pub(super) struct Known {
    pub(super) used: Use,
    pub(super) links: Vec<Link>,
    /// Entries, each with the one that would answer in its place, and how surely.
    pub(super) stand_ins: Vec<(EntryId, EntryId, f32)>,
    /// Entries whose translations say what they said before they were changed, with the languages.
    pub(super) behind: HashMap<EntryId, Vec<String>>,
    /// The day where the community is.
    pub(super) today: String,
    pub(super) now: Timestamp,
}

/// All findings, in the order in which they are shown: first what is only suggested because of it; of each kind what is so for longest, and
/// of pairs those that are nearest.
pub(super) fn findings(base: &Base, known: &Known) -> Vec<Finding> {
    let used: HashMap<&EntryId, Timestamp> = known.used.last.iter().map(|(id, at)| (id, *at)).collect();
    let links: BTreeMap<&str, &Link> = known.links.iter().map(|link| (link.url.as_str(), link)).collect();
    let mut found: Vec<(Finding, String)> = Vec::new();
    for stored in base.list().filter(|stored| !stored.entry.is_over(&known.today)) {
        let entry = &stored.entry;
        let mut add = |concern| {
            let order = order(&concern);
            let entries = vec![(entry.id.clone(), entry.rev)];
            found.push((Finding { concern, entries }, order));
        };
        for source in &entry.sources {
            if let Some(link) = links.get(source.url.as_str())
                && let LinkState::Dead { since } = link.state
            {
                add(Concern::DeadLink {
                    url: link.url.clone(),
                    since: day(since),
                    why: link.why.clone(),
                });
            }
        }
        if let Some(day) = entry.review_by.as_ref().filter(|day| **day < known.today) {
            add(Concern::Overdue { day: day.clone() });
        }
        if let Some(languages) = known.behind.get(&entry.id) {
            add(Concern::SourceChanged {
                languages: languages.clone(),
            });
        }
        if let Some(concern) = unused(stored, used.get(&entry.id).copied(), known) {
            add(concern);
        }
        unchecked(stored, known.now).into_iter().for_each(&mut add);
    }
    found.extend(pairs(base, &known.stand_ins, &known.today));
    // Keys are of the entries alone, so that nothing hangs on what was put first.
    found.sort_by_cached_key(|(finding, order)| (rank(&finding.concern), order.clone(), finding.key()));
    let mut seen = HashSet::new();
    found.retain(|(finding, _)| seen.insert(finding.key()));
    found.into_iter().map(|(finding, _)| finding).collect()
}

/// Among those of its kind: days, as they are written, stand in their own order.
fn order(concern: &Concern) -> String {
    match concern {
        Concern::DeadLink { since: day, .. }
        | Concern::Overdue { day }
        | Concern::Unused { last: Some(day) }
        | Concern::Unchecked { checked: Some(day), .. } => day.clone(),
        _ => String::new(),
    }
}

fn rank(concern: &Concern) -> u8 {
    match concern {
        Concern::DeadLink { .. } => 0,
        Concern::Overdue { .. } => 1,
        Concern::Contradiction => 2,
        Concern::Duplicate => 3,
        Concern::SourceChanged { .. } => 4,
        Concern::Unused { .. } => 5,
        Concern::Unchecked { .. } => 6,
    }
}

/// Nobody was given it for long, and it was there all that while.
fn unused(stored: &StoredEntry, last: Option<Timestamp>, known: &Known) -> Option<Concern> {
    let before = known.now - UNUSED;
    // Where nothing older is kept, silence says nothing.
    let is_known = known.used.known_since.is_some_and(|since| since < before);
    let is_unused = is_known && stored.changed_at < before && last.is_none_or(|last| last < before);
    is_unused.then(|| Concern::Unused { last: last.map(day) })
}

/// Pages that nobody has looked at for long. Where nobody has ever said so, the last edit was a look.
fn unchecked(stored: &StoredEntry, now: Timestamp) -> Vec<Concern> {
    let before = day(now - UNCHECKED);
    let changed = day(stored.changed_at);
    let sources = stored.entry.sources.iter();
    let old = sources.filter(|source| source.checked.as_ref().unwrap_or(&changed) < &before);
    old.map(|source| Concern::Unchecked {
        url: source.url.clone(),
        checked: source.checked.clone(),
    })
    .collect()
}

/// Pairs of entries that are near, each with its place among them: whoever is asked in the very same words comes first.
fn pairs(base: &Base, stand_ins: &[(EntryId, EntryId, f32)], today: &str) -> Vec<(Finding, String)> {
    let mut near: BTreeMap<(EntryId, EntryId), f32> = BTreeMap::new();
    let subject = Subject::of(base, today);
    let is_one = |(one, other, _): &&(EntryId, EntryId, f32)| {
        let entries = base.get(one).zip(base.get(other));
        entries.is_some_and(|(one, other)| subject.is_one_question(&one.entry, &other.entry))
    };
    for (one, other, probability) in stand_ins.iter().filter(is_one) {
        let known = near.entry(ordered(one, other)).or_default();
        *known = known.max(*probability);
    }
    let candidates: Vec<(EntryId, EntryId)> = near.keys().cloned().collect();
    for (pair, told) in candidates.iter().zip(told_apart(base, &candidates, today)) {
        if told {
            near.remove(pair);
        }
    }
    // What is asked in the very same words is not told apart by anything.
    let twice = base.claimed_twice(today).into_iter();
    near.extend(twice.map(|(one, other)| (ordered(one, other), 1.0)));
    let found = near.into_iter().filter_map(|((one, other), probability)| {
        let (one, other) = (&base.get(&one)?.entry, &base.get(&other)?.entry);
        Some((pair(one, other), format!("{:.4}", 1.0 - probability)))
    });
    found.collect()
}

fn ordered(one: &EntryId, other: &EntryId) -> (EntryId, EntryId) {
    let (first, second) = if one.as_str() <= other.as_str() {
        (one, other)
    } else {
        (other, one)
    };
    (first.clone(), second.clone())
}

fn pair(one: &Entry, other: &Entry) -> Finding {
    Finding {
        concern: if say_the_same(one, other) {
            Concern::Duplicate
        } else {
            Concern::Contradiction
        },
        entries: vec![(one.id.clone(), one.rev), (other.id.clone(), other.rev)],
    }
}

#[cfg(test)]
mod tests;
