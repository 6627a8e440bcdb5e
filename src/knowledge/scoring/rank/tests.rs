//! Ranking, played on small bases.

use super::super::index::Text;
use super::*;

fn base() -> Index {
    let mut index = Index::default();
    let entries = [
        ("How do I install a plugin?", "Run the plugin command."),
        ("How do I connect Discord?", "Make a bot and paste its token."),
        ("What does it cost?", "Nothing, it is free software."),
    ];
    for (slot, (question, answer)) in (0..).zip(entries) {
        let text = |field, text| Text {
            field,
            language: Some("en"),
            text,
        };
        index.put(slot, &[text(Field::Question, question), text(Field::Answer, answer)]);
    }
    index
}

#[track_caller]
fn check(question: &str, best: Slot) {
    let ranked = Question::new(&base(), question, Some("en")).rank(&[]);
    assert_eq!(ranked.first().map(|first| first.slot), Some(best), "{ranked:?}");
}

#[test]
fn the_nearest_entry_comes_first() {
    check("installing plugins", 0);
    check("conect discrod", 1);
    check("is it free", 2);
}

#[test]
fn the_question_itself_is_exact_whatever_its_marks() {
    let ranked = Question::new(&base(), "what does it COST", None).rank(&[]);
    assert!(ranked[0].exact && ranked[0].slot == 2);
}

#[test]
fn nothing_is_near_to_nothing() {
    assert!(Question::new(&base(), "?!", None).rank(&[]).is_empty());
    assert!(Question::new(&Index::default(), "hello", None).rank(&[]).is_empty());
}

#[test]
fn what_is_left_out_takes_nothing_from_the_others() {
    let base = base();
    let question = Question::new(&base, "how do I connect a plugin", Some("en"));
    let with = question.rank(&[]);
    let without = question.rank(&[with[0].slot]);
    assert_eq!(without[0].slot, with[1].slot);
    assert!(without[0].score > with[1].score + 0.1, "{without:?} {with:?}");
}

#[test]
fn a_way_to_ask_that_is_left_out_counts_as_if_it_had_never_been_stored() {
    let text = |field, text| Text {
        field,
        language: Some("en"),
        text,
    };
    let own = [
        text(Field::Question, "How do I install a plugin?"),
        text(Field::Question, "adding an extension"),
        text(Field::Answer, "Run the plugin command."),
    ];
    let mut index = base();
    index.put(0, &own);
    let mut without = base();
    without.put(0, &own[1..]);
    for (left_out, asked) in [
        (Question::of_own(&index, own[0].text, Some("en"), 0), own[0].text),
        (
            Question::of_own(&index, "how do i install a plugin", None, 0),
            "how do i install a plugin",
        ),
    ] {
        let language = (asked == own[0].text).then_some("en");
        let fresh = Question::new(&without, asked, language);
        let (ranked, expected) = (left_out.rank(&[]), fresh.rank(&[]));
        assert!(!ranked[0].exact);
        assert_eq!(ranked.len(), expected.len());
        for (one, other) in ranked.iter().zip(&expected) {
            // What stored texts weigh still knows of the one that is left out.
            assert_eq!(one.slot, other.slot, "{ranked:?} {expected:?}");
            assert!((one.score - other.score).abs() < 0.03, "{ranked:?} {expected:?}");
        }
        let (shares, expected) = (left_out.shares(0), fresh.shares(0));
        assert!((shares.0 - expected.0).abs() < 1e-6 && (shares.1 - expected.1).abs() < 1e-6);
        assert_eq!(left_out.texts(0).to_bits(), fresh.texts(0).to_bits());
    }
}

#[test]
fn the_same_words_of_another_entry_stay_exact() {
    let mut index = base();
    let text = Text {
        field: Field::Question,
        language: Some("en"),
        text: "What does it cost?",
    };
    index.put(7, &[text]);
    let ranked = Question::of_own(&index, text.text, Some("en"), 7).rank(&[]);
    assert!(ranked[0].slot == 2 && ranked[0].exact, "{ranked:?}");
}
