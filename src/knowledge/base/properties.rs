//! What holds for every base and every question.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::tests::{TODAY, entry, public};
use super::*;

/// Adding an entry that shares no word with a question moves the question's probability by at most this, in bases of twenty
/// entries and more. It moves at all because features get rarer and the base larger, most where many entries are nearly as good as
/// one another. Measured and not proven, with these weights: of 13,000 bases of the test's seed the largest moved by 0.108, of 3,000 of
/// another one by 0.223. With the first weights it was 0.099 of 70,000.
const UNRELATED_MOVES_MAX: f32 = 0.25;

const SUBJECTS: [&str; 8] = [
    "album", "server", "backup", "invoice", "password", "plugin", "garden", "ticket",
];
const DEEDS: [&str; 6] = ["open", "share", "delete", "restore", "move", "print"];
const ASKED: [&str; 5] = [
    "how do I",
    "can members",
    "where do moderators",
    "why can't I",
    "what happens when I",
];

fn sentence() -> impl Strategy<Value = String> {
    (0..ASKED.len(), 0..DEEDS.len(), 0..SUBJECTS.len()).prop_map(asked)
}

fn asked((how, deed, subject): (usize, usize, usize)) -> String {
    format!("{} {} the {}", ASKED[how], DEEDS[deed], SUBJECTS[subject])
}

fn stored(number: usize, question: &str) -> StoredEntry {
    entry(&format!(
        "- {{id: e{number}, question: \"{question}?\", answer: \"Answer {number}.\"}}"
    ))
}

fn entries(questions: &[String]) -> Vec<StoredEntry> {
    (0..)
        .zip(questions)
        .map(|(number, question)| stored(number, question))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_said_is_what_an_entry_says(questions in proptest::collection::vec(sentence(), 1..20), question in "\\PC{0,60}") {
        let base = Base::new("en", entries(&questions));
        for question in [&question, &questions[0]] {
            match base.ask(&public(), question, 3, &[], TODAY).decision {
                Decision::Answer { entry } => {
                    let stored = &base.get(&entry.id).unwrap().entry;
                    prop_assert_eq!(&entry.answer, &stored.answer.full);
                }
                Decision::Suggest { hits } => {
                    prop_assert!(!hits.is_empty() && hits.len() <= 3);
                    for hit in hits {
                        prop_assert_eq!(&hit.question, &base.get(&hit.id).unwrap().entry.question);
                    }
                }
                Decision::Abstain { .. } => {}
            }
        }
    }

    #[test]
    fn no_decision_hangs_on_the_order_of_entries_or_on_edits_undone(
        questions in proptest::collection::vec(sentence(), 2..30),
        question in sentence(),
        turn in 0..30_usize,
    ) {
        let in_order = Base::new("en", entries(&questions));
        let mut turned = entries(&questions);
        let turn = turn % turned.len();
        turned.rotate_left(turn);
        turned.reverse();
        let mut edited = Base::new("en", turned);
        // An entry that is taken away, and one that is written anew, leave no trace.
        edited.put(stored(1_000, &question));
        edited.put(stored(0, "something else entirely"));
        edited.put(stored(0, &questions[0]));
        edited.remove(&EntryId::from("e1000"));
        prop_assert_eq!(
            in_order.judge(&public(), &question, &[], TODAY),
            edited.judge(&public(), &question, &[], TODAY)
        );
        // A restart reads what is stored.
        let again = Base::new("en", edited.list().cloned().collect());
        for base in [&edited, &again] {
            prop_assert_eq!(
                in_order.ask(&public(), &question, 3, &[], TODAY),
                base.ask(&public(), &question, 3, &[], TODAY)
            );
        }
    }
}

proptest! {
    // The same cases in each run, because the bound is measured.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(48) })]

    #[test]
    fn an_unrelated_entry_hardly_moves_a_probability(
        questions in proptest::collection::vec(sentence(), 20..40),
        question in sentence(),
    ) {
        let mut base = Base::new("en", entries(&questions));
        let before = base.judge(&public(), &question, &[], TODAY);
        base.put(entry("- {id: other, question: Zwölf Boxkämpfer jagen Viktor?, answer: Quer über Sylt.}"));
        let after = base.judge(&public(), &question, &[], TODAY);
        let moved = (before.probability - after.probability).abs();
        prop_assert!(moved <= UNRELATED_MOVES_MAX, "{moved}: {before:?} {after:?}");
    }
}

/// A catalogue, as shops and handbooks have them: a thousand entries that are asked alike.
fn catalogue() -> Base {
    const THINGS: &str = "kettle drone bicycle piano lamp tent kayak printer camera violin fridge router saddle ladder clock oven \
                          mirror carpet boiler heater scooter drill loom globe compass anchor canoe trumpet easel anvil barrel bench \
                          bucket candle chisel crate fiddle funnel hammock harness";
    const DEEDS: &str = "clean store repair paint sell rent weigh polish assemble fold insure ship hang charge mount label tune grease \
                         sharpen inspect register donate return recycle replace";
    let questions: Vec<String> = THINGS
        .split_whitespace()
        .flat_map(|thing| {
            DEEDS
                .split_whitespace()
                .map(move |deed| format!("How do I {deed} a {thing}"))
        })
        .collect();
    Base::new("en", entries(&questions))
}

#[test]
fn a_large_base_answers_what_it_knows_and_nothing_else() {
    let base = catalogue();
    assert_eq!(base.list().count(), 1_000);
    let answered = |question: &str| {
        let found = base.ask(&public(), question, 3, &[], TODAY).decision;
        matches!(found, Decision::Answer { .. })
    };
    for question in [
        "who won the world cup in 1998",
        "why is the sky blue",
        "how tall is Mount Everest",
        "my tooth hurts what should I do",
        "how do I cook rice",
        "how do I get a visa for Japan",
        "can my dog eat chocolate",
        "is it safe to swim in the lake",
        "when does the train to Munich leave",
        "how many calories are in an apple",
    ] {
        assert!(!answered(question), "{question}");
    }
    for question in ["how to repair a kettle", "how can I insure a violin"] {
        assert!(answered(question), "{question}");
    }
}
