//! Who people are to a community, and where they talk to us alone.

use switchboard::model::command::MenuPlace;
use switchboard::model::directory::{Audience, Place, Role};
use switchboard::model::ids::{IdentityId, LoginName, PlaceId, SpaceId};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::given::{self, COMMUNITY, PLACE};

pub async fn a_community_keeps_its_roles_when_it_is_renamed(storage: &dyn Storage) {
    let role = Role {
        name: "mods".to_owned(),
        scope: "discord".into(),
        native: "7".into(),
        staff: true,
    };
    let named = Unit::Directory(DirectoryUnit::Roles {
        community: COMMUNITY,
        roles: vec![role.clone()],
    });
    storage.write(named).await.unwrap();
    let renamed = Unit::Directory(DirectoryUnit::Community {
        id: COMMUNITY,
        name: "Orchard".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    });
    storage.write(renamed).await.unwrap();
    let known = storage.communities().await.unwrap().remove(0);
    assert_eq!((known.name.as_str(), known.roles), ("Orchard", vec![role]));
}

pub async fn a_person_is_found_in_the_chat_that_they_began(storage: &dyn Storage) {
    let alice = IdentityId(Uuid::from_u128(70));
    let login = LoginName::from("loopback");
    let mut commit = given::commit(given::accepted(storage, 10).await);
    let mut began = given::conversation(20);
    began.asker = Some(alice);
    commit.conversation = Some(given::opens(&began));
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let of = async |who: IdentityId, login: &LoginName| {
        let found = storage.direct_place_of(who, login).await.unwrap();
        found.map(|place| place.id)
    };
    assert_eq!(of(alice, &login).await, Some(PLACE));
    assert_eq!(of(alice, &LoginName::from("another")).await, None);
    assert_eq!(of(IdentityId(Uuid::from_u128(71)), &login).await, None);
    let chat = async |place: Place| {
        let unit = Unit::Directory(DirectoryUnit::Place(place));
        storage.write(unit).await.unwrap();
        storage.direct_chat(given::COMMUNITY, alice).await.unwrap()
    };
    assert_eq!(chat(given::place()).await, Some(PLACE), "on whichever login");
    let off = Place {
        enabled: false,
        ..given::place()
    };
    assert_eq!(chat(off).await, None);
    let public = Place {
        audience: Audience::Public,
        ..given::place()
    };
    let unit = Unit::Directory(DirectoryUnit::Place(public));
    storage.write(unit).await.unwrap();
    assert_eq!(of(alice, &login).await, None);
    assert_eq!(storage.direct_chat(given::COMMUNITY, alice).await.unwrap(), None);
}

pub async fn menus_are_for_the_places_of_one_login_that_several_people_see(storage: &dyn Storage) {
    let guild = SpaceId(Uuid::from_u128(80));
    let space = DirectoryUnit::Space {
        id: guild,
        login: "loopback".into(),
        native: "100".to_owned(),
        community: Some(COMMUNITY),
        name: "Gardeners".to_owned(),
    };
    storage.write(Unit::Directory(space)).await.unwrap();
    let places = [
        ("help", Some(guild), true, "loopback"),
        ("talk", None, false, "loopback"),
        ("far", None, true, "other"),
        ("thread", Some(guild), true, "loopback"),
    ];
    for (number, (name, space, enabled, login)) in (81..).zip(places) {
        let place = Place {
            id: PlaceId(Uuid::from_u128(number)),
            native: given::seen(name).native,
            audience: Audience::Public,
            login: login.into(),
            space,
            enabled,
            thread: name == "thread",
            ..given::place()
        };
        storage
            .write(Unit::Directory(DirectoryUnit::Place(place)))
            .await
            .unwrap();
    }
    let expected = [("help", Some("100"), true), ("talk", None, false)].map(|(name, space, enabled)| MenuPlace {
        native: given::seen(name).native,
        space: space.map(str::to_owned),
        enabled,
    });
    assert_eq!(storage.menu_places(&"loopback".into()).await.unwrap(), expected);
}

pub async fn shared_places_come_by_name_and_threads_behind_them(storage: &dyn Storage) {
    for (number, name) in (81..).zip(["talk", "a thread", "help"]) {
        let place = Place {
            id: PlaceId(Uuid::from_u128(number)),
            native: given::seen(name).native,
            name: name.to_owned(),
            audience: Audience::Public,
            thread: name == "a thread",
            ..given::place()
        };
        let unit = Unit::Directory(DirectoryUnit::Place(place));
        storage.write(unit).await.unwrap();
    }
    for (limit, expected) in [(10, &["help", "talk", "a thread"][..]), (2, &["help", "talk"][..])] {
        let places = storage.shared_places(COMMUNITY, limit).await.unwrap();
        let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
        assert_eq!(names, expected, "direct chats are not among them");
    }
}
