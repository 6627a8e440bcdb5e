//! Accounts: invites, roles, the last owner, the audit.

use switchboard::storage::accounts::Role;

use super::site::Site;

#[tokio::test]
async fn an_owner_invites_somebody_who_gets_the_role_of_the_link() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let answer = owner
        .send("/console/people", "/console/people/invite", &[("role", "viewer")])
        .await;
    assert_eq!(answer.status, 200);
    let (_, link) = answer.body.split_once("/console/join?token=").unwrap();
    let link = format!("/console/join?token={}", link.split('"').next().unwrap());
    let mut viewer = site.browser();
    assert_eq!(viewer.join(&link, "Victor", "victor@example.org").await.status, 303);
    let page = viewer.get("/console/settings").await;
    assert!(
        page.body.contains("Victor <span class=\"role\">viewer</span>"),
        "{}",
        page.body
    );
    site.stop();
}

#[tokio::test]
async fn a_taken_address_gets_a_kind_answer_and_the_link_still_works() {
    let site = Site::start().await;
    site.signed_in(Role::Owner).await;
    let link = site.links().join(site.community, Role::Agent, None).await.unwrap();
    let answer = site.browser().join(&link, "Other", "owner@example.org").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("There is an account with this e-mail address"));
    assert_eq!(
        site.browser().join(&link, "Other", "other@example.org").await.status,
        303
    );
    site.stop();
}

#[tokio::test]
async fn what_a_role_may_not_do_is_refused() {
    let site = Site::start().await;
    site.signed_in(Role::Owner).await;
    let id = site.conversation("Help!").await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let own = format!("/console/conversations/{id}");
    let answer = viewer.send(&own, &format!("{own}/claim"), &[]).await;
    assert_eq!(answer.status, 403);
    assert!(site.desk.acts.lock().unwrap().is_empty());
    for path in ["/console/people", "/console/audit", "/console/knowledge/new"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
    }
    let mut content = site.signed_in(Role::Content).await;
    for path in [
        "/console/inbox",
        own.as_str(),
        "/console/events",
        "/console/search?q=help",
    ] {
        assert_eq!(content.get(path).await.status, 403, "{path}");
    }
    assert_eq!(content.get("/console/knowledge/new").await.status, 200);
    site.stop();
}

#[tokio::test]
async fn the_last_owner_stays_owner() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let (account, _) = site.storage.accounts(site.community).await.unwrap().remove(0);
    let path = format!("/console/people/{}/role", account.id);
    let answer = owner.send("/console/people", &path, &[("role", "viewer")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("A community needs an owner"));
    site.stop();
}

#[tokio::test]
async fn who_is_shut_out_is_signed_out_at_once() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    let accounts = site.storage.accounts(site.community).await.unwrap();
    let (account, _) = accounts.iter().find(|(_, role)| *role == Role::Agent).unwrap();
    let path = format!("/console/people/{}/disable", account.id);
    assert_eq!(owner.send("/console/people", &path, &[]).await.status, 303);
    assert_eq!(agent.get("/console/inbox").await.status, 303);
    assert_eq!(
        site.browser()
            .sign_in("agent@example.org", super::site::PASSWORD)
            .await
            .status,
        422
    );
    site.stop();
}

#[tokio::test]
async fn the_audit_chains_ids_and_fixed_words_and_never_names() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let id = site.conversation("Help!").await;
    let own = format!("/console/conversations/{id}");
    let reply = format!("{own}/reply");
    assert_eq!(owner.send(&own, &reply, &[("text", "Secret words")]).await.status, 303);
    let page = switchboard::storage::Page {
        before: None,
        limit: 100,
    };
    let rows = site.storage.audit(site.community, page).await.unwrap();
    assert!(
        rows.iter()
            .any(|row| row.act == "reply_sent" && row.subject == id.to_string())
    );
    for row in &rows {
        let text = format!("{} {}", row.act, row.subject);
        assert!(!text.contains("Secret") && !text.contains("owner@"), "{text}");
    }
    assert_eq!(site.storage.audit_broken_at().await.unwrap(), None);
    let shown = owner.get("/console/audit?show=check").await;
    assert!(shown.body.contains("The chain is whole"));
    site.stop();
}
