//! What somebody should look at, put aside and back again; and what a change would do, before it is made.

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, TestClock};
use switchboard::knowledge::Knowledge;
use switchboard::knowledge::upkeep::asked_key;
use switchboard::model::entry::Entry;
use switchboard::model::ids::{CommunityId, JobId};
use switchboard::storage::accounts::Role;
use switchboard::storage::knowledge::{KnowledgeUnit, Unanswered};
use switchboard::storage::unit::{JobChange, JobStep, JobWork, NewJob};
use switchboard::storage::{SharedStorage, Unit, WriteError};

use super::site::Site;
use crate::storage::given;

const UPKEEP: &str = "/console/knowledge/upkeep";

async fn stored(site: &Site, entries: Vec<serde_json::Value>) {
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    for json in entries {
        let entry: Entry = serde_json::from_value(json).unwrap();
        knowledge.put(site.community, entry, None, None).await.unwrap();
    }
}

/// What the program does beside its pages, done at once.
pub async fn look_over(
    storage: &SharedStorage,
    clock: &Arc<TestClock>,
    community: CommunityId,
) -> Result<(), WriteError> {
    let knowledge = Knowledge::new(storage.clone(), clock.clone());
    let looked = knowledge.look_over(community).await;
    looked.map_err(|error| WriteError::Broken(error.into()))
}

/// Somebody asked, and was not answered.
async fn asked(site: &Site, question: &str, private: bool) {
    let unit = KnowledgeUnit::Unanswered(Unanswered {
        community: site.community,
        place: (!private).then_some(site.place),
        at: site.clock.now(),
        ..given::unanswered(question)
    });
    site.storage.write(Unit::Knowledge(unit)).await.unwrap();
}

/// An entry that is like no other.
fn overdue(number: u32) -> serde_json::Value {
    let mut rest = number.wrapping_mul(2_654_435_761);
    let mut word = String::new();
    for _ in 0..8 {
        word.push(char::from(b'a' + u8::try_from(rest % 26).unwrap()));
        rest = rest.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> 3;
    }
    serde_json::json!({
        "id": format!("entry-{number:03}"), "question": format!("{word} <b>?"),
        "answer": {"full": "A number."}, "review_by": "2026-01-01",
    })
}

#[tokio::test]
async fn what_was_found_is_put_aside_until_its_entry_changes() {
    let site = Site::start().await;
    let refund = |id: &str, answer: &str| serde_json::json!({"id": id, "question": "How do I get a refund?", "answer": {"full": answer}});
    stored(
        &site,
        vec![
            refund("refund", "Within 14 days."),
            refund("money-back", "Within 30 days."),
        ],
    )
    .await;
    let mut agent = site.signed_in(Role::Agent).await;
    let empty = agent.get(UPKEEP).await.body;
    assert!(
        empty.contains("Nothing needs you") && empty.contains("Nobody has looked yet"),
        "{empty}"
    );
    let look = format!("{UPKEEP}/look");
    assert_eq!(agent.send(UPKEEP, &look, &[]).await.status, 303);
    let page = agent.get(UPKEEP).await;
    assert!(page.body.contains("Two answers"), "{}", page.body);
    for link in [
        "/console/knowledge/entries/refund\"",
        "/console/knowledge/entries/money-back\"",
    ] {
        assert!(page.body.contains(link), "{}", page.body);
    }
    let (key, revisions) = (page.field("key"), page.field("revisions"));
    let finding = [("key", key.as_str()), ("revisions", revisions.as_str())];
    for _ in 0..2 {
        assert_eq!(agent.send(UPKEEP, UPKEEP, &finding).await.status, 303);
    }
    let page = agent.get(UPKEEP).await.body;
    assert!(
        page.contains("Nothing needs you") && page.contains("1 put aside"),
        "{page}"
    );
    assert_eq!(agent.send(UPKEEP, &look, &[]).await.status, 303);
    assert!(
        agent.get(UPKEEP).await.body.contains("Nothing needs you"),
        "it stays aside"
    );

    let edit = "/console/knowledge/entries/refund/edit";
    let fields = [
        ("revision", "1"),
        ("question", "How do I get a refund?"),
        ("full", "Within 10 days."),
        ("visibility", "everybody"),
    ];
    assert_eq!(agent.send(edit, edit, &fields).await.status, 303);
    assert_eq!(agent.send(UPKEEP, &look, &[]).await.status, 303);
    assert!(agent.get(UPKEEP).await.body.contains("Two answers"), "it is back");
    site.stop();
}

#[tokio::test]
async fn many_findings_have_pages_and_who_only_reads_changes_nothing() {
    let site = Site::start().await;
    stored(&site, (0..60).map(overdue).collect()).await;
    let mut owner = site.signed_in(Role::Owner).await;
    assert_eq!(owner.send(UPKEEP, &format!("{UPKEEP}/look"), &[]).await.status, 303);
    let mut viewer = site.signed_in(Role::Viewer).await;
    let first = viewer.get(UPKEEP).await.body;
    assert!(
        first.contains("All <span class=\"count none\">60</span>") && first.contains("&#60;b&#62;?"),
        "{first}"
    );
    assert!(
        !first.contains("Put aside</button>") && !first.contains("Look now"),
        "{first}"
    );
    assert!(
        first.contains("/console/knowledge/entries/entry-049\"")
            && !first.contains("/console/knowledge/entries/entry-050\"")
    );
    let second = viewer.get(&format!("{UPKEEP}?before=50")).await.body;
    assert!(
        second.contains("/console/knowledge/entries/entry-059\"")
            && !second.contains("/console/knowledge/entries/entry-049\"")
    );
    assert!(!second.contains("rel=\"next\""));
    let (key, look) = (
        [("key", "overdue entry-000"), ("revisions", "1")],
        format!("{UPKEEP}/look"),
    );
    assert_eq!(viewer.send("/console/settings", UPKEEP, &key).await.status, 403);
    assert_eq!(viewer.send("/console/settings", &look, &[]).await.status, 403);
    site.stop();
}

#[tokio::test]
async fn findings_of_one_kind_are_shown_alone_and_putting_one_aside_leads_back_there() {
    let site = Site::start().await;
    let refund = |id: &str, answer: &str| serde_json::json!({"id": id, "question": "How do I get a refund?", "answer": {"full": answer}});
    let mut entries: Vec<serde_json::Value> = (0..60).map(overdue).collect();
    entries.extend([
        refund("refund", "Within 14 days."),
        refund("money-back", "Within 30 days."),
    ]);
    stored(&site, entries).await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(agent.send(UPKEEP, &format!("{UPKEEP}/look"), &[]).await.status, 303);
    let all = agent.get(UPKEEP).await.body;
    for filter in [
        "Review overdue <span class=\"count none\">60<",
        "Two answers <span class=\"count none\">1<",
    ] {
        assert!(all.contains(filter), "{filter} in {all}");
    }
    assert!(
        !all.contains("/console/knowledge/entries/refund\""),
        "what is urgent comes first"
    );
    let pairs = agent.get(&format!("{UPKEEP}?show=contradiction")).await.body;
    assert!(pairs.contains("/console/knowledge/entries/refund\"") && !pairs.contains("entry-000"));
    let overdue = format!("{UPKEEP}?show=overdue&before=50");
    let page = agent.get(&overdue).await;
    assert!(page.body.contains("/console/knowledge/entries/entry-050\"") && !page.body.contains("rel=\"next\""));
    let fields = ["key", "revisions", "show", "before"].map(|name| (name, page.field(name)));
    let finding = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = agent.send(&overdue, UPKEEP, &finding).await;
    assert_eq!(
        answer.header("location"),
        Some("/console/knowledge/upkeep?show=overdue&before=50&said=dismissed")
    );
    // What is on no page any more, and what was never a kind, shows the first of what there is.
    let page = agent.get(&format!("{UPKEEP}?show=overdue&before=59")).await.body;
    assert!(page.contains("/console/knowledge/entries/entry-000\""));
    let page = agent.get(&format!("{UPKEEP}?show=nonsense")).await.body;
    assert!(page.contains("/console/knowledge/entries/entry-000\""));
    site.stop();
}

#[tokio::test]
async fn a_look_that_goes_on_is_told_until_it_is_done() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let job = NewJob {
        id: JobId(site.clock.id()),
        key: asked_key(site.community),
        due: site.clock.now(),
        repeat: None,
        work: JobWork::Upkeep {
            name: "look_over".to_owned(),
        },
    };
    let id = job.id;
    let put = |job| Unit::Job(JobStep::Change(JobChange::Put(job)));
    site.storage.write(put(job)).await.unwrap();
    let looking = "It is being looked over just now";
    let page = agent.get(UPKEEP).await.body;
    assert!(page.contains(looking), "{page}");
    assert!(
        !page.contains("Nobody has looked yet") && !page.contains("Nothing needs you"),
        "nobody knows that yet: {page}"
    );
    site.clock.advance(Duration::from_secs(1));
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    knowledge.look_over_asked(&asked_key(site.community)).await.unwrap();
    let page = agent.get(UPKEEP).await.body;
    assert!(page.contains("Looked over") && !page.contains(looking), "{page}");
    let failed = JobStep::Failed {
        id,
        attempt: 1,
        due: Some(site.clock.now() + Duration::from_mins(1)),
        reason: "the <disk> is full".to_owned(),
    };
    site.storage.write(Unit::Job(failed)).await.unwrap();
    let page = agent.get(UPKEEP).await.body;
    assert!(
        page.contains("Looking has failed: the &#60;disk&#62; is full"),
        "{page}"
    );
    site.stop();
}

#[tokio::test]
async fn a_change_is_looked_at_before_it_is_made() {
    let site = Site::start().await;
    let parking = serde_json::json!({
        "id": "parking", "question": "Where can I park my bicycle?", "answer": {"full": "Behind the house."},
    });
    stored(&site, vec![parking]).await;
    asked(&site, "where can i park my bicycle", false).await;
    asked(&site, "who feeds the parrots <>", true).await;
    let mut content = site.signed_in(Role::Content).await;
    let new = "/console/knowledge/new";
    let fields = [
        ("id", "parrots"),
        ("question", "Who feeds the parrots?"),
        ("full", "Ann does."),
        ("visibility", "everybody"),
    ];
    let preview = format!("{new}/preview");
    let page = content.send(new, &preview, &fields).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .contains("1 would be answered differently; 0 worse, 1 unsure, 0 better"),
        "{}",
        page.body
    );
    // What nobody else could read, content people do not read here either. What was typed is still there.
    assert!(
        page.body.contains("A question that nobody else could read"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("feeds the parrots &#60;&#62;") && page.body.contains("Ann does.</textarea>"));
    assert_eq!(
        content.get("/console/knowledge/entries/parrots").await.status,
        404,
        "nothing was made"
    );
    let mut agent = site.signed_in(Role::Agent).await;
    let page = agent.send(new, &preview, &fields).await.body;
    assert!(
        page.contains("feeds the parrots &#60;&#62;") && page.contains("answers with parrots"),
        "{page}"
    );
    let faulty = [
        ("id", "parrots"),
        ("question", ""),
        ("full", "x"),
        ("visibility", "everybody"),
    ];
    assert_eq!(agent.send(new, &preview, &faulty).await.status, 422);
    let mut viewer = site.signed_in(Role::Viewer).await;
    assert_eq!(viewer.send("/console/settings", &preview, &fields).await.status, 403);
    site.stop();
}

#[tokio::test]
async fn taking_away_and_going_back_are_looked_at_on_a_page_and_done_from_there() {
    let site = Site::start().await;
    let parking = serde_json::json!({
        "id": "parking", "question": "Where can I park my bicycle?", "answer": {"full": "Behind the house."},
    });
    stored(&site, vec![parking]).await;
    asked(&site, "where can i park my bicycle", false).await;
    let mut agent = site.signed_in(Role::Agent).await;
    let own = "/console/knowledge/entries/parking";
    let remove = format!("{own}/remove");
    let page = agent.send(own, &format!("{remove}/preview"), &[]).await;
    assert!(
        page.body.contains("Without: Where can I park my bicycle?"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("answers with parking") && page.body.contains("does not answer"),
        "{}",
        page.body
    );
    let (csrf, key, revision) = (page.field("_csrf"), page.field("_key"), page.field("revision"));
    let sent = [
        ("_csrf", csrf.as_str()),
        ("_key", key.as_str()),
        ("revision", revision.as_str()),
    ];
    assert_eq!(agent.post(&remove, &sent).await.status, 303);
    assert_eq!(agent.get(own).await.status, 404);
    let history = format!("{own}/history");
    let page = agent
        .send(&history, &format!("{own}/restore/preview"), &[("revision", "1")])
        .await;
    assert!(
        page.body.contains("With revision 1") && page.body.contains("answers with parking"),
        "{}",
        page.body
    );
    let mut viewer = site.signed_in(Role::Viewer).await;
    for path in [format!("{remove}/preview"), format!("{own}/restore/preview")] {
        assert_eq!(
            viewer
                .send("/console/settings", &path, &[("revision", "1")])
                .await
                .status,
            403,
            "{path}"
        );
    }
    site.stop();
}

#[tokio::test]
async fn many_changed_answers_have_pages() {
    let site = Site::start().await;
    let way = |number: u32| format!("where can i park my bicycle {number:03}");
    let ways: Vec<String> = (0..60).map(way).collect();
    let parking = serde_json::json!({
        "id": "parking", "question": "Where can I park my bicycle?", "aliases": &ways,
        "answer": {"full": "Behind the house."},
    });
    stored(&site, vec![parking]).await;
    for way in &ways {
        asked(&site, way, false).await;
    }
    let mut agent = site.signed_in(Role::Agent).await;
    let edit = "/console/knowledge/entries/parking/edit";
    let preview = format!("{edit}/preview");
    let fields = |page: &'static str| {
        [
            ("revision", "1"),
            ("question", "Where can I park my bicycle?"),
            ("full", "In front of it."),
            ("visibility", "everybody"),
            ("page", page),
        ]
    };
    let first = agent.send(edit, &preview, &fields("")).await.body;
    assert!(first.contains("60 would be answered differently"), "{first}");
    assert!(
        first.contains("bicycle 049<") && !first.contains("bicycle 050<"),
        "{first}"
    );
    let second = agent.send(edit, &preview, &fields("1")).await.body;
    assert!(
        second.contains("bicycle 059<") && !second.contains("bicycle 049<"),
        "{second}"
    );
    assert!(second.contains("name=\"page\" value=\"0\"") && !second.contains("name=\"page\" value=\"2\""));
    // A number beyond the last page, or none at all, is no error.
    assert!(
        agent
            .send(edit, &preview, &fields("99999999999"))
            .await
            .body
            .contains("bicycle 059<")
    );
    assert!(
        agent
            .send(edit, &preview, &fields("x"))
            .await
            .body
            .contains("bicycle 000<")
    );
    site.stop();
}
