//! The way out: what plugins may read from servers elsewhere.
//!
//! `grant` reads what a manifest asks for and says whether an address is among it; `fetch` does what a plugin asks, one request
//! after the other, through a `client`; `net` is the client that speaks to the network, and `address` says which machines it
//! may reach. `kept` holds answers for an event that runs again.

mod address;
mod client;
mod fetch;
mod grant;
mod kept;
mod net;

pub use self::client::{HttpAnswer, HttpClient, HttpError, HttpRequest};
pub(super) use self::fetch::Outside;
pub use self::grant::Rule;
pub(super) use self::kept::Once;
pub use self::net::{Names, Net};
