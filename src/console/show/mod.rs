//! How things are shown: times in somebody's zone, contents as escaped HTML, states in words, ids as names.

pub(crate) mod content;
pub(crate) mod diff;
pub(crate) mod happened;
pub(crate) mod names;
pub(crate) mod time;
pub(crate) mod words;
