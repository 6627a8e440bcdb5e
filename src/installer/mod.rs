//! From a package that somebody offers to a plugin that a community has: what it asks for in words, consent, update, the way
//! back, and out again.
//!
//! `source` gets a package and `signature` looks who signed it; `plan` says in sentences what it may do, the same sentences
//! for the console, the command line and a chat; `steps` decides what is written. `references` finds what settings name. `wanted` and
//! `offer` look, `baseline` knows what a community has decided, `allow` whether somebody has agreed, `life` and `set` decide, `overrides` for a
//! part of the community, `rehearsal` tries without effect, `past` reads what has happened, `trouble` says which plugins do not do their work,
//! `needs` what they lack for it, `wider` whether an update asks for more than was agreed to, and `waits` what a package waits for; `answer` says it in the words
//! of the command line, which `chat` shows to an owner in a direct chat. Nothing is written before whoever asked writes what was
//! decided: the console and the command line at once, a chat together with its answer.

mod address;
mod allow;
mod answer;
mod asks;
mod baseline;
mod chat;
mod config;
mod decided;
mod index;
mod info;
mod life;
mod needs;
mod offer;
mod overrides;
mod past;
mod plan;
mod references;
mod rehearsal;
mod request;
mod risks;
mod set;
mod settings_check;
mod signature;
mod source;
mod steps;
mod trouble;
mod waits;
mod wanted;
mod wider;

pub use self::allow::{Agreed, Allowing, Unallowed};
pub use self::answer::{Asker, Face, Told};
pub use self::asks::Asks;
pub use self::baseline::Baseline;
pub use self::chat::{ChatParts, Explains, PluginChat, command as chat_command};
pub use self::config::{Config, Policy, Settings};
pub use self::decided::Decided;
pub use self::index::{FILE as INDEX_FILE, Found, Index, Listing};
pub use self::info::{list, otherwise};
pub use self::life::{Data, Outcome};
pub use self::needs::Need;
pub use self::offer::{InstallError, Installer, Offer, Parts, reserved};
pub use self::overrides::PartSet;
pub use self::past::Outage;
pub use self::plan::{Plan, Section, quoted};
pub use self::references::{Named, References, references};
pub use self::rehearsal::{DRY_RUN_HOURS, Rehearsed};
pub use self::request::{PartChange, PluginRequest, RecordAct, Wish, changes};
pub use self::signature::{Signer, TrustedKey};
pub use self::source::Whence;
pub use self::trouble::Trouble;
pub use self::waits::Waits;
