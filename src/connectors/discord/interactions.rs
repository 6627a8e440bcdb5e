//! What people gave that Discord still lets us answer: commands and presses. An answer takes the place that Discord holds
//! open, or is seen by that person alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serenity::model::id::{ApplicationId, ChannelId, InteractionId, MessageId, UserId};
use tokio::sync::watch;

use super::payload::Interaction;
use crate::clock::Clock;

/// Discord lets it be answered so long, by
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>. A little less.
const OPEN_MAX: Duration = Duration::from_mins(14);

/// An answer that is ready waits so long for Discord to hear that it was taken.
const ACKNOWLEDGED_PATIENCE: Duration = Duration::from_secs(3);

/// As many as are kept, half a kilobyte each; of more the oldest can no longer be answered so.
const KEPT_MAX: usize = 10_000;

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) application: ApplicationId,
    pub(super) token: String,
}

/// What Discord shows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// That it was given; Discord was not told yet that it was taken.
    Given,
    /// That an answer comes.
    HeldOpen,
    /// Nothing more.
    Free,
}

/// How an answer reaches one person alone.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    interaction: InteractionId,
    pub(super) held: Held,
    /// The place that is still held open, and whether that person alone sees it.
    pub(super) place: Option<Seen>,
}

/// Who sees a place that is held open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    ByAll,
    ByOne,
}

struct Open {
    held: Held,
    by: Option<UserId>,
    channel: Option<ChannelId>,
    seen: Seen,
    stage: watch::Sender<Stage>,
    since: Duration,
}

impl Open {
    /// Whether this person gave it in this channel.
    fn is_of(&self, by: UserId, channel: ChannelId) -> bool {
        (self.by, self.channel) == (Some(by), Some(channel))
    }

    /// The place, if it was still held open; from now on it is not.
    fn fill(&self) -> Option<Seen> {
        let filled = self.stage.send_if_modified(|stage| {
            let open = *stage == Stage::HeldOpen;
            if open {
                *stage = Stage::Free;
            }
            open
        });
        filled.then_some(self.seen)
    }
}

#[derive(Default)]
struct State {
    /// By their ids, which tell the time.
    open: BTreeMap<InteractionId, Open>,
    /// Messages that one person alone sees: only by what they answered, or by a press under them, can they be changed.
    messages: HashMap<MessageId, InteractionId>,
}

/// All that can still be answered.
pub(super) struct Interactions {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

impl Interactions {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::default(),
            clock,
        }
    }

    /// Somebody gave a command or pressed a button. Whoever tells Discord what is shown says so through the sender.
    pub(super) fn begin(&self, given: &Interaction, seen: Seen) -> watch::Sender<Stage> {
        let shown = watch::Sender::new(Stage::Given);
        let now = self.clock.elapsed();
        let open = Open {
            held: Held {
                application: given.application_id,
                token: given.token.clone(),
            },
            by: given.who().map(|user| user.id),
            channel: given.channel_id,
            seen,
            stage: shown.clone(),
            since: now,
        };
        let mut state = self.state();
        let State { open: all, messages } = &mut *state;
        all.insert(given.id, open);
        all.retain(|_, open| now < open.since + OPEN_MAX);
        while all.len() > KEPT_MAX {
            all.pop_first();
        }
        if let Some(message) = given.message.as_ref().filter(|message| message.is_for_one()) {
            messages.insert(message.id, given.id);
        }
        messages.retain(|_, interaction| all.contains_key(interaction));
        shown
    }

    /// The place for the answer that all may see, once; none when Discord no longer holds it open.
    pub(super) async fn take(&self, interaction: InteractionId) -> Option<Held> {
        self.told(interaction).await?;
        let state = self.state();
        let open = state.open.get(&interaction)?;
        open.fill().map(|_| open.held.clone())
    }

    /// The way to this person alone: by what the answer is to, else by what they gave last in this channel.
    pub(super) async fn alone(&self, answers: Option<InteractionId>, by: UserId, channel: ChannelId) -> Option<Alone> {
        let interaction = {
            let state = self.state();
            // What somebody else gave leads to somebody else.
            let theirs = |answers: &InteractionId| state.open.get(answers).is_some_and(|open| open.is_of(by, channel));
            answers.filter(theirs).or_else(|| self.last(&state, by, channel))?
        };
        self.told(interaction).await?;
        let state = self.state();
        let open = state.open.get(&interaction)?;
        Some(Alone {
            interaction,
            held: open.held.clone(),
            place: open.fill(),
        })
    }

    /// Whether this person gave something in this channel that can still be answered.
    pub(super) fn reach(&self, by: UserId, channel: ChannelId) -> bool {
        self.last(&self.state(), by, channel).is_some()
    }

    /// Nobody has answered: the place that is still held open.
    pub(super) fn give_up(&self, interaction: InteractionId) -> Option<Held> {
        let state = self.state();
        let open = state.open.get(&interaction)?;
        open.fill().map(|_| open.held.clone())
    }

    /// Nothing answers it.
    pub(super) fn forget(&self, interaction: InteractionId) {
        self.state().open.remove(&interaction);
    }

    /// Its place is held open still.
    pub(super) fn put_back(&self, alone: &Alone) {
        if let Some(open) = self.state().open.get(&alone.interaction) {
            open.stage.send_replace(Stage::HeldOpen);
        }
    }

    /// The message went this way.
    pub(super) fn went(&self, message: MessageId, alone: &Alone) {
        self.state().messages.insert(message, alone.interaction);
    }

    /// The way to a message that one person alone sees.
    pub(super) fn way_to(&self, message: MessageId) -> Option<Held> {
        let state = self.state();
        let open = state.open.get(state.messages.get(&message)?)?;
        Some(open.held.clone())
    }

    fn last(&self, state: &State, by: UserId, channel: ChannelId) -> Option<InteractionId> {
        let now = self.clock.elapsed();
        let mut newest = state.open.iter().rev();
        let (interaction, _) = newest
            .find(|(_, open)| (open.by, open.channel) == (Some(by), Some(channel)) && now < open.since + OPEN_MAX)?;
        Some(*interaction)
    }

    /// Waits until Discord knows that it was taken; none when it does not hear of it, or no longer takes an answer.
    async fn told(&self, interaction: InteractionId) -> Option<()> {
        let mut stage = {
            let state = self.state();
            let open = state.open.get(&interaction)?;
            let over = self.clock.elapsed() >= open.since + OPEN_MAX;
            (!over).then(|| open.stage.subscribe())?
        };
        let told = stage.wait_for(|stage| *stage != Stage::Given);
        let told = tokio::time::timeout(ACKNOWLEDGED_PATIENCE, told).await;
        matches!(told, Ok(Ok(_))).then_some(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
