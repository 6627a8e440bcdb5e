//! Which question is the one before it in other words.

use uuid::Uuid;

use super::*;
use crate::knowledge::base::tests::{TODAY, entry, public};
use crate::model::Content;
use crate::model::ids::IdentityId;

const ALICE: IdentityId = IdentityId(Uuid::from_u128(1));
const BOB: IdentityId = IdentityId(Uuid::from_u128(2));
const ANSWER: MessageId = MessageId(Uuid::from_u128(3));

/// Of each thing two things are told.
fn base() -> Base {
    let things = ["projector", "sauna", "oven", "tent", "canoe"];
    let entries = things.iter().flat_map(|thing| {
        [
            entry(&format!(
                "- {{id: book-{thing}, question: How do I book the {thing}?, answer: At desk 1.}}"
            )),
            entry(&format!(
                "- {{id: clean-{thing}, question: How do I clean the {thing}?, answer: With a cloth.}}"
            )),
        ]
    });
    Base::new("en", entries.collect())
}

/// Who asks.
fn alice() -> AskScope {
    AskScope {
        asker: Some(ALICE),
        ..public()
    }
}

/// What a question comes to after `earlier` was answered with `entry`.
fn again(scope: &AskScope, (earlier, entry): (&str, &str), question: &str) -> Option<Again> {
    let base = base();
    let said = ServedLately {
        entry: EntryId::from(entry),
        answer: ANSWER,
        question: Content::plain(earlier),
        asked_by: Author::Identity { id: ALICE },
    };
    let finding = base.ask(scope, question, 3, &[], TODAY);
    asked_again(&base, scope, question, &finding, &[said])
}

const BOOKED: (&str, &str) = ("how do I book a sauna", "book-sauna");

#[test]
fn other_words_say_that_it_was_not_it_also_where_they_alone_are_not_answered() {
    let not_it = Some(Again {
        entry: EntryId::from("book-sauna"),
        answers: vec![ANSWER],
    });
    for question in [
        "And how do I book that sauna?",
        "can I book the sauna somewhere in this house",
        "sauna booking??",
    ] {
        assert_eq!(again(&alice(), BOOKED, question), not_it, "{question}");
        let bob = AskScope {
            asker: Some(BOB),
            ..alice()
        };
        assert_eq!(again(&bob, BOOKED, question), None, "it is somebody else's question");
        let press = AskScope {
            without: vec![EntryId::from("clean-sauna")],
            ..alice()
        };
        assert_eq!(
            again(&press, BOOKED, question),
            None,
            "nobody asks it: another answer was refused"
        );
    }
}

#[test]
fn talk_about_an_answer_says_nothing_of_it_unless_it_would_be_answered() {
    let overheard = AskScope {
        overheard: true,
        ..alice()
    };
    assert_eq!(again(&overheard, BOOKED, "sauna booking??"), None);
    let once_more = again(
        &overheard,
        ("sauna booking, how?", "book-sauna"),
        "how do i book the sauna?",
    );
    assert!(once_more.is_some(), "{once_more:?}");
}

#[test]
fn the_same_words_ask_for_what_was_lost() {
    assert_eq!(again(&alice(), BOOKED, "How do I book a sauna?"), None);
}

#[test]
fn what_is_asked_of_something_else_is_a_question_of_its_own() {
    for question in [
        "how do I book a tent",
        "how do I clean the sauna",
        "thank you",
        "great, so the sauna is mine on Sunday, at desk 1",
        "who won the match yesterday",
    ] {
        assert_eq!(again(&alice(), BOOKED, question), None, "{question}");
    }
}

#[test]
fn the_nearest_entry_is_not_enough_where_the_questions_have_nothing_in_common() {
    let question = "can one book it, the sauna I mean, somewhere in this house";
    let finding = base().ask(&alice(), question, 3, &[], TODAY);
    assert_eq!(nearest(&finding), Some(&EntryId::from("book-sauna")));
    assert!(!matches!(finding.decision, Decision::Answer { .. }));
    assert_eq!(
        again(&alice(), ("at which desk was that", "book-sauna"), question),
        None
    );
}

#[test]
fn what_is_for_staff_alone_and_nearer_leaves_an_answer_as_it_was() {
    let finding = |gap| Finding {
        decision: Decision::Abstain { gap },
        ..base().ask(&alice(), "can one book it, the sauna I mean", 3, &[], TODAY)
    };
    assert_eq!(nearest(&finding(Gap::StaffOnly)), None);
    assert_eq!(nearest(&finding(Gap::NotHere)), None);
    assert_eq!(nearest(&finding(Gap::Uncertain)), Some(&EntryId::from("book-sauna")));
}
