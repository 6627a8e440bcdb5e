//! Servers elsewhere call: the addresses at which they do, and what is asked of a call before it is an event.
//!
//! An address is unguessable and stays the same until an owner replaces it, which ends it at once; it tells community, plugin and
//! endpoint to nobody. A call shows that it is from who knows the plugin's secret, which is checked by the sandbox's own rules; its event
//! is on disk before the call is answered. Whoever may not call learns nothing but a status.

mod address;
mod limits;
mod map;
mod route;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

pub use self::address::Addresses;
use self::limits::Limits;
use self::map::Map;
use crate::clock::Clock;
use crate::dispatcher::Dispatcher;
use crate::dispatcher::chain::Roster;
use crate::storage::SharedStorage;

/// Where all addresses begin.
const PATH: &str = "/hooks/";

/// Far more than services send of one thing that happened; a body is kept as long as events are.
const BODY_BYTES_MAX: usize = 256 << 10;

/// Bodies that are read at once, whoever calls: 16 MiB.
const CALLS_MAX: usize = 64;

/// Who needs longer to send its body is stuck, or holds the place on purpose.
const BODY_PATIENCE: Duration = Duration::from_secs(5);

/// A batch of changes at once; each is an event, and runs a plugin.
const BURST: u32 = 60;

/// Calls of one client to one address that do not show the secret: enough to set it up, and too few to guess.
const FAILED_BURST: u32 = 20;

/// Events of a plugin's endpoints that have not been handled: with more its server comes again, and our own events keep their room.
const WAITING_MAX: usize = 64;

/// For so long two deliveries that say the same, and bring no id, are one: services try again within minutes.
const ALIKE_FOR: Duration = Duration::from_mins(10);

/// What takes calls in.
pub struct Parts {
    /// Who serves whom.
    pub roster: Arc<Roster>,
    /// Where they are.
    pub addresses: Addresses,
    /// Takes events in.
    pub dispatcher: Dispatcher,
    /// Where everything is kept.
    pub storage: SharedStorage,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Takes calls in.
pub struct Webhooks {
    parts: Parts,
    map: Map,
    /// By token.
    limits: Limits<String>,
    /// By token and client, of those that did not show the secret.
    failed: Limits<(String, Option<IpAddr>)>,
    room: Semaphore,
}

impl Webhooks {
    /// Takes nothing in before its router is mounted.
    pub fn new(parts: Parts) -> Self {
        Self {
            map: Map::new(parts.storage.changes()),
            parts,
            limits: Limits::new(BURST),
            failed: Limits::new(FAILED_BURST),
            room: Semaphore::new(CALLS_MAX),
        }
    }
}
