//! All that one event causes, before it is written.

use crate::model::Action;
use crate::model::conversation::Transition;
use crate::model::finding::Finding;
use crate::model::fit::rules::Loss;
use crate::model::ids::PluginId;
use crate::plugin_host::Held;
use crate::storage::Unit;
use crate::storage::core::TraceStep;
use crate::storage::unit::{JobChange, KvRead, KvWrite, NewEvent};

/// What one handler asks for, and the fold of what all asked for.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What should be done, in order, with the plugin that asked for it; none for built-in handlers.
    pub actions: Vec<(Option<PluginId>, Action)>,
    /// The changes of hands, in order.
    pub transitions: Vec<Transition>,
    /// What it says of its answer.
    pub stance: Stance,
    /// Whether later handlers see the event.
    pub flow: Flow,
    /// Keys that were read.
    pub kv_read: Vec<KvRead>,
    /// Keys that are written.
    pub kv: Vec<KvWrite>,
    /// Room for those, until they are written or given up.
    pub held: Vec<Held>,
    /// Jobs that are made or taken back.
    pub jobs: Vec<JobChange>,
    /// Events that this one causes.
    pub events: Vec<NewEvent>,
    /// What plugins asked the knowledge base last, each with what was found.
    pub found: Vec<(PluginId, Finding)>,
    /// What a feature writes with the commit.
    pub also: Vec<Unit>,
    /// Whether what was said, and all that is said because of it, is for owners alone.
    pub for_owners: bool,
    /// What was asked for earlier and is done in another way now.
    pub losses: Vec<Loss>,
    /// What happened, for *why*.
    pub steps: Vec<TraceStep>,
}

/// What is said of an answer; `misses` of the conversation are counted from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stance {
    /// Nothing.
    #[default]
    Neutral,
    /// It answers the question: misses start again at 0.
    Answered,
    /// There is no answer, and why: one more miss.
    Abstained(String),
    /// "Not it": one more miss, whatever else is said.
    Missed,
}

/// Whether later handlers see the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// They do.
    #[default]
    Pass,
    /// They do not.
    Stop,
}
