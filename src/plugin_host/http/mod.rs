//! The way out: what plugins may read from servers elsewhere, and change there.
//!
//! `grant` reads what a manifest asks for and says whether an address is among it, by the hosts of `site`; `fetch` does what a plugin asks, one request
//! after the other, through a `client`; `call` sends what changes something; `net` is the client that speaks to the network,
//! `address` says which machines it may reach, and `machine` those inside that the owner of the installation lets them reach. `secret`
//! adds what the plugin must not see and takes it out of answers. Packages come by the same client under the same rules.

mod address;
#[cfg(test)]
mod by_heart;
mod call;
mod client;
mod fetch;
mod grant;
mod machine;
mod net;
mod secret;
mod site;

pub use self::call::CallFault;
pub use self::client::{HttpAnswer, HttpClient, HttpError, HttpRequest};
pub(super) use self::fetch::{Outside, WayOut, is_hosts_business};
pub use self::grant::Rule;
pub use self::machine::{Machine, may_be_asked};
pub use self::net::{Names, Net};
pub(super) use self::secret::Bindings;
pub use self::secret::{GivenSecret, GivenSecrets, SecretUse};
