//! Tags within a line of markdown: which of them are markup, which hide what is between them, and which are words. Pure.

use std::collections::HashMap;
use std::ops::Range;

use super::html::{self, Tag};

/// Elements whose text is a program's: also when they are never closed.
const RAW: [&str; 2] = ["script", "style"];

/// Elements that need no end.
const ENDLESS: [&str; 2] = ["p", "li"];

/// What is cut of a block that ends at `end`, in order. `tags` are those in its lines, with where they stand.
///
/// What nobody closes is no element but a word, as in `/poll <title>`, and stays.
pub(super) fn cuts(tags: &[(Range<usize>, Option<Tag>)], end: usize) -> Vec<Range<usize>> {
    let closed = closed(tags);
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for (number, (at, tag)) in tags.iter().enumerate() {
        let cut = match (tag, closed[number]) {
            (Some(Tag::Open(open)), Some(close)) if open.hidden || html::HIDDEN.contains(&open.name.as_str()) => {
                at.start..tags[close].0.end
            }
            (Some(Tag::Open(open)), None) if open.is_alone => at.clone(),
            (Some(Tag::Open(open)), None) if open.hidden || RAW.contains(&open.name.as_str()) => {
                at.start..end.max(at.end)
            }
            (Some(Tag::Open(open)), None) if !open.has_attributes && !ENDLESS.contains(&open.name.as_str()) => continue,
            _ => at.clone(),
        };
        if cuts.last().is_none_or(|last| last.end <= cut.start) {
            cuts.push(cut);
        }
    }
    cuts
}

/// For each tag that opens an element, which one closes it.
fn closed(tags: &[(Range<usize>, Option<Tag>)]) -> Vec<Option<usize>> {
    let mut closed = vec![None; tags.len()];
    let mut opened: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, (_, tag)) in tags.iter().enumerate() {
        match tag {
            Some(Tag::Open(open)) if !open.is_alone => opened.entry(&open.name).or_default().push(number),
            Some(Tag::Close(name)) => {
                if let Some(open) = opened.get_mut(name.as_str()).and_then(Vec::pop) {
                    closed[open] = Some(number);
                }
            }
            _ => {}
        }
    }
    closed
}
