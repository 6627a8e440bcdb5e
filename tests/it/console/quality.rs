//! How good answers are: numbers with their rows, and what staff say of each.

use switchboard::clock::Clock as _;
use switchboard::knowledge::Knowledge;
use switchboard::model::directory::Audience;
use switchboard::model::entry::Entry;
use switchboard::model::ids::{AccountId, MessageId};
use switchboard::storage::accounts::Role;
use switchboard::storage::knowledge::KnowledgeUnit;
use switchboard::storage::quality::{Asked, AskedFilter, Decided, QualityUnit};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Page, Unit};

use super::site::{Browser, Site};

const PAGE: &str = "/console/knowledge/quality";

const ENTRIES: [(&str, &str); 3] = [
    (
        "refund",
        r#""question":"How do I get a refund?","aliases":["I want my money back","refund for my order"]"#,
    ),
    (
        "install",
        r#""question":"How do I install the app?","aliases":["setup of the app"]"#,
    ),
    ("lonely", r#""question":"Who founded the garden?""#),
];

async fn entries(site: &Site) {
    for (id, rest) in ENTRIES {
        let json = format!(r#"{{"id":"{id}",{rest},"answer":{{"full":"Answer."}},"rev":1}}"#);
        let entry: Entry = serde_json::from_str(&json).unwrap();
        let unit = KnowledgeUnit::Put {
            community: site.community,
            entry: Box::new(entry),
            file: Some("help.yaml".to_owned()),
            expected: None,
            by: None,
            at: site.clock.now(),
        };
        site.storage.write(Unit::Knowledge(unit)).await.unwrap();
    }
}

/// Somebody asked, and the bot was as sure as that of the entry.
async fn ask(site: &Site, text: &str, entry: &str, probability: f32) {
    let conversation = site.conversation(text).await;
    let page = Page { before: None, limit: 1 };
    let said = site.storage.messages_of_conversation(conversation, page).await.unwrap();
    let answered = probability >= 0.55;
    let asked = Asked {
        community: site.community,
        message: said[0].new.id,
        asker: Some(site.identity),
        overheard: false,
        language: Some("en".to_owned()),
        entry: Some((entry.into(), 1)),
        probability,
        exact: false,
        scoring: switchboard::knowledge::scoring::VERSION.to_owned(),
        decision: if answered { Decided::Answer } else { Decided::Suggest },
        answer: answered.then(|| MessageId(site.clock.id())),
        at: site.clock.now(),
    };
    let unit = QualityUnit::Asked(Box::new(asked));
    site.storage.write(Unit::Quality(unit)).await.unwrap();
}

/// The number of rows and the address of the next page.
fn rows(body: &str) -> usize {
    body.matches("<tr id=\"q-").count()
}

/// Says of the newest question on a page what the button says.
async fn say(browser: &mut Browser<'_>, page: &str, fits: &str) -> u16 {
    let shown = browser.get(page).await;
    let fields = [
        ("seq", shown.field("seq")),
        ("fits", fits.to_owned()),
        ("what", "all".to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.send(page, &format!("{PAGE}/verdict"), &fields).await.status
}

#[tokio::test]
async fn before_anything_was_asked_the_page_says_what_will_be_there() {
    let site = Site::start().await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let page = viewer.get(PAGE).await.body;
    for text in [
        "Nothing was asked in these 30 days",
        "Not tried yet",
        "The careful value that every base begins with: 0 answers are judged, and a line is fitted from 50 on.",
        "90 % right",
        "97 % right",
        "0.55",
        "0.90",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("name=\"addressed\""), "a viewer sets nothing");
    site.stop();
}

#[tokio::test]
async fn a_number_leads_to_its_rows_and_staff_say_of_each_what_it_was() {
    let site = Site::start().await;
    entries(&site).await;
    let mut agent = site.signed_in(Role::Agent).await;
    ask(&site, "money back <now>", "refund", 0.9).await;
    ask(&site, "setup?", "install", 0.4).await;
    let page = agent.get(PAGE).await.body;
    assert!(
        page.contains("what=answered\">50 % (9–91 %)"),
        "one of two was answered: {page}"
    );
    let answered = format!("{PAGE}/asked?days=30&who=asked&what=answered");
    let shown = agent.get(&answered).await.body;
    assert_eq!(rows(&shown), 1);
    assert!(
        shown.contains("money back &#60;now&#62;") && shown.contains("0.90"),
        "{shown}"
    );
    let silent = format!("{PAGE}/asked?days=30&who=asked&what=silent");
    let shown = agent.get(&silent).await.body;
    assert!(
        rows(&shown) == 1 && shown.contains("Should have been answered"),
        "{shown}"
    );

    assert_eq!(say(&mut agent, &answered, "no").await, 303);
    assert_eq!(say(&mut agent, &silent, "yes").await, 303);
    let wrong = agent.get(&format!("{PAGE}/asked?what=wrong")).await.body;
    assert!(rows(&wrong) == 1 && wrong.contains("wrong, staff say"), "{wrong}");
    let missed = agent.get(&format!("{PAGE}/asked?what=missed")).await.body;
    assert!(
        rows(&missed) == 1 && missed.contains("should have been answered, staff say"),
        "{missed}"
    );
    let page = agent.get(PAGE).await.body;
    assert!(page.contains("0 % (0–79 %)") && page.contains("1 of 1"), "{page}");
    assert!(page.contains("2 answers are judged"), "{page}");
    assert_eq!(say(&mut agent, &answered, "take-back").await, 303);
    assert_eq!(rows(&agent.get(&format!("{PAGE}/asked?what=wrong")).await.body), 0);

    let mut viewer = site.signed_in(Role::Viewer).await;
    assert_eq!(say(&mut viewer, &answered, "yes").await, 403);
    site.stop();
}

#[tokio::test]
async fn what_was_asked_in_private_is_not_shown_to_who_reads_no_conversations() {
    let site = Site::start().await;
    entries(&site).await;
    let mut place = site.storage.place(site.place).await.unwrap().unwrap();
    place.audience = Audience::Direct;
    ask(&site, "my salary", "refund", 0.9).await;
    site.storage
        .write(Unit::Directory(DirectoryUnit::Place(place.clone())))
        .await
        .unwrap();
    let rows = format!("{PAGE}/asked");
    let mut content = site.signed_in(Role::Content).await;
    let shown = content.get(&rows).await.body;
    assert!(
        !shown.contains("my salary") && shown.contains("Asked in a direct chat"),
        "{shown}"
    );
    assert!(
        !shown.contains("/console/conversations/") && !shown.contains("name=\"fits\""),
        "{shown}"
    );
    let mut agent = site.signed_in(Role::Agent).await;
    assert!(agent.get(&rows).await.body.contains("my salary"));
    place.audience = Audience::Public;
    site.storage
        .write(Unit::Directory(DirectoryUnit::Place(place)))
        .await
        .unwrap();
    assert!(content.get(&rows).await.body.contains("my salary"));
    site.stop();
}

#[tokio::test]
async fn fifty_labels_fit_the_line_and_the_second_page_has_the_rest() {
    let site = Site::start().await;
    entries(&site).await;
    let mut owner = site.signed_in(Role::Owner).await;
    for number in 0..60 {
        ask(&site, &format!("number {number}"), "refund", 0.6).await;
    }
    let page = Page {
        before: None,
        limit: 100,
    };
    let all = site.storage.asked(site.community, &AskedFilter::default(), page).await;
    for row in all.unwrap() {
        let judged = QualityUnit::Judged {
            community: site.community,
            seq: row.seq,
            fits: Some(row.seq % 2 == 0),
            by: AccountId(site.clock.id()),
            at: site.clock.now(),
        };
        site.storage.write(Unit::Quality(judged)).await.unwrap();
    }
    // With the wish the lines are fitted anew.
    let fields = [("addressed", "80"), ("overheard", "97")];
    let precision = format!("{PAGE}/precision");
    let seen = owner.send(PAGE, &format!("{precision}/preview"), &fields).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    for part in [
        "With 80 of 100 answers right, and 97 of 100 to what is overheard",
        "name=\"addressed\" value=\"80\"",
    ] {
        assert!(seen.body.contains(part), "{part}: {}", seen.body);
    }
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("90 % right"), "looking changes nothing: {page}");
    let set = owner.send(PAGE, &precision, &fields).await;
    assert_eq!(set.status, 303, "{}", set.body);
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("60 answers are judged, and show it at no line"), "{page}");
    assert!(page.contains("80 % right") && page.contains("0.67"), "{page}");
    let first = owner.get(&format!("{PAGE}/asked?what=all")).await.body;
    assert_eq!(rows(&first), 50);
    let (_, next) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(rows(&owner.get(&next).await.body), 10);
    let mut agent = site.signed_in(Role::Agent).await;
    let set = agent.send(PAGE, &format!("{PAGE}/precision"), &fields).await;
    assert_eq!(set.status, 403);
    site.stop();
}

#[tokio::test]
async fn a_mistake_in_what_is_wanted_leaves_the_form_with_what_was_typed() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let precision = format!("{PAGE}/precision");
    for (addressed, why) in [
        ("100", "100 of a hundred cannot be wanted; it is from 50 to 99."),
        ("ninety", "“ninety” is no whole number"),
        ("", "“” is no whole number"),
    ] {
        for action in [precision.clone(), format!("{precision}/preview")] {
            let refused = owner
                .send(PAGE, &action, &[("addressed", addressed), ("overheard", "95")])
                .await;
            assert_eq!(refused.status, 422, "{}", refused.body);
            let typed = format!("required value=\"{addressed}\" aria-invalid=\"true\"");
            for part in [why, typed.as_str(), "value=\"95\"", "Save</button>", "90 % right"] {
                assert!(refused.body.contains(part), "{part}: {}", refused.body);
            }
        }
    }
    let mut agent = site.signed_in(Role::Agent).await;
    assert_eq!(agent.send(PAGE, &precision, &[("addressed", "100")]).await.status, 403);
    site.stop();
}

#[tokio::test]
async fn what_the_entries_make_of_their_own_words_is_told_with_each_text() {
    let site = Site::start().await;
    entries(&site).await;
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    knowledge.try_out(site.community).await.unwrap();
    let mut viewer = site.signed_in(Role::Viewer).await;
    let page = viewer.get(PAGE).await.body;
    assert!(page.contains("With these entries about"), "{page}");
    assert!(page.contains("1 entry has one way to ask alone"), "{page}");
    assert!(page.contains(">help</th>") && page.contains(">en</th>"), "{page}");
    let tried = viewer.get(&format!("{PAGE}/tried?topic=help.yaml")).await.body;
    assert!(
        tried.contains("I want my money back") && !tried.contains("Who founded"),
        "{tried}"
    );
    assert!(
        viewer
            .get(&format!("{PAGE}/tried?topic=other.yaml"))
            .await
            .body
            .contains("There are none")
    );
    site.stop();
}
