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
