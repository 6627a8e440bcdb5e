//! One send: what it waited for is filled in, what nobody may repeat or give up meanwhile is marked first, and what came of
//! it is told.

use super::results::Ended;
use super::schedule::Row;
use crate::clock::Clock;
use crate::connectors::{Connector, DeliveryError, Receipt};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, MessageRef, NativeId, PlaceRef};
use crate::storage::core::DeliveryState;
use crate::storage::unit::{DeliveryStep, NewDelivery};
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};

/// How a delivery ended, for those that wait for it.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// In this place, which may be one that it opened, under this name.
    Arrived(PlaceRef, Option<NativeId>),
    Failed,
    /// A thread, which did not come about, or a measure: what waited for it goes without.
    Without,
    /// In this place.
    PerhapsSent(PlaceRef),
    /// It has not ended.
    Open,
}

impl Fate {
    /// What `ended` says of the action, in which what it waited for is filled in.
    pub(super) fn of(ended: &Ended, action: &FittedAction) -> Self {
        match ended {
            Ended::Arrived(receipt) => {
                let place = receipt.thread.as_ref().unwrap_or(&action.place);
                Self::Arrived(place.clone(), receipt.native.clone())
            }
            Ended::Failed(_) | Ended::Refused(..) | Ended::Orphaned => Self::failed(action),
            Ended::PerhapsSent(_) => Self::perhaps_sent(action),
        }
    }

    fn failed(action: &FittedAction) -> Self {
        match action.body {
            FittedBody::Thread { .. } | FittedBody::Measure { .. } => Self::Without,
            _ => Self::Failed,
        }
    }

    /// A thread of which nobody knows cannot be written in.
    pub(super) fn perhaps_sent(action: &FittedAction) -> Self {
        match action.body {
            FittedBody::Thread { .. } => Self::Without,
            _ => Self::PerhapsSent(action.place.clone()),
        }
    }
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
    /// It is not done any more: it waited too long, or was called off.
    TooLate,
    /// It was cut off before, for this reason, and is not repeated: by now the platform would not know a second one again, or it
    /// was called off.
    PerhapsSent(String),
}

/// Sends one delivery: fills in what it waited for, marks it where that is needed, hands it over.
/// What was cut off before stays marked while it is repeated, so that nobody repeats it after a crash. `row` holds what is
/// filled in from then on.
pub(super) async fn send(
    connector: &dyn Connector,
    (storage, clock): (&SharedStorage, &dyn Clock),
    row: &mut Row,
    fate: Option<Fate>,
) -> Result<Outcome, WriteError> {
    if let Some(after) = row.new.after {
        let fate = match fate {
            Some(fate) => fate,
            None => stored_fate(storage, after).await?,
        };
        if let Some(outcome) = follow(fate, &mut row.new.action) {
            return Ok(outcome);
        }
    }
    let too_late = is_too_late(storage, clock, &row.new).await.map_err(broken)?;
    match &row.cut {
        Some(cut) if too_late || cut.until <= clock.elapsed() => return Ok(Outcome::PerhapsSent(cut.reason.clone())),
        Some(_) => {}
        None if too_late => return Ok(Outcome::TooLate),
        None if !row.new.is_marked() => {}
        None => match storage
            .write(Unit::Delivery(DeliveryStep::Sending { id: row.new.id }))
            .await
        {
            Ok(_) => {}
            Err(WriteError::Conflict { .. }) => return Ok(Outcome::Over),
            Err(error) => return Err(error),
        },
    }
    Ok(match connector.deliver(&row.new.action).await {
        Ok(receipt) => Outcome::Arrived(receipt),
        Err(error) => Outcome::Not(error),
    })
}

/// Whether it is not to be done any more: its time is over, or it was called off. That may be while it stands as being sent,
/// and then only the table says so.
pub(super) async fn is_too_late(
    storage: &SharedStorage,
    clock: &dyn Clock,
    new: &NewDelivery,
) -> Result<bool, ReadError> {
    let is_measure = matches!(new.action.body, FittedBody::Measure { .. });
    if !is_measure || new.action.body.is_too_late(clock.now()) {
        return Ok(is_measure);
    }
    let stored = storage.delivery(new.id).await?;
    Ok(stored.is_some_and(|stored| stored.new.action.body.is_too_late(clock.now())))
}

fn broken(error: ReadError) -> WriteError {
    WriteError::Broken(Box::new(error))
}

/// What became of a delivery, as far as it is on disk.
async fn stored_fate(storage: &SharedStorage, id: DeliveryId) -> Result<Fate, WriteError> {
    let read = async |id| {
        let stored = storage.delivery(id).await;
        stored.map_err(broken)
    };
    let stored = read(id).await?;
    // The process died while it was sent into a thread of which it has not been written yet that it is there.
    if let Some(stored) = stored
        .as_ref()
        .filter(|stored| stored.state == DeliveryState::PerhapsSent)
        && let Some(after) = stored.new.after
        && read(after).await?.is_some_and(|before| is_open(before.state))
    {
        return Ok(Fate::Open);
    }
    Ok(match stored {
        None => Fate::Failed,
        Some(stored) => match stored.state {
            DeliveryState::Delivered => Fate::Arrived(stored.new.action.place, stored.native),
            DeliveryState::Failed | DeliveryState::GivenUp => Fate::failed(&stored.new.action),
            DeliveryState::PerhapsSent => Fate::perhaps_sent(&stored.new.action),
            DeliveryState::Queued | DeliveryState::Sending => Fate::Open,
        },
    })
}

fn is_open(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Queued | DeliveryState::Sending)
}

/// Fills in the receipt of the delivery before: what follows goes where that one went. Says what becomes of this one if it
/// must not go.
fn follow(before: Fate, action: &mut FittedAction) -> Option<Outcome> {
    let (place, native) = match before {
        Fate::Open => return Some(Outcome::TooEarly),
        Fate::Failed => return Some(Outcome::Orphaned),
        Fate::Without => {
            action.body.stays_outside();
            return None;
        }
        // The next piece of a message; whether the one before arrived is for a person to find out.
        Fate::PerhapsSent(place) => (place, None),
        Fate::Arrived(place, native) => (place, native),
    };
    match &mut action.body {
        FittedBody::Edit { target, .. } | FittedBody::Delete { target, .. } | FittedBody::React { target, .. } => {
            let Some(id) = native else {
                return Some(Outcome::Orphaned);
            };
            let place = place.clone();
            *target = MessageRef { place, id };
        }
        FittedBody::Send { thread, .. } => *thread = None,
        // It waited for another measure, and not to go where that one went.
        FittedBody::Measure { .. } => return None,
        FittedBody::Remove { .. } | FittedBody::Thread { .. } | FittedBody::Typing { .. } => {}
    }
    action.place = place;
    None
}
