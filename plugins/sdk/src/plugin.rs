//! The one trait that a plugin implements, and the way from the contract's two functions to its methods.

use std::ops::Deref;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::types::{
    CallResult, Command, Error, Event, EventBody, Feedback, Holder, Interaction, Membership, Message, Other, Outcome,
    Reaction, Step, Timer, Undelivered, Webhook,
};

/// What handling an event answers.
pub type Handled = Result<Outcome, Error>;

/// The config of a plugin that has none; unknown keys are errors.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// The event at hand, and what earlier plugins of the chain did with it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    event: &'a Event,
    trail: &'a [Step],
}

impl<'a> Context<'a> {
    /// For tests outside the sandbox; inside, the SDK makes it.
    pub fn new(event: &'a Event, trail: &'a [Step]) -> Self {
        Self { event, trail }
    }

    /// What earlier plugins did with this event, in order.
    pub fn trail(&self) -> &'a [Step] {
        self.trail
    }

    /// The language to answer in without its region: `de` for `de-AT`.
    pub fn base_language(&self) -> &'a str {
        crate::texts::base(&self.event.language)
    }
}

impl Deref for Context<'_> {
    type Target = Event;

    fn deref(&self) -> &Event {
        self.event
    }
}

/// A plugin. Every event has a method that passes it on by default; implement those that the manifest asks for.
///
/// One instance serves one community with one config. It may be dropped and made again between any two events.
pub trait Plugin: Sized {
    /// The settings, as the manifest's `[config]` describes them. Use `#[serde(deny_unknown_fields)]`.
    type Config: DeserializeOwned;

    /// Called once for each new instance. May only log.
    ///
    /// # Errors
    ///
    /// The text is what the admin reads about why the plugin is not enabled.
    fn init(community: &str, config: Self::Config) -> Result<Self, String>;

    /// First in a community, and again after each change of config or version: set timers here.
    fn ready(&mut self, _cx: &Context<'_>) -> Handled {
        Ok(Outcome::pass())
    }

    /// Somebody said something.
    fn message(&mut self, _cx: &Context<'_>, _message: &Message) -> Handled {
        Ok(Outcome::pass())
    }

    /// Somebody changed what they said.
    fn edited(&mut self, _cx: &Context<'_>, _message: &Message) -> Handled {
        Ok(Outcome::pass())
    }

    /// Somebody took back what they said.
    fn deleted(&mut self, _cx: &Context<'_>, _message: &str) -> Handled {
        Ok(Outcome::pass())
    }

    /// Somebody reacted, or took the reaction back.
    fn reaction(&mut self, _cx: &Context<'_>, _reaction: &Reaction) -> Handled {
        Ok(Outcome::pass())
    }

    /// A command of the manifest.
    fn command(&mut self, _cx: &Context<'_>, _command: &Command) -> Handled {
        Ok(Outcome::pass())
    }

    /// A button of this plugin was pressed, or its form sent in.
    fn interaction(&mut self, _cx: &Context<'_>, _interaction: &Interaction) -> Handled {
        Ok(Outcome::pass())
    }

    /// The host's own buttons under an answer of this plugin.
    fn feedback(&mut self, _cx: &Context<'_>, _feedback: &Feedback) -> Handled {
        Ok(Outcome::pass())
    }

    /// Somebody came or went.
    fn member(&mut self, _cx: &Context<'_>, _membership: Membership) -> Handled {
        Ok(Outcome::pass())
    }

    /// The pen changed hands; `before` held it until now.
    fn handover(&mut self, _cx: &Context<'_>, _before: Holder) -> Handled {
        Ok(Outcome::pass())
    }

    /// A timer of this plugin went off.
    fn timer(&mut self, _cx: &Context<'_>, _timer: &Timer) -> Handled {
        Ok(Outcome::pass())
    }

    /// An endpoint of the manifest was called.
    fn webhook(&mut self, _cx: &Context<'_>, _webhook: &Webhook) -> Handled {
        Ok(Outcome::pass())
    }

    /// The answer to a call of this plugin.
    fn call_result(&mut self, _cx: &Context<'_>, _result: &CallResult) -> Handled {
        Ok(Outcome::pass())
    }

    /// A named send of this plugin failed.
    fn undelivered(&mut self, _cx: &Context<'_>, _undelivered: &Undelivered) -> Handled {
        Ok(Outcome::pass())
    }

    /// Erase what you keep about this person; keys with their ref in a segment are gone already.
    fn forget(&mut self, _cx: &Context<'_>, _person: &str) -> Handled {
        Ok(Outcome::pass())
    }

    /// An event of a later release, listed in the manifest's `uses`.
    fn other(&mut self, _cx: &Context<'_>, _other: &Other) -> Handled {
        Ok(Outcome::pass())
    }
}

/// Reads the config and makes the plugin.
pub fn init<P: Plugin>(community: &str, config: &str) -> Result<P, String> {
    let config = serde_json::from_str(config).map_err(|problem| format!("config: {problem}"))?;
    P::init(community, config)
}

/// Hands the event to the method that it belongs to.
pub fn handle<P: Plugin>(plugin: Option<&mut P>, event: &Event, trail: &[Step]) -> Handled {
    let Some(plugin) = plugin else {
        return Err(Error::Failed("handle was called before init".into()));
    };
    let cx = Context::new(event, trail);
    match &event.body {
        EventBody::Ready => plugin.ready(&cx),
        EventBody::Message(message) => plugin.message(&cx, message),
        EventBody::Edited(message) => plugin.edited(&cx, message),
        EventBody::Deleted(message) => plugin.deleted(&cx, message),
        EventBody::Reaction(reaction) => plugin.reaction(&cx, reaction),
        EventBody::Command(command) => plugin.command(&cx, command),
        EventBody::Interaction(interaction) => plugin.interaction(&cx, interaction),
        EventBody::Feedback(feedback) => plugin.feedback(&cx, feedback),
        EventBody::Member(membership) => plugin.member(&cx, *membership),
        EventBody::Handover(before) => plugin.handover(&cx, *before),
        EventBody::Timer(timer) => plugin.timer(&cx, timer),
        EventBody::Webhook(webhook) => plugin.webhook(&cx, webhook),
        EventBody::CallResult(result) => plugin.call_result(&cx, result),
        EventBody::Undelivered(undelivered) => plugin.undelivered(&cx, undelivered),
        EventBody::Forget(person) => plugin.forget(&cx, person),
        EventBody::Other(other) => plugin.other(&cx, other),
    }
}
