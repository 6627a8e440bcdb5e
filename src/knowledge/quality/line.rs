//! From which probability on a base answers, fitted to what people said of its answers. Pure.
//!
//! The line is the lowest one at which the judged answers that pass it show the wanted precision: the score bound of [`Share`] reaches
//! it. That is selective classification as in Y. Geifman and R. El-Yaniv, "Selective Classification for Deep Neural Networks", 2017,
//! with two differences. The bound is taken at each line alone, so that among many lines one may pass by luck; and a few labels may
//! move the line a little only, which is what keeps luck small. The probabilities themselves stay as they are.
//!
//! It is a function of the labels and of nothing else: neither their order nor the line before counts.

use std::collections::BTreeMap;

use super::share::Share;
use crate::knowledge::scoring::{LINE_MAX, Line, Lines};
use crate::model::ids::{EntryId, IdentityId};
use crate::model::quality::{Basis, Fit};
use crate::storage::quality::Label;

/// Fewer labels say nothing: the careful value stays.
pub const LABELS_MIN: u32 = 50;

/// So many hundredths may each label move the line: fifty move it by a tenth at most.
const HUNDREDTHS_PER_LABEL: f32 = 0.2;

/// Below the line that a base begins with, as many labels have to lie within [`NEAR`] above a line, and those between the two have to be
/// as right as is wanted: it is not drawn where nobody has looked, nor where only what lies higher is right.
const SUPPORT_MIN: usize = 10;

/// See [`SUPPORT_MIN`].
const NEAR: f32 = 0.05;

/// Who asked is not told what is less likely than this, whatever labels say; what was overheard needs more.
const LINE_MIN_ADDRESSED: f32 = 0.40;

/// See [`LINE_MIN_ADDRESSED`].
const LINE_MIN_OVERHEARD: f32 = 0.75;

/// Both lines: who was not asked is at least as sure as who was.
pub fn fits(addressed: Fit, overheard: Fit) -> (Fit, Fit) {
    if overheard.line >= addressed.line {
        return (addressed, overheard);
    }
    let raised = Fit {
        line: addressed.line,
        basis: Basis::AsAsked,
        ..overheard
    };
    (addressed, raised)
}

/// The line at which `wanted` of a hundred answers are right.
pub fn fit(line: Line, wanted: u8, labels: &[Label]) -> Fit {
    let labels = distinct(labels);
    let start = Lines::START.of(line);
    let count = u32::try_from(labels.len()).unwrap_or(u32::MAX);
    if count < LABELS_MIN {
        return at(start, Basis::Start, &labels);
    }
    let least = match line {
        Line::Addressed => LINE_MIN_ADDRESSED,
        Line::Overheard => LINE_MIN_OVERHEARD,
    };
    let (lowest, highest) = reach(start, count, least);
    let wanted = f64::from(wanted) / 100.0;
    let shows = |line: &f32| {
        let own = || within(&labels, *line, start).reaches(wanted) && near(&labels, *line) >= SUPPORT_MIN;
        (*line >= start || own()) && above(&labels, *line).at_least() >= wanted
    };
    if above(&labels, start).reaches(wanted) {
        // Too few are right to show it, but none say otherwise: there is nothing to be stricter for.
        let lowest = lines(lowest, start).find(shows);
        return lowest.map_or_else(
            || at(start, Basis::Start, &labels),
            |line| at(line, Basis::Fitted, &labels),
        );
    }
    match lines(lowest, highest).find(shows) {
        Some(line) => at(line, Basis::Fitted, &labels),
        None => at(highest, Basis::Strictest, &labels),
    }
}

/// What one person said of one entry counts once, as they said it last: nobody moves a line by pressing often. What staff say counts
/// each time, because they look at each question.
fn distinct(labels: &[Label]) -> Vec<&Label> {
    let mut last: BTreeMap<(IdentityId, &EntryId), &Label> = BTreeMap::new();
    let mut distinct = Vec::new();
    for label in labels {
        match label.asker.filter(|_| !label.by_staff) {
            Some(asker) => {
                let said = last.entry((asker, &label.entry)).or_insert(label);
                if said.seq < label.seq {
                    *said = label;
                }
            }
            None => distinct.push(label),
        }
    }
    distinct.extend(last.into_values());
    distinct
}

/// Between which lines so many labels may choose.
fn reach(start: f32, labels: u32, least: f32) -> (f32, f32) {
    let labels = u16::try_from(labels).unwrap_or(u16::MAX);
    let reach = f32::from(labels) * HUNDREDTHS_PER_LABEL / 100.0;
    ((start - reach).max(least), (start + reach).min(LINE_MAX))
}

/// All lines in between, a hundredth apart, from the lowest on.
fn lines(lowest: f32, highest: f32) -> impl Iterator<Item = f32> {
    let lines = (0..=100_u8).map(|hundredth| f32::from(hundredth) / 100.0);
    lines.filter(move |line| (lowest..=highest).contains(line))
}

fn above(labels: &[&Label], line: f32) -> Share {
    within(labels, line, f32::INFINITY)
}

/// How many of those from `line` to below `end` are right.
fn within(labels: &[&Label], line: f32, end: f32) -> Share {
    let within = labels.iter().filter(|label| (line..end).contains(&label.probability));
    within.fold(Share::default(), |share, label| {
        Share::new(share.count + u64::from(label.right), share.of + 1)
    })
}

fn near(labels: &[&Label], line: f32) -> usize {
    let near = |label: &&&Label| (line..line + NEAR).contains(&label.probability);
    labels.iter().filter(near).count()
}

fn at(line: f32, basis: Basis, labels: &[&Label]) -> Fit {
    let above = above(labels, line);
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Fit {
        line,
        basis,
        labels: small(labels.len() as u64),
        above: small(above.of),
        right: small(above.count),
    }
}

#[cfg(test)]
mod tests;
