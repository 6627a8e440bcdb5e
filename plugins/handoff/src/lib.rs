//! The handoff plugin.
