//! Calls of plugins to servers elsewhere.

use std::time::Duration;

use switchboard::model::bytes::Bytes;
use switchboard::model::call::{CallEnd, CallRequest};
use switchboard::model::conversation::LaneKey;
use switchboard::model::event::{Event, EventBody, Source};
use switchboard::model::ids::{CallId, EventId, PluginId};
use switchboard::storage::calls::{CallUnit, NewCall};
use switchboard::storage::plugins::{PluginSettings, PluginUnit};
use switchboard::storage::unit::{NewEvent, Stored};
use switchboard::storage::{Applied, Storage, Unit, WriteError};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

/// The call with that number, of the event with the same one.
pub fn call(number: u128, plugin: &str) -> NewCall {
    NewCall {
        id: CallId(Uuid::from_u128(number)),
        community: COMMUNITY,
        plugin: plugin.into(),
        event: EventId(Uuid::from_u128(number)),
        name: "order".to_owned(),
        place: Some(PLACE),
        author: None,
        conversation: None,
        lane: LaneKey::of_place(PLACE),
        hops: 1,
        made_at: START,
        request: CallRequest {
            method: "POST".to_owned(),
            url: "https://shop.example/orders".to_owned(),
            headers: vec![("x-a".to_owned(), "b".to_owned())],
            body: Bytes(vec![0, 255]),
        },
    }
}

async fn make(storage: &dyn Storage, call: NewCall) -> Result<Applied, WriteError> {
    storage.write(Unit::Call(CallUnit::Make(Box::new(call)))).await
}

fn ended(call: &NewCall) -> Unit {
    let event = NewEvent {
        id: EventId(Uuid::from_u128(call.id.0.as_u128() + 1_000)),
        community: call.community,
        place: call.place,
        author: None,
        lane: call.lane.clone(),
        received_at: START,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: call.place,
            },
            occurred_at: START,
            dedupe: format!("call/{}", call.id),
            hops: 1,
            body: EventBody::CallEnded {
                plugin: call.plugin.clone(),
                community: call.community,
                name: call.name.clone(),
                tries: 1,
                end: CallEnd::Answered {
                    status: 201,
                    body: Bytes(vec![7]),
                },
            },
        },
    };
    let (id, event) = (call.id, Box::new(event));
    Unit::Call(CallUnit::Ended { id, event })
}

/// The numbers of the calls that are due.
async fn due(storage: &dyn Storage, seconds: u64, each: u32, limit: u32) -> Vec<(u128, u32)> {
    let now = START + Duration::from_secs(seconds);
    let due = storage.calls_due(now, each, limit).await.unwrap();
    due.iter().map(|call| (call.new.id.0.as_u128(), call.tries)).collect()
}

pub async fn a_call_ends_once_with_its_event(storage: &dyn Storage) {
    let call = call(1, "garden/shop");
    make(storage, call.clone()).await.unwrap();
    let stored = storage.calls_due(START, 1, 1).await.unwrap();
    assert_eq!((&stored[0].new, stored[0].tries), (&call, 0));
    let Ok(Applied::Events(events)) = storage.write(ended(&call)).await else {
        panic!("it ends")
    };
    let [Stored::New(seq)] = events.as_slice() else {
        panic!("it is new: {events:?}")
    };
    let (event, _) = storage.event(*seq).await.unwrap().expect("it is there");
    assert!(matches!(event.new.event.body, EventBody::CallEnded { .. }));
    given::assert_conflict(storage.write(ended(&call)).await);
    assert_eq!(due(storage, 0, 9, 9).await, []);
}

pub async fn one_event_makes_one_call_of_a_name(storage: &dyn Storage) {
    let first = call(1, "garden/shop");
    make(storage, first.clone()).await.unwrap();
    let again = NewCall {
        id: CallId(Uuid::from_u128(2)),
        ..first.clone()
    };
    given::assert_conflict(make(storage, again.clone()).await);
    let another = NewCall {
        name: "cart".to_owned(),
        ..again
    };
    make(storage, another).await.unwrap();
    let of_another = NewCall {
        id: CallId(Uuid::from_u128(3)),
        plugin: "garden/other".into(),
        ..first
    };
    make(storage, of_another).await.unwrap();
    assert_eq!(storage.calls_open(COMMUNITY, &"garden/shop".into()).await.unwrap(), 2);
}

pub async fn a_call_that_is_put_off_is_due_later(storage: &dyn Storage) {
    make(storage, call(1, "garden/shop")).await.unwrap();
    let postponed = |tries| {
        let (id, due) = (CallId(Uuid::from_u128(1)), START + Duration::from_secs(5));
        storage.write(Unit::Call(CallUnit::Postponed { id, tries, due }))
    };
    postponed(1).await.unwrap();
    given::assert_conflict(postponed(1).await);
    assert_eq!(due(storage, 4, 9, 9).await, []);
    assert_eq!(
        storage.call_next_due(START).await.unwrap(),
        Some(START + Duration::from_secs(5))
    );
    assert_eq!(due(storage, 5, 9, 9).await, [(1, 1)]);
    let now = START + Duration::from_secs(5);
    assert_eq!(storage.call_next_due(now).await.unwrap(), None);
}

pub async fn a_plugin_with_many_calls_leaves_room_for_others(storage: &dyn Storage) {
    for number in 1..=5 {
        make(storage, call(number, "garden/shop")).await.unwrap();
    }
    make(storage, call(6, "garden/other")).await.unwrap();
    assert_eq!(due(storage, 0, 2, 9).await, [(1, 0), (2, 0), (6, 0)]);
    assert_eq!(due(storage, 0, 9, 2).await, [(1, 0), (2, 0)]);
}

pub async fn the_calls_of_a_plugin_go_with_it(storage: &dyn Storage) {
    let plugin = PluginId::from("garden/shop");
    let set = PluginUnit::Settings {
        before: None,
        after: PluginSettings::new(COMMUNITY, plugin.clone(), "bundled"),
    };
    storage.write(Unit::Plugin(set)).await.unwrap();
    make(storage, call(1, "garden/shop")).await.unwrap();
    make(storage, call(2, "garden/other")).await.unwrap();
    let remove = PluginUnit::Remove {
        community: COMMUNITY,
        plugin,
        with_data: false,
    };
    storage.write(Unit::Plugin(remove)).await.unwrap();
    assert_eq!(due(storage, 0, 9, 9).await, [(2, 0)]);
}
