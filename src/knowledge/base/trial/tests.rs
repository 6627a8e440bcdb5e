//! What a base makes of its own texts.

use super::super::tests::{TODAY, entry};
use super::*;

const ENTRIES: [&str; 6] = [
    "- {id: refund, question: How do I get a refund?, answer: Write to us.,\
       aliases: [I want my money back, refund for my order, give me my money back please]}",
    "- {id: install, question: How do I install the app?, answer: Run the installer.,\
       aliases: [installing the app, setup of the app]}",
    "- {id: install-again, question: How do I install the program?, answer: Ask us.,\
       aliases: [setup of the app please]}",
    "- {id: payroll, question: When is the payroll run?, answer: On the first., visibility: staff,\
       aliases: [when is the payroll done, I want my money back now]}",
    "- {id: party, question: When is the party?, aliases: [when does the party begin], answer: In June., until: 2026-06-30}",
    "- {id: lonely, question: Who founded the garden?, aliases: ['who FOUNDED the garden'], answer: Ann.}",
];

fn base() -> Base {
    Base::new("en", ENTRIES.into_iter().map(entry).collect())
}

fn tried(base: &Base, text: &str) -> Tried {
    let ways = base.sample(1_000, TODAY);
    let way = ways.iter().find(|way| way.text == text).unwrap();
    base.try_out(way, TODAY).unwrap()
}

#[test]
fn only_what_has_another_way_to_be_asked_is_tried() {
    let base = base();
    let ways = base.sample(1_000, TODAY);
    let of = |id: &str| ways.iter().filter(|way| way.entry.as_str() == id).count();
    assert_eq!(
        ["refund", "install", "install-again", "payroll"].map(of),
        [4, 3, 2, 3],
        "{ways:?}"
    );
    assert_eq!(
        ["party", "lonely"].map(of),
        [0, 0],
        "one is over, the other has one way in two spellings"
    );
    let one_way = entry("- {id: short, question: Who is Ann?, answer: The founder.}");
    let mut base = base;
    base.put(one_way);
    assert_eq!(base.alone(TODAY), (6, 1));
}

#[test]
fn the_sample_hangs_on_the_words_alone() {
    let mut turned: Vec<_> = ENTRIES.into_iter().map(entry).collect();
    turned.reverse();
    let turned = Base::new("en", turned);
    for max in [0, 1, 3, 7, 1_000] {
        let sample = base().sample(max, TODAY);
        assert_eq!(sample, turned.sample(max, TODAY));
        assert!(sample.len() <= max);
    }
    let (few, all) = (base().sample(5, TODAY), base().sample(1_000, TODAY));
    // What is another spelling of the same words is drawn, too, and then left out.
    assert!(few.len() >= 3 && all.starts_with(&few), "{few:?}");
}

#[test]
fn what_others_of_its_words_find_is_right_and_what_another_entry_takes_is_not() {
    let base = base();
    let refund = tried(&base, "I want my money back");
    assert!(refund.is_right(), "{refund:?}");
    let stolen = tried(&base, "setup of the app");
    assert_eq!(
        stolen.best.as_ref().map(EntryId::as_str),
        Some("install-again"),
        "{stolen:?}"
    );
    assert!(!stolen.is_right());
}

#[test]
fn an_answer_for_staff_takes_nothing_from_what_members_ask() {
    let base = base();
    for way in base.sample(1_000, TODAY) {
        let tried = base.try_out(&way, TODAY).unwrap();
        let staff = tried.best.as_ref().is_some_and(|best| best.as_str() == "payroll");
        assert!(!staff || way.entry.as_str() == "payroll", "{tried:?}");
    }
    assert!(tried(&base, "when is the payroll done").is_right());
}

#[test]
fn an_entry_that_nobody_reviewed_would_not_be_said() {
    let mut base = base();
    let overdue = ENTRIES[0].replace("- {id: refund,", "- {id: refund, review_by: 2026-01-01,");
    base.put(entry(&overdue));
    let refund = tried(&base, "I want my money back");
    assert!(refund.is_right() && !refund.is_said(0.0), "{refund:?}");
}

#[test]
fn another_revision_is_another_base_and_the_order_is_not() {
    let mut turned: Vec<_> = ENTRIES.into_iter().map(entry).collect();
    turned.reverse();
    assert_eq!(Base::new("en", turned).fingerprint(), base().fingerprint());
    let mut edited = base();
    let mut refund = edited.get(&"refund".into()).unwrap().clone();
    refund.entry.rev += 1;
    edited.put(refund);
    assert_ne!(edited.fingerprint(), base().fingerprint());
    let mut fewer = base();
    fewer.remove(&"party".into());
    assert_ne!(fewer.fingerprint(), base().fingerprint());
}
