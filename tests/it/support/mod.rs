//! A whole runtime in a temporary folder, on a clock that tests move.

pub mod chain;
pub mod entries;
pub mod examined;
pub mod handlers;
pub mod program;
pub mod runtime;
pub mod sink;
pub mod terminal;

pub use self::handlers::{Script, answer};
pub use self::runtime::{Builder, Parts, TestRuntime, after_death, in_words, until_death};
