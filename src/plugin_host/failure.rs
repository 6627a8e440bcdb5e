//! Why a call of a plugin failed, in the admin's words.

use std::time::Duration;

/// Why a call of a plugin failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It computed for too long.
    #[error("timed out: {} ms of CPU in {function}", limit.as_millis())]
    Cpu {
        /// The limit.
        limit: Duration,
        /// `init` or `handle`.
        function: &'static str,
    },
    /// It waited for too long.
    #[error("timed out: {} s in {function}", limit.as_secs())]
    Wall {
        /// The limit.
        limit: Duration,
        /// `init`, `handle`, or the host call in which it waited.
        function: &'static str,
    },
    /// It wanted more memory than it may have, and gave up.
    #[error("out of memory at {mib} MiB")]
    Memory {
        /// The limit.
        mib: usize,
    },
    /// It called itself too deeply.
    #[error("stack overflow")]
    Stack,
    /// It handed over more than one call may.
    #[error("answered with too much data")]
    TooMuchData,
    /// It gave up: the last line it wrote to standard error, else the trap.
    #[error("crashed: {0}")]
    Crashed(String),
    /// It said that it failed.
    #[error("failed: {0}")]
    Said(String),
    /// It said that the event cannot be handled.
    #[error("rejected the event: {0}")]
    Rejected(String),
    /// It wants the event again later.
    #[error("wants the event again in {} ms", .0.as_millis())]
    RetryAfter(Duration),
    /// Its `init` refused community or config.
    #[error("not enabled: {0}")]
    Init(String),
    /// The host could not make an instance.
    #[error("cannot be started: {0}")]
    Host(String),
}

impl Failure {
    /// Whether it counts against the plugin: on the way to a pause.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Rejected(_) | Self::RetryAfter(_))
    }
}
