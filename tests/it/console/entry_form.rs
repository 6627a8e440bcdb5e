//! An entry with all its fields in the console's form: saving, mistakes, and what somebody else saved meanwhile.

use switchboard::clock::Clock as _;
use switchboard::knowledge::files::read;
use switchboard::knowledge::{Change, Knowledge};
use switchboard::model::entry::Entry;
use switchboard::model::ids::MessageId;
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::knowledge::{Feedback, KnowledgeUnit};

use super::answers::{location, publish};
use super::site::{Browser, Site};

const NEW: &str = "/console/knowledge/new";
const OWN: &str = "/console/knowledge/entries/hours";
const EDIT: &str = "/console/knowledge/entries/hours/edit";

/// What everybody types, with a German translation.
const FIELDS: [(&str, &str); 7] = [
    ("id", "hours"),
    ("question", "When are you open?"),
    ("full", "From nine."),
    ("visibility", "everybody"),
    ("t0-language", "de"),
    ("t0-question", "Wann ist offen?"),
    ("t0-full", "Ab neun."),
];

/// The same with other values for some fields, and with more of them.
fn with<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FIELDS
        .iter()
        .filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    kept.copied().chain(others.iter().copied()).collect()
}

async fn written(browser: &mut Browser<'_>) {
    let made = browser.send(NEW, NEW, &FIELDS).await;
    assert_eq!(made.status, 303, "{}", made.body);
}

async fn stored(site: &Site) -> Entry {
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    let found = knowledge.get(site.community, &"hours".into()).await.unwrap();
    found.unwrap().entry
}

#[tokio::test]
async fn who_edits_an_entry_need_not_know_what_was_taken_away_since() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    written(&mut owner).await;
    let other = with(&[("id", "rooms"), ("related", "hours")]);
    assert_eq!(owner.send(NEW, NEW, &other).await.status, 303);
    let remove = format!("{OWN}/remove");
    assert_eq!(owner.send(OWN, &remove, &[("revision", "1")]).await.status, 303);
    let edit = "/console/knowledge/entries/rooms/edit";
    let fields = with(&[("related", "hours"), ("full", "From ten."), ("revision", "1")]);
    assert_eq!(owner.send(edit, edit, &fields).await.status, 303);
    // A name that nobody had named is a slip all the same.
    let fields = with(&[("related", "hous"), ("full", "From ten."), ("revision", "2")]);
    assert_eq!(owner.send(edit, edit, &fields).await.status, 422);

    // Files of it can be applied, here and anywhere, and change nothing here.
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    let files = knowledge.export(site.community).await.unwrap();
    let plan = knowledge.plan(site.community, &files).await.unwrap();
    assert!(matches!(plan.changes[..], [Change::Same(_)]), "{plan:?}");
    assert!(read(&files).is_ok(), "{files:?}");
}

#[tokio::test]
async fn an_entry_may_have_the_name_of_a_page() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    for name in ["new", "drafts", "import", "quality"] {
        let made = owner.send(NEW, NEW, &with(&[("id", name)])).await;
        let own = location(&made);
        let page = owner.get(&own).await;
        assert!(page.body.contains("From nine."), "{name}: {}", page.body);
    }
}

#[tokio::test]
async fn an_entry_without_a_name_is_named_by_its_question() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let seen = owner.send(NEW, &format!("{NEW}/preview"), &with(&[("id", "")])).await;
    assert!(
        seen.status == 200 && seen.body.contains("What would change"),
        "{}",
        seen.body
    );
    let made = owner.send(NEW, NEW, &with(&[("id", "")])).await;
    assert_eq!(location(&made), "/console/knowledge/entries/when-are-you-open");
    // One of that name is there now, and is not written over.
    let again = owner.send(NEW, NEW, &with(&[("id", ""), ("full", "From ten.")])).await;
    assert_eq!(again.status, 409, "{}", again.body);
    assert!(again.body.contains("From ten."), "{}", again.body);
}

#[tokio::test]
async fn a_translation_is_written_falls_behind_and_is_said_to_be_true_again() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    written(&mut owner).await;
    assert_eq!(stored(&site).await.translations["de"].of_rev, 1);
    let page = owner.get(OWN).await.body;
    assert!(
        page.contains("de: Wann ist offen?") && page.contains("<p>Ab neun.</p>"),
        "{page}"
    );
    let form = owner.get(EDIT).await.body;
    for part in [
        "name=\"t0-language\" maxlength=\"35\" value=\"de\"",
        ">Ab neun.</textarea>",
        "name=\"t1-language\" maxlength=\"35\" value=\"\"",
        "One more language",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(!form.contains("source changed since"), "{form}");

    let changed = with(&[("revision", "1"), ("full", "From ten.")]);
    assert_eq!(owner.send(EDIT, EDIT, &changed).await.status, 303);
    assert!(owner.get(OWN).await.body.contains("de (source changed since)"));
    let form = owner.get(EDIT).await.body;
    let (_, section) = form.split_once("<details open>").unwrap();
    assert!(section.contains("source changed since"), "{section}");

    let looked = with(&[("revision", "2"), ("full", "From ten."), ("t0-same", "on")]);
    assert_eq!(owner.send(EDIT, EDIT, &looked).await.status, 303);
    let page = owner.get(OWN).await.body;
    assert!(!page.contains("ource changed since"), "{page}");
    assert_eq!(stored(&site).await.translations["de"].of_rev, 3);

    let cleared = with(&[("revision", "3"), ("t0-question", ""), ("t0-full", "")]);
    assert_eq!(owner.send(EDIT, EDIT, &cleared).await.status, 303);
    assert!(stored(&site).await.translations.is_empty());
    let history = owner.get(&format!("{OWN}/history")).await.body;
    assert!(history.contains("<del>- Ab neun.</del>"), "{history}");
    // The first revision has a new question, and no other one changed it.
    assert!(
        history.contains("+ Question:") && history.contains("> Answer:") && !history.contains("> Question:"),
        "{history}"
    );
    let taken_away = owner.send(OWN, &format!("{OWN}/remove"), &[("revision", "4")]).await;
    assert_eq!(taken_away.status, 303, "{}", taken_away.body);
    // The name goes on counting.
    written(&mut owner).await;
    let anew = stored(&site).await;
    assert_eq!((anew.rev, anew.translations["de"].of_rev), (6, 6));
    site.stop();
}

/// A change of the entry in which two languages and a related entry are wrong.
fn typed_with_mistakes(place: &str) -> Vec<(&str, &str)> {
    vec![
        ("revision", "1"),
        ("only", "telegram"),
        ("only", place),
        ("not", "discord"),
        ("owner", "The <desk>"),
        ("escalate_to", "billing"),
        ("related", "hour"),
        ("t1-language", "german"),
        ("t1-question", "Wann?"),
        ("t1-aliases", "Um wie viel Uhr"),
        ("t1-full", "Ab neun Uhr."),
        ("t2-language", "en"),
        ("t2-question", "When?"),
        ("t2-full", "At nine."),
    ]
}

#[tokio::test]
async fn a_mistake_is_named_at_its_field_and_nothing_that_was_typed_is_lost() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    written(&mut owner).await;
    let place = site.place.to_string();
    let typed = typed_with_mistakes(&place);
    // What would change is shown of nothing that cannot be stored.
    for action in [EDIT.to_owned(), format!("{EDIT}/preview")] {
        let refused = owner.send(EDIT, &action, &with(&typed)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        for part in [
            "<a href=\"#related\">Related entries, one name a line</a>: line 1: there is no entry hour (did you mean hours?)",
            "id=\"related-hint\"><strong class=\"wrong\">",
            "value=\"german\" aria-invalid=\"true\"",
            "must be a language: de, pt-BR",
            "is the language of the entry itself",
            ">Ab neun Uhr.</textarea>",
            ">Um wie viel Uhr</textarea>",
            "value=\"The &#60;desk&#62;\"",
            "value=\"billing\"",
            "value=\"telegram\" checked> all of Telegram",
            "name=\"t3-language\"",
        ] {
            assert!(refused.body.contains(part), "{part}: {}", refused.body);
        }
        let ticked = format!("value=\"{place}\" checked> Lobby, on the web chat");
        assert!(refused.body.contains(&ticked), "{}", refused.body);
        assert_eq!(refused.field("revision"), "1");
    }
    assert_eq!(stored(&site).await.rev, 1);

    let mended = [("related", "hours"), ("t1-language", "fr"), ("t2-language", "es")];
    let kept = typed
        .iter()
        .filter(|(name, _)| !mended.iter().any(|(other, _)| other == name));
    let all: Vec<(&str, &str)> = kept.chain(&mended).copied().collect();
    let seen = owner.send(EDIT, &format!("{EDIT}/preview"), &with(&all)).await;
    assert!(
        seen.status == 200 && seen.body.contains(">Ab neun Uhr.</textarea>"),
        "{}",
        seen.body
    );
    for _ in 0..2 {
        // The same form sent twice is saved once.
        let saved = owner.send(EDIT, EDIT, &with(&all)).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
    }
    let entry = stored(&site).await;
    assert_eq!((entry.rev, entry.translations.len()), (2, 3));
    assert_eq!(entry.channels.only, ["telegram", place.as_str()]);
    let page = owner.get(OWN).await.body;
    for part in [
        "<dt>Said only in</dt><dd>Telegram, Lobby</dd>",
        "<dt>Never said in</dt><dd>Discord</dd>",
        "<dt>Kept true by</dt><dd>The &#60;desk&#62;</dd>",
        "<dt>Queue</dt><dd>billing</dd>",
        "<li>Um wie viel Uhr</li>",
        "<h2>Related entries</h2>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    site.stop();
}

#[tokio::test]
async fn what_somebody_else_saved_of_a_translation_is_shown_beside_yours() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    written(&mut owner).await;
    let theirs = with(&[("revision", "1"), ("t0-full", "Ab zehn."), ("owner", "Desk")]);
    assert_eq!(agent.send(EDIT, EDIT, &theirs).await.status, 303);
    let yours = with(&[("revision", "1"), ("t0-full", "Ab elf."), ("owner", "")]);
    let both = owner.send(EDIT, EDIT, &yours).await;
    assert_eq!(both.status, 409);
    for part in [
        "<p class=\"meta\">Answer, in de</p><pre tabindex=\"0\">Ab zehn.</pre>",
        "<p class=\"meta\">Kept true by</p><pre tabindex=\"0\">Desk</pre>",
        ">Ab elf.</textarea>",
    ] {
        assert!(both.body.contains(part), "{part}: {}", both.body);
    }
    // What they changed and you did not is not undone by your saving.
    let kept = "name=\"owner\" maxlength=\"80\" value=\"Desk\"";
    assert!(both.body.contains(kept), "{}", both.body);
    assert_eq!(both.field("revision"), "2");
    let yours = with(&[("revision", "2"), ("t0-full", "Ab elf.")]);
    assert_eq!(owner.send(EDIT, EDIT, &yours).await.status, 303);
    let saved = stored(&site).await;
    assert_eq!(
        (saved.translations["de"].answer.full.as_str(), saved.rev),
        ("Ab elf.", 3)
    );
    assert_eq!(saved.owner.as_deref(), Some("Desk"), "these fields are not all");
    let form = owner.get(EDIT).await;
    assert!(form.field("_fields").contains(" only not "), "{}", form.body);
    let unchanged = with(&[("revision", "3"), ("t0-full", "Ab elf.")]);
    assert_eq!(owner.send(EDIT, EDIT, &unchanged).await.status, 303);
    assert_eq!(stored(&site).await, saved, "nothing was changed");
    site.stop();
}

#[tokio::test]
async fn a_draft_has_the_same_fields_and_publishing_it_makes_its_translations_current() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let mut agent = site.signed_in(Role::Agent).await;
    written(&mut owner).await;
    let typed = with(&[
        ("revision", "1"),
        ("full", "From ten."),
        ("t0-same", "on"),
        ("owner", "Desk"),
        ("do", "draft"),
    ]);
    let draft = location(&agent.send(EDIT, EDIT, &typed).await);
    let shown = agent.get(&format!("{draft}/edit")).await.body;
    for part in ["value=\"Desk\"", ">Ab neun.</textarea>", "id=\"t0-same\" checked>"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let difference = owner.get(&draft).await.body;
    assert!(difference.contains("<ins>+ Desk</ins>"), "{difference}");
    assert_eq!(location(&publish(&mut owner, &draft).await), OWN);
    assert!(!owner.get(OWN).await.body.contains("ource changed since"));
    let entry = stored(&site).await;
    assert_eq!((entry.rev, entry.translations["de"].of_rev), (2, 2));
    site.stop();
}

#[tokio::test]
async fn what_was_said_of_an_earlier_revision_is_not_shown_as_said_of_this_one() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    written(&mut owner).await;
    let said = KnowledgeUnit::Feedback(Feedback {
        community: site.community,
        entry: "hours".into(),
        revision: 1,
        message: MessageId(site.clock.id()),
        conversation: None,
        identity: Some(site.identity),
        helpful: true,
        asked: None,
        at: site.clock.now(),
    });
    site.storage.write(Unit::Knowledge(said)).await.unwrap();
    let list = "/console/knowledge";
    let page = owner.get(list).await.body;
    assert!(page.contains("data-label=\"Helped\">1</td>"), "{page}");
    let changed = with(&[("revision", "1"), ("full", "From ten.")]);
    assert_eq!(owner.send(EDIT, EDIT, &changed).await.status, 303);
    let page = owner.get(list).await.body;
    assert!(
        page.contains("data-label=\"Helped\">1 <span class=\"meta\">of revision 1</span></td>"),
        "{page}"
    );
    site.stop();
}
