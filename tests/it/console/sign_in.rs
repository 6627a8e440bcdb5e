//! Coming in: sign-in, throttle, sessions, forms of other sites.

use std::time::Duration;

use switchboard::storage::accounts::Role;

use super::site::{PASSWORD, Site};

#[tokio::test]
async fn the_first_owner_comes_in_by_the_link_of_the_first_start_and_it_works_once() {
    let site = Site::start().await;
    let link = site.links().first_owner(site.community).await.unwrap().unwrap();
    let mut browser = site.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Welcome to Switchboard"));
    let answer = browser.join(&link, "Carol", "carol@example.org").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(browser.get("/console/inbox").await.status, 200);
    assert_eq!(site.browser().get(&link).await.status, 410);
    assert_eq!(site.links().first_owner(site.community).await.unwrap(), None);
    site.stop();
}

#[tokio::test]
async fn a_link_dies_after_a_week_and_a_newer_first_link_ends_the_older() {
    let site = Site::start().await;
    let old = site.links().first_owner(site.community).await.unwrap().unwrap();
    let new = site.links().first_owner(site.community).await.unwrap().unwrap();
    assert_eq!(site.browser().get(&old).await.status, 410);
    assert_eq!(site.browser().get(&new).await.status, 200);
    site.clock.advance(Duration::from_hours(168));
    assert_eq!(site.browser().get(&new).await.status, 410);
    site.stop();
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let site = Site::start().await;
    site.signed_in(Role::Owner).await;
    let mut browser = site.browser();
    let answer = browser.get("/console/search?q=a").await;
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        Some("/console/sign-in?next=%2Fconsole%2Fsearch%3Fq%3Da")
    );
    let fields = [
        ("email", "OWNER@example.org"),
        ("password", PASSWORD),
        ("next", "/console/search?q=a"),
    ];
    let answer = browser.post("/console/sign-in", &fields).await;
    assert_eq!(answer.header("location"), Some("/console/search?q=a"));
    assert_eq!(browser.get("/console/search?q=a").await.status, 200);
    site.stop();
}

#[tokio::test]
async fn guessing_has_to_wait_and_the_right_password_waits_too() {
    let site = Site::start().await;
    site.signed_in(Role::Owner).await;
    let mut browser = site.browser();
    for _ in 0..5 {
        let answer = browser.sign_in("owner@example.org", "wrong password").await;
        assert_eq!(answer.status, 422);
    }
    let answer = browser.sign_in("owner@example.org", PASSWORD).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("2"));
    site.clock.advance(Duration::from_secs(2));
    assert_eq!(browser.sign_in("owner@example.org", PASSWORD).await.status, 303);
    site.stop();
}

#[tokio::test]
async fn an_unknown_account_is_answered_like_a_wrong_password() {
    let site = Site::start().await;
    site.signed_in(Role::Owner).await;
    let text = |body: &str| body.replace("nobody", "owner");
    let wrong = site.browser().sign_in("owner@example.org", "wrong password").await;
    let unknown = site.browser().sign_in("nobody@example.org", "wrong password").await;
    assert_eq!(unknown.status, wrong.status);
    assert_eq!(text(&unknown.body), text(&wrong.body));
    site.stop();
}

#[tokio::test]
async fn a_session_ends_when_left_alone_over_night() {
    let site = Site::start().await;
    let mut browser = site.signed_in(Role::Owner).await;
    site.clock.advance(Duration::from_hours(11));
    assert_eq!(browser.get("/console/inbox").await.status, 200);
    site.clock.advance(Duration::from_hours(11));
    assert_eq!(browser.get("/console/inbox").await.status, 200);
    site.clock.advance(Duration::from_hours(12));
    assert_eq!(browser.get("/console/inbox").await.status, 303);
    site.stop();
}

#[tokio::test]
async fn a_form_of_another_session_or_site_is_refused() {
    let site = Site::start().await;
    let mut carol = site.signed_in(Role::Owner).await;
    let mut dave = site.signed_in(Role::Agent).await;
    let page = dave.get("/console/settings").await;
    let csrf = page.field("_csrf");
    let fields = [("_csrf", csrf.as_str()), ("name", "Mallory")];
    let path = "/console/settings/profile";
    assert_eq!(carol.post(path, &fields).await.status, 403);
    assert_eq!(carol.post(path, &[("name", "Mallory")]).await.status, 403);
    assert_eq!(dave.post_from(path, &fields, "https://evil.example").await.status, 403);
    assert_eq!(dave.post(path, &fields).await.status, 303);
    site.stop();
}

#[tokio::test]
async fn what_was_typed_comes_back_when_the_session_ended_meanwhile() {
    let site = Site::start().await;
    let mut browser = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    browser.cookie = None;
    let path = format!("/console/conversations/{id}/reply");
    let answer = browser.post(&path, &[("text", "A long & careful <answer>")]).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.body.contains("A long &#38; careful &#60;answer&#62;"),
        "{}",
        answer.body
    );
    site.stop();
}

#[tokio::test]
async fn a_lost_password_is_set_by_a_link_which_signs_out_everywhere_else() {
    let site = Site::start().await;
    let mut before = site.signed_in(Role::Owner).await;
    let link = site.links().reset("Owner@example.org", None).await.unwrap();
    let (path, token) = link.split_once("?token=").unwrap();
    let new = "five words in one row";
    let fields = [("token", token), ("password", new), ("password_again", new)];
    let mut browser = site.browser();
    assert_eq!(browser.post(path, &fields).await.status, 303);
    assert_eq!(browser.get("/console/inbox").await.status, 200);
    assert_eq!(before.get("/console/inbox").await.status, 303);
    assert_eq!(site.browser().sign_in("owner@example.org", PASSWORD).await.status, 422);
    assert_eq!(site.browser().sign_in("owner@example.org", new).await.status, 303);
    assert_eq!(site.browser().post(path, &fields).await.status, 410);
    site.stop();
}
