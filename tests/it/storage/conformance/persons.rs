//! Which identities are one person, and the codes by which they become one.

use std::time::Duration;

use switchboard::model::directory::Identity;
use switchboard::model::ids::{CommunityId, IdentityId, IdentityRef, LinkCodeId, MessageId, PersonId};
use switchboard::storage::person::{CodeHash, Limited, LinkAttempts, LinkCode, PersonUnit};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Applied, Storage, Unit, WriteError};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

pub(super) const OTHER: CommunityId = CommunityId(Uuid::from_u128(9));

pub(super) fn identity(number: u128) -> IdentityId {
    IdentityId(Uuid::from_u128(number))
}

/// Identities of these numbers, and a second community.
pub(super) async fn known(storage: &dyn Storage, numbers: impl IntoIterator<Item = u128>) {
    let mut units = vec![DirectoryUnit::Community {
        id: OTHER,
        name: "Other".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    }];
    units.extend(numbers.into_iter().map(|number| {
        DirectoryUnit::Identity(Identity {
            id: identity(number),
            native: IdentityRef {
                scope: "loopback".into(),
                id: number.to_string().into(),
            },
            name: format!("#{number}"),
            bot: false,
            staff: false,
            roles: Vec::new(),
            language: None,
        })
    }));
    let units = units.into_iter().map(Unit::Directory).collect();
    storage.write(Unit::All(units)).await.unwrap();
}

pub(super) async fn write(storage: &dyn Storage, unit: PersonUnit) -> Result<Applied, WriteError> {
    storage.write(Unit::Person(unit)).await
}

/// A code with this number for the identity.
fn code(number: u128, of: u128) -> LinkCode {
    LinkCode {
        id: LinkCodeId(Uuid::from_u128(number)),
        community: COMMUNITY,
        identity: identity(of),
        place: PLACE,
        message: MessageId(Uuid::from_u128(number)),
        expires: START + Duration::from_mins(10),
        entered_by: None,
    }
}

fn hash(number: u8) -> CodeHash {
    CodeHash([number; 32])
}

pub(super) async fn show(storage: &dyn Storage, number: u8, of: u128) -> LinkCodeId {
    let code = code(number.into(), of);
    let id = code.id;
    let hash = hash(number);
    write(storage, PersonUnit::Code { code, hash }).await.unwrap();
    id
}

pub(super) async fn enter(storage: &dyn Storage, code: LinkCodeId, by: u128) -> Result<Applied, WriteError> {
    let expires = START + Duration::from_mins(20);
    let by = identity(by);
    write(storage, PersonUnit::Entered { code, by, expires }).await
}

async fn confirm(storage: &dyn Storage, code: LinkCodeId, by: u128) -> Result<Applied, WriteError> {
    let mut before = Vec::new();
    let shown_to = storage.link_code(code).await.unwrap().map(|code| code.identity);
    for one in shown_to.into_iter().chain([identity(by)]) {
        let linked = storage.linked(COMMUNITY, one).await.unwrap();
        before.extend(linked.into_iter().map(|linked| linked.identity.id));
    }
    confirm_as_seen(storage, code, by, before).await
}

/// A yes of somebody who saw that the two were linked with `linked_before`.
async fn confirm_as_seen(
    storage: &dyn Storage,
    code: LinkCodeId,
    by: u128,
    linked_before: Vec<IdentityId>,
) -> Result<Applied, WriteError> {
    let unit = PersonUnit::Link {
        code,
        by: identity(by),
        linked_before,
        person: PersonId(code.0),
        at: START,
    };
    write(storage, unit).await
}

/// From a code to the link.
async fn link(storage: &dyn Storage, number: u8, one: u128, other: u128) {
    let code = show(storage, number, one).await;
    enter(storage, code, other).await.unwrap();
    confirm(storage, code, other).await.unwrap();
}

/// Whom each is linked with, by number.
async fn check(storage: &dyn Storage, of: u128, expected: &[u128]) {
    let linked = storage.linked(COMMUNITY, identity(of)).await.unwrap();
    let linked: Vec<_> = linked.iter().map(|linked| linked.identity.id.0.as_u128()).collect();
    assert_eq!(linked, expected, "of {of}");
}

pub async fn a_code_is_entered_once_and_links_by_a_yes_of_who_entered_it(storage: &dyn Storage) {
    known(storage, 11..=13).await;
    let code = show(storage, 1, 11).await;
    given::assert_conflict(confirm(storage, code, 12).await);
    enter(storage, code, 12).await.unwrap();
    given::assert_conflict(enter(storage, code, 13).await);
    given::assert_conflict(confirm(storage, code, 13).await);
    check(storage, 11, &[]).await;
    let found = storage.link_code_by_hash(COMMUNITY, hash(1)).await.unwrap().unwrap();
    assert_eq!(found.entered_by, Some(identity(12)));
    assert_eq!(storage.link_code(code).await.unwrap(), Some(found));
    assert_eq!(storage.link_code_by_hash(OTHER, hash(1)).await.unwrap(), None);
    confirm(storage, code, 12).await.unwrap();
    check(storage, 11, &[12]).await;
    check(storage, 12, &[11]).await;
    check(storage, 13, &[]).await;
    assert_eq!(storage.link_code(code).await.unwrap(), None);
    given::assert_conflict(confirm(storage, code, 12).await);
    assert!(storage.linked(OTHER, identity(11)).await.unwrap().is_empty());
}

pub async fn a_new_code_of_an_identity_replaces_and_a_dead_one_is_gone(storage: &dyn Storage) {
    known(storage, 11..=12).await;
    let first = show(storage, 1, 11).await;
    let second = show(storage, 2, 11).await;
    assert_eq!(storage.link_code(first).await.unwrap(), None);
    let last = storage.link_code_of(COMMUNITY, identity(11)).await.unwrap();
    assert_eq!(last, Some(code(2, 11)));
    for _ in 0..2 {
        write(storage, PersonUnit::Dead { code: second }).await.unwrap();
    }
    given::assert_conflict(enter(storage, second, 12).await);
    assert_eq!(storage.link_code_of(COMMUNITY, identity(11)).await.unwrap(), None);
}

pub async fn persons_that_are_linked_become_one_with_all_they_had(storage: &dyn Storage) {
    known(storage, 11..=15).await;
    link(storage, 1, 11, 12).await;
    link(storage, 2, 13, 14).await;
    check(storage, 11, &[12]).await;
    link(storage, 3, 12, 14).await;
    check(storage, 11, &[12, 13, 14]).await;
    check(storage, 14, &[11, 12, 13]).await;
    link(storage, 4, 15, 11).await;
    check(storage, 15, &[11, 12, 13, 14]).await;
}

pub async fn a_yes_to_other_persons_than_were_seen_is_a_conflict(storage: &dyn Storage) {
    known(storage, 11..=13).await;
    let code = show(storage, 1, 11).await;
    enter(storage, code, 12).await.unwrap();
    link(storage, 2, 12, 13).await;
    given::assert_conflict(confirm_as_seen(storage, code, 12, vec![]).await);
    check(storage, 11, &[]).await;
    let seen = vec![identity(13)];
    confirm_as_seen(storage, code, 12, seen).await.unwrap();
    check(storage, 11, &[12, 13]).await;
}

pub async fn unlinking_takes_one_out_and_leaves_nobody_linked_alone(storage: &dyn Storage) {
    known(storage, 11..=13).await;
    link(storage, 1, 11, 12).await;
    link(storage, 2, 12, 13).await;
    let unlink = |number| PersonUnit::Unlink {
        community: COMMUNITY,
        identity: identity(number),
    };
    write(storage, unlink(12)).await.unwrap();
    check(storage, 12, &[]).await;
    check(storage, 11, &[13]).await;
    given::assert_conflict(write(storage, unlink(12)).await);
    write(storage, unlink(11)).await.unwrap();
    check(storage, 13, &[]).await;
    given::assert_conflict(write(storage, unlink(13)).await);
    link(storage, 3, 13, 12).await;
    check(storage, 12, &[13]).await;
}

pub async fn wrong_codes_are_counted_for_each_identity(storage: &dyn Storage) {
    known(storage, 11..=12).await;
    let attempts = |count| LinkAttempts {
        count,
        expires: START + Duration::from_hours(1),
    };
    for count in [1, 2] {
        let wrong = PersonUnit::Counted {
            what: Limited::WrongCode,
            community: COMMUNITY,
            identity: identity(11),
            attempts: attempts(count),
        };
        write(storage, wrong).await.unwrap();
    }
    let counted = async |number, what| {
        let counted = storage.link_attempts(COMMUNITY, identity(number), what).await;
        counted.unwrap()
    };
    assert_eq!(counted(11, Limited::WrongCode).await, Some(attempts(2)));
    assert_eq!(counted(11, Limited::Link).await, None);
    assert_eq!(counted(12, Limited::WrongCode).await, None);
}
