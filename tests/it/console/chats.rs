//! Accounts in chats that act for an owner: let by a code and a yes to its name, listed, taken back.

use std::time::Duration;

use switchboard::model::event::StaffAct;
use switchboard::model::ids::{AccountId, LinkCodeId, MessageId};
use switchboard::person;
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};

use super::site::Site;

const PAGE: &str = "/console/settings";

const CODE: &str = "BCDFGHJK";

/// The bot shows the code to Alice.
async fn show_code(site: &Site) {
    let kept = person::kept(site.community, CODE);
    let mut hash = [0; 32];
    hex::decode_to_slice(kept.strip_prefix("sha256:").unwrap(), &mut hash).unwrap();
    let now = switchboard::clock::Clock::now(&*site.clock);
    let code = LinkCode {
        id: LinkCodeId(switchboard::clock::Clock::id(&*site.clock)),
        community: site.community,
        identity: site.identity,
        place: site.place,
        message: MessageId(switchboard::clock::Clock::id(&*site.clock)),
        expires: now + Duration::from_mins(10),
        entered_by: None,
    };
    let hash = CodeHash(hash);
    site.storage
        .write(Unit::Person(PersonUnit::Code { code, hash }))
        .await
        .unwrap();
}

async fn acts_for(site: &Site) -> Option<AccountId> {
    site.storage.acts_for(site.community, site.identity).await.unwrap()
}

#[tokio::test]
async fn an_account_acts_after_a_yes_to_its_name_and_until_it_is_taken_back() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    assert!(owner.get(PAGE).await.body.contains("by <code>/plugin</code>"));
    let enter = "/console/settings/chats";
    let wrong = owner.send(PAGE, enter, &[("code", "BCDFGHJL")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("That code does not work"), "{}", wrong.body);

    show_code(&site).await;
    let asked = owner.send(PAGE, enter, &[("code", "/link bcdf-ghjk")]).await;
    assert_eq!(asked.status, 200);
    for part in ["Alice &#60;b&#62; in the web chat", "may this account act for you"] {
        assert!(asked.body.contains(part), "{part}: {}", asked.body);
    }
    assert!(!asked.body.to_uppercase().contains(CODE), "the letters stand nowhere");
    assert_eq!(acts_for(&site).await, None, "nobody has said yes");

    let code = asked.field("code");
    let agree = "/console/settings/chats/agree";
    let agreed = owner.send(PAGE, agree, &[("code", &code)]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert!(matches!(site.desk.acts.lock().unwrap()[..], [StaffAct::LetAct { .. }]));
    let accounts = site.storage.accounts(site.community).await.unwrap();
    assert_eq!(acts_for(&site).await, Some(accounts[0].0.id));
    let again = owner.send(PAGE, agree, &[("code", &code)]).await;
    assert_eq!(again.status, 422, "a code is used up");

    let page = owner.get(PAGE).await.body;
    assert!(page.contains("Alice &#60;b&#62; in the web chat <span"), "{page}");
    let end = format!("/console/settings/chats/{}/end", site.identity);
    assert_eq!(owner.send(PAGE, &end, &[]).await.status, 303);
    assert_eq!(acts_for(&site).await, None);
    assert!(!owner.get(PAGE).await.body.contains("Alice"));
    site.stop();
}

#[tokio::test]
async fn only_an_owner_lets_accounts_act_and_only_their_own_are_taken_back() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert!(!agent.get(PAGE).await.body.contains("Your accounts in chats"));
    show_code(&site).await;
    for action in ["", "/agree"] {
        let action = format!("/console/settings/chats{action}");
        assert_eq!(agent.send(PAGE, &action, &[("code", CODE)]).await.status, 403);
    }
    let asked = owner.send(PAGE, "/console/settings/chats", &[("code", CODE)]).await;
    let code = asked.field("code");
    owner
        .send(PAGE, "/console/settings/chats/agree", &[("code", &code)])
        .await;
    let link = site.links().join(site.community, Role::Owner, None).await.unwrap();
    let mut other = site.browser();
    assert_eq!(other.join(&link, "Olga", "olga@example.org").await.status, 303);
    assert!(!other.get(PAGE).await.body.contains("Alice"));
    let end = format!("/console/settings/chats/{}/end", site.identity);
    assert_eq!(other.send(PAGE, &end, &[]).await.status, 409);
    assert!(acts_for(&site).await.is_some());
    site.stop();
}

#[tokio::test]
async fn whoever_guesses_codes_has_to_wait() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let enter = "/console/settings/chats";
    for number in 0..5 {
        let answer = owner.send(PAGE, enter, &[("code", &format!("wrong {number}"))]).await;
        assert!(answer.body.contains("That code does not work"), "{}", answer.body);
    }
    show_code(&site).await;
    for action in [enter, "/console/settings/chats/agree"] {
        let answer = owner.send(PAGE, action, &[("code", CODE)]).await;
        assert!(answer.body.contains("too many codes"), "{}", answer.body);
    }
    site.clock.advance(Duration::from_hours(1));
    show_code(&site).await;
    assert_eq!(owner.send(PAGE, enter, &[("code", CODE)]).await.status, 200);
    site.stop();
}
