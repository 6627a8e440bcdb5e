//! One send: what it waited for is filled in, what cannot be repeated is marked first, and what came of it is told.

use std::time::Duration;

use crate::clock::Clock;
use crate::connectors::{Connector, DeliveryError, Receipt};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, NativeId};
use crate::storage::core::DeliveryState;
use crate::storage::unit::{DeliveryStep, NewDelivery};
use crate::storage::{SharedStorage, Unit, WriteError};
use crate::supervisor::Stop;

/// How a delivery ended, for those that wait for it.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    Arrived(Option<NativeId>),
    Failed,
    PerhapsSent,
    /// It has not ended.
    Open,
}

/// What came of one send.
pub(super) enum Outcome {
    Arrived(Receipt),
    Not(DeliveryError),
    /// What it waited for did not arrive.
    Orphaned,
    /// What it waits for has not ended.
    TooEarly,
    /// A person ended it while it waited.
    Over,
}

/// The wait before something that was cut off is sent again; it doubles from there.
const REPEAT_WAIT: Duration = Duration::from_secs(1);

/// Sends one delivery: fills in what it waited for, marks it where a repeat would be a second message, hands it over.
pub(super) async fn send(
    connector: &dyn Connector,
    (storage, clock): (&SharedStorage, &dyn Clock),
    stop: &Stop,
    new: &NewDelivery,
    fate: Option<Fate>,
) -> Result<Outcome, WriteError> {
    let mut action = new.action.clone();
    if let Some(after) = new.after {
        let fate = match fate {
            Some(fate) => fate,
            None => stored_fate(storage, after).await?,
        };
        if let Some(outcome) = follow(fate, &mut action) {
            return Ok(outcome);
        }
    }
    if !new.idempotent {
        match storage
            .write(Unit::Delivery(DeliveryStep::Sending { id: new.id }))
            .await
        {
            Ok(_) => {}
            Err(WriteError::Conflict { .. }) => return Ok(Outcome::Over),
            Err(error) => return Err(error),
        }
    }
    Ok(match deliver(connector, clock, stop, &action).await {
        Ok(receipt) => Outcome::Arrived(receipt),
        Err(error) => Outcome::Not(error),
    })
}

/// Hands it over. What was cut off is repeated as long as the platform is sure to drop the second one. The table says all
/// the while that it is being sent, so that nobody repeats it after a crash.
async fn deliver(
    connector: &dyn Connector,
    clock: &dyn Clock,
    stop: &Stop,
    action: &FittedAction,
) -> Result<Receipt, DeliveryError> {
    let begun = clock.elapsed();
    let mut wait = REPEAT_WAIT;
    let mut first = None;
    loop {
        let error = match connector.deliver(action).await {
            Ok(receipt) => return Ok(receipt),
            Err(error) => error,
        };
        let pause = match &error {
            DeliveryError::Busy { retry_after, .. } => *retry_after,
            _ => wait,
        };
        wait *= 2;
        if matches!(error, DeliveryError::Lost { .. }) {
            first.get_or_insert_with(|| error.clone());
        }
        let Some(DeliveryError::Lost { repeatable_for, .. }) = first else {
            return Err(error);
        };
        let next = clock.elapsed() + pause;
        let over = next >= begun + repeatable_for || matches!(error, DeliveryError::Refused { .. });
        // Whatever the second try was told, the first may have arrived.
        let perhaps_sent = || first.clone().unwrap_or(error.clone());
        if over || stop.is_requested() {
            return Err(perhaps_sent());
        }
        tokio::select! {
            () = clock.sleep_until(next) => {}
            () = stop.requested() => return Err(perhaps_sent()),
        }
    }
}

/// What became of a delivery, as far as it is on disk.
async fn stored_fate(storage: &SharedStorage, id: DeliveryId) -> Result<Fate, WriteError> {
    let stored = storage
        .delivery(id)
        .await
        .map_err(|error| WriteError::Broken(Box::new(error)))?;
    Ok(match stored {
        None => Fate::Failed,
        Some(stored) => match stored.state {
            DeliveryState::Delivered => Fate::Arrived(stored.native),
            DeliveryState::Failed | DeliveryState::GivenUp => Fate::Failed,
            DeliveryState::PerhapsSent => Fate::PerhapsSent,
            DeliveryState::Queued | DeliveryState::Sending => Fate::Open,
        },
    })
}

/// Fills in the receipt of the delivery before; says what becomes of this one if it must not go.
fn follow(before: Fate, action: &mut FittedAction) -> Option<Outcome> {
    let target = match &mut action.body {
        FittedBody::Edit { target, .. } | FittedBody::Delete { target, .. } | FittedBody::React { target, .. } => {
            Some(target)
        }
        FittedBody::Send { .. } | FittedBody::Typing { .. } => None,
    };
    match (before, target) {
        (Fate::Failed, _) | (Fate::PerhapsSent | Fate::Arrived(None), Some(_)) => Some(Outcome::Orphaned),
        (Fate::Open, _) => Some(Outcome::TooEarly),
        (Fate::Arrived(Some(native)), Some(target)) => {
            target.id = native;
            None
        }
        // The next piece of a message; whether the one before arrived is for a person to find out.
        (Fate::PerhapsSent | Fate::Arrived(_), None) => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::TestClock;
    use crate::connectors::loopback::{Fault, Loopback};
    use crate::model::action::Author;
    use crate::model::ids::{MessageId, PlaceRef};
    use crate::model::{Content, Timestamp};

    fn action() -> FittedAction {
        FittedAction {
            delivery: DeliveryId(Uuid::from_u128(1)),
            place: PlaceRef {
                scope: "loopback".into(),
                id: "alice".into(),
            },
            body: FittedBody::Send {
                message: MessageId(Uuid::from_u128(2)),
                piece: 0,
                pieces: 1,
                content: Content::plain("Hello"),
                buttons: Vec::new(),
                files: Vec::new(),
                reply_to: None,
                thread: None,
                only: None,
                author: Author::Host,
            },
        }
    }

    /// What comes of a send on a platform that knows it again for a minute, while time passes; and how often it arrived.
    async fn sent(faults: Vec<Fault>, stop: &Stop) -> (Result<Receipt, DeliveryError>, usize) {
        let mut abilities = Loopback::abilities();
        abilities.idempotent_send = false;
        let platform = Loopback::with_abilities("loopback", abilities);
        platform.drops_repeats_for(Duration::from_mins(1));
        platform.faults(faults);
        let clock = TestClock::new(Timestamp::from_millis(0));
        let action = action();
        let mut sending = std::pin::pin!(deliver(&platform, &clock, stop, &action));
        let result = loop {
            tokio::select! {
                biased;
                result = &mut sending => break result,
                () = tokio::task::yield_now() => clock.advance(Duration::from_secs(1)),
            }
        };
        (result, platform.arrivals().len())
    }

    #[tokio::test]
    async fn what_was_cut_off_is_repeated_while_the_platform_knows_it_again() {
        let busy = Fault::Busy {
            retry_after: Duration::from_secs(5),
            whole_login: false,
        };
        let faults = vec![Fault::CutAfter, Fault::Unreachable, busy, Fault::CutBefore];
        let (result, arrived) = sent(faults, &Stop::new()).await;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(arrived, 1);
    }

    #[tokio::test]
    async fn after_that_and_at_a_stop_nobody_knows() {
        let refused = Fault::Refuse("no".to_owned());
        let long = Fault::Busy {
            retry_after: Duration::from_mins(1),
            whole_login: false,
        };
        for faults in [
            vec![Fault::CutAfter; 100],
            vec![Fault::CutAfter, refused],
            vec![Fault::CutAfter, long],
        ] {
            let (result, arrived) = sent(faults, &Stop::new()).await;
            assert!(matches!(result, Err(DeliveryError::Lost { .. })), "{result:?}");
            assert_eq!(arrived, 1);
        }
        let stop = Stop::new();
        stop.request();
        let (result, _) = sent(vec![Fault::CutAfter], &stop).await;
        assert!(matches!(result, Err(DeliveryError::Lost { .. })), "{result:?}");
    }

    #[tokio::test]
    async fn what_did_not_arrive_is_left_to_others() {
        let (result, arrived) = sent(vec![Fault::Unreachable], &Stop::new()).await;
        assert!(matches!(result, Err(DeliveryError::Unreachable { .. })), "{result:?}");
        assert_eq!(arrived, 0);
    }
}
