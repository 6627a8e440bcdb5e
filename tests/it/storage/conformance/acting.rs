//! Which accounts of platforms act for an owner of the console, and when they no longer do.

use std::time::Duration;

use switchboard::model::ids::{AccountId, CommunityId};
use switchboard::storage::accounts::{Account, AccountUnit, Invite, InvitePurpose, Role, TokenHash};
use switchboard::storage::person::PersonUnit;
use switchboard::storage::{Applied, Storage, Unit, WriteError};
use uuid::Uuid;

use super::persons::{OTHER, enter, identity, known, show, write};
use crate::storage::START;
use crate::storage::given::{self, COMMUNITY};

/// An account with this role.
async fn account(storage: &dyn Storage, number: u8, role: Role) -> AccountId {
    let id = AccountId(Uuid::from_u128(number.into()));
    let token = TokenHash([number; 32]);
    let units = vec![
        AccountUnit::Invite(Invite {
            token,
            purpose: InvitePurpose::Join {
                community: COMMUNITY,
                role,
            },
            created_by: None,
            created_at: START,
            expires: START + Duration::from_hours(1),
            ended_at: None,
        }),
        AccountUnit::Join {
            invite: token,
            account: Account {
                id,
                email: format!("{number}@example.org"),
                name: format!("#{number}"),
                password: String::new(),
                zone: None,
                created_at: START,
                disabled_at: None,
            },
        },
    ];
    let units = units.into_iter().map(Unit::Account).collect();
    storage.write(Unit::All(units)).await.unwrap();
    id
}

/// The identity with that number is shown a code, and acts for the account by it.
async fn act(storage: &dyn Storage, number: u8, account: AccountId) -> Result<Applied, WriteError> {
    let code = show(storage, number, number.into()).await;
    write(
        storage,
        PersonUnit::Act {
            code,
            account,
            at: START,
        },
    )
    .await
}

async fn acts_for(storage: &dyn Storage, community: CommunityId, number: u128) -> Option<AccountId> {
    storage.acts_for(community, identity(number)).await.unwrap()
}

async fn change(storage: &dyn Storage, unit: AccountUnit) {
    storage.write(Unit::Account(unit)).await.unwrap();
}

pub async fn an_identity_acts_for_an_owner_by_a_code_that_lives_and_is_used_up(storage: &dyn Storage) {
    known(storage, 11..=12).await;
    let carol = account(storage, 1, Role::Owner).await;
    act(storage, 11, carol).await.unwrap();
    assert_eq!(acts_for(storage, COMMUNITY, 11).await, Some(carol));
    assert_eq!(acts_for(storage, COMMUNITY, 12).await, None);
    assert_eq!(acts_for(storage, OTHER, 11).await, None, "a code is of one community");
    assert_eq!(storage.link_code_of(COMMUNITY, identity(11)).await.unwrap(), None);
    let acting = storage.acting_for(COMMUNITY, carol).await.unwrap();
    assert_eq!(acting.len(), 1);
    assert_eq!((acting[0].identity.id, acting[0].since), (identity(11), START));

    let entered = show(storage, 2, 12).await;
    enter(storage, entered, 11).await.unwrap();
    let by = |code, at| PersonUnit::Act {
        code,
        account: carol,
        at,
    };
    given::assert_conflict(write(storage, by(entered, START)).await);
    let old = show(storage, 3, 12).await;
    given::assert_conflict(write(storage, by(old, START + Duration::from_mins(10))).await);
    assert_eq!(acts_for(storage, COMMUNITY, 12).await, None);

    let none = PersonUnit::ActNoMore {
        community: COMMUNITY,
        identity: identity(11),
        account: carol,
    };
    write(storage, none.clone()).await.unwrap();
    assert_eq!(acts_for(storage, COMMUNITY, 11).await, None);
    given::assert_conflict(write(storage, none).await);
}

pub async fn nobody_acts_for_whoever_is_no_owner_or_is_shut_out(storage: &dyn Storage) {
    known(storage, 11..=13).await;
    let (carol, dave) = (
        account(storage, 1, Role::Owner).await,
        account(storage, 2, Role::Owner).await,
    );
    let ann = account(storage, 3, Role::Agent).await;
    given::assert_conflict(act(storage, 13, ann).await);
    act(storage, 11, carol).await.unwrap();
    act(storage, 12, dave).await.unwrap();
    let still = |number, account| PersonUnit::StillActs {
        community: COMMUNITY,
        identity: identity(number),
        account,
    };
    write(storage, still(11, carol)).await.unwrap();
    given::assert_conflict(write(storage, still(11, dave)).await);

    let role = |account, role| AccountUnit::SetRole {
        account,
        community: COMMUNITY,
        role,
    };
    change(storage, role(carol, Some(Role::Agent))).await;
    assert_eq!(acts_for(storage, COMMUNITY, 11).await, None);
    given::assert_conflict(write(storage, still(11, carol)).await);
    change(storage, role(carol, Some(Role::Owner))).await;
    assert_eq!(
        acts_for(storage, COMMUNITY, 11).await,
        None,
        "it does not come back with the role"
    );

    let since = |since| AccountUnit::SetDisabled { account: dave, since };
    change(storage, since(Some(START))).await;
    assert_eq!(acts_for(storage, COMMUNITY, 12).await, None);
    change(storage, since(None)).await;
    assert_eq!(acts_for(storage, COMMUNITY, 12).await, None);
    assert!(storage.acting_for(COMMUNITY, dave).await.unwrap().is_empty());
}

pub async fn an_identity_acts_for_one_owner_alone(storage: &dyn Storage) {
    known(storage, 11..=11).await;
    let (carol, dave) = (
        account(storage, 1, Role::Owner).await,
        account(storage, 2, Role::Owner).await,
    );
    act(storage, 11, carol).await.unwrap();
    act(storage, 11, dave).await.unwrap();
    assert_eq!(acts_for(storage, COMMUNITY, 11).await, Some(dave));
    assert!(storage.acting_for(COMMUNITY, carol).await.unwrap().is_empty());
}
