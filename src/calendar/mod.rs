//! Planned posts: drafts, schedule, publishing.
