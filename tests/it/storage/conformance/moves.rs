//! What a place has goes with it when its platform names it differently.

use switchboard::model::directory::Place;
use switchboard::model::ids::{DeliveryId, MessageRef, PlaceId};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::NEWEST;
use crate::storage::given::{self, COMMUNITY, PLACE};

pub async fn a_place_that_moves_takes_everything_along_once(storage: &dyn Storage) {
    let mut commit = given::commit(given::accepted(storage, 10).await);
    let mut received = given::message(30, "when do you open?");
    received.native = Some(given::message_ref(10));
    let answer = given::message(31, "at nine");
    commit.deliveries = vec![given::delivery(40, answer.id)];
    commit.messages = vec![received, answer];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let to = given::seen("bob");
    // Something happened under the new name before.
    let early = Place {
        id: PlaceId(Uuid::from_u128(3)),
        native: to.native.clone(),
        ..given::place()
    };
    let thread = Place {
        id: PlaceId(Uuid::from_u128(4)),
        native: given::seen("bob/1").native,
        parent: Some(early.id),
        ..given::place()
    };
    let moved = DirectoryUnit::Moved {
        place: PLACE,
        from: given::place_ref(),
        to: to.clone(),
    };
    for unit in [
        DirectoryUnit::Place(early),
        DirectoryUnit::Place(thread),
        moved.clone(),
        moved,
    ] {
        storage.write(Unit::Directory(unit)).await.unwrap();
    }
    let places = storage.places(COMMUNITY, NEWEST).await.unwrap();
    let named: Vec<_> = places
        .iter()
        .map(|place| (place.id, place.native.id.as_str(), place.parent))
        .collect();
    assert_eq!(
        named,
        [
            (PLACE, "bob", None),
            (PlaceId(Uuid::from_u128(4)), "bob/1", Some(PLACE))
        ]
    );
    assert!(places[0].enabled);
    let delivery = storage
        .delivery(DeliveryId(Uuid::from_u128(40)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        delivery.new.action.place, to.native,
        "what is to be sent goes to the new place"
    );
    let under_new_name = MessageRef {
        place: to.native,
        id: given::message_ref(10).id,
    };
    assert_eq!(storage.message_by_native(&under_new_name).await.unwrap(), None);
    let said = storage.messages_of_place(PLACE, NEWEST).await.unwrap();
    assert_eq!(
        said.last().unwrap().new.native.as_ref().unwrap().id.as_str(),
        "alice/m10"
    );
}

pub async fn what_happens_under_the_old_name_after_a_move_changes_nothing(storage: &dyn Storage) {
    let to = given::seen("bob");
    let moved = |place| DirectoryUnit::Moved {
        place,
        from: given::place_ref(),
        to: to.clone(),
    };
    let late = Place {
        id: PlaceId(Uuid::from_u128(3)),
        enabled: false,
        ..given::place()
    };
    for unit in [moved(PLACE), DirectoryUnit::Place(late.clone()), moved(late.id)] {
        storage.write(Unit::Directory(unit)).await.unwrap();
    }
    let places = storage.places(COMMUNITY, NEWEST).await.unwrap();
    let named: Vec<_> = places
        .iter()
        .map(|place| (place.id, &place.native, place.enabled))
        .collect();
    assert_eq!(named, [(PLACE, &to.native, true)]);
}
