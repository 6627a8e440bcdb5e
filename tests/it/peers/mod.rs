//! Connectors as they are, and the whole program, against servers that others wrote.
//!
//! `cargo xtask test` starts the servers (`tests/peers`) and tells where they are. Without them `cargo test` shows these
//! tests as ignored; what a server cannot do is tested against our fakes, which say that they are fakes.

mod authors;
mod discord;
mod discord_people;
mod guides;
mod init;
mod readme;
mod telegram;

use std::time::Duration;

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the server is that `cargo xtask test` has started.
fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set; `cargo xtask test` starts what this test needs"))
}
