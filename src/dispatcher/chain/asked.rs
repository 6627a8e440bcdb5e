//! What is kept of a question to the knowledge base, so that people can say later whether it was answered rightly. Pure.

use crate::dispatcher::{Outcome, Snapshot};
use crate::model::Action;
use crate::model::finding::{Decision, Finding, Gap};
use crate::model::ids::{MessageId, PluginId};
use crate::storage::Unit;
use crate::storage::core::StoredEvent;
use crate::storage::quality::{Asked, Decided, QualityUnit};

/// What was overheard is asked about whatever it is. Below this an entry is near by chance, and keeping it would only be a second
/// copy of the talk.
const NEAR_OVERHEARD: f32 = 0.1;

/// To be written with the commit.
pub(super) fn kept(event: &StoredEvent, snapshot: &Snapshot, outcome: &Outcome) -> Vec<Unit> {
    let again = outcome.found.iter().flat_map(|(_, finding)| &finding.again);
    let again = again.map(|answer| QualityUnit::Again { answer: *answer });
    let asked = question(event, snapshot, outcome).map(|asked| QualityUnit::Asked(Box::new(asked)));
    again.chain(asked).map(Unit::Quality).collect()
}

fn question(event: &StoredEvent, snapshot: &Snapshot, outcome: &Outcome) -> Option<Asked> {
    let body = &event.new.event.body;
    if outcome.for_owners || body.is_of_owners() {
        return None;
    }
    let message = snapshot.message?;
    let found = outcome.found.iter();
    let mut answered = found.filter_map(|(plugin, finding)| Some((finding, said(plugin, finding, snapshot, outcome)?)));
    // Of several plugins that have asked, the one that answered counts.
    let (finding, answer) = match answered.next() {
        Some((finding, answer)) => (finding, Some(answer)),
        None => (&outcome.found.first()?.1, None),
    };
    let considered = finding.considered.as_ref()?;
    let overheard = body.is_overheard();
    if overheard && answer.is_none() && finding.probability < NEAR_OVERHEARD {
        return None;
    }
    Some(Asked {
        community: event.new.community,
        message,
        asker: event.new.author,
        overheard,
        language: considered.language.as_deref().map(without_region),
        entry: considered.entry.clone(),
        probability: finding.probability,
        exact: considered.exact,
        scoring: considered.scoring.clone(),
        decision: decided(&finding.decision),
        answer,
        at: snapshot.now,
    })
}

/// The message that says the entry which was decided on, if the plugin says it, and may.
fn said(plugin: &PluginId, finding: &Finding, snapshot: &Snapshot, outcome: &Outcome) -> Option<MessageId> {
    let Decision::Answer { entry } = &finding.decision else {
        return None;
    };
    let silent = snapshot.conversation.as_ref();
    let silent = silent.is_some_and(|conversation| !conversation.holder.bot_may_answer());
    let overruled = |(by, action): &(Option<PluginId>, Action)| {
        matches!(action, Action::HandOff { .. }) && by.as_ref() != Some(plugin)
    };
    if silent || outcome.actions.iter().any(overruled) {
        return None;
    }
    outcome.actions.iter().find_map(|(by, action)| match action {
        Action::Send(send) if by.as_ref() == Some(plugin) => {
            let cites = send.cites.iter().any(|(cited, _)| *cited == entry.id);
            cites.then_some(send.message)
        }
        _ => None,
    })
}

fn decided(decision: &Decision) -> Decided {
    match decision {
        Decision::Answer { .. } => Decided::Answer,
        Decision::Suggest { .. } => Decided::Suggest,
        Decision::Abstain { gap } => match gap {
            Gap::NothingFound => Decided::NothingFound,
            Gap::Uncertain => Decided::Uncertain,
            Gap::StaffOnly => Decided::StaffOnly,
            Gap::NotHere => Decided::NotHere,
        },
    }
}

/// `de-AT` is counted with `de`.
fn without_region(language: &str) -> String {
    language.split('-').next().unwrap_or(language).to_lowercase()
}

#[cfg(test)]
mod tests;
