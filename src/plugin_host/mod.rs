//! The sandbox that plugins run in: packages, permissions, limits, instances.
//!
//! Owns the engine and a runtime of its own. Knows nothing of events, storage or knowledge: what host interfaces read
//! comes through [`HostData`], and what a plugin asks for goes back as the contract's own types. `dispatcher::chain`
//! is the one caller.

pub mod bindings;
mod cache;
mod config;
mod data;
mod engine;
mod failure;
mod fuel;
mod health;
mod host;
mod host_api;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod http;
mod imports;
mod instance;
mod kept;
mod kv;
mod manifest;
mod meter;
mod nesting;
mod package;
mod packages;
mod permission;
mod plugin;
pub mod recording;
pub mod reference;
mod room;
pub mod schema;
pub mod spelling;
mod state;
pub mod visible;
mod webhook;

pub use self::config::{CacheOptions, HostOptions, Limits, MEMORY_MIB, Newer};
pub use self::data::{Completed, HostData, KvValue, NoData, NotCompleted};
pub use self::failure::Failure;
pub use self::fuel::Fuel;
pub use self::health::State as HealthState;
pub use self::host::{LoadError, Loaded, PluginHost, StartError};
pub use self::http::{
    CallFault, GivenSecret, GivenSecrets, HttpAnswer, HttpClient, HttpError, HttpRequest, Machine, Names, Net, Rule,
    SecretUse, may_be_asked,
};
pub use self::imports::{undeclared, unused};
pub use self::kv::{KvBuffer, KvChange};
pub use self::manifest::{
    Asked, COMMANDS_OF_THE_HOST, Command, CommandOption, Handles, Isolation, Kind, Manifest, Messages, is_version,
};
pub use self::package::{PACKAGE_BYTES_MAX, Package};
pub use self::packages::Packages;
pub use self::permission::Permission;
pub use self::plugin::{Plugin, Report};
pub use self::room::{Held, Room};
pub use self::state::State as InstanceState;
pub use self::webhook::{Delivery, Hook, Scheme, Signature, Webhook};
