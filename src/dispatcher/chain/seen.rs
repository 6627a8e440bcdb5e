//! What a plugin would have seen of what has happened: for an admin who thinks about installing it. Pure.

use std::collections::HashSet;

use super::index::EventIndex;
use super::shape::Shape;
use crate::model::event::EventBody;
use crate::plugin_host::Manifest;
use crate::storage::core::StoredEvent;

/// What a plugin would have seen of past events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Messages.
    pub messages: u64,
    /// Commands, reactions, people who came, and the like.
    pub others: u64,
    /// In so many places.
    pub places: u64,
    /// There were more events than were looked at.
    pub more: bool,
}

impl Seen {
    /// Counts what a plugin with this manifest would have seen of `events`. What it would have caused itself is not known.
    pub fn of<'a>(manifest: &Manifest, events: impl IntoIterator<Item = &'a StoredEvent>, more: bool) -> Self {
        let index = EventIndex::new([manifest]);
        let mut places = HashSet::new();
        let mut seen = Self {
            more,
            ..Self::default()
        };
        for stored in events {
            let body = &stored.new.event.body;
            let text = match body {
                EventBody::Message(message) => message.content.to_plain(),
                _ => String::new(),
            };
            if index.find(&Shape::past(body, &text, false)).is_empty() {
                continue;
            }
            match body {
                EventBody::Message(_) => seen.messages += 1,
                _ => seen.others += 1,
            }
            places.extend(stored.new.place);
        }
        seen.places = places.len() as u64;
        seen
    }
}
