//! What came of what a plugin asked to be done about somebody. Only the platform does it, so what it answers is what the audit
//! and the transcript say: asked for, done, not done and why, or nobody knows.

use super::Core;
use super::outcome::{Flow, Outcome};
use super::turn::step;
use crate::model::Action;
use crate::model::action::Author;
use crate::model::content::Content;
use crate::model::event::DeliveryEnd;
use crate::model::fit::FittedBody;
use crate::model::fit::rules::Loss;
use crate::model::ids::{CommunityId, DeliveryId, IdentityId, MessageId, PluginId};
use crate::model::measure::{Measure, Removal, RemovalState};
use crate::model::timestamp::Timestamp;
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::core::{StoredDelivery, Verdict};
use crate::storage::unit::MessageChange;
use crate::storage::{ReadError, Unit};

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Asked,
    Done,
    NotDone,
    /// It was cut off, and nobody knows.
    Unclear,
}

impl Stage {
    fn of(end: &DeliveryEnd) -> Self {
        match end {
            DeliveryEnd::Delivered => Self::Done,
            DeliveryEnd::Failed { .. } => Self::NotDone,
            DeliveryEnd::PerhapsSent { .. } => Self::Unclear,
        }
    }
}

/// The audit's word for a deletion, or for a measure.
pub(super) fn act(measure: Option<Measure>, stage: Stage) -> &'static str {
    let [asked, done, not_done, unclear] = match measure {
        None => [
            "removal_asked",
            "message_removed",
            "removal_not_done",
            "removal_unclear",
        ],
        Some(Measure::Mute { .. }) => ["mute_asked", "member_muted", "mute_not_done", "mute_unclear"],
        Some(Measure::Kick) => ["kick_asked", "member_taken_out", "kick_not_done", "kick_unclear"],
        Some(Measure::Ban) => ["ban_asked", "member_banned", "ban_not_done", "ban_unclear"],
        Some(Measure::Lift) => ["lift_asked", "measure_lifted", "lift_not_done", "lift_unclear"],
    };
    match stage {
        Stage::Asked => asked,
        Stage::Done => done,
        Stage::NotDone => not_done,
        Stage::Unclear => unclear,
    }
}

/// A line of the audit: ids and fixed words alone, so that erasing somebody leaves the chain whole. The delivery says why.
pub(super) fn audit(
    community: CommunityId,
    act: &'static str,
    (person, by): (IdentityId, &PluginId),
    delivery: Option<DeliveryId>,
    at: Timestamp,
) -> Unit {
    let subject = match delivery {
        Some(delivery) => format!("{person} {by} {delivery}"),
        None => format!("{person} {by}"),
    };
    Unit::Account(AccountUnit::Audit(NewAudit {
        account: None,
        community: Some(community),
        act,
        subject,
        at,
    }))
}

impl Core {
    /// What is written of a deletion or a measure that has ended; none of anything else.
    pub(super) async fn moderated(
        &self,
        ended: &StoredDelivery,
        (end, community): (&DeliveryEnd, CommunityId),
        in_conversation: bool,
    ) -> Result<Option<Outcome>, ReadError> {
        let mut outcome = Outcome {
            flow: Flow::Stop,
            ..Outcome::default()
        };
        let told = match &ended.new.action.body {
            FittedBody::Remove {
                message, reason, by, ..
            } => {
                self.removal((*message, reason, by.as_ref()), (ended, end, community), &mut outcome)
                    .await?
            }
            FittedBody::Measure {
                person, measure, by, ..
            } => {
                let known = self.storage.identity_by_native(person).await?;
                if let (Some(known), Some(by)) = (&known, by) {
                    let act = act(Some(*measure), Stage::of(end));
                    let line = audit(community, act, (known.id, by), Some(ended.new.id), self.clock.now());
                    outcome.also.push(line);
                }
                let words = measure.words(&known.map_or_else(|| person.id.to_string(), |known| known.name));
                Told::of_measure(&words, end)
            }
            _ => return Ok(None),
        };
        told.add(in_conversation, &mut outcome);
        Ok(Some(outcome))
    }

    async fn removal(
        &self,
        (message, reason, by): (MessageId, &str, Option<&PluginId>),
        (ended, end, community): (&StoredDelivery, &DeliveryEnd, CommunityId),
        outcome: &mut Outcome,
    ) -> Result<Told, ReadError> {
        let at = self.clock.now();
        if let (Some(stored), Some(by)) = (self.storage.message(message).await?, by) {
            let state = match end {
                DeliveryEnd::Delivered => RemovalState::Done,
                DeliveryEnd::Failed { reason } | DeliveryEnd::PerhapsSent { reason } => {
                    RemovalState::NotDone { why: reason.clone() }
                }
            };
            outcome.also.push(Unit::Message(MessageChange {
                message,
                content: None,
                removed: Some(Removal {
                    by: by.clone(),
                    reason: reason.to_owned(),
                    state,
                }),
                buttons: None,
                at,
            }));
            if let Author::Identity { id } = stored.new.author {
                let act = act(None, Stage::of(end));
                outcome
                    .also
                    .push(audit(community, act, (id, by), Some(ended.new.id), at));
            }
        }
        Ok(Told::of_removal(end))
    }
}

/// What staff read, and what is counted.
struct Told {
    note: Option<Content>,
    /// With whom it is told, and without.
    losses: Option<[Loss; 2]>,
    line: &'static str,
}

impl Told {
    fn of_removal(end: &DeliveryEnd) -> Self {
        match end {
            // The message itself shows it.
            DeliveryEnd::Delivered => Self {
                note: None,
                losses: None,
                line: "the platform deleted what somebody said",
            },
            DeliveryEnd::Failed { reason } => Self {
                note: Some(unremoved(reason)),
                losses: Some([Loss::Unremoved, Loss::UnremovedUntold]),
                line: "",
            },
            DeliveryEnd::PerhapsSent { reason } => Self {
                note: Some(perhaps_unremoved(reason)),
                losses: None,
                line: "what somebody said may still stand",
            },
        }
    }

    fn of_measure(words: &str, end: &DeliveryEnd) -> Self {
        match end {
            DeliveryEnd::Delivered => Self {
                note: Some(Content::plain(&format!("The platform did it: {words}."))),
                losses: None,
                line: "the platform did what was asked for about somebody",
            },
            DeliveryEnd::Failed { reason } => Self {
                note: Some(unmeasured(words, reason)),
                losses: Some([Loss::Unmeasured, Loss::UnmeasuredUntold]),
                line: "",
            },
            DeliveryEnd::PerhapsSent { reason } => Self {
                note: Some(perhaps_measured(words, reason)),
                losses: None,
                line: "what was asked for about somebody was perhaps done",
            },
        }
    }

    fn add(self, in_conversation: bool, outcome: &mut Outcome) {
        if let Some(losses) = self.losses {
            outcome.losses.push(losses[usize::from(!in_conversation)]);
        } else {
            outcome.steps.push(step("outbox", Verdict::Acted, self.line.to_owned()));
        }
        if let Some(content) = self.note.filter(|_| in_conversation) {
            let author = Author::Host;
            outcome.actions.push((None, Action::Note { author, content }));
        }
    }
}

/// What staff read where a message stands that was to be deleted.
pub(super) fn unremoved(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was to be deleted still stands on the platform: {why}. If it must go, somebody with the right to do so \
         there has to delete it."
    ))
}

/// The same where nobody knows whether it is gone.
fn perhaps_unremoved(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was to be deleted may still stand on the platform, since it never said that it is gone: {why}. Please \
         look, and have it deleted there if it must go."
    ))
}

/// What staff read where nothing was done about somebody. `words`: `mute Ann for 10 min`.
pub(super) fn unmeasured(words: &str, why: &str) -> Content {
    Content::plain(&format!(
        "Could not {words} here: {why}. If it must be, somebody with the right to do so there has to."
    ))
}

/// The same where nobody knows whether it was done.
fn perhaps_measured(words: &str, why: &str) -> Content {
    Content::plain(&format!(
        "It is not known whether the platform did it: {words}. {why}. Please look there, and do it or undo it if it must be."
    ))
}
