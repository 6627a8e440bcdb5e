//! The sandbox that plugins run in.

pub mod bindings;
mod first_party;

pub use self::first_party::{FirstParty, first_party};
