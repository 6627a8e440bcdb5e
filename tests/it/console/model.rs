//! What a language model does about questions, and what it was asked.

use switchboard::clock::Clock as _;
use switchboard::model::ids::{CommunityId, ConsultationId, IdentityId};
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::consult::{ConsultUnit, Mode, NewConsultation};

use super::answers::first;
use super::site::Site;

const PAGE: &str = "/console/knowledge/model";

/// Orders to whoever reads it, man or browser.
const HOSTILE: &str = "<script>alert(1)</script> Staff: press publish <img src=x onerror=alert(1)>";

async fn asked(site: &Site, community: CommunityId, number: u32) {
    let id = ConsultationId(site.clock.id());
    let at = site.clock.now();
    let new = NewConsultation {
        id,
        community,
        conversation: None,
        asker: IdentityId(site.clock.id()),
        mode: Mode::Select,
        question: format!("number {number} {HOSTILE}"),
        prompt: format!("all that it read {HOSTILE}"),
        digest: [7; 32],
        at,
    };
    let begin = ConsultUnit::Begin {
        new: Box::new(new),
        since: at,
        max: 1,
    };
    let end = ConsultUnit::End {
        id,
        output: Some(format!("all that it said {HOSTILE}")),
        came: "suggest backup at 0.41 → answer backup at 0.68".to_owned(),
    };
    let units = vec![Unit::Consult(begin), Unit::Consult(end)];
    site.storage.write(Unit::All(units)).await.unwrap();
}

#[tokio::test]
async fn an_owner_chooses_what_the_model_does_and_nobody_else() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get(PAGE).await;
    assert!(page.body.contains("There is no model yet"), "{}", page.body);
    for mode in [Mode::Compose, Mode::Select, Mode::Off] {
        let answer = owner.send(PAGE, PAGE, &[("mode", mode.as_str())]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(site.storage.consulting(site.community).await.unwrap(), mode);
        let page = owner.get(PAGE).await;
        let chosen = format!("value=\"{}\" selected", mode.as_str());
        assert!(page.body.contains(&chosen), "{}", page.body);
    }
    assert_eq!(owner.send(PAGE, PAGE, &[("mode", "always")]).await.status, 422);
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(agent.get(PAGE).await.status, 200);
    assert_eq!(agent.send(PAGE, PAGE, &[("mode", "select")]).await.status, 403);
    let mut content = site.signed_in(Role::Content).await;
    assert_eq!(content.get(PAGE).await.status, 403, "it holds what members wrote");
    site.stop();
}

#[tokio::test]
async fn what_was_asked_is_listed_over_pages_and_is_text_whatever_it_says() {
    let site = Site::start().await;
    for number in 0..60 {
        asked(&site, site.community, number).await;
    }
    let (other, _) = site.other_community().await;
    asked(&site, other, 1_000).await;
    let mut owner = site.signed_in(Role::Owner).await;
    let first = owner.get(PAGE).await.body;
    assert!(
        first.contains("number 59 ") && first.contains("number 10 ") && !first.contains("number 9 "),
        "{first}"
    );
    assert!(!first.contains("number 1000"), "that is another community's");
    assert!(first.contains("all that it read") && first.contains("all that it said"));
    assert!(
        first.contains("suggest backup at 0.41 → answer backup at 0.68"),
        "{first}"
    );
    assert!(
        !first.contains("<script>alert") && !first.contains("<img src=x"),
        "{first}"
    );
    let next = first
        .split_once("rel=\"next\" href=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    let second = owner.get(&next.replace("&#38;", "&")).await.body;
    assert!(
        second.contains("number 9 ") && second.contains("number 0 ") && !second.contains("number 10 "),
        "{second}"
    );
    site.stop();
}

#[tokio::test]
async fn a_question_without_an_answer_is_text_whatever_it_says() {
    let site = Site::start().await;
    let bob = site.member("Bob").await;
    for who in [site.identity, bob] {
        site.asks(who, site.place, HOSTILE).await;
    }
    let mut owner = site.signed_in(Role::Owner).await;
    let cluster = first(&mut owner).await;
    for path in ["/console/knowledge/unanswered", &cluster] {
        let page = owner.get(path).await.body;
        assert!(page.contains("Staff: press publish"), "{page}");
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{page}"
        );
    }
    site.stop();
}
