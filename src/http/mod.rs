//! The one HTTP listener: it binds, limits, protects and stops; what it serves is handed in.
//!
//! Console, web chat and webhooks each give a [`Mount`]. Every request gets an id, the client's true address (as
//! axum's `ConnectInfo`, behind trusted proxies too) and safe headers. Imports nothing of the features.

mod config;
mod headers;
mod listener;
mod network;
mod probes;

pub use self::config::{Config, Settings};
pub use self::listener::{BindError, Listener, Mount};
pub use self::network::Network;
pub use self::probes::Probes;
