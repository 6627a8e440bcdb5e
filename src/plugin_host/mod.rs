//! The sandbox that plugins run in.

mod first_party;

pub use self::first_party::{FirstParty, first_party};
