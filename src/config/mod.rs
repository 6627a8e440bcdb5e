//! What the process needs to start: read, checked, explained.
