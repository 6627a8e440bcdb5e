//! How commands talk to the running process: one JSON object a line over a socket that only its owner may open.
//!
//! Owns the words and the wire. What a request does is `ops`, which commands call directly when nothing runs.

mod client;
mod server;
mod words;

pub use self::client::{Client, ClientError};
pub(super) use self::server::{Stops, bind, serve};
pub use self::words::{Reply, Report, Request, Wanted};

/// Knowledge files in one request; anything larger is a mistake.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
