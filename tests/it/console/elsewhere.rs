//! What staff see of a person's other accounts: nothing before both sides have proved it, and only in their community.

use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::model::directory::Identity;
use switchboard::model::ids::{IdentityId, IdentityRef, LinkCodeId, MessageId, PersonId};
use switchboard::storage::Unit;
use switchboard::storage::accounts::{AccountUnit, NewAudit, Role};
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};
use switchboard::storage::unit::DirectoryUnit;

use super::site::Site;

/// An account on Telegram that is to be linked with the one of the web chat.
async fn on_telegram(site: &Site) -> IdentityId {
    let id = IdentityId(site.clock.id());
    let identity = Identity {
        id,
        native: IdentityRef {
            scope: "telegram".into(),
            id: "77".into(),
        },
        name: "Al <i>".to_owned(),
        bot: false,
        staff: false,
        roles: vec![],
        language: None,
    };
    let unit = Unit::Directory(DirectoryUnit::Identity(identity));
    site.storage.write(unit).await.unwrap();
    id
}

/// What `/link` writes: the code, that it was entered, and the yes.
fn steps(site: &Site, other: IdentityId) -> [Unit; 3] {
    let (code, now) = (LinkCodeId(site.clock.id()), site.clock.now());
    let expires = now + Duration::from_mins(10);
    let shown = LinkCode {
        id: code,
        community: site.community,
        identity: other,
        place: site.place,
        message: MessageId(site.clock.id()),
        expires,
        entered_by: None,
    };
    let by = site.identity;
    [
        PersonUnit::Code {
            code: shown,
            hash: CodeHash([7; 32]),
        },
        PersonUnit::Entered { code, by, expires },
        PersonUnit::Link {
            code,
            by,
            linked_before: vec![],
            person: PersonId(site.clock.id()),
            at: now,
        },
    ]
    .map(Unit::Person)
}

#[tokio::test]
async fn other_accounts_are_shown_once_linked_and_only_in_their_community() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let (here, there) = (site.conversation("Hello").await, site.other_community().await);
    let elsewhere = site.conversation_in(there, "Hello there").await;
    let other = on_telegram(&site).await;
    let there_too = site.conversation_of(other, "It is still broken").await;
    let path = format!("/console/conversations/{here}");
    let link = format!("/console/conversations/{there_too}");
    for step in steps(&site, other) {
        let page = agent.get(&path).await.body;
        assert!(!page.contains("Telegram") && !page.contains(&link), "{page}");
        site.storage.write(step).await.unwrap();
    }
    let page = agent.get(&path).await.body;
    assert!(page.contains("Also on Telegram"), "{page}");
    assert!(page.contains("as Al &#60;i&#62;") && page.contains(&link), "{page}");
    assert!(!page.contains("still broken"), "a link, not the text: {page}");
    assert!(!page.contains(&elsewhere.to_string()), "another community's: {page}");
    let back = agent.get(&link).await.body;
    assert!(back.contains("Also on the web chat") && back.contains(&path), "{back}");
    let unlink = PersonUnit::Unlink {
        community: site.community,
        identity: other,
    };
    site.storage.write(Unit::Person(unlink)).await.unwrap();
    let page = agent.get(&path).await.body;
    assert!(!page.contains("Telegram") && !page.contains(&link), "{page}");
    site.stop();
}

#[tokio::test]
async fn the_audit_says_that_a_member_linked_accounts_and_holds_no_name() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let audit = NewAudit {
        account: None,
        community: Some(site.community),
        act: "identities_linked",
        subject: format!("{} {}", site.identity, site.identity),
        at: site.clock.now(),
    };
    let unit = Unit::Account(AccountUnit::Audit(audit));
    site.storage.write(unit).await.unwrap();
    let page = owner.get("/console/audit").await.body;
    assert!(
        page.contains("A member") && page.contains("Identities linked"),
        "{page}"
    );
    assert!(!page.contains("Alice"), "{page}");
    site.stop();
}

#[tokio::test]
async fn staff_read_no_code_wherever_it_was_written() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let conversation = site.conversation("my code is BCDF-GHJK, or bcdfghjk").await;
    for path in [
        "/console/inbox".to_owned(),
        format!("/console/conversations/{conversation}"),
        "/console/deliveries".to_owned(),
        "/console/events".to_owned(),
        "/console/search?q=code".to_owned(),
    ] {
        let page = owner.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let body = page.body.to_uppercase();
        assert!(!body.contains("BCDF"), "{path}: {}", page.body);
    }
    let page = owner.get(&format!("/console/conversations/{conversation}")).await.body;
    assert!(page.contains("my code is ••••••••, or ••••••••"), "{page}");
    site.stop();
}
