//! Accounts in chats that act for an owner: let by a code and a yes to its name, listed, taken back.

use std::time::Duration;

use switchboard::model::event::StaffAct;
use switchboard::model::ids::{AccountId, LinkCodeId, MessageId};
use switchboard::person;
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};

use super::site::{PASSWORD, Site};

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
    assert!(
        wrong.body.contains("value=\"BCDFGHJL\""),
        "what was typed stays: {}",
        wrong.body
    );

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
    let wrong = [("code", &*code), ("password_now", "not my password")];
    let refused = owner.send(PAGE, agree, &wrong).await;
    assert_eq!(refused.status, 422);
    for part in [
        "The present password is not",
        "may this account act for you",
        "aria-invalid",
    ] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert_eq!(refused.field("code"), code, "the form goes on where it was");
    assert!(!refused.body.contains("not my password"));
    assert_eq!(acts_for(&site).await, None, "an open browser is no owner");
    let code = refused.field("code");
    let right = [("code", &*code), ("password_now", PASSWORD)];
    let agreed = owner.send(PAGE, agree, &right).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert!(matches!(site.desk.acts.lock().unwrap()[..], [StaffAct::LetAct { .. }]));
    let accounts = site.storage.accounts(site.community).await.unwrap();
    assert_eq!(acts_for(&site).await, Some(accounts[0].0.id));
    let again = owner.send(PAGE, agree, &right).await;
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
        .send(
            PAGE,
            "/console/settings/chats/agree",
            &[("code", &code), ("password_now", PASSWORD)],
        )
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
        let fields = [("code", CODE), ("password_now", PASSWORD)];
        let answer = owner.send(PAGE, action, &fields).await;
        assert!(answer.body.contains("too many codes"), "{}", answer.body);
    }
    site.clock.advance(Duration::from_hours(1));
    show_code(&site).await;
    assert_eq!(owner.send(PAGE, enter, &[("code", CODE)]).await.status, 200);
    site.stop();
}

#[tokio::test]
async fn the_page_shows_what_nobody_can_choose_and_who_asked_for_the_code() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    site.conversation("hello").await;
    site.conversation("hello again").await;
    show_code(&site).await;
    site.clock.advance(Duration::from_mins(3));
    let asked = owner.send(PAGE, "/console/settings/chats", &[("code", CODE)]).await;
    for part in [
        "<dt>Platform</dt><dd>the web chat</dd>",
        "<dd class=\"id\">alice</dd>",
        "<dt>Messages to the bot</dt><dd>2</dd>",
        "<dt>Where</dt><dd>Lobby (2)</dd>",
        "<dt>Known here since</dt><dd><time",
        "asked for this code</strong>, 3 min ago",
        "say no, whoever gave you the code",
    ] {
        assert!(asked.body.contains(part), "{part}: {}", asked.body);
    }
    site.stop();
}

#[tokio::test]
async fn an_owner_is_told_on_every_page_for_a_while_and_ends_it_there() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    show_code(&site).await;
    let fields = [("code", CODE), ("password_now", PASSWORD)];
    let agreed = owner.send(PAGE, "/console/settings/chats/agree", &fields).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    let inbox = "/console/inbox";
    let told = "may act for you in chats";
    assert!(owner.get(inbox).await.body.contains(told));
    assert!(!agent.get(inbox).await.body.contains(told));
    site.clock.advance(Duration::from_hours(11));
    assert!(owner.get(inbox).await.body.contains(told));
    let end = format!("/console/settings/chats/{}/end", site.identity);
    assert_eq!(owner.send(inbox, &end, &[]).await.status, 303);
    assert!(!owner.get(inbox).await.body.contains(told));
    assert_eq!(acts_for(&site).await, None);
    site.stop();
}

#[tokio::test]
async fn wrong_passwords_count_as_at_signing_in() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    show_code(&site).await;
    let agree = "/console/settings/chats/agree";
    for _ in 0..5 {
        let fields = [("code", CODE), ("password_now", "guess")];
        assert_eq!(owner.send(PAGE, agree, &fields).await.status, 422);
    }
    let fields = [("code", CODE), ("password_now", PASSWORD)];
    assert_eq!(owner.send(PAGE, agree, &fields).await.status, 429);
    site.clock.advance(Duration::from_secs(3));
    assert_eq!(owner.send(PAGE, agree, &fields).await.status, 303);
    site.stop();
}
