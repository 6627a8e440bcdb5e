//! Where lines come to lie.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// So many labels at a probability, of which the first are right.
fn labels(groups: &[(f32, u32, u32)]) -> Vec<Label> {
    let mut labels = Vec::new();
    for (probability, count, right) in groups {
        for number in 0..*count {
            labels.push(label(
                i64::try_from(labels.len()).unwrap(),
                *probability,
                number < *right,
            ));
        }
    }
    labels
}

fn label(seq: i64, probability: f32, right: bool) -> Label {
    Label {
        seq,
        probability,
        right,
        by_staff: true,
        asker: None,
        entry: "a".into(),
    }
}

#[track_caller]
fn check(line: Line, groups: &[(f32, u32, u32)], expected: (f32, Basis)) {
    let wanted = if line == Line::Addressed { 90 } else { 97 };
    let fit = fit(line, wanted, &labels(groups));
    assert!(
        (fit.line - expected.0).abs() < 1e-6 && fit.basis == expected.1,
        "{fit:?}"
    );
}

#[test]
fn before_fifty_labels_the_careful_values_stay() {
    check(Line::Addressed, &[], (0.55, Basis::Start));
    check(Line::Addressed, &[(0.9, 49, 0)], (0.55, Basis::Start));
    check(Line::Addressed, &[(0.9, 49, 49)], (0.55, Basis::Start));
    check(Line::Overheard, &[(0.95, 49, 0)], (0.90, Basis::Start));
}

#[test]
fn the_line_is_the_lowest_that_shows_what_is_wanted() {
    // Whatever passes is right: there is nothing to be stricter for, and nobody has looked below.
    check(Line::Addressed, &[(0.6, 30, 30), (0.9, 30, 30)], (0.55, Basis::Fitted));
    // Half of what is below 0.62 is wrong.
    check(Line::Addressed, &[(0.61, 40, 20), (0.8, 80, 79)], (0.62, Basis::Fitted));
    // Staff say of what was not answered that it should have been.
    check(
        Line::Addressed,
        &[(0.475, 30, 29), (0.7, 70, 69)],
        (0.43, Basis::Fitted),
    );
    check(
        Line::Overheard,
        &[(0.855, 80, 80), (0.95, 70, 70)],
        (0.81, Basis::Fitted),
    );
}

#[test]
fn a_line_is_not_drawn_where_nobody_has_looked() {
    // Nine labels are too few to go by.
    check(
        Line::Addressed,
        &[(0.455, 9, 9), (0.8, 100, 100)],
        (0.55, Basis::Fitted),
    );
    check(
        Line::Addressed,
        &[(0.455, 10, 10), (0.8, 100, 100)],
        (0.41, Basis::Fitted),
    );
}

#[test]
fn what_is_wrong_below_opens_nothing_whatever_is_right_above() {
    check(
        Line::Addressed,
        &[(0.46, 10, 0), (0.8, 200, 200)],
        (0.55, Basis::Fitted),
    );
    check(
        Line::Addressed,
        &[(0.46, 10, 8), (0.8, 200, 200)],
        (0.55, Basis::Fitted),
    );
}

#[test]
fn what_is_right_and_too_little_to_show_it_is_no_reason_to_be_stricter() {
    check(Line::Overheard, &[(0.95, 50, 50)], (0.90, Basis::Start));
    check(Line::Overheard, &[(0.95, 54, 54)], (0.90, Basis::Fitted));
    check(Line::Overheard, &[(0.95, 50, 47)], (0.97, Basis::Strictest));
}

#[test]
fn where_nothing_shows_it_the_line_is_as_strict_as_the_labels_allow() {
    check(Line::Addressed, &[(0.9, 50, 25)], (0.65, Basis::Strictest));
    check(Line::Addressed, &[(0.9, 100, 50)], (0.75, Basis::Strictest));
    check(Line::Addressed, &[(0.9, 1_000, 500)], (0.97, Basis::Strictest));
    check(Line::Overheard, &[(0.95, 1_000, 500)], (0.97, Basis::Strictest));
}

#[test]
fn what_it_rests_on_is_told() {
    let fit = fit(Line::Addressed, 90, &labels(&[(0.61, 40, 20), (0.8, 80, 79)]));
    assert_eq!((fit.labels, fit.above, fit.right), (120, 80, 79));
}

#[test]
fn nobody_moves_a_line_by_pressing_often() {
    let pressed = |seq: i64, entry: &str, right| Label {
        by_staff: false,
        asker: Some(IdentityId(Uuid::from_u128(1))),
        entry: entry.into(),
        ..label(seq, 0.9, right)
    };
    let often: Vec<Label> = (0..200).map(|seq| pressed(seq, "a", false)).collect();
    assert_eq!(fit(Line::Addressed, 90, &often).labels, 1);
    // What they said last of an entry counts.
    let last = [pressed(2, "a", true), pressed(1, "a", false), pressed(3, "b", false)];
    let fit = fit(Line::Addressed, 90, &last);
    assert_eq!((fit.labels, fit.above, fit.right), (2, 2, 1));
}

#[test]
fn who_was_not_asked_is_at_least_as_sure() {
    let addressed = fit(Line::Addressed, 99, &labels(&[(0.9, 1_000, 500)]));
    let overheard = fit(Line::Overheard, 97, &[]);
    let (addressed, overheard) = fits(addressed, overheard);
    assert!((addressed.line - 0.97).abs() < 1e-6 && (overheard.line - 0.97).abs() < 1e-6);
    assert_eq!((addressed.basis, overheard.basis), (Basis::Strictest, Basis::AsAsked));
}

fn some_labels() -> impl Strategy<Value = Vec<Label>> {
    let one = (0_u8..=100, any::<bool>(), any::<bool>(), 0..20_u128, 0..5_u8);
    proptest::collection::vec(one, 0..400).prop_map(|all| {
        let labels = (0..)
            .zip(all)
            .map(|(seq, (hundredth, right, by_staff, asker, entry))| Label {
                by_staff,
                asker: Some(IdentityId(Uuid::from_u128(asker))),
                entry: EntryId::from(entry.to_string()),
                ..label(seq, f32::from(hundredth) / 100.0, right)
            });
        labels.collect()
    })
}

fn some_line() -> impl Strategy<Value = Line> {
    prop_oneof![Just(Line::Addressed), Just(Line::Overheard)]
}

proptest! {
    #[test]
    fn the_order_of_labels_never_matters(labels in some_labels(), line in some_line(), turn in 0..400_usize, wanted in 50..=99_u8) {
        let expected = fit(line, wanted, &labels);
        let mut turned = labels;
        let turn = turn % turned.len().max(1);
        turned.rotate_left(turn);
        turned.reverse();
        prop_assert_eq!(fit(line, wanted, &turned), expected);
    }

    #[test]
    fn so_many_labels_move_the_line_so_much_and_never_past_the_words_of_an_entry(
        labels in some_labels(),
        line in some_line(),
        wanted in 50..=99_u8,
    ) {
        let fit = fit(line, wanted, &labels);
        let start = Lines::START.of(line);
        let reach = if fit.labels < LABELS_MIN { 0.0 } else { f32::from(u16::try_from(fit.labels).unwrap()) * 0.002 };
        prop_assert!((fit.line - start).abs() <= reach + 1e-5, "{:?}", fit);
        prop_assert!(fit.line <= LINE_MAX);
    }

    #[test]
    fn a_better_word_never_makes_it_stricter_and_a_higher_wish_never_laxer(
        labels in some_labels(),
        line in some_line(),
        which in 0..400_usize,
        wanted in 50..99_u8,
    ) {
        let before = fit(line, wanted, &labels);
        let more = fit(line, wanted + 1, &labels);
        prop_assert!(more.line >= before.line, "{:?} {:?}", before, more);
        let mut better = labels;
        if let Some(count) = (!better.is_empty()).then_some(better.len()) {
            better[which % count].right = true;
            let after = fit(line, wanted, &better);
            prop_assert!(after.line <= before.line, "{:?} {:?}", before, after);
        }
    }
}
