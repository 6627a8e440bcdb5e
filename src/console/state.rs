//! What every page of the console needs.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::access::password::Passwords;
use super::desk::{PluginsRunning, StaffDesk};
use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::connectors::logins::Logins;
use crate::installer::Installer;
use crate::knowledge::Knowledge;
use crate::outbox::Outbox;
use crate::storage::SharedStorage;
use crate::storage::files::Files;
use crate::supervisor::Stop;

/// Each open page holds one stream.
pub(crate) const LIVE_STREAMS_MAX: usize = 256;

/// How this installation looks after its data, as its configuration says. Shown, not changed, in the console.
#[derive(Clone, Debug, Default)]
pub struct UpkeepShown {
    /// Where copies of the database lie.
    pub backups: PathBuf,
    /// When they are made, in five cron fields by UTC; empty: never by themselves.
    pub schedule: String,
    /// How many are kept.
    pub keep: u32,
    /// Raw events and what happened to them on their way, in days.
    pub payload_days: u32,
    /// What was said, in days.
    pub message_days: u32,
    /// Who did what in the console, in days.
    pub audit_days: u32,
}

/// The parts that `app.rs` hands in.
pub struct ConsoleParts {
    /// Where everything is kept.
    pub storage: SharedStorage,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Where staff acts go in.
    pub desk: Arc<dyn StaffDesk>,
    /// How the logins stand.
    pub logins: Logins,
    /// How plugins do.
    pub plugins: Arc<dyn PluginsRunning>,
    /// What brings plugins in and out.
    pub installer: Arc<Installer>,
    /// The knowledge base, which is read and edited through its own functions.
    pub knowledge: Knowledge,
    /// Posts, which are planned and called off through their own functions.
    pub calendar: Calendar,
    /// What a person decides about a delivery, the relay learns of at once.
    pub outbox: Arc<Outbox>,
    /// Where files lie.
    pub files: Files,
    /// As people reach us from outside, without a slash at the end: `https://chat.example.org`.
    pub public_url: String,
    /// How data is looked after.
    pub upkeep: UpkeepShown,
    /// Ends live streams.
    pub stop: Stop,
}

/// A shared handle on [`ConsoleParts`].
#[derive(Clone)]
pub struct ConsoleState(Arc<Inner>);

struct Inner {
    parts: ConsoleParts,
    passwords: Passwords,
    live: Arc<Semaphore>,
}

impl ConsoleState {
    /// Puts the parts together.
    pub fn new(parts: ConsoleParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            passwords: Passwords::new(),
            live: Arc::new(Semaphore::new(LIVE_STREAMS_MAX)),
        }))
    }

    /// Whether people reach us over TLS, so that the cookie must never travel without.
    pub(crate) fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn live_streams(&self) -> Arc<Semaphore> {
        self.0.live.clone()
    }
}

impl Deref for ConsoleState {
    type Target = ConsoleParts;

    fn deref(&self) -> &Self::Target {
        &self.0.parts
    }
}
