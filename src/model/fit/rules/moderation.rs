//! What a place can do about somebody who breaks its rules. There is nothing to do instead: what it cannot do is for staff to
//! know.

use std::time::Duration;

use super::{Fit, Loss};
use crate::model::Timestamp;
use crate::model::capability::Capabilities;
use crate::model::fit::FittedBody;
use crate::model::fit::part::{Deed, ModerationPart};
use crate::model::measure::Measure;

impl Capabilities {
    pub(super) fn moderate(&self, part: ModerationPart, fit: &mut Fit) {
        let ModerationPart {
            deed,
            by,
            reason,
            in_conversation,
        } = part;
        let (body, lost) = match deed {
            Deed::Remove { target, message } => {
                let body = self.moderates.remove.then_some(FittedBody::Remove {
                    target,
                    message,
                    reason,
                    by: Some(by),
                });
                (body, [Loss::Unremoved, Loss::UnremovedUntold])
            }
            Deed::Measure { person, measure, now } => {
                let body = self.measure(measure, now, fit).map(|measure| FittedBody::Measure {
                    person,
                    measure,
                    reason,
                    by: Some(by),
                    not_after: measure.not_after(now),
                });
                (body, [Loss::Unmeasured, Loss::UnmeasuredUntold])
            }
        };
        match body {
            Some(body) => fit.bodies.push(body),
            None => fit.losses.push(lost[usize::from(!in_conversation)]),
        }
    }

    /// A mute that is too long ends earlier.
    fn measure(&self, measure: Measure, now: Timestamp, fit: &mut Fit) -> Option<Measure> {
        let able = &self.moderates;
        match measure {
            Measure::Mute { seconds, .. } => {
                let max = able.mute_seconds_max?;
                if seconds <= max {
                    return Some(measure);
                }
                fit.losses.push(Loss::MuteShortened);
                Some(Measure::Mute {
                    seconds: max,
                    until: now + Duration::from_secs(max.into()),
                })
            }
            Measure::Kick => able.kick.then_some(measure),
            Measure::Ban => able.ban.then_some(measure),
            Measure::Lift => (able.ban || able.mute_seconds_max.is_some()).then_some(measure),
        }
    }
}
