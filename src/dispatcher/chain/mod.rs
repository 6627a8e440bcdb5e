//! The plugin chain: the last of the handlers.
//!
//! `index` decides who sees an event, `lower` makes the event that a plugin sees, the sandbox runs it, `refs` looks up
//! what it answers about, and `lift` turns the answer into actions or refuses all of it. `roster` knows which plugins
//! serve whom, as `members` in each part of a community that `within` sets otherwise; `starts` starts them, with a `config` that may be
//! so, and `undone` takes an update back that does not start; `listed` and `menu` show them. `turn` is an event as all of them see it, and
//! `told` what is said of it later; `explain` says why the others have no line, and `then` how they stood at that time.

mod asked;
mod call;
mod catch_up;
mod command;
mod config;
mod data;
mod doors;
mod draft;
pub mod explain;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod index;
mod journal;
mod lift;
mod listed;
mod lower;
mod members;
mod menu;
mod offender;
mod refs;
mod rehearsal;
mod roster;
mod seen;
mod set_up;
pub mod settings;
mod shape;
mod starts;
mod then;
mod told;
mod turn;
mod unanswered;
mod unasked;
mod undone;
pub mod within;
mod words;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::data::{Asked, Data};
use self::draft::Drafting;
use self::lift::{Lift, Lifted};
use self::members::Member;
use self::refs::Lookup;
use self::shape::Shape;
use self::told::{health_line, in_trail, level_word, rehearsed, said, step, verdict};
use self::turn::Turn;
use super::{Flow, Handler, HandlerError, KnowledgeSource, LanguageModel, NoLanguageModel, Outcome, Snapshot, Stance};
use crate::clock::Clock;
use crate::model::directory::Place;
use crate::model::event::EventBody;
use crate::model::ids::{PluginId, Version};
use crate::model::{Event, Timestamp};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::{Failure, HealthState, Held, KvBuffer, KvChange, Permission, Plugin, Report};
use crate::storage::calls::CallUnit;
use crate::storage::core::{StoredEvent, Verdict};
use crate::storage::plugins::PluginUnit;
use crate::storage::unit::{KvRead, KvWrite, Repeat};
use crate::storage::{SharedStorage, Unit};

pub use self::call::Uncalled;
pub use self::config::{check_config, check_config_of_idle, check_part, check_parts, check_settings, settings_schema};
pub use self::doors::Door;
pub use self::journal::LogLine;
pub use self::listed::{Listed, Serving};
pub use self::menu::menu_command;
pub use self::rehearsal::is_on as is_rehearsing;
pub use self::roster::{BUNDLED, Refreshed, Roster, Rules};
pub use self::seen::Seen;
pub use self::set_up::set_up_failure;

/// What a trace says of a plugin that is only tried, and would have done nothing.
pub const WOULD_NOT: &str = "would have done nothing";

/// A plugin that asks for the event again is not kept waiting longer than this.
const RETRY_MAX: Duration = Duration::from_mins(1);

/// When a repeating timer is due next, or why never.
pub type NextDue = fn(&Repeat, Timestamp) -> Result<Timestamp, String>;

/// What the chain is made of.
pub struct Parts {
    /// Who serves whom.
    pub roster: Arc<Roster>,
    /// Where everything is kept.
    pub storage: SharedStorage,
    /// Where plugins find answers.
    pub knowledge: Arc<dyn KnowledgeSource>,
    /// What plugins may ask for words.
    pub language_model: Arc<dyn LanguageModel>,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// When a repeating timer is due next.
    pub next_due: NextDue,
}

/// Runs the plugins of a community over an event.
pub struct Chain {
    parts: Parts,
}

impl Chain {
    /// Must run on the plugins' own runtime.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// Runs one plugin and adds what comes of it to `outcome` and `trail`.
    async fn step(
        &self,
        member: &Member,
        turn: &Turn<'_>,
        trail: &mut Vec<wit::Step>,
        outcome: &mut Outcome,
    ) -> Result<(), HandlerError> {
        let rehearses = rehearsal::is_on(&member.settings, turn.snapshot.now);
        if !member.settings.enabled && !rehearses {
            // Its time is over, and nobody has looked at the settings since.
            return Ok(());
        }
        let plugin = match &member.plugin {
            Ok(plugin) => plugin,
            Err(why) => {
                outcome.steps.push(step(&member.id, Verdict::Held, why.clone()));
                return Ok(());
            }
        };
        let health = plugin.health();
        if let (HealthState::Paused { left, .. }, EventBody::Webhook { .. }) = (&health, &turn.stored.new.event.body) {
            // Its server was told that it is taken.
            return Err(HandlerError::RetryAfter((*left).min(RETRY_MAX)));
        }
        if let Some(why) = health_line(&health) {
            outcome.steps.push(step(&member.id, Verdict::Held, why));
            return Ok(());
        }
        let Some(event) = turn.event(member) else {
            return Ok(());
        };
        let data = Arc::new(self.data(member, turn, rehearses));
        let report = plugin.handle(&event, trail, Arc::<Data>::clone(&data) as _).await;
        self.log_lines(&member.id, turn.snapshot, &report);
        let lifted = match &report.result {
            Ok(asked) => self.lift(member, plugin, turn, &data, asked).await,
            Err(Failure::RetryAfter(wait)) if !rehearses => {
                return Err(HandlerError::RetryAfter((*wait).min(RETRY_MAX)));
            }
            Err(failure) => Err(failure.to_string()),
        };
        let (verdict, line, news) = match (&lifted, &report.result) {
            (Ok(lifted), _) => (verdict(lifted), said(lifted), None),
            (Err(why), Ok(_)) => (Verdict::Failed, why.clone(), self.refused(plugin, member, turn, why)),
            (Err(why), Err(_)) => (Verdict::Failed, why.clone(), report.news.clone()),
        };
        if lifted.is_ok() {
            plugin.accepted();
        }
        if rehearses {
            outcome.steps.push(rehearsed(&member.id, &lifted));
            return Ok(());
        }
        trail.push(wit::Step {
            plugin: member.id.as_str().to_owned(),
            verdict: in_trail(verdict),
        });
        let mut traced = step(&member.id, verdict, line);
        traced.cpu_us = u64::try_from(report.cpu.as_micros()).ok();
        traced.calls.clone_from(&report.calls);
        if let Some(state) = news {
            Self::tell(member, turn, &state, outcome);
        }
        if let Ok(lifted) = lifted {
            traced.actions.clone_from(&lifted.lines);
            add(outcome, member, turn, lifted, (report.kv, report.held));
        }
        outcome.steps.push(traced);
        Ok(())
    }

    /// A plugin's log is kept for its admin, and goes to ours at debug level alone: it may hold what members wrote.
    fn log_lines(&self, plugin: &PluginId, snapshot: &Snapshot, report: &Report) {
        for (_, line) in &report.log {
            tracing::debug!(target: "plugin", plugin = %plugin, "{line}");
        }
        if report.log_lost > 0 {
            tracing::warn!(plugin = %plugin, lost = report.log_lost, "a plugin logs more than it may");
        }
        let at = snapshot.now;
        let said = report.log.iter().map(|(level, text)| LogLine {
            at,
            level: level_word(*level),
            text: text.clone(),
        });
        let failed = report.result.as_ref().err().map(|failure| LogLine {
            at,
            level: "failed",
            text: failure.to_string(),
        });
        let journal = &self.parts.roster.journal;
        journal.add(snapshot.community.id, plugin, said.chain(failed));
    }

    /// What it answered cannot be done: its admin finds that in its log, too.
    fn refused(&self, plugin: &Plugin, member: &Member, turn: &Turn<'_>, why: &str) -> Option<HealthState> {
        let line = LogLine {
            at: turn.snapshot.now,
            level: "failed",
            text: why.to_owned(),
        };
        let journal = &self.parts.roster.journal;
        journal.add(turn.snapshot.community.id, &member.id, [line]);
        plugin.refused(why)
    }

    fn data(&self, member: &Member, turn: &Turn<'_>, rehearses: bool) -> Data {
        let language_model: Arc<dyn LanguageModel> = if rehearses {
            // What is only tried spends nobody's tokens.
            Arc::new(NoLanguageModel)
        } else {
            Arc::clone(&self.parts.language_model)
        };
        let data = Data::new(
            Arc::clone(&self.parts.storage),
            (Arc::clone(&self.parts.knowledge), language_model),
            member.id.clone(),
            turn.snapshot,
            turn.is_overheard(),
        );
        if rehearses { data.sparing() } else { data }
    }

    async fn lift(
        &self,
        member: &Member,
        plugin: &Plugin,
        turn: &Turn<'_>,
        data: &Data,
        asked: &wit::Outcome,
    ) -> Result<Lifted, String> {
        let lookup = Lookup {
            storage: &self.parts.storage,
            data,
            snapshot: turn.snapshot,
            event: &turn.stored.new,
            plugin: &member.id,
            people: &turn.people,
        };
        let refs = lookup.resolve(asked).await.map_err(|error| error.to_string())?;
        let Asked { question, found, .. } = data.asked();
        let serves = |place: &Place| self.parts.roster.serves(place, &member.id);
        let lift = Lift {
            serves: &serves,
            plugin,
            id: &member.id,
            snapshot: turn.snapshot,
            event: &turn.stored.new,
            refs: &refs,
            drafting: Drafting {
                refs: &refs,
                clock: &*self.parts.clock,
                plugin: &member.id,
                person: turn.snapshot.author.as_ref().map(|author| author.id),
                may_mention: plugin.may(Permission::Mention),
                files: turn.files(),
                overheard: turn.is_overheard(),
                question: &question,
                language: &lower::language(turn.snapshot),
            },
            next_due: self.parts.next_due,
        };
        let lifted = lift.outcome(asked)?;
        if !lifted.calls.is_empty() {
            let open = self
                .parts
                .storage
                .calls_open(turn.snapshot.community.id, &member.id)
                .await;
            let open = open.map_err(|error| error.to_string())? + lifted.calls.len() as u64;
            if open > call::OPEN_MAX {
                return Err(format!(
                    "more than {} of its calls would not have ended",
                    call::OPEN_MAX
                ));
            }
        }
        Ok(Lifted { found, ..lifted })
    }

    /// Tells the admin of a pause; a quarantine is also written, so that it lasts.
    fn tell(member: &Member, turn: &Turn<'_>, state: &HealthState, outcome: &mut Outcome) {
        let line = health_line(state).unwrap_or_default();
        tracing::warn!(plugin = %member.id, state = %line, "a plugin fails");
        if let HealthState::Quarantined { last } = state {
            outcome.also.push(Unit::Plugin(PluginUnit::Held {
                community: turn.snapshot.community.id,
                plugin: member.id.clone(),
                reason: Some(last.clone()),
            }));
        }
    }
}

#[async_trait]
impl Handler for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn wants(&self, event: &Event) -> bool {
        shape::is_for_plugins(&event.body)
    }

    async fn handle(
        &self,
        event: &StoredEvent,
        snapshot: &Snapshot,
        so_far: &Outcome,
    ) -> Result<Outcome, HandlerError> {
        if snapshot.attempt > 1 {
            // Somebody was faster, perhaps who decides who serves.
            let caught_up = self.parts.roster.catch_up(snapshot.community.id, snapshot.now).await;
            caught_up.map_err(|error| HandlerError::Failed(error.to_string()))?;
        }
        let chains = self.parts.roster.chains(snapshot.community.id);
        let members = chains.at(snapshot.place.as_deref());
        let mut outcome = Outcome::default();
        outcome.steps.extend(call::unsent(&event.new.event.body));
        if let Some((unit, step)) = self.keep(event).await {
            outcome.also.push(unit);
            outcome.steps.push(step);
            return Ok(outcome);
        }
        if members.list.is_empty() {
            return Ok(outcome);
        }
        let turn = self.turn(event, snapshot).await;
        let shape = Shape::of(&event.new.event.body, snapshot, &turn.text);
        let mut trail = Vec::new();
        let found = members.index.find(&shape);
        for &number in &found {
            self.step(&members.list[number], &turn, &mut trail, &mut outcome)
                .await?;
            if outcome.flow == Flow::Stop {
                break;
            }
        }
        let mut asked = found.iter().map(|&number| &members.list[number]);
        if let Some(member) = asked.find(|member| unanswered::is_broken(member, &outcome)) {
            unanswered::own_up(member, (event, snapshot), &*self.parts.clock, so_far, &mut outcome);
        }
        unasked::hold_back(&self.parts.storage, event, snapshot, &mut outcome)
            .await
            .map_err(|error| HandlerError::Failed(error.to_string()))?;
        outcome.also.extend(asked::kept(event, snapshot, &outcome));
        Ok(outcome)
    }
}

/// Adds what a plugin asked for to the outcome of the chain.
fn add(outcome: &mut Outcome, member: &Member, turn: &Turn<'_>, lifted: Lifted, (kv, held): (KvBuffer, Held)) {
    let (plugin, community) = (&member.id, turn.snapshot.community.id);
    if lifted.spared.is_some() {
        // What it noted for what is not done is dropped with it.
        return;
    }
    if !(kv.writes.is_empty() && lifted.jobs.is_empty() && lifted.calls.is_empty()) {
        // What lasts is written by who serves, and not by who served when the event came: an update may have been taken back since, and
        // what the plugin kept with it.
        outcome.also.push(Unit::Plugin(PluginUnit::Serves {
            community,
            plugin: plugin.clone(),
            granted_to: member.settings.granted_to.clone(),
        }));
    }
    outcome
        .actions
        .extend(lifted.actions.into_iter().map(|action| (Some(plugin.clone()), action)));
    outcome.jobs.extend(lifted.jobs);
    let calls = lifted
        .calls
        .into_iter()
        .map(|call| Unit::Call(CallUnit::Make(Box::new(call))));
    outcome.also.extend(calls);
    outcome.held.push(held);
    outcome.flow = lifted.flow;
    let stance = unasked::stance(lifted.stance, turn.is_overheard());
    // An answer of one plugin outweighs another's abstention, never the other way round.
    let again = lifted.found.as_ref().is_some_and(|found| !found.again.is_empty());
    outcome.found.extend(lifted.found.map(|found| (plugin.clone(), found)));
    if again {
        // Whoever asks again in other words says that it was not it.
        outcome.stance = Stance::Missed;
    } else if !matches!(outcome.stance, Stance::Answered | Stance::Missed) && stance != Stance::Neutral {
        outcome.stance = stance;
    }
    outcome
        .kv_read
        .extend(kv.reads.into_iter().map(|(key, version)| KvRead {
            plugin: plugin.clone(),
            community,
            key,
            version: version.map(Version),
        }));
    let now = turn.snapshot.now;
    let expires = |ttl: Option<u32>| ttl.map(|seconds| now + Duration::from_secs(seconds.into()));
    outcome.kv.extend(kv.writes.into_iter().map(|(key, change)| KvWrite {
        plugin: plugin.clone(),
        community,
        key,
        change: match change {
            KvChange::Set { value, ttl } => crate::storage::unit::KvChange::Set {
                value,
                expires: expires(ttl),
            },
            KvChange::Delete => crate::storage::unit::KvChange::Delete,
            KvChange::Add { by, ttl } => crate::storage::unit::KvChange::Add {
                by,
                expires: expires(ttl),
            },
        },
    }));
}
