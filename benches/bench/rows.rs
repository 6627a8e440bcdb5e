//! What a made-up message brings with it: the values that storage writes, and that bare SQLite writes beside it.

use switchboard::model::Timestamp;
use switchboard::model::action::{Author, Priority};
use switchboard::model::content::Content;
use switchboard::model::conversation::{Conversation, Holder, LaneKey};
use switchboard::model::event::{Addressed, DeliveryEnd, Event, EventBody, InMessage, Source};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{
    CommunityId, ConversationId, DeliveryId, EventId, EventSeq, MessageId, MessageRef, PlaceId, PlaceRef, Version,
};
use switchboard::storage::Unit;
use switchboard::storage::core::{Trace, TraceStep, Verdict};
use switchboard::storage::unit::{
    Commit, ConversationWrite, DeliveryStep, EventEnd, NewDelivery, NewEvent, NewMessage,
};
use uuid::Uuid;

pub const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
pub const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));

/// As many people talk at once; each has a place and a conversation of their own.
pub const PLACES: u128 = 500;

pub fn id(kind: u128, number: u128) -> Uuid {
    // Time-ordered as ours are: the number leads, the kind follows.
    Uuid::from_u128((number << 64) | kind)
}

pub fn place(number: u128) -> PlaceId {
    PlaceId(id(2, number % PLACES))
}

pub fn event(number: u128) -> NewEvent {
    let place_ref = PlaceRef {
        scope: "loopback".into(),
        id: format!("place{}", number % PLACES).into(),
    };
    NewEvent {
        id: EventId(id(3, number)),
        community: COMMUNITY,
        place: Some(place(number)),
        author: None,
        lane: LaneKey::of_place(place(number)),
        received_at: START,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place(number)),
            },
            occurred_at: START,
            dedupe: format!("loopback/place{}/m{number}", number % PLACES),
            hops: 0,
            body: EventBody::Message(InMessage {
                native: MessageRef {
                    place: place_ref,
                    id: format!("m{number}").into(),
                },
                content: Content::plain(QUESTION),
                addressed: Addressed::Direct,
                reply_to: None,
                mentions: Vec::new(),
                files: Vec::new(),
            }),
        },
    }
}

pub const QUESTION: &str =
    "Hello, when does the community garden open in winter, and may I bring my own seeds and tools along?";
pub const ANSWER: &str = "The garden opens at nine. Bring what you like; there is a shelf for seeds by the gate.";

pub fn conversation(number: u128) -> ConversationWrite {
    let round = u32::try_from(number / PLACES).expect("few rounds");
    ConversationWrite {
        before: (round > 0).then_some(Version(round)),
        after: Conversation {
            id: ConversationId(id(4, number % PLACES)),
            community: COMMUNITY,
            place: place(number),
            asker: None,
            lane: LaneKey::of_place(place(number)),
            holder: Holder::Bot,
            version: Version(round + 1),
            misses: 0,
            opened_at: START,
            changed_at: START,
            active_at: START,
        },
        transitions: Vec::new(),
    }
}

pub fn message(kind: u128, number: u128, native: Option<MessageRef>) -> NewMessage {
    NewMessage {
        id: MessageId(id(kind, number)),
        conversation: Some(ConversationId(id(4, number % PLACES))),
        place: place(number),
        author: Author::Plugin {
            id: "switchboard/faq".into(),
        },
        content: Content::plain(if native.is_some() { QUESTION } else { ANSWER }),
        native,
        reply_to: None,
        note: false,
        only: None,
        buttons: Vec::new(),
        files: Vec::new(),
        cites: Vec::new(),
        name: None,
        at: START,
    }
}

pub fn delivery(number: u128) -> NewDelivery {
    let (delivery, message) = (DeliveryId(id(7, number)), MessageId(id(6, number)));
    NewDelivery {
        id: delivery,
        login: "loopback".into(),
        place: place(number),
        conversation: Some(ConversationId(id(4, number % PLACES))),
        message: Some(message),
        piece: 0,
        priority: Priority::Answer,
        after: None,
        due: START,
        action: FittedAction {
            delivery,
            place: PlaceRef {
                scope: "loopback".into(),
                id: format!("place{}", number % PLACES).into(),
            },
            body: FittedBody::Send {
                message,
                piece: 0,
                pieces: 1,
                content: Content::plain(ANSWER),
                buttons: Vec::new(),
                files: Vec::new(),
                reply_to: None,
                thread: None,
                only: None,
                author: Author::Host,
            },
        },
        idempotent: true,
    }
}

pub fn trace() -> Trace {
    let step = |who: &str, verdict| TraceStep {
        who: who.to_owned(),
        verdict,
        line: "0.93".to_owned(),
        cpu_us: Some(4),
        calls: Vec::new(),
        actions: Vec::new(),
    };
    Trace {
        steps: vec![
            step("switchboard/faq", Verdict::Answered),
            step("switchboard/share", Verdict::Filtered),
        ],
        sent: vec![DeliveryId(Uuid::from_u128(8))],
    }
}

pub fn native(number: u128) -> MessageRef {
    match event(number).event.body {
        EventBody::Message(message) => message.native,
        _ => unreachable!("events of this bench are messages"),
    }
}

pub fn commit(number: u128) -> Unit {
    Unit::Commit(Box::new(Commit {
        event: EventSeq(i64::try_from(number + 1).expect("few messages")),
        end: EventEnd::Handled,
        at: START,
        conversation: Some(conversation(number)),
        messages: vec![message(5, number, Some(native(number))), message(6, number, None)],
        for_owners: false,
        changed_messages: Vec::new(),
        deliveries: vec![delivery(number)],
        buttons: Vec::new(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: trace(),
        also: Vec::new(),
    }))
}

pub fn ended(number: u128) -> Unit {
    Unit::Delivery(DeliveryStep::Ended {
        id: DeliveryId(id(7, number)),
        native: Some(format!("s{number}").into()),
        end: DeliveryEnd::Delivered,
        at: START,
        thread: None,
        event: None,
    })
}
