//! Who sees what, and what is said.

use super::*;
use crate::model::Timestamp;
use crate::model::directory::Audience;
use crate::model::ids::CommunityId;
use uuid::Uuid;

pub(in crate::knowledge) const TODAY: &str = "2026-11-24";

pub(in crate::knowledge) fn entry(yaml: &str) -> StoredEntry {
    let file = crate::knowledge::files::File {
        name: "test.yaml".to_owned(),
        text: yaml.to_owned(),
    };
    let entries = crate::knowledge::files::read(&[file]).unwrap();
    StoredEntry {
        entry: entries[0].entry.clone(),
        file: None,
        changed_at: Timestamp::default(),
        changed_by: None,
    }
}

fn base() -> Base {
    let entries = [
        "- {id: install, question: How do I install it?, aliases: [setup guide], answer: Run the installer.,\
           translations: {de: {question: Wie installiere ich das?, answer: Starte das Installationsprogramm.}}}",
        "- {id: payroll, question: When is the payroll run for moderators?, answer: On the first., visibility: staff}",
        "- {id: meeting, question: When do members meet in the garden?, answer: On Sundays., visibility: members}",
        "- {id: telegram, question: How do I mute this Telegram group?, answer: Tap mute., channels: {only: [telegram]}}",
        "- {id: party, question: When does the summer party begin?, answer: In June., until: 2026-06-30}",
        "- {id: prices, question: Which plans and prices are there?, answer: None., review_by: 2026-01-01}",
        "- {id: refund, question: How do I get a refund?, answer: Write to us.}",
    ];
    Base::new("en", entries.into_iter().map(entry).collect())
}

fn scope() -> AskScope {
    AskScope {
        community: CommunityId(Uuid::nil()),
        place: None,
        platform: "discord".to_owned(),
        audience: Audience::Direct,
        staff: false,
        overheard: false,
        language: None,
        conversation: None,
        without: Vec::new(),
        asker: None,
        consults: false,
    }
}

pub(in crate::knowledge) fn public() -> AskScope {
    AskScope {
        audience: Audience::Public,
        ..scope()
    }
}

pub(super) fn staff() -> AskScope {
    AskScope { staff: true, ..scope() }
}

/// `answer install`, `suggest a, b`, `abstain nothing_found`.
fn ask(base: &Base, scope: &AskScope, question: &str, refused: &[EntryId]) -> String {
    match base.ask(scope, question, 3, refused, TODAY).decision {
        Decision::Answer { entry } => format!("answer {}", entry.id),
        Decision::Suggest { hits } => {
            let ids: Vec<&str> = hits.iter().map(|hit| hit.id.as_str()).collect();
            format!("suggest {}", ids.join(", "))
        }
        Decision::Abstain { gap } => format!("abstain {gap:?}"),
    }
}

#[track_caller]
fn check(scope: &AskScope, question: &str, expected: &str) {
    assert_eq!(ask(&base(), scope, question, &[]), expected, "{question}");
}

#[test]
fn a_known_question_is_answered() {
    check(&public(), "how do i install it", "answer install");
    check(&public(), "Setup guide?", "answer install");
}

#[test]
fn an_unknown_question_is_not() {
    check(
        &public(),
        "who won the football match yesterday",
        "abstain NothingFound",
    );
    check(&public(), "?!", "abstain NothingFound");
}

#[test]
fn a_staff_answer_is_named_as_the_reason_and_never_said_to_others() {
    let question = "when is the payroll run for moderators";
    check(&public(), question, "abstain StaffOnly");
    check(&scope(), question, "abstain StaffOnly");
    check(&staff(), question, "answer payroll");
    let staff_in_public = AskScope {
        staff: true,
        ..public()
    };
    check(&staff_in_public, question, "abstain StaffOnly");
    assert_eq!(base().entry(&scope(), &EntryId::from("payroll"), TODAY), None);
}

#[test]
fn words_of_an_answer_that_is_not_for_them_tell_strangers_nothing() {
    let entries = [
        "- {id: buyer, question: Which company is going to buy us?, answer: Hartmann Logistics buys us on the first of March., visibility: staff}",
        "- {id: evening, question: When is the members' evening?, answer: Members meet in the Old Brewery., visibility: members}",
        "- {id: install, question: How do I install it?, answer: Run the command.}",
    ];
    let base = Base::new("en", entries.map(entry).to_vec());
    for guessed in ["Hartmann Logistics", "first of March", "Old Brewery", "New Bakery"] {
        assert_eq!(ask(&base, &public(), guessed, &[]), "abstain NothingFound", "{guessed}");
    }
    let question = "which company is going to buy us";
    assert_eq!(ask(&base, &public(), question, &[]), "abstain StaffOnly");
    assert_eq!(
        ask(&base, &public(), "when is the members evening", &[]),
        "abstain NotHere"
    );
}

#[test]
fn where_personal_data_was_taken_out_staff_alone_read() {
    let mut masked = entry("- {id: keys, question: Who has the keys to the hall?, answer: Nobody.}");
    masked.entry.answer.full = "Ask [name], at [phone number].".to_owned();
    let mut base = base();
    base.put(masked.clone());
    let question = "Who has the keys to the hall?";
    assert_eq!(ask(&base, &public(), question, &[]), "abstain StaffOnly");
    assert_eq!(base.entry(&scope(), &EntryId::from("keys"), TODAY), None);
    assert_eq!(ask(&base, &staff(), question, &[]), "answer keys");
    masked.entry.answer.full = "Ask at the bar.".to_owned();
    base.put(masked);
    assert_eq!(ask(&base, &public(), question, &[]), "answer keys");
}

#[test]
fn who_is_asked_in_the_same_words_is_known_whoever_reads_it() {
    let also = |yaml: &str| {
        let (base, entry) = (base(), entry(yaml).entry);
        let also = base.asked_so_too([&entry], TODAY);
        also[0].iter().map(|other| other.id.to_string()).collect::<Vec<_>>()
    };
    let refund = "question: how do i get a refund, answer: No.";
    assert_eq!(also(&format!("- {{id: money, {refund}}}")), ["refund"]);
    assert_eq!(
        also("- {id: money, question: Money?, aliases: [Wie installiere ich das], answer: No.}"),
        ["install"]
    );
    assert_eq!(
        also(&format!("- {{id: money, {refund}, visibility: staff}}")),
        ["refund"]
    );
    assert_eq!(also(&format!("- {{id: money, {refund}, until: 2026-01-01}}")), [""; 0]);
    assert_eq!(
        also(&format!("- {{id: refund, {refund}}}")),
        [""; 0],
        "it is the same one"
    );
    assert_eq!(
        also("- {id: money, question: How do I get rich?, answer: No.}"),
        [""; 0]
    );
}

#[test]
fn entries_that_come_together_are_compared_with_each_other_too() {
    let base = base();
    let [one, other, third] = [
        "- {id: m-1, question: Is there milk?, answer: Yes.}",
        "- {id: m-2, question: is there MILK, answer: No.}",
        "- {id: m-3, question: Is there milk?, answer: Yes., visibility: staff}",
    ]
    .map(|yaml| entry(yaml).entry);
    let also = base.asked_so_too([&one, &other, &third], TODAY);
    let ids: Vec<Vec<_>> = also
        .iter()
        .map(|others| others.iter().map(|other| other.id.as_str()).collect())
        .collect();
    assert_eq!(ids, [["m-2", "m-3"], ["m-1", "m-3"], ["m-1", "m-2"]]);
    assert!(are_read_together(&one, &other) && !are_read_together(&one, &third));
}

#[test]
fn a_members_answer_stays_among_members() {
    let question = "when do members meet in the garden";
    check(&scope(), question, "answer meeting");
    check(&public(), question, "abstain NotHere");
    for platform in ["web_chat", "terminal"] {
        let stranger = AskScope {
            platform: platform.to_owned(),
            ..scope()
        };
        check(&stranger, question, "abstain NotHere");
    }
}

#[test]
fn an_answer_for_another_platform_is_not_given_here() {
    let question = "how do i mute this telegram group";
    check(&public(), question, "abstain NotHere");
    let telegram = AskScope {
        platform: "telegram".to_owned(),
        ..public()
    };
    check(&telegram, question, "answer telegram");
}

#[test]
fn an_answer_is_not_given_after_its_last_day() {
    let said = ask(&base(), &public(), "when does the summer party begin", &[]);
    assert!(!said.contains("party"), "{said}");
}

#[test]
fn an_answer_nobody_reviewed_is_only_suggested() {
    check(&public(), "which plans and prices are there", "suggest prices");
}

#[test]
fn what_was_refused_is_left_out() {
    let refused = [EntryId::from("install")];
    let said = ask(&base(), &public(), "how do i install it", &refused);
    assert!(!said.contains("install"), "{said}");
    let without = AskScope {
        without: refused.to_vec(),
        ..public()
    };
    let said = ask(&base(), &without, "how do i install it", &[]);
    assert!(!said.contains("install"), "{said}");
}

#[test]
fn an_edit_counts_at_once() {
    let mut base = base();
    base.put(entry(
        "- {id: zebra, question: Where do zebras sleep?, answer: In the stable.}",
    ));
    assert_eq!(ask(&base, &public(), "where do the zebras sleep", &[]), "answer zebra");
    base.put(entry("- {id: zebra, question: Who feeds the parrots?, answer: Ann.}"));
    assert_eq!(ask(&base, &public(), "who feeds the parrots", &[]), "answer zebra");
    assert_ne!(ask(&base, &public(), "where do the zebras sleep", &[]), "answer zebra");
    base.remove(&EntryId::from("zebra"));
    assert!(!ask(&base, &public(), "who feeds the parrots", &[]).contains("zebra"));
}

#[test]
fn a_question_is_answered_in_its_language_where_there_is_a_translation() {
    let base = base();
    let german = AskScope {
        language: Some("de".to_owned()),
        ..public()
    };
    let Decision::Answer { entry } = base.ask(&german, "wie installiere ich das", 3, &[], TODAY).decision else {
        panic!("no answer");
    };
    assert_eq!(entry.answer, "Starte das Installationsprogramm.");
    let text = base.entry(&german, &EntryId::from("refund"), TODAY).unwrap();
    assert_eq!(text.answer, "Write to us.");
}

#[test]
fn who_was_not_asked_has_to_be_surer() {
    let overheard = AskScope {
        overheard: true,
        ..public()
    };
    check(&overheard, "how do i install it", "answer install");
    let vague = "i want to install something like a refund";
    assert!(!ask(&base(), &overheard, vague, &[]).starts_with("answer"));
}

#[test]
fn an_answer_whose_page_is_gone_is_only_suggested() {
    let question = "where do the zebras sleep";
    let mut base = base();
    base.put(entry(
        "- {id: zebra, question: Where do zebras sleep?, answer: In the stable., sources: [{url: 'https://zoo.example/z'}]}",
    ));
    assert_eq!(ask(&base, &public(), question, &[]), "answer zebra");
    base.set_dead_links(HashSet::from(["https://zoo.example/z".to_owned()]));
    assert_eq!(ask(&base, &public(), question, &[]), "suggest zebra");
    // Whoever names another source has mended it at once.
    base.put(entry(
        "- {id: zebra, question: Where do zebras sleep?, answer: In the stable.}",
    ));
    assert_eq!(ask(&base, &public(), question, &[]), "answer zebra");
}
