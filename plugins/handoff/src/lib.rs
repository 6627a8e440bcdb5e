//! Notices that a person is wanted, and gets one.
//!
//! `wanted` reads it from a text with the rules in `phrases`, `texts` says it in the person's language. Runs behind the
//! plugins that answer, so that it sees whether they did.

mod phrases;
mod texts;
mod wanted;

use serde::Deserialize;
use switchboard_plugin::types::{Addressed, Command, Feedback, Handoff, Holder, Message, Outcome, Verdict};
use switchboard_plugin::{Context, Handled, Plugin};

/// As much of the message as staff needs to see in the list.
const NOTE_CHARS_MAX: usize = 300;

/// The settings, as `[config]` in `plugin.toml` describes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    after_misses: u32,
    topics: Vec<Topic>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            after_misses: 2,
            topics: Vec::new(),
        }
    }
}

/// What goes to a person at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    name: String,
    words: Vec<String>,
    #[serde(default)]
    queue: Option<String>,
}

struct HandoffPlugin {
    config: Config,
}

impl Plugin for HandoffPlugin {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        match config
            .topics
            .iter()
            .find(|topic| topic.words.iter().all(|word| wanted::fold(word).is_empty()))
        {
            Some(topic) => Err(format!("the topic {} has no words", topic.name)),
            None => Ok(Self { config }),
        }
    }

    fn message(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
        if message.addressed == Addressed::Overheard || !bot_holds(cx) {
            return Ok(Outcome::pass());
        }
        let spoken = message.language.as_deref().unwrap_or(&cx.language);
        if let Some(language) = wanted::language(&message.text, spoken) {
            return Ok(hand_off(
                Handoff::because("asked for a person"),
                texts::colleague(language),
                &message.text,
            ));
        }
        if let Some(topic) = self.topic(&message.text) {
            let mut handoff = Handoff::because(format!("wrote about {}", topic.name)).topic(&topic.name);
            handoff.lane.clone_from(&topic.queue);
            return Ok(hand_off(handoff, texts::colleague(spoken), &message.text));
        }
        if self.is_lost(misses(cx)) {
            return Ok(hand_off(
                Handoff::because("got no answer several times"),
                texts::lost(spoken),
                &message.text,
            ));
        }
        Ok(Outcome::pass())
    }

    fn command(&mut self, cx: &Context<'_>, command: &Command) -> Handled {
        if command.name != "human" || !bot_holds(cx) {
            return Ok(Outcome::pass());
        }
        Ok(hand_off(
            Handoff::because("typed /human"),
            texts::colleague(&cx.language),
            "",
        ))
    }

    fn feedback(&mut self, cx: &Context<'_>, feedback: &Feedback) -> Handled {
        // The host counts this "not it" only with the commit, so it is added here.
        if feedback.helpful || !bot_holds(cx) || !self.is_lost(before(cx) + 1) {
            return Ok(Outcome::pass());
        }
        let handoff = Handoff::because("said \"not it\" several times");
        Ok(hand_off(handoff, texts::lost(&cx.language), &feedback.question))
    }
}

impl HandoffPlugin {
    fn topic(&self, text: &str) -> Option<&Topic> {
        let text = wanted::fold(text);
        self.config
            .topics
            .iter()
            .find(|topic| topic.words.iter().any(|word| wanted::holds(&text, &wanted::fold(word))))
    }

    fn is_lost(&self, misses: u32) -> bool {
        self.config.after_misses > 0 && misses >= self.config.after_misses
    }
}

/// Misses with that of this event; 0 when it was answered.
fn misses(cx: &Context<'_>) -> u32 {
    let said = |verdict| cx.trail().iter().any(|step| step.verdict == verdict);
    if said(Verdict::Abstained) { before(cx) + 1 } else { 0 }
}

fn before(cx: &Context<'_>) -> u32 {
    cx.conversation.as_ref().map_or(0, |held| held.misses)
}

fn bot_holds(cx: &Context<'_>) -> bool {
    let held = cx.conversation.as_ref().map(|held| held.holder);
    matches!(held, None | Some(Holder::Bot | Holder::Peers))
}

fn hand_off(handoff: Handoff, said: &str, text: &str) -> Outcome {
    let note: String = text.chars().take(NOTE_CHARS_MAX).collect();
    Outcome::pass().reply(said).hand_off(handoff.note(note)).stop()
}

switchboard_plugin::export!(HandoffPlugin);

#[cfg(test)]
mod tests;
