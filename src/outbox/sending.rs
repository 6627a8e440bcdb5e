//! One send: what it waited for is filled in, what cannot be repeated is marked first, and what came of it is told.

use super::schedule::Row;
use crate::clock::Clock;
use crate::connectors::{Connector, DeliveryError, Receipt};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, NativeId};
use crate::storage::core::DeliveryState;
use crate::storage::unit::DeliveryStep;
use crate::storage::{SharedStorage, Unit, WriteError};

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
    /// It was cut off before, for this reason, and by now the platform would not know a second one again.
    PerhapsSent(String),
}

/// Sends one delivery: fills in what it waited for, marks it where a repeat would be a second message, hands it over.
/// What was cut off before stays marked while it is repeated, so that nobody repeats it after a crash.
pub(super) async fn send(
    connector: &dyn Connector,
    (storage, clock): (&SharedStorage, &dyn Clock),
    row: &Row,
    fate: Option<Fate>,
) -> Result<Outcome, WriteError> {
    let mut action = row.new.action.clone();
    if let Some(after) = row.new.after {
        let fate = match fate {
            Some(fate) => fate,
            None => stored_fate(storage, after).await?,
        };
        if let Some(outcome) = follow(fate, &mut action) {
            return Ok(outcome);
        }
    }
    match &row.cut {
        Some(cut) if cut.until <= clock.elapsed() => return Ok(Outcome::PerhapsSent(cut.reason.clone())),
        Some(_) => {}
        None if row.new.idempotent => {}
        None => match storage
            .write(Unit::Delivery(DeliveryStep::Sending { id: row.new.id }))
            .await
        {
            Ok(_) => {}
            Err(WriteError::Conflict { .. }) => return Ok(Outcome::Over),
            Err(error) => return Err(error),
        },
    }
    Ok(match connector.deliver(&action).await {
        Ok(receipt) => Outcome::Arrived(receipt),
        Err(error) => Outcome::Not(error),
    })
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
