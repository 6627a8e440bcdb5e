//! Long lists: in which order they are, and that each row is on exactly one page.

use std::collections::HashSet;
use std::time::Duration;

use switchboard::clock::Clock;
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::knowledge::KnowledgeUnit;

use super::site::{Browser, Site};

/// All rows of a list, page by page, by what `id` finds in each line of HTML.
pub(super) async fn pages(browser: &mut Browser<'_>, first: &str, mark: &str) -> Vec<Vec<String>> {
    let mut path = first.to_owned();
    let mut pages = Vec::new();
    loop {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let rows = answer.body.split(mark).skip(1);
        pages.push(rows.map(|row| row.split('"').next().unwrap().to_owned()).collect());
        let next = answer.body.split_once("rel=\"next\" href=\"").map(|(_, rest)| rest);
        match next.and_then(|rest| rest.split('"').next()) {
            Some(next) => path = next.replace("&#38;", "&"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn who_waits_longest_comes_first_over_all_pages_and_nobody_is_left_out() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut expected = Vec::new();
    for number in 0..1_000 {
        expected.push(site.conversation(&format!("number {number}")).await.to_string());
        // Some begin at the very same moment.
        if number % 3 > 0 {
            site.clock.set(site.clock.now() - Duration::from_secs(1));
        }
    }
    let pages = pages(&mut agent, "/console/inbox", "<li id=\"row-").await;
    assert_eq!(pages.len(), 20);
    let shown: Vec<String> = pages.concat();
    let distinct: HashSet<&String> = shown.iter().collect();
    assert_eq!((shown.len(), distinct.len()), (1_000, 1_000));
    assert_eq!(shown[0], expected[0]);
    assert_eq!(shown, expected);
    site.stop();
}

#[tokio::test]
async fn a_search_of_entries_has_pages_until_all_that_have_the_word_were_shown() {
    let site = Site::start().await;
    for number in 0..130 {
        let word = if number < 120 { "bread" } else { "beer" };
        let entry = serde_json::json!({"id": format!("entry-{number:03}"), "question": format!("Is there {word} number {number}?"),
            "answer": {"full": "Yes."}, "rev": 1});
        let unit = KnowledgeUnit::Put {
            community: site.community,
            entry: Box::new(serde_json::from_value(entry).unwrap()),
            file: None,
            expected: None,
            by: None,
            at: site.clock.now(),
        };
        site.storage.write(Unit::Knowledge(unit)).await.unwrap();
    }
    let mut viewer = site.signed_in(Role::Viewer).await;
    let mark = "<th scope=\"row\"><a href=\"/console/knowledge/entries/";
    let pages = pages(&mut viewer, "/console/knowledge?q=bread", mark).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>()[..2], [50, 50]);
    let shown: Vec<String> = pages.concat();
    let distinct: HashSet<&String> = shown.iter().collect();
    assert_eq!(shown.len(), distinct.len(), "each is shown once");
    let with_bread = (0..120).map(|number| format!("entry-{number:03}"));
    for id in with_bread {
        assert!(distinct.contains(&id), "{id}");
    }
    site.stop();
}

#[tokio::test]
async fn the_audit_has_a_second_page_and_only_owners_read_it() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    for _ in 0..60 {
        let page = "/console/settings";
        let fields = [("name", "owner"), ("zone", "")];
        assert_eq!(owner.send(page, "/console/settings/profile", &fields).await.status, 303);
    }
    let rows: Vec<usize> = pages(&mut owner, "/console/audit", "<tr id=\"line-")
        .await
        .iter()
        .map(Vec::len)
        .collect();
    assert!(rows.len() == 2 && rows[0] == 50 && rows[1] > 10, "{rows:?}");
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(agent.get("/console/audit").await.status, 403);
    site.stop();
}
