//! Tells Discord within its three seconds that a press or a command was taken, whatever a plugin does.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use serenity::builder::{CreateAllowedMentions, CreateInteractionResponse, CreateInteractionResponseMessage};
use serenity::http::{LightMethod, Request, Route};
use tokio::sync::watch;

use super::interactions::{Ended, Seen, Stage};
use super::payload::Interaction;
use super::{Discord, failure};
use crate::connectors::Acceptance;
use crate::connectors::pressed::not_theirs;

/// Discord shows a failure after three seconds; when storing takes longer than this, it is told before.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A command that nobody has answered by then is taken off the screen.
const SILENCE: Duration = Duration::from_mins(1);

/// Where commands are in Discord's menu, or buttons still stand, and nobody has switched us on.
const NOT_HERE: &str = "I am not switched on in this channel.";

/// What became of the events of a batch, once they are stored.
pub(super) type Stored = watch::Receiver<Option<Vec<Acceptance>>>;

/// Something that a person gave, and waits for a sign that it was taken.
pub(super) struct Given {
    pub(super) interaction: Interaction,
    /// The number of its event among those of the batch, where it is one.
    pub(super) event: Option<usize>,
    pub(super) answer: Answer,
}

/// What Discord is told of it.
pub(super) enum Answer {
    /// It was taken; what comes of it is a message of its own.
    Taken,
    /// It was taken, and what comes of it stands in its place.
    HeldOpen(Seen),
    /// This, whether or not anything is stored.
    AtOnce(Value),
}

/// Whether it was taken in.
enum Taken {
    Yes,
    /// We do not act where it was given.
    NotHere,
    /// The button is for somebody else.
    NotTheirs,
}

/// Acknowledges once it is stored. From now on an answer finds its way, however fast it is.
pub(super) fn acknowledge(discord: &Discord, given: Given, stored: Stored) -> BoxFuture<'_, ()> {
    let Given {
        interaction,
        event,
        answer,
    } = given;
    match answer {
        Answer::AtOnce(words) => Box::pin(async move { tell(discord, &interaction, &words).await }),
        Answer::Taken => {
            let shown = discord.interactions.begin(&interaction, Seen::ByAll);
            Box::pin(when_stored(discord, interaction, (shown, None), event, stored))
        }
        Answer::HeldOpen(seen) => {
            let shown = discord.interactions.begin(&interaction, seen);
            Box::pin(when_stored(discord, interaction, (shown, Some(seen)), event, stored))
        }
    }
}

async fn when_stored(
    discord: &Discord,
    interaction: Interaction,
    (shown, place): (watch::Sender<Stage>, Option<Seen>),
    event: Option<usize>,
    mut stored: Stored,
) {
    // It could not be stored: that Discord shows a failure is the truth.
    let Some(taken) = taken(event, &mut stored).await else {
        return discord.interactions.forget(interaction.id);
    };
    let why_not = match taken {
        Taken::Yes => None,
        Taken::NotHere => Some(NOT_HERE),
        Taken::NotTheirs => Some(not_theirs(interaction.locale.as_deref())),
    };
    if let Some(why_not) = why_not {
        discord.interactions.forget(interaction.id);
        return tell(discord, &interaction, &alone(why_not)).await;
    }
    let Some(seen) = place else {
        tell(discord, &interaction, &CreateInteractionResponse::Acknowledge).await;
        shown.send_replace(Stage::Free);
        return;
    };
    let for_one = CreateInteractionResponseMessage::new().ephemeral(seen == Seen::ByOne);
    tell(discord, &interaction, &CreateInteractionResponse::Defer(for_one)).await;
    shown.send_replace(Stage::HeldOpen);
    let mut answered = shown.subscribe();
    let answered = answered.wait_for(|stage| *stage == Stage::Free);
    if tokio::time::timeout(SILENCE, answered).await.is_ok() {
        return;
    }
    if let Some(held) = discord.interactions.give_up(interaction.id) {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: held.application,
            token: &held.token,
        };
        let closed = discord.rest.call(Request::new(route, LightMethod::Delete)).await.err();
        let gone = closed.is_none_or(|failure| failure::is_out_of_reach(&failure));
        discord
            .interactions
            .settle(interaction.id, gone.then_some(Ended::Surely));
    }
}

/// What became of it, as far as it is known in time; none when it could not be stored.
async fn taken(event: Option<usize>, stored: &mut Stored) -> Option<Taken> {
    // It is none of ours.
    let Some(event) = event else { return Some(Taken::Yes) };
    match tokio::time::timeout(PATIENCE, stored.wait_for(Option::is_some)).await {
        Ok(Ok(acceptances)) => {
            let of_event = acceptances.as_ref().and_then(|all| all.get(event));
            Some(match of_event {
                Some(Acceptance::NotHere) => Taken::NotHere,
                Some(Acceptance::NotTheirs) => Taken::NotTheirs,
                Some(Acceptance::Stored(_) | Acceptance::Duplicate(_)) | None => Taken::Yes,
            })
        }
        Ok(Err(_)) => None,
        Err(_) => Some(Taken::Yes),
    }
}

/// What the person who did it sees alone.
pub(super) fn alone(words: &str) -> CreateInteractionResponse {
    let words = CreateInteractionResponseMessage::new()
        .content(words)
        .allowed_mentions(CreateAllowedMentions::new())
        .ephemeral(true);
    CreateInteractionResponse::Message(words)
}

async fn tell(discord: &Discord, interaction: &Interaction, answer: &impl Serialize) {
    let route = Route::InteractionResponse {
        interaction_id: interaction.id,
        token: &interaction.token,
    };
    if let Err(failure) = discord.rest.tell(LightMethod::Post, route, answer).await {
        let why = failure::words(&failure);
        tracing::debug!(login = %discord.login, error = %why, "Discord was not told that something was taken");
    }
}
