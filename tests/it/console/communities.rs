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

/// Where the first file of a page is.
fn file_of(page: &str) -> String {
    let (_, rest) = page
        .split_once("href=\"/console/messages/")
        .expect("the page names a file");
    format!("/console/messages/{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_file_is_read_only_in_the_community_that_it_came_to() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let other = site.other_community().await;
    let theirs = site.conversation_in(other, "a secret of theirs").await;
    let ours = site.conversation("ours").await;
    let file = file_of(&owner.get(&format!("/console/conversations/{ours}")).await.body);
    assert_eq!(owner.get(&file).await.body, "ours");
    // A digest alone opens nothing: not under a message that does not name it.
    let (message, _) = file.rsplit_once('/').unwrap();
    let foreign = format!("{message}/{}", "0".repeat(64));
    assert_eq!(owner.get(&foreign).await.status, 404);

    join(&site, other.0).await;
    let to_theirs = [("community", &*other.0.to_string())];
    owner.send("/console/inbox", "/console/community", &to_theirs).await;
    let secret = file_of(&owner.get(&format!("/console/conversations/{theirs}")).await.body);
    assert_eq!(owner.get(&secret).await.body, "a secret of theirs");
    assert_eq!(owner.get(&file).await.status, 404);
    site.stop();
}

#[tokio::test]
async fn a_form_that_was_opened_in_the_other_community_changes_nothing() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let other = site.other_community().await;
    join(&site, other.0).await;
    let stale = owner.get("/console/settings").await;
    let hidden = ["_csrf", "_community", "_key"].map(|name| (name, stale.field(name)));
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, &**value)).collect();
    fields.extend([("name", "Renamed"), ("language", "en"), ("zone", "UTC")]);
    let to_theirs = [("community", &*other.0.to_string())];
    owner.send("/console/inbox", "/console/community", &to_theirs).await;
    let refused = owner.post("/console/settings/community", &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(
        refused.body.contains("This page is of another community"),
        "{}",
        refused.body
    );
    let communities = site.storage.communities().await.unwrap();
    assert!(communities.iter().all(|community| community.name != "Renamed"));
    site.stop();
}
