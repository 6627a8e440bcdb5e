//! Commands from Discord's menu, from the moment they are given until the answer takes the place that Discord holds open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serenity::model::id::{ApplicationId, InteractionId};
use tokio::sync::watch;

use super::payload::Interaction;
use crate::clock::Clock;

/// Discord holds a place open so long, by
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>. A little less.
const OPEN_MAX: Duration = Duration::from_mins(14);

/// An answer that is ready waits so long for Discord to hear that the command was taken.
const ACKNOWLEDGED_PATIENCE: Duration = Duration::from_secs(3);

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) application: ApplicationId,
    pub(super) token: String,
}

struct Open {
    held: Held,
    acknowledged: watch::Receiver<bool>,
    since: Duration,
}

/// Commands that were not answered yet.
pub(super) struct Commands {
    open: Mutex<HashMap<InteractionId, Open>>,
    clock: Arc<dyn Clock>,
}

impl Commands {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            open: Mutex::default(),
            clock,
        }
    }

    /// Somebody gave a command. Whoever acknowledges it says so through the sender.
    pub(super) fn begin(&self, interaction: &Interaction) -> watch::Sender<bool> {
        let (told, acknowledged) = watch::channel(false);
        let now = self.clock.elapsed();
        let open = Open {
            held: Held {
                application: interaction.application_id,
                token: interaction.token.clone(),
            },
            acknowledged,
            since: now,
        };
        let mut all = self.all();
        all.retain(|_, open| now < open.since + OPEN_MAX);
        all.insert(interaction.id, open);
        told
    }

    /// The place for the answer, once; none when Discord no longer holds it.
    pub(super) async fn take(&self, interaction: InteractionId) -> Option<Held> {
        let mut open = self.remove(interaction)?;
        if self.clock.elapsed() >= open.since + OPEN_MAX {
            return None;
        }
        let acknowledged = open.acknowledged.wait_for(|told| *told);
        let told = tokio::time::timeout(ACKNOWLEDGED_PATIENCE, acknowledged).await;
        matches!(told, Ok(Ok(_))).then_some(open.held)
    }

    /// Nobody has answered: the place that is still held open.
    pub(super) fn give_up(&self, interaction: InteractionId) -> Option<Held> {
        self.remove(interaction).map(|open| open.held)
    }

    fn remove(&self, interaction: InteractionId) -> Option<Open> {
        self.all().remove(&interaction)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<InteractionId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
