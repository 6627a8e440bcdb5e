//! What a trace and a trail say of a plugin's turn. Pure.

use super::lift::Lifted;
use super::{WOULD_NOT, rehearsal};
use crate::dispatcher::Stance;
use crate::model::Action;
use crate::model::ids::PluginId;
use crate::plugin_host::HealthState;
use crate::plugin_host::bindings::switchboard::plugin::log::Level;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::visible::{hides, in_one_line};
use crate::storage::core::{TraceStep, Verdict};

/// A line of the trace, which may have words of the plugin in it.
pub(super) fn step(plugin: &PluginId, verdict: Verdict, line: String) -> TraceStep {
    TraceStep {
        who: plugin.as_str().to_owned(),
        verdict,
        line: if line.contains(hides) { in_one_line(&line) } else { line },
        cpu_us: None,
        calls: Vec::new(),
        actions: Vec::new(),
    }
}

pub(super) fn verdict(lifted: &Lifted) -> Verdict {
    match &lifted.stance {
        _ if lifted.spared.is_some() => Verdict::Overruled,
        Stance::Answered => Verdict::Answered,
        Stance::Abstained(_) => Verdict::Abstained,
        Stance::Neutral | Stance::Missed if lifted.is_empty() => Verdict::Passed,
        Stance::Neutral | Stance::Missed => Verdict::Acted,
    }
}

pub(super) fn said(lifted: &Lifted) -> String {
    if let Some(why) = &lifted.spared {
        return why.clone();
    }
    let reason = lifted.actions.iter().find_map(|action| match action {
        Action::HandOff { reason, .. } => Some(reason),
        _ => None,
    });
    if let Some(reason) = reason {
        return format!("asked for a person: {reason}");
    }
    match &lifted.stance {
        Stance::Abstained(why) => format!("abstained: {why}"),
        Stance::Answered => "answered".into(),
        Stance::Neutral | Stance::Missed => "ran".into(),
    }
}

/// The step of a plugin that is only tried.
pub(super) fn rehearsed(plugin: &PluginId, lifted: &Result<Lifted, String>) -> TraceStep {
    match lifted {
        Ok(Lifted { spared: Some(why), .. }) => step(plugin, Verdict::Rehearsed, format!("{WOULD_NOT}: {why}")),
        Ok(lifted) => {
            let actions = rehearsal::lines(lifted);
            let line = if actions.is_empty() {
                WOULD_NOT
            } else {
                "would have acted"
            };
            TraceStep {
                actions,
                ..step(plugin, Verdict::Rehearsed, line.to_owned())
            }
        }
        Err(why) => step(plugin, Verdict::Rehearsed, format!("would have failed: {why}")),
    }
}

pub(super) fn in_trail(verdict: Verdict) -> wit::Verdict {
    match verdict {
        Verdict::Acted => wit::Verdict::Acted,
        Verdict::Answered => wit::Verdict::Answered,
        Verdict::Abstained => wit::Verdict::Abstained,
        Verdict::Failed => wit::Verdict::Failed,
        Verdict::Passed
        | Verdict::Filtered
        | Verdict::NotCalled
        | Verdict::Held
        | Verdict::Rehearsed
        | Verdict::Overruled => wit::Verdict::Passed,
    }
}

/// Why a plugin is not called, in the admin's words; none when it is well.
pub(super) fn health_line(state: &HealthState) -> Option<String> {
    match state {
        HealthState::Well => None,
        HealthState::Paused { left, last } => Some(format!("paused for {} s after failures: {last}", left.as_secs())),
        HealthState::Quarantined { last } => Some(format!("held back until an admin looks: {last}")),
    }
}

pub(super) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
