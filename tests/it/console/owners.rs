//! What an owner and the bot say about plugins in a chat is read by owners, and by no other staff.

use switchboard::model::EventBody;
use switchboard::storage::accounts::Role;

use super::site::{Browser, Site};

/// Stands in what was said.
const SECRET: &str = "s3cret-shop";

/// Where what was said could be read.
async fn pages(site: &Site) -> Vec<String> {
    let conversation = site.conversation_for_owners(&format!("the shop is {SECRET}")).await;
    let command = |rest: &str| EventBody::Command {
        message: None,
        name: "plugin".to_owned(),
        options: Vec::new(),
        rest: rest.to_owned(),
    };
    let event = site
        .happened(command(&format!("config acme/refunds shop={SECRET}")))
        .await;
    vec![
        "/console/inbox?show=waiting".to_owned(),
        format!("/console/conversations/{conversation}"),
        format!("/console/search?q={SECRET}"),
        "/console/events".to_owned(),
        format!("/console/events/{}", event.0),
        "/console/deliveries".to_owned(),
    ]
}

/// The pages that say it, besides those that repeat what was looked for.
async fn telling(browser: &mut Browser<'_>, pages: &[String]) -> Vec<String> {
    let mut telling = Vec::new();
    for page in pages {
        let body = browser.get(page).await.body;
        if body.contains(&format!("shop is {SECRET}")) || body.contains(&format!("shop={SECRET}")) {
            telling.push(page.clone());
        }
    }
    telling
}

#[tokio::test]
async fn only_owners_read_what_was_said_to_the_command_of_owners() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let pages = pages(&site).await;
    assert_eq!(telling(&mut owner, &pages).await, pages);
    assert_eq!(telling(&mut agent, &pages).await, [""; 0]);
    assert_eq!(telling(&mut viewer, &pages).await, [""; 0]);
    assert_eq!(agent.get(&pages[4]).await.status, 404, "as if it had not happened");

    // The conversation itself is theirs, as others are.
    let shown = agent.get(&pages[1]).await;
    assert_eq!(shown.status, 200);
    let file = owner.get(&pages[1]).await.body;
    let file = file.split("href=\"").find(|rest| rest.contains("/files/")).unwrap();
    let file = file.split('"').next().unwrap();
    assert_eq!(owner.get(file).await.status, 200);
    assert_eq!(agent.get(file).await.status, 404);
    site.stop();
}
