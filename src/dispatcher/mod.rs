//! From an accepted event to one committed outcome.
//!
//! `accept` stores what connectors, the console and jobs hand in; `lanes` keep order; handlers and the plugin chain
//! decide; `commit` writes all of it in one unit. Nothing here sends.

pub mod handler;
pub mod outcome;

pub use self::handler::{Handler, HandlerError, KnowledgeSource, Snapshot};
pub use self::outcome::{Flow, Outcome, Stance};
