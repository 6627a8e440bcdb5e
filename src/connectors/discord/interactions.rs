//! What people gave that Discord still lets us answer: commands and presses. An answer takes the place that Discord holds
//! open, or is seen by that person alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serenity::model::id::{ApplicationId, ChannelId, InteractionId, MessageId, UserId};
use tokio::sync::watch;

use super::failure::Failure;
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
    /// That an answer comes, until Discord says what became of filling that place or closing it.
    Ending,
    /// Nothing more.
    Free,
}

/// Whether Discord knows that it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Yes,
    NotYet,
    /// It never will, or no longer takes an answer.
    Over,
}

/// How sure it is that a place is no longer held open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Surely,
    Perhaps,
}

/// How an answer reaches one person alone.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub(super) interaction: InteractionId,
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

    /// The place, if it is still held open. Whoever has it says with [`Interactions::settle`] what became of it; until then
    /// nobody else answers, because Discord puts what comes first into that place, whoever sees it.
    fn end(&self) -> Option<Seen> {
        let ends = self.stage.send_if_modified(|stage| {
            let open = *stage == Stage::HeldOpen;
            if open {
                *stage = Stage::Ending;
            }
            open
        });
        ends.then_some(self.seen)
    }

    /// The place, if it is still held open; none when nothing is held open any more.
    ///
    /// # Errors
    ///
    /// When somebody else has just begun to end it.
    fn end_or_free(&self) -> Result<Option<Seen>, Failure> {
        let place = self.end();
        if place.is_none() && *self.stage.borrow() != Stage::Free {
            return Err(Failure::NotConnected);
        }
        Ok(place)
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

    /// The place for the answer that all may see, once; none when Discord does not hold it open.
    pub(super) async fn take(&self, interaction: InteractionId) -> Option<Held> {
        if self.told(interaction).await != Told::Yes {
            return None;
        }
        let state = self.state();
        let open = state.open.get(&interaction)?;
        open.end().map(|_| open.held.clone())
    }

    /// The way to this person alone: by what the answer is to, else by what they gave last in this channel.
    ///
    /// # Errors
    ///
    /// That there is none, or that it is not known yet which one.
    pub(super) async fn alone(
        &self,
        answers: Option<InteractionId>,
        by: UserId,
        channel: ChannelId,
    ) -> Result<Alone, Failure> {
        let interaction = {
            let state = self.state();
            // What somebody else gave leads to somebody else.
            let theirs = |answers: &InteractionId| state.open.get(answers).is_some_and(|open| open.is_of(by, channel));
            let found = answers.filter(theirs).or_else(|| self.last(&state, by, channel));
            found.ok_or(Failure::Expired)?
        };
        match self.told(interaction).await {
            Told::Yes => {}
            // Nothing was sent, so it is tried again.
            Told::NotYet => return Err(Failure::NotConnected),
            Told::Over => return Err(Failure::Expired),
        }
        let state = self.state();
        let open = state.open.get(&interaction).ok_or(Failure::Expired)?;
        Ok(Alone {
            interaction,
            held: open.held.clone(),
            place: open.end_or_free()?,
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
        open.end().map(|_| open.held.clone())
    }

    /// Nothing answers it.
    pub(super) fn forget(&self, interaction: InteractionId) {
        self.state().open.remove(&interaction);
    }

    /// What became of the place that was to end: none where it is as it was.
    pub(super) fn settle(&self, interaction: InteractionId, ended: Option<Ended>) {
        let mut state = self.state();
        let next = match ended {
            Some(Ended::Surely) => Stage::Free,
            Some(Ended::Perhaps) => {
                // It may stand there for all to see and take in what comes next, or hold an answer that is not to be touched.
                state.open.remove(&interaction);
                return;
            }
            None => Stage::HeldOpen,
        };
        if let Some(open) = state.open.get(&interaction) {
            open.stage.send_replace(next);
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

    /// Waits until Discord knows that it was taken, and what becomes of the place.
    async fn told(&self, interaction: InteractionId) -> Told {
        let shown = {
            let state = self.state();
            let open = state.open.get(&interaction);
            let open = open.filter(|open| self.clock.elapsed() < open.since + OPEN_MAX);
            open.map(|open| open.stage.subscribe())
        };
        let Some(mut shown) = shown else { return Told::Over };
        let told = shown.wait_for(|stage| !matches!(stage, Stage::Given | Stage::Ending));
        match tokio::time::timeout(ACKNOWLEDGED_PATIENCE, told).await {
            Ok(Ok(_)) => Told::Yes,
            Ok(Err(_)) => Told::Over,
            Err(_) => Told::NotYet,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;
    use serde_json::json;

    use super::*;
    use crate::clock::SystemClock;

    const COMMAND: InteractionId = InteractionId::new(5);
    const ANN: UserId = UserId::new(7);
    const HELP: ChannelId = ChannelId::new(101);

    /// Ann gave a command in a channel, and Discord holds a place open that all see.
    fn held_open() -> Interactions {
        let interactions = Interactions::new(Arc::new(SystemClock::new()));
        let given = json!({"id": "5", "application_id": "900", "type": 2, "token": "t", "channel_id": "101",
                           "user": {"id": "7", "username": "ann"}});
        let given: Interaction = serde_json::from_value(given).unwrap();
        interactions.begin(&given, Seen::ByAll).send_replace(Stage::HeldOpen);
        interactions
    }

    /// Between learning that it was taken and taking the place, somebody else may have begun to end it.
    #[test]
    fn a_place_that_is_just_ending_is_neither_held_open_nor_free() {
        let interactions = held_open();
        let state = interactions.state();
        let open = &state.open[&COMMAND];
        assert!(matches!(open.end_or_free(), Ok(Some(Seen::ByAll))));
        assert!(open.end_or_free().is_err());
        open.stage.send_replace(Stage::Free);
        assert!(matches!(open.end_or_free(), Ok(None)));
    }

    /// While an answer for all is on its way into the place, one for Ann alone waits for what becomes of it.
    async fn behind_an_answer(ended: Option<Ended>) -> Result<Option<Seen>, Failure> {
        let interactions = held_open();
        assert!(interactions.take(COMMAND).await.is_some());
        let mut alone = pin!(interactions.alone(Some(COMMAND), ANN, HELP));
        assert!((&mut alone).now_or_never().is_none(), "it would stand where all see it");
        interactions.settle(COMMAND, ended);
        alone.await.map(|alone| alone.place)
    }

    #[tokio::test]
    async fn nothing_private_goes_into_a_place_that_is_just_ending() {
        assert_eq!(behind_an_answer(Some(Ended::Surely)).await, Ok(None));
        assert_eq!(
            behind_an_answer(None).await,
            Ok(Some(Seen::ByAll)),
            "it is closed first"
        );
        assert_eq!(behind_an_answer(Some(Ended::Perhaps)).await, Err(Failure::Expired));
    }

    #[tokio::test]
    async fn what_discord_has_not_heard_of_yet_is_tried_again_and_not_given_up() {
        let interactions = held_open();
        assert!(interactions.give_up(COMMAND).is_some());
        let alone = interactions.alone(None, ANN, HELP).await;
        assert_eq!(alone.map(|alone| alone.place), Err(Failure::NotConnected));
        let nobody = interactions.alone(None, UserId::new(8), HELP).await;
        assert_eq!(nobody.map(|alone| alone.place), Err(Failure::Expired));
    }
}
