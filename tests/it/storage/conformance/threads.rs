//! What an answer in a thread brings along, in the unit that says that the thread is there.

use switchboard::model::conversation::{Closing, Conversation, Holder, LaneKey};
use switchboard::model::directory::{Audience, Place};
use switchboard::model::event::DeliveryEnd;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{DeliveryId, MessageRef, PlaceId, PlaceRef, Version};
use switchboard::storage::core::StoredDelivery;
use switchboard::storage::unit::{DeliveryStep, DirectoryUnit, NewDelivery, OpenedThread};
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::START;
use crate::storage::given::{self, PLACE};

const THREAD: PlaceId = PlaceId(Uuid::from_u128(50));
const OPENING: DeliveryId = DeliveryId(Uuid::from_u128(40));

fn native() -> PlaceRef {
    PlaceRef {
        scope: "loopback".into(),
        id: "alice/m10".into(),
    }
}

/// In a channel somebody was told that it takes a moment (43). Then an answer opens a thread (40 and 41), and staff add
/// something (42).
async fn an_answer_on_its_way(storage: &dyn Storage) -> Conversation {
    let channel = Place {
        audience: Audience::Public,
        ..given::place()
    };
    storage
        .write(Unit::Directory(DirectoryUnit::Place(channel)))
        .await
        .unwrap();
    let conversation = given::conversation(20);
    let mut commit = given::commit(given::accepted(storage, 10).await);
    commit.conversation = Some(given::opens(&conversation));
    commit.messages = [(33, "a moment"), (31, "at nine"), (32, "and on Sundays")]
        .map(|(number, text)| {
            let mut message = given::message(number, text);
            message.conversation = Some(conversation.id);
            message
        })
        .to_vec();
    let said = |number: u128, message: usize, after| NewDelivery {
        conversation: Some(conversation.id),
        after,
        ..given::delivery(number, commit.messages[message].id)
    };
    let mut opening = said(40, 1, None);
    opening.action.body = FittedBody::Thread {
        from: given::message_ref(10),
        name: "When do you open?".to_owned(),
    };
    commit.deliveries = vec![
        said(43, 0, None),
        opening,
        said(41, 1, Some(OPENING)),
        said(42, 2, Some(OPENING)),
    ];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    conversation
}

fn ended(id: DeliveryId, end: DeliveryEnd) -> DeliveryStep {
    let delivered = end == DeliveryEnd::Delivered;
    let thread = OpenedThread {
        place: THREAD,
        native: native(),
    };
    DeliveryStep::Ended {
        id,
        native: (id != OPENING && delivered).then(|| "m77".into()),
        end,
        at: START,
        thread: (id == OPENING && delivered).then(|| Box::new(thread)),
        event: None,
    }
}

async fn step(storage: &dyn Storage, step: DeliveryStep) {
    storage.write(Unit::Delivery(step)).await.unwrap();
}

async fn delivery(storage: &dyn Storage, number: u128) -> StoredDelivery {
    let id = DeliveryId(Uuid::from_u128(number));
    storage.delivery(id).await.unwrap().unwrap()
}

async fn places(storage: &dyn Storage) -> [PlaceId; 4] {
    let mut places = [PLACE; 4];
    for (number, place) in places.iter_mut().enumerate() {
        let stored = delivery(storage, 40 + number as u128).await;
        *place = stored.new.place;
        let sent_to = storage.place_by_native(&stored.new.action.place).await.unwrap();
        assert_eq!(sent_to.map(|place| place.id), Some(stored.new.place), "{number}");
        let message = storage.message(stored.new.message.unwrap()).await.unwrap().unwrap();
        assert_eq!(message.new.place, stored.new.place, "{number}");
    }
    places
}

pub async fn what_waits_for_a_thread_goes_there_with_its_conversation(storage: &dyn Storage) {
    let before = an_answer_on_its_way(storage).await;
    assert_eq!(storage.thread_opening(before.id).await.unwrap(), Some(OPENING));
    // It counts while the platform is asked, too, which may be repeated; and then nobody can give it up.
    for _ in 0..2 {
        step(storage, DeliveryStep::Sending { id: OPENING }).await;
    }
    assert_eq!(storage.thread_opening(before.id).await.unwrap(), Some(OPENING));
    let all = storage.openings(10).await.unwrap();
    assert_eq!(all.iter().map(|opening| opening.new.id).collect::<Vec<_>>(), [OPENING]);
    let given_up = DeliveryStep::GiveUp { id: OPENING, at: START };
    given::assert_conflict(storage.write(Unit::Delivery(given_up)).await);
    step(storage, ended(OPENING, DeliveryEnd::Delivered)).await;
    assert_eq!(storage.thread_opening(before.id).await.unwrap(), None);
    assert_eq!(storage.openings(10).await.unwrap(), []);

    assert_eq!(places(storage).await, [THREAD, THREAD, THREAD, PLACE]);
    let thread = storage.place(THREAD).await.unwrap().unwrap();
    let expected = Place {
        id: THREAD,
        native: native(),
        parent: Some(PLACE),
        name: "alice / When do you open?".to_owned(),
        audience: Audience::Public,
        thread: true,
        ..given::place()
    };
    assert_eq!(thread, expected);
    let moved = Conversation {
        place: THREAD,
        lane: LaneKey::of_place(THREAD),
        version: Version(2),
        ..before.clone()
    };
    assert_eq!(storage.conversation(before.id).await.unwrap(), Some(moved));
    // Who had read it before reads it again.
    let mut late = given::commit(given::accepted(storage, 11).await);
    late.conversation = Some(given::opens(&before));
    late.conversation.as_mut().unwrap().before = Some(before.version);
    given::assert_conflict(storage.write(Unit::Commit(Box::new(late))).await);

    step(storage, ended(DeliveryId(Uuid::from_u128(41)), DeliveryEnd::Delivered)).await;
    let named = |place| MessageRef {
        place,
        id: "m77".into(),
    };
    let found = storage.message_by_native(&named(native())).await.unwrap().unwrap();
    assert_eq!(found.new.content.to_plain(), "at nine");
    assert_eq!(
        storage.message_by_native(&named(given::place_ref())).await.unwrap(),
        None
    );
}

pub async fn a_conversation_that_was_closed_meanwhile_is_found_in_its_thread(storage: &dyn Storage) {
    let before = an_answer_on_its_way(storage).await;
    let mut commit = given::commit(given::accepted(storage, 11).await);
    let closed = Conversation {
        holder: Holder::Closed { how: Closing::Staff },
        version: before.version.next(),
        ..before.clone()
    };
    commit.conversation = Some(given::opens(&closed));
    commit.conversation.as_mut().unwrap().before = Some(before.version);
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    step(storage, ended(OPENING, DeliveryEnd::Delivered)).await;
    let last = storage
        .conversation_closed_last(&LaneKey::of_place(THREAD))
        .await
        .unwrap();
    assert_eq!(last.map(|last| (last.id, last.place)), Some((before.id, THREAD)));
}

pub async fn a_conversation_stays_where_it_is_when_another_is_open_in_the_thread(storage: &dyn Storage) {
    let before = an_answer_on_its_way(storage).await;
    let known = Place {
        id: PlaceId(Uuid::from_u128(51)),
        native: native(),
        parent: Some(PLACE),
        thread: true,
        ..given::place()
    };
    let lane = LaneKey::of_place(known.id);
    let other = Conversation {
        place: known.id,
        lane: lane.clone(),
        ..given::conversation(21)
    };
    let mut commit = given::commit(given::accepted(storage, 11).await);
    commit.conversation = Some(given::opens(&other));
    let place = Unit::Directory(DirectoryUnit::Place(known.clone()));
    storage
        .write(Unit::All(vec![place, Unit::Commit(Box::new(commit))]))
        .await
        .unwrap();

    step(storage, ended(OPENING, DeliveryEnd::Delivered)).await;
    // What is said is still said there.
    assert_eq!(places(storage).await, [known.id, known.id, known.id, PLACE]);
    // But whoever decides what is said next, counting on the thread that was to come, reads anew.
    let stays = Conversation {
        version: Version(before.version.0 + 1),
        ..before
    };
    assert_eq!(storage.conversation(stays.id).await.unwrap(), Some(stays));
    assert_eq!(storage.conversation_of_lane(&lane).await.unwrap(), Some(other));
    assert_eq!(storage.place(known.id).await.unwrap(), Some(known));
}

pub async fn a_thread_that_comes_after_its_answer_moves_nothing(storage: &dyn Storage) {
    let before = an_answer_on_its_way(storage).await;
    let refused = DeliveryEnd::Failed {
        reason: "no threads here".to_owned(),
    };
    step(storage, ended(OPENING, refused)).await;
    for number in [41, 42] {
        let mut sent = ended(DeliveryId(Uuid::from_u128(number)), DeliveryEnd::Delivered);
        if let DeliveryStep::Ended { native, .. } = &mut sent {
            *native = Some(format!("m{number}").into());
        }
        step(storage, sent).await;
    }
    step(
        storage,
        DeliveryStep::Again {
            id: OPENING,
            due: START,
        },
    )
    .await;
    step(storage, ended(OPENING, DeliveryEnd::Delivered)).await;
    assert_eq!(places(storage).await, [PLACE; 4]);
    assert_eq!(storage.conversation(before.id).await.unwrap(), Some(before));
    assert_eq!(storage.place(THREAD).await.unwrap(), None);
}

pub async fn a_message_is_found_in_what_is_within_its_place(storage: &dyn Storage) {
    an_answer_on_its_way(storage).await;
    step(storage, ended(OPENING, DeliveryEnd::Delivered)).await;
    step(storage, ended(DeliveryId(Uuid::from_u128(41)), DeliveryEnd::Delivered)).await;
    let within = async |place, id: &str| {
        let name = MessageRef { place, id: id.into() };
        let found = storage.message_within(&name).await.unwrap();
        found.map(|found| (found.new.place, found.new.content.to_plain()))
    };
    let answer = Some((THREAD, "at nine".to_owned()));
    assert_eq!(within(given::place_ref(), "m77").await, answer, "sent to the thread");
    assert_eq!(within(native(), "m77").await, answer, "which is its place");
    assert_eq!(within(given::place_ref(), "m78").await, None);

    let mut commit = given::commit(given::accepted(storage, 11).await);
    let mut question = given::message(34, "and on Sundays?");
    question.native = Some(given::message_ref(11));
    commit.messages = vec![question];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let asked = Some((PLACE, "and on Sundays?".to_owned()));
    assert_eq!(
        within(given::place_ref(), "m11").await,
        asked,
        "heard in the place itself"
    );
    assert_eq!(within(native(), "m11").await, None, "it is not in the thread");
}
