//! What is to be sent, and the steps in its life.

use super::NewEvent;
use crate::model::Timestamp;
use crate::model::action::Priority;
use crate::model::event::DeliveryEnd;
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{ConversationId, DeliveryId, LoginName, MessageId, NativeId, PlaceId, PlaceRef};

/// A piece to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDelivery {
    /// Ours; the nonce.
    pub id: DeliveryId,
    /// Through which login.
    pub login: LoginName,
    /// To which place.
    pub place: PlaceId,
    /// For which conversation.
    pub conversation: Option<ConversationId>,
    /// What it carries, none for a reaction.
    pub message: Option<MessageId>,
    /// From 0; the pieces of one message are sent in this order.
    pub piece: u16,
    /// Who goes first.
    pub priority: Priority,
    /// Must be delivered before this one, which goes where that one went. When it fails, this one fails with it; but for a
    /// thread that could not be opened, without which it goes.
    pub after: Option<DeliveryId>,
    /// Not before this time.
    pub due: Timestamp,
    /// What to do. Targets that have no native id yet are filled in from the receipt of `after`.
    pub action: FittedAction,
    /// Whether the platform drops a repeated one by itself, so that it may be sent again whatever became of the first.
    pub idempotent: bool,
}

impl NewDelivery {
    /// Whether it is marked before it is sent: where a second one would be said twice; and a thread or a measure, so that nobody
    /// gives up what the platform is about to do.
    pub fn is_marked(&self) -> bool {
        !self.idempotent || matches!(self.action.body, FittedBody::Thread { .. } | FittedBody::Measure { .. })
    }
}

/// A step in a delivery's life. Each carries the state it expects and answers `Conflict` otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum DeliveryStep {
    /// The send is about to start; after a crash nobody can know whether it arrived, and only what is idempotent is sent
    /// again.
    Sending {
        /// Which.
        id: DeliveryId,
    },
    /// It failed and is tried again.
    Retry {
        /// Which.
        id: DeliveryId,
        /// How often it was tried.
        attempt: u32,
        /// When to try again.
        due: Timestamp,
        /// Why, for staff.
        reason: String,
    },
    /// It ended; the follow-up event, if any, is stored with it.
    Ended {
        /// Which.
        id: DeliveryId,
        /// The platform's id of what was sent.
        native: Option<NativeId>,
        /// How.
        end: DeliveryEnd,
        /// When.
        at: Timestamp,
        /// The thread that it opened: what waits for it goes there, and so does its conversation, unless another one is
        /// open in the thread.
        thread: Option<Box<OpenedThread>>,
        /// `DeliveryEnded`, for those who wait for it.
        event: Option<Box<NewEvent>>,
    },
    /// A person wants a failed or perhaps-sent one tried again.
    Again {
        /// Which.
        id: DeliveryId,
        /// When.
        due: Timestamp,
    },
    /// A person gives up a waiting, failed or perhaps-sent one.
    GiveUp {
        /// Which.
        id: DeliveryId,
        /// When.
        at: Timestamp,
    },
    /// One that is just being sent is not tried again should it not arrive: nobody wants it any more. Whoever sends it looks at
    /// the table before each try, and is told nothing.
    CalledOff {
        /// Which.
        id: DeliveryId,
        /// When.
        at: Timestamp,
    },
    /// A person has seen a perhaps-sent one on the platform.
    Arrived {
        /// Which.
        id: DeliveryId,
        /// When.
        at: Timestamp,
    },
}

/// A thread that is there now. As a place it is as open as the one it hangs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedThread {
    /// Ours, if nobody knows it yet.
    pub place: PlaceId,
    /// The platform's.
    pub native: PlaceRef,
}
