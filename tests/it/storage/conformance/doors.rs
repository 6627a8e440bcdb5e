//! What owners decide about the doors by which others come in, and what is kept from everybody else.

use switchboard::model::action::Author;
use switchboard::model::conversation::Conversation;
use switchboard::model::ids::{MessageId, PluginId, Version};
use switchboard::storage::plugins::{PluginSettings, PluginUnit};
use switchboard::storage::tokens::{Budget, TokenUnit};
use switchboard::storage::unit::NewMessage;
use switchboard::storage::webhooks::{Replaced, WebhookUnit, replaced};
use switchboard::storage::{Applied, Change, Storage, Unit, WriteError};
use uuid::Uuid;

use super::persons::{OTHER, identity, known};
use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const SHOP: &str = "garden/shop";

pub async fn what_is_for_owners_is_marked_with_all_that_was_said_in_one_commit(storage: &dyn Storage) {
    for (number, for_owners) in [(10, true), (20, false)] {
        let mut commit = given::commit(given::accepted(storage, number).await);
        commit.messages = vec![given::message(number, "asked"), given::message(number + 1, "answered")];
        commit.for_owners = for_owners;
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        for id in [number, number + 1].map(|number| MessageId(Uuid::from_u128(number))) {
            assert_eq!(storage.message(id).await.unwrap().unwrap().for_owners, for_owners);
        }
    }
}

pub async fn only_the_package_that_serves_still_serves(storage: &dyn Storage) {
    let settings = |granted_to: &str, revision| PluginSettings {
        revision: Version(revision),
        ..PluginSettings::new(COMMUNITY, SHOP.into(), granted_to)
    };
    let serves = |granted_to: &str| {
        let unit = PluginUnit::Serves {
            community: COMMUNITY,
            plugin: SHOP.into(),
            granted_to: granted_to.to_owned(),
        };
        storage.write(Unit::Plugin(unit))
    };
    given::assert_conflict(serves("old").await);
    let set = |before, after| storage.write(Unit::Plugin(PluginUnit::Settings { before, after }));
    set(None, settings("old", 1)).await.unwrap();
    let mut changes = storage.changes();
    serves("old").await.unwrap();
    assert!(changes.try_recv().is_err(), "nothing has changed");
    set(Some(Version(1)), settings("new", 2)).await.unwrap();
    given::assert_conflict(serves("old").await);
    serves("new").await.unwrap();
}

pub async fn an_address_is_replaced_by_the_next_number_alone(storage: &dyn Storage) {
    let plugin = PluginId::from(SHOP);
    let replace = |number: u32| {
        let next = Replaced {
            community: COMMUNITY,
            plugin: SHOP.into(),
            endpoint: "order".to_owned(),
            number,
        };
        storage.write(Unit::Webhook(WebhookUnit::Replaced(next)))
    };
    let mut changes = storage.changes();
    given::assert_conflict(replace(2).await);
    assert!(changes.try_recv().is_err(), "nothing has changed");
    replace(1).await.unwrap();
    assert_eq!(changes.try_recv(), Ok(Change::Webhooks), "told before it is answered");
    given::assert_conflict(replace(1).await);
    replace(2).await.unwrap();
    let all = storage.webhooks_replaced().await.unwrap();
    assert_eq!(replaced(&all, COMMUNITY, &plugin, "order"), 2);
    assert_eq!(replaced(&all, COMMUNITY, &plugin, "cart"), 0);
    assert_eq!(replaced(&all, OTHER, &plugin, "order"), 0);
}

pub async fn a_budget_never_goes_below_nothing(storage: &dyn Storage) {
    let budget = || Budget {
        community: COMMUNITY,
        plugin: SHOP.into(),
        day: 7,
    };
    let reserve = |tokens| {
        let unit = TokenUnit::Reserve {
            budget: budget(),
            tokens,
            max: 100,
            plugin_max: 100,
        };
        storage.write(Unit::Tokens(unit))
    };
    let settle = async |reserved, spent| -> Result<Applied, WriteError> {
        let unit = TokenUnit::Settle {
            budget: budget(),
            reserved,
            spent,
        };
        storage.write(Unit::Tokens(unit)).await
    };
    let spent = async || {
        let all = storage.tokens_spent(COMMUNITY, 7).await.unwrap();
        all.first().map(|(_, tokens)| *tokens)
    };
    // Nothing was taken: what is given back by mistake makes no budget.
    settle(50, 0).await.unwrap();
    assert_eq!(spent().await, None);
    reserve(10).await.unwrap();
    for _ in 0..3 {
        settle(50, 0).await.unwrap();
        assert_eq!(spent().await, Some(0));
    }
    reserve(100).await.unwrap();
    given::assert_conflict(reserve(1).await);
    // It may have cost more than was taken; then there is nothing left, and not less.
    settle(100, 130).await.unwrap();
    assert_eq!(spent().await, Some(130));
    given::assert_conflict(reserve(1).await);
}

pub async fn an_account_leaves_traces_where_it_wrote_to_us(storage: &dyn Storage) {
    known(storage, 11..=12).await;
    let conversation = Conversation {
        asker: Some(identity(11)),
        ..given::conversation(30)
    };
    let said = |number, of| NewMessage {
        conversation: Some(conversation.id),
        author: Author::Identity { id: identity(of) },
        ..given::message(number, "hello")
    };
    let mut commit = given::commit(given::accepted(storage, 10).await);
    commit.conversation = Some(given::opens(&conversation));
    // Somebody else who writes there leaves no trace of the first.
    commit.messages = vec![
        said(31, 11),
        said(32, 11),
        said(33, 12),
        given::message(34, "our answer"),
    ];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let traces = storage.traces(COMMUNITY, identity(11)).await.unwrap();
    assert_eq!((traces.places.as_slice(), traces.messages()), (&[(PLACE, 2)][..], 2));
    assert_eq!(traces.since, None, "this id does not tell");
    assert_eq!(storage.traces(OTHER, identity(11)).await.unwrap().messages(), 0);
    let made = uuid::Builder::from_unix_timestamp_millis(u64::try_from(START.as_millis()).unwrap(), &[0; 10]);
    let id = switchboard::model::ids::IdentityId(made.into_uuid());
    let since = storage.traces(COMMUNITY, id).await.unwrap().since;
    assert_eq!(since, Some(START));
}
