//! Grouping, played on questions as people ask them.

mod pairs;

use std::collections::BTreeSet;

use uuid::Uuid;

use self::pairs::{OTHER, SAME};
use super::*;

fn wording(text: &str) -> Wording {
    Wording {
        text: text.to_owned(),
        cluster: None,
    }
}

fn in_cluster(text: &str, number: u128) -> Wording {
    Wording {
        text: text.to_owned(),
        cluster: Some(ClusterId(Uuid::from_u128(number))),
    }
}

/// The groups as texts, each and all in the order of the alphabet.
fn grouped(wordings: &[Wording]) -> Vec<Vec<&str>> {
    let texts = |group: Group| {
        let mut texts: Vec<&str> = group.wordings.iter().map(|at| wordings[*at].text.as_str()).collect();
        texts.sort_unstable();
        texts
    };
    let mut groups: Vec<Vec<&str>> = group(wordings, "en").into_iter().map(texts).collect();
    groups.sort();
    groups
}

const SUBJECTS: [&[&str]; 4] = [
    &[
        "Where can I park my car?",
        "where do i park the car",
        "Is there a place to park my car?",
    ],
    &[
        "Can I bring my dog?",
        "may i bring a dog",
        "Are we allowed to bring dogs?",
    ],
    &["Wie komme ich zum Bahnhof?", "wie kommt man zum bahnhof"],
    &["¿Cuándo abre la piscina?", "cuando abre la piscina"],
];

fn all() -> Vec<Wording> {
    SUBJECTS
        .iter()
        .flat_map(|texts| texts.iter())
        .map(|text| wording(text))
        .collect()
}

#[test]
fn questions_that_mean_the_same_come_together_and_others_do_not() {
    let mut expected: Vec<Vec<&str>> = SUBJECTS.iter().map(|texts| texts.to_vec()).collect();
    for texts in &mut expected {
        texts.sort_unstable();
    }
    expected.sort();
    assert_eq!(grouped(&all()), expected);
}

/// All questions of the pairs are put together at once. When this was written two of the fifty pairs that ask for the same were not put
/// together (*people* and *players*; a price in Russian), and three of the fifty-one that ask for other things were (*student* and *senior*; a
/// word of three, *mot de passe*; two sentences of two words in Spanish). Without the rule, six were not, and forty-two were.
#[test]
fn one_sentence_with_another_thing_in_it_is_another_question() {
    let texts: BTreeSet<&str> = SAME
        .iter()
        .chain(OTHER)
        .flat_map(|(one, other)| [*one, *other])
        .collect();
    let asked: Vec<Wording> = texts.into_iter().map(wording).collect();
    let groups = grouped(&asked);
    let together =
        |(one, other): &&(&str, &str)| groups.iter().any(|group| group.contains(one) && group.contains(other));
    let apart: Vec<_> = SAME.iter().filter(|pair| !together(pair)).collect();
    let joined: Vec<_> = OTHER.iter().filter(together).collect();
    assert!(apart.len() <= 2, "{apart:#?}");
    assert!(joined.len() <= 3, "{joined:#?}");
}

#[test]
fn who_asks_for_another_thing_in_the_same_words_is_alone_with_it() {
    for (one, other) in [
        ("Do you sell teapots?", "Do you sell umbrellas?"),
        ("How do I cancel my order?", "How do I return my order?"),
        ("Verkauft ihr Teekannen?", "Verkauft ihr Regenschirme?"),
        ("Vendez-vous des théières ?", "Vendez-vous des parapluies ?"),
        ("Вы продаёте чайники?", "Вы продаёте зонты?"),
    ] {
        assert_eq!(grouped(&[one, other].map(wording)).len(), 2, "{one} / {other}");
    }
}

#[test]
fn a_long_greeting_makes_two_questions_no_more_alike_and_no_less() {
    let greeting = "Hello everybody, I hope that you all have a nice day, ";
    let asked = |question: &str| wording(&format!("{greeting}{question} Thanks a lot in advance!"));
    let two = [asked("where can I park my car?"), asked("who won the quiz?")];
    assert_eq!(grouped(&two).len(), 2);
    let same = [
        asked("where can I park my car?"),
        wording("Is there a place to park my car?"),
    ];
    assert_eq!(grouped(&same).len(), 1);
}

#[test]
fn the_order_in_which_they_are_asked_changes_nothing() {
    let pairs = OTHER.iter().chain(SAME).step_by(4);
    let pairs = pairs.flat_map(|(one, other)| [wording(one), wording(other)]);
    let asked: Vec<Wording> = all().into_iter().chain(pairs).collect();
    let expected = grouped(&asked);
    let mut turned = asked.clone();
    for _ in 0..turned.len() / 3 {
        turned.rotate_left(3);
        assert_eq!(grouped(&turned), expected);
    }
    turned.reverse();
    assert_eq!(grouped(&turned), expected);
}

#[test]
fn what_comes_new_goes_to_its_cluster_and_clusters_stay_apart() {
    let asked = [
        in_cluster("Where can I park my car?", 1),
        in_cluster("where do i park the car", 2),
        in_cluster("Can I bring my dog?", 3),
        wording("can i bring my dog please"),
        wording("What is the weather?"),
    ];
    let groups = group(&asked, "en");
    let of = |number: u128| {
        let cluster = Some(ClusterId(Uuid::from_u128(number)));
        let found = groups.iter().find(|group| group.cluster == cluster);
        found.map(|group| group.wordings.clone()).unwrap_or_default()
    };
    assert_eq!((of(1), of(2), of(3)), (vec![0], vec![1], vec![2, 3]));
    assert!(groups.contains(&Group {
        cluster: None,
        wordings: vec![4]
    }));
}

#[test]
fn a_wording_between_two_subjects_does_not_join_them() {
    let asked = ["a one", "a two", "between", "c one", "c two"].map(wording);
    let order: Vec<usize> = (0..asked.len()).collect();
    let mut groups = Groups::new(&order, &asked);
    for (one, other, near) in [
        (0, 1, 900_000),
        (3, 4, 900_000),
        (0, 2, 700_000),
        (1, 2, 700_000),
        (2, 3, 700_000),
        (2, 4, 700_000),
    ] {
        groups.add(one, other, near);
    }
    groups.join();
    let found: Vec<Vec<usize>> = groups.finish(&order).into_iter().map(|group| group.wordings).collect();
    assert_eq!(found, [vec![0, 1, 2], vec![3, 4]]);
}

#[test]
fn nothing_and_scraps_are_borne() {
    assert!(group(&[], "en").is_empty());
    let scraps = ["", "?!", "a", "???"].map(wording);
    assert_eq!(group(&scraps, "en").len(), 4);
}
