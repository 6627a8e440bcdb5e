//! Who may read which entry, and where. Decides, and keeps nothing else than which entries hold something in brackets.

use super::Base;
use crate::knowledge::check;
use crate::model::directory::Audience;
use crate::model::entry::{Entry, Visibility};
use crate::model::finding::AskScope;

/// The platforms whose visitors are strangers even in a direct chat. Whoever sits at the terminal tries out what such a visitor is told.
const STRANGERS_PLATFORMS: [&str; 2] = ["web_chat", "terminal"];

/// Whether a scope may see an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Open,
    StaffOnly,
    NotHere,
    /// Its last day is over.
    Over,
}

impl Base {
    /// Whether `scope` may see the entry on this day.
    pub(super) fn access(&self, entry: &Entry, scope: &AskScope, today: &str) -> Access {
        let visibility = if self.masked.contains(&entry.id) {
            Visibility::Staff
        } else {
            entry.visibility
        };
        access(entry, visibility, scope, today)
    }

    /// Whoever stored it: what stands for personal data is for staff.
    pub(super) fn look_for_masks(&mut self, entry: &Entry) {
        if check::is_masked(entry) {
            self.masked.insert(entry.id.clone());
        } else {
            self.masked.remove(&entry.id);
        }
    }
}

fn access(entry: &Entry, visibility: Visibility, scope: &AskScope, today: &str) -> Access {
    if entry.is_over(today) {
        return Access::Over;
    }
    let here = |names: &[String]| {
        let place = scope.place.map(|place| place.to_string());
        names
            .iter()
            .any(|name| *name == scope.platform || Some(name) == place.as_ref())
    };
    if here(&entry.channels.not) || (!entry.channels.only.is_empty() && !here(&entry.channels.only)) {
        return Access::NotHere;
    }
    let alone = scope.audience == Audience::Direct;
    match visibility {
        Visibility::Members
            if !(scope.staff && alone)
                && (scope.audience == Audience::Public || STRANGERS_PLATFORMS.contains(&scope.platform.as_str())) =>
        {
            Access::NotHere
        }
        Visibility::Public | Visibility::Members => Access::Open,
        // Where others read along, staff asks in vain too: the answer would be read by all.
        Visibility::Staff if scope.staff && alone => Access::Open,
        Visibility::Staff => Access::StaffOnly,
    }
}
