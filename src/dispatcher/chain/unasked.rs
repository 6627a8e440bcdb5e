//! What holds where a plugin speaks although nobody has asked the bot. Pure, but for the question whether somebody was
//! faster.

use crate::dispatcher::{Outcome, Stance};
use crate::model::Action;
use crate::model::event::{Addressed, EventBody};
use crate::model::ids::{PlaceId, PluginId};
use crate::storage::core::{StoredEvent, Verdict};
use crate::storage::{ReadError, SharedStorage};

/// Whether the event is something said that the bot merely overheard.
pub(super) fn is_overheard(body: &EventBody) -> bool {
    matches!(body, EventBody::Message(message) if message.addressed == Addressed::Overheard)
}

/// What a plugin says of its answer counts for the conversation only where the bot was asked: that it keeps quiet about what
/// it overheard is no answer that is missing.
pub(super) fn stance(stance: Stance, overheard: bool) -> Stance {
    match stance {
        Stance::Abstained(_) if overheard => Stance::Neutral,
        other => other,
    }
}

/// Takes the answers to what was overheard back, where somebody has answered it: after an outage, or because they were
/// faster. Asks the table only where something would be said.
pub(super) async fn leave_to_people(
    storage: &SharedStorage,
    event: &StoredEvent,
    outcome: &mut Outcome,
) -> Result<(), ReadError> {
    let (EventBody::Message(message), Some(place), Some(asker)) =
        (&event.new.event.body, event.new.place, event.new.author)
    else {
        return Ok(());
    };
    let speaks = outcome.actions.iter().any(|(_, action)| is_said_in(action, place));
    if message.addressed != Addressed::Overheard || !speaks {
        return Ok(());
    }
    if storage.is_answered(event.seq, place, &message.native, asker).await? {
        keep_quiet(outcome, place);
    }
    Ok(())
}

fn keep_quiet(outcome: &mut Outcome, place: PlaceId) {
    let (said, rest) = std::mem::take(&mut outcome.actions)
        .into_iter()
        .partition::<Vec<_>, _>(|(_, action)| is_said_in(action, place));
    outcome.actions = rest;
    // What they noted about having spoken is not true.
    let speaks = |plugin: &PluginId| said.iter().any(|(by, _)| by.as_ref() == Some(plugin));
    outcome.kv.retain(|write| !speaks(&write.plugin));
    outcome.stance = Stance::Neutral;
    for step in &mut outcome.steps {
        let spoke = |(plugin, _): &(Option<PluginId>, Action)| {
            plugin.as_ref().is_some_and(|plugin| plugin.as_str() == step.who)
        };
        if said.iter().any(spoke) {
            step.verdict = Verdict::Overruled;
            step.line.push_str("; not said: somebody has answered already");
        }
    }
}

fn is_said_in(action: &Action, place: PlaceId) -> bool {
    matches!(action, Action::Send(send) if send.place == place)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Content;
    use crate::model::action::{Author, Priority, Send};
    use crate::model::ids::MessageId;
    use crate::storage::core::TraceStep;

    const HERE: PlaceId = PlaceId(Uuid::from_u128(1));
    const ELSEWHERE: PlaceId = PlaceId(Uuid::from_u128(2));

    fn said(place: PlaceId) -> (Option<PluginId>, Action) {
        let author = Author::Plugin { id: "a/faq".into() };
        let message = MessageId(Uuid::from_u128(3));
        let send = Send::new(message, place, author, Content::plain("x"), Priority::Answer);
        (Some("a/faq".into()), Action::Send(send))
    }

    fn step(who: &str) -> TraceStep {
        TraceStep {
            who: who.to_owned(),
            verdict: Verdict::Answered,
            line: "answered".to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }
    }

    #[test]
    fn what_is_said_in_the_place_is_taken_back_and_all_else_stays() {
        let mut outcome = Outcome {
            actions: vec![said(HERE), said(ELSEWHERE)],
            stance: Stance::Answered,
            steps: vec![step("a/faq"), step("a/other")],
            ..Outcome::default()
        };
        keep_quiet(&mut outcome, HERE);
        assert_eq!(outcome.actions, [said(ELSEWHERE)]);
        assert_eq!(outcome.stance, Stance::Neutral);
        let verdicts: Vec<_> = outcome.steps.iter().map(|step| step.verdict).collect();
        assert_eq!(verdicts, [Verdict::Overruled, Verdict::Answered]);
        assert_eq!(
            outcome.steps[0].line,
            "answered; not said: somebody has answered already"
        );
    }

    #[test]
    fn quiet_about_what_was_overheard_is_no_miss() {
        let quiet = || Stance::Abstained("not sure enough".to_owned());
        assert_eq!(stance(quiet(), true), Stance::Neutral);
        assert_eq!(stance(quiet(), false), quiet());
        assert_eq!(stance(Stance::Answered, true), Stance::Answered);
    }
}
