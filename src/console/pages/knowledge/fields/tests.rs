//! The form there and back, and what is wrong in it.

use super::filled::{Field, Kind};
use super::*;
use crate::knowledge::check;

const WHOLE: &str = r#"{"id":"a","question":"Q","aliases":["b","c"],"answer":{"full":"A\n\nB","short":"s","steps":["one","two"]},
    "language":"en","translations":{
        "de":{"of_rev":2,"question":"F","aliases":["d","e"],"answer":{"full":"Antwort","short":"k","steps":["eins"]}},
        "pt-BR":{"of_rev":1,"question":"P","answer":{"full":"Resposta"}}},
    "visibility":"members","channels":{"only":["discord","0192"],"not":["telegram"]},
    "sources":[{"url":"https://a.example","checked":"2026-08-01"},{"url":"docs/a.md"}],
    "credit":"Ann","owner":"docs","review_by":"2027-02-01","until":"2027-03-01","related":["z","y"],"escalate_to":"billing","rev":3}"#;

fn entry(json: &str) -> Entry {
    serde_json::from_str(json).unwrap()
}

/// What a browser sends of a form in which nobody has touched anything.
fn sent(typed: &Typed) -> Typed {
    sent_onto(typed, &Typed::default())
}

/// The same where this is stored.
fn sent_onto(typed: &Typed, stored: &Typed) -> Typed {
    let places = vec![("discord".to_owned(), "Discord".to_owned())];
    let around = Around {
        new: true,
        places,
        ..Around::default()
    };
    let filled = Filled::new(typed, &around);
    let sections = filled.sections.iter().flat_map(|section| &section.fields);
    let pairs = filled.fields.iter().chain(sections).flat_map(values);
    let pairs = pairs.chain([(LISTED.to_owned(), filled.names())]);
    Typed::read(&pairs.collect(), stored)
}

fn values(field: &Field) -> Vec<(String, String)> {
    let chosen = field.choices.iter().filter(|choice| choice.chosen);
    let values = match field.kind {
        Kind::Tick => Vec::from_iter(field.ticked.then(|| "on".to_owned())),
        Kind::Choice | Kind::Several => chosen.map(|choice| choice.value.clone()).collect(),
        Kind::Line { .. } | Kind::Day => vec![field.text.clone()],
        Kind::Lines { .. } => vec![field.text.replace('\n', "\r\n")],
    };
    values.into_iter().map(|value| (field.name.clone(), value)).collect()
}

#[test]
fn an_entry_survives_the_form_alone_but_for_its_numbers() {
    let mut whole = entry(WHOLE);
    let typed = sent(&Typed::of(&whole));
    assert_eq!(typed, Typed::of(&whole));
    assert_eq!(typed.entry(Some(&whole), 3), whole);
    // Nothing comes from the stored one but what nobody types.
    whole.rev = 0;
    for translation in whole.translations.values_mut() {
        // All are of the revision that they are saved with.
        translation.of_rev = 1;
    }
    assert_eq!(typed.entry(None, 0), whole);
}

#[test]
fn what_nobody_has_touched_stays_to_the_letter() {
    let mut before = entry(WHOLE);
    before.answer.full.push('\n');
    before.answer.steps = vec!["one\nof two lines".to_owned(), "two".to_owned()];
    let german = before.translations.get_mut("de").unwrap();
    german.answer.full.push('\n');
    before.channels.only.reverse();
    let typed = sent(&Typed::of(&before));
    assert_eq!(typed.entry(Some(&before), 3), before);
    // Two spaces before a line end are a break in markdown.
    let mut broken = typed;
    broken.text.full = "A  \n\nB".to_owned();
    assert_eq!(broken.entry(Some(&before), 3).answer.full, "A  \n\nB");
}

#[test]
fn what_a_form_did_not_have_stays_as_it_is() {
    let before = entry(WHOLE);
    let stored = Typed::of(&before);
    let read = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let typed = Typed::read(&pairs.collect(), &stored);
        let id = before.id.to_string();
        Typed { id, ..typed }.entry(Some(&before), 3)
    };
    let mut after = before.clone();
    after.answer.full = "C".to_owned();
    after.visibility = Visibility::Staff;
    assert_eq!(
        read(&[("question", "Q"), ("full", "C"), ("visibility", "staff")]),
        after
    );
    let german = [("t0-language", "de"), ("t0-question", "F"), ("t0-full", "Jawohl")];
    let mut after = before.clone();
    after.translations.remove("pt-BR");
    let translation = after.translations.get_mut("de").unwrap();
    (translation.answer.full, translation.of_rev) = ("Jawohl".to_owned(), 4);
    assert_eq!(read(&german), after, "its steps and short answer are as they were");
}

#[test]
fn what_a_form_had_and_nobody_filled_in_is_cleared() {
    let stored = Typed::of(&entry(WHOLE));
    let mut typed = stored.clone();
    for field in [&mut typed.only, &mut typed.not, &mut typed.sources, &mut typed.owner] {
        field.clear();
    }
    typed.translations[0].text.steps.clear();
    assert_eq!(sent_onto(&typed, &stored), typed);
}

#[test]
fn a_visibility_nobody_knows_is_staff_alone() {
    assert_eq!(Typed::default().entry(None, 0).visibility, Visibility::Staff);
}

/// Which revisions the translations name after the form was changed so; the entry's is 3.
#[track_caller]
fn check_revisions(change: impl FnOnce(&mut Typed), expected: &[(&str, u32)]) {
    let before = entry(WHOLE);
    let mut typed = sent(&Typed::of(&before));
    change(&mut typed);
    let after = sent(&typed).entry(Some(&before), 3);
    let named: Vec<(&str, u32)> = after
        .translations
        .iter()
        .map(|(language, translation)| (language.as_str(), translation.of_rev))
        .collect();
    assert_eq!(named, expected);
}

#[test]
fn a_translation_that_is_changed_or_looked_at_goes_with_the_revision_that_is_saved() {
    check_revisions(|typed| typed.text.full = "C".to_owned(), &[("de", 2), ("pt-BR", 1)]);
    check_revisions(
        |typed| typed.translations[0].text.short.clear(),
        &[("de", 4), ("pt-BR", 1)],
    );
    check_revisions(|typed| typed.translations[1].same = true, &[("de", 2), ("pt-BR", 4)]);
}

#[test]
fn a_translation_goes_when_question_and_answer_are_cleared_and_comes_in_the_blank_fields() {
    let clear = |typed: &mut Typed| {
        typed.translations[0].text.question.clear();
        typed.translations[0].text.full = " \n".to_owned();
    };
    check_revisions(clear, &[("pt-BR", 1)]);
    let add = |typed: &mut Typed| {
        typed.translations.push(Translated {
            language: "fr".to_owned(),
            text: Text {
                question: "G".to_owned(),
                full: "Réponse".to_owned(),
                ..Text::default()
            },
            same: false,
        });
    };
    check_revisions(add, &[("de", 2), ("fr", 4), ("pt-BR", 1)]);
}

#[test]
fn a_draft_keeps_what_was_ticked_and_lets_go_of_what_is_not() {
    let before = entry(WHOLE);
    let mut typed = Typed::of(&before);
    typed.translations[0].same = true;
    let draft = typed.entry(Some(&before), 3);
    let mut again = Typed::of(&draft);
    assert!(again.translations[0].same && !again.translations[1].same);
    again.translations[0].same = false;
    assert_eq!(again.entry(Some(&before), 3), before);
}

/// Where the form names what is wrong, and how it begins to say it.
#[track_caller]
fn check_problems(change: impl FnOnce(&mut Typed), expected: &[(&str, &str)]) {
    let mut typed = Typed::of(&entry(WHOLE));
    change(&mut typed);
    let mut faults = check::faults(&typed.entry(None, 0));
    faults.extend(typed.faults("en"));
    let around = Around {
        problems: problems(&faults, &typed),
        ..Around::default()
    };
    let filled = Filled::new(&typed, &around);
    assert_eq!(filled.others, [""; 0]);
    let wrong: Vec<(&str, &str)> = filled.wrong().into_iter().map(|(name, _, what)| (name, what)).collect();
    assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
    for ((name, what), (field, begin)) in wrong.iter().zip(expected) {
        assert!(name == field && what.starts_with(begin), "{name}: {what}");
    }
    let open = filled.sections.iter().filter(|section| section.open);
    let with_problem = |name: &&str| name.starts_with('t') && name.contains('-');
    let sections: std::collections::BTreeSet<_> = wrong
        .iter()
        .map(|(name, _)| *name)
        .filter(with_problem)
        .filter_map(|name| name.split_once('-'))
        .map(|(section, _)| section)
        .collect();
    assert_eq!(open.count(), sections.len(), "a problem is seen at once");
}

#[test]
fn every_fault_is_named_at_its_field() {
    check_problems(|_| {}, &[]);
    check_problems(
        |typed| {
            typed.text.question.clear();
            typed.text.aliases = format!("b\n{}", "x".repeat(301));
            typed.text.short = "x".repeat(281);
            typed.language = "English".to_owned();
            typed.not = "a\u{7}b".to_owned();
            typed.sources = "https://a.example\nnowhere at all".to_owned();
            typed.owner = "x".repeat(81);
            typed.until = "soon".to_owned();
            typed.related = "z\nNo Such".to_owned();
        },
        &[
            ("question", "must not be empty"),
            ("aliases", "line 2: has 301 characters"),
            ("short", "has 281 characters"),
            ("language", "must be a language"),
            ("not", "must be a name on one line"),
            ("sources", "line 2: must be a day"),
            ("owner", "must be a name on one line"),
            ("until", "must be a day"),
            ("related", "line 2: must be lower-case letters"),
        ],
    );
}

#[test]
fn every_fault_of_a_translation_is_named_at_its_field() {
    check_problems(
        |typed| {
            typed.translations[0].language = "german".to_owned();
            typed.translations[1].text.question.clear();
            typed.translations[1].text.steps = "x\n".repeat(31);
        },
        &[
            ("t0-language", "must be a language"),
            ("t1-question", "must not be empty"),
            ("t1-steps", "has 31 lines"),
        ],
    );
    check_problems(
        |typed| {
            typed.translations[0].language = "EN".to_owned();
            let twice = Translated {
                language: "pt-br".to_owned(),
                ..typed.translations[1].clone()
            };
            typed.translations.push(twice);
        },
        &[
            (
                "t0-language",
                "must be a language: de, pt-BR; is the language of the entry itself",
            ),
            ("t2-language", "stands above already"),
        ],
    );
    check_problems(
        |typed| typed.translations[0].language.clear(),
        &[("t0-language", "must be a language")],
    );
}

#[test]
fn a_language_whose_translation_was_taken_away_can_be_written_anew_below() {
    check_problems(
        |typed| {
            let anew = typed.translations[0].clone();
            typed.translations[0].text = Text::default();
            typed.translations.push(anew);
        },
        &[],
    );
}

#[test]
fn the_text_for_comparing_has_every_field() {
    let parts = parts(&entry(WHOLE));
    let lines = parts.iter().map(|part| format!("{}:\n{}\n", part.label, part.text));
    let text = lines.collect::<Vec<_>>().concat();
    for line in [
        "Question:\nQ\n",
        "Other ways to ask:\nb\nc\n",
        "Answer:\nA\n\nB\n",
        "Steps:\none\ntwo\n",
        "Short answer:\ns\n",
        "Language:\nen\n",
        "Shown to:\nmembers\n",
        "Said only in:\ndiscord\n0192\n",
        "Never said in:\ntelegram\n",
        "Sources:\nhttps://a.example 2026-08-01\ndocs/a.md\n",
        "Thanks to:\nAnn\n",
        "Kept true by:\ndocs\n",
        "Look again by:\n2027-02-01\n",
        "Until:\n2027-03-01\n",
        "Related entries:\nz\ny\n",
        "Queue:\nbilling\n",
        "Question, in de:\nF\n",
        "Other ways to ask, in de:\nd\ne\n",
        "Answer, in de:\nAntwort\n",
        "Steps, in de:\neins\n",
        "Short answer, in de:\nk\n",
        "Answer, in pt-BR:\nResposta\n",
        "Compared with revision, in de:\n2\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}
