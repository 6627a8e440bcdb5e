//! What is kept of those about whom something was done.

use switchboard::model::directory::{Place, SeenIdentity, Standing};
use switchboard::model::event::{DeliveryEnd, Source};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{CommunityId, DeliveryId, IdentityId, IdentityRef, MessageId, PlaceId, SpaceId};
use switchboard::model::measure::{Measure, Removal, RemovalState, TAKEN_WITHIN};
use switchboard::storage::core::{LastSeen, StoredMessage};
use switchboard::storage::unit::{DeliveryStep, DirectoryUnit, MessageChange, NewDelivery};
use switchboard::storage::{Page, Storage, Unit, WriteError};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const ANN: IdentityId = IdentityId(Uuid::from_u128(11));

fn removal() -> Removal {
    Removal {
        by: "test/moderation".into(),
        reason: "spam".to_owned(),
        state: RemovalState::Done,
    }
}

async fn removed(storage: &dyn Storage, number: u128, message: MessageId, removed: Option<Removal>) -> StoredMessage {
    let mut commit = given::commit(given::accepted(storage, number).await);
    commit.changed_messages = vec![MessageChange {
        message,
        content: None,
        removed,
        buttons: None,
        at: START,
    }];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    storage.message(message).await.unwrap().unwrap()
}

pub async fn what_was_removed_keeps_its_words_for_staff_and_is_not_found(storage: &dyn Storage) {
    let mut commit = given::commit(given::accepted(storage, 10).await);
    let said = given::message(10, "cheap watches");
    let id = said.id;
    commit.messages = vec![said];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    // What is asked for, or was not done, is not gone.
    let not_done = RemovalState::NotDone { why: "no".to_owned() };
    for (number, state) in [(20, RemovalState::Asked), (21, not_done)] {
        let asked = Removal { state, ..removal() };
        let stored = removed(storage, number, id, Some(asked.clone())).await;
        assert_eq!((stored.removed, stored.deleted_at), (Some(asked), None));
    }
    let stored = removed(storage, 11, id, Some(removal())).await;
    assert_eq!((stored.removed, stored.deleted_at), (Some(removal()), Some(START)));
    assert_eq!(stored.new.content.to_plain(), "cheap watches");
    let page = Page {
        before: None,
        limit: 10,
    };
    assert!(storage.search(COMMUNITY, "watches", page).await.unwrap().is_empty());
    // What is gone is removed by nobody any more.
    let again = Removal {
        by: "test/another".into(),
        ..removal()
    };
    assert_eq!(removed(storage, 12, id, Some(again)).await.removed, Some(removal()));
}

const GUILD: SpaceId = SpaceId(Uuid::from_u128(40));
const HELP: PlaceId = PlaceId(Uuid::from_u128(41));

fn ann(role: &str, standing: Standing) -> SeenIdentity {
    SeenIdentity {
        native: IdentityRef {
            scope: "loopback".into(),
            id: "ann".into(),
        },
        name: "Ann".to_owned(),
        bot: false,
        language: None,
        roles: vec![role.into()],
        created_at: None,
        joined_at: Some(START),
        standing,
    }
}

/// A guild with one place.
async fn guild(storage: &dyn Storage) {
    let space = DirectoryUnit::Space {
        id: GUILD,
        login: "loopback".into(),
        native: "guild".to_owned(),
        community: Some(COMMUNITY),
        name: "Guild".to_owned(),
    };
    let help = Place {
        id: HELP,
        native: given::seen("help").native,
        space: Some(GUILD),
        ..given::place()
    };
    let units = [space, DirectoryUnit::Place(help)].map(Unit::Directory);
    storage.write(Unit::All(units.into())).await.unwrap();
}

/// Ann says something, of whom this is told.
async fn ann_says(storage: &dyn Storage, number: u128, (place, role, standing): (PlaceId, &str, Standing)) {
    let mut event = given::event(number);
    (event.author, event.place) = (Some(ANN), Some(place));
    event.event.source = Source::Platform {
        login: "loopback".into(),
        place: given::seen("alice"),
        author: Some(ann(role, standing)),
    };
    storage.write(given::accept(vec![event])).await.unwrap();
}

/// Something that nobody said happens to Ann.
async fn happens_to_ann(storage: &dyn Storage, number: u128, place: PlaceId) {
    let mut event = given::event(number);
    (event.author, event.place) = (Some(ANN), Some(place));
    event.event.source = Source::Internal {
        conversation: None,
        place: Some(place),
    };
    storage.write(given::accept(vec![event])).await.unwrap();
}

pub async fn of_somebody_is_told_what_they_did_last_in_each_space_of_the_community(storage: &dyn Storage) {
    let nowhere = CommunityId(Uuid::from_u128(99));
    guild(storage).await;
    assert_eq!(storage.last_seen(ANN, COMMUNITY).await.unwrap(), []);
    let told = [
        (PLACE, "guest", Standing::Untold),
        (HELP, "moderator", Standing::Keeper),
        (HELP, "helper", Standing::Member),
        (PLACE, "friend", Standing::Untold),
        (HELP, "nobody knows", Standing::Unknown),
    ];
    for (number, told) in (10..).zip(told) {
        ann_says(storage, number, told).await;
    }
    // Of others nothing is said, and nothing by what only has to do with her.
    given::accepted(storage, 20).await;
    happens_to_ann(storage, 21, HELP).await;
    let seen = |space, role, standing| LastSeen {
        space,
        who: ann(role, standing),
    };
    let expected = [
        seen(None, "friend", Standing::Untold),
        seen(Some(GUILD), "helper", Standing::Member),
    ];
    assert_eq!(storage.last_seen(ANN, COMMUNITY).await.unwrap(), expected);
    assert_eq!(storage.last_seen(ANN, nowhere).await.unwrap(), []);
}

pub async fn what_was_stored_before_standings_were_told_is_unknown_in_a_space(storage: &dyn Storage) {
    guild(storage).await;
    ann_says(storage, 10, (HELP, "moderator", Standing::Untold)).await;
    ann_says(storage, 11, (HELP, "nobody knows", Standing::Unknown)).await;
    ann_says(storage, 12, (PLACE, "guest", Standing::Untold)).await;
    let seen = |space, role, standing| LastSeen {
        space,
        who: ann(role, standing),
    };
    let guest = || seen(None, "guest", Standing::Untold);
    let before = [guest(), seen(Some(GUILD), "moderator", Standing::Unknown)];
    assert_eq!(storage.last_seen(ANN, COMMUNITY).await.unwrap(), before);
    ann_says(storage, 13, (HELP, "helper", Standing::Member)).await;
    let told = [guest(), seen(Some(GUILD), "helper", Standing::Member)];
    assert_eq!(storage.last_seen(ANN, COMMUNITY).await.unwrap(), told);
}

/// A measure about somebody, as it waits in that place.
fn measure(number: u128, person: &str, place: PlaceId, measure: Measure) -> NewDelivery {
    let mut delivery = given::delivery(number, MessageId(Uuid::nil()));
    (delivery.place, delivery.message) = (place, None);
    delivery.action.body = FittedBody::Measure {
        person: IdentityRef {
            scope: "loopback".into(),
            id: person.into(),
        },
        measure,
        reason: "spam".to_owned(),
        by: Some("test/moderation".into()),
        not_after: measure.not_after(START),
    };
    delivery
}

pub async fn measures_that_wait_are_found_in_all_that_the_place_is_in_and_called_off(storage: &dyn Storage) {
    let space = DirectoryUnit::Space {
        id: GUILD,
        login: "loopback".into(),
        native: "guild".to_owned(),
        community: Some(COMMUNITY),
        name: "Guild".to_owned(),
    };
    let channel = |id, native: &str| {
        DirectoryUnit::Place(Place {
            id,
            native: given::seen(native).native,
            space: Some(GUILD),
            ..given::place()
        })
    };
    let other = PlaceId(Uuid::from_u128(42));
    let units = [space, channel(HELP, "help"), channel(other, "talk")].map(Unit::Directory);
    storage.write(Unit::All(units.into())).await.unwrap();
    let mut commit = given::commit(given::accepted(storage, 10).await);
    commit.deliveries = vec![
        measure(1, "ann", other, Measure::Ban),
        measure(2, "ann", HELP, Measure::Lift),
        measure(3, "bob", HELP, Measure::Ban),
        measure(4, "ann", PLACE, Measure::Ban),
        measure(5, "ann", HELP, Measure::Kick),
    ];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let ann = IdentityRef {
        scope: "loopback".into(),
        id: "ann".into(),
    };
    let found = storage.measures_open(&ann, HELP).await.unwrap();
    let ids: Vec<_> = found.iter().map(|one| one.new.id).collect();
    let [ban, kick] = [1, 5].map(|number| DeliveryId(Uuid::from_u128(number)));
    assert_eq!(ids, [ban, kick]);
    let (id, at) = (kick, START);
    let call_off = || storage.write(Unit::Delivery(DeliveryStep::CalledOff { id, at }));
    assert!(
        matches!(call_off().await, Err(WriteError::Conflict { .. })),
        "it is not being sent"
    );
    storage
        .write(Unit::Delivery(DeliveryStep::Sending { id }))
        .await
        .unwrap();
    call_off().await.unwrap();
    let kick = storage.delivery(id).await.unwrap().unwrap();
    assert!(kick.new.action.body.is_too_late(START));
    // A person who wants it after all gets it.
    let end = DeliveryEnd::Failed {
        reason: "no".to_owned(),
    };
    let ended = DeliveryStep::Ended {
        id,
        native: None,
        end,
        at,
        thread: None,
        event: None,
    };
    let again = DeliveryStep::Again { id, due: START };
    for step in [ended, again] {
        storage.write(Unit::Delivery(step)).await.unwrap();
    }
    let kick = storage.delivery(id).await.unwrap().unwrap();
    assert!(!kick.new.action.body.is_too_late(START));
    assert!(kick.new.action.body.is_too_late(START + TAKEN_WITHIN));
}
