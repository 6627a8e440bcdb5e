//! Values that tests of storage start from. Numbers make ids, so that a test can name what it means.

use std::time::Duration;

use switchboard::model::action::{Author, Priority};
use switchboard::model::content::Content;
use switchboard::model::conversation::{Conversation, Holder, LaneKey};
use switchboard::model::directory::{Audience, Place, SeenPlace};
use switchboard::model::event::{Addressed, Event, EventBody, InMessage, Source};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{
    CommunityId, ConversationId, DeliveryId, EventId, EventSeq, MessageId, MessageRef, PlaceId, PlaceRef, Version,
};
use switchboard::storage::core::Trace;
use switchboard::storage::knowledge::{Missed, Unanswered};
use switchboard::storage::unit::{
    Accept, Commit, ConversationWrite, DirectoryUnit, EventEnd, MessageChange, NewDelivery, NewEvent, NewMessage,
    Stored,
};
use switchboard::storage::{Applied, Storage, Unit, WriteError};
use uuid::Uuid;

use super::START;

pub const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
pub const PLACE: PlaceId = PlaceId(Uuid::from_u128(2));

/// A community with one direct place.
pub async fn a_place(storage: &dyn Storage) {
    let units = vec![
        Unit::Directory(DirectoryUnit::Community {
            id: COMMUNITY,
            name: "Garden".to_owned(),
            language: "en".to_owned(),
            zone: "Europe/Berlin".to_owned(),
        }),
        Unit::Directory(DirectoryUnit::Place(place())),
    ];
    storage.write(Unit::All(units)).await.unwrap();
}

pub fn place() -> Place {
    Place {
        id: PLACE,
        native: place_ref(),
        login: "loopback".into(),
        community: COMMUNITY,
        space: None,
        parent: None,
        name: "alice".to_owned(),
        audience: Audience::Direct,
        thread: false,
        enabled: true,
        overheard: false,
    }
}

pub fn place_ref() -> PlaceRef {
    PlaceRef {
        scope: "loopback".into(),
        id: "alice".into(),
    }
}

/// A place as its platform tells of it.
pub fn seen(native: &str) -> SeenPlace {
    SeenPlace {
        native: PlaceRef {
            scope: "loopback".into(),
            id: native.into(),
        },
        space: None,
        parent: None,
        name: native.to_owned(),
        audience: Audience::Direct,
        thread: false,
    }
}

pub fn message_ref(number: u128) -> MessageRef {
    MessageRef {
        place: place_ref(),
        id: format!("m{number}").into(),
    }
}

pub fn event(number: u128) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::from_u128(number)),
        community: COMMUNITY,
        place: Some(PLACE),
        author: None,
        lane: LaneKey::of_place(PLACE),
        received_at: START,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: Some(PLACE),
            },
            occurred_at: START,
            dedupe: format!("loopback/{number}"),
            hops: 0,
            body: EventBody::Message(InMessage {
                native: message_ref(number),
                content: Content::plain("when do you open?"),
                addressed: Addressed::Direct,
                reply_to: None,
                mentions: Vec::new(),
                files: Vec::new(),
            }),
        },
    }
}

pub fn accept(events: Vec<NewEvent>) -> Unit {
    Unit::Accept(Accept {
        directory: Vec::new(),
        events,
        cursor: None,
    })
}

/// Accepts one event and answers its number.
pub async fn accepted(storage: &dyn Storage, number: u128) -> EventSeq {
    match storage.write(accept(vec![event(number)])).await.unwrap() {
        Applied::Events(stored) => match stored[..] {
            [Stored::New(seq)] => seq,
            _ => panic!("{stored:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Whoever said a message takes it back.
pub fn taken_back(message: MessageId) -> MessageChange {
    MessageChange {
        message,
        content: None,
        removed: None,
        buttons: None,
        at: START,
    }
}

/// A commit that only ends the event.
pub fn commit(seq: EventSeq) -> Commit {
    Commit {
        event: seq,
        end: EventEnd::Handled,
        at: START + Duration::from_secs(1),
        conversation: None,
        messages: Vec::new(),
        for_owners: false,
        changed_messages: Vec::new(),
        deliveries: Vec::new(),
        buttons: Vec::new(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: Trace::default(),
        also: Vec::new(),
    }
}

pub fn conversation(number: u128) -> Conversation {
    Conversation {
        id: ConversationId(Uuid::from_u128(number)),
        community: COMMUNITY,
        place: PLACE,
        asker: None,
        lane: LaneKey::of_place(PLACE),
        holder: Holder::Bot,
        version: Version(1),
        misses: 0,
        opened_at: START,
        changed_at: START,
        active_at: START,
    }
}

pub fn opens(conversation: &Conversation) -> ConversationWrite {
    ConversationWrite {
        before: None,
        after: conversation.clone(),
        transitions: Vec::new(),
    }
}

pub fn message(number: u128, text: &str) -> NewMessage {
    NewMessage {
        id: MessageId(Uuid::from_u128(number)),
        conversation: None,
        place: PLACE,
        author: Author::Host,
        native: None,
        reply_to: None,
        note: false,
        only: None,
        content: Content::plain(text),
        buttons: Vec::new(),
        files: Vec::new(),
        cites: Vec::new(),
        name: None,
        at: START,
    }
}

pub fn delivery(number: u128, message: MessageId) -> NewDelivery {
    let id = DeliveryId(Uuid::from_u128(number));
    NewDelivery {
        id,
        login: "loopback".into(),
        place: PLACE,
        conversation: None,
        message: Some(message),
        piece: 0,
        priority: Priority::Answer,
        after: None,
        due: START,
        action: FittedAction {
            delivery: id,
            place: place_ref(),
            body: FittedBody::Send {
                message,
                piece: 0,
                pieces: 1,
                content: Content::plain("at nine"),
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

/// A question for which nothing was found; nobody knows who asked it, or where.
pub fn unanswered(question: &str) -> Unanswered {
    Unanswered {
        community: COMMUNITY,
        question: question.to_owned(),
        missed: Missed::Abstained,
        reason: "nothing found".to_owned(),
        place: None,
        identity: None,
        message: None,
        conversation: None,
        at: START,
    }
}

#[track_caller]
pub fn assert_conflict(result: Result<Applied, WriteError>) {
    assert!(matches!(result, Err(WriteError::Conflict { .. })), "{result:?}");
}
