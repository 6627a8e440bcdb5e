//! Two communities on one instance: nobody sees what is not theirs, and who belongs to both chooses.

use switchboard::model::ids::CommunityId;
use switchboard::storage::Unit;
use switchboard::storage::accounts::{AccountUnit, Role};

use super::site::Site;

const LISTS: [&str; 7] = [
    "/console/inbox",
    "/console/inbox?show=open",
    "/console/deliveries",
    "/console/events",
    "/console/search?q=secret",
    "/console/places",
    "/console/audit",
];

async fn join(site: &Site, community: CommunityId) {
    let account = site
        .storage
        .account_by_email("owner@example.org")
        .await
        .unwrap()
        .unwrap();
    let joined = AccountUnit::SetRole {
        account: account.id,
        community,
        role: Some(Role::Owner),
    };
    site.storage.write(Unit::Account(joined)).await.unwrap();
}

#[tokio::test]
async fn no_page_shows_rows_of_another_community() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let other = site.other_community().await;
    let theirs = site.conversation_in(other, "a secret of theirs").await;
    site.conversation("ours").await;
    for path in LISTS {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let body = answer.body.replace("value=\"secret\"", "");
        assert!(
            !body.contains("secret of theirs") && !body.contains("Other lobby"),
            "{path}: {body}"
        );
    }
    let deliveries = owner.get("/console/deliveries").await.body;
    assert_eq!(deliveries.matches("<tr id=").count(), 1, "{deliveries}");
    assert_eq!(owner.get(&format!("/console/conversations/{theirs}")).await.status, 404);
    assert_eq!(owner.get(&format!("/console/events?q={theirs}")).await.status, 404);
    // The first event of this database is theirs.
    assert_eq!(owner.get("/console/events/1").await.status, 404);
    site.stop();
}

#[tokio::test]
async fn who_belongs_to_two_communities_switches_between_them() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let other = site.other_community().await;
    site.conversation_in(other, "asked in the other one").await;
    site.conversation("asked here").await;
    let foreign = other.0.to_string();
    let refused = owner
        .send("/console/inbox", "/console/community", &[("community", &foreign)])
        .await;
    assert_eq!(refused.status, 404);
    assert!(!owner.get("/console/inbox").await.body.contains("/console/community"));

    join(&site, other.0).await;
    let inbox = owner.get("/console/inbox").await.body;
    assert!(
        inbox.contains("asked here") && !inbox.contains("asked in the other one"),
        "{inbox}"
    );
    let switched = owner
        .send("/console/inbox", "/console/community", &[("community", &foreign)])
        .await;
    assert_eq!(switched.status, 303, "{}", switched.body);
    let inbox = owner.get("/console/inbox").await.body;
    assert!(
        inbox.contains("asked in the other one") && !inbox.contains("asked here"),
        "{inbox}"
    );
    site.stop();
}
