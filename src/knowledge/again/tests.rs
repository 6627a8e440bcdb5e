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

/// What a question comes to after `earlier` was answered with `entry`.
fn again(earlier: &str, entry: &str, question: &str) -> Option<Again> {
    let (base, scope) = (
        base(),
        AskScope {
            asker: Some(ALICE),
            ..public()
        },
    );
    let said = ServedLately {
        entry: EntryId::from(entry),
        answer: ANSWER,
        question: Content::plain(earlier),
        asked_by: Author::Identity { id: ALICE },
    };
    let finding = base.ask(&scope, question, 3, &[], TODAY);
    let by_bob = AskScope {
        asker: Some(BOB),
        ..scope.clone()
    };
    assert_eq!(
        asked_again(&base, &by_bob, question, &finding, std::slice::from_ref(&said)),
        None,
        "it is somebody else's question"
    );
    asked_again(&base, &scope, question, &finding, &[said])
}

#[test]
fn other_words_say_that_it_was_not_it_also_where_they_alone_are_not_answered() {
    let not_it = Some(Again {
        entry: EntryId::from("book-sauna"),
        answers: vec![ANSWER],
    });
    for question in [
        "And how do I book that sauna?",
        "can one book it, the sauna I mean, somewhere in this house",
        "sauna booking??",
    ] {
        assert_eq!(
            again("how do I book a sauna", "book-sauna", question),
            not_it,
            "{question}"
        );
    }
}

#[test]
fn the_same_words_ask_for_what_was_lost() {
    assert_eq!(
        again("how do I book a sauna", "book-sauna", "How do I book a sauna?"),
        None
    );
}

#[test]
fn what_is_asked_of_something_else_is_a_question_of_its_own() {
    for question in [
        "how do I book a tent",
        "how do I clean the sauna",
        "thank you",
        "who won the match yesterday",
    ] {
        assert_eq!(
            again("how do I book a sauna", "book-sauna", question),
            None,
            "{question}"
        );
    }
    // The nearest of all, and yet they ask for nothing of the same.
    assert_eq!(again("at which desk is it", "book-sauna", "sauna rules"), None);
}
