//! From a package that somebody offers to a plugin that a community has: what it asks for in words, consent, update, the way
//! back, and out again.
//!
//! `source` gets a package and `signature` looks who signed it; `plan` says in sentences what it may do, the same sentences
//! for the console and the command line; `steps` decides what is written. `references` finds what settings
//! name. `offer` looks, `life` does, `rehearsal` tries without effect, and `past` reads what has
//! happened.

mod config;
mod index;
mod life;
mod offer;
mod past;
mod plan;
mod references;
mod rehearsal;
mod risks;
mod signature;
mod source;
mod steps;

pub use self::config::{Config, Policy, Settings};
pub use self::index::{FILE as INDEX_FILE, Found, Index, Listing};
pub use self::life::{Data, Outcome};
pub use self::offer::{InstallError, Installer, Offer, Parts};
pub use self::past::Outage;
pub use self::plan::{Plan, Section};
pub use self::references::{Named, References, references};
pub use self::rehearsal::Rehearsed;
pub use self::signature::{Signer, TrustedKey};
