//! What is remembered of a feed: which items were seen, what its server said last, and when to look again after failures.

use serde::{Deserialize, Serialize};

use crate::parse::Item;

/// Items that are remembered: more than any feed shows at once.
const SEEN_MAX: usize = 500;

/// After the first failure it is left alone for so long, doubled with each further one …
const REST_MILLIS: u64 = 30 * 60 * 1_000;

/// … up to a day.
const REST_MILLIS_MAX: u64 = 24 * 3_600 * 1_000;

/// What is remembered of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Memory {
    /// As the server named the version that was read.
    pub(crate) etag: Option<String>,
    /// When that was changed, in the server's words.
    pub(crate) modified: Option<String>,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Not asked before, in milliseconds since the epoch.
    rests_until: u64,
    /// Digests of what was seen, the oldest first.
    seen: Vec<String>,
}

impl Memory {
    /// Where it is kept.
    pub(crate) fn key(feed: &str) -> String {
        format!("feed/{feed}")
    }

    /// Whether it is too early to ask again.
    pub(crate) fn rests(&self, now: u64) -> bool {
        now < self.rests_until
    }

    /// Whether nothing of the feed was ever seen.
    pub(crate) fn is_new(&self) -> bool {
        self.seen.is_empty()
    }

    /// It could not be read.
    pub(crate) fn failed(mut self, now: u64) -> Self {
        let rest = REST_MILLIS.saturating_mul(2_u64.saturating_pow(self.failures));
        self.failures += 1;
        self.rests_until = now + rest.min(REST_MILLIS_MAX);
        self
    }

    /// It was read.
    pub(crate) fn rested(mut self) -> Self {
        self.failures = 0;
        self.rests_until = 0;
        self
    }

    /// Those that were not seen, each once.
    pub(crate) fn new_of(&self, items: &[Item]) -> Vec<Item> {
        let mut new: Vec<Item> = Vec::new();
        for item in items {
            let seen = item.keys().any(|key| self.seen.contains(&digest(key)));
            let twice = new
                .iter()
                .any(|known| known.keys().any(|key| item.keys().any(|other| other == key)));
            if !seen && !twice {
                new.push(item.clone());
            }
        }
        new
    }

    /// They were seen.
    pub(crate) fn see(&mut self, items: &[Item]) {
        // The feed's first item is its newest: what it shows now is remembered longest.
        for item in items.iter().rev() {
            for key in item.keys().map(digest) {
                self.seen.retain(|known| *known != key);
                self.seen.push(key);
            }
        }
        let old = self.seen.len().saturating_sub(SEEN_MAX);
        self.seen.drain(..old);
    }
}

/// Names a text in a key. FNV-1a with 64 bits: nobody gains by making two alike.
pub(crate) fn digest(text: &str) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let digest = text
        .bytes()
        .fold(BASIS, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, link: &str) -> Item {
        Item {
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            link: Some(link.to_owned()),
            title: "a title".to_owned(),
            ..Item::default()
        }
    }

    #[test]
    fn an_item_is_new_once_by_id_and_by_link() {
        let mut memory = Memory::default();
        let items = [item("1", "https://a.example/1"), item("2", "https://a.example/2")];
        assert_eq!(memory.new_of(&items), items);
        memory.see(&items);
        assert!(memory.new_of(&items).is_empty());
        assert!(memory.new_of(&[item("1", "https://a.example/moved")]).is_empty());
        assert!(memory.new_of(&[item("other", "https://a.example/2")]).is_empty());
        let twice = [item("3", "https://a.example/3"), item("3", "https://a.example/3")];
        assert_eq!(memory.new_of(&twice).len(), 1);
    }

    #[test]
    fn what_the_feed_shows_is_remembered_whatever_came_before() {
        let mut memory = Memory::default();
        let first = [item("first", "https://a.example/first")];
        for number in 0..1_000 {
            let mut shown = vec![item(&number.to_string(), &format!("https://a.example/{number}"))];
            shown.extend_from_slice(&first);
            memory.see(&shown);
        }
        assert_eq!(memory.seen.len(), SEEN_MAX);
        assert!(memory.new_of(&first).is_empty());
    }

    #[test]
    fn a_feed_that_fails_is_asked_less_and_less() {
        let mut memory = Memory::default();
        let mut waits = Vec::new();
        for _ in 0..8 {
            memory = memory.failed(0);
            waits.push(memory.rests_until / 60_000);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_440, 1_440]);
        assert!(memory.rests(60_000) && !memory.clone().rested().rests(60_000));
    }
}
