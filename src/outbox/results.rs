//! Writes how deliveries ended, many in one unit: while one group is written, the next one gathers.

use super::retry::Refused;
use super::schedule::Row;
use crate::clock::Clock;
use crate::connectors::Receipt;
use crate::model::Timestamp;
use crate::model::action::Priority;
use crate::model::conversation::LaneKey;
use crate::model::event::{DeliveryEnd, Event, EventBody, Source};
use crate::model::fit::FittedBody;
use crate::model::ids::{DeliveryId, EventId, MessageId, PlaceId, PluginId};
use crate::storage::core::StoredDelivery;
use crate::storage::unit::{DeliveryStep, NewDelivery, NewEvent, OpenedThread};
use crate::storage::{ReadError, Storage, Unit, WriteError};
use crate::telemetry::{self, Metric};

/// Steps in one unit.
pub(super) const GROUP_MAX: usize = 256;

/// How one try ended.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    /// It arrived.
    Arrived(Receipt),
    /// It did not, and will not.
    Failed(String),
    /// The same, because the platform refused it.
    Refused(String, Refused),
    /// The same, because what it belongs to did not arrive.
    Orphaned,
    /// Nobody knows.
    PerhapsSent(String),
}

/// Why something is not done any more.
const TOO_LATE: &str = "it was not done in time, or was called off, and is not done any more";

impl Ended {
    /// Its time is over; `unsure` whether an earlier try did it.
    pub(super) fn too_late(unsure: bool) -> Self {
        if unsure {
            Self::PerhapsSent(format!("a try was cut off, and {TOO_LATE}"))
        } else {
            Self::Failed(TOO_LATE.to_owned())
        }
    }

    /// The step that records it, with the event for those who wait for it.
    pub(super) async fn step(self, row: &Row, storage: &dyn Storage, clock: &dyn Clock) -> DeliveryStep {
        let at = clock.now();
        let told = self.is_told(&row.new.action.body);
        let (receipt, end) = match self {
            Self::Arrived(receipt) => (receipt, DeliveryEnd::Delivered),
            Self::Failed(reason) | Self::Refused(reason, _) => (Receipt::of(None), DeliveryEnd::Failed { reason }),
            Self::Orphaned => {
                let reason = "what it belongs to did not arrive".to_owned();
                (Receipt::of(None), DeliveryEnd::Failed { reason })
            }
            Self::PerhapsSent(reason) => (Receipt::of(None), DeliveryEnd::PerhapsSent { reason }),
        };
        let thread = receipt.thread.map(|native| OpenedThread {
            // Where the thread is known already, its own stays.
            place: PlaceId(clock.id()),
            native,
        });
        let label = match &end {
            DeliveryEnd::Delivered => "delivered",
            DeliveryEnd::Failed { .. } => "failed",
            DeliveryEnd::PerhapsSent { .. } => "perhaps_sent",
        };
        telemetry::count_for(Metric::DeliveriesEndedTotal, label);
        let event = if told {
            ended(&row.new, &end, Tells::instead(&row.new, &end), storage, clock, at).await
        } else {
            awaited(&row.new, &end, storage, clock, at).await
        };
        let event = event.unwrap_or_else(|error| {
            // How it ended is worth more than who hears of it.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "nobody is told how delivery {} ended",
                row.new.id
            );
            None
        });
        DeliveryStep::Ended {
            id: row.new.id,
            native: receipt.native,
            end,
            at,
            thread: thread.map(Box::new),
            event: event.map(Box::new),
        }
    }

    /// Whether more follows from it: the emoji of a reaction that is refused is said, staff are told what still stands, or may,
    /// and of what was asked for about somebody else it is written down what came of it, whatever that is.
    fn is_told(&self, body: &FittedBody) -> bool {
        match body {
            FittedBody::React { add: true, .. } => matches!(self, Self::Refused(_, Refused::Here)),
            FittedBody::Delete { .. } => matches!(self, Self::Refused(..) | Self::Failed(_) | Self::PerhapsSent(_)),
            body => body.is_deed(),
        }
    }
}

/// The event that tells of the end: for named sends of plugins that did not arrive, and for planned posts.
async fn awaited(
    new: &NewDelivery,
    end: &DeliveryEnd,
    storage: &dyn Storage,
    clock: &dyn Clock,
    at: Timestamp,
) -> Result<Option<NewEvent>, ReadError> {
    // What goes into a thread is awaited, and goes out also when there is none.
    let is_thread = matches!(new.action.body, FittedBody::Thread { .. });
    let Some(message) = new.message.filter(|_| !is_thread) else {
        return Ok(None);
    };
    let failed = *end != DeliveryEnd::Delivered;
    if !failed && new.priority != Priority::Campaign {
        return Ok(None);
    }
    let Some(stored) = storage.message(message).await? else {
        return Ok(None);
    };
    if stored.new.name.is_none() && new.priority != Priority::Campaign {
        return Ok(None);
    }
    let tells = Tells {
        message,
        name: stored.new.name,
        // A delivery about which a person decides ends a second time.
        dedupe: format!("delivery/{}/{}/{}", new.id, at.as_millis(), word(end)),
    };
    ended(new, end, tells, storage, clock, at).await
}

/// What the event of an end tells.
struct Tells {
    message: MessageId,
    /// The plugin that sent it, and its name for it.
    name: Option<(PluginId, String)>,
    dedupe: String,
}

impl Tells {
    /// What is done instead of a delivery goes under the delivery's own id, since that is one thing at most, and is done
    /// once for each end, however often a person has it tried again: who was told *perhaps* still has to hear *surely*.
    fn instead(new: &NewDelivery, end: &DeliveryEnd) -> Self {
        Self {
            message: MessageId(new.id.0),
            name: None,
            dedupe: format!("instead/{}/{}", new.id, word(end)),
        }
    }
}

/// The event that tells of the end.
async fn ended(
    new: &NewDelivery,
    end: &DeliveryEnd,
    tells: Tells,
    storage: &dyn Storage,
    clock: &dyn Clock,
    at: Timestamp,
) -> Result<Option<NewEvent>, ReadError> {
    let Some(place) = storage.place(new.place).await? else {
        return Ok(None);
    };
    let lane = match new.conversation {
        Some(id) => storage.conversation(id).await?.map(|conversation| conversation.lane),
        None => None,
    };
    let (plugin, name) = tells.name.unzip();
    Ok(Some(NewEvent {
        id: EventId(clock.id()),
        community: place.community,
        place: Some(new.place),
        author: None,
        lane: lane.unwrap_or_else(|| LaneKey::of_place(new.place)),
        received_at: at,
        event: Event {
            source: Source::Internal {
                conversation: new.conversation,
                place: Some(new.place),
            },
            occurred_at: at,
            dedupe: tells.dedupe,
            hops: 1,
            body: EventBody::DeliveryEnded {
                delivery: new.id,
                message: tells.message,
                plugin,
                name,
                end: end.clone(),
            },
        },
    }))
}

fn word(end: &DeliveryEnd) -> &'static str {
    match end {
        DeliveryEnd::Delivered => "delivered",
        DeliveryEnd::Failed { .. } => "failed",
        DeliveryEnd::PerhapsSent { .. } => "perhaps_sent",
    }
}

/// What those hear who wait for a delivery that a person ended.
pub(super) async fn of_decision(
    storage: &dyn Storage,
    clock: &dyn Clock,
    id: DeliveryId,
    step: &DeliveryStep,
) -> Result<Option<NewEvent>, ReadError> {
    let (end, at) = match step {
        DeliveryStep::GiveUp { at, .. } => {
            let reason = "somebody gave it up".to_owned();
            (DeliveryEnd::Failed { reason }, *at)
        }
        DeliveryStep::Arrived { at, .. } => (DeliveryEnd::Delivered, *at),
        _ => return Ok(None),
    };
    match storage.delivery(id).await? {
        Some(StoredDelivery { new, .. }) if new.action.body.is_deed() => {
            let tells = Tells::instead(&new, &end);
            ended(&new, &end, tells, storage, clock, at).await
        }
        Some(delivery) => awaited(&delivery.new, &end, storage, clock, at).await,
        None => Ok(None),
    }
}

/// Writes a group; one whose state was changed by a person meanwhile does not hold back the others. Answers which those are.
pub(super) async fn write(storage: &dyn Storage, steps: &[DeliveryStep]) -> Result<Vec<DeliveryId>, WriteError> {
    let units = steps.iter().cloned().map(Unit::Delivery).collect();
    match storage.write(Unit::All(units)).await {
        Ok(_) => return Ok(Vec::new()),
        Err(WriteError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut over = Vec::new();
    for step in steps {
        match storage.write(Unit::Delivery(step.clone())).await {
            Ok(_) => {}
            Err(WriteError::Conflict { what }) => {
                tracing::info!(conflict = %what, "a delivery was ended by a person while it was being sent");
                over.extend(step_id(step));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(over)
}

/// The delivery whose try the step records.
pub(super) fn step_id(step: &DeliveryStep) -> Option<DeliveryId> {
    match step {
        DeliveryStep::Ended { id, .. } | DeliveryStep::Retry { id, .. } => Some(*id),
        DeliveryStep::Sending { .. }
        | DeliveryStep::Again { .. }
        | DeliveryStep::GiveUp { .. }
        | DeliveryStep::CalledOff { .. }
        | DeliveryStep::Arrived { .. } => None,
    }
}

/// Whether the step brings an event that the dispatcher has to read.
pub(super) fn brings_event(step: &DeliveryStep) -> bool {
    matches!(step, DeliveryStep::Ended { event: Some(_), .. })
}
