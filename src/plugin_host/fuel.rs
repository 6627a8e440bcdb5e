//! Counts what a plugin computes, in instructions of WebAssembly: the same number for the same events on every machine, which no
//! time is. For the test kit alone.

use std::sync::atomic::{AtomicU64, Ordering};

/// More than any call can use up; the clock ends it long before.
pub(super) const TANK: u64 = u64::MAX;

/// What one plugin burns in `handle`, all its instances together.
#[derive(Debug)]
pub struct Fuel {
    plugin: String,
    burnt: AtomicU64,
}

impl Fuel {
    /// Counts for the plugin of that id.
    pub fn of(plugin: &str) -> Self {
        Self {
            plugin: plugin.to_owned(),
            burnt: AtomicU64::new(0),
        }
    }

    /// So far.
    pub fn burnt(&self) -> u64 {
        self.burnt.load(Ordering::SeqCst)
    }

    pub(super) fn counts_for(&self, plugin: &str) -> bool {
        self.plugin == plugin
    }

    /// A call began with a full tank and left so much of it.
    pub(super) fn count(&self, left: u64) {
        self.burnt.fetch_add(TANK - left, Ordering::SeqCst);
    }
}
