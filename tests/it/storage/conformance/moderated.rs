//! What is kept of those about whom something was done.

use switchboard::model::directory::{Place, SeenIdentity, Standing};
use switchboard::model::event::Source;
use switchboard::model::ids::{CommunityId, IdentityId, IdentityRef, MessageId, PlaceId, SpaceId};
use switchboard::model::measure::Removal;
use switchboard::storage::core::{LastSeen, StoredMessage};
use switchboard::storage::unit::{DirectoryUnit, MessageChange};
use switchboard::storage::{Page, Storage, Unit};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const ANN: IdentityId = IdentityId(Uuid::from_u128(11));

fn removal() -> Removal {
    Removal {
        by: "test/moderation".into(),
        reason: "spam".to_owned(),
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

pub async fn of_somebody_is_told_what_they_did_last_in_each_space_of_the_community(storage: &dyn Storage) {
    let nowhere = CommunityId(Uuid::from_u128(99));
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
    assert_eq!(storage.last_seen(ANN, COMMUNITY).await.unwrap(), []);
    let told = [
        (PLACE, "guest", Standing::Untold),
        (HELP, "moderator", Standing::Keeper),
        (HELP, "helper", Standing::Member),
        (PLACE, "friend", Standing::Untold),
        (HELP, "nobody knows", Standing::Unknown),
    ];
    for (number, (place, role, standing)) in (10..).zip(told) {
        let mut event = given::event(number);
        (event.author, event.place) = (Some(ANN), Some(place));
        event.event.source = Source::Platform {
            login: "loopback".into(),
            place: given::seen("alice"),
            author: Some(ann(role, standing)),
        };
        storage.write(given::accept(vec![event])).await.unwrap();
    }
    // Of others nothing is said.
    given::accepted(storage, 20).await;
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
