//! Durable later work: one runner that fires what is due.
