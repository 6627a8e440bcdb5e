//! Which lane an event runs in: a pure function of the event and of what it is about.

use crate::model::conversation::LaneKey;
use crate::model::directory::{Audience, Identity, Place};
use crate::model::event::EventBody;
use crate::model::ids::{ButtonId, MessageRef};

/// The message that an event is about, as far as the event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About<'a> {
    /// As the platform names it.
    Native(&'a MessageRef),
    /// The one above this button.
    Button(ButtonId),
}

/// Which message the event is about: answered, reacted to, pressed under, edited, taken back.
pub(super) fn about(body: &EventBody) -> Option<About<'_>> {
    match body {
        EventBody::Message(message) => message.reply_to.as_ref().map(About::Native),
        EventBody::Edited(message) => Some(About::Native(&message.native)),
        EventBody::Deleted { message } | EventBody::Reaction { message, .. } => Some(About::Native(message)),
        EventBody::Press { button, .. } => Some(About::Button(*button)),
        EventBody::Command { .. }
        | EventBody::Member { .. }
        | EventBody::Moved { .. }
        | EventBody::ConversationChanged { .. }
        | EventBody::DeliveryEnded { .. }
        | EventBody::Ready { .. }
        | EventBody::Timer { .. }
        | EventBody::CallEnded { .. }
        | EventBody::Webhook { .. }
        | EventBody::Staff { .. }
        | EventBody::PostDue { .. }
        | EventBody::ConversationDue { .. }
        | EventBody::ClusterReopened { .. }
        | EventBody::AuthorUnasked { .. } => None,
    }
}

/// The lane of a place by itself, where the place has one.
pub(super) fn of_whole_place(place: &Place) -> Option<LaneKey> {
    (place.audience == Audience::Direct || place.thread).then(|| LaneKey::of_place(place.id))
}

/// The lane of somebody's event in a place: the place for direct chats and threads, place and author elsewhere.
pub(super) fn of_event(place: &Place, author: Option<&Identity>) -> LaneKey {
    match (of_whole_place(place), author) {
        (None, Some(author)) => LaneKey::of_author(place.id, author.id),
        _ => LaneKey::of_place(place.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatcher::given;
    use crate::model::ids::{IdentityId, PlaceId};
    use uuid::Uuid;

    fn place(audience: Audience, thread: bool) -> Place {
        Place {
            thread,
            ..given::place(PlaceId(Uuid::from_u128(1)), "p", audience)
        }
    }

    fn alice() -> Identity {
        given::identity(IdentityId(Uuid::from_u128(2)), "Alice")
    }

    #[track_caller]
    fn check(place: &Place, expected: &LaneKey) {
        assert_eq!(&of_event(place, Some(&alice())), expected);
    }

    #[test]
    fn direct_chats_and_threads_are_one_lane() {
        let whole = LaneKey::of_place(PlaceId(Uuid::from_u128(1)));
        check(&place(Audience::Direct, false), &whole);
        check(&place(Audience::Public, true), &whole);
    }

    #[test]
    fn in_a_shared_place_everybody_has_a_lane() {
        let expected = LaneKey::of_author(PlaceId(Uuid::from_u128(1)), alice().id);
        check(&place(Audience::Public, false), &expected);
        check(&place(Audience::Group, false), &expected);
    }
}
