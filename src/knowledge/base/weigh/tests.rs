//! What a model's word is worth.

use super::super::tests::{TODAY, entry, public, staff};
use super::*;
use crate::knowledge::scoring::Lines;
use crate::storage::knowledge::StoredEntry;

fn base() -> Base {
    let entries = [
        "- {id: backup, question: How do I make a backup of my server?, answer: \"Run the tool.\n\nKeep the copy.\"}",
        "- {id: restore, question: How do I restore my server?, answer: \"Stop it first.\n\nThen restore.\"}",
        "- {id: payroll, question: When is the payroll run for moderators?, answer: On the first., visibility: staff}",
        "- {id: old, question: Which garden plans are there?, answer: None any more., review_by: 2026-01-01}",
        "- {id: invoice, question: Where do I find my invoice?, answer: Below Billing.}",
        "- {id: album, question: Can I share an album with friends?, answer: Yes.}",
    ];
    let entry = |yaml: &&str| entry(&yaml.replace('\n', "\\n"));
    Base::new("en", entries.iter().map(entry).collect())
}

/// A question of each that the entries leave undecided.
fn undecided<'a>(base: &Base, questions: &[&'a str]) -> (&'a str, Vec<EntryText>, f32) {
    for &question in questions {
        if let Some(shown) = base.undecided(&public(), question, TODAY) {
            return (question, shown, base.judge(&public(), question, &[], TODAY).probability);
        }
    }
    panic!("each of them is decided: {questions:?}");
}

const ABOUT_BACKUPS: [&str; 5] = [
    "backup server",
    "backup",
    "saving the server somewhere, like a backup",
    "is there something like a backup for what we wrote",
    "what about a backup then",
];

fn yes(shown: &[EntryText], ids: &[&str]) -> Word {
    let taken = ids.iter().map(|id| {
        let entry = shown
            .iter()
            .find(|entry| entry.id.as_str() == *id)
            .expect("it was shown");
        Taken {
            id: entry.id.clone(),
            revision: entry.revision,
            parts: None,
        }
    });
    Word::Yes(taken.collect())
}

fn band_of(finding: &Finding) -> Band {
    match finding.decision {
        Decision::Answer { .. } => Band::Answer,
        Decision::Suggest { .. } => Band::Suggest,
        Decision::Abstain { gap: Gap::Uncertain } => Band::Uncertain,
        Decision::Abstain { .. } => Band::Nothing,
    }
}

#[test]
fn a_word_moves_a_probability_to_its_side_and_no_further_than_it_is_worth() {
    for percent in 1..100_u8 {
        let before = f32::from(percent) / 100.0;
        let (up, down) = (raised(before), lowered(before));
        assert!(down < before && before < up, "{before}");
        assert!(
            (lowered(up) - before).abs() < 1e-4,
            "a yes and a no are nothing: {before}"
        );
    }
    assert!((raised(0.25) - 0.5).abs() < 1e-6);
    assert!((lowered(0.75) - 0.5).abs() < 1e-6);
}

#[test]
fn nobody_is_asked_where_the_word_would_change_nothing() {
    let asked: Vec<u8> = (0..=100)
        .filter(|percent| {
            let probability = f32::from(*percent) / 100.0;
            let band = scoring::band(probability, Lines::START.addressed);
            matters(band, probability, Lines::START.addressed)
        })
        .collect();
    let (first, last) = (asked[0], asked[asked.len() - 1]);
    assert!(first > 5 && last < 98, "{first} to {last}");
    assert_eq!(
        asked.len(),
        usize::from(last - first) + 1,
        "it is the middle, in one piece"
    );
}

#[test]
fn a_question_that_is_stored_word_for_word_is_not_asked() {
    assert_eq!(
        base().undecided(&public(), "How do I make a backup of my server?", TODAY),
        None
    );
    assert_eq!(
        base().undecided(&public(), "who won the football match yesterday", TODAY),
        None
    );
}

#[test]
fn a_model_reads_nothing_that_may_not_be_said_there() {
    let base = base();
    for question in [
        "when is the payroll run",
        "payroll",
        "moderators payroll server",
        "payroll for my server",
    ] {
        if let Some(shown) = base.undecided(&public(), question, TODAY) {
            assert!(shown.iter().all(|entry| entry.id.as_str() != "payroll"), "{question}");
        }
    }
    assert_eq!(
        base.undecided(&public(), "when is the payroll run for moderators", TODAY),
        None,
        "the answer is for others, and nothing else may be said in its place"
    );
}

#[test]
fn what_is_for_staff_goes_to_no_model_also_when_staff_ask() {
    let base = base();
    let mut asked = 0;
    for question in [
        "payroll",
        "payroll moderators",
        "the run of the payroll",
        "something about the payroll",
    ] {
        let judged = base.judge(&staff(), question, &[], TODAY);
        asked += usize::from(matters(judged.band, judged.probability, Lines::START.addressed));
        assert_eq!(base.undecided(&staff(), question, TODAY), None, "{question}");
    }
    assert!(asked > 0, "without the entry for staff a model would be asked");
}

#[test]
fn a_yes_raises_and_a_no_lowers_by_the_same_lines() {
    let base = base();
    let (question, shown, local) = undecided(&base, &ABOUT_BACKUPS);
    let best = base.judge(&public(), question, &[], TODAY).best.expect("it has one");
    let up = base.weighed(&public(), question, 3, TODAY, &yes(&shown, &[best.as_str()]));
    assert!((up.probability - raised(local)).abs() < 1e-5);
    let expected = match (
        scoring::band(local, Lines::START.addressed),
        scoring::band(raised(local), Lines::START.addressed),
    ) {
        (Band::Uncertain | Band::Nothing, Band::Answer) => Band::Suggest,
        (_, raised) => raised,
    };
    assert_eq!(band_of(&up), expected);
    let down = base.weighed(&public(), question, 3, TODAY, &Word::No);
    assert!((down.probability - lowered(local)).abs() < 1e-5);
    assert_eq!(band_of(&down), scoring::band(lowered(local), Lines::START.addressed));
}

#[test]
fn an_entry_that_is_far_from_the_question_is_not_said_whoever_speaks_for_it() {
    let base = base();
    for question in ABOUT_BACKUPS {
        let Some(shown) = base.undecided(&public(), question, TODAY) else {
            continue;
        };
        for far in shown
            .iter()
            .filter(|entry| !["backup", "restore"].contains(&entry.id.as_str()))
        {
            let finding = base.weighed(&public(), question, 3, TODAY, &yes(&shown, &[far.id.as_str()]));
            assert_ne!(band_of(&finding), Band::Answer, "{question}: {}", far.id);
        }
    }
}

#[test]
fn what_nobody_reviewed_is_offered_and_not_said() {
    let taken = Taken {
        id: EntryId::from("old"),
        revision: 0,
        parts: Some("None any more.".to_owned()),
    };
    let question = "Which garden plans are there?";
    let finding = base().weighed(&public(), question, 3, TODAY, &Word::Yes(vec![taken]));
    assert!(
        matches!(&finding.decision, Decision::Suggest { hits } if hits[0].id.as_str() == "old"),
        "{finding:?}"
    );
}

#[test]
fn a_word_about_what_was_changed_meanwhile_counts_for_nothing() {
    let mut base = base();
    let (question, shown, _) = undecided(&base, &ABOUT_BACKUPS);
    let word = yes(&shown, &["backup"]);
    let mut changed: StoredEntry = base.get(&EntryId::from("backup")).expect("it is there").clone();
    changed.entry.rev += 1;
    base.put(changed);
    let without = base.ask(&public(), question, 3, &[], TODAY);
    assert_eq!(base.weighed(&public(), question, 3, TODAY, &word), without);
    base.remove(&EntryId::from("backup"));
    let without = base.ask(&public(), question, 3, &[], TODAY);
    assert_eq!(base.weighed(&public(), question, 3, TODAY, &word), without);
}

#[test]
fn parts_are_said_instead_of_the_whole_and_each_entry_is_named() {
    let mut base = base();
    let mut composed = 0;
    for question in [
        "backup server",
        "restore or backup server",
        "server backup and restore",
        "make a backup of a server",
        "how to make a backup and restore it",
        "how do I backup or restore a server",
        "make a server backup, then restore the server",
        "how do I make a backup of my server or restore it",
    ] {
        // Just out of reach for the entries alone.
        let probability = base.judge(&public(), question, &[], TODAY).probability;
        let line = Lines {
            addressed: probability + 0.001,
            ..Lines::START
        };
        base.set_lines(line, line);
        let Some(shown) = base.undecided(&public(), question, TODAY) else {
            continue;
        };
        let Word::Yes(mut taken) = yes(&shown, &["backup", "restore"]) else {
            panic!("it is a yes");
        };
        taken[0].parts = Some("Keep the copy.".to_owned());
        taken[1].parts = Some("Then restore.".to_owned());
        let finding = base.weighed(&public(), question, 3, TODAY, &Word::Yes(taken));
        if let Decision::Answer { entry } = finding.decision {
            composed += 1;
            let beside: Vec<&str> = entry.beside.iter().map(|entry| entry.id.as_str()).collect();
            match beside[..] {
                [] => assert_eq!(entry.answer, "Keep the copy."),
                ["restore"] => assert_eq!(entry.answer, "Keep the copy.\n\nThen restore."),
                _ => panic!("{beside:?}"),
            }
        }
    }
    assert!(composed > 0, "none of them was answered");
}

#[test]
fn what_would_not_even_be_offered_is_not_said_whoever_speaks_for_it() {
    let base = base();
    let (mut raised_to_an_offer, mut raised_to_an_answer) = (0, 0);
    for question in ABOUT_BACKUPS {
        let Some(shown) = base.undecided(&public(), question, TODAY) else {
            continue;
        };
        let judged = base.judge(&public(), question, &[], TODAY);
        let best = judged.best.expect("it has one");
        let finding = base.weighed(&public(), question, 3, TODAY, &yes(&shown, &[best.as_str()]));
        match (judged.band, band_of(&finding)) {
            (Band::Uncertain | Band::Nothing, band) => {
                assert_ne!(band, Band::Answer, "{question}");
                raised_to_an_offer += usize::from(band == Band::Suggest);
            }
            (_, band) => raised_to_an_answer += usize::from(band == Band::Answer),
        }
    }
    assert!(raised_to_an_offer + raised_to_an_answer > 0, "none of them was asked");
}
